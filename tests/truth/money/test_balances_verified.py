"""The naive builder against the engine on balances with much that is awkward: zones, joins, credits, free plans, nobody."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest

from tests.truth.case import World
from truenorth.query.verify import verify

DEFINITIONS = """
datasets:
  - name: contracts
    source: contracts
    primary_key: [id]
    time: starts
    fields:
      - {name: customer_id}
      - {name: plan}
      - {name: starts, timezone: America/New_York}
      - {name: ends}
      - {name: seats}
      - {name: price, unit: currency}
  - {name: customers, source: customers, primary_key: [id], fields: [{name: region}]}
relationships:
  - {name: contract_customer, from: contracts, to: customers, from_columns: [customer_id], to_columns: [id], role: buyer}
metrics:
  - {name: value, type: movement, dataset: contracts, expr: price, entity: buyer, end: ends}
  - {name: value_new, type: movement, balance: value, part: new}
  - {name: value_more, type: movement, balance: value, part: expansion}
  - {name: value_less, type: movement, balance: value, part: contraction, filter: plan <> 'free'}
  - {name: value_gone, type: movement, balance: value, part: churn, fill_nulls_with: null}
  - {name: value_in, type: movement, balance: value, part: transfer_in}
  - {name: seats, type: movement, dataset: contracts, expr: seats, entity: customer_id, end: ends, at_zero: present}
  - {name: seats_before, type: movement, balance: seats, part: opening}
  - {name: seats_back, type: movement, balance: seats, part: reactivation}
  - {name: buyers, type: movement, balance: seats, measure: entities}
  - {name: buyers_gone, type: movement, balance: seats, measure: entities, part: churn}
  - {name: buyers_before, type: movement, balance: seats, measure: entities, part: opening}
  - {name: lost, type: ratio, numerator: buyers_gone, denominator: buyers_before}
  - {name: lost_of_gold, type: ratio, numerator: buyers_gone, denominator: buyers_before, filter: plan = 'gold'}
  - name: grown
    type: derived
    expr: now - before
    input_metrics: [{name: value, alias: now}, {name: value, alias: before, offset_window: 1 month}]
  - {name: gone_in_a_quarter, type: cumulative, input_metric: value_gone, window: 3 months}
  - {name: gone_this_year, type: cumulative, input_metric: buyers_gone, grain_to_date: year}
  - name: large_buyers
    type: movement
    balance: seats
    measure: entities
    filter: METRIC(seats BY customer_id) > 4
"""
WORLD = World(
    DEFINITIONS,
    now=datetime(2025, 5, 20),
    contracts="""
    id integer | customer_id integer | plan text | starts timestamp    | ends timestamp      | seats integer | price float
    1          | 1                   | gold      | 2025-01-10T23:30:00 | 2025-03-01T04:30:00 | 3             | 30.1
    2          | 1                   | silver    | 2025-02-28T23:30:00 |                     | 2             | 10.2
    3          | 2                   | free      | 2025-01-15T12:00:00 | 2025-03-10T00:00:00 | 0             | 0
    4          | 2                   | gold      | 2025-03-09T20:00:00 |                     | 5             | 50.3
    5          | 3                   | silver    | 2025-01-31T22:00:00 | 2025-02-15T09:00:00 | 1             | 10
    6          | 3                   | silver    | 2025-04-01T02:00:00 |                     | 4             | 40
    7          | 9                   | silver    | 2025-02-01T02:00:00 | 2025-04-01T03:59:59 | 4             | 40
    8          |                     | gold      | 2025-02-01T02:00:00 | 2025-04-01T04:00:00 | 7             | 70
    9          |                     |           | 2025-03-01T02:00:00 |                     | 1             | 7
    10         | 1                   | gold      | 2025-04-01T00:00:00 |                     | 1             | -5.5
    11         | 2                   | gold      |                     |                     | 9             | 90
    12         | 2                   | gold      | 2025-04-02T00:00:00 | 2025-04-01T00:00:00 | 9             | 90
    13         | 1                   | silver    | 2025-04-20T00:00:00 | 2025-08-20T00:00:00 | 2             | 20
    """,
    customers="""
    id integer | region text
    1          | north
    2          | south
    3          |
    """,
)
PAIRS = [
    ("value", "value_gone"),
    ("value_new", "value_more", "value_less"),
    ("value_in", "seats_before", "seats_back"),
    ("buyers", "buyers_gone", "lost", "lost_of_gold"),
    ("grown", "gone_in_a_quarter"),
    ("gone_this_year", "large_buyers"),
]


@pytest.mark.parametrize("names", PAIRS, ids=lambda names: names[0])
def test_balances_are_what_the_naive_builder_says(engine: str, names: tuple[str, ...]) -> None:
    one = WORLD.on(engine)
    found = verify(one.catalog, lambda query: one.ask(query, WORLD.now), WORLD.now, names, 2)
    assert found.passed, "\n".join(str(failure) for failure in found.failures[:3])
    assert found.counts["engine = naive"] > 5 * len(names)


def test_a_balance_by_what_its_rows_point_to(engine: str) -> None:
    rows = WORLD.rows(engine, "value", "buyers", by="customers.region", range="2025-04")
    # Customer 9 is in no table, and rows without a customer are nobody's.
    assert sorted(rows, key=str) == sorted(
        [
            ("north", Decimal("24.7"), 1),
            ("south", Decimal("50.3"), 1),
            (None, Decimal(47), 1),
        ],
        key=str,
    )


def test_a_rate_beside_the_month_before(engine: str) -> None:
    rows = WORLD.rows(engine, "grown", grain="month", range="2025-02..2025-03")
    # The last evening of a month in New York is the next month in UTC.
    january, february = Decimal("30.1"), Decimal("30.1") + 40 + 70
    march = Decimal("10.2") + Decimal("50.3") + 40 + 70 + 7
    assert rows == [(date(2025, 2, 1), february - january), (date(2025, 3, 1), march - february)]
