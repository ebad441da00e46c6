"""One connection to the collector: HTTP/1.1 as it comes off the wire, each request handed on and answered in its turn.

Everything happens in the loop's own thread, so that a small request costs next to nothing beside what its dialect makes
of it. Heads are limited in size and time; of a body no more is read than is asked for.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from email.utils import formatdate
from functools import lru_cache
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote

import httptools

from truenorth.collect.receive.request import Reply, Request

HEAD = 128 * 1024
HEAD_SECONDS, IDLE_SECONDS, DRAIN_SECONDS = 10.0, 75.0, 5.0
# So much of a body lies ready before the client has to wait.
READY = 256 * 1024
GONE = {"type": "http.disconnect"}
OFFER = (b"upgrade", b"connection", b"http2-settings")
# Answers that never have a body say no length.
EMPTY = (204, 304)

Receive = Callable[[], Coroutine[Any, Any, dict[str, Any]]]
Answer = Callable[[Request, Receive | None], Coroutine[Any, Any, Reply]]


class Exchange:
    """A request that is coming in. `broken` says that it has no end, `answered` that nobody wants the rest of it."""

    def __init__(self) -> None:
        self.method = ""
        self.url = b""
        self.headers: list[tuple[bytes, bytes]] = []
        self.parts: list[bytes] = []
        self.size = 0
        self.headed = self.whole = self.broken = self.answered = False
        self.stays = True
        self.waiting: asyncio.Future[None] | None = None

    def wake(self) -> None:
        """More has come, or nothing more will."""
        if self.waiting is not None and not self.waiting.done():
            self.waiting.set_result(None)

    def taken(self) -> bytes:
        """What has come of the body since the last time."""
        parts, self.parts, self.size = self.parts, [], 0
        return parts[0] if len(parts) == 1 else b"".join(parts)


class Connection(asyncio.Protocol):
    """Reads requests and answers them in order; `others` are all connections that are open, at most so many."""

    def __init__(self, answer: Answer, others: set[Connection], most: int) -> None:
        self._answer = answer
        self._others = others
        self._most = most
        self._loop = asyncio.get_running_loop()
        self._parser = httptools.HttpRequestParser(self)
        self._coming = Exchange()
        self._turn: deque[Exchange] = deque()
        self._task: asyncio.Task[None] | None = None
        self._transport: Any = None
        self._address = ""
        # Bytes since the last one of a body, and when they began to come.
        self._head = 0
        self._since = self._loop.time()
        self._reading = True
        self._clogged = self._draining = self._deaf = self._ending = False

    # What the transport says.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        peer = transport.get_extra_info("peername")
        self._address = str(peer[0]) if peer else ""
        if len(self._others) >= self._most:
            self._refuse(503)
        self._others.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._others.discard(self)
        self._deaf = True
        self._break()

    def eof_received(self) -> bool:
        """Who sends no more may still wait for answers."""
        self._deaf = True
        self._break()
        return bool(self._turn)

    def pause_writing(self) -> None:
        """Nobody reads the answers: no more requests are read."""
        self._clogged = True
        self._pace()

    def resume_writing(self) -> None:
        self._clogged = False
        self._pace()

    def data_received(self, data: bytes) -> None:
        if self._deaf:
            return
        if not self._head and not self._draining:
            self._since = self._loop.time()
        self._head += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            self._decline(data[upgrade.args[0] :])
        except httptools.HttpParserError:
            self._refuse(400)
        if self._head > HEAD:
            self._refuse(431)
        self._begin()
        self._pace()

    # What the parser says.

    def on_message_begin(self) -> None:
        self._coming = Exchange()

    def on_url(self, url: bytes) -> None:
        self._coming.url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        # What comes behind a body is of no use to anybody.
        if not self._coming.headed:
            self._coming.headers.append((name, value))

    def on_headers_complete(self) -> None:
        self._coming.headed = True
        self._coming.method = self._parser.get_method().decode("ascii")
        self._turn.append(self._coming)

    def on_body(self, body: bytes) -> None:
        self._head = 0
        coming = self._coming
        if not coming.answered:
            coming.parts.append(body)
            coming.size += len(body)
            coming.wake()

    def on_message_complete(self) -> None:
        self._head = 0
        coming = self._coming
        coming.whole = True
        coming.stays = bool(self._parser.should_keep_alive())
        coming.wake()
        if self._draining:
            self._close()

    # One after the other.

    def _begin(self) -> None:
        """Begin to answer the first request in turn, unless one is being answered."""
        if self._task is None and self._turn:
            self._task = self._loop.create_task(self._serve(self._turn[0]))

    async def _serve(self, exchange: Exchange) -> None:
        path, _, query = exchange.url.partition(b"?")
        request = Request(
            exchange.method,
            path_of(path),
            query.decode("latin-1"),
            {name.lower().decode("latin-1"): value.decode("latin-1") for name, value in exchange.headers},
            exchange.taken() if exchange.whole else b"",
            time.time_ns() // 1000,
            self._address,
        )
        receive = None if exchange.whole else self._receiving(exchange, request.headers)
        try:
            reply = await self._answer(request, receive)
        except ConnectionError:
            # The client has gone, or what it sends has no end that could be told; it counts as not sent.
            reply, exchange.broken = Reply(400, b"", ()), True
        self._say(exchange, reply)
        self._task = None
        self._turn.popleft()
        self._begin()
        if self._deaf and not self._turn:
            self._close()
        self._pace()

    def _receiving(self, exchange: Exchange, headers: Mapping[str, str]) -> Receive:
        """What gives the body of a request, part after part; a client that waits to be asked for it is asked."""
        expects = headers.get("expect", "").lower() == "100-continue"

        async def receive() -> dict[str, Any]:
            nonlocal expects
            while not (exchange.parts or exchange.whole or exchange.broken):
                if expects:
                    self._write(b"HTTP/1.1 100 Continue\r\n\r\n")
                    expects = False
                exchange.waiting = self._loop.create_future()
                self._pace()
                await exchange.waiting
            if exchange.broken:
                return GONE
            return {"type": "http.request", "body": exchange.taken(), "more_body": not exchange.whole}

        return receive

    def _say(self, exchange: Exchange, reply: Reply) -> None:
        """Write an answer. The rest of a body that nobody wants is read and dropped before the connection ends, for who
        is still sending would not see the answer."""
        last = self._ending or exchange.broken or not (exchange.whole and exchange.stays)
        head = head_of(reply.status, reply.headers, last)
        length = b"" if reply.status in EMPTY else b"content-length: %d\r\n" % len(reply.body)
        body = b"" if exchange.method == "HEAD" else reply.body
        self._write(b"%s%sdate: %s\r\n\r\n%s" % (head, length, date(int(time.time())), body))
        exchange.answered = True
        exchange.taken()
        if last and (exchange.whole or exchange.broken):
            self._close()
        elif last:
            self._draining, self._since = True, self._loop.time()

    def _decline(self, rest: bytes) -> None:
        """Another protocol is offered and not taken: the request is read again without the offer."""
        offered = self._turn.pop()
        lines = [b"%s %s HTTP/1.1" % (offered.method.encode("ascii"), offered.url)]
        lines += [b"%s: %s" % (name, value) for name, value in offered.headers if name.lower() not in OFFER]
        self._parser = httptools.HttpRequestParser(self)
        try:
            self._parser.feed_data(b"\r\n".join([*lines, b"", rest]))
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self._refuse(400)

    def _refuse(self, status: int) -> None:
        """What comes cannot be read, and so nothing behind it; what came before is answered."""
        if self._deaf:
            return
        self._deaf = True
        self._break()
        if self._draining:
            self._close()
        elif not self._turn:
            self._write(head_of(status, (), True) + b"content-length: 0\r\n\r\n")
            self._close()

    def _break(self) -> None:
        """The request that is coming has no end."""
        self._coming.broken = not self._coming.whole
        self._coming.wake()

    def _pace(self) -> None:
        """Read only what is soon wanted."""
        ahead = len(self._turn) > 1 or (self._turn and self._turn[0].size > READY)
        reads = not (self._clogged or ahead)
        if reads != self._reading and not self._transport.is_closing():
            self._reading = reads
            (self._transport.resume_reading if reads else self._transport.pause_reading)()

    def _write(self, data: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(data)

    def _close(self) -> None:
        self._deaf = True
        self._transport.close()

    # What the server says.

    def look(self, now: float) -> None:
        """Hang up on a head that does not end, a client with nothing to say, one that sends on what nobody wants."""
        patience = DRAIN_SECONDS if self._draining else HEAD_SECONDS if self._head else IDLE_SECONDS
        if self._task is None and now - self._since > patience:
            self._transport.abort()

    def end(self) -> None:
        """Answer what has come in, and nothing more."""
        self._ending = True
        if not self._turn:
            self._close()


@lru_cache(64)
def head_of(status: int, headers: tuple[tuple[str, str], ...], last: bool) -> bytes:
    """The beginning of an answer."""
    phrase = HTTPStatus(status).phrase
    lines = [f"HTTP/1.1 {status} {phrase}", *(f"{name}: {value}" for name, value in headers)]
    if last:
        lines.append("connection: close")
    return "".join(f"{line}\r\n" for line in lines).encode("latin-1", "replace")


@lru_cache(1)
def date(second: int) -> bytes:
    """The time as HTTP says it."""
    return formatdate(second, usegmt=True).encode("ascii")


def path_of(raw: bytes) -> str:
    """The path of an address, without the host before it.

    >>> path_of(b"/v1/events"), path_of(b"http://collect.example/v1%2Fevents"), path_of(b"*")
    ('/v1/events', '/v1/events', '*')
    """
    if not raw.startswith(b"/"):
        with suppress(httptools.HttpParserInvalidURLError):
            raw = httptools.parse_url(raw).path or b"/"
    return unquote(raw.decode("latin-1"))
