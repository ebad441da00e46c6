"""Bringing in what was named: files into the warehouse, a DuckDB file as the warehouse itself."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from msgspec import Struct, structs

from truenorth.base.errors import SourceError, TrueNorthError
from truenorth.collect.excel import LEFT_OUT
from truenorth.collect.files import import_files
from truenorth.collect.pull.table import NO_DATE
from truenorth.collect.record import is_utf8
from truenorth.collect.report import LoadReport, Options
from truenorth.collect.source import kind_of
from truenorth.define.model import Source, Workspace
from truenorth.discover.database import pulled
from truenorth.discover.origin import FileSet, Origins, reason
from truenorth.discover.settings import Wishes
from truenorth.discover.word import plain_name
from truenorth.store.engine import Engine
from truenorth.store.file import delimiter_of
from truenorth.store.open import open_engine
from truenorth.store.values import literal, quoted

OWN = Workspace("").warehouse
_VIEW = "a view of tables that are read; to have it too"
_DOTTED = re.compile(r'holds "\d{1,2}\.\d{1,2}\.')
Told = Callable[[str], None]


class Brought(Struct, frozen=True):
    """Where the rows are now: the warehouse, its tables with what they came from, and what could not be read.

    `assumed` says how texts were read that have two readings; `sources` are what can be pulled again.
    """

    warehouse: str
    tables: dict[str, str]
    unread: tuple[tuple[str, str], ...] = ()
    assumed: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()
    lines: tuple[str, ...] = ()


@dataclass
class Bringing:
    """Files on their way into a warehouse, and what is noticed on the way."""

    engine: Engine
    folder: Path
    now: datetime
    told: Told
    tables: dict[str, str] = field(default_factory=dict)
    unread: list[tuple[str, str]] = field(default_factory=list)
    assumed: list[str] = field(default_factory=list)
    sources: list[Source] = field(default_factory=list)

    def files(self, one: FileSet, wishes: Wishes) -> None:
        """The files of one table; what cannot be read is noted, and said."""
        more = f" and {len(one.files) - 1} more" if len(one.files) > 1 else ""
        self.told(f"reading {one.files[0].name}{more}")
        try:
            report = self._loaded(one, Options(dates=wishes.dates, decimal=wishes.decimal, sheet=one.sheet))
        except TrueNorthError as error:
            self.unread.append((one.files[0].name, reason(error)))
            return
        self.tables[one.name] = shown(one.files) + (f", sheet {one.sheet}" if one.sheet else "")
        for file in report.files:
            self.assumed += [f"{one.name}: {note}" for note in file.notes if note.startswith(LEFT_OUT)]
        if report.rejected:
            kept = f"{report.rejected:,} of {report.read:,} rows rejected; they are kept below .truenorth/rejects"
            self.unread.append((one.files[0].name, kept))

    def _loaded(self, one: FileSet, options: Options) -> LoadReport:
        """Loaded; where a text has two readings and the file's own style speaks for one, that one is taken and said."""
        odd = [file for file in one.files if kind_of(file) == "csv" and not is_utf8(file)]
        if odd and len(odd) < len(one.files):
            # Of several files each is read as it is written.
            plain = tuple(file for file in one.files if file not in odd)
            reports = [self._loaded(structs.replace(one, files=some), options) for some in (plain, tuple(odd))]
            return LoadReport(one.name, tuple(file for report in reports for file in report.files))
        if odd:
            options = structs.replace(options, encoding="windows-1252")
            self.assumed.append(f"{odd[0].name}: it is not UTF-8, so it is read as windows-1252")
        for _ in range(2):
            try:
                return import_files(self.engine, self.folder, one.name, [*one.files], options, self.now)
            except SourceError as error:
                likely = likely_reading(error, one.files[0], options)
                if likely is None:
                    raise
                options = likely[0]
                self.assumed.append(f"{one.files[0].name}: {likely[1]}")
        return import_files(self.engine, self.folder, one.name, [*one.files], options, self.now)

    def database(self, url: str) -> None:
        """The tables of a database."""
        done = pulled(self.engine, self.folder, url, {one.name for one in self.sources}, (self.now, self.told))
        self.sources.append(done.source)
        self.unread += [
            (f"{done.source.name}: {one}", f"{_VIEW}, name it in metrics/sources.yml") for one in done.views
        ]
        for report in done.reports:
            if report.error:
                self.unread.append((f"{done.source.name}: {report.table}", report.error))
                continue
            self.assumed += [
                f"{report.table}: {note}" for piece in report.pieces for note in piece.notes if NO_DATE in note
            ]
            self.tables[report.table] = f"{report.table} of the database {done.source.name}"
            if report.rejected:
                kept = f"{report.rejected:,} of {report.read:,} rows rejected; they are kept below .truenorth/rejects"
                self.unread.append((f"{done.source.name}: {report.table}", kept))

    def duckdb(self, path: Path) -> None:
        """The tables of another DuckDB file, by way of Parquet."""
        other = open_engine(f"duckdb:{path}", self.folder, read_only=True)
        try:
            with tempfile.TemporaryDirectory(prefix="truenorth-") as scratch:
                shown = views_of(other, path)
                self.unread += shown.items()
                for number, name in enumerate(one for one in other.tables() if noted(path, one) not in shown):
                    self.told(f"reading {name} of {path.name}")
                    self._copied(other, name, Path(scratch) / f"{number}.parquet", path)
        finally:
            other.close()

    def _copied(self, other: Engine, name: str, file: Path, path: Path) -> None:
        called = plain_name(name)
        called = called if called not in self.tables else f"{called}_of_{plain_name(path.stem)}"
        source = ".".join(map(quoted, name.split(".")))
        try:
            other.rows(f"COPY (SELECT * FROM {source}) TO {literal(str(file))} (FORMAT parquet)")
            import_files(self.engine, self.folder, called, [file], Options(), self.now)
        except TrueNorthError as error:
            self.unread.append((noted(path, name), reason(error)))
            return
        self.tables[called] = path.name


def bring(folder: Path, named: Origins, there: Workspace | None, wishes: Wishes, now: datetime, told: Told) -> Brought:
    """The rows of everything named, in one warehouse."""
    alone = len(named.duckdb) == 1 and not (named.files or named.urls)
    if alone and (there is None or there.warehouse == f"duckdb:{named.duckdb[0]}"):
        return as_it_is(folder, named, there)
    warehouse = there.warehouse if there is not None else OWN
    engine = open_engine(warehouse, folder)
    try:
        bringing = Bringing(engine, folder, now, told, unread=[*named.unread])
        for one in named.files:
            bringing.files(one, wishes)
        for path in named.duckdb:
            bringing.duckdb(path)
        for url in named.urls:
            bringing.database(url)
    finally:
        engine.close()
    return Brought(warehouse, bringing.tables, tuple(bringing.unread), tuple(bringing.assumed), tuple(bringing.sources))


def likely_reading(error: SourceError, path: Path, options: Options) -> tuple[Options, str] | None:
    """How a file's own style speaks for one of two readings, with the words that say so; None where it does not.

    Columns parted by semicolons are written where the comma is the decimal sign; dates with dots begin with the day.
    """
    if error.code == "E_DECIMAL_COMMA" and not options.decimal:
        comma = delimiter_of(path) == ";"
        sign, other = ("comma", "point") if comma else ("point", "comma")
        why = "its columns are parted by semicolons" if comma else "its columns are not parted by semicolons"
        said = f"the {sign} is its decimal sign, as {why} ({error.message}; --decimal {other} to change)"
        return structs.replace(options, decimal=sign), said
    if error.code == "E_AMBIGUOUS_DATE" and not options.dates and _DOTTED.search(error.message):
        return structs.replace(options, dates="dmy"), "dates with dots begin with the day (--dates mdy to change)"
    return None


def shown(files: tuple[Path, ...]) -> str:
    """Where a table came from, in words."""
    return files[0].name if len(files) == 1 else f"{files[0].name} and {len(files) - 1} more"


def as_it_is(folder: Path, named: Origins, there: Workspace | None = None) -> Brought:
    """A DuckDB file as the warehouse: nothing is copied."""
    path = named.duckdb[0]
    place = os.path.relpath(path, folder.resolve()) if folder.resolve() in path.parents else str(path)
    warehouse = there.warehouse if there is not None else f"duckdb:{place}"
    engine = open_engine(warehouse, folder, read_only=True)
    try:
        # The models of a project are what it asks for, whether they are tables or views.
        shown = views_of(engine, path) if not named.dbt else {}
        tables = {name: path.name for name in engine.tables() if noted(path, name) not in shown}
    finally:
        engine.close()
    return Brought(warehouse, tables, (*named.unread, *shown.items()))


def noted(path: Path, table: str) -> str:
    """A table of a file in words."""
    return f"{path.name}: {table}"


def views_of(engine: Engine, path: Path) -> dict[str, str]:
    """The views of a DuckDB file that show rows of its own tables, in words, with why they are passed over."""
    sql = "SELECT schema_name, view_name, sql FROM duckdb_views() WHERE NOT internal AND NOT temporary"
    rows = [(str(schema), str(view), str(text)) for schema, view, text in engine.rows(sql)]
    views = {(view if schema == "main" else f"{schema}.{view}"): text for schema, view, text in rows}
    held = [re.escape(name.rpartition(".")[2]) for name in engine.tables() if name not in views]
    reads = re.compile(rf"(?<!\w)({'|'.join(held)})(?!\w)", re.I)
    left_out = [view for view, text in views.items() if held and reads.search(text)]
    return {noted(path, view): f"{_VIEW}, name it as the source of a dataset" for view in left_out}
