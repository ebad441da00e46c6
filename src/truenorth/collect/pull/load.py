"""A delivery into its table: staged, typed, put in place of what it stands for, written down, in one transaction."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from msgspec.structs import replace

from truenorth.base.errors import EngineError, SourceError
from truenorth.collect import ledger
from truenorth.collect.dialect import dialect_of
from truenorth.collect.files import notes_on, nothing_fits, with_lines
from truenorth.collect.kind import ROWS
from truenorth.collect.landing import Landed, Landing, land
from truenorth.collect.ledger import MARK, Load
from truenorth.collect.pull.connector import Delivery, Passed
from truenorth.collect.pull.report import PieceReport
from truenorth.collect.record import Dialect
from truenorth.collect.reject import Reject, keep, rejects_path
from truenorth.collect.room import Room, make_room
from truenorth.collect.source import Source, source_of
from truenorth.collect.staging import Staged, UnsoundFile, sound_copy, stage, stage_declared
from truenorth.store.engine import Engine
from truenorth.store.values import literal, quoted


@dataclass(frozen=True, slots=True)
class Job:
    """One table of one source, the warehouse it goes into, and the clock of its workspace.

    With `anew` the table is replaced, whoever filled it.
    """

    engine: Engine
    folder: Path
    source: str
    table: str
    clock: Callable[[], datetime]
    anew: bool = False

    @property
    def there(self) -> bool:
        """Whether the table exists."""
        return self.table in self.engine.tables()

    @property
    def target(self) -> str:
        return f"main.{quoted(self.table)}"


@dataclass(frozen=True, slots=True)
class _Reading:
    """How a delivery is read: as an import reads a file, with a `clean` copy when it has bad rows, or as it is told."""

    source: Source | None = None
    dialect: Dialect | None = None
    clean: Path | None = None
    bad: tuple[Reject, ...] = ()

    def staged(self, engine: Engine, delivery: Delivery) -> Staged:
        """The rows in the temporary table."""
        if self.source is None:
            columns = {column.name: column.types or ("text",) for column in delivery.columns}
            return stage_declared(engine, self.clean or delivery.file, columns, delivery.null)
        return stage(engine, self.source, self.dialect, self.clean, delivery.options)

    def rejects(self, engine: Engine, staged: Staged, landed: Landed) -> list[Reject]:
        """The rows that could not be read, and those whose values did not fit."""
        if self.source is not None:
            return [*staged.rejects, *with_lines(self.source, self.dialect, staged, landed)]
        raw = _raw(engine, staged, set(landed.unfit))
        unfit = (Reject(at + 1, one.column, one.reason, raw.get(at, "")) for at, one in landed.unfit.items())
        return [*self.bad, *unfit]


def _raw(engine: Engine, staged: Staged, positions: set[int]) -> dict[int, str]:
    """Staged rows as text, by position."""
    if not positions:
        return {}
    columns = ", ".join(f"c{position}" for position in range(len(staged.names)))
    wanted = ", ".join(map(str, sorted(positions)))
    rows = engine.rows(f"SELECT record, {columns} FROM {ROWS} WHERE record IN ({wanted})")
    return {int(str(at)): ",".join("" if value is None else str(value) for value in rest) for at, *rest in rows}


def load(job: Job, delivery: Delivery, since: str = "") -> PieceReport:
    """Load a delivery, wholly or not at all; `since` is the cursor that the ledger holds already."""
    begun = job.clock()
    try:
        return _load_told(job, delivery, begun, since) if delivery.columns else _load_file(job, delivery, begun)
    except _NoRows:
        return PieceReport(delivery.piece, "unchanged", notes=("it holds names of columns but no rows",))


class _NoRows(Exception):
    """A file of which no table can be made: without rows nobody knows its types."""


def _load_file(job: Job, delivery: Delivery, begun: datetime) -> PieceReport:
    """Load a file as an import reads it."""
    source = source_of(delivery.file)
    dialect = dialect_of(delivery.file, delivery.options) if source.kind == "csv" else None
    with tempfile.TemporaryDirectory(prefix="truenorth-") as scratch:
        # The engine reads a sound file fastest by itself; only a file with bad rows is gone through line by line.
        if dialect and dialect.plain and not source.nul:
            with suppress(UnsoundFile):
                return _load(job, delivery, _Reading(source, dialect), begun, "")
        return _load(job, delivery, _Reading(source, dialect, Path(scratch) / "rows.csv"), begun, "")


def _load_told(job: Job, delivery: Delivery, begun: datetime, since: str) -> PieceReport:
    """Load rows whose types are told; those that are no text are set aside when the engine stumbles over them."""
    try:
        return _load(job, delivery, _Reading(), begun, since)
    except UnsoundFile as unsound:
        clean = delivery.file.with_suffix(".clean")
        bad = sound_copy(delivery.file, clean)
        if not bad:
            raise unsound.__cause__ or unsound from None
        rows = delivery.rows - len(bad) if delivery.rows >= 0 else -1
        reading = _Reading(clean=clean, bad=tuple(bad))
        return _load(job, replace(delivery, rows=rows), reading, begun, since)


def _load(job: Job, delivery: Delivery, reading: _Reading, begun: datetime, since: str) -> PieceReport:
    engine = job.engine
    kept: Path | None = None
    try:
        with engine.transaction(job.table, ledger.TABLE):
            number = ledger.next_id(engine)
            staged = reading.staged(engine, delivery)
            _check_whole(engine, delivery)
            append = job.there and delivery.kind != "whole" and not job.anew
            if append and reading.source is not None:
                _check_alike(job, delivery, staged)
            before = _count(engine, job.target) if job.there and not append else 0
            landing = Landing(job.table, delivery.options, append, False, number, lenient=True, room=delivery.room)
            landed = land(engine, staged, landing)
            rejects = reading.rejects(engine, staged, landed)
            if reading.source is not None and not landed.loaded and rejects:
                raise nothing_fits(reading.source, rejects)
            if reading.source is not None and not append and not _count(engine, ROWS):
                raise _NoRows
            if rejects:
                kept = rejects_path(job.folder, job.table, delivery.sha256 or f"{number:08}")
                keep(kept, rejects)
            cursor = _cursor(engine, job.target, number, delivery, since) if delivery.cursor else ""
            line = replace(_line(delivery, landed, len(rejects)), table=job.table, source=job.source, load_id=number)
            line = replace(line, replaced=before or line.replaced, cursor=cursor)
            _put_in_place(job, delivery, number)
            ledger.write_down(engine, replace(line, started_at=begun, loaded_at=job.clock()))
            engine.write(f"DROP TABLE {ROWS}")
    except BaseException:
        if kept is not None:
            kept.unlink(missing_ok=True)
        raise
    if delivery.kind == "whole":
        _forget_rejects(job, kept)
    told = landed.notes + staged.notes + delivery.notes + (notes_on(reading.dialect, rejects) if reading.source else ())
    return _report(line, kept, told + _left_out(landed))


def _check_alike(job: Job, delivery: Delivery, staged: Staged) -> None:
    """SourceError E_COLUMNS_DIFFER when a new file has not half of the table's columns: then it is something else."""
    held = {name.casefold(): name for name, _ in job.engine.describe(f"SELECT * FROM {job.target}") if name != MARK}
    shared = held.keys() & {name.casefold() for name in staged.names}
    if delivery.room.superseded or 2 * len(shared) >= len(held):
        return
    message = (
        f'the file has the columns {", ".join(staged.names)}; the table "{job.table}" has {", ".join(held.values())}'
    )
    hint = "if it is something else, let `files` of the source not mean it; else give it the table's names of columns"
    raise SourceError("E_COLUMNS_DIFFER", message, hint=hint)


def _check_whole(engine: Engine, delivery: Delivery) -> None:
    """EngineError E_ROWS_DIFFER when the file does not hold as many rows as were written into it."""
    if delivery.rows >= 0 and (staged := _count(engine, ROWS)) != delivery.rows:
        message = (
            f"{delivery.rows:,} rows of {delivery.piece} were fetched, but {staged:,} read again: nothing was changed"
        )
        raise EngineError("E_ROWS_DIFFER", message, hint="please report this with the types of its columns")


def _line(delivery: Delivery, landed: Landed, rejected: int) -> Load:
    """What the ledger says of a delivery."""
    return Load(
        "",
        read=landed.loaded + rejected + landed.made.older + landed.made.gone,
        loaded=landed.loaded,
        rejected=rejected,
        replaced=landed.made.replaced,
        columns=landed.columns,
        kind=delivery.kind,
        file=delivery.piece,
        mark=delivery.mark,
        sha256=delivery.sha256,
    )


def _report(line: Load, rejects: Path | None, notes: tuple[str, ...]) -> PieceReport:
    return PieceReport(
        line.file,
        "loaded",
        line.kind,
        read=line.read,
        loaded=line.loaded,
        rejected=line.rejected,
        replaced=line.replaced,
        left_out=line.read - line.loaded - line.rejected,
        columns=line.columns,
        rejects=rejects,
        load_id=line.load_id,
        notes=notes,
    )


def _forget_rejects(job: Job, kept: Path | None) -> None:
    """What earlier pulls of a table set aside is over when it was read whole."""
    for old in rejects_path(job.folder, job.table, "").parent.glob(f"{job.table}-{'[0-9]' * 8}.csv"):
        if old != kept:
            old.unlink(missing_ok=True)


def _count(engine: Engine, target: str) -> int:
    [(rows,)] = engine.rows(f"SELECT count(*) FROM {target}")
    return int(str(rows))


def _cursor(engine: Engine, target: str, number: int, delivery: Delivery, since: str) -> str:
    """Where the next pull begins: the largest value that came, at most `until`; as it was when nothing came."""
    column = quoted(delivery.cursor)
    [(kind,)] = engine.rows(f"SELECT typeof(any_value({column})) FROM {target}")
    if not kind or kind == '"NULL"':
        return since
    before, most = (f"try_cast({literal(text)} AS {kind})" if text else "NULL" for text in (since, delivery.until))
    largest = f"greatest(max({column}), {before})"
    [(value,)] = engine.rows(
        f"SELECT CAST(CASE WHEN {most} < {largest} THEN {most} ELSE {largest} END AS VARCHAR) "
        f"FROM {target} WHERE {quoted(MARK)} = {number}"
    )
    return str(value) if value is not None else since


def _put_in_place(job: Job, delivery: Delivery, number: int) -> None:
    """Note which loads this one stands for."""
    if delivery.kind != "whole" and not job.anew:
        ledger.supersede(job.engine, delivery.room.superseded, number)
        return
    standing = (one.load_id for one in ledger.loads(job.engine, job.table) if ledger.stands(one))
    ledger.supersede(job.engine, tuple(standing), number)


def _left_out(landed: Landed) -> tuple[str, ...]:
    told = (landed.made.older, "older than what is there"), (landed.made.gone, "deleted there")
    return tuple(f"{count:,} row{'s' if count > 1 else ''} left out: {why}" for count, why in told if count)


def pass_over(job: Job, passed: Passed) -> PieceReport:
    """Note what was looked at and not loaded, where the next pull has to know of it."""
    replaced = 0
    if passed.same:
        with job.engine.transaction(job.table, ledger.TABLE):
            if passed.superseded:
                replaced = make_room(job.engine, job.target, Room(superseded=passed.superseded), ()).replaced
            line = Load(job.table, source=job.source, kind="same", file=passed.piece, sha256=passed.sha256)
            now = job.clock()
            line = replace(line, mark=passed.mark, replaced=replaced, started_at=now, loaded_at=now)
            number = ledger.write_down(job.engine, line)
            ledger.supersede(job.engine, passed.superseded, number)
    state = "refused" if passed.refused else "unchanged"
    return PieceReport(passed.piece, state, replaced=replaced, notes=(passed.reason,))
