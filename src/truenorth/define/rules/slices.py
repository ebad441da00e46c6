"""What must hold in slices of time: their length, what they are told of, and how they become one number."""

from __future__ import annotations

from truenorth.define import graph
from truenorth.define.model import Metric
from truenorth.define.rules.case import Case
from truenorth.define.slices import AGGREGATIONS, WORDS, slice_of


def check(case: Case, metric: Metric) -> None:
    """The length, the metric and the aggregation."""
    if metric.type != "slices":
        return
    spot = metric.spot
    if metric.slice and not slice_of(metric.slice):
        message = f'there are no slices of "{metric.slice}"'
        case.fail("E_BAD_WINDOW", message, spot.at("slice"), f"write one of {WORDS}")
    if metric.agg not in ("", *AGGREGATIONS):
        message = f"slices have no agg: {metric.agg}"
        case.fail("E_BAD_VALUE", message, spot.at("agg"), f"write one of {', '.join(AGGREGATIONS)}")
    case.known("metric", metric.input_metric, spot.at("input_metric"))
    inside = graph.computed_from(case.model, metric.input_metric)
    level = next((one for one in inside if one.is_stock or one.type in ("cumulative", "slices")), None)
    if level is not None:
        said = f'"{metric.name}" is told by slices of "{metric.input_metric}"'
        message = f'{said}, which rests on the {level.type} metric "{level.name}"'
        hint = "name a metric whose value a slice of time has by itself"
        case.fail("E_UNSAFE_REAGGREGATION", message, spot.at("input_metric"), hint)
