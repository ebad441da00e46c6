"""What collected series tell, worked by hand: how much, how fast, how high, how long, and how satisfied that leaves.

`histogram_quantile` is Prometheus' (linear within a bucket, the last bound for what lies beyond it); an Apdex is
(satisfied + tolerated / 2) / all with tolerated up to 4 T (Apdex Technical Specification 1.1, section 3).
"""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any

import pytest
from pytest import approx

from tests.truth.case import World
from truenorth.query.histogram import told
from truenorth.query.verify import verify

DEFINED = """
datasets:
  - {name: minutes, source: minutes, time: minute, fields: [{name: pod}, {name: increase}, {name: sum}, {name: n}]}
  - {name: buckets, source: buckets, time: minute, fields: [{name: route}, {name: le}, {name: above}, {name: held}]}
  - {name: calls, source: calls, time: at, fields: [{name: route}, {name: seconds}, {name: status}]}
metrics:
  - {name: requests, type: increase, dataset: minutes}
  - {name: throughput, type: rate, dataset: minutes}
  - {name: level, type: gauge, dataset: minutes}
  - {name: together, type: gauge, dataset: minutes, across: sum}
  - {name: highest, type: gauge, dataset: minutes, over_time: max, expr: sum}
  - {name: median, type: histogram_quantile, dataset: buckets, expr: held, percentile: 0.5}
  - {name: p90, type: histogram_quantile, dataset: buckets, expr: held, percentile: 0.9}
  - {name: p90_of_a, type: histogram_quantile, dataset: buckets, expr: held, percentile: 0.9, filter: route = 'a'}
  - {name: content, type: apdex, dataset: calls, expr: seconds, satisfied: 0.5, frustrated: status >= 500}
  - {name: twice, type: derived, expr: throughput * 2, input_metrics: [{name: throughput}]}
  - {name: weekly_p90, type: cumulative, input_metric: p90, window: 2 days}
"""
SHOP = World(
    DEFINED,
    now=datetime(2026, 3, 3),
    minutes="""
        minute timestamp    | pod text | increase float | sum float | n integer | min float | max float
        2026-03-01 00:00:00 | a        | 0               | 10         | 1         | 10         | 10
        2026-03-01 00:01:00 | a        | 60              | 60         | 2         | 20         | 40
        2026-03-01 00:01:00 | b        | 30              | 5          | 1         | 5          | 5
        2026-03-02 06:00:00 | a        | 86310           | 100        | 4         | 25         | 25
        """,
    buckets="""
        minute timestamp    | route text | le float | above float | held float
        2026-03-01 00:00:00 | a          | 0.1       | 0            | 50
        2026-03-01 00:00:00 | a          | 0.5       | 0.1          | 40
        2026-03-01 00:00:00 | a          | inf       | 0.5          | 10
        2026-03-01 00:01:00 | b          | 0.1       | 0            | 0
        2026-03-01 00:01:00 | b          | 0.5       | 0.1          | 100
        2026-03-01 00:01:00 | b          | inf       | 0.5          | 0
        2026-03-02 00:00:00 | b          | 0.1       | 0            | 0
        """,
    calls="""
        at timestamp        | route text | seconds float | status integer
        2026-03-01 10:00:00 | a          | 0.5            | 200
        2026-03-01 10:00:00 | a          | 0.6            | 200
        2026-03-01 10:00:00 | a          | 2.0            | 200
        2026-03-01 10:00:00 | a          | 2.1            | 200
        2026-03-01 10:00:00 | b          | 0.1            | 500
        2026-03-01 10:00:00 | b          |                | 200
        """,
)


def rows(engine: str, *names: str, **asked: Any) -> list[Any]:
    return [list(row) for row in SHOP.rows(engine, *names, **asked)]


def test_a_rate_is_over_the_time_that_has_passed(engine: str) -> None:
    # A day has 86,400 seconds; the second one is over, as of midnight.
    assert rows(engine, "requests", "throughput", grain="day", range="2026-03-01..2026-03-02") == [
        [datetime(2026, 3, 1).date(), 90.0, approx(90 / 86400)],
        [datetime(2026, 3, 2).date(), 86310.0, approx(86310 / 86400)],
    ]
    assert rows(engine, "throughput") == [[approx(86400 / 172800)]]
    assert rows(engine, "throughput", "twice", range="2026-03-01T00:01")[0] == [1.5, 3.0]
    assert rows(engine, "throughput", by="pod", range="2026-03-01T00:01") == [["a", 1.0], ["b", 0.5]]


def test_a_day_of_the_changing_clock_is_as_long_as_it_is(engine: str) -> None:
    # 8 March 2026 has 23 hours in New York; it is over at 04:00 of the 9th in UTC.
    world = World(
        DEFINED,
        now=datetime(2026, 3, 9, 4),
        minutes="""
            minute timestamp    | pod text | increase float | sum float | n integer | min float | max float
            2026-03-07 12:00:00 | a        | 0               | 1          | 1         | 1          | 1
            2026-03-08 12:00:00 | a        | 82800           | 1          | 1         | 1          | 1
            """,
    )
    asked = {"grain": "day", "range": "2026-03-08", "timezone": "America/New_York"}
    assert [list(row)[1] for row in world.rows(engine, "throughput", **asked)] == [1.0]


def test_a_rate_before_the_first_row_and_ahead_of_the_clock_is_unknown(engine: str) -> None:
    found = rows(engine, "throughput", grain="day", range="2026-02-27..2026-03-04", fill="null")
    assert [row[1] for row in found] == [None, None, approx(90 / 86400), approx(86310 / 86400), None, None]


def test_levels_over_time_and_across_series(engine: str) -> None:
    # Over samples: 175 in 8. In the second minute pod a stood at 30 on average, and b at 5.
    asked = {"range": "2026-03-01..2026-03-02"}
    assert rows(engine, "level", "together", **asked) == [[approx(175 / 8), approx((10 + 30 + 5 + 25) / 3)]]
    assert rows(engine, "level", "together", by="pod", **asked) == [
        ["a", approx(170 / 7), approx((10 + 30 + 25) / 3)],
        ["b", 5.0, 5.0],
    ]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        # 50 of 200 lie below 0.1; half of all is 100: 50 of the next 140, on the line from 0.1 to 0.5.
        ({"names": ("median",)}, [[approx(0.1 + 0.4 * 50 / 140)]]),
        ({"names": ("p90",)}, [[approx(0.1 + 0.4 * 130 / 140)]]),
        ({"names": ("p90",), "by": "route"}, [["a", 0.5], ["b", approx(0.1 + 0.4 * 0.9)]]),
        # Alone, 90 of 100 lie up to 0.5, and the rest beyond what is known.
        ({"names": ("p90_of_a",)}, [[0.5]]),
    ],
)
def test_percentiles_out_of_buckets(engine: str, asked: dict[str, Any], expected: list[Any]) -> None:
    names = asked.pop("names")
    assert rows(engine, *names, range="2026-03-01", **asked) == expected
    asked["names"] = names


def test_what_lies_beyond_the_last_bound_is_told_as_that_bound(engine: str) -> None:
    world = World(
        DEFINED,
        now=datetime(2026, 3, 3),
        buckets="""
            minute timestamp    | route text | le float | above float | held float
            2026-03-01 00:00:00 | a          | 0.5       | -inf         | 1
            2026-03-01 00:00:00 | a          | inf       | 0.5          | 9
            2026-03-02 00:00:00 | a          | 0.5       | -inf         | 9
            2026-03-02 00:00:00 | a          | inf       | 0.5          | 0
            """,
    )
    found = [list(row)[1:] for row in world.rows(engine, "p90", grain="day", range="2026-03-01..2026-03-02")]
    assert found == [[0.5], [0.5]]


def test_percentiles_over_a_window_add_up_its_buckets(engine: str) -> None:
    found = rows(engine, "p90", "weekly_p90", grain="day", range="2026-03-01..2026-03-02")
    whole = approx(0.1 + 0.4 * 130 / 140)
    assert [row[1:] for row in found] == [[whole, whole], [None, whole]]


def test_an_apdex_halves_what_is_tolerated_and_counts_errors_as_frustrating(engine: str) -> None:
    # Of those that have a length: 0.5 satisfies, 0.6 and 2.0 are tolerated, 2.1 is not, and an error never.
    assert rows(engine, "content", range="2026-03-01") == [[approx((1 + 2 / 2) / 5)]]
    assert rows(engine, "content", range="2026-03-01", by="route") == [["a", approx(2 / 4)], ["b", 0.0]]


def test_minutes_can_be_told_by_five(engine: str) -> None:
    found = rows(engine, "requests", by="metric_time__5_minutes", range="2026-03-01..2026-03-02")
    assert [(row[0].hour, row[0].minute, row[1]) for row in found] == [(0, 0, 90.0), (6, 0, 86310.0)]
    halves = rows(engine, "requests", by="metric_time__30_minutes", range="2026-03-02", timezone="Asia/Kathmandu")
    # Kathmandu is 5:45 ahead of UTC, so its half hours begin at a quarter to and past.
    assert [(str(row[0])[11:16], row[1]) for row in halves] == [("11:30", 86310.0)]


@pytest.mark.parametrize("seed", range(4))
def test_percentiles_of_random_buckets_are_those_of_going_up_them(engine: str, seed: int) -> None:
    draw = random.Random(seed)
    bounds = sorted(draw.sample(range(1, 100), 6))
    start, lines, held = datetime(2026, 3, 1), [], []
    for _ in range(60):
        at = start + timedelta(minutes=draw.randrange(1440))
        place = draw.randrange(7)
        upper, lower = ([*map(float, bounds), float("inf")])[place], ([0.0, *map(float, bounds)])[place]
        held.append((upper, lower, float(draw.choice((0, 1, 3, 50)))))
        lines.append(f"{at} | {draw.choice('ab')} | {upper} | {lower} | {held[-1][2]}")
    head = "minute timestamp | route text | le float | above float | held float"
    world = World(DEFINED, now=datetime(2026, 3, 3), buckets="\n".join([head, *lines]))
    assert [list(row) for row in world.rows(engine, "median", "p90", range="2026-03-01")] == [
        [approx(told(held, 0.5)), approx(told(held, 0.9))]
    ]


def test_the_naive_road_finds_the_same(engine: str) -> None:
    runner = SHOP.on(engine)
    names = ("requests", "throughput", "level", "together", "median", "p90", "p90_of_a", "content", "twice")
    report = verify(runner.catalog, lambda query: runner.ask(query, SHOP.now), SHOP.now, names, 5)
    assert report.passed, [str(one) for one in report.failures]
    assert report.compared > 300
