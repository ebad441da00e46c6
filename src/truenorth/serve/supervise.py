"""The collecting process is started, watched, and started again when it ends, whatever ended it."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

FIRST, LONGEST = 0.2, 30.0
# Who has lived so long counts as well again.
WELL = 60.0
PATIENCE = 12.0
MODULE = "truenorth.serve.collector"


class Supervised:
    """A collector on an address. `ready` is told its address and process whenever one answers, `trouble` what befell
    it, the same only once in a row."""

    def __init__(
        self,
        folder: Path,
        place: tuple[str, int],
        ready: Callable[[str, int], None],
        trouble: Callable[[str], None],
        module: str = MODULE,
        more: tuple[str, ...] = (),
    ) -> None:
        self._command = (sys.executable, "-m", module, str(folder), place[0], str(place[1]), *more)
        self._ready = ready
        self._trouble = trouble
        self._said = ""
        self._process: asyncio.subprocess.Process | None = None
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin; comes back at once."""
        self._task = asyncio.create_task(self._keep_running())

    async def stop(self) -> None:
        """End the collector, which finishes what it has begun, and wait for it."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        process = self._process
        if process is None or process.returncode is not None:
            return
        assert process.stdin is not None
        process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), PATIENCE)
        except TimeoutError:
            process.kill()
            await process.wait()

    async def _keep_running(self) -> None:
        wait = FIRST
        while True:
            began = time.monotonic()
            await self._once()
            if time.monotonic() - began > WELL:
                wait = FIRST
            await asyncio.sleep(wait)
            wait = min(wait * 2, LONGEST)

    async def _once(self) -> None:
        """One life of a collector."""
        pipe = asyncio.subprocess.PIPE
        # A session of its own: Ctrl-C reaches only this process, which ends the other in order.
        self._process = process = await asyncio.create_subprocess_exec(
            *self._command, stdin=pipe, stdout=pipe, start_new_session=True
        )
        assert process.stdout is not None
        line = (await process.stdout.readline()).decode().strip()
        if line.startswith("http"):
            self._said = ""
            self._ready(line, process.pid)
            await process.wait()
            self._say(f"the collector (process {process.pid}) ended with {process.returncode} and is started again")
            return
        await process.wait()
        with suppress(ValueError):
            line = json.loads(line)["failed"]
        self._say(line or f"the collector did not start: it ended with {process.returncode}")

    def _say(self, words: str) -> None:
        if words != self._said:
            self._said = words
            self._trouble(words)
