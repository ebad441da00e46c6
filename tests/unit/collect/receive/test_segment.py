"""Segment's way of sending: its calls, its paths, its answers."""

from __future__ import annotations

import base64
import gzip
import json
from typing import Any

import pytest

from tests.unit.collect.receive.wire import (
    SENT,
    SENT_AT,
    TIME,
    TIME_AT,
    event,
    events,
    kept,
    received,
    reply,
    request,
)
from truenorth.collect.receive.batch import Link
from truenorth.collect.receive.segment import SEGMENT

ONE: dict[str, Any] = {
    "type": "track",
    "event": "bought",
    "userId": "ann",
    "anonymousId": None,
    "messageId": "node-next-1795322483496-0193",
    "timestamp": TIME,
    "properties": {"price": 12.5},
    "context": {"library": {"name": "analytics-python", "version": "2.4.0"}, "page": {"path": "/cart"}},
    "integrations": {},
}
BATCH = {"batch": [ONE], "sentAt": SENT, "writeKey": "wk"}
BASIC = {"authorization": "Basic " + base64.b64encode(b"wk:").decode()}
UNTYPED = {name: value for name, value in ONE.items() if name != "type"}
SHAPES = {
    "batch": request("/v1/batch", BATCH),
    "batch under the prefix": request("/ingest/segment/v1/batch", BATCH),
    "batch by basic authentication": request("/v1/batch", {"batch": [ONE], "sentAt": SENT}, **BASIC),
    "batch of a browser": request("/v1/b", json.dumps(BATCH).encode(), content_type="text/plain"),
    "batch in gzip under another label": request(
        "/v1/batch", gzip.compress(json.dumps(BATCH).encode()), content_type="application/x-www-form-urlencoded"
    ),
    "track": request("/v1/track", {**ONE, "writeKey": "wk", "sentAt": SENT}),
    "track of a browser": request("/v1/t", {**UNTYPED, "writeKey": "wk", "sentAt": SENT}),
    "key inside of a message": request("/v1/batch", {"batch": [{**ONE, "writeKey": "wk"}], "sentAt": SENT}),
    "key in the address": request("/v1/track?writeKey=wk", {**ONE, "sentAt": SENT}),
}


@pytest.mark.parametrize("name", SHAPES)
def test_every_shape_is_the_same_event(name: str) -> None:
    got = received(SHAPES[name])
    assert (got.reply.status, got.reply.body, got.key, got.count) == (200, b'{"success":true}', "wk", 1)
    row = event(SHAPES[name])
    assert (row["event"], row["unique"], row["event_id"]) == ("bought", ONE["messageId"], ONE["messageId"])
    assert (row["user_id"], row["anonymous_id"], row["client_time"]) == ("ann", None, TIME_AT)
    assert (row["sent_at"], row["skewed"], row["library"]) == (SENT_AT, True, "analytics-python/2.4.0")
    assert row["properties"]["price"] == 12.5 and row["properties"]["$context"]["page"] == {"path": "/cart"}
    assert "wk" not in json.dumps(row["properties"])


CALLS: list[tuple[str, dict[str, Any], str, dict[str, Any]]] = [
    ("identify", {"traits": {"plan": "pro"}}, "$identify", {"$traits": {"plan": "pro"}}),
    (
        "page",
        {"name": "Home", "category": "Docs", "properties": {"url": "https://a.example/"}},
        "$pageview",
        {"url": "https://a.example/", "$name": "Home", "$category": "Docs"},
    ),
    ("screen", {"name": "Cart"}, "$screen", {"$name": "Cart"}),
    (
        "group",
        {"groupId": "acme", "traits": {"size": 5}},
        "$groupidentify",
        {"$groupId": "acme", "$traits": {"size": 5}},
    ),
    ("alias", {"previousId": "old"}, "$create_alias", {"$previousId": "old"}),
]


@pytest.mark.parametrize(("call", "fields", "name", "properties"), CALLS)
@pytest.mark.parametrize("short", [False, True])
def test_calls(call: str, fields: dict[str, Any], name: str, properties: dict[str, Any], short: bool) -> None:
    message = {"type": call, "userId": "ann", "messageId": "m", **fields}
    row = event(request(f"/v1/{call[0] if short else call}?writeKey=k", message))
    assert row["event"] == name and row["properties"] == {**properties, "$type": call}
    assert event(request("/v1/batch?writeKey=k", {"batch": [message]}))["properties"] == row["properties"]
    assert row["groups"] == ({"group": "acme"} if call == "group" else None)


def test_nothing_that_was_said_is_dropped() -> None:
    message = {
        **ONE,
        "integrations": {"All": False},
        "channel": "server",
        "version": 2,
        "properties": {"$type": "own", "price": 1},
        "context": {"ip": "10.0.0.1", "groupId": "acme", "sessionId": 17},
    }
    row = event(request("/v1/batch", {**BATCH, "batch": [message]}))
    assert row["properties"] == {
        "$type": "own",
        "price": 1,
        "$$type": "track",
        "$context": {"ip": "10.0.0.1", "groupId": "acme", "sessionId": 17},
        "$integrations": {"All": False},
        "$channel": "server",
        "$version": 2,
    }
    assert (row["groups"], row["session_id"]) == ({"group": "acme"}, "17")


def test_a_batch_speaks_for_its_messages() -> None:
    batch = {**BATCH, "context": {"app": "till", "ip": "::1"}, "integrations": {"All": True}, "site": "de"}
    properties = event(request("/v1/batch", batch))["properties"]
    assert properties["$context"] == {"app": "till", "ip": "::1", **ONE["context"]}
    assert (properties["$integrations"], properties["$site"]) == ({"All": True}, "de")


@pytest.mark.parametrize(
    ("fields", "links"),
    [
        ({}, []),
        ({"anonymousId": "dev"}, [Link("identify", "dev", "ann", TIME_AT)]),
        ({"anonymousId": "ann"}, []),
        ({"type": "alias", "previousId": "old"}, [Link("alias", "old", "ann", TIME_AT)]),
        (
            {"type": "alias", "previousId": "old", "anonymousId": "dev"},
            [Link("alias", "old", "ann", TIME_AT), Link("identify", "dev", "ann", TIME_AT)],
        ),
    ],
)
def test_who_is_whom(fields: dict[str, Any], links: list[Link]) -> None:
    assert kept(request("/v1/batch", {**BATCH, "batch": [{**ONE, **fields}] * 3})).links == links


def test_times() -> None:
    def at(path: str = "/v1/track", **fields: Any) -> tuple[Any, ...]:
        row = event(request(path + "?writeKey=k", {**UNTYPED, "type": "track", "timestamp": None, **fields}))
        return row["client_time"], row["sent_at"], row["skewed"], row["properties"].get("$timestamp")

    assert at() == (None, None, False, None)
    assert at(timestamp=TIME, sentAt=SENT) == (TIME_AT, SENT_AT, True, None)
    assert at(originalTimestamp=TIME, timestamp=SENT) == (TIME_AT, None, False, SENT)
    assert at(timestamp="long ago") == (None, None, False, "long ago")
    assert at("/v1/import", timestamp=TIME, sentAt=SENT) == (TIME_AT, SENT_AT, False, None)


BAD: list[tuple[Any, str]] = [
    ({**ONE, "userId": None}, "E_EVENT_NO_ID"),
    ({**ONE, "userId": ""}, "E_EVENT_NO_ID"),
    ({**ONE, "userId": ["a"]}, "E_EVENT_UNREADABLE"),
    ({**ONE, "event": None}, "E_EVENT_NO_NAME"),
    ({**ONE, "event": " "}, "E_EVENT_NO_NAME"),
    ({**ONE, "type": "dance"}, "E_EVENT_UNREADABLE"),
    (UNTYPED, "E_EVENT_UNREADABLE"),
    ("x", "E_EVENT_UNREADABLE"),
]


@pytest.mark.parametrize(("one", "code"), BAD)
def test_a_bad_message_costs_only_itself(one: Any, code: str) -> None:
    asked = request("/v1/batch", {**BATCH, "batch": [ONE, one, ONE]})
    got = received(asked)
    assert (got.reply.status, got.count, got.key, len(events(asked))) == (200, 2, "wk", 2)
    assert [(bad.code, bad.place, json.loads(bad.raw)) for bad in got.refused] == [(code, "1", one)]
    alone = received(request("/v1/batch", {**BATCH, "batch": [one]}))
    assert (alone.reply.status, alone.count, alone.body, len(alone.refused)) == (400, 0, b"", 1)


@pytest.mark.parametrize("body", [b"", b"{", b"text", b"7", b'{"batch":7}', b"\xff"])
def test_bodies_that_are_none(body: bytes) -> None:
    got = received(request("/v1/batch", body, **BASIC))
    assert (got.reply.status, got.count, json.loads(got.reply.body)["success"]) == (400, 0, False)
    assert [bad.raw for bad in got.refused] == ([body] if body else [])


def test_an_empty_batch_is_fine() -> None:
    got = received(request("/v1/batch", {**BATCH, "batch": []}))
    assert (got.reply.status, got.body) == (200, b"")


def test_what_the_browser_asks_at_the_start() -> None:
    asked = request("/v1/projects/wk/settings", method="GET", host="127.0.0.1:8411")
    ours = reply(asked)["integrations"]["Segment.io"]
    assert ours == {"apiKey": "wk", "apiHost": "127.0.0.1:8411/v1", "protocol": "http"}
    assert received(asked).open
    far = request("/v1/projects/wk/settings", method="GET", host="in.shop.example")
    assert reply(far)["integrations"]["Segment.io"] == {"apiKey": "wk", "apiHost": "in.shop.example/v1"}
    assert received(request("/v1/m", {"series": []})).reply.body == b'{"success":true}'


def test_denials_and_other_methods() -> None:
    said = SEGMENT.denied(request("/v1/batch"), 429, "slowly")
    assert (said.status, json.loads(said.body)) == (
        429,
        {"success": False, "code": 429, "message": "slowly"},
    )
    assert received(request("/v1/track", method="GET")).reply.status == 405
    assert received(request("/ingest/segment/v1/nothing")).reply.status == 404


def test_rudderstack() -> None:
    beacon = request("/beacon/v1/batch?writeKey=wk", json.dumps({"batch": [ONE], "sentAt": SENT}).encode())
    assert (received(beacon).key, event(beacon)["event"]) == ("wk", "bought")
    both = [{"type": "email", "value": "a@b.example"}, {"type": "phone", "value": 49}]
    merge = request(
        "/v1/merge", {"type": "merge", "mergeProperties": both, "messageId": "m", "timestamp": TIME}, **BASIC
    )
    row = event(merge)
    assert (row["event"], row["user_id"], row["properties"]["$mergeProperties"]) == ("$merge", None, both)
    assert kept(merge).links == [Link("merge", "a@b.example", "49", TIME_AT)]
    alone = request("/v1/merge", {"mergeProperties": both[:1], "userId": "u"}, **BASIC)
    assert event(alone)["event"] == "$merge" and kept(alone).links == []


def test_pictures_of_rudderstack() -> None:
    address = '/pixel/v1/track?writeKey=wk&anonymousId=dev&event=opened&properties=%7B%22mail%22%3A%20"may"%7D'
    asked = request(address, method="GET")
    got = received(asked)
    assert (got.reply.status, got.reply.body[:3], got.key) == (200, b"GIF", "wk")
    row = event(asked)
    assert (row["event"], row["anonymous_id"], row["properties"]) == ("opened", "dev", {"mail": "may"})
    assert event(request("/pixel/v1/page?writeKey=wk&userId=u", method="GET"))["event"] == "$pageview"
    assert received(request("/pixel/v1/track?writeKey=wk&event=a", method="GET")).reply.status == 400
    assert received(request("/pixel/v1/track?properties=%7B", method="GET")).reply.status == 400


@pytest.mark.parametrize("path", ["/api/s/track", "/api/s/s2s/track", "/api/s/event"])
@pytest.mark.parametrize("key", ["wk", "id:wk", "wk:"])
def test_jitsu(path: str, key: str) -> None:
    asked = request(path, {**ONE, "sentAt": SENT}, x_write_key=key)
    got = received(asked)
    assert (got.reply.status, got.reply.body, got.key, got.count) == (200, b'{"ok":true}', "wk", 1)
    row = event(asked)
    assert (row["event"], row["user_id"], row["event_id"]) == ("bought", "ann", ONE["messageId"])
    assert event(request("/api/s/page", {"userId": "u"}, x_write_key="k"))["event"] == "$pageview"
