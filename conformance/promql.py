"""A slow reading of PromQL over minutes of series, to compare answers with: every vector is built as it is written.

A range is all there is, so that a rate is what was counted in all; a name by itself is the last value of one minute.
"""

from __future__ import annotations

import operator
import random
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import promql_parser

Vector = dict[frozenset[tuple[str, str]], float]
PLACEHOLDER = re.compile(r"\{\{\s*\.\w+\s*\}\}")
ARITHMETIC: dict[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": lambda one, two: one / two if two else float("nan"),
}
COMPARISON: dict[str, Callable[[float, float], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@dataclass(frozen=True)
class Minute:
    """What one series did in one minute."""

    name: str
    labels: tuple[tuple[str, str], ...]
    minute: int
    increase: float
    samples: tuple[float, ...]

    def has(self, matchers: Iterable[Any]) -> bool:
        """Whether it is of a series that all matchers fit."""
        held = {**dict(self.labels), "__name__": self.name}
        return all(fits(one, held.get(one.name, "")) for one in matchers)


def fits(matcher: Any, value: str) -> bool:
    """Whether a matcher fits a label's value."""
    op = str(matcher.op).removeprefix("MatchOp.")
    same = value == matcher.value if op.endswith("Equal") else bool(re.fullmatch(matcher.value, value))
    return same != op.startswith("Not")


def parse(text: str) -> Any:
    """The tree of a query with any window in it."""
    return promql_parser.parse(PLACEHOLDER.sub("5m", text).strip())


def selectors(node: Any) -> Iterator[Any]:
    """All selectors in a tree."""
    if isinstance(node, promql_parser.VectorSelector):
        yield node
    for name in ("vector_selector", "expr", "lhs", "rhs"):
        if not isinstance(node, promql_parser.VectorSelector) and hasattr(node, name):
            yield from selectors(getattr(node, name))
    for one in getattr(node, "args", ()):
        yield from selectors(one)


class World:
    """All minutes there are."""

    def __init__(self, rows: list[Minute]) -> None:
        self.rows = rows
        self.minutes = sorted({row.minute for row in rows})

    def value(self, text: str) -> float:
        """The one value of a query over all there is; of levels, added up over all minutes."""
        tree = parse(text)
        if ranged(tree):
            return sum(self.read(tree, None).values())
        return sum(sum(self.read(tree, minute).values()) for minute in self.minutes)

    def at(self, text: str, minute: int) -> float | None:
        """The value of a query in a minute, the mean of several; None where it has none."""
        found = World([row for row in self.rows if row.minute == minute])
        told = found.read(parse(text), minute)
        return sum(told.values()) / len(told) if told else None

    def picked(self, node: Any, minute: int | None) -> dict[frozenset[tuple[str, str]], list[Minute]]:
        """The minutes of each series that a selector picks."""
        found: dict[frozenset[tuple[str, str]], list[Minute]] = {}
        for row in self.rows:
            if row.name == (node.name or row.name) and row.has(node.matchers.matchers) and minute in (None, row.minute):
                found.setdefault(frozenset(row.labels), []).append(row)
        return found

    def read(self, node: Any, minute: int | None) -> Vector:
        """A part of a query, over all or at a minute."""
        name = type(node).__name__
        if name == "ParenExpr":
            return self.read(node.expr, minute)
        if name == "NumberLiteral":
            return {frozenset(): node.val}
        if name == "VectorSelector":
            return {key: rows[-1].samples[-1] for key, rows in self.picked(node, minute).items()}
        if name == "AggregateExpr":
            return aggregated(node, self.read(node.expr, minute))
        if name == "BinaryExpr":
            return self.binary(node, minute)
        assert name == "Call", name
        return self.call(node, minute)

    def call(self, node: Any, minute: int | None) -> Vector:
        """A function."""
        name, inner = node.func.name, node.args[0]
        if name == "vector":
            return self.read(inner, minute)
        if type(inner).__name__ == "SubqueryExpr":
            found: Vector = {}
            for one in self.minutes:
                for key, value in self.read(inner.expr, one).items():
                    found[key] = found.get(key, 0) + value
            assert name == "sum_over_time", name
            return found
        rows = self.picked(inner.vector_selector, minute)
        if name in ("rate", "increase"):
            return {key: sum(row.increase for row in held) for key, held in rows.items()}
        every = {key: [value for row in held for value in row.samples] for key, held in rows.items()}
        over: dict[str, Callable[[list[float]], float]] = {
            "sum_over_time": sum,
            "count_over_time": len,
            "avg_over_time": lambda values: sum(values) / len(values),
        }
        return {key: over[name](values) for key, values in every.items()}

    def binary(self, node: Any, minute: int | None) -> Vector:
        """Two sides."""
        op, left, right = str(node.op), self.read(node.lhs, minute), self.read(node.rhs, minute)
        if op == "or":
            return left or right
        if op in COMPARISON:
            (limit,) = right.values()
            return {key: value for key, value in left.items() if COMPARISON[op](value, limit)}
        if set(left) != set(right):
            single = (left, right) if len(left) == 1 and frozenset() in left else (right, left)
            (number,) = single[0].values()
            pair = ARITHMETIC[op]
            first = single[0] is left
            return {key: pair(number, value) if first else pair(value, number) for key, value in single[1].items()}
        return {key: ARITHMETIC[op](left[key], right[key]) for key in left}


def aggregated(node: Any, inner: Vector) -> Vector:
    """Several series as one for each group."""
    groups: dict[frozenset[tuple[str, str]], list[float]] = {}
    modifier = node.modifier
    for key, value in inner.items():
        kept: frozenset[tuple[str, str]] = frozenset()
        if modifier is not None:
            by = str(modifier.type).endswith("By")
            kept = frozenset(pair for pair in key if (pair[0] in modifier.labels) == by)
        groups.setdefault(kept, []).append(value)
    told: dict[str, Callable[[list[float]], float]] = {"sum": sum, "count": len, "avg": lambda v: sum(v) / len(v)}
    return {key: told[str(node.op)](values) for key, values in groups.items()}


def ranged(node: Any) -> bool:
    """Whether a tree reads a range anywhere."""
    if type(node).__name__ in ("MatrixSelector", "SubqueryExpr"):
        return True
    inside = [getattr(node, name) for name in ("expr", "lhs", "rhs") if hasattr(node, name)]
    return any(ranged(one) for one in (*inside, *getattr(node, "args", ())))


VALUES = ("200", "204", "404", "429", "500", "503", "")


def rows_for(texts: Iterable[str], seed: int, minutes: int = 4) -> list[Minute]:
    """Minutes of every series that some queries read, and of some beside them, made up but always the same."""
    drawn = random.Random(seed)
    wanted: dict[str, dict[str, list[str]]] = {}
    for text in texts:
        for one in selectors(parse(text)):
            labels = wanted.setdefault(one.name, {})
            for matcher in one.matchers.matchers:
                known = [matcher.value, "other"] if str(matcher.op).endswith("Equal") else list(VALUES)
                held = labels.setdefault(matcher.name, [])
                held += [value for value in known if value not in held]
    return [
        Minute(name, labels, minute, float(drawn.randint(0, 90)), samples(drawn))
        for name, labels_of in wanted.items()
        for labels in combined({**labels_of, "instance": ["a", "b"]})
        for minute in range(minutes)
        if drawn.random() < 0.9
    ]


def combined(labels: dict[str, list[str]]) -> list[tuple[tuple[str, str], ...]]:
    """All ways to have these labels; one that is empty is not there."""
    found: list[tuple[tuple[str, str], ...]] = [()]
    for name, values in labels.items():
        found = [(*one, (name, value)) if value else one for one in found for value in values]
    return list(dict.fromkeys(found))


def samples(drawn: random.Random) -> tuple[float, ...]:
    """A few samples of a minute."""
    return tuple(round(drawn.random(), 3) for _ in range(drawn.randint(1, 4)))
