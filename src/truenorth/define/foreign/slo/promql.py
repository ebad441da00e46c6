"""PromQL as what it adds up: rates and increases are what was counted, and a window is whatever is asked for later.

A vector at an instant is read as one value of each series a minute, the last; functions over a range read every sample.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from fractions import Fraction
from math import isfinite
from typing import Any

from truenorth.define.foreign.slo.amount import ONE, Amount, Atom, Refused, Share, number
from truenorth.define.foreign.slo.matcher import condition

# Texts are left alone; in brackets, whatever stands for a window becomes one.
TEXT_OR_RANGE = re.compile(r""""(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`|\[[^\]]*\]""")
STAND_IN = re.compile(r"\{\{[^{}]*\}\}|\$\{[^{}]*\}|\$\w+|%\w+%|<\w+>")
WINDOW = "5m"
COUNTED = ("rate", "increase", "irate", "idelta")
OVER_TIME = {
    "sum_over_time": "sum",
    "count_over_time": "n",
    "avg_over_time": "sum / n",
    "min_over_time": "min",
    "max_over_time": "max",
    "last_over_time": "last",
}
BUCKETS = "bucket_count"
# What changes neither how much there is nor of what.
KEEPING = (
    "scalar",
    "vector",
    "sort",
    "sort_desc",
    "label_replace",
    "label_join",
    "sort_by_label",
    "sort_by_label_desc",
)
COMPARING = {"==": "=", "!=": "<>", ">": ">", "<": "<", ">=": ">=", "<=": "<="}
TURNED = {">": "<", "<": ">", ">=": "<=", "<=": ">="}
COUNTERS = ("_total", "_count", "_sum", "_bucket")
UNKNOWN = re.compile(r"unknown function with name '([^']*)'")


class Broken(Exception):
    """What the parser says of a text that is no PromQL."""


def parsed(text: str) -> Any:
    """The syntax tree of a query; Broken, or Refused where only its function is unknown."""
    import promql_parser

    try:
        return promql_parser.parse(TEXT_OR_RANGE.sub(with_window, text).strip())
    except ValueError as error:
        unknown = UNKNOWN.search(str(error))
        if unknown:
            raise Refused("FUNCTION_DROPPED", f'"{unknown[1]}" is no function of PromQL') from None
        raise Broken(str(error)) from None


def with_window(found: re.Match[str]) -> str:
    """A range with a window where something stands for one.

    >>> TEXT_OR_RANGE.sub(with_window, 'rate(a{b="[$x]"}[$__rate_interval])')
    'rate(a{b="[$x]"}[5m])'
    """
    return STAND_IN.sub(WINDOW, found[0]) if found[0].startswith("[") else found[0]


@dataclass(slots=True)
class Reader:
    """Reads queries of one objective. `counter` says whether a bare name counts, else its ending does; `level` whether
    a value is looked for that stands at each time, rather than counts to divide."""

    counter: bool | None = None
    level: bool = False
    by: list[str] = field(default_factory=list)
    notes: list[tuple[str, str]] = field(default_factory=list)
    per_second: bool = False

    def share(self, text: str) -> Share:
        """What a query tells."""
        return self.read(parsed(text))

    def read(self, node: Any) -> Share:
        """What a part of a query tells."""
        readers: dict[str, Callable[[Any], Share]] = {
            "ParenExpr": lambda one: self.read(one.expr),
            "NumberLiteral": lambda one: Share(number(exactly(one.val))),
            "UnaryExpr": lambda one: Share(number(0)).plus(self.read(one.expr), -1),
            "AggregateExpr": self.aggregate,
            "BinaryExpr": self.binary,
            "Call": self.call,
            "VectorSelector": lambda one: Share(Amount.of(self.instant(one))),
        }
        reader = readers.get(type(node).__name__)
        if reader is None:
            refuse_subquery(node)
            raise Refused("QUERY_DROPPED", "a range or a text stands where a value should")
        return reader(node)

    def aggregate(self, node: Any) -> Share:
        """Several series as one."""
        self.group(node.modifier)
        op = str(node.op)
        if op == "count":
            return self.per_minute(Share(Amount.of(self.rows(node.expr))))
        inner = self.read(node.expr)
        if op == "sum":
            return self.per_minute(inner) if inner.levels else inner
        if op == "avg" and inner.levels:
            return inner.mean()
        if op in ("min", "max") and self.level and inner.levels:
            atom = only(inner, op)
            return Share(Amount.of(replace(atom, agg=op, expr=op if atom.expr == "last" else atom.expr)))
        raise Refused("QUERY_DROPPED", f'"{op}" of several series does not add up over time')

    def per_minute(self, share: Share) -> Share:
        """A sum of levels as the mean of what it is in each minute, where a value is looked for."""
        if not self.level or share.below != ONE or len(share.above.terms) != 1:
            return share
        atom = share.above.terms[0][0]
        minutes = replace(atom, agg="count_distinct", expr="minute", filter="" if atom.agg == "count" else atom.filter)
        return Share(share.above, Amount.of(minutes))

    def rows(self, node: Any) -> Atom:
        """How many series there are, minute by minute."""
        inner = only(self.read(node), "count")
        if not inner.is_level:
            raise Refused("QUERY_DROPPED", "it counts how many counters there are, which is not what they counted")
        return replace(inner, agg="count", expr="")

    def group(self, modifier: Any) -> None:
        """Notes the labels that something is told by."""
        if modifier is not None and str(modifier.type).endswith("By"):
            self.by += [one for one in modifier.labels if one != "le" and one not in self.by]

    def binary(self, node: Any) -> Share:
        """Two sides and what is between them."""
        op = str(node.op)
        if op in ("or", "and", "unless"):
            return self.either(node, op)
        if op in COMPARING:
            return self.compared(node, op)
        left, right = self.read(node.lhs), self.read(node.rhs)
        if op in "+-":
            return left.plus(right, 1 if op == "+" else -1)
        if op in "*/":
            return left.by(right) if op == "*" else left.over(right)
        raise Refused("QUERY_DROPPED", f'"{op}" of counts does not add up over time')

    def either(self, node: Any, op: str) -> Share:
        """One side where the other only says what nothing is: no events are none here without saying so."""
        right = self.read(node.rhs) if op == "or" else None
        if right is not None and not right.above.terms:
            return self.read(node.lhs)
        left = self.read(node.lhs) if op == "or" else None
        if left is not None and right is not None and not left.above.terms:
            return right
        raise Refused("QUERY_DROPPED", f'"{op}" takes series by whether others are there, which counts cannot tell')

    def compared(self, node: Any, op: str) -> Share:
        """The series whose value is so; being there at all where that is what is asked of counts."""
        sides, returned = (node.lhs, node.rhs), bool(node.modifier and node.modifier.return_bool)
        limits = [self.read(one) for one in sides]
        if not limits[0].above.terms and limits[1].above.terms:
            sides, limits, op = sides[::-1], limits[::-1], TURNED.get(op, op)
        value = limits[1].above
        if value.terms or limits[1].below != ONE:
            raise Refused("QUERY_DROPPED", f'"{op}" compares two values, and only one with a number can be carried')
        found = limits[0]
        if bare(sides[0]) and found.levels:
            atom = only(found, op)
            test = f"{atom.expr} {COMPARING[op]} {float(value.number)!r}"
            if returned:
                return Share(Amount.of(replace(atom, expr=f"case when {test} then 1 else 0 end")))
            return Share(
                Amount.of(replace(atom, filter=f"{bracketed(atom.filter)} and {test}" if atom.filter else test))
            )
        if op in (">", ">=", "!=") and not value.number and not returned:
            return found
        raise Refused("QUERY_DROPPED", f'"{op}" of a sum is no condition on the rows that are added up')

    def call(self, node: Any) -> Share:
        """A function."""
        name, args = str(node.func.name), list(node.args)
        if args and type(args[-1]).__name__ == "SubqueryExpr":
            return self.by_step(name, args[-1])
        if name in COUNTED:
            self.per_second = self.per_second or name in ("rate", "irate")
            return Share(Amount.of(self.atom(args[0].vector_selector, "sum", "increase")))
        if name in OVER_TIME:
            return self.over_time(name, args[0])
        if name in ("histogram_fraction", "histogram_count"):
            return self.histogram(name, args)
        if name in ("clamp_min", "clamp_max", "clamp"):
            self.notes.append(("CLAMP_DROPPED", f'"{name}" is left out: counts lie where they lie'))
            return self.read(args[0])
        if name in KEEPING:
            return self.read(args[0])
        raise Refused("FUNCTION_DROPPED", f'"{name}" is not told by what was counted in each minute')

    def by_step(self, name: str, node: Any) -> Share:
        """A level asked for step by step, which a minute is here; Refused where it is counts that are asked for so."""
        inner = self.read(node.expr) if name in ("sum_over_time", "avg_over_time") else Share(Amount())
        stands = all(one.is_level or one.agg == "count" for one, _ in inner.above.terms)
        if not inner.above.terms or inner.below != ONE or not stands:
            why = f'"{name}" reads a subquery, whose value hangs on how often it is asked'
            raise Refused("SUBQUERY_DROPPED", why)
        self.notes.append(("STEP_DROPPED", "its subquery is told minute by minute, whatever its own step"))
        return inner if name == "sum_over_time" else inner.mean()

    def over_time(self, name: str, node: Any) -> Share:
        """All samples of a level."""
        atom = self.atom(node.vector_selector, "sum", OVER_TIME[name])
        if self.level and name in ("min_over_time", "max_over_time", "last_over_time"):
            self.notes.append(("STEP_DROPPED", f'"{name}" is told minute by minute, whatever its own range'))
        return Share(Amount.of(atom))

    def histogram(self, name: str, args: list[Any]) -> Share:
        """How many values of a histogram there are, or what share of them lies between two bounds."""
        inner = only(self.read(args[-1]), name)
        every = replace(inner, expr=BUCKETS, histogram=True)
        if name == "histogram_count":
            return Share(Amount.of(every))
        low, high = (bound(one) for one in args[:2])
        return Share(between(every, low, high), Amount.of(every))

    def instant(self, node: Any) -> Atom:
        """A name by itself: what it counted, or where it stood in each minute."""
        name = name_of(node)
        counts = name.endswith(COUNTERS) if self.counter is None else self.counter
        return self.atom(node, "sum", "increase" if counts else "last")

    def atom(self, node: Any, agg: str, expr: str) -> Atom:
        """An aggregation over the minutes that a selector picks."""
        if node.at is not None:
            raise Refused("QUERY_DROPPED", '"@" fixes a time, and a number here is told for any')
        if node.offset is not None:
            self.notes.append(
                ("OFFSET_DROPPED", f"the offset of {name_of(node)} is left out: late samples are waited for")
            )
        filter, labels = condition(node.matchers)
        return Atom(name_of(node), agg, expr, filter, labels)


def refuse_subquery(node: Any) -> None:
    """Refuses a subquery by name."""
    if type(node).__name__ == "SubqueryExpr":
        raise Refused("SUBQUERY_DROPPED", "it is a subquery, whose value hangs on how often it is asked")


def name_of(node: Any) -> str:
    """The name of the series that a selector picks."""
    named = [one for one in node.matchers.matchers if one.name == "__name__"]
    if node.name and not named:
        return str(node.name)
    if len(named) == 1 and str(named[0].op) == "MatchOp.Equal" and named[0].value:
        return str(named[0].value)
    raise Refused("QUERY_DROPPED", "it picks series by a pattern of their names, and a dataset is of one name")


def only(share: Share, asked: str) -> Atom:
    """The one aggregation that something is; Refused otherwise."""
    atom = share.above.only if share.below == ONE else None
    if atom is None:
        raise Refused("QUERY_DROPPED", f'"{asked}" is asked of something computed, and not of series as they come')
    return atom


def bare(node: Any) -> bool:
    """Whether a node is a series as it comes, and no sum."""
    kind = type(node).__name__
    if kind == "ParenExpr":
        return bare(node.expr)
    return kind == "VectorSelector" or (kind == "Call" and str(node.func.name) in OVER_TIME)


def between(every: Atom, low: float, high: float) -> Amount:
    """The values of a histogram between two bounds; a bucket that a bound cuts counts by how far."""
    from truenorth.define.series import within

    found = Amount.of(replace(every, expr=f"{within(high)} * {BUCKETS}") if high != float("inf") else every)
    if low <= 0:
        return found
    return found.plus(Amount.of(replace(every, expr=f"{within(low)} * {BUCKETS}")).times(Fraction(-1)))


def bracketed(condition: str) -> str:
    """A condition that others can be added to."""
    return f"({condition})" if " or " in condition else condition


def exactly(value: float) -> Fraction:
    """A number as it was written."""
    if not isfinite(value):
        raise Refused("QUERY_DROPPED", f"{value} is no number to count with")
    return Fraction(repr(value))


def bound(node: Any) -> float:
    """The number that a bound is, which may be without end."""
    if type(node).__name__ == "UnaryExpr":
        return -bound(node.expr)
    if type(node).__name__ != "NumberLiteral":
        raise Refused("QUERY_DROPPED", "a bound of a histogram is computed, and it must be a number")
    return float(node.val)
