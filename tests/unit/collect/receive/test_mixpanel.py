"""Mixpanel's way of sending: its shapes, its answers, its ids, its imports."""

from __future__ import annotations

import base64
import gzip
import json
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from tests.unit.collect.receive.wire import NOW, TIME_AT, event, events, kept, received, reply, request
from truenorth.collect.receive.batch import Link
from truenorth.collect.receive.mixpanel import MIXPANEL

ONE: dict[str, Any] = {
    "event": "Signed Up",
    "properties": {
        "token": "TOK",
        "distinct_id": "ann",
        "time": TIME_AT / 1_000_000,
        "$insert_id": "0123456789abcdef",
        "mp_lib": "python",
        "$lib_version": "5.4.1",
        "plan": "pro + more",
    },
}
TEXT = json.dumps(ONE)
CODED = base64.b64encode(TEXT.encode()).decode()
SHAPES = {
    "python": (
        request("/track", urlencode({"data": TEXT, "verbose": 1, "ip": 0}).encode()),
        b'{"error":null,"status":1}',
    ),
    "python, several": (request("/track", urlencode({"data": f"[{TEXT}]", "verbose": 1}).encode()), None),
    "node, one": (request(f"/track?ip=0&verbose=0&data={quote(CODED)}", method="GET"), b"1"),
    "node, one, its plus left as it is": (request(f"/track?verbose=0&data={CODED}", method="GET"), b"1"),
    "node, several": (request("/track?ip=0&verbose=0", urlencode({"data": CODED}).encode()), b"1"),
    "browser": (request("/track/?verbose=1&ip=1&_=1", urlencode({"data": CODED}).encode()), None),
    "JSON": (request("/track", [ONE]), b"1"),
    "under the prefix": (request("/ingest/mixpanel/track", [ONE]), b"1"),
    "import": (request("/import?strict=1", [ONE]), b'{"code":200,"num_records_imported":1,"status":"OK"}'),
    "import, one a line, in gzip": (request("/import", gzip.compress(f"{TEXT}\n{TEXT}\n".encode())), None),
}


@pytest.mark.parametrize("name", SHAPES)
def test_every_shape_is_the_same_event(name: str) -> None:
    asked, words = SHAPES[name]
    got = received(asked)
    assert (got.reply.status, got.key) == (200, "TOK") and words in (None, got.reply.body)
    rows = events(asked)
    assert len({row["unique"] for row in rows}) == 1
    row = rows[0]
    assert (row["event"], row["event_id"], row["client_time"]) == ("Signed Up", "0123456789abcdef", TIME_AT)
    assert (row["user_id"], row["anonymous_id"], row["library"]) == ("ann", None, "python/5.4.1")
    assert row["properties"] == {"plan": "pro + more", "mp_lib": "python", "$lib_version": "5.4.1"}


def test_the_same_event_is_the_same_by_four_things() -> None:
    def unique(name: str = "a", **fields: Any) -> str:
        properties = {"token": "T", "distinct_id": "u", "time": 1_795_322_484, "$insert_id": "i", **fields}
        return str(event(request("/track", {"event": name, "properties": properties}))["unique"])

    same = unique()
    assert unique() == unique(other=1) == unique(time=1_795_322_484_000) == same
    others = [unique("b"), unique(distinct_id="v"), unique(time=1_795_322_485), unique(**{"$insert_id": "j"})]
    assert len({same, *others}) == 5
    assert unique(**{"$insert_id": None}) == ""


@pytest.mark.parametrize(
    ("name", "fields", "ids", "links"),
    [
        ("a", {"distinct_id": "ann"}, ("ann", None), []),
        ("a", {"distinct_id": 17}, ("17", None), []),
        ("a", {}, (None, None), []),
        ("a", {"distinct_id": "$device:d"}, (None, "d"), []),
        ("a", {"distinct_id": "$device:d", "$device_id": "d"}, (None, "d"), []),
        ("a", {"distinct_id": "d", "$device_id": "d"}, (None, "d"), []),
        ("a", {"distinct_id": "u", "$device_id": "d", "$user_id": "u"}, ("u", "d"), [("identify", "d", "u")]),
        ("$identify", {"$identified_id": "u", "$anon_id": "$device:d"}, ("u", "d"), [("identify", "d", "u")]),
        ("$identify", {"distinct_id": "u", "$anon_distinct_id": "d"}, ("u", "d"), [("identify", "d", "u")]),
        ("$create_alias", {"distinct_id": "u", "alias": "v"}, ("u", None), [("alias", "v", "u")]),
        ("$create_alias", {"distinct_id": "u", "alias": "u"}, ("u", None), []),
        ("$merge", {"$distinct_ids": ["$device:a", "b"]}, (None, None), [("merge", "a", "b")]),
        ("$merge", {"$distinct_ids": ["a"]}, (None, None), []),
    ],
)
def test_who_is_whom(
    name: str, fields: dict[str, Any], ids: tuple[Any, Any], links: list[tuple[str, str, str]]
) -> None:
    asked = request("/track", [{"event": name, "properties": {"token": "T", "time": NOW, **fields}}] * 2)
    row = events(asked)[0]
    assert (row["user_id"], row["anonymous_id"]) == ids
    assert kept(asked).links == [Link(*link, NOW) for link in links]


def test_profiles() -> None:
    asked = request("/engage", [{"$token": "T", "$distinct_id": "ann", "$time": TIME_AT, "$set": {"plan": "pro"}}])
    assert received(asked).key == "T"
    row = event(asked)
    assert (row["event"], row["user_id"], row["client_time"]) == ("$set", "ann", TIME_AT)
    assert row["properties"] == {"$set": {"plan": "pro"}}
    charge = {"$token": "T", "$distinct_id": "$device:d", "$append": {"$transactions": {"$amount": 5}}}
    row = event(request("/engage", charge))
    assert (row["event"], row["user_id"], row["anonymous_id"]) == ("$append", None, "d")


def test_profiles_of_groups() -> None:
    row = event(request("/groups", [{"$token": "T", "$group_key": "company", "$group_id": 7, "$set": {"size": 5}}]))
    assert (row["event"], row["groups"], row["user_id"]) == ("$groupidentify", {"company": "7"}, None)
    assert row["properties"] == {"$group_key": "company", "$group_id": 7, "$set": {"size": 5}}


BAD: list[tuple[str, Any, str]] = [
    ("/track", {"event": " ", "properties": {}}, "E_EVENT_NO_NAME"),
    ("/track", {"event": "a", "properties": 5}, "E_EVENT_UNREADABLE"),
    ("/track", {"event": "a", "properties": {"distinct_id": []}}, "E_EVENT_UNREADABLE"),
    ("/track", "x", "E_EVENT_UNREADABLE"),
    ("/engage", {"$set": {}}, "E_EVENT_NO_ID"),
    ("/engage", {"$distinct_id": "u"}, "E_EVENT_UNREADABLE"),
    ("/groups", {"$group_key": "a", "$set": {}}, "E_EVENT_NO_ID"),
]


@pytest.mark.parametrize(("path", "one", "code"), BAD)
def test_a_bad_event_costs_only_itself(path: str, one: Any, code: str) -> None:
    goods = {
        "/track": ONE,
        "/engage": {"$token": "TOK", "$distinct_id": "u", "$set": {}},
        "/groups": {"$token": "TOK", "$group_key": "k", "$group_id": "g", "$set": {}},
    }
    asked = request(path, [goods[path], one, goods[path]])
    got = received(asked)
    assert (got.reply.status, got.count, got.key, len(events(asked))) == (200, 2, "TOK", 2)
    assert [(bad.code, bad.place, json.loads(bad.raw)) for bad in got.refused] == [(code, "1", one)]
    alone = received(request(path + "?verbose=1&token=TOK", [one]))
    assert (alone.reply.status, alone.count, len(alone.refused)) == (400, 0, 1)
    assert json.loads(alone.reply.body)["status"] == 0
    assert received(request(path, [one])).reply.body == b"0"


def test_a_strict_import_names_what_failed_and_takes_the_rest() -> None:
    asked = request("/import?strict=1&project_id=1", [ONE, {"event": ""}], authorization="Basic c3ZjOnNlY3JldA==")
    got = received(asked)
    assert (got.reply.status, got.count, len(events(asked))) == (400, 1, 1)
    said = reply(asked)
    assert (said["code"], said["num_records_imported"], said["failed_records"][0]["index"]) == (400, 1, 1)
    assert reply(request("/import", [ONE, {"event": ""}]))["num_records_imported"] == 1
    untold = {"event": "a", "properties": {"distinct_id": "u"}}
    assert received(request("/import", [untold], authorization="Basic VE9LOg==")).key == "TOK"


@pytest.mark.parametrize("body", [b"", b"{", b"text", b"7", b"data=", b"\xff"])
def test_bodies_that_are_none(body: bytes) -> None:
    got = received(request("/track?token=T", body))
    assert (got.reply.status, got.reply.body, got.count) == (400, b"0", 0)
    assert [bad.raw for bad in got.refused] == ([body] if body else [])


def test_denials_and_other_methods() -> None:
    assert MIXPANEL.denied(request("/track"), 401, "no").body == b"0"
    assert json.loads(MIXPANEL.denied(request("/track?verbose=1"), 429, "slowly").body) == {
        "error": "slowly",
        "status": 0,
    }
    assert json.loads(MIXPANEL.denied(request("/import"), 413, "large").body)["code"] == 413
    assert received(request("/track", method="PUT")).reply.status == 405
    assert received(request("/ingest/mixpanel/nothing")).reply.status == 404
    assert received(request("/import", b"[]")).reply.status == 200
