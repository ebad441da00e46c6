"""The SQL of one question of each shape, per dialect, as files that a person reads in review.

TRUENORTH_UPDATE_SQL=1 writes them anew.
"""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

import pytest

from tests.truth.case import World
from truenorth.query.request import Filter, MetricQuery

HERE = Path(__file__).parent
SHOP = World(
    """
datasets:
  - {name: customers, source: customers, primary_key: [id], fields: [{name: region}]}
  - name: orders
    source: orders
    primary_key: [id]
    time: ordered_at
    fields: [{name: status}, {name: net, expr: amount - discount, unit: currency}]
  - {name: items, source: items, primary_key: [id], fields: [{name: sku}]}
  - {name: stocks, source: stocks, time: day, fields: [{name: shop}]}
  - {name: tickets, source: tickets, time: opened_on}
relationships:
  - {name: order_customer, from: orders, to: customers, from_columns: [customer_id], to_columns: [id]}
  - {name: ticket_customer, from: tickets, to: customers, from_columns: [customer_id], to_columns: [id]}
  - {name: item_order, from: items, to: orders, from_columns: [order_id], to_columns: [id]}
metrics:
  - {name: revenue, type: simple, dataset: orders, agg: sum, expr: net, filter: status = 'paid', fill_nulls_with: 0}
  - {name: orders_placed, type: simple, dataset: orders, agg: count}
  - {name: order_value, type: ratio, numerator: revenue, denominator: orders_placed, unit: currency}
  - {name: buyers, type: simple, dataset: orders, agg: count_distinct, expr: customer_id}
  - {name: monthly_buyers, type: cumulative, input_metric: buyers, window: 28 days}
  - {name: revenue_ytd, type: cumulative, input_metric: revenue, grain_to_date: year}
  - {name: tickets_opened, type: simple, dataset: tickets, agg: count}
  - {name: stock, type: snapshot, dataset: stocks, agg: sum, expr: units, non_additive_dimension: {name: day}}
  - name: growth
    type: derived
    expr: now / before - 1
    input_metrics: [{name: revenue, alias: now}, {name: revenue, alias: before, offset_window: 1 month}]
""",
    now=datetime(2025, 5, 1),
    customers="id integer | region text",
    orders="""
        id integer | customer_id integer | ordered_at timestamp | amount decimal | discount decimal | status text
        1          | 1                   | 2025-01-05T12:00:00  | 100            | 0                | paid
        2          | 9                   | 2025-04-20T12:00:00  | 50             | 5                | open
    """,
    items="id integer | order_id integer | sku text",
    stocks="day date | shop text | units integer\n2025-01-31 | a | 5",
    tickets="id integer | customer_id integer | opened_on date",
)
SHAPES = {
    "one_number": MetricQuery(("revenue",), range="2025"),
    "by_what_it_points_to": MetricQuery(
        ("order_value",), by=("region",), where=("status <> 'test'",), order=("-order_value",), limit=10
    ),
    "by_what_points_to_it": MetricQuery(("revenue",), by=("sku",), where=(Filter("region", ("EU", None)),)),
    "two_facts": MetricQuery(("revenue", "tickets_opened"), by=("region",)),
    "filled_by_month_and_group": MetricQuery(
        ("revenue",), by=("region",), grain="month", range="2025-01..2025-03", fill=True
    ),
    "days_of_a_zone": MetricQuery(
        ("orders_placed",), grain="day", range="2025-03-08..2025-03-10", timezone="America/New_York"
    ),
    "rolling_distinct": MetricQuery(("monthly_buyers",), grain="week", range="2025-03-03..2025-03-16"),
    "to_date": MetricQuery(("revenue_ytd",), by=("region",), grain="month", range="2025-01..2025-02"),
    "last_of_a_stock": MetricQuery(("stock",), by=("shop",), grain="month", range="2025-01..2025-02"),
    "compared": MetricQuery(("growth",), grain="month", range="2025-03..2025-04", vs="year"),
}


def golden(engine: str, shape: str) -> Path:
    """Where the SQL of a shape is kept."""
    return HERE / engine / f"{shape}.sql"


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("engine", ["duckdb", "clickhouse"])
def test_sql_is_as_reviewed(engine: str, shape: str, request: pytest.FixtureRequest) -> None:
    if engine == "clickhouse":
        request.getfixturevalue("chdb_present")
    runner = SHOP.on(engine)
    _, statement = runner.compile(SHAPES[shape], SHOP.now)
    assert runner.compile(SHAPES[shape], SHOP.now)[1] == statement
    runner.catalog.engine.rows(statement.sql)
    path = golden(engine, shape)
    if os.environ.get("TRUENORTH_UPDATE_SQL") == "1":
        path.parent.mkdir(exist_ok=True)
        path.write_text(statement.sql + "\n", "utf-8")
    assert statement.sql + "\n" == path.read_text("utf-8")


def test_there_are_few_golden_files_and_each_is_used() -> None:
    kept = {path.relative_to(HERE) for path in HERE.rglob("*.sql")}
    used = {golden(engine, shape).relative_to(HERE) for engine in ("duckdb", "clickhouse") for shape in SHAPES}
    assert kept == used
    assert len(kept) <= 20
