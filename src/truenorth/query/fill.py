"""Periods in which nothing happened: which are laid out, for whom, and what stands in them."""

from __future__ import annotations

from collections.abc import Iterable

from truenorth.base.errors import QueryError, did_you_mean
from truenorth.define.graph import inputs_of
from truenorth.define.graph import metric as metric_of
from truenorth.define.model import Metric, Model
from truenorth.query.request import MetricQuery

FILLS = ("null", "zero", "carry")
# What is truly zero where there are no rows; an average or a greatest of nothing is unknown.
ZERO = ("sum", "count", "count_distinct")


def filling(query: MetricQuery) -> str:
    """What a question fills empty periods with: "" (it does not), null, zero or carry.

    >>> filling(MetricQuery(("revenue",), fill=True))
    'null'
    """
    word = query.fill if isinstance(query.fill, str) else "null" if query.fill else ""
    if word not in ("", *FILLS):
        hint = did_you_mean(word, FILLS) or f"one of {', '.join(FILLS)}"
        raise QueryError("E_BAD_FILL", f'periods cannot be filled with "{word}"', hint=hint)
    return word


def layouts(model: Model, metrics: Iterable[Metric]) -> dict[str, str]:
    """How the periods of the metrics over rows are laid out by definition: "groups" for every group, or "once".

    What a metric says goes for what it is computed from.
    """
    found: dict[str, str] = {}
    waiting = [(metric, "") for metric in metrics]
    while waiting:
        metric, inherited = waiting.pop()
        laid = metric.join_to_timespine or inherited
        counted = metric.dataset or metric.type in ("conversion", "slices")
        if laid and counted and found.get(metric.name) != "groups":
            found[metric.name] = laid
        inside = () if metric.type == "slices" else inputs_of(metric)
        waiting += [(metric_of(model, name), laid) for name in inside]
    return found


def carries(metric: Metric, fill: str) -> bool:
    """Whether a metric keeps its last known value where it has none: as it says, or as the question says.

    A stock is there also while nobody counts it: zero would not be true of it.
    """
    if metric.fill_nulls_with is not None:
        return metric.fill_nulls_with == "carry"
    return fill == "carry" or (fill == "zero" and metric.type == "snapshot")


def zeroes(metric: Metric, fill: str) -> bool:
    """Whether a metric is zero where it has no rows, by the question's wish."""
    plain = metric.fill_nulls_with is None and metric.type in ("simple", "attribution")
    return fill == "zero" and plain and metric.agg in ZERO


def stock_carries(metric: Metric, fill: str) -> bool:
    """Whether a stock is carried by looking at the last day before a period's end that has any."""
    chosen = metric.non_additive_dimension
    last = metric.type == "snapshot" and (chosen is None or chosen.window_agg == "last")
    return last and carries(metric, fill)


def notes(metrics: Iterable[Metric], fill: str) -> Iterable[str]:
    """What is said of a filling: which stocks look back, and of which metrics zero would not be true."""
    for metric in metrics:
        if stock_carries(metric, fill):
            yield f"{metric.title}: where a period has no day of it, the last day before stands for it"
    if fill == "zero":
        unknown = [one.title for one in metrics if is_unknown(one)]
        if unknown:
            yield f"{', '.join(unknown)}: unknown where there is nothing to tell it from, not 0"


def is_unknown(metric: Metric) -> bool:
    """Whether nothing is no zero of a metric: an average, a ratio, a greatest."""
    if metric.fill_nulls_with is not None:
        return False
    return metric.type == "ratio" or (metric.type == "simple" and metric.agg not in ZERO)
