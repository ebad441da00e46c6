"""METRIC(x BY field) in a condition: another metric's value for the row's own customer, product or pair of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.truth.case import NOW, World, day
from truenorth.base.errors import DefinitionErrors, QueryError, TrueNorthError
from truenorth.define.load import load
from truenorth.define.lookup import MetricRef
from truenorth.query import entity
from truenorth.query.verify import verify

# Orders by customer: 1 has three (10 + 20 + 30), 2 has one (100), 3 has two (5 + 5), 4 has none; one order is nobody's.
# Tickets by customer: 1 has one, 4 has two, one is nobody's.
DEFINITIONS = """
datasets:
  - {name: customers, source: customers, primary_key: [customer], time: since, fields: [{name: customer}, {name: region}]}
  - name: orders
    source: orders
    primary_key: [id]
    time: day
    fields: [{name: customer}, {name: amount}, {name: status}]
  - {name: tickets, source: tickets, time: opened, fields: [{name: customer}]}
  - {name: lines, source: lines, fields: [{name: sku}]}
  - {name: stocks, source: stocks, time: day, fields: [{name: customer}, {name: units}]}
relationships:
  - {name: order_customer, from: orders, to: customers, from_columns: [customer], to_columns: [customer]}
  - {name: ticket_customer, from: tickets, to: customers, from_columns: [customer], to_columns: [customer]}
  - {name: line_order, from: lines, to: orders, from_columns: [order_id], to_columns: [id]}
  - {name: stock_customer, from: stocks, to: customers, from_columns: [customer], to_columns: [customer]}
metrics:
  - {name: people, type: simple, dataset: customers, agg: count}
  - {name: placed, type: simple, dataset: orders, agg: count}
  - {name: revenue, type: simple, dataset: orders, agg: sum, expr: amount}
  - {name: paid, type: simple, dataset: orders, agg: sum, expr: amount, filter: status = 'paid'}
  - {name: opened, type: simple, dataset: tickets, agg: count}
  - {name: average, type: ratio, numerator: revenue, denominator: placed}
  - {name: trouble, type: ratio, numerator: opened, denominator: placed}
  - {name: product, type: derived, expr: a * b, input_metrics: [{name: revenue, alias: a}, {name: placed, alias: b}]}
  - {name: so_far, type: cumulative, input_metric: revenue}
  - {name: stock, type: snapshot, dataset: stocks, agg: sum, expr: units, non_additive_dimension: {name: day}}
  - {name: complained, type: conversion, entity: customer, base_metric: placed, conversion_metric: opened,
     window: 7 days, calculation: conversions}
  - {name: complained_regulars, type: conversion, entity: customer, base_metric: placed, conversion_metric: opened,
     window: 7 days, filter: METRIC(placed BY customer) >= 2}
  - {name: regulars, type: simple, dataset: customers, agg: count, filter: METRIC(placed BY customer) >= 2}
  - {name: calm, type: simple, dataset: customers, agg: count, filter: METRIC(regular_tickets BY customer) = 0}
  - name: regular_tickets
    type: simple
    dataset: tickets
    agg: count
    filter: METRIC(placed BY customer) >= 2
  - {name: spent_each, type: simple, dataset: customers, agg: avg, expr: METRIC(revenue BY customer)}
  - name: regular_share
    type: derived
    expr: a / b
    input_metrics:
      - {name: placed, alias: a, filter: METRIC(placed BY customer) >= 2}
      - {name: placed, alias: b}
  - {name: regular_revenue, type: ratio, numerator: paid, denominator: revenue, filter: METRIC(placed BY customer) >= 2}
  - {name: stock_of_regulars, type: snapshot, dataset: stocks, agg: sum, expr: units,
     filter: METRIC(placed BY customer) >= 2, non_additive_dimension: {name: day}}
"""
SHOP = World(
    DEFINITIONS,
    customers="""
        customer integer | region text | since date
        1                | north       | 2025-01-01
        2                | north       | 2025-02-01
        3                | south       | 2025-03-01
        4                |             | 2025-04-01
    """,
    orders="""
        id integer | customer integer | day date   | amount integer | status text
        1          | 1                | 2025-01-05 | 10             | paid
        2          | 1                | 2025-02-05 | 20             | open
        3          | 1                | 2025-03-05 | 30             | paid
        4          | 2                | 2025-03-06 | 100            | open
        5          | 3                | 2025-03-07 | 5              | paid
        6          | 3                | 2025-03-08 | 5              | open
        7          |                  | 2025-03-09 | 1000           | paid
    """,
    tickets="""
        id integer | customer integer | opened date
        1          | 1                | 2025-01-09
        2          | 4                | 2025-01-10
        3          | 4                | 2025-02-10
        4          |                  | 2025-02-11
    """,
    lines="order_id integer | sku text\n1 | a\n1 | b\n4 | a\n7 | b",
    stocks="""
        day date   | customer integer | units integer
        2025-01-31 | 1                | 7
        2025-02-28 | 1                | 4
        2025-02-28 | 2                | 2
        2025-02-28 | 3                | 1
    """,
)


@pytest.mark.parametrize(
    ("condition", "people"),
    [
        ("METRIC(placed BY customer) >= 2", 2),  # 1 and 3
        ("metric( placed  by customer ) = 0", 1),  # 4: a count over no orders is 0
        ("METRIC(revenue BY customer) IS NULL", 1),  # 4: a sum over no orders is unknown
        ("METRIC(revenue BY customer) <= 60", 2),  # 1 has 60, 3 has 10; of 4 it is unknown
        ("METRIC(paid BY customer) > 0", 2),  # its own filter holds: 1 has 40, 3 has 5, 2 has none
        ("METRIC(average BY customer) > 15", 2),  # 60 / 3 and 100 / 1
        ("METRIC(product BY customer) > 50", 2),  # 60 * 3 and 100 * 1
        ("METRIC(trouble BY customer) > 0.3", 1),  # 1 / 3; of 4 there are no orders to divide by
        ("METRIC(trouble BY customer) = 0", 2),  # 2 and 3: no tickets, but orders
        ("METRIC(so_far BY customer) > 50", 2),  # 60 and 100
        ("METRIC(stock BY customer) = 4", 1),  # on the last day
        ("METRIC(placed BY customer) > METRIC(opened BY customer)", 3),  # 3 > 1, 1 > 0, 2 > 0; not 0 > 2
        ("METRIC(placed BY region) = 4", 2),  # of the region: north has 3 + 1
        ("region = 'north' and METRIC(opened BY customer) = 1", 1),
        ("METRIC(opened BY customer) between 1 and 2 or region = 'south'", 3),
        ("METRIC(regular_tickets BY customer) = 1", 1),  # nested: tickets of customers with two orders and more
        ("region <> 'METRIC(placed BY customer) > 2' /* METRIC( */", 3),  # quoted and commented text is left alone
        ("METRIC(placed BY customers.customer) >= 2", 2),  # a field of another dataset that both reach
    ],
)
def test_customers_by_what_another_metric_says_of_them(engine: str, condition: str, people: int) -> None:
    assert SHOP.value(engine, "people", where=condition) == people


def test_rows_of_a_finer_dataset_are_chosen_by_what_is_said_of_their_customer(engine: str) -> None:
    rows = SHOP.rows(engine, "placed", "revenue", where="METRIC(opened BY customer) = 0", by="region")
    assert rows == [("north", 1, 100), ("south", 2, 10)]
    # An order of nobody has no customer of whom something could be said.
    assert SHOP.value(engine, "placed", where="METRIC(opened BY customer) >= 0") == 6


def test_a_range_is_the_question_s_own_and_not_that_of_the_metric_looked_up(engine: str) -> None:
    where = "METRIC(placed BY customer) >= 2"
    assert SHOP.value(engine, "revenue", where=where, range="2025-01") == 10
    assert SHOP.rows(engine, "revenue", where=where, grain="month") == [
        (day("2025-01"), 10),
        (day("2025-02"), 20),
        (day("2025-03"), 40),
    ]


@pytest.mark.parametrize(
    ("metric", "value"),
    [
        ("regulars", 2),
        ("regular_tickets", 1),
        ("calm", 3),  # all but 1, who has a ticket
        ("spent_each", (60 + 100 + 10) / 3),  # the average of sums; who bought nothing is left out
        ("regular_share", 5 / 7),
        ("regular_revenue", 45 / 70),
        ("stock_of_regulars", 5),
    ],
)
def test_in_definitions(engine: str, metric: str, value: float) -> None:
    assert SHOP.value(engine, metric) == pytest.approx(value)


def test_through_time_it_reaches_every_leaf(engine: str) -> None:
    rows = SHOP.rows(engine, "so_far", "placed", where="METRIC(placed BY customer) >= 2", grain="month")
    assert rows == [(day("2025-01"), 10, 1), (day("2025-02"), 30, 1), (day("2025-03"), 70, 3)]


def test_of_values_without_a_metric(engine: str) -> None:
    where = "METRIC(placed BY customers.customer) >= 2"
    assert SHOP.rows(engine, by=("customers.customer",), where=where) == [(1,), (3,)]
    assert SHOP.rows(engine, by=("region",), where=where) == [("north",), ("south",)]


def test_with_what_converted(engine: str) -> None:
    """Customer 1 opened a ticket after the first order; 4 opened two and never ordered."""
    assert SHOP.value(engine, "people", where="METRIC(complained BY customer) > 0") == 1
    assert SHOP.value(engine, "complained_regulars") == 0.2  # of five orders of 1 and 3, one was followed by a ticket
    assert SHOP.value(engine, "complained", where="METRIC(placed BY customer) = 1") == 0


def test_beside_a_dimension_that_repeats_rows(engine: str) -> None:
    rows = SHOP.rows(engine, "placed", by="sku", where="METRIC(placed BY customer) >= 2")
    assert rows == [("a", 1), ("b", 1), (None, 4)]
    # An order counts when one of its lines is of an article that was ordered twice.
    assert SHOP.value(engine, "placed", where="METRIC(placed BY sku) >= 2") == 3


def test_asked_twice_it_is_computed_once() -> None:
    where = "METRIC(placed BY customer) > 1 and METRIC(placed BY customer) < 9"
    sql = SHOP.ask("duckdb", "people", where=where).sql
    assert sql.count('"lookup 1" AS (') == 1
    assert sql.count("LEFT JOIN") == 1


def test_the_naive_builder_agrees(engine: str) -> None:
    runner = SHOP.on(engine)
    names = ("regulars", "calm", "regular_tickets", "spent_each", "regular_share", "stock_of_regulars")
    report = verify(runner.catalog, lambda query: runner.ask(query, NOW), NOW, names, 50)
    assert report.failures == ()
    assert report.counts["engine = naive"] > 30
    assert not [text for text in report.skipped if "METRIC" in text]


def test_what_has_too_many_entities_for_the_naive_builder_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entity, "MOST", 2)
    runner = SHOP.on("duckdb")
    report = verify(runner.catalog, lambda query: runner.ask(query, NOW), NOW, ("regulars",), 50)
    assert report.failures == ()
    assert "regulars: METRIC(placed BY customer) has more than 2 values to work out one by one" in report.skipped
    with pytest.raises(QueryError) as raised:
        entity.by_entity(runner.catalog, MetricRef("placed", ["id"]), ['"id"'], '"orders"', lambda *_: 1)
    assert raised.value.code == "E_TOO_MANY_ENTITIES"


def refused(where: str, **words: Any) -> TrueNorthError:
    with pytest.raises(TrueNorthError) as raised:
        SHOP.ask("duckdb", "people", where=where, **words)
    return raised.value


@pytest.mark.parametrize(
    ("where", "code", "says"),
    [
        ("METRIC(place BY customer) > 1", "E_NAME_NOT_FOUND", 'no metric named "place"; did you mean "placed"?'),
        ("METRIC(placed BY custmer) > 1", "E_NOT_GROUPABLE", 'did you mean "customer"?'),
        ("METRIC(people BY status) > 1", "E_FAN_OUT", ""),
        ("METRIC(placed) > 1", "E_BAD_EXPRESSION", "write METRIC(orders_placed BY customer_id)"),
        ("METRIC() > 1", "E_BAD_EXPRESSION", "cannot be read"),
        ("METRIC(placed BY customer", "E_BAD_EXPRESSION", "cannot be read"),
        ("METRIC(placed BY METRIC(a BY b)) > 1", "E_BAD_EXPRESSION", "cannot be read"),
        ("METRIC(placed BY customer) >", "E_BAD_EXPRESSION", '"METRIC(placed BY customer) >"'),
    ],
)
def test_what_cannot_be_looked_up_says_why(where: str, code: str, says: str) -> None:
    if code == "E_FAN_OUT":
        # A row may have several: it counts when one of them meets the condition, as with any condition.
        assert SHOP.value("duckdb", "people", where=where) == 3
        return
    error = refused(where)
    assert error.code == code
    assert says in str(error)


BROKEN = """version: 1
datasets:
  - {name: orders, source: orders, time: day, fields: [{name: customer}, {name: odd, expr: METRIC(a BY customer)}]}
  - {name: lines, source: lines, fields: [{name: sku}]}
relationships:
  - {name: line_order, from: lines, to: orders, from_columns: [order_id], to_columns: [id]}
metrics:
  - {name: a, type: simple, dataset: orders, agg: count, filter: METRIC(b BY customer) > 1}
  - {name: b, type: simple, dataset: orders, agg: count, filter: METRIC(a BY customer) > 1}
  - {name: c, type: simple, dataset: orders, agg: count, filter: METRIC(nothing BY customer) > 1}
  - {name: d, type: simple, dataset: orders, agg: count, filter: METRIC(a BY colour) > 1}
  - {name: e, type: simple, dataset: orders, agg: count, filter: METRIC(a BY sku) > 1}
  - {name: f, type: derived, expr: METRIC(a BY customer) + a, input_metrics: [{name: a}]}
"""


def test_definitions_are_checked(tmp_path: Path) -> None:
    (tmp_path / "metrics").mkdir()
    (tmp_path / "truenorth.yml").write_text("version: 1\nname: case\n", "utf-8")
    (tmp_path / "metrics" / "case.yml").write_text(BROKEN, "utf-8")
    with pytest.raises(DefinitionErrors) as raised:
        load(tmp_path)
    told = [(error.code, error.where.line if error.where else 0) for error in raised.value.errors]
    assert told == [
        ("E_BAD_EXPRESSION", 3),
        ("E_CYCLE", 8),
        ("E_NAME_NOT_FOUND", 10),
        ("E_NOT_GROUPABLE", 11),
        ("E_FAN_OUT", 12),
        ("E_BAD_EXPRESSION", 13),
    ]
    assert "a → b → a" in str(raised.value)


def test_a_change_of_the_data_looked_up_is_seen() -> None:
    world = World(DEFINITIONS, **SHOP.tables)
    where = "METRIC(opened BY customer) >= 1"
    assert world.value("duckdb", "people", where=where) == 2
    engine = world.on("duckdb").catalog.engine
    table = world.tables["tickets"]
    engine.load("tickets", type(table.table)(table.table.columns, table.table.rows[:1]), table.types)
    world.on("duckdb").catalog.refresh()
    assert world.value("duckdb", "people", where=where) == 1
