"""paths: how many entities or paths go through an anchor."""

from __future__ import annotations

from truenorth.define.model import Metric, Model
from truenorth.query.kinds import simple
from truenorth.query.shape import Lens, Planner


def value(planner: Planner, metric: Metric, lens: Lens) -> str:
    """How many there are."""
    column = planner.leaf(metric, lens)
    return simple.known(planner, metric, lens, column, simple.filled(column, metric, "count"))


def additivity(metric: Metric, model: Model) -> str:
    """An entity may take paths in several periods and groups."""
    return "holistic"
