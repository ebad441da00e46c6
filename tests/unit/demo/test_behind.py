"""Every number of the example company lists what makes it: as many rows or people, amounts that add up to it."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from truenorth import workspace
from truenorth.query.behind import word
from truenorth.query.request import MetricQuery

NEAR = Decimal("1e-6")


def test_what_lies_behind_every_metric_is_what_makes_it(acme: Path) -> None:
    checked = 0
    with workspace.open(acme) as opened:
        for name in opened.model.metrics:
            query = MetricQuery((name,), grain="month", range="2026-03..2026-05")
            rows = opened.query(query).table.rows
            at = tuple(word(value) for value in rows[-1][:-1]) if rows else ()
            for part in workspace.behind(opened, query, at, most=1).parts:
                found = workspace.behind(opened, query, at, part.name, most=1)
                metric, number = part.metric, Decimal(str(part.value or 0))
                if "days" in found.how:
                    continue
                if metric.agg in ("count", "count_distinct") or (found.entities and found.how == "counted"):
                    assert found.size == number, (name, part.name)
                elif metric.agg == "sum" or metric.type == "movement" or found.how == "added up":
                    assert abs(Decimal(str(found.total or 0)) - number) <= NEAR, (name, part.name)
                checked += 1
    assert checked > 80
