"""What dialects share in reading addresses and in answering."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

import msgspec

from truenorth.base.errors import SourceError
from truenorth.collect.receive.request import Received, Refused, Reply, Request

JSON = (("content-type", "application/json"),)
SCRIPT = (("content-type", "application/javascript; charset=utf-8"),)


def answer(status: int, value: Any = None, headers: tuple[tuple[str, str], ...] = JSON) -> Reply:
    """An answer in JSON; bytes are taken as they are, None is an empty body."""
    if value is None:
        return Reply(status, b"", ())
    return Reply(status, value if isinstance(value, bytes) else msgspec.json.encode(value), headers)


def unread(reply: Reply, request: Request, error: SourceError, key: str) -> Received:
    """A request of which nothing can be taken: its bytes are for the quarantine of the key's source. Without a key, the
    answer is the reason all the same, for that is what is to be mended."""
    kept = (Refused(error.code, error.message, request.body),) if key and request.body else ()
    return Received(reply, key, refused=kept, open=not key)


def asked(query: str) -> dict[str, str]:
    """The query of an address by name; of a name said twice, the last.

    >>> asked("ip=1&_=5")
    {'ip': '1', '_': '5'}
    """
    return dict(parse_qsl(query, keep_blank_values=True)) if query else {}
