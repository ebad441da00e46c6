"""Reading the spool: every frame that was acknowledged, in order, whatever happened to the files around it."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from msgspec import DecodeError, Struct, msgpack

from truenorth.collect.spool.frame import Frame
from truenorth.collect.spool.segment import Piece, Position, path_of, pieces, segments

ASIDE = "broken"
BUFFER = 1 << 20
UNKNOWN = "it holds no frame that this version knows"

log = logging.getLogger("truenorth.collect")
_decoder = msgpack.Decoder(Frame)


class Broken(Struct, frozen=True):
    """Bytes of a segment that are no frame, and the file they were set aside in."""

    at: Position
    size: int
    reason: str
    file: Path


class Waiting(Struct, frozen=True):
    """What lies in the spool behind a position."""

    bytes: int = 0
    segments: int = 0


def warn(broken: Broken) -> None:
    """Say in the log that bytes were set aside."""
    log.warning("%s bytes of the spool are broken (%s) and lie in %s", broken.size, broken.reason, broken.file)


def frames(folder: Path, position: Position, told: Callable[[Broken], None] = warn) -> Iterator[tuple[Frame, Position]]:
    """The frames behind a position, each with the position after it; the writer may go on meanwhile.

    A frame that is still being written is left for the next time. Broken bytes are set aside below `broken/`, `told` is
    called once for them, and reading goes on with the next whole frame. Raises OSError when they cannot be set aside:
    nothing behind them is read before they are safe.
    """
    while True:
        # Asked before the segment is read: a writer finishes with one before it begins the next.
        numbers = [number for number in segments(folder) if number >= position.segment]
        if not numbers:
            return
        number, *later = numbers
        start = position.offset if number == position.segment else 0
        with suppress(FileNotFoundError):
            yield from _of_segment(folder, Position(number, start), not later, told)
        if not later:
            return
        position = Position(later[0])


def _of_segment(
    folder: Path, begin: Position, live: bool, told: Callable[[Broken], None]
) -> Iterator[tuple[Frame, Position]]:
    with open(path_of(folder, begin.segment), "rb", buffering=BUFFER) as file:
        size = os.fstat(file.fileno()).st_size
        for piece in pieces(file, begin.offset):
            frame = None if piece.problem else unpacked(piece.body)
            if frame is not None:
                yield frame, Position(begin.segment, piece.end)
                continue
            if piece.problem and live and piece.end >= size:
                return
            broken = set_aside(folder, begin.segment, piece)
            if broken is not None:
                told(broken)


def unpacked(body: bytes) -> Frame | None:
    """The frame of its bytes, or None when they are none that this version knows."""
    try:
        return _decoder.decode(body)
    except DecodeError:
        return None


def set_aside(folder: Path, number: int, piece: Piece) -> Broken | None:
    """Copy broken bytes to a file of their own; None when they lie there already."""
    home = folder / ASIDE
    file = home / f"{number:016d}-{piece.start}.bin"
    size = piece.end - piece.start
    if file.exists() and file.stat().st_size == size:
        return None
    home.mkdir(mode=0o700, exist_ok=True)
    with open(path_of(folder, number), "rb") as segment:
        segment.seek(piece.start)
        data = segment.read(size)
    fresh = file.with_suffix(".new")
    fresh.write_bytes(data)
    os.replace(fresh, file)
    return Broken(Position(number, piece.start), size, piece.problem or UNKNOWN, file)


def forget(folder: Path, position: Position) -> int:
    """Delete the segments that lie wholly before a position; how many there were.

    The newest segment stays, so that the spool always tells where numbers go on.
    """
    gone = 0
    for number in segments(folder)[:-1]:
        path = path_of(folder, number)
        if number < position.segment or (number == position.segment and position.offset >= path.stat().st_size):
            path.unlink()
            gone += 1
    return gone


def waiting(folder: Path, position: Position) -> Waiting:
    """How much lies behind a position."""
    left = 0
    count = 0
    for number in segments(folder):
        if number < position.segment:
            continue
        with suppress(FileNotFoundError):
            size = path_of(folder, number).stat().st_size
            behind = size - (position.offset if number == position.segment else 0)
            left += max(0, behind)
            count += 1
    return Waiting(left, count)
