"""Conversions worked out by hand: what counts, when, for whom, and that no rate passes 100 %."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from tests.truth.case import World, day
from truenorth.base.errors import QueryError

# Ada visits twice and buys twice, Ben buys before he visits, Cy has no name, Dot waits too long, Eve never buys.
DEFINITIONS = """
datasets:
  - {name: visits, source: visits, primary_key: [id], time: at, fields: [{name: person}, {name: channel}, {name: plan}]}
  - {name: buys, source: buys, time: at, fields: [{name: person}, {name: plan}, {name: paid}]}
  - {name: people, source: people, primary_key: [name], fields: [{name: region}]}
relationships:
  - {name: visit_person, from: visits, to: people, from_columns: [person], to_columns: [name]}
metrics:
  - {name: visits, type: simple, dataset: visits, agg: count}
  - {name: visitors, type: simple, dataset: visits, agg: count_distinct, expr: person}
  - {name: buys, type: simple, dataset: buys, agg: count}
  - {name: big_buys, type: simple, dataset: buys, agg: count, filter: paid >= 20}
  - {name: sales, type: simple, dataset: buys, agg: sum, expr: paid}
  - {name: rate, type: conversion, entity: person, base_metric: visits, conversion_metric: buys, window: 7 days}
  - name: converted
    type: conversion
    entity: person
    base_metric: visits
    conversion_metric: buys
    window: 7 days
    calculation: conversions
  - {name: rate_ever, type: conversion, entity: person, base_metric: visits, conversion_metric: buys}
  - {name: people_rate, type: conversion, entity: person, base_metric: visitors, conversion_metric: buys, window: 7 days}
  - {name: big_rate, type: conversion, entity: person, base_metric: visits, conversion_metric: big_buys, window: 7 days}
  - {name: web_rate, type: conversion, entity: person, base_metric: visits, conversion_metric: buys, filter: channel = 'web'}
  - name: same_plan
    type: conversion
    entity: person
    base_metric: visits
    conversion_metric: buys
    window: 7 days
    calculation: conversions
    constant_properties: [{base_property: plan, conversion_property: plan}]
  - name: per_buy
    type: conversion
    entity: person
    base_metric: visits
    conversion_metric: buys
    window: 7 days
    calculation: conversions
    count_by: conversion
  - name: per_buy_rate
    type: conversion
    entity: person
    base_metric: visits
    conversion_metric: buys
    window: 7 days
    count_by: conversion
  - name: sales_after
    type: conversion
    entity: person
    base_metric: visits
    conversion_metric: sales
    window: 7 days
    calculation: conversions
    count_by: conversion
  - name: rate_before
    type: derived
    expr: earlier
    input_metrics: [{name: rate, alias: earlier, offset_window: 1 month}]
"""
VISITS = """
id integer | person text | at timestamp        | channel text | plan text
1          | Ada         | 2025-01-05T10:00:00 | web          | pro
2          | Ada         | 2025-01-06T10:00:00 | mail         | free
3          | Ben         | 2025-01-05T12:00:00 | web          | pro
4          |             | 2025-01-05T13:00:00 | web          | pro
5          | Dot         | 2025-01-10T09:00:00 | web          | free
6          | Eve         | 2025-01-31T12:00:00 | mail         | free
7          | Flo         | 2025-01-31T12:00:00 | web          | pro
8          | Gil         | 2025-02-10T09:00:00 |              | pro
9          | Hal         |                     | web          | pro
"""
BUYS = """
person text | at timestamp        | plan text | paid integer
Ada         | 2025-01-06T11:00:00 | pro       | 10
Ada         | 2025-01-07T11:00:00 | pro       | 20
Ben         | 2025-01-05T11:59:59 | pro       | 40
            | 2025-01-06T00:00:00 | pro       | 80
Dot         | 2025-01-17T09:00:00 | free      | 160
Flo         | 2025-02-01T00:00:00 | pro       | 320
Gil         | 2025-02-10T09:00:00 | free      | 640
Hal         | 2025-02-11T00:00:00 | pro       | 1280
Eve         |                     | free      | 2560
"""
PEOPLE = "name text | region text\nAda | US\nBen | US\nDot | DE\nFlo | DE\nGil |"
EVENTS = World(DEFINITIONS, visits=VISITS, buys=BUYS, people=PEOPLE)


def test_a_base_event_that_converted_counts_once(engine: str) -> None:
    # 1, 2 (Ada), 7 (Flo, a month later), 8 (Gil, at the very moment). 5 is one second too late; 9 has no time.
    assert EVENTS.value(engine, "converted") == 4
    assert EVENTS.value(engine, "rate") == pytest.approx(4 / 9)
    assert EVENTS.value(engine, "rate_ever") == pytest.approx(5 / 9)


def test_conversions_after_the_range_still_count_for_its_base_events(engine: str) -> None:
    assert EVENTS.value(engine, "converted", range="2025-01") == 3
    assert EVENTS.value(engine, "rate", range="2025-01") == pytest.approx(3 / 7)
    assert EVENTS.rows(engine, "visits", "converted", "rate", grain="month", range="2025-01..2025-02") == [
        (day("2025-01"), 7, 3, pytest.approx(3 / 7)),
        (day("2025-02"), 1, 1, 1.0),
    ]


def test_it_is_grouped_by_the_base_event_and_what_it_points_to(engine: str) -> None:
    assert EVENTS.rows(engine, "converted", "visits", by="channel") == [("mail", 1, 2), ("web", 2, 6), (None, 1, 1)]
    assert EVENTS.rows(engine, "converted", by="region") == [("DE", 1), ("US", 2), (None, 1)]
    assert EVENTS.rows(engine, "rate", by="region", where="channel = 'web'") == [
        ("DE", 0.5),
        ("US", 0.5),
        (None, 0.0),
    ]


def test_filters_choose_base_events_or_conversions(engine: str) -> None:
    assert EVENTS.value(engine, "rate", where="channel = 'web'") == pytest.approx(2 / 6)
    # Ada's mail visit and hers from the web both led to the buy of 20; web: 1, 5, 7.
    assert EVENTS.value(engine, "big_rate") == pytest.approx(4 / 9)
    assert EVENTS.value(engine, "web_rate") == pytest.approx(3 / 6)


def test_people_count_once_where_the_base_metric_counts_people(engine: str) -> None:
    # Ada, Flo and Gil of Ada, Ben, Dot, Eve, Flo, Gil, Hal.
    assert EVENTS.value(engine, "people_rate") == pytest.approx(3 / 7)


def test_what_must_stay_the_same(engine: str) -> None:
    # Ada's first visit and Flo: pro and pro. Ada's second is free and Gil's buy is.
    assert EVENTS.value(engine, "same_plan") == 2


def test_every_conversion_counts_at_its_latest_base_event(engine: str) -> None:
    # Both of Ada's buys belong to her second visit.
    assert EVENTS.rows(engine, "per_buy", by="channel") == [("mail", 2), ("web", 1), (None, 1)]
    assert EVENTS.value(engine, "sales_after") == 10 + 20 + 320 + 640
    # Which can be more than there are visits: that is why it is not the default.
    assert EVENTS.value(engine, "per_buy_rate", where="id = 2") == 2.0
    assert EVENTS.value(engine, "rate", where="id = 2") == 1.0


def test_asked_beside_its_own_inputs_it_is_the_same(engine: str) -> None:
    [row] = EVENTS.rows(engine, "buys", "converted", "per_buy", "visits", "rate")
    assert row == (9, 4, 4, 9, pytest.approx(4 / 9))


def test_totals_come_from_the_rows(engine: str) -> None:
    answer = EVENTS.ask(engine, "rate", "converted", by="channel", totals=True)
    assert answer.totals == {"rate": pytest.approx(4 / 9), "converted": 4}
    assert answer.additivity == {"rate": "algebraic", "converted": "additive"}


def test_it_can_be_seen_a_month_earlier(engine: str) -> None:
    assert EVENTS.rows(engine, "rate_before", grain="month", range="2025-02..2025-03") == [
        (day("2025-02"), pytest.approx(3 / 7)),
        (day("2025-03"), 1.0),
    ]


def test_filled_periods_have_no_rate(engine: str) -> None:
    rows = EVENTS.rows(engine, "converted", "rate", grain="month", range="2024-12..2025-02", fill=True)
    assert rows == [(day("2024-12"), 0, None), (day("2025-01"), 3, pytest.approx(3 / 7)), (day("2025-02"), 1, 1.0)]


def test_what_had_no_time_yet_to_convert_is_told(engine: str) -> None:
    late = "Rate: what began since 2025-02-05 has not had its 7 days yet and may still convert"
    assert late in EVENTS.ask(engine, "rate", range="2025-02", now=datetime(2025, 2, 12)).notes
    assert EVENTS.ask(engine, "rate", range="2025-01", now=datetime(2025, 2, 12)).notes == (
        "1 row has no at in visits and lies outside every range",
    )
    assert not any("may still" in note for note in EVENTS.ask(engine, "rate").notes)


DAYS = World(
    """
datasets:
  - {name: trials, source: trials, primary_key: [id], time: day, fields: [{name: who}, {name: plan}]}
  - {name: orders, source: orders, time: at, fields: [{name: who, expr: buyer}]}
metrics:
  - {name: trials, type: simple, dataset: trials, agg: count}
  - {name: orders, type: simple, dataset: orders, agg: count}
  - {name: in_3, type: conversion, entity: who, base_metric: trials, conversion_metric: orders, window: 3 days}
  - {name: in_month, type: conversion, entity: who, base_metric: trials, conversion_metric: orders, window: 1 month}
  - {name: in_hours, type: conversion, entity: who, base_metric: trials, conversion_metric: orders, window: 12 hours}
  - name: each
    type: conversion
    entity: who
    base_metric: trials
    conversion_metric: orders
    calculation: conversions
    count_by: conversion
  - {name: in_3_28, type: cumulative, input_metric: in_3, window: 28 days}
""",
    trials="id integer | day date | who text | plan text\n3 | 2025-01-01 | a | x\n2 | 2025-01-01 | a | y\n1 | 2025-01-31 | b | x",
    orders="at timestamp | buyer text\n2025-01-03T23:59:59 | a\n2025-02-02T12:00:00 | b\n2025-02-28T00:00:00 | b",
)


def test_where_a_side_knows_only_days_days_are_compared(engine: str) -> None:
    # The third day still counts, at whatever hour; both trials of a day led to the order.
    assert DAYS.rows(engine, "in_3", "in_month", by="who") == [("a", 1.0, 1.0), ("b", 1.0, 1.0)]
    with pytest.raises(QueryError, match="known by the day") as caught:
        DAYS.ask(engine, "in_hours")
    assert caught.value.code == "E_GRAIN_TOO_FINE"


MONTHS = World(
    """
datasets:
  - {name: trials, source: trials, primary_key: [id], time: day, fields: [{name: who}]}
  - {name: bills, source: bills, time: month, fields: [{name: who}, {name: month, granularity: month}]}
metrics:
  - {name: trials, type: simple, dataset: trials, agg: count}
  - {name: bills, type: simple, dataset: bills, agg: count}
  - {name: billed, type: conversion, entity: who, base_metric: trials, conversion_metric: bills, window: 1 month}
  - name: each_bill
    type: conversion
    entity: who
    base_metric: trials
    conversion_metric: bills
    window: 1 month
    calculation: conversions
    count_by: conversion
""",
    trials="id integer | day date | who text\n1 | 2025-01-20 | a\n2 | 2025-01-21 | b\n3 | 2025-02-10 | c",
    bills="month date | who text\n2025-01-01 | a\n2025-02-01 | b\n2025-02-01 | c",
)


def test_where_a_side_knows_only_months_months_are_compared(engine: str) -> None:
    # A bill of January may well have come after the 20th; one of February is not in January.
    assert MONTHS.rows(engine, "billed", "each_bill", by="who") == [("a", 1.0, 1.0), ("b", 0.0, 0), ("c", 1.0, 1.0)]
    assert MONTHS.rows(engine, "billed", by="who", range="2025-02-05..2025-02-20") == [("c", 1.0)]
    assert MONTHS.rows(engine, "billed", grain="day") == [
        (day("2025-01-20"), 1.0),
        (day("2025-01-21"), 0.0),
        (day("2025-02-10"), 1.0),
    ]


def test_of_base_events_of_one_moment_the_first_by_key_is_given_the_conversion(engine: str) -> None:
    assert DAYS.rows(engine, "each", by="trials.id") == [(1, 2), (2, 1), (3, 0)]
    assert DAYS.rows(engine, "each", "trials", by="plan") == [("x", 2, 2), ("y", 1, 1)]


def test_a_window_of_conversions_is_one_rate(engine: str) -> None:
    rows = DAYS.rows(engine, "in_3_28", grain="month", range="2025-01..2025-02")
    assert rows == [(day("2025-01"), 1.0)]


def test_days_are_those_of_the_zone_and_waiting_is_not(engine: str) -> None:
    # Flo's visit at noon UTC on the 31st is February in Auckland; what converts stays the same.
    asked: dict[str, Any] = {"timezone": "Pacific/Auckland", "grain": "month", "range": "2025-01..2025-02"}
    assert EVENTS.rows(engine, "converted", "visits", **asked) == [(day("2025-01"), 2, 5), (day("2025-02"), 2, 3)]
