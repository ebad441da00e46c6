"""The JSON of a body, read so that one bad event costs only itself."""

from __future__ import annotations

import json
import math
from typing import Any

import msgspec
from msgspec import Raw

from truenorth.base.errors import SourceError
from truenorth.collect.receive.request import Refused

DEPTH = 64
_MENDED_AT_MOST = 8 * 1024 * 1024
_SHOWN = 120

decode = msgspec.json.Decoder().decode
encode = msgspec.json.Encoder().encode
_split = msgspec.json.Decoder(list[Raw]).decode
_fields = msgspec.json.Decoder(dict[str, Raw]).decode

WRONG = (msgspec.MsgspecError, UnicodeError, RecursionError, ValueError)


def loaded(raw: bytes) -> Any:
    """The value that JSON says; numbers that JSON has no words for (NaN, Infinity, 1e999) are kept as text, halves of
    a character are replaced. SourceError E_BODY_UNREADABLE for what is no JSON.

    >>> loaded(b'{"share": NaN}')
    {'share': 'NaN'}
    """
    try:
        return decode(raw)
    except WRONG as error:
        if len(raw) > _MENDED_AT_MOST:
            raise unreadable(error) from None
    try:
        value = json.loads(raw.decode(), parse_constant=str, parse_float=_finite)
        return _whole(value)
    except WRONG as error:
        raise unreadable(error) from None


def parts(raw: bytes) -> list[bytes] | None:
    """The elements of a JSON array, unread; None when their ends cannot be told.

    >>> parts(b'[{"a": 1}, 2]')
    [b'{"a": 1}', b'2']
    """
    try:
        return [bytes(part) for part in _split(raw)]
    except WRONG:
        return None


def members(raw: bytes) -> dict[str, bytes] | None:
    """The fields of a JSON object, unread; None when they cannot be told apart."""
    try:
        return {name: bytes(value) for name, value in _fields(raw).items()}
    except WRONG:
        return None


def depth_fits(value: Any, written: bytes) -> bool:
    """Whether nothing in a value lies deeper than a database bears; `written` is its JSON."""
    if written.count(b"{") + written.count(b"[") <= DEPTH:
        return True
    level = [value]
    for _ in range(DEPTH + 1):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, dict | list)
        ]
        if not level:
            return True
    return False


def unreadable(error: Exception) -> SourceError:
    """What is said of bytes that are no JSON."""
    reason = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
    if isinstance(error, UnicodeError):
        reason = "it is not UTF-8"
    return SourceError("E_BODY_UNREADABLE", f"the body is not JSON: {reason}", hint="send UTF-8 JSON, plain or gzipped")


def refused(error: SourceError, raw: bytes, place: str = "") -> Refused:
    """A piece that cannot be taken, with what its error says."""
    return Refused(error.code, error.message, raw, place)


def shown(value: Any) -> str:
    """A value as it is named in a message: short, in quotes.

    >>> shown("x" * 500)[-4:]
    'xxx…'
    """
    text = value if isinstance(value, str) else encode(value).decode()
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


def _finite(text: str) -> float | str:
    number = float(text)
    return number if math.isfinite(number) else text


def _whole(value: Any) -> Any:
    """The value without halves of characters, which no UTF-8 can hold."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_whole(inner) for inner in value]
    if isinstance(value, dict):
        return {_whole(name): _whole(inner) for name, inner in value.items()}
    return value
