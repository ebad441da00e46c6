"""movement: a balance of entities over time, and what of its change came from where."""

from __future__ import annotations

from msgspec.structs import replace

from truenorth.base.errors import QueryError
from truenorth.define.model import Metric, Model
from truenorth.define.movement import LEVELS
from truenorth.query.kinds import simple
from truenorth.query.shape import Lens, Planner


def value(planner: Planner, metric: Metric, lens: Lens) -> str:
    """The balance at a period's end or beginning, or one part of what changed it: nothing moved is 0."""
    if metric.part not in LEVELS:
        column = planner.leaf(metric, lens)
        known = simple.known(planner, metric, lens, column, told(metric, column))
        return f"CASE WHEN FALSE THEN {known} END" if planner.begun(metric, lens) == "FALSE" else known
    if lens.through_time:
        hint = "accumulate what came or went, or ask for the balance itself"
        message = f'"{metric.name}" is a balance: those of days cannot be added up over a window'
        raise QueryError("E_UNSAFE_REAGGREGATION", message, hint=hint)
    moved = replace(metric, part="net")
    whole = replace(lens, running=True)
    level = f"COALESCE({planner.leaf(moved, whole)}, 0)"
    if metric.part == "opening":
        level = f"{level} - COALESCE({planner.leaf(moved, lens)}, 0)"
    begun = planner.begun(moved, whole)
    return f"CASE WHEN {begun} THEN {level} END" if begun else level


def told(metric: Metric, column: str) -> str:
    """A part with what it is where nothing moved."""
    return column if metric.fill_nulls_with in ("null", "carry") else f"COALESCE({column}, 0)"


def additivity(metric: Metric, model: Model) -> str:
    """Movements are netted over each period, and a balance is one of a day: neither is ever summed over time."""
    return "semi-additive"
