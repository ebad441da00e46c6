"""simple: one aggregation over one dataset."""

from __future__ import annotations

from truenorth.define.model import Metric, Model
from truenorth.query.shape import Lens, Planner

ADDITIVITY = {"sum": "additive", "count": "additive", "avg": "algebraic"}


def value(planner: Planner, metric: Metric, lens: Lens) -> str:
    """The aggregated column, with what an empty group is worth."""
    return filled(planner.leaf(metric, lens), metric)


def filled(column: str, metric: Metric, agg: str = "") -> str:
    """Counting nothing gives 0; anything else over nothing is unknown unless `fill_nulls_with` says otherwise."""
    if metric.fill_nulls_with == "null":
        return column
    if metric.fill_nulls_with is not None:
        return f"COALESCE({column}, {number(metric.fill_nulls_with)})"
    return f"COALESCE({column}, 0)" if (agg or metric.agg) in ("count", "count_distinct") else column


def number(worth: float) -> str:
    """A number as SQL, whole where it is whole so that money stays decimal."""
    return str(int(worth)) if worth == int(worth) else repr(worth)


def additivity(metric: Metric, model: Model) -> str:
    """Whether parts add up to the whole: additive, algebraic or holistic."""
    return "sketch" if metric.approximate else ADDITIVITY.get(metric.agg, "holistic")
