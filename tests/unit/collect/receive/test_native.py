"""Our own way of sending: each event is answered by itself."""

from __future__ import annotations

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
from truenorth.collect.receive.native import NATIVE
from truenorth.collect.receive.script import script

ONE: dict[str, Any] = {
    "event": "bought",
    "id": "e-1",
    "time": TIME,
    "user_id": "ann",
    "anonymous_id": "device",
    "session_id": "s-1",
    "groups": {"company": "acme"},
    "properties": {"price": 12.5, "tags": ["a", "b"], "inner": {"deep": None}},
}
BEARER = {"authorization": "Bearer key-1"}
SHAPES = {
    "one": ONE,
    "an array": [ONE],
    "an envelope": {"events": [ONE]},
    "an envelope with more": {"events": [ONE], "sent_at": SENT, "library": "till/1.0"},
    "lines": json.dumps(ONE).encode() + b"\n",
    "lines apart": b"\n\n" + json.dumps(ONE).encode() + b"\r\n\r\n",
    "written prettily": json.dumps(ONE, indent=2).encode(),
    "an array written prettily": json.dumps([ONE], indent=2).encode(),
}


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("path", ["/v1/events", "/v1/events/", "/ingest/native/v1/events"])
def test_every_shape_is_the_same_event(name: str, path: str) -> None:
    asked = request(path, SHAPES[name], **BEARER)
    got = received(asked)
    assert (got.reply.status, got.key, got.count) == (200, "key-1", 1)
    assert got.reply.body == b'{"results":[{"index":0,"result":"ok"}]}'
    row = event(asked)
    assert (row["event"], row["unique"], row["event_id"]) == ("bought", "e-1", "e-1")
    assert (row["client_time"], row["user_id"], row["anonymous_id"], row["session_id"]) == (
        TIME_AT,
        "ann",
        "device",
        "s-1",
    )
    assert (row["groups"], row["properties"]) == ({"company": "acme"}, ONE["properties"])


def test_many_lines_are_many_events() -> None:
    lines = b"\n".join(json.dumps({"event": f"e{n}"}).encode() for n in range(3))
    assert [row["event"] for row in events(request("/v1/events", lines))] == ["e0", "e1", "e2"]


def test_when_and_by_what_it_was_sent() -> None:
    row = event(request("/v1/events", SHAPES["an envelope with more"]))
    assert (row["sent_at"], row["skewed"], row["library"]) == (SENT_AT, True, "till/1.0")
    assert event(request("/v1/events", ONE))["skewed"] is False


@pytest.mark.parametrize(
    ("path", "body", "headers", "key"),
    [
        ("/v1/events", ONE, {"authorization": "bearer k"}, "k"),
        ("/v1/events", ONE, {"authorization": "Basic azo="}, "k"),
        ("/v1/events", ONE, {"authorization": "Basic dGlsbDpr"}, "k"),
        ("/v1/events", ONE, {"authorization": "Basic %%%"}, ""),
        ("/v1/events", ONE, {"x-api-key": "k"}, "k"),
        ("/v1/events?key=k", ONE, {}, "k"),
        ("/v1/events", {"events": [ONE], "key": "k"}, {}, "k"),
        ("/v1/events", {**ONE, "key": "a property"}, {}, ""),
        ("/v1/events", ONE, {}, ""),
    ],
)
def test_where_the_key_stands(path: str, body: Any, headers: dict[str, str], key: str) -> None:
    assert received(request(path, body, **headers)).key == key


def test_fields_that_are_none_of_ours_are_properties() -> None:
    row = event(request("/v1/events", {"events": [{**ONE, "plan": "pro", "price": 3, "key": 5}], "app": "till"}))
    assert row["properties"] == {**ONE["properties"], "plan": "pro", "$price": 3, "key": 5, "app": "till"}


BAD: list[tuple[Any, str, str]] = [
    ({"time": TIME}, "E_EVENT_NO_NAME", "no name"),
    ({"event": ""}, "E_EVENT_NO_NAME", "no name"),
    ({"event": 7}, "E_EVENT_NO_NAME", "no name"),
    ({"event": "a", "time": "soon"}, "E_EVENT_UNREADABLE", "time soon is no time"),
    ({"event": "a", "user_id": [1]}, "E_EVENT_UNREADABLE", "user_id"),
    ({"event": "a", "id": True}, "E_EVENT_UNREADABLE", "id"),
    ({"event": "a", "properties": [1]}, "E_EVENT_UNREADABLE", "properties is no object"),
    ({"event": "a", "properties": "x"}, "E_EVENT_UNREADABLE", "properties is no object"),
    ({"event": "a", "groups": "acme"}, "E_EVENT_UNREADABLE", "groups is no object"),
    ({"event": "a", "properties": {"a": json.loads("[" * 99 + "]" * 99)}}, "E_EVENT_UNREADABLE", "too deeply"),
    (7, "E_EVENT_UNREADABLE", "no object"),
    ([], "E_EVENT_UNREADABLE", "no object"),
]


@pytest.mark.parametrize(("one", "code", "words"), BAD)
def test_a_bad_event_costs_only_itself(one: Any, code: str, words: str) -> None:
    asked = request("/v1/events", [ONE, one, ONE])
    got = received(asked)
    results = json.loads(got.reply.body)["results"]
    assert got.reply.status == 207 and got.count == 2 and len(events(asked)) == 2
    assert [result["result"] for result in results] == ["ok", "refused", "ok"]
    assert results[1]["code"] == code and words in results[1]["details"]
    assert [(bad.code, bad.place, bad.raw) for bad in got.refused] == [(code, "1", json.dumps(one).encode())]
    alone = received(request("/v1/events", [one]))
    assert (alone.reply.status, alone.count, alone.body) == (400, 0, b"")


def test_a_bad_line_costs_only_itself() -> None:
    got = received(request("/v1/events", b'{"event":"a"}\n{"event":\n{"event":"b"}\n'))
    assert got.reply.status == 207 and got.count == 2
    assert got.refused[0].raw == b'{"event":'


def test_nothing_is_nothing() -> None:
    assert reply(request("/v1/events", [])) == {"results": []}
    assert received(request("/v1/events", [])).body == b""


@pytest.mark.parametrize("body", [b"", b"{", b"no json at all", b'"text"', b"\xff\xfe\x00", b"[1,"])
def test_bodies_that_are_none(body: bytes) -> None:
    got = received(request("/v1/events", body, **BEARER))
    said = json.loads(got.reply.body)["error"]
    assert (got.reply.status, said["code"], got.count, got.key) == (400, "E_BODY_UNREADABLE", 0, "key-1")
    assert [bad.raw for bad in got.refused] == ([body] if body else [])


def test_too_much_is_too_much() -> None:
    assert received(request("/v1/events", b" " * (64 * 1024 * 1024 + 1))).reply.status == 413


@pytest.mark.parametrize(
    ("one", "link"),
    [
        ({**ONE, "event": "$identify"}, Link("identify", "device", "ann", TIME_AT)),
        ({"event": "$alias", "user_id": "ann", "properties": {"former": "a"}}, Link("alias", "a", "ann", None)),
        ({"event": "$merge", "user_id": "ann", "properties": {"former": "b"}}, Link("merge", "b", "ann", None)),
        ({"event": "$identify", "user_id": "ann"}, None),
        (ONE, None),
    ],
)
def test_who_is_whom(one: dict[str, Any], link: Link | None) -> None:
    assert kept(request("/v1/events", one)).links == ([link] if link else [])


def test_an_event_needs_nobody() -> None:
    row = event(request("/v1/events", {"event": "deployed"}))
    assert (row["user_id"], row["anonymous_id"], row["unique"], row["client_time"]) == (None, None, "", None)


def test_denials() -> None:
    said = NATIVE.denied(request("/v1/events"), 429, "too much at once")
    assert json.loads(said.body) == {"error": {"status": 429, "message": "too much at once"}} and said.status == 429


def test_other_methods_and_paths_are_told() -> None:
    assert received(request("/v1/events", method="GET")).reply.status == 405
    assert received(request("/ingest/native/nothing")).reply.status == 404


def test_the_script_is_served_once() -> None:
    got = received(request("/tn.js", method="GET"))
    headers = dict(got.reply.headers)
    assert got.open and got.reply.body == script() and headers["content-type"].startswith("application/javascript")
    again = received(request("/tn.js", method="GET", if_none_match=headers["etag"]))
    assert (again.reply.status, again.reply.body) == (304, b"")


def test_the_script_is_small() -> None:
    served = script()
    assert len(served) <= 3_000
    assert b"//" not in served and b"\n" not in served and b"anonymous_id" in served and b"waiting" not in served


def test_one_deeply_nested_event_among_many_is_found() -> None:
    deep = b'{"event": "deep", "properties": {"a": ' + b"[" * 70 + b"]" * 70 + b"}}"
    for others in (b'{"event": "a"}', b'{"event": "a", "properties": null}', b'{"event": "a", "properties": {}}'):
        answer = received(request("/v1/events?key=k", b"[" + b",".join([others] * 200 + [deep]) + b"]"))
        assert (answer.count, [piece.raw for piece in answer.refused]) == (200, [deep])
