"""The periods of an answer, and the windows of time that each period's value looks at."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from truenorth.base.errors import QueryError
from truenorth.base.period import (
    Grain,
    Moment,
    Span,
    day_of,
    day_past,
    next_period,
    periods,
    shift,
    shift_span,
    truncate,
    wall,
    whole_length,
)
from truenorth.base.zone import instant, local, next_hour

MANY_PERIODS = 50_000
DAYS: dict[Grain, int] = {"hour": 1, "day": 1, "week": 7, "month": 28, "quarter": 90, "year": 365}


@dataclass(frozen=True, slots=True)
class Window:
    """What one period's value looks at: [start, end) in local time; None is open. `label` names the period."""

    label: Moment | None
    start: Moment | None
    end: Moment | None


@dataclass(frozen=True, slots=True)
class Calendar:
    """The asked time, made concrete: a span in a zone, cut into periods of a grain ("" for one)."""

    span: Span
    grain: Grain | None
    timezone: str
    week_start: str
    as_of: datetime

    @property
    def within_days(self) -> bool:
        """Whether windows begin or end inside days."""
        return self.grain == "hour" or isinstance(self.span.start, datetime) or isinstance(self.span.end, datetime)

    def windows(self) -> tuple[Window, ...]:
        """One window a period, cut where the span cuts; hours are naive UTC instants."""
        if self.grain is None:
            return (Window(None, self.span.start, self.span.end),)
        if self.grain == "hour":
            return self.hours()
        found = []
        for start in self.starts():
            end = next_period(start, self.grain)
            found.append(Window(start, later(start, self.span.start), earlier(end, self.span.end)))
        return tuple(found)

    def starts(self) -> tuple[date, ...]:
        """The first day of each period of the span."""
        if self.grain is None or not self.span.bounded:
            return ()
        assert self.span.start is not None and self.span.end is not None
        count = (day_of(self.span.end) - day_of(self.span.start)).days // DAYS[self.grain]
        if count > MANY_PERIODS:
            hint = "ask for a shorter range or a coarser grain"
            raise QueryError("E_TOO_MANY_PERIODS", f"{count:,} {self.grain}s are too many to lay out", hint=hint)
        return periods(self.span, self.grain, self.week_start)

    def hours(self) -> tuple[Window, ...]:
        """One window an hour that really passed: a day has 23, 24 or 25."""
        if self.span.start is None or self.span.end is None:
            return ()
        current, end = instant(self.span.start, self.timezone), instant(self.span.end, self.timezone)
        if end - current > timedelta(hours=MANY_PERIODS):
            raise QueryError(
                "E_TOO_MANY_PERIODS", "too many hours to lay out", hint="ask for a shorter range or a coarser grain"
            )
        found = []
        while current < end:
            following = next_hour(current, self.timezone)
            found.append(Window(current, utc(current), utc(following)))
            current = following
        return tuple(found)

    def end_of_data(self) -> date:
        """The local day after which nothing can have happened yet."""
        here = local(self.as_of, self.timezone)
        midnight = here.replace(tzinfo=None) == datetime(here.year, here.month, here.day)
        return here.date() if midnight else here.date() + timedelta(days=1)

    def incomplete(self, labels: Iterable[Moment]) -> tuple[Moment, ...]:
        """Those of an answer's periods that have not ended at `as_of`, or that the span cuts."""
        today = local(self.as_of, self.timezone).date()
        return tuple(label for label in labels if self.cut(label, today))

    def cut(self, label: Moment, today: date) -> bool:
        """Whether a period's value may still change or is only a part of the period."""
        if isinstance(label, datetime):
            return next_hour(instant(label, self.timezone), self.timezone) > self.as_of
        assert self.grain is not None
        end = next_period(label, self.grain)
        late = self.span.start is not None and label < day_past(self.span.start)
        return late or end > today or (self.span.end is not None and end > day_of(self.span.end))

    def step_back(self, vs: str) -> tuple[int, Grain]:
        """How far a comparison looks back: the span's own length, or a year (52 weeks for weeks)."""
        if vs == "year":
            return (52, "week") if self.grain == "week" else (1, "year")
        if self.grain is not None and self.grain != "hour":
            return len(self.starts()), self.grain
        assert self.span.start is not None and self.span.end is not None
        if isinstance(self.span.start, datetime) or isinstance(self.span.end, datetime) or self.grain == "hour":
            seconds = (instant(self.span.end, self.timezone) - instant(self.span.start, self.timezone)).total_seconds()
            return max(1, round(seconds / 3600)), "hour"
        return whole_length(self.span.start, self.span.end)


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
        if grain == "hour":
            span = Span(passing(window.start, timezone), passing(window.end, timezone))
        moved = shift_span(span, -count, grain)
        found.append(Window(window.label, moved.start, moved.end))
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


def must_end(window: Window) -> Moment:
    """The end of a window that has to have one."""
    assert window.end is not None
    return window.end
