"""An event as it becomes a row: what all dialects share in writing one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from truenorth.base.errors import SourceError
from truenorth.collect.receive.batch import Batch, Events
from truenorth.collect.receive.bundle import Read
from truenorth.collect.receive.piece import depth_fits, encode, loaded, refused
from truenorth.collect.receive.request import Refused

# In the order of the columns of Events.
Row = tuple[
    str,  # unique
    str,  # event_id
    str,  # event
    int | None,  # client_time
    int | None,  # sent_at
    bool,  # skewed
    int,  # seq
    str | None,  # anonymous_id
    str | None,  # user_id
    str | None,  # session_id
    bytes | None,  # groups
    bytes,  # properties
    str,  # library
]


def written_down(read: Read, row: Callable[[dict[str, Any], int], Row]) -> Batch:
    """The batch of a body's events: `row` makes one of each, or raises SourceError with the reason why it cannot."""
    batch, rows = Batch(), []
    for seq, event in enumerate(read.events):
        try:
            if isinstance(event, dict):
                rows.append(row(event, seq))
            elif isinstance(event, Refused):
                batch.refused.append(event)
            else:
                raise SourceError("E_EVENT_UNREADABLE", "the event is no object of JSON")
        except SourceError as error:
            batch.refused.append(refused(error, read.raw(seq), str(seq)))
    if rows:
        batch.events = Events(*(list(column) for column in zip(*rows, strict=True)))
    return batch


def identifier(value: Any) -> str | None:
    """An id as text, whatever a client made of it; None for nothing.

    >>> identifier(17), identifier(" "), identifier(None)
    ('17', None, None)
    """
    if isinstance(value, str):
        return value if value and not value.isspace() else None
    if value is None:
        return None
    return encode(value).decode()


def person(value: Any, name: str) -> str | None:
    """The id of somebody: a text or a number. SourceError E_EVENT_UNREADABLE for anything else, which is nobody's id.

    >>> person("ann", "user_id"), person(17, "user_id"), person("", "user_id")
    ('ann', '17', None)
    """
    if isinstance(value, str):
        return value if value and not value.isspace() else None
    if value is None:
        return None
    if isinstance(value, bool | list | dict):
        raise SourceError("E_EVENT_UNREADABLE", f"{name} is neither a text nor a number")
    return encode(value).decode()


def named(value: Any, field: str) -> str:
    """The name of an event; SourceError E_EVENT_NO_NAME when it is none."""
    if not isinstance(value, str) or not value.strip():
        raise SourceError("E_EVENT_NO_NAME", f'the event has no name in "{field}"')
    return value


def word(value: Any) -> str:
    """A text, "" for anything else."""
    return value if isinstance(value, str) else ""


def written(properties: dict[str, Any]) -> bytes:
    """Properties as JSON; SourceError E_EVENT_UNREADABLE when they are nested more deeply than a database bears."""
    try:
        text = encode(properties)
    except RecursionError:
        text = b""
    if not (text and depth_fits(properties, text)):
        raise SourceError("E_EVENT_UNREADABLE", "the event is nested too deeply", hint="at most 64 levels are kept")
    return text


def add(properties: dict[str, Any], fields: dict[str, Any]) -> None:
    """Puts what else a message says beside its properties: each field with a `$` before its name.

    >>> properties = {"plan": "pro", "$type": "own"}
    >>> add(properties, {"type": "track", "$set": {"a": 1}})
    >>> properties
    {'plan': 'pro', '$type': 'own', '$$type': 'track', '$set': {'a': 1}}
    """
    for name, value in fields.items():
        if value is None:
            continue
        key = name if name[:1] == "$" else "$" + name
        while key in properties:
            key = "$" + key
        properties[key] = value


def spoiled(body: bytes, error: SourceError) -> Batch:
    """The batch of a body that cannot be read at all: one refused piece."""
    return Batch(refused=[Refused(error.code, error.message, body)])


def reread(piece: bytes) -> bytes:
    """The JSON of an event, mended if that must be; SourceError E_EVENT_UNREADABLE when it is no object."""
    try:
        value = loaded(piece)
    except SourceError as error:
        raise SourceError("E_EVENT_UNREADABLE", error.message.replace("the body", "the event")) from None
    if not isinstance(value, dict):
        raise SourceError("E_EVENT_UNREADABLE", "the event is no object of JSON")
    return encode(value)
