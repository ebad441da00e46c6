"""How the collecting process is doing, as it tells itself in `.truenorth/capture.json`."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
from msgspec import Struct

FILE = Path(".truenorth") / "capture.json"


class Arriving(Struct, frozen=True):
    """What one source sent in one dialect since the process began."""

    source: str
    dialect: str
    events: int = 0
    per_minute: int = 0
    refused: dict[str, int] = {}
    denied: dict[str, int] = {}


class Spooled(Struct, frozen=True):
    """What lies in the spool and was not loaded yet, and the room there is."""

    bytes: int = 0
    segments: int = 0
    free: int = 0


class Capturing(Struct, frozen=True):
    """The collecting process; `blocked` says why it takes nothing now, `denied` what came without a known key."""

    url: str
    pid: int
    sources: tuple[Arriving, ...] = ()
    denied: dict[str, int] = {}
    spool: Spooled = Spooled()
    blocked: str = ""

    @property
    def per_minute(self) -> int:
        """Events of the last minute."""
        return sum(one.per_minute for one in self.sources)


def capturing(folder: Path) -> Capturing | None:
    """What the collecting process of a workspace says of itself; None when none is running."""
    try:
        told = msgspec.json.decode((folder / FILE).read_bytes(), type=Capturing)
        os.kill(told.pid, 0)
    except (OSError, msgspec.DecodeError, msgspec.ValidationError):
        return None
    return told
