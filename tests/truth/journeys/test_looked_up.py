"""Conditions that look up another metric for each row, in journeys: `METRIC(orders_placed by who) > 2`."""

from __future__ import annotations

from datetime import date

import pytest

from tests.truth.case import World
from tests.truth.journeys.crowd import proven
from truenorth.query.behind import behind
from truenorth.query.request import MetricQuery
from truenorth.query.retention import matrix

OFTEN = "METRIC(orders_placed by who) > 2"
METRICS = f"""
datasets:
  - {{name: orders, source: orders, time: at, fields: [{{name: who}}, {{name: kind}}]}}
metrics:
  - {{name: orders_placed, type: simple, dataset: orders, agg: count}}
  - {{name: back, type: retention, dataset: orders, entity: who, period: week, after: 1}}
  - {{name: came_back, type: retention, of: back, part: retained}}
  - {{name: often, type: retention, dataset: orders, entity: who, period: week, after: 1, start: "{OFTEN}"}}
  - {{name: began_often, type: retention, of: often, part: cohort}}
  - {{name: there, type: lifecycle, dataset: orders, entity: who, period: week}}
  - {{name: there_often, type: lifecycle, dataset: orders, entity: who, period: week, filter: "{OFTEN}"}}
  - {{name: visits, type: sessions, dataset: orders, entity: who}}
  - {{name: ways, type: paths, dataset: orders, entity: who, node: kind, from: "kind = 'look'"}}
  - name: bought
    type: funnel
    dataset: orders
    entity: who
    window: 30 days
    steps: [{{name: look, filter: "kind = 'look'"}}, {{name: buy, filter: "kind = 'buy' and {OFTEN}"}}]
  - {{name: lookers, type: funnel, of: bought, part: entered}}
  - {{name: buyers, type: funnel, of: bought, part: converted}}
"""
# Ada has three rows, Ben two; both look first and buy in the next week.
ORDERS = """
who text | at timestamp        | kind text
ada      | 2025-03-03T10:00:00 | look
ada      | 2025-03-10T10:00:00 | buy
ada      | 2025-03-11T10:00:00 | buy
ben      | 2025-03-04T10:00:00 | look
ben      | 2025-03-12T10:00:00 | buy
"""
WORLD = World(METRICS, orders=ORDERS)
ASKED = {"range": "2025-03-03..2025-03-09"}


@pytest.mark.parametrize(
    ("metric", "everybody", "often"), [("came_back", 2, 1), ("there", 2, 1), ("visits", 2, 1), ("ways", 2, 1)]
)
def test_a_question_asks_for_those_of_whom_a_metric_says_so(
    engine: str, metric: str, everybody: int, often: int
) -> None:
    assert WORLD.value(engine, metric, **ASKED) == everybody
    assert WORLD.value(engine, metric, where=OFTEN, **ASKED) == often


def test_a_journey_is_of_those_of_whom_a_metric_says_so(engine: str) -> None:
    assert WORLD.rows(engine, "lookers", "buyers") == [(2, 1)]
    assert WORLD.value(engine, "began_often", **ASKED) == 1
    assert WORLD.rows(engine, "there_often", grain="week", **ASKED) == [(date(2025, 3, 3), 1)]


def test_a_matrix_is_of_them_too(engine: str) -> None:
    found = matrix(WORLD.on(engine), MetricQuery(("back",), where=(OFTEN,), **ASKED), WORLD.now, 2)
    assert [(one.size, one.retained) for one in found.cohorts] == [(1, (1, 1))]


def test_they_are_listed(engine: str) -> None:
    query = MetricQuery(("came_back",), where=(OFTEN,), **ASKED)
    found = behind(WORLD.on(engine), query, WORLD.now)
    assert [row[0] for row in found.answer.table.rows] == ["ada"]


def test_the_second_builder_says_the_same(engine: str) -> None:
    proven(WORLD, engine, ("back", "often", "there_often", "bought"))
