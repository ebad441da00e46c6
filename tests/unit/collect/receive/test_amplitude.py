"""Amplitude's way of sending: its paths, its answers, its ids."""

from __future__ import annotations

import gzip
import json
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.unit.collect.receive.wire import SENT, SENT_AT, TIME_AT, event, events, kept, received, reply, request
from truenorth.collect.receive.amplitude import AMPLITUDE
from truenorth.collect.receive.batch import Link
from truenorth.collect.receive.route import route

ONE: dict[str, Any] = {
    "event_type": "Signed Up",
    "user_id": "ann",
    "device_id": "d1",
    "time": TIME_AT // 1000,
    "insert_id": "i-1",
    "event_properties": {"plan": "pro"},
    "library": "amplitude-python/1.3.0",
    "session_id": 1_795_322_000_000,
}
BODY: dict[str, Any] = {"api_key": "AKEY", "events": [ONE], "client_upload_time": SENT, "options": {"min_id_length": 5}}
SHAPES = {
    "httpapi": request("/2/httpapi", BODY),
    "batch": request("/batch", BODY),
    "batch in gzip": request("/batch", gzip.compress(json.dumps(BODY).encode())),
    "under the prefix": request("/ingest/amplitude/2/httpapi", BODY),
}


@pytest.mark.parametrize("name", SHAPES)
def test_every_shape_is_the_same_event(name: str) -> None:
    got = received(SHAPES[name])
    assert (got.reply.status, got.key, got.count) == (200, "AKEY", 1)
    said = reply(SHAPES[name])
    assert (said["code"], said["events_ingested"], said["payload_size_bytes"]) == (200, 1, len(SHAPES[name].body))
    row = event(SHAPES[name])
    assert (row["event"], row["unique"], row["event_id"], row["client_time"]) == ("Signed Up", "i-1", "i-1", TIME_AT)
    assert (row["user_id"], row["anonymous_id"], row["session_id"]) == ("ann", "d1", "1795322000000")
    assert (row["sent_at"], row["skewed"], row["library"]) == (SENT_AT, True, "amplitude-python/1.3.0")
    assert row["properties"] == {"plan": "pro", "$session_id": 1_795_322_000_000}
    assert kept(SHAPES[name]).links == [Link("identify", "d1", "ann", TIME_AT)]


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ({"api_key": "k", "events": [{"batch": 1}]}, "amplitude"),
        ({"batch": [{"events": 1}], "api_key": "k"}, "posthog"),
        ({"api_key": "k", "batch": []}, "posthog"),
        ([], "posthog"),
    ],
)
def test_the_body_says_whose_batch_it_is(body: Any, name: str) -> None:
    for raw in (json.dumps(body).encode(), gzip.compress(json.dumps(body).encode())):
        found = route(request("/batch/", raw))
        assert found is not None and found[0].name == name


def test_forms() -> None:
    said = {"user_id": "ann", "user_properties": {"$set": {"plan": "pro + more"}}}
    asked = request("/identify", urlencode({"api_key": "AKEY", "identification": json.dumps([said])}).encode())
    assert (received(asked).key, received(asked).count) == ("AKEY", 1)
    row = event(asked)
    assert (row["event"], row["user_id"]) == ("$identify", "ann")
    assert row["properties"] == {"$user_properties": {"$set": {"plan": "pro + more"}}}
    group = {"group_type": "company", "group_value": "acme", "group_properties": {"size": 5}}
    asked = request("/groupidentify", urlencode({"api_key": "A", "identification": json.dumps(group)}).encode())
    row = event(asked)
    assert (row["event"], row["user_id"]) == ("$groupidentify", None)
    assert (row["groups"], row["properties"]["$group_properties"]) == ({"company": "acme"}, {"size": 5})


def test_events_about_people_and_groups() -> None:
    about = {**ONE, "event_type": "$identify", "user_properties": {"$setOnce": {"a": 1}}, "groups": {"company": "acme"}}
    row = event(request("/2/httpapi", {**BODY, "events": [about]}))
    assert (row["groups"], row["properties"]["$user_properties"]) == ({"company": "acme"}, {"$setOnce": {"a": 1}})


def test_what_makes_an_event_the_same() -> None:
    def unique(**fields: Any) -> str:
        return str(event(request("/2/httpapi", {**BODY, "events": [{**ONE, **fields}]}))["unique"])

    assert unique(insert_id=None) == ""
    counted = unique(insert_id=None, event_id=7)
    assert counted == unique(insert_id=None, event_id=7) != unique(insert_id=None, event_id=8)
    assert unique(insert_id=None, event_id=7, device_id=None) == ""


def test_outside_of_a_session() -> None:
    row = event(request("/2/httpapi", {**BODY, "events": [{**ONE, "session_id": -1, "time": "soon"}]}))
    assert (row["session_id"], row["client_time"], row["properties"]) == (
        None,
        None,
        {"plan": "pro", "$timestamp": "soon"},
    )


BAD: list[tuple[Any, str, str]] = [
    ({**ONE, "event_type": " "}, "E_EVENT_NO_NAME", "events_with_missing_fields"),
    ({**ONE, "user_id": None, "device_id": ""}, "E_EVENT_NO_ID", "events_with_missing_fields"),
    ({**ONE, "user_id": []}, "E_EVENT_UNREADABLE", "events_with_invalid_fields"),
    ({**ONE, "event_properties": 5}, "E_EVENT_UNREADABLE", "events_with_invalid_fields"),
    ("x", "E_EVENT_UNREADABLE", "events_with_invalid_fields"),
]


@pytest.mark.parametrize(("one", "code", "field"), BAD)
def test_a_bad_event_costs_only_itself(one: Any, code: str, field: str) -> None:
    asked = request("/2/httpapi", {**BODY, "events": [ONE, one, ONE]})
    got = received(asked)
    assert (got.reply.status, got.count, got.key, len(events(asked))) == (200, 2, "AKEY", 2)
    assert [(bad.code, bad.place, json.loads(bad.raw)) for bad in got.refused] == [(code, "1", one)]
    alone = received(request("/2/httpapi", {**BODY, "events": [one]}))
    assert (alone.reply.status, alone.key, len(alone.refused)) == (400, "AKEY", 1)
    assert [*json.loads(alone.reply.body)[field].values()] == [[0]]


@pytest.mark.parametrize("body", [b"", b"{", b"text", b"7", b'{"events":7}', b"\xff"])
def test_bodies_that_are_none(body: bytes) -> None:
    got = received(request("/2/httpapi?api_key=k", body))
    assert (got.reply.status, got.count, json.loads(got.reply.body)["code"]) == (400, 0, 400)
    assert [bad.raw for bad in got.refused] == ([body] if body else [])


def test_denials_and_other_methods() -> None:
    wrong = AMPLITUDE.denied(request("/2/httpapi"), 401, "E_WRONG_KEY: none")
    assert wrong.status == 400 and json.loads(wrong.body)["error"].startswith("Invalid API key: ")
    slowly = json.loads(AMPLITUDE.denied(request("/2/httpapi"), 429, "slowly").body)
    assert (slowly["code"], slowly["throttled_events"]) == (429, [])
    assert received(request("/2/httpapi", method="PUT")).reply.status == 405
    assert received(request("/ingest/amplitude/nothing")).reply.status == 404
