"""ratio: one metric over another, each aggregated first."""

from __future__ import annotations

from truenorth.define.model import Metric
from truenorth.query.kinds import simple
from truenorth.query.shape import Lens, Planner


def value(planner: Planner, metric: Metric, lens: Lens) -> str:
    """Numerator over denominator; a zero below gives NULL, never an error or infinity."""
    inside = (
        lens
        if not metric.filter
        else Lens(lens.shifts, lens.trailing, lens.to_date, lens.running, (*lens.filters, metric.filter))
    )
    above = planner.value(metric.numerator, inside)
    below = planner.value(metric.denominator, inside)
    return simple.filled(f"CAST({above} AS {planner.double}) / NULLIF(CAST({below} AS {planner.double}), 0)", metric)


def additivity(metric: Metric) -> str:
    """The ratio of sums is not the sum of ratios."""
    return "algebraic"
