"""A file's rows in a temporary table, as text, in the file's order; rows that are none are set aside."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import msgspec
from msgspec import Struct

from truenorth.base.errors import SourceError, TrueNorthError
from truenorth.collect.excel import is_text, read_sheet, texts
from truenorth.collect.kind import ROWS
from truenorth.collect.record import Dialect, JsonRecord, Record, array_records, delimited_records, json_records
from truenorth.collect.reject import Reject
from truenorth.collect.report import Options
from truenorth.collect.source import Source
from truenorth.store.engine import Engine
from truenorth.store.values import literal, quoted


class UnsoundFile(Exception):
    """The engine cannot read the file as it is: it has to be gone through line by line."""


class Staged(Struct):
    """What stands in the temporary table: the columns' names (c0, c1 … there), and what was set aside.

    `strings` are the columns whose values are all texts by their origin; `typed` columns come with types of their own;
    `declared` ones are texts whose types are told, for each the first of the words that fits. `lines` are the rows'
    numbers in their file where they are not 1, 2, 3 …; `notes` say what of the file is not among them.
    """

    names: tuple[str, ...]
    rejects: list[Reject]
    strings: frozenset[str] = frozenset()
    typed: bool = False
    declared: tuple[tuple[str, ...], ...] = ()
    lines: Sequence[int] = ()
    notes: tuple[str, ...] = ()

    def line(self, position: int) -> int:
        """The number in the file of the row at a position, counted from 0."""
        return self.lines[position] if self.lines else position + 1


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


def read_clean(engine: Engine, path: Path, names: tuple[str, ...]) -> None:
    """Rows of a clean copy; those written before a name first occurred are shorter, and filled up with NULL."""
    _read_csv(engine, path, Dialect(",", names, header=False), padded=True)


def _exact(path: Path) -> str:
    return re.sub(r"[*?\[]", lambda sign: f"[{sign[0]}]", str(path.absolute()))


def stage(engine: Engine, source: Source, dialect: Dialect | None, clean: Path | None, options: Options) -> Staged:
    """Rows of a file of any kind; `dialect` is that of a delimited one, which is gone through with a `clean` copy."""
    if dialect is not None:
        return stage_delimited(engine, source, dialect, clean)
    if source.kind == "parquet" or clean is None:
        return stage_parquet(engine, source)
    if source.kind == "excel":
        return stage_excel(engine, source, clean, options)
    return stage_json(engine, source, clean)


def stage_json(engine: Engine, source: Source, clean: Path) -> Staged:
    """Rows of a file of JSON objects, one a line or all in one array; every name that occurs is a column."""
    names: dict[str, int] = {}
    others: set[str] = set()
    rejects: list[Reject] = []
    rows = 0
    with clean.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        for record in array_records(source.path) if source.kind == "json" else json_records(source.path):
            if record.values is None:
                rejects.append(Reject(record.line, "", record.reason, record.raw))
                continue
            for name, value in record.values.items():
                names.setdefault(name, len(names))
                if value is not None and type(value) is not str:
                    others.add(name)
            writer.writerow(json_texts(record, names))
            rows += 1
    if not rows:
        _no_rows(source, rejects)
    spelled = distinct_names(list(names))
    read_clean(engine, clean, spelled)
    strings = frozenset(new for new, old in zip(spelled, names, strict=True) if old not in others)
    return Staged(spelled, rejects, strings)


def stage_excel(engine: Engine, source: Source, clean: Path, options: Options) -> Staged:
    """Rows of a sheet of an Excel file; columns of text cells stay text, leading zeros and all."""
    sheet = read_sheet(source.path, options.sheet, options.header)
    if not sheet.rows:
        hint = "there is nothing to load; name another sheet"
        raise SourceError("E_FILE_NO_ROWS", f'"{source.path}" holds names of columns but no rows', hint=hint)
    with clean.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows(texts(sheet))
    names = distinct_names(list(sheet.names))
    _read_csv(engine, clean, Dialect(",", names, header=False), padded=False)
    wordy = [all(is_text(cell) for cell in column) for column in zip(*sheet.rows, strict=True)]
    strings = frozenset(name for name, texts_only in zip(names, wordy, strict=True) if texts_only)
    return Staged(names, [], strings, lines=sheet.lines, notes=sheet.notes)


def json_texts(record: JsonRecord, names: dict[str, int]) -> list[str]:
    """The values of a JSON object as texts, in the order of the names."""
    values = record.values or {}
    texts = []
    for name in names:
        value = values.get(name)
        if value is None:
            texts.append("")
        elif isinstance(value, str):
            texts.append(str(value))
        else:
            texts.append(msgspec.json.encode(value, enc_hook=_as_written).decode())
    return texts


def _as_written(number: object) -> msgspec.Raw:
    """A number inside of an object keeps the digits it was written with."""
    return msgspec.Raw(str(number).encode())


def distinct_names(names: list[str]) -> tuple[str, ...]:
    """Names that an engine tells apart, however they are spelled."""
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


def stage_declared(engine: Engine, path: Path, columns: Mapping[str, tuple[str, ...]], null: str) -> Staged:
    """Rows of a CSV file of our own making, without names; `null`, where it is not quoted, stands for no value."""
    names = distinct_names(list(columns))
    shape = ", ".join(f"'c{position}': 'VARCHAR'" for position in range(len(names)))
    sql = (
        f"CREATE TEMP TABLE {ROWS} AS SELECT row_number() OVER () - 1 AS record, * "
        f"FROM read_csv({literal(_exact(path))}, auto_detect = false, delim = ',', quote = '\"', escape = '\"', "
        f"comment = '', header = false, strict_mode = true, nullstr = {literal(null)}, allow_quoted_nulls = false, "
        f"max_line_size = 67108864, columns = {{{shape}}})"
    )
    try:
        engine.write(sql)
    except TrueNorthError as error:
        raise UnsoundFile from error
    return Staged(names, [], declared=tuple(columns.values()))


def sound_copy(path: Path, copy: Path) -> list[Reject]:
    """Copy a CSV file of our own making without the rows that are not UTF-8, which are given back."""
    rejects = []
    with path.open("rb") as lines, copy.open("wb") as out:
        record, line = b"", 0
        for piece in lines:
            record += piece
            # A quote that is open at the end of a line leads into the next one.
            if record.count(b'"') % 2:
                continue
            line += 1
            try:
                record.decode()
                out.write(record)
            except UnicodeDecodeError:
                rejects.append(Reject(line, "", "not UTF-8", record.decode("utf-8", "surrogateescape")))
            record = b""
    return rejects


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
