"""Taking turns at a file that many processes may read but only one may write: who waits to write leaves a sign."""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path

BEAT = 0.05
FRESH = 2.0


class Turn:
    """The sign beside a file, `warehouse.duckdb.wanted`, by which a writer asks readers to let go of the file.

    A waiting writer touches it with every try. A sign that nobody touches any more was left by a process that ended;
    it is taken away. No clock is compared with the file's time: only whether that time moves.
    """

    def __init__(self, file: Path) -> None:
        self._sign = file.with_name(f"{file.name}.wanted")
        self._seen = (0, 0.0)

    def want(self) -> None:
        """Ask, or keep asking, for the file."""
        with suppress(OSError):
            self._sign.touch()

    def taken(self) -> None:
        """The asking is over."""
        with suppress(OSError):
            self._sign.unlink()

    def wanted(self) -> bool:
        """Whether a process is waiting to write."""
        try:
            touched = self._sign.stat().st_mtime_ns
        except OSError:
            return False
        here = time.monotonic()
        if touched != self._seen[0]:
            self._seen = touched, here
        if here - self._seen[1] <= FRESH:
            return True
        self.taken()
        return False
