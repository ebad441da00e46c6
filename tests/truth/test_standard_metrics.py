"""Every standard metric, bound with its own examples, answers the number worked out by hand on every engine."""

from __future__ import annotations

from datetime import datetime

import duckdb
import pytest
import yaml
from pytest import approx

from tests.truth.case import Rows, World
from tests.unit.define.template_company import DATASETS, JUNE, TABLES
from truenorth.define.templates import bind, templates

WORDS = {
    "VARCHAR": "text",
    "DATE": "date",
    "TIMESTAMP": "timestamp",
    "INTEGER": "integer",
    "BIGINT": "integer",
    "BOOLEAN": "boolean",
    "DOUBLE": "float",
}


@pytest.fixture(scope="module")
def company() -> World:
    """The small company that has rows for all of them."""
    tables: dict[str, Rows | str] = {}
    with duckdb.connect() as connection:
        connection.execute(TABLES)
        for (name,) in connection.execute("select table_name from duckdb_tables()").fetchall():
            columns = connection.execute(f"describe {name}").fetchall()
            types = {column: WORDS.get(kind, "decimal") for column, kind, *_ in columns}
            tables[name] = Rows(types, connection.execute(f"select * from {name}").fetchall())
    made = [metric for one in templates().values() for metric in bind(one, "", one.examples)]
    definitions = f"{DATASETS.removeprefix('version: 1')}\n{yaml.safe_dump({'metrics': made}, sort_keys=False)}"
    return World(definitions, workspace="currency: EUR\n", now=datetime(2026, 7, 1), **tables)


@pytest.mark.parametrize("name", JUNE)
def test_a_standard_metric_is_the_same_everywhere(company: World, engine: str, name: str) -> None:
    [(_, value)] = company.rows(engine, name, grain="month", range="2026-06")
    assert value == JUNE[name] if value is None else float(str(value)) == approx(JUNE[name])


@pytest.mark.parametrize("name", [name for name, value in JUNE.items() if value is None])
def test_who_began_in_june_is_told_of_once_they_are_old_enough(company: World, engine: str, name: str) -> None:
    """Nobody came back that late, which is known from then on and not before."""
    [(_, value)] = company.rows(engine, name, grain="month", range="2026-06", now=datetime(2027, 2, 1))
    assert value is not None and float(str(value)) == 0
