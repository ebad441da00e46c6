"""Periods in which nothing happened: null, zero or carried, for every group or once; what is there already never changes."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.truth.case import World, day
from tests.truth.naive import FLOWS, Shop
from tests.truth.test_properties import BY, EXAMPLES, GRAIN, NOW, RANGES, asked, filled, shops
from truenorth.base.errors import QueryError
from truenorth.query.request import Filter, MetricQuery

SHOP = World(
    """
datasets:
  - {name: orders, source: orders, primary_key: [id], time: day, fields: [{name: region}]}
  - {name: visits, source: visits, time: day, fields: [{name: region}]}
  - {name: stocks, source: stocks, time: day, fields: [{name: region}]}
metrics:
  - {name: revenue, type: simple, dataset: orders, agg: sum, expr: amount}
  - {name: placed, type: simple, dataset: orders, agg: count}
  - {name: unknown, type: simple, dataset: orders, agg: count, fill_nulls_with: null}
  - {name: price, type: simple, dataset: orders, agg: avg, expr: amount}
  - {name: price_kept, type: simple, dataset: orders, agg: avg, expr: amount, fill_nulls_with: carry}
  - {name: revenue_or_5, type: simple, dataset: orders, agg: sum, expr: amount, fill_nulls_with: 5}
  - {name: rate, type: ratio, numerator: revenue, denominator: placed}
  - {name: rate_or_0, type: ratio, numerator: revenue, denominator: placed, fill_nulls_with: 0}
  - {name: both_or_0, type: derived, expr: a + b, fill_nulls_with: 0, input_metrics: [{name: revenue, alias: a}, {name: placed, alias: b}]}
  - {name: both, type: derived, expr: a + b, input_metrics: [{name: revenue, alias: a}, {name: placed, alias: b}]}
  - {name: revenue_ytd, type: cumulative, input_metric: revenue, grain_to_date: year}
  - {name: revenue_20d, type: cumulative, input_metric: revenue, window: 20 days}
  - {name: seen, type: simple, dataset: visits, agg: count}
  - {name: every_group, type: simple, dataset: orders, agg: sum, expr: amount, join_to_timespine: groups}
  - {name: once, type: simple, dataset: orders, agg: sum, expr: amount, join_to_timespine: once, fill_nulls_with: 0}
  - {name: once_us, type: simple, dataset: orders, agg: count, filter: region = 'US', join_to_timespine: once}
  - {name: twice, type: derived, expr: 2 * once, input_metrics: [{name: once}]}
  - {name: stock, type: snapshot, dataset: stocks, agg: sum, expr: units, non_additive_dimension: {name: day}}
  - {name: stock_kept, type: snapshot, dataset: stocks, agg: sum, expr: units, fill_nulls_with: carry, non_additive_dimension: {name: day}}
  - {name: stock_first, type: snapshot, dataset: stocks, agg: sum, expr: units, non_additive_dimension: {name: day, window_agg: first}}
""",
    now=datetime(2025, 6, 10),
    orders="""
        id integer | day date   | region text | amount integer
        1          | 2025-01-05 | US          | 100
        2          | 2025-01-20 | DE          | 50
        3          | 2025-04-10 | US          | 200
        4          | 2025-05-11 | DE          |
        5          |            | US          | 7
    """,
    visits="""
        day date   | region text
        2025-02-01 | US
        2025-04-01 | FR
    """,
    stocks="""
        day date   | region text | units integer
        2025-01-31 | US          | 5
        2025-01-31 | DE          | 7
        2025-03-31 | US          | 4
    """,
)
MONTHS = {"grain": "month", "range": "2025-01..2025-07"}
N = None


@pytest.mark.parametrize(
    ("metric", "null", "zero", "carry"),
    [
        ("revenue", [150, N, N, 200, N, N, N], [150, 0, 0, 200, N, 0, N], [150, 150, 150, 200, 200, 200, N]),
        ("placed", [2, 0, 0, 1, 1, 0, N], [2, 0, 0, 1, 1, 0, N], [2, 0, 0, 1, 1, 0, N]),
        ("unknown", [2, N, N, 1, 1, N, N], [2, N, N, 1, 1, N, N], [2, N, N, 1, 1, N, N]),
        ("price", [75, N, N, 200, N, N, N], [75, N, N, 200, N, N, N], [75, 75, 75, 200, 200, 200, N]),
        ("price_kept", [75, 75, 75, 200, 200, 200, N], [75, 75, 75, 200, 200, 200, N], [75, 75, 75, 200, 200, 200, N]),
        ("revenue_or_5", [150, 5, 5, 200, 5, 5, N], [150, 5, 5, 200, 5, 5, N], [150, 5, 5, 200, 5, 5, N]),
        ("rate_or_0", [75, 0, 0, 200, 0, 0, N], [75, 0, 0, 200, 0, 0, N], [75, 0, 0, 200, 0, 0, N]),
        ("both_or_0", [152, 0, 0, 201, 0, 0, N], [152, 0, 0, 201, 0, 0, N], [152, 0, 0, 201, 0, 0, N]),
        ("rate", [75, N, N, 200, N, N, N], [75, N, N, 200, N, N, N], [75, 75, 75, 200, 200, 200, N]),
        ("both", [152, N, N, 201, N, N, N], [152, 0, 0, 201, N, 0, N], [152, 152, 152, 201, 201, 201, N]),
        ("revenue_20d", [50, N, N, N, N, N, N], [50, 0, 0, 0, 0, 0, N], [50, 50, 50, 50, 50, 50, N]),
        (
            "revenue_ytd",
            [150, 150, 150, 350, 350, 350, N],
            [150, 150, 150, 350, 350, 350, N],
            [150, 150, 150, 350, 350, 350, N],
        ),
        ("stock", [12, N, 4, N, N, N, N], [12, 12, 4, 4, 4, 4, N], [12, 12, 4, 4, 4, 4, N]),
        ("stock_kept", [12, 12, 4, 4, 4, 4, N], [12, 12, 4, 4, 4, 4, N], [12, 12, 4, 4, 4, 4, N]),
        ("stock_first", [12, N, 4, N, N, N, N], [12, 12, 4, 4, 4, 4, N], [12, 12, 4, 4, 4, 4, N]),
    ],
)
def test_what_stands_in_empty_periods(engine: str, metric: str, null: Any, zero: Any, carry: Any) -> None:
    """Seen on 10 June: July has not begun. May has an order without an amount, which is unknown and not 0."""
    for fill, wanted in (("null", null), (True, null), ("zero", zero), ("carry", carry)):
        answer = SHOP.ask(engine, metric, fill=fill, **MONTHS)
        assert list(answer.table.column(metric)) == wanted, fill
        assert [row[0] for row in answer.table.rows] == [date(2025, month, 1) for month in range(1, 8)]


def test_what_has_not_begun_is_unknown_and_the_total_is_what_it_was(engine: str) -> None:
    """Seen on 10 June: of July nothing is known, whatever is asked beside it; what looks back to May knows of it."""
    asked = {**MONTHS, "range": "2025-05..2025-08"}
    answer = SHOP.ask(engine, "placed", "revenue", fill="zero", totals=True, **asked)
    assert [row[1:] for row in answer.table.rows] == [(1, N), (0, 0), (N, N), (N, N)]
    assert answer.totals == SHOP.ask(engine, "placed", "revenue", totals=True, **asked).totals
    [ahead] = SHOP.rows(engine, "placed", grain="day", range="2025-06-11", fill=True)
    assert ahead == (date(2025, 6, 11), N)
    by_group = SHOP.rows(engine, "placed", by="region", grain="day", range="2025-05-11..2025-06-11", fill=True)
    assert {row[2] for row in by_group if row[0] == date(2025, 6, 11)} == {N}
    parts = SHOP.rows(engine, "placed", by=("metric_time__year", "metric_time__month_of_year"), fill=True, **asked)
    assert [row[-1] for row in parts] == [1, 0, N, N]


def test_what_is_known_ahead_of_the_clock_is_shown(engine: str) -> None:
    early = datetime(2025, 3, 15)
    assert [row[1] for row in SHOP.rows(engine, "placed", now=early, fill=True, **MONTHS)] == [2, 0, 0, 1, 1, N, N]


def test_what_is_carried_is_the_group_s_own_and_may_come_from_before_the_range(engine: str) -> None:
    asked = {"grain": "month", "range": "2025-02..2025-04", "by": "region", "fill": "carry", "totals": True}
    answer = SHOP.ask(engine, "revenue", **asked)
    assert answer.table.rows == (
        (day("2025-02"), "US", 100),
        (day("2025-03"), "US", 100),
        (day("2025-04"), "US", 200),
    )
    assert answer.totals == {"revenue": 200}
    assert "Revenue: 2 values carried from the last period that has one" in answer.notes
    assert SHOP.rows(engine, "revenue", "seen", **{**asked, "range": "2025-02"}) == [(day("2025-02"), "US", 100, 1)]


def test_a_stock_is_carried_from_the_last_day_of_all_groups(engine: str) -> None:
    """On 31 March DE has no stock any more: nothing of January's is carried over it."""
    rows = SHOP.rows(engine, "stock", grain="month", range="2025-02..2025-04", by="region", fill="carry")
    assert rows == [
        (day("2025-02"), "DE", 7),
        (day("2025-02"), "US", 5),
        (day("2025-03"), "DE", None),
        (day("2025-03"), "US", 4),
        (day("2025-04"), "DE", None),
        (day("2025-04"), "US", 4),
    ]


def test_what_is_compared_is_carried_too(engine: str) -> None:
    rows = SHOP.rows(engine, "revenue", grain="month", range="2025-04..2025-05", vs="prev", fill="carry")
    assert [row[:4] for row in rows] == [(day("2025-04"), 200, 150, 50), (day("2025-05"), 200, 150, 50)]
    rows = SHOP.rows(engine, "revenue", grain="month", range="2025-03..2025-04", vs="2025-01..2025-02", fill="zero")
    assert [row[1:4] for row in rows] == [(0, 150, -150), (200, 0, 200)]


def test_rows_without_a_time_stay(engine: str) -> None:
    for fill in ("null", "zero", "carry"):
        rows = SHOP.rows(engine, "revenue", grain="month", fill=fill)
        assert rows[-1] == (None, 7) and len(rows) == 6
        assert SHOP.ask(engine, "revenue", grain="month", fill=fill, totals=True).totals == {"revenue": 357}


def test_carried_values_are_ordered_and_limited_as_they_are_shown(engine: str) -> None:
    asked = {"grain": "month", "range": "2025-01..2025-05", "fill": "carry", "limit": 3}
    answer = SHOP.ask(engine, "revenue", order="-revenue", **asked)
    assert [value for _, value in answer.table.rows] == [200, 200, 150]
    assert "more rows exist; these are the first 3" in answer.notes


def test_the_rest_is_carried_as_a_group(engine: str) -> None:
    asked = {"grain": "month", "range": "2025-01..2025-04", "by": "region", "limit": 1, "other": True, "fill": "carry"}
    rows = SHOP.rows(engine, "revenue", **asked)
    assert [row[2:] for row in rows] == [
        ("group", 100),
        ("other", 50),
        ("group", 100),
        ("other", 50),
        ("group", 100),
        ("other", 50),
        ("group", 200),
        ("other", 50),
    ]


def test_a_metric_that_joins_the_time_spine_has_every_period_for_every_group(engine: str) -> None:
    rows = SHOP.rows(engine, "every_group", grain="month", range="2025-03..2025-05", by="region")
    assert rows == [
        (day("2025-03"), "DE", None),
        (day("2025-03"), "US", None),
        (day("2025-04"), "DE", None),
        (day("2025-04"), "US", 200),
        (day("2025-05"), "DE", None),
        (day("2025-05"), "US", None),
    ]
    assert SHOP.rows(engine, "every_group", by="region", range="2025-03..2025-05") == [("DE", None), ("US", 200)]


def test_or_once_with_no_group(engine: str) -> None:
    """As MetricFlow lays it out: a period in which the metric has nothing at all gets one row."""
    asked: dict[str, Any] = {"grain": "month", "range": "2025-01..2025-04"}
    assert SHOP.rows(engine, "once", by="region", **asked) == [
        (day("2025-01"), "DE", 50),
        (day("2025-01"), "US", 100),
        (day("2025-02"), None, 0),
        (day("2025-03"), None, 0),
        (day("2025-04"), "US", 200),
    ]
    assert SHOP.rows(engine, "once", **asked) == [
        (day(f"2025-0{at}"), worth) for at, worth in ((1, 150), (2, 0), (3, 0), (4, 200))
    ]
    assert SHOP.rows(engine, "twice", **asked) == [
        (day(f"2025-0{at}"), worth) for at, worth in ((1, 300), (2, 0), (3, 0), (4, 400))
    ]
    assert SHOP.value(engine, "once", range="2025-02") == 0


def test_beside_another_metric_each_is_laid_out_alone(engine: str) -> None:
    rows = SHOP.rows(engine, "once_us", "seen", "placed", by="region", grain="month", range="2025-01..2025-05")
    assert rows == [
        (day("2025-01"), "DE", 0, 0, 1),
        (day("2025-01"), "US", 1, 0, 1),
        (day("2025-02"), "US", 0, 1, 0),
        (day("2025-02"), None, 0, 0, 0),
        (day("2025-03"), None, 0, 0, 0),
        (day("2025-04"), "FR", 0, 1, 0),
        (day("2025-04"), "US", 1, 0, 1),
        (day("2025-05"), "DE", 0, 0, 1),
        (day("2025-05"), None, 0, 0, 0),
    ]


@pytest.mark.parametrize(
    ("where", "by", "laid"),
    [
        ("region = 'US'", "region", False),
        ("orders.region = 'US'", "region", False),
        ("region is null or region = 'US'", "region", True),
        ("region = 'US'", (), True),
        ("id < 100", "region", True),
        (Filter("region", ("US",)), "region", False),
        (Filter("region", ("US", None)), "region", True),
        (Filter("region", ("DE",), exclude=True), "region", True),
        (Filter("region", (None,), exclude=True), "region", False),
    ],
)
def test_conditions_on_its_groups_hold_for_what_is_laid_out_once(engine: str, where: Any, by: Any, laid: bool) -> None:
    rows = SHOP.rows(engine, "once", by=by, where=where, grain="month", range="2025-01..2025-04")
    assert ([row[0] for row in rows if row[-1] == 0] == [day("2025-02"), day("2025-03")]) == laid
    assert [row[-1] for row in rows if row[0] == day("2025-04")] == [200]


def test_what_zero_would_not_be_true_of_is_said(engine: str) -> None:
    answer = SHOP.ask(engine, "revenue", "rate", "stock", fill="zero", **MONTHS)
    assert "Rate: unknown where there is nothing to tell it from, not 0" in answer.notes
    assert "Stock: where a period has no day of it, the last day before stands for it" in answer.notes


def test_what_cannot_be_filled_is_refused() -> None:
    with pytest.raises(QueryError) as raised:
        SHOP.ask("duckdb", "revenue", fill="zeros", **MONTHS)
    assert (raised.value.code, raised.value.hint) == ("E_BAD_FILL", 'did you mean "zero"?')
    with pytest.raises(QueryError) as raised:
        SHOP.ask("duckdb", "price", fill="carry", by="metric_time__day_of_week", range="2025")
    assert raised.value.code == "E_BAD_FILL"
    with pytest.raises(QueryError) as raised:
        SHOP.ask("duckdb", "price", fill="carry", having=("price > 1",), **MONTHS)
    assert raised.value.code == "E_BAD_FILL"


@EXAMPLES
@given(
    shop=shops(),
    by=BY,
    grain=GRAIN,
    span=st.sampled_from(["all", *RANGES]),
    fill=st.sampled_from(["null", "zero", "carry"]),
    metrics=st.permutations(FLOWS),
)
def test_filled_is_unfilled_and_more(
    engine: str, shop: Shop, by: Any, grain: str, span: str, fill: str, metrics: list[str]
) -> None:
    """Known values stay, totals stay, each group has each period once, and zero stands only where there are no rows."""
    one = filled(engine, shop)
    plain = asked(one, FLOWS, by=by, grain=grain, range=span)
    full = asked(one, tuple(metrics), by=by, grain=grain, range=span, fill=fill)
    for key, row in plain.items():
        assert {name: full[key][name] for name, value in row.items() if value is not None} == {
            name: value for name, value in row.items() if value is not None
        }
        assert fill == "carry" or full[key]["revenue"] == row["revenue"]
    for key in set(full) - set(plain):
        assert fill == "carry" or full[key]["revenue"] == (0 if fill == "zero" else None)
        assert fill == "carry" or (full[key]["share"], full[key]["least"], full[key]["middle"]) == (None, None, None)
    totals = [
        one.ask(MetricQuery(FLOWS, by=by, grain=grain, range=span, fill=word, totals=True), NOW).totals
        for word in ("", fill)
    ]
    assert totals[0] == totals[1]
    periods = {key[0] for key in full} - {None}
    groups = {key[1:] for key in full if key[0] is not None}
    assert {key for key in full if key[0] is not None} == {(period, *group) for period in periods for group in groups}
