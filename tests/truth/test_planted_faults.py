"""Faults planted into the planner: verify finds each, with an example, and finds nothing without them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace as changed
from datetime import date, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from tests.truth.case import World
from truenorth.base.table import Table
from truenorth.define.model import Metric
from truenorth.query import join, plan, render, ways
from truenorth.query.conversion import Converting
from truenorth.query.kinds import VALUES, simple
from truenorth.query.leg import Pass
from truenorth.query.proof import Report
from truenorth.query.request import MetricQuery
from truenorth.query.run import Runner
from truenorth.query.verify import verify

SHOP = World(
    """
datasets:
  - name: orders
    source: orders
    primary_key: [id]
    time: at
    fields: [{name: customer}, {name: paid}, {name: pieces}, {name: channel}]
  - {name: terms, source: terms, primary_key: [name, since], fields: [{name: term}]}
  - {name: retail_days, source: retail_days, calendar: {column: day, grains: [retail_month]}}
  - {name: customers, source: customers, primary_key: [name], fields: [{name: region}]}
  - {name: lines, source: lines, fields: [{name: sku}]}
  - {name: visits, source: visits, primary_key: [id], time: at, fields: [{name: customer}, {name: channel}]}
  - {name: levels, source: levels, time: day, fields: [{name: plan}]}
relationships:
  - name: order_terms
    from: orders
    to: terms
    from_columns: [customer]
    to_columns: [name]
    valid_from: since
    valid_to: until
  - {name: order_customer, from: orders, to: customers, from_columns: [customer], to_columns: [name]}
  - {name: line_order, from: lines, to: orders, from_columns: [order_id], to_columns: [id]}
metrics:
  - {name: sales, type: simple, dataset: orders, agg: sum, expr: paid, dimensions: [region]}
  - {name: sold, type: simple, dataset: orders, agg: sum, expr: paid, dimensions: [lines.sku]}
  - {name: items, type: simple, dataset: orders, agg: sum, expr: pieces, dimensions: [channel]}
  - {name: price, type: ratio, numerator: sales, denominator: items, dimensions: [channel]}
  - {name: buyers, type: simple, dataset: orders, agg: count_distinct, expr: customer, dimensions: [channel]}
  - {name: sales_ytd, type: cumulative, input_metric: sales, grain_to_date: year, dimensions: [channel]}
  - {name: buyers_60, type: cumulative, input_metric: buyers, window: 60 days, dimensions: [channel]}
  - {name: closing, type: simple, dataset: orders, agg: last, expr: paid, dimensions: [channel]}
  - name: before
    type: derived
    expr: earlier
    input_metrics: [{name: sales, alias: earlier, offset_window: 1 month}]
    dimensions: [channel]
  - {name: on_terms, type: simple, dataset: orders, agg: sum, expr: paid, dimensions: [terms.term]}
  - name: of_large
    type: simple
    dataset: orders
    agg: sum
    expr: paid
    filter: METRIC(sales BY customer) > 50
    dimensions: [channel]
  - name: before_retail
    type: derived
    expr: earlier
    input_metrics: [{name: sales, alias: earlier, offset_window: 1 retail_month}]
    dimensions: [channel]
  - name: won
    type: conversion
    entity: customer
    base_metric: visits
    conversion_metric: placed
    calculation: conversions
    count_by: conversion
    dimensions: [channel]
  - name: level
    type: snapshot
    dataset: levels
    agg: sum
    expr: seats
    non_additive_dimension: {name: day}
    dimensions: [plan]
  - {name: visits, type: simple, dataset: visits, agg: count, dimensions: [channel]}
  - name: rate
    type: conversion
    entity: customer
    base_metric: visits
    conversion_metric: placed
    window: 3 days
    dimensions: [channel]
  - {name: placed, type: simple, dataset: orders, agg: count, dimensions: [channel]}
""",
    workspace="timezone: America/New_York\n",
    customers="name text | region text\nada | US\nben | DE\ncy |",
    orders="""
id integer | customer text | at timestamp        | paid integer | pieces integer | channel text
1          | ada           | 2025-01-05T10:00:00 | 10           | 1              | web
2          | ben           | 2025-01-20T10:00:00 | 20           | 4              | web
3          | ada           | 2025-02-01T02:00:00 | 40           | 2              | shop
4          | zoe           | 2025-02-10T10:00:00 | 80           | 5              | web
5          | cy            | 2025-02-11T10:00:00 | 160          | 3              |
6          | cy            | 2025-04-02T10:00:00 | 320          | 7              | shop
7          | ada           | 2025-04-03T10:00:00 | 640          | 6              | web
8          | ada           | 2025-04-02T20:00:00 | 1280         | 8              | web
9  | ben           |                     | 2560         | 9              | web
""",
    lines="order_id integer | sku text\n1 | a\n1 | a\n1 | b\n3 | a\n4 | b\n4 | b",
    terms="""
name text | since timestamp     | until timestamp     | term text
ada       | 2025-01-01T00:00:00 | 2025-02-01T02:00:00 | trial
ada       | 2025-02-01T02:00:00 | 2025-04-02T20:00:00 | month
ada       | 2025-04-02T20:00:00 |                     | year
ben       | 2025-01-01T00:00:00 |                     | year
""",
    retail_days="day date | retail_month text\n"
    + "\n".join(f"{date(2025, 1, 1) + timedelta(days=past)} | P{past // 28:02}" for past in range(196)),
    visits="""
id integer | customer text | at timestamp        | channel text
1          | ada           | 2025-01-04T10:00:00 | web
2          | ben           | 2025-01-10T10:00:00 | web
3          | ada           | 2025-01-31T10:00:00 | shop
4          |               | 2025-02-10T10:00:00 | web
5          | cy            | 2025-04-01T10:00:00 | shop
6          | ada           | 2025-04-01T12:00:00 |
""",
    levels="""
day date   | plan text | seats integer
2025-01-31 | pro       | 10
2025-01-31 | free      | 20
2025-02-28 | pro       | 10
2025-03-31 | free      | 30
""",
)
Plant = Callable[[pytest.MonkeyPatch], None]


def verified(engine: str, names: tuple[str, ...] = ()) -> Report:
    """What verify says, with nothing remembered from before."""
    catalog = SHOP.on(engine).catalog
    runner = Runner(catalog)
    return verify(catalog, lambda query: runner.ask(query, SHOP.now), SHOP.now, names, 6)


def wrapped(owner: Any, name: str, change: Callable[..., Any]) -> Plant:
    """Replaces a function by one that is given the old one first."""
    old = getattr(owner, name)
    return lambda patch: patch.setattr(owner, name, lambda *given, **more: change(old, *given, **more))


def inner_joins(old: Callable[..., str], rows: Any) -> str:
    return old(rows).replace("LEFT JOIN", "JOIN")


def next_day(old: Callable[..., str], writing: Any) -> str:
    return f"({old(writing)} + INTERVAL 1 DAY)"


def no_zone(old: Callable[..., str], writing: Any) -> str:
    return str(writing.time)


def repeated(old: Callable[..., Any], *given: Any) -> Any:
    made = old(*given)
    return type(made)(
        made.rows, made.bridge.replace("SELECT DISTINCT", "SELECT"), made.conditions, made.dimensions, made.repeated
    )


def average_of_ratios(planner: Any, metric: Metric, lens: Any) -> str:
    above = planner.model.metrics[metric.numerator]
    each = Metric(metric.name, "simple", dataset=above.dataset, agg="avg", expr="paid / pieces")
    return simple.filled(planner.leaf(each, lens), each)


def cut_history(old: Callable[..., Any], builder: Any, *given: Any) -> Any:
    start = builder.calendar.span.start
    found = old(builder, *given)
    return tuple(
        type(one)(one.labels, start, one.end) if one.start is None or one.start < start else one for one in found
    )


def without_periods(old: Callable[..., str], *given: Any) -> str:
    return f"{old(*given)} WHERE 1 = 0"


def last_per_group(old: Callable[..., Any], writing: Any) -> Any:
    return [("group_1", f"{writing.alias}.plan")] if writing.groups else []


def without_window(old: Callable[..., str], writing: Any, extra: list[str]) -> str:
    return Pass.where(writing, extra)


def any_conversion(old: Callable[..., Any], writing: Any) -> None:
    old(writing)
    rows = writing.source.rows
    rows.lines = [line.replace("ASOF JOIN", "JOIN") for line in rows.lines]


def not_earlier(old: Callable[..., Any], windows: Any, *given: Any) -> Any:
    return windows


def closed_ends(old: Callable[..., list[str]], *given: Any) -> list[str]:
    return [condition.replace(" < ", " <= ") for condition in old(*given)]


def keyless(old: Callable[..., str], rows: Any, one: Any) -> str:
    said = old(rows, one)
    rows.lines = [f"{line.split(' ON ')[0]} ON 1 = 1" if "lookup" in line else line for line in rows.lines]
    return said


def one_more(old: Callable[..., Any], by: Any, almanac: Any, window: Any, count: int) -> Any:
    return old(by, almanac, window, count - 1)


def every_visit_before(old: Callable[..., Any], writing: Any) -> None:
    old(writing)
    writing.source.rows.origin = writing.source.rows.origin.replace("ASOF JOIN", "JOIN")


def only_periods(old: Callable[..., str], given: Any, leaves: list[str], tables: list[str]) -> str:
    found = old(given, leaves, tables)
    kept = "SELECT * FROM rows_of_leg WHERE metric_time__month IS NOT NULL"
    tables[:] = [tables[0].replace("leg_1 AS", "rows_of_leg AS", 1), f"leg_1 AS ({kept})", *tables[1:]]
    return found


def rest_of_parts(old: Callable[..., Any], runner: Any, query: MetricQuery, *given: Any) -> Any:
    answer = old(runner, query, *given)
    if not query.other or len(answer.table.rows) < 2:
        return answer
    parts = old(runner, replace(query, other=False, limit=None), *given).table.rows
    first, rest = answer.table.rows
    summed = sum(row[-1] for row in parts if row[0] != first[0])
    return changed(answer, table=Table(answer.table.columns, (first, (*rest[:-1], summed))))


FAULTS: dict[str, tuple[Plant, tuple[str, ...]]] = {
    "rows without a region are dropped": (wrapped(join.Rows, "sql", inner_joins), ("sales",)),
    "days are shifted by one": (wrapped(Pass, "local", next_day), ("sales",)),
    "the zone is ignored": (wrapped(Pass, "local", no_zone), ("sales",)),
    "a row counts for each of its lines": (wrapped(join, "bridged", repeated), ("sold",)),
    "ratios are averaged": (lambda patch: patch.setitem(VALUES, "ratio", average_of_ratios), ("price",)),
    "history is cut at the range": (wrapped(plan.Builder, "windows", cut_history), ("sales_ytd",)),
    "empty periods are dropped": (wrapped(render, "filler", without_periods), ("sales",)),
    "distinct things are added up over days": (
        lambda patch: patch.setattr(ways, "FIRST_INSIDE", ways.INSIDE),
        ("buyers_60",),
    ),
    "each group has its own last day": (wrapped(ways, "taken_groups", last_per_group), ("level",)),
    "a conversion may take for ever": (wrapped(Converting, "where", without_window), ("rate",)),
    "several conversions count": (wrapped(Converting, "meet", any_conversion), ("rate",)),
    "a history's rows hold their last day too": (wrapped(join, "during", closed_ends), ("on_terms",)),
    "another metric's values are met without a key": (wrapped(join.Rows, "metric", keyless), ("of_large",)),
    "a calendar's offset goes one period too far": (
        wrapped(plan.windows_of.Reckoning, "moved_by", one_more),
        ("before_retail",),
    ),
    "a conversion counts for each visit before it": (wrapped(Converting, "meet", every_visit_before), ("won",)),
    "the rest is added up from its groups": (wrapped(Runner, "ask", rest_of_parts), ("buyers",)),
    "filling drops the rows without a date": (wrapped(render, "filler", only_periods), ("sales",)),
    "offsets are ignored": (wrapped(plan.windows_of, "shifted", not_earlier), ("before",)),
}


def test_nothing_is_found_where_nothing_is_planted(engine: str) -> None:
    report = verified(engine)
    assert report.passed, str(report.smallest)
    assert report.counts.keys() >= {
        "engine = naive",
        "grouped = filtered",
        "parts = total",
        "every period is there",
        "in a range = in the whole",
        "alone = together",
        "keys are unique",
        "rest = the others",
        "groups = values",
        "having = chosen",
    }


@pytest.mark.parametrize("fault", list(FAULTS))
def test_a_planted_fault_is_found(engine: str, fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    planted, names = FAULTS[fault]
    assert verified(engine, names).passed
    planted(monkeypatch)
    report = verified(engine, names)
    assert not report.passed, f"verify does not see that {fault}"
    found = report.smallest
    assert found is not None
    # The example names the metric and shows two numbers that should be one.
    assert found.metric in names
    assert found.one != found.other
    assert str(found.one) in str(found) and str(found.other) in str(found)
