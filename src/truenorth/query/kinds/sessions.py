"""sessions: how many there are and whose, what they are like, and which share of them is engaged or bounces."""

from __future__ import annotations

from truenorth.define.journey import counting
from truenorth.define.model import Metric, Model
from truenorth.define.sessions import RATES
from truenorth.query.kinds import ratio, simple
from truenorth.query.shape import Lens, Planner

COUNTS = ("sessions", "people", "engaged", "bounces")


def value(planner: Planner, metric: Metric, lens: Lens) -> str:
    """A number of the sessions; the rates are shares of all of them."""
    if metric.part in COUNTS:
        column = planner.leaf(metric, lens)
        return simple.known(planner, metric, lens, column, simple.filled(column, metric, "count"))
    if metric.part not in RATES:
        return planner.leaf(metric, lens)
    above = counted(planner, metric, RATES[metric.part], lens)
    share = ratio.divided(planner, above, counted(planner, metric, "sessions", lens))
    return simple.known(planner, metric, lens, share, simple.filled(share, metric))


def counted(planner: Planner, metric: Metric, part: str, lens: Lens) -> str:
    """How many of one part there are; 0 where there are none."""
    return f"COALESCE({planner.leaf(counting(metric, f'{metric.name}__{part}', part), lens)}, 0)"


def additivity(metric: Metric, model: Model) -> str:
    """A session belongs to the moment it began, but may begin with rows of several groups."""
    return "algebraic" if metric.part in RATES else "holistic"
