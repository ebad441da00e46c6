"""Answers from memory, as long as nothing they read has changed; numbers as they leave."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from tests.truth.case import Rows, World, rows
from truenorth.base.table import Value
from truenorth.query.answer import Answer
from truenorth.query.request import MetricQuery
from truenorth.query.run import Runner, changes, clean, trimmed

NOW = datetime(2026, 1, 1)
ORDERS = "id integer | customer_id integer | day date | amount decimal\n1 | 1 | 2025-01-05 | 10\n2 | 2 | 2025-02-05 | 5"
CUSTOMERS = "id integer | region text\n1 | EU\n2 | US"


@pytest.fixture
def shop() -> Runner:
    world = World(
        """
datasets:
  - {name: customers, source: customers, primary_key: [id], fields: [{name: region, label: Where}]}
  - {name: orders, source: orders, primary_key: [id], time: day}
  - {name: big, query: "select * from orders where amount > 1 -- the larger ones", time: day}
relationships:
  - {name: buyer, from: orders, to: customers, from_columns: [customer_id], to_columns: [id]}
metrics:
  - {name: revenue, type: simple, dataset: orders, agg: sum, expr: amount, unit: currency, direction: up, label: Income}
  - {name: placed, type: simple, dataset: orders, agg: count}
  - {name: larger, type: simple, dataset: big, agg: count}
  - {name: european, type: simple, dataset: orders, agg: count, filter: customers.region = 'EU'}
  - {name: share, type: ratio, numerator: european, denominator: placed, unit: percent}
""",
        orders=ORDERS,
        customers=CUSTOMERS,
    )
    return world.on("duckdb")


def ask(shop: Runner, *metrics: str, **asked: Any) -> Answer:
    shop.catalog.refresh()
    return shop.ask(MetricQuery(metrics, **asked), NOW)


def load(shop: Runner, name: str, text: str) -> None:
    table: Rows = rows(text)
    shop.catalog.engine.load(name, table.table, table.types)


def test_the_same_question_is_answered_from_memory(shop: Runner) -> None:
    assert ask(shop, "revenue") is ask(shop, "revenue")
    assert ask(shop, "revenue") is not ask(shop, "revenue", by=("region",))


@pytest.mark.parametrize(
    ("metric", "asked", "before", "after"),
    [
        ("revenue", {}, [(15,)], [(8,)]),
        ("larger", {}, [(2,)], [(1,)]),
        ("european", {}, [(1,)], [(1,)]),
        ("revenue", {"grain": "year"}, [(date(2025, 1, 1), 15)], [(date(2024, 1, 1), 8)]),
    ],
)
def test_new_rows_change_the_answer(shop: Runner, metric: str, asked: Any, before: Any, after: Any) -> None:
    assert list(ask(shop, metric, **asked).table.rows) == before
    load(shop, "orders", "id integer | customer_id integer | day date | amount decimal\n1 | 1 | 2024-01-05 | 8")
    assert list(ask(shop, metric, **asked).table.rows) == after


@pytest.mark.parametrize(("metric", "asked"), [("revenue", {"by": ("region",)}), ("european", {}), ("share", {})])
def test_a_change_in_what_rows_point_to_changes_the_answer(shop: Runner, metric: str, asked: Any) -> None:
    before = ask(shop, metric, **asked)
    load(shop, "customers", "id integer | region text\n1 | EU\n2 | EU")
    assert ask(shop, metric, **asked).table != before.table


def test_a_type_that_changes_is_seen(shop: Runner) -> None:
    load(
        shop,
        "orders",
        "id integer | customer_id integer | day timestamp | amount float\n1 | 1 | 2025-01-05T23:30:00 | 0.1",
    )
    rows = ask(shop, "revenue", grain="day", timezone="Europe/Berlin").table.rows
    assert rows == ((date(2025, 1, 6), Decimal("0.10")),)


def test_columns_say_what_they_are(shop: Runner) -> None:
    answer = ask(shop, "revenue", "share", by=("region",), grain="month", range="2025-02", vs="prev")
    roles = [(column.name, column.role, column.of) for column in answer.table.columns]
    assert roles == [
        ("metric_time__month", "time", ""),
        ("region", "dimension", ""),
        ("revenue", "metric", ""),
        ("revenue__previous", "previous", "revenue"),
        ("revenue__change", "change", "revenue"),
        ("revenue__change_percent", "change_percent", "revenue"),
        ("share", "metric", ""),
        ("share__previous", "previous", "share"),
        ("share__change", "change", "share"),
        ("share__change_percent", "change_percent", "share"),
    ]
    revenue = answer.table.columns[2]
    assert (revenue.label, revenue.unit, revenue.currency, revenue.direction) == ("Income", "currency", "USD", "up")
    assert answer.table.columns[5].unit == "percent"
    assert answer.table.columns[6].currency == ""


def test_an_answer_explains_itself(shop: Runner) -> None:
    answer = ask(shop, "revenue", by=("region",), range="2025", where=("amount > 1",), totals=True)
    assert answer.sql.startswith("WITH leg_1 AS (")
    assert answer.plan.splitlines() == [
        "answer: revenue",
        "by: region",
        "time: from 2025-01-01 until 2026-01-01 (left out), UTC",
        "where: amount > 1",
        "read orders by day (period): revenue = sum(amount)",
    ]
    assert set(answer.timings) == {"compile_ms", "run_ms"}
    assert answer.model_version == shop.catalog.model.version
    assert answer.as_of.isoformat() == "2026-01-01T00:00:00+00:00"
    assert answer.totals == {"revenue": 15}


def test_an_answer_becomes_a_table_of_other_libraries(shop: Runner) -> None:
    answer = ask(shop, "revenue", "placed", "share", by=("region",))
    table = answer.to_arrow()
    assert table.column_names == ["region", "revenue", "placed", "share"]
    assert table.to_pylist()[0] == {"region": "EU", "revenue": Decimal("10.00"), "placed": 1, "share": 1.0}
    frame = answer.to_pandas()
    assert list(frame["placed"]) == [1, 1]


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ("1.00000000", "1.00"),
        ("1.10000000", "1.10"),
        ("1.12345000", "1.12345"),
        ("100", "100"),
        ("0E-8", "0.00"),
        ("-0.50000000", "-0.50"),
        ("1.5", "1.5"),
        ("NaN", "NaN"),
    ],
)
def test_money_keeps_its_cents_and_no_empty_digits(given: str, text: str) -> None:
    assert str(trimmed(Decimal(given))) == text


def test_values_are_plain() -> None:
    assert clean(float("nan")) is None
    assert clean(True) is True
    assert clean(b"x") == "b'x'"
    assert clean(datetime(2025, 1, 1)) == datetime(2025, 1, 1)


@pytest.mark.parametrize(
    ("now", "before", "wanted"),
    [
        (3, 2, (1, 0.5)),
        (2, -4, (6, 1.5)),
        (0, 0, (0, None)),
        (1, 0, (1, None)),
        (None, 1, (None, None)),
        (1, None, (None, None)),
        (Decimal("3"), Decimal("2"), (Decimal("1"), 0.5)),
        (Decimal("3"), 2, (1.0, 0.5)),
        ("b", "a", (None, None)),
    ],
)
def test_a_change_and_its_share(now: Value, before: Value, wanted: tuple[Value, Value]) -> None:
    assert changes(now, before) == wanted
