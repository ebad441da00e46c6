"""Ranges, grains and the calendar they are counted by."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from truenorth.base import period
from truenorth.base.errors import QueryError
from truenorth.base.period import CLOCK, GRAINS, Grain, Span, periods, shift, shift_span, truncate
from truenorth.base.range import parse_range

NOW = datetime(2026, 5, 13, 9, 30)  # a Wednesday
D = date


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2026", D(2026, 1, 1), D(2027, 1, 1)),
        ("2026-Q2", D(2026, 4, 1), D(2026, 7, 1)),
        ("2026-q4", D(2026, 10, 1), D(2027, 1, 1)),
        ("2026-12", D(2026, 12, 1), D(2027, 1, 1)),
        ("2024-02-29", D(2024, 2, 29), D(2024, 3, 1)),
        ("2026-01-01..2026-03-31", D(2026, 1, 1), D(2026, 4, 1)),
        ("2026-01 .. 2026-Q2", D(2026, 1, 1), D(2026, 7, 1)),
        ("2026-03..", D(2026, 3, 1), None),
        ("..2025", None, D(2026, 1, 1)),
        ("all", None, None),
        ("  ALL ", None, None),
        ("", None, None),
        ("3m", D(2026, 3, 1), D(2026, 6, 1)),
        ("2w", D(2026, 5, 4), D(2026, 5, 18)),
        ("1q", D(2026, 4, 1), D(2026, 7, 1)),
        ("2y", D(2025, 1, 1), D(2027, 1, 1)),
        ("90d", D(2026, 2, 13), D(2026, 5, 14)),
        ("24h", datetime(2026, 5, 12, 10), datetime(2026, 5, 13, 10)),
        ("today", D(2026, 5, 13), D(2026, 5, 14)),
        ("yesterday", D(2026, 5, 12), D(2026, 5, 13)),
        ("this week", D(2026, 5, 11), D(2026, 5, 18)),
        ("last month", D(2026, 4, 1), D(2026, 5, 1)),
        ("Last  Quarter", D(2026, 1, 1), D(2026, 4, 1)),
        ("this year", D(2026, 1, 1), D(2027, 1, 1)),
    ],
)
def test_a_range_by_the_wall_clock(text: str, start: date | None, end: date | None) -> None:
    assert parse_range(text, NOW) == Span(start, end)


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("3m", D(2026, 2, 1), D(2026, 5, 1)),
        ("2w", D(2026, 4, 27), D(2026, 5, 11)),
        ("7d", D(2026, 5, 6), D(2026, 5, 13)),
        ("6h", datetime(2026, 5, 12, 18), datetime(2026, 5, 13)),
        ("today", D(2026, 5, 12), D(2026, 5, 13)),
        ("yesterday", D(2026, 5, 11), D(2026, 5, 12)),
        ("this month", D(2026, 5, 1), D(2026, 6, 1)),
        ("2026", D(2026, 1, 1), D(2027, 1, 1)),
    ],
)
def test_a_range_by_the_clock_of_data_that_ends_on_12_may(text: str, start: date, end: date) -> None:
    assert parse_range(text, datetime(2026, 5, 13), clock="data") == Span(start, end)


def test_the_last_day_of_a_month_that_ends_the_data_makes_it_whole() -> None:
    assert parse_range("1m", datetime(2026, 6, 1), clock="data") == Span(D(2026, 5, 1), D(2026, 6, 1))
    assert parse_range("this month", datetime(2026, 6, 1), clock="data") == Span(D(2026, 5, 1), D(2026, 6, 1))


@pytest.mark.parametrize(
    "text",
    ["12", "m", "-3m", "3 m", "2026-13", "2026-00", "2026-Q5", "2025-02-29", "26-01", "tomorrow", "..x", "2026..2025"]
    + ["2026-05-13T00:00Z", "0d", "99999y", "3mm", "2026/05", "last decade", "0000"],
)
def test_what_is_no_range(text: str) -> None:
    with pytest.raises(QueryError) as raised:
        parse_range(text, NOW)
    assert raised.value.code == "E_BAD_RANGE"


def test_hours_pass_through_the_change_of_the_clock() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    noon = datetime(2026, 3, 29, 12, 30, tzinfo=berlin)
    span = parse_range("24h", noon)
    assert span.start == datetime(2026, 3, 28, 12, tzinfo=berlin)
    assert isinstance(span.start, datetime) and isinstance(span.end, datetime)
    assert span.end.astimezone(UTC) - span.start.astimezone(UTC) == timedelta(hours=24)


@pytest.mark.parametrize(
    ("day", "count", "grain", "moved"),
    [
        (D(2026, 3, 31), -1, "month", D(2026, 2, 28)),
        (D(2024, 3, 31), -1, "month", D(2024, 2, 29)),
        (D(2026, 1, 31), -1, "quarter", D(2025, 10, 31)),
        (D(2024, 2, 29), 1, "year", D(2025, 2, 28)),
        (D(2024, 2, 29), 4, "year", D(2028, 2, 29)),
        (D(2026, 1, 1), -1, "day", D(2025, 12, 31)),
        (D(2026, 1, 1), 2, "week", D(2026, 1, 15)),
        (D(2026, 12, 15), 1, "month", D(2027, 1, 15)),
        (D(2026, 1, 1), -1, "hour", datetime(2025, 12, 31, 23)),
    ],
)
def test_shift(day: date, count: int, grain: Grain, moved: date) -> None:
    assert shift(day, count, grain) == moved


@pytest.mark.parametrize(
    ("start", "end", "count", "grain", "wanted"),
    [
        (D(2026, 3, 28), D(2026, 3, 29), -1, "month", (D(2026, 2, 28), D(2026, 3, 1))),
        (D(2026, 3, 31), D(2026, 4, 1), -1, "month", (D(2026, 2, 28), D(2026, 3, 1))),
        (D(2026, 2, 28), D(2026, 3, 1), -1, "month", (D(2026, 1, 28), D(2026, 1, 29))),
        (D(2026, 3, 1), D(2026, 4, 1), -1, "month", (D(2026, 2, 1), D(2026, 3, 1))),
        (D(2026, 3, 1), D(2026, 3, 31), -1, "month", (D(2026, 2, 1), D(2026, 3, 1))),
        (D(2026, 5, 11), D(2026, 5, 18), -1, "year", (D(2025, 5, 11), D(2025, 5, 18))),
        (D(2026, 5, 11), D(2026, 5, 18), -52, "week", (D(2025, 5, 12), D(2025, 5, 19))),
        (None, D(2026, 4, 1), -1, "month", (None, D(2026, 3, 1))),
        (D(2026, 4, 1), None, -1, "month", (D(2026, 3, 1), None)),
        (
            datetime(2026, 5, 1, 9),
            datetime(2026, 5, 1, 12),
            -3,
            "hour",
            (datetime(2026, 5, 1, 6), datetime(2026, 5, 1, 9)),
        ),
    ],
)
def test_a_stretch_looks_back_over_one_as_long(
    start: date | None, end: date | None, count: int, grain: Grain, wanted: tuple[date | None, date | None]
) -> None:
    assert shift_span(Span(start, end), count, grain) == Span(*wanted)


DAYS = st.dates(D(1990, 1, 1), D(2060, 12, 31))
STARTS = st.sampled_from(["monday", "saturday", "sunday"])
BOUNDED = settings(derandomize=True, deadline=None, max_examples=200, database=None)
OF_DAYS = [one for one in GRAINS if one not in CLOCK]


@BOUNDED
@given(day=DAYS, grain=st.sampled_from(OF_DAYS), week_start=STARTS)
def test_every_day_lies_in_its_period(day: date, grain: Grain, week_start: str) -> None:
    start = truncate(day, grain, week_start)
    after = period.next_period(start, grain)
    assert start <= day < after
    assert truncate(start, grain, week_start) == start
    assert truncate(after, grain, week_start) == after
    assert truncate(after - timedelta(days=1), grain, week_start) == start


@BOUNDED
@given(first=DAYS, length=st.integers(0, 800), grain=st.sampled_from(OF_DAYS), week_start=STARTS)
def test_periods_cover_a_span_once(first: date, length: int, grain: Grain, week_start: str) -> None:
    span = Span(first, first + timedelta(days=length))
    assert span.start is not None and span.end is not None
    found = periods(span, grain, week_start)
    assert found == tuple(sorted({truncate(first + timedelta(days=n), grain, week_start) for n in range(length)}))


@BOUNDED
@given(day=DAYS, count=st.integers(-40, 40), grain=st.sampled_from(OF_DAYS))
def test_whole_months_stay_whole_wherever_they_move(day: date, count: int, grain: Grain) -> None:
    start = day.replace(day=1)
    span = shift_span(Span(start, shift(start, 1, "month")), count, grain)
    if grain in ("month", "quarter", "year"):
        assert span.start is not None and span.end == shift(span.start, 1, "month")


def test_periods_of_an_open_span_are_none() -> None:
    assert periods(Span(None, D(2026, 1, 1)), "day") == ()
    assert periods(Span(datetime(2026, 1, 1, 9), datetime(2026, 1, 2, 9)), "day") == (D(2026, 1, 1), D(2026, 1, 2))


@pytest.mark.parametrize(
    ("day", "grain", "text"),
    [
        (D(2026, 5, 12), "day", "12 May"),
        (D(2026, 5, 11), "week", "week of 11 May"),
        (D(2026, 5, 1), "month", "May 2026"),
        (D(2026, 4, 1), "quarter", "Q2 2026"),
        (D(2026, 1, 1), "year", "2026"),
        (datetime(2026, 5, 12, 9), "hour", "May 12, 09:00"),
    ],
)
def test_a_period_in_words(day: date, grain: Grain, text: str) -> None:
    assert period.period_label(day, grain) == text


@pytest.mark.parametrize(
    ("locale", "texts"),
    [
        ("de", ["2026", "Q2 2026", "Mai 2026", "11. Mai", "11. Mai", "11. Mai, 14:00"]),
        ("fr", ["2026", "T2 2026", "mai 2026", "11 mai", "11 mai", "11 mai, 14:00"]),
        ("ja", ["2026年", "2026/Q2", "2026年5月", "5月11日", "5月11日", "5月11日, 14:00"]),
        ("en_US", ["2026", "Q2 2026", "May 2026", "week of May 11", "May 11", "May 11, 2:00\u202fPM"]),
        ("en_GB", ["2026", "Q2 2026", "May 2026", "week of 11 May", "11 May", "11 May, 14:00"]),
    ],
)
def test_a_period_in_the_words_of_a_locale(locale: str, texts: list[str]) -> None:
    at = datetime(2026, 5, 11, 14)
    grains: list[Grain] = ["year", "quarter", "month", "week", "day", "hour"]
    assert [period.period_label(at, grain, locale) for grain in grains] == texts


def test_a_window_in_words() -> None:
    assert period.parse_window("28 days") == (28, "day")
    assert period.parse_window(" 1 month ") == (1, "month")
    for text in ("0 days", "28", "days", "-1 day", "1.5 days", "28 d", "1 fortnight"):
        with pytest.raises(QueryError):
            period.parse_window(text)


def test_how_long_a_span_is() -> None:
    assert period.whole_length(D(2026, 1, 1), D(2027, 1, 1)) == (12, "month")
    assert period.whole_length(D(2026, 1, 2), D(2026, 2, 2)) == (31, "day")


def test_the_first_day_past_a_moment() -> None:
    assert period.day_past(D(2026, 5, 1)) == D(2026, 5, 1)
    assert period.day_past(datetime(2026, 5, 1)) == D(2026, 5, 1)
    assert period.day_past(datetime(2026, 5, 1, 0, 0, 1)) == D(2026, 5, 2)


@pytest.mark.parametrize(
    ("locale", "text"), [("en", "29 Mar"), ("de", "29. März"), ("fr", "29 mars"), ("ja", "3月29日")]
)
def test_a_day_is_named_without_its_year_in_every_locale(locale: str, text: str) -> None:
    assert period.period_label(date(2026, 3, 29), "day", locale) == text
