"""The process that collects: it writes the spool and never opens the warehouse.

`python -m truenorth.serve.collector FOLDER ADDRESS PORT [ADDRESS PORT]`, where the second place is that of StatsD, is
started by `truenorth serve`, says its address in a line once it answers, and ends when its standard input does: it
never outlives who started it.
"""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import os
import resource
import shutil
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import uvloop

from truenorth.access.key import Keyring
from truenorth.access.state import state_of
from truenorth.base.errors import AccessError, EngineError, TrueNorthError
from truenorth.collect.receive.request import Request
from truenorth.collect.receive.route import route
from truenorth.collect.receive.statsd import PATH, STATSD
from truenorth.collect.spool.frame import Frame
from truenorth.collect.spool.group import Group
from truenorth.collect.spool.reader import waiting
from truenorth.collect.spool.segment import Position, packed
from truenorth.collect.spool.writer import Room, Spool
from truenorth.serve.body import Limits, Turned
from truenorth.serve.capture import Capture
from truenorth.serve.datagrams import Datagrams
from truenorth.serve.door import Door
from truenorth.serve.listener import Listener
from truenorth.serve.probing import Probes
from truenorth.serve.run import url_of
from truenorth.serve.salt import Salt
from truenorth.serve.tally import write_status

# How long a process that ends may still hold the spool.
PATIENCE = 5.0
SECOND = 1.0
FILES = 16384
# Requests leave nothing in circles, so those are looked for seldom.
CIRCLES = 100_000

log = logging.getLogger("truenorth.capture")


class Collector:
    """One workspace's spool and what is put into it, for as long as the process lives."""

    def __init__(
        self, folder: Path, place: tuple[str, int], limits: Limits, room: Room, statsd: tuple[str, int] | None = None
    ) -> None:
        self.home = folder / ".truenorth"
        self.place = place
        self.lines = statsd
        self.spool = opened(self.home / "spool", room)
        self.group = Group(self.spool.write)
        self.door = Door(Keyring(state_of(folder)))
        self.app = Capture(route, self.door, self.group, limits, Salt(self.home / "visitors.salt").of)
        self.listener = Listener(self.app.answer)
        self.statsd = Datagrams(self._lines)
        self.probes = Probes(folder, self._keep)
        self.app.heard = self.probes.heard
        self._began = time.time_ns() // 1000
        self._told: dict[str, Any] = {}

    async def run(self) -> None:
        """Collect until standard input ends or SIGTERM comes; finish what was begun."""
        ending = asyncio.create_task(until_told())
        watching = asyncio.create_task(self._watch())
        try:
            await self.listener.open(*self.place)
            if self.lines is not None:
                await self.statsd.open(*self.lines)
            sys.stdout.write(f"{url_of(*self.place)}\n")
            sys.stdout.flush()
            self.probes.start()
            await asyncio.wait({ending, watching}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self.app.stopping = True
            self.listener.close()
            watching.cancel()
            with suppress(Turned):
                await self.statsd.close()
            await self.probes.stop()
            await self._finish()

    async def _lines(self, body: bytes) -> None:
        """Keep lines of StatsD that nobody waits for an answer to."""
        request = Request("POST", PATH, "", {}, body, time.time_ns() // 1000)
        await self.app.keep(STATSD, request, STATSD.receive(request), STATSD.name)

    async def _keep(self, frame: Frame) -> None:
        """Keep what the process that looks outside has found."""
        await self.group.keep(packed(frame))
        self.app.tally.kept(frame.source, frame.dialect, frame.count, len(frame.body), frame.received_at)

    async def _finish(self) -> None:
        last = time.monotonic() + PATIENCE
        while self.app.busy and time.monotonic() < last:
            await asyncio.sleep(0.01)
        await self.group.close()
        await self.door.note()
        await self._tell()
        self.spool.close()

    async def _watch(self) -> None:
        """What is done once a second, whatever happens."""
        while True:
            try:
                self.listener.look()
                await self.door.tick()
                await self._look()
                await self._tell()
            except Exception:
                log.exception("the collector could not tell how it is")
            await asyncio.sleep(SECOND)

    async def _look(self) -> None:
        """Notice a full disk before anybody sends, and room before anybody sends again."""
        was = self.app.blocked
        try:
            await asyncio.to_thread(self.spool.try_room if was else self.spool.check_room)
        except EngineError as error:
            self.app.blocked = str(error)
        else:
            self.app.blocked = ""
        if bool(was) != bool(self.app.blocked):
            log.warning("%s", self.app.blocked or "there is room again: collecting goes on")

    async def _tell(self) -> None:
        """Write what came in to `.truenorth/capture.json` when it is not what was written last."""
        now = time.time_ns() // 1000
        left = waiting(self.spool.folder, Position())
        told = {
            "url": url_of(*self.place),
            "pid": os.getpid(),
            "since": self._began,
            **self.app.tally.shown(now),
            "spool": {"bytes": left.bytes, "segments": left.segments, "free": shutil.disk_usage(self.home).free},
            "blocked": self.app.blocked,
        }
        if rough(told) != rough(self._told):
            # A disk that is full still has the last file, and who reads it sees its time.
            with suppress(OSError):
                await asyncio.to_thread(write_status, self.home, {"at": now, **told})
            self._told = told


def rough(told: dict[str, Any]) -> dict[str, Any]:
    """What is told, without what changes by itself."""
    spool = told.get("spool", {})
    return {**told, "spool": {**spool, "free": spool.get("free", 0) >> 24}}


def opened(folder: Path, room: Room, patience: float = PATIENCE) -> Spool:
    """The spool, once a process that is just ending has let go of it; AccessError E_SPOOL_TAKEN when none does."""
    last = time.monotonic() + patience
    while True:
        try:
            return Spool(folder, lambda: time.time_ns() // 1_000_000, room)
        except AccessError:
            if time.monotonic() >= last:
                raise
            time.sleep(0.05)


async def until_told() -> None:
    """Come back at SIGTERM, or when standard input ends because whoever started this process has gone."""
    loop = asyncio.get_running_loop()
    told = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, told.set)
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    ended = asyncio.create_task(reader.read())
    await asyncio.wait({ended, asyncio.create_task(told.wait())}, return_when=asyncio.FIRST_COMPLETED)


def main(limits: Limits | None = None, room: Room | None = None) -> None:
    """Collect for the workspace that the command line names."""
    folder, address, port, *more = sys.argv[1:]
    statsd = (more[0], int(more[1])) if more else None
    logging.basicConfig(format="capture: %(message)s", level=logging.WARNING)
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(FILES, most) if most > 0 else FILES, most))
    try:
        collector = Collector(Path(folder), (address, int(port)), limits or Limits(), room or Room(), statsd)
        gc.freeze()
        gc.set_threshold(CIRCLES)
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(collector.run())
    except (TrueNorthError, OSError) as error:
        sys.stdout.write(json.dumps({"failed": str(error)}) + "\n")
        sys.stdout.flush()
        os._exit(1)
    os._exit(0)


if __name__ == "__main__":
    main()
