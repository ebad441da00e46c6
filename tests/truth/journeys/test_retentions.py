"""Retention worked out by hand, and against the plain reading of `verify`.

The vectors are those on which product analytics tools differ or have erred: whether a day is a date or 24 hours, weeks
across a year's end (OpenPanel lost the returns from 2024-W52 to 2025-W01), days on which clocks change, who is in a
cohort, what a start is in its own bucket, unfinished cells, and averages of averages (Mixpanel's own example).
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from tests.truth.case import NOW, Rows, World, day
from truenorth.base.errors import DefinitionErrors, QueryError, TrueNorthError
from truenorth.query.request import MetricQuery
from truenorth.query.retention import Matrix, matrix
from truenorth.query.verify import verify

TYPES = {"person": "text", "event": "text", "at": "timestamp", "plan": "text", "amount": "decimal"}
WHO = "type: retention, dataset: events, entity: person"
VISITS = "start: \"event = 'sign_up'\", returns: \"event = 'visit'\""


def world(text: str, said: str, *, workspace: str = "", types: dict[str, str] = TYPES, parts: str = "") -> World:
    """A world of events written as `person event time plan amount`, a line each, and one retention `back`."""
    found = []
    for line in text.strip().splitlines():
        who, event, at, *rest = line.split()
        plan, amount = [*rest, "x", "0"][:1] + [*rest, "x", "0"][1:2]
        moment = datetime.fromisoformat(at) if types["at"] != "date" else date.fromisoformat(at)
        worth = None if amount == "-" else Decimal(amount) if amount[:1].isdigit() else Decimal(0)
        found.append([None if who == "-" else who, event, moment, plan, worth])
    fields = "fields: [{name: person}, {name: event}, {name: plan}, {name: amount}]"
    return World(
        f"datasets:\n  - {{name: events, source: events, time: at, {fields}}}\nmetrics:\n"
        f"  - {{name: back, {WHO}, {said}}}\n"
        + "".join(
            f"  - {{name: {name}, type: retention, of: back, {part}}}\n"
            for name, part in numbers(parts, (0, 1, 3) if "brackets" in said else (0, 1, 2, 3))
        ),
        workspace=workspace,
        events=Rows(types, found),
    )


def numbers(parts: str, afters: tuple[int, ...]) -> list[tuple[str, str]]:
    """The numbers of a retention in every world, and some more."""
    found = [("size", "part: cohort")]
    for after in afters:
        found += [(f"back_{after}", f"part: retained, after: {after}"), (f"rate_{after}", f"after: {after}")]
        found += [
            (f"old_{after}", f"part: cohort, after: {after}"),
            (f"young_{after}", f"part: incomplete, after: {after}"),
        ]
    return found + [(one.split(":")[0], one.partition(":")[2]) for one in parts.split(";") if one]


def seen(one: World, engine: str, now: datetime = NOW, buckets: int = 0, **asked: Any) -> Matrix:
    """The whole matrix."""
    return matrix(one.on(engine), MetricQuery(("back",), **asked), now, buckets)


def triangle(found: Matrix) -> list[tuple[object, ...]]:
    """When each cohort began, its size and how many came back in each bucket; None where it is not over."""
    return [
        (one.begun, one.size, *(n if whole else None for n, whole in zip(one.retained, one.complete, strict=True)))
        for one in found.cohorts
    ]


YEAR_END = """
ada sign_up 2024-12-23T10:00:00
ada visit 2025-01-02T10:00:00
ben sign_up 2024-12-29T12:00:00
ben visit 2024-12-30T12:00:00
ben visit 2025-01-06T12:00:00
cy sign_up 2024-12-31T23:00:00
cy visit 2025-01-05T09:00:00
cy visit 2025-02-01T09:00:00
"""


def test_weeks_go_on_across_the_end_of_a_year(engine: str) -> None:
    """OpenPanel's toWeek() began anew in January, and lost who came back from 2024-W52 to 2025-W01."""
    one = world(YEAR_END, f"period: week, {VISITS}")
    assert triangle(seen(one, engine, buckets=3)) == [(day("2024-12-23"), 2, 0, 2, 1), (day("2024-12-30"), 1, 1, 0, 0)]
    assert one.rows(engine, "size", "back_1", "back_2", "rate_1", grain="week") == [
        (day("2024-12-23"), 2, 2, 1, 1.0),
        (day("2024-12-30"), 1, 0, 0, 0.0),
    ]


def test_weeks_may_begin_on_sunday(engine: str) -> None:
    """Ben's Sunday begins his week: his Monday is in the same one, and the 6th in the next."""
    one = world(YEAR_END, f"period: week, {VISITS}", workspace="week_start: sunday\n")
    assert triangle(seen(one, engine, buckets=3)) == [(day("2024-12-22"), 1, 0, 1, 0), (day("2024-12-29"), 2, 1, 2, 0)]


@pytest.mark.parametrize(
    ("period", "first", "told"),
    [
        ("month", "2024-12", [(day("2024-12"), 3, 1, 3, 1)]),
        ("quarter", "2024-10-01", [(day("2024-10"), 3, 1, 3)]),
        ("year", "2024-01-01", [(day("2024-01"), 3, 1, 3)]),
    ],
)
def test_longer_periods_across_the_end_of_a_year(engine: str, period: str, first: str, told: list[Any]) -> None:
    one = world(YEAR_END, f"period: {period}, {VISITS}")
    assert triangle(seen(one, engine, datetime(2030, 1, 1), buckets=3)) == told
    assert told[0][0] == day(first)


def test_days_across_the_end_of_a_year(engine: str) -> None:
    one = world(YEAR_END, f"period: day, {VISITS}")
    found = triangle(seen(one, engine, buckets=15))
    assert [row[:2] for row in found] == [(day("2024-12-23"), 1), (day("2024-12-29"), 1), (day("2024-12-31"), 1)]
    assert [[at for at, n in enumerate(row[2:]) if n] for row in found] == [[10], [1, 8], [5]]


HOURS = """
ada sign_up 2025-03-09T06:30:00
ada visit 2025-03-09T07:10:00
ada visit 2025-03-09T08:00:00
"""


def test_hours_are_those_that_pass(engine: str) -> None:
    """01:30 in New York; 40 minutes later the clock shows 03:10, and this is the next hour."""
    one = world(HOURS, f"period: hour, {VISITS}", workspace="timezone: America/New_York\n")
    found = seen(one, engine, buckets=4)
    [cohort] = found.cohorts
    assert (str(cohort.begun), cohort.retained) == ("2025-03-09 01:00:00-05:00", (0, 1, 1))


CLOCKS = {
    "America/New_York": ("2025-03-09", "2025-11-02"),
    "Europe/Berlin": ("2025-03-30", "2025-10-26"),
}


@pytest.mark.parametrize(("zone", "turn"), [(zone, turn) for zone, turns in CLOCKS.items() for turn in turns])
def test_days_are_local_days_when_clocks_change(engine: str, zone: str, turn: str) -> None:
    """23:30 on the day before, on the day itself and on the day after: each is one day later (PostHog #31775)."""
    from zoneinfo import ZoneInfo

    on = date.fromisoformat(turn)
    lines = []
    for apart, hour, minute in ((-1, 23, 30), (0, 0, 10), (0, 23, 50), (1, 0, 5)):
        local = datetime(on.year, on.month, on.day + apart, hour, minute, tzinfo=ZoneInfo(zone))
        at = local.astimezone(ZoneInfo("UTC")).replace(tzinfo=None).isoformat()
        lines += [f"ada sign_up {at}", f"ada visit {at}"] if apart == -1 else [f"ada visit {at}"]
    one = world("\n".join(lines), f"period: day, {VISITS}", workspace=f"timezone: {zone}\n")
    [cohort] = seen(one, engine, buckets=3).cohorts
    assert (cohort.begun, cohort.retained) == (date(on.year, on.month, on.day - 1), (1, 1, 1))
    rolling = world("\n".join(lines), f"period: day, buckets: rolling, {VISITS}", workspace=f"timezone: {zone}\n")
    # The day has 23 or 25 hours: 23:50 on it is 23:20 or 25:20 after 23:30, and 00:05 an hour less or more than usual.
    short = turn in ("2025-03-09", "2025-03-30")
    assert seen(rolling, engine, buckets=3).cohorts[0].retained == ((1, 0, 0) if short else (1, 1, 0))


NIGHT = """
ada sign_up 2025-03-01T23:50:00
ada visit 2025-03-02T00:10:00
ben sign_up 2025-03-01T08:00:00
ben visit 2025-03-02T08:00:00
ben visit 2025-03-03T07:59:59.999999
"""


def test_a_date_or_24_hours(engine: str) -> None:
    """00:10 is day 1 by the calendar (PostHog, Umami, OpenPanel), and day 0 counted from 23:50 (Mixpanel)."""
    calendar, rolling = (world(NIGHT, f"period: day, buckets: {one}, {VISITS}") for one in ("calendar", "rolling"))
    assert calendar.rows(engine, "size", "back_0", "back_1", "back_2") == [(2, 0, 2, 1)]
    # 24 hours to the moment are day 1; 47:59:59.999999 still are.
    assert rolling.rows(engine, "size", "back_0", "back_1", "back_2") == [(2, 1, 1, 0)]


@pytest.mark.parametrize(("period", "days"), [("week", 7), ("month", 30), ("quarter", 90), ("year", 365)])
def test_rolling_periods_are_so_many_days(engine: str, period: str, days: int) -> None:
    """Mixpanel's and Amplitude's months have 30 days: what comes a moment sooner is still the one before."""
    from datetime import timedelta

    begin = datetime(2023, 2, 1, 12)
    late, soon = begin + timedelta(days=days), begin + timedelta(days=days, microseconds=-1)
    lines = [f"ada sign_up {begin.isoformat()}", f"ada visit {late.isoformat()}"]
    lines += [f"ben sign_up {begin.isoformat()}", f"ben visit {soon.isoformat()}"]
    one = world("\n".join(lines), f"period: {period}, buckets: rolling, {VISITS}")
    assert one.rows(engine, "back_0", "back_1") == [(1, 1)]


AGAIN = """
ada visit 2025-01-06T09:00:00 x
ada visit 2025-01-14T09:00:00 y
ada visit 2025-01-21T09:00:00 y
ben visit 2025-01-13T09:00:00 x
ben visit 2025-01-14T09:00:00 x
ben visit 2025-01-27T09:00:00 x
"""


@pytest.mark.parametrize(
    ("first", "cohorts"),
    [
        # Any row begins, any row is a return: bucket 0 is the cohort.
        ("ever", [("2025-01-06", 1, 1, 1, 1), ("2025-01-13", 1, 1, 0, 1)]),
        ("in_range", [("2025-01-06", 1, 1, 1, 1), ("2025-01-13", 1, 1, 0, 1)]),
        (
            "recurring",
            [
                ("2025-01-06", 1, 1, 1, 1),
                ("2025-01-13", 2, 2, 1, 1),
                ("2025-01-20", 1, 1, 0, 0),
                ("2025-01-27", 1, 1, 0, 0),
            ],
        ),
    ],
)
def test_who_is_in_a_cohort(engine: str, first: str, cohorts: list[tuple[Any, ...]]) -> None:
    one = world(AGAIN, f"period: week, first: {first}")
    assert triangle(seen(one, engine, buckets=3)) == [(day(begun), *told) for begun, *told in cohorts]


@pytest.mark.parametrize(("first", "told"), [("ever", (1, 0)), ("in_range", (2, 1)), ("recurring", (2, 1))])
def test_an_old_friend_seems_new_in_a_range(engine: str, first: str, told: tuple[int, int]) -> None:
    """Ada came before: in the week of the 13th she is new only to OpenPanel, which looks at the range alone."""
    one = world(AGAIN, f"period: week, first: {first}")
    assert one.rows(engine, "size", "back_1", range="2025-01-13..2025-01-19") == [told]


def test_groups_and_conditions_are_those_of_the_start(engine: str) -> None:
    """Ada begins with x and comes back with y: she is in x alone."""
    one = world(AGAIN, "period: week")
    assert one.rows(engine, "size", "back_1", "back_2", by="plan") == [("x", 2, 1, 2)]
    assert one.rows(engine, "size", "back_1", "back_2", where="plan = 'x'") == [(2, 1, 2)]
    assert one.rows(engine, "size", "back_1", where="plan = 'y'") == [(0, 0)]
    again = world(AGAIN, "period: week, first: recurring")
    assert again.rows(engine, "size", "back_1", by="plan") == [("x", 3, 1), ("y", 2, 1)]
    assert again.rows(engine, "size", "back_1", where="plan = 'y'") == [(2, 1)]
    assert again.rows(engine, "size", "back_1") == [(5, 2)]
    grouped = seen(again, engine, buckets=2, by=("plan",))
    assert [(one.group, one.size, one.retained) for one in grouped.average] == [
        (("x",), 3, (3, 1)),
        (("y",), 2, (2, 1)),
    ]


def test_two_first_starts_at_one_time_are_in_both_of_their_groups(engine: str) -> None:
    """A group is what a condition on it finds, whatever comes first in the table."""
    one = world("ada visit 2025-01-06T09:00:00 x\nada visit 2025-01-06T09:00:00 y", "period: day")
    assert one.rows(engine, "size", by="plan") == [("x", 1), ("y", 1)]
    assert one.rows(engine, "size") == [(1,)]


ON = """
ada sign_up 2025-01-01T09:00:00
ada visit 2025-01-03T09:00:00
ben sign_up 2025-01-01T09:00:00
ben visit 2025-01-01T10:00:00
ben visit 2025-01-02T10:00:00
cy sign_up 2025-01-01T09:00:00
cy visit 2025-01-01T08:00:00
dot sign_up 2025-01-01T09:00:00
"""


@pytest.mark.parametrize(
    ("criteria", "told"),
    [("on", (1, 1, 1, 0)), ("on_or_after", (2, 2, 1, 0)), ("on_or_before", (1, 1, 2, 2))],
)
def test_on_it_from_it_or_up_to_it(engine: str, criteria: str, told: tuple[int, ...]) -> None:
    """What Cy did before signing up is no return."""
    one = world(ON, f"period: day, criteria: {criteria}, {VISITS}")
    assert one.rows(engine, "back_0", "back_1", "back_2", "back_3") == [told]
    assert seen(one, engine, buckets=3).cohorts[0].retained == told[:3]


def test_a_start_is_no_return_up_to_a_bucket(engine: str) -> None:
    """With the same condition on both sides everybody would return: a second row is asked for, and a copy is none."""
    rows = "ada visit 2025-01-01T09:00:00\nada visit 2025-01-01T09:00:00\nada visit 2025-01-03T09:00:00"
    one = world(
        rows + "\nben visit 2025-01-01T09:00:00\nben visit 2025-01-01T09:30:00", "period: day, criteria: on_or_before"
    )
    assert one.rows(engine, "size", "back_0", "back_1", "back_2") == [(2, 1, 1, 2)]
    again = world(rows, "period: day, criteria: on_or_before, first: recurring")
    assert again.rows(engine, "size", "back_0", "back_2") == [(2, 0, 1)]


def test_a_bucket_of_its_own_does_not_equal_the_cohort(engine: str) -> None:
    """Bucket 0 tells who came back in the period of the start (PostHog says the size of the cohort instead)."""
    one = world(ON, f"period: day, {VISITS}")
    assert one.rows(engine, "size", "back_0", "rate_0") == [(4, 1, 0.25)]


def test_brackets_put_periods_together(engine: str) -> None:
    """0 · 1-2 · 3-6 · 7-13, each named by where it begins."""
    lines = [
        f"p{n} sign_up 2025-01-01T09:00:00\np{n} visit 2025-01-{1 + n:02}T09:00:00" for n in (0, 1, 2, 3, 6, 7, 13, 14)
    ]
    parts = "b7:part: retained, after: 7;r7:after: 7"
    one = world("\n".join(lines), f"period: day, brackets: [0, 1, 3, 7, 14], {VISITS}", parts=parts)
    found = seen(one, engine)
    assert (found.buckets, found.cohorts[0].retained) == (("0", "1-2", "3-6", "7-13"), (1, 2, 2, 2))
    assert one.rows(engine, "back", "back_3", "b7", "r7") == [(0.25, 2, 2, 0.25)]


MIXPANEL = [("a", "2025-01-01", 1000, 500), ("b", "2025-01-02", 500, 400), ("c", "2025-01-03", 300, 300)]


def test_cohorts_are_pooled_and_the_young_left_out(engine: str) -> None:
    """Mixpanel's example: 500 of 1000 and 400 of 500 are 900 of 1500, 60 %; not 65 %, nor their weighted 56 %.

    The third cohort's day 1 is not over, though all of it has come back already.
    """
    rows = []
    for name, begun, size, back in MIXPANEL:
        start = datetime.fromisoformat(f"{begun}T08:00:00")
        rows += [[f"{name}{n}", "sign_up", start, "x", None] for n in range(size)]
        rows += [[f"{name}{n}", "visit", start.replace(day=start.day + 1), "x", None] for n in range(back)]
    one = world("", f"period: day, {VISITS}")
    one.tables["events"] = Rows(TYPES, rows)
    now = datetime(2025, 1, 4, 12)
    told = one.ask(engine, "size", "rate_1", "back_1", "old_1", "young_1", now=now)
    assert list(told.table.rows) == [(1800, 0.6, 900, 1500, 300)]
    assert told.notes == ("Back: who began since 2025-01-03 has not had day 1 and is left out",)
    found = seen(one, engine, now, buckets=2)
    [average] = found.average
    assert (average.sizes, average.retained, average.rate(1)) == ((1800, 1500), (0, 900), 0.6)
    assert [row[3] for row in triangle(found)] == [500, 400, None]
    days = one.ask(engine, "rate_1", grain="day", now=now)
    assert [row[1] for row in days.table.rows] == [0.5, 0.8, None]


def test_a_bucket_is_over_with_its_last_moment(engine: str) -> None:
    one = world("ada sign_up 2025-01-01T09:00:00", f"period: day, {VISITS}")
    for now, told in ((datetime(2025, 1, 2, 23, 59, 59), 1), (datetime(2025, 1, 3), 0)):
        assert list(one.ask(engine, "young_1", now=now).table.rows) == [(told,)]
    # Counted from each one's own start it is over for all when it is for who began last that day.
    rolling = world("ada sign_up 2025-01-01T09:00:00", f"period: day, buckets: rolling, {VISITS}")
    for now, told in ((datetime(2025, 1, 3, 23), 1), (datetime(2025, 1, 4), 0)):
        assert list(rolling.ask(engine, "young_1", now=now).table.rows) == [(told,)]


def test_rows_of_nobody_are_left_out_and_said(engine: str) -> None:
    one = world(
        "- sign_up 2025-01-01T09:00:00\nada sign_up 2025-01-01T09:00:00\n- visit 2025-01-02T09:00:00",
        f"period: day, {VISITS}",
    )
    told = one.ask(engine, "size", "back_1")
    assert list(told.table.rows) == [(1, 0)]
    assert "2 rows have no person and cannot be followed" in told.notes


def test_nothing_matches(engine: str) -> None:
    """Nobody begins, or nobody returns: counts are 0, a share of nobody is unknown."""
    none = world(ON, "period: day, start: \"event = 'never'\", returns: \"event = 'visit'\"")
    assert none.rows(engine, "size", "back_1", "rate_1", "young_1") == [(0, 0, None, 0)]
    assert seen(none, engine).cohorts == seen(none, engine).average == ()
    empty = world(ON, "period: day, start: \"event = 'sign_up'\", returns: \"event = 'never'\"")
    assert empty.rows(engine, "size", "back_1", "rate_1") == [(4, 0, 0.0)]
    assert none.rows(engine, "size", by="plan") == []


MONEY = """
ada buy 2025-01-05T09:00:00 x 100.10
ada buy 2025-01-20T09:00:00 x 0.20
ada buy 2025-02-05T09:00:00 x 30.05
ada buy 2025-02-06T09:00:00 x -
ben buy 2025-01-09T09:00:00 y 50.00
ben buy 2025-03-01T09:00:00 y 10.01
cy buy 2025-02-01T09:00:00 y 70.00
cy buy 2025-03-01T09:00:00 y 7.77
"""
WORTH = "brought:part: value, after: 1;at_first:part: value_at_start, after: 1;kept:part: value_rate, after: 1;kept_2:part: value_rate, after: 2"


def test_what_comes_back_is_worth_something_exactly(engine: str) -> None:
    """January: 30.05 + 0 of 150.30; February: 7.77 of 70.00. In month 2 only January is old enough: 10.01 of 150.30."""
    one = world(MONEY, "period: month, value: amount", parts=WORTH)
    now = datetime(2025, 4, 1)
    told = one.ask(engine, "brought", "at_first", "kept", now=now).table.rows
    assert told[0][:2] == (Decimal("37.82"), Decimal("220.30")) and told[0][2] == pytest.approx(37.82 / 220.30)
    assert list(one.ask(engine, "brought", "at_first", now=now, grain="month").table.rows) == [
        (day("2025-01"), Decimal("30.05"), Decimal("150.30")),
        (day("2025-02"), Decimal("7.77"), Decimal("70.00")),
    ]
    assert one.ask(engine, "kept_2", now=now).table.rows[0][0] == pytest.approx(10.01 / 150.30)
    found = seen(one, engine, now, buckets=3)
    assert found.cohorts[0].values == (Decimal("150.30"), Decimal("30.05"), Decimal("10.01"))
    assert found.average[0].values == (Decimal("220.30"), Decimal("37.82"), Decimal("10.01"))


def test_days_without_a_clock(engine: str) -> None:
    """A date is a day: rolling days are the same, and hours there are none."""
    lines = "ada sign_up 2025-01-01\nada visit 2025-01-02\nben sign_up 2025-01-02\nben visit 2025-01-02"
    for buckets in ("calendar", "rolling"):
        one = world(lines, f"period: day, buckets: {buckets}, {VISITS}", types=TYPES | {"at": "date"})
        assert one.rows(engine, "back_0", "back_1") == [(1, 1)]
    hours = world(lines, f"period: hour, {VISITS}", types=TYPES | {"at": "date"})
    with pytest.raises(QueryError) as caught:
        hours.rows(engine, "back_1")
    assert caught.value.code == "E_GRAIN_TOO_FINE"


def test_copies_and_order_change_nothing(engine: str) -> None:
    plain = world(YEAR_END, f"period: week, {VISITS}")
    lines = YEAR_END.strip().splitlines()
    mixed = world("\n".join([*reversed(lines), *lines]), f"period: week, {VISITS}")
    names = ("size", "back_0", "back_1", "back_2", "young_3")
    assert plain.rows(engine, *names) == mixed.rows(engine, *names)


@pytest.mark.parametrize("text", [YEAR_END, AGAIN, ON, MONEY])
@pytest.mark.parametrize(
    "said", ["period: week", "period: day, first: recurring, buckets: rolling, criteria: on_or_after"]
)
def test_both_builders_agree(engine: str, text: str, said: str) -> None:
    one = world(text, f"{said}, value: amount", parts=WORTH)
    runner, names = one.on(engine), ("back", "size", "back_2", "young_1", "brought", "kept")
    report = verify(runner.catalog, lambda query: runner.ask(query, NOW), NOW, names, 2)
    assert report.failures == ()


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("period: decade", "E_BAD_VALUE"),
        ("start: \"event = 'a'\"", "E_MISSING_KEY"),
        ("period: day, brackets: [1, 7]", "E_BAD_VALUE"),
        ("period: day, brackets: [0, 7, 3]", "E_BAD_VALUE"),
        ("period: day, after: 1.5", "E_BAD_VALUE"),
        ("period: day, after: -1", "E_BAD_VALUE"),
        ("period: day, brackets: [0, 1, 7], after: 2", "E_BAD_VALUE"),
        ("period: day, part: value", "E_MISSING_KEY"),
        ("period: day, part: converted", "E_BAD_VALUE"),
        ("period: day, start: \"nobody.plan = 'a'\"", "E_NAME_NOT_FOUND"),
    ],
)
def test_what_is_wrong_is_said(said: str, code: str) -> None:
    with pytest.raises(TrueNorthError) as caught:
        world(ON, said).on("duckdb")
    errors = caught.value.errors if isinstance(caught.value, DefinitionErrors) else (caught.value,)
    assert code in {one.code for one in errors}


def test_a_matrix_is_that_of_one_retention() -> None:
    one = world(ON, "period: day")
    with pytest.raises(QueryError, match="of one metric"):
        matrix(one.on("duckdb"), MetricQuery(("size", "back")), NOW)
    assert seen(one, "duckdb").cohorts == matrix(one.on("duckdb"), MetricQuery(("size",)), NOW).cohorts
