"""slices: a metric told for each slice of time, and of those how many there are, or how they compare."""

from __future__ import annotations

from msgspec.structs import replace

from truenorth.base.errors import QueryError
from truenorth.define.graph import grouped
from truenorth.define.model import Metric, Model
from truenorth.define.slices import LENGTHS, slice_of
from truenorth.query.kinds import simple
from truenorth.query.shape import Lens, Planner


def value(planner: Planner, metric: Metric, lens: Lens) -> str:
    """How many slices are as they should be, or what their values make; where empty ones count, all that passed."""
    leaf = replace(metric, **placed(planner.model, metric))
    column = planner.leaf(leaf, lens)
    if metric.empty == "count":
        passed = f"floor({planner.seconds(leaf, lens)} / {LENGTHS[slice_of(metric.slice)]})"
        known, passed = (f"CAST(COALESCE({one}, 0) AS {planner.double})" for one in (column, passed))
        return f"GREATEST({known}, {passed})"
    return simple.known(planner, leaf, lens, column, simple.filled(column, leaf))


def placed(model: Model, metric: Metric) -> dict[str, str]:
    """Where the rows of a metric lie that its slices are told from: their dataset and time; QueryError without any."""
    found = grouped(model, metric.input_metric)
    if not found:
        message = f'"{metric.input_metric}" rests on no rows that could be told by slices of time'
        raise QueryError("E_NO_TIME", message, hint="name a metric that is computed from a dataset with a time")
    return {"dataset": found[0].dataset, "time": found[0].time}


def additivity(metric: Metric, model: Model) -> str:
    """Slices are told for each group anew: those of the whole are not the sum of them."""
    return "holistic"
