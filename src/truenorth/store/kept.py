"""Text files asked again and again: read once into a temporary table of a cursor, while they do not change."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import msgspec

from truenorth.store import file as files
from truenorth.store.values import quoted

MOST_BYTES = 64 * 2**20
# The first question reads the file as it is: a single one from the terminal pays for nothing more.
WORTH_IT = 2


class Cursor(Protocol):
    """What can run SQL and has temporary tables of its own."""

    def execute(self, query: str, /) -> object: ...


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
