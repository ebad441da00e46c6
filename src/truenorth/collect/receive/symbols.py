"""The samples of a remote write 2.0: names and values of labels stand once in a list, and series point into it.

A point says when its series began, as those of OTLP do. Until November 2025 senders said it of the whole series, in a
field that the specification has given up since; both are read. Histograms are those of remote write 1.0.
"""

from __future__ import annotations

import struct
from functools import partial
from typing import Any

import cramjam
import msgspec
import numpy as np
from msgspec import structs

from truenorth.collect.receive.batch import Family, Points, Series
from truenorth.collect.receive.sound import only, said, sound
from truenorth.collect.receive.sparse import sparse
from truenorth.collect.receive.timeseries import KINDS, Written, kind_of
from truenorth.collect.receive.wire import DecodeError, crowded, message, pool

_POOL = pool(
    {
        "Request": {"symbols": (4, "*bytes"), "timeseries": (5, "*bytes")},
        "TimeSeries": {
            "labels": (1, "*uint32"),
            "samples": (2, "*Sample"),
            "histograms": (3, "*bytes"),
            "exemplars": (4, "*bytes"),
            "metadata": (5, "Metadata"),
            "began": (6, "int64"),
        },
        # A value is read as its bits: a stale marker is one NaN among many.
        "Sample": {"value": (1, "fixed64"), "timestamp": (2, "int64"), "began": (3, "int64")},
        "Metadata": {"type": (1, "int32"), "help": (3, "uint32"), "unit": (4, "uint32")},
    }
)
REQUEST = message(_POOL, "Request")
_SERIES = message(_POOL, "TimeSeries")
_MOST_SYMBOLS = 2_000_000
_FAR = 1 << 52


def samples(body: bytes, received_at: int) -> Written:
    """The samples of an unpacked request; DecodeError when it is none. Times too far off are refused."""
    if crowded(body, _MOST_SYMBOLS):
        raise DecodeError(f"more than {_MOST_SYMBOLS:,} symbols and series in one request")
    request = REQUEST.FromString(body)
    if request.timeseries and (not request.symbols or request.symbols[0]):
        raise DecodeError("the first symbol is not empty")
    written = Written(received_at)
    reading = Reading(list(request.symbols), written)
    for raw in request.timeseries:
        reading.one(raw)
    reading.finish()
    return written


class Reading:
    """A request being read, series by series."""

    def __init__(self, symbols: list[bytes], written: Written) -> None:
        self.symbols = symbols
        self.written = written
        self.series: list[Series] = []
        self.times: list[int] = []
        self.starts: list[int] = []
        self.values: list[int] = []
        self.known: dict[tuple[object, ...], Series] = {}
        self.families: dict[tuple[str, str, str], Family] = {}

    def one(self, raw: bytes) -> None:
        """Read one series; what cannot be is refused by itself."""
        try:
            piece = _SERIES.FromString(raw)
        except DecodeError:
            return self.refuse("a series that cannot be read", raw)
        if piece.samples and piece.histograms:
            return self.refuse("a series with both samples and histograms", raw)
        named = self.named(piece)
        if isinstance(named, str):
            return self.refuse(named, raw)
        for sample in piece.samples:
            self.series.append(named)
            # A time beyond all calendars must not turn into a good one by overflowing.
            self.times.append(max(-_FAR, min(_FAR, sample.timestamp)))
            self.starts.append(max(0, min(_FAR, sample.began or piece.began)))
            self.values.append(sample.value)
        measured = structs.replace(named, kind="histogram", temporality="cumulative") if piece.histograms else named
        for histogram in piece.histograms:
            if why := sparse(histogram, measured, self.written.buckets, self.written.received_at):
                code = "E_POINT_TIME" if why.startswith("the time") else "E_HISTOGRAM_NATIVE"
                self.written.refused.add(code, why, partial(self.again, raw), named.name)
        return None

    def named(self, piece: Any) -> Series | str:
        """The series that labels name, or why they name none."""
        key = (*piece.labels, piece.metadata.type, piece.metadata.unit)
        if key in self.known:
            return self.known[key]
        if len(piece.labels) % 2 or any(place >= len(self.symbols) for place in key):
            return "a series that points to symbols that are not there"
        try:
            words = [self.symbols[place].decode() for place in piece.labels]
            unit = self.symbols[piece.metadata.unit].decode()
        except UnicodeDecodeError:
            return "a label that is not UTF-8"
        labels = dict(zip(words[::2], words[1::2], strict=True))
        if "" in labels:
            return "a label without a name"
        if 2 * len(labels) < len(words):
            return "two labels of the same name"
        name = labels.pop("__name__", "")
        if not name:
            return "a series without a name: it has no label __name__"
        kind, flow = kind_of(name)
        told = KINDS.get(piece.metadata.type)
        if told is not None:
            kind, flow = told, "cumulative" if told == "counter" else flow if told == "histogram" else ""
            self.families[name, told, unit] = Family(name, told, unit)
        text = msgspec.json.encode({name: value for name, value in sorted(labels.items()) if value})
        return self.known.setdefault(key, Series(name, kind, unit, flow, text))

    def finish(self) -> None:
        """The points as columns; those at times that no clock shows are refused."""
        written, bits = self.written, np.array(self.values, np.uint64)
        written.families = list(self.families.values())
        times, starts = (np.array(one, np.int64) * 1000 for one in (self.times, self.starts))
        points = Points(self.series, times, starts, bits.view(np.float64))
        kept = sound(points.time, written.received_at)
        for place in np.flatnonzero(~kept).tolist():
            why = f"the time of a sample is {said(int(points.time[place]))}"
            written.refused.add("E_POINT_TIME", why, partial(self.alone, points, place), points.series[place].name)
        written.points = only(points, kept)

    def refuse(self, why: str, raw: bytes) -> None:
        """A series that is set aside whole."""
        self.written.refused.add("E_SERIES_UNREADABLE", why, partial(self.again, raw))

    def again(self, raw: bytes) -> bytes:
        """A request with just this series, as it would come over the wire, so that it can be read again."""
        return packed(REQUEST(symbols=self.symbols, timeseries=[raw]))

    def alone(self, points: Points, place: int) -> bytes:
        """A request with just this point."""
        series = points.series[place]
        labels = {"__name__": series.name, **msgspec.json.decode(series.labels, type=dict[str, str])}
        symbols = [b"", *(word.encode() for pair in sorted(labels.items()) for word in pair)]
        piece = _SERIES(labels=range(1, len(symbols)))
        [bits] = struct.unpack("<Q", struct.pack("<d", points.value[place]))
        piece.samples.add(value=bits, timestamp=int(points.time[place]) // 1000, began=int(points.start[place]) // 1000)
        return packed(REQUEST(symbols=symbols, timeseries=[piece.SerializeToString()]))


def packed(request: Any) -> bytes:
    """A request as it goes over the wire."""
    return bytes(cramjam.snappy.compress_raw(request.SerializeToString()))
