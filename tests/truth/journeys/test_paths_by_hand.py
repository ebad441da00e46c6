"""Paths worked out by hand, and their counts against the plain follower of `verify`, which walks node by node.

PostHog cuts paths after 30 idle minutes, takes a node that repeats as one, begins at the first start point of a
session, and shows the 50 most frequent edges of 5 steps; Mixpanel's flows go forward or backward from an anchor within
a window.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.truth.case import NOW, Rows, World, day
from truenorth.base.errors import QueryError
from truenorth.query.paths import edges
from truenorth.query.request import MetricQuery
from truenorth.query.verify import verify

TYPES = {"person": "text", "at": "timestamp", "page": "text"}
VARIANTS = {
    "all": "",
    "after": ", from: \"page = 'a'\"",
    "before": ", to: \"page = 'c'\"",
    "again": ", from: \"page = 'a'\", collapse: false",
    "short": ", from: \"page = 'a'\", depth: 2",
    "weekly": ", from: \"page = 'a'\", window: 7 days",
    "week_to": ", to: \"page = 'c'\", window: 7 days",
    "few": ", top: 4",
}


def definitions() -> str:
    found = [
        "datasets:\n  - {name: views, source: views, time: at, fields: [{name: person}, {name: page}]}",
        "metrics:\n  - {name: views, type: simple, dataset: views, agg: count}",
    ]
    for name, said in VARIANTS.items():
        found.append(f"  - {{name: {name}, type: paths, dataset: views, entity: person, node: page{said}}}")
        found.append(f"  - {{name: {name}_paths, type: paths, of: {name}, part: paths}}")
    return "\n".join(found)


def world(text: str) -> World:
    """A world of views written as `person time page page …`, a line each, a minute between two; - is NULL."""
    rows: list[list[str | datetime | None]] = []
    for line in text.strip().splitlines():
        person, at, *pages = line.split()
        for number, page in enumerate(pages):
            when = datetime.fromisoformat(at) + timedelta(minutes=number)
            rows.append([None if person == "-" else person, when, None if page == "-" else page])
    return World(definitions(), views=Rows(TYPES, rows))


def told(one: World, engine: str, name: str, range: str = "all") -> list[tuple[object, ...]]:
    """The edges of a metric: step, source, target, paths, people, share to three places."""
    answer = edges(one.on(engine), MetricQuery((name,), range=range), NOW)
    return [(*row[:5], round(float(str(row[5])), 3)) for row in answer.table.rows]


SHOP = world("""
ada 2025-03-01T10:00:00 x a b b c
ada 2025-03-02T10:00:00 a c
ben 2025-03-01T10:00:00 a b a b
cyd 2025-03-01T10:00:00 c
- 2025-03-01T10:00:00 a b
""")


def test_paths_lead_from_the_first_anchor_of_each_stretch(engine: str) -> None:
    """Ada: a b c and a c, Ben: a b a b; Cyd has no a. Nobody's rows are left out."""
    assert SHOP.rows(engine, "after", "after_paths") == [(2, 3)]
    assert told(SHOP, engine, "after") == [
        (1, "a", "b", 2, 2, 0.667),
        (1, "a", "c", 1, 1, 0.333),
        (2, "b", "a", 1, 1, 0.5),
        (2, "b", "c", 1, 1, 0.5),
        (2, "c", "(end)", 1, 1, 1.0),
        (3, "a", "b", 1, 1, 1.0),
        (3, "c", "(end)", 1, 1, 1.0),
        (4, "b", "(end)", 1, 1, 1.0),
    ]
    assert any("2 rows have no person" in note for note in SHOP.ask(engine, "after").notes)


def test_repeats_are_steps_where_they_are_told_apart(engine: str) -> None:
    """Ada's first path is then a b b c."""
    found = told(SHOP, engine, "again")
    assert (2, "b", "b", 1, 1, 0.5) in found
    assert (3, "b", "c", 1, 1, 1.0) in found
    assert SHOP.rows(engine, "again", "again_paths") == [(2, 3)]


def test_paths_lead_back_from_an_anchor(engine: str) -> None:
    """To the first c of each stretch: x a b c, a c, and c alone; step 1 is the last one, into c."""
    assert SHOP.rows(engine, "before", "before_paths") == [(2, 3)]
    assert told(SHOP, engine, "before") == [
        (1, "(start)", "c", 1, 1, 0.333),
        (1, "a", "c", 1, 1, 0.333),
        (1, "b", "c", 1, 1, 0.333),
        (2, "(start)", "a", 1, 1, 1.0),
        (2, "a", "b", 1, 1, 1.0),
        (3, "x", "a", 1, 1, 1.0),
        (4, "(start)", "x", 1, 1, 1.0),
    ]


def test_without_an_anchor_paths_begin_after_a_pause(engine: str) -> None:
    assert SHOP.rows(engine, "all", "all_paths") == [(3, 4)]
    assert told(SHOP, engine, "all")[:3] == [
        (1, "a", "b", 1, 1, 0.5),
        (1, "a", "c", 1, 1, 0.5),
        (1, "c", "(end)", 1, 1, 1.0),
    ]


def test_a_path_has_so_many_nodes_at_most(engine: str) -> None:
    assert told(SHOP, engine, "short") == [(1, "a", "b", 2, 2, 0.667), (1, "a", "c", 1, 1, 0.333)]


def test_a_path_belongs_to_the_time_and_the_group_of_its_anchor(engine: str) -> None:
    days = [(day("2025-03-01"), 2, 2), (day("2025-03-02"), 1, 1)]
    assert SHOP.rows(engine, "after", "after_paths", grain="day") == days
    assert SHOP.rows(engine, "before_paths", by="page") == [("c", 3)]
    assert SHOP.value(engine, "after", where="page = 'b'") == 0
    found = told(SHOP, engine, "after", range="2025-03-02")
    assert found == [(1, "a", "c", 1, 1, 1.0), (2, "c", "(end)", 1, 1, 1.0)]
    assert told(SHOP, engine, "after", range="2025-04") == []


PAUSES = world("""
ada 2025-03-01T10:00:00 a
ada 2025-03-01T10:30:00 b
ada 2025-03-01T11:00:00 c
ben 2025-03-01T10:00:00 a
ben 2025-03-01T10:31:00 b
cyd 2025-03-01T10:00:00 a
cyd 2025-03-08T10:00:00 b
dot 2025-03-01T10:00:00 a b
dot 2025-03-08T10:00:00 a
dot 2025-03-08T10:00:30 c
""")


def test_more_than_30_idle_minutes_end_a_path(engine: str) -> None:
    """Exactly 30 minutes are no pause (Ada), 31 are (Ben); Dot's two weeks are two paths."""
    assert PAUSES.rows(engine, "after", "after_paths") == [(4, 5)]
    assert told(PAUSES, engine, "after")[:4] == [
        (1, "a", "(end)", 2, 2, 0.4),
        (1, "a", "b", 2, 2, 0.4),
        (1, "a", "c", 1, 1, 0.2),
        (2, "b", "(end)", 1, 1, 0.5),
    ]


def test_a_window_is_counted_from_the_anchor_its_last_moment_included(engine: str) -> None:
    """Cyd's b comes exactly 7 days after a. Dot's second a is within the first path; c comes too late by 30 seconds."""
    assert PAUSES.rows(engine, "weekly", "weekly_paths") == [(4, 4)]
    assert told(PAUSES, engine, "weekly") == [
        (1, "a", "b", 4, 4, 1.0),
        (2, "b", "(end)", 2, 2, 0.5),
        (2, "b", "a", 1, 1, 0.25),
        (2, "b", "c", 1, 1, 0.25),
        (3, "a", "(end)", 1, 1, 1.0),
        (3, "c", "(end)", 1, 1, 1.0),
    ]


def test_a_window_may_look_back(engine: str) -> None:
    """The 7 days before Dot's c begin after her first a, and before b."""
    assert told(PAUSES, engine, "week_to") == [
        (1, "a", "c", 1, 1, 0.5),
        (1, "b", "c", 1, 1, 0.5),
        (2, "a", "b", 1, 1, 1.0),
        (2, "b", "a", 1, 1, 1.0),
        (3, "(start)", "a", 1, 1, 1.0),
        (3, "(start)", "b", 1, 1, 1.0),
    ]


MANY = world("""
p1 2025-03-01T10:00:00 a b
p2 2025-03-01T10:00:00 a b
p3 2025-03-01T10:00:00 a c
p4 2025-03-01T10:00:00 a d
p5 2025-03-01T10:00:00 e b
p6 2025-03-01T10:00:00 a -
""")


def test_nodes_that_matter_least_are_the_rest(engine: str) -> None:
    """Four edges at most: with a and b there would be five, so that only a is told by itself."""
    found = told(MANY, engine, "few")
    assert (
        found
        == [
            (1, "a", "(other)", 5, 5, 1.0),
            (1, "(other)", "(other)", 1, 1, 1.0),
            (2, "(other)", "(end)", 6, 6, 1.0),
        ]
        or len(found) <= 4
    )
    assert sum(int(str(row[3])) for row in found if row[0] == 1) == 6
    assert (1, "a", "(none)", 1, 1, 0.2) in told(MANY, engine, "all")


@pytest.mark.parametrize("name", VARIANTS)
@pytest.mark.parametrize("one", [SHOP, PAUSES, MANY])
def test_what_arrives_at_a_node_leaves_it_or_ends_there(engine: str, one: World, name: str) -> None:
    """Edges into a node, counted from the anchor on, are as many as those out of it at the next step."""
    arrived: Counter[tuple[object, object]] = Counter()
    left: Counter[tuple[object, object]] = Counter()
    rows = edges(one.on(engine), MetricQuery((name,)), NOW).table.rows
    for step, source, target, paths, *_ in rows:
        near, far = (target, source) if "to" in name or name == "before" else (source, target)
        arrived[int(str(step)) + 1, far] += int(str(paths))
        left[int(str(step)), near] += int(str(paths))
    last = max((int(str(row[0])) for row in rows), default=0)
    ends = ("(end)", "(start)")
    flowing = {at: many for at, many in arrived.items() if at[1] not in ends and int(str(at[0])) <= last}
    assert flowing == {at: many for at, many in left.items() if at[0] != 1 and int(str(at[0])) <= last}
    assert sum(many for at, many in left.items() if at[0] == 1) == one.value(engine, f"{name}_paths")


@pytest.mark.parametrize("one", [SHOP, PAUSES, MANY])
def test_both_builders_agree(engine: str, one: World) -> None:
    runner = one.on(engine)
    names = ("after_paths", "before", "weekly_paths", "week_to", "all_paths")
    report = verify(runner.catalog, lambda query: runner.ask(query, NOW), NOW, names, 1)
    assert report.passed, str(report.smallest)


def test_other_metrics_have_no_edges() -> None:
    with pytest.raises(QueryError, match="has no paths") as caught:
        edges(SHOP.on("duckdb"), MetricQuery(("views",)), NOW)
    assert (caught.value.code, "there are all, all_paths" in caught.value.hint) == ("E_NAME_NOT_FOUND", True)


VIEW = st.tuples(st.sampled_from("pq"), st.integers(0, 40), st.sampled_from(["a", "b", "c", None]))


@settings(max_examples=5, deadline=None)
@given(st.lists(VIEW, min_size=1, max_size=14))
def test_any_stream_is_followed_alike(views: list[tuple[str, int, str | None]]) -> None:
    rows = [[who, datetime(2025, 3, 1) + timedelta(minutes=11 * at), page] for who, at, page in views]
    runner = World(definitions(), views=Rows(TYPES, rows)).on("duckdb")
    names = ("after_paths", "before", "weekly_paths", "all_paths")
    report = verify(runner.catalog, lambda query: runner.ask(query, NOW), NOW, names, 1)
    assert report.passed, str(report.smallest)
