"""What a pull tells: of each table what came in, what it replaced, and what could not come in."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

from truenorth.base.errors import TrueNorthError
from truenorth.collect.report import ColumnRead


class PieceReport(Struct, frozen=True):
    """What became of one delivery. `state` is loaded, unchanged or refused; read = loaded + rejected + left out.

    `cause` is the error for which it was refused, where one was.
    """

    piece: str
    state: str
    kind: str = ""
    read: int = 0
    loaded: int = 0
    rejected: int = 0
    replaced: int = 0
    left_out: int = 0
    columns: tuple[ColumnRead, ...] = ()
    rejects: Path | None = None
    load_id: int = 0
    notes: tuple[str, ...] = ()
    cause: TrueNorthError | None = None


class TableReport(Struct, frozen=True):
    """What became of one table; `error` says why nothing more came in."""

    source: str
    table: str
    pieces: tuple[PieceReport, ...] = ()
    error: str = ""
    seconds: float = 0.0

    @property
    def read(self) -> int:
        return sum(piece.read for piece in self.pieces)

    @property
    def loaded(self) -> int:
        return sum(piece.loaded for piece in self.pieces)

    @property
    def rejected(self) -> int:
        return sum(piece.rejected for piece in self.pieces)

    @property
    def replaced(self) -> int:
        return sum(piece.replaced for piece in self.pieces)

    @property
    def failed(self) -> bool:
        """Whether somebody should look: rows or files were not taken, or the source could not be read."""
        return bool(self.error) or self.rejected > 0 or any(piece.state == "refused" for piece in self.pieces)


class PullReport(Struct, frozen=True):
    """What became of a pull, table by table."""

    tables: tuple[TableReport, ...]

    @property
    def failed(self) -> bool:
        return any(table.failed for table in self.tables)
