"""The whole of the data, by the hour, minute and day: windows that look back find it without a range being named."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from tests.truth.case import World

CLICKS = World(
    """
datasets:
  - {name: clicks, source: clicks, time: at}
metrics:
  - {name: clicked, type: simple, dataset: clicks, agg: count}
  - {name: an_hour_ago, type: derived, expr: clicked, input_metrics: [{name: clicked, offset_window: 1 hour}]}
  - {name: all_time, type: cumulative, input_metric: clicked, period_agg: average}
  - {name: since_month, type: derived, expr: all_time, input_metrics: [{name: all_time, offset_to_grain: month}]}
  - {name: three_hours, type: cumulative, input_metric: clicked, window: 3 hours}
""",
    clicks="""
    at timestamp
    2025-12-01T22:10:00
    2025-12-01T22:40:00
    2025-12-02T00:05:00
    """,
)


@pytest.mark.parametrize(
    ("metric", "wanted"),
    [
        ("an_hour_ago", {(1, 23): 2, (2, 1): 1}),
        ("three_hours", {(1, 22): 2, (1, 23): 2, (2, 0): 3, (2, 1): 1, (2, 2): 1}),
    ],
)
def test_hours_of_all_the_data(engine: str, metric: str, wanted: dict[Any, Any]) -> None:
    rows = {at: value for at, value in CLICKS.rows(engine, metric, grain="hour") if value}
    found = {(at.day, at.hour): value for at, value in rows.items() if isinstance(at, datetime)}
    assert found == wanted


def test_each_day_of_a_period_counts_by_itself_even_where_all_look_at_one_window(engine: str) -> None:
    assert [value for _, value in CLICKS.rows(engine, "since_month", grain="month", range="2025-12")] == [2]
