"""Ranges: the words for a stretch of time, `90d`, `last complete week`, `2026-Q1`, as the span they mean at a `now`."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

from truenorth.base.errors import QueryError, did_you_mean
from truenorth.base.period import LETTERS, Grain, Span, grain_of, parse_period, shift, truncate, wall

RANGE_HINT = (
    'write "12m", "90d", "last complete week", "month to date", "2026", "2026-Q1", "2026-03", '
    '"2026-01-01..2026-03-31", "2026-03-05T14:00..2026-03-05T18:00", "last month" or "all"'
)
SHORT = {**LETTERS, "min": "minute"}
TO_DATE = {"wtd": "week", "mtd": "month", "qtd": "quarter", "ytd": "year"}
SECONDS = {"minute": 60, "hour": 3600}
UNITS = ("minute", "hour", "day", "week", "month", "quarter", "year", "fiscal_quarter", "fiscal_year")
NAMED = r"(this|last|previous) (day|week|month|quarter|year|fiscal_quarter|fiscal_year)|(today|yesterday)"
UNIT = f"({'|'.join(UNITS)})"
WORDS = (*UNITS, *(f"{unit}s" for unit in UNITS), *TO_DATE, "all", "today", "yesterday")
WORDS = (*WORDS, "this", "last", "previous", "complete", "to", "date")


def parse_range(text: str, now: datetime, *, clock: str = "wall", week_start: str = "monday", fiscal: int = 1) -> Span:
    """The span a range means at a local `now`. With the data's clock, `now` is where the data ends.

    A fiscal year begins with the month `fiscal` and is named by the year in which it ends.

    Relative ranges end with the running period (clock wall) or with the last complete one (clock data); with
    `complete` they end with the last complete one by either clock.

    >>> parse_range("2m", datetime(2026, 5, 13, 9))
    Span(start=datetime.date(2026, 4, 1), end=datetime.date(2026, 6, 1))
    >>> parse_range("2m", datetime(2026, 5, 13), clock="data")
    Span(start=datetime.date(2026, 3, 1), end=datetime.date(2026, 5, 1))
    >>> parse_range("last complete week", datetime(2026, 5, 13, 9))
    Span(start=datetime.date(2026, 5, 4), end=datetime.date(2026, 5, 11))
    >>> parse_range("month to date", datetime(2026, 5, 13, 9))
    Span(start=datetime.date(2026, 5, 1), end=datetime.date(2026, 5, 14))
    >>> parse_range("FY2026-Q1", datetime(2026, 5, 13), fiscal=7)
    Span(start=datetime.date(2025, 7, 1), end=datetime.date(2025, 10, 1))
    """
    words = words_of(text)
    if words in ("", "all"):
        return Span()
    if ".." in words:
        return between(words, text, fiscal)
    if found := relative(words, now, clock, week_start, fiscal):
        return found
    try:
        return named_period(words, fiscal)
    except ValueError:
        raise QueryError("E_BAD_RANGE", f'"{text}" is not a range of time', hint=meant(words) or RANGE_HINT) from None


def words_of(text: str) -> str:
    """A range in small letters with single spaces; a fiscal year is one word.

    >>> words_of("This  Fiscal Year")
    'this fiscal_year'
    """
    words = " ".join(text.lower().split())
    return re.sub(r"\bfiscal (year|quarter)", r"fiscal_\1", words) if "fiscal" in words else words


def relative(words: str, now: datetime, clock: str, week_start: str, fiscal: int = 1) -> Span | None:
    """The span of words that are said from now on backwards; None for other words."""
    if short := re.fullmatch(r"(\d{1,5})(min|[hdwmqy])", words):
        return trailing(int(short[1]), SHORT[short[2]], now, clock, week_start, fiscal)
    if counted := re.fullmatch(rf"(?:last )?(\d{{1,5}}) (complete )?{UNIT}s?", words):
        how = "data" if counted[2] else clock
        return trailing(int(counted[1]), counted[3], now, how, week_start, fiscal)
    if whole := re.fullmatch(rf"(?:last |previous )?complete {UNIT}", words):
        return trailing(1, whole[1], now, "data", week_start, fiscal)
    if grain := to_date_grain(words):
        end = shift(last_day(now, clock), 1, "day")
        return Span(truncate(last_day(now, clock), grain, week_start, fiscal), end)
    if named := re.fullmatch(NAMED, words):
        back = -1 if named[1] in ("last", "previous") or named[3] == "yesterday" else 0
        grain = grain_of(named[2] or "day")
        start = shift(truncate(last_day(now, clock), grain, week_start, fiscal), back, grain)
        return Span(start, shift(start, 1, grain))
    return None


def to_date_grain(text: str) -> Grain | None:
    """The unit of a range that begins with it and ends today; None for other ranges.

    >>> to_date_grain("Year to date"), to_date_grain("mtd"), to_date_grain("90d")
    ('year', 'month', None)
    """
    words = words_of(text)
    long = re.fullmatch(r"(week|month|quarter|year|fiscal_quarter|fiscal_year) to date", words)
    word = long[1] if long else TO_DATE.get(words, "")
    return grain_of(word) if word else None


def last_day(now: datetime, clock: str) -> date:
    """Today; by the data's clock its last day."""
    return now.date() - timedelta(days=1) if clock == "data" else now.date()


def between(words: str, text: str, fiscal: int = 1) -> Span:
    """Two dates, periods or times with `..` between them; either side may be left open.

    Dates and periods are both included. A time of day is a moment: the range ends there.
    """
    left, _, right = (part.strip() for part in words.partition(".."))
    try:
        start = named_period(left, fiscal).start if left else None
        end = (moment(right) or named_period(right, fiscal).end) if right else None
    except ValueError:
        hint = " ".join(filter(None, [spelled(left), spelled(right)])) or RANGE_HINT
        raise QueryError("E_BAD_RANGE", f'"{text}" is not a range of time', hint=hint) from None
    if start is not None and end is not None and not wall(start) < wall(end):
        raise QueryError("E_BAD_RANGE", f'"{text}" ends before it starts', hint="put the earlier date first")
    return Span(start, end)


def named_period(text: str, fiscal: int = 1) -> Span:
    """One period: 2026, 2026-Q1, 2026-03, 2026-03-05, the hour 2026-03-05T14, the minute 2026-03-05T14:30.

    >>> named_period("2026-03-05t14").end
    datetime.datetime(2026, 3, 5, 15, 0)
    """
    if at := moment(text):
        return Span(at, at + timedelta(minutes=1))
    if match := re.fullmatch(r"(\d{4}-\d{2}-\d{2})[t ](\d{2})", text):
        hour = datetime.fromisoformat(f"{match[1]}T{match[2]}:00")
        return Span(hour, hour + timedelta(hours=1))
    if match := re.fullmatch(r"fy-?(\d{4})(?:-f?q([1-4]))?|(\d{4})-fq([1-4])", text):
        return fiscal_period(int(match[1] or match[3]), int(match[2] or match[4] or 0), fiscal)
    return parse_period(text)


def fiscal_period(year: int, quarter: int, fiscal: int) -> Span:
    """A fiscal year or (1 to 4) one of its quarters; it is named by the calendar year in which it ends.

    >>> fiscal_period(2026, 0, 4)
    Span(start=datetime.date(2025, 4, 1), end=datetime.date(2026, 4, 1))
    """
    first = date(year if fiscal == 1 else year - 1, fiscal, 1)
    if not quarter:
        return Span(first, shift(first, 1, "fiscal_year"))
    start = shift(first, quarter - 1, "fiscal_quarter")
    return Span(start, shift(start, 1, "fiscal_quarter"))


def moment(text: str) -> datetime | None:
    """A day and a time of day with minutes, perhaps seconds, as the clock on the wall shows it; None for other words.

    >>> moment("2026-03-05t14:30")
    datetime.datetime(2026, 3, 5, 14, 30)
    """
    match = re.fullmatch(r"(\d{4}-\d{2}-\d{2})[t ](\d{2}:\d{2}(?::\d{2})?)", text)
    return datetime.fromisoformat(f"{match[1]}T{match[2]}") if match else None


def trailing(count: int, unit: str, now: datetime, clock: str, week_start: str, fiscal: int = 1) -> Span:
    """The last `count` units: up to the running one, or up to the last complete one of the data."""
    if count == 0:
        raise QueryError("E_BAD_RANGE", f"0 {unit}s are an empty range", hint=RANGE_HINT)
    if unit in SECONDS:
        return clock_trailing(count, SECONDS[unit], now, clock)
    grain = grain_of(unit)
    current = truncate(now.date(), grain, week_start, fiscal)
    end = current if clock == "data" else shift(current, 1, grain)
    return Span(shift(end, -count, grain), end)


def clock_trailing(count: int, seconds: int, now: datetime, clock: str) -> Span:
    """The last hours or minutes that really passed, also through the change of the clock."""
    begun = now.replace(minute=now.minute if seconds == 60 else 0, second=0, microsecond=0)
    end = begun if clock == "data" else passed(begun, seconds)
    return Span(passed(end, -count * seconds), end)


def passed(value: datetime, seconds: int) -> datetime:
    """A local time so many seconds later, in its own zone."""
    if value.tzinfo is None:
        return value + timedelta(seconds=seconds)
    return (value.astimezone(UTC) + timedelta(seconds=seconds)).astimezone(value.tzinfo)


def meant(words: str) -> str:
    """The hint for words that are nearly a range: each unknown one replaced by the nearest that is known."""
    anchored = datetime(2026, 5, 13)
    near = re.sub(r"\b(full|whole|completed|entire|closed)\b", "complete", words)
    near = re.sub(r"\b(past|prior|trailing|prev)\b", "last", re.sub(r"\bcurrent\b", "this", near))
    near = re.sub(r"(\d+)[ -]?(mins?|minutes?)\b", r"\1min", re.sub(r"[_-]", " ", near) if near[:1].isalpha() else near)
    tokens = [token if token[:1].isdigit() or token in WORDS else nearest(token) for token in near.split()]
    tried = re.sub(rf"\b((?!1 )\d+ (?:complete )?){UNIT}$", r"\1\2s", " ".join(tokens))
    tried = re.sub(r"^(\d+) (min|[hdwmqy])$", r"\1\2", tried)
    try:
        sure = tried != words and (relative(tried, anchored, "wall", "monday") or tried == "all")
    except QueryError:
        return ""
    return f'did you mean "{tried}"?' if sure else spelled(words)


def nearest(token: str) -> str:
    """The word a token is a slip of, or itself."""
    hint = did_you_mean(token, WORDS)
    return hint.split('"')[1] if hint else token


def spelled(words: str) -> str:
    """The hint for a date that is written in another order or with other marks."""
    if re.fullmatch(r"\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|\d{4}[./]\d{1,2}([./]\d{1,2})?", words):
        return "dates are written year-month-day, such as 2026-03-05"
    if re.search(r"\d[t ]\d{2}:\d{2}.*(z|[+-]\d{2}:?\d{2})$", words):
        return "a time of day is local to the question's timezone: leave the offset out"
    return ""
