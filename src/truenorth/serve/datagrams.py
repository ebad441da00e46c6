"""Where StatsD is listened for: lines that come as datagrams or over a connection, kept together every few seconds.

Whoever sends datagrams is told nothing and proves nothing, so this listens for this machine alone unless it is asked to
do otherwise.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

EVERY = 5.0
MOST = 4 << 20
ROOM = 1 << 20

log = logging.getLogger("truenorth.capture")
Keep = Callable[[bytes], Awaitable[None]]


class Datagrams(asyncio.DatagramProtocol):
    """Gathers lines and has them kept; what comes faster than it can be kept is left out, and said."""

    def __init__(self, keep: Keep) -> None:
        self.lost = 0
        self._keep = keep
        self._held: list[bytes] = []
        self._size = 0
        self._transport: asyncio.BaseTransport | None = None
        self._server: asyncio.Server | None = None
        self._task: asyncio.Task[None] | None = None

    async def open(self, address: str, port: int) -> None:
        """Listen for both from now on; OSError when that cannot be."""
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(lambda: self, (address, port))
        place = self._transport.get_extra_info("sockname")
        self._server = await asyncio.start_server(self._connected, address, place[1], limit=ROOM)
        self._task = asyncio.create_task(self._flushing())

    @property
    def place(self) -> tuple[str, int] | None:
        """Where it listens."""
        found = self._transport.get_extra_info("sockname") if self._transport else None
        return found[:2] if found else None

    def datagram_received(self, data: bytes, addr: object) -> None:
        """Lines that came."""
        if self._size + len(data) > MOST:
            self.lost += 1
            return
        self._held.append(data.rstrip(b"\n"))
        self._size += len(data)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """The lines of a connection, until it ends or sends one that is longer than any."""
        try:
            while line := await reader.readline():
                self.datagram_received(line, None)
        except (ValueError, ConnectionError):
            self.lost += 1
        finally:
            writer.close()

    async def flush(self) -> None:
        """Have all kept that has come."""
        held, self._held, self._size = self._held, [], 0
        if held:
            await self._keep(b"\n".join(held))
        if self.lost:
            log.warning("%d datagrams of StatsD came faster than they could be kept", self.lost)
            self.lost = 0

    async def _flushing(self) -> None:
        while True:
            await asyncio.sleep(EVERY)
            try:
                await self.flush()
            except Exception:
                log.exception("lines of StatsD could not be kept")

    async def close(self) -> None:
        """Listen no more; what came is kept."""
        if self._task is not None:
            self._task.cancel()
        if self._server is not None:
            self._server.close()
        if self._transport is not None:
            self._transport.close()
        await self.flush()
