"""What a funnel asks for, by the numbers of its conditions."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from truenorth.define.model import Metric
from truenorth.query.journey.rows import Flags
from truenorth.query.journey.trail import Kinds

# What a row of any kind meets, so that a strict funnel sees what comes between.
ALL = "1 = 1"


@dataclass(frozen=True)
class Outline:
    """A funnel by the numbers of its conditions: first its steps, then its exclusions.

    `needed` are the steps that may not be left out; `exclusions` are each (condition, the step after which it ends an
    attempt, the one before which).
    """

    order: str
    first: bool
    entries: bool
    names: tuple[str, ...]
    needed: tuple[int, ...]
    exclusions: tuple[tuple[int, int, int], ...]

    @property
    def size(self) -> int:
        """How many steps there are."""
        return len(self.names)

    @cached_property
    def between(self) -> tuple[tuple[tuple[int, ...], int, int], ...]:
        """Of each step that may be left out: the steps it comes after, that are needed last first; itself; the next one
        that is needed."""
        found = []
        for number in range(self.size):
            if number not in self.needed:
                last = max(one for one in self.needed if one < number)
                after = min(one for one in self.needed if one > number)
                found.append((tuple(range(last, number)), number, after))
        return tuple(found)

    def begins(self, kinds: Kinds) -> Flags:
        """Which kinds of rows begin an attempt."""
        found = kinds.meets(0)
        for number in range(1, self.size if self.order == "any" else 1):
            found = found | kinds.meets(number)
        return found

    def plain(self, kinds: Kinds) -> bool:
        """Whether of two entries with nothing between them the later is always as good: the best attempt counts, no row
        is two steps, no step may be left out and nothing is excluded."""
        if self.order != "ordered" or self.first or self.entries or self.exclusions or self.between:
            return False
        return all((mark & (1 << self.size) - 1).bit_count() <= 1 for mark in set(kinds.marks.tolist()))


def outlined(metric: Metric) -> Outline:
    """The outline of a funnel.

    >>> from truenorth.define.model import FunnelStep
    >>> outlined(Metric("paid", "funnel", steps=[FunnelStep("a", "x = 1"), FunnelStep("b", "x = 2")])).needed
    (0, 1)
    """
    names = tuple(one.name for one in metric.steps)
    needed = tuple(number for number, one in enumerate(metric.steps) if not one.optional)
    ends = [
        (
            len(names) + number,
            names.index(one.after) if one.after else 0,
            names.index(one.before) if one.before else len(names) - 1,
        )
        for number, one in enumerate(metric.exclusions)
    ]
    return Outline(metric.order, metric.reentry == "first", metric.count == "entries", names, needed, tuple(ends))


def conditions_of(metric: Metric) -> tuple[str, ...]:
    """The conditions of the steps, then those of the exclusions; a strict funnel looks at every row."""
    found = [*(one.filter for one in metric.steps), *(one.filter for one in metric.exclusions)]
    return (*found, ALL) if metric.order == "strict" else tuple(found)
