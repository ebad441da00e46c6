"""Listens for those who send events, and looks once a second who has been silent for too long."""

from __future__ import annotations

import asyncio

from truenorth.serve.connection import Answer, Connection

BACKLOG = 1024
MOST = 8192


class Listener:
    """An open port; each request is answered by `answer`."""

    def __init__(self, answer: Answer, most: int = MOST) -> None:
        self.connections: set[Connection] = set()
        self._answer = answer
        self._most = most
        self._server: asyncio.Server | None = None

    @property
    def place(self) -> tuple[str, int] | None:
        """Where it listens."""
        return self._server.sockets[0].getsockname()[:2] if self._server else None

    async def open(self, address: str, port: int) -> None:
        """Listen from now on; OSError when that cannot be."""
        self._server = await asyncio.get_running_loop().create_server(
            lambda: Connection(self._answer, self.connections, self._most), address, port, backlog=BACKLOG
        )

    def look(self) -> None:
        """Hang up on whoever has been silent for too long."""
        now = asyncio.get_running_loop().time()
        for connection in tuple(self.connections):
            connection.look(now)

    def close(self) -> None:
        """Take no more requests; those that came are answered."""
        if self._server is not None:
            self._server.close()
        for connection in tuple(self.connections):
            connection.end()
