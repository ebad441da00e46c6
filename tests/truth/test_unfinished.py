"""Which periods are flagged as not whole: still filling, or cut by the asked range; worked by hand."""

from __future__ import annotations

from datetime import date, datetime

from tests.truth.case import World, day
from tests.truth.test_calendars import RETAIL
from truenorth.export.cell import cells, remarks

DAILY = World(
    """
datasets: [{name: sales, source: sales, time: day}]
metrics: [{name: takings, type: simple, dataset: sales, agg: sum, expr: amount}]
""",
    now=datetime(2026, 5, 14, 9, 30),
    sales="day date | amount integer\n"
    + "\n".join(
        f"{text} | 1"
        for text in (
            "2025-05-20", "2025-11-03", "2026-02-10", "2026-03-31", "2026-04-02", "2026-04-28", "2026-05-04",
            "2026-05-12", "2026-05-14",
        )
    ),
)  # fmt: skip


def test_a_running_period_of_a_calendar_is_flagged(engine: str) -> None:
    asked = {"grain": "retail_month", "range": "2026-01-01..2026-01-13"}
    answer = RETAIL.ask(engine, "takings", **asked, now=datetime(2026, 1, 6, 12))
    assert (answer.incomplete, answer.cut) == (("M2", "M3"), ())
    assert [row[0] for row in cells(answer)] == ["M1", "M2*", "M3*"]
    assert RETAIL.ask(engine, "takings", **asked).incomplete == ()


def test_a_period_of_a_calendar_that_the_range_cuts_is_flagged(engine: str) -> None:
    answer = RETAIL.ask(engine, "takings", grain="retail_month", range="2026-01-03..2026-01-09")
    assert (answer.incomplete, answer.cut) == (("M1",), ("M1",))
    assert remarks(answer)[0] == "† cut by the range: only a part of the period"


def test_parts_of_dates_are_flagged_where_more_may_come_or_the_range_cuts(engine: str) -> None:
    answer = DAILY.ask(engine, "takings", by="metric_time__month_of_year", range="2025-05-18..2026-05-14")
    # May holds days of 2025 from the 18th on, and of this month up to today.
    assert (answer.incomplete, answer.cut) == ((5,), (5,))
    answer = DAILY.ask(engine, "takings", by="metric_time__quarter_of_year", range="2025-07-01..2026-05-14")
    assert (answer.incomplete, answer.cut) == ((2,), ())
    # A Thursday.
    answer = DAILY.ask(engine, "takings", by="metric_time__day_of_week", range="30d")
    assert answer.incomplete == (4,)
    assert DAILY.ask(engine, "takings", by="metric_time__day_of_week", range="2026-04").incomplete == ()


def test_of_several_columns_a_row_is_flagged_by_all_of_them(engine: str) -> None:
    by = ("metric_time__year", "metric_time__quarter")
    answer = DAILY.ask(engine, "takings", by=by, range="2025-07..2026-06")
    assert answer.incomplete == ((day("2026-01-01"), day("2026-04-01")),)
    assert answer.cut == ()
    assert [row[:2] for row in cells(answer)] == [["2025", "2025-Q4"], ["2026", "2026-Q1"], ["2026", "2026-Q2*"]]
    by = ("metric_time__year", "metric_time__quarter_of_year")
    answer = DAILY.ask(engine, "takings", by=by, range="2025-07..2026-06")
    assert answer.incomplete == ((day("2026-01-01"), 2),)
    assert [row[:2] for row in cells(answer)] == [["2025", "4"], ["2026", "1"], ["2026", "2*"]]


def test_a_week_in_two_months_is_two_rows_and_each_is_whole(engine: str) -> None:
    by = ("metric_time__week", "metric_time__month")
    answer = DAILY.ask(engine, "takings", by=by, range="2026-04-01..2026-05-14")
    week = date(2026, 5, 11)
    assert answer.incomplete == ((week, day("2026-05-01")),)
    # The first of April begins a month: nothing of "April in the week of 30 March" lies outside.
    assert (date(2026, 3, 30), day("2026-04-01")) in [row[:2] for row in answer.table.rows]


def test_what_the_range_cuts_is_not_said_to_be_filling(engine: str) -> None:
    answer = DAILY.ask(engine, "takings", grain="month", range="2026-03-20..2026-05-14")
    assert answer.incomplete == (day("2026-03-01"), day("2026-05-01"))
    assert answer.cut == (day("2026-03-01"),)
    assert [row[0] for row in cells(answer)] == ["2026-03†", "2026-04", "2026-05*"]
    assert remarks(answer)[:2] == [
        "* still filling, not complete yet",
        "† cut by the range: only a part of the period",
    ]
    over = DAILY.ask(engine, "takings", grain="month", range="2026-04-01..2026-05-05")
    assert (over.incomplete, over.cut) == ((day("2026-05-01"),), (day("2026-05-01"),))
