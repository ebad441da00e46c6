"""Complaints about conversions: more than all, other numbers beside their own input, months that are missing.

Each test names the thread it answers; the list is "Semantic / metrics layers", §3, classes 4 and 5.
"""

from __future__ import annotations

from pytest import approx

from tests.truth.case import World, day

# Ada visits twice and buys three times after the first visit; Ben visits and buys late; Cy visits and never buys.
SITE = World(
    """
datasets:
  - {name: visits, source: visits, primary_key: [id], time: at, fields: [{name: person}, {name: channel}]}
  - {name: buys, source: buys, primary_key: [id], time: at, fields: [{name: person}, {name: plan}]}
metrics:
  - {name: visits_made, type: simple, dataset: visits, agg: count}
  - {name: buys_made, type: simple, dataset: buys, agg: count}
  - {name: pro_buys, type: simple, dataset: buys, agg: count, filter: plan = 'pro'}
  - {name: rate, type: conversion, entity: person, base_metric: visits_made, conversion_metric: buys_made, window: 7 days}
  - {name: pro_rate, type: conversion, entity: person, base_metric: visits_made, conversion_metric: pro_buys, window: 7 days}
  - {name: twice, type: derived, expr: rate * 2, input_metrics: [{name: rate}]}
  - name: converted
    type: conversion
    entity: person
    base_metric: visits_made
    conversion_metric: buys_made
    window: 7 days
    calculation: conversions
""",
    visits="""
        id integer | person text | at date    | channel text
        1          | ada         | 2025-01-06 | web
        2          | ada         | 2025-03-20 | mail
        3          | ben         | 2025-01-08 | web
        4          | cy          | 2025-03-02 | web
    """,
    buys="""
        id integer | person text | at date    | plan text
        1          | ada         | 2025-01-07 | pro
        2          | ada         | 2025-01-08 | basic
        3          | ada         | 2025-01-09 | pro
        4          | ben         | 2025-02-20 | pro
    """,
)


def test_no_rate_is_above_all(engine: str) -> None:
    """metricflow#2068: several conversions after one visit made more than 100 %."""
    assert SITE.rows(engine, "converted", "rate") == [(1, approx(1 / 4))]
    assert SITE.rows(engine, "rate", by="channel") == [("mail", 0), ("web", approx(1 / 3))]


def test_beside_its_own_inputs_it_is_the_same(engine: str) -> None:
    """metricflow#2111: a conversion was counted too often when asked next to its own input."""
    alone = SITE.rows(engine, "rate", "converted", grain="month")
    for metrics in (
        ("rate", "converted", "visits_made", "buys_made"),
        ("buys_made", "visits_made", "converted", "rate"),
    ):
        rows = SITE.rows(engine, *metrics, grain="month")
        at = [1 + metrics.index(name) for name in ("rate", "converted")]
        found = [(row[0], *(row[one] for one in at)) for row in rows if row[0] in {label for label, *_ in alone}]
        assert found == alone
    together = SITE.rows(engine, "visits_made", "buys_made", "converted", grain="month")
    assert together == [(day("2025-01"), 2, 3, 1), (day("2025-02"), 0, 1, 0), (day("2025-03"), 2, 0, 0)]


def test_months_without_visits_are_filled(engine: str) -> None:
    """metricflow#1048: the time spine was ignored for conversions."""
    rows = SITE.rows(engine, "converted", "rate", grain="month", fill=True)
    assert rows == [(day("2025-01"), 1, approx(0.5)), (day("2025-02"), 0, None), (day("2025-03"), 0, 0)]


def test_conditions_reach_both_events_where_they_belong(engine: str) -> None:
    """metricflow#1781, sidemantic PR #75: filters on conversions dropped, slicing wrong."""
    assert SITE.rows(engine, "rate", "twice", where="channel = 'web'") == [(approx(1 / 3), approx(2 / 3))]
    assert SITE.rows(engine, "rate", "twice", where="channel = 'mail'") == [(0, 0)]
    assert SITE.rows(engine, "pro_rate", "rate", range="2025-01") == [(approx(0.5), approx(0.5))]
