"""Rounding amounts so that they still add up: what is lost or won by it is given to those that were nearest to it."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal


def rounded(value: Decimal, digits: int) -> Decimal:
    """A number of so many digits after the point, half away from zero.

    >>> rounded(Decimal("2.345"), 2), rounded(Decimal("-0.5"), 0)
    (Decimal('2.35'), Decimal('-1'))
    """
    return value.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)


def reconciled(parts: Sequence[Decimal], digits: int, total: Decimal, free: Sequence[int]) -> list[Decimal]:
    """Parts rounded so that they add up to a rounded total, as their exact amounts do (largest remainder method).

    Only those at the places `free` give or take a unit of the last digit, those first to which rounding was least
    kind; without any of them, or where that would take more than one unit of each, all are only rounded.

    >>> thirds = [Decimal(1) / 3] * 3
    >>> [str(one) for one in reconciled(thirds, 2, Decimal(1), [0, 1, 2])]
    ['0.34', '0.33', '0.33']
    """
    found = [rounded(one, digits) for one in parts]
    unit = Decimal(1).scaleb(-digits)
    units = int((total - sum(found)) / unit)
    step = unit if units > 0 else -unit
    order = sorted(free, key=lambda at: (parts[at] - found[at]) * (-1 if units > 0 else 1))
    if abs(units) <= len(order):
        for at in order[: abs(units)]:
            found[at] += step
    return found
