"""Complaints about time: missing periods, days that begin at another hour, weeks at new year, windows, long ranges.

Each test names the thread it answers; the list is "Semantic / metrics layers", §3, classes 1, 3, 6, 8, 9 and 10.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import pairwise

from pytest import approx

from tests.truth.case import Rows, World, day

SALES = World(
    """
datasets:
  - {name: sales, source: sales, time: day, fields: [{name: region}, {name: kind}]}
metrics:
  - {name: revenue, type: simple, dataset: sales, agg: sum, expr: amount, filter: kind = 'sale', fill_nulls_with: 0}
  - {name: refunds, type: simple, dataset: sales, agg: sum, expr: amount, filter: kind = 'refund', fill_nulls_with: 0}
  - {name: bare, type: simple, dataset: sales, agg: sum, expr: amount}
  - {name: net, type: derived, expr: revenue - refunds, input_metrics: [{name: revenue}, {name: refunds}]}
  - {name: refund_rate, type: ratio, numerator: refunds, denominator: revenue}
""",
    sales="""
        day date   | region text | amount integer | kind text
        2025-01-05 | US          | 100            | sale
        2025-01-06 | DE          | 40             | sale
        2025-01-20 | US          | 30             | refund
        2025-03-02 | US          | 50             | sale
    """,
)
ALL = ("revenue", "refunds", "net", "refund_rate")


def test_missing_months_are_filled_in_every_kind_and_group(engine: str) -> None:
    """metricflow#1031, #1098: not honoured beside other metrics, in derived ones, in ratios, and by dimension."""
    rows = SALES.rows(engine, *ALL, by="region", grain="month", fill=True)
    assert rows == [
        (day("2025-01"), "DE", 40, 0, 40, 0),
        (day("2025-01"), "US", 100, 30, 70, approx(0.3)),
        (day("2025-02"), "DE", 0, 0, 0, None),
        (day("2025-02"), "US", 0, 0, 0, None),
        (day("2025-03"), "DE", 0, 0, 0, None),
        (day("2025-03"), "US", 50, 0, 50, 0),
    ]
    for metric in ALL:
        alone = SALES.rows(engine, metric, by="region", grain="month", fill=True)
        together = [(*row[:2], row[2 + ALL.index(metric)]) for row in rows]
        # No refund is of DE: asked alone, refunds have no row for it, which is worth the 0 that stands there together.
        assert alone == [row for row in together if metric != "refunds" or row[1] == "US"]
    whole = SALES.rows(engine, *ALL, grain="month", fill=True)
    assert [row[1:] for row in whole] == [(140, 30, 110, approx(3 / 14)), (0, 0, 0, None), (50, 0, 50, 0)]


def test_filled_and_unfilled_have_the_same_total(engine: str) -> None:
    """metricflow#1098: filling changed the sum."""
    for fill in (False, True):
        answer = SALES.ask(engine, *ALL, by="region", grain="month", fill=fill, totals=True)
        assert answer.totals == {"revenue": 190, "refunds": 30, "net": 160, "refund_rate": approx(30 / 190)}


READINGS = World(
    """
datasets:
  - {name: readings, source: readings, time: day}
metrics:
  - {name: mean, type: simple, dataset: readings, agg: avg, expr: value}
  - {name: total, type: simple, dataset: readings, agg: sum, expr: value}
  - {name: total_or_0, type: simple, dataset: readings, agg: sum, expr: value, fill_nulls_with: 0}
  - {name: seen, type: simple, dataset: readings, agg: count}
  - {name: known, type: simple, dataset: readings, agg: count, expr: value}
""",
    readings="day date | value integer\n2025-01-01 | 0\n2025-01-02 |\n2025-01-04 | 5",
)


def test_nothing_is_not_zero(engine: str) -> None:
    """rill#1476: a measured 0, a reading without a value and a day without readings are three things."""
    rows = READINGS.rows(engine, "mean", "total", "total_or_0", "seen", "known", grain="day", fill=True)
    assert [row[1:] for row in rows] == [(0, 0, 0, 1, 1), (None, None, 0, 1, 0), (None, None, 0, 0, 0), (5, 5, 5, 1, 1)]
    assert len(READINGS.rows(engine, "mean", grain="day")) == 3


CALLS = World(
    """
datasets:
  - {name: calls, source: calls, time: at, fields: [{name: at}]}
metrics:
  - {name: calls_made, type: simple, dataset: calls, agg: count}
  - {name: first_call, type: simple, dataset: calls, agg: min, expr: at}
  - {name: last_call, type: simple, dataset: calls, agg: max, expr: at}
""",
    now=datetime(2025, 3, 10, 12),
    calls="""
        at timestamp
        2025-03-09T04:30:00
        2025-03-09T05:30:00
        2025-03-10T03:30:00
        2025-03-10T03:59:59
        2025-03-10T04:00:00
    """,
)
NEW_YORK = "America/New_York"


def test_days_are_the_customer_s_own(engine: str) -> None:
    """metricflow#733: no time zones. The 9th of March 2025 has 23 hours in New York: 05:00 to 04:00 UTC."""
    assert CALLS.rows(engine, "calls_made", grain="day") == [(day("2025-03-09"), 2), (day("2025-03-10"), 3)]
    local = [(day("2025-03-08"), 1), (day("2025-03-09"), 3), (day("2025-03-10"), 1)]
    assert CALLS.rows(engine, "calls_made", grain="day", timezone=NEW_YORK) == local
    assert CALLS.rows(engine, "calls_made", by="at__day", timezone=NEW_YORK) == local


def test_ranges_are_of_local_days_too(engine: str) -> None:
    """cube#9638, #10159, lightdash#28493: a range meant other days than the rows it was shown with."""
    for words in (
        {"range": "2025-03-09"},
        {"range": "yesterday"},
        {"where": "metric_time = '2025-03-09'"},
        {"where": ("metric_time >= '2025-03-09'", "metric_time < '2025-03-10'")},
    ):
        assert CALLS.value(engine, "calls_made", timezone=NEW_YORK, **words) == 3, words
    assert CALLS.value(engine, "calls_made", range="2025-03-09") == 2


def test_the_first_and_last_moment_are_not_shifted(engine: str) -> None:
    """cube#9293, lightdash#2445: min and max of a time came out in another zone than the time itself."""
    first, last = datetime(2025, 3, 9, 4, 30), datetime(2025, 3, 10, 4)
    for zone in ("UTC", NEW_YORK, "Asia/Tokyo"):
        assert CALLS.rows(engine, "first_call", "last_call", timezone=zone) == [(first, last)]
    rows = CALLS.rows(engine, "last_call", grain="day", timezone=NEW_YORK)
    assert rows[1] == (day("2025-03-09"), datetime(2025, 3, 10, 3, 59, 59))


def every_day(first: date, last: date) -> Rows:
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    return Rows({"day": "date", "n": "integer"}, [(one, at % 11) for at, one in enumerate(days)])


LOG = """
datasets:
  - {name: log, source: log, time: day, fields: [{name: n}]}
metrics:
  - {name: days_seen, type: simple, dataset: log, agg: count}
  - {name: total, type: simple, dataset: log, agg: sum, expr: n}
  - {name: kinds, type: simple, dataset: log, agg: count_distinct, expr: n}
  - {name: total_7, type: cumulative, input_metric: total, window: 7 days}
  - {name: kinds_7, type: cumulative, input_metric: kinds, window: 7 days}
  - name: per_day_more
    type: derived
    expr: (now - earlier) / days
    input_metrics:
      - {name: total, alias: now}
      - {name: total, alias: earlier, offset_window: 1 month}
      - {name: days_seen, alias: days}
"""
YEARS = every_day(date(2019, 12, 30), date(2022, 1, 9))


def test_weeks_are_whole_at_every_new_year(engine: str) -> None:
    """cube#10085, #177, metabase#23675, lightdash#3557: weeks broke or slipped where years meet, 53 weeks in 2020."""
    monday = World(LOG, log=YEARS)
    weeks = monday.rows(engine, "days_seen", grain="week")
    assert [label for label, _ in weeks] == [date(2019, 12, 30) + timedelta(weeks=n) for n in range(106)]
    assert {count for _, count in weeks} == {7}
    sunday = World(LOG, workspace="week_start: sunday\n", log=YEARS)
    weeks = sunday.rows(engine, "days_seen", grain="week")
    assert weeks[0] == (date(2019, 12, 29), 6)
    assert weeks[-1] == (date(2022, 1, 9), 1)
    assert {count for _, count in weeks[1:-1]} == {7}


def test_fiscal_years_begin_with_their_month(engine: str) -> None:
    """metricflow#820, metabase#23675, lightdash#6776: years that begin in February; one of them has a 29th in it."""
    world = World(LOG, workspace="fiscal_year_start: february\n", log=YEARS)
    rows = world.rows(engine, "days_seen", by="metric_time__fiscal_year")
    assert rows == [(day("2019-02"), 33), (day("2020-02"), 366), (day("2021-02"), 343)]


def test_retail_months_are_of_four_four_and_five_weeks(engine: str) -> None:
    """metricflow#820, cube#8488, lightdash#10268: 4-4-5, from a Sunday, over a year and into the next."""
    starts = [date(2020, 2, 2) + timedelta(weeks=week) for week in range(56)]
    months = [f"{2020 + at // 12}-P{at % 12 + 1:02}" for at, weeks in enumerate((4, 4, 5) * 5) for _ in range(weeks)]
    days = [(start + timedelta(days=n), month) for start, month in zip(starts, months, strict=False) for n in range(7)]
    definitions = LOG.replace(
        "datasets:", "datasets:\n  - {name: retail, source: retail, calendar: {column: day, grains: [retail_month]}}"
    )
    world = World(definitions, retail=Rows({"day": "date", "retail_month": "text"}, days), log=YEARS)
    rows = dict(world.rows(engine, "days_seen", by="metric_time__retail_month", range="2020-02-02..2021-02-27"))
    lengths = [28, 28, 35] * 4 + [28]
    assert rows == dict(zip([*(f"2020-P{at:02}" for at in range(1, 13)), "2021-P01"], lengths, strict=True))


def test_a_rolling_window_is_what_its_days_hold(engine: str) -> None:
    """cube#8745, #7730, #329: a rolled-up answer differed from the raw one; here over two years, day by day."""
    world = World(LOG, log=YEARS)
    rows = YEARS.table.rows
    wanted = []
    for at, (label, _) in enumerate(rows):
        inside = [n for _, n in rows[max(0, at - 6) : at + 1]]
        wanted.append((label, sum(inside), len(set(inside))))
    assert world.rows(engine, "total_7", "kinds_7", grain="day") == wanted
    months = {label: value for label, value, _ in world.rows(engine, "total_7", "kinds_7", grain="month")}
    assert months[date(2020, 2, 1)] == next(total for label, total, _ in wanted if label == date(2020, 2, 29))


def test_a_measure_of_several_steps_over_a_long_range(engine: str) -> None:
    """cube#11545: about twice the value for a measure of several steps once the range was long."""
    world = World(LOG, log=YEARS)
    of: dict[date, list[int]] = {}
    for label, n in YEARS.table.rows:
        of.setdefault(label.replace(day=1), []).append(n)
    months = sorted(of)
    for span in ("2020", "2020-06", "2019..2022", "all"):
        found = {
            label: value
            for label, value in world.rows(engine, "per_day_more", grain="month", range=span)
            if value is not None
        }
        wanted = {
            now: approx((sum(of[now]) - sum(of[then])) / len(of[now]))
            for then, now in pairwise(months)
            if span not in ("2020", "2020-06") or str(now).startswith(span)
        }
        assert found == wanted, span


def test_an_offset_of_a_rolling_window_is_heeded(engine: str) -> None:
    """cube#8580: the offset of a rolling window was ignored. Values 1, 2, -, 8, 16 on the first five days."""
    world = World(
        LOG
        + """
  - name: more
    type: derived
    expr: now - before
    input_metrics: [{name: total_3, alias: now}, {name: total_3, alias: before, offset_window: 2 days}]
  - {name: total_3, type: cumulative, input_metric: total, window: 3 days}
""",
        log="day date | n integer\n2025-01-01 | 1\n2025-01-02 | 2\n2025-01-04 | 8\n2025-01-05 | 16",
    )
    rows = world.rows(engine, "total_3", "more", grain="day", range="2025-01-01..2025-01-05")
    assert [row[1:] for row in rows] == [(1, None), (3, None), (3, 2), (10, 7), (24, 21)]
