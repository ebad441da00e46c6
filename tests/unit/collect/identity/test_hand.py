"""Joining and parting by hand, and taking it back."""

from __future__ import annotations

import pytest

from tests.unit.collect.identity.test_links import people, say
from tests.unit.collect.load.stream import NOW, Desk
from truenorth.base.errors import SourceError
from truenorth.collect.identity.hand import merge, show, split


def test_a_person_is_shown_with_all_that_was_said(desk: Desk) -> None:
    desk.load({"event": "a", "device": "d1"}, {"event": "b", "device": "d1"}, {"event": "c", "who": "u1"})
    say(desk, ("identify", "d1", "u1"), ("identify", "d1", "u2"))
    found = show(desk.engine, "u1")
    assert [(one.id, one.events) for one in found.ids] == [("d1", 2), ("u1", 1)]
    assert found.events == 3
    assert [(one.kind, one.former, one.current, one.source) for one in found.lines] == [
        ("identify", "d1", "u1", "web"),
        ("identify", "d1", "u2", "web"),
    ]
    assert [bool(one.refused) for one in found.lines] == [False, True]
    assert show(desk.engine, "d1").person == found.person
    assert [one.id for one in show(desk.engine, "u2").ids] == ["u2"]


def test_merge_and_split_take_each_other_back(desk: Desk) -> None:
    desk.load(*({"event": "a", "who": name} for name in "abc"))
    assert merge(desk.engine, "a", "b", NOW)
    assert not merge(desk.engine, "b", "a", NOW)
    assert not merge(desk.engine, "a", "a", NOW)
    assert merge(desk.engine, "b", "c", NOW)
    assert people(desk) == {frozenset("abc")}
    assert split(desk.engine, "a", "b", NOW) == ("b",)
    assert people(desk) == {frozenset("bc")}
    assert merge(desk.engine, "a", "b", NOW)
    assert split(desk.engine, "b", "", NOW) == ("a", "c")
    assert people(desk) == set()
    assert desk.rows("SELECT kind FROM identity ORDER BY link_id") == [
        ("merge",), ("merge",), ("split",), ("merge",), ("split",), ("split",)
    ]  # fmt: skip
    assert desk.rows("SELECT who FROM events ORDER BY who") == [(1,), (2,), (3,)]


def test_what_is_not_joined_is_not_parted(desk: Desk) -> None:
    desk.load(*({"event": "a", "who": name} for name in "abcd"))
    merge(desk.engine, "a", "b", NOW)
    merge(desk.engine, "b", "c", NOW)
    with pytest.raises(SourceError, match='no line joins "a" with "c"') as caught:
        split(desk.engine, "a", "c", NOW)
    assert (caught.value.code, caught.value.hint) == (
        "E_NOT_LINKED",
        '"a" is joined with "b"; part it from one of them',
    )
    with pytest.raises(SourceError, match='"d" is joined with nobody'):
        split(desk.engine, "d", "", NOW)
    assert people(desk) == {frozenset("abc")}


def test_ids_that_nobody_sent(desk: Desk) -> None:
    with pytest.raises(SourceError, match='no event and no link names "x"') as caught:
        show(desk.engine, "x")
    assert caught.value.code == "E_UNKNOWN_ID"
    desk.load({"event": "a", "who": "a"})
    for attempt in (lambda: merge(desk.engine, "a", "x", NOW), lambda: split(desk.engine, "x", "", NOW)):
        with pytest.raises(SourceError, match='"x"'):
            attempt()
    assert desk.rows("SELECT count(*) FROM identity") == [(0,)]
    assert show(desk.engine, "a").lines == ()


def test_quotes_in_ids_are_only_quotes(desk: Desk) -> None:
    desk.load({"event": "a", "who": "O'Hara"}, {"event": "a", "who": 'x"; DROP TABLE ids; --'})
    assert merge(desk.engine, "O'Hara", 'x"; DROP TABLE ids; --', NOW)
    assert len(show(desk.engine, "O'Hara").ids) == 2
