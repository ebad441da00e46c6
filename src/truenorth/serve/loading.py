"""Loading beside the pages: a thread that brings what was acknowledged into the tables, for as long as it is served."""

from __future__ import annotations

import logging
import os
import sys
import threading
import time
from collections.abc import Callable
from typing import Protocol

log = logging.getLogger("truenorth.load")
FIRST, LONGEST = 0.2, 30.0
# What comes is acknowledged before it is loaded, where cores are few: loading is a little less urgent.
NICE = 5
# So many bytes more wait after a load only where far more comes in than can be loaded.
MUCH = 96 * 2**20


class Loads(Protocol):
    """What loads once."""

    def load(self, until: Callable[[], bool]) -> object: ...

    def waiting(self) -> int:
        """How many bytes wait to be loaded."""


class Loading:
    """Loads until it is stopped. When the warehouse takes nothing it waits and tries again, longer each time; what was
    acknowledged waits in the spool. `told` hears why, and "" when loading goes on."""

    def __init__(self, loader: Loads, pause: float = FIRST, told: Callable[[str], object] = lambda _: None) -> None:
        self.trouble = ""
        self._told = told
        self._loader = loader
        self._pause = pause
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="loading", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Finish the load that is under way, and load no more."""
        self._over.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        if sys.platform == "linux":  # elsewhere this would be of the whole process
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICE)
        pause, left = self._pause, 0
        while not self._over.is_set():
            began = time.monotonic()
            try:
                self._loader.load(self._over.is_set)
            except Exception as error:  # noqa: BLE001 - whatever it was, it waits and tries again
                if str(error) != self.trouble:
                    log.warning("loading waits: %s", error)
                    self._told(str(error))
                self.trouble = str(error)
                self._over.wait(pause)
                pause = min(2 * pause, LONGEST)
            else:
                if self.trouble:
                    log.warning("loading goes on")
                    self._told("")
                pause, self.trouble = self._pause, ""
                before, left = left, self._loader.waiting()
                if left - before > MUCH:
                    # There is no keeping pace: the cores are left to the collector for as long.
                    self._over.wait(time.monotonic() - began)
