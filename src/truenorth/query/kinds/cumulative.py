"""cumulative: a metric over a window that reaches back from each period's end."""

from __future__ import annotations

from dataclasses import replace

from truenorth.base.errors import QueryError
from truenorth.base.period import parse_window
from truenorth.define.model import Metric, Model
from truenorth.query.kinds import simple
from truenorth.query.shape import Lens, Planner


def value(planner: Planner, metric: Metric, lens: Lens) -> str:
    """The input's aggregation over the window; distinct things stay distinct across days."""
    given = planner.model.metrics[metric.input_metric]
    if given.type != "simple":
        hint = "accumulate the simple metrics inside it and derive from those"
        raise QueryError(
            "E_UNSAFE_REAGGREGATION", f'"{metric.name}" accumulates "{given.name}", a {given.type} metric', hint=hint
        )
    if metric.filter:
        lens = replace(lens, filters=(*lens.filters, metric.filter))
    if metric.window:
        lens = replace(lens, trailing=parse_window(metric.window))
    elif metric.grain_to_date:
        lens = replace(lens, to_date=metric.grain_to_date)
    else:
        lens = replace(lens, running=True)
    if metric.period_agg != "last":
        lens = replace(lens, period_agg=metric.period_agg)
    inherited = metric if metric.fill_nulls_with is not None else given
    filled = simple.filled(simple.zeroed(planner, given, lens), inherited, given.agg)
    # Nothing has accumulated in rows without a time, nor in periods that have not begun.
    begun = planner.begun(given, lens)
    return f"CASE WHEN {begun} THEN {filled} END" if begun else filled


def additivity(metric: Metric, model: Model) -> str:
    """A value at a period's end: never summed over time."""
    return "semi-additive"
