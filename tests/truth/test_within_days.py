"""Windows that begin and end inside days, and values of periods put together from their days: worked by hand."""

from __future__ import annotations

from datetime import date, datetime

from pytest import approx

from tests.truth.case import World, day

CALLS = World(
    """
datasets:
  - {name: calls, source: calls, time: at, fields: [{name: line}, {name: at}]}
metrics:
  - {name: calls_made, type: simple, dataset: calls, agg: count}
  - {name: seconds, type: simple, dataset: calls, agg: sum, expr: seconds}
  - {name: lines, type: simple, dataset: calls, agg: count_distinct, expr: line}
  - {name: seconds_3h, type: cumulative, input_metric: seconds, window: 3 hours}
  - {name: lines_2h, type: cumulative, input_metric: lines, window: 2 hours}
  - {name: seconds_1d, type: cumulative, input_metric: seconds, window: 1 day}
  - {name: seconds_today, type: cumulative, input_metric: seconds, grain_to_date: day}
  - {name: seconds_hour, type: cumulative, input_metric: seconds, grain_to_date: hour}
  - {name: seconds_ever, type: cumulative, input_metric: seconds}
  - name: hour_before
    type: derived
    expr: before
    input_metrics: [{name: seconds, alias: before, offset_window: 1 hour}]
  - name: day_before
    type: derived
    expr: before
    input_metrics: [{name: seconds, alias: before, offset_window: 1 day}]
  - name: at_day_start
    type: derived
    expr: before
    input_metrics: [{name: seconds, alias: before, offset_to_grain: day}]
""",
    now=datetime(2026, 12, 1),
    # New York puts its clocks back on 1 November 2026 at 06:00 UTC: 01:00 to 02:00 comes twice, at 05:00 and 06:00.
    calls="""
        at timestamp        | line text | seconds integer
        2026-10-31T05:30:00 | a         | 1
        2026-11-01T04:10:30 | a         | 2
        2026-11-01T05:20:10 | b         | 4
        2026-11-01T06:20:10 | b         | 8
        2026-11-01T06:50:59 | c         | 16
        2026-11-01T07:05:00 | a         | 32
    """,
)
NIGHT = {"range": "2026-11-01T00:00..2026-11-01T03:00", "timezone": "America/New_York"}


def by_hour(engine: str, *metrics: str) -> list[tuple[object, ...]]:
    found = CALLS.rows(engine, *metrics, grain="hour", **NIGHT)
    return [(row[0].isoformat()[11:19] if isinstance(row[0], datetime) else None, *row[1:]) for row in found]


def test_hours_that_pass_twice_are_two(engine: str) -> None:
    assert by_hour(engine, "seconds") == [("00:00:00", 2), ("01:00:00", 4), ("01:00:00", 24), ("02:00:00", 32)]


def test_a_window_of_hours_counts_hours_that_passed(engine: str) -> None:
    assert by_hour(engine, "seconds_3h", "lines_2h") == [
        ("00:00:00", 2, 1),
        ("01:00:00", 6, 2),
        ("01:00:00", 30, 2),
        ("02:00:00", 60, 3),
    ]


def test_a_day_back_is_the_same_time_of_the_day_before(engine: str) -> None:
    found = by_hour(engine, "seconds_1d", "day_before")
    # 01:30 of 31 October lies within a day of the first 01:00 to 02:00, and of midnight to one.
    assert found == [("00:00:00", 3, None), ("01:00:00", 6, 1), ("01:00:00", 30, 1), ("02:00:00", 62, None)]


def test_the_hour_before_the_second_one_is_the_first_one(engine: str) -> None:
    found = by_hour(engine, "hour_before")
    assert found == [("01:00:00", 2), ("01:00:00", 4), ("02:00:00", 24)]


def test_to_date_begins_at_local_midnight_or_with_the_hour(engine: str) -> None:
    assert by_hour(engine, "seconds_today", "seconds_hour", "seconds_ever") == [
        ("00:00:00", 2, 2, 3),
        ("01:00:00", 6, 4, 7),
        ("01:00:00", 30, 24, 31),
        ("02:00:00", 62, 32, 63),
    ]


def test_at_the_start_of_a_day_is_its_first_hour(engine: str) -> None:
    assert by_hour(engine, "at_day_start") == [
        ("00:00:00", 2),
        ("01:00:00", 2),
        ("01:00:00", 2),
        ("02:00:00", 2),
    ]


def test_minutes_and_seconds_are_grains_too(engine: str) -> None:
    asked = {"range": "2026-11-01T06:00..2026-11-01T08:00"}
    found = CALLS.rows(engine, "seconds", grain="minute", **asked)
    assert [(row[0].strftime("%H:%M"), row[1]) for row in found] == [("06:20", 8), ("06:50", 16), ("07:05", 32)]
    found = CALLS.rows(engine, "seconds", grain="second", **asked)
    assert [(row[0].strftime("%H:%M:%S"), row[1]) for row in found] == [
        ("06:20:10", 8),
        ("06:50:59", 16),
        ("07:05:00", 32),
    ]
    found = CALLS.rows(engine, "seconds_3h", grain="minute", range="2026-11-01T06:49..2026-11-01T06:52")
    assert [(row[0].strftime("%H:%M"), row[1]) for row in found] == [("06:49", 14), ("06:50", 30), ("06:51", 30)]
    filled = CALLS.rows(engine, "seconds", grain="minute", range="2026-11-01T06:49..2026-11-01T06:52", fill=True)
    assert [row[1] for row in filled] == [None, 16, None]


def test_an_hour_is_also_a_time_column_beside_its_day(engine: str) -> None:
    by = ("metric_time__day", "metric_time__hour", "metric_time__hour_of_day")
    found = CALLS.rows(engine, "calls_made", by=by, **NIGHT)
    assert [(row[0], row[1].isoformat()[11:16], *row[2:]) for row in found] == [
        (date(2026, 11, 1), "00:00", 0, 1),
        (date(2026, 11, 1), "01:00", 1, 1),
        (date(2026, 11, 1), "01:00", 1, 2),
        (date(2026, 11, 1), "02:00", 2, 1),
    ]


SALES = World(
    """
datasets:
  - {name: sales, source: sales, time: day, fields: [{name: shop}]}
metrics:
  - {name: takings, type: simple, dataset: sales, agg: sum, expr: amount}
  - {name: ytd, type: cumulative, input_metric: takings, grain_to_date: year}
  - {name: ytd_first, type: cumulative, input_metric: takings, grain_to_date: year, period_agg: first}
  - {name: ytd_mean, type: cumulative, input_metric: takings, grain_to_date: year, period_agg: average}
  - {name: two_days, type: cumulative, input_metric: takings, window: 2 days}
  - {name: two_days_first, type: cumulative, input_metric: takings, window: 2 days, period_agg: first}
  - {name: two_days_mean, type: cumulative, input_metric: takings, window: 2 days, period_agg: average}
  - name: since_month_start
    type: derived
    expr: now - start
    input_metrics: [{name: takings, alias: now}, {name: takings, alias: start, offset_to_grain: month}]
""",
    now=datetime(2026, 2, 4),
    sales="""
        day date   | shop text | amount integer
        2026-01-05 | a         | 100
        2026-01-20 | b         | 50
        2026-02-01 | a         | 10
        2026-02-03 | b         | 4
    """,
)


def test_a_period_stands_at_its_end_its_first_day_or_its_average_day(engine: str) -> None:
    found = SALES.rows(engine, "ytd", "ytd_first", "ytd_mean", grain="month", range="2026-01..2026-02")
    # January: 15 days of 100 (5 to 19) and 12 of 150; February, up to the clock: 160, 160, 164.
    assert found == [
        (day("2026-01"), 150, 100, (15 * 100 + 12 * 150) / 27),
        (day("2026-02"), 164, 160, (160 + 160 + 164) / 3),
    ]


def test_days_without_rows_in_their_window_are_not_averaged(engine: str) -> None:
    found = SALES.rows(engine, "two_days", "two_days_first", "two_days_mean", grain="month", range="2026-01..2026-02")
    assert found == [
        (day("2026-01"), None, 100, (100 + 100 + 50 + 50) / 4),
        (day("2026-02"), 4, 10, (10 + 10 + 4) / 3),
    ]


def test_by_group_each_has_its_own_first_day(engine: str) -> None:
    found = SALES.rows(engine, "ytd_first", by="shop", grain="month", range="2026-01..2026-02")
    assert found == [
        (day("2026-01"), "a", 100),
        (day("2026-01"), "b", 50),
        (day("2026-02"), "a", 110),
        (day("2026-02"), "b", 50),
    ]


def test_at_the_start_of_the_month_is_its_first_day(engine: str) -> None:
    found = SALES.rows(engine, "since_month_start", grain="day", range="2026-02-01..2026-02-04")
    assert found == [(date(2026, 2, 1), 0), (date(2026, 2, 2), None), (date(2026, 2, 3), -6), (date(2026, 2, 4), None)]
    # A week looks at the first day of the month that its own first day lies in.
    found = SALES.rows(engine, "since_month_start", grain="week", range="2026-02-02..2026-02-08")
    assert found == [(date(2026, 2, 2), -6)]


def test_distinct_things_and_approximate_percentiles_are_put_together_too(engine: str) -> None:
    world = World(
        """
datasets: [{name: visits, source: visits, time: day}]
metrics:
  - {name: people, type: simple, dataset: visits, agg: count_distinct, expr: person}
  - {name: near, type: simple, dataset: visits, agg: median, expr: size, approximate: true}
  - {name: people_2d, type: cumulative, input_metric: people, window: 2 days, period_agg: average}
  - {name: people_first, type: cumulative, input_metric: people, window: 2 days, period_agg: first}
  - {name: near_2d, type: cumulative, input_metric: near, window: 2 days, period_agg: average}
""",
        now=datetime(2026, 2, 1),
        visits="""
            day date   | person integer | size integer
            2026-01-10 | 1              | 100
            2026-01-11 | 1              | 300
            2026-01-11 | 2              | 300
        """,
    )
    [(_, average, first, near)] = world.rows(
        engine, "people_2d", "people_first", "near_2d", grain="month", range="2026-01"
    )
    # 10: 1 person, 11: 2, 12: 2; medians 100, 300, 300.
    assert (average, first) == (5 / 3, 1)
    assert near == approx(700 / 3, rel=0.01)


def test_many_days_are_laid_out_as_runs(engine: str) -> None:
    """Fourteen thousand windows are told by where they begin, so that neither we nor the engine read them one by one."""
    found = SALES.rows(engine, "ytd", "two_days", grain="day", range="1990..2028", fill=True)
    assert len(found) == 14_245
    shown = {row[0]: row[1:] for row in found if row[1] or row[2]}
    assert min(shown) == date(2026, 1, 5)
    assert shown[date(2026, 1, 6)] == (100, 100)
    assert shown[date(2026, 1, 21)] == (150, 50)
    assert shown[date(2026, 2, 3)] == (164, 4)
    assert max(shown) == date(2026, 2, 3)
    sql = SALES.ask(engine, "ytd", "two_days", grain="day", range="1990..2028", fill=True).sql
    assert len(sql) < 60_000


def test_many_hours_are_laid_out_as_runs(engine: str) -> None:
    asked = {"grain": "hour", "range": "2026", "timezone": "America/New_York"}
    found = {row[0].isoformat(): row[1] for row in CALLS.rows(engine, "hour_before", **asked)}
    assert found == {
        "2026-10-31T02:00:00-04:00": 1,
        "2026-11-01T01:00:00-04:00": 2,
        "2026-11-01T01:00:00-05:00": 4,
        "2026-11-01T02:00:00-05:00": 24,
        "2026-11-01T03:00:00-05:00": 32,
    }
    assert len(CALLS.ask(engine, "hour_before", **asked).sql) < 20_000


HOURS = World(
    """
datasets:
  - {name: calls, source: calls, time: at}
metrics:
  - {name: seconds, type: simple, dataset: calls, agg: sum, expr: seconds}
  - {name: lines, type: simple, dataset: calls, agg: count_distinct, expr: line}
  - {name: made, type: simple, dataset: calls, agg: count}
  - {name: seconds_3h, type: cumulative, input_metric: seconds, window: 3 hours}
  - {name: first_3h, type: cumulative, input_metric: seconds, window: 3 hours, period_agg: first}
  - {name: mean_3h, type: cumulative, input_metric: seconds, window: 3 hours, period_agg: average}
  - {name: hourly, type: cumulative, input_metric: seconds, grain_to_date: hour}
  - {name: hourly_mean, type: cumulative, input_metric: seconds, grain_to_date: hour, period_agg: average}
  - {name: lines_3h, type: cumulative, input_metric: lines, window: 3 hours}
  - {name: made_3h, type: cumulative, input_metric: made, window: 3 hours}
  - {name: half_hour, type: cumulative, input_metric: seconds, window: 30 minutes}
  - name: hour_before
    type: derived
    expr: before
    input_metrics: [{name: seconds, alias: before, offset_window: 1 hour}]
  - name: before_15h
    type: derived
    expr: before
    input_metrics: [{name: seconds, alias: before, offset_window: 15 hours}]
""",
    now=datetime(2026, 3, 2, 13, 30),
    calls="""
        at timestamp        | line integer | seconds integer
        2026-03-01T01:30:00 | 1            | 1
        2026-03-01T22:10:00 | 1            | 2
        2026-03-01T23:40:00 | 2            | 4
        2026-03-02T00:20:00 | 2            | 8
        2026-03-02T12:05:00 | 3            | 16
        2026-03-02T13:05:00 | 1            | 32
    """,
)
TWO_DAYS = {"range": "2026-03-01..2026-03-02"}
FIRST, SECOND = date(2026, 3, 1), date(2026, 3, 2)


def test_hours_asked_by_the_day_stand_at_the_end_of_the_day_or_of_the_running_hour(engine: str) -> None:
    found = HOURS.rows(engine, "seconds_3h", "hourly", "lines_3h", "made_3h", grain="day", **TWO_DAYS)
    assert found == [(FIRST, 6, 4, 2, 2), (SECOND, 48, 32, 2, 2)]


def test_hours_asked_by_the_day_are_the_first_or_the_average_of_those_with_a_value(engine: str) -> None:
    found = HOURS.rows(engine, "first_3h", "mean_3h", "hourly_mean", grain="day", **TWO_DAYS)
    # The first day: 1, 1, 1 (one to four o'clock), 2, 6; the second: 14, 12, 8, 16, 48.
    assert found == [(FIRST, 1, 11 / 5, 7 / 3), (SECOND, 14, 98 / 5, approx(56 / 3))]


def test_hours_asked_by_the_month_or_in_one_row(engine: str) -> None:
    found = HOURS.rows(engine, "seconds_3h", "first_3h", "mean_3h", "hourly", grain="month", **TWO_DAYS)
    assert found == [(day("2026-03"), 48, 1, 109 / 10, 32)]
    assert HOURS.rows(engine, "seconds_3h", "hourly", "hour_before", **TWO_DAYS) == [(48, 32, 63)]
    assert HOURS.rows(engine, "seconds_3h", "hourly", range="2026-03-01") == [(6, 4)]


def test_years_of_hours_are_laid_out_only_where_there_is_data(engine: str) -> None:
    assert HOURS.rows(engine, "first_3h", grain="year", range="2000..2030") == [(date(2026, 1, 1), 1)]


def test_minutes_asked_by_the_hour_stand_at_its_end(engine: str) -> None:
    found = HOURS.rows(engine, "half_hour", grain="hour", **TWO_DAYS)
    assert [(row[0].isoformat()[8:13], row[1]) for row in found] == [("01T01", 1), ("01T23", 4), ("02T13", 32)]
    assert HOURS.rows(engine, "half_hour", grain="day", **TWO_DAYS) == [(FIRST, 4), (SECOND, 32)]


def test_the_hours_before_those_of_a_day(engine: str) -> None:
    assert HOURS.rows(engine, "hour_before", grain="day", **TWO_DAYS) == [(FIRST, 3), (SECOND, 60)]
    later = datetime(2026, 3, 5)
    # 15 hours before a day in Tokyo is a day in UTC, but no day in Tokyo.
    asked = {"range": "2026-03-02", "timezone": "Asia/Tokyo", "now": later}
    assert HOURS.rows(engine, "before_15h", grain="day", **asked) == [(SECOND, 7)]
    assert HOURS.rows(engine, "first_3h", grain="day", **asked) == [(SECOND, 2)]


def test_hours_of_the_day_before_stand_beside_those_of_a_day(engine: str) -> None:
    asked = {"grain": "day", "range": "2026-03-02", "vs": "prev"}
    # At 14:00 the three hours of the day before had nothing; with all of the day over they are those up to midnight.
    assert HOURS.rows(engine, "seconds_3h", **asked)[0][:3] == (SECOND, 48, None)
    [(_, _, before, *_)] = HOURS.rows(engine, "first_3h", **asked)
    assert before == 1
