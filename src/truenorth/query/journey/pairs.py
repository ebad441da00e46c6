"""Rows of which nothing matters but whose they are and when they were: a number each, made while they are read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, cast

import numpy as np

from truenorth.query.journey.filling import Put, filled
from truenorth.query.journey.frame import Frame
from truenorth.query.journey.keyed import Owners, UnknownNumber, owners, whose_place
from truenorth.query.journey.order import BITS, Packed
from truenorth.query.journey.rows import Integers
from truenorth.query.journey.scan import Scan
from truenorth.query.owner import Key

if TYPE_CHECKING:
    import pyarrow as pa

NOBODY = np.iinfo(np.int64).max


@dataclass(frozen=True)
class Room:
    """How whose a row is and when it was stand in one number: between which times all rows lie is known before."""

    key: Key
    whom: Owners
    begin: int
    end: int

    @cached_property
    def first(self) -> int:
        """The least number that stands for somebody."""
        return int(self.whom.who.min())

    @cached_property
    def wide(self) -> int:
        """How many bits tell the time."""
        return (self.end - self.begin).bit_length()

    @property
    def fits(self) -> bool:
        """Whether 64 bits are enough, NOBODY apart."""
        return (int(self.whom.who.max()) - self.first + 1).bit_length() + self.wide <= BITS

    @cached_property
    def entities(self) -> Integers:
        """Whose each number of the key is, above the bits of the time."""
        return (self.whom.who - self.first) << self.wide

    def write(self, numbers: pa.Array, times: pa.Array, room: Integers) -> None:
        """Writes the rows of a batch; UnknownNumber where one lies beyond what was known."""
        at, places = times.to_numpy(), whose_place(self.key, numbers)
        if len(at) and not self.begin <= at.min() <= at.max() <= self.end:
            raise UnknownNumber
        np.take(self.entities, places, out=room, mode="clip")
        room += at
        room -= self.begin
        if not self.whom.known[:-1].all() or numbers.null_count:
            room[~self.whom.known[places]] = NOBODY


@dataclass(frozen=True, slots=True)
class Paired:
    """Such rows, how many more are nobody's, and the entities by their numbers as in `Read`."""

    rows: Packed
    nobody: int
    entities: Sequence[tuple[object, ...]] | None


def pairs_read(scan: Scan) -> Paired | None:
    """The rows of a scan; None where more of them matters, or one number is too small for both."""
    key = scan.key
    if key is None or scan.plan.dimensions or scan.asked() or not scan.journey.paired(scan.metric):
        return None
    known = scan.catalog.stretch(scan.leg.dataset, scan.leg.time)
    if known.first is None or known.last is None:
        return None
    whom, clock = owners(scan.catalog, key), Frame((), dated=scan.frame.dated)
    room = Room(key, whom, clock.microseconds(known.first), clock.microseconds(known.last))
    if not room.fits:
        return None
    try:
        with scan.catalog.batches(scan.select()) as batches:
            reader = cast("pa.RecordBatchReader", batches)
            put = Put(tuple(reader.schema.names), np.int64, room.write)
            keys: Integers = filled(reader, {"keys": put}, known.rows).arrays["keys"]
    except UnknownNumber:
        return None
    somebodys = keys != NOBODY
    own = keys if somebodys.all() else keys[somebodys]
    return Paired(Packed(own, room.first, room.begin, 1, (room.wide,)), len(keys) - len(own), whom.entities)
