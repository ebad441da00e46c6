"""Metrics that add up others: which, and with what sign."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from truenorth.define.model import Metric


def addends(metric: Metric) -> Mapping[str, int] | None:
    """The metrics that a derived metric adds (1) and takes off (-1); None where it is anything else than their sum.

    >>> from truenorth.define.model import InputMetric
    >>> profit = Metric("profit", "derived", expr="revenue - coalesce(costs, 0)",
    ...                 input_metrics=[InputMetric("revenue"), InputMetric("costs")])
    >>> addends(profit)
    {'revenue': 1, 'costs': -1}
    """
    if metric.type != "derived" or metric.filter:
        return None
    if any(one.offset_window or one.offset_to_grain or one.filter for one in metric.input_metrics):
        return None
    names = {one.alias or one.name: one.name for one in metric.input_metrics}
    try:
        found = terms(ast.parse(" ".join(metric.expr.split()), mode="eval").body, 1, names)
    except (SyntaxError, ValueError, RecursionError):
        return None
    added = dict(found)
    return added if len(added) == len(found) and set(added) == set(names.values()) else None


def terms(node: ast.expr, sign: int, names: Mapping[str, str]) -> list[tuple[str, int]]:
    """The terms of a sum with their signs; ValueError for anything that is none."""
    match node:
        case ast.Name(id=name) if name in names:
            return [(names[name], sign)]
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return [*terms(left, sign, names), *terms(right, sign, names)]
        case ast.BinOp(left=left, op=ast.Sub(), right=right):
            return [*terms(left, sign, names), *terms(right, -sign, names)]
        case ast.UnaryOp(op=ast.USub(), operand=inner):
            return terms(inner, -sign, names)
        case ast.Call(func=ast.Name(id=call), args=[inner, ast.Constant(value=0)]) if call.lower() == "coalesce":
            return terms(inner, sign, names)
    raise ValueError(ast.dump(node))
