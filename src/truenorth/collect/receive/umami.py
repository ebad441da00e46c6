"""Umami's way of sending: `/api/send`, and several at once to `/api/batch`."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from truenorth.base.errors import SourceError
from truenorth.collect.receive.answer import answer, asked, unread
from truenorth.collect.receive.batch import Batch
from truenorth.collect.receive.bundle import content
from truenorth.collect.receive.request import Received, Reply, Request
from truenorth.collect.receive.row import word
from truenorth.collect.receive.tested import Tested, tested
from truenorth.collect.receive.umami_rows import check, payload_of, rows
from truenorth.collect.receive.visitor import FIELD, MARK, marked, remarked, visitor
from truenorth.collect.spool.frame import Frame

_SEND, _BATCH = "/api/send", "/api/batch"
_CODES = {400: "bad-request", 401: "unauthorized", 413: "bad-request", 429: "too-many-requests"}


class Umami:
    """Umami's way of sending: page views and events of sites, whose visitors have no ids."""

    name = "umami"

    def takes(self, request: Request) -> bool:
        """Whether the path is one of Umami's."""
        return request.path.rstrip("/") in (_SEND, _BATCH)

    def receive(self, request: Request) -> Received:
        """200 as Umami's tracker expects it when anything is taken, 400 when nothing can be."""
        path = request.path.rstrip("/")
        if path not in (_SEND, _BATCH):
            return Received(_wrong(404, "not found"), open=True)
        if request.method != "POST":
            return Received(_wrong(405, "events are sent by POST"), open=True)
        try:
            return _taken(request, path)
        except SourceError as error:
            reply = _wrong(413 if error.code == "E_BODY_TOO_LARGE" else 400, str(error))
            return unread(reply, request, error, asked(request.query).get("key", ""))

    def denied(self, request: Request, status: int, words: str) -> Reply:
        """Umami's error."""
        return _wrong(status, words)

    def rows(self, frame: Frame) -> Batch:
        """The events of a kept body."""
        return rows(frame)


def _wrong(status: int, words: str) -> Reply:
    return answer(status, {"error": {"message": words, "code": _CODES.get(status, "error"), "status": status}})


def _taken(request: Request, path: str) -> Received:
    found = tested(content(request.body), FIELD, check)
    key = asked(request.query).get("key", "") or _site(found)

    def mark(event: dict[str, Any]) -> None:
        _mark(event, request)

    body, refused = marked(found.events, mark), remarked(found.refused, mark)
    if not found.events and refused:
        return Received(_wrong(400, refused[0].reason), key, refused=refused, open=not key)
    reply = answer(200, _said(path, found, request))
    return Received(reply, key, body, "", len(found.events), refused)


def _site(found: Tested) -> str:
    """The one site that is spoken of; "" when there is none, or more than one."""
    sites = {word(payload_of(event).get("website")) for event in found.events}
    return sites.pop() if len(sites) == 1 else ""


def _mark(event: dict[str, Any], request: Request) -> None:
    """Leaves the visitor's mark in place of the address."""
    payload = event.get("payload")
    if not isinstance(payload, dict):
        return
    address, agent = word(payload.pop("ip", None)), word(payload.get("userAgent"))
    found = visitor(request, word(payload.get("website")), address, agent)
    if found:
        event[MARK] = found


def _said(path: str, found: Tested, request: Request) -> dict[str, Any]:
    """What the tracker is told: nothing to bring along next time, and what the visitor is called here."""
    if path == _BATCH:
        bad = [{"index": int(one.place), "response": {"error": one.reason}} for one in found.refused]
        size = len(found.events) + len(bad)
        return {"size": size, "processed": len(found.events), "errors": len(bad), "details": bad, "cache": ""}
    marks = [event.get(MARK) for event in found.events]
    name = str(UUID(marks[0])) if marks and request.salt and marks[0] else ""
    return {"cache": "", "sessionId": name, "visitId": name}


UMAMI = Umami()
