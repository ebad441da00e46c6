"""Answers to clients, with the headers that a browser of any site needs to be let through."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

import msgspec

from truenorth.collect.receive.request import Received, Reply, Request

_JSON = ("content-type", "application/json")
_PLAIN = (_JSON,)


def answer(request: Request, status: int, value: Any = None, headers: tuple[tuple[str, str], ...] = ()) -> Reply:
    """A JSON answer; bytes are taken as they are, None is an empty body."""
    body = b"" if value is None else value if isinstance(value, bytes) else msgspec.json.encode(value)
    if "origin" not in request.headers and not headers:
        return Reply(status, body, _PLAIN)
    kind = () if any(name == "content-type" for name, _ in headers) else _PLAIN
    return Reply(status, body, kind + headers + allowed(request))


def allowed(request: Request) -> tuple[tuple[str, str], ...]:
    """What lets a page of the asking origin read the answer; nothing when no page asks.

    Capture knows no cookies, so any origin may send; what counts is the key.
    """
    origin = request.headers.get("origin")
    if not origin or not _header_safe(origin):
        return ()
    return (("access-control-allow-origin", origin), ("access-control-allow-credentials", "true"), ("vary", "origin"))


def preflight(request: Request) -> Received:
    """The answer to a browser that asks whether it may send."""
    asked = request.headers.get("access-control-request-headers", "")
    headers = (
        *allowed(request),
        ("access-control-allow-methods", "GET, POST, OPTIONS"),
        ("access-control-allow-headers", asked if _header_safe(asked) and asked else "content-type, authorization"),
        ("access-control-max-age", "86400"),
    )
    return Received(Reply(204, b"", headers), open=True)


def asked(request: Request) -> dict[str, str]:
    """The query of a request by name; of a name said twice, the last.

    >>> asked(Request("GET", "/e/", "ip=1&_=5", {}, b"", 0))
    {'ip': '1', '_': '5'}
    """
    return dict(parse_qsl(request.query, keep_blank_values=True)) if request.query else {}


def _header_safe(text: str) -> bool:
    return text.isascii() and text.isprintable() and len(text) <= 1_000
