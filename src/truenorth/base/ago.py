"""Moments and periods that a condition compares a time with: `2026-03`, `30 days ago`, `last month`, at a `now`."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

from truenorth.base.errors import QueryError
from truenorth.base.period import CLOCK, Span, day_of, grain_of, shift, truncate
from truenorth.base.range import last_day, named_period, passed

UNIT = "(second|minute|hour|day|week|month|quarter|year)"
AGO = re.compile(rf"(\d{{1,5}}) {UNIT}s? (ago|from now)|in (\d{{1,5}}) {UNIT}s?")
PERIOD = re.compile(r"(this|last|previous|next) (day|week|month|quarter|year)")
DAYS = {"today": 0, "yesterday": -1, "tomorrow": 1}
ISO = re.compile(r"\d{4}(-\d\d?(-\d\d?([T ]\d\d(:\d\d(:\d\d(\.\d{1,6})?)?)?)?)?|-Q[1-4])?", re.I)
HINT = (
    "write a period such as '2026-01-31', '2026-01' or '2026', or words such as '30 days ago', 'today' or 'last month'"
)


def is_timely(text: str) -> bool:
    """Whether a text says a time, so that a field of times may be compared with it.

    >>> [is_timely(text) for text in ("2026-01", "30 days ago", "Last Month", "pro", "2026-01-05 and so on")]
    [True, True, True, False, False]
    """
    return bool(ISO.fullmatch(text)) or is_relative(text)


def is_relative(text: str) -> bool:
    """Whether a text is said from now on."""
    words = said(text)
    return words == "now" or words in DAYS or bool(AGO.fullmatch(words) or PERIOD.fullmatch(words))


def said(text: str) -> str:
    """The words without case and odd spaces."""
    return " ".join(text.lower().split())


def period_of(text: str, now: datetime, *, clock: str = "wall", week_start: str = "monday") -> Span:
    """The stretch that a text means at a local `now`: a day for days and more, a moment for hours and less.

    Days and longer units count from today; by the data's clock that is its last day.

    >>> period_of("30 days ago", datetime(2026, 5, 13, 9)).start
    datetime.date(2026, 4, 13)
    >>> period_of("last month", datetime(2026, 5, 13, 9))
    Span(start=datetime.date(2026, 4, 1), end=datetime.date(2026, 5, 1))
    """
    words = said(text)
    if words == "now":
        return Span(now, now)
    today = last_day(now, clock)
    if words in DAYS:
        return one_day(shift(today, DAYS[words], "day"))
    if found := AGO.fullmatch(words):
        count = int(found[1] or found[4]) * (-1 if found[3] == "ago" else 1)
        unit = found[2] or found[5]
        if unit in CLOCK:
            at = passed(now, count * CLOCK[unit])
            return Span(at, at)
        return one_day(shift(today, count, grain_of(unit)))
    if named := PERIOD.fullmatch(words):
        grain = grain_of(named[2])
        back = {"this": 0, "next": 1}.get(named[1], -1)
        start = shift(truncate(today, grain, week_start), back, grain)
        return Span(start, shift(start, 1, grain))
    return written(words, text)


def written(words: str, text: str) -> Span:
    """A period or moment written in ISO; midnight is the whole day."""
    try:
        if re.fullmatch(r"\d{4}-\d\d-\d\d[t ]00(:00(:00(\.0+)?)?)?", words):
            return one_day(date.fromisoformat(words[:10]))
        if found := re.fullmatch(r"(\d{4}-\d\d-\d\d)[t ](\d\d:\d\d:\d\d)(\.\d+)?", words):
            at = datetime.fromisoformat(f"{found[1]}T{found[2]}{(found[3] or '')[:7]}")
            return Span(at, at + (timedelta(microseconds=1) if found[3] else timedelta(seconds=1)))
        return named_period(words)
    except ValueError:
        raise QueryError("E_BAD_RANGE", f'"{text}" is not a period', hint=HINT) from None


def one_day(value: date) -> Span:
    """A day as a stretch."""
    return Span(day_of(value), shift(day_of(value), 1, "day"))
