"""What engines of one process on the same file share: whose turn it is to write, and how often it was written."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from pathlib import Path


class Holding:
    """One file as this process has it: `writer` is held by who writes, `stamp` stands while it is open for writing,
    `hasty` tells whether who wrote last was in haste."""

    def __init__(self) -> None:
        self.writer = threading.RLock()
        self.hasty = False
        self._lock = threading.Lock()
        self._open = 0
        self._stamp = ""
        self._commits = 0
        self._all = 0
        self._tables: dict[str, int] = {}
        self._plain: frozenset[str] | None = None

    @property
    def is_open(self) -> bool:
        """Whether an engine of this process has it open for writing, or beside one that does."""
        return self._open > 0

    def opened(self, stamp: str) -> None:
        """An engine of this process has the file open for writing; `stamp` tells the file from its earlier states."""
        with self._lock:
            self._open += 1
            if self._open == 1:
                self._stamp = stamp

    def closed(self) -> None:
        """It has let go of it."""
        with self._lock:
            self._open -= 1

    def committed(self, tables: Iterable[str]) -> None:
        """Something was written: into these tables, or anywhere if none is named."""
        with self._lock:
            self._commits += 1
            named = {name.casefold() for name in tables}
            self._tables.update(dict.fromkeys(named, self._commits))
            if not named:
                self._all, self._plain = self._commits, None

    def version(self, table: str, rows: Callable[[str], list[tuple[object, ...]]]) -> str:
        """What changes with a table's data while the file is held open for writing; "" while it is not."""
        if not self._open:
            return ""
        # What is no plain table, a view or a select, changes with any.
        plain = self._plain
        if plain is None:
            before = self._all
            found = rows("SELECT lower(table_name) FROM duckdb_tables() WHERE schema_name = 'main' AND NOT temporary")
            plain = frozenset(str(name) for (name,) in found)
            self._plain = plain if before == self._all else None
        with self._lock:
            name = table.casefold()
            latest = max(self._all, self._tables.get(name, 0)) if name in plain else self._commits
            return f"{self._stamp}+{latest}"


_holdings: dict[Path, Holding] = {}
_choosing = threading.Lock()


def holding(path: Path | None) -> Holding:
    """What is shared on a file; each warehouse in memory has its own."""
    if path is None:
        return Holding()
    with _choosing:
        return _holdings.setdefault(path.resolve(), Holding())
