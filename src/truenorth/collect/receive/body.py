"""The plain bytes of a body, found out by looking at them: clients label what they send wrongly, or not at all."""

from __future__ import annotations

import binascii
import re
import zlib
from urllib.parse import unquote_to_bytes

import cramjam

from truenorth.base.errors import SourceError

LIMIT = 64 * 1024 * 1024
FEWER = "send fewer events at once"
_GZIP = b"\x1f\x8b"
_ZSTD = b"\x28\xb5\x2f\xfd"
_FORM = re.compile(rb"(?:[\w.%-]*=[^&\s]*&)*data=([^&]*)")
_BASE64 = re.compile(rb"[A-Za-z0-9+/_-][A-Za-z0-9+/_\s-]{7,}={0,2}")
_LAYERS = 4


def plain(body: bytes, limit: int = LIMIT) -> bytes:
    """The body without its wrappings: gzip, zlib, zstd, base64 and `data=` of a form, also inside each other.

    SourceError E_BODY_TOO_LARGE beyond `limit` bytes, before more than that is unpacked; E_BODY_UNREADABLE for what is
    cut short or damaged. Bytes that are wrapped in nothing come back as they are.

    >>> plain(b"data=eyJldmVudCI6ICJhIn0%3D")
    b'{"event": "a"}'
    """
    for _ in range(_LAYERS):
        first = body[:1]
        if first in (b"{", b"["):
            break
        unwrapped = _unwrapped(body, limit)
        if unwrapped is None:
            break
        body = unwrapped
    if len(body) > limit:
        raise too_large(limit)
    return body[3:] if body.startswith(b"\xef\xbb\xbf") else body


def too_large(limit: int) -> SourceError:
    """What is said of more bytes than are taken at once."""
    size = f"{limit // 1024 // 1024} MiB" if limit >= 1024 * 1024 else f"{limit:,} bytes"
    return SourceError("E_BODY_TOO_LARGE", f"the body holds more than {size}", hint=FEWER)


def _unwrapped(body: bytes, limit: int) -> bytes | None:
    if body.startswith(_GZIP):
        return _inflated(body, "gzip", limit)
    if body.startswith(_ZSTD):
        return _zstd(body, limit)
    if body[:1] == b"\x78" and len(body) > 1 and int.from_bytes(body[:2], "big") % 31 == 0:
        return _inflated(body, "zlib", limit)
    form = _FORM.match(body)
    if form:
        # In a form a plus is a space; in base64, which some send in one as it is, it is a letter.
        spaced = unquote_to_bytes(form[1].replace(b"+", b"%20"))
        return spaced if spaced.lstrip()[:1] in (b"{", b"[") else unquote_to_bytes(form[1])
    return _from_base64(body)


def _inflated(body: bytes, kind: str, limit: int) -> bytes:
    """All members of a gzip or zlib stream; zlib itself stops at the limit."""
    parts, room = [], limit
    while body:
        stream = zlib.decompressobj(47)
        try:
            part = stream.decompress(body, room + 1)
        except zlib.error as error:
            raise _damaged(kind, str(error).partition(": ")[2] or str(error)) from None
        room -= len(part)
        if room < 0:
            raise too_large(limit)
        if not stream.eof:
            raise _damaged(kind, "it ends too early")
        parts.append(part)
        body = stream.unused_data.lstrip(b"\0")
        if not body.startswith(_GZIP):
            break
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _zstd(body: bytes, limit: int) -> bytes:
    """A zstd stream, into a buffer that grows up to the limit and never beyond."""
    size = min(max(len(body) * 8, 1 << 16), limit)
    while True:
        buffer = bytearray(size)
        try:
            length = cramjam.zstd.decompress_into(body, buffer)
        except (cramjam.DecompressionError, OSError) as error:
            if "whole buffer" not in str(error):
                raise _damaged("zstd", str(error)) from None
            if size >= limit:
                raise too_large(limit) from None
            size = min(size * 8, limit)
            continue
        return bytes(memoryview(buffer)[:length])


def _damaged(kind: str, reason: str) -> SourceError:
    return SourceError(
        "E_BODY_UNREADABLE", f"the body looks like {kind} and cannot be unpacked: {reason}", hint="send it once more"
    )


def _from_base64(body: bytes) -> bytes | None:
    """What base64 holds, also of the kind for addresses and without its padding; None when it is none."""
    if b"%" in body[-12:]:
        body = unquote_to_bytes(body)
    body = body.rstrip()
    if not _BASE64.fullmatch(body):
        return None
    letters = b"".join(body.split()).rstrip(b"=").translate(bytes.maketrans(b"-_", b"+/"))
    try:
        return binascii.a2b_base64(letters + b"=" * (-len(letters) % 4))
    except binascii.Error:
        return None
