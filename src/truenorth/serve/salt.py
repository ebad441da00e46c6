"""The day's salt, by which visitors without ids are told apart: another each day, and the last one is not kept."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from secrets import token_hex

_DAY = 86_400_000_000


class Salt:
    """A secret of the workspace in a file of its own, drawn anew with each day (UTC); it outlives a restart."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._day = -1
        self._salt = b""

    def of(self, at: int) -> bytes:
        """The salt of the day in which `at` lies, in microseconds since 1970 UTC; never an older one again."""
        day = at // _DAY
        if day > self._day:
            self._day, self._salt = day, self._drawn(day)
        return self._salt

    def _drawn(self, day: int) -> bytes:
        """The day's salt from the file, or a new one in place of yesterday's."""
        with suppress(OSError, ValueError):
            said, _, salt = self._path.read_text("ascii").strip().partition(" ")
            if int(said) == day and len(bytes.fromhex(salt)) == 32:
                return bytes.fromhex(salt)
        salt = token_hex(32)
        # On a full disk it holds for as long as the process does.
        with suppress(OSError):
            beside = self._path.with_suffix(".new")
            beside.unlink(missing_ok=True)
            with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(f"{day} {salt}\n")
            beside.replace(self._path)
        return bytes.fromhex(salt)
