"""Periods: grains, ranges and the calendar that every room counts by. `now` is always an argument."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Literal, get_args

from msgspec import Struct

from truenorth.base.errors import QueryError, did_you_mean

Grain = Literal[
    "second", "minute", "5_minutes", "10_minutes", "15_minutes", "30_minutes", "hour",
    "day", "week", "month", "quarter", "year", "fiscal_quarter", "fiscal_year",
]  # fmt: skip
Moment = date | datetime

GRAINS: tuple[Grain, ...] = get_args(Grain)
# The grains inside a day, by their seconds: their periods are instants, those of the others begin with a local day.
CLOCK: dict[str, int] = {
    "second": 1,
    "minute": 60,
    "5_minutes": 300,
    "10_minutes": 600,
    "15_minutes": 900,
    "30_minutes": 1800,
    "hour": 3600,
}
LETTERS: dict[str, Grain] = {
    "min": "minute",
    "h": "hour",
    "d": "day",
    "w": "week",
    "m": "month",
    "q": "quarter",
    "y": "year",
}
# Each part of a date, and the coarsest grain within which it stays the same.
PARTS: dict[str, Grain] = {
    "hour_of_day": "hour",
    "day_of_week": "day",
    "day_of_month": "day",
    "day_of_year": "day",
    "week_of_year": "day",
    "month_of_year": "month",
    "quarter_of_year": "quarter",
    "year_number": "year",
}
WEEK_STARTS = {"monday": 0, "saturday": 5, "sunday": 6}
MONTHS: dict[str, int] = {"month": 1, "quarter": 3, "year": 12, "fiscal_quarter": 3, "fiscal_year": 12}
# Times that are no metric's own are also shown by the millisecond.
FINEST = "millisecond"
COUNTED = "it is counted by the days of its calendar"
FISCAL = ("fiscal_quarter", "fiscal_year")


class Span(Struct, frozen=True):
    """A half-open stretch of local time, [start, end); None is open. Dates are local midnights, hours are datetimes."""

    start: Moment | None = None
    end: Moment | None = None

    @property
    def bounded(self) -> bool:
        return self.start is not None and self.end is not None


def grain_of(word: str) -> Grain:
    """The grain of that name; QueryError E_UNKNOWN_GRAIN otherwise.

    >>> grain_of("month")
    'month'
    """
    for grain in GRAINS:
        if grain == word:
            return grain
    hint = did_you_mean(word, GRAINS) or "one of " + ", ".join(GRAINS)
    raise QueryError("E_UNKNOWN_GRAIN", f'no grain named "{word}"', hint=hint)


def truncate(value: date, grain: str, week_start: str = "monday", fiscal: int = 1) -> date:
    """The first day of the period that holds a day; `fiscal` is the month in which a fiscal year begins.

    >>> truncate(date(2026, 5, 13), "quarter")
    datetime.date(2026, 4, 1)
    >>> truncate(date(2026, 5, 13), "week")
    datetime.date(2026, 5, 11)
    >>> truncate(date(2026, 5, 13), "fiscal_year", fiscal=7)
    datetime.date(2025, 7, 1)
    """
    if grain == "week":
        return value - timedelta(days=(value.weekday() - WEEK_STARTS[week_start]) % 7)
    if grain in MONTHS:
        step = MONTHS[grain]
        past = (value.month - (fiscal if grain in FISCAL else 1)) % step
        year, month = divmod(value.year * 12 + value.month - 1 - past, 12)
        return date(year, month + 1, 1)
    if grain != "day" and grain not in CLOCK:
        raise QueryError("E_UNKNOWN_GRAIN", f'"{grain}" has no length that is always the same', hint=COUNTED)
    return value


def shift(value: Moment, count: int, grain: str) -> Moment:
    """A day or hour moved by whole units; the 31st becomes the month's last day where there is none.

    Hours, minutes and seconds are those that pass: an aware time moves through the change of its clock.

    >>> shift(date(2026, 3, 31), -1, "month")
    datetime.date(2026, 2, 28)
    """
    try:
        return moved(value, count, grain)
    except (ValueError, OverflowError):
        length = f"{abs(count):,} {spoken(grain)}{'' if abs(count) == 1 else 's'}"
        message = f"{length} {'before' if count < 0 else 'after'} {value} no calendar reaches"
        raise QueryError("E_BAD_RANGE", message, hint="years go from 1 to 9999") from None


def moved(value: Moment, count: int, grain: str) -> Moment:
    """The same; ValueError or OverflowError outside the years 1 to 9999."""
    if grain in CLOCK:
        moment = value if isinstance(value, datetime) else datetime(value.year, value.month, value.day)
        passed = timedelta(seconds=count * CLOCK[grain])
        if moment.tzinfo is None:
            return moment + passed
        return (moment.astimezone(UTC) + passed).astimezone(moment.tzinfo)
    if grain in ("day", "week"):
        return value + timedelta(days=count * (7 if grain == "week" else 1))
    if grain not in MONTHS:
        raise QueryError("E_UNKNOWN_GRAIN", f'"{grain}" has no length that is always the same', hint=COUNTED)
    months = value.year * 12 + value.month - 1 + count * MONTHS[grain]
    year, month = divmod(months, 12)
    return value.replace(year=year, month=month + 1, day=min(value.day, days_in_month(year, month + 1)))


def spoken(grain: str) -> str:
    """A grain as people say it.

    >>> spoken("fiscal_year")
    'fiscal year'
    """
    return grain.replace("_", " ")


def shift_span(span: Span, count: int, grain: str) -> Span:
    """A stretch moved by whole units: days and weeks keep their length, months end where months end.

    >>> shift_span(Span(date(2026, 2, 28), date(2026, 3, 1)), -1, "month")
    Span(start=datetime.date(2026, 1, 28), end=datetime.date(2026, 1, 29))
    >>> shift_span(Span(date(2026, 2, 1), date(2026, 3, 1)), -1, "month").end
    datetime.date(2026, 2, 1)
    """
    start = shift(span.start, count, grain) if span.start is not None else None
    if span.end is None:
        return Span(start)
    if grain not in MONTHS:
        return Span(start, shift(span.end, count, grain))
    if start is not None and span.start is not None and (day_of(span.end) - day_of(span.start)).days <= 7:
        return Span(start, start + (wall(span.end) - wall(span.start)))
    if isinstance(span.end, datetime) or span.end.day == 1:
        return Span(start, shift(span.end, count, grain))
    return Span(start, shift(span.end - timedelta(days=1), count, grain) + timedelta(days=1))


def days_in_month(year: int, month: int) -> int:
    """How many days a month has.

    >>> days_in_month(2024, 2)
    29
    """
    return monthrange(year, month)[1]


def day_of(value: Moment) -> date:
    """The local day of a day or an hour."""
    return value.date() if isinstance(value, datetime) else value


def day_past(value: Moment) -> date:
    """The first day that begins at or after a moment: what ends inside a day ends with it.

    >>> day_past(datetime(2026, 3, 31, 13)), day_past(datetime(2026, 3, 31))
    (datetime.date(2026, 4, 1), datetime.date(2026, 3, 31))
    """
    if isinstance(value, datetime) and value > value.replace(hour=0, minute=0, second=0, microsecond=0):
        return value.date() + timedelta(days=1)
    return day_of(value)


def wall(value: Moment) -> datetime:
    """What the clock on the wall shows at a moment: a day begins at midnight."""
    return value.replace(tzinfo=None) if isinstance(value, datetime) else datetime(value.year, value.month, value.day)


def next_period(value: date, grain: Grain) -> date:
    """The first day of the period after the one that starts at `value`; the last period ends with the calendar."""
    try:
        return day_of(moved(value, 1, grain))
    except (ValueError, OverflowError):
        return date.max


def periods(span: Span, grain: Grain, week_start: str = "monday", fiscal: int = 1) -> tuple[date, ...]:
    """The first days of all periods that touch a bounded span, for grains of a day and more.

    >>> [str(day) for day in periods(Span(date(2026, 1, 15), date(2026, 3, 1)), "month")]
    ['2026-01-01', '2026-02-01']
    """
    if span.start is None or span.end is None or wall(span.start) >= wall(span.end):
        return ()
    end = span.end if not isinstance(span.end, datetime) else day_of(span.end - timedelta(microseconds=1))
    inclusive = isinstance(span.end, datetime)
    found: list[date] = []
    current = truncate(day_of(span.start), grain, week_start, fiscal)
    while current < end or (inclusive and current == end):
        found.append(current)
        current = next_period(current, grain)
    return tuple(found)


def whole_length(start: date, end: date) -> tuple[int, Grain]:
    """How long a span of days is: in months where it covers whole months, else in days.

    >>> whole_length(date(2026, 1, 1), date(2026, 4, 1))
    (3, 'month')
    """
    if start.day == 1 and end.day == 1:
        return (end.year - start.year) * 12 + end.month - start.month, "month"
    return (end - start).days, "day"


def parse_window(text: str, own: Iterable[str] = ()) -> tuple[int, str]:
    """A length such as "28 days" or "1 month"; `own` names the grains of calendars. QueryError E_BAD_WINDOW otherwise.

    >>> parse_window("28 days"), parse_window("1 retail_month", ["retail_month"])
    ((28, 'day'), (1, 'retail_month'))
    """
    match = re.fullmatch(r"\s*(\d+)\s+(\w+)\s*", text)
    if match and int(match[1]) > 0:
        known = (*GRAINS, *own)
        for unit in (match[2], match[2].removesuffix("s")):
            if unit in known:
                return int(match[1]), unit
    raise QueryError("E_BAD_WINDOW", f'"{text}" is not a length of time', hint='write it like "28 days" or "1 month"')


def parse_period(text: str) -> Span:
    """One period written in ISO: 2026, 2026-Q1, 2026-03, 2026-03-05; ValueError otherwise.

    >>> parse_period("2026-q2").end
    datetime.date(2026, 7, 1)
    """
    if match := re.fullmatch(r"(\d{4})-[qQ]([1-4])", text):
        start, grain = date(int(match[1]), int(match[2]) * 3 - 2, 1), grain_of("quarter")
    elif match := re.fullmatch(r"(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?", text):
        start = date(int(match[1]), int(match[2] or 1), int(match[3] or 1))
        grain = grain_of("day" if match[3] else "month" if match[2] else "year")
    else:
        raise ValueError(text)
    return Span(start, shift(start, 1, grain))


SKELETONS = {"month": "yMMM", "quarter": "yQQQ", "year": "y"}


def fiscal_name(value: date, fiscal: int) -> tuple[int, int]:
    """The fiscal year and quarter of a day: the year is named by the calendar year in which it ends.

    >>> fiscal_name(date(2025, 7, 1), 7)
    (2026, 1)
    """
    past = (value.month - fiscal) % 12
    return (value.year if fiscal == 1 or value.month < fiscal else value.year + 1), past // 3 + 1


def period_label(value: Moment, grain: str, locale: str = "en", fiscal: int = 0) -> str:
    """A period in words a person reads.

    >>> period_label(date(2026, 5, 1), "month"), period_label(date(2025, 7, 1), "fiscal_quarter", fiscal=7)
    ('May 2026', 'FY 2026 Q1')
    """
    from babel.dates import format_date, format_skeleton, format_time

    moment = datetime(value.year, value.month, value.day, getattr(value, "hour", 0), getattr(value, "minute", 0))
    if grain in FISCAL:
        year, quarter = fiscal_name(value, fiscal)
        name = f"FY {year}" if grain == "fiscal_year" else f"FY {year} Q{quarter}"
        # Without the month in which a fiscal year begins, its first month says which one it is.
        return name if fiscal else f"{spoken(grain)} from {format_skeleton('yMMM', moment, locale=locale)}"
    if grain in SKELETONS and (locale != "en" or grain == "month"):
        return format_skeleton(SKELETONS[grain], moment, locale=locale)
    if grain == "year":
        return str(value.year)
    if grain == "quarter":
        return f"Q{(value.month + 2) // 3} {value.year}"
    if grain in CLOCK and isinstance(value, datetime):
        clock = (
            f"{value:%H:%M:%S}"
            if grain == "second"
            else f"{value:%H:%M}"
            if locale == "en"
            else format_time(moment, "short", locale=locale)
        )
        return f"{format_skeleton('MMMd', value, locale=locale)}, {clock}"
    english = locale.startswith("en")
    day = day_of(value)
    text = format_date(day, "d MMM", locale=locale) if locale == "en" else format_skeleton("MMMd", day, locale=locale)
    return f"week of {text}" if grain == "week" and english else text
