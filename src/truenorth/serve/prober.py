"""The process that looks outside: it tries checks, and neither opens the warehouse nor writes the spool.

`python -m truenorth.serve.prober FOLDER` is started by the collector, reads in a line what to look at and then when
something reported itself, writes what it finds, and ends when its standard input does.
"""

from __future__ import annotations

import asyncio
import logging
import resource
import sys
import time
from contextlib import suppress
from pathlib import Path

import msgspec
import uvloop
from msgspec import Struct

from truenorth.collect.probe.once import Beats, Probe
from truenorth.collect.probe.outcome import Result
from truenorth.collect.probe.try_all import given
from truenorth.collect.probe.watch import Watch
from truenorth.collect.spool.frame import Frame
from truenorth.define.probe import Check

SOURCE = "checks"
# How long results are gathered.
PAUSE = 1.0
FILES = 16384


class Orders(Struct):
    """What to look at; when things that report themselves were last heard of, and since when anybody listens."""

    checks: list[Check] = []
    since: int = 0
    beats: dict[str, int] = {}

    def __bool__(self) -> bool:
        return bool(self.checks)

    def told(self, since: int, beats: dict[str, int]) -> Orders:
        """The same, with what was heard."""
        return Orders(self.checks, since, beats)


class Beat(Struct):
    """Something reported itself; `error` where it says that it failed."""

    check: str
    at: int
    error: str = ""


def clock() -> int:
    """Microseconds since 1970 UTC."""
    return time.time_ns() // 1000


class Prober:
    """What is under watch, and what was found and is not told yet."""

    def __init__(self, orders: Orders, folder: Path) -> None:
        self.orders = orders
        self.probe = Probe(given(folder), clock, beats=Beats(orders.since, orders.beats))
        self.found: list[Result] = []

    async def run(self, reader: asyncio.StreamReader) -> None:
        """Look until nobody listens."""
        looking = asyncio.create_task(Watch(self._attempt, clock).run(self.orders.checks))
        telling = asyncio.create_task(self._tell())
        while line := await reader.readline():
            told = msgspec.json.decode(line, type=Beat)
            self.probe.beats.heard(told.check, told.at, told.error)
        looking.cancel()
        telling.cancel()
        with suppress(asyncio.CancelledError):
            await looking
        self._flush()

    async def _attempt(self, check: Check) -> None:
        result, _ = await self.probe.once(check)
        self.found.append(result)

    async def _tell(self) -> None:
        while True:
            await asyncio.sleep(PAUSE)
            self._flush()

    def _flush(self) -> None:
        """Write down what was found."""
        if self.found:
            body = msgspec.json.encode(self.found)
            send(Frame(SOURCE, "checks", "", "", "", clock(), len(self.found), body))
            self.found = []


def send(frame: Frame) -> None:
    """Write a frame, after its length."""
    packed = msgspec.msgpack.encode(frame)
    sys.stdout.buffer.write(len(packed).to_bytes(4, "big") + packed)
    sys.stdout.buffer.flush()


async def looking(folder: Path) -> None:
    """Be told what to look at, and look."""
    reader = asyncio.StreamReader(limit=1 << 30)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    if line := await reader.readline():
        await Prober(msgspec.json.decode(line, type=Orders), folder).run(reader)


def main() -> None:
    """Look outside for the workspace that the command line names."""
    logging.basicConfig(format="checks: %(message)s", level=logging.WARNING)
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(FILES, most) if most > 0 else FILES, most))
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(looking(Path(sys.argv[1])))


if __name__ == "__main__":
    main()
