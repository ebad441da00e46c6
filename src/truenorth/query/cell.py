"""One number of an answer: where it stands in time and among groups, and where a metric looks from there."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from truenorth.base.errors import QueryError
from truenorth.base.period import CLOCK, Moment, Span, parse_window, shift, shift_span, truncate
from truenorth.base.table import Value
from truenorth.base.zone import instant, local
from truenorth.define.model import Metric
from truenorth.query.catalog import Catalog
from truenorth.query.column import Label
from truenorth.query.days import Days, days_of


class Cell(Struct, frozen=True):
    """One number of an answer: a stretch of local days (None is open) and the values of its dimensions.

    Within a day the stretch is one of instants. `period` says that it is one period of several; `labels` are parts of
    a date and calendars' periods, and what they are in the cell. `grain` is that of the period, where it is one.
    """

    start: Moment | None
    end: Moment | None
    values: tuple[tuple[str, Value], ...] = ()
    period: bool = False
    labels: tuple[tuple[str, Label], ...] = ()
    grain: str = ""

    def __str__(self) -> str:
        time = f"{self.start} to {self.end}" if self.start or self.end else "all time"
        named = (*self.labels, *self.values)
        return ", ".join([time, *(f"{name} = {'(none)' if value is None else value}" for name, value in named)])

    @property
    def nothing(self) -> Cell:
        """The same groups at no time at all."""
        day = date(2000, 1, 1)
        return Cell(day, day, self.values)


class Elsewhere:
    """Where metrics look from a cell: earlier, at the first of a year, back through a window."""

    def __init__(self, catalog: Catalog, timezone: str, last_day: date) -> None:
        self.catalog = catalog
        self.timezone = timezone
        self.last_day = last_day
        self.calendars: dict[str, Days] = {}

    def days(self, grain: str) -> Days:
        """The rows of the calendar that has a grain, read once."""
        if grain not in self.calendars:
            self.calendars[grain] = days_of(self.catalog, grain)
        return self.calendars[grain]

    def moved(self, cell: Cell, length: str) -> Cell | None:
        """The cell a length of time earlier; None where a calendar has nothing there."""
        assert cell.start is not None and cell.end is not None
        own = self.catalog.model.grains
        count, grain = parse_window(length, own)
        if grain in CLOCK:
            back = timedelta(seconds=count * CLOCK[grain])
            edges = (instant(edge, self.timezone).replace(tzinfo=UTC) - back for edge in (cell.start, cell.end))
            return replace(cell, start=next(edges), end=next(edges))
        if isinstance(cell.start, datetime) or isinstance(cell.end, datetime):
            return self.on_the_clock(cell, count, grain)
        if grain not in own:
            earlier = shift_span(Span(cell.start, cell.end), -count, grain)
            return replace(cell, start=earlier.start, end=earlier.end)
        days = self.days(grain)
        if cell.end == cell.start + timedelta(days=1):
            day = days.moved(cell.start, -count)
            return None if day is None else replace(cell, start=day, end=day + timedelta(days=1))
        start, end = days.edge(cell.start, -count), days.edge(cell.end, -count)
        return None if start is None or end is None else replace(cell, start=start, end=end)

    def on_the_clock(self, cell: Cell, count: int, grain: str) -> Cell:
        """A stretch within days, at the same time of another day."""
        if grain in self.catalog.model.grains:
            raise QueryError("E_UNKNOWN_GRAIN", f"hours moved by a {grain} are not worked out naively")
        tick = timedelta(microseconds=1)
        start, end = (
            shift(local(instant(edge, self.timezone) - less, self.timezone).replace(tzinfo=None), -count, grain)
            for edge, less in ((cell.start, timedelta(0)), (cell.end, tick))
            if edge is not None
        )
        assert isinstance(end, datetime)
        return replace(cell, start=start, end=end + tick)

    def at_first(self, cell: Cell, grain: str) -> Cell | None:
        """The first day of the year (month, …) in which a cell begins, or its first hour."""
        assert cell.start is not None and cell.end is not None
        if isinstance(cell.start, datetime):
            raise QueryError("E_UNKNOWN_GRAIN", f"the first hour of a {grain} is not worked out naively")
        if grain in CLOCK:
            begun = instant(cell.start, self.timezone).replace(tzinfo=UTC)
            return replace(cell, start=begun, end=begun + timedelta(seconds=CLOCK[grain]))
        first = self.begins(cell.start, grain)
        return None if first is None else replace(cell, start=first, end=first + timedelta(days=1))

    def begins(self, day: date, grain: str) -> date | None:
        """The first day of the year (month, …) that holds a day; None where a calendar has none."""
        if grain in CLOCK:
            raise QueryError("E_UNKNOWN_GRAIN", f"a {grain} to date is not worked out naively")
        if grain in self.catalog.model.grains:
            return self.days(grain).first(day)
        return truncate(day, grain, self.catalog.model.workspace.week_start, self.catalog.model.fiscal)

    def through(self, metric: Metric, cell: Cell) -> tuple[Moment | None, Moment] | None:
        """What a metric that looks back sees from the end of a cell; None where a calendar has no such stretch."""
        end: Moment = self.last_day if cell.end is None else cell.end
        if instant(end, self.timezone) > instant(self.last_day, self.timezone):
            end = self.last_day
        if metric.window:
            own = self.catalog.model.grains
            count, grain = parse_window(metric.window, own)
            if grain in CLOCK and end == self.last_day:
                raise QueryError("E_UNKNOWN_GRAIN", f"the running {grain} of a day is not worked out naively")
            if grain in own and not isinstance(end, datetime):
                edge = self.days(grain).edge(end, -count)
                return None if edge is None else (edge, end)
            if grain in CLOCK or isinstance(end, datetime):
                earlier = self.moved(Cell(end, end), metric.window)
                assert earlier is not None
                return earlier.end, end
            return shift(end, -count, grain), end
        if metric.grain_to_date:
            last = local(instant(end, self.timezone) - timedelta(microseconds=1), self.timezone).date()
            first = self.begins(last, metric.grain_to_date)
            return None if first is None else (first, end)
        return None, end
