"""snapshot: a stock that is summed over everything but time."""

from __future__ import annotations

from truenorth.base.errors import QueryError
from truenorth.define.model import Metric, Model
from truenorth.query.kinds import simple
from truenorth.query.shape import Lens, Planner


def value(planner: Planner, metric: Metric, lens: Lens) -> str:
    """The column summed on the day that stands for the period."""
    if lens.through_time:
        hint = "accumulate what comes and goes, or ask for the level itself"
        message = f'"{metric.name}" is a level: those of days cannot be added up over a window'
        raise QueryError("E_UNSAFE_REAGGREGATION", message, hint=hint)
    column = planner.leaf(metric, lens)
    return simple.known(planner, metric, lens, column, simple.filled(column, metric))


def additivity(metric: Metric, model: Model) -> str:
    """Parts add up on one day; days never do."""
    return "semi-additive"
