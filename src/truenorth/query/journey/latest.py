"""The best attempt of each entity, told from its end: the latest entry before a step leaves most time for it.

Where no step may be left out, nothing is excluded and no row is two steps, a row of step k is reached from the entry of
the last row of step k - 1 before it, and only whether that entry lies within the window is to be seen.
"""

from __future__ import annotations

import numpy as np

from truenorth.query.journey.attempt import NEVER, Attempts
from truenorth.query.journey.rows import Integers
from truenorth.query.journey.trail import Trail


def latest(trail: Trail, size: int, entries: Integers, length: int) -> Attempts:
    """The best attempt of each unit with an entry, within a length of time: the farthest, the soonest, the latest."""
    owner = trail.unit(entries)
    last = np.append(owner[1:] != owner[:-1], True)
    begun = np.full(int(owner[-1]) + 1, -1, np.int64)
    begun[owner[last]] = entries[last]
    depth = np.zeros(len(begun), np.int64)
    rows = [entries]
    carried = np.full(len(trail), -1, np.int32)
    carried[entries] = entries
    for number in range(1, size):
        np.maximum.accumulate(carried, out=carried)
        found = np.flatnonzero(trail.meets(number))
        entry = carried[found]
        inside = np.flatnonzero((trail.when[found] - trail.when[entry] <= length) & (entry >= 0))
        whose = trail.unit(found[inside])
        first = np.append(True, whose[1:] != whose[:-1])[: len(whose)]
        begun[whose[first]], depth[whose[first]] = entry[inside[first]], number
        rows.append(found)
        if number < size - 1:
            carried = np.full(len(trail), -1, np.int32)
            carried[found] = entry
    known = begun >= 0
    return forward(trail, rows, begun[known], depth[known], length)


def forward(trail: Trail, rows: list[Integers], entries: Integers, depth: Integers, length: int) -> Attempts:
    """The attempts that begin with some entries and get so far: each step is the next row after the one before."""
    steps = np.full((len(rows), len(entries)), -1, np.int64)
    steps[0] = entries
    for number in range(1, len(rows)):
        far = np.flatnonzero(depth >= number)
        steps[number, far] = rows[number][np.searchsorted(rows[number], steps[number - 1, far], "right")]
    return Attempts(steps, trail.when[entries] + length, np.full(len(entries), NEVER))
