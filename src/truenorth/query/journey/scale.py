"""Entities and times as one number each, so that rows are sorted and looked up at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from truenorth.query.journey.rows import Array, Flags, Integers

MOST = 1 << 64
# The lengths, in microseconds, of which all times may be whole multiples.
UNITS = (86_400_000_000, 1_000_000, 1_000, 1)


@dataclass(frozen=True, slots=True)
class Scale:
    """Times as small numbers that keep their order: whole units since `low`, or the place among those `known`.

    `size` is how many numbers there are for one entity. With `apart` those of one time come in two turns.
    """

    low: int
    high: int
    unit: int
    size: int
    apart: bool
    known: Integers | None = None

    def place(self, at: Integers) -> Integers:
        """The number of a time, or of the next one that there is.

        >>> scaled(np.array([0, 5_000]), 1, False)[0].place(np.array([-1, 1, 5_000, 9_000])).tolist()
        [0, 1, 5, 6]
        """
        if self.known is not None:
            return np.searchsorted(self.known, at).astype(np.int64)
        found: Integers = -((self.low - np.clip(at, self.low, self.high + self.unit)) // self.unit)
        return found

    def holds(self, at: Integers, place: Integers) -> Flags:
        """Whether the number of a time is its own, and not that of the next one there is.

        >>> scale = scaled(np.array([0, 5_000]), 1, False)[0]
        >>> scale.holds(np.array([-1, 5_000]), scale.place(np.array([-1, 5_000]))).tolist()
        [False, True]
        """
        if self.known is None:
            found: Flags = self.low + place * self.unit == at
            return found
        own: Flags = np.append(self.known, self.known[-1] + 1)[place] == at
        return own

    def key(self, line: Integers, place: Integers, turn: bool | Flags) -> Array:
        """One number for an entity and a time; of one time the second turn after the first."""
        found: Array = line.astype(np.uint64) * np.uint64(self.size) + place.astype(np.uint64)
        return found * np.uint64(2) + np.asarray(turn, np.uint64) if self.apart else found


def scaled(at: Integers, lines: int, apart: bool) -> tuple[Scale, Integers]:
    """The scale of all times that there are, and the number of each."""
    if not len(at):
        return Scale(0, 0, 1, 2, apart), at
    low, high = int(at.min()), int(at.max())
    unit = next(one for one in UNITS if low % one == 0 and high % one == 0 and not (at % one).any())
    size = (high - low) // unit + 2
    if (lines + 1) * size * 2 < MOST:
        return Scale(low, high, unit, size, apart), (at - low) // unit
    order = np.argsort(at)
    ordered = at[order]
    fresh = np.append(True, ordered[1:] != ordered[:-1])
    places = np.empty(len(at), np.int64)
    places[order] = np.cumsum(fresh) - 1
    known = ordered[fresh]
    return Scale(low, high, unit, len(known) + 1, apart, known), places
