"""Comparisons with times inside conditions: `metric_time__month = '2026-01'`, `signed_up_at >= '30 days ago'`.

What such a text means depends on the type of the field, the zone and the now of the question, so that it is kept apart
from the SQL around it; compared with a field of another type it is the plain SQL it looks like.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from truenorth.base.ago import is_timely
from truenorth.base.period import GRAINS, PARTS
from truenorth.define.lookup import STANDS

if TYPE_CHECKING:
    from sqlglot import exp

TIME_NAME = "metric_time"
UNITS = (*GRAINS, *PARTS)
COMPARISONS = {"EQ": "=", "NEQ": "<>", "GT": ">", "GTE": ">=", "LT": "<", "LTE": "<="}
MIRRORED = {"=": "=", "<>": "<>", ">": "<", ">=": "<=", "<": ">", "<=": ">="}
CASTS = ("DATE", "DATETIME", "TIMESTAMP", "TIMESTAMPNTZ", "TIMESTAMPTZ", "TIMESTAMPLTZ")
GAP = re.compile("\x010\x02")


class TimeTest(Struct, frozen=True, array_like=True):
    """A field compared with texts; `typed` when the SQL states a type. `plain` is the SQL around the field."""

    reference: str
    operator: str
    values: list[str]
    text: str
    typed: bool
    plain: dict[str, list[str]]

    @property
    def shared(self) -> bool:
        """Whether it is about the time that all metrics share."""
        return is_shared(self.reference)

    def render(self, dialect: str, field: str) -> str:
        """The plain SQL."""
        return field.join(self.plain[dialect])


class Tests(Struct, frozen=True, array_like=True):
    """Tests joined by "and", "or" or "not"; alone with ""."""

    joined: str
    parts: list[Tests]
    test: TimeTest | None = None


def is_shared(reference: str) -> bool:
    """Whether a name is the shared time, with or without a grain."""
    return reference == TIME_NAME or reference.startswith(f"{TIME_NAME}__")


def time_test(node: exp.Expr, dialects: tuple[str, ...]) -> TimeTest | None:
    """The test that a comparison is, if it is one of a field with times."""
    from sqlglot import exp

    kind = type(node).__name__
    operator = COMPARISONS.get(kind, "")
    if operator:
        field, sides = node.this, [node.expression]
        if column_of(field) is None:
            field, sides, operator = node.expression, [node.this], MIRRORED[operator]
    elif isinstance(node, exp.Between) and not node.args.get("symmetric"):
        field, sides, operator = node.this, [node.args["low"], node.args["high"]], "between"
    elif isinstance(node, exp.In) and node.expressions:
        field, sides, operator = node.this, node.expressions, "in"
    else:
        return None
    column = column_of(field)
    if column is None:
        return None
    name = ".".join(part.name for part in column.parts)
    if name.startswith(STANDS.partition("{")[0]):
        return None
    values = [value_of(side, name) for side in sides]
    typed = field is not column or any(isinstance(side, exp.Cast) for side in sides)
    texts = [value for value in values if value is not None]
    if len(texts) < len(values) or not (is_shared(name) or all(map(is_timely, texts)) or numbered(name, sides)):
        return None
    gapped = node.copy()
    for found in [one for one in gapped.find_all(exp.Column) if one.parts[0].name == column.parts[0].name]:
        found.replace(exp.Var(this="\x010\x02"))
    plain = {dialect: GAP.split(gapped.sql(dialect=dialect, comments=False)) for dialect in dialects}
    return TimeTest(name, operator, texts, node.sql(dialect="duckdb", comments=False), typed, plain)


def column_of(node: Any) -> exp.Column | None:
    """A field, also inside a cast to a time."""
    from sqlglot import exp

    if isinstance(node, exp.Cast) and node.to.this.name in CASTS:
        node = node.this
    return node if isinstance(node, exp.Column) else None


def value_of(node: Any, name: str) -> str | None:
    """The text of a literal, also inside a cast to a time; a number for a part of a date."""
    from sqlglot import exp

    node = node.unnest() if isinstance(node, exp.Paren) else node
    if isinstance(node, exp.Cast) and node.to.this.name in CASTS:
        node = node.this
    if not isinstance(node, exp.Literal) or (not node.is_string and name.rpartition("__")[2] not in PARTS):
        return None
    return str(node.this)


def numbered(name: str, sides: list[Any]) -> bool:
    """Whether a part of a date is compared with whole numbers."""
    from sqlglot import exp

    return name.rpartition("__")[2] in PARTS and all(isinstance(side, exp.Literal) and side.is_int for side in sides)


def tests_of(node: exp.Expr, dialects: tuple[str, ...]) -> Tests | None:
    """The tests that a condition is made of; None when there is anything else in it."""
    from sqlglot import exp

    node = node.unnest()
    if isinstance(node, exp.And | exp.Or | exp.Not):
        sides = [node.this] if isinstance(node, exp.Not) else [node.this, node.expression]
        found = [part for side in sides if (part := tests_of(side, dialects)) is not None]
        return Tests(type(node).__name__.lower(), found) if len(found) == len(sides) else None
    test = time_test(node, dialects)
    return None if test is None else Tests("", [], test)


def all_tests(tests: Tests) -> list[TimeTest]:
    """Every test in a tree of them."""
    return [one for part in tests.parts for one in all_tests(part)] + ([tests.test] if tests.test else [])
