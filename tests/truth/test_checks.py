"""How much of the time things were up, worked by hand over quarters of hours, by what each check says that counts."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from pytest import approx

from tests.truth.case import World
from truenorth.query.verify import verify

DEFINED = """
checks:
  - {name: shop, url: https://shop.example, service: front}
  - {name: mail, tcp: mail.example:25, service: back, during_maintenance: count_up, unknown: count_down}
slos:
  - {name: reachable, total: check_time, good: check_up_time, objective: 90, windows: [2 days], dimensions: [check]}
"""
SHOP = World(
    DEFINED,
    workspace="timezone: Asia/Kathmandu\n",
    now=datetime(2026, 3, 3),
    check_quarters="""
        name text | time timestamp      | up float | degraded float | down float | maintenance float | unknown float
        shop      | 2026-03-01 18:00:00 | 600      | 0              | 300        | 0                 | 0
        shop      | 2026-03-01 18:15:00 | 300      | 300            | 0          | 200               | 100
        mail      | 2026-03-01 18:00:00 | 0        | 0              | 0          | 900               | 0
        mail      | 2026-03-01 18:15:00 | 500      | 0              | 100        | 0                 | 300
        """,
    check_results="""
        name text | location text | time timestamp      | ok boolean | duration_ms float | status integer
        shop      | here          | 2026-03-01 18:00:00 | true       | 100               | 200
        shop      | here          | 2026-03-01 18:15:00 | true       | 200               | 200
        shop      | here          | 2026-03-01 18:16:00 | false      | 9000              | 503
        """,
)


def rows(engine: str, *names: str, **asked: Any) -> list[Any]:
    return [list(row) for row in SHOP.rows(engine, *names, **asked)]


def test_availability_is_of_the_time_that_counts(engine: str) -> None:
    # shop: 1200 of 1500, maintenance and what is not known left out. mail: 900 + 500 up; 100 + 300 down.
    assert rows(engine, "availability", by="check") == [["mail", approx(1400 / 1800)], ["shop", approx(0.8)]]
    assert rows(engine, "availability") == [[approx(2600 / 3300)]]
    assert rows(engine, "check_down_time", by="service") == [["back", 400.0], ["front", 300.0]]


def test_a_day_that_begins_at_a_quarter_has_its_quarters(engine: str) -> None:
    # In Kathmandu the 2nd of March begins at 18:15 of the 1st in UTC.
    found = rows(engine, "availability", by="check", grain="day")
    assert found == [
        [date(2026, 3, 1), "mail", 1.0],
        [date(2026, 3, 1), "shop", approx(600 / 900)],
        [date(2026, 3, 2), "mail", approx(500 / 900)],
        [date(2026, 3, 2), "shop", 1.0],
    ]


def test_an_objective_of_time(engine: str) -> None:
    assert rows(engine, "reachable__attained", by="check", range="2026-03-02", grain="day") == [
        [date(2026, 3, 2), "mail", approx(1400 / 1800)],
        [date(2026, 3, 2), "shop", approx(0.8)],
    ]


def test_answers_that_fail_say_nothing_of_how_long_answers_take(engine: str) -> None:
    assert rows(engine, "check_duration") == [[195.0]]


def test_the_naive_road_finds_the_same(engine: str) -> None:
    runner = SHOP.on(engine)
    report = verify(
        runner.catalog, lambda query: runner.ask(query, SHOP.now), SHOP.now, ("availability", "check_down_time"), 5
    )
    assert report.passed, [str(one) for one in report.failures]
