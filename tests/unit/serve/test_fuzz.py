"""Whatever is sent, the app that collects answers as the dialect's clients understand, and goes on."""

from __future__ import annotations

import asyncio
import gzip
import json
import zlib
from typing import Any

import cramjam
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.serve.sending import Answer, Shelf, send
from truenorth.collect.receive.route import dialect, route
from truenorth.serve.capture import Capture

KEY = "tn_web_good"
DEEP = b'{"a":' * 5_000 + b"1" + b"}" * 5_000
ABSURD = ["NaN", "Infinity", "-1e999", "null", '"\\ud800"', '"9999999-13-45T99:99:99Z"', "-99999999999999999999", "[]"]
EVENTS: dict[str, Any] = {
    "/v1/events": [{"event": "a", "id": "1", "time": "2026-01-01T00:00:00Z", "properties": {"plan": "pro", "n": 1}}],
    "/batch/": {
        "api_key": KEY,
        "sent_at": "2026-01-01T00:00:00Z",
        "batch": [
            {"event": "a", "distinct_id": "u", "uuid": "x", "timestamp": 1767225600, "properties": {"$set": {"a": 1}}}
        ],
    },
    "/i/v0/e/": {"token": KEY, "event": "a", "distinct_id": "u", "properties": {"token": KEY, "n": [1, 2]}},
    "/v1/batch": {
        "writeKey": KEY,
        "sentAt": "2026-01-01T00:00:00Z",
        "batch": [
            {
                "type": "track",
                "event": "a",
                "userId": "u",
                "messageId": "m",
                "timestamp": "2026-01-01",
                "properties": {},
            }
        ],
    },
    "/v1/i": {"writeKey": KEY, "userId": "u", "anonymousId": "x", "traits": {"email": "a@b.c"}},
    f"/mp/collect?measurement_id=G-1&api_secret={KEY}": {
        "client_id": "1.2",
        "events": [{"name": "a", "params": {"n": 1}}],
    },
    f"/debug/mp/collect?measurement_id=G-1&api_secret={KEY}": {
        "client_id": "1.2",
        "events": [{"name": "a", "params": {}}],
    },
    "/v1/metrics": {
        "resourceMetrics": [
            {
                "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "shop"}}]},
                "scopeMetrics": [
                    {
                        "metrics": [
                            {
                                "name": "hits",
                                "gauge": {"dataPoints": [{"timeUnixNano": "1767225600000000000", "asDouble": 1}]},
                            }
                        ]
                    }
                ],
            }
        ]
    },
    "/v1/logs": {
        "resourceLogs": [
            {
                "scopeLogs": [
                    {
                        "logRecords": [
                            {"timeUnixNano": "1767225600000000000", "eventName": "a", "body": {"stringValue": "x"}}
                        ]
                    }
                ]
            }
        ]
    },
}
# One series `up` with one sample, as remote write has it.
WRITE = bytes.fromhex("0a220a0e0a085f5f6e616d655f5f12027570121009000000000000f03f1080d0eab6b733")
PLACES = [*EVENTS, "/api/v1/write"]
UNDERSTOOD = {200, 204, 207, 400, 401, 404, 405, 413, 415}


class Door:
    async def source(self, key: str) -> str | None:
        return "web" if key == KEY else None


def seed(place: str) -> bytes:
    return bytes(cramjam.snappy.compress_raw(WRITE)) if place == "/api/v1/write" else json.dumps(EVENTS[place]).encode()


@st.composite
def spoiled(draw: st.DrawFn, place: str) -> bytes:
    """A good body in which something is wrong, or many things, or nothing."""
    body = seed(place)
    for _ in range(draw(st.integers(0, 3))):
        body = draw(st.sampled_from([cut, flip, fill, absurd, wrap]))(draw, body)
    return body


def cut(draw: st.DrawFn, body: bytes) -> bytes:
    return body[: draw(st.integers(0, len(body)))]


def flip(draw: st.DrawFn, body: bytes) -> bytes:
    at = draw(st.integers(0, len(body)))
    return body[:at] + draw(st.binary(max_size=4)) + body[at + 1 :]


def fill(draw: st.DrawFn, body: bytes) -> bytes:
    return draw(st.sampled_from([b"", b"\xff\xfe", DEEP, b"[" * 20_000, b"\0" * 100, b"[" + body + b"]", body * 3]))


def absurd(draw: st.DrawFn, body: bytes) -> bytes:
    """Something of JSON replaced by what no time, number or text should be."""
    marks = [at for at, letter in enumerate(body) if letter == 58]
    if not marks:
        return body
    at = draw(st.sampled_from(marks)) + 1
    ends = [found for end in (b",", b"}", b"]") if (found := body.find(end, at)) > 0]
    word = draw(st.sampled_from([*ABSURD, DEEP.decode(), "\xff"])).encode("latin-1")
    return body[:at] + word + body[min(ends, default=len(body)) :]


def wrap(draw: st.DrawFn, body: bytes) -> bytes:
    zipped = draw(st.sampled_from([gzip.compress, zlib.compress, cramjam.zstd.compress, cramjam.snappy.compress_raw]))
    return bytes(zipped(body))


def understood(place: str, answer: Answer) -> None:
    """Fails when a client of the place would not know what an answer means."""
    assert answer.status in UNDERSTOOD, (answer.status, answer.body[:300])
    kind = answer.headers.get("content-type", "")
    if answer.body and "json" in kind:
        json.loads(answer.body)
    if place in ("/batch/", "/i/v0/e/"):
        assert answer.status in (200, 400, 401, 413)
    if place.startswith("/v1/batch"):
        assert answer.status in (200, 400, 401, 413) and "json" in kind


@pytest.mark.parametrize("place", PLACES)
def test_what_is_good_is_taken(place: str) -> None:
    shelf = Shelf()
    app = Capture(route, Door(), shelf)
    answer = asyncio.run(send(app, place, seed(place), authorization=f"Bearer {KEY}", content_type="application/json"))
    assert answer is not None and answer.status in (200, 204), answer
    assert sum(frame.count for frame in shelf.frames) == (0 if "debug" in place else 1)


@pytest.mark.parametrize("place", PLACES)
@settings(max_examples=120, deadline=None)
@given(data=st.data())
def test_nothing_brings_it_down(place: str, data: st.DataObject) -> None:
    shelf = Shelf()
    app = Capture(route, Door(), shelf)
    body = data.draw(spoiled(place))
    headers = data.draw(
        st.fixed_dictionaries(
            {"authorization": st.sampled_from([f"Bearer {KEY}", "Bearer wrong", "Basic !", ""])},
            optional={
                "content_type": st.sampled_from(["application/json", "text/plain", "application/x-protobuf", "\xff"]),
                "content_encoding": st.sampled_from(["gzip", "snappy", "zstd", "identity", "?"]),
                "origin": st.just("https://shop.example"),
            },
        )
    )
    method = data.draw(st.sampled_from(["POST", "POST", "POST", "GET", "PUT"]))
    answer = asyncio.run(send(app, place, body, method, **headers))
    assert answer is not None
    if method == "POST":
        understood(place, answer)
    assert answer.status < 500
    assert ("access-control-allow-origin" in answer.headers) == ("origin" in headers)
    assert all(reason.endswith("E_WRONG_KEY") for reason in app.tally.denied)
    for frame in shelf.frames:
        spoken = dialect(frame.dialect)
        assert spoken is not None
        if frame.body:
            spoken.rows(frame)
