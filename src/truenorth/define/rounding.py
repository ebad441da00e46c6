"""Where the value of a metric is rounded: money that is divided, or multiplied by what was."""

from __future__ import annotations

from collections.abc import Iterable

from truenorth.define.exact import PLACES
from truenorth.define.graph import computed_from
from truenorth.define.model import Metric, Model

ROUNDED = f"divided exactly, and rounded half up to {PLACES} places"


def is_rounded(metric: Metric) -> bool:
    """Whether a metric is money that its own kind divides or multiplies.

    >>> is_rounded(Metric("aov", "ratio", unit="currency")), is_rounded(Metric("revenue", "simple", unit="currency"))
    (True, False)
    """
    if metric.unit != "currency":
        return False
    formula = metric.type == "derived" and any(sign in metric.expr for sign in "/*")
    return formula or metric.type == "ratio" or metric.agg == "avg"


def is_measured(metric: Metric) -> bool:
    """Whether a value may be a floating number, which becomes a decimal before money is computed from it."""
    if metric.type in ("ratio", "derived") or metric.agg in ("count", "count_distinct"):
        return False
    return metric.unit != "currency" or metric.agg in ("median", "percentile") or metric.approximate


def rounded(model: Model, names: Iterable[str]) -> list[str]:
    """A line for each metric that rounds, of those named and what they are computed from."""
    every = dict.fromkeys(one.name for name in names for one in computed_from(model, name))
    return [f"{name}: {ROUNDED}" for name in every if is_rounded(model.metrics[name])]
