"""What is set aside is whole, is refused again for the same reason as long as it is not mended, and is taken then."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest

from tests.unit.collect.receive.wire import NOW, kept, received, request
from truenorth.collect.receive.batch import Batch
from truenorth.collect.receive.request import Request
from truenorth.collect.receive.route import dialect, route
from truenorth.collect.spool.frame import Frame

GOOD: dict[str, Any] = {"event": "a", "name": "a", "type": "track", "distinct_id": "u", "userId": "u", "properties": {}}
GOOD |= {"event_type": "a", "user_id": "u", "event_properties": {}}
PATHS = {
    "native": ("/v1/events", "events", "properties"),
    "posthog": ("/batch/?token=k", "batch", "properties"),
    "segment": ("/v1/batch", "batch", "properties"),
    "google": ("/mp/collect?api_secret=k", "events", "params"),
    "amplitude": ("/2/httpapi", "events", "event_properties"),
    "mixpanel": ("/track?token=k", "$batch", "properties"),
}
BAD: dict[str, list[Any]] = {
    "native": [{"time": "soon"}, {"event": 5}, {"event": " "}, {"user_id": [1]}, {"properties": 5}, {"groups": []}],
    "posthog": [{"event": 5}, {"event": " "}, {"distinct_id": ""}, {"distinct_id": {}}, {"distinct_id": True}],
    "segment": [{"event": None}, {"event": " "}, {"userId": None}, {"userId": []}, {"type": "dance"}, {"type": None}],
    "amplitude": [{"event_type": ""}, {"user_id": []}, {"user_id": ""}, {"event_properties": []}],
    "mixpanel": [{"event": ""}, {"properties": None}, {"properties": {"distinct_id": []}}],
    "google": [{"name": ""}, {"name": None}, {"params": [1]}],
}
CASES = [(name, bad) for name, many in BAD.items() for bad in many]


def again(asked: Request, raw: bytes) -> Batch:
    """The rows of a piece that lay in the quarantine."""
    found = route(asked)
    assert found is not None
    reader = dialect(found[0].name)
    assert reader is not None
    return reader.rows(Frame("web", reader.name, "", found[1].path, asked.query, NOW, 1, raw))


@pytest.mark.parametrize(("name", "bad"), CASES)
def test_a_piece_is_refused_again_until_it_is_mended(name: str, bad: Any) -> None:
    path, field, _ = PATHS[name]
    asked = request(path, {"client_id": "c", field: [GOOD, {**GOOD, **bad}]})
    [piece] = received(asked).refused
    refused = again(asked, piece.raw)
    assert [one.code for one in refused.refused] == [piece.code] and not refused.events.event
    mended = json.loads(piece.raw)
    mended = {**mended, field: [GOOD]} if field in mended else GOOD
    taken = again(asked, json.dumps(mended).encode())
    assert taken.events.event == ["a"] and not taken.refused


@pytest.mark.parametrize("name", PATHS)
def test_what_the_load_refuses_is_whole(name: str) -> None:
    path, field, properties = PATHS[name]
    deep = json.dumps({**GOOD, properties: {"x": 0}}).replace("0", "[" * 90 + "]" * 90)
    body = f'{{"client_id": "c", "{field}": [{json.dumps(GOOD)}, {deep}]}}'.encode()
    got = received(request(path, body))
    found = [*got.refused, *kept(request(path, body)).refused]
    assert [(one.code, one.place) for one in found] == [("E_EVENT_UNREADABLE", "1")]
    assert deep.encode() in found[0].raw


@pytest.mark.parametrize("name", PATHS)
def test_a_body_that_was_set_aside_as_it_came_can_be_read(name: str) -> None:
    path, field, _ = PATHS[name]
    asked = request(path, gzip.compress(json.dumps({"client_id": "c", field: [GOOD] * 3}).encode()))
    assert len(again(asked, asked.body).events.event) == 3
    assert [one.code for one in again(asked, asked.body[:-9]).refused] == ["E_BODY_UNREADABLE"]


def test_whose_events_they_are_is_set_aside_with_them() -> None:
    asked = request(PATHS["google"][0], {"client_id": None, "user_properties": {"a": {"value": 1}}, "events": [GOOD]})
    [piece] = received(asked).refused
    assert piece.code == "E_EVENT_NO_ID"
    mended = {**json.loads(piece.raw), "client_id": "c"}
    taken = again(asked, json.dumps(mended).encode())
    assert taken.events.anonymous_id == ["c"] and b"$user_properties" in taken.events.properties[0]


@pytest.mark.parametrize("name", PATHS)
def test_nothing_kept_is_nothing_set_aside(name: str) -> None:
    batch = again(request(PATHS[name][0]), b"")
    assert (batch.events.event, batch.links, batch.refused) == ([], [], [])
