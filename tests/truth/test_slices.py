"""Slices of time, worked by hand: how many were as they should be, and what their values make together.

Time slices are those of OpenSLO (`budgetingMethod: Timeslices`): a slice is good whose share of good events reaches
its own target, and a slice without events says nothing unless somebody decides what it says.
"""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from pytest import approx

from tests.truth.case import World
from truenorth.base.errors import DefinitionErrors
from truenorth.query.behind import behind
from truenorth.query.request import MetricQuery
from truenorth.query.verify import verify

DEFINED = """
datasets:
  - {name: calls, source: calls, time: at, fields: [{name: route}, {name: size}, {name: failed}]}
metrics:
  - {name: total, type: simple, dataset: calls, agg: sum, expr: size}
  - {name: bad, type: simple, dataset: calls, agg: sum, expr: failed}
  - {name: worked, type: derived, expr: 1 - bad / total, input_metrics: [{name: bad}, {name: total}]}
  - {name: slices, type: slices, input_metric: worked, slice: 5 minutes}
  - {name: good_slices, type: slices, input_metric: worked, slice: 5 minutes, at_least: 0.9}
  - {name: passed, type: slices, input_metric: worked, slice: 5 minutes, empty: count}
  - {name: hours, type: slices, input_metric: worked, slice: 1 hour, at_least: 0.9}
  - {name: of_pay, type: slices, input_metric: worked, slice: 5 minutes, at_least: 0.9, filter: route = 'pay'}
  - {name: peak, type: slices, input_metric: total, slice: 1 minute, agg: max}
  - {name: usual, type: slices, input_metric: total, slice: 1 minute, agg: avg}
  - {name: middle, type: slices, input_metric: total, slice: 1 day, agg: median}
  - {name: share, type: ratio, numerator: good_slices, denominator: slices, unit: percent}
  - {name: over_two_days, type: cumulative, input_metric: share, window: 2 days}
  - {name: month_so_far, type: cumulative, input_metric: good_slices, grain_to_date: month}
"""
SHOP = World(
    DEFINED,
    now=datetime(2026, 3, 4),
    calls="""
        at timestamp        | route text | size integer | failed integer
        2026-03-01 10:00:00 | pay        | 10           | 5
        2026-03-01 10:04:59 | cart       | 990          | 0
        2026-03-01 10:05:00 | pay        | 10           | 1
        2026-03-01 10:07:00 | cart       | 10           | 0
        2026-03-02 10:10:00 | pay        | 10           | 2
        2026-03-02 23:59:59 | pay        | 100          | 0
        """,
)


def rows(engine: str, *names: str, **asked: Any) -> list[Any]:
    return [list(row) for row in SHOP.rows(engine, *names, **asked)]


def test_a_slice_is_judged_by_its_own_events(engine: str) -> None:
    # 995 of 1000, 19 of 20, 8 of 10, all of 100.
    assert rows(engine, "slices", "good_slices", "share") == [[4, 3, approx(0.75)]]
    # By hours: 1014 of 1020, 8 of 10, all.
    assert rows(engine, "hours") == [[2]]


def test_slices_of_a_group_are_its_own(engine: str) -> None:
    # pay alone: 5 of 10, 9 of 10, 8 of 10, all of 100.
    assert rows(engine, "slices", "good_slices", by="route") == [["cart", 2, 2], ["pay", 4, 2]]
    assert rows(engine, "slices", "good_slices", where="route = 'pay'") == [[4, 2]]
    assert rows(engine, "of_pay") == [[2]]


def test_slices_by_the_day_and_over_windows(engine: str) -> None:
    found = rows(
        engine, "slices", "good_slices", "over_two_days", "month_so_far", range="2026-03-01..2026-03-03", grain="day"
    )
    assert found == [
        [date(2026, 3, 1), 2, 2, 1.0, 2],
        [date(2026, 3, 2), 2, 1, approx(0.75), 3],
        [date(2026, 3, 3), 0, 0, approx(0.5), 3],
    ]


def test_a_day_of_another_zone_has_other_slices(engine: str) -> None:
    # In Tokyo the 3rd begins at 15:00 of the 2nd in UTC, and has the last of them.
    found = rows(engine, "slices", range="2026-03-02..2026-03-03", grain="day", timezone="Asia/Tokyo")
    assert [row[1] for row in found] == [1, 1]


def test_where_empty_slices_count_all_that_passed_do(engine: str) -> None:
    # The first row is at 10:00 of the 1st: 14 hours of it, and then whole days.
    found = rows(engine, "passed", range="2026-03-01..2026-03-03", grain="day")
    assert [row[1] for row in found] == [14 * 12, 288, 288]


def test_what_slices_make_together(engine: str) -> None:
    assert rows(engine, "peak", "usual", "middle") == [[990.0, approx(1130 / 6), approx((1020 + 110) / 2)]]


def test_an_hour_holds_its_slices_only(engine: str) -> None:
    assert rows(engine, "slices", range="2026-03-01T10:05..2026-03-01T10:10") == [[1]]
    assert [row[1] for row in rows(engine, "slices", range="2026-03-01", grain="hour")] == [2]


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Asia/Kathmandu"])
def test_random_slices_are_those_of_a_slow_count(engine: str, zone: str) -> None:
    draw = random.Random(zone)
    start, lines = datetime(2026, 3, 6), []
    held: dict[tuple[int, str], list[int]] = defaultdict(lambda: [0, 0])
    for _ in range(400):
        at = start + timedelta(seconds=draw.randrange(4 * 86400))
        size = draw.randrange(1, 20)
        bad = draw.randrange(size + 1) if draw.random() < 0.3 else 0
        route = draw.choice(("pay", "cart"))
        lines.append(f"{at} | {route} | {size} | {bad}")
        for key in (route, ""):
            found = held[(at - start) // timedelta(minutes=5), key]
            found[0], found[1] = found[0] + bad, found[1] + size
    head = "at timestamp | route text | size integer | failed integer"
    world = World(DEFINED, workspace=f"timezone: {zone}\n", now=datetime(2026, 3, 11), calls="\n".join([head, *lines]))
    of = {name: [one for (_, key), one in held.items() if key == name] for name in ("", "pay", "cart")}
    good = {name: sum(1 - bad / size >= 0.9 for bad, size in counts) for name, counts in of.items()}
    assert [list(row) for row in world.rows(engine, "slices", "good_slices")] == [[len(of[""]), good[""]]]
    assert [list(row) for row in world.rows(engine, "slices", "good_slices", by="route")] == [
        [name, len(of[name]), good[name]] for name in ("cart", "pay")
    ]
    days = world.rows(engine, "slices", "good_slices", grain="day", range="2026-03-05..2026-03-10")
    assert (sum(int(str(row[1])) for row in days), sum(int(str(row[2])) for row in days)) == (len(of[""]), good[""])


def test_the_naive_road_finds_the_same(engine: str) -> None:
    runner = SHOP.on(engine)
    names = ("hours", "middle", "passed")
    report = verify(runner.catalog, lambda query: runner.ask(query, SHOP.now), SHOP.now, names, 5)
    assert report.passed, [str(one) for one in report.failures]
    assert report.compared > 60


@pytest.mark.parametrize(
    ("metric", "code"),
    [
        ("{name: wrong, type: slices, input_metric: worked, slice: 7 minutes}", "E_BAD_WINDOW"),
        ("{name: wrong, type: slices, input_metric: worked, slice: 1 hour, agg: first}", "E_BAD_VALUE"),
        ("{name: wrong, type: slices, input_metric: over_two_days, slice: 1 hour}", "E_UNSAFE_REAGGREGATION"),
        ("{name: wrong, type: slices, input_metric: workd, slice: 1 hour}", "E_NAME_NOT_FOUND"),
        ("{name: wrong, type: slices, input_metric: worked}", "E_MISSING_KEY"),
    ],
)
def test_what_cannot_be_cut_is_told_where_it_is_defined(metric: str, code: str) -> None:
    with pytest.raises(DefinitionErrors) as caught:
        World(f"{DEFINED}  - {metric}\n", calls="at timestamp | route text | size integer | failed integer").on(
            "duckdb"
        )
    assert [error.code for error in caught.value.errors] == [code]


def test_every_number_lists_its_slices(engine: str) -> None:
    runner = SHOP.on(engine)
    found = behind(runner, MetricQuery(("good_slices",)), SHOP.now)
    assert found.size == 3 and [round(float(str(row[-1])), 3) for row in found.answer.table.rows] == [0.995, 0.95, 1.0]
    found = behind(runner, MetricQuery(("slices",), by=("route",), where=("route = 'pay'",)), SHOP.now, at=("pay",))
    assert found.size == 4
