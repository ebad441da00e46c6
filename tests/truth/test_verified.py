"""The worlds of the other files, proved again by `verify`: the engine against the naive second builder."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.truth import (
    test_across_domains,
    test_aggregations,
    test_computed,
    test_conversions,
    test_joins,
    test_nothing,
    test_numbers,
    test_own_days,
    test_probes,
    test_through_time,
    test_within_days,
)
from tests.truth.case import World
from truenorth.base.table import Table
from truenorth.query.answer import Answer
from truenorth.query.proof import Report
from truenorth.query.request import MetricQuery
from truenorth.query.verify import verify

WORLDS = {
    "probes": test_probes.SHOP,
    "joins": test_joins.STORE,
    "facts": test_joins.FACTS,
    "nothing": test_nothing.SOME,
    "empty": test_nothing.EMPTY,
    "visits": test_through_time.VISITS,
    "stocks": test_through_time.STOCK,
    "ratios": test_numbers.RATIOS,
    "company": test_across_domains.COMPANY,
    "aggregations": test_aggregations.WEATHER,
    "conversions": test_conversions.EVENTS,
    "days": test_conversions.DAYS,
    "computed": test_computed.SHOP,
    "own days": test_own_days.BANK,
    "hours": test_within_days.HOURS,
}
UNASKABLE = ("keyless_orders", "in_hours")


def verified(world: World, engine: str, *names: str) -> Report:
    runner = world.on(engine)
    return verify(runner.catalog, lambda query: runner.ask(query, world.now), world.now, names, 3)


@pytest.mark.parametrize("name", list(WORLDS))
def test_the_engine_agrees_with_the_naive_builder(engine: str, name: str) -> None:
    world = WORLDS[name]
    names = [one for one in world.on(engine).catalog.model.metrics if one not in UNASKABLE]
    report = verified(world, engine, *names)
    assert report.passed, str(report.smallest)
    assert report.compared >= len(names)


def test_a_wrong_number_is_found_with_its_smallest_example() -> None:
    """An engine that loses the rows without a region: the total still stands, its parts do not make it."""
    world = test_probes.SHOP
    runner = world.on("duckdb")

    def losing(query: MetricQuery) -> Answer:
        answer = runner.ask(query, world.now)
        if query.by != ("region",):
            return answer
        kept = tuple(row for row in answer.table.rows if row[0] is not None)
        return replace(answer, table=Table(answer.table.columns, kept))

    report = verify(runner.catalog, losing, world.now, ("revenue",), 100)
    assert not report.passed
    assert report.smallest is not None
    found = report.smallest
    # Orders with a day, 665, of which 15 have no region.
    assert (found.check, found.metric, found.one, found.other) == (
        "parts = total",
        "revenue",
        Decimal("650.00"),
        Decimal("665.00"),
    )
    assert "revenue: parts = total" in str(found)


def test_a_doubled_key_is_found() -> None:
    world = World(
        test_probes.SHOP.definitions,
        **{**test_probes.SHOP.tables, "customers": "id integer | region text\n1 | US\n1 | DE"},
    )
    report = verified(world, "duckdb", "revenue")
    assert report.failures[0].check == "keys are unique"
    assert report.smallest is not None and report.smallest.metric == "order_customer"
