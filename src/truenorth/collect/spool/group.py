"""Many requests, one sync: whatever waits is written together, and all of it is acknowledged together."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from truenorth.base.errors import EngineError

MIB = 1 << 20


class Group:
    """Hands what requests bring to `write`, in a thread, a group at a time; `bound` is how many bytes may wait."""

    def __init__(self, write: Callable[[Sequence[bytes]], None], bound: int = 128 * MIB) -> None:
        self.waiting = 0
        self._write = write
        self._bound = bound
        self._bodies: list[bytes] = []
        self._told: list[asyncio.Future[None]] = []
        self._thread = ThreadPoolExecutor(1, "spool")
        self._task: asyncio.Task[None] | None = None

    async def keep(self, body: bytes) -> None:
        """Come back once the body is safe on the disk.

        EngineError E_SPOOL_BUSY when too much waits already, and whatever `write` raises; nothing is kept then.
        """
        if self.waiting and self.waiting + len(body) > self._bound:
            words = f"{self.waiting // MIB} MiB wait for the disk already"
            raise EngineError("E_SPOOL_BUSY", words, hint="send again in a moment")
        told: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._bodies.append(body)
        self._told.append(told)
        self.waiting += len(body)
        if self._task is None:
            self._task = asyncio.create_task(self._write_all())
        await told

    async def close(self) -> None:
        """Finish what waits."""
        if self._task is not None:
            await self._task
        self._thread.shutdown()

    async def _write_all(self) -> None:
        loop = asyncio.get_running_loop()
        while self._bodies:
            bodies, self._bodies = self._bodies, []
            told, self._told = self._told, []
            failed: Exception | None = None
            try:
                await loop.run_in_executor(self._thread, self._write, bodies)
            except Exception as error:  # noqa: BLE001 - each request is told, and the next group is tried
                failed = error
            self.waiting -= sum(map(len, bodies))
            for one in told:
                # A request whose client has gone waits no more.
                if one.done():
                    continue
                if failed is None:
                    one.set_result(None)
                else:
                    one.set_exception(failed)
        self._task = None
