"""The loader of a workspace: its spool, every dialect, a part for each kind of rows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from truenorth.collect.identity.links import Links
from truenorth.collect.load.events import EventRows
from truenorth.collect.load.gather import Limits
from truenorth.collect.load.loader import Intake, Loader
from truenorth.collect.load.points import PointRows
from truenorth.collect.load.results import Defined, ResultRows
from truenorth.collect.load.who import Who
from truenorth.collect.receive.route import DIALECTS
from truenorth.store.engine import Engine


def spool_of(folder: Path) -> Path:
    """Where what was acknowledged lies until it is loaded."""
    return folder / ".truenorth" / "spool"


def open_loader(engine: Engine, folder: Path, clock: Callable[[], datetime], limits: Limits | None = None) -> Loader:
    """A loader from the spool of a workspace into its warehouse."""
    who = Who()
    intake = Intake((EventRows(who), PointRows(), ResultRows(Defined(folder))), Links(who))
    dialects = {one.name: one for one in DIALECTS}
    return Loader(engine, spool_of(folder), dialects, intake, clock, limits)
