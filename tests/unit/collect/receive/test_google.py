"""GA4's Measurement Protocol."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.unit.collect.receive.wire import TIME_AT, event, events, kept, received, reply, request
from truenorth.collect.receive.batch import Link
from truenorth.collect.receive.google import GOOGLE

PATH = "/mp/collect?measurement_id=G-1&api_secret=s3"
ONE: dict[str, Any] = {"name": "sign_up", "params": {"method": "mail", "session_id": "17", "engagement_time_msec": 100}}
BODY: dict[str, Any] = {
    "client_id": "123.456",
    "timestamp_micros": TIME_AT,
    "user_properties": {"tier": {"value": "gold"}},
    "consent": {"ad_user_data": "DENIED"},
    "events": [ONE],
}


def test_an_event_is_found_whole() -> None:
    got = received(request(PATH, BODY))
    assert (got.reply.status, got.reply.body, got.key, got.count) == (204, b"", "s3", 1)
    row = event(request(PATH, BODY))
    assert (row["event"], row["anonymous_id"], row["user_id"], row["session_id"]) == ("sign_up", "123.456", None, "17")
    assert (row["client_time"], row["sent_at"], row["skewed"]) == (TIME_AT, None, False)
    assert row["properties"] == {
        **ONE["params"],
        "$user_properties": {"tier": {"value": "gold"}},
        "$consent": {"ad_user_data": "DENIED"},
        "$measurement_id": "G-1",
    }
    assert event(request("/ingest/google" + PATH, BODY)) == row


def test_an_app_and_a_user() -> None:
    body = {"app_instance_id": "app", "user_id": 7, "events": [{"name": "a", "timestamp_micros": str(TIME_AT)}, ONE]}
    asked = request("/mp/collect?firebase_app_id=1:2&api_secret=s", body)
    first, second = events(asked)
    assert (first["anonymous_id"], first["user_id"], first["client_time"]) == ("app", "7", TIME_AT)
    assert (second["client_time"], second["properties"]["$firebase_app_id"]) == (None, "1:2")
    assert second["properties"]["$app_instance_id"] == "app"
    assert kept(asked).links == [Link("identify", "app", "7", TIME_AT)]


def test_a_purchase_is_made_once() -> None:
    bought = {"name": "purchase", "params": {"transaction_id": "T1", "value": 5}}
    back = {"name": "refund", "params": {"transaction_id": "T1", "value": 5}}
    rows = events(request(PATH, {**BODY, "events": [bought, back, ONE]}))
    assert [(row["unique"], row["event_id"]) for row in rows] == [("purchase:T1", "T1"), ("", ""), ("", "")]


def test_content_makes_an_event_the_same_only_when_asked() -> None:
    def unique(**fields: Any) -> str:
        return str(event(request(PATH + "&dedupe=content", {**BODY, **fields}))["unique"])

    assert len(unique()) == 32 and unique() == unique()
    assert unique(client_id="9") != unique() != unique(timestamp_micros=TIME_AT + 1)


def test_a_piece_of_a_request_keeps_whose_it_is() -> None:
    deep: Any = []
    for _ in range(80):
        deep = [deep]
    bad = {"name": "odd", "params": {"deep": deep}}
    batch = kept(request(PATH, {**BODY, "events": [ONE, bad]}))
    assert batch.events.event == ["sign_up"]
    [piece] = batch.refused
    again = json.loads(piece.raw)
    assert (again.pop("events"), again) == ([bad], {name: BODY[name] for name in BODY if name != "events"})
    again["events"] = [{"name": "odd"}]
    mended = event(request(PATH, again))
    assert (mended["anonymous_id"], mended["client_time"]) == ("123.456", TIME_AT)


def test_who_is_missing() -> None:
    got = received(request(PATH, {**BODY, "client_id": None}))
    assert (got.reply.status, got.count, [bad.code for bad in got.refused]) == (204, 0, ["E_EVENT_NO_ID"])


@pytest.mark.parametrize(
    ("one", "code"),
    [
        ({"params": {}}, "E_EVENT_NO_NAME"),
        ({"name": ""}, "E_EVENT_NO_NAME"),
        ({"name": "a", "params": [1]}, "E_EVENT_UNREADABLE"),
        (None, "E_EVENT_UNREADABLE"),
    ],
)
def test_a_bad_event_costs_only_itself(one: Any, code: str) -> None:
    asked = request(PATH, {**BODY, "events": [ONE, one, ONE]})
    got = received(asked)
    assert (got.reply.status, got.count, [bad.code for bad in got.refused]) == (204, 2, [code])
    assert [row["anonymous_id"] for row in events(asked)] == ["123.456"] * 2


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"5"])
def test_bodies_that_are_none(body: bytes) -> None:
    assert received(request(PATH, body)).reply.status == 400


def codes(body: Any) -> list[tuple[str, str]]:
    asked = request("/debug" + PATH, body)
    assert received(asked).open and not received(asked).body
    return [(one["fieldPath"], one["validationCode"]) for one in reply(asked)["validationMessages"]]


def test_debugging_says_what_is_wrong_and_keeps_nothing() -> None:
    assert codes(BODY) == []
    assert codes(b"{") == [("", "VALUE_INVALID")]
    assert codes([]) == [("", "VALUE_INVALID")]
    assert codes({}) == [("client_id", "VALUE_REQUIRED"), ("events", "VALUE_REQUIRED")]
    assert codes({**BODY, "events": [ONE] * 26}) == [("events", "EXCEEDED_MAX_ENTITIES")]
    wrong = [
        {"name": "1st"},
        {},
        {"name": "a", "params": 5},
        {"name": "a", "params": dict.fromkeys(map(str, range(26)))},
    ]
    assert codes({**BODY, "events": wrong}) == [
        ("events[0].name", "NAME_INVALID"),
        ("events[1].name", "VALUE_REQUIRED"),
        ("events[2].params", "VALUE_INVALID"),
        ("events[3].params", "EXCEEDED_MAX_ENTITIES"),
    ]


def test_denials_and_other_methods() -> None:
    said = GOOGLE.denied(request(PATH), 401, "no such key")
    assert (said.status, json.loads(said.body)["error"]["message"]) == (401, "no such key")
    assert received(request(PATH, method="GET")).reply.status == 405
    assert received(request("/ingest/google/mp/other")).reply.status == 404
