"""Metrics that look outside their own period: to date, rolling, earlier, snapshots, comparisons."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from pytest import approx

from tests.truth.case import Rows, World, day

VISITS = World(
    """
datasets:
  - {name: visits, source: visits, time: day, fields: [{name: person}, {name: name}, {name: size}, {name: plan}]}
metrics:
  - {name: visits_made, type: simple, dataset: visits, agg: count}
  - {name: sizes, type: simple, dataset: visits, agg: sum, expr: size}
  - {name: people, type: simple, dataset: visits, agg: count_distinct, expr: person}
  - {name: names, type: simple, dataset: visits, agg: count_distinct, expr: name}
  - {name: pro_people, type: simple, dataset: visits, agg: count_distinct, expr: person, filter: plan = 'pro'}
  - {name: average, type: simple, dataset: visits, agg: avg, expr: size}
  - {name: least, type: simple, dataset: visits, agg: min, expr: size}
  - {name: most, type: simple, dataset: visits, agg: max, expr: size}
  - {name: middle, type: simple, dataset: visits, agg: median, expr: size}
  - {name: high, type: simple, dataset: visits, agg: percentile, percentile: 0.9, expr: size}
  - {name: visits_3, type: cumulative, input_metric: visits_made, window: 3 days}
  - {name: people_3, type: cumulative, input_metric: people, window: 3 days}
  - {name: names_3, type: cumulative, input_metric: names, window: 3 days}
  - {name: pro_people_3, type: cumulative, input_metric: pro_people, window: 3 days}
  - {name: pro_of_people_3, type: cumulative, input_metric: people, window: 3 days, filter: plan = 'pro'}
  - {name: average_3, type: cumulative, input_metric: average, window: 3 days}
  - {name: least_3, type: cumulative, input_metric: least, window: 3 days}
  - {name: most_3, type: cumulative, input_metric: most, window: 3 days}
  - {name: middle_3, type: cumulative, input_metric: middle, window: 3 days}
  - {name: high_3, type: cumulative, input_metric: high, window: 3 days}
  - {name: people_ever, type: cumulative, input_metric: people}
  - {name: names_ever, type: cumulative, input_metric: names}
  - {name: sizes_mtd, type: cumulative, input_metric: sizes, grain_to_date: month}
  - {name: sizes_wtd, type: cumulative, input_metric: sizes, grain_to_date: week}
  - {name: people_mtd, type: cumulative, input_metric: people, grain_to_date: month}
  - {name: sizes_month, type: cumulative, input_metric: sizes, window: 1 month}
  - name: stickiness
    type: ratio
    numerator: people
    denominator: people_3
  - name: people_3_before
    type: derived
    expr: before
    input_metrics: [{name: people_3, alias: before, offset_window: 3 days}]
""",
    now=datetime(2025, 2, 4),
    visits="""
        day date   | person integer | name text | size decimal | plan text
        2025-01-30 | -5             | five      | 1            | pro
        2025-01-30 | 7              | seven     | 2            |
        2025-01-31 | -5             | five      | 30           | free
        2025-01-31 | -5             | five      |              | pro
        2025-02-01 | 0              | zero      | 4            | pro
        2025-02-03 | 7              | seven     | 5            | free
        2025-02-03 |                |           | 9            | pro
    """,
)
DAYS = [day("2025-01-30") + timedelta(days=n) for n in range(5)]
# Rolling three days: 30 Jan alone; 30-31; 30 Jan - 1 Feb; 31 Jan - 2 Feb; 1 - 3 Feb.
ROLLING: dict[str, list[Any]] = {
    "visits_3": [2, 4, 5, 3, 3],
    "people_3": [2, 2, 3, 2, 2],
    "names_3": [2, 2, 3, 2, 2],
    "pro_people_3": [1, 1, 2, 2, 1],
    "pro_of_people_3": [1, 1, 2, 2, 1],
    "average_3": [1.5, 11, 9.25, 17, 6],
    "least_3": [1, 1, 1, 4, 4],
    "most_3": [2, 30, 30, 30, 9],
    "middle_3": [1.5, 2, 3, 17, 5],
    "high_3": [1.9, 24.4, 22.2, 27.4, 8.2],
    "people_ever": [2, 2, 3, 3, 3],
    "names_ever": [2, 2, 3, 3, 3],
    "sizes_mtd": [3, 33, 4, 4, 18],
    "sizes_wtd": [3, 33, 37, 37, 14],
    "people_mtd": [2, 2, 1, 1, 2],
    "people_3_before": [0, 0, 0, 2, 2],
}


@pytest.mark.parametrize("metric", ROLLING)
def test_each_day_looks_back_over_its_own_window(engine: str, metric: str) -> None:
    """Days between 30 January and 3 February 2025 (a Monday); 2 February has no rows of its own."""
    wanted = [(one, approx(value)) for one, value in zip(DAYS, ROLLING[metric], strict=True)]
    asked = VISITS.rows(engine, metric, grain="day", range="2025-01-30..2025-02-03", fill=True)
    assert [(one, float(str(value))) for one, value in asked] == wanted


@pytest.mark.parametrize("metric", ROLLING)
def test_a_single_day_gives_what_the_series_gives(engine: str, metric: str) -> None:
    for one, value in zip(DAYS, ROLLING[metric], strict=True):
        assert float(str(VISITS.value(engine, metric, range=str(one)))) == approx(value)


def test_rolling_distinct_is_not_a_sum_of_days(engine: str) -> None:
    """2 + 1 + 1 daily people from 30 January on are 3 different ones."""
    daily = VISITS.rows(engine, "people", grain="day", range="2025-01-30..2025-02-01")
    assert [people for _, people in daily] == [2, 1, 1]
    assert VISITS.value(engine, "people_3", range="2025-02-01") == 3


def test_bitmaps_give_what_plain_counting_gives(engine: str) -> None:
    """A question by plan cannot use bitmaps; parts of a filter equal a filtered whole."""
    for plan in ("pro", "free", None):
        where = f"plan = '{plan}'" if plan else "plan is null"
        grouped = VISITS.ask(engine, "people_3", "names_3", by="plan", grain="day", range="2025-01-30..2025-02-03")
        filtered = dict(VISITS.rows(engine, "people_3", grain="day", range="2025-01-30..2025-02-03", where=where))
        for when, _, people, names in grouped.table.where(plan=plan).rows:
            assert people == names == filtered[when]


def test_a_ratio_of_a_day_to_its_window(engine: str) -> None:
    rows = VISITS.rows(engine, "stickiness", grain="day", range="2025-01-30..2025-02-03", fill=True)
    assert [share for _, share in rows] == [approx(one) for one in (1, 1 / 2, 1 / 3, 0, 1 / 2)]


def test_a_window_reaches_across_a_coarse_period(engine: str) -> None:
    """Three days up to the end of January; up to the end of the data, 3 February, where February is running."""
    rows = VISITS.rows(engine, "people_3", "sizes_month", grain="month")
    assert rows == [(day("2025-01"), 2, 33), (day("2025-02"), 2, 51 - 33 + 33)]


def test_to_date_parts_add_up_to_the_whole(engine: str) -> None:
    rows = VISITS.rows(engine, "sizes_mtd", by="plan", grain="day", range="2025-02-03")
    assert rows == [(day("2025-02-03"), "free", 5), (day("2025-02-03"), "pro", 13)]
    assert VISITS.value(engine, "sizes_mtd", range="2025-02-03") == 18


def test_what_has_not_happened_yet_has_no_value(engine: str) -> None:
    """As 4 February begins the rest of the month is unknown, not a flat line; a rolling count does not fade out."""
    rows = VISITS.rows(engine, "sizes_mtd", "people_3", grain="day", range="2025-02", fill=True)
    assert rows[2] == (day("2025-02-03"), 18, 2)
    assert rows[3:] == [(day("2025-02-04") + timedelta(days=n), None, None) for n in range(25)]
    assert len(VISITS.rows(engine, "sizes_mtd", "people_3", grain="day", range="2025-02")) == 3
    noon = datetime(2025, 2, 4, 12)
    rows = VISITS.rows(engine, "sizes_mtd", "people_3", grain="day", range="2025-02", fill=True, now=noon)
    assert rows[3:5] == [(day("2025-02-04"), 18, 1), (day("2025-02-05"), None, None)]
    [week] = VISITS.rows(engine, "people_3", grain="week", range="2025-02-03..2025-02-09", now=noon)
    assert week == (day("2025-02-03"), 1)


def test_what_has_not_begun_is_not_compared(engine: str) -> None:
    """In 2025, 2026's months have not begun: none of the year before stands beside nothing of theirs."""
    asked = {"grain": "month", "range": "2026-01..2026-02", "vs": "year", "fill": True, "now": datetime(2025, 2, 10)}
    rows = VISITS.rows(engine, "sizes_mtd", **asked)
    assert [row[:3] for row in rows] == [(day("2026-01"), None, None), (day("2026-02"), None, None)]


EVERY_DAY = World(
    """
datasets:
  - {name: days, source: days, primary_key: [day], time: day, fields: [{name: n}]}
metrics:
  - {name: total, type: simple, dataset: days, agg: sum, expr: n}
  - {name: total_mtd, type: cumulative, input_metric: total, grain_to_date: month}
  - {name: month_before, type: derived, expr: a, input_metrics: [{name: total, alias: a, offset_window: 1 month}]}
  - {name: year_before, type: derived, expr: a, input_metrics: [{name: total, alias: a, offset_window: 1 year}]}
  - {name: week_before, type: derived, expr: a, input_metrics: [{name: total, alias: a, offset_window: 1 week}]}
  - name: two_before
    type: derived
    expr: b
    input_metrics: [{name: month_before, alias: b, offset_window: 1 month}]
  - name: mtd_before
    type: derived
    expr: b
    input_metrics: [{name: total_mtd, alias: b, offset_window: 1 month}]
""",
    now=datetime(2026, 1, 1),
    days=Rows(
        {"day": "date", "n": "integer"},
        [(date(2023, 1, 1) + timedelta(days=n), n) for n in range((date(2026, 1, 1) - date(2023, 1, 1)).days)],
    ),
)


def numbered(text: str) -> int:
    """What the world above holds on a day: how many days after 1 January 2023 it is."""
    return (day(text) - date(2023, 1, 1)).days


def summed(first: str, last: str) -> int:
    """What it holds from one day to another, both included."""
    return sum(range(numbered(first), numbered(last) + 1))


@pytest.mark.parametrize(
    ("metric", "asked", "looked_at"),
    [
        ("month_before", "2025-03-15", "2025-02-15"),
        ("month_before", "2025-03-28", "2025-02-28"),
        ("month_before", "2025-03-29", "2025-02-28"),
        ("month_before", "2025-03-31", "2025-02-28"),
        ("month_before", "2025-02-28", "2025-01-28"),
        ("month_before", "2024-03-29", "2024-02-29"),
        ("month_before", "2024-03-31", "2024-02-29"),
        ("month_before", "2025-05-31", "2025-04-30"),
        ("month_before", "2025-01-31", "2024-12-31"),
        ("year_before", "2024-02-28", "2023-02-28"),
        ("year_before", "2024-02-29", "2023-02-28"),
        ("year_before", "2025-02-28", "2024-02-28"),
        ("year_before", "2025-03-01", "2024-03-01"),
        ("week_before", "2025-03-01", "2025-02-22"),
        ("two_before", "2025-03-30", "2025-01-28"),
    ],
)
def test_a_day_is_compared_with_one_day(engine: str, metric: str, asked: str, looked_at: str) -> None:
    """The day of the same number a month or year earlier, or that month's last where there is none."""
    assert EVERY_DAY.rows(engine, metric, grain="day", range=asked) == [(day(asked), numbered(looked_at))]
    assert EVERY_DAY.value(engine, metric, range=asked) == numbered(looked_at)
    month = dict(EVERY_DAY.rows(engine, metric, grain="day", range=asked[:7]))
    assert month[day(asked)] == numbered(looked_at)


@pytest.mark.parametrize(
    ("asked", "grain", "first", "last"),
    [
        ("2025-03", "month", "2025-02-01", "2025-02-28"),
        ("2024-03", "month", "2024-02-01", "2024-02-29"),
        ("2025-02", "month", "2025-01-01", "2025-01-31"),
        ("2025-Q2", "quarter", "2025-03-01", "2025-05-31"),
        ("2025-03-01..2025-03-10", "month", "2025-02-01", "2025-02-10"),
        ("2025-03-01..2025-03-30", "month", "2025-02-01", "2025-02-28"),
        ("2025-02-10..2025-02-28", "month", "2025-01-10", "2025-01-31"),
        ("2025-03", "", "2025-02-01", "2025-02-28"),
        ("2025-03-03..2025-03-09", "week", "2025-02-03", "2025-02-09"),
        ("2024-02-26..2024-03-03", "week", "2024-01-26", "2024-02-01"),
    ],
)
def test_a_period_is_compared_with_one_as_long(engine: str, asked: str, grain: str, first: str, last: str) -> None:
    rows = EVERY_DAY.rows(engine, "month_before", grain=grain, range=asked)
    assert [row[-1] for row in rows] == [summed(first, last)]


@pytest.mark.parametrize(
    ("asked", "grain", "vs", "pairs"),
    [
        ("2025-03-30..2025-03-31", "day", "prev", [("2025-03-28", "2025-03-28"), ("2025-03-29", "2025-03-29")]),
        ("2025-03-31", "day", "prev", [("2025-03-30", "2025-03-30")]),
        ("2025-03-03..2025-03-09", "week", "prev", [("2025-02-24", "2025-03-02")]),
        ("2025-03-03..2025-03-09", "week", "year", [("2024-03-04", "2024-03-10")]),
        ("2025-03", "month", "prev", [("2025-02-01", "2025-02-28")]),
        ("2025-02..2025-03", "month", "prev", [("2024-12-01", "2024-12-31"), ("2025-01-01", "2025-01-31")]),
        ("2025-02", "month", "year", [("2024-02-01", "2024-02-29")]),
        ("2025-Q1", "quarter", "prev", [("2024-10-01", "2024-12-31")]),
        ("2025-Q1", "quarter", "year", [("2024-01-01", "2024-03-31")]),
        ("2025", "year", "prev", [("2024-01-01", "2024-12-31")]),
        ("2025", "year", "year", [("2024-01-01", "2024-12-31")]),
        ("2025-03", "", "prev", [("2025-02-01", "2025-02-28")]),
        ("2025-03", "", "year", [("2024-03-01", "2024-03-31")]),
        ("2025-03-11..2025-03-20", "", "prev", [("2025-03-01", "2025-03-10")]),
        ("2024-02-29", "", "year", [("2023-02-28", "2023-02-28")]),
        ("2025-Q1", "", "prev", [("2024-10-01", "2024-12-31")]),
    ],
)
def test_compared_with(engine: str, asked: str, grain: str, vs: str, pairs: list[tuple[str, str]]) -> None:
    answer = EVERY_DAY.ask(engine, "total", grain=grain, range=asked, vs=vs)
    assert list(answer.table.column("total__previous")) == [summed(*pair) for pair in pairs]
    for row in answer.table.dicts():
        now, before = row["total"], row["total__previous"]
        assert isinstance(now, int) and isinstance(before, int)
        assert row["total__change"] == now - before
        assert row["total__change_percent"] == approx((now - before) / before)


@pytest.mark.parametrize("vs", ["prev", "year"])
@pytest.mark.parametrize(
    ("asked", "grain"),
    [
        ("2025-01-15..2025-03-10", "month"),
        ("2025-03-05..2025-05-10", "day"),
        ("2025-01-15..2025-03-10", "week"),
        ("2025-02..2025-03", "month"),
        ("2025-01-06..2025-03-02", "week"),
        ("2025-02-03..2025-05-04", "quarter"),
    ],
)
def test_what_is_compared_adds_up_to_the_total(engine: str, asked: str, grain: str, vs: str) -> None:
    """The earlier values of the parts and of the total speak of the same days."""
    answer = EVERY_DAY.ask(engine, "total", grain=grain, range=asked, vs=vs, totals=True)
    for name in ("total", "total__previous", "total__change"):
        parts = [value for value in answer.table.column(name) if isinstance(value, int)]
        assert sum(parts) == answer.totals[name]


def test_to_date_a_month_earlier(engine: str) -> None:
    rows = EVERY_DAY.rows(engine, "mtd_before", grain="day", range="2025-03-30..2025-04-01")
    wanted = [
        summed("2025-02-01", "2025-02-28"),
        summed("2025-02-01", "2025-02-28"),
        summed("2025-03-01", "2025-03-01"),
    ]
    assert [value for _, value in rows] == wanted


def test_the_whole_of_the_data_has_nothing_before_it(engine: str) -> None:
    from truenorth.base.errors import QueryError

    for grain in ("", "month"):
        with pytest.raises(QueryError) as raised:
            EVERY_DAY.ask(engine, "total", grain=grain, vs="prev")
        assert raised.value.code == "E_NO_PREVIOUS_PERIOD"


STOCK = World(
    """
datasets:
  - {name: stocks, source: stocks, time: day, fields: [{name: shop}, {name: units}]}
metrics:
  - {name: last, type: snapshot, dataset: stocks, agg: sum, expr: units, non_additive_dimension: {name: day}}
  - {name: first, type: snapshot, dataset: stocks, agg: sum, expr: units, non_additive_dimension: {name: day, window_agg: first}}
  - {name: mean, type: snapshot, dataset: stocks, agg: sum, expr: units, non_additive_dimension: {name: day, window_agg: avg}}
  - {name: shops, type: snapshot, dataset: stocks, agg: count_distinct, expr: shop, non_additive_dimension: {name: day, window_agg: avg}}
  - {name: price, type: snapshot, dataset: stocks, agg: avg, expr: units, non_additive_dimension: {name: day, window_agg: avg}}
  - {name: largest, type: snapshot, dataset: stocks, agg: max, expr: units, non_additive_dimension: {name: day}}
  - {name: last_a, type: snapshot, dataset: stocks, agg: sum, expr: units, filter: shop = 'a', non_additive_dimension: {name: day}}
  - {name: change, type: derived, expr: b - a, input_metrics: [{name: last, alias: b}, {name: last, alias: a, offset_window: 1 month}]}
  - {name: spread, type: ratio, numerator: last, denominator: mean}
""",
    now=datetime(2025, 4, 1),
    stocks="""
        day date   | shop text | units integer
        2025-01-01 | a         | 10
        2025-01-01 | b         | 20
        2025-01-15 | a         | 40
        2025-01-31 | a         | 50
        2025-01-31 | b         | 60
        2025-03-10 | b         | 8
        2025-03-20 |           | 2
        2025-03-20 | b         | 6
                   | a         | 999
    """,
)


@pytest.mark.parametrize(
    ("metric", "january", "march", "whole"),
    [
        ("last", 110, 8, 8),
        ("first", 30, 8, 30),
        ("mean", (30 + 40 + 110) / 3, 8.0, (30 + 40 + 110 + 8 + 8) / 5),
        ("shops", 5 / 3, 1.0, (2 + 1 + 2 + 1 + 1) / 5),
        ("price", (15 + 40 + 55) / 3, 6.0, (15 + 40 + 55 + 8 + 4) / 5),
        ("largest", 60, 6, 6),
        ("last_a", 50, None, None),
        ("spread", 110 / 60, 1.0, 8 / 39.2),
    ],
)
def test_a_stock_by_period(engine: str, metric: str, january: Any, march: Any, whole: Any) -> None:
    """January has three days of readings, February none, March two; of distinct shops on 20 March only b has a name."""
    nothing = 0 if metric == "shops" else None
    rows = STOCK.rows(engine, metric, grain="month", fill=True)
    wanted = {day("2025-01"): january, day("2025-02"): nothing, day("2025-03"): march}
    assert dict(rows) == {month: value if value is None else approx(value) for month, value in wanted.items()}
    total = STOCK.value(engine, metric)
    assert total == (whole if whole is None else approx(whole))
    assert STOCK.value(engine, metric, range="2025-01") == (january if january is None else approx(january))
    assert STOCK.value(engine, metric, range="2025-02") == nothing


def test_a_stock_by_shop_adds_up_on_the_day(engine: str) -> None:
    answer = STOCK.ask(engine, "last", "mean", "first", by="shop", range="2025-01", totals=True)
    assert answer.table.rows == (("a", 50, approx(100 / 3), 10), ("b", 60, approx(80 / 3), 20))
    assert answer.totals == {"last": 110, "mean": approx(60), "first": 30}
    assert STOCK.rows(engine, "last", by="shop") == [("b", 6), (None, 2)]


def test_a_stock_changes_from_month_end_to_month_end(engine: str) -> None:
    rows = STOCK.rows(engine, "change", grain="month", fill=True)
    assert rows == [(day("2025-01"), None), (day("2025-02"), None), (day("2025-03"), None)]
    rows = STOCK.rows(engine, "last", grain="month", range="2025-03", vs="prev")
    assert rows == [(day("2025-03"), 8, None, None, None)]


def test_all_time_and_a_range_around_it_agree(engine: str) -> None:
    """A rolling value at a period's end does not depend on how the range was written."""
    for grain, around in (
        ("month", "2025-01..2025-02"),
        ("week", "2025-01-27..2025-02-09"),
        ("day", "2025-01-30..2025-02-03"),
    ):
        names = ("people_3", "sizes_mtd", "people_ever", "average_3")
        assert VISITS.rows(engine, *names, grain=grain) == VISITS.rows(engine, *names, grain=grain, range=around)


def test_the_data_itself_cuts_no_period(engine: str) -> None:
    """Data from 30 January on, asked for all months on 4 February: only February is still running."""
    answer = VISITS.ask(engine, "visits_made", grain="month")
    assert answer.incomplete == (day("2025-02"),)
    assert VISITS.ask(engine, "visits_made", grain="month", now=datetime(2025, 7, 1)).incomplete == ()
    assert VISITS.ask(engine, "visits_made", grain="week", now=datetime(2025, 7, 1)).incomplete == ()


def test_a_range_that_cuts_periods_says_so(engine: str) -> None:
    answer = EVERY_DAY.ask(engine, "total", grain="month", range="2025-01-15..2025-03-31")
    assert answer.incomplete == (day("2025-01"),)
    assert answer.table.rows[0] == (day("2025-01"), summed("2025-01-15", "2025-01-31"))
    answer = EVERY_DAY.ask(engine, "total", grain="week", range="2025-03-01..2025-03-31")
    assert answer.incomplete == (day("2025-02-24"), day("2025-03-31"))
    answer = EVERY_DAY.ask(engine, "total", grain="year", range="2025", now=datetime(2025, 12, 31, 23, 59))
    assert answer.incomplete == (day("2025-01"),)
    assert EVERY_DAY.ask(engine, "total", grain="year", range="2025").incomplete == ()


def test_decimals_stay_exact_over_windows(engine: str) -> None:
    value = VISITS.value(engine, "sizes_mtd", range="2025-01-31")
    assert isinstance(value, Decimal) and value == 33
