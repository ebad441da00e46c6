"""Paths: the ways that entities take from node to node, from an anchor on or up to it.

The rows of an entity are cut into stretches wherever more than `idle` passes between two; each stretch that has a row
which is the anchor makes one path, from the first such row. With a `window` it is the rows that come within it from
the anchor (or before it), and a row that is the anchor begins a path unless the one before it is still under way.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from truenorth.base.beside import beside
from truenorth.query.journey.order import Columns, begins, clock, in_order, within
from truenorth.query.journey.rows import Array, Flags, Integers, Rows

# What stands where a path has no further node.
END = -2


@dataclass(frozen=True, slots=True)
class Way:
    """How paths are followed: `idle` or `window` in microseconds, the condition that is the anchor (None: any row),
    whether they lead `to` it, how many nodes they have at most, and whether the same node again is no step."""

    idle: int = 0
    window: int = 0
    anchor: int | None = None
    to: bool = False
    depth: int = 5
    collapse: bool = True


@dataclass(frozen=True, slots=True)
class Walks:
    """One value a path and group that it counts in: whose it is, when its anchor was, and `nodes`, a column for each
    place: the anchor's own, then those that follow (or came before, with `to`); END where there are no more."""

    who: Integers
    at: Integers
    group: Integers
    nodes: Integers

    def __len__(self) -> int:
        return len(self.who)


def walks(rows: Rows, way: Way) -> Walks:
    """The paths whose anchor is a row that the question asks for, each in the group of that row.

    `rows.extra["node"]` are the nodes. Of rows of one time the anchor is the first (with `to` the last), the others
    follow in the order of their nodes; where several are the anchor, a path counts in the group of each of them that
    has its node.

    >>> from truenorth.query.journey.rows import rows_of
    >>> found = walks(rows_of([1, 1, 1], [0, 10, 99], node=[4, 6, 4]), Way(idle=30, depth=3))
    >>> found.nodes.tolist()
    [[4, 6, -2], [4, -2, -2]]
    """
    node = rows.extra["node"].astype(np.int64)
    anchor = np.ones(len(rows), np.bool_) if way.anchor is None else rows.meets(way.anchor)
    first = anchor if way.to else ~anchor
    low, base = int(node.min(initial=0)), int(rows.group.min(initial=0))
    ties = (first, node - low, ~rows.asked, rows.group - base)

    def follow(ordered: Callable[[], Columns]) -> tuple[Array, ...]:
        who, at, late, places, unasked, group = ordered()
        return walked(Piece(who, at, (late != 0) == way.to, places + low, unasked == 0, group + base), way)

    found = list(beside(follow, in_order(rows.who, rows.at, ties)))
    empty = np.zeros(0, np.int64)
    own, when, groups = (np.concatenate([one[place] for one in found] or [empty]) for place in range(3))
    nodes = np.concatenate([one[3] for one in found] or [np.zeros((0, way.depth), np.int64)])
    return Walks(own, when, groups, nodes)


@dataclass(frozen=True, slots=True)
class Piece:
    """Rows in the order of their entities and times."""

    who: Integers
    at: Integers
    anchor: Flags
    node: Integers
    asked: Flags
    group: Integers


def walked(piece: Piece, way: Way) -> tuple[Array, ...]:
    """The paths of a piece: who, when, group, nodes."""
    start, first, last = stretches(piece, way)
    chosen, group = counted(piece, start)
    start, first, last = start[chosen], first[chosen], last[chosen]
    changes = np.ones(len(piece.who), np.bool_)
    if way.collapse:
        same = (piece.who[1:] == piece.who[:-1]) & (piece.node[1:] == piece.node[:-1])
        changes[: -1 if way.to else None][0 if way.to else 1 :] = ~same
    nodes = np.full((len(start), way.depth), END, np.int64)
    # The rows that are a step, and where among them each row stands.
    steps = np.flatnonzero(changes)
    place = np.searchsorted(steps, start, "left" if way.to else "right")
    nodes[:, 0] = piece.node[start]
    for column in range(1, way.depth):
        at = place - column if way.to else place + column - 1
        known = (at >= 0) & (at < len(steps))
        row = steps[np.clip(at, 0, max(len(steps) - 1, 0))]
        known &= (row >= first) & (row <= last)
        nodes[known, column] = piece.node[row[known]]
    return piece.who[start], piece.at[start], group, nodes


def stretches(piece: Piece, way: Way) -> tuple[Integers, Integers, Integers]:
    """(row of each path's anchor, first and last row that it may have)."""
    who, at = piece.who, piece.at
    anchors = np.flatnonzero(piece.anchor)
    begin = begins(who, np.bool_(False) if way.window else at[1:] - at[:-1] > way.idle)
    firsts = np.flatnonzero(begin)
    stretch = np.searchsorted(firsts, anchors, "right") - 1
    if way.window:
        started = within(at[anchors], begins(who[anchors], np.bool_(False)), way.window)
        start = anchors[started]
        passed = clock(at, begin, way.window)
        first = np.searchsorted(passed, passed[start] - way.window, "left")
        last = np.searchsorted(passed, passed[start] + way.window, "right") - 1
    else:
        started = begins(stretch, np.bool_(False))
        start, stretch = anchors[started], stretch[started]
        first, last = firsts[stretch], np.append(firsts[1:], len(who))[stretch] - 1
    return start, first if way.to else start, start if way.to else last


def counted(piece: Piece, start: Integers) -> tuple[Integers, Integers]:
    """(place of a path among those that start, group that it counts in): once for each group of the rows that are its
    anchor and which the question asks for."""
    columns = (piece.who, piece.at, piece.anchor, piece.node)
    run = np.cumsum(begins(piece.who, np.logical_or.reduce([one[1:] != one[:-1] for one in columns]))) - 1
    path = np.full(len(piece.who), -1, np.int64)
    path[run[start]] = np.arange(len(start))
    path = path[run]
    rows = np.flatnonzero((path >= 0) & piece.asked)
    base, wide = int(piece.group.min()), int(np.ptp(piece.group)) + 1
    chosen, group = np.divmod(np.unique(path[rows] * wide + (piece.group[rows] - base)), wide)
    return chosen, group + base
