"""Stretches of local time: joined, met and left out, as the conditions of a question join them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta

from truenorth.base.ago import period_of
from truenorth.base.errors import QueryError
from truenorth.base.period import CLOCK, PARTS, Moment, Span, day_of, grain_of, next_period, truncate, wall
from truenorth.base.zone import instant, local
from truenorth.define.model import Model
from truenorth.define.when import Tests, TimeTest
from truenorth.query.almanac import Almanac

Stretches = tuple[Span, ...]
ALWAYS: Stretches = (Span(),)
FIRST, LAST = datetime.min, datetime.max


class Times:
    """Reads the times of conditions at a naive UTC `now`, in a zone.

    `written` is the zone in which the metrics' own time is written, where it is not a date.
    """

    def __init__(
        self, model: Model, now: datetime, timezone: str, almanacs: Mapping[str, Almanac], written: str = ""
    ) -> None:
        self.workspace = model.workspace
        self.timezone = timezone
        self.written = written
        self.now = local(now, timezone)
        self.fiscal = model.fiscal
        self.almanacs = almanacs

    def of(self, test: TimeTest, unit: str) -> Stretches:
        """Where a test holds; with a unit it is about the beginning of the period that a time lies in."""
        if unit in PARTS:
            raise QueryError("E_BAD_TIME_CONDITION", f'"{test.text}" compares a part of a date, which is no stretch')
        if unit in self.almanacs:
            return joined(self.almanacs[unit].spans(test.operator, test.values))
        clock, week_start = self.workspace.clock, self.workspace.week_start
        if self.written and test.typed and not test.shared and not unit:
            spans = [self.exactly(value) for value in test.values]
        else:
            said = [period_of(value, self.now, clock=clock, week_start=week_start) for value in test.values]
            spans = [self.begun(span, unit) for span in said]
        first, last = spans[0], spans[-1]
        found: dict[str, Stretches] = {
            ">=": (Span(first.start),),
            ">": (Span(first.end),),
            "<": (Span(None, first.start),),
            "<=": (Span(None, first.end),),
            "between": (Span(first.start, last.end),),
        }
        if test.operator == "<>":
            return without(spans)
        return joined(found.get(test.operator) or spans)

    def exactly(self, value: str) -> Span:
        """The one time that a typed literal is, beside a field of its own name: written as the field is."""
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            hint = "write it like timestamp '2026-01-31 09:30:00'"
            raise QueryError("E_BAD_TIME_CONDITION", f'"{value}" is not a time', hint=hint) from None
        utc = instant(moment, self.written)
        return Span(self.seen(utc), self.seen(utc + timedelta(microseconds=1)))

    def seen(self, utc: datetime) -> Moment:
        """A naive UTC time in the zone of the question; a midnight is its day."""
        here = local(utc, self.timezone)
        return here.date() if wall(here) == wall(here.date()) else here

    def begun(self, span: Span, unit: str) -> Span:
        """The stretch of times whose periods begin within a span."""
        if not unit:
            return span
        assert span.start is not None and span.end is not None
        return Span(self.next_begin(span.start, unit), self.next_begin(span.end, unit))

    def next_begin(self, moment: Moment, unit: str) -> Moment:
        """The first beginning of a period at or after a moment."""
        if unit in CLOCK:
            past = (wall(moment) - datetime(1970, 1, 1)).total_seconds() % CLOCK[unit]
            return moment if not past else wall(moment) + timedelta(seconds=CLOCK[unit] - past)
        grain = grain_of(unit)
        start = truncate(day_of(moment), grain, self.workspace.week_start, self.fiscal)
        return start if wall(start) == wall(moment) else next_period(start, grain)

    def where(self, tests: Tests, unit_of: dict[str, str]) -> Stretches:
        """Where tests hold together; a time that is not known meets none."""
        if tests.test is not None:
            return self.of(tests.test, unit_of[tests.test.reference])
        parts = [self.where(part, unit_of) for part in tests.parts]
        if tests.joined == "not":
            return without(parts[0])
        if tests.joined == "or":
            return joined([span for part in parts for span in part])
        return met(*parts)


def edge(moment: Moment | None, open_: datetime) -> datetime:
    """A moment as it can be compared; an open one lies at the end."""
    return open_ if moment is None else wall(moment)


def joined(spans: Iterable[Span]) -> Stretches:
    """The stretches that hold what any of some spans holds, in order and apart.

    >>> joined([Span(date(2026, 1, 5), None), Span(date(2026, 1, 1), date(2026, 1, 5))])
    (Span(start=datetime.date(2026, 1, 1), end=None),)
    """
    found: list[Span] = []
    for span in sorted(spans, key=lambda one: edge(one.start, FIRST)):
        if edge(span.start, FIRST) >= edge(span.end, LAST):
            continue
        if found and edge(span.start, FIRST) <= edge(found[-1].end, LAST):
            last = found.pop()
            end = last.end if edge(last.end, LAST) >= edge(span.end, LAST) else span.end
            found.append(Span(last.start, end))
        else:
            found.append(span)
    return tuple(found)


def met(first: Iterable[Span], *others: Iterable[Span]) -> Stretches:
    """The stretches that hold what each of several holds."""
    found = joined(first)
    for other in others:
        pairs = [(one, two) for one in found for two in other]
        found = joined(
            Span(
                one.start if edge(one.start, FIRST) >= edge(two.start, FIRST) else two.start,
                one.end if edge(one.end, LAST) <= edge(two.end, LAST) else two.end,
            )
            for one, two in pairs
        )
    return found


def without(spans: Iterable[Span]) -> Stretches:
    """The stretches that hold what none of some spans holds.

    >>> without([Span(date(2026, 1, 1), date(2026, 2, 1))])[1]
    Span(start=datetime.date(2026, 2, 1), end=None)
    """
    found: list[Span] = []
    last: Moment | None = None
    for span in joined(spans):
        if span.start is not None:
            found.append(Span(last, span.start))
        if span.end is None:
            return tuple(found)
        last = span.end
    return (*found, Span(last))


def hull(spans: Stretches) -> Span:
    """The stretch from the first beginning to the last end."""
    return Span(spans[0].start, spans[-1].end)


def nothing(one: Span, other: Span) -> Span:
    """An empty stretch where two that never meet come nearest."""
    starts = [span.start for span in (one, other) if span.start is not None]
    ends = [span.end for span in (one, other) if span.end is not None]
    at = max(starts, key=wall) if starts else min(ends, key=wall) if ends else date(2000, 1, 1)
    return Span(at, at)
