"""Money is decimal from the rows to the answer: no plan of an amount holds a floating number, and no answer is one."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from truenorth import workspace
from truenorth.define.graph import computed_from
from truenorth.define.load import load
from truenorth.define.model import Metric, Model
from truenorth.demo import demo_folder

FLOATING = ("DOUBLE", "FLOAT", "REAL")
# A share, a mean and a middle are measurements of amounts, and no amounts that anything is added up from.
MEASURED = ("avg", "median", "percentile")


def is_amount(model: Model, metric: Metric) -> bool:
    """Whether a metric is money that adds up: sums, balances, and what is added to and taken from them."""
    parts = computed_from(model, metric.name)
    shares = any(one.type in ("ratio", "conversion") or one.agg in MEASURED or "/" in divided(one) for one in parts)
    return metric.unit == "currency" and not shares


def divided(metric: Metric) -> str:
    """The formula of a derived metric."""
    return metric.expr if metric.type == "derived" else ""


def amounts() -> list[str]:
    """The amounts of the example company."""
    model = load(demo_folder("acme"))
    return [name for name, metric in model.metrics.items() if is_amount(model, metric)]


@pytest.mark.parametrize("name", amounts())
def test_no_floating_number_touches_money(acme: Path, name: str) -> None:
    with workspace.open(acme) as opened:
        for grain in ("", "month"):
            answer = opened.query(name, grain=grain, vs="prev", range="2026-Q1")
            assert not any(word in answer.sql for word in FLOATING)
            values = [row[name] for row in answer.table.dicts()]
            assert {type(value) for value in values} <= {Decimal, type(None), int}
            assert any(values)


def test_the_amounts_are_most_of_the_money() -> None:
    assert {"revenue", "mrr", "contract_mrr", "contract_mrr_fx", "contract_arr", "marketing_spend"} <= set(amounts())
