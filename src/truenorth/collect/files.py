"""Files into tables: staged as text, typed over all rows, loaded in one transaction, with every row accounted for."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from msgspec import structs

from truenorth.base.errors import EngineError, Place, SourceError
from truenorth.collect import ledger
from truenorth.collect.bundle import Part, bundled, stage_together
from truenorth.collect.dialect import dialect_of
from truenorth.collect.kind import ROWS
from truenorth.collect.landing import Landed, Landing, land
from truenorth.collect.outline import left_out
from truenorth.collect.record import Dialect
from truenorth.collect.reject import Reject, keep, rejects_path
from truenorth.collect.report import FileReport, LoadReport, Options, check_options
from truenorth.collect.source import Source, check_there, source_of
from truenorth.collect.staging import Staged, UnsoundFile, found, stage
from truenorth.store.engine import Engine

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_DELIMITERS = {"\t": "tab", ";": "semicolon", "|": "bar"}


def import_files(
    engine: Engine, folder: Path, name: str, files: Sequence[str | Path], options: Options, now: datetime
) -> LoadReport:
    """Load files into the table `name`; each file wholly or not at all, the same content only once.

    `folder` is the workspace, where rejects are kept; `now` is what the ledger notes as the time.
    """
    _check_name(name)
    check_options(options)
    if not (engine.abilities.files and engine.abilities.transactions):
        hint = "use DuckDB as the warehouse, or load the table with the engine's own means"
        raise EngineError("E_ENGINE_NO_FILES", "this engine cannot import files", hint=hint)
    paths = [Path(file) for file in files]
    if not paths:
        raise SourceError("E_NO_FILES", "no file to import is named", hint="truenorth import orders orders.csv")
    for path in paths:
        check_there(path)
    spelled = next((table for table in engine.tables() if table.lower() == name.lower()), name)
    job = _Job(engine, folder, spelled, options, now)
    reports = []
    for bundle in bundled(paths):
        anew = options.replace and bundle[0] is paths[0]
        together: list[FileReport] | None = None
        with suppress(UnsoundFile):
            together = _import_together(job, bundle) if len(bundle) > 1 and not anew else None
        reports += together or [_import_file(job, path, anew and path is paths[0]) for path in bundle]
    return LoadReport(name, tuple(reports))


@dataclass(frozen=True, slots=True)
class _Job:
    engine: Engine
    folder: Path
    name: str
    options: Options
    now: datetime


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        near = re.sub(r"\W+", "_", name).strip("_").lower() or "orders"
        hint = f'use letters, digits and underscores, like "{near if _NAME.fullmatch(near) else "t_" + near}"'
        raise SourceError("E_BAD_NAME", f'"{name}" cannot be the name of a table', hint=hint)
    if name.lower() in (ledger.TABLE, ROWS):
        raise SourceError("E_BAD_NAME", f'"{name}" is a table of the import itself', hint="choose another name")


def _import_file(job: _Job, path: Path, anew: bool) -> FileReport:
    source = source_of(path)
    there = job.name in job.engine.tables()
    before = ledger.earlier(job.engine, job.name, source.sha256)
    if before and there and not anew:
        notes = [f"the same content was loaded on {before.loaded_at:%Y-%m-%d} (load {before.load_id}): nothing added"]
        if structs.replace(job.options, replace=False) != Options():
            notes.append("its rows stay as they were read then; to read them with these options, add --replace")
        return FileReport(str(path), "unchanged", 0, 0, 0, before.columns, None, before.load_id, tuple(notes))
    dialect = dialect_of(path, job.options) if source.kind == "csv" else None
    landing = Landing(
        job.name, job.options, append=there and not anew, replaced=there and anew, lenient=job.options.lenient
    )
    with tempfile.TemporaryDirectory(prefix="truenorth-") as scratch:
        # The engine reads a sound file fastest by itself; only a file with bad rows is gone through line by line.
        if dialect and dialect.plain and not source.nul:
            with suppress(UnsoundFile):
                return _load(job, source, dialect, None, landing)
        return _load(job, source, dialect, Path(scratch) / "rows.csv", landing)


def _import_together(job: _Job, paths: Sequence[Path]) -> list[FileReport] | None:
    """Many small files in one load; None where they have to be read one by one, or one of them is there already."""
    sources = [source_of(path) for path in paths]
    hashes = [source.sha256 for source in sources]
    if len(set(hashes)) < len(hashes) or any(ledger.earlier(job.engine, job.name, one) for one in hashes):
        return None
    landing = Landing(job.name, job.options, append=job.name in job.engine.tables(), lenient=job.options.lenient)
    with tempfile.TemporaryDirectory(prefix="truenorth-") as scratch, job.engine.transaction():
        staged = stage_together(job.engine, sources, Path(scratch) / "rows.csv", job.options)
        if staged is None:
            return None
        landed = land(job.engine, staged[0], landing)
        if not landed.loaded:
            raise UnsoundFile
        reports = [_noted(job, part, staged[0], landed) for part in staged[1]]
        job.engine.write(f"DROP TABLE {ROWS}")
    return reports


def _noted(job: _Job, part: Part, staged: Staged, landed: Landed) -> FileReport:
    """What became of one file of several that were loaded together, written down."""
    source = part.source
    mine = {at - part.first: why for at, why in landed.unfit.items() if part.first <= at < part.end}
    own = Landed(landed.columns, part.end - part.first - len(mine), mine)
    rejects = [*part.rejects, *with_lines(source, part.dialect, staged, own)]
    kept = rejects_path(job.folder, job.name, source.sha256)
    if rejects:
        keep(kept, rejects)
    read = own.loaded + len(rejects)
    load = ledger.Load(job.name, read, own.loaded, len(rejects), job.now, landed.columns)
    load = structs.replace(load, file=str(source.path), sha256=source.sha256)
    number = ledger.write_down(job.engine, load)
    notes = notes_on(part.dialect, rejects)
    told = (read, own.loaded, len(rejects), landed.columns, kept if rejects else None)
    return FileReport(str(source.path), "loaded", *told, number, notes)


def _load(job: _Job, source: Source, dialect: Dialect | None, clean: Path | None, landing: Landing) -> FileReport:
    kept = rejects_path(job.folder, job.name, source.sha256)
    was_kept = kept.exists()
    try:
        with job.engine.transaction():
            staged = stage(job.engine, source, dialect, clean, job.options)
            [(before,)] = job.engine.rows(f"SELECT count(*) FROM {landing.target}") if landing.replaced else [(0,)]
            landed = land(job.engine, staged, landing)
            rejects = [*staged.rejects, *with_lines(source, dialect, staged, landed)]
            read = landed.loaded + len(rejects)
            if not landed.loaded:
                raise nothing_fits(source, rejects)
            if rejects:
                keep(kept, rejects)
            if landing.replaced:
                ledger.forget(job.engine, job.name)
            load = ledger.Load(job.name, read, landed.loaded, len(rejects), job.now, landed.columns)
            load = structs.replace(load, file=str(source.path), sha256=source.sha256, replaced=int(str(before)))
            number = ledger.write_down(job.engine, load)
            job.engine.write(f"DROP TABLE {ROWS}")
    except BaseException:
        if not was_kept and kept.exists():
            kept.unlink()
        raise
    if not rejects and kept.exists():
        kept.unlink()
    return FileReport(
        file=str(source.path),
        state="replaced" if landing.replaced else "loaded",
        read=read,
        loaded=landed.loaded,
        rejected=len(rejects),
        columns=landed.columns,
        rejects=kept if rejects else None,
        load_id=number,
        notes=(*staged.notes, *notes_on(dialect, rejects)),
    )


def with_lines(source: Source, dialect: Dialect | None, staged: Staged, landed: Landed) -> Iterator[Reject]:
    """The rows that did not fit their columns' types, found again in the file by their positions."""
    if not landed.unfit:
        return
    if source.kind not in ("csv", "jsonl"):
        for position, unfit in landed.unfit.items():
            yield Reject(staged.line(position), unfit.column, unfit.reason, unfit.value)
        return
    for position, line, raw in found(source, dialect, set(landed.unfit)):
        unfit = landed.unfit[position]
        yield Reject(line, unfit.column, unfit.reason, raw)


def nothing_fits(source: Source, rejects: list[Reject]) -> SourceError:
    if not rejects:
        hint = "there is nothing to load; export it again"
        return SourceError("E_FILE_NO_ROWS", f'"{source.path}" holds names of columns but no rows', hint=hint)
    first = min(rejects, key=lambda reject: reject.line)
    of = f' in column "{first.column}"' if first.column else ""
    message = f"none of the {len(rejects)} rows can be loaded; the first: {first.reason}{of}"
    where = Place(str(source.path), first.line)
    hint = "check the delimiter (--delimiter) and the types (--type column=text)"
    return SourceError("E_NO_ROW_FITS", message, where=where, hint=hint)


def notes_on(dialect: Dialect | None, rejects: list[Reject]) -> tuple[str, ...]:
    notes = [*left_out(dialect.above, dialect.below)] if dialect else []
    if dialect and dialect.delimiter != ",":
        notes.append(f"delimiter: {_DELIMITERS.get(dialect.delimiter, dialect.delimiter)}")
    if dialect and not dialect.header:
        notes.append("the first line holds no names: columns are named column_1, column_2 …")
    coded = sum(reject.reason == "not UTF-8" for reject in rejects)
    if coded:
        rows = "row is" if coded == 1 else "rows are"
        notes.append(f"{coded} {rows} not UTF-8; if the file is written otherwise, say how: --encoding windows-1252")
    unfit = sorted({reject.column for reject in rejects if reject.column})
    if unfit:
        names = ", ".join(unfit)
        notes.append(f"rejected for their value in {names}; to keep such rows, load the column as text (--type)")
    return tuple(notes)
