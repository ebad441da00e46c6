"""What a load takes in, and the parts that take it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from msgspec import Struct

from truenorth.collect.receive.batch import Batch, Integers
from truenorth.collect.spool.frame import Frame
from truenorth.store.engine import Engine

MINUTE = 60_000_000


class Kept(Struct, frozen=True):
    """One acknowledged request with its rows; `load_id` is its line of the ledger."""

    frame: Frame
    batch: Batch
    load_id: int = 0


class Tally(Struct):
    """What became of the rows of one line of the ledger: `corrected` had their time shifted by the error of a clock,
    `dated` have the time of receiving because theirs cannot be. `minutes` are the loaded ones by the minute
    since 1970 in which they were received."""

    read: int = 0
    loaded: int = 0
    corrected: int = 0
    dated: int = 0
    refused: int = 0
    minutes: dict[int, int] = {}

    def add_minutes(self, received: Integers) -> None:
        """Note when loaded rows were received, in microseconds."""
        found = np.unique(received // MINUTE, return_counts=True)
        for minute, count in zip(*(one.tolist() for one in found), strict=True):
            self.minutes[minute] = self.minutes.get(minute, 0) + count


Tallies = dict[int, Tally]


class Part(Protocol):
    """Takes one kind of rows in. `tables` are all that it changes; the first is named in the ledger."""

    tables: tuple[str, ...]

    def has(self, batch: Batch) -> bool:
        """Whether a request brings rows of this kind."""

    def put(self, engine: Engine, kept: Sequence[Kept], careful: bool) -> Tallies:
        """Write the rows, inside the load's transaction; what was there already is left out. The tallies are by
        `load_id`. `careful` mends values that the engine would not take, after a load has failed over them."""

    def forget(self) -> None:
        """A transaction was taken back: whatever was remembered of the tables may be wrong."""
