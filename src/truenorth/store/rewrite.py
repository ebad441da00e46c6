"""A DuckDB file written anew: it never becomes smaller by itself."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol

from truenorth.store.complaint import not_opened
from truenorth.store.values import literal, quoted

# Held until the process ends: who opened the old file just before it was replaced must not get it.
_old: list[int] = []


class Cursor(Protocol):
    """What runs SQL."""

    def execute(self, query: str, /) -> Rows: ...


class Rows(Protocol):
    """What comes back."""

    def fetchall(self) -> list[tuple[object, ...]]: ...


def rewritten(cursor: Cursor, fresh: Path, orders: Mapping[str, str]) -> None:
    """Copy the whole database into a new file, tables sorted by their expression in `orders`; reading is enough."""
    for path in (fresh, fresh.with_name(fresh.name + ".wal")):
        path.unlink(missing_ok=True)
    try:
        [(own,)] = cursor.execute("SELECT current_database()").fetchall()
        cursor.execute(f"ATTACH {literal(str(fresh))} AS rewritten (READ_WRITE)")
        cursor.execute(f"COPY FROM DATABASE {quoted(str(own))} TO rewritten (SCHEMA)")
        tables = cursor.execute(
            "SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = current_database() "
            "AND NOT internal AND NOT temporary ORDER BY table_oid"
        ).fetchall()
        for schema, table in tables:
            name = f"{quoted(str(schema))}.{quoted(str(table))}"
            order = orders.get(str(table), "") if schema == "main" else ""
            sort = f" ORDER BY {order}" if order else ""
            cursor.execute(f"INSERT INTO rewritten.{name} SELECT * FROM {name}{sort}")
        cursor.execute("CHECKPOINT rewritten")
    except BaseException:
        with suppress(Exception):
            cursor.execute("DETACH rewritten")
        fresh.unlink(missing_ok=True)
        raise
    cursor.execute("DETACH rewritten")


@contextmanager
def taken_over(path: Path) -> Iterator[None]:
    """Nobody opens the file for as long as the block lasts; E_WAREHOUSE_LOCKED when somebody has already."""
    file = os.open(path, os.O_RDWR)
    try:
        # The same lock that the engine takes.
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(file)
        raise not_opened(str(path), "Could not set lock on file", writing=True, taken=True) from error
    _old.append(file)
    yield
