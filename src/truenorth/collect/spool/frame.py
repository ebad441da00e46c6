"""One acknowledged request as it lies in the spool."""

from __future__ import annotations

from msgspec import Struct

from truenorth.collect.receive.request import Refused


class Frame(Struct, frozen=True, array_like=True):
    """A body with what its request said; `received_at` in microseconds since 1970 UTC."""

    source: str
    dialect: str
    form: str
    path: str
    query: str
    received_at: int
    count: int
    body: bytes
    refused: tuple[Refused, ...] = ()
    agent: str = ""
