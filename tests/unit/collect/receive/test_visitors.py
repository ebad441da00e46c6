"""Umami's and Plausible's ways of sending, and the visitors that they have no ids for."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from tests.unit.collect.receive.wire import TIME_AT, event, events, kept, received, reply, request
from truenorth.collect.receive.request import Request
from truenorth.collect.receive.route import route

SALT, NEXT = b"s" * 32, b"t" * 32
PAYLOAD: dict[str, Any] = {
    "website": "KEY",
    "hostname": "shop.example",
    "url": "/cart?utm_source=mail&a=1",
    "title": "Cart",
    "referrer": "https://b.example/",
    "language": "de",
    "screen": "1920x1080",
}
SHORT = {"n": "pageview", "u": "https://shop.example/cart?utm_source=mail", "d": "KEY", "r": None, "p": {"plan": "pro"}}


def umami(payload: dict[str, Any], kind: str = "event", path: str = "/api/send") -> Request:
    return request(path, {"type": kind, "payload": {**PAYLOAD, **payload}}, user_agent="Firefox")


def seen(asked: Request, address: str = "203.0.113.9", salt: bytes = SALT) -> Request:
    return msgspec.structs.replace(asked, address=address, salt=salt)


def test_umami_page_views() -> None:
    asked = seen(umami({"data": {"plan": "pro", "url": "own"}}))
    got = received(asked)
    assert (got.reply.status, got.key, got.count) == (200, "KEY", 1)
    row = event(asked)
    assert (row["event"], row["unique"], row["user_id"], row["library"]) == ("$pageview", "", None, "umami")
    assert row["properties"] == {
        "plan": "pro",
        "url": "own",
        "$url": "/cart?utm_source=mail&a=1",
        "title": "Cart",
        "referrer": "https://b.example/",
        "language": "de",
        "path": "/cart",
        "utm_source": "mail",
        "$hostname": "shop.example",
        "$screen": "1920x1080",
    }
    said = reply(asked)
    assert said["cache"] == "" and said["sessionId"].replace("-", "") == row["anonymous_id"]
    assert reply(umami({})) == {"cache": "", "sessionId": "", "visitId": ""}


def test_umami_events_people_and_vitals() -> None:
    row = event(umami({"name": "bought", "data": {"price": 5}, "timestamp": TIME_AT / 1_000_000, "tag": "a"}))
    assert (row["event"], row["client_time"]) == ("bought", TIME_AT)
    assert (row["properties"]["price"], row["properties"]["$tag"]) == (5, "a")
    row = event(seen(umami({"id": 17, "data": {"email": "a@b"}}, "identify")))
    # Several people may have one address, so that no mark is said to be a user's.
    assert (row["event"], row["user_id"], row["anonymous_id"]) == ("$identify", "17", None)
    assert row["properties"]["$set"] == {"email": "a@b"}
    row = event(umami({"lcp": 1200, "cls": 0.1}, "performance"))
    assert (row["event"], row["properties"]["lcp"], row["properties"]["cls"]) == ("$web_vitals", 1200, 0.1)


def test_umami_batches() -> None:
    many = [{"type": "event", "payload": {**PAYLOAD, "name": name}} for name in ("a", "b")]
    asked = request("/ingest/umami/api/batch", [*many, {"type": "dance", "payload": {}}])
    assert [row["event"] for row in events(asked)] == ["a", "b"]
    said = reply(asked)
    assert (said["size"], said["processed"], said["errors"], said["details"][0]["index"]) == (3, 2, 1, 2)
    other = {"type": "event", "payload": {**PAYLOAD, "website": "OTHER"}}
    assert received(request("/api/batch", [*many, other])).key == ""


def test_plausible() -> None:
    asked = seen(request("/api/event", json.dumps(SHORT).encode(), content_type="text/plain"))
    got = received(asked)
    assert (got.reply.status, got.reply.body, got.key, got.count) == (202, b"ok", "KEY", 1)
    row = event(asked)
    assert (row["event"], row["library"], len(row["anonymous_id"])) == ("$pageview", "plausible", 32)
    assert row["properties"] == {
        "plan": "pro",
        "url": "https://shop.example/cart?utm_source=mail",
        "path": "/cart",
        "utm_source": "mail",
    }
    full = {
        "name": "bought",
        "url": "https://a.example",
        "domain": "KEY",
        "props": '{"plan": "pro"}',
        "interactive": False,
    }
    row = event(request("/api/event", {**full, "revenue": {"currency": "EUR", "amount": "9.99"}}))
    assert (row["event"], row["properties"]["$revenue"]) == ("bought", {"currency": "EUR", "amount": "9.99"})
    assert (row["properties"]["plan"], row["properties"]["$interactive"]) == ("pro", False)
    row = event(request("/api/event", {"n": "engagement", "sd": 80, "e": 4000, "u": "https://a.example/", "d": "KEY"}))
    assert (row["properties"]["$scroll_depth"], row["properties"]["$engagement_time"]) == (80, 4000)


@pytest.mark.parametrize("asked", [umami({}), request("/api/event", SHORT, user_agent="Firefox")])
def test_a_visitor_is_told_apart_for_a_day_and_no_address_is_kept(asked: Request) -> None:
    def mark(one: Request) -> Any:
        return event(one)["anonymous_id"]

    first = mark(seen(asked))
    assert first == mark(seen(asked)) and mark(asked) is None
    agent = msgspec.structs.replace(seen(asked), headers={"user-agent": "Safari"})
    others = [mark(seen(asked, "203.0.113.10")), mark(seen(asked, salt=NEXT)), mark(agent)]
    assert len({first, *others}) == 4
    assert b"203.0.113" not in received(seen(asked)).body


def test_an_address_in_an_event_is_the_visitors_and_is_not_kept() -> None:
    asked = seen(umami({"ip": "203.0.113.77", "userAgent": "Safari"}), "127.0.0.1")
    straight = msgspec.structs.replace(seen(umami({}), "203.0.113.77"), headers={"user-agent": "Safari"})
    assert event(asked)["anonymous_id"] == event(straight)["anonymous_id"]
    assert b"203.0.113" not in received(asked).body and "$ip" not in event(asked)["properties"]
    bad = received(seen(umami({"ip": "203.0.113.77", "id": []})))
    assert b"203.0.113" not in bad.refused[0].raw and b"$visitor" in bad.refused[0].raw


@pytest.mark.parametrize(("path", "body"), [("/api/send", {"payload": PAYLOAD}), ("/api/event", SHORT)])
def test_a_key_in_the_address_leaves_the_site_its_name(path: str, body: Any) -> None:
    asked = request(f"{path}?key=tn_web", body)
    assert received(asked).key == "tn_web"
    properties = event(asked)["properties"]
    assert "KEY" in (properties.get("$website"), properties.get("$domain"))
    assert "KEY" not in json.dumps(event(request(path, body))["properties"])


BAD: list[tuple[str, Any, str]] = [
    ("/api/send", {"type": "dance", "payload": PAYLOAD}, "E_EVENT_UNREADABLE"),
    ("/api/send", {"type": "event"}, "E_EVENT_UNREADABLE"),
    ("/api/send", {"type": "event", "payload": {**PAYLOAD, "id": []}}, "E_EVENT_UNREADABLE"),
    ("/api/send", {"type": "event", "payload": {**PAYLOAD, "name": 5}}, "E_EVENT_NO_NAME"),
    ("/api/event", {**SHORT, "n": ""}, "E_EVENT_NO_NAME"),
    ("/api/event", {**SHORT, "p": [1]}, "E_EVENT_UNREADABLE"),
    ("/api/event", {**SHORT, "p": "{"}, "E_EVENT_UNREADABLE"),
]


@pytest.mark.parametrize(("path", "one", "code"), BAD)
def test_what_is_wrong_is_told_and_kept(path: str, one: Any, code: str) -> None:
    got = received(request(path + "?key=k", one))
    assert (got.reply.status, got.count, got.key) == (400, 0, "k")
    assert [(bad.code, json.loads(bad.raw)) for bad in got.refused] == [(code, one)]


@pytest.mark.parametrize("path", ["/api/send", "/api/batch", "/api/event"])
def test_bodies_that_are_none_denials_and_other_methods(path: str) -> None:
    for body in (b"", b"{", b"text", b"\xff"):
        got = received(request(path + "?key=k", body))
        assert (got.reply.status, [bad.raw for bad in got.refused]) == (400, [body] if body else [])
    found = route(request(path))
    assert found is not None and b"slowly" in found[0].denied(request(path), 429, "slowly").body
    assert received(request(path, method="GET")).reply.status == 405
    assert received(request(f"/ingest/{found[0].name}/nothing")).reply.status == 404
    assert not kept(request(path + "?key=k", b"[]")).events.event
