"""The periods of an answer, and the windows of time that each period's value looks at."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, timedelta

from msgspec import Struct, field
from msgspec.structs import replace

from truenorth.base.errors import QueryError
from truenorth.base.period import (
    CLOCK,
    Grain,
    Moment,
    Span,
    day_of,
    grain_of,
    next_period,
    periods,
    truncate,
    wall,
    whole_length,
)
from truenorth.base.zone import instant, local, next_hour
from truenorth.query.almanac import Almanac
from truenorth.query.column import READ_PART, Label, TimeColumn
from truenorth.query.window import Reckoning, Window, earlier, later, utc

MANY_PERIODS = 50_000
DAYS: dict[str, int] = {"week": 7, "month": 28, "quarter": 90, "year": 365, "fiscal_quarter": 90, "fiscal_year": 365}
FINER = ("hour", "minute", "second")


class Calendar(Struct, frozen=True):
    """The asked time, made concrete: a span in a zone, cut into periods of a grain of which all columns can be told."""

    span: Span
    grain: Grain | None
    timezone: str
    week_start: str
    as_of: datetime
    times: tuple[TimeColumn, ...] = ()
    fiscal: int = 1
    almanacs: Mapping[str, Almanac] = field(default_factory=dict)
    only: tuple[Span, ...] = ()
    asked: Span | None = None

    @property
    def reckoning(self) -> Reckoning:
        """How this calendar counts."""
        return Reckoning(self.timezone, self.week_start, self.fiscal, self.almanacs)

    @property
    def within_days(self) -> bool:
        """Whether windows begin or end inside days."""
        edges = [edge for span in (self.span, *self.only) for edge in (span.start, span.end)]
        return self.grain in CLOCK or any(isinstance(edge, datetime) for edge in edges)

    def windows(self) -> tuple[Window, ...]:
        """One window a period, cut where the span cuts; hours are naive UTC instants.

        With several columns, a window is a run of periods that are alike in all of them. Where the span has gaps, each
        of its pieces has windows of its own.
        """
        if self.only:
            return tuple(window for piece in self.pieces() for window in piece.windows())
        if self.grain is None:
            return (Window((), self.span.start, self.span.end),)
        if self.plain:
            return tuple(self.cells())
        found: list[Window] = []
        for cell in self.cells():
            if found and found[-1].labels == cell.labels:
                found[-1] = Window(cell.labels, found[-1].start, cell.end)
            else:
                found.append(cell)
        return tuple(found)

    def pieces(self) -> Iterator[Calendar]:
        """The calendars of the pieces of a span that has gaps."""
        yield from (replace(self, span=within(self.span, one), only=()) for one in self.only)

    def cells(self) -> Iterator[Window]:
        """One window for each period of the base grain, under the labels it has in the time columns."""
        if self.only:
            yield from (cell for piece in self.pieces() for cell in piece.cells())
            return
        periods = self.instants() if self.grain in CLOCK else self.days()
        if self.plain:
            yield from (Window((at,), start, end) for at, start, end in periods)
            return
        reads = [self.reader(column) for column in self.times]
        for at, start, end in periods:
            yield Window(tuple(read(at) for read in reads), start, end)

    @property
    def plain(self) -> bool:
        """Whether the one time column is the grain itself."""
        return not self.times or (len(self.times) == 1 and self.times[0].unit == self.grain)

    def reader(self, column: TimeColumn) -> Callable[[Moment], Label]:
        """What the period that begins at a moment is called in a column."""
        unit, zone, clock = column.unit, self.timezone, self.grain in CLOCK

        def here(moment: Moment) -> Moment:
            return local(moment, zone) if clock and isinstance(moment, datetime) else moment

        if column.kind == "calendar":
            names = self.almanacs[unit].names
            return lambda moment: names.get(day_of(here(moment)))
        if column.kind == "part":
            return lambda moment: READ_PART[unit](here(moment))
        if unit in CLOCK:
            return lambda moment: self.reckoning.floor(datetime_of(moment), unit)
        return lambda moment: truncate(day_of(here(moment)), unit, self.week_start, self.fiscal)

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
            first = self.reckoning.floor(current, self.grain)
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

    @property
    def reaches_ahead(self) -> bool:
        """Whether a period of the span has not begun yet."""
        end = self.span.end
        if end is None or self.grain is None:
            return False
        if self.grain in CLOCK:
            first = self.reckoning.floor(self.as_of, self.grain)
            return instant(end, self.timezone) > (first if first == self.as_of else self.following(first))
        past = self.end_of_data()
        first_day = truncate(past, self.grain, self.week_start, self.fiscal)
        return wall(end) > wall(first_day if first_day == past else next_period(first_day, self.grain))

    def is_begun(self, window: Window) -> bool:
        """Whether what a window looks at has begun."""
        if window.start is None:
            return True
        if self.grain in CLOCK or isinstance(window.start, datetime):
            return instant(window.start, self.timezone) < self.as_of
        return window.start < self.end_of_data()

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


def datetime_of(moment: Moment) -> datetime:
    """A moment of which the time of day is known."""
    assert isinstance(moment, datetime)
    return moment


def too_many(periods: str) -> QueryError:
    """The error for more periods than anybody can read."""
    hint = "ask for a shorter range or a coarser grain"
    return QueryError("E_TOO_MANY_PERIODS", f"{periods} are too many to lay out", hint=hint)


def within(span: Span, piece: Span) -> Span:
    """The part of a span that a piece of it covers."""
    start = piece.start if span.start is None or piece.start is None else later(span.start, piece.start)
    end = piece.end if span.end is None or piece.end is None else earlier(span.end, piece.end)
    return Span(start if start is not None else span.start, end if end is not None else span.end)
