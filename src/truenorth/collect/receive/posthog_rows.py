"""PostHog's events as rows."""

from __future__ import annotations

from typing import Any

from truenorth.base.errors import SourceError
from truenorth.collect.receive.answer import asked
from truenorth.collect.receive.batch import Batch, Link
from truenorth.collect.receive.bundle import read
from truenorth.collect.receive.instant import instant
from truenorth.collect.receive.piece import encode
from truenorth.collect.receive.posthog_v1 import V1, as_before, told
from truenorth.collect.receive.row import Row, add, identifier, named, person, spoiled, word, written, written_down
from truenorth.collect.spool.frame import Frame

_KEYS = ("api_key", "token")
_LINKS = {
    "$identify": ("identify", "$anon_distinct_id"),
    "$create_alias": ("alias", "alias"),
    "$merge_dangerously": ("merge", "alias"),
}


def rows(frame: Frame) -> Batch:
    """The rows of a kept body; what cannot be read is among the refused."""
    try:
        found = read(frame.body, "batch")
    except SourceError as error:
        return spoiled(frame.body, error)
    envelope = found.envelope
    sent = envelope.pop("sent_at", None) or _sent(frame)
    if frame.path.rstrip("/") == V1:
        sent, library = told(frame.form)
        envelope.pop("created_at", None)
        for event in found.events:
            if isinstance(event, dict):
                as_before(event, library)
    for key in _KEYS:
        envelope.pop(key, None)
    sent_at = instant(sent)
    if sent_at is None and sent is not None:
        envelope["sent_at"] = sent
    if envelope.get("historical_migration") is not True:
        envelope.pop("historical_migration", None)
    clock, links = (sent_at, frame.received_at), list[Link]()
    batch = written_down(found, lambda event, seq: _row(event, seq, clock, envelope, links))
    batch.links = links
    return batch


def _sent(frame: Frame) -> Any:
    """When the browser's library sent the request, as its address says."""
    if not frame.query:
        return None
    query = asked(frame.query)
    said = query.get("sent_at") or query.get("_")
    return int(said) if said and said.isdigit() and len(said) < 20 else said or None


def _row(
    event: dict[str, Any], seq: int, clock: tuple[int | None, int], envelope: dict[str, Any], links: list[Link]
) -> Row:
    name = named(event.pop("event", None), "event")
    properties = event.pop("properties", None)
    if not isinstance(properties, dict):
        properties = {} if properties is None else {"$properties": properties}
    said = person(event.pop("distinct_id", None), "distinct_id") or person(properties.get("distinct_id"), "distinct_id")
    if said is None:
        raise SourceError("E_EVENT_NO_ID", "the event has no distinct_id")
    unique = identifier(event.pop("uuid", None)) or identifier(properties.get("$insert_id")) or ""
    client_time, exact = _time(event, properties, clock)
    for key in _KEYS:
        event.pop(key, None)
        properties.pop(key, None)
    if event or envelope:
        _others(event, envelope, properties)
    if name in _LINKS:
        _link(name, said, properties, client_time, links)
    user: str | None = said
    groups = properties.get("$groups")
    if name == "$groupidentify":
        kind, group = word(properties.get("$group_type")), identifier(properties.get("$group_key"))
        groups = groups or {kind: group}
        if said == f"${kind}_{group}":
            # The library made this id up: what is said is about a group, and nobody's.
            properties.setdefault("distinct_id", said)
            user = None
    anonymous = user is not None and _is_anonymous(said, properties)
    library, version = word(properties.get("$lib")), properties.get("$lib_version")
    return (
        unique,
        unique,
        name,
        client_time,
        clock[0],
        not (exact or "historical_migration" in envelope),
        seq,
        said if anonymous else _former(name, properties),
        None if anonymous else user,
        identifier(properties.get("$session_id")),
        encode(groups) if isinstance(groups, dict) and groups else None,
        written(properties),
        f"{library}/{version}" if version and library else library,
    )


def _time(event: dict[str, Any], properties: dict[str, Any], clock: tuple[int | None, int]) -> tuple[int | None, bool]:
    """The event's time as sent, and whether it needs no correction: a server's clock, or one declared right."""
    exact = properties.get("$ignore_sent_at") is True or properties.get("$is_server") is True
    offset = event.get("offset")
    if isinstance(offset, int | float) and not isinstance(offset, bool) and abs(offset) < 10**13:
        # `offset` is how many milliseconds ago it was, so no clock of the client has a part in it.
        return clock[1] - round(offset * 1_000), True
    found = instant(event.get("timestamp"))
    if found is not None:
        del event["timestamp"]
    return found, exact


def _others(event: dict[str, Any], envelope: dict[str, Any], properties: dict[str, Any]) -> None:
    """What stands beside the properties; `$set` and `$set_once` of both places are one."""
    for name in ("$set", "$set_once"):
        outer, inner = event.get(name), properties.get(name)
        if isinstance(outer, dict) and isinstance(inner, dict):
            properties[name] = {**inner, **event.pop(name)}
    add(properties, event)
    add(properties, envelope)


def _is_anonymous(said: str, properties: dict[str, Any]) -> bool:
    """Whether an id is a device's and no person is to be made of it: so said, or it is the device's own."""
    if properties.get("$process_person_profile") is False or properties.get("$is_identified") is False:
        return True
    return properties.get("$device_id") == said


def _former(name: str, properties: dict[str, Any]) -> str | None:
    return identifier(properties.get("$anon_distinct_id")) if name == "$identify" else None


def _link(name: str, said: str, properties: dict[str, Any], at: int | None, links: list[Link]) -> None:
    kind, field = _LINKS[name]
    former = identifier(properties.get(field))
    if former and former != said:
        links.append(Link(kind, former, said, at))
