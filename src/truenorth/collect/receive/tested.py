"""The events of a body that can be taken, each looked at: what dialects of plain objects share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec import Struct

from truenorth.base.errors import SourceError
from truenorth.collect.receive.bundle import sifted, split
from truenorth.collect.receive.piece import WRONG, decode
from truenorth.collect.receive.request import Refused
from truenorth.collect.receive.row import reread

Check = Callable[[dict[str, Any]], None]


class Tested(Struct):
    """The body with only what can be taken, its envelope and events as values, and what cannot be taken."""

    body: bytes
    envelope: dict[str, Any]
    events: list[dict[str, Any]]
    refused: tuple[Refused, ...] = ()

    def count(self) -> int:
        """How many were sent."""
        return len(self.events) + len(self.refused)


def tested(body: bytes, field: str, check: Check) -> Tested:
    """The events of a body (an array, an object with events in `field`, or one event); `check` raises SourceError with
    the reason why one cannot be taken.

    SourceError E_BODY_UNREADABLE when not even the ends of events can be told.

    >>> tested(b'[{"event": "a"}]', "batch", lambda event: None).events
    [{'event': 'a'}]
    """
    whole = _read(body, field)
    try:
        if whole is not None:
            for event in whole.events:
                check(event)
            return whole
    except SourceError:
        pass
    bundle = split(body, field)
    bad = sifted(bundle, lambda piece: _checked(piece, check))
    good = _read(bundle.joined(field), field)
    if good is None:
        raise SourceError("E_BODY_UNREADABLE", "the envelope around the events is not as it should be")
    good.refused = tuple(bad)
    return good


def _read(body: bytes, field: str) -> Tested | None:
    """All of a body when it is plain objects throughout; None for a closer look."""
    try:
        if not body.isascii():
            body.decode()
        value = decode(body)
    except WRONG:
        return None
    envelope: dict[str, Any] = {}
    if isinstance(value, dict) and isinstance(value.get(field), list):
        events = value.pop(field)
        envelope = value
    else:
        events = value if isinstance(value, list) else [value]
    return Tested(body, envelope, events) if all(isinstance(event, dict) for event in events) else None


def _checked(piece: bytes, check: Check) -> bytes:
    mended = reread(piece)
    check(decode(mended))
    return mended
