"""Events of GA4's Measurement Protocol as rows."""

from __future__ import annotations

from hashlib import blake2b
from typing import Any

from msgspec import Raw, structs

from truenorth.base.errors import SourceError
from truenorth.collect.receive.answer import asked
from truenorth.collect.receive.batch import Batch, Link
from truenorth.collect.receive.bundle import read
from truenorth.collect.receive.instant import instant
from truenorth.collect.receive.piece import encode
from truenorth.collect.receive.request import Refused
from truenorth.collect.receive.row import Row, add, identifier, named, person, spoiled, written, written_down
from truenorth.collect.spool.frame import Frame

_STREAMS = ("measurement_id", "firebase_app_id")


def rows(frame: Frame) -> Batch:
    """The rows of a kept body; what cannot be read is among the refused."""
    try:
        found = read(frame.body, "events")
        envelope, said = found.envelope, dict(found.envelope)
        device = person(envelope.pop("client_id", None), "client_id")
        device = device or person(envelope.get("app_instance_id"), "app_instance_id")
        user = person(envelope.pop("user_id", None), "user_id")
        if found.events and device is None and user is None:
            raise SourceError("E_EVENT_NO_ID", "the request has neither client_id nor app_instance_id nor user_id")
    except SourceError as error:
        return spoiled(frame.body, error)
    query = asked(frame.query)
    envelope |= {name: query[name] for name in _STREAMS if name in query}
    by_content = query.get("dedupe") == "content"
    batch = written_down(found, lambda event, seq: _row(event, seq, (device, user), dict(envelope), by_content))
    batch.refused = [_with(said, one) if one.raw != frame.body else one for one in batch.refused]
    if device and user and device != user and batch.events.event:
        batch.links.append(Link("identify", device, user, batch.events.client_time[0]))
    return batch


def _with(envelope: dict[str, Any], one: Refused) -> Refused:
    """A refused event with what the request said around it: whose it is, and when it was."""
    return structs.replace(one, raw=encode({**envelope, "events": [Raw(one.raw)]}))


def _row(
    event: dict[str, Any], seq: int, ids: tuple[str | None, str | None], envelope: dict[str, Any], by_content: bool
) -> Row:
    name = named(event.pop("name", None), "name")
    params = event.pop("params", None)
    if params is not None and not isinstance(params, dict):
        raise SourceError("E_EVENT_UNREADABLE", "params is no object of JSON")
    properties = params or {}
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
