"""Lifecycles worked out by hand, and against the plain follower of `verify`, which looks at everybody's days.

The states are those of PostHog's and Amplitude's lifecycle; new is, as with Amplitude, who was never active before, and
not whose record is young (PostHog's rule, which merges and imports move). The two identities are looked at in every
table: active = new + returning + resurrecting, and active in the period before = returning + dormant.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.truth.case import NOW, World, day
from tests.truth.journeys.crowd import SEEN, TYPES, crowd, proven, told
from truenorth.base.errors import QueryError
from truenorth.query.behind import behind
from truenorth.query.granularity import can_tell
from truenorth.query.request import MetricQuery

PARTS = ("active", "new", "returning", "resurrecting", "dormant")


def lifecycle(said: str = "", name: str = "") -> list[str]:
    """A lifecycle and its parts, each name ending as the lifecycle's does."""
    own = f"name: active{name}, type: lifecycle, dataset: events, entity: person{said}"
    parts = (*PARTS[1:], "unknown")
    return [own, *(f"name: {part}{name}, type: lifecycle, of: active{name}, part: {part}" for part in parts)]


def named(name: str) -> tuple[str, ...]:
    return tuple(f"{part}{name}" for part in PARTS)


def numbers(world: World, engine: str, **asked: object) -> list[tuple[object, ...]]:
    """Active, new, returning, resurrecting and dormant by period, after both identities have been looked at."""
    found = world.rows(engine, *PARTS, fill="zero", **asked)
    shown = [tuple(int(str(value or 0)) for value in row[-5:]) for row in found]
    for active, new, returning, back, _ in shown:
        assert active == new + returning + back
    for before, after in pairwise(shown):
        assert before[0] == after[2] + after[4]
    return found


DAYS = crowd(
    """
ada 2025-03-01T10:00
ada 2025-03-02T10:00
ada 2025-03-02T11:00
ada 2025-03-05T10:00
ben 2025-03-02T23:59
ben 2025-03-03T00:00
cy 2024-06-01T10:00
cy 2025-03-03T10:00
cy 2025-03-04T10:00
- 2025-03-03T10:00
""",
    [*lifecycle(), *lifecycle(", period: day", "_daily"), *lifecycle(", period: week", "_weekly")],
)


def test_days(engine: str) -> None:
    """Ada: new, returning, dormant on the 3rd, resurrecting on the 5th. Ben: new, returning. Cy was there a year ago."""
    assert numbers(DAYS, engine, grain="day", range="2025-03-01..2025-03-06") == [
        (day("2025-03-01"), 1, 1, 0, 0, 0),
        (day("2025-03-02"), 2, 1, 1, 0, 0),
        (day("2025-03-03"), 2, 0, 1, 1, 1),
        (day("2025-03-04"), 1, 0, 1, 0, 1),
        (day("2025-03-05"), 1, 0, 0, 1, 1),
        (day("2025-03-06"), 0, 0, 0, 0, 1),
    ]


def test_the_first_period_of_a_range_looks_back_beyond_its_edge(engine: str) -> None:
    assert numbers(DAYS, engine, grain="day", range="2025-03-03..2025-03-04") == [
        (day("2025-03-03"), 2, 0, 1, 1, 1),
        (day("2025-03-04"), 1, 0, 1, 0, 1),
    ]


@pytest.mark.parametrize(
    ("part", "at", "people"),
    [
        ("new", "2025-03-02", ["ben"]),
        ("returning", "2025-03-03", ["ben"]),
        ("resurrecting", "2025-03-05", ["ada"]),
        ("dormant", "2025-03-03", ["ada"]),
    ],
)
def test_who_is_behind_a_number_is_told_by_name(engine: str, part: str, at: str, people: list[str]) -> None:
    query = MetricQuery((part,), grain="day", range="2025-03-01..2025-03-06")
    found = behind(DAYS.on(engine), query, NOW, (at,))
    assert [row[0] for row in found.answer.table.rows] == people
    assert found.size == len(people)


def test_rows_of_nobody_are_left_out_and_said(engine: str) -> None:
    answer = DAYS.ask(engine, "active", grain="day", range="2025-03-03..2025-03-03")
    assert answer.table.rows == ((day("2025-03-03"), 2),)
    assert "1 row has no person and cannot be followed" in answer.notes


def test_without_a_period_the_range_is_one_and_the_stretch_before_it_the_other(engine: str) -> None:
    """3 and 4 March after 1 and 2 March: Ben stays, Cy comes back after long, Ada is gone."""
    assert DAYS.rows(engine, *PARTS, range="2025-03-03..2025-03-04") == [(2, 0, 1, 1, 1)]


def test_a_whole_month_stands_after_the_month_before(engine: str) -> None:
    """March after February, in which nobody was there; June 2024 is Cy's first."""
    assert DAYS.rows(engine, *PARTS, range="2025-03") == [(3, 2, 0, 1, 0)]
    assert DAYS.rows(engine, *PARTS, range="2024-06") == [(1, 1, 0, 0, 0)]


def test_a_period_of_its_own_is_added_up_over_a_range(engine: str) -> None:
    """Six days of three people: 1 + 2 + 2 + 1 + 1 = 7 active days, 2 new, 3 returning, 2 resurrecting, 4 dormant."""
    answer = DAYS.ask(engine, *named("_daily"), range="2025-03-01..2025-03-06")
    assert answer.table.rows == ((7, 2, 3, 2, 4),)
    assert "Active daily: everybody counts once for each day that begins in the range" in answer.notes


def test_a_period_of_its_own_by_months(engine: str) -> None:
    assert DAYS.rows(engine, *named("_daily"), grain="month", range="2025-03") == [(day("2025-03"), 7, 2, 3, 2, 4)]


def test_a_week_counts_whole_in_the_month_it_begins_in(engine: str) -> None:
    """The week of 24 February has Ada and Ben, both new, on 1 and 2 March; that of 3 March has them and Cy again, and
    that of 10 March nobody. However a range cuts these weeks, each month says the same."""
    weekly = named("_weekly")
    shown = [(day("2025-02"), 2, 2, 0, 0, 0), (day("2025-03"), 3, 0, 2, 1, 3)]
    assert DAYS.rows(engine, *weekly, grain="month", range="2025-02..2025-03") == shown
    assert DAYS.rows(engine, *weekly, grain="month", range="2025-02") == shown[:1]
    assert DAYS.rows(engine, *weekly, grain="month", range="2025-03") == shown[1:]
    assert DAYS.rows(engine, *weekly, range="2025-03") == [shown[1][1:]]
    assert DAYS.rows(engine, *weekly, range="2025-02-25..2025-03-05") == [(3, 0, 2, 1, 0)]
    everything = [tuple(int(str(one or 0)) for one in row[1:]) for row in DAYS.rows(engine, *weekly, grain="month")]
    assert everything[-2:] == [row[1:] for row in shown]


def test_nothing_finer_than_the_period_can_be_asked(engine: str) -> None:
    with pytest.raises(QueryError) as caught:
        DAYS.ask(engine, "active_weekly", grain="day", range="2025-03")
    assert caught.value.code == "E_GRAIN_TOO_FINE"
    assert caught.value.hint == "ask by week or a coarser grain"


def test_a_bare_time_is_that_of_the_period(engine: str) -> None:
    """Weeks of Saturday 1 March and Monday 3 March; pages offer no days of it."""
    found = DAYS.rows(engine, "active_weekly", by="metric_time", range="2025-03-01..2025-03-06")
    assert found == [(day("2025-02-24"), 2), (day("2025-03-03"), 3)]
    model = DAYS.on(engine).catalog.model
    grains = ("day", "week", "month", "day_of_week")
    assert [can_tell(model, model.metrics["active_weekly"], grain) for grain in grains] == [False, True, True, True]


def test_weeks_begin_where_the_workspace_says(engine: str) -> None:
    """1 and 2 March 2025 are a Saturday and a Sunday: of one week with Monday's, of two with Sunday's and Saturday's."""
    seen = "ada 2025-02-28T10:00\nada 2025-03-01T10:00\nben 2025-03-02T10:00\nben 2025-03-08T10:00"
    monday, sunday, saturday = (
        crowd(seen, lifecycle(), f"week_start: {start}\n") for start in ("monday", "sunday", "saturday")
    )
    assert numbers(monday, engine, grain="week", range="2025-02-24..2025-03-09") == [
        (day("2025-02-24"), 2, 2, 0, 0, 0),
        (day("2025-03-03"), 1, 0, 1, 0, 1),
    ]
    assert numbers(sunday, engine, grain="week", range="2025-02-23..2025-03-08") == [
        (day("2025-02-23"), 1, 1, 0, 0, 0),
        (day("2025-03-02"), 1, 1, 0, 0, 1),
    ]
    assert numbers(saturday, engine, grain="week", range="2025-02-22..2025-03-14") == [
        (day("2025-02-22"), 1, 1, 0, 0, 0),
        (day("2025-03-01"), 2, 1, 1, 0, 0),
        (day("2025-03-08"), 1, 0, 1, 0, 1),
    ]


YEAR_END = crowd(
    """
ada 2024-12-22T10:00
ada 2024-12-29T10:00
ada 2025-01-01T10:00
ben 2024-12-30T10:00
ben 2025-01-06T10:00
cy 2024-11-30T23:59
cy 2025-01-31T10:00
""",
    lifecycle(),
)


def test_weeks_across_the_end_of_a_year(engine: str) -> None:
    """The week of 30 December follows that of the 23rd and comes before that of 6 January, whatever their years."""
    assert numbers(YEAR_END, engine, grain="week", range="2024-12-23..2025-01-12") == [
        (day("2024-12-23"), 1, 0, 1, 0, 0),
        (day("2024-12-30"), 2, 1, 1, 0, 0),
        (day("2025-01-06"), 1, 0, 1, 0, 1),
    ]


def test_months_across_the_end_of_a_year(engine: str) -> None:
    assert numbers(YEAR_END, engine, grain="month", range="2024-11..2025-02") == [
        (day("2024-11"), 1, 1, 0, 0, 0),
        (day("2024-12"), 2, 2, 0, 0, 1),
        (day("2025-01"), 3, 0, 2, 1, 0),
        (day("2025-02"), 0, 0, 0, 0, 3),
    ]


@pytest.mark.parametrize(
    ("grain", "second"),
    [("quarter", (day("2025-01"), 3, 0, 3, 0, 0)), ("year", (day("2025-01"), 3, 0, 3, 0, 0))],
)
def test_quarters_and_years(engine: str, grain: str, second: tuple[object, ...]) -> None:
    assert numbers(YEAR_END, engine, grain=grain, range="2024..2025")[-4 if grain == "quarter" else -1] == second


def test_a_week_that_the_range_cuts_counts_what_lies_inside(engine: str) -> None:
    """From Wednesday 1 January Ben's Monday is history: he is resurrecting a week later, not returning."""
    assert numbers(YEAR_END, engine, grain="week", range="2025-01-01..2025-01-12") == [
        (day("2024-12-30"), 1, 0, 1, 0, 0),
        (day("2025-01-06"), 1, 0, 0, 1, 1),
    ]


def test_hours_follow_hours(engine: str) -> None:
    seen = "ada 2025-03-01T09:59\nada 2025-03-01T10:00\nada 2025-03-01T12:00\nben 2025-03-01T10:30"
    hours = crowd(seen, lifecycle())
    found = [row[1:] for row in numbers(hours, engine, grain="hour", range="2025-03-01 09:00..2025-03-01 13:00")]
    assert found[:4] == [(1, 1, 0, 0, 0), (2, 1, 1, 0, 0), (0, 0, 0, 0, 2), (1, 0, 0, 1, 0)]


NEW_YORK = "timezone: America/New_York\n"


@pytest.mark.parametrize(
    ("seen", "first", "second"),
    [
        # 9 March 2025 has 23 hours in New York: it begins at 05:00 UTC and ends at 04:00 UTC.
        ("ada 2025-03-09T04:59\nada 2025-03-09T05:00\nada 2025-03-10T03:59", ("2025-03-08", 1, 1, 0, 0, 0), ("2025-03-09", 1, 0, 1, 0, 0)),
        ("ada 2025-03-09T05:00\nada 2025-03-10T04:00", ("2025-03-09", 1, 1, 0, 0, 0), ("2025-03-10", 1, 0, 1, 0, 0)),
        # 2 November 2025 has 25: from 04:00 UTC until 05:00 UTC.
        ("ada 2025-11-02T04:00\nada 2025-11-03T04:59\nben 2025-11-03T05:00", ("2025-11-02", 1, 1, 0, 0, 0), ("2025-11-03", 1, 1, 0, 0, 1)),
    ],
)  # fmt: skip
def test_days_of_23_and_25_hours(engine: str, seen: str, first: tuple[object, ...], second: tuple[object, ...]) -> None:
    found = crowd(seen, lifecycle(), NEW_YORK)
    told_of = numbers(found, engine, grain="day", range=f"{first[0]}..{second[0]}")
    assert told_of == [(day(str(one[0])), *one[1:]) for one in (first, second)]


DATES = crowd(
    "ada 2025-03-08\nada 2025-03-09\nben 2025-03-09\nben 2025-03-11", lifecycle(), NEW_YORK, TYPES | {"at": "date"}
)


def test_dates_are_never_shifted(engine: str) -> None:
    assert numbers(DATES, engine, grain="day", range="2025-03-09..2025-03-11") == [
        (day("2025-03-09"), 2, 1, 1, 0, 0),
        (day("2025-03-10"), 0, 0, 0, 0, 2),
        (day("2025-03-11"), 1, 0, 0, 1, 0),
    ]


TRAVELS = crowd(
    """
ada 2025-01-10T10:00 visit DE
ada 2025-02-10T10:00 visit FR
ben 2025-01-10T10:00 visit DE
ben 2025-02-10T10:00 visit DE
cy 2025-01-10T10:00 visit -
cy 2025-02-10T10:00 visit -
""",
    lifecycle(),
)


def test_each_group_is_followed_by_itself(engine: str) -> None:
    """In February Ada is dormant in Germany and new in France; (none) is a group like any other."""
    found = TRAVELS.rows(engine, *PARTS, grain="month", range="2025-02", by="country")
    assert sorted(found, key=str) == [
        (day("2025-02"), "DE", 1, 0, 1, 0, 1),
        (day("2025-02"), "FR", 1, 1, 0, 0, 0),
        (day("2025-02"), None, 1, 0, 1, 0, 0),
    ]
    assert TRAVELS.rows(engine, *PARTS, grain="month", range="2025-02") == [(day("2025-02"), 3, 0, 3, 0, 0)]


@pytest.mark.parametrize(("country", "shown"), [("DE", (1, 0, 1, 0, 1)), ("FR", (1, 1, 0, 0, 0))])
def test_a_condition_tells_what_its_group_tells(engine: str, country: str, shown: tuple[int, ...]) -> None:
    asked = TRAVELS.rows(engine, *PARTS, grain="month", range="2025-02", where=f"country = '{country}'")
    assert asked == [(day("2025-02"), *shown)]


def test_groups_do_not_add_up_and_the_answer_says_so(engine: str) -> None:
    answer = TRAVELS.ask(engine, "new", range="2025", by="country")
    assert sum(int(str(row[1])) for row in answer.table.rows) == 4
    assert answer.additivity["new"] == "holistic"
    assert TRAVELS.value(engine, "new", range="2025") == 3


FILTERED = crowd(
    """
ada 2025-01-10T10:00 mail
ada 2025-02-10T10:00 visit
ada 2025-03-10T10:00 mail
ben 2025-01-10T10:00 visit
ben 2025-02-10T10:00 visit
""",
    [*lifecycle(", filter: event = 'visit'"), *lifecycle(", filter: event = 'fly'", "_never")],
)


def test_only_rows_that_count_as_active_make_new_and_dormant(engine: str) -> None:
    """A mail that Ada got in January does not make her returning in February."""
    assert numbers(FILTERED, engine, grain="month", range="2025-01..2025-03") == [
        (day("2025-01"), 1, 1, 0, 0, 0),
        (day("2025-02"), 2, 1, 1, 0, 0),
        (day("2025-03"), 0, 0, 0, 0, 2),
    ]


def test_a_filter_that_nothing_meets_counts_nobody(engine: str) -> None:
    assert FILTERED.rows(engine, *named("_never"), range="2025") == [(0, 0, 0, 0, 0)]
    assert FILTERED.rows(engine, *named("_never"), grain="month", range="2025-01..2025-02", fill="zero") == [
        (day("2025-01"), 0, 0, 0, 0, 0),
        (day("2025-02"), 0, 0, 0, 0, 0),
    ]


GAPS = crowd("ada 2024-01-15\nada 2024-02-15\nada 2024-05-15\nada 2024-07-15\nada 2024-08-15", lifecycle())


def test_somebody_is_dormant_once_for_each_gap(engine: str) -> None:
    found = numbers(GAPS, engine, grain="month", range="2024")
    states = [
        next(part for part, count in zip(PARTS[1:], row[2:], strict=True) if count) for row in found[:9] if any(row[1:])
    ]
    assert states == ["new", "returning", "dormant", "resurrecting", "dormant", "resurrecting", "returning", "dormant"]
    assert [bool(row[5]) for row in found] == [one in (3, 6, 9) for one in range(1, 13)]


RUNNING = crowd("ada 2025-01-10\nben 2025-01-10\nada 2025-02-10\nben 2025-02-27\ncy 2025-02-11", lifecycle())


@pytest.mark.parametrize(
    ("now", "shown"),
    [
        # On 20 February Ben has not come yet: he may.
        (datetime(2025, 2, 20), (2, 1, 1, 0, None, 1)),
        (datetime(2025, 3, 1), (3, 1, 2, 0, 0, 0)),
        (datetime(2025, 3, 2), (3, 1, 2, 0, 0, 0)),
    ],
)
def test_who_stays_away_is_unknown_while_a_period_is_filling(
    engine: str, now: datetime, shown: tuple[object, ...]
) -> None:
    parts = (*PARTS, "unknown")
    early = crowd("ada 2025-01-10\nben 2025-01-10\nada 2025-02-10\ncy 2025-02-11", lifecycle())
    world = early if now.month == 2 else RUNNING
    answer = world.ask(engine, *parts, grain="month", range="2025-02", now=now)
    assert answer.table.rows == ((day("2025-02"), *shown),)
    assert any("not known yet" in note for note in answer.notes) == (shown[-1] == 1)


def test_one_person_with_two_ids_is_followed_as_one(engine: str) -> None:
    """Two devices that turn out to be one person: the same as if one name had been written all along."""
    seen = "{0} 2025-01-10\n{1} 2025-02-10\n{0} 2025-04-10\n{1} 2025-05-10\nben 2025-01-11"
    apart, one = (crowd(seen.format(*names), lifecycle()) for names in (("phone", "laptop"), ("ada", "ada")))
    mapped = World(
        "datasets:\n"
        "  - {name: events, source: events, time: at, fields: [{name: person}]}\n"
        "  - {name: people, source: people, primary_key: [id], fields: [{name: id}, {name: known_as}]}\n"
        "relationships:\n"
        "  - {name: event_person, from: events, to: people, from_columns: [person], to_columns: [id]}\n"
        "metrics:\n"
        + "\n".join(f"  - {{{text.replace('entity: person', 'entity: people.known_as')}}}" for text in lifecycle()),
        events=apart.tables["events"],
        people="id text | known_as text\nphone | ada\nlaptop | ada\nben | ben",
    )
    asked = {"grain": "month", "range": "2025-01..2025-06"}
    assert numbers(mapped, engine, **asked) == numbers(one, engine, **asked) != numbers(apart, engine, **asked)


def test_shares_rest_on_it_like_on_any_metric(engine: str) -> None:
    found = crowd(
        "ada 2025-01-10\nben 2025-01-10\nada 2025-02-10\ncy 2025-02-10\ndot 2025-02-10",
        [*lifecycle(), "name: new_share, type: ratio, numerator: new, denominator: active"],
    )
    assert found.rows(engine, "new_share", grain="month", range="2025-01..2025-02") == [
        (day("2025-01"), 1.0),
        (day("2025-02"), pytest.approx(2 / 3)),
    ]


@pytest.mark.parametrize("one", [DAYS, YEAR_END, DATES, TRAVELS, FILTERED, GAPS])
def test_both_builders_agree(engine: str, one: World) -> None:
    proven(one, engine, (*PARTS, "unknown"))


@settings(max_examples=4, deadline=None, phases=(Phase.explicit, Phase.generate))
@given(st.lists(SEEN, min_size=1, max_size=25), st.sampled_from(["UTC", "America/New_York"]), st.integers(0, 40))
def test_any_crowd_is_followed_alike(seen: Sequence[tuple[str, int, str]], zone: str, passed: int) -> None:
    begin = datetime(2024, 12, 31)
    rows = [(who, begin + timedelta(hours=at), "visit", country) for who, at, country in seen]
    one = told(rows, lifecycle(), f"timezone: {zone}\n")
    proven(one, "duckdb", PARTS, begin + timedelta(days=passed, hours=12))
    found = numbers(one, "duckdb", grain="week", range="2024-12-16..2025-03-02")
    again = told([*rows, *rows[:3]], lifecycle(), f"timezone: {zone}\n")
    assert numbers(again, "duckdb", grain="week", range="2024-12-16..2025-03-02") == found
