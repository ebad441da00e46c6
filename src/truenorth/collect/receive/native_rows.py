"""Events of the native dialect as rows."""

from __future__ import annotations

from typing import Any

from truenorth.base.errors import SourceError
from truenorth.collect.receive.batch import Batch, Link
from truenorth.collect.receive.bundle import values
from truenorth.collect.receive.instant import instant
from truenorth.collect.receive.piece import encode, refused
from truenorth.collect.receive.request import Refused
from truenorth.collect.receive.row import Row, columns, identifier, spoiled, word, written
from truenorth.collect.spool.frame import Frame

_LINKS = {"$identify": "identify", "$alias": "alias", "$merge": "merge"}


def rows(frame: Frame) -> Batch:
    """The rows of a kept body; what cannot be read is among the refused."""
    try:
        envelope, events = values(frame.body, "events")
    except SourceError as error:
        return spoiled(frame.body, error)
    sent_at = instant(envelope.get("sent_at"))
    library = word(envelope.get("library"))
    outer = {name: value for name, value in envelope.items() if name not in ("sent_at", "library", "key")}
    batch, taken = Batch(), []
    for seq, event in enumerate(events):
        if isinstance(event, Refused):
            batch.refused.append(event)
            continue
        try:
            taken.append(_row(event, seq, (sent_at, library), outer, batch.links))
        except SourceError as error:
            batch.refused.append(refused(error, encode(event), str(seq)))
    batch.events = columns(taken)
    return batch


def _row(event: Any, seq: int, sent: tuple[int | None, str], outer: dict[str, Any], links: list[Link]) -> Row:
    if not isinstance(event, dict):
        raise SourceError("E_EVENT_UNREADABLE", "the event is no object of JSON")
    name = event.pop("event", None)
    if not isinstance(name, str):
        raise SourceError("E_EVENT_NO_NAME", "the event has no name")
    properties = event.pop("properties", None)
    if not isinstance(properties, dict):
        properties = {} if properties is None else {"$properties": properties}
    groups = event.pop("groups", None)
    client_time = instant(event.get("time"))
    if client_time is not None:
        del event["time"]
    unique = identifier(event.pop("id", None)) or ""
    user_id = identifier(event.pop("user_id", None))
    anonymous_id = identifier(event.pop("anonymous_id", None))
    session_id = identifier(event.pop("session_id", None))
    if event or outer:
        _others(properties, {**outer, **event})
    if name in _LINKS:
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
        encode(groups) if isinstance(groups, dict) and groups else None,
        written(properties),
        sent[1],
    )


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
        links.append(Link(_LINKS[name], former, user_id, at))
