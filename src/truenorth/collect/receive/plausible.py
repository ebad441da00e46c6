"""Plausible's way of sending: one event at a time to `/api/event`."""

from __future__ import annotations

from typing import Any

from truenorth.base.errors import SourceError
from truenorth.collect.receive.answer import answer, asked, unread
from truenorth.collect.receive.batch import Batch
from truenorth.collect.receive.bundle import content
from truenorth.collect.receive.plausible_rows import check, long, rows
from truenorth.collect.receive.request import Received, Reply, Request
from truenorth.collect.receive.row import word
from truenorth.collect.receive.tested import tested
from truenorth.collect.receive.visitor import FIELD, MARK, marked, remarked, visitor
from truenorth.collect.spool.frame import Frame

_EVENT = "/api/event"
_TEXT = (("content-type", "text/plain; charset=utf-8"),)


class Plausible:
    """Plausible's way of sending: page views and goals of sites, whose visitors have no ids."""

    name = "plausible"

    def takes(self, request: Request) -> bool:
        """Whether the path is Plausible's."""
        return request.path.rstrip("/") == _EVENT

    def receive(self, request: Request) -> Received:
        """202 `ok` when the event is taken, 400 when it cannot be."""
        if request.path.rstrip("/") != _EVENT:
            return Received(_wrong(404, "not found"), open=True)
        if request.method != "POST":
            return Received(_wrong(405, "events are sent by POST"), open=True)
        try:
            return _taken(request)
        except SourceError as error:
            reply = _wrong(413 if error.code == "E_BODY_TOO_LARGE" else 400, str(error))
            return unread(reply, request, error, asked(request.query).get("key", ""))

    def denied(self, request: Request, status: int, words: str) -> Reply:
        """Plausible's error."""
        return _wrong(status, words)

    def rows(self, frame: Frame) -> Batch:
        """The events of a kept body."""
        return rows(frame)


def _wrong(status: int, words: str) -> Reply:
    return answer(status, {"errors": {"event": [words]}})


def _taken(request: Request) -> Received:
    found = tested(content(request.body), FIELD, check)
    sites = {word(long(event).get("domain")) for event in found.events}
    key = asked(request.query).get("key", "") or (sites.pop() if len(sites) == 1 else "")

    def mark(event: dict[str, Any]) -> None:
        seen = visitor(request, word(long(event).get("domain")))
        if seen:
            event[MARK] = seen

    body, refused = marked(found.events, mark), remarked(found.refused, mark)
    if not found.events and refused:
        return Received(_wrong(400, refused[0].reason), key, refused=refused, open=not key)
    return Received(answer(202, b"ok", _TEXT), key, body, "", len(found.events), refused)


PLAUSIBLE = Plausible()
