"""Churn of activity worked out by hand, by both rules: who was active in the period before and is not in this one, and
who did nothing for so many days after their last activity. Of whom these are not over it is not known.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.truth.case import World, day
from tests.truth.journeys.crowd import SEEN, TYPES, crowd, proven, told

PARTS = ("rate", "churned", "stayed", "unknown")


def churn(rule: str, name: str = "") -> list[str]:
    """A churn and its parts."""
    own = f"name: rate{name}, type: churn, rule: {rule}, dataset: events, entity: person"
    return [own, *(f"name: {part}{name}, type: churn, of: rate{name}, part: {part}" for part in PARTS[1:])]


def named(name: str) -> tuple[str, ...]:
    return tuple(f"{part}{name}" for part in PARTS)


BOTH = [*churn("activity"), *churn("inactivity, idle: 10 days", "_idle"), *churn("activity, period: week", "_weekly")]
MONTHS = crowd(
    """
ada 2025-01-05T10:00
ada 2025-02-05T10:00
ada 2025-03-05T10:00
ben 2025-01-30T10:00
ben 2025-02-02T10:00
cy 2025-01-01T10:00
dot 2025-02-10T10:00
dot 2025-02-21T10:00
- 2025-02-21T10:00
""",
    BOTH,
)


def test_activity_churn_is_the_share_of_the_month_before(engine: str) -> None:
    """Of January's three Cy is gone in February; of February's three Ben and Dot are in March; Ada in April."""
    assert MONTHS.rows(engine, *PARTS, grain="month", range="2025-01..2025-04", fill="null") == [
        (day("2025-01"), None, 0, 0, 0),
        (day("2025-02"), pytest.approx(1 / 3), 1, 2, 0),
        (day("2025-03"), pytest.approx(2 / 3), 2, 1, 0),
        (day("2025-04"), 1.0, 1, 0, 0),
    ]


def test_inactivity_churn_counts_from_the_last_activity(engine: str) -> None:
    """January: Ada did nothing for 10 days after the 5th, Cy after the 1st; Ben came back on the third day.
    February: Ben's last was the 2nd, Ada's the 5th, Dot's the 21st; her eleven days in between do not matter."""
    assert MONTHS.rows(engine, *named("_idle"), grain="month", range="2025-01..2025-03") == [
        (day("2025-01"), pytest.approx(2 / 3), 2, 1, 0),
        (day("2025-02"), 1.0, 3, 0, 0),
        (day("2025-03"), 1.0, 1, 0, 0),
    ]


def test_inactivity_looks_beyond_the_end_of_the_range(engine: str) -> None:
    """Asked for January alone, Ben's return on 2 February still counts."""
    assert MONTHS.rows(engine, *named("_idle"), range="2025-01") == [(pytest.approx(2 / 3), 2, 1, 0)]


@pytest.mark.parametrize(
    ("back", "shown"),
    [("2025-03-11T23:59", (0.0, 0, 1, 0)), ("2025-03-12T00:00", (1.0, 1, 0, 0))],
)
def test_the_tenth_day_still_counts_as_staying(engine: str, back: str, shown: tuple[object, ...]) -> None:
    edge = crowd(f"ada 2025-03-01T09:00\nada {back}", BOTH)
    assert edge.rows(engine, *named("_idle"), range="2025-03-01..2025-03-01") == [shown]


@pytest.mark.parametrize(
    ("now", "shown"),
    [
        # Ada's last day is the 1st: the ten days after it are over with the 11th.
        (datetime(2025, 3, 11, 23, 59), (None, None, None, 1)),
        (datetime(2025, 3, 12), (1.0, 1, 0, 0)),
    ],
)
def test_of_whom_the_days_are_not_over_nobody_can_know(engine: str, now: datetime, shown: tuple[object, ...]) -> None:
    recent = crowd("ada 2025-03-01T09:00", BOTH)
    answer = recent.ask(engine, *named("_idle"), range="2025-03-01..2025-03-05", now=now)
    assert answer.table.rows == (shown,)
    assert any("nobody can know yet" in note for note in answer.notes) == (shown[-1] == 1)


def test_those_who_are_back_early_do_not_make_the_rate_smaller(engine: str) -> None:
    """On 8 March: Ada's ten days are over and she is gone; Ben's and Cy's are not, though Ben is back."""
    seen = "ada 2025-02-20T09:00\nben 2025-02-27T09:00\nben 2025-03-02T09:00\ncy 2025-02-28T09:00"
    found = crowd(seen, BOTH).rows(engine, *named("_idle"), range="2025-02", now=datetime(2025, 3, 8))
    assert found == [(1.0, 1, 0, 2)]


def test_a_month_that_is_still_filling_has_no_activity_churn_yet(engine: str) -> None:
    found = MONTHS.rows(engine, *PARTS, grain="month", range="2025-02..2025-02", now=datetime(2025, 2, 20))
    assert found == [(day("2025-02"), None, None, None, 3)]


def test_activity_churn_of_weeks_over_a_month(engine: str) -> None:
    """Ben is gone in the week of 3 February, Ada a week later; Dot stays one week more and is gone after it."""
    weeks = MONTHS.rows(engine, "churned", "stayed", grain="week", range="2025-02-03..2025-03-02", fill="null")
    whole = MONTHS.rows(engine, "churned_weekly", "stayed_weekly", range="2025-02-03..2025-03-02")
    assert whole == [tuple(sum(int(str(row[at])) for row in weeks) for at in (1, 2))]
    assert whole == [(3, 1)]


def test_weeks_of_idleness(engine: str) -> None:
    seen = "ada 2025-03-01T09:00\nada 2025-03-15T09:00\nben 2025-03-01T09:00\nben 2025-03-16T09:00"
    found = crowd(seen, churn("inactivity, idle: 2 weeks")).rows(engine, *PARTS, range="2025-03-01..2025-03-01")
    assert found == [(0.5, 1, 1, 0)]


def test_dates_and_summer_time(engine: str) -> None:
    dated = crowd("ada 2025-03-01\nada 2025-03-11\nben 2025-03-01\nben 2025-03-12", BOTH, types=TYPES | {"at": "date"})
    assert dated.rows(engine, *named("_idle"), range="2025-03-01..2025-03-01") == [(0.5, 1, 1, 0)]
    # Ten days with one of 23 hours: the tenth ends at 04:00 UTC.
    zoned = crowd(
        "ada 2025-03-02T05:00\nada 2025-03-13T03:59\nben 2025-03-02T05:00\nben 2025-03-13T04:00",
        BOTH,
        "timezone: America/New_York\n",
    )
    assert zoned.rows(engine, *named("_idle"), range="2025-03-02..2025-03-02") == [(0.5, 1, 1, 0)]


def test_groups_are_followed_by_themselves(engine: str) -> None:
    seen = "ada 2025-01-05T10:00 visit DE\nada 2025-02-05T10:00 visit FR\nben 2025-01-05T10:00 visit DE\nben 2025-02-01T10:00 visit DE"
    moved = crowd(seen, BOTH)
    assert moved.rows(engine, "rate", grain="month", range="2025-02") == [(day("2025-02"), 0.0)]
    assert sorted(moved.rows(engine, "rate", "churned", range="2025-02", by="country")) == [
        ("DE", 0.5, 1),
        ("FR", None, 0),
    ]
    assert moved.rows(engine, "rate", "churned", range="2025-02", where="country = 'DE'") == [(0.5, 1)]


@pytest.mark.parametrize("names", [PARTS, named("_idle")])
def test_both_builders_agree(engine: str, names: tuple[str, ...]) -> None:
    proven(MONTHS, engine, names)


@settings(max_examples=4, deadline=None, phases=(Phase.explicit, Phase.generate))
@given(st.lists(SEEN, min_size=1, max_size=25), st.sampled_from(["UTC", "America/New_York"]), st.integers(46, 60))
def test_any_crowd_is_followed_alike(seen: Sequence[tuple[str, int, str]], zone: str, passed: int) -> None:
    begin = datetime(2024, 12, 31)
    rows = [(who, begin + timedelta(hours=at), "visit", country) for who, at, country in seen]
    one = told(rows, BOTH, f"timezone: {zone}\n")
    now = begin + timedelta(days=passed, hours=12)
    proven(one, "duckdb", (*PARTS, *named("_idle")), now)
    asked = {"grain": "week", "range": "2024-12-30..2025-02-23", "now": now}
    people = World(
        one.definitions + "  - {name: people, type: lifecycle, dataset: events, entity: person}\n",
        workspace=one.workspace,
        events=one.tables["events"],
    )
    for row in people.rows("duckdb", "people", *named("_idle")[1:], **asked):
        assert row[1] == sum(int(str(value or 0)) for value in row[2:])
