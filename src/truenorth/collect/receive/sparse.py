"""Native histograms of remote write: sparse buckets whose bounds follow from their numbers, with bounds written out."""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator, Sequence
from typing import Any

from truenorth.collect.receive.batch import STALE, Buckets, Series
from truenorth.collect.receive.sound import unsound
from truenorth.collect.receive.wire import DecodeError, message, pool

_MESSAGES = pool(
    {
        "Histogram": {
            # What may be left out is read as a list, which tells nothing from none.
            "count": (1, "*uint64"),
            "count_of_fractions": (2, "*double"),
            # As bits: a stale marker is one NaN among many.
            "sum": (3, "fixed64"),
            "schema": (4, "sint32"),
            "zero_threshold": (5, "double"),
            "zero_count": (6, "uint64"),
            "negative_spans": (8, "*Span"),
            "negative_deltas": (9, "*sint64"),
            "positive_spans": (11, "*Span"),
            "positive_deltas": (12, "*sint64"),
            "reset_hint": (14, "int32"),
            "timestamp": (15, "int64"),
            "bounds": (16, "*double"),
        },
        "Span": {"offset": (1, "sint32"), "length": (2, "uint32")},
    }
)
HISTOGRAM = message(_MESSAGES, "Histogram")
_COARSEST, _FINEST = -4, 8
_OWN_BOUNDS = -53
_GAUGE = 3
_MOST_BUCKETS = 10_000

Bucket = tuple[float, float, int]  # above, up to, how many


def sparse(raw: bytes, series: Series, buckets: Buckets, received_at: int) -> str:
    """Read one histogram of a series into the buckets; why it cannot be, "" when it can."""
    try:
        one = HISTOGRAM.FromString(raw)
    except DecodeError:
        return "a native histogram that cannot be read"
    time = max(-(1 << 62), min(1 << 62, one.timestamp * 1000))
    if why := unsound(time, received_at):
        return why
    ended = one.sum == STALE
    if not ended and (why := _unkept(one)):
        return why
    bounds, counts = ((), ()) if ended else _flat(_buckets(one))
    count = one.count[-1] if one.count else 0
    if sum(counts) > count and not ended:
        return f"a native histogram of {count:,} whose buckets hold {sum(counts):,}"
    total = struct.unpack("<d", struct.pack("<Q", one.sum))[0]
    row = (series, time, 0, bounds, *((None, None, None) if ended else (counts, total, count)), None, None)
    for name, value in zip(Buckets.__struct_fields__, row, strict=True):
        getattr(buckets, name).append(value)
    return ""


def _unkept(one: Any) -> str:
    """Why a histogram is not kept, "" when it is."""
    if one.count_of_fractions:
        return "a native histogram that counts in fractions"
    if one.reset_hint == _GAUGE:
        return "a native histogram that is a gauge"
    if one.schema != _OWN_BOUNDS and not _COARSEST <= one.schema <= _FINEST:
        return f"a native histogram of schema {one.schema}"
    for spans, deltas in ((one.negative_spans, one.negative_deltas), (one.positive_spans, one.positive_deltas)):
        if len(deltas) > _MOST_BUCKETS or sum(span.length for span in spans) != len(deltas):
            return "a native histogram of too many buckets, or of other buckets than it says"
        if any(span.offset < 0 for span in spans[1:]) or any(count < 0 for count in _counts(deltas)):
            return "a native histogram whose buckets are not in order, or hold less than nothing"
    if not one.zero_threshold >= 0 or (one.schema == _OWN_BOUNDS and not _rising(one)):
        return "a native histogram whose bounds do not rise"
    return ""


def _rising(one: Any) -> bool:
    """Whether the bounds that a histogram brings along rise, and are enough for its buckets."""
    bounds = (-math.inf, *one.bounds)
    last = max((place for place, _ in _placed(one.positive_spans, one.positive_deltas)), default=0)
    first = one.positive_spans[0].offset if one.positive_spans else 0
    rises = all(low < high for low, high in zip(bounds, one.bounds, strict=False))
    return rises and first >= 0 and last <= len(one.bounds) and not one.negative_spans and not one.zero_count


def _buckets(one: Any) -> Iterator[Bucket]:
    """The buckets from the lowest to the highest."""
    positive = _placed(one.positive_spans, one.positive_deltas)
    if one.schema == _OWN_BOUNDS:
        edges = (-math.inf, *one.bounds, math.inf)
        for place, count in positive:
            yield edges[place], edges[place + 1], count
        return
    for place, count in reversed(list(_placed(one.negative_spans, one.negative_deltas))):
        yield -_bound(place, one.schema), -_bound(place - 1, one.schema), count
    yield -one.zero_threshold, one.zero_threshold, one.zero_count
    for place, count in positive:
        yield _bound(place - 1, one.schema), _bound(place, one.schema), count


def _flat(buckets: Iterator[Bucket]) -> tuple[tuple[float, ...], tuple[int, ...]]:
    """Bounds, upper-inclusive, with a count for each and one for what lies above; what lies between buckets is empty.

    >>> _flat(iter([(-0.5, 0.5, 1), (1.0, 2.0, 4)]))
    ((-0.5, 0.5, 1.0, 2.0), (0, 1, 0, 4, 0))
    """
    bounds: list[float] = []
    counts: list[int] = []
    beyond = 0
    for low, high, count in buckets:
        if math.isfinite(low) and (not bounds or low > bounds[-1]):
            bounds.append(low)
            counts.append(0)
        if high == math.inf:
            beyond += count
        elif bounds and high <= bounds[-1]:
            counts[-1] += count
        else:
            bounds.append(high)
            counts.append(count)
    return tuple(bounds), (*counts, beyond)


def _placed(spans: Sequence[Any], deltas: Sequence[int]) -> Iterator[tuple[int, int]]:
    """The number of each bucket, and what it holds."""
    place, counts = 0, _counts(deltas)
    for span in spans:
        place += span.offset
        for _ in range(span.length):
            yield place, next(counts)
            place += 1


def _counts(deltas: Sequence[int]) -> Iterator[int]:
    """What buckets hold, each told by its difference from the one before."""
    held = 0
    for delta in deltas:
        held += delta
        yield held


def _bound(place: int, schema: int) -> float:
    """The upper bound of a bucket."""
    power = place * 2.0**-schema
    return math.inf if power >= 1024 else float(2.0**power)
