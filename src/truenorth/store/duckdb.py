"""The embedded engine: DuckDB in this process, on one file or in memory."""

from __future__ import annotations

import itertools
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from truenorth.base.deadline import stopping
from truenorth.base.errors import EngineError
from truenorth.base.table import Table
from truenorth.store import file as files
from truenorth.store.complaint import LOCKED, being_rewritten, explained, not_opened
from truenorth.store.engine import Abilities
from truenorth.store.holding import holding
from truenorth.store.kept import KeptFiles, KeptSelects
from truenorth.store.kind import TYPES, ZONED, without_zones, word_of
from truenorth.store.rewrite import rewritten, taken_over
from truenorth.store.turn import BEAT, WATCH, Turn
from truenorth.store.values import decimal_type, literal, plain_text, quoted, types_of

if TYPE_CHECKING:
    import pyarrow as pa

MEMORY = ":memory:"
# So many rows come at a time.
BATCH = 1 << 18
_CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "python_enable_replacements": "false",
    "memory_limit": "60%",
    # The first reads an instant of a CSV file straight as a TIMESTAMP when a query casts it, and drops the written
    # offset. The second passes over row groups because of rows that are deleted: ORDER BY … LIMIT 1 finds nothing.
    "disabled_optimizers": "type_pushdown,row_group_pruner",
}
# From how many rows on nested columns are stored field by field; -1 is never.
_WHOLE = "SET GLOBAL variant_minimum_shredding_size = -1"
_BY_FIELD = "RESET GLOBAL variant_minimum_shredding_size"
# Who reads beside a writer of its own process lets go of the file when nothing was asked for so many seconds.
LINGERS = 5.0
_instances = itertools.count(1)
_setting = threading.Lock()


class DuckDB:
    """An engine on one DuckDB file.

    The file is open for reading only, so that several processes can ask at once, and held for writing just while a
    transaction runs. A file that does not exist yet answers like an empty one and is made by the first write.
    Processes take turns: who reads lets go of the file when another wants to write, and comes back when it is done.
    `patience` is how many seconds a reader waits for a writer, and a writer for its turn. An engine that writes again
    and again `lingers`: it keeps the file open for so many seconds after a transaction, unless another process asks
    for it; questions of its own process go on meanwhile.
    """

    abilities = Abilities("duckdb", bitmaps=True, files=True, transactions=True)
    patience = 10.0
    lingers = 0.0

    def __init__(self, path: str = MEMORY, read_only: bool = False, folder: Path = Path()) -> None:
        self.folder = folder
        self.read_only = read_only
        self.path: Path | None = None if path == MEMORY else folder / path
        self._turn = None if self.path is None else Turn(self.path)
        self._plea = None if self.path is None else Turn(self.path, "asked")
        self._rewriting = Turn(self.path or Path(MEMORY), "held")
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._stands_in = False
        self._writable = False
        self._shares = False
        self._rewrites = False
        self._lost = False
        self._used = 0.0
        self._busy = 0
        self._writes = 0
        self._instance = next(_instances)
        self._gate = threading.Condition(threading.RLock())
        self._held = holding(self.path)
        self._local = threading.local()
        self._free: list[duckdb.DuckDBPyConnection] = []
        self._kept = KeptFiles()
        self._selects = KeptSelects()

    # Asking

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        """The rows of a select as plain Python values."""
        with self._using() as cursor, stopping(cursor.interrupt), self._explained():
            if self._own is None:
                sql = self._selects.over(cursor, sql, self._kept)
            sql = self._kept.over(cursor, sql)
            cursor.execute(sql)
            kinds = [str(column[1]) for column in cursor.description or ()]
            if any(ZONED in kind for kind in kinds):
                cursor.execute(without_zones(sql, kinds))
            rows: list[tuple[object, ...]] = cursor.fetchall()
            return rows

    def arrow(self, sql: str) -> object:
        """The rows of a select as an Arrow table."""
        with self.batches(sql) as found:
            return found.read_all()

    @contextmanager
    def batches(self, sql: str) -> Iterator[pa.RecordBatchReader]:
        """The same as an Arrow reader, batch by batch as they come."""
        with self._using() as cursor, stopping(cursor.interrupt), self._explained():
            if self._own is None:
                sql = self._selects.over(cursor, sql, self._kept)
            yield cursor.sql(self._kept.over(cursor, sql)).to_arrow_reader(BATCH)

    def describe(self, sql: str) -> tuple[tuple[str, str], ...]:
        """(name, type word) of each column a select would give."""
        with self._using() as cursor, self._explained():
            cursor.execute("DESCRIBE " + self._kept.over(cursor, sql))
            return tuple((str(row[0]), word_of(str(row[1]))) for row in cursor.fetchall())

    def tables(self) -> tuple[str, ...]:
        """The names of the tables and views; those outside the main schema as schema.table."""
        sql = (
            "SELECT schema_name, table_name FROM duckdb_tables() WHERE NOT internal AND NOT temporary UNION ALL "
            "SELECT schema_name, view_name FROM duckdb_views() WHERE NOT internal AND NOT temporary ORDER BY 1, 2"
        )
        return tuple(str(name) if schema == "main" else f"{schema}.{name}" for schema, name in self.rows(sql))

    def scan(self, source: str, file: str) -> str:
        """The FROM item of a dataset: a quoted table name, or a strict reading of a file or glob."""
        return self._kept.note(files.reading(self.folder, file), self.folder, file) if file else table_name(source)

    def kept(self, select: str, version: str) -> str:
        """A select whose rows are kept beside the data while its version stands, if they are not too many."""
        return self._selects.note(select, version)

    def version(self, source: str, file: str) -> str:
        """A word that changes whenever the data changes: for tables with every commit to the warehouse, and while this
        process holds it for writing with every commit that may have touched the table."""
        if file:
            return files.stamp(self.folder, file)
        if self.path is None:
            return f"{self._instance}.{self._writes}"
        if here := self._held.version(source, self.rows):
            return here
        return ".".join(_stat(path) for path in (self.path, self.path.with_name(self.path.name + ".wal")))

    # Writing

    @contextmanager
    def transaction(self, *tables: str, hasty: bool = False) -> Iterator[None]:
        """All writes of this thread inside are committed together, or none; a transaction inside joins the outer.

        `tables` are all that it changes, when it says so: answers over others stay good. A `hasty` one stores nested
        columns as they come and not field by field: a third of the work, and some fifteen times as long to read.
        """
        if self._own is not None:
            yield
            return
        with self._held.writer, self._holding_for_writing() as cursor:
            # What is not a row group yet is stored when the file is let go of: still in haste, until others write.
            if hasty or self._held.hasty:
                cursor.execute(_WHOLE if hasty else _BY_FIELD)
                self._held.hasty = hasty
            cursor.execute("BEGIN")
            self._local.cursor = cursor
            try:
                yield
                with self._explained():
                    cursor.execute("COMMIT")
            except BaseException:
                with suppress(duckdb.Error):
                    cursor.execute("ROLLBACK")
                raise
            finally:
                self._local.cursor = None
                self._writes += 1
                self._held.committed(tables)

    def write(self, sql: str) -> None:
        """Run one statement that changes data, in the transaction of this thread or in one of its own."""
        with self.transaction(), self._using() as cursor, self._explained():
            cursor.execute(sql)

    @contextmanager
    def lent(self, name: str, columns: object) -> Iterator[None]:
        """Arrow columns as a table of that name, for the statements of this thread's transaction."""
        with self.transaction(), self._using() as cursor, self._explained():
            cursor.register(name, columns)
            try:
                yield
            finally:
                # In a transaction that failed nothing more can be said, and it goes with it.
                with suppress(duckdb.Error):
                    cursor.unregister(name)

    def load(self, name: str, table: Table, types: dict[str, str]) -> None:
        """Create or replace a table from plain values."""
        target = table_name(name)
        columns = []
        for column, word in types_of(table, types):
            width, scale = decimal_type(table.column(column)) if word == "decimal" else (0, 0)
            kind = f"DECIMAL({width}, {scale})" if word == "decimal" else TYPES.get(word, "VARCHAR")
            columns.append(f"{quoted(column)} {kind}")
        with self.transaction():
            if "." in name:
                self.write(f"CREATE SCHEMA IF NOT EXISTS {table_name(name.rpartition('.')[0])}")
            self.write(f"CREATE OR REPLACE TABLE {target} ({', '.join(columns)})")
            for start in range(0, len(table), 1000):
                texts = [[plain_text(value) for value in row] for row in table.rows[start : start + 1000]]
                lines = [", ".join("NULL" if text is None else literal(text) for text in row) for row in texts]
                self.write(f"INSERT INTO {target} VALUES " + ", ".join(f"({line})" for line in lines))

    def rewrite(self, orders: Mapping[str, str]) -> None:
        """Write the file anew without the room that is free in it, tables in the order of an expression of theirs.

        Other processes may read meanwhile, but not write, and the old file stands until the new one is whole;
        E_WAREHOUSE_LOCKED when another engine of this process has it open. In memory there is nothing to do.
        """
        if self.path is None or not self.path.exists():
            return
        fresh = self.path.with_name(self.path.name + ".rewritten")
        with self._held.writer, self._rewriting.kept():
            self._rewrites = True
            try:
                with self._holding_for_writing() as cursor, self._explained():
                    cursor.execute("CHECKPOINT")
                    stamp = _stat(self.path)
                self._close_alone(stamp)
                with self._using() as cursor, self._explained():
                    rewritten(cursor, fresh, orders)
                # Those who read let go of it now.
                with self._holding_for_writing():
                    pass
                self._close_alone(stamp)
                with taken_over(self.path):
                    self._close_alone(stamp)
                    fresh.replace(self.path)
            finally:
                self._rewrites = False
                fresh.unlink(missing_ok=True)
            self._held.committed(())

    def _close_alone(self, stamp: str) -> None:
        """Let go of the file; E_WAREHOUSE_LOCKED when another of this process has it, or somebody wrote to it."""
        assert self.path is not None
        self.close()
        if self._held.is_open or _stat(self.path) != stamp:
            raise not_opened(str(self.path), "", writing=True, taken=True)

    def close(self) -> None:
        """Let go of the file and memory; the next question opens it again, memory starts empty."""
        with self._gate:
            for cursor in self._free:
                cursor.close()
            self._free.clear()
            self._kept.forget()
            self._selects.forget()
            if self._connection is not None:
                self._connection.close()
                if self._writable or self._shares:
                    self._held.closed()
            self._connection, self._writable, self._shares, self._lost = None, False, False, False

    # The connection

    @property
    def _own(self) -> duckdb.DuckDBPyConnection | None:
        """The cursor of this thread's transaction."""
        return getattr(self._local, "cursor", None)

    @contextmanager
    def _using(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A cursor that no other thread uses meanwhile."""
        if self._own is not None:
            yield self._own
            return
        with self._gate:
            connection = self._in_turn()
            self._busy += 1
            cursor = self._free.pop() if self._free else connection.cursor()
        self._local.depth = self._depth + 1
        try:
            yield cursor
        finally:
            self._local.depth = self._depth - 1
            self._leave(cursor, connection)

    @property
    def _depth(self) -> int:
        """How many questions of this thread are under way, one within the other."""
        return getattr(self._local, "depth", 0)

    def _in_turn(self) -> duckdb.DuckDBPyConnection:
        """The connection for a new question, when nobody is waiting to write or writing."""
        deadline, asking = time.monotonic() + self.patience, False
        while True:
            late = time.monotonic() >= deadline
            # A question within a question does not wait: the writer waits for the outer one.
            if late or self._depth or asking or not self._lets_go():
                try:
                    connection = self._open()
                    if asking and self._plea is not None:
                        self._plea.taken()
                    return connection
                except EngineError as error:
                    if late or error.code != LOCKED or self._plea is None:
                        raise
                    self._plea.want()
                    asking = True
            self._gate.wait(BEAT)

    def let_go_if_wanted(self) -> None:
        """Close the file, if it is open and idle, when another process wants it or it was held long enough."""
        if self._connection is not None and self._gate.acquire(blocking=False):
            try:
                held = self._writable or self._shares
                long = held and time.monotonic() - self._used >= (self.lingers or LINGERS)
                if not self._lets_go() and long and not self._busy:
                    self.close()
            finally:
                self._gate.release()

    def _lets_go(self) -> bool:
        """Close the file if another process wants it and no question is under way; whether another does."""
        if not self._wanted():
            return False
        if self._busy == 0:
            self.close()
        return True

    def _wanted(self) -> bool:
        """Whether another wants to write the file, or to read it while this process holds it for writing."""
        if self._turn is None or self._plea is None:
            return False
        return self._turn.wanted() or ((self._writable or self._shares) and self._plea.wanted())

    @contextmanager
    def _holding_for_writing(self) -> Iterator[duckdb.DuckDBPyConnection]:
        if self.read_only:
            hint = "open the workspace for writing"
            raise EngineError("E_READ_ONLY", "the warehouse is open for reading only", hint=hint)
        with self._gate:
            if self.path is not None and (self._wanted() or not self._writable):
                self._take(self.path)
            connection = self._open()
            self._busy += 1
            cursor = self._free.pop() if self._free else connection.cursor()
        try:
            yield cursor
        finally:
            self._leave(cursor, connection)

    def _take(self, path: Path) -> None:
        """Open the file for writing; those who read it are asked to let go, and given time to."""
        _make_folder(path)
        turn, deadline = Turn(path), time.monotonic() + self.patience
        self._give_way(turn, Turn(path, "asked"))
        try:
            while True:
                if not self._rewrites and self._rewriting.wanted():
                    # It takes long, and those who read go on meanwhile: nobody is to be asked for the file.
                    if self.lingers or time.monotonic() >= deadline:
                        raise being_rewritten(str(path))
                    self._gate.wait(BEAT)
                    continue
                self._gate.wait_for(lambda: self._busy == 0)
                self.close()
                try:
                    self._connection, self._writable, self._stands_in = self._connect(path, writing=True), True, False
                    self._held.opened(_stat(path))
                    if self.lingers:
                        WATCH.over(self)
                    return
                except EngineError as error:
                    if error.code != LOCKED or time.monotonic() >= deadline:
                        raise
                turn.want()
                self._gate.wait(BEAT)
        finally:
            turn.taken()

    def _give_way(self, *signs: Turn) -> None:
        """Let those who asked before have the file first: a sign goes away when its writer has had its turn."""
        until = time.monotonic() + self.patience / 2
        while time.monotonic() < until and any(sign.wanted() for sign in signs):
            if self._busy == 0:
                self.close()
            self._gate.wait(BEAT)

    def _leave(self, cursor: duckdb.DuckDBPyConnection, connection: duckdb.DuckDBPyConnection) -> None:
        with self._gate:
            self._busy -= 1
            if connection is self._connection:
                self._free.append(cursor)
            else:
                self._kept.forget(cursor)
                self._selects.forget(cursor)
                cursor.close()
            self._used = time.monotonic()
            if self._busy == 0:
                if self._lost or (self._writable and not self.lingers):
                    self.close()
                self._lets_go()
                self._gate.notify_all()

    def _open(self) -> duckdb.DuckDBPyConnection:
        appeared = self._stands_in and not self._busy and self.path is not None and self.path.exists()
        if self._connection is not None and not appeared:
            return self._connection
        self.close()
        self._stands_in = self.path is not None and not self.path.exists()
        self._connection = self._connect(None if self._stands_in else self.path, writing=False)
        if not self._stands_in and self.path is not None:
            mode = self._connection.execute("SELECT current_setting('access_mode')").fetchone()
            self._shares = mode is not None and mode[0] != "read_only"
            if self._shares:
                self._held.opened(_stat(self.path))
            WATCH.over(self)
        return self._connection

    def _connect(self, path: Path | None, writing: bool) -> duckdb.DuckDBPyConnection:
        try:
            connection = _connected(path, writing)
        except duckdb.Error as error:
            taken = isinstance(error, duckdb.ConnectionException)
            raise not_opened(str(path), str(error), writing, taken) from error
        # Several engines of a process may open the same file at once, and share what is set here.
        with _setting:
            locked = connection.execute("SELECT current_setting('lock_configuration')").fetchone()
            if locked and locked[0]:
                return connection
            if path is None:
                connection.execute(f"SET temp_directory = {literal(tempfile.gettempdir() + '/truenorth-spill')}")
            connection.execute("LOAD icu")
            connection.execute("SET GLOBAL TimeZone = 'UTC'")
            connection.execute("SET allowed_configs = ['variant_minimum_shredding_size']")
            connection.execute("SET lock_configuration = true")
        return connection

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except duckdb.Error as error:
            # After such an error, a disk that failed in the middle of a write, only opening the file anew helps.
            self._lost = self._lost or isinstance(error, duckdb.FatalException)
            known = self.tables if self._own is None and not self._lost else tuple
            raise explained(str(error), known) from error
        except RuntimeError as error:
            if "interrupted" in str(error):
                raise KeyboardInterrupt from error
            raise


def table_name(source: str) -> str:
    """A table or schema.table as quoted identifiers.

    >>> table_name("sales.orders")
    '"sales"."orders"'
    """
    return ".".join(quoted(part) for part in source.split("."))


def _make_folder(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise not_opened(str(path), f"IO Error: {error.strerror}", writing=True, taken=False) from error


def _stat(path: Path) -> str:
    try:
        state = path.stat()
    except OSError:
        return "-"
    return f"{state.st_mtime_ns:x}.{state.st_size:x}"


def _connected(path: Path | None, writing: bool) -> duckdb.DuckDBPyConnection:
    if path is None:
        return duckdb.connect(MEMORY, config=_CONFIG)
    try:
        return duckdb.connect(str(path), read_only=not writing, config=_CONFIG)
    except duckdb.ConnectionException:
        if writing:
            raise
        # The same process writes to it through another engine: share that engine's instance.
        return duckdb.connect(str(path), read_only=False, config=_CONFIG)
