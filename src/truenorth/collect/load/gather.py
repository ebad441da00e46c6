"""Gathering requests from the spool, decoded, until they are worth a transaction."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Protocol

from msgspec import Struct, field

from truenorth.collect.load.kept import Kept
from truenorth.collect.load.refusal import Refusal
from truenorth.collect.receive.batch import Batch
from truenorth.collect.receive.request import Received, Refused, Request
from truenorth.collect.spool.frame import Frame
from truenorth.collect.spool.reader import Broken, frames, warn
from truenorth.collect.spool.segment import Position

log = logging.getLogger("truenorth.collect")
POLL = 0.05


class Decodes(Protocol):
    """What a load needs of a dialect: the rows of a body, and the door's judgement where one is read again."""

    def receive(self, request: Request) -> Received: ...

    def rows(self, frame: Frame) -> Batch: ...


class Limits(Struct, frozen=True):
    """When a load is large enough. `rows` are a little more than a row group of the engine (`group`), which it writes
    as it is, at less work than the same rows in two loads. `seconds` after its first request a load is brought in; when
    `many` rows have come by then, it is worth waiting for a whole row group, for at most `longest`. A whole `group`
    whose first row has waited for `late` seconds is stored in haste, and settled when for `quiet` seconds few came."""

    rows: int = 130_000
    bytes: int = 96 * 2**20
    seconds: float = 0.7
    many: int = 30_000
    longest: float = 2.2
    group: int = 122_880
    late: float = 1.5
    quiet: float = 2.0


class Gathered(Struct):
    """Requests in order, `ends` the place behind each; `position` is behind all that was read."""

    position: Position
    kept: list[Kept] = field(default_factory=list)
    ends: list[Position] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    rows: int = 0
    bytes: int = 0


class Gathering:
    """Reads a spool and decodes what lies in it."""

    def __init__(self, folder: Path, dialects: Mapping[str, Decodes], limits: Limits) -> None:
        self._folder = folder
        self._dialects = dialects
        self._limits = limits

    def gather(self, position: Position, until: Callable[[], bool]) -> Gathered:
        """The requests behind a position: what lies there, and what comes while `until` does not end the waiting and
        the load is not large enough."""
        gathered = Gathered(position)
        began = 0.0
        while True:
            for frame, after in self._behind(gathered):
                began = began or time.monotonic()
                self._decode(frame, after, gathered)
                if self._enough(gathered, began):
                    return gathered
            if until() or (began and self._waited(gathered, time.monotonic() - began)):
                return gathered
            time.sleep(POLL)

    def _behind(self, gathered: Gathered) -> Iterator[tuple[Frame, Position]]:
        def told(broken: Broken) -> None:
            warn(broken)
            gathered.refusals.append(of_broken(broken))

        return frames(self._folder, gathered.position, told)

    def _enough(self, gathered: Gathered, began: float) -> bool:
        """Whether a load is as large as it may be, or has been read for as long."""
        limits = self._limits
        full = gathered.rows >= limits.rows or gathered.bytes >= limits.bytes
        return full or time.monotonic() - began >= limits.longest

    def _waited(self, gathered: Gathered, seconds: float) -> bool:
        """Whether to wait no longer for more to come."""
        limits = self._limits
        return seconds >= limits.longest or (seconds >= limits.seconds and gathered.rows < limits.many)

    def _decode(self, frame: Frame, after: Position, gathered: Gathered) -> None:
        """Decode a request; one that cannot be is set aside whole."""
        try:
            batch = self._dialects[frame.dialect].rows(frame)
        except Exception as error:
            log.warning("a request of %s cannot be decoded: %s", frame.source, error, exc_info=True)
            batch = Batch(refused=[undecoded(frame, error)])
        gathered.kept.append(Kept(frame, batch))
        gathered.ends.append(after)
        gathered.position = after
        gathered.rows += frame.count
        gathered.bytes += len(frame.body)


def undecoded(frame: Frame, error: Exception) -> Refused:
    """Why a whole request is set aside."""
    if isinstance(error, KeyError) and error.args == (frame.dialect,):
        return Refused("E_UNKNOWN_DIALECT", f'nothing here reads "{frame.dialect}"', frame.body)
    reason = f"{type(error).__name__}: {error}".partition("\n")[0][:500]
    return Refused("E_NOT_DECODED", reason, frame.body)


def of_broken(broken: Broken) -> Refusal:
    """Bytes of the spool that are no request; they lie in a file."""
    frame = Frame("", "", "", "", "", broken.at.segment * 1000, 0, b"")
    return Refusal(frame, Refused("E_SPOOL_BROKEN", f"{broken.size} bytes: {broken.reason}", b"", str(broken.file)))
