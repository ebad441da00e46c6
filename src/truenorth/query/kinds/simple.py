"""simple: one aggregation over one dataset."""

from __future__ import annotations

from msgspec import structs

from truenorth.define.currencies import BY_PERIOD
from truenorth.define.graph import grouped
from truenorth.define.model import Metric, Model
from truenorth.query.fill import zeroes
from truenorth.query.shape import Lens, Planner

ADDITIVITY = {"sum": "additive", "count": "additive", "avg": "algebraic"}


def value(planner: Planner, metric: Metric, lens: Lens) -> str:
    """The aggregated column, with what an empty group is worth."""
    found = filled(zeroed(planner, metric, lens), metric)
    return known(planner, metric, lens, planner.leaf(metric, lens), found)


def known(planner: Planner, metric: Metric, lens: Lens, column: str, value: str) -> str:
    """A value with what stands in where its column holds nothing; in periods that have not begun nothing does."""
    if value == column:
        return value
    leaves = [metric] if metric.dataset else grouped(planner.model, metric.name)
    ahead = list(dict.fromkeys(planner.ahead(leaf, lens) for leaf in leaves))
    return f"CASE WHEN {' AND '.join(ahead)} THEN {column} ELSE {value} END" if ahead and all(ahead) else value


def zeroed(planner: Planner, metric: Metric, lens: Lens) -> str:
    """The aggregated column; 0 where there are no rows at all, if the question wishes so and that is true."""
    column = planner.leaf(metric, lens)
    if not zeroes(metric, planner.fill):
        return column
    counted = structs.replace(
        metric, name=f"{metric.name}__rows", agg="count", expr="", percentile=None, approximate=False, convert=""
    )
    return f"COALESCE({column}, CASE WHEN COALESCE({planner.leaf(counted, lens)}, 0) = 0 THEN 0 END)"


def filled(column: str, metric: Metric, agg: str = "") -> str:
    """Counting nothing gives 0; anything else over nothing is unknown unless `fill_nulls_with` says otherwise."""
    if metric.fill_nulls_with in ("null", "carry"):
        return column
    if isinstance(metric.fill_nulls_with, int | float):
        return f"COALESCE({column}, {number(metric.fill_nulls_with)})"
    return f"COALESCE({column}, 0)" if (agg or metric.agg) in ("count", "count_distinct") else column


def number(worth: float) -> str:
    """A number as SQL, whole where it is whole so that money stays decimal."""
    return str(int(worth)) if worth == int(worth) else repr(worth)


def additivity(metric: Metric, model: Model) -> str:
    """Whether parts add up to the whole: additive, algebraic, holistic or a sketch."""
    if metric.convert in BY_PERIOD:
        return "semi-additive"
    return "sketch" if metric.approximate else ADDITIVITY.get(metric.agg, "holistic")
