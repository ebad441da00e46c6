"""Bringing in what was named: files into the warehouse, a DuckDB file as the warehouse itself."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Protocol

from msgspec import Struct

from truenorth.base.errors import SourceError, TrueNorthError
from truenorth.collect.files import import_files
from truenorth.collect.report import Options
from truenorth.define.model import Workspace
from truenorth.discover.origin import Origins, reason
from truenorth.store.engine import Engine
from truenorth.store.open import open_engine
from truenorth.store.values import literal, quoted

OWN = Workspace("").warehouse
Told = Callable[[str], None]


class Brought(Struct, frozen=True):
    """Where the rows are now: the warehouse, its tables with what they came from, and what could not be read.

    `lines` are what truenorth.yml says besides, such as where tables are fetched from.
    """

    warehouse: str
    tables: dict[str, str]
    unread: tuple[tuple[str, str], ...] = ()
    lines: tuple[str, ...] = ()


class Reading(Protocol):
    """How texts are to be read."""

    @property
    def dates(self) -> str: ...

    @property
    def decimal(self) -> str: ...


def bring(folder: Path, named: Origins, there: Workspace | None, wishes: Reading, now: datetime, told: Told) -> Brought:
    """The rows of everything named, in one warehouse."""
    if len(named.duckdb) == 1 and not (named.files or named.urls or named.dbt or there):
        return as_it_is(folder, named.duckdb[0], named.unread)
    warehouse = there.warehouse if there is not None else OWN
    engine = open_engine(warehouse, folder)
    tables: dict[str, str] = {}
    unread = list(named.unread)
    try:
        for one in named.files:
            told(f"reading {one.files[0].name}" + (f" and {len(one.files) - 1} more" if len(one.files) > 1 else ""))
            options = Options(dates=wishes.dates, decimal=wishes.decimal)
            try:
                report = import_files(engine, folder, one.name, [*one.files], options, now)
            except TrueNorthError as error:
                unread.append((one.files[0].name, reason(error)))
                continue
            tables[one.name] = shown(one.files)
            if report.rejected:
                unread.append(
                    (one.files[0].name, f"{report.rejected:,} of {report.read:,} rows rejected, see .truenorth")
                )
        for path in named.duckdb:
            tables |= copied(engine, folder, path, now, told)
    finally:
        engine.close()
    return Brought(warehouse, tables, tuple(unread))


def shown(files: tuple[Path, ...]) -> str:
    """Where a table came from, in words."""
    return files[0].name if len(files) == 1 else f"{files[0].name} and {len(files) - 1} more"


def as_it_is(folder: Path, path: Path, unread: tuple[tuple[str, str], ...]) -> Brought:
    """A DuckDB file as the warehouse: nothing is copied."""
    place = os.path.relpath(path, folder.resolve()) if folder.resolve() in path.parents else str(path)
    warehouse = f"duckdb:{place}"
    engine = open_engine(warehouse, folder, read_only=True)
    try:
        tables = dict.fromkeys(engine.tables(), path.name)
    finally:
        engine.close()
    return Brought(warehouse, tables, unread)


def copied(engine: Engine, folder: Path, path: Path, now: datetime, told: Told) -> dict[str, str]:
    """The tables of another DuckDB file, brought into the warehouse by way of Parquet."""
    other = open_engine(f"duckdb:{path}", folder, read_only=True)
    tables = {}
    try:
        with tempfile.TemporaryDirectory(prefix="truenorth-") as scratch:
            for name in other.tables():
                told(f"reading {name} of {path.name}")
                file = Path(scratch) / f"{name}.parquet"
                source = ".".join(map(quoted, name.split(".")))
                other.rows(f"COPY (SELECT * FROM {source}) TO {literal(str(file))} (FORMAT parquet)")
                called = name.replace(".", "_")
                try:
                    import_files(engine, folder, called, [file], Options(), now)
                except SourceError as error:
                    if error.code != "E_FILE_NO_ROWS":
                        raise
                    continue
                tables[called] = path.name
    finally:
        other.close()
    return tables
