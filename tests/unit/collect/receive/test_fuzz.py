"""Whatever comes over the wire, no dialect falls over, and what is taken and refused is what came."""

from __future__ import annotations

import gzip
import json
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.collect.receive.wire import kept, received, request
from truenorth.collect.receive.request import Request

VALUES: st.SearchStrategy[Any] = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)),
    max_leaves=8,
)
FIELDS = {
    "google": ("name", "params", "timestamp_micros", "event", "client_id"),
    "segment": ("type", "event", "userId", "anonymousId", "messageId", "timestamp", "properties", "context", "sentAt"),
    "amplitude": (
        "event_type",
        "insert_id",
        "time",
        "user_id",
        "device_id",
        "session_id",
        "groups",
        "event_properties",
    ),
    "umami": ("type", "payload"),
    "plausible": ("n", "u", "d", "p", "props", "$"),
    "mixpanel": ("event", "properties", "$token", "$set"),
    "native": ("event", "id", "time", "user_id", "anonymous_id", "session_id", "groups", "properties", "key"),
    "posthog": ("event", "uuid", "distinct_id", "timestamp", "offset", "properties", "$set", "token", "api_key"),
}
ROUTES = {
    "google": ("/mp/collect", "events"),
    "amplitude": ("/2/httpapi", "events"),
    "umami": ("/api/batch", "batch"),
    "plausible": ("/api/event", "batch"),
    "mixpanel": ("/track", "$batch"),
    "native": ("/v1/events", "events"),
    "posthog": ("/batch/", "batch"),
    "segment": ("/v1/batch", "batch"),
}
NAMES = sorted(ROUTES)
NEAR = {
    "event": "a",
    "event_type": "a",
    "user_id": "u",
    "name": "a",
    "type": "track",
    "distinct_id": "u",
    "userId": "u",
}


def one(dialect: str) -> st.SearchStrategy[Any]:
    """An event that is nearly right, or anything."""
    inside = st.dictionaries(
        st.sampled_from(
            ["$set", "$groups", "distinct_id", "$lib", "token", "alias", "a", "time", "$device_id", "$insert_id"]
        ),
        VALUES,
        max_size=3,
    )
    field = st.sampled_from(FIELDS[dialect])
    near = st.dictionaries(field, VALUES | st.text(min_size=1, max_size=5) | inside, max_size=6)
    return st.one_of(near, near.map(lambda event: {**NEAR, **event}), VALUES)


def told(asked: Request) -> int:
    """How many events were taken or refused; fails when that is not said in one of the ways a client understands."""
    got = received(asked)
    assert got.reply.status in (200, 202, 204, 207, 400, 401, 413)
    batch = kept(asked)
    assert len(batch.events.event) + len(batch.refused) == got.count
    assert {len(column) for column in msgspec.structs.astuple(batch.events)} == {len(batch.events.event)}
    for raw in batch.events.properties:
        assert isinstance(json.loads(raw), dict)
    return got.count + len(got.refused)


@pytest.mark.parametrize("dialect", NAMES)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_nearly_right_events(dialect: str, data: st.DataObject) -> None:
    path, field = ROUTES[dialect]
    events = data.draw(st.lists(one(dialect), min_size=1, max_size=4))
    assert told(request(path, {"api_key": "k", "client_id": "c", field: events})) == len(events)
    if isinstance(events[0], dict) or len(events) > 1:
        assert told(request(path, events)) == len(events)


@pytest.mark.parametrize("dialect", NAMES)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_damaged_bytes(dialect: str, data: st.DataObject) -> None:
    path, field = ROUTES[dialect]
    events = data.draw(st.lists(one(dialect), min_size=1, max_size=3))
    body = bytearray(json.dumps({field: events}).encode())
    for _ in range(data.draw(st.integers(1, 3))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    told(request(path, bytes(body)))
    told(request(path, bytes(body[: data.draw(st.integers(0, len(body)))])))
    told(request(path, gzip.compress(bytes(body))[: data.draw(st.integers(0, 60))]))


@pytest.mark.parametrize("dialect", NAMES)
@settings(max_examples=60, deadline=None)
@given(body=st.binary(max_size=200), query=st.text(max_size=20), method=st.sampled_from(["GET", "POST", "PUT"]))
def test_any_bytes(dialect: str, body: bytes, query: str, method: str) -> None:
    path, _ = ROUTES[dialect]
    asked = request(f"/ingest/{dialect}{path}?{query}", body, method)
    got = received(asked)
    assert 200 <= got.reply.status < 500
    kept(asked)
