"""The tests that definitions carry: an expected number, and what the metric says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal, InvalidOperation

from msgspec import Struct

from truenorth.base.errors import TrueNorthError
from truenorth.base.table import Value
from truenorth.define.model import Metric, MetricTest, Model
from truenorth.query.answer import Answer
from truenorth.query.request import MetricQuery

Ask = Callable[[MetricQuery], Answer]
# Sums of floating numbers differ in their last digits with the order of rows.
SLACK = Decimal("1e-9")


class Outcome(Struct, frozen=True):
    """One test of one metric: what was expected, what came, and what went wrong."""

    metric: str
    where: str
    expected: Value
    actual: Value
    passed: bool
    place: str
    problem: str = ""

    def __str__(self) -> str:
        asked = f"{self.metric}{f' where {self.where}' if self.where else ''}"
        if self.passed:
            return f"ok      {asked} = {self.actual}"
        return f"FAILED  {asked}: expected {self.expected}, is {self.problem or self.actual} ({self.place})"


def outcomes(model: Model, ask: Ask) -> Iterator[Outcome]:
    """Every test of every metric, in order of definition."""
    for metric in model.metrics.values():
        for expectation in metric.tests:
            yield outcome(metric, expectation, ask)


def outcome(metric: Metric, expectation: MetricTest, ask: Ask) -> Outcome:
    """One test, asked."""
    place = str(expectation.spot.at())
    where = (expectation.where,) if expectation.where else ()
    try:
        rows = ask(MetricQuery((metric.name,), where=where)).table.rows
    except TrueNorthError as error:
        return Outcome(metric.name, expectation.where, expectation.equals, None, False, place, str(error))
    actual = rows[0][0] if rows else None
    passed = same(actual, expectation.equals, expectation.tolerance)
    return Outcome(metric.name, expectation.where, expectation.equals, actual, passed, place)


def same(actual: Value, expected: Value, tolerance: float = 0.0) -> bool:
    """Whether two values are equal as numbers, give or take the tolerance.

    >>> same(Decimal("10.00"), 10), same(None, 0), same(0.1 + 0.2, 0.3)
    (True, False, True)
    """
    if actual is None or expected is None:
        return actual is expected
    try:
        one, other = Decimal(str(actual)), Decimal(str(expected))
    except InvalidOperation:
        return str(actual) == str(expected)
    if one == other:
        return True
    if not (one.is_finite() and other.is_finite()):
        return False
    return abs(one - other) <= max(Decimal(str(tolerance)), SLACK * max(abs(one), abs(other), Decimal(1)))
