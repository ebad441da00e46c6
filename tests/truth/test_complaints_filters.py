"""Complaints about conditions that are dropped or applied at the wrong stage, and that bleed into other metrics.

Each test names the thread it answers; the list is "Semantic / metrics layers", §3, class 4 and metabase#25455.
"""

from __future__ import annotations

from typing import Any

import pytest
from pytest import approx

from tests.truth.case import World, day

VISITS = World(
    """
datasets:
  - {name: visits, source: visits, time: day, fields: [{name: channel}, {name: device}, {name: bought}]}
metrics:
  - {name: visits_made, type: simple, dataset: visits, agg: count}
  - {name: purchases, type: simple, dataset: visits, agg: count, filter: bought}
  - {name: conversion, type: ratio, numerator: purchases, denominator: visits_made}
  - {name: visits_ytd, type: cumulative, input_metric: visits_made, grain_to_date: year}
  - {name: web_ytd, type: cumulative, input_metric: visits_made, grain_to_date: year, filter: channel = 'web'}
  - name: phone_share
    type: derived
    expr: phones / visits_made
    input_metrics: [{name: visits_made, alias: phones, filter: device = 'phone'}, {name: visits_made}]
  - name: growth
    type: derived
    expr: now - before
    input_metrics: [{name: visits_made, alias: now}, {name: visits_made, alias: before, offset_window: 1 month}]
  - name: share_growth
    type: derived
    expr: now - before
    input_metrics: [{name: phone_share, alias: now}, {name: phone_share, alias: before, offset_window: 1 month}]
  - name: web_share_growth
    type: derived
    expr: share_growth
    filter: channel = 'web'
    input_metrics: [{name: share_growth}]
  - name: ytd_of_phones
    type: derived
    expr: phones / everybody
    input_metrics: [{name: visits_ytd, alias: phones, filter: device = 'phone'}, {name: visits_ytd, alias: everybody}]
  - {name: bought_after, type: derived, expr: conversion * 100, input_metrics: [{name: conversion}]}
""",
    visits="""
        day date   | channel text | device text | bought boolean
        2025-01-10 | web          | phone       | true
        2025-01-11 | web          | desk        | false
        2025-01-12 | mail         | phone       | true
        2025-02-03 | web          | phone       | false
        2025-02-04 | mail         | desk        | true
        2025-02-05 | web          | desk        | true
        2025-02-06 | web          | phone       | false
    """,
)
# January and February: web has 2 and 3 visits of which 1 and 2 by phone, and 1 purchase each; mail 1 and 1.
BY_HAND: dict[str, tuple[tuple[Any, Any], tuple[Any, Any]]] = {
    "visits_made": ((3, 4), (2, 3)),
    "purchases": ((2, 2), (1, 1)),
    "conversion": ((2 / 3, 2 / 4), (1 / 2, 1 / 3)),
    "visits_ytd": ((3, 7), (2, 5)),
    "web_ytd": ((2, 5), (2, 5)),
    "phone_share": ((2 / 3, 2 / 4), (1 / 2, 2 / 3)),
    "growth": ((3, 1), (2, 1)),
    "share_growth": ((None, -1 / 6), (None, 1 / 6)),
    "web_share_growth": ((None, 1 / 6), (None, 1 / 6)),
    "ytd_of_phones": ((2 / 3, 4 / 7), (1 / 2, 3 / 5)),
    "bought_after": ((200 / 3, 50), (50, 100 / 3)),
}


def values(rows: list[tuple[Any, ...]]) -> dict[Any, Any]:
    return {row[0]: row[1] for row in rows if row[1] is not None}


@pytest.mark.parametrize("metric", BY_HAND)
def test_a_condition_reaches_the_rows_at_every_depth(engine: str, metric: str) -> None:
    """metricflow#1781, #920, PR #1950, dbt_metrics#215: where-conditions on derived, nested and cumulative metrics."""
    everything, web = BY_HAND[metric]
    months = (day("2025-01"), day("2025-02"))
    for where, wanted in (((), everything), (("channel = 'web'",), web)):
        expected = {month: approx(value) for month, value in zip(months, wanted, strict=True) if value is not None}
        assert values(VISITS.rows(engine, metric, grain="month", where=where)) == expected
        only_february = VISITS.rows(engine, metric, grain="month", where=where, range="2025-02")
        assert values(only_february) == {months[1]: approx(wanted[1])}
    by = VISITS.rows(engine, metric, by="channel", grain="month")
    of_web = {row[0]: row[2] for row in by if row[1] == "web" and row[2] is not None}
    assert of_web == {month: approx(value) for month, value in zip(months, web, strict=True) if value is not None}


def test_metrics_side_by_side_keep_their_own_conditions(engine: str) -> None:
    """metabase#25455: the filters of metrics bled into each other."""
    metrics = tuple(BY_HAND)
    for asked in (metrics, metrics[::-1]):
        for where, at in (((), 0), (("channel = 'web'",), 1)):
            [row] = VISITS.rows(engine, *asked, grain="month", where=where, range="2025-02")
            assert row[1:] == tuple(approx(BY_HAND[metric][at][1]) for metric in asked)
