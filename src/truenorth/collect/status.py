"""How collecting goes: what each source sends or was fetched from it, how new that is, and what was refused."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path

from msgspec import Struct

from truenorth.collect import ledger
from truenorth.collect.capturing import Capturing, capturing
from truenorth.collect.hindrance import hindrance
from truenorth.collect.live import Stream, streams
from truenorth.collect.load.place import reached
from truenorth.collect.spool.reader import waiting
from truenorth.store.engine import Engine

LIVE = timedelta(minutes=5)
QUIET = timedelta(days=1)
SPOOL = Path(".truenorth") / "spool"
CAPTURED = ("events", "samples", "histograms")  # told by source, not by table


class Worry(Struct, frozen=True):
    """What someone should look at, in a sentence; whether it lies in the quarantine."""

    words: str
    quarantined: bool = False


class Status(Struct, frozen=True):
    """All that comes in, at a naive UTC `now`. `refused` is how many pieces lie in the quarantine; `capture` is the
    collecting process, None when it is not running; `waiting` are the bytes that it acknowledged and that are not
    loaded yet, and `hindrance` is why they are not loaded now.
    """

    now: datetime
    streams: tuple[Stream, ...]
    tables: tuple[ledger.Freshness, ...]
    failed: tuple[ledger.Load, ...]
    refused: int
    capture: Capturing | None = None
    waiting: int = 0
    hindrance: str = ""

    def state(self, stream: Stream) -> str:
        """live (sent in the last five minutes), quiet (in the last day) or silent."""
        age = self.now - stream.last_seen
        return "live" if age <= LIVE else "quiet" if age <= QUIET else "silent"

    def outcome(self, table: ledger.Freshness) -> str:
        """How the last load of a table went: loaded or failed."""
        lost = any((line.source, line.table) == (table.source, table.table) for line in self.failed)
        return "failed" if lost else "loaded"

    def worries(self) -> tuple[Worry, ...]:
        """What someone should look at."""
        found = [f"{line.source or line.table} could not be loaded: {line.error}" for line in self.failed]
        if self.capture and self.capture.blocked:
            found.insert(0, f"nothing can be collected now: {self.capture.blocked}")
        if self.capture:
            found += [
                f"{count:,} request{' was' if count == 1 else 's were'} turned away: {what}"
                for what, count in self.capture.denied.items()
            ]
        if self.hindrance:
            found.insert(0, f"what is collected waits to be loaded: {self.hindrance}")
        return (*map(Worry, found), *self._refused())

    def _refused(self) -> tuple[Worry, ...]:
        if not self.refused:
            return ()
        pieces = "piece lies" if self.refused == 1 else "pieces lie"
        return (Worry(f"{self.refused:,} {pieces} in the quarantine: kept, not counted", quarantined=True),)


def status(engine: Engine, folder: Path, now: datetime, times: Mapping[str, str]) -> Status:
    """The status of the workspace in a folder; `times` names the time column of a table, for the newest row in it."""
    lines = ledger.loads(engine, limit=1000)
    latest: dict[tuple[str, str], ledger.Load] = {}
    for line in lines:
        latest.setdefault((line.source, line.table), line)
    failed = tuple(line for line in latest.values() if line.kind == "failed")
    refused = 0
    if "quarantine" in engine.tables():
        [(number,)] = engine.rows("SELECT count(*) FROM quarantine WHERE replayed_at IS NULL")
        refused = int(str(number))
    fetched = tuple(one for one in ledger.freshness(engine, times) if one.table not in CAPTURED)
    return Status(
        now=now,
        streams=streams(engine, now),
        tables=fetched,
        failed=failed,
        refused=refused,
        capture=capturing(folder),
        waiting=waiting(folder / SPOOL, reached(engine)).bytes,
        hindrance=hindrance(folder),
    )
