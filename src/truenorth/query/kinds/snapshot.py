"""snapshot: a stock that is summed over everything but time."""

from __future__ import annotations

from truenorth.define.model import Metric, Model
from truenorth.query.kinds import simple
from truenorth.query.shape import Lens, Planner


def value(planner: Planner, metric: Metric, lens: Lens) -> str:
    """The column summed on the day that stands for the period."""
    return simple.filled(planner.leaf(metric, lens), metric)


def additivity(metric: Metric, model: Model) -> str:
    """Parts add up on one day; days never do."""
    return "semi-additive"
