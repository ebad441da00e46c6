"""The pages of the workspace as it is now, as one ASGI app."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from starlette.types import ASGIApp, Receive, Scope, Send

from truenorth.serve.gate import Gate
from truenorth.serve.guard import Guard, Hosts
from truenorth.serve.live import Live, Opened
from truenorth.web.entrance import Entrance

EVERY = 0.5
Build = Callable[[Opened, tuple[str, ...]], ASGIApp]


class Current:
    """Answers with the pages built from the newest good definitions; looks at the files at most twice a second."""

    def __init__(self, live: Live[Opened], build: Build[Opened], every: float = EVERY) -> None:
        self._live = live
        self._build = build
        self._every = every
        self._looked = time.monotonic()
        self._version = 0
        self._pages: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and time.monotonic() - self._looked >= self._every:
            self._looked = time.monotonic()
            await asyncio.to_thread(self._live.refresh)
        await self.pages()(scope, receive, send)

    def pages(self) -> ASGIApp:
        """The pages of the current version."""
        if self._pages is None or self._version != self._live.version:
            self._version = self._live.version
            self._pages = self._build(self._live.current, self._live.problems)
        return self._pages


def guarded(live: Live[Opened], build: Build[Opened], every: float = EVERY) -> ASGIApp:
    """The pages for this machine alone, without forms: strict at the door, the newest definitions behind it."""
    return Guard(Current(live, build, every))


def gated(live: Live[Opened], build: Build[Opened], entrance: Entrance, hosts: Hosts) -> ASGIApp:
    """The whole app: strict at the door, then who may come in, and always the newest definitions behind it."""
    return Guard(Gate(Current(live, build), entrance), hosts, ("GET", "HEAD", "POST"))
