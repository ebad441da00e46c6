"""What stands above and below the line of a rate, so that it can be taken apart by the values of a dimension."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from truenorth.define.model import Metric

Row = Mapping[str, float]
Worth = Callable[[Row], float]
SILENT_CALLS = ("nullif", "coalesce")


@dataclass(frozen=True, slots=True)
class Halves:
    """How both halves are worked out of the values of other metrics, whose `names` must be asked for."""

    names: tuple[str, ...]
    above: Worth
    below: Worth


def halves(metric: Metric) -> Halves | None:
    """The halves of a ratio, or of a derived metric that is one sum over another; None where there are none.

    Inputs seen at another time or under a filter of their own have no column to be taken from.
    """
    if metric.filter:
        return None
    if metric.type == "ratio":
        return Halves((metric.numerator, metric.denominator), value_of(metric.numerator), value_of(metric.denominator))
    if metric.type != "derived" or any(one.offset_window or one.filter for one in metric.input_metrics):
        return None
    names = {one.alias or one.name: one.name for one in metric.input_metrics}
    try:
        top = ast.parse(" ".join(metric.expr.split()), mode="eval").body
        if isinstance(top, ast.BinOp) and isinstance(top.op, ast.Div):
            return Halves(tuple(dict.fromkeys(names.values())), linear(top.left, names), linear(top.right, names))
    except (SyntaxError, ValueError, RecursionError):
        return None
    return None


def value_of(name: str) -> Worth:
    """The value of one metric."""
    return lambda row: row[name]


def linear(node: ast.expr, names: Mapping[str, str]) -> Worth:
    """An expression whose value for the whole is the sum of its values for the parts; ValueError for any other."""
    match node:
        case ast.Name(id=name) if name in names:
            return value_of(names[name])
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            one, other = linear(left, names), linear(right, names)
            return lambda row: one(row) + other(row)
        case ast.BinOp(left=left, op=ast.Sub(), right=right):
            first, second = linear(left, names), linear(right, names)
            return lambda row: first(row) - second(row)
        case (
            ast.BinOp(left=inner, op=ast.Mult(), right=ast.Constant(value=int() | float() as factor))
            | ast.BinOp(left=ast.Constant(value=int() | float() as factor), op=ast.Mult(), right=inner)
        ):
            scaled = linear(inner, names)
            return lambda row: scaled(row) * factor
        case ast.UnaryOp(op=ast.USub(), operand=inner):
            turned = linear(inner, names)
            return lambda row: -turned(row)
        case ast.Call(func=ast.Name(id=word), args=[inner, ast.Constant(value=0)], keywords=[]):
            if word.lower() in SILENT_CALLS:
                return linear(inner, names)
    raise ValueError(ast.dump(node))
