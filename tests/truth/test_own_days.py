"""Snapshots of which each group has its own last day, and days chosen among the rows that meet the conditions."""

from __future__ import annotations

from datetime import datetime

import pytest

from tests.truth.case import World
from truenorth.query.verify import verify

DEFINITIONS = """
datasets:
  - name: accounts
    source: accounts
    time: day
    fields: [{name: owner}, {name: kind}, {name: amount}]
metrics:
  - {name: latest, type: snapshot, dataset: accounts, agg: sum, expr: amount, non_additive_dimension: {name: day}}
  - name: own
    type: snapshot
    dataset: accounts
    agg: sum
    expr: amount
    non_additive_dimension: {name: day, group_by: [owner]}
  - name: own_first
    type: snapshot
    dataset: accounts
    agg: sum
    expr: amount
    non_additive_dimension: {name: day, window_agg: first, group_by: [owner]}
  - name: own_filtered
    type: snapshot
    dataset: accounts
    agg: sum
    expr: amount
    non_additive_dimension: {name: day, group_by: [owner], among: filtered}
  - name: own_savings
    type: snapshot
    dataset: accounts
    agg: sum
    expr: amount
    filter: kind = 'savings'
    non_additive_dimension: {name: day, group_by: [owner], among: filtered}
"""
BANK = World(
    DEFINITIONS,
    accounts="""
    day date   | owner text | kind text | amount integer
    2026-01-01 | ann        | checking  | 10
    2026-01-01 | ann        | savings   | 20
    2026-01-03 | ann        | checking  | 11
    2026-01-02 | bob        | savings   | 40
    2026-02-01 | bob        | checking  | 41
    2026-01-05 |            | savings   | 7
    2026-01-06 |            | checking  | 8
    """,
)


def test_each_owner_has_an_own_last_day(engine: str) -> None:
    assert BANK.value(engine, "latest") == 41
    assert BANK.value(engine, "own") == 11 + 41 + 8
    assert BANK.rows(engine, "own", by="owner") == [("ann", 11), ("bob", 41), (None, 8)]
    assert BANK.value(engine, "own_first") == 30 + 40 + 7


def test_by_month_each_owner_has_an_own_last_day_of_the_month(engine: str) -> None:
    rows = BANK.rows(engine, "own", grain="month")
    assert [value for _, value in rows] == [11 + 40 + 8, 41]


def test_a_condition_keeps_the_day_unless_it_is_chosen_among_what_meets_it(engine: str) -> None:
    assert BANK.value(engine, "own", where="kind = 'checking'") == 11 + 41 + 8
    assert BANK.value(engine, "own", where="kind = 'savings'") is None
    assert BANK.value(engine, "own_filtered", where="kind = 'savings'") == 20 + 40 + 7
    assert BANK.value(engine, "own_savings") == 20 + 40 + 7
    rows = BANK.rows(engine, "own_savings", "own_filtered", by="owner")
    assert rows == [("ann", 20, 11), ("bob", 40, 41), (None, 7, 8)]


@pytest.mark.parametrize("metric", ["own", "own_first"])
def test_every_road_leads_to_the_same_number(engine: str, metric: str) -> None:
    runner = BANK.on(engine)
    now = datetime(2026, 3, 1)
    report = verify(runner.catalog, lambda query: runner.ask(query, now), now, [metric], 4)
    assert report.passed, str(report.smallest)
