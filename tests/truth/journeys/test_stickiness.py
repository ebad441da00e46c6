"""Stickiness worked out by hand: on exactly so many days (PostHog), on at least so many (Amplitude, and Mixpanel's
frequency), and the average day's people as a share of those of 28 days (Google Analytics' DAU/MAU with an average day).

p1 on 9 days and p2 on 5 is PostHog's own vector (test_stickiness_query_runner): one person on exactly 9 days, one on 5.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.truth.case import World, day
from tests.truth.journeys.crowd import SEEN, TYPES, crowd, proven, told
from truenorth.base.errors import QueryError

HABIT = "type: stickiness, dataset: events, entity: person"
SHARES = [
    f"name: sticky, {HABIT}",
    f"name: sticky_week, {HABIT}, window: 7 days",
    f"name: sticky_month, {HABIT}, grain_to_date: month",
    "name: people, type: stickiness, of: sticky, part: people",
    "name: average, type: stickiness, of: sticky, part: average_days",
]
COUNTS = [
    f"name: exactly_{number}, type: stickiness, of: sticky, part: days, days: {number}" for number in range(1, 11)
]
COUNTS += [
    f"name: at_least_{number}, type: stickiness, of: sticky, part: days, at_least: {number}" for number in range(1, 11)
]


def days(who: str, *numbers: int, month: str = "2025-03") -> str:
    return "\n".join(f"{who} {month}-{number:02}T12:00" for number in numbers)


POSTHOG = crowd(
    "\n".join([days("p1", *range(1, 10)), days("p1", 3, 3), days("p2", 1, 3, 5, 7, 9), "- 2025-03-01T10:00"]),
    [*SHARES, *COUNTS],
)


@pytest.mark.parametrize(
    ("number", "exactly", "at_least"), [(1, 0, 2), (4, 0, 2), (5, 1, 2), (6, 0, 1), (9, 1, 1), (10, 0, 0)]
)
def test_people_on_exactly_and_on_at_least_so_many_days(engine: str, number: int, exactly: int, at_least: int) -> None:
    """p1 on nine days, p2 on five; twice on a day is one day, and rows of nobody are nobody's."""
    names = (f"exactly_{number}", f"at_least_{number}")
    assert POSTHOG.rows(engine, *names, range="2025-03-01..2025-03-10") == [(exactly, at_least)]
    assert POSTHOG.rows(engine, *names, grain="month") == [(day("2025-03"), exactly, at_least)]


def test_average_days_of_those_who_came(engine: str) -> None:
    """(9 + 5) / 2 = 7 days."""
    assert POSTHOG.rows(engine, "people", "average", range="2025-03") == [(2, 7.0)]


def test_the_share_is_the_average_day_over_all_of_the_window(engine: str) -> None:
    """28 days up to 31 March hold p1's days from 4 to 9 and p2's 5, 7, 9: 9 / 28 people a day, of two."""
    assert POSTHOG.rows(engine, "sticky", grain="month", range="2025-03") == [
        (day("2025-03"), pytest.approx(9 / 28 / 2))
    ]


def test_the_share_of_a_week_of_its_own(engine: str) -> None:
    """On 10 March the seven days from the 4th: 6 + 3 days of two people, and on the 9th those from the 3rd: 7 + 4."""
    assert POSTHOG.rows(engine, "sticky_week", grain="day", range="2025-03-09..2025-03-10", fill="null") == [
        (day("2025-03-09"), pytest.approx(11 / 14)),
        (day("2025-03-10"), pytest.approx(9 / 14)),
    ]


def test_the_share_of_a_calendar_month_so_far(engine: str) -> None:
    """Up to 2 March: 3 person-days of 2 x 2; up to the month's end 14 of 2 x 31."""
    assert POSTHOG.rows(engine, "sticky_month", grain="day", range="2025-03-02..2025-03-02") == [
        (day("2025-03-02"), pytest.approx(3 / 4))
    ]
    assert POSTHOG.value(engine, "sticky_month", range="2025-03") == pytest.approx(14 / 62)


def test_everybody_every_day_is_one_and_nobody_is_nothing(engine: str) -> None:
    daily = crowd("\n".join(days(who, *range(1, 29), month="2025-02") for who in ("ada", "ben")), SHARES)
    assert daily.value(engine, "sticky", range="2025-02") == 1.0
    assert daily.value(engine, "sticky", range="2025-04") is None


def test_a_month_that_is_still_filling_has_the_days_that_have_begun(engine: str) -> None:
    """On 10 March at noon ten days have begun, so that p1 could have come on ten."""
    found = POSTHOG.rows(
        engine, "sticky_month", "average", grain="month", range="2025-03", now=datetime(2025, 3, 10, 12)
    )
    assert found == [(day("2025-03"), pytest.approx(14 / 20), 7.0)]


def test_local_days_in_summer_time(engine: str) -> None:
    """Two events 23 hours apart on 9 March in New York are one day, an hour later they are two."""
    one = crowd("ada 2025-03-09T05:00\nada 2025-03-10T03:59", [*SHARES, *COUNTS], "timezone: America/New_York\n")
    two = crowd("ada 2025-03-09T05:00\nada 2025-03-10T04:00", [*SHARES, *COUNTS], "timezone: America/New_York\n")
    assert one.rows(engine, "exactly_1", "exactly_2", range="2025-03") == [(1, 0)]
    assert two.rows(engine, "exactly_1", "exactly_2", range="2025-03") == [(0, 1)]


def test_dates_are_days(engine: str) -> None:
    dated = crowd("ada 2025-03-01\nada 2025-03-02\nben 2025-03-02", [*SHARES, *COUNTS], types=TYPES | {"at": "date"})
    assert dated.rows(engine, "exactly_1", "exactly_2", "average", range="2025-03") == [(1, 1, 1.5)]


def test_weeks_have_their_own_days(engine: str) -> None:
    found = POSTHOG.rows(engine, "exactly_1", "exactly_2", "exactly_4", "exactly_7", grain="week")
    # 1 and 2 March are the weekend of one week; the next has 3 to 9 March.
    assert found == [(day("2025-02-24"), 1, 1, 0, 0), (day("2025-03-03"), 0, 0, 1, 1)]


GROUPS = crowd(
    "ada 2025-03-01T10:00 visit DE\nada 2025-03-02T10:00 visit FR\nben 2025-03-01T10:00 visit DE\nben 2025-03-02T10:00 visit DE",
    [*SHARES, *COUNTS],
)


def test_groups_have_their_own_days(engine: str) -> None:
    """Ada was there on two days, on one in each country."""
    names = ("exactly_1", "exactly_2")
    assert GROUPS.rows(engine, *names, range="2025-03") == [(0, 2)]
    assert sorted(GROUPS.rows(engine, *names, range="2025-03", by="country")) == [("DE", 1, 1), ("FR", 1, 0)]
    assert GROUPS.rows(engine, *names, range="2025-03", where="country = 'DE'") == [(1, 1)]


def test_parts_of_days_are_refused(engine: str) -> None:
    with pytest.raises(QueryError) as caught:
        POSTHOG.ask(engine, "average", grain="hour", range="2025-03-01")
    assert caught.value.code == "E_GRAIN_TOO_FINE"
    assert "whole days" in caught.value.message


def test_a_window_over_a_window_is_refused(engine: str) -> None:
    twice = crowd("ada 2025-03-01", [*SHARES, "name: again, type: cumulative, input_metric: sticky, window: 7 days"])
    with pytest.raises(QueryError) as caught:
        twice.ask(engine, "again", grain="day")
    assert caught.value.code == "E_UNSAFE_REAGGREGATION"


@pytest.mark.parametrize("one", [POSTHOG, GROUPS])
def test_both_builders_agree(engine: str, one: World) -> None:
    proven(one, engine, ("sticky", "sticky_week", "sticky_month", "average", "exactly_2", "at_least_2"))


@settings(max_examples=3, deadline=None, phases=(Phase.explicit, Phase.generate))
@given(st.lists(SEEN, min_size=1, max_size=25), st.sampled_from(["UTC", "America/New_York"]))
def test_any_crowd_is_followed_alike(seen: Sequence[tuple[str, int, str]], zone: str) -> None:
    begin = datetime(2024, 12, 31)
    rows = [(who, begin + timedelta(hours=at), "visit", country) for who, at, country in seen]
    one = told(rows, [*SHARES, *COUNTS], f"timezone: {zone}\n")
    proven(one, "duckdb", ("sticky", "sticky_month", "average", "exactly_2", "at_least_2"))
    [counts] = one.rows("duckdb", "people", "at_least_1", range="2024-12..2025-03")
    assert counts[0] == counts[1]
