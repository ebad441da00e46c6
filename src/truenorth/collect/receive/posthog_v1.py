"""PostHog's capture, version 1: a key in the header, and an answer for each event."""

from __future__ import annotations

from typing import Any

from truenorth.base.errors import SourceError
from truenorth.collect.receive.answer import answer, asked
from truenorth.collect.receive.bundle import content
from truenorth.collect.receive.credential import credential
from truenorth.collect.receive.piece import WRONG, decode
from truenorth.collect.receive.request import Received, Request
from truenorth.collect.receive.row import named, person, word
from truenorth.collect.receive.tested import Tested, tested

V1 = "/i/v1/analytics/events"
# Under which name version 0 knows what is an option here, or beside the properties.
_OPTIONS = {
    "process_person_profile": "$process_person_profile",
    "disable_skew_correction": "$ignore_sent_at",
    "cookieless_mode": "$cookieless_mode",
    "product_tour_id": "$product_tour_id",
}
_OUTSIDE = {"session_id": "$session_id", "window_id": "$window_id"}


def key_of(request: Request) -> str:
    """The key as the libraries send it."""
    return credential(request) or asked(request.query).get("api_key", "")


def taken(request: Request) -> Received:
    """What became of each event by its `uuid`: `ok`, or `drop` with the reason, so that it is not sent again.

    SourceError when there is nothing to say of any.
    """
    found = tested(content(request.body), "batch", _check)
    if not found.count():
        raise SourceError("E_BODY_UNREADABLE", "the batch holds no events")
    key, count = key_of(request), len(found.events)
    reply = answer(200, {"results": _results(found)})
    body = found.body if count else b""
    return Received(reply, key, body, _form(request), count, found.refused, open=not key)


def told(form: str) -> tuple[str | None, str]:
    """When the request was sent, and by which library, of what the door noted.

    >>> told("2026-01-05T09:30:00Z posthog-python/7.91.1")
    ('2026-01-05T09:30:00Z', 'posthog-python/7.91.1')
    """
    sent, _, library = form.partition(" ")
    return sent or None, library


def as_before(event: dict[str, Any], library: str) -> None:
    """Makes of an event what version 0 would have sent."""
    if event.get("properties") is None:
        event["properties"] = {}
    properties = event["properties"]
    if not isinstance(properties, dict):
        return
    options = event.pop("options", None)
    for name, value in (options if isinstance(options, dict) else {}).items():
        properties.setdefault(_OPTIONS.get(name, "$" + name), value)
    for name, inside in _OUTSIDE.items():
        if name in event:
            properties.setdefault(inside, event.pop(name))
    name, _, version = library.partition("/")
    if name:
        properties.setdefault("$lib", name)
        properties.setdefault("$lib_version", version)


def _form(request: Request) -> str:
    """When it was sent and by which library: only its headers say so."""
    sent, library = (request.headers.get(name, "") for name in ("posthog-request-timestamp", "posthog-sdk-info"))
    return f"{sent[:40].replace(' ', 'T')} {library[:80]}".rstrip()


def _check(event: dict[str, Any]) -> None:
    named(event.get("event"), "event")
    properties = event.get("properties")
    if not isinstance(properties, dict | None):
        raise SourceError("E_EVENT_UNREADABLE", "properties is no object of JSON")
    if person(event.get("distinct_id"), "distinct_id") is None:
        raise SourceError("E_EVENT_NO_ID", "the event has no distinct_id", hint="say whose event it is")


def _results(found: Tested) -> dict[str, Any]:
    said: dict[str, Any] = {}
    for one in found.refused:
        try:
            event = decode(one.raw)
        except WRONG:
            continue
        name = word(event.get("uuid")) if isinstance(event, dict) else ""
        if name:
            said[name] = {"result": "drop", "details": one.reason}
    for event in found.events:
        name = word(event.get("uuid"))
        if name:
            said[name] = {"result": "ok"}
    return said
