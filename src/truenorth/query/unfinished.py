"""Which periods of an answer are not whole: those that have not ended yet, and those that the asked range cuts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from operator import ge
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from truenorth.base.period import CLOCK, Moment, Span, parse_window, shift, truncate, wall
from truenorth.base.table import Value
from truenorth.base.zone import instant, local
from truenorth.query.calendar import Calendar, within
from truenorth.query.window import before

Labels = tuple[Value, ...]
AHEAD = 10_000


class Unfinished(Struct, frozen=True):
    """Periods by their labels, one label for each time column: still filling, and cut by the range; some are both."""

    running: frozenset[Labels] = frozenset()
    cut: frozenset[Labels] = frozenset()


def unfinished(calendar: Calendar, shown: Iterable[Labels], window: str = "") -> Unfinished:
    """Those of the periods an answer shows that are not whole; with a `window`, also those of which what began in them
    has not had that much time."""
    if calendar.grain is None:
        return Unfinished()
    waits = waiting(calendar, window) if window else frozenset()
    edges, ahead = frozenset(cuts(calendar)), Ahead(calendar)
    instants = calendar.grain in CLOCK
    seen = [(one, tuple(passed(label, calendar) for label in one) if instants else one) for one in shown]
    return Unfinished(
        frozenset(labels for labels, one in seen if one in waits or (ahead.reached and ahead.holds(one))),
        frozenset(labels for labels, one in seen if one in edges),
    )


def waiting(calendar: Calendar, window: str) -> frozenset[Labels]:
    """The labels of periods after whose end a window was not over at the end of what is known."""
    back = local(calendar.as_of, calendar.timezone).replace(tzinfo=None)
    count, grain = parse_window(window)
    since = shift(back, -count, grain)
    return frozenset(
        one.labels for one in calendar.windows() if one.end is None or wall(calendar.reckoning.local(one.end)) > since
    )


def passed(label: Value, calendar: Calendar) -> Value:
    """A label as windows have it: an hour is the naive UTC instant at which it begins."""
    return instant(label, calendar.timezone) if isinstance(label, datetime) else label


def pieces(calendar: Calendar) -> list[Span]:
    """What was asked for; where the data begins or ends cuts nothing."""
    asked = calendar.span if calendar.asked is None else calendar.asked
    return [within(asked, one) for one in calendar.only] or [asked]


def cuts(calendar: Calendar) -> Iterator[Labels]:
    """The labels of what goes on beyond an edge of what was asked; an end that lies ahead cuts nothing yet."""
    for piece in pieces(calendar):
        ended = piece.end is not None and instant(piece.end, calendar.timezone) < calendar.as_of
        for edge in (piece.start, piece.end if ended else None):
            if edge is not None:
                moment = calendar.reckoning.passing(edge) if calendar.grain in CLOCK else edge
                assert moment is not None
                here = labels_at(calendar, moment)
                if here == labels_at(calendar, before(moment)):
                    yield here


def labels_at(calendar: Calendar, moment: Moment) -> Labels:
    """The labels of the period that holds a moment."""
    by, grain = calendar.reckoning, calendar.grain or "day"
    if grain in CLOCK:
        first: Moment = by.floor(instant(moment, calendar.timezone), grain)
    else:
        day = by.local(moment)
        first = truncate(day.date() if isinstance(day, datetime) else day, grain, by.week_start, by.fiscal)
    return (first,) if calendar.plain else tuple(calendar.reader(column)(first) for column in calendar.times)


class Ahead:
    """The periods that have not ended: the one that holds `as_of`, and those that come after it."""

    def __init__(self, calendar: Calendar) -> None:
        zone, as_of = calendar.timezone, calendar.as_of
        self.reached = any(one.end is None or instant(one.end, zone) >= as_of for one in pieces(calendar))
        self.now: tuple[Any, ...] = labels_at(calendar, local(as_of, zone))
        self.ordered = all(column.kind == "grain" for column in calendar.times)
        self.coming = frozenset() if self.ordered or not self.reached else coming(calendar) | {self.now}

    def holds(self, labels: tuple[Any, ...]) -> bool:
        """Whether a period has not ended."""
        if not self.ordered:
            return labels in self.coming
        return None not in labels and all(map(ge, labels, self.now))


def coming(calendar: Calendar) -> frozenset[Labels]:
    """The labels of the periods that begin after `as_of`, as far as anybody can read them."""
    today = local(calendar.as_of, calendar.timezone).replace(tzinfo=None)
    end = calendar.span.end
    if end is None or instant(end, calendar.timezone) <= calendar.as_of:
        return frozenset()
    rest = replace(calendar, span=Span(today, end), only=(), asked=None)
    return frozenset(cell.labels for cell in islice(rest.cells(), AHEAD))
