"""lifecycle, stickiness and churn: how many people are in a state, and shares of two such counts."""

from __future__ import annotations

from msgspec.structs import replace

from truenorth.base.errors import QueryError
from truenorth.base.period import parse_window
from truenorth.define.journey import counting
from truenorth.define.model import Metric, Model
from truenorth.define.stickiness import looking
from truenorth.query.kinds import ratio, simple
from truenorth.query.shape import Lens, Planner

# Shares by type and part: what is divided by what.
SHARES = {
    "ratio": ("active_days", "possible_days"),
    "average_days": ("active_days", "people"),
    "rate": ("churned", "churned + stayed"),
}
# What nobody can know of a period that is still filling, and what is known where it is not.
LATER = {"dormant": "dormant", "churned": "churned + stayed", "stayed": "churned + stayed"}


def value(planner: Planner, metric: Metric, lens: Lens) -> str:
    """People in a state, or a share of them; NULL where it is not known yet."""
    metric, lens = through(planner, metric, lens)
    if metric.part in SHARES:
        above, below = (added(planner, metric, parts, lens) for parts in SHARES[metric.part])
        share = ratio.divided(planner, above, below)
        return simple.known(planner, metric, lens, share, simple.filled(share, metric))
    column = planner.leaf(metric, lens)
    found = simple.known(planner, metric, lens, column, simple.filled(column, metric, "count"))
    if metric.part not in LATER:
        return found
    unknown, known = added(planner, metric, "unknown", lens), added(planner, metric, LATER[metric.part], lens)
    return f"CASE WHEN {unknown} = 0 OR ({known}) > 0 THEN {found} END"


def through(planner: Planner, metric: Metric, lens: Lens) -> tuple[Metric, Lens]:
    """Stickiness looks back through its window from the end of each period."""
    if metric.type != "stickiness":
        return metric, lens
    metric = looking(metric)
    if (metric.window or metric.grain_to_date) and lens.through_time:
        message = f'"{metric.name}" is accumulated once more: a window over a window'
        raise QueryError("E_UNSAFE_REAGGREGATION", message, hint="state one window")
    if metric.window:
        return metric, replace(lens, trailing=parse_window(metric.window, planner.model.grains))
    return metric, replace(lens, to_date=metric.grain_to_date) if metric.grain_to_date else lens


def added(planner: Planner, metric: Metric, parts: str, lens: Lens) -> str:
    """How many there are of some parts together; 0 where there are none."""
    columns = (counting(metric, f"{metric.name}__{part}", part) for part in parts.split(" + "))
    return " + ".join(f"COALESCE({planner.leaf(one, lens)}, 0)" for one in columns)


def additivity(metric: Metric, model: Model) -> str:
    """Somebody is active in several groups and periods: parts never add up to the whole."""
    return "algebraic" if metric.part in SHARES else "holistic"
