"""A file's rows in a temporary table, as text, in the file's order; rows that are none are set aside."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path

import msgspec
from msgspec import Struct

from truenorth.base.errors import SourceError, TrueNorthError
from truenorth.collect.kind import ROWS
from truenorth.collect.record import Dialect, JsonRecord, Record, delimited_records, json_records
from truenorth.collect.reject import Reject
from truenorth.collect.source import Source
from truenorth.store.engine import Engine
from truenorth.store.values import literal, quoted


class UnsoundFile(Exception):
    """The engine cannot read the file as it is: it has to be gone through line by line."""


class Staged(Struct):
    """What stands in the temporary table: the columns' names (c0, c1 … there), and what was set aside.

    `strings` are the columns whose values are all texts by their origin; `typed` columns come with types of their own.
    """

    names: tuple[str, ...]
    rejects: list[Reject]
    strings: frozenset[str] = frozenset()
    typed: bool = False


def stage_delimited(engine: Engine, source: Source, dialect: Dialect, clean: Path | None) -> Staged:
    """Rows of a delimited file: read by the engine itself, or from a clean copy without the bad rows."""
    rejects: list[Reject] = []
    if clean is not None:
        with clean.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream, lineterminator="\n")
            for record in delimited_records(source.path, dialect):
                if record.fields is None:
                    rejects.append(Reject(record.line, "", record.reason, record.raw))
                else:
                    writer.writerow(record.fields)
        dialect = Dialect(",", dialect.names, header=False)
    try:
        _read_csv(engine, clean or source.path, dialect, padded=False)
    except TrueNorthError as error:
        if clean is not None:
            raise
        raise UnsoundFile from error
    return Staged(dialect.names, rejects)


def _read_csv(engine: Engine, path: Path, dialect: Dialect, padded: bool) -> None:
    columns = ", ".join(f"'c{position}': 'VARCHAR'" for position in range(len(dialect.names)))
    engine.write(
        f"CREATE TEMP TABLE {ROWS} AS SELECT row_number() OVER () - 1 AS record, * "
        f"FROM read_csv({literal(_exact(path))}, auto_detect = false, "
        f"delim = {literal(dialect.delimiter)}, quote = '\"', escape = '\"', comment = '', "
        f"header = {str(dialect.header).lower()}, strict_mode = true, null_padding = {str(padded).lower()}, "
        f"parallel = {str(not padded).lower()}, "
        f"columns = {{{columns}}})"
    )


def _exact(path: Path) -> str:
    return re.sub(r"[*?\[]", lambda sign: f"[{sign[0]}]", str(path.absolute()))


def stage_json(engine: Engine, source: Source, clean: Path) -> Staged:
    """Rows of a file with one JSON object a line; every name that occurs is a column."""
    names: dict[str, int] = {}
    others: set[str] = set()
    rejects: list[Reject] = []
    rows = 0
    with clean.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        for record in json_records(source.path):
            if record.values is None:
                rejects.append(Reject(record.line, "", record.reason, record.raw))
                continue
            for name, value in record.values.items():
                names.setdefault(name, len(names))
                if value is not None and type(value) is not str:
                    others.add(name)
            writer.writerow(_texts(record, names))
            rows += 1
    if not rows:
        _no_rows(source, rejects)
    spelled = _distinct(list(names))
    # Rows written before a name first occurred are shorter: they are filled up with NULL.
    _read_csv(engine, clean, Dialect(",", spelled, header=False), padded=True)
    strings = frozenset(new for new, old in zip(spelled, names, strict=True) if old not in others)
    return Staged(spelled, rejects, strings)


def _texts(record: JsonRecord, names: dict[str, int]) -> list[str]:
    values = record.values or {}
    texts = []
    for name in names:
        value = values.get(name)
        if value is None:
            texts.append("")
        elif isinstance(value, str):
            texts.append(str(value))
        else:
            texts.append(msgspec.json.encode(value).decode())
    return texts


def _distinct(names: list[str]) -> tuple[str, ...]:
    taken: set[str] = set()
    found = []
    for name in names:
        new, number = name or "column", 2
        while new.casefold() in taken:
            new, number = f"{name}_{number}", number + 1
        taken.add(new.casefold())
        found.append(new)
    return tuple(found)


def stage_parquet(engine: Engine, source: Source) -> Staged:
    """Rows of a Parquet file, which brings its types along."""
    names = tuple(name for name, _ in engine.describe(f"SELECT * FROM read_parquet({literal(_exact(source.path))})"))
    columns = ", ".join(f"{quoted(name)} AS c{position}" for position, name in enumerate(names))
    reading = f"read_parquet({literal(_exact(source.path))})"
    engine.write(f"CREATE TEMP TABLE {ROWS} AS SELECT row_number() OVER () - 1 AS record, {columns} FROM {reading}")
    return Staged(names, [], typed=True)


def _no_rows(source: Source, rejects: list[Reject]) -> None:
    if not rejects:
        raise SourceError("E_FILE_EMPTY", f'"{source.path}" holds no rows', hint="export it again")
    first = min(rejects, key=lambda reject: reject.line)
    message = f'"{source.path}" holds no row that can be read: line {first.line} is {first.reason}'
    raise SourceError("E_FILE_UNREADABLE", message, hint="check that it is what its name says")


def found(source: Source, dialect: Dialect | None, wanted: set[int]) -> Iterator[tuple[int, int, str]]:
    """(position, line, raw text) of the wanted good records, counted from 0 in the file's order."""
    records: Iterator[Record | JsonRecord]
    records = json_records(source.path) if dialect is None else delimited_records(source.path, dialect)
    last = max(wanted, default=-1)
    position = 0
    for record in records:
        if record.reason:
            continue
        if position in wanted:
            yield position, record.line, record.raw
        position += 1
        if position > last:
            return
