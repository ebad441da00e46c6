"""What comes over the wire and what goes back, free of any server, so that a dialect is a plain function."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct


class Request(Struct, frozen=True):
    """One request: header names in lower case, the body as sent, `received_at` in microseconds since 1970 UTC.

    `address` is who asks, `salt` the day's: dialects without ids make a visitor's mark of them and keep neither.
    """

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    received_at: int
    address: str = ""
    salt: bytes = b""


class Reply(Struct, frozen=True):
    """What the client is told."""

    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = (("content-type", "application/json"),)


class Refused(Struct, frozen=True):
    """One piece of a request that cannot be taken: why (`code` and words), where in it, and its own bytes."""

    code: str
    reason: str
    raw: bytes
    place: str = ""


class Received(Struct, frozen=True):
    """What became of a request, before anything is kept.

    `reply` goes out only once `body` (unzipped, as the dialect's `rows` reads it) lies safely in the spool. An empty
    `body` keeps nothing: a bootstrap call, a preflight. `key` is the capture key as the client sent it, "" without one;
    `open` says that the answer needs no key. `count` is how many events or points the body holds. `form` tells `rows`
    how to read the body when a dialect has several (json, protobuf).
    """

    reply: Reply
    key: str = ""
    body: bytes = b""
    form: str = ""
    count: int = 0
    refused: tuple[Refused, ...] = ()
    open: bool = False
