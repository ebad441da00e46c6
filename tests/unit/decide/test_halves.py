"""What stands above and below the line, and what has no line."""

from __future__ import annotations

import pytest

from truenorth.decide.halves import halves
from truenorth.define.model import InputMetric, Metric

ROW = {"revenue": 100.0, "costs": 30.0, "orders": 4.0}


def derived(expr: str, **changes: str) -> Metric:
    inputs = [InputMetric("revenue", alias="r"), InputMetric("costs", **changes), InputMetric("orders")]
    return Metric("m", "derived", expr=expr, input_metrics=inputs)


def test_a_ratio_is_its_own_halves() -> None:
    found = halves(Metric("m", "ratio", numerator="revenue", denominator="orders"))
    assert found is not None
    assert (found.names, found.above(ROW), found.below(ROW)) == (("revenue", "orders"), 100, 4)


@pytest.mark.parametrize(
    ("expr", "above", "below"),
    [
        ("r / orders", 100, 4),
        ("(r - costs) / r", 70, 100),
        ("(r + costs) / nullif(orders, 0)", 130, 4),
        ("-costs / (2 * orders)", -30, 8),
        ("r * 100 / coalesce(orders, 0)", 10_000, 4),
    ],
)
def test_one_sum_over_another_has_halves(expr: str, above: float, below: float) -> None:
    found = halves(derived(expr))
    assert found is not None
    assert (found.above(ROW), found.below(ROW)) == (above, below)


@pytest.mark.parametrize(
    "expr", ["r - costs", "r / orders - 1", "r * costs / orders", "(r + 1) / orders", "sqrt(r) / orders", "case r", ""]
)
def test_what_is_no_sum_over_a_sum_has_none(expr: str) -> None:
    assert halves(derived(expr)) is None


def test_inputs_seen_otherwise_have_no_column() -> None:
    assert halves(derived("r / costs", offset_window="1 month")) is None
    assert halves(derived("r / costs", filter="plan = 'pro'")) is None
    assert halves(Metric("m", "ratio", numerator="a", denominator="b", filter="plan = 'pro'")) is None
    assert halves(Metric("m", "simple", dataset="d", agg="sum")) is None
