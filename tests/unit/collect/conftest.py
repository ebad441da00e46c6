"""A desk to import at: an engine in memory, a folder, and a way to write a file and load it."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from truenorth.collect.files import import_files
from truenorth.collect.report import FileReport, Options
from truenorth.store.duckdb import DuckDB

NOW = datetime(2026, 7, 1, 12, 0)


class Desk:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.engine = DuckDB(folder=folder)

    def file(self, name: str, content: str | bytes) -> Path:
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def load(self, content: str | bytes, name: str = "t.csv", table: str = "t", **options: Any) -> FileReport:
        path = self.file(name, content)
        report = import_files(self.engine, self.folder, table, [path], Options(**options), NOW)
        [one] = report.files
        assert one.read == one.loaded + one.rejected == report.read
        return one

    def rows(self, sql: str = "SELECT * FROM t") -> list[tuple[object, ...]]:
        return self.engine.rows(sql)

    def types(self, report: FileReport) -> list[str]:
        return [column.type for column in report.columns]

    def rejects(self, report: FileReport) -> list[tuple[str, ...]]:
        assert report.rejects is not None
        with report.rejects.open(encoding="utf-8", newline="") as stream:
            head, *rows = [tuple(row) for row in csv.reader(stream)]
        assert head == ("line", "column", "reason", "raw")
        assert len(rows) == report.rejected
        return rows


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    opened = Desk(tmp_path)
    yield opened
    opened.engine.close()
