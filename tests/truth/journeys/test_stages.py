"""A funnel step by step, and the periods in which it may still go on. Worked by hand."""

from __future__ import annotations

from datetime import datetime

import pytest

from tests.truth.case import World, day
from truenorth.query.request import MetricQuery
from truenorth.query.stages import stages_of, told_long

DEFINITIONS = """
datasets:
  - {name: events, source: events, time: at, fields: [{name: person}, {name: event}]}
metrics:
  - name: paid
    type: funnel
    dataset: events
    entity: person
    window: 2 days
    exclusions: [{filter: "event = 'leave'"}]
    steps:
      - {name: came, filter: "event = 'come'"}
      - {name: asked, filter: "event = 'ask'", optional: true}
      - {name: tried, filter: "event = 'try'"}
      - {name: paid, filter: "event = 'pay'"}
"""
SHOP = World(
    DEFINITIONS,
    events="""
    person text | event text | at timestamp
    ada         | come       | 2025-03-01T10:00:00
    ada         | ask        | 2025-03-01T10:01:00
    ada         | try        | 2025-03-01T10:10:00
    ada         | pay        | 2025-03-01T11:00:00
    ben         | come       | 2025-03-02T10:00:00
    ben         | try        | 2025-03-02T10:30:00
    cy          | come       | 2025-03-02T10:00:00
    cy          | leave      | 2025-03-02T10:01:00
    cy          | try        | 2025-03-02T10:02:00
    dot         | come       | 2025-03-04T09:00:00
    """,
    now=datetime(2025, 3, 5),
)


def test_each_step_says_who_reached_it_and_how_long_that_took(engine: str) -> None:
    runner = SHOP.on(engine)
    metric = runner.catalog.model.metrics["paid"]
    found = stages_of(metric, MetricQuery(()), lambda query: runner.ask(query, SHOP.now))
    assert [(one.name, one.reached, one.optional) for one in found.stages] == [
        ("came", 4, False), ("asked", 1, True), ("tried", 2, False), ("paid", 1, False),
    ]  # fmt: skip
    assert [one.rate for one in found.stages] == [1.0, 0.25, 0.5, 0.25]
    # The step before that is needed: those who tried are a share of those who came.
    assert [one.onward for one in found.stages[1:]] == [0.25, 0.5, 0.5]
    assert [one.median_time for one in found.stages[1:]] == [60.0, 1200.0, 3600.0]
    assert (found.excluded, found.immature) == (1, 1)
    assert told_long(found).table.rows[2] == ("tried", 2, 0.5, 0.5, 1200.0)


def test_of_nobody_there_are_no_shares(engine: str) -> None:
    runner = SHOP.on(engine)
    metric = runner.catalog.model.metrics["paid"]
    found = stages_of(metric, MetricQuery((), range="2024"), lambda query: runner.ask(query, SHOP.now))
    assert [(one.reached, one.rate, one.median_time) for one in found.stages] == [(0, None, None)] * 4


@pytest.mark.parametrize("name", ["paid", "paid__reached_tried", "paid__onward_paid"])
def test_days_fill_until_their_windows_are_over(engine: str, name: str) -> None:
    """At the end of 4 March the two days of who came on it are not over; those of 2 March, which ended on the 3rd, are."""
    asked = {"grain": "day", "range": "2025-03-01..2025-03-04"}
    assert SHOP.ask(engine, name, **asked).incomplete == (day("2025-03-04"),)
    assert SHOP.ask(engine, "paid__entered", **asked).incomplete == ()
