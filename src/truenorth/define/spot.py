"""Where a definition stands in its file."""

from __future__ import annotations

from msgspec import Struct

from truenorth.base.errors import Place


class Spot(Struct, frozen=True, array_like=True):
    """Where a definition stands; `keys` maps each of its keys to (line, column)."""

    file: str = ""
    line: int = 1
    column: int = 1
    keys: dict[str, tuple[int, int]] = {}

    def at(self, key: str = "") -> Place:
        """The place of one key, or of the definition itself."""
        line, column = self.keys.get(key, (self.line, self.column))
        return Place(self.file, line, column)
