"""Segment's messages as rows."""

from __future__ import annotations

from typing import Any

from truenorth.base.errors import SourceError
from truenorth.collect.receive.batch import Batch, Link
from truenorth.collect.receive.bundle import read
from truenorth.collect.receive.instant import instant
from truenorth.collect.receive.piece import encode, shown
from truenorth.collect.receive.row import Row, add, identifier, named, person, spoiled, word, written, written_down
from truenorth.collect.spool.frame import Frame

# Which call a path says, in full and as the browser's library shortens it.
CALLS = {
    path: call
    for call in ("track", "identify", "page", "screen", "group", "alias")
    for path in (f"/v1/{call}", f"/v1/{call[0]}", f"/api/s/{call}", f"/api/s/s2s/{call}")
}
# RudderStack's own: two ids of a person in one message, and calls by the address of a picture.
CALLS |= {"/v1/merge": "merge", "/pixel/v1/track": "track", "/pixel/v1/page": "page"}
# `page` and `screen` have names of pages, not of events; the others have none. They are called as other dialects do.
NAMES = {
    "identify": "$identify",
    "page": "$pageview",
    "screen": "$screen",
    "group": "$groupidentify",
    "alias": "$create_alias",
    "merge": "$merge",
}
_OF_A_BATCH = ("context", "integrations")


def rows(frame: Frame) -> Batch:
    """The rows of a kept body; what cannot be read is among the refused."""
    try:
        found = read(frame.body, "batch")
    except SourceError as error:
        return spoiled(frame.body, error)
    path = frame.path.rstrip("/")
    said = (CALLS.get(path), instant(found.envelope.get("sentAt")), path != "/v1/import")
    envelope = {name: value for name, value in found.envelope.items() if name not in ("sentAt", "writeKey")}
    links: dict[tuple[str, str], Link] = {}
    batch = written_down(found, lambda message, seq: _row(message, seq, said, envelope, links))
    batch.links = list(links.values())
    return batch


def _row(
    message: dict[str, Any],
    seq: int,
    said: tuple[str | None, int | None, bool],
    envelope: dict[str, Any],
    links: dict[tuple[str, str], Link],
) -> Row:
    call = message.get("type") or said[0]
    if call is not None and not isinstance(call, str):
        call = shown(call)
    name = named(message.pop("event", None), "event") if call == "track" else NAMES.get(call) if call else None
    if name is None:
        words = f'"{shown(call)}" is no type of message' if call else "the message has no type"
        raise SourceError("E_EVENT_UNREADABLE", words)
    properties = message.pop("properties", None)
    if not isinstance(properties, dict):
        properties = {} if properties is None else {"$properties": properties}
    user_id = person(message.pop("userId", None), "userId")
    anonymous_id = person(message.pop("anonymousId", None), "anonymousId")
    if user_id is None and anonymous_id is None and call != "merge":
        raise SourceError("E_EVENT_NO_ID", "the message has neither userId nor anonymousId (no_user_anon_id)")
    unique = identifier(message.pop("messageId", None)) or ""
    client_time = _time(message)
    sent_at = said[1]
    if "sentAt" in message and (own := instant(message["sentAt"])) is not None:
        sent_at = own
        del message["sentAt"]
    message.pop("writeKey", None)
    if envelope:
        _spread(message, envelope)
    context = message.get("context")
    if not isinstance(context, dict):
        context = {}
    if anonymous_id or call in ("alias", "merge"):
        _link(call, user_id, anonymous_id, message, client_time, links)
    groups = _groups(call, message, context)
    if message.get("integrations") == {}:
        del message["integrations"]
    if message:
        add(properties, message)
    return (
        unique,
        unique,
        name,
        client_time,
        sent_at,
        said[2] and sent_at is not None,
        seq,
        anonymous_id,
        user_id,
        identifier(context.get("sessionId")),
        groups,
        written(properties),
        _library(context),
    )


def _time(message: dict[str, Any]) -> int | None:
    """When it happened as the client has it; what else it says of time stays with the message."""
    for name in ("originalTimestamp", "timestamp"):
        said = message.get(name)
        if said is not None and (found := instant(said)) is not None:
            del message[name]
            return found
    return None


def _spread(message: dict[str, Any], envelope: dict[str, Any]) -> None:
    """Gives a message what its batch says for all."""
    for name, value in envelope.items():
        own = message.get(name)
        if own is None:
            message[name] = value
        elif name in _OF_A_BATCH and isinstance(own, dict) and isinstance(value, dict):
            message[name] = {**value, **own}


def _link(
    call: Any,
    user_id: str | None,
    anonymous_id: str | None,
    message: dict[str, Any],
    at: int | None,
    links: dict[tuple[str, str], Link],
) -> None:
    """An `alias` says that two ids of users are one; any message with both ids that a device is a user's."""
    former = identifier(message.get("previousId")) if call == "alias" else None
    if former and user_id and former != user_id:
        links[former, user_id] = Link("alias", former, user_id, at)
    if call == "merge":
        _merge(message.get("mergeProperties"), at, links)
    if user_id and anonymous_id and user_id != anonymous_id:
        # Every message of a browser says so again: once a request is enough.
        links.setdefault((anonymous_id, user_id), Link("identify", anonymous_id, user_id, at))


def _merge(both: Any, at: int | None, links: dict[tuple[str, str], Link]) -> None:
    """RudderStack's `merge` names two ids, each with its kind."""
    said = [identifier(one.get("value")) for one in both if isinstance(one, dict)] if isinstance(both, list) else []
    if len(said) == 2 and said[0] and said[1] and said[0] != said[1]:
        links[said[0], said[1]] = Link("merge", said[0], said[1], at)


def _groups(call: Any, message: dict[str, Any], context: dict[str, Any]) -> bytes | None:
    group = identifier(message.get("groupId") if call == "group" else context.get("groupId"))
    return encode({"group": group}) if group else None


def _library(context: dict[str, Any]) -> str:
    library = context.get("library")
    if not isinstance(library, dict):
        return ""
    name, version = word(library.get("name")), word(library.get("version"))
    return f"{name}/{version}" if name and version else name
