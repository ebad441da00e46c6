"""The edges of paths: how many paths, and how many entities, go from which node to which at each step."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from truenorth.query.journey.outcome import Outcomes
from truenorth.query.journey.rows import Integers
from truenorth.query.journey.walks import END

# A node that matters too little to be told by itself.
OTHER = -3
# Codes of nodes begin here; -1 is that of NULL.
LOWEST = OTHER


@dataclass(frozen=True, slots=True)
class Edge:
    """The way from one node to another at a step (1 is the one at the anchor), by the numbers of the nodes."""

    step: int
    source: int
    target: int
    paths: int
    people: int


def edges(who: Integers, nodes: Integers, top: int) -> list[Edge]:
    """All edges of paths whose nodes stand in columns, from the anchor's on: at most `top` of them where that can be.

    Nodes that the fewest paths pass at their place become OTHER, as many as it takes; the edges out of a node and those
    into it are still as many.

    >>> found = edges(np.array([1, 2, 2]), np.array([[7, 8], [7, 8], [7, -2]]), 9)
    >>> [(edge.source, edge.target, edge.paths, edge.people) for edge in found]
    [(7, 8, 2, 2), (7, -2, 1, 1)]
    """
    shown = folded(nodes, kept(nodes, top))
    found = []
    for column in range(1, nodes.shape[1]):
        there = np.flatnonzero(shown[:, column - 1] != END)
        keys, edge, counts = np.unique(packed(shown, column)[there], return_inverse=True, return_counts=True)
        whose = np.unique(np.stack([edge.reshape(-1), who[there]]), axis=1)[0]
        people = np.bincount(whose, minlength=len(keys))
        source, target = unpacked(keys, shown)
        columns = (source.tolist(), target.tolist(), counts.tolist(), people.tolist())
        found += [Edge(column, *one) for one in zip(*columns, strict=True)]
    return sorted(found, key=lambda edge: (edge.step, -edge.paths, edge.source, edge.target))


def of_outcomes(outcomes: Outcomes) -> Integers:
    """The nodes of paths, a column for each place."""
    found: Integers = np.stack(list(outcomes.facts.values()), axis=1)
    return found


def packed(nodes: Integers, column: int) -> Integers:
    """The two nodes of each path's edge into a column as one number."""
    wide = int(nodes.max(initial=0)) - LOWEST + 1
    found: Integers = (nodes[:, column - 1] - LOWEST) * wide + (nodes[:, column] - LOWEST)
    return found


def unpacked(keys: Integers, nodes: Integers) -> tuple[Integers, Integers]:
    """The two nodes of edges."""
    source, target = np.divmod(keys, int(nodes.max(initial=0)) - LOWEST + 1)
    return source + LOWEST, target + LOWEST


def kept(nodes: Integers, top: int) -> list[Integers]:
    """The nodes of each place that are told by themselves: those that most paths pass, as many as leave room."""
    width = nodes.shape[1]
    raw = [np.unique(packed(nodes, column)[nodes[:, column - 1] != END]) for column in range(1, width)]
    pairs = [np.stack(unpacked(one, nodes), axis=1) for one in raw]
    counted = [np.unique(nodes[:, column], return_counts=True) for column in range(width)]
    ranked = sorted(
        (-many, column, node)
        for column, (values, counts) in enumerate(counted)
        for node, many in zip(values.tolist(), counts.tolist(), strict=True)
        if node != END
    )

    def chosen(size: int) -> list[Integers]:
        held: list[list[int]] = [[] for _ in range(width)]
        for _, column, node in ranked[:size]:
            held[column].append(node)
        return [np.array(sorted(one), np.int64) for one in held]

    def edges_of(size: int) -> int:
        held = chosen(size)
        return sum(
            len(np.unique(np.stack([told(pair[:, 0], held[at]), told(pair[:, 1], held[at + 1])], axis=1), axis=0))
            for at, pair in enumerate(pairs)
        )

    # Telling more nodes apart never makes fewer edges, and each node is an end of one.
    low, high = 0, min(len(ranked), 2 * top)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if edges_of(middle) <= top else (low, middle - 1)
    return chosen(low)


def told(nodes: Integers, held: Integers) -> Integers:
    """Nodes, with OTHER for those that are not held."""
    found: Integers = np.where(np.isin(nodes, held) | (nodes == END), nodes, OTHER)
    return found


def folded(nodes: Integers, held: list[Integers]) -> Integers:
    """The columns of nodes, each with what is held of it."""
    found = np.empty_like(nodes)
    for column, one in enumerate(held):
        found[:, column] = told(nodes[:, column], one)
    return found
