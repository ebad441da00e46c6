"""Who is one person, by what clients said: tables worked out by hand, and random ones against a rebuild."""

from __future__ import annotations

import random

import numpy as np
import pytest

from tests.unit.collect.load.stream import NOON, SECOND, Desk
from truenorth.collect.identity import log
from truenorth.collect.identity.component import components
from truenorth.collect.identity.junk import JUNK, is_junk

Said = tuple[str, str, str]


def say(desk: Desk, *links: Said, at: int = NOON) -> None:
    """One request a link, one load."""
    for place, link in enumerate(links):
        desk.send({"links": [[*link, at + place * SECOND]]})
    desk.load()


def people(desk: Desk) -> set[frozenset[str]]:
    """The persons of more than one id, by the ids."""
    rows = desk.rows("SELECT list(id) FROM people JOIN ids USING (who) GROUP BY person")
    assert desk.rows("SELECT count(*), count(DISTINCT who) FROM people")[0][0] == sum(len(row[0]) for row in rows)  # type: ignore[arg-type]
    return {frozenset(row[0]) for row in rows}  # type: ignore[call-overload]


def refused(desk: Desk) -> list[tuple[object, ...]]:
    """What was refused, in the order it was said."""
    return desk.rows(
        "SELECT a.id, b.id, refused FROM identity JOIN ids AS a ON a.who = former JOIN ids AS b ON b.who = current "
        "WHERE refused IS NOT NULL ORDER BY link_id"
    )


KNOWN = "it belongs to another known person"


@pytest.mark.parametrize(
    ("links", "persons", "not_joined"),
    [
        # A visitor signs in: from then on, and before, it is the user.
        ([("identify", "a1", "u1")], [{"a1", "u1"}], []),
        # Two devices of a user are one person.
        ([("identify", "a1", "u1"), ("identify", "a2", "u1")], [{"a1", "a2", "u1"}], []),
        # A second user at the same device does not become the first.
        ([("identify", "a1", "u1"), ("identify", "a1", "u2")], [{"a1", "u1"}], [("a1", "u2", KNOWN)]),
        # Nor by way of a known user's id.
        (
            [("identify", "a1", "u1"), ("identify", "a2", "u2"), ("identify", "u1", "u2")],
            [{"a1", "u1"}, {"a2", "u2"}],
            [("u1", "u2", KNOWN)],
        ),
        # An alias gives a user one more id.
        ([("alias", "old", "u1"), ("identify", "a1", "u1")], [{"old", "a1", "u1"}], []),
        ([("alias", "x", "u1"), ("alias", "y", "x")], [{"x", "y", "u1"}], []),
        # But not that of somebody known.
        (
            [("identify", "a1", "u1"), ("identify", "a2", "u2"), ("alias", "u1", "u2")],
            [{"a1", "u1"}, {"a2", "u2"}],
            [("u1", "u2", KNOWN)],
        ),
        # A merge joins them all the same.
        (
            [("identify", "a1", "u1"), ("identify", "a2", "u2"), ("merge", "u1", "u2")],
            [{"a1", "u1", "a2", "u2"}],
            [],
        ),
        # Who says it twice says it once.
        ([("identify", "a1", "u1"), ("identify", "a1", "u1"), ("alias", "a1", "u1")], [{"a1", "u1"}], []),
        # Nobody is no person.
        ([("identify", "a1", "undefined"), ("identify", "null", "u1"), ("identify", "a2", "")], [], "junk"),
        # An id is itself.
        ([("identify", "u1", "u1")], [], []),
        # Chains, in whichever order they are said.
        ([("merge", "a", "b"), ("merge", "c", "d"), ("merge", "b", "c")], [{"a", "b", "c", "d"}], []),
        ([("merge", "b", "c"), ("merge", "c", "d"), ("merge", "a", "b")], [{"a", "b", "c", "d"}], []),
    ],
)
@pytest.mark.parametrize("loads", ["one", "many"])
def test_a_table_by_hand(
    desk: Desk, links: list[Said], persons: list[set[str]], not_joined: list[Said] | str, loads: str
) -> None:
    if loads == "one":
        say(desk, *links)
    else:
        for place, link in enumerate(links):
            say(desk, link, at=NOON + place * SECOND)
    assert people(desk) == {frozenset(one) for one in persons}
    if not_joined == "junk":
        assert {row[2] for row in refused(desk)} == {"an id that names nobody"}
    else:
        assert refused(desk) == not_joined


def test_what_comes_together_is_ordered_by_its_time(desk: Desk) -> None:
    desk.send({"links": [["identify", "a1", "u2", NOON + SECOND]]})
    desk.send({"links": [["identify", "a1", "u1", NOON]]})
    desk.load()
    assert people(desk) == {frozenset({"a1", "u1"})}


def test_ids_on_events_stay_what_they_were(desk: Desk) -> None:
    desk.load({"event": "a", "device": "a1"})
    say(desk, ("identify", "a1", "u1"))
    desk.load({"event": "b", "device": "a1", "who": "u1"})
    assert desk.rows("SELECT event, who, anonymous_id FROM events ORDER BY event") == [("a", 1, "a1"), ("b", 2, "a1")]
    assert desk.rows("SELECT coalesce(person, who) FROM events LEFT JOIN people USING (who)") == [(1,), (1,)]


def test_the_log_grows_with_what_is_new(desk: Desk) -> None:
    for _ in range(3):
        say(desk, ("identify", "a1", "u1"), ("identify", "a1", "u2"), ("identify", "null", "u1"))
    desk.loader = desk.fresh(desk.engine)
    say(desk, ("identify", "a1", "u1"), ("identify", "a1", "u2"), ("identify", "null", "u1"))
    assert desk.rows("SELECT count(*) FROM identity") == [(3,)]


def test_who_was_parted_by_hand_stays_apart(desk: Desk) -> None:
    say(desk, ("identify", "a1", "u1"))
    with desk.engine.transaction():
        log.append(desk.engine, [log.Line("split", 1, 2)])
        log.rebuild(desk.engine)
    assert people(desk) == set()
    say(desk, ("identify", "a1", "u1"), ("merge", "u1", "a1"))
    assert people(desk) == set()
    assert [row[2] for row in refused(desk)] == ["they were parted by hand"] * 2
    with desk.engine.transaction():
        log.append(desk.engine, [log.Line("merge", 1, 2)])
        log.rebuild(desk.engine)
    assert people(desk) == {frozenset({"a1", "u1"})}


@pytest.mark.parametrize("seed", [*range(4), *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(4, 12))])
def test_step_by_step_is_the_same_as_from_the_whole_log(desk: Desk, seed: int) -> None:
    draw = random.Random(seed)
    names = [f"a{number}" for number in range(14)] + [f"u{number}" for number in range(8)] + ["null"]
    for _ in range(12):
        links = []
        for _ in range(draw.randrange(1, 8)):
            former, current = draw.sample(names, 2)
            links.append((draw.choice(["identify", "identify", "alias", "merge"]), former, current))
        say(desk, *links)
        step = desk.rows("SELECT who, person FROM people ORDER BY who")
        with desk.engine.transaction():
            log.rebuild(desk.engine)
        assert desk.rows("SELECT who, person FROM people ORDER BY who") == step


def test_junk_is_junk_however_it_is_written() -> None:
    assert all(is_junk(word) and is_junk(f" {word.upper()} ") for word in JUNK)
    assert all(map(is_junk, ["", "  ", "0000", "-", '"null"', "\x00", "[object Object]"]))
    assert not any(map(is_junk, ["u1", "1", "admin", "test", "10", "nulla", "user-1", "id 7", "0f", "anna", "日本"]))


@pytest.mark.parametrize("seed", range(5))
def test_components_are_those_of_a_search(seed: int) -> None:
    draw = np.random.default_rng(seed)
    left, right = draw.integers(0, 60, (2, 45))
    near: dict[int, set[int]] = {}
    for one, other in zip(left.tolist(), right.tolist(), strict=True):
        near.setdefault(one, {one}).add(other)
        near.setdefault(other, {other}).add(one)
    numbers, roots = components(left, right)
    for number, root in zip(numbers.tolist(), roots.tolist(), strict=True):
        seen, todo = set(), [number]
        while todo:
            here = todo.pop()
            if here not in seen:
                seen.add(here)
                todo += near[here]
        assert root == min(seen)
