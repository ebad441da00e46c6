"""Conditions on the answer's own numbers: which rows are shown, after all has been counted."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from tests.truth.case import World, day
from tests.truth.test_probes import SHOP
from truenorth.base.errors import TrueNorthError
from truenorth.base.table import Value

# By region the shop of the probes has revenue DE 307, US 350, (none) 15; refunds US 50; tickets DE 0, FR 2, US 3, (none) 0.


@pytest.mark.parametrize(
    ("having", "regions"),
    [
        ("revenue > 300", ["DE", "US"]),
        ("revenue > 300 and tickets_opened = 0", ["DE"]),
        ("revenue is null", ["FR"]),
        ("tickets_opened >= 2 or revenue < 20", ["FR", "US", None]),
        ("refund_rate > 0.1", ["US"]),
        ("refund_rate is null", ["DE", "FR", None]),
        ("tickets_per_order = 0", ["DE", None]),
        ("revenue / 10 > tickets_opened * 10", ["DE", "US", None]),  # 30.7 > 0, 35 > 30, 1.5 > 0
        ("revenue between 10 and 20", [None]),
        ("not revenue > 300", [None]),
        ("revenue > 1000", []),
    ],
)
def test_rows_are_chosen_by_their_numbers(engine: str, having: str, regions: list[Value]) -> None:
    asked = ("revenue", "tickets_opened", "refund_rate", "tickets_per_order")
    rows = SHOP.rows(engine, *asked, by="region", having=(having,))
    assert [row[0] for row in rows] == regions


def test_several_conditions_hold_together(engine: str) -> None:
    assert SHOP.rows(engine, "revenue", by="region", having=("revenue > 100", "revenue < 350")) == [("DE", 307)]


def test_at_the_grain_that_is_asked_for(engine: str) -> None:
    rows = SHOP.rows(engine, "revenue", by="region", grain="month", having=("revenue >= 200",))
    assert rows == [(day("2025-02"), "US", 200), (day("2025-04"), "DE", 300)]
    assert SHOP.rows(engine, "revenue_ytd", grain="month", having=("revenue_ytd > 349",)) == [
        (day("2025-02"), 350),
        (day("2025-03"), 350),
        (day("2025-04"), 665),
    ]
    assert SHOP.rows(engine, "mrr", grain="month", having=("mrr = 40",)) == [(day("2025-02"), 40)]


def test_without_groups_it_is_one_row_or_none(engine: str) -> None:
    assert SHOP.rows(engine, "revenue", having=("revenue > 100",)) == [(672,)]
    assert SHOP.rows(engine, "revenue", having=("revenue > 1000",)) == []


def test_before_the_limit_and_the_order(engine: str) -> None:
    rows = SHOP.rows(engine, "revenue", by="region", order="-revenue", limit=1, having=("revenue < 350",))
    assert rows == [("DE", 307)]
    answer = SHOP.ask(engine, "revenue", by="region", limit=1, having=("revenue > 300",))
    assert "more rows exist; these are the first 1" in answer.notes


def test_totals_are_of_the_data(engine: str) -> None:
    answer = SHOP.ask(engine, "revenue", by="region", totals=True, having=("revenue > 310",))
    assert (answer.table.rows, answer.totals) == ((("US", 350),), {"revenue": 672})
    assert "having chooses among the rows; totals are of all rows, shown or not" in answer.notes


def test_subtotals_are_of_the_data_too(engine: str) -> None:
    asked: dict[str, Any] = {"by": ("region", "status"), "subtotals": True, "having": ("revenue < 100",)}
    rows = SHOP.rows(engine, "revenue", **asked)
    assert rows == [
        ("US", "refunded", "group", 50),
        ("US", None, "subtotal by region", 350),
        (None, "paid", "group", 15),
        (None, None, "subtotal by region", 15),
    ]


def test_of_filled_periods_nothing_is_a_number_too(engine: str) -> None:
    assert SHOP.rows(engine, "revenue_or_0", grain="month", fill=True, having=("revenue_or_0 = 0",)) == [
        (day("2025-03"), 0)
    ]


YEARS = World(
    """
datasets: [{name: orders, source: orders, time: day, fields: [{name: amount}]}]
metrics: [{name: revenue, type: simple, dataset: orders, agg: sum, expr: amount}]
""",
    now=datetime(2025, 4, 1),
    orders="""
        day date   | amount integer
        2024-02-10 | 100
        2024-03-10 | 50
        2025-01-10 | 10
        2025-02-10 | 130
        2025-03-10 | 40
    """,
)


@pytest.mark.parametrize(
    ("having", "months"),
    [
        ("revenue__change > 0", ["2025-02"]),
        ("revenue__change_percent <= -0.2", ["2025-03"]),
        ("revenue__previous is null", ["2025-01"]),  # the data began later than a year before January
        ("revenue__previous > revenue", ["2025-03"]),
    ],
)
def test_on_changes(engine: str, having: str, months: list[str]) -> None:
    rows = YEARS.rows(engine, "revenue", grain="month", range="2025-01..2025-03", vs="year", having=(having,))
    assert [row[0] for row in rows] == [day(month) for month in months]


def test_what_is_not_shown_is_not_compared_in_a_condition_either(engine: str) -> None:
    asked: dict[str, Any] = {"grain": "month", "range": "2025-01..2025-03", "vs": "year"}
    shown = YEARS.rows(engine, "revenue", **asked)
    for row in shown:
        month = f"{row[0]:%Y-%m}"
        chosen = YEARS.rows(engine, "revenue", **asked, having=("revenue__change is not null",))
        assert (row in chosen) == (row[3] is not None), month


def refused(*metrics: str, **asked: Any) -> TrueNorthError:
    with pytest.raises(TrueNorthError) as raised:
        SHOP.ask("duckdb", *metrics, **asked)
    return raised.value


@pytest.mark.parametrize(
    ("having", "code", "says"),
    [
        ("region = 'US'", "E_BAD_HAVING", "put the condition on region into where"),
        ("metric_time__month = '2025-01'", "E_BAD_HAVING", "into where"),
        ("sum(revenue) > 100", "E_BAD_HAVING", "write the metric's name: revenue > 100"),
        ("revenu > 100", "E_NAME_NOT_FOUND", 'did you mean "revenue"?'),
        ("amount > 100", "E_NAME_NOT_FOUND", "its numbers are revenue"),
        ("revenue__change > 0", "E_BAD_HAVING", "add vs"),
        ("METRIC(revenue BY region) > 1", "E_BAD_HAVING", "put it into where"),
        ("revenue > (select 1)", "E_BAD_EXPRESSION", "holds"),
        ("revenue > 1; drop table orders", "E_BAD_EXPRESSION", ""),
        ("revenue >", "E_BAD_EXPRESSION", "cannot be read"),
    ],
)
def test_what_is_no_number_of_the_answer_is_refused(having: str, code: str, says: str) -> None:
    error = refused("revenue", by="region", grain="month", having=(having,))
    assert error.code == code
    assert says in str(error)


def test_other_would_hold_what_having_leaves_out() -> None:
    error = refused("revenue", by="region", limit=1, other=True, having=("revenue > 1",))
    assert (error.code, error.hint) == ("E_BAD_OTHER", "ask for one of them")
