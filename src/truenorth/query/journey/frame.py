"""The time that journeys are told in: the windows of an answer, and how instants become local days and periods."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property

import numpy as np

from truenorth.base.period import CLOCK, Moment, day_of, day_past, truncate, wall
from truenorth.base.zone import instant, steps
from truenorth.query.column import Label
from truenorth.query.journey.rows import Array, Integers
from truenorth.query.window import Window, utc

EPOCH = datetime(1970, 1, 1)
SECOND = 1_000_000
DAY = 86_400 * SECOND
EVER = np.iinfo(np.int64)
# No clock is set to anything but whole quarters of an hour; days and periods begin at one.
QUARTER = 900 * SECOND
# A table of so many entries is quick to make, however few times are looked up in it.
SMALL = 1 << 12
# Days beyond these stand for "never".
FIRST, LAST = date(1, 1, 2), date(9998, 12, 31)


@dataclass(frozen=True)
class Frame:
    """The windows that an answer looks at, and how time is counted in it.

    `starts` and `ends` are microseconds like `Rows.at`, the end left out. `label` is the number of a window's labels
    in `labels`: several windows may have the same. `as_of` is the end of what is known, in the same microseconds.
    `grain` is that of the windows, "" where no time was asked for. `named` says that it matters who is behind a number;
    where it does not, `parts` are the numbers that are asked for.
    """

    windows: tuple[Window, ...]
    timezone: str = "UTC"
    week_start: str = "monday"
    fiscal: int = 1
    as_of: int = EVER.max
    dated: bool = False
    grain: str = ""
    named: bool = True
    parts: frozenset[str] = frozenset()

    @cached_property
    def starts(self) -> Integers:
        """Where each window begins."""
        found = [EVER.min if one.start is None else self.microseconds(one.start) for one in self.windows]
        return np.array(found, np.int64)

    @cached_property
    def ends(self) -> Integers:
        """Where each window has ended."""
        found = [EVER.max if one.end is None else self.microseconds(one.end, past=True) for one in self.windows]
        return np.array(found, np.int64)

    @cached_property
    def labels(self) -> tuple[tuple[Label, ...], ...]:
        """The different labels of the windows, in their order."""
        return tuple(dict.fromkeys(one.labels for one in self.windows))

    @cached_property
    def label(self) -> Integers:
        """The number of each window's labels."""
        numbers = {labels: number for number, labels in enumerate(self.labels)}
        return np.array([numbers[one.labels] for one in self.windows], np.int64)

    @property
    def span(self) -> tuple[Moment | None, Moment | None]:
        """Where the first window begins and the last one ends; None is open."""
        starts = [one.start for one in self.windows if one.start is not None]
        ends = [one.end for one in self.windows if one.end is not None]
        first = min(starts, key=wall) if len(starts) == len(self.windows) and starts else None
        return first, max(ends, key=wall) if len(ends) == len(self.windows) and ends else None

    def microseconds(self, moment: Moment, past: bool = False) -> int:
        """A local moment on the scale of `Rows.at`; for dates the day it lies in, or the one it has `past`."""
        if self.dated:
            return (day_past(moment) if past else day_of(moment)).toordinal() * DAY - EPOCH.toordinal() * DAY
        return (instant(moment, self.timezone) - EPOCH) // timedelta(microseconds=1)

    def moment(self, at: int) -> Moment:
        """A time on the scale of `Rows.at` as a day, or as the instant in UTC."""
        return date_of(at // DAY) if self.dated else utc(EPOCH + timedelta(microseconds=at))

    def within(self, at: Integers) -> tuple[Integers, Integers]:
        """(places of the times that lie in a window, number of its labels); where windows overlap, once for each.

        >>> frame = Frame((Window(("a",), date(1970, 1, 1), date(1970, 1, 2)),))
        >>> [one.tolist() for one in frame.within(np.array([-1, 0, DAY]))]
        [[1], [0]]
        """
        starts, ends = self.starts, self.ends
        if not len(starts):
            return np.zeros(0, np.int64), np.zeros(0, np.int64)
        if len(starts) == 1:
            places = np.flatnonzero((at >= starts[0]) & (at < ends[0]))
            return places, np.zeros(len(places), np.int64)
        order = np.argsort(starts, kind="stable")
        starts, ends, label = starts[order], ends[order], self.label[order]
        if (starts[1:] >= ends[:-1]).all():
            edges = np.unique(np.concatenate([starts, ends]))
            window = np.searchsorted(starts, edges, "right") - 1
            # What lies between two edges is in one window or in none.
            of = np.append(-1, np.where(edges < ends[window], window, -1))[stretched(at, edges)]
            places = np.flatnonzero(of >= 0)
            return places, label[of[places]]
        found = [np.flatnonzero((at >= start) & (at < end)) for start, end in zip(starts, ends, strict=True)]
        sizes = [len(places) for places in found]
        return np.concatenate(found), np.repeat(label, sizes)

    def local(self, at: Integers) -> Integers:
        """What the clock on the wall shows, as microseconds since 1970."""
        if self.dated or not len(at):
            return at
        first, last = (EPOCH + timedelta(microseconds=int(one)) for one in (at.min(), at.max()))
        pieces = steps(self.timezone, first, last + timedelta(seconds=1))
        if len(pieces) == 1:
            return at + pieces[0][1] * SECOND
        turns = [(until - EPOCH) // timedelta(microseconds=1) for until, _ in pieces if until is not None]
        offsets = np.array([offset * SECOND for _, offset in pieces], np.int64)
        found: Integers = at + offsets[np.searchsorted(np.array(turns, np.int64), at, "right")]
        return found

    def local_days(self, at: Integers) -> Integers:
        """The local days, counted from 1970-01-01.

        >>> Frame((), "America/New_York").local_days(np.array([0, 5 * 3600 * SECOND]))
        array([-1,  0])
        """
        found: Integers = self.local(at) // DAY
        return found

    def periods(self, at: Integers, grain: str) -> Integers:
        """The periods of a grain, as numbers that follow each other; hours, minutes and seconds are those that pass.

        >>> Frame((), "UTC").periods(np.array([0, 40 * DAY]), "month")
        array([0, 1])
        """
        if grain in CLOCK:
            length = CLOCK[grain] * SECOND
            apart: Integers = self.local(at) - at
            clock: Integers = (at + apart % length) // length
            return clock
        return self.of_days(self.local_days(at), grain)

    def of_days(self, days: Integers, grain: str) -> Integers:
        """The periods that days lie in, each day told once."""
        if grain == "day" or not len(days):
            return days
        low, high = int(days.min()), int(days.max())
        table = np.array([self.period_of(date_of(one), grain) for one in range(low, high + 1)], np.int64)
        found: Integers = table[days - low]
        return found

    def period_of(self, day: date, grain: str) -> int:
        """The number of the period that a day lies in: 0 is that of 1970-01-01, or begins last before it."""
        first = truncate(day, grain, self.week_start, self.fiscal)
        if grain == "day":
            return number_of(first)
        if grain == "week":
            return number_of(first) // 7
        months = {"month": 1, "quarter": 3, "year": 12, "fiscal_quarter": 3, "fiscal_year": 12}[grain]
        return ((first.year - 1970) * 12 + first.month - 1) // months

    def period_start(self, number: int, grain: str) -> Moment:
        """The first day of a period by its number, or the instant in UTC at which an hour (minute, second) begins.

        >>> Frame((), week_start="sunday").period_start(0, "week"), Frame(()).period_start(13, "month")
        (datetime.date(1970, 1, 4), datetime.date(1971, 2, 1))
        """
        if grain in CLOCK:
            return self.clock_start(number, CLOCK[grain])
        if grain == "day":
            return date_of(number)
        if grain == "week":
            # The one of these seven days that a week begins on.
            return truncate(date_of(number * 7 + 6), grain, self.week_start, self.fiscal)
        months = {"month": 1, "quarter": 3, "year": 12, "fiscal_quarter": 3, "fiscal_year": 12}[grain]
        late = number * months + months - 1
        return truncate(date(1970 + late // 12, late % 12 + 1, 28), grain, self.week_start, self.fiscal)

    def clock_start(self, number: int, seconds: int) -> datetime:
        """Where the hour (minute, second) of a number begins, as a naive UTC time."""
        about = EPOCH + timedelta(seconds=number * seconds)
        apart = int((self.local(np.array([number * seconds * SECOND])) // SECOND)[0]) - number * seconds
        return about - timedelta(seconds=apart % seconds)


def date_of(number: int) -> date:
    """A day by its number from 1970-01-01; those that stand for "never" are the last or first of the calendar."""
    first = EPOCH.toordinal()
    return date.fromordinal(min(max(first + number, FIRST.toordinal()), LAST.toordinal()))


def number_of(day: date) -> int:
    """The number of a day from 1970-01-01."""
    return day.toordinal() - EPOCH.toordinal()


def stretched(at: Integers, edges: Integers) -> Array:
    """In which stretch between edges times lie: 0 before the first, their number after the last.

    >>> stretched(np.array([-1, 0, 5 * QUARTER]), np.array([0, 2 * QUARTER])).tolist()
    [0, 1, 2]
    """
    kind = np.int16 if len(edges) < np.iinfo(np.int16).max else np.int32
    if not len(at):
        return np.zeros(0, kind)
    low, high = int(at.min()) // QUARTER, int(at.max()) // QUARTER
    if high - low >= max(len(at), SMALL) or (edges % QUARTER).any():
        return np.searchsorted(edges, at, "right").astype(kind)
    table = np.searchsorted(edges, np.arange(low, high + 1) * QUARTER, "right").astype(kind)
    quarters = at // QUARTER
    quarters -= low
    return table[quarters]
