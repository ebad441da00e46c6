"""Who was there, stretch by stretch: in pieces, by name or only counted, and as the plain follower sees it."""

from __future__ import annotations

import random
from collections import Counter
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from truenorth.define.model import Metric
from truenorth.query.journey import KINDS
from truenorth.query.journey import presence as presence_module
from truenorth.query.journey.frame import DAY, Frame, number_of, stretched
from truenorth.query.journey.outcome import told
from truenorth.query.journey.presence import Presence, coded, people
from truenorth.query.journey.rows import Rows, rows_of
from truenorth.query.window import Window
from truenorth.query.witness import presence as witness

FIRST = date(2025, 1, 1)
AT = number_of(FIRST) * DAY
SEEN = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 20)), min_size=1, max_size=40)


def seen(rows: list[tuple[int, int]]) -> Rows:
    """Rows of people by the number of a day in January."""
    return rows_of([who for who, _ in rows], [AT + day * DAY + DAY // 2 for _, day in rows])


def days(length: int, count: int, named: bool = False) -> Frame:
    """Windows of so many days each, from 1 January on."""
    starts = [FIRST + timedelta(days=number * length) for number in range(count)]
    windows = tuple(Window((start,), start, start + timedelta(days=length)) for start in starts)
    grain = {1: "day", 7: "week"}.get(length, "")
    return Frame(windows, as_of=AT + 60 * DAY, grain=grain, named=named)


KINDS_OF_METRICS = [
    *(Metric("x", "lifecycle", part=part) for part in ("active", "new", "returning", "resurrecting", "dormant")),
    Metric("x", "stickiness", part="people"),
    Metric("x", "stickiness", part="active_days"),
    Metric("x", "stickiness", part="days", days=2),
    Metric("x", "stickiness", part="days", at_least=2),
    *(Metric("x", "churn", rule="inactivity", idle="5 days", part=part) for part in ("churned", "stayed", "unknown")),
]


@pytest.mark.parametrize("metric", KINDS_OF_METRICS, ids=lambda one: f"{one.type} {one.part}")
@settings(max_examples=15, deadline=None)
@given(rows=SEEN, length=st.sampled_from([1, 3]))
def test_the_kernel_sees_what_the_plain_follower_sees(metric: Metric, rows: list[tuple[int, int]], length: int) -> None:
    frame = days(length, 7)
    kind = KINDS[metric.type]
    outcomes = kind.follow(metric, seen(rows), frame)
    numbers = told(outcomes, kind.measured(metric, outcomes))
    everybody = [{FIRST + timedelta(days=day) for one, day in rows if one == who} for who in {who for who, _ in rows}]
    for number, window in enumerate(frame.windows):
        assert isinstance(window.start, date) and isinstance(window.end, date)
        grain = frame.grain if length == 1 else ""
        stretch = witness.Stretch(
            window.start, window.end, grain, FIRST + timedelta(days=60), FIRST + timedelta(days=60)
        )
        plain = (
            sum(sum(window.start <= day < window.end for day in one) for one in everybody)
            if metric.part == "active_days"
            else witness.told(metric, everybody, stretch)
        )
        assert numbers.get((number, 0), 0) == plain


@pytest.mark.parametrize("metric", KINDS_OF_METRICS, ids=lambda one: f"{one.type} {one.part}")
@settings(max_examples=10, deadline=None)
@given(rows=SEEN)
def test_by_name_or_counted_it_is_the_same_number(metric: Metric, rows: list[tuple[int, int]]) -> None:
    kind = KINDS[metric.type]
    counted, named = (kind.follow(metric, seen(rows), days(1, 20, asked)) for asked in (False, True))
    assert told(counted, kind.measured(metric, counted)) == told(named, kind.measured(metric, named))
    assert set(named.who.tolist()) <= {who for who, _ in rows}


@settings(max_examples=10, deadline=None)
@given(rows=SEEN, order=st.randoms(use_true_random=False))
def test_order_and_copies_change_nothing(rows: list[tuple[int, int]], order: random.Random) -> None:
    shuffled = [*rows, *rows[:5]]
    order.shuffle(shuffled)
    kind, metric = KINDS["lifecycle"], Metric("x", "lifecycle", part="returning")
    first, second = (kind.follow(metric, seen(one), days(1, 20)) for one in (rows, shuffled))
    assert told(first, kind.measured(metric, first)) == told(second, kind.measured(metric, second))


@settings(max_examples=10, deadline=None)
@given(rows=SEEN)
def test_two_people_joined_are_one_relabelled(rows: list[tuple[int, int]]) -> None:
    joined = [(0 if who == 1 else who, day) for who, day in rows]
    big = [(10**17 if who == 0 else who, day) for who, day in joined]
    kind, metric = KINDS["lifecycle"], Metric("x", "lifecycle", part="new")
    first, second = (kind.follow(metric, seen(one), days(1, 20)) for one in (joined, big))
    assert told(first, kind.measured(metric, first)) == told(second, kind.measured(metric, second))


def test_many_stretches_are_held_a_few_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = seen([(who, day) for who in range(5) for day in range(who, 20, who + 1)])
    edges = np.arange(AT, AT + 21 * DAY, DAY)
    at_once = Presence(people(rows), stretched(rows.at, edges), len(edges))
    whole = [one.tolist() for one in at_once.forwards()]
    monkeypatch.setattr(presence_module, "FLAGS", 17)
    assert at_once.step == 3
    assert [one.tolist() for one in at_once.forwards()] == whole
    assert [one.tolist() for one in at_once.backwards()] == whole[::-1]
    assert Counter(map(sum, whole))[0] < len(whole)


@pytest.mark.parametrize("values", [[3, 3, 3], [10**18, 0, 10**18], [-5, 70_000_000, -5], [7, 8, 9, 7]])
def test_values_get_places_in_their_order(values: list[int]) -> None:
    places, different = coded(np.array(values))
    assert different.tolist() == sorted(set(values))
    assert different[places].tolist() == values


def test_edges_at_odd_moments_are_found_too() -> None:
    at = np.array([0, 59, 60, 61]) * 1_000_000
    assert stretched(at, np.array([60]) * 1_000_000).tolist() == [0, 0, 1, 1]


def test_nobody_is_nowhere() -> None:
    for metric in KINDS_OF_METRICS:
        kind = KINDS[metric.type]
        outcomes = kind.follow(metric, rows_of([], []), days(1, 3))
        assert told(outcomes, kind.measured(metric, outcomes)) == {}


def test_people_of_groups_are_apart() -> None:
    rows = rows_of([1, 1, 2], [AT, AT + DAY, AT], group=[0, 1, 1])
    kind, metric = KINDS["lifecycle"], Metric("x", "lifecycle", part="new")
    outcomes = kind.follow(metric, rows, days(1, 2))
    assert told(outcomes, kind.measured(metric, outcomes)) == {(0, 0): 1, (0, 1): 1, (1, 1): 1}
