"""What an incident cost, worked by hand where every week is the last one again: nothing but the incident differs."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from pytest import approx

from tests.truth.case import Rows, World
from truenorth.base.errors import QueryError
from truenorth.export.cost import as_dict, text
from truenorth.query.cost import Cost, cost

DEFINED = """
datasets:
  - {name: orders, source: orders, time: at, fields: [{name: country}, {name: amount, unit: currency}]}
metrics:
  - {name: orders, type: simple, dataset: orders, agg: count}
  - {name: revenue, type: simple, dataset: orders, agg: sum, expr: amount, unit: currency, currency: EUR}
  - {name: average, type: ratio, numerator: revenue, denominator: orders}
"""
FIRST = datetime(2026, 1, 5)
DOWN = (datetime(2026, 3, 17, 10), datetime(2026, 3, 17, 14))


def sold(at: datetime) -> int:
    """How many orders an hour brings: more at noon and on weekdays, none from ten to two of 17 March."""
    if DOWN[0] <= at < DOWN[1]:
        return 0
    again = 3 if DOWN[1] <= at < DOWN[1] + timedelta(hours=4) else 0
    return (2 + (4 if 9 <= at.hour < 18 else 0)) * (1 if at.weekday() < 5 else 2) + again


def shop(zone: str = "UTC") -> World:
    rows: list[list[Any]] = []
    for number in range(24 * 77):
        at = FIRST + timedelta(hours=number)
        rows += [
            [at + timedelta(minutes=7 * place), "DE" if place % 2 else "FR", Decimal("10.50")]
            for place in range(sold(at))
        ]
    types = {"at": "timestamp", "country": "text", "amount": "decimal"}
    return World(DEFINED, workspace=f"timezone: {zone}\n", now=FIRST + timedelta(days=77), orders=Rows(types, rows))


SHOP = shop()


def told(world: World, engine: str, metric: str, *incident: datetime, **more: Any) -> Cost:
    runner = world.on(engine)
    return cost(
        runner.catalog.model, lambda query: runner.ask(query, world.now), metric, (incident[0], incident[1]), **more
    )


def test_what_was_lost_and_what_came_back(engine: str) -> None:
    found = told(SHOP, engine, "orders", *DOWN)
    impact = found.impact
    # Four hours of six orders were lost; four hours of three more came after.
    assert (
        impact.verdict == "lost"
        and impact.lost is not None
        and impact.recaptured is not None
        and impact.net is not None
    )
    assert [impact.lost.told, impact.recaptured.told, impact.net.told] == approx([24, 12, 12])
    assert impact.expected[:4] == approx((6, 6, 6, 6)) and impact.counted[:5] == (0, 0, 0, 0, 9)
    assert "lost: 24 (" in text(found, "en") and "recaptured in the day after: 12 (" in text(found, "en")


def test_money_is_told_as_money(engine: str) -> None:
    found = told(SHOP, engine, "revenue", *DOWN)
    assert found.impact.lost is not None and found.impact.lost.told == approx(252)
    assert "lost: €252.00 (" in text(found, "en")
    assert as_dict(found)["currency"] == "EUR"


def test_a_part_is_looked_at_by_itself(engine: str) -> None:
    found = told(SHOP, engine, "orders", *DOWN, where=("country = 'DE'",))
    assert found.impact.lost is not None and found.impact.lost.told == approx(12)


def test_short_incidents_are_looked_at_by_the_quarter(engine: str) -> None:
    found = told(SHOP, engine, "orders", datetime(2026, 3, 17, 10, 50), datetime(2026, 3, 17, 11, 20))
    # From a quarter to eleven to half past: the orders at 0, 7, 14, 21 and 28 minutes past. The three quarters of an hour
    # before, which brought none either, have lowered what is expected a little.
    assert found.slot == "15_minutes" and (found.start.minute, found.end.minute) == (45, 30)
    assert found.impact.lost is not None and found.impact.lost.told == approx(5, rel=0.01)


def test_an_hour_in_which_nothing_happened_is_noise(engine: str) -> None:
    assert told(SHOP, engine, "orders", datetime(2026, 3, 12, 10), datetime(2026, 3, 12, 14)).impact.verdict == "noise"


def test_another_incident_is_no_example(engine: str) -> None:
    # A week later the same hours are compared with an outage, unless it is said that it was one.
    later = (datetime(2026, 3, 20, 10), datetime(2026, 3, 20, 14))
    with_it, without = told(SHOP, engine, "orders", *later), told(SHOP, engine, "orders", *later, others=[DOWN])
    assert with_it.impact.lost is not None and without.impact.lost is not None
    assert abs(without.impact.lost.told) < 0.3 < abs(with_it.impact.lost.told)


@pytest.mark.parametrize("zone", ["America/New_York", "Europe/Berlin"])
def test_hours_are_those_of_the_wall_when_the_clock_changes(engine: str, zone: str) -> None:
    world = shop(zone)
    shift = timedelta(hours=-4 if zone == "America/New_York" else 1)
    found = told(world, engine, "orders", DOWN[0] + shift, DOWN[1] + shift)
    # The same rows in UTC lie an hour later on the wall since the 8th in New York: what is usual at an hour has moved.
    assert found.impact.verdict == "lost" and found.impact.counted[:4] == (0, 0, 0, 0)


@pytest.mark.parametrize(
    ("metric", "incident", "code"),
    [
        ("average", DOWN, "E_UNSAFE_REAGGREGATION"),
        ("orders", (DOWN[1], DOWN[0]), "E_BAD_RANGE"),
        ("ordres", DOWN, "E_NAME_NOT_FOUND"),
    ],
)
def test_what_cannot_be_priced_is_told(metric: str, incident: tuple[datetime, datetime], code: str) -> None:
    with pytest.raises(QueryError) as caught:
        told(SHOP, "duckdb", metric, *incident)
    assert caught.value.code == code


def test_before_there_is_history_nothing_is_said(engine: str) -> None:
    found = told(SHOP, engine, "orders", datetime(2026, 1, 12, 10), datetime(2026, 1, 12, 14))
    assert found.impact.verdict == "unknown" and found.impact.lost is None
    assert "too little history" in text(found, "en")
