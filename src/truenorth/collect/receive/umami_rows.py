"""Umami's events as rows."""

from __future__ import annotations

from typing import Any

from truenorth.base.errors import SourceError
from truenorth.collect.receive.answer import asked
from truenorth.collect.receive.batch import Batch
from truenorth.collect.receive.bundle import read
from truenorth.collect.receive.instant import instant
from truenorth.collect.receive.piece import shown
from truenorth.collect.receive.row import Row, add, named, person, spoiled, written, written_down
from truenorth.collect.receive.visitor import FIELD, MARK, beside, page
from truenorth.collect.spool.frame import Frame

_NAMES = {"event": "$pageview", "identify": "$identify", "performance": "$web_vitals"}
_OF_THE_PAGE = ("url", "title", "referrer", "language")
_VITALS = ("lcp", "inp", "cls", "fcp", "ttfb")


def payload_of(event: dict[str, Any]) -> dict[str, Any]:
    """What an event says; SourceError E_EVENT_UNREADABLE when it says nothing."""
    payload = event.get("payload")
    if not isinstance(payload, dict):
        raise SourceError("E_EVENT_UNREADABLE", "payload is no object of JSON")
    return payload


def check(event: dict[str, Any]) -> None:
    """SourceError when an event is of no type, its name is none, or its id is none."""
    payload = payload_of(event)
    _name(event, payload)
    person(payload.get("id"), "id")


def rows(frame: Frame) -> Batch:
    """The rows of a kept body; what cannot be read is among the refused."""
    try:
        found = read(frame.body, FIELD)
    except SourceError as error:
        return spoiled(frame.body, error)
    # The site's id is the key, unless the address says another.
    is_key = "key" not in asked(frame.query)
    return written_down(found, lambda event, seq: _row(event, seq, is_key))


def _name(event: dict[str, Any], payload: dict[str, Any]) -> str:
    kind = event.get("type", "event")
    if not isinstance(kind, str) or kind not in _NAMES:
        raise SourceError("E_EVENT_UNREADABLE", f'"{shown(kind)}" is no type of event')
    if kind == "event" and payload.get("name") not in (None, ""):
        return named(payload["name"], "name")
    return _NAMES[kind]


def _row(event: dict[str, Any], seq: int, is_key: bool) -> Row:
    check(event)
    payload = event.pop("payload")
    name = _name(event, payload)
    data = payload.pop("data", None)
    kind = event.pop("type", "event")
    if kind == "identify":
        properties = {} if data is None else {"$set": data}
    else:
        properties = data if isinstance(data, dict) else {} if data is None else {"$data": data}
    if kind == "event":
        payload.pop("name", None)
    user = person(payload.pop("id", None), "id")
    mark = event.pop(MARK, None)
    client_time = instant(payload.get("timestamp"))
    if client_time is not None:
        del payload["timestamp"]
    # The address is nobody's business; of what was replayed it may still be there.
    payload.pop("ip", None)
    if is_key:
        payload.pop("website", None)
    plain = _OF_THE_PAGE + (_VITALS if kind == "performance" else ())
    beside(properties, page({one: payload.pop(one) for one in plain if one in payload}))
    add(properties, payload)
    add(properties, event)
    return (
        "",
        "",
        name,
        client_time,
        None,
        False,
        seq,
        mark if user is None and isinstance(mark, str) else None,
        user,
        None,
        None,
        written(properties),
        "umami",
    )
