"""conversion: base events that are followed by another event of the same entity, or the share of them."""

from __future__ import annotations

from msgspec import structs
from msgspec.structs import replace

from truenorth.define.model import Metric, Model
from truenorth.query.kinds import ratio, simple
from truenorth.query.shape import Lens, Planner


def value(planner: Planner, metric: Metric, lens: Lens) -> str:
    """The conversions, or their share of the base metric."""
    if metric.filter:
        lens = replace(lens, filters=(*lens.filters, metric.filter))
    counted = planner.model.metrics[counted_by(metric)]
    base, column = planner.model.metrics[metric.base_metric], planner.leaf(metric, lens)
    conversions = simple.known(planner, base, lens, column, simple.filled(column, counted))
    if metric.calculation == "conversions":
        # Where there are base events of which none converted, that is known too.
        planner.value(metric.base_metric, lens)
        if metric.fill_nulls_with is None:
            return conversions
        return simple.known(planner, base, lens, column, simple.filled(column, metric, counted.agg))
    share = ratio.divided(planner, conversions, planner.value(metric.base_metric, lens))
    return simple.known(planner, base, lens, share, simple.filled(share, metric))


def counted_by(metric: Metric) -> str:
    """The metric whose aggregation is applied to what converted."""
    return metric.base_metric if metric.count_by == "base" else metric.conversion_metric


def rows_of(model: Model, metric: Metric) -> Metric:
    """What a leg of conversions aggregates: the base metric's rows, or the conversions' values in their place."""
    given = model.metrics[metric.base_metric]
    if metric.count_by == "base":
        return structs.replace(given, name=metric.name)
    return structs.replace(given, name=metric.name, agg=model.metrics[metric.conversion_metric].agg, expr="")


def additivity(metric: Metric, model: Model) -> str:
    """Conversions add up as what they count does; a rate is computed from totals."""
    if metric.calculation == "conversions":
        return simple.additivity(model.metrics[counted_by(metric)], model)
    return "algebraic"
