"""Paths found in arrays, against the plain follower that walks node by node."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from truenorth.query.journey.rows import Rows, rows_of
from truenorth.query.journey.walks import END, Walks, Way, walks
from truenorth.query.witness import paths as plain

BEGIN = datetime(1970, 1, 1)
# whose, when, whether it is the anchor, asked, group, node
ROW = st.tuples(
    st.integers(0, 2), st.integers(0, 90), st.booleans(), st.booleans(), st.integers(0, 2), st.integers(-1, 3)
)
STREAM = st.lists(ROW, max_size=20)
WAYS = st.builds(
    lambda idle, anchor, to, depth, collapse: Way(
        10 * idle, 0 if idle else 30, 0 if anchor or to else None, to, depth, collapse
    ),
    st.booleans(),
    st.booleans(),
    st.booleans(),
    st.integers(2, 6),
    st.booleans(),
)
Row = tuple[int, int, bool, bool, int, int]
Told = Counter[tuple[int, ...]]


def read(stream: list[Row]) -> Rows:
    who, at, marks, asked, group, node = zip(*stream, strict=True) if stream else ((),) * 6
    return rows_of(who, at, marks, asked, group, node=list(node))


def of(found: Walks) -> Told:
    columns = zip(found.who.tolist(), found.group.tolist(), found.at.tolist(), found.nodes.tolist(), strict=True)
    return Counter((who, group, at, *(one for one in nodes if one != END)) for who, group, at, nodes in columns)


def time(microseconds: int) -> timedelta | None:
    return timedelta(microseconds=microseconds) if microseconds else None


def plainly(stream: list[Row], way: Way) -> Told:
    told: Told = Counter()
    own = plain.Way(time(way.idle), time(way.window), way.to, way.depth, way.collapse)
    for who in {row[0] for row in stream}:
        for group in {row[4] for row in stream}:
            events = [
                plain.Event(
                    BEGIN + timedelta(microseconds=at), node, anchor or way.anchor is None, asked and its == group
                )
                for one, at, anchor, asked, its, node in stream
                if one == who
            ]
            for anchor, nodes, inside in plain.paths(events, own):
                if inside:
                    told[who, group, (anchor.moment - BEGIN) // timedelta(microseconds=1), *nodes] += 1
    return told


@settings(max_examples=200, deadline=None)
@given(STREAM, WAYS)
def test_any_stream_makes_the_paths_of_the_plain_follower(stream: list[Row], way: Way) -> None:
    assert of(walks(read(stream), way)) == plainly(stream, way)


@settings(max_examples=40, deadline=None)
@given(STREAM, WAYS, st.integers(0, 99))
def test_the_order_of_arrival_changes_nothing(stream: list[Row], way: Way, seed: int) -> None:
    other = list(stream)
    Random(seed).shuffle(other)
    assert of(walks(read(other), way)) == of(walks(read(stream), way))


@settings(max_examples=40, deadline=None)
@given(STREAM, WAYS.filter(lambda way: way.collapse))
def test_rows_that_came_twice_change_nothing_where_repeats_are_one(stream: list[Row], way: Way) -> None:
    assert of(walks(read([*stream, *stream]), way)) == of(walks(read(stream), way))


@pytest.mark.parametrize("size", [0, 1])
def test_nothing_takes_no_path(size: int) -> None:
    rows = rows_of([1] * size, [0] * size, [0] * size, node=[3] * size)
    assert len(walks(rows, Way(idle=5, anchor=0))) == 0
