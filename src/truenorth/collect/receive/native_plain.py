"""Native events that hold nothing but the fields an event has, read all at once: most requests are of this kind, and
take half the time. Whatever else is in a body, `native_rows` reads it event by event."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct

from truenorth.collect.receive.batch import Batch, Events
from truenorth.collect.receive.instant import instant
from truenorth.collect.receive.piece import DEPTH, WRONG, encode

LINKS = {"$identify": "identify", "$alias": "alias", "$merge": "merge"}
_Id = str | int | None


class _Plain(Struct, forbid_unknown_fields=True):
    event: str
    properties: dict[str, Any] = {}
    time: str | int | float | None = None
    id: _Id = None
    user_id: _Id = None
    anonymous_id: _Id = None
    session_id: _Id = None


_plain = msgspec.json.Decoder(list[_Plain]).decode


def plain_rows(body: bytes) -> Batch | None:
    """The rows of an array of plain events; None when there is anything in it to look at more closely."""
    if body[:1] != b"[":
        return None
    try:
        events = _plain(body)
    except WRONG:
        return None
    names = [event.event for event in events]
    times = [instant(event.time) for event in events]
    said = sum(event.time is not None for event in events)
    # Each event has a brace of its own and one of its properties; only beyond these may something be nested deeply.
    deep = body.count(b"{") + body.count(b"[") - 2 * len(events) >= DEPTH
    if deep or len(events) - times.count(None) != said or not all(map(str.strip, names)) or LINKS.keys() & names:
        return None
    ids = ids_of([event.id for event in events])
    unique = [name or "" for name in ids]
    count = len(events)
    rows = Events(
        unique=unique,
        event_id=list(unique),
        event=names,
        client_time=times,
        sent_at=[None] * count,
        skewed=[False] * count,
        seq=list(range(count)),
        anonymous_id=ids_of([event.anonymous_id for event in events]),
        user_id=ids_of([event.user_id for event in events]),
        session_id=ids_of([event.session_id for event in events]),
        groups=[None] * count,
        properties=[encode(event.properties) for event in events],
        library=[""] * count,
    )
    return Batch(events=rows)


def ids_of(values: list[_Id]) -> list[str | None]:
    """Ids as text; None for nothing.

    >>> ids_of(["ann", 17, " ", None]), ids_of(["ann", "ben"]), ids_of([None])
    (['ann', '17', None, None], ['ann', 'ben'], [None])
    """
    said: list[str | None] = [value for value in values if not isinstance(value, int)]
    texts = [value for value in said if value is not None]
    # Most often all are texts that say something, or none is.
    if len(said) == len(values) and (not texts or (len(texts) == len(said) and all(map(str.strip, texts)))):
        return said
    return [None if value is None else (str(value).strip() and str(value)) or None for value in values]
