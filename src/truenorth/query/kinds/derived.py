"""derived: arithmetic over other metrics, each perhaps seen at an earlier time."""

from __future__ import annotations

import re

from msgspec.structs import replace

from truenorth.base.period import parse_window
from truenorth.define.expression import Expression, parse
from truenorth.define.model import InputMetric, Metric, Model
from truenorth.query.kinds import simple
from truenorth.query.shape import Lens, Planner

FRACTION = re.compile(r"\d\.\d")


def value(planner: Planner, metric: Metric, lens: Lens) -> str:
    """The expression with every alias replaced by that input's value."""
    names = {
        given.alias or given.name: f"({planner.value(given.name, seen(given, metric, lens, planner.model))})"
        for given in metric.input_metrics
    }
    if planner.dialect == "clickhouse" and not planner.money and FRACTION.search(metric.expr):
        # Its sums of integers are so wide that it multiplies none of them with a fraction.
        names = {name: f"CAST({sql} AS {planner.double})" for name, sql in names.items()}
    known = planner.model.expressions.get(metric.expr)
    expression = known if isinstance(known, Expression) else parse(metric.expr, metric.spot.at("expr"))
    result = expression.render(planner.dialect, names, planner.money)
    return simple.known(planner, metric, lens, result, simple.filled(result, metric))


def seen(given: InputMetric, metric: Metric, lens: Lens, model: Model) -> Lens:
    """The lens on one input: its own shift and filter on top of the outer ones."""
    shifts = lens.shifts
    if given.offset_window:
        shifts = (*shifts, parse_window(given.offset_window, model.grains))
    if given.offset_to_grain:
        shifts = (*shifts, (0, given.offset_to_grain))
    extra = tuple(text for text in (metric.filter, given.filter) if text)
    return replace(lens, shifts=shifts, filters=(*lens.filters, *extra))


def additivity(metric: Metric, model: Model) -> str:
    """Computed from totals, never from parts."""
    return "algebraic"
