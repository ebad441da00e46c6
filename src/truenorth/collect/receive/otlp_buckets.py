"""Histograms and summaries of OTLP, one by one: buckets with exact bounds, quantiles as series of their own."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from opentelemetry.proto.metrics.v1.metrics_pb2 import (
    ExponentialHistogramDataPoint,
    HistogramDataPoint,
    SummaryDataPoint,
)

from truenorth.collect.receive.batch import Buckets, Series
from truenorth.collect.receive.otlp_layout import Context, Layout
from truenorth.collect.receive.otlp_levels import small
from truenorth.collect.receive.otlp_numbers import Columns
from truenorth.collect.receive.recall import Recall
from truenorth.collect.receive.sound import unsound
from truenorth.collect.receive.wire import DecodeError

_NO_VALUE = 1
_MOST_BUCKETS = 10_000
_DEEPEST, _FINEST = -10, 20
_KNOWN = Recall(64 << 20)


def others(laid: Layout, buckets: Buckets, columns: Columns, received_at: int) -> None:
    """Read the points that are no plain numbers; those that cannot be read join the refused."""
    for context, raw in laid.others:
        try:
            point = _POINTS[context.shape].FromString(small(raw))
            if why := unsound(point.time_unix_nano // 1000, received_at):
                laid.refuse(why, context, raw, "E_POINT_TIME")
            elif why := _READ[context.shape](point, context, buckets, columns):
                laid.refuse(why, context, raw)
        except DecodeError:
            laid.refuse("a point that cannot be read", context, raw)


def _explicit(point: HistogramDataPoint, context: Context, buckets: Buckets, _: Columns) -> str:
    bounds, counts = tuple(point.explicit_bounds), tuple(point.bucket_counts)
    if point.flags & _NO_VALUE:
        return _add(point, context, buckets, (), None)
    if not counts and not bounds:
        counts = (point.count,)
    if len(counts) != len(bounds) + 1:
        return f"a histogram of {len(bounds)} bounds with {len(counts)} counts"
    if bounds and bounds[-1] == math.inf:
        # The last bucket has no bound by itself; an endless one in words only doubles it.
        bounds, counts = bounds[:-1], (*counts[:-2], counts[-2] + counts[-1])
    if any(not low < high for low, high in zip((-math.inf, *bounds), bounds, strict=False)):
        return "a histogram whose bounds do not rise"
    return _add(point, context, buckets, bounds, counts)


def _exponential(point: ExponentialHistogramDataPoint, context: Context, buckets: Buckets, _: Columns) -> str:
    if point.flags & _NO_VALUE:
        return _add(point, context, buckets, (), None)
    sides = (point.positive, point.negative)
    if not _DEEPEST <= point.scale <= _FINEST or sum(len(side.bucket_counts) for side in sides) > _MOST_BUCKETS:
        return f"an exponential histogram of scale {point.scale} or with too many buckets"
    outside = any(_outside(side.offset, len(side.bucket_counts), point.scale) for side in sides)
    if outside or not point.zero_threshold >= 0:
        return "an exponential histogram with bounds that no number reaches"
    return _add(point, context, buckets, *spread(point))


def spread(point: ExponentialHistogramDataPoint) -> tuple[tuple[float, ...], tuple[int, ...]]:
    """An exponential histogram's buckets by their exact bounds, from the lowest negative to the highest.

    Bucket i of scale s holds what lies above 2^(i·2^-s), up to 2^((i+1)·2^-s); zero has its own, as wide as its
    threshold.
    """
    found: list[tuple[float, int]] = []
    low, high = point.negative, point.positive
    for place in reversed(range(len(low.bucket_counts))):
        found.append((-_bound(low.offset + place, point.scale), low.bucket_counts[place]))
    found.append((point.zero_threshold, point.zero_count))
    if high.bucket_counts:
        found.append((_bound(high.offset, point.scale), 0))
    for place, count in enumerate(high.bucket_counts):
        found.append((_bound(high.offset + place + 1, point.scale), count))
    bounds, counts = [], []
    if low.bucket_counts:
        bounds.append(-_bound(low.offset + len(low.bucket_counts), point.scale))
        counts.append(0)
    for bound, count in found:
        if bounds and bound <= bounds[-1]:
            counts[-1] += count
        else:
            bounds.append(bound)
            counts.append(count)
    return tuple(bounds), (*counts, 0)


def _bound(index: int, scale: int) -> float:
    return float(2.0 ** (index * 2.0**-scale))


def _outside(offset: int, buckets: int, scale: int) -> bool:
    return bool(buckets) and not -1100 < offset * 2.0**-scale <= (offset + buckets) * 2.0**-scale < 1024


def _add(
    point: HistogramDataPoint | ExponentialHistogramDataPoint,
    context: Context,
    buckets: Buckets,
    bounds: tuple[float, ...],
    counts: tuple[int, ...] | None,
) -> str:
    buckets.series.append(_series(point.attributes, context))
    buckets.time.append(point.time_unix_nano // 1000)
    buckets.start.append(point.start_time_unix_nano // 1000)
    buckets.bounds.append(bounds)
    buckets.counts.append(counts)
    buckets.count.append(None if counts is None else point.count)
    known = counts is not None
    buckets.sum.append(point.sum if known and point.HasField("sum") else None)
    buckets.least.append(point.min if known and point.HasField("min") else None)
    buckets.most.append(point.max if known and point.HasField("max") else None)
    return ""


def _series(pairs: Iterable[KeyValue], context: Context) -> Series:
    key = context.key + b"".join(pair.SerializeToString() for pair in pairs)
    return _KNOWN.one(key) or _KNOWN.keep(key, context.series(pairs, kind="histogram"))


def _summary(point: SummaryDataPoint, context: Context, _: Buckets, columns: Columns) -> str:
    """Quantiles as gauges with a label `quantile`; sum and count as counters, as Prometheus names them."""
    gone = bool(point.flags & _NO_VALUE)
    time, start = point.time_unix_nano, point.start_time_unix_nano
    for suffix, value in (("_sum", point.sum), ("_count", float(point.count))):
        columns.add(_part(point, context, suffix), time, start, None if gone else value)
    for one in point.quantile_values:
        columns.add(_part(point, context, "", one.quantile), time, 0, None if gone else one.value)
    return ""


def _part(point: SummaryDataPoint, context: Context, suffix: str, quantile: float | None = None) -> Series:
    pairs = point.attributes
    key = f"{suffix} {quantile} ".encode() + context.key + b"".join(pair.SerializeToString() for pair in pairs)
    held = _KNOWN.one(key)
    if held is not None:
        return held
    more = {} if quantile is None else {"quantile": f"{quantile:g}"}
    made = context.series(pairs, suffix, "gauge" if quantile is not None else "counter", **more)
    if quantile is None:
        made = Series(made.name, made.kind, made.unit, "cumulative", made.labels)
    return _KNOWN.keep(key, made)


_POINTS: dict[str, Any] = {
    "histogram": HistogramDataPoint,
    "exponential_histogram": ExponentialHistogramDataPoint,
    "summary": SummaryDataPoint,
}
_READ: dict[str, Any] = {"histogram": _explicit, "exponential_histogram": _exponential, "summary": _summary}
