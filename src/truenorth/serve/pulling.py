"""Pulling beside the pages: sources with a schedule, one after the other, each when its time has come."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from apscheduler.schedulers.background import BackgroundScheduler

log = logging.getLogger("truenorth.pull")
LOOK, PATIENCE = 5.0, 5.0


class Pulling:
    """Looks every few seconds which sources are due, and pulls them in a thread of its own.

    `due` tells their names, `pull` pulls one and tells what should be looked at; a failure of the one does not keep the
    others, and what is under way is never begun a second time.
    """

    def __init__(self, due: Callable[[], tuple[str, ...]], pull: Callable[[str], str], look: float = LOOK) -> None:
        self._due = due
        self._pull = pull
        self._look = look
        self._over = False
        self._idle = threading.Event()
        self._idle.set()
        self._scheduler: BackgroundScheduler | None = None

    def start(self) -> None:
        """Begin."""
        from apscheduler.executors.pool import ThreadPoolExecutor
        from apscheduler.schedulers.background import BackgroundScheduler

        logging.getLogger("apscheduler").setLevel(logging.CRITICAL)
        scheduler = BackgroundScheduler(executors={"default": ThreadPoolExecutor(1)}, timezone="UTC", daemon=True)
        scheduler.add_job(self.look, "interval", seconds=self._look, max_instances=1, coalesce=True)
        scheduler.start()
        self._scheduler = scheduler

    def stop(self) -> None:
        """Begin no other, and give the one that is under way a little time: broken off, it has changed nothing."""
        self._over = True
        if self._scheduler is not None:
            self._scheduler.shutdown(wait=self._idle.wait(PATIENCE))
            self._scheduler = None

    def look(self) -> None:
        """Pull what is due now."""
        for name in self._named():
            if self._over:
                return
            self._idle.clear()
            try:
                worry = self._pull(name)
            except Exception as error:  # noqa: BLE001 - whatever it was, the next source is pulled
                worry = str(error)
            finally:
                self._idle.set()
            if worry:
                log.warning("pulling %s: %s", name, worry)

    def _named(self) -> tuple[str, ...]:
        try:
            return self._due()
        except Exception as error:  # noqa: BLE001 - it is asked again in a moment
            log.warning("what is due cannot be told: %s", error)
            return ()
