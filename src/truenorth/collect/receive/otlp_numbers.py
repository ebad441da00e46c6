"""Number points of OTLP: times and values of all of them at once, series by their bytes.

A number point is written as its start, time and value, 27 bytes (18 without a start), and then its attributes. Such
heads are verified and read with NumPy for the whole request; what follows names the series, together with what stands
above it. Any other shape is read one by one, to the same result.
"""

from __future__ import annotations

import struct

import numpy as np
from msgspec import Struct, field
from numpy.typing import NDArray
from opentelemetry.proto.common.v1.common_pb2 import KeyValue

from truenorth.collect.receive.batch import STALE, Floats, Integers, Points, Series
from truenorth.collect.receive.otlp_layout import Context, Layout
from truenorth.collect.receive.otlp_levels import small
from truenorth.collect.receive.recall import Recall
from truenorth.collect.receive.sound import sound, unsound
from truenorth.collect.receive.wire import DecodeError, message, pool

_NUMBER = message(
    pool(
        {
            "Number": {
                "start": (2, "fixed64"),
                "time": (3, "fixed64"),
                "real": (4, "*fixed64"),
                "exemplars": (5, "*bytes"),
                "whole": (6, "*sfixed64"),
                "attributes": (7, "*bytes"),
                "flags": (8, "uint32"),
            }
        }
    ),
    "Number",
)
_BEHIND = bytes(28)
_AT_ONCE = 10_000
_NO_VALUE = 1
_KNOWN = Recall()


class Columns(Struct):
    """Points while they are read: slices of many, and those that came one by one (with values as bits)."""

    series: list[Series] = field(default_factory=list)
    times: list[Integers] = field(default_factory=list)
    starts: list[Integers] = field(default_factory=list)
    values: list[Floats] = field(default_factory=list)
    single: list[tuple[Series, int, int, int]] = field(default_factory=list)

    def add(self, series: Series, time: int, start: int, value: float | None) -> None:
        """One point; without a value it says that the series has ended."""
        bits = STALE if value is None else struct.unpack("<Q", struct.pack("<d", value))[0]
        self.single.append((series, time // 1000, start // 1000, bits))

    def points(self) -> Points:
        """All of them."""
        if self.single:
            more, times, starts, bits = zip(*self.single, strict=True)
            self.series += more
            self.times.append(np.array(times, np.int64))
            self.starts.append(np.array(starts, np.int64))
            self.values.append(np.array(bits, np.uint64).view(np.float64))
            self.single.clear()
        if not self.series:
            return Points()
        parts = (np.concatenate(self.times), np.concatenate(self.starts), np.concatenate(self.values))
        return Points(self.series, *parts)


def numbers(laid: Layout, columns: Columns, received_at: int) -> None:
    """Read the number points of a request; those that cannot be read join the refused."""
    for start in range(0, len(laid.numbers), _AT_ONCE):
        some, above = laid.numbers[start : start + _AT_ONCE], laid.contexts[start : start + _AT_ONCE]
        for place in _at_once(some, above, columns, received_at):
            _one_by_one(some[place], above[place], laid, columns, received_at)


def _at_once(pieces: list[bytes], above: list[Context], columns: Columns, received_at: int) -> list[int]:
    """Read the points of the usual shape; the places of the others."""
    quick, started, heads = _heads(pieces)
    quick &= sound(_times(started, heads)[0], received_at)
    cuts = np.where(started, 27, 18).tolist()
    keys = [context.key + piece[cut:] for context, piece, cut in zip(above, pieces, cuts, strict=True)]
    found = _KNOWN.all(keys)
    if None in found:
        _describe(keys, found, quick, above)
    some = [one for one, fits in zip(found, quick.tolist(), strict=True) if fits and one is not None]
    slow: list[int] = []
    if len(some) < len(pieces):
        slow = [place for place, one in enumerate(found) if one is None or not quick[place]]
        quick[slow] = False
        started, heads = started[quick], heads[quick]
    columns.series += some
    _columns(started, heads, columns)
    return slow


def _heads(pieces: list[bytes]) -> tuple[NDArray[np.bool_], NDArray[np.bool_], NDArray[np.uint8]]:
    """Which points begin in the usual shape, which of those have a start, and their first 28 bytes."""
    lengths = np.fromiter(map(len, pieces), np.int64, len(pieces))
    joined = b"".join([*pieces, _BEHIND])
    begins = np.cumsum(lengths) - lengths
    # A window of 28 bytes from every byte on; those that begin where a point does are taken.
    windows = np.ndarray((len(joined) - 27, 28), np.uint8, joined, strides=(1, 1))
    heads = windows[begins]
    started = heads[:, 0] == 0x11
    rows = np.arange(len(pieces))
    at = np.where(started, 9, 0)
    tag = heads[rows, at + 9]
    after = heads[rows, at + 18]
    ends = lengths - at - 18
    quick = (heads[rows, at] == 0x19) & ((tag == 0x21) | (tag == 0x31))
    return quick & ((ends == 0) | ((ends > 0) & (after == 0x3A))), started, heads


def _times(started: NDArray[np.bool_], heads: NDArray[np.uint8]) -> tuple[Integers, Integers]:
    """The times of points and where they start, in microseconds."""
    one, two = (np.ascontiguousarray(heads[:, at : at + 8]).view("<u8")[:, 0] for at in (1, 10))
    thousand = np.uint64(1000)
    times, starts = np.where(started, two, one) // thousand, np.where(started, one, np.uint64(0)) // thousand
    return times.astype(np.int64), starts.astype(np.int64)


def _columns(started: NDArray[np.bool_], heads: NDArray[np.uint8], columns: Columns) -> None:
    times, starts = _times(started, heads)
    columns.times.append(times)
    columns.starts.append(starts)
    second, third = (np.ascontiguousarray(heads[:, at : at + 8]) for at in (10, 19))
    raw = np.where(started[:, None], third, second)
    whole = np.where(started, heads[:, 18], heads[:, 9]) == 0x31
    values = raw.view("<f8")[:, 0]
    if whole.any():
        values = np.where(whole, raw.view("<i8")[:, 0].astype(np.float64), values)
    columns.values.append(values)


def _describe(keys: list[bytes], found: list[Series | None], quick: NDArray[np.bool_], above: list[Context]) -> None:
    """Fill in series not met before; not where more than attributes follows the value."""
    for place, one in enumerate(found):
        if one is None and quick[place]:
            context = above[place]
            try:
                point = _NUMBER.FromString(small(keys[place][len(context.key) :]))
                if point.flags or point.exemplars or point.real or point.whole or point.time or point.start:
                    continue
                series = context.series(map(KeyValue.FromString, point.attributes))
            except DecodeError:
                continue
            found[place] = _KNOWN.keep(keys[place], series)


def _one_by_one(raw: bytes, context: Context, laid: Layout, columns: Columns, received_at: int) -> None:
    """Read one point the thorough way."""
    try:
        point = _NUMBER.FromString(small(raw))
        key = context.key + _NUMBER(attributes=point.attributes).SerializeToString()
        series = _KNOWN.one(key)
        if series is None:
            series = _KNOWN.keep(key, context.series(map(KeyValue.FromString, point.attributes)))
    except DecodeError:
        laid.refuse("a point that cannot be read", context, raw)
        return
    if why := unsound(point.time // 1000, received_at):
        laid.refuse(why, context, raw, "E_POINT_TIME")
    elif point.flags & _NO_VALUE:
        columns.add(series, point.time, point.start, None)
    elif not (point.real or point.whole):
        laid.refuse("a point without a value", context, raw)
    else:
        # Of values given twice the last counts, as protobuf has it.
        value = float(point.whole[-1]) if point.whole else struct.unpack("<d", struct.pack("<Q", point.real[-1]))[0]
        columns.add(series, point.time, point.start, value)
