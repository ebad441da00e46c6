"""ratio: one metric over another, each aggregated first."""

from __future__ import annotations

from msgspec.structs import replace

from truenorth.define.exact import quotient
from truenorth.define.model import Metric, Model
from truenorth.query.kinds import simple
from truenorth.query.shape import Lens, Planner


def value(planner: Planner, metric: Metric, lens: Lens) -> str:
    """Numerator over denominator; a zero below gives NULL, never an error or infinity."""
    inside = replace(lens, filters=(*lens.filters, metric.filter)) if metric.filter else lens
    above = planner.value(metric.numerator, inside)
    below = planner.value(metric.denominator, inside)
    share = divided(planner, above, below)
    return simple.known(planner, metric, lens, share, simple.filled(share, metric))


def divided(planner: Planner, above: str, below: str) -> str:
    """One value over another; over zero there is none. What money is computed from stays exact."""
    if planner.money:
        return quotient(above, below, planner.dialect)
    return f"CAST({above} AS {planner.double}) / NULLIF(CAST({below} AS {planner.double}), 0)"


def additivity(metric: Metric, model: Model) -> str:
    """The ratio of sums is not the sum of ratios."""
    return "algebraic"
