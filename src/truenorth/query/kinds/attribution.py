"""attribution: the credit for conversions, given to the touches before them."""

from __future__ import annotations

from truenorth.define.model import Metric, Model
from truenorth.query.kinds import simple
from truenorth.query.shape import Lens, Planner


def value(planner: Planner, metric: Metric, lens: Lens) -> str:
    """The credit added up; over no conversions it is what the conversion metric is."""
    counted = planner.model.metrics[metric.conversion_metric]
    own = metric if metric.fill_nulls_with is not None else counted
    found = simple.filled(simple.zeroed(planner, metric, lens), own, counted.agg)
    return simple.known(planner, metric, lens, planner.leaf(metric, lens), found)


def additivity(metric: Metric, model: Model) -> str:
    """Credit adds up to what there is to be credited."""
    return "additive"
