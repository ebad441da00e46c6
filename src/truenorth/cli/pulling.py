"""What `truenorth serve` does beside the pages: pull the sources that have a schedule."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from truenorth import workspace
from truenorth.serve.live import Live
from truenorth.serve.pulling import LOOK, Pulling


@contextmanager
def pulling(place: Path, live: Live[workspace.Workspace], look: float = LOOK) -> Iterator[Pulling]:
    """Pull what is due, by the newest good definitions, for as long as the block lasts."""

    def pull(name: str) -> str:
        with workspace.open(place, read_only=False) as opened:
            report = opened.data.pull(name)
        return "; ".join(table.error for table in report.tables if table.error)

    thread = Pulling(lambda: live.current.data.due(), pull, look)
    thread.start()
    try:
        yield thread
    finally:
        thread.stop()
