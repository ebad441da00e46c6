"""What is asked again and again, kept as temporary tables of a cursor while the data does not change: text files, and
selects that questions are built upon."""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path
from typing import Protocol

import msgspec

from truenorth.store import file as files
from truenorth.store.values import quoted

MOST_BYTES = 64 * 2**20
# The first question reads the file as it is: a single one from the terminal pays for nothing more.
WORTH_IT = 2
# How many selects are known to be asked again, and how many rows of them a cursor keeps in all.
MOST_SELECTS, MOST_ROWS = 64, 2_000_000


class Cursor(Protocol):
    """What can run SQL and has temporary tables of its own."""

    def execute(self, query: str, /) -> object: ...

    def fetchall(self) -> list[tuple[object, ...]]: ...


class Reading(msgspec.Struct):
    """A file as it is read in SQL, how often it was asked, and the table that each cursor keeps of it."""

    folder: Path
    file: str
    number: int
    asked: int = 0
    tables: dict[int, str] = {}


class KeptFiles:
    """What one engine keeps of the CSV and JSON files it is asked about; the SQL that people see stays as it is."""

    def __init__(self) -> None:
        self.readings: dict[str, Reading] = {}

    def note(self, text: str, folder: Path, file: str) -> str:
        """Remember how a file is read, if it is worth keeping; gives the text back."""
        if text.startswith(("read_csv", "read_json")) and text not in self.readings:
            self.readings[text] = Reading(folder, file, len(self.readings) + 1)
        return text

    def over(self, cursor: Cursor, sql: str) -> str:
        """The SQL with files replaced by the tables that this cursor keeps of them, made where they are missing."""
        for text, reading in tuple(self.readings.items()):
            if text in sql:
                reading.asked += 1
                if reading.asked >= WORTH_IT and size(reading) <= MOST_BYTES:
                    sql = sql.replace(text, table(cursor, text, reading))
        return sql

    def forget(self, cursor: Cursor | None = None) -> None:
        """A cursor is gone, or all are, and their tables with them."""
        for reading in self.readings.values():
            if cursor is None:
                reading.tables.clear()
            else:
                reading.tables.pop(id(cursor), None)


def table(cursor: Cursor, text: str, reading: Reading) -> str:
    """The cursor's table of a file as it is now."""
    name = quoted(f"file {reading.number} {files.stamp(reading.folder, reading.file)}")
    old = reading.tables.get(id(cursor))
    if old != name:
        cursor.execute(f"CREATE TEMP TABLE {name} AS SELECT * FROM {text}")
        reading.tables[id(cursor)] = name
        if old:
            cursor.execute(f"DROP TABLE {old}")
    return name


def size(reading: Reading) -> int:
    """The bytes on disk of all files of a reading."""
    return sum(path.stat().st_size for path in files.matches(reading.folder, reading.file))


class Selected(msgspec.Struct):
    """The rows of a select as a cursor keeps them; no `table` where they are too many."""

    version: str
    table: str = ""
    size: int = 0


class KeptSelects:
    """What one engine keeps of selects that stand inside questions; the SQL that people see holds them as they are."""

    def __init__(self) -> None:
        self.versions: OrderedDict[str, str] = OrderedDict()
        self.tables: dict[int, OrderedDict[str, Selected]] = {}
        self.made = 0

    def note(self, select: str, version: str) -> str:
        """Remember that a select gives the same rows while its version stands; gives it back."""
        self.versions[select] = version
        self.versions.move_to_end(select)
        while len(self.versions) > MOST_SELECTS:
            self.versions.popitem(last=False)
        return select

    def over(self, cursor: Cursor, sql: str, files: KeptFiles) -> str:
        """The SQL with selects replaced by the tables that this cursor keeps of them, made where they are missing."""
        tables, used = self.tables.setdefault(id(cursor), OrderedDict()), set()
        for select, version in sorted(self.versions.copy().items(), key=lambda one: -len(one[0])):
            places = written(select, sql)
            if places:
                used.add(select)
                found = self.selected(cursor, select, version, files)
                for start, end in reversed(places) if found else ():
                    sql = f"{sql[:start]}SELECT * FROM {found}{sql[end:]}"
        fit(cursor, tables, used)
        return sql

    def selected(self, cursor: Cursor, select: str, version: str, files: KeptFiles) -> str:
        """The table of a select; "" where its rows are too many to keep."""
        tables = self.tables.setdefault(id(cursor), OrderedDict())
        known = tables.get(select)
        if known is None or known.version != version:
            if known is not None and known.table:
                cursor.execute(f"DROP TABLE {known.table}")
            tables.pop(select, None)
            tables[select] = known = self.made_of(cursor, select, version, files)
        tables.move_to_end(select)
        return known.table

    def made_of(self, cursor: Cursor, select: str, version: str, files: KeptFiles) -> Selected:
        """The rows of a select, written to a new table; one more than may be kept tells that they are too many."""
        self.made += 1
        name = quoted(f"select {self.made}")
        rows = files.over(cursor, select)
        cursor.execute(f"CREATE TEMP TABLE {name} AS SELECT * FROM (\n{rows}\n) AS kept LIMIT {MOST_ROWS + 1}")
        size = int(str(cursor.fetchall()[0][0]))
        if size > MOST_ROWS:
            cursor.execute(f"DROP TABLE {name}")
            return Selected(version)
        return Selected(version, name, size)

    def forget(self, cursor: Cursor | None = None) -> None:
        """A cursor is gone, or all are, and their tables with them."""
        if cursor is None:
            self.tables.clear()
        else:
            self.tables.pop(id(cursor), None)


def fit(cursor: Cursor, tables: OrderedDict[str, Selected], used: set[str]) -> None:
    """Let go of what was not asked for the longest, until a cursor keeps no more than it may; what a statement is about
    to read stays."""
    for select in [one for one in tables if one not in used]:
        if len(tables) <= MOST_SELECTS and sum(one.size for one in tables.values()) <= MOST_ROWS:
            return
        oldest = tables.pop(select)
        if oldest.table:
            cursor.execute(f"DROP TABLE {oldest.table}")


def written(select: str, sql: str) -> list[tuple[int, int]]:
    """Where a select stands in brackets in SQL, from and to; its lines are as far in as the first one.

    >>> written("SELECT 1\\nFROM a", "WITH b AS (\\n  SELECT 1\\n  FROM a\\n), c AS (\\n  SELECT 1\\n  FROM a, d\\n)")
    [(14, 31)]
    """
    first, found, at = select.partition("\n")[0], [], -1
    while (at := sql.find(first, at + 1)) >= 0:
        before = sql[sql.rfind("\n", 0, at) + 1 : at]
        text = select if before.strip() else select.replace("\n", "\n" + before)
        end = at + len(text)
        if sql.startswith(text, at) and sql[:at].rstrip()[-1:] == "(" and sql[end:].lstrip()[:1] == ")":
            found.append((at, end))
    return found
