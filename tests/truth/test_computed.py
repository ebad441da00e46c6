"""What is computed from other metrics, worked out by hand: starts of months, first and average days, windows of rates."""

from __future__ import annotations

from decimal import Decimal

import pytest
from pytest import approx

from tests.truth.case import World, day
from truenorth.base.errors import QueryError

SHOP = World(
    """
datasets:
  - name: orders
    source: orders
    primary_key: [id]
    time: at
    fields: [{name: shop}, {name: person}, {name: paid}]
  - {name: visits, source: visits, time: at, fields: [{name: person}]}
metrics:
  - {name: sales, type: simple, dataset: orders, agg: sum, expr: paid}
  - {name: placed, type: simple, dataset: orders, agg: count}
  - {name: buyers, type: simple, dataset: orders, agg: count_distinct, expr: person}
  - {name: visits, type: simple, dataset: visits, agg: count}
  - {name: middle, type: simple, dataset: orders, agg: median, expr: paid, approximate: true}
  - {name: value, type: ratio, numerator: sales, denominator: placed}
  - {name: rate, type: conversion, entity: person, base_metric: visits, conversion_metric: placed, window: 3 days}
  - {name: gap, type: derived, expr: sales - placed, input_metrics: [{name: sales}, {name: placed}]}
  - {name: value_2m, type: cumulative, input_metric: value, window: 2 months}
  - {name: gap_ytd, type: cumulative, input_metric: gap, grain_to_date: year}
  - {name: rate_2m, type: cumulative, input_metric: rate, window: 2 months}
  - {name: sales_ytd, type: cumulative, input_metric: sales, grain_to_date: year}
  - {name: sales_ytd_first, type: cumulative, input_metric: sales, grain_to_date: year, period_agg: first}
  - {name: sales_ytd_mean, type: cumulative, input_metric: sales, grain_to_date: year, period_agg: average}
  - {name: buyers_ytd_first, type: cumulative, input_metric: buyers, grain_to_date: year, period_agg: first}
  - {name: middle_ytd_first, type: cumulative, input_metric: middle, grain_to_date: year, period_agg: first}
  - {name: total, type: cumulative, input_metric: sales}
  - name: at_start
    type: derived
    expr: began
    input_metrics: [{name: sales, alias: began, offset_to_grain: month}]
  - name: since_start
    type: derived
    expr: now - began
    input_metrics: [{name: total, alias: now}, {name: total, alias: began, offset_to_grain: year}]
  - name: month_before
    type: derived
    expr: earlier
    input_metrics: [{name: sales, alias: earlier, offset_window: 1 month}]
  - name: twice_before
    type: derived
    expr: earlier * 1
    input_metrics: [{name: month_before, alias: earlier, offset_window: 1 month}]
  - name: start_of_month_before
    type: derived
    expr: earlier
    input_metrics: [{name: at_start, alias: earlier, offset_window: 1 month}]
  - name: rate_before
    type: derived
    expr: earlier
    input_metrics: [{name: rate, alias: earlier, offset_window: 1 month, filter: person = 'ada'}]
  - name: ytd_before
    type: derived
    expr: earlier
    input_metrics: [{name: sales_ytd, alias: earlier, offset_window: 1 month}]
""",
    orders="""
id integer | at date    | shop text | person text | paid decimal
1          | 2025-01-01 | a         | ada         | 10.00
2          | 2025-01-01 | b         | ben         | 20.00
3          | 2025-01-15 | a         | ada         | 40.00
4          | 2025-02-01 | a         | cy          | 80.00
5          | 2025-02-10 | b         | ada         | 160.00
6          | 2025-04-02 | a         | ada         | 320.00
""",
    visits="at date | person text\n2025-01-01 | ada\n2025-01-31 | cy\n2025-02-11 | ada\n2025-04-01 | ada\n2025-04-02 | ben",
)


def test_the_start_of_a_month_is_its_first_day(engine: str) -> None:
    assert SHOP.rows(engine, "sales", "at_start", grain="day", range="2025-01-14..2025-02-01") == [
        *((day(f"2025-01-{n}"), Decimal("40.00") if n == 15 else None, Decimal("30.00")) for n in range(14, 32)),
        (day("2025-02-01"), Decimal("80.00"), Decimal("80.00")),
    ]
    # A week belongs to the month it begins in; a month begins with its own first day.
    assert SHOP.rows(engine, "at_start", grain="week", range="2025-01-27..2025-02-09") == [
        (day("2025-01-27"), Decimal("30.00")),
        (day("2025-02-03"), Decimal("80.00")),
    ]
    assert SHOP.rows(engine, "at_start", grain="month", range="2025-01..2025-02") == [
        (day("2025-01"), Decimal("30.00")),
        (day("2025-02"), Decimal("80.00")),
    ]


def test_offsets_lie_within_offsets(engine: str) -> None:
    assert SHOP.rows(
        engine, "month_before", "twice_before", "start_of_month_before", grain="month", range="2025-03"
    ) == [(day("2025-03"), Decimal("240.00"), Decimal("70.00"), Decimal("80.00"))]


def test_all_so_far_less_all_at_the_years_first_day(engine: str) -> None:
    assert SHOP.rows(engine, "since_start", grain="month", range="2025-01..2025-02") == [
        (day("2025-01"), Decimal("40.00")),
        (day("2025-02"), Decimal("280.00")),
    ]


def test_the_first_day_or_the_average_day_can_stand_for_a_period(engine: str) -> None:
    # January's days: 30 on the 1st to the 14th, then 70.
    january = (30 * 14 + 70 * 17) / 31
    assert SHOP.rows(engine, "sales_ytd", "sales_ytd_first", "sales_ytd_mean", grain="month", range="2025-01") == [
        (day("2025-01"), Decimal("70.00"), Decimal("30.00"), approx(january))
    ]
    # Shop a has nothing in its year before 1 January, shop b no more than its 20.
    assert SHOP.rows(engine, "sales_ytd_first", by="shop", grain="month", range="2025-02..2025-03") == [
        (day("2025-02"), "a", Decimal("130.00")),
        (day("2025-02"), "b", Decimal("20.00")),
        (day("2025-03"), "a", Decimal("130.00")),
        (day("2025-03"), "b", Decimal("180.00")),
    ]
    assert SHOP.rows(engine, "buyers_ytd_first", "middle_ytd_first", grain="quarter", range="2025-Q1..2025-Q2") == [
        (day("2025-01"), 2, approx(15, rel=0.01)),
        (day("2025-04"), 3, approx(40, rel=0.01)),
    ]
    assert SHOP.rows(engine, "sales_ytd_first", grain="day", range="2025-01-15") == [
        (day("2025-01-15"), Decimal("70.00"))
    ]
    assert SHOP.rows(engine, "sales_ytd_first", range="2025-01") == [(Decimal("70.00"),)]


def test_rates_are_taken_over_the_window_never_averaged(engine: str) -> None:
    assert SHOP.rows(engine, "value_2m", "gap_ytd", grain="month", range="2025-01..2025-03") == [
        (day("2025-01"), approx(70 / 3), 67),
        (day("2025-02"), approx(310 / 5), 305),
        (day("2025-03"), approx(120), 305),
    ]
    # Ada's and cy's first visits led to orders, ada's of 11 February and ben's did not.
    assert SHOP.rows(engine, "rate_2m", grain="month", range="2025-02..2025-04") == [
        (day("2025-02"), approx(2 / 3)),
        (day("2025-03"), 0.0),
        (day("2025-04"), 0.5),
    ]


def test_filters_of_inputs_and_questions_act_once_each(engine: str) -> None:
    assert SHOP.rows(engine, "rate_before", grain="month", range="2025-02") == [(day("2025-02"), 1.0)]
    assert SHOP.rows(engine, "rate_before", grain="month", range="2025-02", where="person = 'cy'") == []


def test_to_date_a_month_earlier(engine: str) -> None:
    assert SHOP.rows(engine, "ytd_before", "sales_ytd", grain="month", range="2025-02..2025-02") == [
        (day("2025-02"), Decimal("70.00"), Decimal("310.00"))
    ]


LEVELS = """
datasets: [{name: days, source: days, time: day}]
metrics:
  - {name: stock, type: snapshot, dataset: days, agg: sum, expr: units, non_additive_dimension: {name: day}}
  - {name: came, type: simple, dataset: days, agg: sum, expr: units}
  - {name: all_came, type: cumulative, input_metric: came}
"""


def test_windows_of_levels_and_windows_are_refused(engine: str) -> None:
    world = World(LEVELS, days="day date | units integer\n2025-01-01 | 1")
    runner = world.on(engine)
    model = runner.catalog.model
    from msgspec.structs import replace

    for name, said in (("stock", "is a level"), ("all_came", "once more")):
        made = replace(model.metrics["all_came"], name="again", input_metric=name)
        runner.catalog.model = replace(model, metrics={**model.metrics, "again": made})
        with pytest.raises(QueryError, match=said) as caught:
            world.ask(engine, "again", range=f"2025-0{len(name) % 9 + 1}")
        assert caught.value.code == "E_UNSAFE_REAGGREGATION"


FRACTIONS = World(
    """
datasets:
  - {name: boxes, source: boxes, time: at, fields: [{name: pieces}]}
metrics:
  - {name: pieces, type: simple, dataset: boxes, agg: sum, expr: pieces}
  - {name: boxes, type: simple, dataset: boxes, agg: count}
  - {name: tenth, type: derived, expr: pieces * 0.1, input_metrics: [{name: pieces}]}
  - {name: over, type: derived, expr: pieces - 0.5 * boxes, input_metrics: [{name: pieces}, {name: boxes}]}
""",
    boxes="""
        at date    | pieces integer
        2025-01-01 | 40
        2025-01-02 | 55
        2025-01-03 |
        """,
)


def test_sums_of_whole_numbers_are_multiplied_with_fractions(engine: str) -> None:
    [(tenth, over)] = FRACTIONS.rows(engine, "tenth", "over", range="all")
    assert (float(tenth), float(over)) == (approx(9.5), approx(93.5))
