"""The periods of an answer, and the windows of time that each period's value looks at."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from truenorth.base.errors import QueryError
from truenorth.base.period import (
    CLOCK,
    Grain,
    Moment,
    Span,
    day_of,
    day_past,
    grain_of,
    next_period,
    periods,
    shift,
    shift_span,
    truncate,
    wall,
    whole_length,
)
from truenorth.base.zone import instant, local, next_hour, offset_at
from truenorth.query.column import READ_PART, Label, TimeColumn

MANY_PERIODS = 50_000
DAYS: dict[str, int] = {"week": 7, "month": 28, "quarter": 90, "year": 365, "fiscal_quarter": 90, "fiscal_year": 365}
FINER = ("hour", "minute", "second")
EPOCH, SECOND = datetime(1970, 1, 1), timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Window:
    """What a period's value looks at: [start, end) in local time; None is open. `labels` has one for each time column.

    The same labels may come again, where parts of a date are asked for.
    """

    labels: tuple[Label, ...]
    start: Moment | None
    end: Moment | None


@dataclass(frozen=True, slots=True)
class Calendar:
    """The asked time, made concrete: a span in a zone, cut into periods of a grain of which all columns can be told."""

    span: Span
    grain: Grain | None
    timezone: str
    week_start: str
    as_of: datetime
    times: tuple[TimeColumn, ...] = ()
    fiscal: int = 1

    @property
    def within_days(self) -> bool:
        """Whether windows begin or end inside days."""
        return self.grain in CLOCK or isinstance(self.span.start, datetime) or isinstance(self.span.end, datetime)

    def windows(self) -> tuple[Window, ...]:
        """One window a period, cut where the span cuts; hours are naive UTC instants.

        With several columns, a window is a run of periods that are alike in all of them.
        """
        if self.grain is None:
            return (Window((), self.span.start, self.span.end),)
        periods = self.instants() if self.grain in CLOCK else self.days()
        if self.plain:
            return tuple(Window((at,), start, end) for at, start, end in periods)
        reads = [self.reader(column) for column in self.times]
        found: list[Window] = []
        for at, start, end in periods:
            labels = tuple(read(at) for read in reads)
            if found and found[-1].labels == labels:
                found[-1] = Window(labels, found[-1].start, end)
            else:
                found.append(Window(labels, start, end))
        return tuple(found)

    @property
    def plain(self) -> bool:
        """Whether the one time column is the grain itself."""
        return not self.times or (len(self.times) == 1 and self.times[0].unit == self.grain)

    def reader(self, column: TimeColumn) -> Callable[[Moment], Label]:
        """What the period that begins at a moment is called in a column."""
        unit, zone, clock = column.unit, self.timezone, self.grain in CLOCK

        def here(moment: Moment) -> Moment:
            return local(moment, zone) if clock and isinstance(moment, datetime) else moment

        if column.kind == "part":
            return lambda moment: READ_PART[unit](here(moment))
        if unit in CLOCK:
            return lambda moment: self.floor(moment, unit)
        return lambda moment: truncate(day_of(here(moment)), unit, self.week_start, self.fiscal)

    def floor(self, moment: Moment, unit: str) -> datetime:
        """The naive UTC instant at which the local hour, minute or second of one begins."""
        assert isinstance(moment, datetime)
        past = (offset_at(moment, self.timezone) + (moment - EPOCH) // SECOND) % CLOCK[unit]
        return moment.replace(microsecond=0) - timedelta(seconds=past)

    def days(self) -> Iterator[tuple[Moment, Moment, Moment]]:
        """The first day of each period of the span, and where it begins and ends within the span."""
        assert self.grain is not None
        for start in self.starts():
            end = next_period(start, self.grain)
            yield start, later(start, self.span.start), earlier(end, self.span.end)

    def starts(self) -> tuple[date, ...]:
        """The first day of each period of the span."""
        if self.grain is None or not self.span.bounded:
            return ()
        assert self.span.start is not None and self.span.end is not None
        count = (day_of(self.span.end) - day_of(self.span.start)).days // DAYS.get(self.grain, 1)
        if count > MANY_PERIODS:
            raise too_many(f"{count:,} {self.grain}s")
        return periods(self.span, self.grain, self.week_start, self.fiscal)

    def instants(self) -> Iterator[tuple[Moment, Moment, Moment]]:
        """Each hour (minute, second) that really passed: a day has 23, 24 or 25 hours."""
        if self.span.start is None or self.span.end is None or self.grain is None:
            return
        length = timedelta(seconds=CLOCK[self.grain])
        current, end = instant(self.span.start, self.timezone), instant(self.span.end, self.timezone)
        if (end - current) / length > MANY_PERIODS:
            raise too_many(f"{int((end - current) / length):,} {self.grain}s")
        if current < end:
            first = self.floor(current, self.grain)
        while current < end:
            following = self.following(first)
            yield first, utc(current), utc(min(following, end))
            current = first = following

    def following(self, moment: datetime) -> datetime:
        """The naive UTC instant at which the next hour (minute, second) begins."""
        if self.grain == "hour":
            return next_hour(moment, self.timezone)
        return moment + timedelta(seconds=CLOCK[self.grain or "hour"])

    def end_of_data(self) -> date:
        """The local day after which nothing can have happened yet."""
        here = local(self.as_of, self.timezone)
        midnight = here.replace(tzinfo=None) == datetime(here.year, here.month, here.day)
        return here.date() if midnight else here.date() + timedelta(days=1)

    def incomplete(self, labels: Iterable[Label]) -> tuple[Moment, ...]:
        """Those of the periods of the first time column that have not ended at `as_of`, or that the span cuts."""
        if self.grain is None or (self.times and self.times[0].kind != "grain"):
            return ()
        today = local(self.as_of, self.timezone).date()
        return tuple(label for label in labels if isinstance(label, date) and self.cut(label, today))

    def cut(self, label: Moment, today: date) -> bool:
        """Whether a period's value may still change or is only a part of the period."""
        unit = grain_of(self.times[0].unit if self.times else self.grain or "")
        if unit in CLOCK:
            assert isinstance(label, datetime)
            start = instant(label, self.timezone)
            stop = next_hour(start, self.timezone) if unit == "hour" else start + timedelta(seconds=CLOCK[unit])
            first, past = (edge and instant(edge, self.timezone) for edge in (self.span.start, self.span.end))
            return stop > self.as_of or bool(first and start < first) or bool(past and stop > past)
        end = next_period(label, unit)
        late = self.span.start is not None and label < day_past(self.span.start)
        return late or end > today or (self.span.end is not None and end > day_of(self.span.end))

    def step_back(self, vs: str) -> tuple[int, Grain]:
        """How far a comparison looks back: the span's own length, or a year (52 weeks for weeks)."""
        if vs == "year":
            return (52, "week") if self.grain == "week" else (1, "year")
        if self.grain is not None and self.grain not in CLOCK:
            return len(self.starts()), self.grain
        assert self.span.start is not None and self.span.end is not None
        if isinstance(self.span.start, datetime) or isinstance(self.span.end, datetime) or self.grain in CLOCK:
            seconds = (instant(self.span.end, self.timezone) - instant(self.span.start, self.timezone)).total_seconds()
            unit = next((unit for unit in FINER if not seconds % CLOCK[unit]), "second")
            return max(1, round(seconds / CLOCK[unit])), grain_of(unit)
        return whole_length(self.span.start, self.span.end)


def too_many(periods: str) -> QueryError:
    """The error for more periods than anybody can read."""
    hint = "ask for a shorter range or a coarser grain"
    return QueryError("E_TOO_MANY_PERIODS", f"{periods} are too many to lay out", hint=hint)


def utc(value: datetime) -> datetime:
    """A naive UTC time made aware, so that it is never read as local."""
    return value.replace(tzinfo=UTC)


def later(one: Moment, other: Moment | None) -> Moment:
    """The later of two moments; an open one does not count."""
    return one if other is None or wall(one) >= wall(other) else other


def earlier(one: Moment, other: Moment | None) -> Moment:
    """The earlier of two moments; an open one does not count."""
    return one if other is None or wall(one) <= wall(other) else other


def shifted(windows: tuple[Window, ...], count: int, grain: Grain, timezone: str) -> tuple[Window, ...]:
    """The same labels looking `count` units back; hours are hours that passed in the zone."""
    found = []
    for window in windows:
        span = Span(window.start, window.end)
        if grain in CLOCK:
            span = Span(passing(window.start, timezone), passing(window.end, timezone))
        moved = shift_span(span, -count, grain)
        found.append(Window(window.labels, moved.start, moved.end))
    return tuple(found)


def passing(value: Moment | None, timezone: str) -> Moment | None:
    """A local moment as an instant."""
    return None if value is None else utc(instant(value, timezone))


def trailing(windows: tuple[Window, ...], count: int, grain: Grain) -> tuple[Window, ...]:
    """Each period looks at the `count` units up to its end."""
    return tuple(replace(window, start=shift(must_end(window), -count, grain)) for window in windows)


def to_date(windows: tuple[Window, ...], grain: Grain, week_start: str) -> tuple[Window, ...]:
    """Each period looks at its year (month, …) so far, up to its end."""

    def first(window: Window) -> date:
        return truncate(day_past(must_end(window)) - timedelta(days=1), grain, week_start)

    return tuple(replace(window, start=first(window)) for window in windows)


def from_start(windows: tuple[Window, ...]) -> tuple[Window, ...]:
    """Each period looks at everything up to its end."""
    return tuple(replace(window, start=None) for window in windows)


def until(windows: tuple[Window, ...], last: date) -> tuple[Window, ...]:
    """A window that holds the day where the data ends looks no further; what lies beyond is left as it is."""

    def cut(window: Window) -> Window:
        runs = window.end is None or day_past(window.end) > last
        return replace(window, end=last) if runs and begun(window, last) else window

    return tuple(cut(window) for window in windows)


def begun(window: Window, last: date) -> bool:
    """Whether a window begins before the day where the data ends."""
    return window.start is None or day_of(window.start) < last


def last_of_each(windows: tuple[Window, ...]) -> tuple[Window, ...]:
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
