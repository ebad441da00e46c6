"""TrueNorth's own way of sending events: `POST /v1/events`, answered for each event, and the browser's `tn.js`."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import Any

import msgspec
from msgspec import Raw, Struct

from truenorth.base.errors import SourceError
from truenorth.collect.receive.answer import SCRIPT, answer, unread
from truenorth.collect.receive.batch import Batch
from truenorth.collect.receive.bundle import Bundle, content, lines_of, sifted, split, whole
from truenorth.collect.receive.credential import credential
from truenorth.collect.receive.instant import are_instants, is_instant
from truenorth.collect.receive.native_rows import rows
from truenorth.collect.receive.piece import DEPTH, WRONG, decode, loaded, shown
from truenorth.collect.receive.request import Received, Refused, Reply, Request
from truenorth.collect.receive.row import named, reread, written
from truenorth.collect.receive.script import script
from truenorth.collect.spool.frame import Frame


class _Object(Struct, frozen=True):
    """An object of JSON, whatever is in it."""


class _Event(Struct, gc=False):
    event: str
    properties: _Object | None = None
    groups: _Object | None = None
    time: str | int | float | None = None
    id: str | int | None = None
    user_id: str | int | None = None
    anonymous_id: str | int | None = None
    session_id: str | int | None = None


class _Envelope(Struct):
    events: list[_Event] | None = None
    key: str = ""


class _Nested(Struct):
    """What may be nested in an event, as its JSON."""

    properties: Raw = Raw(b"{}")
    groups: Raw = Raw(b"{}")


class _NestedEnvelope(Struct):
    events: list[_Nested] | None = None


_envelope = msgspec.json.Decoder(_Envelope).decode
_event = msgspec.json.Decoder(_Event).decode
_array = msgspec.json.Decoder(list[_Event]).decode
_nested = msgspec.json.Decoder(_Nested).decode
_nested_array = msgspec.json.Decoder(list[_Nested]).decode
_nested_envelope = msgspec.json.Decoder(_NestedEnvelope).decode


class Native:
    """Events as JSON: one, an array, `{"events": […]}`, or one a line; each is answered by itself."""

    name = "native"

    def takes(self, request: Request) -> bool:
        """Whether the path is `/v1/events`, or that of the browser's script."""
        return request.path.rstrip("/") in ("/v1/events", "/tn.js")

    def receive(self, request: Request) -> Received:
        """200 when all events are taken, 207 when some are, 400 when none is; the body says which, and why not."""
        path = request.path.rstrip("/")
        if path == "/tn.js":
            return Received(_script(request), open=True)
        if path != "/v1/events":
            return Received(self.denied(request, 404, f"nothing is at {path}"), open=True)
        if request.method != "POST":
            return Received(self.denied(request, 405, "events are sent by POST"), open=True)
        try:
            return _taken(request)
        except SourceError as error:
            status = 413 if error.code == "E_BODY_TOO_LARGE" else 400
            reply = answer(status, {"error": {"status": status, **error.as_dict()}})
            return unread(reply, request, error, credential(request))

    def denied(self, request: Request, status: int, words: str) -> Reply:
        """One error for the whole request."""
        return answer(status, {"error": {"status": status, "message": words}})

    def rows(self, frame: Frame) -> Batch:
        """The events of a kept body."""
        return rows(frame)


def _taken(request: Request) -> Received:
    body = content(request.body)
    bad: list[Refused] = []
    events, key = _read(body)
    lines = lines_of(body) if events is None else []
    if lines:
        body = b"[" + b",".join(lines) + b"]"
        events, key = _read(body)
    if events is None:
        bundle = whole(Bundle({}, lines)) if lines else split(body, "events")
        bad = sifted(bundle, _checked)
        body = bundle.joined("events")
        events, key = _read(body)
    if events is None:
        raise SourceError("E_BODY_UNREADABLE", "the envelope around the events is not as it should be")
    count = len(events)
    status = 200 if not bad else 207 if count else 400
    reply = answer(status, _results(count, bad))
    return Received(reply, credential(request) or key, body if count else b"", "", count, tuple(bad))


def _read(body: bytes) -> tuple[list[_Event] | None, str]:
    """The events of a body, if all can be taken as they are; None for a closer look."""
    try:
        if not body.isascii():
            body.decode()
        if body.lstrip()[:1] == b"[":
            events, key = _array(body), ""
        else:
            outer = _envelope(body)
            events, key = ([_event(body)], "") if outer.events is None else (outer.events, outer.key)
        named = all(map(str.strip, [event.event for event in events]))
        if not named or not are_instants([event.time for event in events if event.time is not None]):
            return None, ""
        if _may_be_deep(body, events):
            _check_depth(body)
        return events, key
    except (SourceError, *WRONG):
        return None, ""


def _may_be_deep(body: bytes, events: list[_Event]) -> bool:
    """Each event has a brace of its own and one for each object; only beyond these may something be nested deeply."""
    own = len(events) + sum(event.properties is not None for event in events)
    # Looking for one is much quicker than counting.
    arrays = body.count(b"[") if body.find(b"[", 1) > 0 else 1
    return body.count(b"{") + arrays - own >= DEPTH


def _check_depth(body: bytes) -> None:
    """Raise what `written` raises for what is nested too deeply."""
    if body.lstrip()[:1] == b"[":
        events = _nested_array(body)
    else:
        events = _nested_envelope(body).events or [_nested(body)]
    for event in events:
        _check_depth_of(event)


def _check_depth_of(event: _Nested) -> None:
    for text in (bytes(event.properties), bytes(event.groups)):
        if text.count(b"{") + text.count(b"[") > DEPTH:
            written(loaded(text))


def _checked(piece: bytes) -> bytes:
    """The JSON of an event that can be taken, mended if it must be; SourceError with the reason otherwise."""
    mended = reread(piece)
    try:
        event = _event(mended)
    except WRONG as error:
        fields = decode(mended)
        named(fields.get("event"), "event")
        for name in ("properties", "groups"):
            if not isinstance(fields.get(name), dict | None):
                raise SourceError("E_EVENT_UNREADABLE", f"{name} is no object of JSON") from None
        raise SourceError("E_EVENT_UNREADABLE", f"a field of the event is of another type: {error}") from None
    named(event.event, "event")
    if event.time is not None and not is_instant(event.time):
        raise SourceError("E_EVENT_UNREADABLE", f"time {shown(event.time)} is no time")
    _check_depth_of(_nested(mended))
    return mended


@lru_cache(maxsize=512)
def _all_taken(count: int) -> bytes:
    results = b",".join(b'{"index":%d,"result":"ok"}' % index for index in range(count))
    return b'{"results":[' + results + b"]}"


def _results(count: int, bad: list[Refused]) -> bytes:
    if not bad:
        return _all_taken(count) if count <= 1_000 else _all_taken.__wrapped__(count)
    results: list[dict[str, Any]] = [{"index": index, "result": "ok"} for index in range(count + len(bad))]
    for one in bad:
        index = int(one.place)
        results[index] = {"index": index, "result": "refused", "code": one.code, "details": one.reason}
    return msgspec.json.encode({"results": results})


def _script(request: Request) -> Reply:
    tag = '"' + hashlib.sha256(script()).hexdigest()[:16] + '"'
    headers = (
        *SCRIPT,
        ("cache-control", "public, max-age=3600"),
        ("etag", tag),
        ("x-content-type-options", "nosniff"),
        ("cross-origin-resource-policy", "cross-origin"),
    )
    if request.headers.get("if-none-match") == tag:
        return Reply(304, b"", headers)
    return Reply(200, b"" if request.method == "HEAD" else script(), headers)


NATIVE = Native()
