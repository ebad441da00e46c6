"""Many to many: through a bridge each row counts once in each group it has, whatever is aggregated, from either side."""

from __future__ import annotations

from typing import Any

import pytest
from pytest import approx

from tests.truth.case import World, day
from truenorth.base.errors import DefinitionErrors, QueryError
from truenorth.query.verify import verify

# Ada and Bob share account 1; Bob also has 2, Cem has 3, Dan has none; nobody has 4; account 9 is not there.
# Ada stands twice in the bridge for account 1, under two roles.
DEFINITIONS = """
datasets:
  - {name: accounts, source: accounts, primary_key: [id], time: opened, fields: [{name: balance}, {name: kind}]}
  - {name: holders, source: holders, fields: [{name: capacity}]}
  - {name: customers, source: customers, primary_key: [id], time: joined, fields: [{name: region}, {name: limits}]}
  - {name: entries, source: entries, primary_key: [id], time: day, fields: [{name: amount}]}
  - {name: levels, source: levels, primary_key: [account, day], time: day, fields: [{name: level}]}
  - {name: keyless, source: entries, time: day, fields: [{name: amount}]}
relationships:
  - {name: held, from: holders, to: accounts, from_columns: [account], to_columns: [id]}
  - {name: holder, from: holders, to: customers, from_columns: [customer], to_columns: [id]}
  - {name: entry_account, from: entries, to: accounts, from_columns: [account], to_columns: [id]}
  - {name: level_account, from: levels, to: accounts, from_columns: [account], to_columns: [id]}
  - {name: keyless_account, from: keyless, to: accounts, from_columns: [account], to_columns: [id]}
metrics:
  - {name: balances, type: simple, dataset: accounts, agg: sum, expr: balance}
  - {name: number, type: simple, dataset: accounts, agg: count}
  - {name: mean, type: simple, dataset: accounts, agg: avg, expr: balance}
  - {name: middle, type: simple, dataset: accounts, agg: median, expr: balance}
  - {name: largest, type: simple, dataset: accounts, agg: max, expr: balance}
  - {name: kinds, type: simple, dataset: accounts, agg: count_distinct, expr: kind}
  - {name: limits, type: simple, dataset: customers, agg: sum, expr: limits}
  - {name: people, type: simple, dataset: customers, agg: count}
  - {name: booked, type: simple, dataset: entries, agg: sum, expr: amount}
  - {name: booked_so_far, type: cumulative, input_metric: booked}
  - {name: level, type: snapshot, dataset: levels, agg: sum, expr: level, non_additive_dimension: {name: day}}
  - {name: share, type: ratio, numerator: savings, denominator: balances}
  - {name: savings, type: simple, dataset: accounts, agg: sum, expr: balance, filter: kind = 'save'}
  - name: growth
    type: derived
    expr: cur - coalesce(prev, 0)
    input_metrics: [{name: booked, alias: cur}, {name: booked, alias: prev, offset_window: 1 month}]
  - {name: loose, type: simple, dataset: keyless, agg: sum, expr: amount}
"""
TABLES = {
    "accounts": """
        id integer | opened date | balance integer | kind text
        1          | 2025-01-01  | 100             | save
        2          | 2025-01-02  | 20              | save
        3          | 2025-02-01  | 3               | give
        4          | 2025-02-02  | 4000            | give
    """,
    "holders": """
        account integer | customer integer | capacity text
        1               | 1                | owner
        1               | 1                | agent
        1               | 2                | owner
        2               | 2                | owner
        3               | 3                | owner
        9               | 4                | owner
        2               |                  | owner
    """,
    "customers": """
        id integer | joined date | region text | limits integer
        1          | 2024-01-01  | US          | 1
        2          | 2024-01-02  | US          | 10
        3          | 2024-01-03  | DE          | 100
        4          | 2024-01-04  | FR          | 1000
    """,
    "entries": """
        id integer | account integer | day date   | amount integer
        1          | 1               | 2025-01-05 | 1
        2          | 1               | 2025-02-05 | 2
        3          | 2               | 2025-02-06 | 4
        4          | 3               | 2025-02-07 | 8
        5          | 4               | 2025-02-08 | 16
        6          |                 | 2025-02-09 | 32
    """,
    "levels": """
        account integer | day date   | level integer
        1               | 2025-01-31 | 1
        2               | 2025-01-31 | 2
        3               | 2025-01-31 | 4
        1               | 2025-02-28 | 8
        4               | 2025-02-28 | 16
    """,
}
BANK = World(DEFINITIONS, **TABLES)


@pytest.mark.parametrize(
    ("metric", "groups", "total"),
    [
        # Account 1 is of two people in the US and counts there once; account 2 is also of nobody; 4 is of nobody.
        ("balances", {"US": 120, "DE": 3, None: 4020}, 4123),
        ("number", {"US": 2, "DE": 1, None: 2}, 4),
        ("mean", {"US": 60, "DE": 3, None: 2010}, approx(4123 / 4)),
        ("middle", {"US": 60, "DE": 3, None: 2010}, 60),
        ("largest", {"US": 100, "DE": 3, None: 4000}, 4000),
        ("kinds", {"US": 1, "DE": 1, None: 2}, 2),
        ("share", {"US": 1.0, "DE": None, None: approx(20 / 4020)}, approx(120 / 4123)),
        # One step farther: entries of accounts of people.
        ("booked", {"US": 7, "DE": 8, None: 52}, 63),
        ("booked_so_far", {"US": 7, "DE": 8, None: 52}, 63),
        ("level", {"US": 8, None: 16}, 24),
    ],
)
def test_accounts_by_their_holders(engine: str, metric: str, groups: dict[str | None, Any], total: Any) -> None:
    by = "region" if metric != "level" else "customers.region"
    answer = BANK.ask(engine, metric, by=by, range="2025", totals=True)
    assert dict(answer.table.rows) == groups
    assert answer.totals[metric] == total
    assert any("the parts overlap" in note for note in answer.notes)


@pytest.mark.parametrize(
    ("metric", "groups"),
    [
        # Ada is owner and agent of account 1: once in save. Dan's account is not there, and so is of no kind.
        ("limits", {"save": 11, "give": 100, None: 1000}),
        ("people", {"save": 2, "give": 1, None: 1}),
    ],
)
def test_holders_by_their_accounts(engine: str, metric: str, groups: dict[str | None, Any]) -> None:
    assert dict(BANK.rows(engine, metric, by="kind")) == groups
    assert BANK.value(engine, metric) == sum(groups.values())


def test_by_the_bridge_itself_and_both_sides(engine: str) -> None:
    assert dict(BANK.rows(engine, "balances", by="capacity")) == {"owner": 123, "agent": 100, None: 4000}
    rows = BANK.rows(engine, "balances", by=("capacity", "region"))
    assert rows == [
        ("agent", "US", 100),
        ("owner", "DE", 3),
        ("owner", "US", 120),
        ("owner", None, 20),
        (None, None, 4000),
    ]


def test_conditions_across_a_bridge(engine: str) -> None:
    assert BANK.value(engine, "balances", where="region = 'US'") == 120
    assert BANK.value(engine, "mean", where="region = 'US'") == 60
    assert BANK.value(engine, "booked", where="region = 'US' and capacity = 'owner'") == 7
    assert BANK.rows(engine, "balances", by="kind", where="region in ('US', 'DE')") == [("give", 3), ("save", 120)]
    assert BANK.value(engine, "balances", where="region is null") == 4020
    assert BANK.value(engine, "people", where="balance > 50") == 2


def test_a_key_under_another_name(engine: str) -> None:
    named = DEFINITIONS.replace("{name: accounts, source: accounts, primary_key: [id], time: opened, fields: [",
        "{name: accounts, source: accounts, primary_key: [number], time: opened, fields: [{name: number, expr: id}, ")  # fmt: skip
    assert dict(World(named, **TABLES).rows(engine, "balances", by="region")) == {"US": 120, "DE": 3, None: 4020}


def test_through_time_across_a_bridge(engine: str) -> None:
    january, february = day("2025-01"), day("2025-02")
    rows = BANK.rows(engine, "growth", by="region", grain="month", range="2025-01-01..2025-02-28")
    assert [row for row in rows if row[1] == "US"] == [(january, "US", 1), (february, "US", 5)]
    rows = BANK.rows(engine, "level", by="customers.region", grain="month", range="2025-01-01..2025-02-28")
    assert rows == [
        (january, "DE", 4),
        (january, "US", 3),
        (january, None, 2),
        (february, "US", 8),
        (february, None, 16),
    ]
    rows = BANK.rows(engine, "booked_so_far", by="region", grain="month", range="2025-01-01..2025-02-28")
    assert [row[2] for row in rows if row[1] == "US"] == [1, 7]


def test_the_naive_builder_agrees(engine: str) -> None:
    names = DEFINITIONS.replace("expr: balance}", "expr: balance, dimensions: [region, capacity]}")
    named = World(names.replace("expr: limits}", "expr: limits, dimensions: [kind, capacity]}"), **TABLES)
    runner = named.on(engine)
    asked = ("balances", "mean", "middle", "limits")
    report = verify(runner.catalog, lambda query: runner.ask(query, named.now), named.now, asked, 100)
    assert report.failures == ()
    assert report.counts["engine = naive"] > 20


@pytest.mark.parametrize("by", ["region", "capacity"])
def test_rows_without_a_key_are_refused_with_the_way_out(engine: str, by: str) -> None:
    for asked in ({"by": by}, {"where": f"{by} = 'x'"}):
        with pytest.raises(QueryError) as raised:
            BANK.ask(engine, "loose", **asked)
        assert raised.value.code == "E_PRIMARY_KEY_REQUIRED"
        assert raised.value.message == f'a row of "keyless" may have several "{by}", and nothing tells its rows apart'
        assert "state the primary_key of keyless" in raised.value.hint
    assert BANK.value(engine, "loose") == 63
    assert dict(BANK.rows(engine, "loose", by="kind")) == {"save": 7, "give": 24, None: 32}


@pytest.mark.parametrize(
    "metric",
    [
        "{name: bad, type: simple, dataset: accounts, agg: sum, expr: balance * customers.limits}",
        "{name: bad, type: simple, dataset: accounts, agg: count, filter: customers.region = 'US'}",
    ],
)
def test_a_metric_that_reads_across_is_refused_with_the_way_out(engine: str, metric: str) -> None:
    with pytest.raises(DefinitionErrors) as raised:
        World(f"{DEFINITIONS}  - {metric}\n", **TABLES).on(engine)
    said = str(raised.value)
    assert "E_FAN_OUT" in said and 'of which a row of "accounts" may have several' in said
    assert "define the metric on customers" in said
    assert ("put the condition into the question" in said) == ("filter" in metric)
