"""The windows of time that periods look at, and how they are moved, widened and cut."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

from msgspec import Struct, field
from msgspec.structs import replace

from truenorth.base.period import CLOCK, Moment, Span, day_of, day_past, shift, shift_span, truncate, wall
from truenorth.base.zone import instant, next_hour, offset_at, zone_of
from truenorth.query.almanac import DAY, Almanac
from truenorth.query.column import Label

EPOCH, SECOND = datetime(1970, 1, 1), timedelta(seconds=1)


class Window(Struct, frozen=True):
    """What a period's value looks at: [start, end) in local time; None is open. `labels` has one for each time column.

    The same labels may come again, where parts of a date are asked for.
    """

    labels: tuple[Label, ...]
    start: Moment | None
    end: Moment | None


Windows = tuple[Window, ...]


class Reckoning(Struct, frozen=True):
    """How time is counted: in which zone, from which day of the week and month of the year, by which calendars."""

    timezone: str
    week_start: str = "monday"
    fiscal: int = 1
    almanacs: Mapping[str, Almanac] = field(default_factory=dict)

    def floor(self, value: datetime, unit: str) -> datetime:
        """The naive UTC instant at which the local hour, minute or second of one begins."""
        past = (offset_at(value, self.timezone) + (value - EPOCH) // SECOND) % CLOCK[unit]
        return value.replace(microsecond=0) - timedelta(seconds=past)

    def first(self, value: Moment, unit: str) -> Moment | None:
        """Where the period of a unit that holds a moment begins; None where a calendar has no such period."""
        if unit in CLOCK:
            return utc(self.floor(instant(value, self.timezone), unit))
        day = day_of(self.local(value))
        if unit in self.almanacs:
            return self.almanacs[unit].start(day)
        return truncate(day, unit, self.week_start, self.fiscal)

    def local(self, value: Moment) -> Moment:
        """What the clock on the wall shows at an instant; other moments are local already."""
        if isinstance(value, datetime) and value.tzinfo is not None:
            return value.astimezone(zone_of(self.timezone)).replace(tzinfo=None)
        return value

    def passing(self, value: Moment | None) -> Moment | None:
        """A local moment as an instant."""
        return None if value is None else utc(instant(value, self.timezone))

    def moved(self, window: Window, count: int, unit: str) -> Window | None:
        """The same labels looking `count` units later; None where a calendar has nothing there.

        Hours are hours that pass. A day of a calendar's period becomes the day at the same place of another period;
        whole periods become whole periods.
        """
        if unit in self.almanacs:
            return self.moved_by(self.almanacs[unit], window, count)
        if unit in CLOCK:
            span = shift_span(Span(self.passing(window.start), self.passing(window.end)), count, unit)
            return Window(window.labels, span.start, span.end)
        if not isinstance(window.start, datetime) and not isinstance(window.end, datetime):
            span = shift_span(Span(window.start, window.end), count, unit)
            return Window(window.labels, span.start, span.end)
        start = None if window.start is None else shift(self.local(window.start), count, unit)
        return Window(window.labels, start, None if window.end is None else self.end(window.end, count, unit))

    def end(self, value: Moment, count: int, unit: str) -> Moment:
        """Where something ends, moved by days and more: what matters is the last moment inside.

        So an hour that comes twice ends where the hour of another day does.
        """
        return after(shift(before_local(self, value), count, unit))

    def moved_by(self, almanac: Almanac, window: Window, count: int) -> Window | None:
        """The same by the periods of a calendar."""
        start, end = window.start and day_of(self.local(window.start)), window.end and day_past(self.local(window.end))
        if start is not None and end == start + DAY:
            day = almanac.day(start, count)
            return None if day is None else Window(window.labels, day, day + DAY)
        first = almanac.edge(start, count) if start is not None else None
        past = almanac.edge(end, count) if end is not None else None
        if (first is None) != (start is None) or (past is None) != (end is None):
            return None
        return Window(window.labels, first, past)

    def back(self, value: Moment, count: int, unit: str) -> Moment | None:
        """An edge `count` units earlier."""
        if unit in self.almanacs:
            return self.almanacs[unit].edge(day_past(self.local(value)), -count)
        if unit in CLOCK or not isinstance(value, datetime):
            moment = self.passing(value) if unit in CLOCK else value
            assert moment is not None
            return shift(moment, -count, unit)
        return self.end(value, -count, unit)


def utc(value: datetime) -> datetime:
    """A naive UTC time made aware, so that it is never read as local."""
    return value.replace(tzinfo=UTC)


def later(one: Moment, other: Moment | None) -> Moment:
    """The later of two moments; an open one does not count."""
    return one if other is None or wall(one) >= wall(other) else other


def earlier(one: Moment, other: Moment | None) -> Moment:
    """The earlier of two moments; an open one does not count."""
    return one if other is None or wall(one) <= wall(other) else other


def shifted(windows: Windows, count: int, unit: str, by: Reckoning) -> Windows:
    """The same labels looking `count` units back; with none, at the first day (or hour) of the unit they begin in."""
    if count == 0:
        return tuple(found for one in windows if (found := at_first(one, unit, by)))
    return tuple(found for one in windows if (found := by.moved(one, -count, unit)))


def at_first(window: Window, unit: str, by: Reckoning) -> Window | None:
    """The same labels looking at the first day of the year (month, …) in which the window begins.

    Within a day it is the first hour (minute, second) that the window or the unit is made of.
    """
    first = window.start if window.start is None else by.first(window.start, unit)
    if first is None:
        return None
    fine = unit if unit in CLOCK else length_of(window)
    if not fine:
        return Window(window.labels, first, day_of(first) + DAY)
    begun = by.passing(first)
    assert isinstance(begun, datetime)
    return Window(window.labels, begun, begun + timedelta(seconds=CLOCK[fine]))


def length_of(window: Window) -> str:
    """The grain inside a day that a window is one period of; "" for days and more."""
    if isinstance(window.start, datetime) and isinstance(window.end, datetime) and window.start.tzinfo:
        seconds = (window.end - window.start).total_seconds()
        return next((grain for grain, size in CLOCK.items() if seconds <= size), "")
    return ""


def trailing(windows: Windows, count: int, unit: str, by: Reckoning) -> Windows:
    """Each period looks at the `count` units up to its end."""
    pairs = ((one, by.back(must_end(one), count, unit)) for one in windows)
    return tuple(replace(one, start=start) for one, start in pairs if start is not None)


def to_date(windows: Windows, unit: str, by: Reckoning) -> Windows:
    """Each period looks at its year (month, …) so far, up to its end."""
    pairs = ((one, by.first(before(must_end(one)), unit)) for one in windows)
    return tuple(replace(one, start=start) for one, start in pairs if start is not None)


def before(value: Moment) -> Moment:
    """The last moment or day before an edge."""
    return value - timedelta(microseconds=1) if isinstance(value, datetime) else value - DAY


def before_local(by: Reckoning, value: Moment) -> Moment:
    """The last moment or day before an edge, as the clock on the wall shows it."""
    return by.local(before(value))


def after(value: Moment) -> Moment:
    """The edge after the last moment or day."""
    return value + timedelta(microseconds=1) if isinstance(value, datetime) else value + DAY


def from_start(windows: Windows) -> Windows:
    """Each period looks at everything up to its end."""
    return tuple(replace(window, start=None) for window in windows)


def until(windows: Windows, last: date) -> Windows:
    """A window that holds the day where the data ends looks no further; what lies beyond is left as it is."""

    def cut(window: Window) -> Window:
        runs = window.end is None or day_past(window.end) > last
        return replace(window, end=last) if runs and begun(window, last) else window

    return tuple(cut(window) for window in windows)


def known(windows: Windows, end: date, latest: date | None) -> Windows:
    """Windows that go on after `end`, where the data ends, cut after the last day that has some."""

    def cut(window: Window) -> Window:
        runs = window.end is None or day_past(window.end) > end
        if not runs or latest is None or (window.start is not None and latest < day_of(window.start)):
            return window
        return replace(window, end=min(latest + DAY, end))

    return tuple(cut(window) for window in windows)


def until_instant(windows: Windows, past: datetime, unit: str, by: Reckoning) -> Windows:
    """The same within days: a window that holds the naive UTC instant `past` ends with the running hour (minute, …)."""
    first = by.floor(past, unit)
    end = (
        first
        if first == past
        else next_hour(first, by.timezone)
        if unit == "hour"
        else first + timedelta(seconds=CLOCK[unit])
    )

    def cut(window: Window) -> Window:
        runs = window.end is None or instant(window.end, by.timezone) > end
        began = window.start is None or instant(window.start, by.timezone) < past
        return replace(window, end=utc(end)) if runs and began else window

    return tuple(cut(window) for window in windows)


def begun(window: Window, last: date) -> bool:
    """Whether a window begins before the day where the data ends."""
    return window.start is None or day_of(window.start) < last


def last_of_each(windows: Windows) -> Windows:
    """Of windows with the same labels only the last: what accumulates stands as at the end."""
    found: dict[tuple[Label, ...], Window] = {}
    for window in windows:
        found.pop(window.labels, None)
        found[window.labels] = window
    return tuple(found.values())


def must_end(window: Window) -> Moment:
    """The end of a window that has to have one."""
    assert window.end is not None
    return window.end
