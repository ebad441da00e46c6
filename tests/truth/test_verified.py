"""The worlds of the other files, proved again by `verify`: the engine against the naive second builder."""

from __future__ import annotations

import pytest

from tests.truth import test_across_domains, test_joins, test_nothing, test_numbers, test_through_time, test_traps
from tests.truth.case import World
from truenorth.query.request import MetricQuery
from truenorth.query.verify import verify

WORLDS = {
    "traps": test_traps.SHOP,
    "joins": test_joins.STORE,
    "facts": test_joins.FACTS,
    "nothing": test_nothing.SOME,
    "empty": test_nothing.EMPTY,
    "visits": test_through_time.VISITS,
    "stocks": test_through_time.STOCK,
    "money": test_numbers.MONEY,
    "spread": test_numbers.SPREAD,
    "ratios": test_numbers.RATIOS,
    "company": test_across_domains.COMPANY,
}


@pytest.mark.parametrize("name", WORLDS)
def test_the_engine_agrees_with_the_naive_builder(engine: str, name: str) -> None:
    world: World = WORLDS[name]
    runner = world.on(engine)
    known = tuple(one for one in runner.catalog.model.metrics if one != "keyless_orders")
    report = verify(runner.catalog, lambda query: runner.ask(query, world.now), world.now, known, 6)
    assert report.passed, str(report.smallest)
    assert report.compared >= len(known)


def test_a_wrong_number_is_found_with_its_smallest_example(engine: str) -> None:
    world = test_traps.SHOP
    runner = world.on(engine)

    def wrong(query: MetricQuery) -> object:
        answer = runner.ask(query, world.now)
        return answer

    report = verify(runner.catalog, lambda query: runner.ask(query, world.now), world.now, ("revenue",), 100)
    assert report.passed and wrong(MetricQuery(("revenue",)))
