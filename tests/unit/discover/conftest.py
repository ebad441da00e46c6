"""Small tables in memory, looked at as discovery does."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from truenorth.discover.facts import Table
from truenorth.discover.key import with_key
from truenorth.discover.survey import surveyed
from truenorth.store.duckdb import DuckDB

Look = Callable[..., Table]


@pytest.fixture
def engine() -> Iterator[DuckDB]:
    """An empty engine in memory."""
    one = DuckDB()
    yield one
    one.close()


@pytest.fixture
def look(engine: DuckDB) -> Look:
    """Makes a table of a select and surveys it, with its key."""

    def looked(name: str, select: str) -> Table:
        engine.write(f'CREATE OR REPLACE TABLE "{name}" AS {select}')
        return with_key(engine, surveyed(engine, name, name))

    return looked
