"""A question that takes too long is stopped clearly, and nothing else is harmed."""

from __future__ import annotations

from time import monotonic

import pytest

from tests.truth.case import NOW, Rows, World
from truenorth.base.deadline import check, left, within
from truenorth.base.errors import QueryError
from truenorth.query.request import MetricQuery

ENDLESS = {
    "duckdb": "SELECT count(*) FROM range(1000000) AS a, range(1000000) AS b WHERE a.range + b.range = -1",
    "clickhouse": "SELECT count() FROM numbers(1000000) AS a, numbers(1000000) AS b WHERE a.number + b.number < 0",
}
STEPS = ", ".join(f"{{name: s{number}, filter: \"event = '{number}'\"}}" for number in range(20))
MODEL = f"""\
datasets:
  - {{name: events, source: events, time: at, fields: [{{name: person}}, {{name: event}}]}}
metrics:
  - {{name: funnel, type: funnel, dataset: events, entity: person, window: 1 day, steps: [{STEPS}]}}
"""
EVENTS = Rows({"person": "text", "event": "text", "at": "timestamp"}, [["ada", "0", NOW]])


def test_the_warehouse_stops_when_the_time_is_over(engine: str) -> None:
    catalog = World(MODEL, events=EVENTS).on(engine).catalog
    began = monotonic()
    with within(0.3), pytest.raises(QueryError) as caught:
        catalog.engine.rows(ENDLESS[engine])
    assert caught.value.code == "E_TOO_SLOW"
    assert monotonic() - began < 30
    assert catalog.engine.rows("SELECT 1") == [(1,)]


def test_a_question_is_stopped_and_the_next_is_answered(engine: str) -> None:
    slow = World(MODEL, workspace="question_seconds: 0.000001\n", events=EVENTS).on(engine)
    with pytest.raises(QueryError) as caught:
        slow.ask(MetricQuery(("funnel",)), NOW)
    assert caught.value.code == "E_TOO_SLOW"
    quick = World(MODEL, workspace="question_seconds: 60\n", events=EVENTS)
    assert quick.rows(engine, "funnel") == [(0.0,)]


def test_a_question_inside_another_shares_its_time() -> None:
    assert left() is None
    with within(50), within(500):
        found = left()
        assert found is not None and found <= 50
        check()
    check()
