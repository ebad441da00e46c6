"""What is said of a balance that moved."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import pytest

from truenorth.base.period import Span
from truenorth.base.table import Table, Value
from truenorth.decide.moved import history_grain, sentence
from truenorth.define.model import Metric
from truenorth.define.part import SIGNS, Step
from truenorth.query.answer import Answer
from truenorth.query.request import MetricQuery
from truenorth.query.rollforward import Rollforward, walk

MRR = Metric("mrr", "movement", label="MRR", unit="currency", currency="EUR")


def told(**values: Value) -> str:
    """The sentence about one range."""
    parts = tuple(Step(part, part, SIGNS.get(part, 1), part.capitalize(), True) for part in values)
    empty = Answer(MetricQuery(("mrr",)), Table((), ()), Span(), "UTC", datetime(2026, 7, 1))
    return sentence(Rollforward(MRR, parts, walk(parts, dict(values)), (), empty, empty), MRR, "en")


def test_the_largest_movements_are_named_each_with_its_sign() -> None:
    said = told(opening=Decimal(100000), new=Decimal(50000), expansion=Decimal(20000), contraction=Decimal(1000), churn=Decimal(30000),
                closing=Decimal(139000))  # fmt: skip
    assert said == (
        "MRR rose by €39.0k, from €100.0k to €139.0k. New (+€50.0k) and expansion (+€20.0k) brought it up; "
        "churn (−€30.0k) brought it down."
    )


def test_a_balance_that_fell_stood_or_is_not_there() -> None:
    assert told(opening=10, churn=4, closing=6) == (
        "MRR fell by €4.00, from €10.00 to €6.00. Churn (−€4.00) brought it down."
    )
    assert told(opening=10, new=0, closing=10) == "MRR did not move: €10.00."
    assert told(opening=10, new=4, churn=4, closing=10).startswith("MRR came out from €10.00 to €10.00. New")
    assert told(opening=None, new=None, closing=None) == "MRR has no balance in this range."


@pytest.mark.parametrize(
    ("days", "asked", "grain"),
    [
        (30, "", "day"),
        (90, "", "week"),
        (550, "", "month"),
        (550, "day", "month"),
        (4000, "", "quarter"),
        (8, "hour", "day"),
    ],
)
def test_a_history_has_not_too_many_periods(days: int, asked: str, grain: str) -> None:
    assert history_grain(days, asked) == grain
