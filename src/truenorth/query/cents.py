"""A statement in whole cents: its amounts rounded as they are shown, so that each column still adds up."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from truenorth.base.locale import money_digits
from truenorth.base.rounding import reconciled, rounded
from truenorth.base.table import Value
from truenorth.query.layout import Layout, Line, shown
from truenorth.query.rollforward import exact

Column = list[Value]


def in_cents(layout: Layout) -> Layout:
    """The statement with its amounts of money in the smallest unit of their currency.

    Totals are rounded half up, each for itself; lines give or take one unit where they would not come to their total.
    """
    whole = _column(layout, None)
    columns = [_column(layout, at) for at in range(len(layout.periods))]
    lines = tuple(
        replace(line, whole=whole[at], values=tuple(one[at] for one in columns)) if line.values else line
        for at, line in enumerate(layout.lines)
    )
    return replace(layout, lines=lines)


def differing(plain: Layout, cents: Layout) -> int:
    """How many amounts are shown one unit away from what they are rounded to for themselves."""
    pairs = [
        (_alone(old, shown(old, at)), shown(new, at))
        for old, new in zip(plain.lines, cents.lines, strict=True)
        for at in (None, *range(len(plain.periods)))
    ]
    return sum(alone != new for alone, new in pairs)


def _column(layout: Layout, period: int | None) -> Column:
    """The values of one period, from the last total down to what it is made of."""
    exactly = [shown(line, period) for line in layout.lines]
    found: Column = [_alone(line, value) for line, value in zip(layout.lines, exactly, strict=True)]
    for line, total in reversed(list(zip(layout.lines, found, strict=True))):
        if line.unit != "currency" or not line.of or not isinstance(total, Decimal) or layout.off(line, period):
            continue
        parts = [sign * Decimal(exact(exactly[place]) or 0) for place, sign in line.of]
        free = [
            at
            for at, (place, _) in enumerate(line.of)
            if layout.lines[place].kind == "amount" and isinstance(exactly[place], Decimal)
        ]
        told = reconciled(parts, money_digits(line.currency), total, free)
        for (place, sign), amount in zip(line.of, told, strict=True):
            found[place] = amount * sign if isinstance(exactly[place], Decimal) else exactly[place]
    return found


def _alone(line: Line, value: Value) -> Value:
    if line.unit != "currency" or not isinstance(value, Decimal):
        return value
    return rounded(value, money_digits(line.currency))
