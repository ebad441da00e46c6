"""funnel: how far entities go through steps within a window from their entry.

Every row that is the first step begins an attempt (in any order: every row that is a step); which rows are its steps is
told in `attempt`, and which attempts count in `counting`. Rows of one time are read in the order of the first step that
they are, so that they connect, and one row is never two steps of an attempt.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from truenorth.base.beside import beside
from truenorth.base.errors import QueryError
from truenorth.base.period import CLOCK, Moment, parse_window, shift
from truenorth.define.funnel import place_of
from truenorth.define.model import Metric
from truenorth.query.journey.attempt import NEVER, Attempts, attempts
from truenorth.query.journey.counting import Tried, counting
from truenorth.query.journey.frame import DAY, SECOND, Frame, date_of, number_of
from truenorth.query.journey.latest import latest
from truenorth.query.journey.outcome import How, Measured, Outcomes, joined
from truenorth.query.journey.outline import Outline, conditions_of, outlined
from truenorth.query.journey.rows import Array, Flags, Integers, Rows
from truenorth.query.journey.trail import Trail, trails

FIXED = (*CLOCK, "day", "week")
# The most days that a grain lasts.
LONGEST = {"day": 1, "week": 7, "month": 31, "quarter": 92, "year": 366}
# An attempt is of the group of its entry, and every group that an entity entered with is followed by itself.
OF_ENTRIES = ("entry", "all")
NOT = -1
# The numbers that tell when a step was taken, and how they are made.
TIMES: dict[str, How] = {"median_time": "median", "p90_time": "p90"}


def conditions(metric: Metric) -> tuple[str, ...]:
    """The conditions of the steps, then those of the exclusions."""
    return conditions_of(metric)


def columns(metric: Metric) -> Mapping[str, str]:
    """What must be the same at every step."""
    return {f"held {number}": name for number, name in enumerate(metric.hold, 1)}


def reach(metric: Metric, frame: Frame) -> tuple[Moment | None, Moment | None]:
    """From the first window's start to the last one's end, and the time that an attempt has after it."""
    start, end = frame.span
    return start, end and shift(shift(end, *parse_window(metric.window)), 1, "day")


def follow(metric: Metric, rows: Rows, frame: Frame) -> Outcomes:
    """The attempts that count. Facts: `step k` how many microseconds after the entry step k was taken, -1 where it was
    not; `excluded`; and `immature`: the window was not over at the end of what is known."""
    if frame.dated and parse_window(metric.window)[1] in CLOCK:
        message = f'"{metric.name}" waits {metric.window}, but its rows are known by the day'
        raise QueryError("E_GRAIN_TOO_FINE", message, hint="state the window in days", where=metric.spot.at("window"))
    outline = outlined(metric)
    found = beside(
        lambda ordered: followed(metric, outline, ordered(), frame),
        trails(rows, held(metric, rows), longest(metric.window)),
    )
    return joined(list(found) or [nothing(outline)])


def held(metric: Metric, rows: Rows) -> Integers | None:
    """A number for each set of values that an attempt keeps; None where it may change all of them."""
    kept = [rows.extra[f"held {number}"] for number in range(1, len(metric.hold) + 1)]
    if metric.attribution == "all":
        kept.append(rows.group)
    found = None
    for column in kept:
        number = np.unique(column, return_inverse=True)[1].reshape(-1).astype(np.int64)
        pair = number if found is None else found * (int(number.max(initial=0)) + 1) + number
        found = number if found is None else np.unique(pair, return_inverse=True)[1].reshape(-1).astype(np.int64)
    return found


def longest(window: str) -> int:
    """The most microseconds that a window lasts."""
    count, grain = parse_window(window)
    return count * (CLOCK[grain] * SECOND if grain in CLOCK else LONGEST[grain] * DAY)


def limits(entries: Integers, window: str) -> Integers:
    """The last moment at which a step counts, for each entry; months are those of the calendar."""
    if parse_window(window)[1] in FIXED:
        return entries + longest(window)
    days, within = np.unique(entries // DAY, return_inverse=True)
    past = [number_of(shift(date_of(int(day)), *parse_window(window))) for day in days]
    found: Integers = np.array(past, np.int64)[within.reshape(-1)] * DAY + entries % DAY
    return found


def followed(metric: Metric, outline: Outline, trail: Trail, frame: Frame) -> Outcomes:
    """The attempts that count of some entities."""
    entries = np.flatnonzero(trail.chosen(outline.begins(trail.kinds) & trail.kinds.asked))
    places, label = frame.within(trail.at(entries))
    entries = entries[places]
    group = None
    if metric.attribution in OF_ENTRIES and len(trail.kinds.group) and bool(trail.kinds.group.any()):
        group = trail.kinds.group[trail.what[entries]]
    easy = quick(metric, outline, trail, entries, group) & (len(frame.labels) == 1)
    group, found = np.zeros(len(entries), np.int64) if group is None else group, []
    if easy.any():
        made = latest(trail, outline.size, entries[easy], longest(metric.window))
        found.append(told(metric, outline, trail, (made, np.broadcast_to(label[:1], len(made))), frame))
    if not easy.all() or not len(entries):
        rest, cell = entries[~easy], (label[~easy], group[~easy])
        trail, rest = trail.around(rest) if easy.any() else (trail, rest)
        tried = counted(metric, outline, trail, rest, cell)
        found.append(told(metric, outline, trail, tried, frame))
    return joined(found)


def told(metric: Metric, outline: Outline, trail: Trail, counting: tuple[Attempts, Integers], frame: Frame) -> Outcomes:
    """What is known of some attempts and their labels; where nobody asks when steps were taken, 0 says that they
    were."""
    made, label = counting
    at = trail.at(made.steps[0])
    timed = frame.named or not frame.parts.isdisjoint(TIMES)
    facts: dict[str, Array] = {
        f"step {number}": np.where(row >= 0, trail.at(row) - at if timed else np.int8(0), np.int8(NOT))
        for number, row in enumerate(made.steps, 1)
    }
    facts |= {"excluded": made.excluded, "immature": limits(at, metric.window) >= frame.as_of}
    who = trail.owners.entities(trail.unit(made.steps[0])) if frame.named else np.broadcast_to(np.int64(-1), len(made))
    return Outcomes(who, label, attributed(metric, outline, trail, made), facts)


def quick(metric: Metric, outline: Outline, trail: Trail, entries: Integers, group: Integers | None) -> Flags:
    """Which entries are of entities with one attempt that counts: of theirs the latest before a step is looked at."""
    plain = not metric.hold and metric.attribution != "all" and outline.plain(trail.kinds)
    if not plain or parse_window(metric.window)[1] not in FIXED:
        return np.zeros(len(entries), np.bool_)
    if group is None:
        return np.ones(len(entries), np.bool_)
    owner = trail.unit(entries)
    mixed = np.zeros(int(owner.max(initial=0)) + 1, np.bool_)
    mixed[owner[1:][(group[1:] != group[:-1]) & (owner[1:] == owner[:-1])]] = True
    found: Flags = ~mixed[owner]
    return found


def counted(
    metric: Metric, outline: Outline, trail: Trail, entries: Integers, cell: tuple[Integers, Integers]
) -> tuple[Attempts, Integers]:
    """The attempts that count of those that begin with some rows in some labels and groups, and their labels."""
    label, group = cell
    number = cells(trail.owners.numbered(trail.unit(entries)), label, group)
    kept = foremost(outline, trail, entries, number)
    entries, label, number = entries[kept], label[kept], number[kept]
    at = trail.at(entries)
    limit = trail.when[entries] + (limits(at, metric.window) - at)
    tried = Tried(trail, outline, attempts(trail, outline, entries, limit), number)
    chosen = counting(tried)
    return tried.attempts.taken(chosen), label[chosen]


def cells(owner: Integers, label: Integers, group: Integers) -> Integers:
    """A number for each entity in each labels and group: those of one entity follow each other."""
    found, size = owner, 1
    for part in (label, group):
        most = int(part.max(initial=0)) + 1
        size *= most
        if most > 1:
            found = found * most + part
    if size * (int(owner.max(initial=0)) + 1) < NEVER:
        return found
    order = np.unique(np.stack([owner, label, group], axis=1), axis=0, return_inverse=True)[1]
    return order.reshape(-1).astype(np.int64)


def foremost(outline: Outline, trail: Trail, entries: Integers, cell: Integers) -> Flags:
    """Which entries can be those of an attempt that counts: where another of the same cell follows at once, it leaves
    more time for the same steps."""
    kept = np.ones(len(entries), np.bool_)
    if outline.plain(trail.kinds) and len(entries):
        unit = trail.unit(entries)
        kept[:-1] = (entries[1:] != entries[:-1] + 1) | (unit[1:] != unit[:-1]) | (cell[1:] != cell[:-1])
    return kept


def attributed(metric: Metric, outline: Outline, trail: Trail, made: Attempts) -> Integers:
    """The group that each attempt counts in: that of its entry, of the last step it took, or of a step, which for those
    that did not take is the last one before it."""
    rows, groups = made.steps[0], trail.kinds.group
    if not groups.any():
        return np.broadcast_to(np.int64(0), len(rows))
    if metric.attribution not in (*OF_ENTRIES, "first"):
        named = metric.attribution in outline.names
        rows = made.steps[: outline.names.index(metric.attribution) + 1 if named else outline.size].max(axis=0)
    found: Integers = groups[trail.what[rows]]
    return found


def nothing(outline: Outline) -> Outcomes:
    """No attempts at all."""
    none = np.zeros(0, np.int64)
    facts: dict[str, Array] = {f"step {number}": none for number in range(1, outline.size + 1)}
    return Outcomes(none, none, none, facts | {"excluded": none != 0, "immature": none != 0})


def measured(metric: Metric, outcomes: Outcomes) -> Measured:
    """A number of the attempts that count; those that an exclusion removes are in none but `excluded`."""
    excluded = outcomes.facts["excluded"]
    if metric.part == "excluded":
        return Measured(excluded)
    kept = ~excluded if metric.exclude == "remove" else np.ones(len(outcomes), np.bool_)
    if metric.part == "entered":
        return Measured(kept)
    if metric.part == "immature":
        return Measured(kept & outcomes.facts["immature"])
    number = len(metric.steps) if metric.part == "converted" else place_of(metric)
    came = outcomes.facts[f"step {number}"]
    kept &= came != NOT
    if metric.part in ("reached", "converted"):
        return Measured(kept)
    return Measured(kept, came / SECOND, TIMES[metric.part])


def notes(metric: Metric, outcomes: Outcomes, frame: Frame) -> tuple[str, ...]:
    """How many of the attempts that count have not had their whole window yet."""
    young = int(np.count_nonzero(outcomes.facts["immature"]))
    if not young:
        return ()
    counted = f"{young:,} of the {len(outcomes):,} attempts that count {'has' if young == 1 else 'have'}"
    return (f"{metric.title}: {counted} not had the whole {metric.window} yet and may still get farther",)
