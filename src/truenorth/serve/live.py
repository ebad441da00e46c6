"""The workspace as it is now: re-read when a definition is saved, the last good model kept when one is wrong."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Generic, Protocol, TypeVar

from truenorth.base.errors import DefinitionErrors, TrueNorthError


class Closable(Protocol):
    """Something that holds files open."""

    def close(self) -> None: ...


Opened = TypeVar("Opened", bound=Closable)
State = tuple[tuple[str, int, int], ...]

SUFFIXES = (".yml", ".yaml")
SKIPPED = (".truenorth", ".git", ".venv", "node_modules")


class Live(Generic[Opened]):
    """Holds what `open` gives; `refresh` opens anew when files below the folder changed.

    `problems` are the errors of the newest files, empty when what is shown is what is saved.
    """

    def __init__(self, folder: Path, open_: Callable[[], Opened]) -> None:
        self.folder = folder
        self.problems: tuple[str, ...] = ()
        self.version = 1
        self._open = open_
        self._seen = state_of(folder)
        self._lock = threading.Lock()
        self._retired: Opened | None = None
        self.current = open_()

    def refresh(self) -> bool:
        """Look at the files once; True when something changed."""
        with self._lock:
            state = state_of(self.folder)
            if state == self._seen:
                return False
            self._seen = state
            try:
                fresh = self._open()
            except TrueNorthError as error:
                self.problems = lines_of(error)
            else:
                self._replace(fresh)
            self.version += 1
            return True

    def _replace(self, fresh: Opened) -> None:
        """Take the new one; the one before may still answer, so it is closed a change later."""
        if self._retired is not None:
            self._retired.close()
        self._retired, self.current, self.problems = self.current, fresh, ()

    def close(self) -> None:
        """Let go of everything."""
        with self._lock:
            if self._retired is not None:
                self._retired.close()
            self._retired = None
            self.current.close()


def lines_of(error: TrueNorthError) -> tuple[str, ...]:
    """An error, or several at once, one a line."""
    errors = error.errors if isinstance(error, DefinitionErrors) else (error,)
    return tuple(str(each) for each in errors)


def state_of(folder: Path) -> State:
    """Path, size and time of every definition below a folder: enough to notice a saved file."""
    return tuple(sorted(_stamps(folder)))


def _stamps(folder: Path) -> Iterable[tuple[str, int, int]]:
    try:
        entries = list(folder.iterdir())
    except OSError:
        return
    for entry in entries:
        if entry.name in SKIPPED:
            continue
        if entry.suffix in SUFFIXES:
            try:
                seen = entry.stat()
            except OSError:
                continue
            yield str(entry), seen.st_size, seen.st_mtime_ns
        elif entry.is_dir() and not entry.is_symlink():
            yield from _stamps(entry)
