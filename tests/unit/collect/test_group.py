"""Whatever waits is written together and acknowledged together; how much may wait is bounded."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence

import pytest

from truenorth.base.errors import EngineError
from truenorth.collect.spool.group import Group


class Paper:
    """Remembers groups; each write waits for its turn, and fails when told so."""

    def __init__(self, open_: bool = True) -> None:
        self.groups: list[list[bytes]] = []
        self.turn = threading.Event()
        self.failing: Exception | None = None
        if open_:
            self.turn.set()

    def write(self, bodies: Sequence[bytes]) -> None:
        assert self.turn.wait(60)
        if self.failing is not None:
            raise self.failing
        self.groups.append(list(bodies))


def test_what_waits_is_one_group() -> None:
    paper = Paper(open_=False)

    async def several() -> None:
        group = Group(paper.write)
        tasks = [asyncio.create_task(group.keep(b"first"))]
        await asyncio.sleep(0.01)
        tasks += [asyncio.create_task(group.keep(b"%d" % number)) for number in range(5)]
        await asyncio.sleep(0.01)
        assert not any(task.done() for task in tasks)
        assert group.waiting == 10
        paper.turn.set()
        await asyncio.gather(*tasks)
        assert group.waiting == 0
        await group.keep(b"last")
        await group.close()

    asyncio.run(several())
    assert paper.groups == [[b"first"], [b"0", b"1", b"2", b"3", b"4"], [b"last"]]


def test_a_group_that_fails_is_told_and_the_next_one_is_written() -> None:
    paper = Paper()

    async def several() -> None:
        group = Group(paper.write)
        paper.failing = EngineError("E_SPOOL_FULL", "no room")
        failed = await asyncio.gather(group.keep(b"a"), group.keep(b"b"), return_exceptions=True)
        assert failed == [paper.failing] * 2
        paper.failing = None
        await group.keep(b"c")
        assert group.waiting == 0
        await group.close()

    asyncio.run(several())
    assert paper.groups == [[b"c"]]


def test_only_so_much_may_wait() -> None:
    paper = Paper(open_=False)

    async def several() -> None:
        group = Group(paper.write, bound=10)
        large = asyncio.create_task(group.keep(b"x" * 100))
        await asyncio.sleep(0)
        with pytest.raises(EngineError, match="wait for the disk") as caught:
            await group.keep(b"y")
        assert caught.value.code == "E_SPOOL_BUSY"
        paper.turn.set()
        await large
        await group.keep(b"y")
        await group.close()

    asyncio.run(several())
    assert paper.groups == [[b"x" * 100], [b"y"]]


def test_a_client_that_goes_meanwhile_holds_nobody_up() -> None:
    paper = Paper(open_=False)

    async def several() -> None:
        group = Group(paper.write)
        gone = asyncio.create_task(group.keep(b"gone"))
        stays = asyncio.create_task(group.keep(b"stays"))
        await asyncio.sleep(0.01)
        gone.cancel()
        await asyncio.sleep(0)
        paper.turn.set()
        await stays
        await group.close()

    asyncio.run(several())
    assert paper.groups[-1][-1] == b"stays"
