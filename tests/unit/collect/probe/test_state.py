"""What results make of time, worked by hand: when an outage begins, what silence is, upon what locations agree."""

from __future__ import annotations

from datetime import datetime

import pytest

from truenorth.collect.probe.state import QUARTER, Rule, Run, Try, agreed, quarters, seen
from truenorth.define.probe import Maintenance

SECOND = 1_000_000
EPOCH = datetime(1970, 1, 1)


def rule(**more: object) -> Rule:
    return Rule(30 * SECOND, 70 * SECOND, **more)  # type: ignore[arg-type]


def tries(*told: tuple[int, bool]) -> list[Try]:
    return [Try(at * SECOND, ok, reason="" if ok else "status was 503") for at, ok in told]


def shown(runs: list[Run]) -> list[tuple[float, float, str]]:
    return [(one.started / SECOND, one.ended / SECOND, one.state) for one in runs]


@pytest.mark.parametrize(
    ("told", "retries", "expected"),
    [
        ([(0, True), (30, True), (60, True)], 0, [(0, 60, "up")]),
        ([(0, True), (30, False), (60, True), (90, True)], 0, [(0, 30, "up"), (30, 60, "down"), (60, 90, "up")]),
        # A failure that the next try takes back is not counted.
        ([(0, True), (30, False), (60, True), (90, True)], 1, [(0, 90, "up")]),
        # One that is confirmed began with the first.
        ([(0, True), (30, False), (60, False), (90, True)], 1, [(0, 30, "up"), (30, 90, "down"), (90, 90, "up")]),
        ([(0, True), (30, False), (60, False), (90, False)], 3, [(0, 90, "up")]),
        # Nothing is known from when the next result was due until one came.
        ([(0, True), (300, True), (330, True)], 0, [(0, 30, "up"), (30, 300, "unknown"), (300, 330, "up")]),
        ([(0, False), (30, False)], 0, [(0, 30, "down")]),
    ],
)
def test_the_runs_of_one_location(
    told: list[tuple[int, bool]], retries: int, expected: list[tuple[float, float, str]]
) -> None:
    assert shown(seen(tries(*told), rule(retries=retries))) == expected


def test_an_outage_says_why_it_began() -> None:
    [_, down, _] = seen(tries((0, True), (30, False), (60, True), (90, True)), rule())
    assert down.reason == "status was 503"


def test_enough_locations_must_agree() -> None:
    one = seen(tries((0, True), (30, False), (60, False), (90, True)), rule())
    other = seen(tries((0, True), (30, True), (60, False), (90, True)), rule())
    both = {"here": one, "there": other}
    assert shown(agreed(both, rule(quorum=1), 0))[:3] == [(0, 30, "up"), (30, 90, "down"), (90, 90, "up")]
    assert shown(agreed(both, rule(quorum=2), 0))[:3] == [(0, 60, "up"), (60, 90, "down"), (90, 90, "up")]


def test_maintenance_goes_before_an_outage() -> None:
    once = Maintenance(start="1970-01-01 00:01:00", end="1970-01-01 00:02:00")
    found = agreed(
        {"here": seen(tries(*((at, False) for at in range(0, 181, 30))), rule())}, rule(maintenance=(once,)), 0
    )
    assert shown(found) == [(0, 60, "down"), (60, 120, "maintenance"), (120, 180, "down")]


def test_weekly_maintenance_is_at_the_hour_of_its_zone_when_the_clock_changes() -> None:
    weekly = Maintenance(days=["sunday"], from_="01:00", to="04:00", timezone="America/New_York")
    at = [int((datetime(2026, 3, 8, 5) - EPOCH).total_seconds()) + 30 * number for number in range(600)]
    found = agreed({"here": seen(tries(*((one, True) for one in at)), rule())}, rule(maintenance=(weekly,)), 0)
    # On 8 March 2026 the clock goes from two to three: from one to four are two hours, from 06:00 UTC.
    [window] = [one for one in found if one.state == "maintenance"]
    assert (window.ended - window.started) / SECOND == 7200
    assert window.started / SECOND == (datetime(2026, 3, 8, 6) - EPOCH).total_seconds()


def test_quarters_of_hours_hold_all_seconds_once() -> None:
    runs = [Run(10 * SECOND, 1000 * SECOND, "up"), Run(1000 * SECOND, 2000 * SECOND, "down")]
    found = dict(quarters(runs, 0))
    assert [at // QUARTER for at in found] == [0, 1, 2]
    assert [(told["up"], told["down"]) for told in found.values()] == [(890, 0), (100, 800), (0, 200)]
