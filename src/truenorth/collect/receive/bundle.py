"""What a request brings: an envelope and its events, told apart without reading the events."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec import Struct

from truenorth.base.errors import SourceError
from truenorth.collect.receive.body import FEWER, plain
from truenorth.collect.receive.piece import decode, encode, loaded, members, parts, refused, unreadable
from truenorth.collect.receive.request import Refused


class Bundle(Struct):
    """The fields of an envelope, as JSON by name, and the JSON of each event; `alone` when the event is the body."""

    envelope: dict[str, bytes]
    pieces: list[bytes]
    alone: bool = False

    def joined(self, field: str) -> bytes:
        """One body again: an envelope with the events in `field`."""
        fields = [*self.envelope.items(), (field, b"[" + b",".join(self.pieces) + b"]")]
        return b"{" + b",".join(encode(name) + b":" + value for name, value in fields) + b"}"


# What is looked at piece by piece, at most; and how many values a body may hold for that.
PIECES = 10_000
_VALUES = 2_000_000
_OBJECTS = 1_000_000


def content(body: bytes) -> bytes:
    """The JSON of a request's body.

    SourceError E_BODY_UNREADABLE when there is none, E_BODY_TOO_LARGE when reading it would take a machine's memory.
    """
    text = plain(body)
    if not text or text.isspace():
        raise SourceError("E_BODY_UNREADABLE", "the body is empty", hint="send events as JSON")
    if len(text) > _OBJECTS and max(text.count(b"{"), text.count(b"\n")) > _OBJECTS:
        raise SourceError("E_BODY_TOO_LARGE", "the body holds more than a million objects or lines", hint=FEWER)
    return text


def split(body: bytes, field: str) -> Bundle:
    """The bundle of a body: an array of events, an object with events in `field`, or one event.

    SourceError E_BODY_UNREADABLE when not even the ends of the events can be told, E_BODY_TOO_LARGE beyond 10,000.

    >>> split(b'{"sent_at": 5, "batch": [{"event": "a"}]}', "batch")
    Bundle(envelope={'sent_at': b'5'}, pieces=[b'{"event": "a"}'], alone=False)
    """
    if len(body) > _VALUES and body.count(b",") > _VALUES:
        raise _crowded()
    found = _ends(body, field)
    found = found if found is not None else _ends_of_mended(body, field)
    return whole(found)


def whole(bundle: Bundle) -> Bundle:
    """The bundle, unless there are too many events to look at each: SourceError E_BODY_TOO_LARGE."""
    if len(bundle.pieces) > PIECES:
        raise _crowded()
    return bundle


def _crowded() -> SourceError:
    words = f"some events cannot be taken, and there are too many to look at each (more than {PIECES:,})"
    return SourceError("E_BODY_TOO_LARGE", words, hint=FEWER)


def _ends(body: bytes, field: str) -> Bundle | None:
    body = body.strip()
    if body.startswith(b"["):
        pieces = parts(body)
        return None if pieces is None else Bundle({}, pieces)
    fields = members(body)
    if fields is None:
        return None
    if field not in fields:
        return Bundle({}, [body], alone=True)
    pieces = parts(fields.pop(field))
    return None if pieces is None else Bundle(fields, pieces)


def _ends_of_mended(body: bytes, field: str) -> Bundle:
    value = loaded(body)
    found = _ends(encode(value), field) if isinstance(value, dict | list) else None
    if found is None:
        raise unreadable(ValueError("neither an object nor an array of objects"))
    return found


def lines_of(body: bytes) -> list[bytes]:
    """The events of a body with one a line; none when it is not of that kind."""
    end = body.find(b"\n")
    first = body[: end if end > 0 else 0].strip()
    if not (first.startswith(b"{") and first.endswith(b"}")):
        return []
    return [line for line in body.split(b"\n") if line and not line.isspace()]


def sifted(bundle: Bundle, check: Callable[[bytes], bytes]) -> list[Refused]:
    """Keeps of a bundle the pieces that `check` gives back, mended where they had to be; the others with the reason
    that it raised as SourceError."""
    good: list[bytes] = []
    bad: list[Refused] = []
    for place, piece in enumerate(bundle.pieces):
        try:
            good.append(check(piece))
        except SourceError as error:
            bad.append(refused(error, piece, str(place)))
    bundle.pieces = good
    return bad


class Read(Struct):
    """A body as values: its envelope and its events, one that cannot be read as a `Refused` in its place."""

    envelope: dict[str, Any]
    events: list[Any]
    body: bytes
    field: str
    pieces: list[bytes] | None = None

    def raw(self, seq: int) -> bytes:
        """The bytes of an event as they came; of the whole body when its events cannot be told apart."""
        if self.pieces is None:
            found = _ends(self.body, self.field)
            self.pieces = found.pieces if found is not None else []
        return self.pieces[seq] if seq < len(self.pieces) else self.body


def read(body: bytes, field: str) -> Read:
    """The values of a kept body, or of one that was set aside as it came.

    SourceError E_BODY_UNREADABLE when nothing can be told apart. Of a request that was refused whole, nothing is kept.
    """
    if not body:
        return Read({}, [], body, field)
    try:
        value = decode(body)
    except (ValueError, RecursionError):
        unpacked = plain(body)
        if unpacked is not body:
            return read(unpacked, field)
        bundle = split(body, field)
        envelope = {name: loaded(raw) for name, raw in bundle.envelope.items()}
        return Read(envelope, [_value(raw) for raw in bundle.pieces], body, field, bundle.pieces)
    if isinstance(value, list):
        return Read({}, value, body, field)
    if isinstance(value, dict) and isinstance(value.get(field), list):
        events = value.pop(field)
        return Read(value, events, body, field)
    return Read({}, [value], body, field)


def _value(raw: bytes) -> Any:
    try:
        return loaded(raw)
    except SourceError as error:
        return refused(error, raw)
