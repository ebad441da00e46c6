"""Pages of any site may send here: what a browser wants to hear before it lets them.

Capture knows no cookies and gives nothing away, so every origin is let in; what counts is the key.
"""

from __future__ import annotations

from collections.abc import Mapping

from truenorth.collect.receive.request import Reply

Pairs = tuple[tuple[str, str], ...]
LONGEST = 1000


def across(headers: Mapping[str, str]) -> Pairs:
    """The headers that let a page of another origin read an answer; none when no page asks.

    >>> across({"origin": "https://shop.example"})[0]
    ('access-control-allow-origin', 'https://shop.example')
    """
    origin = headers.get("origin", "")
    if not safe(origin):
        return ()
    return (
        ("access-control-allow-origin", origin),
        ("access-control-allow-credentials", "true"),
        ("access-control-expose-headers", "retry-after"),
        ("vary", "origin"),
    )


def preflight(headers: Mapping[str, str]) -> Reply:
    """The answer to a browser that asks whether a page may send: whatever it means to send."""
    asked = headers.get("access-control-request-headers", "")
    more: Pairs = (("access-control-allow-private-network", "true"),) if PRIVATE in headers else ()
    return Reply(
        204,
        b"",
        (
            ("access-control-allow-methods", "GET, POST, OPTIONS"),
            ("access-control-allow-headers", asked if safe(asked) else "content-type, authorization"),
            ("access-control-max-age", "86400"),
            *more,
        ),
    )


PRIVATE = "access-control-request-private-network"


def safe(text: str) -> bool:
    """Whether a header of a request may stand in an answer."""
    return bool(text) and len(text) <= LONGEST and text.isascii() and text.isprintable()
