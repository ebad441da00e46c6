"""Who goes how far through a funnel, read plainly: entity by entity, attempt by attempt, row by row."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from datetime import date, datetime

from msgspec import Struct

from truenorth.base.period import Moment, parse_window, shift
from truenorth.base.table import Value
from truenorth.define.funnel import place_of, share_of
from truenorth.define.model import Metric
from truenorth.query.creditor import Reading

# How many standard errors 95 % of all shares lie within.
SURE = 1.959963984540054
# Attempts count by the group of their entry.
OF_ENTRIES = ("entry", "all")


class Event(Struct, frozen=True):
    """A row of an entity: when it was, the steps it is and the exclusions it meets (numbers from 1), whether it meets
    the question's conditions, and whether it is of the group that is looked at."""

    moment: Moment
    steps: tuple[int, ...]
    inside: bool
    here: bool = True
    excluded: tuple[int, ...] = ()


class Attempt(Struct, frozen=True):
    """The row of each step, None where it was not taken; until when there was time; when an exclusion ended it; the
    place of its entry among the entity's rows, and of the first after the last step."""

    rows: tuple[Event | None, ...]
    limit: Moment
    ended: Moment | None
    place: int
    past: int

    @property
    def entry(self) -> Event:
        """The row that began it."""
        assert self.rows[0] is not None
        return self.rows[0]

    def taken(self, metric: Metric) -> list[Event]:
        """The rows of the steps that are needed, as far as they were taken."""
        return [row for one, row in zip(metric.steps, self.rows, strict=True) if row is not None and not one.optional]


def followed(reading: Reading, metric: Metric, met: Sequence[str], grouped: Sequence[str], as_of: Moment) -> Value:
    """A number of a funnel over all that enter where some conditions are met, and are of a group."""
    who, held = reading.who(metric, metric), [reading.field(metric, one) for one in metric.hold]
    filters = [*(one.filter for one in metric.steps), *(one.filter for one in metric.exclusions)]
    sqls = [reading.rendered(metric, one) for one in filters]
    sqls += [" AND ".join(conditions) or "1 = 1" for conditions in (met, grouped)]
    flags = [f"CASE WHEN {sql} THEN 1 ELSE 0 END" for sql in sqls]
    people: dict[tuple[object, ...], dict[tuple[object, ...], list[Event]]] = {}
    past, size = 1 + len(flags), len(metric.steps)
    for row in reading.read(metric, [reading.moment(metric, reading.in_days(metric)), *flags, *who, *held]):
        whose, moment, told = row[past : past + len(who)], row[0], [bool(one) for one in row[1:past]]
        if None in whose or not isinstance(moment, date):
            continue
        when = moment.replace(tzinfo=None) if isinstance(moment, datetime) else moment
        steps = tuple(number for number, flag in enumerate(told[:size], 1) if flag)
        ends = tuple(number for number, flag in enumerate(told[size:-2], 1) if flag)
        lists = people.setdefault(whose, {})
        lists.setdefault(row[past + len(who) :], []).append(Event(when, steps, told[-2], told[-1], ends))
    return number_of(metric, [list(lists.values()) for lists in people.values()], as_of)


def number_of(metric: Metric, entities: Iterable[Sequence[Sequence[Event]]], as_of: Moment) -> Value:
    """A number of a funnel: each entity has its rows in one list for each set of values that stay the same."""
    tried = [one for lists in entities for one in counting(metric, lists) if attributed(metric, one).here]
    if metric.part == "excluded":
        return sum(one.ended is not None for one in tried)
    if metric.exclude == "remove":
        tried = [one for one in tried if one.ended is None]
    if metric.part == "immature":
        return sum(one.limit >= as_of for one in tried)
    number = place_of(metric) if metric.part != "converted" else len(metric.steps)
    got = [(one.entry, row) for one in tried for row in [one.rows[number - 1]] if row is not None]
    if metric.part == "entered":
        return len(tried)
    if metric.part in ("reached", "converted"):
        return len(got)
    if metric.part in ("rate", "low", "high"):
        among = sum(one.rows[share_of(metric) - 1] is not None for one in tried)
        return share(metric.part, len(got), among) if among else None
    return percentile(
        0.5 if metric.part == "median_time" else 0.9, [seconds(one.moment, row.moment) for one, row in got]
    )


def share(part: str, got: int, among: int) -> float:
    """A share, or an end of Wilson's interval of it.

    >>> round(share("low", 1, 4), 4), round(share("high", 1, 4), 4)
    (0.0456, 0.6994)
    """
    rate = got / among
    if part == "rate":
        return rate
    apart = SURE * math.sqrt(rate * (1 - rate) / among + SURE**2 / (4 * among**2))
    middle = rate + SURE**2 / (2 * among)
    return (middle - apart if part == "low" else middle + apart) / (1 + SURE**2 / among)


def percentile(part: float, values: Sequence[float]) -> float | None:
    """A percentile, on the line between neighbours."""
    if not values:
        return None
    ranked, place = sorted(values), part * (len(values) - 1)
    low, high = ranked[int(place)], ranked[min(int(place) + 1, len(ranked) - 1)]
    return low + (high - low) * (place - int(place))


def counting(metric: Metric, lists: Sequence[Sequence[Event]]) -> list[Attempt]:
    """The attempts of an entity that count."""
    if metric.attribution == "all":
        lists = [[one for one in events if one.here] for events in lists]
    tried = [attempts(metric, events) for events in lists]
    if metric.count == "entries":
        return [one for found in tried for one in apart(metric, found)]
    found = [one for several in tried for one in several]
    if metric.reentry == "first" and found:
        found = [one for one in found if one.entry.moment == min(other.entry.moment for other in found)]
    return [min(found, key=lambda one: standing(metric, one))] if found else []


def standing(metric: Metric, one: Attempt) -> tuple[object, ...]:
    """Where an attempt stands among others: the farthest first, then those not excluded, those with the most steps, the
    soonest, the latest, those whose steps came earlier; of those alike in time the one whose entry is read last."""
    taken, begun = one.taken(metric), instant(one.entry.moment)
    times = [instant(row.moment) if row else datetime.max for row in one.rows]
    ends = instant(taken[-1].moment) if len(taken) > 1 else datetime.min
    size = sum(row is not None for row in one.rows)
    return -len(taken), one.ended is not None, -size, ends, datetime.max - begun, times, -one.place


def apart(metric: Metric, tried: Sequence[Attempt]) -> list[Attempt]:
    """Attempts that do not overlap: the next begins after the one before converted, was excluded or had its window."""
    found: list[Attempt] = []
    for one in tried:
        if found:
            before = found[-1]
            converted = before.rows[-1] is not None
            over = min(before.limit, before.ended) if before.ended is not None else before.limit
            if one.place < before.past if converted else one.entry.moment <= over:
                continue
        found.append(one)
    return found


def attempts(metric: Metric, events: Sequence[Event]) -> list[Attempt]:
    """Every attempt that begins inside the cell, in the order of their entries."""

    def turn(one: Event) -> tuple[Moment, int, tuple[bool, ...], bool]:
        are = (*one.steps, *(len(metric.steps) + number for number in one.excluded))
        return one.moment, min(are, default=99), tuple(at in are for at in range(1, 99)), not one.inside

    line = sorted(events, key=turn)
    found = []
    for place, entry in enumerate(line):
        begins = bool(entry.steps) if metric.order == "any" else 1 in entry.steps
        if not begins or not entry.inside or not (entry.here or metric.attribution not in OF_ENTRIES):
            continue
        limit = shift(entry.moment, *parse_window(metric.window))
        past = next((at for at, one in enumerate(line) if at > place and one.moment > limit), len(line))
        took = {"ordered": ordered, "strict": strict, "any": in_any_order}[metric.order](metric, line, place, past)
        ended = None
        for number, one in enumerate(metric.exclusions, 1):
            names = [step.name for step in metric.steps]
            after = took[names.index(one.after) if one.after else 0]
            before = took[names.index(one.before) if one.before else -1]
            for row in line[:past] if after is not None else ():
                late = before is not None and row.moment >= line[before].moment
                if number in row.excluded and row.moment > line[after or 0].moment and not late:
                    ended = row.moment if ended is None else min(ended, row.moment)
        kept = [at if at is not None and (ended is None or line[at].moment <= ended) else None for at in took]
        rows = tuple(None if at is None else line[at] for at in kept)
        last = kept[-1]
        same = (
            (at for at in range(last, len(line)) if alike(line[at]) != alike(line[last]))
            if last is not None
            else iter(())
        )
        found.append(Attempt(rows, limit, ended, place, next(same, len(line))))
    return found


def ordered(metric: Metric, line: Sequence[Event], place: int, past: int) -> list[int | None]:
    """Each next step that is needed is the earliest row after the one before; then those that may be left out, each
    the earliest row after the last step taken before it and ahead of the next one that is needed."""
    took: list[int | None] = [place] + [None] * (len(metric.steps) - 1)
    here = place
    for number, one in enumerate(metric.steps[1:], 2):
        if not one.optional:
            at = next((at for at in range(here + 1, past) if number in line[at].steps), None)
            if at is None:
                break
            took[number - 1] = here = at
    for number, one in enumerate(metric.steps, 1):
        if one.optional:
            needed = max(at for at in range(number - 1) if not metric.steps[at].optional)
            if took[needed] is None:
                break
            here = max(at for at in took[: number - 1] if at is not None)
            after = next((at for at in range(number, len(took)) if not metric.steps[at].optional), None)
            end = took[after] if after is not None else None
            end = past if end is None else end
            took[number - 1] = next((at for at in range(here + 1, end) if number in line[at].steps), None)
    return took


def strict(metric: Metric, line: Sequence[Event], place: int, past: int) -> list[int | None]:
    """The very next row, but for those alike, is the next step, or the first that may be left out and that it is."""
    took: list[int | None] = [place] + [None] * (len(metric.steps) - 1)
    here, last = place, 1
    while last < len(took):
        at = next((at for at in range(here + 1, past) if alike(line[at]) != alike(line[here])), None)
        if at is None:
            break
        needed = next(number for number in range(last + 1, len(took) + 1) if not metric.steps[number - 1].optional)
        can = [needed, *range(last + 1, needed)]
        number = next((number for number in can if number in line[at].steps), None)
        if number is None:
            break
        took[number - 1], here, last = at, at, number
    return took


def alike(one: Event) -> tuple[object, ...]:
    """What rows that were delivered twice have in common."""
    return one.moment, one.steps, one.excluded


def in_any_order(metric: Metric, line: Sequence[Event], place: int, past: int) -> list[int | None]:
    """Row k is the k-th different step: each row is the first step it meets that is not taken yet."""
    took: list[int | None] = []
    done: set[int] = set()
    for at in range(place, past):
        number = next((number for number in line[at].steps if number not in done), None)
        if number is not None:
            done.add(number)
            took.append(at)
    return took + [None] * (len(metric.steps) - len(took))


def attributed(metric: Metric, one: Attempt) -> Event:
    """The row whose group an attempt is counted in."""
    names = [step.name for step in metric.steps]
    if metric.attribution in (*OF_ENTRIES, "first"):
        return one.entry
    size = names.index(metric.attribution) + 1 if metric.attribution in names else len(names)
    return [row for row in one.rows[:size] if row is not None][-1]


def seconds(one: Moment, other: Moment) -> float:
    """The seconds between two moments."""
    return (instant(other) - instant(one)).total_seconds()


def instant(one: Moment) -> datetime:
    """A day as the time it begins."""
    return one if isinstance(one, datetime) else datetime(one.year, one.month, one.day)
