"""Tables that are called as a statement calls its own steps are read all the same."""

from __future__ import annotations

from datetime import datetime

import pytest

from tests.truth.case import World, day

DEFINITIONS = """
datasets:
  - {{name: {name}, source: {name}, time: started, fields: [{{name: monthly, unit: currency}}, {{name: plan}}]}}
metrics:
  - {{name: mrr, type: movement, dataset: {name}, expr: monthly, entity: customer, end: ended, unit: currency}}
  - {{name: new_mrr, type: movement, balance: mrr, part: new}}
  - {{name: customers, type: movement, balance: mrr, measure: entities}}
"""
ROWS = """
customer text | plan text | started date | ended date | monthly decimal
ada           | small     | 2026-01-05   |            | 10
ben           | small     | 2026-01-20   | 2026-02-10 | 5
"""
NAMES = ("periods", "lasting", "changes", "inside", "entities", "pieces", "parts", "edges", "met", "stacked")


@pytest.mark.parametrize("name", NAMES)
def test_a_table_may_have_any_name(name: str) -> None:
    world = World(DEFINITIONS.format(name=name), now=datetime(2026, 4, 1), **{name: ROWS})
    assert world.rows(
        "duckdb", "mrr", "new_mrr", "customers", grain="month", range="2026-01..2026-02", fill="null"
    ) == [
        (day("2026-01"), 15, 15, 2),
        (day("2026-02"), 10, 0, 1),
    ]
    assert world.rows("duckdb", "new_mrr", by="plan", range="2026-01") == [("small", 15)]
