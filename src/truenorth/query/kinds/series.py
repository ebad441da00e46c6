"""increase, rate, gauge, apdex, histogram_quantile: what collected series tell, out of sums over their minutes."""

from __future__ import annotations

from truenorth.define.model import Metric, Model
from truenorth.define.series import BUCKETED, COUNTING, aggregated
from truenorth.query.kinds import ratio, simple
from truenorth.query.shape import Lens, Planner


def value(planner: Planner, metric: Metric, lens: Lens) -> str:
    """One sum, or one over another; a rate is over the seconds that have passed."""
    if metric.type in BUCKETED:
        return planner.leaf(metric, lens)
    above, *below = (planner.leaf(one, lens) for one in aggregated(metric))
    if metric.type in COUNTING:
        above = simple.filled(above, metric)
        return above if metric.type == "increase" else ratio.divided(planner, above, planner.seconds(metric, lens))
    found = ratio.divided(planner, above, below[0]) if below else above
    return simple.known(planner, metric, lens, found, simple.filled(found, metric, "none"))


def additivity(metric: Metric, model: Model) -> str:
    """Counts add up; all else is told from the sums of the whole."""
    return "additive" if metric.type == "increase" else "holistic" if metric.type in BUCKETED else "algebraic"
