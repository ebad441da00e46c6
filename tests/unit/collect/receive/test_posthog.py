"""PostHog's way of sending: its shapes, its answers, its special events."""

from __future__ import annotations

import base64
import gzip
import json
from typing import Any
from urllib.parse import quote

import pytest

from tests.unit.collect.receive.wire import (
    NOW,
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
from truenorth.collect.receive.posthog import POSTHOG

ONE: dict[str, Any] = {
    "event": "bought",
    "uuid": "0193-1",
    "distinct_id": "ann",
    "timestamp": TIME,
    "properties": {"price": 12.5, "$lib": "posthog-python", "$lib_version": "7.91.1", "$is_server": True},
}
BATCH = {"api_key": "phc_k", "sent_at": SENT, "historical_migration": False, "batch": [ONE]}
SINGLE = {"api_key": "phc_k", **ONE}
BROWSER = {**ONE, "properties": {**ONE["properties"], "token": "phc_k", "distinct_id": "ann"}}
FORM = b"data=" + quote(base64.b64encode(json.dumps(BROWSER).encode())).encode()
SHAPES = {
    "batch": request("/batch/", BATCH),
    "batch without a slash": request("/batch", BATCH),
    "batch under the prefix": request("/ingest/posthog/batch/", BATCH),
    "batch in gzip": request("/batch/", gzip.compress(json.dumps(BATCH).encode()), content_encoding="gzip"),
    "gzip said to be text": request(
        "/e/?compression=gzip-js", gzip.compress(json.dumps(BATCH).encode()), content_type="text/plain"
    ),
    "single": request("/i/v0/e/", SINGLE),
    "single at capture": request("/capture/", SINGLE),
    "single at track": request("/ingest/posthog/track/", SINGLE),
    "single with token": request("/e", {"token": "phc_k", **ONE}),
    "array": request("/e/", [BROWSER]),
    "a form": request("/e/?compression=base64&beacon=0", FORM),
    "in the address": request("/e/?" + FORM.decode(), method="GET"),
    "key in the address": request("/capture/?api_key=phc_k", ONE),
    "batch with tokens inside": request("/batch/", {"batch": [BROWSER]}),
    "id among properties": request("/e/", {k: v for k, v in BROWSER.items() if k != "distinct_id"}),
}


@pytest.mark.parametrize("name", SHAPES)
def test_every_shape_is_the_same_event(name: str) -> None:
    got = received(SHAPES[name])
    assert (got.reply.status, got.reply.body, got.key, got.count) == (200, b'{"status":1}', "phc_k", 1)
    row = event(SHAPES[name])
    assert (row["event"], row["unique"], row["event_id"], row["user_id"]) == ("bought", "0193-1", "0193-1", "ann")
    assert (row["client_time"], row["skewed"], row["library"]) == (TIME_AT, False, "posthog-python/7.91.1")
    assert row["properties"]["price"] == 12.5 and "token" not in row["properties"]


def test_a_beacon_is_answered_without_words() -> None:
    got = received(request("/e/?beacon=1", BATCH))
    assert (got.reply.status, got.reply.body, got.count) == (204, b"", 1)


def test_when_it_was_sent() -> None:
    assert event(request("/batch/", BATCH))["sent_at"] == SENT_AT
    assert event(request("/e/?_=1795322484000", [BROWSER]))["sent_at"] == SENT_AT
    assert event(request("/e/?sent_at=" + SENT, [BROWSER]))["sent_at"] == SENT_AT
    assert event(request("/e/", [BROWSER]))["sent_at"] is None


@pytest.mark.parametrize(
    ("more", "batch", "skewed"),
    [
        ({}, {}, True),
        ({"$is_server": True}, {}, False),
        ({"$ignore_sent_at": True}, {}, False),
        ({}, {"historical_migration": True}, False),
    ],
)
def test_whose_clock_may_be_corrected(more: dict[str, Any], batch: dict[str, Any], skewed: bool) -> None:
    one = {**ONE, "properties": {"a": 1, **more}}
    assert event(request("/batch/", {**BATCH, **batch, "batch": [one]}))["skewed"] is skewed


def test_times() -> None:
    def at(**fields: Any) -> tuple[int | None, Any]:
        row = event(request("/e/", {"api_key": "k", "event": "a", "distinct_id": "u", **fields}))
        return row["client_time"], row["properties"].get("$timestamp")

    assert at() == (None, None)
    assert at(timestamp="2026-11-22 04:41:23.496") == (TIME_AT, None)
    assert at(timestamp=1_795_322_483_496) == (TIME_AT, None)
    assert at(timestamp="a while ago") == (None, "a while ago")
    assert at(offset=2_000)[0] == NOW - 2_000_000
    assert at(offset="x", timestamp=TIME)[0] == TIME_AT


def test_set_stands_beside_or_inside() -> None:
    beside = {**ONE, "$set": {"plan": "pro"}, "$set_once": {"first": 1}}
    inside = {**ONE, "properties": {"$set": {"plan": "pro"}, "$set_once": {"first": 1}}}
    both = {**ONE, "$set": {"plan": "pro"}, "properties": {"$set": {"plan": "free", "age": 3}}}
    for one in (beside, inside):
        properties = event(request("/batch/", {**BATCH, "batch": [one]}))["properties"]
        assert properties["$set"] == {"plan": "pro"} and properties["$set_once"] == {"first": 1}
    assert event(request("/batch/", {**BATCH, "batch": [both]}))["properties"]["$set"] == {"plan": "pro", "age": 3}


def test_nothing_that_was_said_is_dropped() -> None:
    one = {**ONE, "offset": None, "type": "capture", "library": "x", "more": [1], "properties": {"$more": "own"}}
    properties = event(request("/batch/", {**BATCH, "created_at": TIME, "batch": [one]}))["properties"]
    assert properties == {"$more": "own", "$type": "capture", "$library": "x", "$$more": [1], "$created_at": TIME}


@pytest.mark.parametrize(
    ("name", "properties", "link"),
    [
        ("$identify", {"$anon_distinct_id": "device"}, Link("identify", "device", "ann", TIME_AT)),
        ("$create_alias", {"distinct_id": "ann", "alias": "old"}, Link("alias", "old", "ann", TIME_AT)),
        ("$merge_dangerously", {"alias": "other"}, Link("merge", "other", "ann", TIME_AT)),
        ("$identify", {"$set": {"plan": "pro"}}, None),
        ("$identify", {"$anon_distinct_id": "ann"}, None),
        ("$create_alias", {"alias": ""}, None),
    ],
)
def test_who_is_whom(name: str, properties: dict[str, Any], link: Link | None) -> None:
    batch = kept(request("/batch/", {**BATCH, "batch": [{**ONE, "event": name, "properties": properties}]}))
    assert batch.links == ([link] if link else [])
    assert batch.events.event == [name]


@pytest.mark.parametrize(
    ("properties", "anonymous", "user"),
    [
        ({}, None, "ann"),
        ({"$process_person_profile": False}, "ann", None),
        ({"$device_id": "ann"}, "ann", None),
        ({"$device_id": "other", "$is_identified": True}, None, "ann"),
        ({"$is_identified": False}, "ann", None),
    ],
)
def test_anonymous_or_a_user(properties: dict[str, Any], anonymous: str | None, user: str | None) -> None:
    row = event(request("/batch/", {**BATCH, "batch": [{**ONE, "properties": properties}]}))
    assert (row["anonymous_id"], row["user_id"]) == (anonymous, user)


def test_what_is_said_of_a_group_is_nobodys() -> None:
    group = {"$group_type": "company", "$group_key": "acme", "$group_set": {"size": 5}}
    said = {**ONE, "event": "$groupidentify", "distinct_id": "$company_acme", "properties": group}
    row = event(request("/batch/", {**BATCH, "batch": [said]}))
    assert (row["user_id"], row["anonymous_id"], row["groups"]) == (None, None, {"company": "acme"})
    assert row["properties"] == {**group, "distinct_id": "$company_acme"}


def test_groups_and_sessions() -> None:
    one = {**ONE, "properties": {"$groups": {"company": "acme"}, "$session_id": "s1"}}
    row = event(request("/batch/", {**BATCH, "batch": [one]}))
    assert (row["groups"], row["session_id"]) == ({"company": "acme"}, "s1")
    group = {"$group_type": "company", "$group_key": "acme", "$group_set": {"size": 5}}
    row = event(request("/batch/", {**BATCH, "batch": [{**ONE, "event": "$groupidentify", "properties": group}]}))
    assert row["groups"] == {"company": "acme"} and row["properties"]["$group_set"] == {"size": 5}


@pytest.mark.parametrize(
    ("one", "code"),
    [
        ({"distinct_id": "a"}, "E_EVENT_NO_NAME"),
        ({"event": "", "distinct_id": "a"}, "E_EVENT_NO_NAME"),
        ({"event": " ", "distinct_id": "a"}, "E_EVENT_NO_NAME"),
        ({"event": 5, "distinct_id": "a"}, "E_EVENT_NO_NAME"),
        ({"event": "x"}, "E_EVENT_NO_ID"),
        ({"event": "x", "distinct_id": ""}, "E_EVENT_NO_ID"),
        ({"event": "x", "distinct_id": None, "properties": {"distinct_id": ""}}, "E_EVENT_NO_ID"),
        ({"event": "x", "distinct_id": {"a": 1}}, "E_EVENT_UNREADABLE"),
        ("x", "E_EVENT_UNREADABLE"),
        (None, "E_EVENT_UNREADABLE"),
    ],
)
def test_a_bad_event_costs_only_itself(one: Any, code: str) -> None:
    asked = request("/batch/", {**BATCH, "batch": [ONE, one, ONE]})
    got = received(asked)
    assert (got.reply.status, got.count, [bad.code for bad in got.refused]) == (200, 2, [code])
    assert got.refused[0].raw == json.dumps(one).encode() and got.refused[0].place == "1"
    assert [row["user_id"] for row in events(asked)] == ["ann", "ann"]
    alone = received(request("/batch/", {**BATCH, "batch": [one]}))
    assert (alone.reply.status, alone.count, alone.body, len(alone.refused)) == (400, 0, b"", 1)


def test_bytes_that_are_no_text_cost_only_their_event() -> None:
    body = json.dumps({**BATCH, "batch": [ONE, {**ONE, "event": "BAD"}]}).encode().replace(b"BAD", b"\xff\xfe")
    got = received(request("/batch/", body))
    assert (got.reply.status, got.count, got.key) == (200, 1, "phc_k")
    assert b"\xff\xfe" in got.refused[0].raw and "UTF-8" in got.refused[0].reason


def test_numbers_and_letters_that_json_does_not_know() -> None:
    text = json.dumps({**BATCH, "batch": [ONE, {**ONE, "properties": {"a": float("nan"), "b": float("-inf")}}]})
    body = text.replace("12.5", '12.5, "far": 1e999, "half": "a\\ud800b"').encode()
    first, second = events(request("/batch/", body))
    assert first["properties"]["far"] == "1e999" and first["properties"]["half"] == "a\ufffdb"
    assert second["properties"] == {"a": "NaN", "b": "-Infinity"}


def test_what_lies_too_deep_is_refused_at_the_load() -> None:
    deep = {**ONE, "properties": {"a": json.loads("[" * 100 + "]" * 100)}}
    batch = kept(request("/batch/", {**BATCH, "batch": [ONE, deep]}))
    assert len(batch.events.event) == 1
    assert [(bad.code, bad.place) for bad in batch.refused] == [("E_EVENT_UNREADABLE", "1")]
    got = received(request("/batch/?token=k", b'{"api_key":"k","batch":' + b"[" * 100_000 + b"]" * 100_000 + b"}"))
    assert got.reply.status == 400 and "deeply" in got.refused[0].reason


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, None),
        (b"  ", 400, "E_BODY_UNREADABLE"),
        (b"{", 400, "E_BODY_UNREADABLE"),
        (b"hello", 400, "E_BODY_UNREADABLE"),
        (b"5", 400, "E_BODY_UNREADABLE"),
        (gzip.compress(b"{}")[:-6], 400, "E_BODY_UNREADABLE"),
        (gzip.compress(b" " * 70_000_000, 1), 413, "E_BODY_TOO_LARGE"),
        (b'{"api_key":5,"batch":[{"event":"a","distinct_id":"b"}]}', 400, "E_BODY_UNREADABLE"),
    ],
)
def test_bodies_that_are_none(body: bytes, status: int, code: str | None) -> None:
    got = received(request("/batch/?token=k", body))
    assert (got.reply.status, got.count, got.body, got.key, got.open) == (status, 0, b"", "k", False)
    assert [bad.code for bad in got.refused] == ([code] if code else [])
    assert b'"type":"validation_error"' in got.reply.body
    keyless = received(request("/batch/", body))
    assert (keyless.reply.status, keyless.refused, keyless.open) == (status, (), True)


def test_an_empty_batch_is_told() -> None:
    assert received(request("/batch/", {**BATCH, "batch": []})).reply.status == 400


def test_several_keys_are_none() -> None:
    other = {**BROWSER, "properties": {**BROWSER["properties"], "token": "phc_other"}}
    assert received(request("/e/", [BROWSER, other])).key == ""


@pytest.mark.parametrize(
    ("path", "method", "shown"),
    [
        ("/flags/?v=2", "POST", '"featureFlags":{}'),
        ("/decide/?v=3", "POST", '"supportedCompression"'),
        ("/flags/definitions?token=k", "GET", '"flags":[]'),
        ("/api/surveys/?token=k", "GET", '"surveys":[]'),
        ("/array/phc_k/config", "GET", '"token":"phc_k"'),
        ("/array/phc_k/config.js", "GET", '_POSTHOG_REMOTE_CONFIG["phc_k"]={config:{'),
        ("/ingest/posthog/array/phc_k/config", "GET", '"hasFeatureFlags":false'),
        ("/s/", "POST", '{"status":1}'),
    ],
)
def test_what_its_libraries_ask_at_the_start(path: str, method: str, shown: str) -> None:
    got = received(request(path, {} if method == "POST" else b"", method))
    assert got.open and not got.body and got.reply.status == 200 and shown in got.reply.body.decode()


def test_scripts_that_are_not_here_are_told_calmly() -> None:
    got = received(request("/static/recorder.js?v=1", method="GET"))
    assert (got.reply.status, got.open) == (404, True)
    assert dict(got.reply.headers)["content-type"].startswith("application/javascript")


def test_a_token_cannot_break_out_of_the_script() -> None:
    got = received(request('/array/x"];alert(1);<!--/config.js', method="GET"))
    assert rb"[\"x\"" not in got.reply.body and b"<!--" not in got.reply.body
    assert rb'["x\"];alert(1);\u003c!--"]={' in got.reply.body


@pytest.mark.parametrize(
    ("status", "kind"), [(401, "authentication_error"), (429, "throttled_error"), (503, "server_error")]
)
def test_denials_are_its_own(status: int, kind: str) -> None:
    said = POSTHOG.denied(request("/batch/"), status, "why")
    assert said.status == status and json.loads(said.body)["type"] == kind and json.loads(said.body)["detail"] == "why"


def test_batches_of_another_product_are_not_taken() -> None:
    assert not POSTHOG.takes(request("/batch", {"api_key": "k", "events": []}))
    assert POSTHOG.takes(request("/batch", BATCH)) and not POSTHOG.takes(request("/track", SINGLE))


def test_other_methods_are_told() -> None:
    assert received(request("/batch/", BATCH, "DELETE")).reply.status == 405
    assert reply(request("/ingest/posthog/nothing", method="GET"))["code"] == "not_found"


V1: dict[str, Any] = {
    "event": "bought",
    "uuid": "0193-1",
    "distinct_id": "ann",
    "timestamp": TIME,
    "session_id": "s-1",
    "options": {"process_person_profile": False},
    "properties": {"price": 12.5},
}
HEADERS = {
    "authorization": "Bearer phc",
    "posthog_sdk_info": "posthog-python/7.91.1",
    "posthog_request_timestamp": "2026-11-22T04:41:24Z",
}


def test_version_1_answers_for_each_event() -> None:
    path = "/i/v1/analytics/events"
    bad = [{**V1, "uuid": "0193-2", "event": " "}, {**V1, "uuid": "0193-3", "distinct_id": None}]
    asked = request(path, {"created_at": TIME, "batch": [V1, *bad]}, **HEADERS)
    got = received(asked)
    assert (got.reply.status, got.key, got.count) == (200, "phc", 1)
    results = reply(asked)["results"]
    assert {name: one["result"] for name, one in results.items()} == {
        "0193-1": "ok",
        "0193-2": "drop",
        "0193-3": "drop",
    }
    assert [one.code for one in got.refused] == ["E_EVENT_NO_NAME", "E_EVENT_NO_ID"]
    (row,) = events(asked)
    assert (row["event"], row["unique"], row["session_id"]) == ("bought", "0193-1", "s-1")
    assert (row["user_id"], row["anonymous_id"], row["library"]) == (None, "ann", "posthog-python/7.91.1")
    assert (row["client_time"], row["sent_at"], row["skewed"]) == (TIME_AT, SENT_AT, True)
    assert row["properties"]["price"] == 12.5 and row["properties"]["$process_person_profile"] is False
    bare = event(request(path, {"batch": [{**V1, "properties": None}]}, **HEADERS))
    assert (bare["session_id"], bare["library"]) == ("s-1", "posthog-python/7.91.1")
    straight = {**V1, "options": {"disable_skew_correction": True}}
    assert event(request(path, {"batch": [straight]}, **HEADERS))["skewed"] is False
    assert event(request(path, {"batch": [straight]}, authorization="Bearer phc"))["sent_at"] is None


@pytest.mark.parametrize("body", [b"", b"{", b'{"batch": []}', b"\xff"])
def test_version_1_of_nothing(body: bytes) -> None:
    got = received(request("/i/v1/analytics/events", body, **HEADERS))
    assert (got.reply.status, got.key) == (400, "phc")
    assert "detail" in json.loads(got.reply.body)
