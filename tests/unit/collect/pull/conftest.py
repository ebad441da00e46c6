"""A workspace to pull into: its definitions, an engine on a file, a clock, and ways to look at what came."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from truenorth.collect.ledger import Load, loads
from truenorth.collect.pull.report import PullReport, TableReport
from truenorth.collect.pull.run import Pull
from truenorth.define.load import load
from truenorth.store.duckdb import DuckDB

START = datetime(2026, 7, 1, 12, 0)


class Well:
    """Where rows are pulled from and to."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.now = START
        self.engine = DuckDB("warehouse.duckdb", folder=folder)
        self.define()

    def define(self, *sources: str, head: str = "") -> None:
        """Write the sources, each in brackets."""
        (self.folder / "truenorth.yml").write_text(f"version: 1\nname: Well\n{head}", "utf-8")
        (self.folder / "metrics").mkdir(exist_ok=True)
        lines = "".join(f"  - {{{source}}}\n" for source in sources)
        (self.folder / "metrics" / "sources.yml").write_text(f"version: 1\nsources:\n{lines}", "utf-8")

    def file(self, name: str, content: str | bytes) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def all(self, *names: str, full: bool = False) -> PullReport:
        self.now += timedelta(minutes=1)
        return Pull(self.engine, self.folder, load(self.folder), lambda: self.now).sources(names, full)

    def pull(self, *names: str, full: bool = False) -> TableReport:
        """The one table that is pulled; every row of it is accounted for."""
        [table] = self.all(*names, full=full).tables
        for piece in table.pieces:
            assert piece.read == piece.loaded + piece.rejected + piece.left_out
        return table

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return self.engine.rows(sql)

    def loads(self, table: str = "") -> tuple[Load, ...]:
        return loads(self.engine, table)


@pytest.fixture
def well(tmp_path: Path) -> Iterator[Well]:
    opened = Well(tmp_path)
    yield opened
    opened.engine.close()
