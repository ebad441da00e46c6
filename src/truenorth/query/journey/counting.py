"""Which attempts count: of those of an entity in one cell the best or the first, or each that overlaps no other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from truenorth.query.journey.attempt import NEVER, Attempts
from truenorth.query.journey.outline import Outline
from truenorth.query.journey.rows import Array, Flags, Integers
from truenorth.query.journey.trail import Trail

BITS = 63


@dataclass(frozen=True, slots=True)
class Tried:
    """Attempts beside the cell in which each counts once, as a number: cells of one entity lie together."""

    trail: Trail
    outline: Outline
    attempts: Attempts
    cell: Integers

    def reached(self) -> Integers:
        """How many of the steps that are needed each attempt took."""
        needed = self.attempts.steps[list(self.outline.needed)]
        found: Integers = np.count_nonzero(needed >= 0, axis=0).astype(np.int64)
        return found

    def taken(self, places: Array) -> Tried:
        """Some of the attempts."""
        return Tried(self.trail, self.outline, self.attempts.taken(places), self.cell[places])


def counting(tried: Tried) -> Integers:
    """The places of the attempts that count."""
    if not len(tried.attempts):
        return np.zeros(0, np.int64)
    if tried.outline.entries:
        return apart(tried)
    trail, outline, made = tried.trail, tried.outline, tried.attempts
    choice, reached = Choice.of(in_cells(tried.cell), tried.cell), tried.reached()
    if outline.first:
        choice = choice.least(trail.at(made.steps[0]))
    choice = choice.most(reached)
    if outline.exclusions:
        choice = choice.least(made.excluded.astype(np.int64))
    if outline.between:
        choice = choice.most(np.count_nonzero(made.steps >= 0, axis=0))
    if choice.alone:
        return choice.places
    tried, reached = tried.taken(choice.places), reached[choice.places]
    left = Choice(np.arange(len(reached)), choice.begins)
    times = [np.where(row >= 0, trail.at(row), NEVER) for row in tried.attempts.steps]
    last = np.array([times[number] for number in outline.needed])[reached - 1, np.arange(len(reached))]
    left = left.least(np.where(reached > 1, last, 0)).most(times[0])
    for row in times[1:]:
        left = left.least(row)
    return choice.places[left.most(tried.attempts.steps[0]).places]


def in_cells(cell: Integers) -> Integers:
    """The places of attempts, cell by cell."""
    size = len(cell)
    low = (size - 1).bit_length()
    if bool((cell[1:] >= cell[:-1]).all()):
        return np.arange(size)
    if int(cell.max()).bit_length() + low > BITS:
        return np.argsort(cell, kind="stable")
    packed = cell << np.int64(low) | np.arange(size)
    packed.sort()
    found: Integers = packed & ((1 << low) - 1)
    return found


@dataclass(frozen=True, slots=True)
class Choice:
    """What is left to choose from, cell by cell: places of attempts, and where each cell begins among them."""

    places: Integers
    begins: Integers

    @staticmethod
    def of(order: Integers, cell: Integers) -> Choice:
        """All attempts, in an order in which those of a cell lie together."""
        found = cell[order]
        return Choice(order, np.flatnonzero(np.concatenate(([True], found[1:] != found[:-1]))))

    @property
    def alone(self) -> bool:
        """Whether one is left in every cell."""
        return len(self.places) == len(self.begins)

    def most(self, values: Integers) -> Choice:
        """Those with the highest value of their cell."""
        return self.least(-values)

    def least(self, values: Integers) -> Choice:
        """Those with the lowest value of their cell."""
        if self.alone:
            return self
        here = values[self.places]
        sizes = np.diff(self.begins, append=len(self.places))
        kept: Flags = here == np.repeat(np.minimum.reduceat(here, self.begins), sizes)
        counts = np.add.reduceat(kept.astype(np.int64), self.begins)
        return Choice(self.places[kept], np.cumsum(counts) - counts)


def apart(tried: Tried) -> Integers:
    """Attempts one after another: the next begins with the first entry after the one before is over, which it is when
    it converts or is excluded, or else when its window is."""
    trail, made = tried.trail, tried.attempts
    order = np.lexsort((made.steps[0], trail.unit(made.steps[0]), tried.cell))
    entry, unit, cell = made.steps[0][order], trail.unit(made.steps[0])[order], tried.cell[order]
    new = np.concatenate(([True], (unit[1:] != unit[:-1]) | (cell[1:] != cell[:-1])))
    begins = np.flatnonzero(new)
    ends = np.append(begins[1:], len(order))[np.cumsum(new) - 1]
    following = over(tried, order, entry, ends)
    here, found = begins, []
    while len(here):
        found.append(here)
        here = following[here]
        here = here[here >= 0]
    return order[np.sort(np.concatenate(found))]


def over(tried: Tried, order: Integers, entry: Integers, ends: Integers) -> Integers:
    """For each attempt the place of the first that begins after it is over, -1 where none does.

    A row that was delivered twice ends an attempt with the last of them."""
    trail, made = tried.trail, tried.attempts
    last = made.steps[tried.outline.size - 1][order]
    past = trail.later(alike=True)[last]
    ended = np.minimum(made.limit, made.ended)[order]
    low, high = np.arange(1, len(order) + 1), ends.copy()
    when = np.append(trail.when[entry], 0)
    where = np.append(entry, 0)
    while (open_ := low < high).any():
        middle = (low + high) >> 1
        free = np.where(last >= 0, where[middle] >= past, when[middle] > ended)
        high = np.where(open_ & free, middle, high)
        low = np.where(open_ & ~free, middle + 1, low)
    return np.where(low < ends, low, -1)
