"""Small worlds: tables written out by hand and definitions as YAML, to be asked on every engine."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from truenorth.base.policy import Policy
from truenorth.base.table import Column, Table, Value, table_of
from truenorth.define.load import load
from truenorth.query.answer import Answer
from truenorth.query.catalog import Catalog
from truenorth.query.request import Filter, MetricQuery
from truenorth.query.run import Runner
from truenorth.store.open import open_engine

WAREHOUSES = {"duckdb": "duckdb::memory:", "clickhouse": "clickhouse:chdb"}
NOW = datetime(2026, 1, 1)
READ: dict[str, Callable[[str], Value]] = {
    "integer": int,
    "decimal": Decimal,
    "float": float,
    "text": lambda text: text.strip('"'),
    "boolean": lambda text: text == "true",
    "date": date.fromisoformat,
    "timestamp": datetime.fromisoformat,
    "timestamptz": lambda text: datetime.fromisoformat(text).astimezone(UTC),
}


class Rows:
    """A table and the type word of each of its columns."""

    def __init__(self, types: dict[str, str], rows: Sequence[Sequence[Value]]) -> None:
        self.types = types
        self.table: Table = table_of([Column(name) for name in types], rows)


def rows(text: str) -> Rows:
    """A table written with bars: first `name type` of each column, then its rows; an empty cell is NULL, "" is empty.

    >>> rows('''
    ... id integer | name text
    ... 1          | Ada
    ... 2          |
    ... ''').table.rows
    ((1, 'Ada'), (2, None))
    """
    head, *lines = [line for line in text.strip().splitlines() if line.strip()]
    types = dict(cell.strip().rsplit(" ", 1) for cell in head.split("|"))
    reads = [READ[word] for word in types.values()]
    cells = [[cell.strip() for cell in line.split("|")] for line in lines]
    return Rows(types, [[read(cell) if cell else None for read, cell in zip(reads, row, strict=True)] for row in cells])


class World:
    """Tables and definitions; asked on an engine, it is built there once."""

    def __init__(self, definitions: str, *, workspace: str = "", now: datetime = NOW, **tables: Rows | str) -> None:
        self.definitions = definitions
        self.workspace = workspace
        self.now = now
        self.tables = {name: rows(one) if isinstance(one, str) else one for name, one in tables.items()}
        self.built: dict[str, Runner] = {}

    def on(self, engine: str) -> Runner:
        """Answers questions about this world on an engine."""
        if engine not in self.built:
            self.built[engine] = self.build(engine)
        return self.built[engine]

    def under(self, engine: str, policy: Policy) -> Runner:
        """Answers the same questions to somebody who may see only a part of the rows."""
        catalog = self.on(engine).catalog
        return Runner(Catalog(catalog.model, catalog.engine, policy))

    def build(self, engine: str) -> Runner:
        """The tables loaded into a fresh engine."""
        opened = open_engine(WAREHOUSES[engine], Path())
        for name, one in self.tables.items():
            opened.load(name, one.table, one.types)
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "metrics").mkdir()
            (Path(folder) / "truenorth.yml").write_text(f"version: 1\nname: case\n{self.workspace}", "utf-8")
            (Path(folder) / "metrics" / "case.yml").write_text(f"version: 1\n{self.definitions}", "utf-8")
            return Runner(Catalog(load(folder), opened))

    def ask(self, engine: str, *metrics: str, now: datetime | None = None, **asked: Any) -> Answer:
        """The answer of a question; one word may stand for a list of one."""
        for name in ("by", "where", "order"):
            if isinstance(asked.get(name), str | Filter):
                asked[name] = (asked[name],)
        return self.on(engine).ask(MetricQuery(metrics, **asked), now or self.now)

    def rows(self, engine: str, *metrics: str, **asked: Any) -> list[tuple[Value, ...]]:
        """Only its rows, in order."""
        return list(self.ask(engine, *metrics, **asked).table.rows)

    def value(self, engine: str, metric: str, **asked: Any) -> Value:
        """The one number of a question about one metric."""
        [(value,)] = self.rows(engine, metric, **asked)
        return value


def day(text: str) -> date:
    """A date written in ISO; a year and month mean its first day.

    >>> day("2025-03")
    datetime.date(2025, 3, 1)
    """
    return date.fromisoformat(text if len(text) == 10 else f"{text}-01")
