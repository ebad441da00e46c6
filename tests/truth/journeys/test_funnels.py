"""Funnels worked out by hand, and against the plain follower of `verify`, which walks through every attempt.

The vectors are those on which product analytics tools differ: several entries of one person (PostHog, ClickHouse's
windowFunnel and Mixpanel's optimised re-entry take the best attempt, Mixpanel's default the first), events of one time,
the last moment of the window, whole seconds, and other events between two steps.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.truth.case import NOW, Rows, World, day
from truenorth.query.verify import verify

STEPS = "steps: [{name: a, filter: \"event = 'A'\"}, {name: b, filter: \"event = 'B'\"}, {name: c, filter: \"event = 'C'\"}]"
VARIANTS = {"best": "", "first": ", reentry: first", "strict": ", order: strict", "held": ", hold: [plan]"}
PARTS = (
    "entered",
    "reached, step: b",
    "converted",
    "rate",
    "rate, step: b",
    "median_time, step: b",
    "median_time",
    "p90_time",
)


def definitions(window: str = "1 hour") -> str:
    found = [
        "datasets:\n  - {name: events, source: events, time: at, fields: [{name: person}, {name: event}, {name: plan}]}"
    ]
    found.append("metrics:")
    for name, said in VARIANTS.items():
        found.append(
            f"  - {{name: {name}, type: funnel, dataset: events, entity: person, window: {window}{said}, {STEPS}}}"
        )
        for part in PARTS:
            own = f"{name}_{part.replace(', step: ', '_')}"
            found.append(f"  - {{name: {own}, type: funnel, of: {name}, part: {part}}}")
    return "\n".join(found)


def world(text: str, window: str = "1 hour") -> World:
    """A world of events written as `person event time plan`, a line each."""
    lines = [line.split() for line in text.strip().splitlines()]
    rows = [[one[0] if one[0] != "-" else None, one[1], datetime.fromisoformat(one[2]), one[3]] for one in lines]
    return World(
        definitions(window), events=Rows({"person": "text", "event": "text", "at": "timestamp", "plan": "text"}, rows)
    )


AGAIN = world("""
ada A 2025-03-01T13:00:00 x
ada A 2025-03-01T13:30:00 x
ada B 2025-03-01T13:45:00 x
ada C 2025-03-01T14:15:00 x
""")


def test_the_best_of_several_attempts_counts(engine: str) -> None:
    """A 13:00, A 13:30, B 13:45, C 14:15: three steps from the second entry, two from the first."""
    names = ("best_entered", "best_reached_b", "best_converted", "best", "best_median_time_b", "best_median_time")
    assert AGAIN.rows(engine, *names) == [(1, 1, 1, 1.0, 900.0, 2700.0)]


def test_the_first_attempt_counts_where_it_is_asked_for(engine: str) -> None:
    names = ("first_entered", "first_reached_b", "first_converted", "first", "first_median_time_b", "first_median_time")
    assert AGAIN.rows(engine, *names) == [(1, 1, 0, 0.0, 2700.0, None)]


EDGES = world("""
tie A 2025-03-01T10:00:00 x
tie C 2025-03-01T10:00:00 x
tie B 2025-03-01T10:00:00 x
edge A 2025-03-01T10:00:00 x
edge B 2025-03-01T10:59:00 x
edge C 2025-03-01T11:00:00 x
late A 2025-03-01T10:00:00 x
late B 2025-03-01T10:59:00 x
late C 2025-03-01T11:00:00.000001 x
back C 2025-03-01T10:00:00 x
back B 2025-03-01T10:01:00 x
back A 2025-03-01T10:02:00 x
- A 2025-03-01T10:00:00 x
- B 2025-03-01T10:01:00 x
none B 2025-03-01T10:01:00 x
""")


def test_events_of_one_time_connect_and_the_window_is_inclusive(engine: str) -> None:
    """Of tie, edge, late and back two convert; the row of nobody and the person without a first step do not enter."""
    assert EDGES.rows(engine, "best_entered", "best_reached_b", "best_converted", "best") == [(4, 3, 2, 0.5)]


STRICT = world("""
ada A 2025-03-01T10:00:00 x
ada X 2025-03-01T10:01:00 x
ada B 2025-03-01T10:02:00 x
ada C 2025-03-01T10:03:00 x
ben A 2025-03-01T10:00:00 x
ben A 2025-03-01T10:01:00 x
ben B 2025-03-01T10:02:00 x
ben C 2025-03-01T10:03:00 y
""")


@pytest.mark.parametrize(("name", "told"), [("best", (2, 2, 2)), ("strict", (2, 1, 1)), ("held", (2, 2, 1))])
def test_what_comes_between_and_what_stays_the_same(engine: str, name: str, told: tuple[int, ...]) -> None:
    """An X between breaks a strict funnel, an A again begins anew; Ben's plan changes before C."""
    assert STRICT.rows(engine, f"{name}_entered", f"{name}_reached_b", f"{name}_converted") == [told]


MONTHS = world("""
ada A 2025-01-31T23:50:00 x
ada A 2025-02-01T00:10:00 y
ada B 2025-02-01T00:20:00 y
ada C 2025-02-01T00:30:00 y
ben A 2025-01-05T10:00:00 x
""")


def test_entries_count_in_their_month_and_convert_after_its_end(engine: str) -> None:
    names = ("best_entered", "best_converted")
    assert MONTHS.rows(engine, *names, range="2025-01") == [(2, 1)]
    assert MONTHS.rows(engine, *names) == [(2, 1)]
    assert MONTHS.rows(engine, *names, grain="month") == [(day("2025-01"), 2, 1), (day("2025-02"), 1, 1)]
    assert MONTHS.rows(engine, *names, by="plan") == [("x", 2, 1), ("y", 1, 1)]
    assert MONTHS.rows(engine, *names, where="plan = 'y'") == [(1, 1)]


@pytest.mark.parametrize("one", [AGAIN, EDGES, STRICT, MONTHS])
def test_both_builders_agree(engine: str, one: World) -> None:
    runner = one.on(engine)
    names = ("best", "best_reached_b", "first_converted", "best_median_time", "strict", "held_p90_time")
    report = verify(runner.catalog, lambda query: runner.ask(query, NOW), NOW, names, 1)
    assert report.passed, str(report.smallest)


EVENT = st.tuples(st.sampled_from("pq"), st.sampled_from("ABCX"), st.integers(0, 8), st.sampled_from("xy"))


@settings(max_examples=6, deadline=None)
@given(st.lists(EVENT, min_size=1, max_size=14))
def test_any_stream_is_followed_alike(events: list[tuple[str, str, int, str]]) -> None:
    begin = datetime(2025, 3, 1)
    rows = [(who, what, begin + timedelta(minutes=15 * at), plan) for who, what, at, plan in events]
    types = {"person": "text", "event": "text", "at": "timestamp", "plan": "text"}
    told, wide = (World(definitions(window), events=Rows(types, rows)) for window in ("1 hour", "2 hours"))
    runner = told.on("duckdb")
    names = ("best_converted", "first_converted", "strict_reached_b", "held_median_time")
    report = verify(runner.catalog, lambda query: runner.ask(query, NOW), NOW, names, 1)
    assert report.passed, str(report.smallest)
    [row] = told.rows("duckdb", "strict_converted", "best_converted", "best_entered")
    strict, converted, entered = (int(str(value)) for value in row)
    assert strict <= converted <= entered
    assert int(str(wide.value("duckdb", "best_converted"))) >= converted
