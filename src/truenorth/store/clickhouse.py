"""ClickHouse inside this process (chdb): the second engine, on which the same questions must give the same numbers."""

from __future__ import annotations

import atexit
import itertools
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec

from truenorth.base.deadline import check, left
from truenorth.base.errors import EngineError, TrueNorthError
from truenorth.base.table import Table
from truenorth.store.complaint import column_not_found, table_not_found
from truenorth.store.engine import Abilities
from truenorth.store.values import decimal_type, plain_text, types_of

_SETTINGS = {
    # NULL as in standard SQL: columns may hold it, joins give it, sums of nothing are it.
    "data_type_default_nullable": 1,
    "join_use_nulls": 1,
    "aggregate_functions_null_for_empty": 1,
    "cast_keep_nullable": 1,
    "prefer_column_name_to_alias": 1,
    "session_timezone": "'UTC'",
    "date_time_input_format": "'best_effort'",
    "date_time_output_format": "'iso'",
    "output_format_json_quote_decimals": 1,
    "output_format_decimal_trailing_zeros": 1,
    "output_format_json_quote_64bit_integers": 0,
    "output_format_json_quote_denormals": 1,
}
_NAMES = {
    "date": "Date32",
    "timestamp": "DateTime64(6, 'UTC')",
    "timestamptz": "DateTime64(6, 'Etc/UTC')",
    "integer": "Int64",
    "float": "Float64",
    "boolean": "Bool",
}
_WRAPPED = re.compile(r"^(?:Nullable|LowCardinality|SimpleAggregateFunction)\((?:\w+, )?(.+)\)$")
_COMPLAINT = re.compile(r"Code: (\d+)\. DB::Exception: (.*)")
_databases = itertools.count(1)


class _Session:
    """The one ClickHouse of the process; engines are databases in it and take turns."""

    lock = threading.RLock()
    current: Any = None

    @classmethod
    def run(cls, database: str, sql: str, form: str = "CSV") -> bytes:
        """The output of a statement, run with the database as the current one."""
        with cls.lock:
            if cls.current is None:
                cls.current = _opened()
            cls.current.query(f"USE {database}" if database else "SELECT 1", "CSV")
            seconds = left()
            if seconds is None:
                return bytes(cls.current.query(sql, form).bytes() or b"")
            check()
            cls.current.query(f"SET max_execution_time = {seconds:.3f}", "CSV")
            try:
                return bytes(cls.current.query(sql, form).bytes() or b"")
            finally:
                cls.current.query("SET max_execution_time = 0", "CSV")


def _opened() -> Any:
    try:
        from chdb import session
    except ImportError as error:
        hint = 'pip install "truenorth[clickhouse]"'
        raise EngineError("E_ENGINE_MISSING", "the engine chdb is not installed", hint=hint) from error
    new_session: Any = session.Session
    opened = new_session()
    atexit.register(opened.cleanup)
    opened.query("SET " + ", ".join(f"{name} = {value}" for name, value in _SETTINGS.items()), "CSV")
    return opened


class ClickHouse:
    """An engine on a database of its own in this process's ClickHouse; its data ends with it."""

    abilities = Abilities("clickhouse")
    lingers = 0.0
    path: Path | None = None

    def __init__(self) -> None:
        self._database = f"truenorth_{next(_databases)}"
        self._writes = 0
        _Session.run("", f"CREATE DATABASE {self._database}")

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        """The rows of a select as plain Python values."""
        output = self._run(sql, "JSONCompact")
        if not output:
            return []
        answer = msgspec.json.decode(output)
        readers = [_reader(column["type"]) for column in answer["meta"]]
        return [
            tuple(None if value is None else read(value) for read, value in zip(readers, row, strict=True))
            for row in answer["data"]
        ]

    def arrow(self, sql: str) -> Any:
        """The rows of a select as an Arrow table."""
        import pyarrow as pa

        return pa.ipc.open_file(pa.BufferReader(self._run(sql, "Arrow"))).read_all()

    @contextmanager
    def batches(self, sql: str) -> Iterator[object]:
        """The same as an Arrow reader: all of them at once."""
        yield self.arrow(sql).to_reader()

    def describe(self, sql: str) -> tuple[tuple[str, str], ...]:
        """(name, type word) of each column a select would give."""
        answer = msgspec.json.decode(self._run(f"DESCRIBE (\n{sql.rstrip().rstrip(';')}\n)", "JSONCompact"))
        return tuple((row[0], word_of(row[1])) for row in answer["data"])

    def tables(self) -> tuple[str, ...]:
        """The names of the tables and views."""
        sql = "SELECT name FROM system.tables WHERE database = currentDatabase() ORDER BY name"
        return tuple(str(row[0]) for row in self.rows(sql))

    def scan(self, source: str, file: str) -> str:
        """The FROM item of a table; files are not read by this engine."""
        if file:
            hint = "use DuckDB, or load the file into a table and name the table under `source:`"
            raise EngineError("E_ENGINE_NO_FILES", f'this engine reads no files like "{file}"', hint=hint)
        return ".".join(quoted(part) for part in source.split("."))

    def kept(self, select: str, version: str) -> str:
        """The select as it is: this engine works its rows out anew."""
        return select

    def version(self, source: str, file: str) -> str:
        """A word that changes with every write."""
        return f"{self._database}.{self._writes}"

    def write(self, sql: str) -> None:
        """Run one statement that changes data."""
        self._run(sql, "CSV")
        self._writes += 1

    def transaction(self, *tables: str, hasty: bool = False) -> AbstractContextManager[None]:
        """Refused: this engine commits each statement by itself."""
        raise EngineError("E_ENGINE_NO_TRANSACTIONS", "this engine cannot take back a group of writes")

    def lent(self, name: str, columns: object) -> AbstractContextManager[None]:
        """Refused, as a transaction is."""
        return self.transaction(name)

    def load(self, name: str, table: Table, types: dict[str, str]) -> None:
        """Create or replace a table from plain values."""
        target = self.scan(name, "")
        words = types_of(table, types)
        columns = []
        for column, word in words:
            width, scale = decimal_type(table.column(column)) if word == "decimal" else (0, 0)
            kind = f"Decimal({width}, {scale})" if word == "decimal" else _NAMES.get(word, "String")
            columns.append(f"{quoted(column)} Nullable({kind})")
        self.write(f"CREATE OR REPLACE TABLE {target} ({', '.join(columns)}) ENGINE = MergeTree ORDER BY tuple()")
        if table.rows:
            lines = [
                msgspec.json.encode([_told(value, word) for value, (_, word) in zip(row, words, strict=True)]).decode()
                for row in table.rows
            ]
            self.write(f"INSERT INTO {target} FORMAT JSONCompactEachRow\n" + "\n".join(lines))

    def rewrite(self, orders: Mapping[str, str]) -> None:
        """Refused: this engine keeps its own house."""
        raise EngineError("E_ENGINE_NO_TRANSACTIONS", "this engine puts its tables in order by itself")

    def close(self) -> None:
        """Drop the engine's tables."""
        _Session.run("", f"DROP DATABASE IF EXISTS {self._database}")

    def _run(self, sql: str, form: str) -> bytes:
        try:
            return _Session.run(self._database, sql, form)
        except RuntimeError as error:
            if "TIMEOUT_EXCEEDED" in str(error):
                check()
            raise self._explained(str(error)) from error

    def _explained(self, text: str) -> TrueNorthError:
        found = _COMPLAINT.search(text)
        number, said = (int(found[1]), found[2]) if found else (0, text.partition("\n")[0])
        said = re.sub(r"(: \.)? Expected one of:.*| \([A-Z_]+\)$", "", said)
        name = re.search(r"[`'\"](.+?)[`'\"]", said)
        if number == 60 and name:
            return table_not_found(name[1], self.tables())
        if number == 81:
            return table_not_found(said.removeprefix("Database ").partition(" ")[0], self.tables())
        if number == 47 and name:
            near = re.search(r"Maybe you meant: \[(.*?)\]", said)
            return column_not_found(name[1].split(".")[-1], tuple(re.findall(r"'([^']+)'", near[1])) if near else ())
        return EngineError("E_SQL", said)


def quoted(name: str) -> str:
    """A name as a quoted identifier of ClickHouse, where a backslash escapes.

    >>> quoted('we"ird')
    '"we\\\\"ird"'
    """
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


def word_of(kind: str) -> str:
    """The protocol's word for one of ClickHouse's types.

    >>> word_of("Nullable(Decimal(18, 2))")
    'decimal'
    """
    while found := _WRAPPED.match(kind):
        kind = found[1]
    name, _, rest = kind.partition("(")
    if name.startswith("DateTime"):
        zone = re.search(r"'(.+)'", rest)
        return "timestamptz" if zone and zone[1] != "UTC" else "timestamp"
    for start, word in (("Date", "date"), ("Decimal", "decimal"), ("Int", "integer"), ("UInt", "integer")):
        if name.startswith(start) and not name.startswith("Interval"):
            return word
    known = {"Float32": "float", "Float64": "float", "String": "text", "FixedString": "text", "UUID": "text"}
    return known.get(name) or {"Bool": "boolean", "Enum8": "text", "Enum16": "text"}.get(name, "other")


def _reader(kind: str) -> Callable[[Any], object]:
    readers: dict[str, Callable[[Any], object]] = {
        "date": date.fromisoformat,
        "timestamp": _naive,
        "timestamptz": _naive,
        "decimal": Decimal,
        "integer": int,
        "float": float,
        "boolean": bool,
        "text": str,
    }
    return readers.get(word_of(kind), lambda value: value)


def _naive(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=None)


def _told(value: Any, word: str) -> object:
    return value if word == "boolean" or value is None else plain_text(value)
