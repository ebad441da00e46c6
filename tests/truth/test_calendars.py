"""Fiscal years, and calendars of one's own: every number worked by hand."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from tests.truth.case import World, day
from truenorth.base.errors import TrueNorthError

# January of this shop's year has 4 days, February 4, March 5: a 4-4-5 quarter in small. The 14th is in no period.
RETAIL = World(
    """
datasets:
  - {name: sales, source: sales, time: at, fields: [{name: shop}, {name: at}, {name: due}]}
  - name: retail_days
    source: retail_days
    calendar: {column: day, grains: [retail_month, {name: season, column: part_of_year}]}
metrics:
  - {name: takings, type: simple, dataset: sales, agg: sum, expr: amount}
  - {name: month_to_date, type: cumulative, input_metric: takings, grain_to_date: retail_month}
  - {name: two_months, type: cumulative, input_metric: takings, window: 2 retail_months}
  - name: before
    type: derived
    expr: earlier
    input_metrics: [{name: takings, alias: earlier, offset_window: 1 retail_month}]
  - name: at_start
    type: derived
    expr: first
    input_metrics: [{name: takings, alias: first, offset_to_grain: retail_month}]
""",
    now=datetime(2026, 3, 1),
    sales="""
        at timestamp        | shop text | amount integer | due date
        2026-01-01T12:00:00 | a         | 1              | 2026-01-05
        2026-01-04T23:30:00 | a         | 2              | 2026-01-13
        2026-01-05T01:00:00 | b         | 4              | 2026-01-14
        2026-01-08T12:00:00 | b         | 8              |
        2026-01-13T12:00:00 | a         | 16             | 2026-01-05
        2026-01-14T12:00:00 | a         | 32             | 2026-01-05
    """,
    retail_days="""
        day date   | retail_month text | part_of_year text
        2026-01-01 | M1                | winter
        2026-01-02 | M1                | winter
        2026-01-03 | M1                | winter
        2026-01-04 | M1                | winter
        2026-01-05 | M2                | winter
        2026-01-06 | M2                | winter
        2026-01-07 | M2                | spring
        2026-01-08 | M2                | spring
        2026-01-09 | M3                | spring
        2026-01-10 | M3                | spring
        2026-01-11 | M3                | spring
        2026-01-12 | M3                | spring
        2026-01-13 | M3                | spring
    """,
)


def test_a_day_without_a_period_is_not_lost(engine: str) -> None:
    found = RETAIL.rows(engine, "takings", by="metric_time__retail_month")
    assert found == [("M1", 3), ("M2", 12), ("M3", 16), (None, 32)]
    assert RETAIL.rows(engine, "takings", grain="retail_month") == found


def test_the_days_of_a_calendar_are_local_days(engine: str) -> None:
    found = RETAIL.rows(engine, "takings", grain="retail_month", timezone="America/New_York")
    # 01:00 of the 5th is still the 4th there.
    assert found == [("M1", 7), ("M2", 8), ("M3", 16), (None, 32)]


def test_any_time_has_the_grains_of_a_calendar(engine: str) -> None:
    assert RETAIL.rows(engine, "takings", by="due__retail_month") == [("M2", 49), ("M3", 2), (None, 12)]
    assert RETAIL.rows(engine, "takings", by="at__season") == [("spring", 24), ("winter", 7), (None, 32)]


def test_two_grains_of_a_calendar_cut_each_other(engine: str) -> None:
    found = RETAIL.rows(engine, "takings", by=("metric_time__season", "metric_time__retail_month"))
    assert found == [
        ("spring", "M2", 8),
        ("spring", "M3", 16),
        ("winter", "M1", 3),
        ("winter", "M2", 4),
        (None, None, 32),
    ]


def test_to_date_and_windows_by_the_calendar(engine: str) -> None:
    found = RETAIL.rows(engine, "month_to_date", "two_months", grain="day", range="2026-01-04..2026-01-09")
    # Two months up to the 9th, the first day of M3, begin after the first day of M1. How long the month before M1
    # was is not known, and so is a window that would reach into it.
    assert found == [
        (date(2026, 1, 4), 3, None),
        (date(2026, 1, 5), 4, None),
        (date(2026, 1, 6), 4, None),
        (date(2026, 1, 7), 4, None),
        (date(2026, 1, 8), 12, 15),
        (date(2026, 1, 9), None, 14),
    ]


def test_a_month_before_is_the_same_place_of_it(engine: str) -> None:
    by_day = RETAIL.rows(engine, "before", grain="day", range="2026-01-05..2026-01-13")
    # The 13th is the fifth day of M3, and M2 has four.
    assert by_day == [(date(2026, 1, 5), 1), (date(2026, 1, 8), 2), (date(2026, 1, 9), 4), (date(2026, 1, 12), 8)]
    by_month = RETAIL.rows(engine, "before", "takings", grain="retail_month", range="2026-01-01..2026-01-13")
    assert by_month == [("M1", None, 3), ("M2", 3, 12), ("M3", 12, 16)]
    assert RETAIL.rows(engine, "at_start", grain="day", range="2026-01-08") == [(date(2026, 1, 8), 4)]


def test_periods_are_laid_out_over_the_whole_calendar(engine: str) -> None:
    found = RETAIL.rows(engine, "takings", by="shop", grain="retail_month", where="shop = 'b'", fill=True)
    assert [row for row in found if row[0] is not None] == [("M1", "b", None), ("M2", "b", 12), ("M3", "b", None)]


def test_a_day_that_comes_twice_is_refused(engine: str) -> None:
    twice = World(
        RETAIL.definitions,
        sales=RETAIL.tables["sales"],
        retail_days="day date | retail_month text | part_of_year text\n2026-01-01 | M1 | a\n2026-01-01 | M2 | a",
    )
    with pytest.raises(TrueNorthError) as raised:
        twice.rows(engine, "takings", grain="retail_month")
    assert raised.value.code == "E_CALENDAR_DAY"
    assert "2026-01-01 more than once" in raised.value.message


FISCAL = World(
    """
datasets: [{name: sales, source: sales, time: day, fields: [{name: day, granularity: day}, {name: paid_on}]}]
metrics:
  - {name: takings, type: simple, dataset: sales, agg: sum, expr: amount}
  - {name: fiscal_to_date, type: cumulative, input_metric: takings, grain_to_date: fiscal_year}
  - name: fiscal_before
    type: derived
    expr: earlier
    input_metrics: [{name: takings, alias: earlier, offset_window: 1 fiscal_year}]
""",
    workspace="fiscal_year_start: february\n",
    now=datetime(2026, 6, 1),
    sales="""
        day date   | amount integer | paid_on date
        2025-01-31 | 1              | 2025-02-01
        2025-02-01 | 2              | 2026-01-31
        2025-05-01 | 4              | 2026-01-31
        2026-01-31 | 8              |
        2026-02-01 | 16             |
    """,
)


def test_fiscal_periods_begin_with_the_fiscal_month(engine: str) -> None:
    assert FISCAL.rows(engine, "takings", grain="fiscal_year") == [
        (day("2024-02"), 1),
        (day("2025-02"), 14),
        (day("2026-02"), 16),
    ]
    assert FISCAL.rows(engine, "takings", grain="fiscal_quarter") == [
        (day("2024-11"), 1),
        (day("2025-02"), 2),
        (day("2025-05"), 4),
        (day("2025-11"), 8),
        (day("2026-02"), 16),
    ]
    assert FISCAL.rows(engine, "takings", by="paid_on__fiscal_year") == [(day("2025-02"), 7), (None, 24)]


def test_quarters_of_both_years_cut_each_other(engine: str) -> None:
    found = FISCAL.rows(engine, "takings", by=("metric_time__fiscal_year", "metric_time__year"))
    assert found == [
        (day("2024-02"), day("2025-01"), 1),
        (day("2025-02"), day("2025-01"), 6),
        (day("2025-02"), day("2026-01"), 8),
        (day("2026-02"), day("2026-01"), 16),
    ]


def test_fiscal_to_date_and_a_fiscal_year_before(engine: str) -> None:
    found = FISCAL.rows(engine, "fiscal_to_date", "fiscal_before", grain="fiscal_year", range="FY2025..FY2027")
    assert found == [(day("2024-02"), 1, None), (day("2025-02"), 14, 1), (day("2026-02"), 16, 14)]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("FY2026", 14),
        ("2026-FQ1", 2),
        ("FY2026-Q2", 4),
        ("this fiscal_year", 16),
        ("last fiscal year", 14),
        ("fiscal year to date", 16),
    ],
)
def test_ranges_name_fiscal_periods(engine: str, words: str, expected: int) -> None:
    assert FISCAL.value(engine, "takings", range=words) == expected


KNOWN = World(
    """
datasets:
  - {name: rents, source: rents, time: month, fields: [{name: month, granularity: month}]}
  - {name: visits, source: visits, time: at, fields: [{name: at}]}
metrics:
  - {name: rent, type: simple, dataset: rents, agg: sum, expr: amount}
  - {name: visits_made, type: simple, dataset: visits, agg: count}
  - {name: hourly, type: simple, dataset: visits, agg: count, time_granularity: hour}
""",
    now=datetime(2026, 3, 1),
    rents="month date | amount integer\n2026-01-01 | 5\n2026-02-01 | 6",
    visits="at timestamp\n2026-01-31T10:30:00\n2026-02-01T10:45:15",
)


def test_bare_metric_time_is_the_coarsest_that_is_known(engine: str) -> None:
    assert KNOWN.rows(engine, "rent", by="metric_time") == [(day("2026-01"), 5), (day("2026-02"), 6)]
    assert KNOWN.rows(engine, "visits_made", by="metric_time") == [(date(2026, 1, 31), 1), (date(2026, 2, 1), 1)]
    found = KNOWN.ask(engine, "rent", "visits_made", by="metric_time").table
    assert (found.names[0], found.rows) == ("metric_time__month", ((day("2026-01"), 5, 1), (day("2026-02"), 6, 1)))
    found = KNOWN.ask(engine, "hourly", by="metric_time").table
    assert found.names[0] == "metric_time__hour"
    assert [row[0].hour for row in found.rows] == [10, 10]


@pytest.mark.parametrize("by", ["metric_time__day", "metric_time__week", "month__day", "metric_time__day_of_month"])
def test_nothing_is_asked_more_finely_than_it_is_known(engine: str, by: str) -> None:
    with pytest.raises(TrueNorthError) as raised:
        KNOWN.rows(engine, "rent", by=by)
    assert raised.value.code == "E_GRAIN_TOO_FINE"
    assert "known by the month" in raised.value.message
    assert KNOWN.rows(engine, "rent", by="month__quarter") == [(day("2026-01"), 11)]


def test_a_plain_time_is_shown_by_the_second_too(engine: str) -> None:
    world = World(
        """
datasets: [{name: calls, source: calls, time: day, fields: [{name: at}]}]
metrics: [{name: calls_made, type: simple, dataset: calls, agg: count}]
""",
        calls="day date | at timestamp\n2026-01-31 | 2026-01-31T10:30:01.250\n2026-01-31 | 2026-01-31T10:30:01.750",
    )
    second = datetime.fromisoformat("2026-01-31T10:30:01+00:00")
    assert world.rows(engine, "calls_made", by="at__second") == [(second, 2)]
    assert world.rows(engine, "calls_made", by="at__hour_of_day") == [(10, 2)]
    found = world.rows(engine, "calls_made", by="at__millisecond")
    assert [row[0].microsecond for row in found] == [250_000, 750_000]


def test_conditions_name_periods_of_a_calendar(engine: str) -> None:
    assert RETAIL.value(engine, "takings", where="metric_time__retail_month = 'M2'") == 12
    assert RETAIL.value(engine, "takings", where="metric_time__retail_month in ('M1', 'M3')") == 19
    assert RETAIL.value(engine, "takings", where="due__retail_month = 'M2'") == 49
    assert RETAIL.value(engine, "takings", where="due__retail_month = 'M2' or shop = 'b'") == 61
    # A stretch of time, so that what looks back still knows the time before.
    by_month = RETAIL.rows(engine, "before", grain="retail_month", where="metric_time__retail_month = 'M2'")
    assert by_month == [("M2", 3)]
