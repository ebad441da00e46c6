"""Both engines keep the contract that `truenorth.testing` ships."""

from __future__ import annotations

from pathlib import Path

from truenorth.store.engine import Engine
from truenorth.store.open import open_engine
from truenorth.testing.engines import EngineContract, needed


class TestDuckDBInMemory(EngineContract):
    def open(self, folder: Path) -> Engine:
        return open_engine("duckdb::memory:", folder)


class TestDuckDBOnDisk(EngineContract):
    def open(self, folder: Path) -> Engine:
        return open_engine("duckdb:.truenorth/warehouse.duckdb", folder)


class TestClickHouse(EngineContract):
    def open(self, folder: Path) -> Engine:
        needed("chdb", "clickhouse")
        return open_engine("clickhouse:chdb", folder)
