"""Every case is asked on both engines."""

from __future__ import annotations

from pathlib import Path

import pytest

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.truth)


@pytest.fixture(scope="session", params=["duckdb", "clickhouse"])
def engine(request: pytest.FixtureRequest) -> str:
    """The word for an engine; ClickHouse is skipped, counted and named where chdb is absent."""
    word = str(request.param)
    if word == "clickhouse":
        request.getfixturevalue("chdb_present")
    return word
