"""Funnels worked out by hand, case by case, each with where it is from.

Sources: PostHog's funnel tests and its state machine (steps.rs, unordered_steps.rs; MIT), ClickHouse's windowFunnel and
its modes, Mixpanel's documentation of funnels (re-entry, totals, exclusions, attribution), rybbit-io/rybbit#1133 (times
of whole seconds), E. B. Wilson 1927 for intervals. Where tools differ, both numbers stand here, under the key that
chooses between them.
"""

from __future__ import annotations

from datetime import date, datetime

import pytest
from msgspec import Struct

from tests.truth.case import NOW, Rows, World, day
from truenorth.query.verify import verify

TYPES = {"person": "text", "event": "text", "at": "timestamp", "plan": "text", "account": "text"}
FIELDS = ", ".join(f"{{name: {name}}}" for name in TYPES if name != "at")
Steps = tuple[tuple[str, str], ...]
AB: Steps = (("a", "event = 'A'"), ("b", "event = 'B'"))
ABC: Steps = (*AB, ("c", "event = 'C'"))


def steps(said: Steps) -> str:
    """Steps as YAML; a name that ends in ? may be left out."""
    told = (
        f'{{name: {name.rstrip("?")}, filter: "{text}"{", optional: true" if "?" in name else ""}}}'
        for name, text in said
    )
    return f"steps: [{', '.join(told)}]"


def world(events: str, said: Steps, keys: str, parts: tuple[str, ...]) -> World:
    """Events written as `person event time plan account`, an hour and minute being those of 1 March 2025."""
    rows = []
    for line in events.strip().splitlines():
        person, event, at, *rest = line.split()
        moment = datetime.fromisoformat(at if "T" in at else f"2025-03-01T{at}")
        plan, account = (*rest, *"-" * 2)[:2]
        rows.append([None if one == "-" else one for one in (person, event)] + [moment, plan, account])
    lines = [f"datasets:\n  - {{name: events, source: events, time: at, fields: [{FIELDS}]}}", "metrics:"]
    entity = "" if "entity:" in keys else ", entity: person"
    window = "" if "window:" in keys else ", window: 1 hour"
    keys = f", {keys}" if keys else ""
    lines.append(f"  - {{name: funnel, type: funnel, dataset: events{entity}{window}{keys}, {steps(said)}}}")
    lines += [f"  - {{name: {named(part)}, type: funnel, of: funnel, part: {part}}}" for part in parts]
    return World("\n".join(lines), events=Rows(TYPES, rows))


def named(part: str) -> str:
    """The name of the metric of a part: `reached, step: b` is reached_b."""
    return part.replace(", step: ", "_").replace(", against: ", "_")


class Case(Struct, frozen=True):
    """Events, steps and keys of a funnel, and what its parts are."""

    name: str
    events: str
    told: dict[str, object]
    keys: str = ""
    steps: Steps = ABC


REENTRY = """
ada A 13:00
ada A 13:30
ada B 13:45
ada C 14:15
"""
TIED = """
ada A 10:00
ada B 10:00
ada C 10:00
"""
EXCLUDED = """
clean A 10:00
clean B 10:20
between A 10:00
between X 10:10
between B 10:20
endless A 10:00
endless X 10:10
alone A 10:00
"""
OVER = "exclusions: [{filter: \"event = 'X'\"}]"
REMOVED = f"{OVER}, exclude: remove"
CBA = """
ada C 10:00
ada B 10:10
ada A 10:20
"""
STRICT = """
ada A 10:00
ada X 10:05
ada B 10:10
ada C 10:15
ben A 10:00
ben B 10:05
ben C 10:10
"""
OPTIONAL = (("a", "event = 'A'"), ("b?", "event = 'B'"), ("c", "event = 'C'"))
TWICE = """
ada A 10:00
ada B 10:10
ada A 10:20
ada A 10:25
ada B 10:30
ada A 10:40
"""
CASES = [
    Case(
        "PostHog, windowFunnel, Mixpanel optimised: the second entry gets farther, and its times count",
        REENTRY,
        {"entered": 1, "reached, step: b": 1, "converted": 1, "median_time, step: b": 900.0, "median_time": 2700.0},
    ),
    Case(
        "Mixpanel's default: only the first entry counts, from which C is late",
        REENTRY,
        {"entered": 1, "reached, step: b": 1, "converted": 0, "median_time, step: b": 2700.0, "median_time": None},
        "reentry: first",
    ),
    Case("rows of one time connect in step order (PostHog, windowFunnel)", TIED, {"entered": 1, "converted": 1}),
    Case("... however strictly", TIED, {"entered": 1, "converted": 1}, "order: strict"),
    Case("... at no time at all", TIED, {"median_time": 0.0, "p90_time": 0.0, "rate": 1.0}),
    Case(
        "one row is one step at most", "ada A 10:00", {"entered": 1, "converted": 0}, "", (AB[0], ("again", AB[0][1]))
    ),
    Case(
        "two rows of one time are two", "ada A 10:00\nada A 10:00", {"converted": 1}, "", (AB[0], ("again", AB[0][1]))
    ),
    Case(
        "whole seconds: a step in the second of its entry counts (rybbit#1133 told 0 %)",
        "ada A 10:00:00\nada B 10:00:00\nben A 10:00:00\nben B 10:00:01",
        {"entered": 2, "converted": 2, "rate": 1.0},
        steps=AB,
    ),
    Case("the last moment of the window is inside", "ada A 10:00\nada B 11:00", {"converted": 1}, steps=AB),
    Case("... a microsecond later is not", "ada A 10:00\nada B 11:00:00.000001", {"converted": 0}, steps=AB),
    Case(
        "the window begins at the entry, not at the step before (Umami's does)",
        "ada A 10:00\nada B 10:50\nada C 11:40",
        {"reached, step: b": 1, "converted": 0},
    ),
    Case("steps before the entry do not count", CBA, {"entered": 1, "reached, step: b": 0, "converted": 0}),
    Case(
        "in any order they do (PostHog unordered)",
        CBA,
        {"entered": 1, "reached, step: b": 1, "converted": 1},
        "order: any",
    ),
    Case("... from the first of them", CBA, {"median_time, step: b": 600.0, "median_time": 1200.0}, "order: any"),
    Case(
        "in any order the window slides: B and C and then A within the hour",
        "ada A 09:00\nada B 10:30\nada C 10:40\nada A 11:20",
        {"entered": 1, "converted": 1, "median_time": 3000.0},
        "order: any",
    ),
    Case(
        "in any order the same step again is no further one",
        "ada B 10:00\nada B 10:10\nada A 10:20",
        {"entered": 1, "reached, step: b": 1, "converted": 0},
        "order: any",
    ),
    Case(
        "in any order who does only the last step has entered",
        "ada C 10:00",
        {"entered": 1, "converted": 0},
        "order: any",
    ),
    Case(
        "strict: another row between breaks off (PostHog, strict_order)",
        STRICT,
        {"entered": 2, "converted": 1},
        "order: strict",
    ),
    Case("ordered: it does not", STRICT, {"entered": 2, "converted": 2}),
    Case(
        "strict: a repeated entry begins anew",
        "ada A 10:00\nada A 10:05\nada B 10:10",
        {"converted": 1, "median_time": 300.0},
        "order: strict",
        AB,
    ),
    Case(
        "strict: a repeated step breaks off",
        "ada A 10:00\nada B 10:05\nada B 10:10\nada C 10:15",
        {"converted": 0},
        "order: strict",
    ),
    Case(
        "strict: a row delivered twice does not",
        "ada A 10:00\nada B 10:05\nada B 10:05\nada C 10:15",
        {"converted": 1},
        "order: strict",
    ),
    Case(
        "an exclusion: entered, then failed, with and without an end (Mixpanel)",
        EXCLUDED,
        {"entered": 4, "converted": 1, "excluded": 2, "rate": 0.25},
        OVER,
        AB,
    ),
    Case(
        "an exclusion removes from all steps, with and without an end: 4 enter, 2 are left (PostHog)",
        EXCLUDED,
        {"entered": 2, "converted": 1, "excluded": 2, "rate": 0.5},
        REMOVED,
        AB,
    ),
    Case(
        "an exclusion before the entry is none",
        "ada X 09:59\nada A 10:00\nada B 10:10",
        {"converted": 1, "excluded": 0},
        OVER,
        AB,
    ),
    Case(
        "... after the last step neither",
        "ada A 10:00\nada B 10:10\nada X 10:20",
        {"converted": 1, "excluded": 0},
        OVER,
        AB,
    ),
    Case("... after the window neither", "ada A 10:00\nada X 11:01", {"entered": 1, "excluded": 0}, REMOVED, AB),
    Case("... at its last moment it is one", "ada A 10:00\nada X 11:00", {"entered": 0, "excluded": 1}, REMOVED, AB),
    Case(
        "... at the time of a step nobody knows which was first",
        "ada A 10:00\nada X 10:10\nada B 10:10",
        {"converted": 1},
        OVER,
        AB,
    ),
    Case(
        "an entry without an exclusion is better (best attempt)",
        "ada A 10:00\nada X 10:05\nada A 10:10\nada B 10:20",
        {"converted": 1, "excluded": 0, "median_time": 600.0},
        REMOVED,
        AB,
    ),
    Case(
        "... but not where the first counts",
        "ada A 10:00\nada X 10:05\nada A 10:10\nada B 10:20",
        {"entered": 1, "converted": 0, "excluded": 1},
        f"{OVER}, reentry: first",
        AB,
    ),
    Case(
        "an exclusion between two steps does not matter before them",
        "ada A 10:00\nada X 10:05\nada B 10:10\nada C 10:15\nben A 10:00\nben B 10:05\nben X 10:10\nben C 10:15",
        {"entered": 2, "reached, step: b": 2, "converted": 1, "excluded": 1},
        "exclusions: [{filter: \"event = 'X'\", after: b}]",
    ),
    Case(
        "... nor after them",
        "ada A 10:00\nada X 10:05\nada B 10:10\nada C 10:15\nben A 10:00\nben B 10:05\nben X 10:10\nben C 10:15",
        {"reached, step: b": 1, "converted": 1, "excluded": 1},
        "exclusions: [{filter: \"event = 'X'\", before: b}]",
    ),
    Case(
        "a step that may be left out (PostHog's optional steps)",
        "ada A 10:00\nada C 10:10\nben A 10:00\nben B 10:05\nben C 10:10\ncy A 10:00\ncy B 10:05",
        {"entered": 3, "reached, step: b": 2, "converted": 2, "rate, against: previous": 2 / 3},
        steps=OPTIONAL,
    ),
    Case(
        "... is not taken after the next one",
        "ada A 10:00\nada C 10:10\nada B 10:20",
        {"reached, step: b": 0, "converted": 1},
        steps=OPTIONAL,
    ),
    Case(
        "... and however strictly",
        "ada A 10:00\nada C 10:10\nben A 10:00\nben X 10:05\nben C 10:10",
        {"entered": 2, "converted": 1},
        "order: strict",
        OPTIONAL,
    ),
    Case(
        "held: the plan is the same at every step (Mixpanel: hold property constant)",
        "ada A 10:00 x\nada B 10:10 y\nben A 10:00 x\nben B 10:10 x",
        {"entered": 2, "converted": 1},
        "hold: [plan]",
        AB,
    ),
    Case(
        "held: either plan may be the one",
        "ada A 10:00 x\nada A 10:05 y\nada B 10:10 x",
        {"entered": 1, "converted": 1, "median_time": 600.0},
        "hold: [plan]",
        AB,
    ),
    Case(
        "totals: every entry after the one before converted (Mixpanel)",
        TWICE,
        {"entered": 3, "converted": 2},
        "count: entries",
        AB,
    ),
    Case("... else everybody once", TWICE, {"entered": 1, "converted": 1}, "", AB),
    Case(
        "totals: an entry while another is open is none, after its window it is",
        "ada A 10:00\nada A 10:30\nada A 11:00\nada A 11:01",
        {"entered": 2, "converted": 0},
        "count: entries",
        AB,
    ),
    Case(
        "totals: who is excluded may enter again (Mixpanel)",
        "ada A 10:00\nada X 10:05\nada A 10:10\nada B 10:20",
        {"entered": 2, "converted": 1, "excluded": 1},
        f"count: entries, {OVER}",
        AB,
    ),
    Case(
        "accounts: two people of one account are one",
        "ada A 10:00 x acme\nben B 10:10 x acme\ncy A 10:00 x beta",
        {"entered": 2, "converted": 1},
        "entity: account",
        AB,
    ),
    Case(
        "a row of nobody is not followed", "- A 10:00\n- B 10:10\nada A 10:00", {"entered": 1, "converted": 0}, steps=AB
    ),
    Case(
        "a step that matches nothing is reached by nobody",
        "ada A 10:00\nada B 10:10",
        {"entered": 1, "converted": 0, "rate": 0.0, "median_time": None},
    ),
    Case("nobody enters", "ada B 10:10", {"entered": 0, "converted": 0, "rate": None, "low": None, "immature": 0}),
    Case(
        "rates from the first step and from the one before it",
        "ada A 10:00\nada B 10:10\nada C 10:20\nben A 10:00\nben B 10:10\ncy A 10:00\ndot A 10:00",
        {"rate": 0.25, "rate, step: b": 0.5, "rate, against: previous": 0.5, "rate, step: a": 1.0},
    ),
    Case(
        "a month is one of the calendar",
        "ada A 2025-01-31T10:00\nada B 2025-02-28T10:00\nben A 2025-01-31T10:00\nben B 2025-02-28T10:01",
        {"entered": 2, "converted": 1},
        "window: 1 month",
        AB,
    ),
    Case(
        "a day is 24 hours, through a change of the clock too",
        "ada A 2025-03-30T00:30\nada B 2025-03-31T00:30\nben A 2025-03-30T00:30\nben B 2025-03-31T00:30:00.000001",
        {"entered": 2, "converted": 1},
        "window: 1 day",
        AB,
    ),
]


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_a_funnel_tells_what_was_worked_out_by_hand(engine: str, case: Case) -> None:
    parts = tuple(case.told)
    [row] = world(case.events, case.steps, case.keys, parts).rows(engine, *map(named, parts))
    assert dict(zip(parts, row, strict=True)) == pytest.approx(case.told)


@pytest.mark.parametrize("case", CASES[::3], ids=[case.name for case in CASES[::3]])
def test_the_plain_follower_agrees(engine: str, case: Case) -> None:
    parts = tuple(case.told)
    runner = world(case.events, case.steps, case.keys, parts).on(engine)
    report = verify(runner.catalog, lambda query: runner.ask(query, NOW), NOW, tuple(map(named, parts)), 1)
    assert report.passed, str(report.smallest)


TOUCHED = """
ada A 10:00 x
ada B 10:10 y
ada C 10:20 z
ben A 10:00 x
cy A 10:00 y
cy B 10:10 y
cy C 10:20 y
"""
GROUPS = {
    "entry": [("x", 2, 1, 1), ("y", 1, 1, 1)],
    "first": [("x", 2, 1, 1), ("y", 1, 1, 1)],
    "last": [("x", 1, 0, 0), ("y", 1, 1, 1), ("z", 1, 1, 1)],
    "b": [("x", 1, 0, 0), ("y", 2, 2, 2)],
    "all": [("x", 2, 0, 0), ("y", 1, 1, 1)],
}


@pytest.mark.parametrize("attribution", GROUPS)
def test_a_group_is_that_of_the_step_that_is_asked_for(engine: str, attribution: str) -> None:
    """PostHog's attribution of breakdowns (first touch, last touch, all steps, a step), Mixpanel's first and last."""
    parts = ("entered", "reached, step: b", "converted")
    one = world(TOUCHED, ABC, f"attribution: {attribution}", parts)
    assert one.rows(engine, *map(named, parts), by="plan") == GROUPS[attribution]
    runner = one.on(engine)
    report = verify(runner.catalog, lambda query: runner.ask(query, NOW), NOW, tuple(map(named, parts)), 1)
    assert report.passed, str(report.smallest)


def test_who_entered_with_two_values_is_followed_from_each(engine: str) -> None:
    """By default each group is what the same condition tells; with `first` everybody is in one group only."""
    events = "ada A 10:00 x\nada A 10:30 y\nada B 10:40 y"
    parts = ("entered", "converted")
    by_entry, by_attempt = (world(events, AB, keys, parts) for keys in ("", "attribution: first"))
    assert by_entry.rows(engine, *parts, by="plan") == [("x", 1, 1), ("y", 1, 1)]
    assert by_entry.rows(engine, *parts, where="plan = 'x'") == [(1, 1)]
    assert by_attempt.rows(engine, *parts, by="plan") == [("y", 1, 1)]


LATE = """
ada A 2025-01-31T23:50
ada B 2025-02-01T00:20
ben A 2025-01-31T10:00
ben B 2025-01-31T12:00
cy B 2025-02-01T00:10
"""


def test_an_entry_at_the_end_of_a_month_converts_after_it(engine: str) -> None:
    """Mixpanel and Amplitude: the entry lies in the range, the conversion may not; other tools cut it off."""
    one = world(LATE, AB, "", ("entered", "converted", "rate"))
    assert one.rows(engine, "entered", "converted", range="2025-01") == [(2, 1)]
    assert one.rows(engine, "entered", "converted", range="2025-02") == [(0, 0)]
    assert one.rows(engine, "entered", "rate", grain="month", range="2025-01") == [(day("2025-01"), 2, 0.5)]


def test_a_day_of_the_trend_is_a_local_one_through_a_change_of_the_clock(engine: str) -> None:
    """PostHog#31775: 30 March 2025 has 23 hours in Berlin; 22:30 UTC the day after is already 1 April there."""
    events = """
    ada A 2025-03-29T22:59
    ada A 2025-03-29T23:00
    ben A 2025-03-30T21:59
    cy A 2025-03-30T22:00
    cy B 2025-03-30T22:30
    """
    one = world(events, AB, "", ("entered", "converted"))
    told = one.rows(
        engine, "entered", "converted", grain="day", timezone="Europe/Berlin", range="2025-03-29..2025-03-31"
    )
    assert told == [(date(2025, 3, 29), 1, 0), (date(2025, 3, 30), 2, 0), (date(2025, 3, 31), 1, 1)]


def test_who_has_not_had_the_whole_window_is_counted_and_the_answer_says_so(engine: str) -> None:
    """At 12:00 the hour of 10:59 is over, and those of 11:00 (its last moment is still to come) and 11:30 are not."""
    events = "ada A 10:59\nben A 11:00\ncy A 11:30\ncy B 11:40"
    parts = ("immature", "entered", "converted")
    one = world(events, AB, "", parts)
    now = datetime(2025, 3, 1, 12)
    answer = one.ask(engine, *parts, now=now)
    assert answer.table.rows == ((2, 3, 1),)
    said = "Funnel: 2 of the 3 attempts that count have not had the whole 1 hour yet and may still get farther"
    assert [note for note in answer.notes if "attempts" in note] == [said]
    assert not [note for note in one.ask(engine, "entered").notes if "attempts" in note]
    runner = one.on(engine)
    report = verify(runner.catalog, lambda query: runner.ask(query, now), now, parts, 1)
    assert report.passed, str(report.smallest)
