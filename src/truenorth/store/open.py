"""From the word after `warehouse:` to an engine; only the chosen driver is loaded."""

from __future__ import annotations

from pathlib import Path

from truenorth.base.errors import EngineError, did_you_mean
from truenorth.store.engine import Engine

ENGINES = ("duckdb", "clickhouse")


def open_engine(warehouse: str, folder: Path, read_only: bool = False) -> Engine:
    """The engine of `duckdb:path`, `duckdb::memory:` or `clickhouse:chdb`; paths start at the folder."""
    kind, _, rest = warehouse.partition(":")
    if kind == "duckdb" and rest:
        from truenorth.store.duckdb import DuckDB

        return DuckDB(rest, read_only=read_only, folder=folder)
    if warehouse == "clickhouse:chdb":
        from truenorth.store.clickhouse import ClickHouse

        return ClickHouse()
    known = ("duckdb:.truenorth/warehouse.duckdb", "duckdb::memory:", "clickhouse:chdb")
    hint = did_you_mean(kind, ENGINES) or "use one of " + ", ".join(f'"{one}"' for one in known)
    raise EngineError("E_UNKNOWN_ENGINE", f'no engine for the warehouse "{warehouse}"', hint=hint)
