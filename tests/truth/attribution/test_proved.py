"""Credit proved by `verify`, which shares out in Python what the engine shares out in SQL."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.truth.credited import MODELS, WORLD
from truenorth.base.table import Table
from truenorth.query.answer import Answer
from truenorth.query.request import MetricQuery
from truenorth.query.verify import verify


@pytest.mark.parametrize("model", MODELS)
def test_both_builders_agree(engine: str, model: str) -> None:
    runner = WORLD.on(engine)
    names = (f"revenue_{model}",)
    report = verify(runner.catalog, lambda query: runner.ask(query, WORLD.now), WORLD.now, names, 2)
    assert report.passed, str(report.smallest)
    assert report.compared > 20


def test_a_wrong_model_is_found() -> None:
    """An engine that gives everything to the last touch where it should share out makes the same total."""
    runner = WORLD.on("duckdb")

    def wrong(query: MetricQuery) -> Answer:
        answer = runner.ask(query, WORLD.now)
        if query.by != ("channel",) or query.where or query.limit:
            return answer
        moved = {"ads": Decimal("10.05"), "direct": Decimal("150.00"), None: Decimal("37.00")}
        return replace(answer, table=Table(answer.table.columns, tuple(moved.items())))

    report = verify(runner.catalog, wrong, WORLD.now, ("revenue_linear",), 100)
    assert report.smallest is not None and report.smallest.metric == "revenue_linear"
    assert "channel" in report.smallest.cell
