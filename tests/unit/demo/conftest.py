"""A small acme, made once."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from truenorth.demo import demo_folder, generate


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return generate(tmp_path_factory.mktemp("generated"), scale=0.1)


@pytest.fixture(scope="session")
def acme(files: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The workspace folder with its warehouse filled."""
    folder = tmp_path_factory.mktemp("workspace") / "acme"
    shutil.copytree(demo_folder("acme"), folder, ignore=shutil.ignore_patterns(".truenorth"))
    (folder / ".truenorth").mkdir()
    with duckdb.connect(str(folder / ".truenorth" / "warehouse.duckdb")) as connection:
        for name, file in files.items():
            connection.execute(f"create table {name} as from read_parquet('{file}')")
    return folder


@pytest.fixture
def data(acme: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The company's tables, for plain SQL."""
    with duckdb.connect(str(acme / ".truenorth" / "warehouse.duckdb"), read_only=True) as connection:
        yield connection
