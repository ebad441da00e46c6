"""Requests of remote write that are like one before: the same series in the same order, each with one new sample.

Whoever scrapes sends the same lines again and again. Where all bytes but those of values and times are as they were,
nothing needs to be taken apart anew: samples are read from where they stood.
"""

from __future__ import annotations

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from truenorth.collect.receive.batch import Floats, Integers, Series

# The end of a series as words: what may be the head of its sample, or of one before; the value; the time with the two
# bytes before it, of which the second is its tag.
ENDING = np.dtype(
    {
        "names": ["before", "before_9", "head", "value", "zero", "stamp"],
        "formats": ["<u4", "<u4", "<u4", "<f8", "<u4", "<u8"],
        "offsets": [0, 9, 18, 21, 27, 28],
        "itemsize": 36,
    }
)
# How a sample of 18 bytes begins: its value is not zero.
SAMPLE = b"\x12\x10\x09"
# What of the last 15 bytes of a series may change: the value, and of the time all but where it goes on and ends.
_FREE = np.array([*[0] * 8, 0xFF, *[0x80] * 6], np.uint8)
_LONGEST, _SEEN = 1 << 20, 1_000


class Scrape(Struct, frozen=True):
    """A request as it was: its series, where each ends, its bytes as far as they stay the same (`mask`)."""

    series: list[Series]
    ends: Integers
    mask: NDArray[np.uint8]
    fixed: NDArray[np.uint8]

    def samples(self, body: bytes) -> tuple[Integers, Floats] | None:
        """Times in milliseconds and values; None when the body is of another form."""
        if not np.array_equal(np.frombuffer(body, np.uint8) & self.mask, self.fixed):
            return None
        last = endings(body, self.ends - ENDING.itemsize)
        return time_of(last["stamp"]), last["value"]


class Scrapes:
    """Those of which a second one came, up to `room` bytes; when that is used up, all are forgotten and met again."""

    def __init__(self, room: int = 64 << 20) -> None:
        self._room = room
        self._used = 0
        self._kept: dict[int, tuple[Scrape, ...]] = {}
        self._seen: set[tuple[int, bytes, bytes]] = set()

    def read(self, body: bytes) -> tuple[list[Series], Integers, Floats] | None:
        """Series, times in milliseconds and values of a body that is like one before."""
        for one in self._kept.get(len(body), ()):
            found = one.samples(body)
            if found is not None:
                return list(one.series), *found
        return None

    def note(self, body: bytes, pieces: list[bytes], series: list[Series]) -> None:
        """Note a body of series that end in one sample each; what they are is kept when such a body comes again."""
        what = (len(body), series[0].labels, series[-1].labels)
        if what not in self._seen:
            if len(self._seen) >= _SEEN:
                self._seen.clear()
            self._seen.add(what)
            return
        lengths = np.fromiter(map(len, pieces), np.int64, len(pieces))
        ends = np.cumsum(1 + sum(lengths >= 1 << bits for bits in (0, 7, 14, 21)) + lengths)
        # Nothing else is in it where tags, lengths and series make up all of it.
        whole = ends[-1] == len(body) <= _LONGEST and ends[0] >= ENDING.itemsize
        if not whole or any(piece[-18:-15] != SAMPLE for piece in pieces):
            return
        mask = np.full(len(body), 0xFF, np.uint8)
        mask[ends[:, None] + np.arange(-15, 0)] = _FREE
        self._used += 2 * len(body) + 16 * len(ends)
        if self._used > self._room:
            self._kept.clear()
            self._used = 2 * len(body) + 16 * len(ends)
        fresh = Scrape(list(series), ends, mask, np.frombuffer(body, np.uint8) & mask)
        self._kept[len(body)] = (fresh, *self._kept.get(len(body), ())[:3])


def endings(raw: bytes, places: Integers) -> NDArray[np.void]:
    """The 36 bytes from each place on, as words."""
    found: NDArray[np.void] = np.ndarray(len(raw) - ENDING.itemsize + 1, ENDING, raw, strides=(1,))[places]
    return found


def time_of(stamp: NDArray[np.uint64]) -> Integers:
    """The number in the last six bytes of a stamp, seven bits in each: brought together by two, then all."""
    sevens = stamp >> np.uint64(16)
    pairs = (sevens & np.uint64(0x7F007F007F)) | ((sevens & np.uint64(0x7F007F007F00)) >> np.uint64(1))
    low, middle = pairs & np.uint64(0x3FFF), (pairs >> np.uint64(2)) & np.uint64(0x3FFF << 14)
    found: Integers = (low | middle | ((pairs >> np.uint64(4)) & np.uint64(0x3FFF << 28))).astype(np.int64)
    return found
