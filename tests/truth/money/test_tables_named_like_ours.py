"""Tables that are called as a statement calls its own steps are read all the same.

The names are those that the statements of the questions below write, so that a new step is asked about by itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import cache
from typing import Any

import pytest
from msgspec.structs import replace
from sqlglot import exp, parse_one

from tests.truth.case import World, day
from truenorth.query.catalog import Catalog
from truenorth.query.request import MetricQuery
from truenorth.query.run import Runner

ONE = "{name: rows, source: NAME, time: started, primary_key: [id], fields: [{name: monthly, unit: currency, currency: code}, {name: amount}, {name: plan}, {name: code}, {name: customer}, {name: started}, {name: ended}]}"
TOLD = "{name: rows, query: 'select * from NAME', time: started, primary_key: [id], fields: [{name: monthly, unit: currency, currency: code}, {name: amount}, {name: plan}, {name: code}, {name: customer}, {name: started}, {name: ended}]}"
OTHER = "{name: quotes, source: quotes, rates: {date: day, from: base, to: quote, rate: rate, max_age: 99}}"
RATES = "{name: quotes, source: NAME, rates: {date: day, from: base, to: quote, rate: rate, max_age: 99}}"
METRICS = """
metrics:
  - {name: total, type: simple, dataset: rows, agg: sum, expr: amount}
  - {name: size, type: simple, dataset: rows, agg: count}
  - {name: large, type: simple, dataset: rows, agg: count, filter: "METRIC(total BY customer) > 12"}
  - {name: level, type: snapshot, dataset: rows, agg: sum, expr: amount, non_additive_dimension: {name: started}}
  - {name: running, type: cumulative, input_metric: total, window: 20 days}
  - {name: gone, type: simple, dataset: rows, agg: count, time: ended}
  - {name: share, type: ratio, numerator: total, denominator: size}
  - {name: rate, type: conversion, entity: customer, base_metric: size, conversion_metric: gone, window: 90 days}
  - {name: credit, type: attribution, base_metric: size, conversion_metric: total, entity: customer, window: 30 days, model: linear}
  - {name: earned, type: attribution, base_metric: size, conversion_metric: total, entity: customer, window: 30 days, model: first}
  - {name: mrr, type: movement, dataset: rows, expr: amount, entity: customer, end: ended}
  - {name: new_mrr, type: movement, balance: mrr, part: new}
  - {name: lost_mrr, type: movement, balance: mrr, part: churn}
  - {name: moved_in, type: movement, balance: mrr, part: transfer_in}
  - {name: customers, type: movement, balance: mrr, measure: entities}
  - {name: abroad, type: movement, dataset: rows, expr: monthly, entity: customer, end: ended, unit: currency, currency: EUR, convert: transaction}
  - {name: net_abroad, type: movement, balance: abroad, part: net}
  - {name: fx, type: movement, balance: abroad, part: fx}
  - {name: abroad_then, type: movement, dataset: rows, expr: monthly, entity: customer, end: ended, unit: currency, currency: EUR, convert: period_end}
  - {name: new_then, type: movement, balance: abroad_then, part: new}
  - {name: total_abroad, type: simple, dataset: rows, agg: sum, expr: monthly, unit: currency, currency: EUR, convert: transaction}
"""
ROWS = """
id integer | customer text | plan text | started date | ended date | monthly decimal | code text | amount decimal
1          | ada           | small     | 2026-01-05   |            | 10              | EUR       | 10
2          | ben           | small     | 2026-01-20   | 2026-02-10 | 5               | USD       | 5
3          | ada           | large     | 2026-02-03   | 2026-03-01 | 7               | USD       | 7
"""
QUOTES = """
day date   | base text | quote text | rate decimal
2026-01-01 | USD       | EUR        | 0.50
2026-02-01 | USD       | EUR        | 0.80
"""
NOW = datetime(2026, 4, 1)
RANGE = {"range": "2026-01..2026-02"}
QUESTIONS: dict[str, tuple[tuple[str, ...], dict[str, Any]]] = {
    "simple": (("total", "size", "share"), {"grain": "month", "by": "plan", **RANGE}),
    "several": (("total", "gone"), {"grain": "month", "by": "plan", "fill": "zero", **RANGE}),
    "once": (("total", "gone", "level"), {"grain": "month", **RANGE}),
    "looked up": (("large",), {"by": "plan", "where": "METRIC(size BY customer) > 0", **RANGE}),
    "snapshot": (("level",), {"grain": "month", "by": "plan", **RANGE}),
    "cumulative": (("running",), {"grain": "week", "by": "plan", **RANGE}),
    "conversion": (("rate",), {"by": "plan", **RANGE}),
    "attribution": (("credit",), {"by": "plan", **RANGE}),
    "first touch": (("earned",), {"by": "plan", **RANGE}),
    "movement": (("mrr", "new_mrr", "lost_mrr", "customers"), {"grain": "month", "fill": "null", **RANGE}),
    "segments": (("mrr", "new_mrr", "moved_in", "customers"), {"grain": "month", "by": "plan", **RANGE}),
    "conditions": (("mrr", "new_mrr", "moved_in"), {"grain": "month", "by": "plan", "where": "code = 'EUR'", **RANGE}),
    "levels": (("abroad",), {"grain": "month", **RANGE}),
    "converted": (("abroad", "net_abroad", "fx"), {"grain": "month", "by": "plan", **RANGE}),
    "by period": (("abroad_then", "new_then"), {"grain": "month", **RANGE}),
    "converted amounts": (("total_abroad",), {"grain": "month", **RANGE}),
    "compared": (("total", "mrr"), {"grain": "month", "vs": "prev", "range": "2026-02"}),
    "totals": (("total", "mrr"), {"by": "plan", "totals": True, **RANGE}),
}  # fmt: skip
# Where a table may be called like a step: what a dataset reads, what its query reads, and where rates are read.
PLACES = {"source": (ONE, OTHER), "query": (TOLD, OTHER), "rates": (ONE.replace("NAME", "lines"), RATES)}
CASES = [
    *(("source", one) for one in QUESTIONS),
    *(("query", one) for one in ("several", "conversion", "segments")),
    *(("rates", one) for one in ("converted", "converted amounts")),
]


@cache
def world(place: str) -> World:
    """The rows, or the rates, in a table that is called like nothing else."""
    datasets = "\n".join(f"  - {one.replace('NAME', 'plainly')}" for one in PLACES[place])
    tables = {"quotes": QUOTES, "plainly": ROWS} if place != "rates" else {"lines": ROWS, "plainly": QUOTES}
    return World(f"datasets:\n{datasets}{METRICS}", workspace="currency: EUR\n", now=NOW, **tables)


@cache
def named(engine: str, place: str, name: str) -> Runner:
    """The same with another name for the table."""
    known = world(place)
    plain = known.on(engine).catalog
    one = known.tables["plainly"]
    plain.engine.load(name, one.table, one.types)
    datasets = {
        key: replace(
            told, source=name if told.source == "plainly" else told.source, query=told.query.replace("plainly", name)
        )
        for key, told in plain.model.datasets.items()
    }
    return Runner(Catalog(replace(plain.model, datasets=datasets), plain.engine))


def asked(question: str) -> MetricQuery:
    """A question as the engine is asked it."""
    metrics, told = QUESTIONS[question]
    given: dict[str, Any] = {key: (one,) if key in ("by", "where") else one for key, one in told.items()}
    return MetricQuery(metrics, **given)


def steps(engine: str, place: str, question: str) -> Iterator[str]:
    """What the statement of a question calls its steps, and whatever else stands in a FROM."""
    tree = parse_one(world(place).on(engine).compile(asked(question), NOW)[1].sql, read=engine)
    for name in sorted({each.alias for each in tree.find_all(exp.CTE, exp.Subquery, exp.Table)}):
        if name.isidentifier() and name not in world(place).tables:
            yield name


@pytest.mark.parametrize(("place", "question"), CASES)
def test_a_table_may_have_any_name(engine: str, place: str, question: str) -> None:
    expected = world(place).on(engine).ask(asked(question), NOW)
    assert expected.table.rows
    for name in steps(engine, place, question):
        found = named(engine, place, name).ask(asked(question), NOW)
        assert (name, found.table.rows, found.notes) == (name, expected.table.rows, expected.notes)


def test_a_query_may_name_its_own_steps_as_we_do(engine: str) -> None:
    told = world("query").on(engine).catalog
    query = "with changes as (select * from plainly), met as (select * from changes) select * from met"
    datasets = dict(told.model.datasets) | {"rows": replace(told.model.datasets["rows"], query=query)}
    runner = Runner(Catalog(replace(told.model, datasets=datasets), told.engine))
    for question in ("several", "segments"):
        found = runner.ask(asked(question), NOW)
        assert found.table.rows == world("query").on(engine).ask(asked(question), NOW).table.rows
        assert query in found.sql


def test_the_numbers_are_those_worked_by_hand(engine: str) -> None:
    query = MetricQuery(("mrr", "new_mrr", "customers"), grain="month", range="2026-01..2026-02")
    assert named(engine, "source", "changes").ask(query, NOW).table.rows == (
        (day("2026-01"), 15, 15, 2),
        (day("2026-02"), 17, 0, 1),
    )
