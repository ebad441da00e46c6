"""Price, volume and mix: what of the change of an amount came from selling more, selling other things, and dearer.

With q the quantity of a part, m its amount (a margin: revenue less cost) and u = m / q what one brings, before (0) and
now (1), Q the quantity of all parts that were sold in both stretches, and r and c revenue and cost of one:

    volume = m0 · (Q1 / Q0 - 1)        mix = u0 · (q1 - q0 · Q1 / Q0)
    price  = q1 · (r1 - r0)            cost = -q1 · (c1 - c0)

Each part's four make its own change: volume as if all had grown alike, mix by how much more or less it did. Over all
parts volume is (Q1 - Q0) at the mean of before, and mix takes no quantity from the whole. A part that was sold in one
stretch only has no price to compare: all of it is `new`, or `gone`. All of them together are the whole change, exactly.
Source: the three-way sales variances (price, volume or quantity, and mix) of C. T. Horngren, "Cost Accounting: A
Managerial Emphasis", chapter on sales-mix and sales-quantity variances; prices are those of before, as there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from truenorth.analyze.share import decimals

# In the order in which a bridge is read.
EFFECTS = ("volume", "mix", "price", "cost", "new", "gone")
Pair = tuple[Decimal, Decimal]
NOTHING = (Decimal(0), Decimal(0))


@dataclass(frozen=True, slots=True)
class Sold:
    """A part before and now: how much of it there was, what it brought, and what it cost."""

    name: str | None
    quantity: Pair
    revenue: Pair
    cost: Pair = NOTHING

    @property
    def amount(self) -> Pair:
        """What it brought less what it cost."""
        return self.revenue[0] - self.cost[0], self.revenue[1] - self.cost[1]

    @property
    def stays(self) -> bool:
        """Whether there was some of it before and now, so that its prices can be compared."""
        return bool(self.quantity[0] and self.quantity[1])


@dataclass(frozen=True, slots=True)
class Bridged:
    """The change of an amount by effect: of each part, in the order of the parts, and of all of them."""

    before: Decimal
    now: Decimal
    parts: tuple[tuple[Sold, dict[str, Decimal]], ...]

    @property
    def effects(self) -> dict[str, Decimal]:
        """What each effect did to the whole; those that moved no part are left out."""
        found = {name: [own[name] for _, own in self.parts if name in own] for name in EFFECTS}
        return {name: sum(some, Decimal(0)) for name, some in found.items() if any(some)}


def bridged(parts: Sequence[Sold]) -> Bridged:
    """The change of what all parts bring, part by part and effect by effect.

    >>> a = Sold("a", (Decimal(10), Decimal(12)), (Decimal(100), Decimal(132)))
    >>> {name: int(size) for name, size in bridged([a]).effects.items()}
    {'volume': 20, 'price': 12}
    """
    stay = [one for one in parts if one.stays]
    before, now = (sum((one.quantity[at] for one in stay), Decimal(0)) for at in (0, 1))
    growth = Fraction(now) / Fraction(before) if before else Fraction(1)
    told = tuple((one, effects(one, growth)) for one in parts)
    ends = tuple(sum((one.amount[at] for one in parts), Decimal(0)) for at in (0, 1))
    return Bridged(ends[0], ends[1], told)


def effects(part: Sold, growth: Fraction) -> dict[str, Decimal]:
    """The effects of one part, given by how much the quantity of all parts that stay grew."""
    before, now = map(Fraction, part.amount)
    if not part.stays:
        return {"gone" if part.quantity[0] else "new": part.amount[1] - part.amount[0]} if before != now else {}
    (less, more), (revenue, revenue_now), (cost, cost_now) = (
        tuple(map(Fraction, pair)) for pair in (part.quantity, part.revenue, part.cost)
    )
    exact = {
        "volume": before * (growth - 1),
        "mix": before * (more / less - growth),
        "price": revenue_now - revenue * more / less,
        "cost": cost * more / less - cost_now,
    }
    return {name: size for name, size in decimals(exact).items() if size}
