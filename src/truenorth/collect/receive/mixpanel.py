"""Mixpanel's HTTP API: what its libraries send to `/track`, `/engage`, `/groups` and `/import`."""

from __future__ import annotations

import re
from typing import Any

from truenorth.base.errors import SourceError
from truenorth.collect.receive.answer import answer, asked, unread
from truenorth.collect.receive.batch import Batch
from truenorth.collect.receive.bundle import content, lines_of
from truenorth.collect.receive.credential import credential
from truenorth.collect.receive.mixpanel_rows import ENGAGE, FIELD, GROUPS, check, rows
from truenorth.collect.receive.request import Received, Reply, Request
from truenorth.collect.receive.row import word
from truenorth.collect.receive.tested import Tested, tested
from truenorth.collect.spool.frame import Frame

_TRACK, _IMPORT = "/track", "/import"
_PATHS = {_TRACK, ENGAGE, GROUPS, _IMPORT}
_FORM = re.compile(rb"(?:^|&)data=")
_VERBOSE = re.compile(rb"(?:^|&)verbose=1(?:&|$)")
_WORDS = {400: "Bad Request", 401: "Unauthorized", 413: "Request Entity Too Large", 429: "Too Many Requests"}
_TEXT = (("content-type", "text/plain"),)


class Mixpanel:
    """Mixpanel's way of sending: events, profiles of people and of groups, and the import of the past."""

    name = "mixpanel"

    def takes(self, request: Request) -> bool:
        """Whether the path is one of Mixpanel's."""
        return request.path.rstrip("/") in _PATHS

    def receive(self, request: Request) -> Received:
        """`1` or `{"status": 1}` when anything is taken, `/import` in its own words; 400 when nothing can be."""
        path = request.path.rstrip("/")
        if path not in _PATHS:
            return Received(_wrong(request, 404, "not found"), open=True)
        if request.method not in ("POST", "GET"):
            return Received(_wrong(request, 405, "events are sent by POST"), open=True)
        try:
            return _taken(request, path)
        except SourceError as error:
            reply = _wrong(request, 413 if error.code == "E_BODY_TOO_LARGE" else 400, str(error))
            return unread(reply, request, error, _key(request))

    def denied(self, request: Request, status: int, words: str) -> Reply:
        """Mixpanel's error; its libraries halve a batch after 413 and come back after 429 and 5xx."""
        return _wrong(request, status, words)

    def rows(self, frame: Frame) -> Batch:
        """The events of a kept body, with who was identified as whom."""
        return rows(frame)


def _key(request: Request) -> str:
    query = asked(request.query)
    return credential(request) or query.get("token") or query.get("api_key") or ""


def _taken(request: Request, path: str) -> Received:
    body = content(request.body or _data(request.query))
    lines = lines_of(body)
    if lines:
        body = b"[" + b",".join(lines) + b"]"
    found = tested(body, FIELD, lambda event: check(path, event))
    key = _token(found, path) or _key(request)
    if not found.events and found.refused:
        reply = _answer(request, path, found)
        return Received(reply, key, refused=found.refused, open=not key)
    kept = found.body if found.events else b""
    return Received(_answer(request, path, found), key, kept, "", len(found.events), found.refused)


def _data(query: str) -> bytes:
    """What a GET brings in its address; a plus in base64 is a letter."""
    data = asked(query).get("data", "")
    return (data if data.lstrip()[:1] in ("{", "[") else data.replace(" ", "+")).encode()


def _token(found: Tested, path: str) -> str:
    """The one token that what is sent carries; "" when there is none, or more than one."""
    if path in (ENGAGE, GROUPS):
        tokens = {word(event.get("$token")) for event in found.events}
    else:
        tokens = {word(event["properties"].get("token")) for event in found.events}
    return tokens.pop() if len(tokens) == 1 else ""


def _plain(request: Request) -> bool:
    """Whether a library of the older kind asks, which sends forms and wants little to be said."""
    return bool(_FORM.search(request.body) or "data=" in request.query or "verbose=" in request.query)


def _answer(request: Request, path: str, found: Tested) -> Reply:
    if path == _IMPORT and not _plain(request):
        return _imported(request, found)
    if not found.events and found.refused:
        return _wrong(request, 400, found.refused[0].reason)
    if _is_verbose(request):
        return answer(200, {"error": None, "status": 1})
    return answer(200, b"1", _TEXT)


def _imported(request: Request, found: Tested) -> Reply:
    """The answer of `/import`; with `strict=1` it is 400 when anything is refused, and names each."""
    taken = {"num_records_imported": len(found.events)}
    strict = asked(request.query).get("strict") in ("1", "true")
    if not found.refused or (not strict and found.events):
        return answer(200, {"code": 200, **taken, "status": "OK"})
    failed = [{"index": int(one.place), "$insert_id": "", "field": "", "message": one.reason} for one in found.refused]
    words = "some data points in the request failed validation"
    return answer(400, {"code": 400, "error": words, "failed_records": failed, **taken, "status": "Bad Request"})


def _is_verbose(request: Request) -> bool:
    return asked(request.query).get("verbose") == "1" or bool(_VERBOSE.search(request.body))


def _wrong(request: Request, status: int, words: str) -> Reply:
    said: dict[str, Any] = {"error": words, "status": 0}
    if request.path.rstrip("/") == _IMPORT and not _plain(request):
        said = {"code": status, "error": words, "status": _WORDS.get(status, "Error")}
    elif request.path.rstrip("/") in _PATHS and not _is_verbose(request):
        return answer(status, b"0", _TEXT)
    return answer(status, said)


MIXPANEL = Mixpanel()
