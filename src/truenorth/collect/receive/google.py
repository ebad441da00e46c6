"""Google Analytics 4's Measurement Protocol: events that servers and apps send to `/mp/collect`."""

from __future__ import annotations

import re
from typing import Any

import msgspec
from msgspec import Raw, Struct

from truenorth.base.errors import SourceError
from truenorth.collect.receive.answer import answer, asked, unread
from truenorth.collect.receive.batch import Batch
from truenorth.collect.receive.body import plain
from truenorth.collect.receive.bundle import Bundle, content, sifted, split
from truenorth.collect.receive.google_rows import rows
from truenorth.collect.receive.piece import WRONG, decode
from truenorth.collect.receive.request import Received, Refused, Reply, Request
from truenorth.collect.receive.row import identifier, named, reread
from truenorth.collect.spool.frame import Frame

_COLLECT, _DEBUG = "/mp/collect", "/debug/mp/collect"
_NAME = re.compile(r"[A-Za-z]\w{0,39}", re.ASCII)
_MOST_EVENTS = _MOST_PARAMS = 25
_ID = str | int | float | None


class _Event(Struct):
    name: str
    params: dict[str, Raw] | None = None


class _Body(Struct):
    events: list[_Event]
    client_id: _ID = None
    app_instance_id: _ID = None
    user_id: _ID = None


_body = msgspec.json.Decoder(_Body).decode
_event = msgspec.json.Decoder(_Event).decode


class Google:
    """GA4's way of sending: one client's events at a time, always answered by 204."""

    name = "google"

    def takes(self, request: Request) -> bool:
        """Whether the path is one of the Measurement Protocol."""
        return request.path.rstrip("/") in (_COLLECT, _DEBUG)

    def receive(self, request: Request) -> Received:
        """204 for JSON of any kind, as Google has it; what could not be taken is in the quarantine."""
        path = request.path.rstrip("/")
        if path not in (_COLLECT, _DEBUG):
            return Received(_wrong(404, "not found"), open=True)
        if request.method != "POST":
            return Received(_wrong(405, "events are sent by POST"), open=True)
        try:
            if path == _DEBUG:
                return Received(answer(200, {"validationMessages": _validated(plain(request.body))}), open=True)
            return _taken(request)
        except SourceError as error:
            reply = _wrong(413 if error.code == "E_BODY_TOO_LARGE" else 400, str(error))
            return unread(reply, request, error, _key(request))

    def denied(self, request: Request, status: int, words: str) -> Reply:
        """Google itself would say 204 to a wrong secret; whoever set one up would never find out."""
        return _wrong(status, words)

    def rows(self, frame: Frame) -> Batch:
        """The events of a kept body."""
        return rows(frame)


def _wrong(status: int, words: str) -> Reply:
    return answer(status, {"error": {"code": status, "message": words}})


def _key(request: Request) -> str:
    return asked(request.query).get("api_secret", "")


def _taken(request: Request) -> Received:
    body = content(request.body)
    bad: list[Refused] = []
    count = _count(body)
    if count is None:
        bundle = split(body, "events")
        bad = _sorted_out(bundle)
        body, count = bundle.joined("events"), len(bundle.pieces)
    return Received(answer(204), _key(request), body if count else b"", "", count, tuple(bad))


def _count(body: bytes) -> int | None:
    """How many events there are, if all can be taken as they are; None for a closer look."""
    try:
        if not body.isascii():
            body.decode()
        read = _body(body)
    except WRONG:
        return None
    if not _known(read.client_id, read.app_instance_id, read.user_id) or not all(map(_named, read.events)):
        return None
    return len(read.events)


def _known(*ids: Any) -> bool:
    return any(identifier(one) for one in ids)


def _named(event: _Event) -> bool:
    return bool(event.name.strip())


def _sorted_out(bundle: Bundle) -> list[Refused]:
    """Leaves in a bundle what can be taken."""
    try:
        ids = [decode(bundle.envelope.get(name, b"null")) for name in ("client_id", "app_instance_id", "user_id")]
    except WRONG:
        ids = []
    known = _known(*(one for one in ids if isinstance(one, str | int | float)))

    def check(piece: bytes) -> bytes:
        mended = reread(piece)
        try:
            event = _event(mended)
        except WRONG as error:
            named(decode(mended).get("name"), "name")
            raise SourceError("E_EVENT_UNREADABLE", f"the event is not as GA4 has it: {error}") from None
        named(event.name, "name")
        if not known:
            raise SourceError("E_EVENT_NO_ID", "the request has neither client_id nor app_instance_id nor user_id")
        return mended

    envelope = dict(bundle.envelope)
    # Whose events they are is said around them, so a piece is set aside with that.
    return [
        msgspec.structs.replace(one, raw=Bundle(envelope, [one.raw]).joined("events")) if not bundle.alone else one
        for one in sifted(bundle, check)
    ]


def _validated(body: bytes) -> list[dict[str, str]]:
    """What Google's own debugging endpoint would object to, in its words for kinds of mistakes."""
    try:
        value = decode(body)
    except WRONG as error:
        return [_message("", "VALUE_INVALID", f"the body is not JSON: {error}")]
    if not isinstance(value, dict):
        return [_message("", "VALUE_INVALID", "the body is no object")]
    found = []
    if not _known(*(value.get(name) for name in ("client_id", "app_instance_id"))):
        found.append(_message("client_id", "VALUE_REQUIRED", "client_id (or app_instance_id) is missing"))
    events = value.get("events")
    if not isinstance(events, list) or not events:
        return [*found, _message("events", "VALUE_REQUIRED", "events is to be a list of at least one event")]
    if len(events) > _MOST_EVENTS:
        found.append(_message("events", "EXCEEDED_MAX_ENTITIES", f"more than {_MOST_EVENTS} events"))
    for place, event in enumerate(events):
        found.extend(_objections(f"events[{place}]", event))
    return found


def _objections(place: str, event: Any) -> list[dict[str, str]]:
    name = event.get("name") if isinstance(event, dict) else None
    if not isinstance(name, str) or not name:
        return [_message(f"{place}.name", "VALUE_REQUIRED", "the event has no name")]
    found = []
    if not _NAME.fullmatch(name):
        words = f'"{name[:60]}" is no name: a letter, then letters, digits and _, at most 40 in all'
        found.append(_message(f"{place}.name", "NAME_INVALID", words))
    params = event.get("params")
    if params is not None and not isinstance(params, dict):
        found.append(_message(f"{place}.params", "VALUE_INVALID", "params is no object"))
    elif params and len(params) > _MOST_PARAMS:
        found.append(_message(f"{place}.params", "EXCEEDED_MAX_ENTITIES", f"more than {_MOST_PARAMS} params"))
    return found


def _message(place: str, code: str, words: str) -> dict[str, str]:
    return {"fieldPath": place, "description": words, "validationCode": code}


GOOGLE = Google()
