"""retention: who comes back, so many periods after they began.

A bucket of a birth is a stretch of time: of the calendar from the period of the birth on, or counted from the birth
itself. Rows are sorted by entity and time, so that what falls into a stretch is found by looking up its ends. The row
that begins is a return if it meets that condition: where both are the same, all of a cohort return in bucket 0. Only up
to a bucket (`on_or_before`) it is none, or everybody would return.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from msgspec.structs import replace

from truenorth.base.errors import QueryError
from truenorth.base.period import CLOCK, Moment, shift
from truenorth.define.model import Metric
from truenorth.define.retention import ANY, bracket
from truenorth.query.journey.birth import NEVER, born, numbered
from truenorth.query.journey.frame import DAY, EPOCH, SECOND, Frame
from truenorth.query.journey.outcome import Measured, Outcomes
from truenorth.query.journey.rows import AMOUNT, Array, Flags, Integers, Rows
from truenorth.query.journey.scale import Scale, scaled

# How long a period is that is counted from a birth.
LENGTHS = {
    "hour": 3600 * SECOND,
    "day": DAY,
    "week": 7 * DAY,
    "month": 30 * DAY,
    "quarter": 90 * DAY,
    "year": 365 * DAY,
}


@dataclass(frozen=True, slots=True)
class Returns:
    """The rows that come back, as sorted numbers: entity, then time, and of one time those that are starts first where
    that matters.

    `values` are their worth in the same order, of so many decimal `places`.
    """

    keys: Array
    scale: Scale
    values: Array | None = None
    places: int = 0

    def between(self, line: Integers, low: Integers, high: Integers, past: bool) -> tuple[Integers, Integers]:
        """Where the rows of entities begin and end that are in [low, high); `past` the starts at `low`."""
        begun = self.scale.place(low)
        turn = self.scale.holds(low, begun) if past else False
        first = np.searchsorted(self.keys, self.scale.key(line, begun, turn))
        last = np.searchsorted(self.keys, self.scale.key(line, self.scale.place(high), False))
        return first, np.maximum(last, first)


@dataclass(frozen=True, slots=True)
class Cohorts(Outcomes):
    """The births of an answer, and the rows that come back: `line` is each one's number among these, `number` the
    period it is in."""

    at: Integers
    line: Integers
    number: Integers
    returns: Returns
    frame: Frame


def conditions(metric: Metric) -> tuple[str, ...]:
    """What begins, and what is a return."""
    return (metric.start or ANY, metric.returns or ANY)


def columns(metric: Metric) -> Mapping[str, str]:
    """What a return is worth; what is not known is nothing."""
    return {AMOUNT: f"COALESCE({metric.value}, 0) + 0"} if metric.value else {}


def reach(metric: Metric, frame: Frame) -> tuple[Moment | None, Moment | None]:
    """All of history, to know the first; else from the period in which what is asked for begins. Up to where whoever
    began last has had all the time they are given."""
    start, end = frame.span
    past = None if end is None or metric.criteria == "on_or_after" else ended(metric, end)
    if metric.first == "ever" or start is None:
        return None, past
    if metric.first == "in_range" or metric.period in CLOCK:
        return shift(start, -1, "day"), past
    number = frame.period_of(start.date() if isinstance(start, datetime) else start, metric.period)
    return shift(frame.period_start(number, metric.period), -1, "day"), past


def ended(metric: Metric, end: Moment) -> Moment | None:
    """A moment after the last return that counts of those who began before `end`; None where no calendar reaches it."""
    high = bracket(metric)[1]
    with suppress(QueryError):
        if metric.period in CLOCK:
            return shift(end, high // 24 + 2, "day")
        return shift(shift(end, high + 1, metric.period), 1, "day")
    return None


def daily(metric: Metric) -> bool:
    """Whether nobody's return is told by when within a day it was: who begins on a day is there on that day."""
    alike = metric.start == metric.returns and not metric.value
    return alike and metric.buckets == "calendar" and metric.period not in CLOCK and metric.criteria != "on_or_before"


def follow(metric: Metric, rows: Rows, frame: Frame) -> Cohorts:
    """The births, and the rows that come back; QueryError E_GRAIN_TOO_FINE for hours where rows are known by days."""
    if frame.dated and metric.period in CLOCK:
        message = f'"{metric.name}" counts {metric.period}s, but its rows are known by the day'
        raise QueryError("E_GRAIN_TOO_FINE", message, hint="write period: day", where=metric.spot.at("period"))
    births = born(metric, rows, frame)
    line, lines = numbered(rows.who)
    places = births.places
    at = rows.at[places]
    number = frame.periods(at, metric.period)
    returns = returning(metric, rows, line, lines)
    return Cohorts(rows.who[places], births.label, rows.group[places], {}, at, line[places], number, returns, frame)


def returning(metric: Metric, rows: Rows, line: Integers, lines: int) -> Returns:
    """The rows that come back, sorted."""
    back = np.flatnonzero(rows.meets(1))
    at, apart = rows.at[back], metric.criteria == "on_or_before"
    scale, places = scaled(at, lines, apart)
    keys = scale.key(line[back], places, ~rows.meets(0)[back] if apart else False)
    if AMOUNT not in rows.extra:
        return Returns(np.sort(keys), scale)
    order = np.argsort(keys, kind="stable")
    values = rows.extra[AMOUNT][back][order]
    if values.dtype.kind == "f":
        values = np.where(np.isnan(values), 0, values)
    return Returns(keys[order], scale, values, rows.places.get(AMOUNT, 0))


def instants(frame: Frame, numbers: Integers, grain: str) -> Integers:
    """Where periods begin, each worked out once."""
    known, places = np.unique(numbers, return_inverse=True)
    found = np.array([instant(frame, int(one), grain) for one in known], np.int64)
    return found[places.reshape(-1)] if len(known) else numbers


def instant(frame: Frame, number: int, grain: str) -> int:
    """Where a period begins, on the scale of `Rows.at`."""
    moment = frame.period_start(number, grain)
    if isinstance(moment, datetime):
        return (moment - EPOCH) // timedelta(microseconds=1)
    return frame.microseconds(moment)


def edge(metric: Metric, cohorts: Cohorts, after: int) -> Integers:
    """Where the bucket so many periods after each birth begins; the first one with the birth itself."""
    if not after:
        return cohorts.at
    if metric.buckets == "rolling":
        return cohorts.at + after * LENGTHS[metric.period]
    return instants(cohorts.frame, cohorts.number + after, metric.period)


def whole(metric: Metric, frame: Frame, number: Integers, after: int) -> Flags:
    """Of which periods' births all have had `after` periods: only these are old enough."""
    if metric.buckets == "rolling":
        past = instants(frame, number + 1, metric.period) + after * LENGTHS[metric.period]
    else:
        past = instants(frame, number + after, metric.period)
    found: Flags = past <= frame.as_of
    return found


def returned(metric: Metric, cohorts: Cohorts) -> tuple[Integers, Integers]:
    """The rows with which each birth returns in the bucket that is looked at, as the stretch of `returns` they are."""
    low, high = bracket(metric)
    upto = metric.criteria == "on_or_before"
    begun = cohorts.at if upto else edge(metric, cohorts, low)
    ended = np.full(len(cohorts), NEVER) if metric.criteria == "on_or_after" else edge(metric, cohorts, high)
    return cohorts.returns.between(cohorts.line, begun, ended, upto)


def worth(returns: Returns, first: Integers, last: Integers) -> Array:
    """What the rows from one place to another are worth together, exactly where they are whole."""
    assert returns.values is not None
    total = np.append(returns.values, np.zeros(1, returns.values.dtype))
    if total.dtype.kind == "f":
        pairs = np.stack([first, last], axis=1).reshape(-1)
        return np.where(last > first, np.add.reduceat(total, pairs)[::2], 0) if len(first) else total[:0]
    sums = np.concatenate([np.zeros(1, total.dtype), np.cumsum(total)])
    found: Array = sums[last] - sums[first]
    return found


def measured(metric: Metric, outcomes: Outcomes) -> Measured:
    """A number of the births that are old enough; a cohort without `after` is all of them."""
    assert isinstance(outcomes, Cohorts)
    everyone = np.ones(len(outcomes), np.bool_)
    if metric.part == "cohort" and metric.after is None:
        return Measured(everyone)
    old = whole(metric, outcomes.frame, outcomes.number, bracket(metric)[1])
    if metric.part in ("cohort", "incomplete"):
        return Measured(old if metric.part == "cohort" else ~old)
    looked = replace(metric, after=0, criteria="on") if metric.part == "value_at_start" else metric
    first, last = returned(looked, outcomes)
    if metric.part == "retained":
        return Measured(old & (last > first))
    return Measured(old, worth(outcomes.returns, first, last), "sum", outcomes.returns.places)
