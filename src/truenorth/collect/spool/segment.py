"""One file of the spool: how it is called, how it begins, and how frames lie in it one after the other.

A segment begins with `MAGIC`, eight bytes drawn by lot, its mark, and their checksum. Each frame is a head (mark,
length and checksum of what follows, checksum of the head itself) and the frame as msgpack. Where bytes are broken, the
next head is found by the mark; nobody who sends data can know it, so no body is ever taken for a frame of its own.
"""

from __future__ import annotations

import os
import re
import struct
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from msgspec import Struct, msgpack

from truenorth.collect.spool.frame import Frame

MAGIC = b"TNSPOOL\x01"
MARK = 8
BEGIN = len(MAGIC) + MARK + 4
HEAD = struct.Struct("<8sIII")
# A frame is an array of ten in msgpack, which begins with this byte.
FIRST = b"\x9a"
NAME = re.compile(r"(\d{16})\.seg")
# Why bytes of a segment are no frame.
NO_HEAD, WRONG_SUM, TORN = "no frame begins here", "its checksum is wrong", "it is cut off"

# zlib lets other threads go first over more than this.
PIECE = 5 * 1024

_encoder = msgpack.Encoder()


class Position(Struct, frozen=True, order=True):
    """A place in the spool: the number of a segment and an offset in it. The default stands before everything."""

    segment: int = 0
    offset: int = 0


class Piece(Struct, frozen=True):
    """Bytes of a segment from `start` to `end`: a frame's body when `problem` is "", else why they are none."""

    start: int
    end: int
    body: bytes = b""
    problem: str = ""


def segments(folder: Path) -> list[int]:
    """The numbers of the segments in a folder, oldest first."""
    try:
        names = os.listdir(folder)
    except FileNotFoundError:
        return []
    return sorted(int(found[1]) for found in map(NAME.fullmatch, names) if found)


def path_of(folder: Path, number: int) -> Path:
    """The file of a segment.

    >>> path_of(Path("spool"), 7).name
    '0000000000000007.seg'
    """
    return folder / f"{number:016d}.seg"


def packed(frame: Frame) -> bytes:
    """A frame as it lies in a segment, without its head."""
    return _encoder.encode(frame)


def heads(mark: bytes, bodies: Sequence[bytes]) -> Iterator[bytes]:
    """Heads and bodies in turn, ready to be written."""
    for body in bodies:
        start = HEAD.pack(mark, len(body), checksum(body), 0)[:-4]
        yield start + zlib.crc32(start).to_bytes(4, "little")
        yield body


def checksum(body: bytes) -> int:
    """The checksum of a frame. It is made piece by piece: over a larger one the interpreter would let other threads go
    first, and every frame would wait for its turn anew.

    >>> checksum(b"x" * 9_000) == zlib.crc32(b"x" * 9_000)
    True
    """
    if len(body) <= PIECE:
        return zlib.crc32(body)
    found, view = 0, memoryview(body)
    for start in range(0, len(body), PIECE):
        found = zlib.crc32(view[start : start + PIECE], found)
    return found


def pieces(file: BinaryIO, offset: int) -> Iterator[Piece]:
    """What lies in a segment from an offset on, without a gap: frames, broken bytes, and at the end a torn frame.

    The length of the file is looked at once, so what is written meanwhile is for the next time.
    """
    size = os.fstat(file.fileno()).st_size
    mark = mark_of(file, size)
    if not mark:
        if size > offset:
            yield Piece(offset, size, problem=NO_HEAD if size >= BEGIN else TORN)
        return
    at = max(offset, BEGIN)
    file.seek(at)
    while at < size:
        piece = piece_at(file, at, size, mark)
        if piece.problem:
            file.seek(piece.end)
        yield piece
        at = piece.end


def beginning(mark: bytes) -> bytes:
    """The first bytes of a segment."""
    return MAGIC + mark + zlib.crc32(MAGIC + mark).to_bytes(4, "little")


def mark_of(file: BinaryIO, size: int) -> bytes:
    """The mark of a segment, by the first head that is whole where its beginning is not; b"" when nothing tells it."""
    file.seek(0)
    begin = file.read(BEGIN)
    mark = begin[len(MAGIC) : len(MAGIC) + MARK]
    if begin == beginning(mark) or size < BEGIN:
        return mark if len(begin) == BEGIN else b""
    data = begin + file.read(size - BEGIN)
    at = data.find(FIRST, HEAD.size)
    while at >= 0:
        if is_head(data[at - HEAD.size : at]):
            return data[at - HEAD.size : at - HEAD.size + MARK]
        at = data.find(FIRST, at + 1)
    return b""


def is_head(head: bytes) -> bool:
    """Whether bytes are the head of a frame, of any mark."""
    return len(head) == HEAD.size and zlib.crc32(head[:-4]) == int.from_bytes(head[-4:], "little")


def piece_at(file: BinaryIO, at: int, size: int, mark: bytes) -> Piece:
    """The piece that begins at an offset, which the file stands at."""
    head = file.read(min(HEAD.size, size - at))
    if head[:MARK] == mark and is_head(head):
        _, length, checksum, _ = HEAD.unpack(head)
        end = at + HEAD.size + length
        if end > size:
            return Piece(at, size, problem=TORN)
        body = file.read(length)
        if zlib.crc32(body) == checksum:
            return Piece(at, end, body)
        return Piece(at, end, problem=WRONG_SUM)
    if len(head) < HEAD.size and head[:MARK] == mark[: len(head)]:
        return Piece(at, size, problem=TORN)
    rest = head + file.read(size - at - len(head))
    if not rest.strip(b"\0"):
        # Room that a file system gave the file before a crash, and nothing was ever written there.
        return Piece(at, size, problem=TORN)
    found = rest.find(mark, 1)
    while found >= 0 and not is_head(rest[found : found + HEAD.size]):
        found = rest.find(mark, found + 1)
    return Piece(at, size if found < 0 else at + found, problem=NO_HEAD)
