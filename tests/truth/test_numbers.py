"""Numbers as such: cents that add up, integers that do not overflow, percentiles interpolated, averages of everything."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from pytest import approx

from tests.truth.case import Rows, World, day

MONEY = World(
    """
datasets:
  - name: sales
    source: sales
    time: day
    fields:
      - {name: paid, unit: currency}
      - {name: price, unit: currency}
      - {name: loose}
      - {name: net, expr: price - fee, unit: currency}
      - {name: shop}
metrics:
  - {name: floats, type: simple, dataset: sales, agg: sum, expr: paid}
  - {name: by_unit, type: simple, dataset: sales, agg: sum, expr: loose, unit: currency}
  - {name: plain_floats, type: simple, dataset: sales, agg: sum, expr: loose}
  - {name: decimals, type: simple, dataset: sales, agg: sum, expr: price, unit: currency}
  - {name: nets, type: simple, dataset: sales, agg: sum, expr: net, unit: currency}
  - {name: product, type: simple, dataset: sales, agg: sum, expr: price * 3, unit: currency}
  - {name: taxed, type: simple, dataset: sales, agg: sum, expr: paid * 1.19, unit: currency}
  - {name: sales_made, type: simple, dataset: sales, agg: count}
  - {name: fees, type: simple, dataset: sales, agg: sum, expr: fee}
  - {name: average_price, type: simple, dataset: sales, agg: avg, expr: price, unit: currency}
  - {name: floats_to_date, type: cumulative, input_metric: floats}
  - {name: margin, type: derived, expr: decimals - fees, input_metrics: [{name: decimals}, {name: fees}], unit: currency}
  - {name: per_sale, type: ratio, numerator: floats, denominator: sales_made, unit: currency}
""",
    sales=Rows(
        {"day": "date", "shop": "text", "paid": "float", "loose": "float", "price": "decimal", "fee": "decimal"},
        [(date(2025, 1, 1 + n % 28), "ab"[n % 2], 0.1, 0.1, Decimal("0.10"), Decimal("0.03")) for n in range(1000)],
    ),
)


@pytest.mark.parametrize(
    ("metric", "wanted"),
    [
        ("floats", "100.00"),
        ("by_unit", "100.00"),
        ("decimals", "100.00"),
        ("nets", "70.00"),
        ("product", "300.00"),
        ("taxed", "119.00"),
        ("floats_to_date", "100.00"),
        ("margin", "70.00"),
    ],
)
def test_money_adds_up_to_the_cent(engine: str, metric: str, wanted: str) -> None:
    """A thousand times ten cents, kept as floats or as decimals."""
    value = MONEY.value(engine, metric)
    assert isinstance(value, Decimal)
    assert str(value) == wanted
    assert sum(part for _, part in MONEY.rows(engine, metric, by="shop")) == Decimal(wanted)  # type: ignore[misc]
    daily = MONEY.rows(engine, metric, grain="day", range="2025-01-28")
    if metric != "floats_to_date":
        assert daily == [(day("2025-01-28"), Decimal(wanted) * 35 / 1000)]


def test_what_is_not_money_stays_a_float(engine: str) -> None:
    assert MONEY.value(engine, "plain_floats") == approx(100)


def test_money_that_is_divided_stays_decimal(engine: str) -> None:
    assert MONEY.value(engine, "average_price") == Decimal("0.1")
    assert MONEY.value(engine, "per_sale") == Decimal("0.1")


def test_a_sum_of_all_values_equals_its_parts_exactly(engine: str) -> None:
    rows = MONEY.rows(engine, "floats", grain="day")
    assert sum(value for _, value in rows) == MONEY.value(engine, "floats")  # type: ignore[misc]


BIG = World(
    """
datasets:
  - {name: counters, source: counters, time: day, fields: [{name: n}, {name: tiny}, {name: flag}, {name: rate}]}
metrics:
  - {name: total, type: simple, dataset: counters, agg: sum, expr: n}
  - {name: most, type: simple, dataset: counters, agg: max, expr: n}
  - {name: kinds, type: simple, dataset: counters, agg: count_distinct, expr: n}
  - {name: negative, type: simple, dataset: counters, agg: sum, expr: 0 - n}
  - {name: total_to_date, type: cumulative, input_metric: total}
  - {name: kinds_to_date, type: cumulative, input_metric: kinds}
  - {name: rates, type: simple, dataset: counters, agg: sum, expr: rate}
  - {name: ups, type: simple, dataset: counters, agg: avg, expr: case when flag then 1.0 else 0.0 end}
  - {name: ups_counted, type: simple, dataset: counters, agg: count, filter: flag}
  - {name: downs_counted, type: simple, dataset: counters, agg: count, filter: not flag}
""",
    counters="""
        day date   | n integer           | flag boolean | rate float
        2025-01-01 | 9007199254740993    | true         | 1e300
        2025-01-01 | 9223372036854775807 | false        | -1e300
        2025-01-02 | 9223372036854775807 | true         | 1.5
        2025-01-03 |                     |              |
    """,
)
LARGEST = 9223372036854775807


def test_integers_of_any_size_are_exact(engine: str) -> None:
    assert BIG.value(engine, "total") == 2 * LARGEST + 9007199254740993
    assert BIG.value(engine, "negative") == -2 * LARGEST - 9007199254740993
    assert BIG.value(engine, "most") == LARGEST
    assert BIG.value(engine, "kinds") == 2
    rows = BIG.rows(engine, "total_to_date", "kinds_to_date", grain="day")
    assert rows == [
        (day("2025-01-01"), LARGEST + 9007199254740993, 2),
        (day("2025-01-02"), 2 * LARGEST + 9007199254740993, 2),
        (day("2025-01-03"), 2 * LARGEST + 9007199254740993, 2),
    ]


def test_flags_and_large_floats(engine: str) -> None:
    assert BIG.value(engine, "ups") == approx(0.5)
    assert BIG.rows(engine, "ups_counted", "downs_counted") == [(2, 1)]
    assert BIG.value(engine, "rates") == approx(1.5)


SPREAD = World(
    """
datasets:
  - {name: loads, source: loads, time: day, fields: [{name: ms}, {name: page}]}
metrics:
  - {name: p0, type: simple, dataset: loads, agg: percentile, percentile: 0, expr: ms}
  - {name: p10, type: simple, dataset: loads, agg: percentile, percentile: 0.1, expr: ms}
  - {name: p50, type: simple, dataset: loads, agg: percentile, percentile: 0.5, expr: ms}
  - {name: middle, type: simple, dataset: loads, agg: median, expr: ms}
  - {name: p75, type: simple, dataset: loads, agg: percentile, percentile: 0.75, expr: ms}
  - {name: p95, type: simple, dataset: loads, agg: percentile, percentile: 0.95, expr: ms}
  - {name: p100, type: simple, dataset: loads, agg: percentile, percentile: 1, expr: ms}
  - {name: slow_p50, type: simple, dataset: loads, agg: percentile, percentile: 0.5, expr: ms, filter: ms > 100}
  - {name: mean, type: simple, dataset: loads, agg: avg, expr: ms}
  - {name: p50_ever, type: cumulative, input_metric: p50}
""",
    loads="""
        day date   | page text | ms integer
        2025-01-01 | a         | 10
        2025-01-01 | a         | 20
        2025-01-01 | a         | 30
        2025-01-01 | a         | 40
        2025-01-01 | a         | 1000
        2025-01-01 | a         |
        2025-01-02 | b         | 7
        2025-01-02 | c         |
    """,
)


@pytest.mark.parametrize(
    ("metric", "a", "b"),
    [
        ("p0", 10, 7),
        ("p10", 14, 7),
        ("p50", 30, 7),
        ("middle", 30, 7),
        ("p75", 40, 7),
        ("p95", 808, 7),  # 0.8 of the way from 40 to 1000
        ("p100", 1000, 7),
        ("slow_p50", 1000, None),
        ("mean", 220, 7),
    ],
)
def test_percentiles_are_interpolated_between_neighbours(engine: str, metric: str, a: Any, b: Any) -> None:
    rows = dict(SPREAD.rows(engine, metric, "mean", by="page") and SPREAD.rows(engine, metric, by="page"))
    assert rows["a"] == approx(a)
    assert rows.get("b") == (b if b is None else approx(b))
    assert rows.get("c") is None
    assert rows["a"] == approx(SPREAD.value(engine, metric, where="page = 'a'"))


def test_a_percentile_to_date_sees_every_value(engine: str) -> None:
    """10 20 30 40 1000 and then 7 as well: the middle of six is between 20 and 30."""
    rows = SPREAD.rows(engine, "p50_ever", grain="day")
    assert rows == [(day("2025-01-01"), approx(30)), (day("2025-01-02"), approx(25))]


RATIOS = World(
    """
datasets:
  - {name: visits, source: visits, time: day, fields: [{name: bought}, {name: device}, {name: bot}]}
metrics:
  - {name: visits_made, type: simple, dataset: visits, agg: count}
  - {name: purchases, type: simple, dataset: visits, agg: count, filter: bought}
  - {name: conversion, type: ratio, numerator: purchases, denominator: visits_made, unit: percent}
  - {name: human_conversion, type: ratio, numerator: purchases, denominator: visits_made, filter: not bot}
  - {name: twice, type: derived, expr: conversion * 2 + 1, input_metrics: [{name: conversion}]}
  - name: phone_share
    type: derived
    expr: phones / visits
    input_metrics: [{name: visits_made, alias: phones, filter: device = 'phone'}, {name: visits_made, alias: visits}]
  - name: human_phone_share
    type: derived
    expr: phones / visits
    filter: not bot
    input_metrics: [{name: visits_made, alias: phones, filter: device = 'phone'}, {name: visits_made, alias: visits}]
  - {name: conversion_gap, type: derived, expr: a - b, input_metrics: [{name: human_conversion, alias: a}, {name: conversion, alias: b}]}
""",
    visits="""
        day date   | device text | bought boolean | bot boolean
        2025-01-01 | phone       | true           | false
        2025-01-01 | phone       | false          | false
        2025-01-01 | phone       | false          | true
        2025-01-01 | desk        | true           | false
        2025-01-02 | desk        | false          | true
        2025-01-02 |             |                | false
    """,
)


@pytest.mark.parametrize(
    ("metric", "wanted", "phone"),
    [
        ("conversion", 2 / 6, 1 / 3),
        ("human_conversion", 2 / 4, 1 / 2),
        ("twice", 5 / 3, 5 / 3),
        ("phone_share", 3 / 6, 1),
        ("human_phone_share", 2 / 4, 1),
        ("conversion_gap", 1 / 6, 1 / 6),
    ],
)
def test_filters_apply_inside_before_dividing(engine: str, metric: str, wanted: float, phone: float) -> None:
    assert RATIOS.value(engine, metric) == approx(wanted)
    assert RATIOS.value(engine, metric, where="device = 'phone'") == approx(phone)
    assert dict(RATIOS.rows(engine, metric, by="device"))["phone"] == approx(phone)
    together = RATIOS.ask(engine, metric, "conversion", "human_conversion", "phone_share", by="device")
    assert together.table.where(device="phone").column(metric)[0] == approx(phone)


def test_filters_of_one_metric_do_not_bleed_into_another(engine: str) -> None:
    [row] = RATIOS.rows(engine, "human_conversion", "conversion", "visits_made", "purchases")
    assert row == (approx(0.5), approx(1 / 3), 6, 2)


def test_an_order_by_a_count_sees_the_zero(engine: str) -> None:
    """Groups of which a count has no rows are worth 0, and sorted as 0."""
    world = World(
        """
datasets:
  - {name: a, source: a, fields: [{name: k}]}
  - {name: b, source: b, fields: [{name: k}]}
  - {name: keys, source: keys, primary_key: [k], fields: [{name: word}]}
relationships:
  - {name: a_key, from: a, to: keys, from_columns: [k], to_columns: [k]}
  - {name: b_key, from: b, to: keys, from_columns: [k], to_columns: [k]}
metrics:
  - {name: in_a, type: simple, dataset: a, agg: sum, expr: n, fill_nulls_with: 0}
  - {name: in_b, type: simple, dataset: b, agg: count}
""",
        keys="k integer | word text\n1 | one\n2 | two\n3 | three",
        a="k integer | n integer\n1 | 5\n2 | -5",
        b="k integer | n integer\n3 | 1\n3 | 1\n1 | 1",
    )
    rows = world.rows(engine, "in_a", "in_b", by="word", order="in_a")
    assert rows == [("two", -5, 0), ("three", 0, 2), ("one", 5, 1)]
    rows = world.rows(engine, "in_a", "in_b", by="word", order=("in_b", "-word"))
    assert rows == [("two", -5, 0), ("one", 5, 1), ("three", 0, 2)]
