"""Bringing in what was named: files into the warehouse, a DuckDB file as the warehouse itself."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from msgspec import Struct, structs

from truenorth.base.errors import SourceError, TrueNorthError
from truenorth.collect.files import import_files
from truenorth.collect.ledger import loads
from truenorth.collect.outline import LEFT_OUT
from truenorth.collect.pull.files import ENDINGS, files_of
from truenorth.collect.pull.report import TableReport
from truenorth.collect.pull.table import NO_DATE
from truenorth.collect.report import Options
from truenorth.define.model import Model, Source, Workspace
from truenorth.discover.again import OFTEN
from truenorth.discover.database import pulled
from truenorth.discover.export import exports
from truenorth.discover.feed import Read, Well, hinted, read
from truenorth.discover.origin import FileSet, Origins, reason
from truenorth.discover.pattern import paths_of
from truenorth.discover.settings import Wishes
from truenorth.discover.word import plain_name
from truenorth.store.engine import Engine
from truenorth.store.open import open_engine
from truenorth.store.tables import TABLES
from truenorth.store.values import literal, quoted

OWN = Workspace("").warehouse
_VIEW = "a view of tables that are read; to have it too"
Told = Callable[[str], None]


class Brought(Struct, frozen=True):
    """Where the rows are now: the warehouse, its tables with what they came from, and what could not be read.

    `assumed` says how texts were read that have two readings; `sources` are new ones, which can be pulled again; `once`
    is what was read and will not be; `called` are tables that definitions call by another name.
    """

    warehouse: str
    tables: dict[str, str]
    unread: tuple[tuple[str, str], ...] = ()
    assumed: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()
    once: tuple[str, ...] = ()
    called: dict[str, str] = {}
    lines: tuple[str, ...] = ()


@dataclass
class Bringing:
    """Rows on their way into a warehouse, and what is noticed on the way; `there` are sources that are defined."""

    well: Well
    there: dict[str, Source]
    tables: dict[str, str] = field(default_factory=dict)
    called: dict[str, str] = field(default_factory=dict)
    unread: list[tuple[str, str]] = field(default_factory=list)
    assumed: list[str] = field(default_factory=list)
    sources: list[Source] = field(default_factory=list)
    once: list[str] = field(default_factory=list)
    again: set[str] = field(default_factory=set)

    def all_files(self, sets: Sequence[FileSet], roots: Sequence[Path], wishes: Wishes) -> None:
        """Every set of files: those that a source reads already by it, the others by one of their own."""
        left = [one for one in sets if not self._by_what_is_there(one)]
        for source, group in exports(self.well.engine, left, self.well.folder):
            self.well.told(f"reading {shown(group[0].files)}")
            source = structs.replace(source, name=self._free(source.name), every=OFTEN)
            if self._pulled(read(self.well, source, group[0].files), group[0].files):
                left = [one for one in left if one not in group]
        for one in left:
            self.files(one, roots, wishes)

    def files(self, one: FileSet, roots: Sequence[Path], wishes: Wishes) -> None:
        """The files of one table; what cannot be read is noted, and said."""
        self.well.told(f"reading {shown(one.files)}")
        into = one.name if one.name not in TABLES else f"{one.name}_rows"
        filled = {name.lower() for name in self.well.engine.tables()}
        if into.lower() in filled or (one.name.lower() in filled and loads(self.well.engine, one.name)):
            self._imported(one, into if into.lower() in filled else one.name, wishes)
            return
        name = self._free(one.name)
        paths = paths_of(one.files, self.well.folder, roots)
        source = Source(name, "files", files=paths, into=into if into != name else "", every=OFTEN, sheet=one.sheet)
        if into != one.name:
            self.called[into] = one.name
        self._pulled(read(self.well, hinted(source, one.files, wishes), one.files), one.files)

    def _free(self, name: str) -> str:
        """A name that no source has."""
        taken = {*self.there, *(one.name for one in self.sources)}
        return next(f"{name}{end}" for end in ("", *(f"_{at}" for at in range(2, 1000))) if f"{name}{end}" not in taken)

    def _by_what_is_there(self, one: FileSet) -> bool:
        """Whether a source that is defined reads these files; it is pulled."""
        for source in self.there.values():
            if not source.files or source.sheet != one.sheet:
                continue
            with suppress(SourceError):
                meant = {path.resolve() for path in files_of(self.well.folder, source.files, (*ENDINGS, ".zip"))}
                if meant >= set(one.files):
                    if source.name not in self.again:
                        self.again.add(source.name)
                        self.well.told(f"reading {shown(one.files)}")
                        self._noted(source, self.well.pull(source), one.files)
                    return True
        return False

    def _pulled(self, done: Read, files: Sequence[Path]) -> bool:
        """Whether any table came of a source, which is then kept."""
        came = self._noted(done.source, done.tables, files)
        if came:
            self.sources.append(done.source)
            self.assumed += done.assumed
        return came

    def _noted(self, source: Source, tables: Sequence[TableReport], files: Sequence[Path]) -> bool:
        """Note the tables that a source filled, and what could not be read of them; whether there are any."""
        filled = set(self.well.engine.tables())
        where = shown(files) + (f", sheet {source.sheet}" if source.sheet else "")
        for table in tables:
            if table.error:
                self.unread.append((files[0].name, table.error))
            for piece in table.pieces:
                if piece.state == "refused" or table.table not in filled:
                    why = reason(piece.cause) if piece.cause is not None else "; ".join(piece.notes)
                    self.unread.append((Path(piece.piece).name, why))
                self.assumed += [f"{table.table}: {note}" for note in piece.notes if note.startswith(LEFT_OUT)]
            if table.rejected:
                self.unread.append((files[0].name, kept_aside(table.rejected, table.read)))
            if table.table in filled:
                self.tables[table.table] = where if source.type == "files" else f"{where} and what lies beside it"
                if source.type == "salesforce":
                    prefix = source.into or source.name
                    self.called.setdefault(table.table, table.table.removeprefix(f"{prefix}_"))
                if source.type == "ga4":
                    self.called.setdefault(table.table, "events")
        return any(table.table in filled for table in tables)

    def _imported(self, one: FileSet, name: str, wishes: Wishes) -> None:
        """Files for a table that something else filled: they are added to it, this once."""
        options = Options(dates=wishes.dates, decimal=wishes.decimal, sheet=one.sheet, lenient=len(one.files) > 1)
        try:
            report = import_files(self.well.engine, self.well.folder, name, [*one.files], options, self.well.now)
        except TrueNorthError as error:
            self.unread.append((one.files[0].name, reason(error)))
            return
        self.tables[name] = shown(one.files) + (f", sheet {one.sheet}" if one.sheet else "")
        self.once.append(f"{shown(one.files)}: added to {name}, which is filled from elsewhere")
        if report.rejected:
            self.unread.append((one.files[0].name, kept_aside(report.rejected, report.read)))

    def database(self, url: str) -> None:
        """The tables of a database."""
        done = pulled(self.well, url, [*self.there.values(), *self.sources])
        self.sources += done.sources
        self.unread += [(f"{done.name}: {one}", f"{_VIEW}, name it in metrics/sources.yml") for one in done.views]
        for report in done.reports:
            if report.error:
                self.unread.append((f"{done.name}: {report.table}", report.error))
                continue
            self.assumed += [
                f"{report.table}: {note}" for piece in report.pieces for note in piece.notes if NO_DATE in note
            ]
            self.tables[report.table] = f"{report.table} of the database {done.name}"
            if report.rejected:
                self.unread.append((f"{done.name}: {report.table}", kept_aside(report.rejected, report.read)))
        self.called |= done.called

    def duckdb(self, path: Path) -> None:
        """The tables of another DuckDB file, by way of Parquet."""
        other = open_engine(f"duckdb:{path}", self.well.folder, read_only=True)
        try:
            with tempfile.TemporaryDirectory(prefix="truenorth-") as scratch:
                shown = views_of(other, path)
                self.unread += shown.items()
                for number, name in enumerate(one for one in other.tables() if noted(path, one) not in shown):
                    self.well.told(f"reading {name} of {path.name}")
                    self._copied(other, name, Path(scratch) / f"{number}.parquet", path)
        finally:
            other.close()
        self.once.append(f"{path.name}: its tables were copied as they are; truenorth init with it copies them anew")

    def _copied(self, other: Engine, name: str, file: Path, path: Path) -> None:
        called = plain_name(name)
        called = called if called not in self.tables else f"{called}_of_{plain_name(path.stem)}"
        source = ".".join(map(quoted, name.split(".")))
        anew = Options(replace=called in self.well.engine.tables())
        try:
            other.rows(f"COPY (SELECT * FROM {source}) TO {literal(str(file))} (FORMAT parquet)")
            import_files(self.well.engine, self.well.folder, called, [file], anew, self.well.now)
        except TrueNorthError as error:
            self.unread.append((noted(path, name), reason(error)))
            return
        self.tables[called] = path.name


def bring(folder: Path, named: Origins, there: Model | None, wishes: Wishes, now: datetime, told: Told) -> Brought:
    """The rows of everything named, in one warehouse."""
    alone = len(named.duckdb) == 1 and not (named.files or named.urls)
    place = there.workspace if there is not None else None
    if alone and (place is None or place.warehouse == f"duckdb:{named.duckdb[0]}"):
        return as_it_is(folder, named, place)
    warehouse = place.warehouse if place is not None else OWN
    engine = open_engine(warehouse, folder)
    try:
        zone = wishes.timezone or (place.timezone if place is not None else "UTC")
        sources = there.sources if there is not None else {}
        bringing = Bringing(Well(engine, folder, now, told, zone), sources, unread=[*named.unread])
        bringing.all_files(named.files, named.roots, wishes)
        for path in named.duckdb:
            bringing.duckdb(path)
        for url in named.urls:
            bringing.database(url)
    finally:
        engine.close()
    return Brought(
        warehouse,
        bringing.tables,
        tuple(bringing.unread),
        tuple(bringing.assumed),
        tuple(bringing.sources),
        tuple(bringing.once),
        bringing.called,
    )


def kept_aside(rejected: int, read: int) -> str:
    """What became of rows that were rejected, in words."""
    return f"{rejected:,} of {read:,} rows rejected; they are kept below .truenorth/rejects"


def shown(files: Sequence[Path]) -> str:
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
    once = (f"{path.name}: it is the warehouse itself, so what is written into it is seen without a pull",)
    return Brought(warehouse, tables, (*named.unread, *shown.items()), once=once)


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
