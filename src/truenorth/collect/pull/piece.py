"""A large table fetched in pieces, by its key: what was fetched stays on disk, and a pull that broke off goes on there.

Only the fetching is in pieces. They are put into the table together, in one transaction, so that nobody sees a part.
"""

from __future__ import annotations

import json
import os
import shutil
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

from msgspec import Struct

from truenorth.collect.pull.lock import FOLDER

ROWS = 500_000  # rows of a piece


class Fetched(Struct, frozen=True):
    """How much of a table lies on disk: up to which key, how many rows and bytes, and the mark of the first piece.

    `until` is what a pull at that time could have seen at most.
    """

    upto: str = ""
    rows: int = 0
    size: int = 0
    mark: str = ""
    until: str = ""


class Pieces:
    """The pieces of one table of a source, in a file of their own beside the warehouse."""

    def __init__(self, folder: Path, source: str, table: str) -> None:
        home = folder / FOLDER
        name = quote(table, safe="")
        self.file = home / f"{source}.{name}.rows"
        self._told = home / f"{source}.{name}.pieces"

    def before(self) -> Fetched:
        """What an earlier pull left; the file is cut to what was whole."""
        with suppress(OSError, ValueError, TypeError, KeyError):
            held = Fetched(**json.loads(self._told.read_text("utf-8")))
            if self.file.stat().st_size >= held.size:
                os.truncate(self.file, held.size)
                return held
        self.forget()
        self.file.parent.mkdir(parents=True, exist_ok=True)
        return Fetched()

    def keep(self, fetched: Fetched) -> None:
        """Write down that a piece is whole, once it is on the disk."""
        with self.file.open("rb") as rows:
            os.fsync(rows.fileno())
        fresh = self._told.with_suffix(".new")
        values = {name: getattr(fetched, name) for name in Fetched.__struct_fields__}
        fresh.write_text(json.dumps(values), "utf-8")
        fresh.replace(self._told)

    def handed_over(self, file: Path) -> None:
        """All pieces together, as the file to load; nothing is left of them."""
        shutil.move(self.file, file)
        self.forget()

    def forget(self) -> None:
        """Let go of what was fetched."""
        for one in (self.file, self._told, self._told.with_suffix(".new")):
            one.unlink(missing_ok=True)
