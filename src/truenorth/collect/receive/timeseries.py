"""The samples of a remote write: series by their bytes, values and times of all of them at once.

Senders write a series as its labels and, after them, one sample: 18 bytes, or 9 where the value is zero. Such tails are
verified and read with NumPy for the whole request; the bytes before a tail are the series, looked up as they are. Any
other shape is read piece by piece, more slowly and to the same result.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import cramjam
import msgspec
import numpy as np
from msgspec import Struct, field, structs
from numpy.typing import NDArray

from truenorth.collect.receive.batch import Buckets, Family, Floats, Integers, Points, Series
from truenorth.collect.receive.recall import Recall
from truenorth.collect.receive.refusals import Refusals
from truenorth.collect.receive.scrape import Scrapes, endings, time_of
from truenorth.collect.receive.sound import only, said, sound
from truenorth.collect.receive.sparse import sparse
from truenorth.collect.receive.wire import DecodeError, crowded, message, pool

_POOL = pool(
    {
        "WriteRequest": {"timeseries": (1, "*bytes"), "metadata": (3, "*Metadata")},
        "Metadata": {"type": (1, "int32"), "family": (2, "bytes"), "unit": (5, "bytes")},
        "TimeSeries": {
            "labels": (1, "*Label"),
            "samples": (2, "*Sample"),
            "exemplars": (3, "*bytes"),
            "histograms": (4, "*bytes"),
        },
        "Label": {"name": (1, "bytes"), "value": (2, "bytes")},
        # A value is read as its bits: a stale marker is one NaN among many.
        "Sample": {"value": (1, "fixed64"), "timestamp": (2, "int64")},
    }
)
WRITE = message(_POOL, "WriteRequest")
_SERIES = message(_POOL, "TimeSeries")
# The last 36 bytes of a series: a sample, and what may be another one before it.
_BEFORE = bytes(36)
_SEVENS = np.array([1 << 7 * place for place in range(6)], np.int64)
# How a sample of 18 bytes begins, and one of 9.
_SAMPLE, _ZERO = b"\x12\x10\x09", b"\x12\x07\x10"
_STAMP = np.array([0x80808080_8080FF00, 0x00808080_80801000], np.uint64)
_HEAD = np.frombuffer(_SAMPLE, np.uint8)
_AT_ONCE = 10_000
_MOST_SERIES = 500_000
_MOST_PARTS = 100_000
_COUNTING = ("_total", "_bucket", "_count", "_sum")
KINDS = {1: "counter", 2: "gauge", 3: "histogram", 4: "gauge", 5: "summary", 6: "gauge", 7: "gauge"}
_PARTS = {"histogram": ("_bucket", "_count", "_sum"), "summary": ("_count", "_sum")}
_FAR = 1 << 52
_KNOWN = Recall()
_SCRAPES = Scrapes()


class Written(Struct):
    """What a request brings; `received_at` is when, in microseconds."""

    received_at: int
    points: Points = field(default_factory=Points)
    buckets: Buckets = field(default_factory=Buckets)
    families: list[Family] = field(default_factory=list)
    refused: Refusals = field(default_factory=Refusals)

    @property
    def count(self) -> int:
        """How many samples and histograms are good."""
        return len(self.points.series) + len(self.buckets.series)


class Columns(Struct):
    """Points while they are read: times in milliseconds, by slices."""

    series: list[Series] = field(default_factory=list)
    times: list[Integers] = field(default_factory=list)
    values: list[Floats] = field(default_factory=list)


def samples(body: bytes, received_at: int) -> Written:
    """The samples of an unpacked write request; DecodeError when it is none. Times too far off are refused."""
    if crowded(body, _MOST_SERIES):
        raise DecodeError(f"more than {_MOST_SERIES:,} series in one request")
    written = Written(received_at)
    known = _SCRAPES.read(body)
    columns = Columns() if known is None else Columns(known[0], [known[1]], [known[2]])
    if known is None:
        _take_apart(body, columns, written)
    if columns.series:
        points = _points(columns)
        kept = sound(points.time, received_at)
        for place in np.flatnonzero(~kept).tolist():
            why = f"the time of a sample is {said(int(points.time[place]))}"
            written.refused.add("E_POINT_TIME", why, partial(_again, points, place), points.series[place].name)
        written.points = only(points, kept)
    return written


def _take_apart(body: bytes, columns: Columns, written: Written) -> None:
    """Read a body series by series."""
    request = WRITE.FromString(body)
    written.families = [one for entry in request.metadata for one in _families(entry)]
    pieces = list(request.timeseries)
    usual = bool(pieces) and not written.families
    for start in range(0, len(pieces), _AT_ONCE):
        some = pieces[start : start + _AT_ONCE]
        others = [some[place] for place in _at_once(some, columns)]
        usual = usual and not others
        for piece in _several_each(others, columns):
            _one_by_one(piece, columns, written)
    if usual:
        _SCRAPES.note(body, pieces, columns.series)


def unwritten(body: bytes) -> bool:
    """Whether a body is a message, but one of another schema: remote write 2.0 has its series elsewhere."""
    return bool(body) and not (request := WRITE.FromString(body)).timeseries and not request.metadata


def _points(columns: Columns) -> Points:
    times = np.concatenate(columns.times) * 1000
    return Points(columns.series, times, np.zeros(len(times), np.int64), np.concatenate(columns.values))


def _at_once(pieces: list[bytes], columns: Columns) -> list[int]:
    """Read the series of the usual shape; the places of the others."""
    quick, times, values, tails = _tails(pieces)
    keys = [piece[:-tail] for piece, tail in zip(pieces, tails.tolist(), strict=True)]
    found = _KNOWN.all(keys)
    if None in found:
        _describe(keys, found, quick)
    slow: list[int] = []
    some = [one for one in found if one is not None]
    if len(some) < len(pieces) or not quick.all():
        slow = [place for place, one in enumerate(found) if one is None or not quick[place]]
        quick[slow] = False
        times, values = times[quick], values[quick]
        some = [one for one, fits in zip(found, quick.tolist(), strict=True) if fits and one is not None]
    columns.series += some
    columns.times.append(times)
    columns.values.append(values)
    return slow


def _tails(pieces: list[bytes]) -> tuple[NDArray[np.bool_], Integers, Floats, Integers]:
    """Which series end in one sample of the usual shape; its time in milliseconds, its value, its length."""
    lengths = np.fromiter(map(len, pieces), np.int64, len(pieces))
    joined = b"".join([_BEFORE, *pieces])
    # A window of 36 bytes from every byte on; those that end where a series does are taken.
    last = endings(joined, np.cumsum(lengths))
    stamp, values = last["stamp"], last["value"]
    timed = (stamp & _STAMP[0]) == _STAMP[1]
    full = timed & _is(last["head"], _SAMPLE)
    times = time_of(stamp)
    tails = np.full(len(pieces), 18)
    # A sample before the last one is no label; one of either length is seen here, any other by its labels' reading.
    several = _is(last["before"], _SAMPLE) | _is(last["before_9"], _ZERO)
    if not full.all():
        zero = timed & _is(last["zero"], _ZERO) & ~full
        tails[zero] = 9
        values[zero] = 0.0
        several = np.where(zero, _is(last["before_9"], _SAMPLE) | _is(last["head"], _ZERO), several)
        full |= zero
    return full & ~several & (lengths > tails), times, values, tails


def _is(words: NDArray[np.uint32], three: bytes) -> NDArray[np.bool_]:
    """Which words begin with these three bytes."""
    found: NDArray[np.bool_] = (words & np.uint32(0xFFFFFF)) == np.uint32(int.from_bytes(three, "little"))
    return found


def _several_each(pieces: list[bytes], columns: Columns) -> list[bytes]:
    """Read the series that bring several samples each, all of 18 bytes; the others."""
    cuts = [piece.find(_SAMPLE) for piece in pieces]
    fits = [cut > 0 and (len(piece) - cut) % 18 == 0 for piece, cut in zip(pieces, cuts, strict=True)]
    if not any(fits):
        return pieces
    keys = [piece[: max(cut, 0)] for piece, cut in zip(pieces, cuts, strict=True)]
    found = _KNOWN.all(keys)
    _describe(keys, found, np.array(fits))
    counts = [
        (len(piece) - cut) // 18 if fit and one is not None else 0
        for piece, cut, fit, one in zip(pieces, cuts, fits, found, strict=True)
    ]
    joined = b"".join([piece[cut:] for piece, cut, count in zip(pieces, cuts, counts, strict=True) if count])
    rows = np.frombuffer(joined, np.uint8).reshape(-1, 18)
    sound_rows = (rows[:, :3] == _HEAD).all(axis=1) & (rows[:, 11] == 0x10) & (rows[:, 17] < 0x80)
    sound_rows &= (rows[:, 12:17] >= 0x80).all(axis=1)
    if not sound_rows.all():
        return pieces
    for one, count in zip(found, counts, strict=True):
        columns.series += [one] * count if one is not None else []
    columns.times.append((rows[:, 12:18] & 0x7F).astype(np.int64) @ _SEVENS)
    columns.values.append(np.ascontiguousarray(rows[:, 3:11]).view("<f8")[:, 0])
    return [piece for piece, count in zip(pieces, counts, strict=True) if not count]


def _describe(keys: list[bytes], found: list[Series | None], quick: NDArray[np.bool_]) -> None:
    """Fill in series not met before, read from their labels; not where the bytes are more, or other, than those."""
    for place, one in enumerate(found):
        if one is None and quick[place]:
            try:
                piece = _SERIES.FromString(keys[place])
            except DecodeError:
                continue
            series = _series(piece)
            if isinstance(series, Series) and not (piece.samples or piece.exemplars or piece.histograms):
                found[place] = _KNOWN.keep(keys[place], series)


def _one_by_one(raw: bytes, columns: Columns, written: Written) -> None:
    """Read one series the thorough way."""
    try:
        piece = _SERIES.FromString(b"?" if crowded(raw, _MOST_PARTS) else raw)
    except DecodeError:
        written.refused.add("E_SERIES_UNREADABLE", "a series that cannot be read", partial(_whole, raw))
        return
    key = _SERIES(labels=piece.labels).SerializeToString()
    series = _KNOWN.one(key) or _series(piece)
    if isinstance(series, str):
        written.refused.add("E_SERIES_UNREADABLE", series, partial(_whole, raw))
        return
    series = _KNOWN.keep(key, series)
    if piece.histograms:
        _histograms(piece, series, written)
    columns.series += [series] * len(piece.samples)
    # A time beyond all calendars must not turn into a good one by overflowing.
    times = [max(-_FAR, min(_FAR, sample.timestamp)) for sample in piece.samples]
    columns.times.append(np.array(times, np.int64))
    columns.values.append(np.array([sample.value for sample in piece.samples], np.uint64).view(np.float64))


def _histograms(piece: Any, series: Series, written: Written) -> None:
    """Read the native histograms of a series; those that are none of ours are refused one by one."""
    measured = structs.replace(series, kind="histogram", temporality="cumulative")
    for raw in piece.histograms:
        if why := sparse(raw, measured, written.buckets, written.received_at):
            alone = _SERIES(labels=piece.labels, histograms=[raw]).SerializeToString()
            code = "E_POINT_TIME" if why.startswith("the time") else "E_HISTOGRAM_NATIVE"
            written.refused.add(code, why, partial(_whole, alone), series.name)


def _series(piece: Any) -> Series | str:
    """The series that labels name, or why they name none."""
    labels: dict[str, str] = {}
    for label in piece.labels:
        try:
            name, value = label.name.decode(), label.value.decode()
        except UnicodeDecodeError:
            return "a label that is not UTF-8"
        if not name:
            return "a label without a name"
        if name in labels:
            return f'two labels of the name "{name[:100]}"'
        labels[name] = value
    named = labels.pop("__name__", "")
    if not named:
        return "a series without a name: it has no label __name__"
    kind, flow = kind_of(named)
    text = msgspec.json.encode({name: value for name, value in sorted(labels.items()) if value})
    return Series(named, kind, "", flow, text)


def kind_of(name: str) -> tuple[str, str]:
    """The kind and the temporality that the name of a series tells.

    >>> kind_of("requests_total"), kind_of("up")
    (('counter', 'cumulative'), ('unknown', ''))
    """
    return ("counter", "cumulative") if name.endswith(_COUNTING) else ("unknown", "")


def _families(entry: Any) -> list[Family]:
    """What metadata says of the series of a family, by the names that they have."""
    kind, name = KINDS.get(entry.type), entry.family.decode("utf-8", "replace")
    if kind is None or not name:
        return []
    unit = entry.unit.decode("utf-8", "replace")
    parts = [Family(name + part, "counter", "") for part in _PARTS.get(kind, ())]
    if kind != "histogram":
        parts.append(Family(name, "gauge" if kind == "summary" else kind, unit))
    if kind == "counter" and not name.endswith("_total"):
        parts.append(Family(name + "_total", kind, unit))
    return parts


def _whole(piece: bytes) -> bytes:
    """A request with just this series, as it would come over the wire, so that it can be read again."""
    return bytes(cramjam.snappy.compress_raw(WRITE(timeseries=[piece]).SerializeToString()))


def _again(points: Points, place: int) -> bytes:
    """A request with just this point."""
    series, piece = points.series[place], _SERIES()
    labels = {"__name__": series.name, **msgspec.json.decode(series.labels, type=dict[str, str])}
    for name, text in sorted(labels.items()):
        piece.labels.add(name=name.encode(), value=text.encode())
    bits = int(points.value[place : place + 1].view(np.uint64)[0])
    piece.samples.add(value=bits, timestamp=int(points.time[place]) // 1000)
    return _whole(piece.SerializeToString())
