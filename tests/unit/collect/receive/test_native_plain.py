"""Plain events read all at once are the rows that are read event by event."""

from __future__ import annotations

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as some

from truenorth.collect.receive.native_plain import plain_rows
from truenorth.collect.receive.native_rows import closely
from truenorth.collect.spool.frame import Frame

IDS = some.sampled_from([None, "", " ", "ann", " ann ", 17, 0, "é"])
TIMES = some.sampled_from(
    [None, "2026-07-01T12:00:00Z", "2026-07-01 12:00:00.25+02:00", 1_782_907_200, 1_782_907_200_123, 0.5, "soon", ""]
)
VALUES = some.recursive(
    some.none()
    | some.booleans()
    | some.integers(-(2**70), 2**70)
    | some.floats(allow_nan=False, allow_infinity=False)
    | some.text(),
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.text(), inner, max_size=3),
    max_leaves=6,
)
NAMES = some.sampled_from(["seen", "seen ", "bought", " ", "", "$identify"])
FIELDS = {
    "properties": some.dictionaries(some.text(max_size=4), VALUES, max_size=3),
    "time": TIMES,
    **dict.fromkeys(("id", "user_id", "anonymous_id", "session_id"), IDS),
}
EVENTS = some.lists(some.fixed_dictionaries({"event": NAMES}, optional=FIELDS), min_size=1, max_size=4)


def framed(body: bytes) -> Frame:
    return Frame("web", "native", "", "/v1/events", "", 1, 1, body)


@given(EVENTS)
def test_both_ways_give_the_same_rows(events: list[dict[str, object]]) -> None:
    body = json.dumps(events).encode()
    found = plain_rows(body)
    slow = closely(framed(body))
    if found is None:
        assert slow.refused or slow.links or any(event["event"] == "$identify" for event in events) or b"e+" in body
        return
    assert found.events == slow.events
    assert not slow.refused and not slow.links


@pytest.mark.parametrize(
    "event",
    [
        {"event": "seen", "plan": "pro"},
        {"event": "seen", "groups": {"team": "a"}},
        {"event": "seen", "properties": None},
        {"event": "seen", "id": True},
        {"event": "seen", "time": "soon"},
        {"event": "$alias", "user_id": "a", "properties": {"former": "b"}},
        {"event": " "},
        {"event": "seen", "properties": {"deep": json.loads("[" * 70 + "]" * 70)}},
    ],
)
def test_whatever_else_is_in_a_body_is_read_event_by_event(event: dict[str, object]) -> None:
    assert plain_rows(msgspec.json.encode([{"event": "seen"}, event])) is None


def test_an_envelope_is_read_event_by_event() -> None:
    assert plain_rows(b'{"events": [{"event": "seen"}]}') is None
