"""Loading the spool: what was gathered goes into the tables in one transaction, together with the place reached."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from msgspec import Struct, structs

from truenorth.base.errors import TrueNorthError
from truenorth.collect.identity.links import Links
from truenorth.collect.load import place, refusal, settle
from truenorth.collect.load.ahead import Ahead
from truenorth.collect.load.gather import Decodes, Gathered, Gathering, Limits
from truenorth.collect.load.kept import Kept, Part, Tally
from truenorth.collect.load.line import Line, add_up, lines, of
from truenorth.collect.load.prepare import prepare
from truenorth.collect.load.refusal import Refusal
from truenorth.collect.receive.batch import Batch
from truenorth.collect.receive.request import Refused
from truenorth.collect.spool.frame import Frame
from truenorth.collect.spool.reader import forget, waiting
from truenorth.collect.spool.segment import Position
from truenorth.store.engine import Engine

log = logging.getLogger("truenorth.collect")
OF_DATA = ("Conversion Error", "Invalid Input Error", "Out of Range Error", "Invalid unicode")


class Intake(Struct, frozen=True):
    """What takes rows in: a part for each kind, and what is said about ids."""

    parts: tuple[Part, ...]
    links: Links


class Loaded(Struct, frozen=True):
    """What one load brought."""

    requests: int = 0
    read: int = 0
    loaded: int = 0
    refused: int = 0


class Moved(Exception):
    """Another loader has gone on from where this one stood."""


class Loader:
    """Loads a spool into an engine, each acknowledged request exactly once.

    The place reached in the spool is a row of the warehouse and changes in the transaction that brings the rows: after
    a crash at any moment loading goes on behind the last request that is in.
    """

    def __init__(
        self,
        engine: Engine,
        folder: Path,
        dialects: Mapping[str, Decodes],
        intake: Intake,
        clock: Callable[[], datetime],
        limits: Limits | None = None,
    ) -> None:
        self.engine = engine
        self.folder = folder
        self._parts = intake.parts
        self._links = intake.links
        self._clock = clock
        self.dialects = dialects
        self._limits = limits or Limits()
        self._ahead = Ahead(Gathering(folder, dialects, self._limits))
        self._position: Position | None = None
        self._unsettled = True
        self._busy_until = time.monotonic() + self._limits.quiet
        self._prepared = False
        ledger = ("loads", "arrivals", "arrival_minutes", "quarantine", place.TABLE, settle.TABLE)
        of_parts = [table for part in self._parts for table in part.tables]
        self.tables = tuple(dict.fromkeys((*ledger, *of_parts, *self._links.tables)))

    def load(self, until: Callable[[], bool] = lambda: True) -> Loaded | None:
        """Gather what waits and bring it in; None when nothing waits. `until` says whether to stop waiting for more.

        Raises EngineError while the engine takes nothing; what was gathered is gathered again.
        """
        if self._position is None:
            self._position = self.position()

        def enough() -> bool:
            return until() or self._may_settle()

        gathered = self._ahead.take(self._position, enough)
        if gathered.position == self._position and not gathered.refusals:
            if self._may_settle() and not until():
                self._unsettled = settle.settle(self.engine)
            return None
        if not until():
            self._ahead.begin(gathered.position, enough)
        try:
            loaded = self._bring_in(gathered)
        except Moved:
            self._position = None
            return Loaded()
        self._position = gathered.position
        if gathered.rows >= self._limits.many:
            self._busy_until = time.monotonic() + self._limits.quiet
        forget(self.folder, gathered.position)
        return loaded

    def waiting(self) -> int:
        """How many bytes lie in the spool behind the place reached."""
        return waiting(self.folder, self._position or Position()).bytes

    def _may_settle(self) -> bool:
        """Whether something loaded in haste may lie there, and there is time to settle it."""
        return self._unsettled and time.monotonic() >= self._busy_until

    def position(self) -> Position:
        """The place in the spool up to which everything is in the tables."""
        return place.reached(self.engine)

    def take(self, kept: Sequence[Kept], refusals: Sequence[Refusal] = ()) -> Loaded:
        """Bring requests in that do not come from the spool, inside the caller's transaction or one of its own."""
        try:
            with self.engine.transaction(*self.tables):
                self._prepare()
                return self._put(list(kept), list(refusals), careful=True)
        except BaseException:
            self._forget()
            raise

    def _bring_in(self, gathered: Gathered) -> Loaded:
        """The whole, or when the engine does not take it, request by request: a bad one is set aside alone."""
        begin = self._position or Position()
        try:
            return self._commit(gathered.kept, gathered.refusals, (begin, gathered.position), careful=False)
        except Exception as error:
            if not is_of_data(error):
                raise
            log.warning("a load is tried again request by request: %s", error)
        total = self._commit([], gathered.refusals, (begin, begin), careful=True)
        for one, after in zip(gathered.kept, gathered.ends, strict=True):
            total = plus(total, self._bring_in_one(one, (begin, after)))
            begin = after
        return plus(total, self._commit([], [], (begin, gathered.position), careful=True))

    def _bring_in_one(self, one: Kept, way: tuple[Position, Position]) -> Loaded:
        try:
            return self._commit([one], [], way, careful=True)
        except Exception as error:
            if not is_of_data(error):
                raise
            return self._commit([], [whole(one.frame, error)], way, careful=True)

    def _commit(
        self, kept: Sequence[Kept], refusals: Sequence[Refusal], way: tuple[Position, Position], careful: bool
    ) -> Loaded:
        begin, end = way
        hasty = not careful and self._is_late(kept)
        try:
            with self.engine.transaction(*self.tables, hasty=hasty):
                self._prepare()
                if self.position() != begin:
                    raise Moved
                loaded = self._put(list(kept), list(refusals), careful)
                if hasty:
                    settle.owe(self.engine, kept)
                place.go_on(self.engine, end)
        except BaseException:
            self._forget()
            raise
        self._position = end
        self._unsettled = self._unsettled or hasty
        return loaded

    def _is_late(self, kept: Sequence[Kept]) -> bool:
        """Whether so many events wait for so long that they are stored as fast as can be."""
        if sum(len(one.batch.events.event) for one in kept) < self._limits.group:
            return False
        now = self._clock().replace(tzinfo=UTC).timestamp()
        return now - kept[0].frame.received_at / 1e6 > self._limits.late

    def _forget(self) -> None:
        """What was remembered of the tables may be wrong."""
        self._prepared, self._unsettled = False, True
        for part in self._parts:
            part.forget()
        self._links.forget()

    def _prepare(self) -> None:
        """The tables as this version writes them; looked at once, and again after something went wrong."""
        if not self._prepared or place.TABLE not in self.engine.tables():
            prepare(self.engine, self.tables)
            self._prepared = True

    def _put(self, kept: list[Kept], refusals: list[Refusal], careful: bool) -> Loaded:
        """Every part takes its rows in; the ledger is told; what was refused is kept."""
        now = self._clock()
        default = self._parts[0].tables[0]
        homes = {index: self._tables_of(one.batch) or [default] for index, one in enumerate(kept)}
        wanted = [of(kept[index], table) for index, tables in homes.items() for table in tables]
        wanted += [of(Kept(one.frame, Batch()), default) for one in refusals if one.frame.source]
        numbers = lines(self.engine, wanted, now)
        total = Loaded(requests=len(kept))
        told: set[int] = set()
        for part in self._parts:
            table = part.tables[0]
            own = [
                structs.replace(one, load_id=numbers[of(one, table)])
                for index, one in enumerate(kept)
                if table in homes[index]
            ]
            tallies = part.put(self.engine, own, careful) if any(part.has(one.batch) for one in own) else {}
            pieces = pieces_of(own, told)
            for load_id in sorted({one.load_id for one in own}):
                tally = tallies.get(load_id) or Tally()
                tally.refused = sum(1 for piece in pieces if piece.load_id == load_id)
                add_up(self.engine, load_id, tally, own, now)
                total = plus(total, Loaded(0, tally.read, tally.loaded))
            refusals += pieces
        self._links.put(
            self.engine,
            [
                structs.replace(one, load_id=numbers[of(one, homes[index][0])])
                for index, one in enumerate(kept)
                if one.batch.links
            ],
        )
        refusal.keep(self.engine, [self._numbered(one, numbers, default) for one in refusals])
        return plus(total, Loaded(refused=len(refusals)))

    def _tables_of(self, batch: Batch) -> list[str]:
        return [part.tables[0] for part in self._parts if part.has(batch)]

    def _numbered(self, one: Refusal, numbers: Mapping[Line, int], table: str) -> Refusal:
        line = of(Kept(one.frame, Batch()), table)
        return one if one.load_id else structs.replace(one, load_id=numbers.get(line, 0))


def pieces_of(kept: Sequence[Kept], told: set[int]) -> list[Refusal]:
    """What requests hold that was refused, at the door or when it was decoded; each request is told of once."""
    found = []
    for one in kept:
        if id(one.frame) not in told:
            told.add(id(one.frame))
            found += [Refusal(one.frame, piece, one.load_id) for piece in (*one.frame.refused, *one.batch.refused)]
    return found


def whole(frame: Frame, error: Exception) -> Refusal:
    """A request that is kept aside whole."""
    return Refusal(frame, Refused("E_NOT_LOADED", str(error).partition("\n")[0][:500], frame.body))


def is_of_data(error: Exception) -> bool:
    """Whether a load failed over what it brings, so that it would fail again; else the engine is not well."""
    if isinstance(error, TrueNorthError):
        return error.message.startswith(OF_DATA)
    return isinstance(error, ValueError | TypeError | ArithmeticError | LookupError | AttributeError)


def plus(one: Loaded, other: Loaded) -> Loaded:
    """Both together."""
    return Loaded(*(getattr(one, name) + getattr(other, name) for name in Loaded.__struct_fields__))
