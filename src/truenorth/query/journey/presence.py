"""Presence: in which stretches of time somebody was active. Lifecycle, stickiness and churn all rest on it.

Everybody of a group is told by a place; for each stretch, one after the other, flags say who of the places was there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from truenorth.query.journey.outcome import TIMES, Outcomes
from truenorth.query.journey.rows import Array, Flags, Integers, Rows

# A table of so many entries is still quick to make and to look into.
TABLE = 1 << 26
# Where there are so many rows for each number that an entity may have, all of these get a place.
SPARE = 8
# So many flags are held at once.
FLAGS = 1 << 28


@dataclass(frozen=True, slots=True)
class Whom:
    """Everybody in each group by a place: `place` of each row, `who` and `group` of each place, groups in order."""

    place: Integers
    who: Integers
    group: Integers

    @property
    def size(self) -> int:
        return len(self.who)


@dataclass(frozen=True)
class Presence:
    """Who was there: for each row the place of its person in its group, and the stretch of time it lies in.

    Stretch 0 is all that comes before the first edge, and the last one ends at the last; what lies beyond has the
    number `size` and is not looked at.
    """

    whom: Whom
    stretch: Array
    size: int

    def forwards(self) -> Iterator[Flags]:
        """Who was there in each stretch, from 0."""
        for start, chunk in self.chunks(range(0, self.size, self.step)):
            yield from chunk[: self.size - start]

    def backwards(self) -> Iterator[Flags]:
        """The same from the last stretch to 0."""
        for start, chunk in self.chunks(range(0, self.size, self.step)[::-1]):
            yield from chunk[: self.size - start][::-1]

    @property
    def step(self) -> int:
        """How many stretches are held at once."""
        return min(max(FLAGS // max(self.whom.size, 1), 1), max(self.size, 1))

    def chunks(self, starts: Sequence[int]) -> Iterator[tuple[int, Flags]]:
        """The flags of some stretches at once, by stretch and place."""
        step, people = self.step, self.whom.size
        for start in starts:
            stretch, place = self.stretch, self.whom.place
            if step < self.size:
                here = (stretch >= start) & (stretch < start + step)
                stretch, place = stretch[here], place[here]
            key = stretch.astype(np.int64)
            key -= start
            key *= people
            key += place
            # One line more takes what lies past the last stretch.
            flags = np.zeros((step + 1) * people, np.bool_)
            flags[key] = True
            yield start, flags.reshape(step + 1, people)[:step]


def people(rows: Rows) -> Whom:
    """The places of those who have rows."""
    if not len(rows):
        nobody = np.zeros(0, np.int64)
        return Whom(nobody, nobody, nobody)
    low, high = int(rows.who.min()), int(rows.who.max())
    # Numbers that nobody has cost less than finding out which these are.
    dense = high - low < len(rows) // SPARE
    place, who = (rows.who - low if low else rows.who, np.arange(low, high + 1)) if dense else coded(rows.who)
    if not rows.group.any():
        return Whom(place, who, np.zeros(len(who), np.int64))
    place, both = coded(rows.group * len(who) + place)
    group, which = np.divmod(both, len(who))
    return Whom(place, who[which], group)


def coded(values: Integers) -> tuple[Integers, Integers]:
    """Places from 0 for the different values, in their order: (place of each, value of each place).

    >>> [one.tolist() for one in coded(np.array([70, 5, 70]))]
    [[1, 0, 1], [5, 70]]
    """
    low, high = int(values.min()), int(values.max())
    if high - low >= TABLE:
        different, places = np.unique(values, return_inverse=True)
        return places.astype(np.int64), different
    shifted = values - low if low else values
    seen = np.zeros(high - low + 1, np.bool_)
    seen[shifted] = True
    different = np.flatnonzero(seen) + low
    if len(different) == len(seen):
        return shifted, different
    return (np.cumsum(seen) - 1)[shifted], different


class Tally:
    """Outcomes as they are found: everybody by name, or only how many where nobody asks who they are.

    The facts of an outcome are its `state`, its `worth` and what that is `of`, all whole numbers from 0.
    """

    def __init__(self, whom: Whom, named: bool) -> None:
        self.whom = whom
        self.named = named
        self.grouped = bool(whom.group.any())
        self.found: list[tuple[Array, ...]] = []

    def add(self, label: int, state: int, here: Flags, worth: Array | None = None, of: int = 0) -> None:
        """Those of some places, in a state under a label; `worth` has one number for each place."""
        if not self.named and not self.grouped and worth is None:
            self.keep(label, state, np.array([np.count_nonzero(here)]), 1, of)
            return
        places = np.flatnonzero(here)
        group = self.whom.group[places]
        worths = np.zeros(len(places), np.int64) if worth is None else worth[places].astype(np.int64)
        if self.named:
            one = np.ones(len(places), np.int64)
            self.found.append((self.whom.who[places], one * label, group, one * state, worths, one * of, one))
            return
        top = int(worths.max(initial=0)) + 1
        self.keep(label, state, np.bincount(group * top + worths), top, of)

    def keep(self, label: int, state: int, counts: Array, top: int, of: int) -> None:
        """How many of each group have each worth below `top`, in a state under a label."""
        cells = np.flatnonzero(counts)
        group, worth = np.divmod(cells, top)
        one = np.ones(len(cells), np.int64)
        self.found.append((-one, one * label, group, one * state, worth, one * of, counts[cells]))

    def outcomes(self) -> Outcomes:
        """All that was found."""
        nothing = [np.zeros(0, np.int64)] * 7
        columns = [np.concatenate(one) for one in zip(*self.found, strict=True)] if self.found else nothing
        who, label, group, state, worth, of, times = columns
        return Outcomes(who, label, group, {"state": state, "worth": worth, "of": of, TIMES: times})
