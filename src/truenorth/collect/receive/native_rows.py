"""Events of the native dialect as rows."""

from __future__ import annotations

from typing import Any

from truenorth.base.errors import SourceError
from truenorth.collect.receive.batch import Batch, Link
from truenorth.collect.receive.bundle import read
from truenorth.collect.receive.instant import instant
from truenorth.collect.receive.native_plain import LINKS, plain_rows
from truenorth.collect.receive.piece import encode, shown
from truenorth.collect.receive.row import Row, identifier, named, person, spoiled, word, written, written_down
from truenorth.collect.spool.frame import Frame


def rows(frame: Frame) -> Batch:
    """The rows of a kept body; what cannot be read is among the refused."""
    plain = plain_rows(frame.body)
    return closely(frame) if plain is None else plain


def closely(frame: Frame) -> Batch:
    """The rows of a body that is read event by event."""
    try:
        found = read(frame.body, "events")
    except SourceError as error:
        return spoiled(frame.body, error)
    sent = (instant(found.envelope.get("sent_at")), word(found.envelope.get("library")))
    outer = {name: value for name, value in found.envelope.items() if name not in ("sent_at", "library", "key")}
    links: list[Link] = []
    batch = written_down(found, lambda event, seq: _row(event, seq, sent, outer, links))
    batch.links = links
    return batch


def _row(
    event: dict[str, Any], seq: int, sent: tuple[int | None, str], outer: dict[str, Any], links: list[Link]
) -> Row:
    name = named(event.pop("event", None), "event")
    properties = _object(event.pop("properties", None), "properties")
    groups = _object(event.pop("groups", None), "groups")
    said = event.pop("time", None)
    client_time = instant(said)
    if client_time is None and said is not None:
        raise SourceError("E_EVENT_UNREADABLE", f"time {shown(said)} is no time")
    unique = person(event.pop("id", None), "id") or ""
    user_id = person(event.pop("user_id", None), "user_id")
    anonymous_id = person(event.pop("anonymous_id", None), "anonymous_id")
    session_id = person(event.pop("session_id", None), "session_id")
    if event or outer:
        _others(properties, {**outer, **event})
    if name in LINKS:
        _link(name, user_id, anonymous_id, properties, client_time, links)
    return (
        unique,
        unique,
        name,
        client_time,
        sent[0],
        sent[0] is not None,
        seq,
        anonymous_id,
        user_id,
        session_id,
        encode(groups) if groups else None,
        written(properties),
        sent[1],
    )


def _object(value: Any, name: str) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise SourceError("E_EVENT_UNREADABLE", f"{name} is no object of JSON")
    return value


def _others(properties: dict[str, Any], fields: dict[str, Any]) -> None:
    """A field that is none of an event's own is a property; where that name is taken, with a `$` before it."""
    for name, value in fields.items():
        if value is None:
            continue
        while name in properties:
            name = "$" + name
        properties[name] = value


def _link(
    name: str,
    user_id: str | None,
    anonymous_id: str | None,
    properties: dict[str, Any],
    at: int | None,
    links: list[Link],
) -> None:
    """`$identify` says that an anonymous id is a user's, `$alias` and `$merge` that `former` is the user, too."""
    former = anonymous_id if name == "$identify" else identifier(properties.get("former"))
    if former and user_id and former != user_id:
        links.append(Link(LINKS[name], former, user_id, at))
