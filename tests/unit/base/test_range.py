"""Ranges in words: what each means by either clock, and what is said of those that are nearly right."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from truenorth.base.errors import QueryError
from truenorth.base.period import Moment, Span
from truenorth.base.range import parse_range, to_date_grain

NOW = datetime(2026, 5, 13, 9, 30)  # a Wednesday
D = date
T = datetime


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("last complete day", D(2026, 5, 12), D(2026, 5, 13)),
        ("last complete week", D(2026, 5, 4), D(2026, 5, 11)),
        ("Last  Complete Month", D(2026, 4, 1), D(2026, 5, 1)),
        ("previous complete quarter", D(2026, 1, 1), D(2026, 4, 1)),
        ("last complete year", D(2025, 1, 1), D(2026, 1, 1)),
        ("last complete hour", T(2026, 5, 13, 8), T(2026, 5, 13, 9)),
        ("last 3 complete months", D(2026, 2, 1), D(2026, 5, 1)),
        ("3 complete weeks", D(2026, 4, 20), D(2026, 5, 11)),
        ("1 complete month", D(2026, 4, 1), D(2026, 5, 1)),
        ("last 7 days", D(2026, 5, 7), D(2026, 5, 14)),
        ("7 days", D(2026, 5, 7), D(2026, 5, 14)),
        ("last 2 weeks", D(2026, 5, 4), D(2026, 5, 18)),
        ("last 24 hours", T(2026, 5, 12, 10), T(2026, 5, 13, 10)),
        ("90min", T(2026, 5, 13, 8, 1), T(2026, 5, 13, 9, 31)),
        ("last 90 minutes", T(2026, 5, 13, 8, 1), T(2026, 5, 13, 9, 31)),
        ("last 30 complete minutes", T(2026, 5, 13, 9), T(2026, 5, 13, 9, 30)),
        ("previous quarter", D(2026, 1, 1), D(2026, 4, 1)),
        ("previous day", D(2026, 5, 12), D(2026, 5, 13)),
        ("wtd", D(2026, 5, 11), D(2026, 5, 14)),
        ("month to date", D(2026, 5, 1), D(2026, 5, 14)),
        ("MTD", D(2026, 5, 1), D(2026, 5, 14)),
        ("quarter to date", D(2026, 4, 1), D(2026, 5, 14)),
        ("ytd", D(2026, 1, 1), D(2026, 5, 14)),
        ("2026-03-05T14:00..2026-03-05T18:00", T(2026, 3, 5, 14), T(2026, 3, 5, 18)),
        ("2026-03-05 14:15 .. 2026-03-05 14:45:30", T(2026, 3, 5, 14, 15), T(2026, 3, 5, 14, 45, 30)),
        ("2026-03-05T14..2026-03-05T17", T(2026, 3, 5, 14), T(2026, 3, 5, 18)),
        ("2026-03-05T14:00..2026-03-06", T(2026, 3, 5, 14), D(2026, 3, 7)),
        ("2026-03-05T14:00..", T(2026, 3, 5, 14), None),
        ("2026-03-05T14", T(2026, 3, 5, 14), T(2026, 3, 5, 15)),
        ("2026-03-05T14:30", T(2026, 3, 5, 14, 30), T(2026, 3, 5, 14, 31)),
    ],
)
def test_by_the_wall_clock(text: str, start: Moment, end: Moment | None) -> None:
    assert parse_range(text, NOW) == Span(start, end)


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("last complete week", D(2026, 5, 4), D(2026, 5, 11)),
        ("last complete month", D(2026, 4, 1), D(2026, 5, 1)),
        ("last complete day", D(2026, 5, 12), D(2026, 5, 13)),
        ("last 7 days", D(2026, 5, 6), D(2026, 5, 13)),
        ("mtd", D(2026, 5, 1), D(2026, 5, 13)),
        ("ytd", D(2026, 1, 1), D(2026, 5, 13)),
        ("previous month", D(2026, 4, 1), D(2026, 5, 1)),
        ("90min", T(2026, 5, 12, 22, 30), T(2026, 5, 13)),
    ],
)
def test_by_the_clock_of_data_that_ends_on_12_may(text: str, start: Moment, end: Moment) -> None:
    assert parse_range(text, T(2026, 5, 13), clock="data") == Span(start, end)


@pytest.mark.parametrize("clock", ["wall", "data"])
def test_data_that_ends_with_a_month_has_that_month_complete_and_to_date(clock: str) -> None:
    midnight = T(2026, 6, 1)
    assert parse_range("last complete month", midnight, clock=clock) == Span(D(2026, 5, 1), D(2026, 6, 1))
    to_date = Span(D(2026, 5, 1), D(2026, 6, 1)) if clock == "data" else Span(D(2026, 6, 1), D(2026, 6, 2))
    assert parse_range("mtd", midnight, clock=clock) == to_date


def test_weeks_begin_where_the_workspace_says() -> None:
    assert parse_range("last complete week", NOW, week_start="sunday") == Span(D(2026, 5, 3), D(2026, 5, 10))
    assert parse_range("wtd", NOW, week_start="sunday") == Span(D(2026, 5, 10), D(2026, 5, 14))


def test_minutes_pass_through_the_change_of_the_clock() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    span = parse_range("90min", T(2026, 3, 29, 3, 29, tzinfo=berlin))
    assert span.start == T(2026, 3, 29, 1, 0, tzinfo=berlin)
    assert isinstance(span.end, datetime) and isinstance(span.start, datetime)
    assert span.end.timestamp() - span.start.timestamp() == timedelta(minutes=90).total_seconds()


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("last 7 dasy", 'did you mean "last 7 days"?'),
        ("last full week", 'did you mean "last complete week"?'),
        ("past 3 months", 'did you mean "last 3 months"?'),
        ("last completd month", 'did you mean "last complete month"?'),
        ("month-to-date", 'did you mean "month to date"?'),
        ("last_complete_week", 'did you mean "last complete week"?'),
        ("5 m", 'did you mean "5m"?'),
        ("30 mins", 'did you mean "30min"?'),
        ("yesteday", 'did you mean "yesterday"?'),
        ("13.05.2026", "dates are written year-month-day, such as 2026-03-05"),
        ("2026/05", "dates are written year-month-day, such as 2026-03-05"),
        ("2026-05-13T00:00Z", "a time of day is local to the question's timezone: leave the offset out"),
        ("2026-05-13T00:00+02:00..2026-05-14", "a time of day is local to the question's timezone"),
        ("whenever", 'write "12m"'),
        ("0 complete weeks", 'write "12m"'),
    ],
)
def test_what_is_nearly_a_range_is_told(text: str, hint: str) -> None:
    with pytest.raises(QueryError) as raised:
        parse_range(text, NOW)
    assert raised.value.code == "E_BAD_RANGE" and hint in raised.value.hint


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-05T25:00",
        "2026-03-05T14:60",
        "2026-03-05T18:00..2026-03-05T14:00",
        "2026-02-30T10",
        "complete",
        "to date",
    ]
    + ["last complete", "3 complete", "last to date", "2026-03-05T14:00..2026-03-05T14:00", "this complete week"],
)
def test_what_is_no_range(text: str) -> None:
    with pytest.raises(QueryError) as raised:
        parse_range(text, NOW)
    assert raised.value.code == "E_BAD_RANGE"


def test_what_begins_with_a_unit_and_ends_today() -> None:
    assert [to_date_grain(text) for text in ("wtd", "Quarter to  date", "90d", "this year")] == [
        "week",
        "quarter",
        None,
        None,
    ]
