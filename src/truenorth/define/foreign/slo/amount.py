"""What a query adds up: plain aggregations with what each is multiplied by, and one such sum over another."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction


class Refused(Exception):
    """Why a query cannot be carried; `code` names the loss."""

    def __init__(self, code: str, why: str) -> None:
        super().__init__(why)
        self.code = code
        self.why = why


@dataclass(frozen=True, slots=True)
class Atom:
    """One aggregation over the minutes of a series, or over the buckets of a histogram, that meet a condition."""

    series: str
    agg: str
    expr: str = ""
    filter: str = ""
    labels: tuple[str, ...] = ()
    histogram: bool = False

    @property
    def is_level(self) -> bool:
        """Whether it adds up where something stood, rather than what happened."""
        return not self.histogram and self.agg == "sum" and self.expr not in ("increase", "sum", "n")


@dataclass(frozen=True, slots=True)
class Amount:
    """A sum of aggregations, each so many times, and of a number.

    >>> a, b = Amount.of(Atom("a", "sum", "increase")), Amount.of(Atom("b", "sum", "increase"))
    >>> a.plus(b.times(Fraction(-1))).plus(b) == a
    True
    """

    terms: tuple[tuple[Atom, Fraction], ...] = ()
    number: Fraction = Fraction(0)

    @classmethod
    def of(cls, atom: Atom) -> Amount:
        """One aggregation once."""
        return cls(((atom, Fraction(1)),))

    @property
    def only(self) -> Atom | None:
        """The aggregation, when it is one alone and once."""
        alone = len(self.terms) == 1 and self.terms[0][1] == 1 and not self.number
        return self.terms[0][0] if alone else None

    def plus(self, other: Amount) -> Amount:
        """Both together; what cancels out is gone."""
        found: dict[Atom, Fraction] = {}
        for atom, many in (*self.terms, *other.terms):
            found[atom] = found.get(atom, Fraction(0)) + many
        terms = tuple((atom, many) for atom, many in found.items() if many)
        return Amount(terms, self.number + other.number)

    def times(self, factor: Fraction) -> Amount:
        """So many times as much."""
        return Amount(tuple((atom, many * factor) for atom, many in self.terms if factor), self.number * factor)


def number(value: Fraction | int) -> Amount:
    """A number by itself."""
    return Amount((), Fraction(value))


ONE = number(1)


@dataclass(frozen=True, slots=True)
class Share:
    """One amount over another; over one where nothing was divided."""

    above: Amount
    below: Amount = ONE

    def plus(self, other: Share, sign: int = 1) -> Share:
        """Both together, when they are of the same whole."""
        theirs = Share(other.above.times(Fraction(sign)), other.below)
        if self.below == other.below:
            mixed = self.below == ONE and bool(self.above.terms) != bool(other.above.terms)
            if mixed and (self.above.number or other.above.number) and (self.levels or other.levels):
                return self.mean().plus(other.mean(), sign)
            return Share(self.above.plus(theirs.above), self.below)
        for one, two in ((self, theirs), (theirs, self)):
            if one.below == ONE and not one.above.terms:
                return Share(two.below.times(one.above.number).plus(two.above), two.below)
        raise Refused("QUERY_DROPPED", "it adds shares of different wholes, which no counts of events do")

    def over(self, other: Share) -> Share:
        """This one divided by another."""
        if other.above == Amount():
            raise Refused("QUERY_DROPPED", "it divides by zero")
        return self.by(Share(other.below, other.above))

    def by(self, other: Share) -> Share:
        """This one multiplied by another."""
        if self.below == other.above:
            return Share(self.above, other.below)
        if self.above == other.below:
            return Share(other.above, self.below)
        return Share(product(self.above, other.above), product(self.below, other.below))

    @property
    def levels(self) -> bool:
        """Whether all that it adds up are levels."""
        return bool(self.above.terms) and all(atom.is_level for atom, _ in self.above.terms)

    def mean(self) -> Share:
        """A level as its mean over all series and time; anything else as it is."""
        if self.below != ONE or not self.levels or len(self.above.terms) > 1:
            return self
        atom, many = self.above.terms[0]
        if atom.expr == "sum / n":
            atom, every = replace(atom, expr="sum"), replace(atom, expr="n")
        else:
            every = replace(atom, agg="count", expr="")
        above = Amount(((atom, many),)).plus(Amount.of(every).times(self.above.number))
        return Share(above, Amount.of(every))

    def scaled(self) -> Share:
        """The same share with its first aggregation below once."""
        factor = 1 / self.below.terms[0][1] if self.below.terms else 1 / self.below.number
        return Share(self.above.times(factor), self.below.times(factor))


def product(one: Amount, two: Amount) -> Amount:
    """A product with a number."""
    if not one.terms:
        return two.times(one.number)
    if not two.terms:
        return one.times(two.number)
    raise Refused("QUERY_DROPPED", "it multiplies or divides counts in a way that no longer adds up")


def written(amount: Amount, names: Iterable[str]) -> str:
    """An amount as a formula over names for its aggregations.

    >>> a, b = Atom("a", "sum", "increase"), Atom("b", "sum", "increase")
    >>> written(Amount(((a, Fraction(1)), (b, Fraction(-1, 2)))), ["a", "b"])
    'coalesce(a, 0) - 0.5 * coalesce(b, 0)'
    """
    text = ""
    for (_, many), name in zip(amount.terms, names, strict=True):
        each = f"coalesce({name}, 0)" if abs(many) == 1 else f"{digits(abs(many))} * coalesce({name}, 0)"
        sign = "-" if many < 0 else "+"
        text += f" {sign} {each}" if text else f"-{each}" if many < 0 else each
    return text


def digits(value: Fraction) -> str:
    """A number as it is written."""
    return str(value.numerator) if value.denominator == 1 else repr(float(value))
