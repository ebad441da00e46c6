"""Taking turns at a file that many processes may read but only one may write: who waits to write leaves a sign."""

from __future__ import annotations

import atexit
import threading
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol

BEAT = 0.05
FRESH = 2.0


class Turn:
    """The sign beside a file, `warehouse.duckdb.wanted`, by which a writer asks readers to let go of the file; by
    `warehouse.duckdb.asked` a reader asks a writer who lingers. By `warehouse.duckdb.held` who writes the file anew
    tells writers to leave it alone, while readers go on.

    A waiting process touches it with every try. A sign that nobody touches any more was left by a process that ended;
    it is taken away. No clock is compared with the file's time: only whether that time moves.
    """

    def __init__(self, file: Path, word: str = "wanted") -> None:
        self._sign = file.with_name(f"{file.name}.{word}")
        self._seen = (0, 0.0)

    def want(self) -> None:
        """Ask, or keep asking, for the file."""
        with suppress(OSError):
            self._sign.touch()

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Keep asking for as long as the block lasts, whatever this thread does meanwhile."""
        over = threading.Event()

        def keep() -> None:
            while not over.wait(BEAT):
                self.want()

        self.want()
        thread = threading.Thread(target=keep, name="sign", daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()
            self.taken()

    def taken(self) -> None:
        """The asking is over."""
        with suppress(OSError):
            self._sign.unlink()

    def wanted(self) -> bool:
        """Whether a process is waiting."""
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


class Reader(Protocol):
    """Something that holds a file open."""

    def let_go_if_wanted(self) -> None: ...


class Watch:
    """One thread of the process that looks after its open files: a writer must not wait for the next question.

    It ends before the interpreter does, so that nothing is torn down around it.
    """

    def __init__(self) -> None:
        self._readers: weakref.WeakSet[Reader] = weakref.WeakSet()
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._thread: threading.Thread | None = None

    def over(self, reader: Reader) -> None:
        """Look after a reader for as long as there is one."""
        with self._lock:
            self._readers.add(reader)
            if self._thread is None:
                self._thread = threading.Thread(target=self._look, name="turns", daemon=True)
                self._thread.start()
                atexit.register(self.end)

    def _look(self) -> None:
        while not self._over.wait(BEAT):
            with self._lock:
                readers = list(self._readers)
            while readers:
                readers.pop().let_go_if_wanted()

    def end(self) -> None:
        """Stop looking."""
        self._over.set()
        if self._thread is not None:
            self._thread.join()


WATCH = Watch()
