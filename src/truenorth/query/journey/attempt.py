"""Attempts at a funnel: from every entry the rows that are its steps, taken within the window."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from truenorth.base.deadline import check
from truenorth.query.journey.outline import Outline
from truenorth.query.journey.rows import Array, Flags, Integers
from truenorth.query.journey.trail import Trail

NEVER = np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True)
class Attempts:
    """One attempt a column: the place of the row that is each step, -1 where it was not taken; the last moment of its
    window, and when an exclusion ended it, else `NEVER` (both as `Trail.when`)."""

    steps: Integers
    limit: Integers
    ended: Integers

    def __len__(self) -> int:
        return len(self.limit)

    @property
    def excluded(self) -> Flags:
        """Which an exclusion ended."""
        return self.ended < NEVER

    def taken(self, places: Array) -> Attempts:
        """Some of the attempts."""
        return Attempts(self.steps[:, places], self.limit[places], self.ended[places])


def attempts(trail: Trail, outline: Outline, entries: Integers, limit: Integers) -> Attempts:
    """The attempts that begin with some rows and last until their limits."""
    made = {"ordered": ordered, "strict": strict, "any": in_any_order}[outline.order]
    tried = Attempts(made(trail, outline, entries, limit), limit, np.full(len(entries), NEVER))
    return without(trail, outline, tried) if outline.exclusions else tried


def begun(outline: Outline, entries: Integers) -> Integers:
    """The steps of attempts that have only begun."""
    steps = np.full((outline.size, len(entries)), -1, np.int64)
    steps[0] = entries
    return steps


def ordered(trail: Trail, outline: Outline, entries: Integers, limit: Integers) -> Integers:
    """Each next step that is needed is the earliest row after the one before; other rows may come between."""
    steps = begun(outline, entries)
    alive = np.arange(len(entries))
    here: Array = entries
    for number in outline.needed[1:]:
        check()
        found = trail.next(trail.meets(number))[here + 1]
        going = trail.when[found] <= limit[alive]
        alive, here = alive[going], found[going]
        steps[number, alive] = here
    for before, number, after in outline.between:
        optional(trail, steps, limit, before, number, after)
    return steps


def optional(trail: Trail, steps: Integers, limit: Integers, before: Sequence[int], number: int, after: int) -> None:
    """A step that may be left out: taken by the first row after the last step taken before it and ahead of the next one
    that is needed."""
    alive = np.flatnonzero(steps[before[0]] >= 0)
    found = trail.next(trail.meets(number))[steps[list(before)][:, alive].max(axis=0) + 1]
    ends = steps[after, alive]
    going = (trail.when[found] <= limit[alive]) & ((ends < 0) | (found < ends))
    steps[number, alive[going]] = found[going]


def strict(trail: Trail, outline: Outline, entries: Integers, limit: Integers) -> Integers:
    """The very next row, but for those alike, is the next step, or one of those that may be left out before it."""
    steps = begun(outline, entries)
    alive, here, last = np.arange(len(entries)), entries, np.zeros(len(entries), np.int64)
    table = np.array([trail.kinds.meets(number) for number in range(outline.size)])
    needed, following = list(outline.needed), trail.later(alike=True)
    # The step that is needed last before each.
    behind = [max(one for one in (0, *needed) if one < number or not number) for number in range(outline.size)]
    for _ in range(outline.size - 1):
        check()
        found = following[here]
        going = trail.when[found] <= limit[alive]
        alive, here, last = alive[going], found[going], last[going]
        what, chosen = trail.what[here], np.full(len(here), -1)
        for number in (*(one for one in range(outline.size - 1, 0, -1) if one not in needed), *needed[1:]):
            chosen[table[number][what] & (last < number) & (last >= behind[number])] = number
        going = chosen >= 0
        alive, here, last = alive[going], here[going], chosen[going]
        steps[last, alive] = here
    return steps


def in_any_order(trail: Trail, outline: Outline, entries: Integers, limit: Integers) -> Integers:
    """Row k of an attempt is its k-th different step: each row is the first step it meets that is not taken yet."""
    steps = begun(outline, entries)
    table = np.array([trail.kinds.meets(number) for number in range(outline.size)])
    following = [trail.next(flags[trail.what]) for flags in table]
    taken = np.int64(1) << table.argmax(axis=0)[trail.what[entries]]
    alive, here = np.arange(len(entries)), entries
    for turn in range(1, outline.size):
        check()
        found = np.full(len(here), len(trail))
        for number, places in enumerate(following):
            np.minimum(found, places[here + 1], out=found, where=taken >> number & 1 == 0)
        going = trail.when[found] <= limit[alive]
        alive, here, taken = alive[going], found[going], taken[going]
        steps[turn, alive] = here
        what, done = trail.what[here], np.zeros(len(here), np.bool_)
        for number in range(outline.size):
            check()
            now = table[number][what] & (taken >> number & 1 == 0) & ~done
            taken = taken | now.astype(np.int64) << number
            done |= now
    return steps


def without(trail: Trail, outline: Outline, tried: Attempts) -> Attempts:
    """The attempts as far as they come before what ends them: a row that meets an exclusion after one step and before
    another, or before the window is over where that was not taken."""
    ended = tried.ended.copy()
    later = trail.later()
    for condition, after, before in outline.exclusions:
        alive = np.flatnonzero(tried.steps[after] >= 0)
        found = trail.when[trail.next(trail.meets(condition))[later[tried.steps[after, alive]]]]
        ends = tried.steps[before, alive]
        hit = (found <= tried.limit[alive]) & ((ends < 0) | (found < trail.when[ends]))
        np.minimum.at(ended, alive[hit], found[hit])
    steps = np.where(trail.when[tried.steps] > ended, -1, tried.steps)
    return Attempts(steps, tried.limit, ended)
