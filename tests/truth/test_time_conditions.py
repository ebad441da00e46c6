"""Conditions on time at the right stage: rows for what is counted by period, periods for what looks back.

One order a day would be too regular: the days, amounts and channels below are chosen so that every wrong reading of a
condition gives another number.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from tests.truth.case import World, day
from truenorth.base.errors import TrueNorthError
from truenorth.query.verify import verify

NOW = datetime(2026, 3, 10, 15, 0)
SHOP = World(
    """
datasets:
  - name: orders
    source: orders
    primary_key: [id]
    time: at
    fields: [{name: channel}, {name: amount}, {name: buyer}]
  - {name: buyers, source: buyers, primary_key: [buyer], time: since, fields: [{name: buyer}, {name: since}, {name: plan}]}
  - {name: stocks, source: stocks, time: day, fields: [{name: units}]}
relationships:
  - {name: order_buyer, from: orders, to: buyers, from_columns: [buyer], to_columns: [buyer]}
metrics:
  - {name: revenue, type: simple, dataset: orders, agg: sum, expr: amount}
  - {name: placed, type: simple, dataset: orders, agg: count}
  - {name: people, type: simple, dataset: buyers, agg: count}
  - {name: revenue_ytd, type: cumulative, input_metric: revenue, grain_to_date: year}
  - {name: revenue_2d, type: cumulative, input_metric: revenue, window: 2 days}
  - {name: so_far, type: cumulative, input_metric: revenue}
  - {name: stock, type: snapshot, dataset: stocks, agg: sum, expr: units, non_additive_dimension: {name: day}}
  - {name: share, type: ratio, numerator: revenue, denominator: placed}
  - name: growth
    type: derived
    expr: cur - prev
    input_metrics: [{name: revenue, alias: cur}, {name: revenue, alias: prev, offset_window: 1 month}]
  - {name: recent, type: simple, dataset: orders, agg: sum, expr: amount, filter: at >= '40 days ago'}
  - {name: of_new, type: simple, dataset: orders, agg: sum, expr: amount, filter: buyers.since >= '2026-02'}
""",
    now=NOW,
    orders="""
        id integer | at timestamp        | channel text | amount integer | buyer integer
        1          | 2025-12-30T10:00:00 | web          | 1              | 1
        2          | 2026-01-01T03:00:00 | web          | 10             | 1
        3          | 2026-01-15T12:00:00 | shop         | 20             | 2
        4          | 2026-01-16T12:00:00 | web          | 40             | 2
        5          | 2026-02-01T02:00:00 | shop         | 100            | 3
        6          | 2026-02-14T12:00:00 | web          | 200            | 3
        7          | 2026-03-09T23:00:00 | shop         | 1000           | 1
        8          | 2026-03-10T09:00:00 | web          | 2000           | 3
        9          |                     | web          | 7              | 1
    """,
    buyers="""
        buyer integer | since date | plan text
        1             | 2025-12-01 | pro
        2             | 2026-01-10 | free
        3             | 2026-02-01 | 2026-02-01
    """,
    stocks="""
        day date   | units integer
        2026-01-10 | 5
        2026-01-20 | 6
        2026-02-10 | 7
        2026-02-20 | 8
    """,
)


def value(engine: str, metric: str, *where: str, **asked: Any) -> object:
    return SHOP.value(engine, metric, where=where, **asked)


@pytest.mark.parametrize(
    ("where", "revenue"),
    [
        ("metric_time = '2026-01-15'", 20),
        ("metric_time = '2026-01'", 70),
        ("metric_time__month = '2026-01-01'", 70),
        ("metric_time__month = '2026-01'", 70),
        ("metric_time__day = '2026-01-15' or metric_time__day = '2026-02-14'", 220),
        ("metric_time__month in ('2026-01', '2026-03')", 3070),
        ("metric_time__month in ('2025-12-01', '2026-02-01')", 301),
        ("metric_time__month not in ('2026-01')", 3301),
        ("metric_time__month <> '2026-01-01'", 3301),
        ("metric_time__month >= '2026-01-15'", 3300),  # the first of January is before, the first of February after
        ("metric_time__month <= '2026-01-15'", 71),
        ("metric_time__quarter = '2026-Q1'", 3370),
        ("metric_time__year = '2025'", 1),
        ("metric_time__week = '2026-01-12'", 60),
        ("metric_time between '2026-01-16' and '2026-02'", 340),
        ("metric_time__day between '2026-01-15' and '2026-01-16'", 60),
        (
            "CAST(metric_time AS TIMESTAMP) >= TIMESTAMP '2026-01-16 00:00:00' and metric_time < CAST('2026-02-02' AS DATE)",
            140,
        ),
        ("metric_time = CAST('2026-01-15' AS TIMESTAMP)", 20),
        ("metric_time >= '2026-03-10 09:00'", 2000),
        ("metric_time < '2026-01-01 03:00'", 1),
        ("metric_time__hour = '2026-03-10 09:00'", 2000),
        ("metric_time__hour > '2026-03-09 22:00' and metric_time__hour < '2026-03-10 08:30'", 1000),
        ("'2026-02' <= metric_time", 3300),
        ("not (metric_time >= '2026-01' and metric_time < '2026-03')", 3001),
        ("metric_time__day_of_week = 4", 30),  # 1 and 15 January
        ("metric_time__month_of_year in (1, 12)", 71),
        ("extract(month from metric_time) = 2", 300),
        ("metric_time is null", 7),
        ("metric_time >= '2026-01' and metric_time < '2026-01'", None),
        ("metric_time__month = '2026-01' and channel = 'web'", 50),
        ("metric_time__month = '2026-01' or channel = 'shop'", 1170),
        ("(channel = 'web' and metric_time__month = '2026-02') or (channel = 'shop' and metric_time < '2026-02')", 220),
    ],
)
def test_rows_of_what_is_counted_by_its_period(engine: str, where: str, revenue: int | None) -> None:
    assert value(engine, "revenue", where) == revenue


@pytest.mark.parametrize(
    ("where", "revenue"),
    [
        ("metric_time = '2026-01-01'", None),  # 03:00 in UTC is the evening before in New York
        ("metric_time = '2025-12-31'", 10),
        ("metric_time__month = '2026-01'", 160),
        ("metric_time__month = '2026-01' or metric_time__day = '2026-03-10'", 2160),
        ("at >= '2026-02-01' and channel = 'shop'", 1000),
        ("at >= '2026-02-01' or channel = 'nothing'", 3200),  # of the row, and in the question's zone as well
    ],
)
def test_in_the_zone_of_the_question(engine: str, where: str, revenue: int | None) -> None:
    assert value(engine, "revenue", where, timezone="America/New_York") == revenue


@pytest.mark.parametrize(
    ("where", "rows"),
    [
        ("metric_time__month = '2026-02'", [("2026-02", 370)]),
        ("at >= '2026-02' and at < '2026-03'", [("2026-02", 370)]),
        ("at__month in ('2026-01', '2026-03')", [("2026-01", 70), ("2026-03", 3370)]),
        ("metric_time__month in ('2026-01', '2026-03')", [("2026-01", 70), ("2026-03", 3370)]),
        # At the end of what is shown of the month, as for a range that ends there.
        ("metric_time__day = '2026-01-15' or metric_time__day = '2026-02-01'", [("2026-01", 30), ("2026-02", 170)]),
        ("metric_time__day in ('2026-01-01', '2026-01-15')", [("2026-01", 30)]),
    ],
)
def test_to_date_metrics_know_the_time_before(engine: str, where: str, rows: list[tuple[str, int]]) -> None:
    found = SHOP.rows(engine, "revenue_ytd", grain="month", where=where)
    assert found == [(day(month), number) for month, number in rows]


def test_rolling_windows_know_the_day_before(engine: str) -> None:
    where = "metric_time__day = '2026-01-16' or metric_time__day = '2026-03-10'"
    rows = SHOP.rows(engine, "revenue_2d", grain="day", where=where)
    assert rows == [(day("2026-01-16"), 60), (day("2026-03-10"), 3000)]
    assert SHOP.value(engine, "so_far", where="metric_time = '2026-01-15' or metric_time = '2026-01-16'") == 71


def test_offsets_know_the_month_before(engine: str) -> None:
    where = "metric_time__month = '2026-02' or metric_time__month = '2026-01'"
    rows = SHOP.rows(engine, "growth", "revenue", grain="month", where=where)
    assert rows == [(day("2026-01"), 69, 70), (day("2026-02"), 230, 300)]
    gap = SHOP.rows(engine, "growth", grain="month", where="metric_time__month in ('2026-01', '2026-03')")
    assert gap == [(day("2026-01"), 69), (day("2026-03"), 2700)]


def test_snapshots_take_the_last_day_of_what_is_asked_for(engine: str) -> None:
    assert value(engine, "stock", "metric_time < '2026-02-15'") == 7
    assert value(engine, "stock", "metric_time__day = '2026-01-10' or metric_time__day = '2026-01-20'") == 6
    rows = SHOP.rows(engine, "stock", grain="month", where="metric_time__day in ('2026-01-10', '2026-02-20')")
    assert rows == [(day("2026-01"), 5), (day("2026-02"), 8)]


def test_a_filled_answer_has_the_periods_that_are_asked_for(engine: str) -> None:
    where = "metric_time__month = '2025-11' or metric_time__month = '2026-01'"
    assert SHOP.rows(engine, "placed", grain="month", where=where, fill=True) == [
        (day("2025-11"), 0),
        (day("2026-01"), 3),
    ]


def test_metrics_of_several_kinds_stand_side_by_side(engine: str) -> None:
    rows = SHOP.rows(engine, "revenue", "revenue_ytd", "share", grain="month", where="metric_time__month <> '2026-02'")
    assert rows == [
        (day("2025-12"), 1, 1, 1.0),
        (day("2026-01"), 70, 70, 70 / 3),
        (day("2026-03"), 3000, 3370, 1500.0),
    ]


def test_a_period_that_is_shown_in_part_is_incomplete(engine: str) -> None:
    where = "metric_time__day = '2026-01-15' or metric_time__month = '2026-02'"
    assert SHOP.ask(engine, "revenue", grain="month", where=where).incomplete == (day("2026-01"),)


@pytest.mark.parametrize(
    ("where", "revenue"),
    [
        ("at >= 'today'", 2000),
        ("at < 'today'", 1371),
        ("at = 'yesterday'", 1000),
        ("at >= '30 days ago'", 3200),  # from 8 February
        ("metric_time >= '30 days ago'", 3200),
        ("metric_time = 'last month'", 300),
        ("metric_time >= 'this month'", 3000),
        ("at >= '1 month ago' and at < 'tomorrow'", 3200),  # from 10 February
        ("at >= '8 weeks ago'", 3360),  # from 13 January
        ("at >= '7 hours ago'", 2000),  # from 08:00
        ("at >= '5 hours ago'", None),  # from 10:00
        ("at < 'now' and at >= '2026-03'", 3000),
        ("at <= 'last year'", 1),
        ("at = 'Last  Year'", 1),
        ("at between 'last month' and 'yesterday'", 1300),
        ("buyers.since >= '40 days ago'", 2300),  # from 29 January: buyer 3
        ("buyers.since < '2026-01-10'", 1018),
        ("buyers.since__month = '2026-01'", 60),
        ("buyers.since <= '2026-01' and channel = 'web'", 58),
        ("buyers.since in ('2025-12', '2026-02-01')", 3318),
        ("at >= 'next month'", None),
        ("buyers.plan = '2026-02-01'", 2300),  # a text field, whatever the text looks like
        ("buyers.plan = 'today'", None),
        ("buyers.plan <> '2026-02-01' and at >= '2026-02'", 1000),
    ],
)
def test_dates_in_words(engine: str, where: str, revenue: int | None) -> None:
    assert value(engine, "revenue", where) == revenue


def test_the_same_words_at_another_now(engine: str) -> None:
    assert value(engine, "revenue", "at >= 'last month'") == 3300
    assert value(engine, "revenue", "at >= 'last month'", now=datetime(2026, 2, 20)) == 3370
    once, again = (SHOP.ask(engine, "revenue", where="at >= '30 days ago'").sql for _ in range(2))
    assert once == again


def test_today_is_that_of_the_question_s_zone(engine: str) -> None:
    late = datetime(2026, 3, 10, 2, 0)
    assert value(engine, "revenue", "at >= 'today'", now=late) == 2000
    assert value(engine, "revenue", "at >= 'today'", now=late, timezone="America/New_York") == 3000


def test_in_the_filters_of_metrics(engine: str) -> None:
    assert value(engine, "recent") == 3300  # from 29 January
    assert value(engine, "recent", now=datetime(2026, 3, 25)) == 3200  # from 13 February
    assert value(engine, "of_new") == 2300


@pytest.mark.parametrize(
    ("metric", "where", "code", "says"),
    [
        (
            "revenue_ytd",
            "metric_time >= '2026-02' or channel = 'web'",
            "E_BAD_TIME_CONDITION",
            '"revenue" also counts rows',
        ),
        ("stock", "metric_time__day_of_week = 1", "E_BAD_TIME_CONDITION", '"stock" also counts'),
        ("growth", "extract(month from metric_time) = 2", "E_BAD_TIME_CONDITION", "by AND"),
        ("revenue", "metric_time = 'soon'", "E_BAD_RANGE", '"soon" is not a period'),
        ("revenue", "metric_time = '2026-02-30'", "E_BAD_RANGE", "is not a period"),
        ("revenue", "at >= '2026-13'", "E_BAD_RANGE", "is not a period"),
        ("revenue", "metric_time__fortnight = '2026-01'", "E_UNKNOWN_GRAIN", 'no grain named "fortnight"'),
        ("revenue", "channel__month = '2026-01'", "E_NOT_A_TIME", '"channel" is text and has no month'),
        ("people", "buyers.plan__month = '2026-01'", "E_NOT_A_TIME", "is text"),
    ],
)
def test_what_has_no_meaning_says_why(metric: str, where: str, code: str, says: str) -> None:
    with pytest.raises(TrueNorthError) as raised:
        SHOP.ask("duckdb", metric, where=where)
    assert raised.value.code == code
    assert says in str(raised.value)


def test_the_naive_builder_reads_the_same_words(engine: str) -> None:
    runner = SHOP.on(engine)
    report = verify(runner.catalog, lambda query: runner.ask(query, NOW), NOW, ("recent", "of_new"), 50)
    assert report.failures == ()
    assert report.counts["engine = naive"] > 10


@pytest.mark.parametrize(
    ("condition", "revenue", "so_far"),
    [
        ("at >= timestamp '2026-01-01 03:00:00' and at < timestamp '2026-02-01 02:00:00'", 70, 71),
        ("at > timestamp '2026-01-01 03:00:00' and at <= timestamp '2026-02-01 02:00:00'", 160, 171),
        ("at = timestamp '2026-01-15 12:00:00'", 20, 31),
    ],
)
def test_a_typed_time_beside_the_metrics_own_field_is_written_as_the_field_is(
    engine: str, condition: str, revenue: int, so_far: int
) -> None:
    """The field is UTC; the zone of the question moves nothing."""
    for zone in ("UTC", "America/New_York", "Asia/Kolkata"):
        assert value(engine, "revenue", condition, timezone=zone) == revenue, zone
        assert value(engine, "so_far", condition, timezone=zone) == so_far, zone
