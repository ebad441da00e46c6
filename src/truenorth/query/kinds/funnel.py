"""funnel: how many entities go how far through its steps, what share does and how sure that is, how long they take."""

from __future__ import annotations

from truenorth.define.funnel import COUNTS, SHARES, share_of
from truenorth.define.journey import counting
from truenorth.define.model import Metric, Model
from truenorth.query.kinds import ratio, simple
from truenorth.query.shape import Lens, Planner

# How many standard errors 95 % of all shares lie within, and that squared.
SURE, SQUARED = "1.959963984540054", "3.841458820694124"


def value(planner: Planner, metric: Metric, lens: Lens) -> str:
    """A number of the funnel; the rate is a share of those that entered, or that reached the step before."""
    if metric.part in COUNTS:
        column = planner.leaf(metric, lens)
        return simple.known(planner, metric, lens, column, simple.filled(column, metric, "count"))
    if metric.part not in SHARES:
        return planner.leaf(metric, lens)
    before = metric.steps[share_of(metric) - 1].name
    got = counted(planner, metric, "reached", metric.step, lens)
    among = counted(planner, metric, "reached" if metric.against == "previous" else "entered", before, lens)
    share = ratio.divided(planner, got, among) if metric.part == "rate" else wilson(planner, metric.part, got, among)
    return simple.known(planner, metric, lens, share, simple.filled(share, metric))


def counted(planner: Planner, metric: Metric, part: str, step: str, lens: Lens) -> str:
    """How many of one part there are; 0 where there are none."""
    step = step or metric.steps[-1].name
    name = f"{metric.name}__{part}" if part == "entered" else f"{metric.name}__{part}_{step}"
    told = counting(metric, name, part, step)
    return f"COALESCE({planner.leaf(told, lens)}, 0)"


def wilson(planner: Planner, part: str, got: str, among: str) -> str:
    """An end of Wilson's interval of a share, in which the true one lies in 95 of 100 cases (E. B. Wilson, 1927)."""
    double = planner.double
    size = f"CAST(NULLIF({among}, 0) AS {double})"
    rate = f"(CAST({got} AS {double}) / {size})"
    spread = f"{SURE} * sqrt({rate} * (1 - {rate}) / {size} + {SQUARED} / (4 * {size} * {size}))"
    sign, edge, worth = ("-", "0", "0.0") if part == "low" else ("+", among, "1.0")
    end = f"({rate} + {SQUARED} / (2 * {size}) {sign} {spread}) / (1 + {SQUARED} / {size})"
    return f"CASE WHEN {among} = 0 THEN NULL WHEN {got} = {edge} THEN CAST({worth} AS {double}) ELSE {end} END"


def additivity(metric: Metric, model: Model) -> str:
    """An entity enters in several groups and periods: they never add up."""
    return "algebraic" if metric.part in SHARES else "holistic"
