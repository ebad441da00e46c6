"""What a dialect is: one SDK's or agent's way of sending, read and answered as its clients expect."""

from __future__ import annotations

from typing import Protocol

from truenorth.collect.receive.batch import Batch
from truenorth.collect.receive.request import Received, Reply, Request
from truenorth.collect.spool.frame import Frame


class Dialect(Protocol):
    """A room of `collect/receive`. All three functions are pure; `receive` runs before the acknowledgement, `rows` at
    the load, on the same bytes."""

    name: str

    def takes(self, request: Request) -> bool:
        """Whether a request to a vendor's own path is of this dialect, by path, query, headers and first bytes."""

    def receive(self, request: Request) -> Received:
        """Check the request (its path without the prefix `/ingest/<name>`) and say what to keep and to answer."""

    def denied(self, request: Request, status: int, words: str) -> Reply:
        """The answer that the dialect's clients understand when a key is wrong (401), too much comes (429, 413), or
        nothing can be kept now (503)."""

    def rows(self, frame: Frame) -> Batch:
        """The rows of a kept body; pieces that cannot be read are in `refused`, never lost, never an exception."""
