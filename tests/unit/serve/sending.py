"""Sending to the app that collects, without a server."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import msgspec

from truenorth.base.errors import EngineError
from truenorth.collect.receive.batch import Batch
from truenorth.collect.receive.request import Received, Refused, Reply, Request
from truenorth.collect.spool.frame import Frame
from truenorth.serve.body import Limits
from truenorth.serve.capture import Capture

decode = msgspec.msgpack.Decoder(Frame).decode


class Plain:
    """A dialect whose events are lines; "bad" is refused, "boom" fails, "?" needs no key."""

    name = "plain"

    def takes(self, request: Request) -> bool:
        return request.path.startswith("/plain")

    def receive(self, request: Request) -> Received:
        key = request.headers.get("x-key", "")
        if request.body == b"boom":
            raise RuntimeError("a dialect that fails")
        if request.body == b"?":
            return Received(Reply(200, b"stub"), open=True)
        lines = request.body.splitlines()
        bad = tuple(Refused("E_BAD", "it is bad", line) for line in lines if line == b"bad")
        good = [line for line in lines if line != b"bad"]
        return Received(Reply(200 if good else 400, b"kept"), key, b"\n".join(good), "lines", len(good), bad)

    def denied(self, request: Request, status: int, words: str) -> Reply:
        return Reply(status, words.encode(), (("x-dialect", "plain"),))

    def rows(self, frame: Frame) -> Batch:
        return Batch()


PLAIN = Plain()


def route(request: Request) -> tuple[Plain, Request] | None:
    return (PLAIN, request) if PLAIN.takes(request) else None


class Doors:
    """One key, "good", of the source "web"."""

    async def source(self, key: str) -> str | None:
        return "web" if key == "good" else None


class Shelf:
    """Keeps frames in a list, or fails."""

    def __init__(self) -> None:
        self.frames: list[Frame] = []
        self.failing: EngineError | None = None
        self.slow: asyncio.Event | None = None

    async def keep(self, body: bytes) -> None:
        if self.slow is not None:
            await self.slow.wait()
        if self.failing is not None:
            raise self.failing
        self.frames.append(decode(body))


class Answer(msgspec.Struct):
    status: int
    headers: dict[str, str]
    body: bytes


async def send(
    app: Capture,
    path: str = "/plain",
    body: bytes | Sequence[bytes] = b"one\ntwo",
    method: str = "POST",
    address: str = "127.0.0.1",
    **headers: str,
) -> Answer | None:
    """The answer to one request; None when there was none. A body in parts comes in parts, None in it is a hang-up."""
    parts = [body] if isinstance(body, bytes) else list(body)
    told: list[Any] = []

    async def receive() -> Any:
        if not parts:
            await asyncio.sleep(3600)
        part = parts.pop(0)
        return {"type": "http.request", "body": part, "more_body": bool(parts)} if part is not None else GONE

    async def answer(message: Any) -> None:
        told.append(message)

    given = {"x-key": "good", **{name.replace("_", "-"): value for name, value in headers.items()}}
    where, _, query = path.partition("?")
    scope = {
        "type": "http",
        "method": method,
        "path": where,
        "query_string": query.encode(),
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in given.items()],
        "client": (address, 1),
    }
    await app(scope, receive, answer)
    if not told:
        return None
    start, last = told
    return Answer(start["status"], {k.decode(): v.decode("latin-1") for k, v in start["headers"]}, last["body"])


GONE = {"type": "http.disconnect"}


def app_on(shelf: Shelf | None = None, limits: Limits | None = None) -> Capture:
    return Capture(route, Doors(), shelf or Shelf(), limits)


def sent(app: Capture, path: str = "/plain", body: bytes | Sequence[bytes] = b"one\ntwo", **more: str) -> Answer:
    """The answer to one request that has one."""
    found = asyncio.run(send(app, path, body, **more))
    assert found is not None
    return found
