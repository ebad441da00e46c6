"""Trying checks again and again, each at its own beat of the clock: a try that takes long never moves the next."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta

from truenorth.define.probe import Check

MICROSECOND = timedelta(microseconds=1)


def offset(name: str, every: int) -> int:
    """Where in its period a name has its turn: always the same, and spread over all of it.

    >>> offset("shop", 30_000_000) == offset("shop", 30_000_000) < 30_000_000
    True
    """
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "big") % every


def due(name: str, every: int, now: int) -> int:
    """The first turn of a name after now: its offset and a whole number of periods since 1970, in microseconds.

    >>> due("shop", 10, 7) - due("shop", 10, 7 - 10)
    10
    """
    first = offset(name, every)
    return first + ((now - first) // every + 1) * every


class Watch:
    """Checks under watch. `attempt` tries one, `clock` is in microseconds since 1970; `late` is told by how many
    microseconds each try began after its turn."""

    def __init__(
        self,
        attempt: Callable[[Check], Awaitable[None]],
        clock: Callable[[], int],
        late: Callable[[int], None] = lambda _: None,
    ) -> None:
        self._attempt = attempt
        self._clock = clock
        self._late = late

    async def run(self, checks: Sequence[Check]) -> None:
        """Watch until cancelled."""
        async with asyncio.TaskGroup() as group:
            for one in checks:
                group.create_task(self._watch(one))

    async def _watch(self, check: Check) -> None:
        every = check.period // MICROSECOND
        turn = due(check.name, every, self._clock())
        while True:
            await asyncio.sleep(max(0, turn - self._clock()) / 1e6)
            self._late(self._clock() - turn)
            await self._attempt(check)
            # A machine that slept goes on with the next turn, and does not catch up.
            turn = due(check.name, every, max(turn, self._clock()))
