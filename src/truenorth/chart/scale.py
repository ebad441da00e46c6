"""Scales and ticks: where a value stands, and which values deserve a label."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

from truenorth.base.locale import marks as locale_marks
from truenorth.base.quantity import format_value

Moment = date | datetime
Ticks = tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class Scale:
    """A straight line from values to positions; a domain without width maps to the middle."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        if self.high == self.low:
            return (self.start + self.end) / 2
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)


def nice_step(spread: float, count: int) -> float:
    """The step of 1, 2, 2.5 or 5 times a power of ten that cuts `spread` into about `count` parts.

    >>> nice_step(100, 5), nice_step(0.9, 4), nice_step(0, 4)
    (20.0, 0.25, 1.0)
    """
    if spread <= 0 or not math.isfinite(spread):
        return 1.0
    rough = spread / max(count, 1)
    power = 10.0 ** math.floor(math.log10(rough))
    return next((step * power for step in (1.0, 2.0, 2.5, 5.0) if step * power >= rough * 0.999), 10.0 * power)


def ticks(low: float, high: float, count: int = 5, whole: bool = False) -> tuple[float, ...]:
    """Round values that enclose low to high; `whole` ones where nothing is counted by halves.

    >>> ticks(2.1, 3.9, 4), ticks(0, 2, 4, whole=True)
    ((2.0, 2.5, 3.0, 3.5, 4.0), (0.0, 1.0, 2.0))
    """
    if high < low:
        low, high = high, low
    if high == low:
        pad = abs(low) * 0.5 or 1.0
        low, high = low - pad, high + pad
    step = nice_step(high - low, count)
    if whole and step != int(step):
        step = 5.0 if step > 1 else 1.0
    first = math.floor(low / step + 1e-9)
    last = math.ceil(high / step - 1e-9)
    digits = max(0, 2 - math.floor(math.log10(step)))
    return tuple(round(place * step, digits) + 0.0 for place in range(first, last + 1))


def value_scale(
    values: Iterable[float | None], start: float, end: float, count: int = 5, whole: bool = False
) -> tuple[Scale, tuple[float, ...]]:
    """The scale and its ticks for values of any sign; zero is on it unless all values stand far from zero."""
    known = [value for value in values if value is not None and math.isfinite(value)]
    low, high = (min(known), max(known)) if known else (0.0, 1.0)
    if low == high:
        low, high = min(low, 0.0), max(high, 0.0) or float(low == 0)
    if 0 < low < 0.45 * high:
        low = 0.0
    if 0.45 * low < high < 0:
        high = 0.0
    marks = ticks(low, high, count, whole)
    return Scale(marks[0], marks[-1], start, end), marks


def tick_labels(marks: Sequence[float], unit: str, currency: str, locale: str) -> tuple[str, ...]:
    """Short labels that differ from each other: compact when that stays exact, plain otherwise."""
    short = tuple(format_value(mark, unit, currency, locale, compact=True) for mark in marks)
    if len(set(short)) < len(short):
        short = tuple(format_value(mark, unit, currency, locale) for mark in marks)
    bare = re.compile(rf"{re.escape(decimal_mark(locale))}0+(?!\d)")
    whole = all(bare.search(words) or not any(sign.isdigit() for sign in words.partition(".")[2]) for words in short)
    pairs = zip(marks, short, strict=True)
    return tuple(bare.sub("", words) if whole or mark == 0 else words for mark, words in pairs)


def decimal_mark(locale: str) -> str:
    """The sign between a number and its fraction."""
    return locale_marks(locale).point


def seconds(moment: Moment) -> float:
    """A moment as seconds on one straight line, without any time zone.

    >>> seconds(date(1970, 1, 2))
    86400.0
    """
    days = moment.toordinal() - 719163
    clock = moment.hour * 3600 + moment.minute * 60 + moment.second if isinstance(moment, datetime) else 0
    return days * 86400.0 + clock


def _hours(step: int) -> Callable[[Moment], int]:
    return lambda moment: int(seconds(moment) // (3600 * step))


def _days(step: int) -> Callable[[Moment], int]:
    return lambda moment: moment.toordinal() // step


def _weeks(step: int) -> Callable[[Moment], int]:
    return lambda moment: (moment.toordinal() - 1) // (7 * step)


def _months(step: int) -> Callable[[Moment], int]:
    return lambda moment: (moment.year * 12 + moment.month - 1) // step


LADDER: tuple[tuple[str, Callable[[Moment], int]], ...] = (
    ("hour", _hours(1)),
    ("hour", _hours(3)),
    ("hour", _hours(6)),
    ("hour", _hours(12)),
    ("day", _days(1)),
    ("day", _days(2)),
    ("day", _weeks(1)),
    ("day", _weeks(2)),
    ("month", _months(1)),
    ("month", _months(2)),
    ("month", _months(3)),
    ("month", _months(6)),
    ("year", _months(12)),
    ("year", _months(24)),
    ("year", _months(60)),
    ("year", _months(120)),
)
START = {"hour": 0, "day": 4, "week": 6, "month": 8, "quarter": 10, "year": 12}


def time_ticks(periods: Sequence[Moment], grain: str, count: int = 7, locale: str = "en") -> Ticks:
    """(index, label) of the periods worth a label: starts of weeks, months or years, at most `count` of them."""
    best: list[int] = []
    kind = "year"
    for kind, key in LADDER[START.get(grain, 4) :]:
        best = [at for at in range(1, len(periods)) if key(periods[at]) != key(periods[at - 1])]
        if periods and grain in ("month", "quarter", "year", "week") and len(best) < count:
            best = [0, *best] if not best or kind == "day" or _starts(periods[0], key) else best
        if len(best) <= count:
            break
    if not best and periods:
        best, kind = [0], "day" if grain in ("hour", "day", "week") else kind
    return tuple((at, _label(periods[at], kind, locale)) for at in best)


def _starts(moment: Moment, key: Callable[[Moment], int]) -> bool:
    before = date.fromordinal(moment.toordinal() - 1)
    return key(before) != key(moment)


@lru_cache(maxsize=4096)
def _label(moment: Moment, kind: str, locale: str) -> str:
    from babel.dates import format_date

    if kind == "hour" and isinstance(moment, datetime):
        if moment.hour:
            return f"{moment.hour:02}:{moment.minute:02}"
        kind = "day"
    if kind == "day":
        return str(format_date(moment, "d MMM", locale=locale)) if locale == "en" else _skeleton("MMMd", moment, locale)
    if kind == "month":
        short = format_date(moment, "LLL", locale=locale)
        return f"{short} {moment.year}" if moment.month == 1 else short
    return _skeleton("y", moment, locale)


def _skeleton(skeleton: str, moment: Moment, locale: str) -> str:
    from babel.dates import format_skeleton

    return str(format_skeleton(skeleton, moment, locale=locale))
