"""Segment's tracking API, which its own libraries, RudderStack's, Jitsu's and many others speak."""

from __future__ import annotations

from base64 import b64decode
from typing import Any

import msgspec
from msgspec import Struct

from truenorth.base.errors import SourceError
from truenorth.collect.receive.answer import answer, asked, unread
from truenorth.collect.receive.batch import Batch
from truenorth.collect.receive.bundle import content, sifted, split
from truenorth.collect.receive.credential import credential
from truenorth.collect.receive.piece import WRONG, encode, loaded
from truenorth.collect.receive.request import Received, Refused, Reply, Request
from truenorth.collect.receive.row import named, reread
from truenorth.collect.receive.segment_rows import CALLS, rows
from truenorth.collect.spool.frame import Frame

_BATCHES = {"/v1/batch", "/v1/b", "/v1/import", "/beacon/v1/batch", "/api/s/event", "/api/s/s2s/event"}
_JITSU, _PIXEL = "/api/s/", "/pixel/"
_METRICS = "/v1/m"
_TAKEN = b'{"success":true}'
# A picture of one point that nobody sees.
_POINT = b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")


class _Message(Struct, rename="camel"):
    type: str | None = None
    event: str | None = None
    user_id: str | int | float | None = None
    anonymous_id: str | int | float | None = None
    write_key: str = ""


class _Envelope(Struct, rename="camel"):
    batch: list[_Message] | None = None
    write_key: str = ""


_envelope = msgspec.json.Decoder(_Envelope).decode
_message = msgspec.json.Decoder(_Message).decode


class Segment:
    """Segment's way of sending: `track`, `identify`, `page`, `screen`, `group`, `alias`, alone or in batches."""

    name = "segment"

    def takes(self, request: Request) -> bool:
        """Whether the path is one of Segment's."""
        path = request.path.rstrip("/")
        return path in _BATCHES or path in CALLS or path == _METRICS or _settings_key(path) != ""

    def receive(self, request: Request) -> Received:
        """200 when anything is taken, 400 when nothing can be; what its browser library asks at its start."""
        path = request.path.rstrip("/")
        key = _settings_key(path)
        if key:
            return Received(answer(200, _settings(key, request)), open=True)
        if path == _METRICS:
            # How the library itself fares, told to its maker.
            return Received(answer(200, _TAKEN), open=True)
        if path not in _BATCHES and path not in CALLS:
            return Received(_wrong(404, "not found"), open=True)
        if request.method != "POST" and not (request.method == "GET" and path.startswith(_PIXEL)):
            return Received(_wrong(405, "messages are sent by POST"), open=True)
        try:
            return _taken(request, path)
        except SourceError as error:
            reply = _wrong(413 if error.code == "E_BODY_TOO_LARGE" else 400, str(error))
            return unread(reply, request, error, _key(request))

    def denied(self, request: Request, status: int, words: str) -> Reply:
        """Segment's error; its libraries come back after 429 and 5xx."""
        return _wrong(status, words)

    def rows(self, frame: Frame) -> Batch:
        """The messages of a kept body as events, with who was said to be whom."""
        return rows(frame)


def _wrong(status: int, words: str) -> Reply:
    # RudderStack's library for Python looks for a code.
    return answer(status, {"success": False, "code": status, "message": words})


def _key(request: Request) -> str:
    name, _, secret = request.headers.get("x-write-key", "").partition(":")
    return credential(request) or secret or name or asked(request.query).get("writeKey", "")


def _taken(request: Request, path: str) -> Received:
    body = content(_from_address(request.query) if path.startswith(_PIXEL) else request.body)
    bad: list[Refused] = []
    messages, key = _read(body, path)
    if messages is None:
        bundle = split(body, "batch")
        bad = sifted(bundle, lambda piece: _checked(piece, path))
        body = bundle.joined("batch")
        messages, key = _read(body, path)
    if messages is None:
        raise SourceError("E_BODY_UNREADABLE", "the body is not as Segment has it: its writeKey is no text")
    key = _key(request) or key
    if not messages and bad:
        return Received(_wrong(400, bad[0].reason), key, refused=tuple(bad), open=not key)
    return Received(_thanks(path), key, body if messages else b"", "", len(messages), tuple(bad))


def _thanks(path: str) -> Reply:
    if path.startswith(_PIXEL):
        return answer(200, _POINT, (("content-type", "image/gif"), ("cache-control", "no-store")))
    return answer(200, {"ok": True} if path.startswith(_JITSU) else _TAKEN)


def _from_address(query: str) -> bytes:
    """The message that the address of a picture says; what is an object there is one."""
    said: dict[str, Any] = {}
    for name, text in asked(query).items():
        said[name] = loaded(text.encode()) if text.startswith("{") else text
    said.pop("writeKey", None)
    return encode(said)


def _read(body: bytes, path: str) -> tuple[list[_Message] | None, str]:
    """The messages of a body, if all can be taken as they are; None for a closer look."""
    try:
        if not body.isascii():
            body.decode()
        outer = _envelope(body)
        messages = [_message(body)] if outer.batch is None else outer.batch
        implied = CALLS.get(path)
        for message in messages:
            _check(message, implied)
        return messages, outer.write_key or next((one.write_key for one in messages if one.write_key), "")
    except (SourceError, *WRONG):
        return None, ""


def _check(message: _Message, implied: str | None) -> None:
    """SourceError when a message says neither what happened nor whose it is."""
    kind = message.type or implied
    if kind == "track":
        named(message.event, "event")
    elif kind not in _KINDS:
        raise SourceError(
            "E_EVENT_UNREADABLE", f'"{kind}" is no type of message' if kind else "the message has no type"
        )
    if message.user_id in (None, "") and message.anonymous_id in (None, "") and kind != "merge":
        raise SourceError("E_EVENT_NO_ID", "the message has neither userId nor anonymousId (no_user_anon_id)")


_KINDS = set(CALLS.values())


def _checked(piece: bytes, path: str) -> bytes:
    """The JSON of a message that can be taken, mended if it must be; SourceError with the reason otherwise."""
    mended = reread(piece)
    try:
        message = _message(mended)
    except WRONG as error:
        raise SourceError("E_EVENT_UNREADABLE", f"the message is not as Segment has it: {error}") from None
    _check(message, CALLS.get(path))
    return mended


def _settings_key(path: str) -> str:
    """The key in `/v1/projects/<key>/settings`, "" for any other path."""
    parts = path.split("/")
    return parts[3] if parts[:3] == ["", "v1", "projects"] and parts[4:] == ["settings"] else ""


def _settings(key: str, request: Request) -> dict[str, Any]:
    """What analytics.js asks for before it sends: to send here, and to nobody else."""
    host = request.headers.get("host", "")
    ours: dict[str, Any] = {"apiKey": key, "apiHost": f"{host}/v1"}
    protocol = request.headers.get("x-forwarded-proto", "")
    if protocol not in ("http", "https"):
        protocol = "http" if host.partition(":")[0] in ("localhost", "127.0.0.1") else ""
    if protocol:
        ours["protocol"] = protocol
    return {
        "integrations": {"Segment.io": ours},
        "plan": {},
        "edgeFunction": {},
        "analyticsNextEnabled": True,
        "middlewareSettings": {},
        "enabledMiddleware": {},
        "metrics": {"sampleRate": 0},
        "legacyVideoPluginsEnabled": False,
        "remotePlugins": [],
    }


SEGMENT = Segment()
