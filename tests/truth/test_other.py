"""The first groups and the rest in one row, worked by hand for every kind of metric, and against plain Python."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest import approx

from tests.truth import naive
from tests.truth.case import Rows, World, day
from tests.truth.naive import FLOWS, Shop
from tests.truth.test_properties import EXAMPLES, GRAIN, NOW, RANGES, filled, shops
from truenorth.base.errors import QueryError
from truenorth.export.csv import to_csv
from truenorth.export.json import as_dict
from truenorth.export.markdown import to_markdown
from truenorth.export.picture import to_svg
from truenorth.export.text import to_text
from truenorth.query.request import Filter, MetricQuery

SHOP = World(
    """
datasets:
  - {name: customers, source: customers, primary_key: [id], fields: [{name: region}]}
  - {name: orders, source: orders, primary_key: [id], time: day, fields: [{name: status}, {name: amount}]}
  - {name: lines, source: lines, fields: [{name: sku}]}
  - {name: stocks, source: stocks, time: day, fields: [{name: region}]}
relationships:
  - {name: order_customer, from: orders, to: customers, from_columns: [customer_id], to_columns: [id]}
  - {name: line_order, from: lines, to: orders, from_columns: [order_id], to_columns: [id]}
metrics:
  - {name: revenue, type: simple, dataset: orders, agg: sum, expr: amount}
  - {name: placed, type: simple, dataset: orders, agg: count}
  - {name: refunded, type: simple, dataset: orders, agg: count, filter: status = 'refunded'}
  - {name: buyers, type: simple, dataset: orders, agg: count_distinct, expr: customer_id}
  - {name: middle, type: simple, dataset: orders, agg: median, expr: amount}
  - {name: average, type: simple, dataset: orders, agg: avg, expr: amount}
  - {name: refund_rate, type: ratio, numerator: refunded, denominator: placed}
  - {name: revenue_ytd, type: cumulative, input_metric: revenue, grain_to_date: year}
  - {name: buyers_60, type: cumulative, input_metric: buyers, window: 60 days}
  - {name: growth, type: derived, expr: cur - prev, input_metrics: [{name: revenue, alias: cur}, {name: revenue, alias: prev, offset_window: 1 month}]}
  - {name: stock, type: snapshot, dataset: stocks, agg: sum, expr: units, non_additive_dimension: {name: day}}
""",
    customers="""
        id integer | region text
        1          | US
        2          | other
        3          | DE
        4          | FR
        5          |
    """,
    orders="""
        id integer | customer_id integer | day date   | amount integer | status text
        1          | 1                   | 2025-01-05 | 100            | paid
        2          | 1                   | 2025-01-20 | 50             | refunded
        3          | 2                   | 2025-02-10 | 200            | paid
        4          | 3                   | 2025-02-11 | 300            | paid
        5          | 99                  | 2025-02-12 | 10             | refunded
        6          | 5                   | 2025-02-13 | 6              | paid
        7          | 4                   | 2025-02-14 | 40             | paid
        8          | 1                   | 2025-02-15 | 20             | paid
    """,
    lines="""
        order_id integer | sku text
        1                | a
        1                | b
        2                | a
        3                | b
        3                | c
        4                | c
        4                | d
    """,
    stocks="""
        day date   | region text | units integer
        2025-01-31 | US          | 5
        2025-01-31 | DE          | 7
        2025-01-31 |             | 1
        2025-02-28 | DE          | 9
        2025-02-28 | FR          | 2
        2025-02-28 | other       | 4
    """,
)
YEAR = {"range": "2025-01..2025-02", "by": "region", "limit": 2, "other": True}


def rest(engine: str, metric: str, **asked: Any) -> Any:
    """What stands for all groups but the first two, which are DE with 300 and "other" with 200."""
    answer = SHOP.ask(engine, "revenue", metric, **{**YEAR, "order": "-revenue", **asked})
    assert [row[:3] for row in answer.table.rows] == [
        ("DE", "group", 300),
        ("other", "group", 200),
        (None, "other", 226),
    ]
    return answer.table.dicts()[-1][metric]


@pytest.mark.parametrize(
    ("metric", "value"),
    [
        ("placed", 6),
        ("buyers", 4),
        ("middle", 30),
        ("average", 226 / 6),
        ("refund_rate", 2 / 6),
        ("revenue_ytd", 226),
        ("buyers_60", 4),
        ("stock", 2),
    ],
)
def test_the_rest_is_counted_from_the_rows(engine: str, metric: str, value: float) -> None:
    """Orders 1, 2, 5, 6, 7, 8; the customers 1, 99, 5 and 4; of the last day's stock only FR's."""
    assert rest(engine, metric) == approx(value)


def test_a_group_called_other_and_the_none_group_stay_what_they_are(engine: str) -> None:
    rows = SHOP.rows(engine, "placed", **{**YEAR, "limit": 3, "order": "region"})
    assert rows == [("DE", "group", 1), ("FR", "group", 1), ("US", "group", 3), (None, "other", 3)]
    rows = SHOP.rows(engine, "placed", **{**YEAR, "order": "-placed"})
    assert rows == [("US", "group", 3), (None, "group", 2), (None, "other", 3)]


def test_the_first_are_the_first_over_the_whole_range(engine: str) -> None:
    """In January only US sold; first over both months are DE and the group called "other"."""
    rows = SHOP.rows(engine, "revenue", **{**YEAR, "grain": "month"})
    assert rows == [
        (day("2025-01"), None, "other", 150),
        (day("2025-02"), "DE", "group", 300),
        (day("2025-02"), "other", "group", 200),
        (day("2025-02"), None, "other", 76),
    ]


def test_filled_every_period_has_every_row(engine: str) -> None:
    rows = SHOP.rows(engine, "revenue", **{**YEAR, "grain": "month", "fill": True})
    assert [row[1:] for row in rows if row[0] == day("2025-01")] == [
        ("DE", "group", None),
        ("other", "group", None),
        (None, "other", 150),
    ]


def test_a_row_counts_once_in_the_rest(engine: str) -> None:
    """First are c (500) and b (300, as d); of orders 1, 2, 4 and those without lines each counts once in the rest."""
    answer = SHOP.ask(engine, "revenue", "placed", by="sku", limit=2, other=True, range="2025", totals=True)
    assert answer.table.rows == (("c", "group", 500, 2), ("b", "group", 300, 2), (None, "other", 526, 7))
    assert answer.totals == {"revenue": 726, "placed": 8}
    assert any("do not add up to the total" in note and "sku" in note for note in answer.notes)
    assert not any("row__kind" in note for note in answer.notes)


def test_two_dimensions_are_folded_together(engine: str) -> None:
    rows = SHOP.rows(engine, "revenue", **{**YEAR, "by": ("region", "status")})
    assert rows == [("DE", "paid", "group", 300), ("other", "paid", "group", 200), (None, None, "other", 226)]


def test_with_a_comparison_and_totals(engine: str) -> None:
    answer = SHOP.ask(engine, "revenue", **{**YEAR, "range": "2025-02", "vs": "prev", "totals": True})
    rows = answer.table.dicts()
    assert [(row["region"], row["row__kind"], row["revenue"], row["revenue__previous"]) for row in rows] == [
        ("DE", "group", 300, None),
        ("other", "group", 200, None),
        (None, "other", 76, 150),
    ]
    assert (answer.totals["revenue"], answer.totals["revenue__previous"]) == (576, 150)


def test_by_the_greatest_change(engine: str) -> None:
    asked = {**YEAR, "range": "2025-02", "vs": "prev", "limit": 1, "order": "revenue__change"}
    assert SHOP.rows(engine, "revenue", **asked)[0][:4] == ("US", "group", 20, 150)


def test_when_all_groups_are_among_the_first_there_is_no_rest(engine: str) -> None:
    answer = SHOP.ask(engine, "revenue", **{**YEAR, "limit": 9})
    assert set(answer.table.column("row__kind")) == {"group"} and len(answer.table) == 5
    assert answer.notes == ()


def test_of_no_group_at_all_everything_is_the_rest(engine: str) -> None:
    assert SHOP.rows(engine, "revenue", "buyers", **{**YEAR, "limit": 0}) == [(None, "other", 726, 6)]


def test_parts_and_the_rest_under_a_condition(engine: str) -> None:
    asked = {**YEAR, "where": (Filter("status", ("paid",)), "amount < 250"), "totals": True}
    answer = SHOP.ask(engine, "revenue", **asked)
    assert answer.table.rows == (("other", "group", 200), ("US", "group", 120), (None, "other", 46))
    assert answer.totals == {"revenue": 366}


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"by": "region"}, "there is none"),
        ({"limit": 3}, "there are none"),
        ({"limit": 3, "grain": "month"}, "there are none"),
        ({"limit": 3, "by": "region", "subtotals": True}, "subtotals"),
    ],
)
def test_what_has_no_rest_is_refused(asked: dict[str, Any], message: str) -> None:
    with pytest.raises(QueryError) as raised:
        SHOP.ask("duckdb", "revenue", other=True, **asked)
    assert raised.value.code == "E_BAD_OTHER" and message in raised.value.message


def test_every_face_tells_the_rest_apart() -> None:
    answer = SHOP.ask("duckdb", "revenue", **YEAR)
    assert to_csv(answer) == "region,row__kind,revenue\nDE,group,300\nother,group,200\n,other,226\n"
    assert as_dict(answer)["rows"][-1] == {"region": None, "row__kind": "other", "revenue": 226}
    assert as_dict(answer)["columns"][1] == {"name": "row__kind", "role": "row", "label": "Row"}
    assert to_text(answer).splitlines()[2:5] == ["DE           300", "other        200", "(other)      226"]
    assert to_markdown(answer).splitlines()[4] == "| (other) | 226 |"
    assert ">(other)<" in to_svg(answer)


def test_explain_shows_the_groups_that_stand_for_themselves() -> None:
    _, statement = SHOP.on("duckdb").compile(MetricQuery(("revenue",), by=("region",), limit=2, other=True), SHOP.now)
    assert "IN ('DE', 'other')" in statement.sql


KINDS = (
    "sees",
    "people",
    "exact",
    "near",
    "opening",
    "closing",
    "rate",
    "people_28",
    "near_28",
    "people_28_mean",
    "growth",
    "since_january",
    "level",
)
EVENTS = World(
    """
datasets:
  - {name: events, source: events, primary_key: [id], time: at, fields: [{name: region}, {name: kind}, {name: who}, {name: n}]}
metrics:
  - {name: sees, type: simple, dataset: events, agg: count, filter: kind = 'see'}
  - {name: buys, type: simple, dataset: events, agg: count, filter: kind = 'buy'}
  - {name: people, type: simple, dataset: events, agg: count_distinct, expr: who}
  - {name: exact, type: simple, dataset: events, agg: percentile, percentile: 0.9, expr: n}
  - {name: near, type: simple, dataset: events, agg: percentile, percentile: 0.9, approximate: true, expr: n}
  - {name: opening, type: simple, dataset: events, agg: first, expr: n}
  - {name: closing, type: simple, dataset: events, agg: last, expr: n}
  - {name: rate, type: conversion, entity: who, base_metric: sees, conversion_metric: buys, window: 7 days}
  - {name: every_buy, type: conversion, entity: who, base_metric: sees, conversion_metric: buys, window: 7 days, calculation: conversions, count_by: conversion}
  - {name: people_28, type: cumulative, input_metric: people, window: 28 days}
  - {name: near_28, type: cumulative, input_metric: near, window: 28 days}
  - {name: people_28_mean, type: cumulative, input_metric: people, window: 28 days, period_agg: average}
  - {name: growth, type: derived, expr: cur / prev, input_metrics: [{name: people, alias: cur}, {name: people, alias: prev, offset_window: 1 month}]}
  - {name: since_january, type: derived, expr: cur - prev, input_metrics: [{name: people, alias: cur}, {name: people, alias: prev, offset_to_grain: year}]}
  - {name: level, type: snapshot, dataset: events, agg: sum, expr: n, non_additive_dimension: {name: at}}
""",
    now=datetime(2025, 3, 22),
    events=Rows(
        {"id": "integer", "who": "integer", "at": "timestamp", "kind": "text", "region": "text", "n": "integer"},
        [
            (
                at,
                at * 7 % 11 or None,
                datetime(2025, 1, 1) + timedelta(hours=at * 37 % (24 * 80)),
                "buy" if at % 3 else "see",
                ["US", "DE", "US", "other", None, "FR", "DE", "IT"][at * 5 % 8],
                at * 13 % 101,
            )
            for at in range(300)
        ],
    ),
)


@pytest.mark.parametrize("grain", ["", "month"])
@pytest.mark.parametrize("metric", KINDS)
def test_the_rest_of_every_kind_is_the_question_without_the_first(engine: str, metric: str, grain: str) -> None:
    asked: dict[str, Any] = {"range": "2025-01..2025-03", "grain": grain}
    first = [row[0] for row in EVENTS.rows(engine, "sees", by="region", range="2025", order="-sees", limit=2)]
    answer = EVENTS.ask(engine, "sees", metric, by="region", order="-sees", limit=2, other=True, **asked)
    found = [row[metric] for row in answer.table.dicts() if row["row__kind"] == "other"]
    without = EVENTS.ask(engine, metric, where=Filter("region", tuple(first), exclude=True), **asked)
    wanted = [approx(value) for value in without.table.column(metric) if value is not None]
    assert [value for value in found if value is not None] == wanted and wanted
    assert len(found) == (3 if grain else 1)


def test_conversions_that_are_counted_once_each_add_up_with_the_rest(engine: str) -> None:
    """Of several sights the latest has the conversion, whichever group it is in: parts and rest make the total."""
    answer = EVENTS.ask(engine, "every_buy", by="region", limit=2, other=True, range="2025", totals=True)
    assert sum(answer.table.column("every_buy")) == answer.totals["every_buy"]  # type: ignore[arg-type]


def test_over_several_time_columns_the_first_are_the_same_and_the_rest_comes_last(engine: str) -> None:
    by = ("metric_time__quarter", "metric_time__month", "region")
    rows = EVENTS.rows(engine, "sees", by=by, limit=1, other=True, range="2025-01..2025-03", order="-sees")
    assert [row[1:4] for row in rows] == [
        found
        for at in (1, 2, 3)
        for found in ((day(f"2025-0{at}"), "DE", "group"), (day(f"2025-0{at}"), None, "other"))
    ]


SOME = st.lists(st.sampled_from(["region", "status", "sku"]), unique=True, min_size=1, max_size=2).map(tuple)


def folded(shop: Shop, metric: str, by: Any, grain: str, span: tuple[date, date] | None, first: set[Any]) -> Any:
    """A metric by period and group, all groups but some as one, in plain Python."""
    inside = [one for one in shop.orders if span is None or (one.day is not None and span[0] <= one.day <= span[1])]
    found: dict[Any, list[naive.Order]] = {}
    for order in inside:
        period = (naive.begins(order.day, grain) if order.day else None,) if grain else ()
        for group in {one if one in first else "the rest" for one in shop.groups(order, by)}:
            found.setdefault((*period, group), []).append(order)
    return {key: naive.worth(metric, orders) for key, orders in found.items()}


@EXAMPLES
@given(
    shop=shops(),
    by=SOME,
    grain=st.one_of(st.just(""), GRAIN),
    span=st.sampled_from(["all", *RANGES]),
    limit=st.integers(0, 3),
    metric=st.sampled_from(["revenue", "placed", "buyers"]),
)
def test_the_rest_is_what_plain_python_says(
    engine: str, shop: Shop, by: Any, grain: str, span: str, limit: int, metric: str
) -> None:
    one = filled(engine, shop)
    whole = one.ask(MetricQuery((metric,), by=by, range=span, order=(f"-{metric}",), limit=limit), NOW)
    first = {row[: len(by)] for row in whole.table.rows}
    query = MetricQuery(FLOWS, by=by, grain=grain, range=span, order=(f"-{metric}",), limit=limit, other=True)
    rows = one.ask(query, NOW).table.dicts()
    for name in FLOWS:
        wanted = folded(shop, name, by, grain, RANGES.get(span), first)
        found = {}
        for row in rows:
            group: Any = tuple(row[part] for part in by) if row["row__kind"] == "group" else "the rest"
            found[(row[f"metric_time__{grain}"], group) if grain else (group,)] = row[name]
        assert set(found) == set(wanted)
        for key, value in wanted.items():
            assert (found[key] is None) == (value is None) and (value is None or found[key] == approx(value))
