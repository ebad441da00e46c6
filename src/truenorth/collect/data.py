"""The door to the data itself: what comes in, and what became of it. Open it as `workspace.data`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from truenorth.collect.compact import Compacted, compact
from truenorth.collect.files import import_files
from truenorth.collect.identity.hand import Known, Person, merge, named, show, split
from truenorth.collect.identity.hand import newest as newcomers
from truenorth.collect.ledger import Load, loads
from truenorth.collect.live import Event, Wanted, newest, of_person
from truenorth.collect.pull.report import PullReport
from truenorth.collect.pull.run import Pull
from truenorth.collect.pull.schedule import due, last_of
from truenorth.collect.quarantine import Piece, piece, pieces
from truenorth.collect.report import LoadReport, Options
from truenorth.collect.schema import Field, fields, sources
from truenorth.collect.status import Status, status
from truenorth.define import collected
from truenorth.define.model import Model
from truenorth.store.engine import Engine
from truenorth.store.tables import create

# What loads reads every dialect there is, which no question needs.
if TYPE_CHECKING:
    from truenorth.collect.load.loader import Loader
    from truenorth.collect.load.replay import Replayed


class Data:
    """What a workspace holds besides its definitions."""

    def __init__(self, folder: Path, model: Model, engine: Engine, clock: Callable[[], datetime]) -> None:
        self.folder = folder
        self.model = model
        self.engine = engine
        self._clock = clock

    def import_files(self, table: str, files: Sequence[str | Path], options: Options | None = None) -> LoadReport:
        """Load files into a table of the warehouse; rows that cannot be read are kept aside with their reason."""
        given = [Path(file) for file in files]
        return import_files(self.engine, self.folder, table, given, options or Options(), self._clock())

    def pull(self, *sources: str, full: bool = False, tell: Callable[[str], None] = lambda _: None) -> PullReport:
        """Fetch what is new at the named sources, or at all; `full`: everything anew. `tell` hears how far it is."""
        return Pull(self.engine, self.folder, self.model, self._clock, tell).sources(sources, full)

    def due(self) -> tuple[str, ...]:
        """The sources whose time to be pulled has come."""
        sources = self.model.sources.values()
        lasts = {one.name: last for one in sources if one.every and (last := last_of(self.folder, one.name))}
        return due(sources, lasts, self._clock(), self.model.workspace.timezone)

    def status(self) -> Status:
        """How collecting goes, source by source and table by table."""
        times = {one.source: one.time for one in self.model.datasets.values() if one.source and one.time}
        return status(self.engine, self.folder, self._clock(), times)

    def events(self, wanted: Wanted | None = None) -> tuple[Event, ...]:
        """The events that came in last, whole."""
        return newest(self.engine, wanted or Wanted())

    def now(self) -> datetime:
        """The naive UTC time by the clock of the workspace."""
        return self._clock()

    def sources(self) -> tuple[str, ...]:
        """Every source that ever sent an event."""
        return sources(self.engine)

    def fields(self, source: str = "", event: str = "") -> tuple[Field, ...]:
        """Which events came in with which fields."""
        return fields(self.engine, source, event)

    def loader(self, lingers: float = 0.0) -> Loader:
        """What brings the spool into the tables; it keeps the warehouse open for so many seconds after a load."""
        from truenorth.collect.load.open import open_loader

        self.engine.lingers = lingers
        return open_loader(self.engine, self.folder, self._clock)

    def quarantine(self, source: str = "", done: bool = False, limit: int = 100) -> tuple[Piece, ...]:
        """What could not be taken in, the newest first; `done` shows what was replayed since as well."""
        return pieces(self.engine, source, done, limit)

    def piece(self, number: int) -> Piece:
        """One piece of the quarantine with its bytes."""
        return piece(self.engine, number)

    def replay(self, numbers: Sequence[int], mended: bytes | None = None) -> tuple[Replayed, ...]:
        """Read pieces of the quarantine again, or `mended` bytes in the place of one."""
        from truenorth.collect.load.replay import replay

        return replay(self.loader(), numbers, self._clock(), mended)

    def person(self, name: str) -> Person:
        """Who an id belongs to, with all ids of that person and what was said about them."""
        return show(self.engine, name)

    def timeline(self, person: Person, most: int = 100, past: int = 0) -> tuple[Event, ...]:
        """The events of a person, the latest first, from `past` on."""
        return of_person(self.engine, [one.who for one in person.ids], most, past)

    def newcomers(self) -> tuple[Known, ...]:
        """The ids that were seen first most lately."""
        return newcomers(self.engine)

    def ids_of(self, numbers: Sequence[int]) -> dict[int, str]:
        """The ids of numbers, by which counts tell people apart."""
        return named(self.engine, numbers)

    def merge(self, former: str, current: str) -> bool:
        """Make two ids one person; False when a line of the log says so already."""
        return merge(self.engine, former, current, self._clock())

    def split(self, former: str, current: str = "") -> tuple[str, ...]:
        """Part two ids, or one from all it was joined with directly; from whom it was parted."""
        return split(self.engine, former, current, self._clock())

    def compact(self) -> Compacted:
        """Write the warehouse anew in the least room."""
        return compact(self.engine, self.engine.path)

    def begin(self) -> Path | None:
        """Write first definitions over what is collected, where nothing reads it yet, and make the tables they read;
        the file. None where there is nothing to write, or the warehouse takes no load as a whole."""
        if not self.engine.abilities.transactions:
            return None
        path = collected.begin(self.folder, self.model)
        if path:
            with self.engine.transaction():
                for name in collected.TABLES:
                    self.engine.write(create(name))
        return path

    def loads(self, limit: int = 0) -> tuple[Load, ...]:
        """The ledger: every load, the newest first."""
        return loads(self.engine, limit=limit)
