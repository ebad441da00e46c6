"""Joins never multiply and never lose: two steps, repeated facts, to-many groups, two roads to one table, composite keys."""

from __future__ import annotations

from typing import Any

import pytest
from pytest import approx

from tests.truth.case import World, day

STORE = World(
    """
datasets:
  - {name: countries, source: countries, primary_key: [code], fields: [{name: continent}, {name: code}]}
  - {name: customers, source: customers, primary_key: [id], fields: [{name: country}, {name: segment}, {name: limits}]}
  - {name: orders, source: orders, primary_key: [id], time: day, fields: [{name: amount}, {name: status}, {name: big, expr: amount >= 50}]}
  - {name: lines, source: lines, primary_key: [order_id, line], fields: [{name: quantity}, {name: line}]}
  - {name: products, source: products, primary_key: [sku], fields: [{name: category}, {name: price}]}
  - {name: keyless, source: orders, time: day}
relationships:
  - {name: customer_country, from: customers, to: countries, from_columns: [country], to_columns: [code]}
  - {name: buyer, from: orders, to: customers, from_columns: [buyer_id], to_columns: [id]}
  - {name: payer, from: orders, to: customers, from_columns: [payer_id], to_columns: [id]}
  - {name: line_order, from: lines, to: orders, from_columns: [order_id], to_columns: [id]}
  - {name: line_product, from: lines, to: products, from_columns: [sku], to_columns: [sku]}
  - {name: keyless_line, from: lines, to: keyless, from_columns: [order_id], to_columns: [id]}
metrics:
  - {name: revenue, type: simple, dataset: orders, agg: sum, expr: amount}
  - {name: orders_placed, type: simple, dataset: orders, agg: count}
  - {name: average, type: simple, dataset: orders, agg: avg, expr: amount}
  - {name: middle, type: simple, dataset: orders, agg: median, expr: amount}
  - {name: buyers, type: simple, dataset: orders, agg: count_distinct, expr: buyer_id}
  - {name: units, type: simple, dataset: lines, agg: sum, expr: quantity}
  - {name: worth, type: simple, dataset: lines, agg: sum, expr: quantity * products.price}
  - {name: big_units, type: simple, dataset: lines, agg: sum, expr: quantity, filter: orders.big}
  - {name: customers_known, type: simple, dataset: customers, agg: count}
  - {name: total_limit, type: simple, dataset: customers, agg: sum, expr: limits}
  - {name: revenue_ytd, type: cumulative, input_metric: revenue, grain_to_date: year}
  - {name: buyers_ever, type: cumulative, input_metric: buyers}
  - {name: paid_share, type: ratio, numerator: paid, denominator: revenue}
  - {name: paid, type: simple, dataset: orders, agg: sum, expr: amount, filter: status = 'paid'}
  - {name: keyless_orders, type: simple, dataset: keyless, agg: count}
  - name: home_share
    type: derived
    expr: home / everywhere
    input_metrics:
      - {name: revenue, alias: home, filter: buyer.country = 'DE'}
      - {name: revenue, alias: everywhere}
""",
    countries="""
        code text | continent text
        DE        | Europe
        FR        | Europe
        US        | America
    """,
    customers="""
        id integer | country text | segment text | limits integer
        1          | DE           | big          | 100
        2          | FR           | small        | 10
        3          | XX           | small        | 1
        4          |              |              | 1000
        5          | US           | big          | 10000
    """,
    orders="""
        id integer | buyer_id integer | payer_id integer | day date   | amount integer | status text
        1          | 1                | 1                | 2025-01-01 | 10             | paid
        2          | 1                | 2                | 2025-01-02 | 20             | paid
        3          | 2                | 2                | 2025-02-01 | 40             | open
        4          | 3                | 1                | 2025-02-02 | 80             | paid
        5          | 4                |                  | 2025-02-03 | 160            |
        6          | 9                | 9                | 2025-02-04 | 320            | paid
        7          |                  | 1                | 2025-02-05 | 640            | paid
    """,
    lines="""
        order_id integer | line integer | sku text | quantity integer
        1                | 1            | pen      | 1
        1                | 2            | pen      | 2
        1                | 3            | ink      | 4
        2                | 1            | ink      | 8
        3                | 1            | cup      | 16
        4                | 1            | pen      | 32
        4                | 2            | gone     | 64
        5                | 1            |          | 128
        99               | 1            | pen      | 256
    """,
    products="""
        sku text | category text | price decimal
        pen      | office        | 1.50
        ink      | office        | 2.00
        cup      | kitchen       | 5.00
        pot      | kitchen       | 9.00
    """,
)


@pytest.mark.parametrize(
    ("metric", "by", "groups"),
    [
        ("revenue", "buyer.segment", {"big": 30, "small": 120, None: 1120}),
        ("revenue", "payer.segment", {"big": 730, "small": 60, None: 480}),
        ("revenue", "buyer.country", {"DE": 30, "FR": 40, "XX": 80, None: 1120}),
        ("units", "category", {"office": 303, "kitchen": 16, None: 192}),
        ("units", "status", {"paid": 111, "open": 16, None: 384}),
        ("worth", "category", {"office": 291 * 1.5 + 24, "kitchen": 80, None: None}),
        ("big_units", "category", {"office": 32, None: 192}),
        ("customers_known", "continent", {"Europe": 2, "America": 1, None: 2}),
    ],
)
def test_by_a_field_of_what_a_row_points_to(engine: str, metric: str, by: str, groups: dict[str | None, Any]) -> None:
    answer = STORE.ask(engine, metric, by=by, totals=True)
    assert {row[0]: row[1] if row[1] is None else float(str(row[1])) for row in answer.table} == groups
    parts = [float(str(value)) for value in answer.table.column(metric) if value is not None]
    assert sum(parts) == approx(float(str(answer.totals[metric])))


@pytest.mark.parametrize(
    ("metric", "groups"),
    [
        ("revenue", {"office": 110, "kitchen": 40, None: 80 + 160 + 960}),
        ("orders_placed", {"office": 3, "kitchen": 1, None: 4}),
        ("average", {"office": approx(110 / 3), "kitchen": 40, None: 300}),
        ("middle", {"office": 20, "kitchen": 40, None: 240}),
        ("buyers", {"office": 2, "kitchen": 1, None: 3}),
        ("buyers_ever", {"office": 2, "kitchen": 1, None: 3}),
        ("revenue_ytd", {"office": 110, "kitchen": 40, None: 1200}),
        ("paid_share", {"office": 1.0, "kitchen": None, None: approx(1040 / 1200)}),
    ],
)
def test_an_order_counts_once_in_each_category_of_its_lines(
    engine: str, metric: str, groups: dict[str | None, Any]
) -> None:
    """Order 1 has two pens and an ink: once in office. Order 4 has a pen and an unknown sku: office and none. Orders
    6 and 7 have no lines, order 5 a line without sku: none."""
    assert dict(STORE.rows(engine, metric, by="category", range="2025")) == groups


def test_to_many_groups_by_month_keep_the_months_apart(engine: str) -> None:
    rows = STORE.rows(engine, "revenue", by="category", grain="month")
    assert rows == [
        (day("2025-01"), "office", 30),
        (day("2025-02"), "kitchen", 40),
        (day("2025-02"), "office", 80),
        (day("2025-02"), None, 1200),
    ]


def test_two_to_many_groups_at_once(engine: str) -> None:
    """By category and line number: pairs that occur together on one line, each order once in each."""
    rows = STORE.rows(engine, "orders_placed", by=("category", "line"), where="line <= 2")
    assert rows == [("kitchen", 1, 1), ("office", 1, 3), ("office", 2, 1), (None, 1, 1), (None, 2, 1)]


def test_a_condition_across_many_keeps_rows_single(engine: str) -> None:
    assert STORE.value(engine, "revenue", where="category = 'office'") == 110
    assert STORE.value(engine, "orders_placed", where="lines.quantity < 1000") == 5
    assert STORE.value(engine, "customers_known", where="buyer.amount > 30") == 3
    assert STORE.rows(engine, "revenue", by="buyer.segment", where="category = 'office'") == [
        ("big", 30),
        ("small", 80),
    ]


def test_a_metric_of_the_one_side_is_not_multiplied_by_the_many(engine: str) -> None:
    """Customer 1 has bought two orders; limits count once in each status."""
    rows = dict(STORE.rows(engine, "total_limit", by="buyer.status"))
    assert rows == {"paid": 101, "open": 10, None: 11000}
    assert STORE.value(engine, "total_limit") == 11111


def test_a_row_that_repeats_needs_a_key(engine: str) -> None:
    from truenorth.base.errors import QueryError

    with pytest.raises(QueryError) as raised:
        STORE.ask(engine, "keyless_orders", by="lines.line")
    assert raised.value.code == "E_PRIMARY_KEY_REQUIRED"


def test_metrics_of_different_tables_meet_without_touching(engine: str) -> None:
    rows = STORE.rows(engine, "revenue", "units", "orders_placed", "big_units", by="buyer.country")
    assert rows == [
        ("DE", 30, 15, 2, None),
        ("FR", 40, 16, 1, None),
        ("XX", 80, 96, 1, 96),
        (None, 1120, 384, 3, 128),
    ]
    for at, name in enumerate(("revenue", "units", "orders_placed", "big_units"), 1):
        alone = dict(STORE.rows(engine, name, by="buyer.country"))
        assert {row[0]: row[at] for row in rows if row[at] is not None} == {
            key: value for key, value in alone.items() if value is not None
        }


def test_an_input_filter_across_a_relationship(engine: str) -> None:
    assert STORE.value(engine, "home_share") == approx(30 / 1270)
    rows = STORE.rows(engine, "home_share", by="status")
    assert rows == [("open", None), ("paid", approx(30 / 1070)), (None, None)]


FACTS = World(
    """
datasets:
  - {name: clicks, source: clicks, fields: [{name: weight}]}
  - {name: sessions, source: sessions, primary_key: [id], fields: [{name: device}]}
  - {name: people, source: people, primary_key: [id], fields: [{name: country}]}
  - {name: prices, source: prices, primary_key: [shop, sku], fields: [{name: tier}]}
  - {name: sales, source: sales, primary_key: [id], fields: [{name: n}]}
relationships:
  - {name: click_session, from: clicks, to: sessions, from_columns: [session_id], to_columns: [id]}
  - {name: session_person, from: sessions, to: people, from_columns: [person_id], to_columns: [id]}
  - {name: sale_price, from: sales, to: prices, from_columns: [shop, sku], to_columns: [shop, sku]}
metrics:
  - {name: weight, type: simple, dataset: clicks, agg: sum, expr: weight}
  - {name: n, type: simple, dataset: sales, agg: sum, expr: n}
  - {name: sessions_held, type: simple, dataset: sessions, agg: count}
""",
    clicks="""
        session_id integer | weight integer
        1                  | 1
        1                  | 1
        1                  | 1
        2                  | 10
        2                  | 10
        3                  | 100
        9                  | 1000
                           | 10000
    """,
    sessions="""
        id integer | person_id integer | device text
        1          | 1                 | phone
        2          | 1                 |
        3          | 8                 | phone
    """,
    people="""
        id integer | country text
        1          | DE
        2          | FR
    """,
    prices="""
        shop text | sku text | tier text
        a         | x        | low
        a         | y        | high
        b         | x        | high
    """,
    sales="""
        id integer | shop text | sku text | n integer
        1          | a         | x        | 1
        2          | a         | y        | 10
        3          | b         | x        | 100
        4          | b         | y        | 1000
        5          | a         |          | 10000
    """,
)


def test_equal_facts_without_a_key_are_all_counted_two_steps_away(engine: str) -> None:
    assert FACTS.rows(engine, "weight", by="country") == [("DE", 23), (None, 11100)]
    assert FACTS.rows(engine, "weight", by=("country", "device")) == [
        ("DE", "phone", 3),
        ("DE", None, 20),
        (None, "phone", 100),
        (None, None, 11000),
    ]


def test_a_key_of_two_columns(engine: str) -> None:
    assert FACTS.rows(engine, "n", by="tier") == [("high", 110), ("low", 1), (None, 11000)]


def test_unrelated_facts_stand_side_by_side_without_dimensions_only(engine: str) -> None:
    from truenorth.base.errors import QueryError

    assert FACTS.rows(engine, "weight", "n", "sessions_held") == [(11123, 11111, 3)]
    with pytest.raises(QueryError) as raised:
        FACTS.ask(engine, "weight", "n", by="country")
    assert raised.value.code in ("E_NAME_NOT_FOUND", "E_NO_PATH")
