"""What an engine is: the few things TrueNorth asks of DuckDB, ClickHouse or Spark."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from msgspec import Struct

from truenorth.base.table import Table


class Abilities(Struct, frozen=True):
    """What an engine can do beyond plain SQL; the planner chooses its way by these, never by the engine's name."""

    dialect: str
    bitmaps: bool = False
    files: bool = False
    transactions: bool = False


class Engine(Protocol):
    """A place to run SELECTs. One instance may be asked from several threads."""

    abilities: Abilities
    # How many seconds a file stays open for writing after a transaction, for who writes again and again.
    lingers: float
    # The file, of an engine that has one.
    path: Path | None

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        """The rows of a select as plain Python values (NULL is None, money Decimal, times naive UTC)."""

    def arrow(self, sql: str) -> object:
        """The rows of a select as an Arrow table: for many rows, which no Python value is made of one by one."""

    def batches(self, sql: str) -> AbstractContextManager[object]:
        """The same as an Arrow reader, batch by batch as they come: they need not all be held at once."""

    def describe(self, sql: str) -> tuple[tuple[str, str], ...]:
        """(name, type) of each column a select would give; types are `date timestamp timestamptz decimal
        integer float text boolean other`. Raises EngineError E_TABLE_NOT_FOUND, E_COLUMN_NOT_FOUND, E_SQL."""

    def tables(self) -> tuple[str, ...]:
        """The names of the tables that exist."""

    def scan(self, source: str, file: str) -> str:
        """The FROM item of a dataset: a quoted table name, or a reading of a file path or glob."""

    def kept(self, select: str, version: str) -> str:
        """A select that many questions are built upon and that gives the same rows while its version stands, as it is
        to be written into them; the engine may keep its rows meanwhile."""

    def version(self, source: str, file: str) -> str:
        """A word that changes whenever the data of a table or file changes."""

    def load(self, name: str, table: Table, types: dict[str, str]) -> None:
        """Create or replace a table from plain values; `types` are the words of `describe`."""

    def write(self, sql: str) -> None:
        """Run one statement that changes data; E_READ_ONLY when the engine was opened for questions only."""

    def transaction(self, *tables: str, hasty: bool = False) -> AbstractContextManager[None]:
        """All writes of this thread inside are committed together, or none (only with the ability `transactions`);
        `tables` are all that they change, where that is known. `hasty`: nested columns may be stored as they come,
        which is less work, and more to read until they are written again."""

    def lent(self, name: str, columns: object) -> AbstractContextManager[None]:
        """Arrow columns as a table of that name, for statements of this thread inside (in a transaction)."""

    def rewrite(self, orders: Mapping[str, str]) -> None:
        """Store everything anew in the least room, tables in the order of an expression over their columns."""

    def close(self) -> None:
        """Let go of files and memory."""
