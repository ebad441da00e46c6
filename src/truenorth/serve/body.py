"""The body of a request, within limits: how large, how slow, how many at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from math import ceil

from msgspec import Struct, structs
from starlette.types import Receive

from truenorth.collect.receive.request import Received, Request
from truenorth.serve.guard import is_loopback

MIB = 1 << 20
AFTER = 5.0
# How gzip, zlib and zstd begin.
ZIPPED = (b"\x1f", b"\x78", b"\x28")
WORDS = {
    400: "E_BODY_UNREADABLE: the length of the body is no number",
    401: "E_WRONG_KEY: this is no capture key of a source",
    404: "E_NOT_COLLECTED: nothing is collected at this address",
    408: "E_BODY_TOO_SLOW: the body did not come in time",
    413: "E_BODY_TOO_LARGE: the body is larger than is taken at once",
    429: "E_TOO_MANY_REQUESTS: more than is taken in a second; send again in a moment",
    503: "E_SPOOL_BUSY: more comes in than can be kept; send again in a moment",
}


class Limits(Struct, frozen=True):
    """What is taken at once: bytes of a body and of all bodies that are being read, seconds for one to come, requests a
    second from an address and events a second of a source, ten times as many in a burst. Bodies of more than `apart`
    bytes are decoded in a thread, one after the other, so that small ones need not wait."""

    body: int = 64 * MIB
    reading: int = 192 * MIB
    seconds: float = 60.0
    requests: float = 5_000.0
    events: float = 2_000_000.0
    apart: int = 256 * 1024


class Turned(Exception):
    """A request is turned away: the status, the words, after how many seconds to come again, whose it was."""

    def __init__(self, status: int, words: str = "", *, after: float = AFTER, source: str = "") -> None:
        super().__init__(status)
        self.status = status
        self.words = words or WORDS[status]
        self.source = source
        self.reason = self.words.partition(":")[0]
        again = status in (408, 429, 503)
        self.headers = (("retry-after", str(ceil(after))),) if again else ()


class Bodies:
    """Reads and decodes bodies; knows how many bytes are being read."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._held = 0
        self._thread = ThreadPoolExecutor(1, "decode")

    def release(self, parts: list[bytes]) -> None:
        """A body has been decoded, or will not be: its parts count no more."""
        self._held -= sum(map(len, parts))

    async def read(self, request: Request, receive: Receive | None, parts: list[bytes]) -> Request:
        """The request with its body, put together in `parts`, which count until they are released; ConnectionError when
        the client goes away meanwhile."""
        told = request.headers.get("content-length", "")
        if told and not (told.isascii() and told.isdigit()):
            raise Turned(400)
        # Without a length the body ends when it is said to end.
        whole = int(told) if told else self._limits.body + 1
        self._check(whole if told else 0)
        if receive is None:
            self._check(len(request.body))
            return request
        total = 0
        try:
            async with asyncio.timeout(self._limits.seconds):
                while True:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        raise ConnectionError
                    parts.append(message.get("body", b""))
                    total += len(parts[-1])
                    self._held += len(parts[-1])
                    if not message.get("more_body") or total >= whole:
                        break
                    self._check(total)
        except TimeoutError:
            raise Turned(408) from None
        self._check(total)
        return structs.replace(request, body=parts[0] if len(parts) == 1 else b"".join(parts))

    def _check(self, size: int) -> None:
        if size > self._limits.body:
            raise Turned(413)
        if self._held > self._limits.reading:
            raise Turned(503, after=1)

    async def decoded(self, receive: Callable[[Request], Received], request: Request) -> Received:
        """What a dialect makes of a request."""
        # What comes zipped may be a hundred times as large.
        size = len(request.body) * (8 if request.body[:1] in ZIPPED else 1)
        if size < self._limits.apart:
            return receive(request)
        return await asyncio.get_running_loop().run_in_executor(self._thread, receive, request)


@lru_cache(4096)
def is_near(address: str) -> bool:
    """Whether an address is this machine's own."""
    return is_loopback(address)


def address_of(request: Request) -> str:
    """Who asks: the other end of the connection, or whom a proxy on this machine says it speaks for."""
    said = request.headers.get("x-forwarded-for")
    if said and is_near(request.address):
        return said.rpartition(",")[2].strip()[:64]
    return request.address
