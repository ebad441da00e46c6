"""`truenorth pull`: what is new at the sources."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console

from truenorth import workspace
from truenorth.cli import say
from truenorth.cli.place import workspace_folder
from truenorth.collect.pull.report import PieceReport, TableReport

SHOWN = 20


def pull(sources: Sequence[str], full: bool, folder: str) -> int:
    """Pull the sources; 1 when a source failed or something was not taken. A person at the terminal sees how far."""
    progress = Console(stderr=True, highlight=False).status("pulling")
    with workspace.open(workspace_folder(folder), read_only=False) as opened, progress as status:
        report = opened.data.pull(*sources, full=full, tell=status.update)
    for table in report.tables:
        say.out(told(table))
    return say.FAILED if report.failed else say.OK


def told(table: TableReport) -> str:
    """What became of one table: how much came in, what changed about it, and where rejected rows are."""
    lines = [f"{table.source} → {table.table}: {headline(table)}"]
    news = [piece for piece in table.pieces if piece.state != "unchanged" or piece.replaced]
    for piece in news[:SHOWN]:
        lines += [f"  {line}" for line in of_piece(piece, len(table.pieces) > 1)]
    if len(news) > SHOWN:
        lines.append(f"  … and {len(news) - SHOWN} more")
    if table.error:
        lines.append(f"  {table.error}")
    return "\n".join(lines)


def headline(table: TableReport) -> str:
    """The numbers of one table in a line."""
    if table.error and not table.pieces:
        return "failed"
    parts = [f"{table.loaded:,} rows loaded"] if table.loaded or not table.error else ["failed"]
    if not any(piece.state == "loaded" for piece in table.pieces) and not table.error:
        parts = ["nothing new"]
    parts += [f"{table.replaced:,} replaced"] if table.replaced else []
    parts += [f"{table.rejected:,} rejected"] if table.rejected else []
    refused = sum(piece.state == "refused" for piece in table.pieces)
    parts += [f"{refused} refused"] if refused else []
    return f"{', '.join(parts)} in {table.seconds:.1f} s"


def of_piece(piece: PieceReport, several: bool) -> list[str]:
    """What is to say of one delivery."""
    lines = []
    if several or piece.state == "refused":
        counts = f"{piece.loaded:,} of {piece.read:,} rows" if piece.state == "loaded" else piece.state
        lines.append(f"{piece.piece}: {counts}" + (f", {piece.replaced:,} replaced" if piece.replaced else ""))
    lines += list(piece.notes)
    if piece.rejects is not None:
        what = "1 row rejected; it is" if piece.rejected == 1 else f"{piece.rejected:,} rows rejected; they are"
        lines.append(f"{what} kept with the reasons in {piece.rejects}")
    return lines
