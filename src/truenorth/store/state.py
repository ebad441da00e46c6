"""State: what people do with a workspace (accounts, sign-ins, links, keys), in SQLite or PostgreSQL.

It is no part of the warehouse: several processes use it at once. The database is opened with the first thing asked of
it, and brought up to date then.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from sqlalchemy import Connection, Engine, Table, create_engine, delete, event, func, insert, select, text, update
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from truenorth.base.errors import AccessError
from truenorth.store.state_tables import TABLES

MIGRATIONS = Path(__file__).parent / "migrations"
PATIENCE = 10
# Any number: PostgreSQL's processes take turns at it while one of them changes the tables.
TURN = 8321_0001
Record = TypeVar("Record", bound=msgspec.Struct)


class Rows:
    """The rows of all tables within one transaction; conditions are equal values."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def all(self, kind: type[Record], table: str, order: str = "", most: int = 0, **equal: Any) -> list[Record]:
        """The rows of a table as records; `order` names a column, "-created" the newest first; `most` limits them."""
        asked = select(*(_table(table).c[name] for name in kind.__struct_fields__)).filter_by(**equal)
        if order:
            column = _table(table).c[order.removeprefix("-")]
            asked = asked.order_by(column.desc() if order.startswith("-") else column)
        if most:
            asked = asked.limit(most)
        return [kind(**row) for row in self._connection.execute(asked).mappings()]

    def one(self, kind: type[Record], table: str, **equal: Any) -> Record | None:
        """The one row, or None."""
        return next(iter(self.all(kind, table, "", 1, **equal)), None)

    def count(self, table: str) -> int:
        """How many rows a table has."""
        return self._connection.execute(select(func.count()).select_from(_table(table))).scalar_one()

    def add(self, table: str, record: msgspec.Struct) -> None:
        """One more row."""
        self._connection.execute(insert(_table(table)).values(msgspec.structs.asdict(record)))

    def change(self, table: str, values: Mapping[str, Any], **equal: Any) -> int:
        """Write values into rows; the result is how many rows there were."""
        return self._connection.execute(update(_table(table)).filter_by(**equal).values(**values)).rowcount

    def remove(self, table: str, **equal: Any) -> int:
        """Take rows away; the result is how many."""
        return self._connection.execute(delete(_table(table)).filter_by(**equal)).rowcount

    def remove_below(self, table: str, column: str, bound: Any) -> int:
        """Take away the rows whose column is less than a bound."""
        return self._connection.execute(delete(_table(table)).where(_table(table).c[column] < bound)).rowcount

    def keep_newest(self, table: str, column: str, most: int) -> None:
        """Take away the oldest rows beyond so many."""
        at = _table(table).c[column]
        last = self._connection.execute(select(at).order_by(at.desc()).offset(most).limit(1)).scalar()
        if last is not None:
            self._connection.execute(delete(_table(table)).where(at <= last))


class State:
    """The state database of one workspace; use `open_state` to get one."""

    def __init__(self, url: URL) -> None:
        self.url = url
        self._engine: Engine | None = None
        self._lock = threading.Lock()

    @contextmanager
    def reading(self) -> Iterator[Rows]:
        """The rows as they are now, without holding anybody up."""
        with self._failing(), self._opened().connect() as connection:
            yield Rows(connection.execution_options(alone=False))

    @contextmanager
    def writing(self) -> Iterator[Rows]:
        """The rows in one transaction that nobody else writes within: all of it happens, or nothing."""
        with self._failing(), self._opened().begin() as connection:
            yield Rows(connection)

    def close(self) -> None:
        """Let go of the database."""
        with self._lock:
            if self._engine is not None:
                self._engine.dispose()
            self._engine = None

    def _opened(self) -> Engine:
        with self._lock:
            if self._engine is None:
                engine = _engine(self.url)
                try:
                    _brought_up(engine)
                except BaseException:
                    engine.dispose()
                    raise
                self._engine = engine
            return self._engine

    @contextmanager
    def _failing(self) -> Iterator[None]:
        """AccessError E_STATE_FAILED for what the database or its driver complains of."""
        try:
            yield
        except (SQLAlchemyError, OSError, ImportError) as error:
            reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
            where = self.url.render_as_string(hide_password=True)
            hint = "see that it is there and may be written to; `state:` in truenorth.yml says where it is"
            if isinstance(error, ImportError):
                hint = 'install it: pip install "truenorth[postgres]"'
            raise AccessError("E_STATE_FAILED", f'the state at "{where}" failed: {reason}', hint=hint) from error


def open_state(folder: Path, word: str = "sqlite:.truenorth/state.db") -> State:
    """The state that the word after `state:` means; a path of SQLite starts at the folder. Nothing is opened yet.

    AccessError E_UNKNOWN_STATE for a database of another kind, E_SECRET_IN_FILE for an address with a password.

    >>> open_state(Path("/srv/acme")).url.database
    '/srv/acme/.truenorth/state.db'
    """
    kind, _, rest = word.partition(":")
    if kind == "sqlite" and rest.strip("/"):
        return State(URL.create("sqlite", database=str((folder / rest.removeprefix("///")).absolute())))
    if kind in ("postgresql", "postgres"):
        try:
            return State(_without_secret(make_url(f"postgresql:{rest}")).set(drivername="postgresql+psycopg"))
        except ArgumentError:
            pass
    hint = 'use "sqlite:.truenorth/state.db" or "postgresql://user@host/database"'
    raise AccessError("E_UNKNOWN_STATE", f'no state database is meant by "{_without_password(word)}"', hint=hint)


def _without_password(word: str) -> str:
    before, at, host = word.rpartition("@")
    return f"{before.rpartition(':')[0]}:…@{host}" if at else word


def _without_secret(url: URL) -> URL:
    if url.password is not None or "password" in url.query:
        hint = "take it out of the file, change it, and give it as PGPASSWORD in the environment or in a .pgpass file"
        raise AccessError("E_SECRET_IN_FILE", "the address of the state holds a password", hint=hint)
    return url


def _table(name: str) -> Table:
    return TABLES.tables[name]


def _engine(url: URL) -> Engine:
    """The database ready to be asked; a file is made so that only its user may read it."""
    if url.get_backend_name() != "sqlite":
        return create_engine(url, pool_pre_ping=True, connect_args={"connect_timeout": PATIENCE})
    path = Path(str(url.database))
    path.parent.mkdir(parents=True, exist_ok=True)
    # Opened only where it is new: closing a file of SQLite a second time would give up the locks of the first.
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    if path.stat().st_mode & 0o077:
        # Copied here from a place where all files are readable.
        with suppress(PermissionError):
            path.chmod(0o600)
    engine = create_engine(url, connect_args={"timeout": PATIENCE})
    event.listen(engine, "connect", _sqlite_opened)
    event.listen(engine, "begin", _sqlite_begun)
    return engine


def _sqlite_opened(connection: Any, _: object) -> None:
    # The driver begins no transaction by itself; a writer then takes its turn at once instead of failing halfway.
    connection.isolation_level = None
    connection.execute("pragma synchronous = full")
    _keep_journal(connection)


def _keep_journal(connection: Any) -> None:
    """Let readers and the writer not wait for each other; of several processes that begin at once, one says so first.

    The file says so from then on. The driver's own patience does not cover this one statement.
    """
    last = time.monotonic() + PATIENCE
    while True:
        try:
            if connection.execute("pragma journal_mode").fetchone() != ("wal",):
                connection.execute("pragma journal_mode = wal")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > last:
                raise
            time.sleep(0.02)


def _sqlite_begun(connection: Connection) -> None:
    if connection.get_execution_options().get("alone", True):
        connection.exec_driver_sql("begin immediate")


def _newest() -> str:
    return max(path.stem.partition("_")[0] for path in (MIGRATIONS / "versions").glob("r*.py"))


def _version(connection: Connection) -> str:
    if not connection.dialect.has_table(connection, "alembic_version"):
        return ""
    return str(connection.execute(text("select version_num from alembic_version")).scalar() or "")


def _brought_up(engine: Engine) -> None:
    """Change the tables to those of this version; several processes may try at once."""
    newest = _newest()
    with engine.connect() as connection:
        if _version(connection.execution_options(alone=False)) == newest:
            return
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(select(func.pg_advisory_xact_lock(TURN)))
        found = _version(connection)
        if found > newest:
            hint = "use the version of truenorth that wrote it, or a newer one"
            raise AccessError(
                "E_STATE_NEWER", f'the state is of a newer version ("{found}" after "{newest}")', hint=hint
            )
        _migrate(connection)


def _migrate(connection: Connection) -> None:
    from alembic.config import Config
    from alembic.runtime.environment import EnvironmentContext
    from alembic.script import ScriptDirectory

    script = ScriptDirectory(str(MIGRATIONS))

    def upgrade(revision: Any, _: object) -> Any:
        return script._upgrade_revs("head", revision)

    with EnvironmentContext(Config(), script, fn=upgrade) as environment:
        environment.configure(connection=connection, target_metadata=TABLES)
        environment.run_migrations()
