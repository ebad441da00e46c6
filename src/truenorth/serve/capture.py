"""The way in: an ASGI app that takes what SDKs and agents send, and acknowledges it once it is safe in the spool."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from typing import Protocol

from msgspec import json, structs
from starlette.types import Receive, Scope, Send

from truenorth.access.key import hidden
from truenorth.base.errors import EngineError
from truenorth.collect.receive.dialect import Dialect
from truenorth.collect.receive.request import Received, Reply, Request
from truenorth.collect.spool.frame import Frame
from truenorth.collect.spool.segment import packed
from truenorth.serve.allowance import Allowance
from truenorth.serve.body import Bodies, Limits, Turned, address_of, is_near
from truenorth.serve.cross import across, preflight
from truenorth.serve.tally import Tally

Salted = Callable[[int], bytes]
Route = Callable[[Request], tuple[Dialect, Request] | None]
AGENT = 200
UNFORESEEN = "E_UNEXPECTED: this could not be taken; send it again"
FULL = "E_SPOOL_FULL: nothing can be kept at the moment; send it again"

log = logging.getLogger("truenorth.capture")


class Keys(Protocol):
    """Who may send."""

    async def source(self, key: str) -> str | None:
        """The source of a key, or None."""


class Keep(Protocol):
    """Where packed frames are kept."""

    async def keep(self, body: bytes) -> None:
        """Come back when the frame is safe; EngineError when it cannot be kept now."""


class Capture:
    """The app. Nothing that a client sends makes it fail: each request has an answer that its SDK understands."""

    def __init__(
        self, route: Route, keys: Keys, spool: Keep, limits: Limits | None = None, salt: Salted | None = None
    ) -> None:
        limits = limits or Limits()
        self.tally = Tally()
        self.stopping = False
        self.blocked = ""
        self.busy = 0
        # Told of each request that is kept.
        self.heard: Callable[[Frame], None] = lambda _: None
        self._route = route
        self._keys = keys
        self._spool = spool
        self._salt = salt
        self._bodies = Bodies(limits)
        self._requests = Allowance(limits.requests, limits.requests * 10)
        self._events = Allowance(limits.events, limits.events * 10)
        self._said: set[tuple[str, str, int]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        request = Request(
            scope["method"],
            scope["path"],
            scope["query_string"].decode("latin-1"),
            headers,
            b"",
            time.time_ns() // 1000,
            str(scope["client"][0]) if scope.get("client") else "",
        )
        try:
            reply = await self.answer(request, receive)
            length = (b"content-length", b"%d" % len(reply.body))
            body = b"" if request.method == "HEAD" else reply.body
        except ConnectionError:
            return await self._hang_up(send)
        await send(
            {"type": "http.response.start", "status": reply.status, "headers": [length, *encoded(reply.headers)]}
        )
        await send({"type": "http.response.body", "body": body})

    async def answer(self, request: Request, receive: Receive | None) -> Reply:
        """The answer to whoever sends something, once it is safe; ConnectionError when the client goes away before.

        `request` has its body when all of it is there; else `receive` gives it, as ASGI says.
        """
        self.busy += 1
        try:
            reply = self._plain(request) or await self._answer(request, receive)
        finally:
            self.busy -= 1
        if "origin" in request.headers and not any(name == "access-control-allow-origin" for name, _ in reply.headers):
            return Reply(reply.status, reply.body, (*reply.headers, *across(request.headers)))
        return reply

    async def _hang_up(self, send: Send) -> None:
        """The last word to a client that may be gone."""
        with suppress(ConnectionError, RuntimeError):
            headers = [(b"content-length", b"0"), (b"connection", b"close")]
            await send({"type": "http.response.start", "status": 400, "headers": headers})
            await send({"type": "http.response.body", "body": b""})

    def _plain(self, request: Request) -> Reply | None:
        """What needs no dialect: whether a page may send, whether all is well."""
        if request.method == "OPTIONS":
            return preflight(request.headers)
        if request.path == "/health":
            status = "stopping" if self.stopping else "blocked" if self.blocked else "ok"
            return Reply(200 if status == "ok" else 503, json.encode({"status": status}))
        return None

    async def _answer(self, request: Request, receive: Receive | None) -> Reply:
        """The answer to whoever sends something for a dialect."""
        dialect: Dialect | None = None
        try:
            self._check_pace(address_of(request))
            parts: list[bytes] = []
            try:
                request = await self._bodies.read(request, receive, parts)
                dialect, request = self._routed(request)
                received = await self._bodies.decoded(dialect.receive, request)
            finally:
                self._bodies.release(parts)
            return await self._kept(dialect, request, received)
        except Turned as turned:
            return self._turned(dialect, request, turned)
        except ConnectionError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it was, the next request is taken
            self._say_once(error, request)
            return self._turned(dialect, request, Turned(503, UNFORESEEN))

    def _check_pace(self, address: str) -> None:
        wait = 0.0 if is_near(address) else self._requests.take(address, 1, time.monotonic())
        if wait:
            raise Turned(429, after=wait)

    def _routed(self, request: Request) -> tuple[Dialect, Request]:
        found = self._route(request)
        if found is None:
            raise Turned(404)
        if self._salt is None:
            return found
        dialect, inner = found
        return dialect, structs.replace(inner, address=address_of(inner), salt=self._salt(inner.received_at))

    async def _kept(self, dialect: Dialect, request: Request, received: Received) -> Reply:
        """The dialect's own answer, once all that is to be kept lies in the spool."""
        if received.open:
            return received.reply
        source = await self._keys.source(received.key)
        if source is None:
            raise Turned(401)
        return await self.keep(dialect, request, received, source)

    async def keep(self, dialect: Dialect, request: Request, received: Received, source: str) -> Reply:
        """The same for a source that is known; Turned when that cannot be now."""
        if not received.body and not received.refused:
            return received.reply
        wait = self._events.take(source, max(1, received.count), time.monotonic())
        if wait:
            raise Turned(429, after=wait, source=source)
        frame = Frame(
            source,
            dialect.name,
            received.form,
            request.path,
            hidden(request.query),
            request.received_at,
            received.count,
            received.body,
            received.refused,
            request.headers.get("user-agent", "")[:AGENT],
        )
        try:
            await self._spool.keep(packed(frame))
        except EngineError as error:
            if error.code == "E_SPOOL_BUSY":
                raise Turned(503, after=1, source=source) from error
            self.blocked = str(error)
            raise Turned(503, FULL, source=source) from error
        self.blocked = ""
        self.heard(frame)
        self.tally.kept(source, dialect.name, received.count, len(received.body), request.received_at)
        for piece in received.refused:
            self.tally.refuse(source, dialect.name, piece.code)
        return received.reply

    def _turned(self, dialect: Dialect | None, request: Request, turned: Turned) -> Reply:
        """What the clients of the request's dialect understand as an answer that says no."""
        reply = Reply(turned.status, json.encode({"error": turned.words}))
        try:
            if dialect is None and turned.status != 404:
                dialect, request = self._routed(request)
            if dialect is not None:
                reply = dialect.denied(request, turned.status, turned.words)
        except Turned:
            pass
        except Exception as error:  # noqa: BLE001 - a dialect that fails has an answer all the same
            self._say_once(error, request)
        self.tally.deny(turned.source, dialect.name if dialect else "", turned.reason)
        more = () if any(name == "retry-after" for name, _ in reply.headers) else turned.headers
        return Reply(reply.status, reply.body, (*reply.headers, *more))

    def _say_once(self, error: Exception, request: Request) -> None:
        """Each kind of failure is in the log once, with where it was."""
        trace = error.__traceback__
        while trace is not None and trace.tb_next is not None:
            trace = trace.tb_next
        kind = (
            type(error).__name__,
            trace.tb_frame.f_code.co_filename if trace else "",
            trace.tb_lineno if trace else 0,
        )
        if kind not in self._said:
            self._said.add(kind)
            log.error("a request to %.200r failed in a way nobody foresaw", request.path, exc_info=error)


@lru_cache(1024)
def encoded(headers: tuple[tuple[str, str], ...]) -> list[tuple[bytes, bytes]]:
    """Headers as bytes."""
    return [(name.encode("latin-1"), value.encode("latin-1", "replace")) for name, value in headers]
