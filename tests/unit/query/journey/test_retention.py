"""Retention in arrays against the plain follower of `verify`, on random rows of several people."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from truenorth.base.zone import instant
from truenorth.define.model import Metric
from truenorth.query.journey import retention
from truenorth.query.journey.frame import EPOCH, Frame
from truenorth.query.journey.matrix import matrix
from truenorth.query.journey.outcome import told
from truenorth.query.journey.rows import Rows, rows_of
from truenorth.query.journey.scale import scaled
from truenorth.query.window import Window
from truenorth.query.witness.retention import Clock, Event, number_of

BEGUN = datetime(2025, 3, 6, 20)
PARTS = ("cohort", "retained", "value", "value_at_start", "incomplete")
ONE = st.tuples(st.integers(0, 2), st.integers(0, 300), st.integers(0, 3), st.integers(0, 9))


@st.composite
def metrics(draw: st.DrawFn) -> Metric:
    """Any retention of these rows, and any number of it."""
    after = draw(st.sampled_from([0, 1, 2, None]))
    return Metric(
        "back",
        "retention",
        period=draw(st.sampled_from(["hour", "day", "week", "month"])),
        first=draw(st.sampled_from(["ever", "in_range", "recurring"])),
        criteria=draw(st.sampled_from(["on", "on_or_after", "on_or_before"])),
        buckets=draw(st.sampled_from(["calendar", "rolling"])),
        brackets=draw(st.sampled_from([[], ["0", "1", "2", "5", "8"]])),
        part=draw(st.sampled_from(PARTS)),
        value="amount",
        after=after,
    )


def rows_at(found: Sequence[tuple[int, float, int, int]]) -> Rows:
    """Rows of people, so many hours after the beginning, that start, return, both or neither."""
    begun = (BEGUN - EPOCH) // timedelta(microseconds=1)
    at = [begun + int(hours * 3_600_000_000) for _, hours, _, _ in found]
    who, marks, amounts = ([one[place] for one in found] for place in (0, 2, 3))
    return rows_of([one + 500 for one in who], at, marks, amount=amounts)


@settings(max_examples=300, deadline=None)
@given(st.lists(ONE, max_size=12), metrics(), st.sampled_from(["America/New_York", "Europe/Berlin", "Asia/Kolkata"]))
def test_arrays_find_what_a_plain_reading_finds(
    found: list[tuple[int, int, int, int]], metric: Metric, zone: str
) -> None:
    """Through the days on which clocks change in New York; what is known ends in the middle of a day."""
    until, span = BEGUN + timedelta(hours=200), (date(2025, 3, 8), date(2025, 3, 13))
    frame = Frame((Window((), *span),), zone, "sunday", as_of=(until - EPOCH) // timedelta(microseconds=1))
    outcomes = retention.follow(metric, rows_at(found), frame)
    ours = told(outcomes, retention.measured(metric, outcomes)).get((0, 0))
    clock = Clock(metric.period, zone, "sunday", days=False)
    edges = [instant(one, zone) for one in span]
    people: dict[int, list[Event]] = {}
    for who, hours, marks, amount in found:
        moment = BEGUN + timedelta(hours=hours)
        inside = edges[0] <= moment < edges[1]
        event = Event(moment, clock.period(moment), bool(marks & 1), bool(marks & 2), inside, Decimal(amount))
        people.setdefault(who, []).append(event)
    assert (ours or 0) == (number_of(metric, list(people.values()), clock, until) or 0)


def test_who_begins_before_anybody_returns_is_kept_by_a_return_that_begins_as_well() -> None:
    metric = Metric("back", "retention", period="day", criteria="on_or_before", part="retained", after=0)
    frame = Frame((Window((), date(2025, 3, 8), date(2025, 3, 13)),), "America/New_York")
    for hour in (33, 33.25):
        outcomes = retention.follow(metric, rows_at([(1, hour, 1, 0), (1, 34, 3, 0)]), frame)
        assert told(outcomes, retention.measured(metric, outcomes)) == {(0, 0): 1}


@settings(max_examples=150, deadline=None)
@given(st.lists(ONE, max_size=12), metrics(), st.booleans(), st.booleans())
def test_a_matrix_is_what_its_buckets_are(
    found: list[tuple[int, int, int, int]], metric: Metric, worth: bool, same: bool
) -> None:
    """Whether it is marked in a table or looked up bucket by bucket: cohorts and buckets sum up to the metric's parts."""
    until = BEGUN + timedelta(hours=200)
    frame = Frame(
        (Window((), date(2025, 3, 7), None),), "America/New_York", as_of=(until - EPOCH) // timedelta(microseconds=1)
    )
    rows = rows_at([(who, hours, 3 * (marks > 1) if same else marks, worth) for who, hours, marks, worth in found])
    looked = replace(metric, value="amount" if worth else "", start="" if same else "starts")
    cuts = tuple(int(one) for one in metric.brackets) or (0, 1, 2, 3)
    grid = matrix(looked, rows, frame, cuts)
    outcomes = retention.follow(looked, rows, frame)

    def part(name: str, after: float | None) -> int | float | Decimal:
        one = replace(looked, part=name, after=after)
        return told(outcomes, retention.measured(one, outcomes)).get((0, 0), 0)

    assert grid.size.sum() == part("cohort", None)
    for column, after in enumerate(cuts[:-1]):
        old = grid.whole[:, column]
        assert grid.size[old].sum() == part("cohort", after)
        assert grid.retained[old, column].sum() == part("retained", after)
        if grid.values is not None:
            assert grid.values[old, column].sum() == part("value", after)


def test_times_too_many_for_one_number_are_told_by_their_place() -> None:
    """Billions of entities over sixty years, by the microsecond."""
    metric = Metric("back", "retention", period="month", part="retained", after=1)
    day = 86_400_000_000
    at = [0, 31 * day + 7, 60 * 365 * day + 1, 5, 32 * day]
    rows, frame = rows_of([0, 0, 3_000_000_000, 7, 7], at, [3] * 5), Frame((Window((), None, None),))
    spread = rows_of([0, 0, 20_000_000, 7, 7], at, [3] * 5)
    for one in (rows, spread):
        outcomes = retention.follow(metric, one, frame)
        assert told(outcomes, retention.measured(metric, outcomes)) == {(0, 0): 2}
    place = scaled(np.array(at), 1 << 40, False)[0].place
    assert place(np.array([0, 1, 5, 6, 60 * 365 * day + 2])).tolist() == [0, 1, 1, 2, 5]
