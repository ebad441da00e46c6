"""Why loading waits, as the app that loads tells it in `.truenorth/loading.json`."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

import msgspec
from msgspec import Struct

FILE = Path(".truenorth") / "loading.json"


class Told(Struct, frozen=True):
    """What hinders the process that loads."""

    pid: int
    trouble: str


def tell(folder: Path, trouble: str) -> None:
    """Say why loading waits, or with "" that it does not."""
    path = folder / FILE
    # A disk that is full, which may be the trouble itself, takes no file either.
    with suppress(OSError):
        if not trouble:
            path.unlink(missing_ok=True)
            return
        fresh = path.with_suffix(".new")
        fresh.write_bytes(msgspec.json.encode(Told(os.getpid(), trouble)))
        fresh.replace(path)


def hindrance(folder: Path) -> str:
    """Why loading waits; "" when it does not, or when nobody loads."""
    try:
        told = msgspec.json.decode((folder / FILE).read_bytes(), type=Told)
        os.kill(told.pid, 0)
    except (OSError, msgspec.DecodeError):
        return ""
    return told.trouble
