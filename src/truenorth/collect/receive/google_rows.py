"""Events of GA4's Measurement Protocol as rows."""

from __future__ import annotations

from hashlib import blake2b
from typing import Any

from truenorth.base.errors import SourceError
from truenorth.collect.receive.answer import asked
from truenorth.collect.receive.batch import Batch, Link
from truenorth.collect.receive.bundle import values
from truenorth.collect.receive.instant import instant
from truenorth.collect.receive.piece import encode, refused
from truenorth.collect.receive.request import Refused
from truenorth.collect.receive.row import Row, add, columns, identifier, spoiled, written
from truenorth.collect.spool.frame import Frame

_STREAMS = ("measurement_id", "firebase_app_id")


def rows(frame: Frame) -> Batch:
    """The rows of a kept body; what cannot be read is among the refused."""
    try:
        envelope, events = values(frame.body, "events")
    except SourceError as error:
        return spoiled(frame.body, error)
    device = identifier(envelope.pop("client_id", None)) or identifier(envelope.get("app_instance_id"))
    user = identifier(envelope.pop("user_id", None))
    query = asked(frame.query)
    envelope |= {name: query[name] for name in _STREAMS if name in query}
    by_content = query.get("dedupe") == "content"
    batch, taken = Batch(), []
    for seq, event in enumerate(events):
        if isinstance(event, Refused):
            batch.refused.append(event)
            continue
        try:
            taken.append(_row(event, seq, (device, user), dict(envelope), by_content))
        except SourceError as error:
            batch.refused.append(refused(error, encode(event), str(seq)))
    batch.events = columns(taken)
    if device and user and device != user and taken:
        batch.links.append(Link("identify", device, user, batch.events.client_time[0]))
    return batch


def _row(event: Any, seq: int, ids: tuple[str | None, str | None], envelope: dict[str, Any], by_content: bool) -> Row:
    if not isinstance(event, dict):
        raise SourceError("E_EVENT_UNREADABLE", "the event is no object of JSON")
    name = event.pop("name", None)
    if not isinstance(name, str):
        raise SourceError("E_EVENT_NO_NAME", "the event has no name")
    params = event.pop("params", None)
    properties = params if isinstance(params, dict) else {} if params is None else {"$params": params}
    client_time = _time(event, envelope)
    event_id, unique = _unique(name, properties)
    if by_content and not unique:
        content = encode([*ids, name, client_time, params])
        unique = blake2b(content, digest_size=16).hexdigest()
    add(properties, event)
    add(properties, envelope)
    return (
        unique,
        event_id,
        name,
        client_time,
        None,
        False,
        seq,
        ids[0],
        ids[1],
        identifier(properties.get("session_id")),
        None,
        written(properties),
        "",
    )


def _time(event: dict[str, Any], envelope: dict[str, Any]) -> int | None:
    """An event's own time, else that of the request."""
    for fields in (event, envelope):
        found = instant(fields.get("timestamp_micros"))
        if found is not None:
            del fields["timestamp_micros"]
            return found
    return None


def _unique(name: str, properties: dict[str, Any]) -> tuple[str, str]:
    """(id, what makes it the same event): the protocol has no ids, but a purchase is made once."""
    transaction = identifier(properties.get("transaction_id")) if name == "purchase" else None
    return (transaction, f"purchase:{transaction}") if transaction else ("", "")
