"""Cohorts of a balance: who began together, and what is left of what they began with, period by period."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from decimal import Decimal

Amount = int | float | Decimal


@dataclass(frozen=True, slots=True)
class Cohort:
    """All that began in one period: what they come to and how many are there, at its end and each later one's."""

    begun: int
    amounts: tuple[Amount, ...]
    counts: tuple[int, ...]

    def left(self, after: int, counted: bool = False) -> float | None:
        """The share of what there was at first that is left so many periods later; None where there is no telling."""
        values: tuple[Amount, ...] = self.counts if counted else self.amounts
        return float(values[after]) / float(values[0]) if after < len(values) and values[0] else None


def cohorts(changes: Iterable[tuple[int, Hashable, Amount]], periods: int) -> tuple[Cohort, ...]:
    """The cohorts of entities whose balance changes by an amount in a period, over so many periods, the oldest first.

    One belongs to the first period at whose end it has anything, for good: one that left and came back comes back to
    its cohort. One that came and went within a period belongs to none.

    >>> a, b = cohorts([(0, "x", 100), (1, "x", 20), (1, "y", 50), (2, "y", -50)], 3)
    >>> a.amounts, b.amounts, b.counts, a.left(1), b.left(1)
    ((100, 120, 120), (50, 0), (1, 0), 1.2, 0.0)
    """
    by_entity: dict[Hashable, dict[int, Amount]] = defaultdict(dict)
    for period, entity, amount in changes:
        if period < periods:
            own = by_entity[entity]
            own[period] = _sum(own.get(period, 0), amount)
    amounts: dict[int, list[Amount]] = {}
    counts: dict[int, list[int]] = {}
    for own in by_entity.values():
        begun, level, last = -1, _sum(0, 0), 0
        moved = sorted(own.items())
        for at, (period, amount) in enumerate(moved):
            level = _sum(level, amount)
            if begun < 0 < level:
                begun = period
                amounts.setdefault(begun, [0] * (periods - begun))
                counts.setdefault(begun, [0] * (periods - begun))
            if begun < 0 or not level:
                continue
            last = moved[at + 1][0] if at + 1 < len(moved) else periods
            for place in range(period - begun, last - begun):
                amounts[begun][place] = _sum(amounts[begun][place], level)
                counts[begun][place] += 1
    return tuple(Cohort(begun, tuple(amounts[begun]), tuple(counts[begun])) for begun in sorted(amounts))


def average(found: Iterable[Cohort], after: int, known: int, counted: bool = False) -> float | None:
    """What is left so many periods later of all cohorts that are old enough, each by its weight.

    `known` is how many periods are complete: younger cohorts have not come as far.
    """
    old = [one for one in found if one.begun + after < known and after < len(one.amounts)]
    first = sum(float(one.counts[0] if counted else one.amounts[0]) for one in old)
    return sum(float(one.counts[after] if counted else one.amounts[after]) for one in old) / first if first else None


def _sum(left: Amount, right: Amount) -> Amount:
    """A sum of two amounts of one kind."""
    if isinstance(left, float) or isinstance(right, float):
        return float(left) + float(right)
    return left + right
