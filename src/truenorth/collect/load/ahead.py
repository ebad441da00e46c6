"""Gathering ahead: the next requests are read and decoded while a load is brought in."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future

from truenorth.collect.load.gather import Gathered, Gathering
from truenorth.collect.spool.segment import Position


class Begun:
    """What is being gathered behind a position, in a thread, until it is dropped."""

    def __init__(self, gathering: Gathering, position: Position, until: Callable[[], bool]) -> None:
        self.position = position
        self._gathering = gathering
        self._until = until
        self._over = False
        self._gathered: Future[Gathered] = Future()
        threading.Thread(target=self._run, name="gathering", daemon=True).start()

    def gathered(self, until: Callable[[], bool]) -> Gathered:
        """What was gathered, when it is enough or nobody waits for more."""
        self._until = until
        return self._gathered.result()

    def drop(self) -> None:
        """Nobody wants it."""
        self._over = True
        self._gathered.exception()

    def _run(self) -> None:
        try:
            self._gathered.set_result(self._gathering.gather(self.position, lambda: self._over or self._until()))
        except BaseException as error:  # noqa: BLE001 - whoever takes what was gathered is told
            self._gathered.set_exception(error)


class Ahead:
    """Gathers for one loader, at most one load ahead of it."""

    def __init__(self, gathering: Gathering) -> None:
        self._gathering = gathering
        self._begun: Begun | None = None

    def begin(self, position: Position, until: Callable[[], bool]) -> None:
        """Begin to gather what lies behind a position."""
        self.drop()
        self._begun = Begun(self._gathering, position, until)

    def take(self, position: Position, until: Callable[[], bool]) -> Gathered:
        """What lies behind a position: what was gathered ahead, or gathered now."""
        if self._begun is None or self._begun.position != position:
            self.drop()
            return self._gathering.gather(position, until)
        begun, self._begun = self._begun, None
        return begun.gathered(until)

    def drop(self) -> None:
        """Nobody wants what is gathered ahead."""
        begun, self._begun = self._begun, None
        if begun is not None:
            begun.drop()
