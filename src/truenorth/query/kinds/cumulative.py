"""cumulative: a metric over a window that reaches back from each period's end."""

from __future__ import annotations

from msgspec.structs import replace

from truenorth.base.errors import QueryError
from truenorth.base.period import parse_window
from truenorth.define.graph import grouped
from truenorth.define.model import Metric, Model
from truenorth.query.kinds import simple
from truenorth.query.shape import Lens, Planner


def value(planner: Planner, metric: Metric, lens: Lens) -> str:
    """The input's value over the window: distinct things stay distinct across days, and both halves of a ratio are
    taken over the same window."""
    given = planner.model.metrics[metric.input_metric]
    if lens.through_time:
        raise unsafe(f'"{metric.name}" is accumulated once more', "a window over a window", "state one window")
    if metric.filter:
        lens = replace(lens, filters=(*lens.filters, metric.filter))
    if metric.window:
        lens = replace(lens, trailing=parse_window(metric.window, planner.model.grains))
    elif metric.grain_to_date:
        lens = replace(lens, to_date=metric.grain_to_date)
    else:
        lens = replace(lens, running=True)
    if metric.period_agg != "last":
        lens = replace(lens, period_agg=metric.period_agg)
    if given.type == "simple":
        inherited = metric if metric.fill_nulls_with is not None else given
        filled = simple.filled(simple.zeroed(planner, given, lens), inherited, given.agg)
    else:
        filled = simple.filled(planner.value(given.name, lens), metric)
    # Nothing has accumulated in rows without a time, nor in periods that have not begun.
    begun = dict.fromkeys(planner.begun(leaf, lens) for leaf in grouped(planner.model, given.name))
    conditions = " OR ".join(condition for condition in begun if condition)
    return f"CASE WHEN {conditions} THEN {filled} END" if conditions else filled


def unsafe(what: str, why: str, hint: str) -> QueryError:
    """The error for what cannot be accumulated."""
    return QueryError("E_UNSAFE_REAGGREGATION", f"{what}: {why}", hint=hint)


def additivity(metric: Metric, model: Model) -> str:
    """A value at a period's end: never summed over time."""
    return "semi-additive"
