"""Money is decimal from the rows to the answer: no plan of it holds a floating number, and no answer is one."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from truenorth import workspace
from truenorth.define.load import load
from truenorth.define.model import Metric, Model
from truenorth.demo import demo_folder

FLOATING = ("DOUBLE", "FLOAT", "REAL")
# What lies between two amounts is estimated, and becomes a decimal after it.
MEASURED = ("median", "percentile")


def model() -> Model:
    """The definitions of the example company."""
    return load(demo_folder("acme"))


def money(made: Model) -> list[Metric]:
    """Everything that is money there: amounts, and what one of something brings or costs."""
    return [one for one in made.metrics.values() if one.unit == "currency" and one.agg not in MEASURED]


@pytest.mark.parametrize("name", [one.name for one in money(model())])
def test_no_floating_number_touches_money(acme: Path, name: str) -> None:
    with workspace.open(acme) as opened:
        for grain in ("", "month"):
            answer = opened.query(name, grain=grain, vs="prev", range="2026-Q1")
            assert not any(word in answer.sql for word in FLOATING)
            values = [row[name] for row in answer.table.dicts()]
            assert {type(value) for value in values} <= {Decimal, type(None), int}
            assert any(values)


def test_amounts_and_what_is_divided_are_both_walked() -> None:
    found = money(model())
    assert {"revenue", "mrr", "contract_mrr", "contract_mrr_fx", "contract_arr"} <= {one.name for one in found}
    assert {"aov", "arpa", "cost_per_acquisition", "revenue_per_day"} <= {
        one.name for one in found if one.type == "ratio"
    }
