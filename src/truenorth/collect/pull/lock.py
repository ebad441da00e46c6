"""One pull of a source at a time, whichever process it is in."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from truenorth.base.errors import SourceError

FOLDER = Path(".truenorth", "pull")


@contextmanager
def alone(folder: Path, source: str) -> Iterator[None]:
    """Hold the source's lock, which ends with the process; SourceError E_PULL_RUNNING when another holds it."""
    home = folder / FOLDER
    home.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(home / f"{source}.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            hint = "wait until it is done"
            raise SourceError("E_PULL_RUNNING", f'"{source}" is being pulled already', hint=hint) from error
        yield
    finally:
        os.close(descriptor)
