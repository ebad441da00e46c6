"""Looking outside beside the collecting: a process of its own that tries checks, so that nothing that comes in makes a
check look slow, and nothing that hangs outside holds up what comes in.

It is told what to look at, and what it finds goes into the spool like all that is collected. It is started anew when
the definitions change, and when it ends; while they are wrong, it goes on with those before.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

import msgspec

from truenorth.base.errors import EngineError, TrueNorthError
from truenorth.collect.probe.outcome import Result
from truenorth.collect.spool.frame import Frame
from truenorth.define.cache import load_cached
from truenorth.serve.live import State, state_of
from truenorth.serve.prober import SOURCE, Beat, Orders

LOOK, FIRST, LONGEST, PATIENCE = 2.0, 0.2, 30.0, 5.0
MODULE = "truenorth.serve.prober"
Keep = Callable[[Frame], Awaitable[None]]
Process = asyncio.subprocess.Process

log = logging.getLogger("truenorth.probe")
_results = msgspec.json.Decoder(list[Result]).decode
_frame = msgspec.msgpack.Decoder(Frame).decode


class Probes:
    """The process that looks outside, for as long as there is something to look at. `keep` keeps what it finds."""

    def __init__(self, folder: Path, keep: Keep, look: float = LOOK) -> None:
        self._folder = folder
        self._keep = keep
        self._look = look
        self._task: asyncio.Task[None] | None = None
        self._process: Process | None = None
        self._beats: dict[str, int] = {}
        self._since = time.time_ns() // 1000
        self._orders = Orders()
        self._seen: State | None = None

    def start(self) -> None:
        """Begin; comes back at once."""
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """End the process, and keep what it has found."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    def heard(self, frame: Frame) -> None:
        """Note what reports itself, and tell the process."""
        if frame.dialect != "checks" or frame.form != "beat":
            return
        for one in _results(frame.body):
            self._beats[one.check] = one.time
            self._tell(msgspec.json.encode(Beat(one.check, one.time, one.error)))

    def _tell(self, line: bytes) -> None:
        if self._process is not None and self._process.stdin is not None and not self._process.stdin.is_closing():
            self._process.stdin.write(line + b"\n")

    async def _run(self) -> None:
        wait = FIRST
        while True:
            await self._changed()
            if not self._orders:
                await asyncio.sleep(self._look)
                continue
            began = time.monotonic()
            if not await self._once():
                log.warning("looking outside ended and begins again")
            wait = FIRST if time.monotonic() - began > LONGEST else min(2 * wait, LONGEST)
            await asyncio.sleep(wait)

    async def _changed(self) -> bool:
        """Whether the definitions say something else to look at; it is noted."""
        state = await asyncio.to_thread(state_of, self._folder)
        if state == self._seen:
            return False
        self._seen = state
        try:
            model = await asyncio.to_thread(load_cached, self._folder)
        except TrueNorthError as error:
            if self._orders:
                log.warning("checks go on as they were: %s", error)
            return False
        fresh = Orders(list(model.checks.values()))
        before, self._orders = self._orders, fresh
        return before != fresh

    async def _once(self) -> bool:
        """One life of the process; whether it ended because the definitions changed."""
        pipe = asyncio.subprocess.PIPE
        self._process = process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", MODULE, str(self._folder)), stdin=pipe, stdout=pipe, start_new_session=True
        )
        self._tell(msgspec.json.encode(self._orders.told(self._since, self._beats)))
        reading = asyncio.create_task(self._read(process))
        try:
            while not reading.done():
                await asyncio.wait({reading}, timeout=self._look)
                if await self._changed():
                    return True
            return False
        finally:
            await self._end(process, reading)

    async def _end(self, process: Process, reading: asyncio.Task[None]) -> None:
        """Let a process finish, and read what it says to the end."""
        assert process.stdin is not None
        process.stdin.close()
        try:
            await asyncio.wait_for(reading, PATIENCE)
            await asyncio.wait_for(process.wait(), PATIENCE)
        except TimeoutError:
            process.kill()
            await process.wait()
        self._process = None

    async def _read(self, process: Process) -> None:
        """Keep what a process finds, until it says nothing more; what cannot be kept now is lost and said."""
        assert process.stdout is not None
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                size = int.from_bytes(await process.stdout.readexactly(4), "big")
                frame = _frame(await process.stdout.readexactly(size))
                try:
                    await self._keep(frame)
                except EngineError as error:
                    log.warning("what %s found is lost: %s", SOURCE, error)
