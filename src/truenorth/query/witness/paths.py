"""Paths read plainly: entity by entity, anchor by anchor, node by node."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from msgspec import Struct

from truenorth.base.table import Value
from truenorth.define.model import Metric
from truenorth.define.sessions import IDLE
from truenorth.query.creditor import Reading
from truenorth.query.witness.sessions import instant, length_of


class Event(Struct, frozen=True):
    """A row of an entity: when it was, the node that it is, whether it is the anchor, and whether it lies in the cell
    that is asked for. `node` is anything that can be put in order."""

    moment: datetime
    node: Any
    anchor: bool = True
    inside: bool = True


class Way(Struct, frozen=True):
    """What ends a path: so much time without a row, or so much from its anchor; and how it is read."""

    idle: timedelta | None
    window: timedelta | None
    to: bool = False
    depth: int = 5
    collapse: bool = True


def paths(events: Iterable[Event], way: Way) -> list[tuple[Event, list[Any], bool]]:
    """The paths of one entity: its anchor, its nodes from there on (or back), whether it counts in the cell."""
    rows = sorted(events, key=lambda one: (one.moment, one.anchor == way.to, one.node))
    found = []
    for at, stretch in anchored(rows, way):
        same = [one for one in stretch if (one.moment, one.node, one.anchor) == key(stretch[at])]
        found.append((stretch[at], nodes(stretch, at, way), any(one.inside for one in same)))
    return found


def key(one: Event) -> tuple[datetime, Any, bool]:
    return one.moment, one.node, one.anchor


def anchored(rows: Sequence[Event], way: Way) -> list[tuple[int, list[Event]]]:
    """The place of each path's anchor among the rows that it may have."""
    found = []
    if way.window is None:
        stretches: list[list[Event]] = []
        for number, one in enumerate(rows):
            if number == 0 or way.idle is None or one.moment - rows[number - 1].moment > way.idle:
                stretches.append([])
            stretches[-1].append(one)
        for stretch in stretches:
            anchors = [at for at, one in enumerate(stretch) if one.anchor]
            if anchors:
                found.append((anchors[0], stretch))
        return found
    since: datetime | None = None
    for at, one in enumerate(rows):
        if not one.anchor or (since is not None and one.moment - since <= way.window):
            continue
        since = one.moment
        near = [number for number, other in enumerate(rows) if abs(other.moment - one.moment) <= way.window]
        found.append((at - near[0], [rows[number] for number in near]))
    return found


def nodes(rows: Sequence[Event], at: int, way: Way) -> list[Any]:
    """The nodes of a path, from its anchor on."""
    follows = rows[at::-1] if way.to else rows[at:]
    found = [follows[0].node]
    for number in range(1, len(follows)):
        if not way.collapse or follows[number].node != follows[number - 1].node:
            found.append(follows[number].node)
    return found[: way.depth]


def followed(reading: Reading, metric: Metric, met: Sequence[str]) -> Value:
    """How many paths, or entities with any, have their anchor where some conditions are met."""
    anchor = metric.from_ or metric.to
    is_anchor = f"CASE WHEN {reading.rendered(metric, anchor) if anchor else '1 = 1'} THEN 1 ELSE 0 END"
    inside = f"CASE WHEN {' AND '.join(met) or '1 = 1'} THEN 1 ELSE 0 END"
    moment, who = reading.moment(metric, reading.in_days(metric)), reading.who(metric, metric)
    people: dict[tuple[object, ...], list[Event]] = {}
    for row in reading.read(metric, [moment, inside, is_anchor, reading.rendered(metric, metric.node), *who]):
        if None not in row[4:] and isinstance(row[0], date):
            # Values of one node column are of one type; those that are unknown come first.
            event = Event(instant(row[0]), (row[3] is not None, row[3]), bool(row[2]), bool(row[1]))
            people.setdefault(row[4:], []).append(event)
    idle = length_of(metric.idle or IDLE)
    window = length_of(metric.window) if metric.window else None
    own = Way(idle, window, bool(metric.to), int(metric.depth), metric.collapse)
    found = [sum(inside for _, _, inside in paths(events, own)) for events in people.values()]
    return sum(found) if metric.part == "paths" else sum(one > 0 for one in found)
