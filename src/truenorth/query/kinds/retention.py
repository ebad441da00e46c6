"""retention: how many of those who begin come back, what share does, and what that is worth."""

from __future__ import annotations

from msgspec.structs import replace

from truenorth.define.journey import counting
from truenorth.define.model import Metric, Model
from truenorth.define.retention import bracket
from truenorth.query.kinds import ratio, simple
from truenorth.query.shape import Lens, Planner

COUNTS = ("cohort", "retained", "incomplete")
SHARES = {"rate": ("retained", "cohort"), "value_rate": ("value", "value_at_start")}


def value(planner: Planner, metric: Metric, lens: Lens) -> str:
    """A number of the retention; a share is that of those who are old enough for the bucket."""
    if metric.part not in SHARES:
        column = planner.leaf(metric, lens)
        return simple.known(planner, metric, lens, column, filled(column, metric))
    above, below = (part(planner, metric, one, lens) for one in SHARES[metric.part])
    share = ratio.divided(planner, above, below)
    return simple.known(planner, metric, lens, share, filled(share, metric))


def filled(column: str, metric: Metric) -> str:
    """Counting nobody gives 0."""
    return simple.filled(column, metric, "count" if metric.part in COUNTS else "sum")


def part(planner: Planner, metric: Metric, word: str, lens: Lens) -> str:
    """What a share is made of, looking at the same bucket; 0 where there is nothing."""
    after = float(bracket(metric)[0])
    own = counting(metric, f"{metric.name}__{word}", word)
    own = replace(own, after=after, fill_nulls_with=None)
    return f"COALESCE({planner.leaf(own, lens)}, 0)"


def additivity(metric: Metric, model: Model) -> str:
    """Somebody may begin in several groups and periods: these need not add up."""
    return "algebraic" if metric.part in SHARES else "holistic"
