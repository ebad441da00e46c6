"""PostHog's capture of the zeroth version, which posthog-js, posthog-python, posthog-node and their kin speak."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Raw, Struct

from truenorth.base.errors import SourceError
from truenorth.collect.receive.answer import SCRIPT, answer, asked, unread
from truenorth.collect.receive.batch import Batch
from truenorth.collect.receive.bundle import content, sifted, split
from truenorth.collect.receive.peek import begins_with
from truenorth.collect.receive.piece import WRONG, decode, encode
from truenorth.collect.receive.posthog_rows import rows
from truenorth.collect.receive.posthog_v1 import V1, key_of, taken
from truenorth.collect.receive.request import Received, Refused, Reply, Request
from truenorth.collect.receive.row import named, person, reread, word
from truenorth.collect.spool.frame import Frame

_EVENTS = {"/batch", "/e", "/i/v0/e", "/capture"}
_ALIASES = {"/track", "/engage"}
_KINDS = {
    400: ("validation_error", "invalid_payload"),
    401: ("authentication_error", "invalid_api_key"),
    413: ("validation_error", "payload_too_large"),
    429: ("throttled_error", "rate_limited"),
    503: ("server_error", "unavailable"),
}
_TAKEN = b'{"status":1}'
_CONFIG = {
    "supportedCompression": ["gzip", "gzip-js"],
    "hasFeatureFlags": False,
    "sessionRecording": False,
    "surveys": False,
    "heatmaps": False,
    "siteApps": [],
    "capturePerformance": {"web_vitals": True},
    "autocapture_opt_out": False,
    "captureDeadClicks": False,
    "defaultIdentifiedOnly": True,
    "analytics": {"endpoint": "/i/v0/e/"},
    "elementsChainAsString": True,
}
_FLAGS = {
    "flags": {},
    "featureFlags": {},
    "featureFlagPayloads": {},
    "errorsWhileComputingFlags": False,
    "requestId": "00000000-0000-0000-0000-000000000000",
}
# What PostHog's libraries ask for besides, and what is nothing here.
_STUBS: dict[str, Any] = {
    "/flags": _FLAGS,
    "/decide": {**_CONFIG, **_FLAGS},
    "/flags/definitions": {"flags": [], "group_type_mapping": {}, "cohorts": {}},
    "/api/feature_flag/local_evaluation": {"flags": [], "group_type_mapping": {}, "cohorts": {}},
    "/api/surveys": {"surveys": [], "survey_config": None},
    "/api/early_access_features": {"earlyAccessFeatures": []},
    "/api/web_experiments": {"experiments": []},
    "/api/product_tours": {"product_tours": []},
    "/s": {"status": 1},
}


class _Event(Struct):
    event: str
    distinct_id: str | int | float | None = None
    properties: Raw = Raw(b"")
    api_key: str | None = None
    token: str | None = None


class _Inside(Struct):
    """What may stand among the properties as well."""

    distinct_id: Any = None
    token: Any = None


class _Envelope(Struct):
    batch: list[_Event] | None = None
    api_key: str | None = None
    token: str | None = None


_envelope = msgspec.json.Decoder(_Envelope).decode
_event = msgspec.json.Decoder(_Event).decode
_array = msgspec.json.Decoder(list[_Event]).decode
_inside = msgspec.json.Decoder(_Inside).decode


class PostHog:
    """PostHog's way of sending: batches, single events, and what its browser library asks for at start."""

    name = "posthog"

    def takes(self, request: Request) -> bool:
        """Whether the path is one of PostHog's own. `/track` and `/engage` are others' as well: only by prefix."""
        path = request.path.rstrip("/")
        if path == "/batch":
            # Amplitude's batches go to the same path, with their events under another name.
            return not begins_with(request.body, "events", "batch")
        return path in _EVENTS or path == V1 or path in _STUBS or path.startswith(("/array/", "/static/"))

    def receive(self, request: Request) -> Received:
        """Events in any of PostHog's shapes, or an answer to what its libraries ask besides."""
        path = request.path.rstrip("/")
        if path not in _EVENTS and path not in _ALIASES and path != V1:
            return Received(_aside(path), open=True)
        if request.method not in ("POST", "GET"):
            return Received(_wrong(405, "events are sent by POST"), open=True)
        try:
            return taken(request) if path == V1 else _taken(request)
        except SourceError as error:
            reply = _wrong(413 if error.code == "E_BODY_TOO_LARGE" else 400, str(error))
            return unread(reply, request, error, _query_key(asked(request.query)) or key_of(request))

    def denied(self, request: Request, status: int, words: str) -> Reply:
        """PostHog's error; its libraries give up on 400, 401 and 413, and come back after 429 and 503."""
        return _wrong(status, words)

    def rows(self, frame: Frame) -> Batch:
        """The events of a kept body, with who was identified as whom."""
        return rows(frame)


def _wrong(status: int, words: str) -> Reply:
    kind, code = _KINDS.get(status, ("invalid_request", "not_allowed"))
    return answer(status, {"type": kind, "code": code, "detail": words, "attr": None})


def _query_key(query: dict[str, str]) -> str:
    return query.get("api_key") or query.get("token") or ""


def _taken(request: Request) -> Received:
    query = asked(request.query)
    body = content(request.body or query.get("data", "").encode())
    bad: list[Refused] = []
    events, key = _read(body)
    if events is None:
        bundle = split(body, "batch")
        bad = sifted(bundle, _checked)
        body = bundle.joined("batch")
        events, key = _read(body)
    if events is None:
        raise SourceError("E_BODY_UNREADABLE", "the body is not as PostHog has it: its key is no text")
    key = key or _query_key(query)
    return _reply(query, Received(Reply(200), key, body if events else b"", "", len(events), tuple(bad)))


def _reply(query: dict[str, str], received: Received) -> Received:
    if not received.count:
        said = received.refused[0].reason if received.refused else "the batch holds no events"
        reply = _wrong(400, said)
        return Received(reply, received.key, refused=received.refused, open=not received.key)
    if query.get("beacon") == "1":
        reply = answer(204)
    else:
        reply = answer(200, _TAKEN)
    return msgspec.structs.replace(received, reply=reply)


def _read(body: bytes) -> tuple[list[_Event] | None, str]:
    """The events of a body with their key, if all can be taken as they are; None for a closer look."""
    try:
        if not body.isascii():
            body.decode()
        if body.lstrip()[:1] == b"[":
            events, key = _array(body), ""
        else:
            outer = _envelope(body)
            events = [_event(body)] if outer.batch is None else outer.batch
            key = outer.api_key or outer.token or ""
        for event in events:
            if event.distinct_id is None or event.distinct_id == "" or not event.event.strip():
                _who(event)
        return events, key or _key_of(events)
    except (SourceError, *WRONG):
        return None, ""


def _who(event: _Event) -> None:
    """SourceError E_EVENT_NO_NAME or E_EVENT_NO_ID when an event lacks what PostHog asks of one."""
    named(event.event, "event")
    if event.distinct_id in (None, "") and not person(_inner(event).distinct_id, "distinct_id"):
        raise SourceError("E_EVENT_NO_ID", "the event has no distinct_id", hint="say whose event it is")


def _inner(event: _Event) -> _Inside:
    raw = bytes(event.properties)
    return _inside(raw) if raw.startswith(b"{") else _Inside()


def _key_of(events: list[_Event]) -> str:
    """The one key that the events themselves carry; "" when there is none, or more than one."""
    found = {event.api_key or event.token or word(_inner(event).token) for event in events}
    return found.pop() if len(found) == 1 else ""


def _checked(piece: bytes) -> bytes:
    """The JSON of an event that can be taken, mended if it must be; SourceError with the reason otherwise."""
    mended = reread(piece)
    try:
        _who(_event(mended))
    except WRONG as error:
        named(decode(mended).get("event"), "event")
        raise SourceError("E_EVENT_UNREADABLE", f"the event is not as PostHog has it: {error}") from None
    return mended


def _aside(path: str) -> Reply:
    """The answer to what PostHog's libraries ask besides sending events: there are no flags, surveys or scripts."""
    if path.startswith("/array/"):
        token, _, rest = path.removeprefix("/array/").partition("/")
        if rest == "config":
            return answer(200, {"token": token, **_CONFIG})
        if rest == "config.js":
            return answer(200, _config_script(token), SCRIPT)
    if path in _STUBS:
        return answer(200, _STUBS[path])
    if path.startswith(("/static/", "/array/")):
        return answer(404, b"", SCRIPT)
    return answer(404, {"type": "invalid_request", "code": "not_found", "detail": "not found", "attr": None})


def _config_script(token: str) -> bytes:
    name = encode(token).replace(b"<", b"\\u003c")
    config = encode({"token": token, **_CONFIG}).replace(b"<", b"\\u003c")
    every = b"window._POSTHOG_REMOTE_CONFIG"
    return b"(function(){%s=%s||{};%s[%s]={config:%s,siteApps:[]}})();" % (every, every, every, name, config)


POSTHOG = PostHog()
