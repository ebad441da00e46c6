"""Amplitude's events as rows."""

from __future__ import annotations

from typing import Any

from truenorth.base.errors import SourceError
from truenorth.collect.receive.batch import Batch, Link
from truenorth.collect.receive.bundle import read
from truenorth.collect.receive.instant import instant
from truenorth.collect.receive.piece import encode
from truenorth.collect.receive.row import Row, add, identifier, named, person, spoiled, word, written, written_down
from truenorth.collect.spool.frame import Frame

FIELD = "events"
IDENTIFY = "/identify"
# What the paths of forms mean, whose messages have no name of their own.
IDENTITIES = {IDENTIFY: "$identify", "/groupidentify": "$groupidentify"}
_OF_THE_WAY = ("api_key", "options")
Links = dict[tuple[str, str], Link]


def check(event: dict[str, Any], path: str) -> None:
    """SourceError when an event has no name, or is nobody's."""
    name = IDENTITIES.get(path) or named(event.get("event_type"), "event_type")
    user, device = _who(event)
    if user is None and device is None and name != "$groupidentify":
        raise SourceError("E_EVENT_NO_ID", "the event has neither user_id nor device_id")
    if not isinstance(event.get("event_properties"), dict | None):
        raise SourceError("E_EVENT_UNREADABLE", "event_properties is no object of JSON")


def rows(frame: Frame) -> Batch:
    """The rows of a kept body; what cannot be read is among the refused."""
    try:
        found = read(frame.body, FIELD)
    except SourceError as error:
        return spoiled(frame.body, error)
    path, links = frame.path.rstrip("/"), Links()
    sent_at = instant(found.envelope.pop("client_upload_time", None))
    envelope = {name: value for name, value in found.envelope.items() if name not in _OF_THE_WAY}
    batch = written_down(found, lambda event, seq: _row(event, seq, (path, sent_at), envelope, links))
    batch.links = list(links.values())
    return batch


def _who(event: dict[str, Any]) -> tuple[str | None, str | None]:
    return person(event.get("user_id"), "user_id"), person(event.get("device_id"), "device_id")


def _row(event: dict[str, Any], seq: int, said: tuple[str, int | None], envelope: dict[str, Any], links: Links) -> Row:
    path, sent_at = said
    check(event, path)
    user, device = _who(event)
    name = IDENTITIES.get(path) or event["event_type"]
    properties = event.pop("event_properties", None) or {}
    client_time = instant(event.get("time"))
    unique, event_id = _unique(event, device)
    session = event.get("session_id")
    library, groups = word(event.get("library")), _groups(event)
    if client_time is not None:
        del event["time"]
    elif "time" in event:
        event["timestamp"] = event.pop("time")
    for own in ("event_type", "user_id", "device_id", "insert_id", "library", "api_key"):
        event.pop(own, None)
    if session == -1:
        # Outside of any session.
        del event["session_id"]
    if user and device and user != device:
        links.setdefault((device, user), Link("identify", device, user, client_time))
    add(properties, event)
    add(properties, envelope)
    return (
        unique,
        event_id,
        name,
        client_time,
        sent_at,
        sent_at is not None,
        seq,
        device,
        user,
        identifier(session) if session != -1 else None,
        groups,
        written(properties),
        library,
    )


def _groups(event: dict[str, Any]) -> bytes | None:
    """Groups by type; a form has one, in two fields."""
    groups, kind = event.get("groups"), word(event.get("group_type"))
    if groups is None and kind:
        groups = {kind: event.get("group_value")}
    return encode(groups) if isinstance(groups, dict) and groups else None


def _unique(event: dict[str, Any], device: str | None) -> tuple[str, str]:
    """(what makes it the same event, its id): `insert_id`, else the library's count with the time and the device."""
    said = identifier(event.get("insert_id"))
    if said:
        return said, said
    count = event.get("event_id")
    if count is None or device is None or event.get("time") is None:
        return "", ""
    return encode(["event_id", count, event["time"], device]).decode(), ""
