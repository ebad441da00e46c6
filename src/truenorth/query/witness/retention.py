"""Who comes back after they began, read plainly: entity by entity, start by start, row by row."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from truenorth.base.period import CLOCK, Moment, shift, truncate
from truenorth.base.table import Value
from truenorth.base.zone import instant, local_day, offset_at
from truenorth.define.model import Metric
from truenorth.define.retention import ANY, DAYS, bracket
from truenorth.query.apportion import amount_of
from truenorth.query.creditor import Reading


class Event(Struct, frozen=True):
    """A row of an entity: when it was, in which period, whether it begins or returns, whether it lies in the cell."""

    moment: Moment
    period: Moment
    starts: bool
    returns: bool
    inside: bool
    worth: Decimal | None


class Clock(Struct, frozen=True):
    """How time is counted: where a period begins and when that is."""

    grain: str
    timezone: str
    week_start: str
    days: bool

    def period(self, moment: Moment) -> Moment:
        """The first day of the period of a moment; its hour as the instant at which it begins."""
        if self.grain in CLOCK and isinstance(moment, datetime):
            past = (moment - datetime(1970, 1, 1)).total_seconds() + offset_at(moment, self.timezone)
            return moment - timedelta(seconds=past % CLOCK[self.grain])
        return truncate(local_day(moment, self.timezone), self.grain, self.week_start)

    def later(self, period: Moment, count: int) -> Moment:
        """When the period begins that is so many later."""
        found = shift(period, count, self.grain)
        return found if self.days or isinstance(period, datetime) else instant(found, self.timezone)


def followed(reading: Reading, metric: Metric, met: Sequence[str]) -> Value:
    """A number of a retention over all that begin where some conditions are met."""
    who, days = reading.who(metric, metric), reading.in_days(metric)
    week = reading.catalog.model.workspace.week_start
    clock = Clock(metric.period, reading.timezone, week, days)
    flags = [reading.rendered(metric, one) for one in (metric.start or ANY, metric.returns or ANY)]
    flags.append(" AND ".join(met) or ANY)
    worth = reading.rendered(metric, metric.value) if metric.value else "0"
    told = [f"CASE WHEN {one} THEN 1 ELSE 0 END" for one in flags]
    people: dict[tuple[object, ...], list[Event]] = {}
    for row in reading.read(metric, [reading.moment(metric, days), *told, worth, *who]):
        whose, moment = row[5:], row[0]
        if None in whose or not isinstance(moment, date):
            continue
        when = moment.replace(tzinfo=None) if isinstance(moment, datetime) else moment
        starts, returns, inside = (bool(one) for one in row[1:4])
        event = Event(when, clock.period(when), starts, returns, inside, amount_of(row[4]))
        people.setdefault(whose, []).append(event)
    return number_of(metric, list(people.values()), clock, reading.until(metric))


def number_of(metric: Metric, people: Sequence[Sequence[Event]], clock: Clock, until: Moment) -> Value:
    """A number of a retention: of each entity its rows."""
    begun = [(birth, events) for events in people for birth in births(metric, events)]
    if metric.part == "cohort" and metric.after is None:
        return len(begun)
    old = [one for one in begun if whole(metric, one[0], clock) <= until]
    if metric.part == "incomplete":
        return len(begun) - len(old)
    if metric.part == "cohort":
        return len(old)
    back = [returned(metric, birth, events, clock) for birth, events in old]
    if metric.part == "retained":
        return sum(1 for one in back if one)
    if metric.part == "rate":
        return sum(1 for one in back if one) / len(old) if old else None
    first = replace(metric, after=0, criteria="on")
    at_first = added([returned(first, birth, events, clock) for birth, events in old])
    if metric.part == "value_at_start":
        return at_first if old else None
    if metric.part == "value":
        return added(back) if old else None
    return float(added(back)) / float(at_first) if at_first else None


def added(found: Sequence[Sequence[Event]]) -> Decimal:
    """What rows are worth together."""
    return sum((one.worth or Decimal(0) for events in found for one in events), Decimal(0))


def births(metric: Metric, events: Sequence[Event]) -> list[Event]:
    """The starts that count: the first ever or of each period, if it is in the cell; or the first in the cell."""
    starts = [one for one in events if one.starts]
    if metric.first == "in_range":
        starts = [one for one in starts if one.inside]
    groups: dict[Moment | None, list[Event]] = {}
    for one in starts:
        groups.setdefault(one.period if metric.first == "recurring" else None, []).append(one)
    found = []
    for group in groups.values():
        earliest = min(one.moment for one in group)
        first = [one for one in group if one.moment == earliest and one.inside]
        found += first[:1]
    return found


def returned(metric: Metric, birth: Event, events: Sequence[Event], clock: Clock) -> list[Event]:
    """The rows with which a birth returns in the bucket that is looked at."""
    low, high = bracket(metric)
    low = 0 if metric.criteria == "on_or_before" else low
    found = []
    for one in events:
        if not one.returns or one.moment < birth.moment:
            continue
        if metric.criteria == "on_or_before" and one.starts and one.moment == birth.moment:
            continue
        if metric.buckets == "rolling":
            number = (one.moment - birth.moment) / timedelta(days=DAYS[metric.period])
            after, before = number >= low, number < high
        else:
            after = one.period >= shift(birth.period, low, metric.period)
            before = one.period < shift(birth.period, high, metric.period)
        if after and (before or metric.criteria == "on_or_after"):
            found.append(one)
    return found


def whole(metric: Metric, birth: Event, clock: Clock) -> Moment:
    """When the bucket is over for everybody who began in the same period."""
    high = bracket(metric)[1]
    if metric.buckets == "rolling":
        return clock.later(birth.period, 1) + high * timedelta(days=DAYS[metric.period])
    return clock.later(birth.period, high)
