"""What each of several changes did, whatever their order: the Shapley value, exactly, in decimals that add up.

Source: L. S. Shapley, "A value for n-person games" (1953). Each change's share is what it does on top of the others,
averaged over all orders in which they could be made; it is computed from the worth of every subset.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import combinations
from math import factorial

PLACES = 12
MOST = 6


def subsets(names: Sequence[str]) -> list[frozenset[str]]:
    """All subsets of some names, the smaller first.

    >>> [sorted(one) for one in subsets(["a", "b"])]
    [[], ['a'], ['b'], ['a', 'b']]
    """
    return [frozenset(some) for size in range(len(names) + 1) for some in combinations(names, size)]


def shares(names: Sequence[str], worth: Mapping[frozenset[str], Decimal]) -> dict[str, Decimal]:
    """What each change did, given the worth of every subset of them: decimals that add up to the whole difference.

    Shares are cut to 12 places, and what that leaves goes to those that lost most by it.

    >>> told = {frozenset(): 0, frozenset("a"): 6, frozenset("b"): 2, frozenset("ab"): 10}
    >>> {name: int(one) for name, one in shares(["a", "b"], {key: Decimal(one) for key, one in told.items()}).items()}
    {'a': 7, 'b': 3}
    """
    return decimals({name: shapley(name, names, worth) for name in names})


def decimals(exact: Mapping[str, Fraction]) -> dict[str, Decimal]:
    """Fractions whose sum has at most 12 places, as decimals that add up to it.

    >>> [str(one) for one in decimals({"a": Fraction(1, 3), "b": Fraction(2, 3)}).values()]
    ['0.333333333333', '0.666666666667']
    """
    scaled = {name: one * 10**PLACES for name, one in exact.items()}
    cut = {name: one.numerator // one.denominator for name, one in scaled.items()}
    left = int(sum(scaled.values(), Fraction(0))) - sum(cut.values())
    for name in sorted(scaled, key=lambda one: cut[one] - scaled[one])[:left]:
        cut[name] += 1
    return {name: Decimal(one).scaleb(-PLACES) for name, one in cut.items()}


def shapley(name: str, names: Sequence[str], worth: Mapping[frozenset[str], Decimal]) -> Fraction:
    """One change's share, as a fraction."""
    others = [one for one in names if one != name]
    total = Fraction(0)
    for some in subsets(others):
        weight = Fraction(factorial(len(some)) * factorial(len(others) - len(some)), factorial(len(names)))
        total += weight * (Fraction(worth[some | {name}]) - Fraction(worth[some]))
    return total
