"""Sessions found in arrays, against the plain follower that puts each row into its visit."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from truenorth.query.journey import order
from truenorth.query.journey.rows import Rows, rows_of
from truenorth.query.journey.visits import EMPTY, Rule, Sessions
from truenorth.query.journey.visits import sessions as finders
from truenorth.query.witness.sessions import Event, Visit, visits

BEGIN = datetime(1970, 1, 1)
RULE = Rule(idle=30, cap=100, opens=0, view=1, key=2)
# Whose, when; bits for opens, view and key; whether it is asked for, its group, and the session it names.
ROW = st.tuples(
    st.integers(0, 2),
    st.one_of(st.integers(0, 60), st.integers(0, 300)),
    st.integers(0, 7),
    st.booleans(),
    st.integers(0, 2),
    st.integers(-1, 2),
)
STREAM = st.lists(ROW, max_size=24)
Row = tuple[int, int, int, bool, int, int]
Told = Counter[tuple[int, ...]]


def sessions(rows: Rows, rule: Rule, by_last: bool = False) -> Sessions:
    """Those of all entities together."""
    found = [find() for find in finders(rows, rule, by_last)]
    names = zip(Sessions.__slots__, EMPTY, strict=True)
    return Sessions(*(np.concatenate([empty, *(getattr(one, name) for one in found)]) for name, empty in names))


def read(stream: list[Row], shift: int = 0) -> Rows:
    who, at, marks, asked, group, name = zip(*stream, strict=True) if stream else ((),) * 6
    return rows_of(np.array(who) + shift, at, marks, asked, group, session=np.array(name, np.int64))


def of(found: Sessions) -> Told:
    columns = (found.who, found.group, found.start, found.end, found.events, found.views, found.keys)
    return Counter(zip(*(one.tolist() for one in columns), strict=True))


def plainly(stream: list[Row], by_last: bool) -> Told:
    told: Told = Counter()
    for who in {row[0] for row in stream}:
        for group in {row[4] for row in stream}:
            events = [
                Event(
                    BEGIN + timedelta(microseconds=at),
                    None if name < 0 else name,
                    bool(marks & 1),
                    bool(marks & 2),
                    bool(marks & 4),
                    asked and own == group,
                )
                for one, at, marks, asked, own, name in stream
                if one == who
            ]
            found = visits(events, timedelta(microseconds=RULE.idle), timedelta(microseconds=RULE.cap))
            told += Counter(line(who, group, one) for one in found if one.counts(by_last))
    return told


def line(who: int, group: int, visit: Visit) -> tuple[int, ...]:
    edges = [(row.moment - BEGIN) // timedelta(microseconds=1) for row in (visit.rows[0], visit.rows[-1])]
    events = visit.events
    return who, group, *edges, len(events), sum(one.view for one in events), sum(one.key for one in events)


@settings(max_examples=150, deadline=None)
@given(STREAM, st.booleans())
def test_any_stream_makes_the_visits_of_the_plain_follower(stream: list[Row], by_last: bool) -> None:
    assert of(sessions(read(stream), RULE, by_last)) == plainly(stream, by_last)


@settings(max_examples=40, deadline=None)
@given(STREAM, st.integers(0, 99))
def test_the_order_of_arrival_changes_nothing(stream: list[Row], seed: int) -> None:
    other = list(stream)
    Random(seed).shuffle(other)
    assert of(sessions(read(other), RULE)) == of(sessions(read(stream), RULE))


@settings(max_examples=40, deadline=None)
@given(STREAM)
def test_a_row_that_came_twice_is_one_event_more_and_nothing_else(stream: list[Row]) -> None:
    once, twice = (sessions(read(rows), RULE) for rows in (stream, [*stream, *stream]))
    assert [once.start.tolist(), once.end.tolist()] == [twice.start.tolist(), twice.end.tolist()]
    assert (once.events * 2).tolist() == twice.events.tolist()


@settings(max_examples=40, deadline=None)
@given(STREAM)
def test_every_row_that_opens_is_in_one_session(stream: list[Row]) -> None:
    rule = Rule(idle=30, cap=100)
    rows = rows_of(*(list(column) for column in zip(*[row[:2] for row in stream], strict=True))) if stream else read([])
    assert sessions(rows, rule).events.sum() == len(stream)


@pytest.mark.parametrize("bits", [63, 20, 4])
@settings(max_examples=60, deadline=None)
@given(stream=STREAM, shift=st.sampled_from([0, 5, 1 << 40, -(1 << 40)]))
def test_rows_that_do_not_fit_into_one_number_are_ordered_alike(bits: int, stream: list[Row], shift: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(order, "BITS", bits)
        patch.setattr(order, "PIECE", 3)
        found = of(sessions(read(stream, shift), RULE))
    assert found == Counter({(one[0] + shift, *one[1:]): many for one, many in plainly(stream, False).items()})


def test_times_far_apart_are_ordered_too() -> None:
    far = 1 << 62
    found = sessions(rows_of([1, 1, 9, 1], [far, -far, 0, 5]), Rule(idle=30, cap=100))
    assert found.start.tolist() == [-far, 5, far, 0]


def test_nothing_makes_no_session() -> None:
    assert len(sessions(rows_of([], []), RULE)) == 0
