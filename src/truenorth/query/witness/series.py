"""What series tell, one number at a time: sums divided in Python, percentiles found by going up the buckets."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from math import fsum
from statistics import fmean, median

from msgspec.structs import replace

from truenorth.base.errors import QueryError
from truenorth.base.period import Moment, day_of, day_past
from truenorth.base.table import Value
from truenorth.base.zone import instant, local_day
from truenorth.define.model import Metric
from truenorth.define.series import BUCKETED, LOWER, UPPER, aggregated
from truenorth.define.slices import LENGTHS, slice_of
from truenorth.query import histogram
from truenorth.query.creditor import Reading
from truenorth.query.kinds.slices import placed
from truenorth.query.naive import divided
from truenorth.query.slicing import limits_of

# So many slices are asked for one by one, for every number that is looked at.
MOST = 400
COMPARED: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
MADE: dict[str, Callable[[list[float]], float]] = {
    "sum": fsum,
    "avg": fmean,
    "min": min,
    "max": max,
    "median": median,
}
Ends = tuple[Moment | None, Moment | None]


def followed(
    reading: Reading,
    metric: Metric,
    met: Sequence[str],
    added: Callable[[Metric], Value],
    ends: Ends,
) -> Value:
    """One number of a metric over the rows that meet conditions; `added` works out a plain aggregation of them."""
    if metric.type in BUCKETED:
        return percentile(reading, metric, met)
    above, *below = (added(one) for one in aggregated(metric))
    if metric.type == "rate":
        return divided(above, seconds(reading, metric, *ends))
    return divided(above, below[0]) if below else above


def slices(reading: Reading, metric: Metric, ends: Ends, told: Callable[[Moment, Moment], Value]) -> Value:
    """What the slices of a stretch make; `told` works out the value of one."""
    length = slice_of(metric.slice)
    leaf = replace(metric, **placed(reading.catalog.model, metric))
    cut = list(edges(reading, leaf, length, *ends))
    if len(cut) > MOST:
        message = f"{len(cut):,} slices are too many to tell one by one; up to {MOST:,} are"
        raise QueryError("E_TOO_SLOW", message, hint="verify longer slices, or where there is less data")
    values = [number for start, end in pairwise(cut) if isinstance(number := told(start, end), int | float | Decimal)]
    if metric.empty == "count":
        passed = seconds(reading, leaf, *ends)
        return max(len(values), int(float(str(passed or 0)) // LENGTHS[length]))
    met = [float(one) for one in values if all(COMPARED[sign](float(one), limit) for sign, limit in limits_of(metric))]
    if metric.agg == "count":
        return len(met)
    return MADE[metric.agg](met) if met else None


def edges(reading: Reading, metric: Metric, length: str, start: Moment | None, end: Moment | None) -> Iterator[Moment]:
    """Where the slices of a stretch begin, and where the last one ends; an open stretch is that of the data."""
    known = reading.catalog.stretch(metric.dataset, reading.catalog.time_of(metric))
    if known.first is None or known.last is None:
        return
    zone = reading.timezone
    first = local_day(known.first, zone) if start is None else start
    past = local_day(known.last, zone) + timedelta(days=1) if end is None else end
    if length == "day":
        yield from (day_of(first) + timedelta(days=n) for n in range((day_past(past) - day_of(first)).days + 1))
        return
    at, last = instant(first, zone).replace(tzinfo=UTC), instant(past, zone).replace(tzinfo=UTC)
    while at <= last:
        yield at
        at += timedelta(seconds=LENGTHS[length])


def percentile(reading: Reading, metric: Metric, met: Sequence[str]) -> Value:
    """The percentile of the buckets that meet conditions."""
    columns = [reading.rendered(metric, one) for one in (UPPER, LOWER, metric.expr)]
    where = f" WHERE {' AND '.join(met)}" if met else ""
    rows = reading.rows(f"SELECT {', '.join(columns)} FROM {reading.source(metric.dataset)}{where}")
    known = [tuple(float(str(one)) for one in row) for row in rows if None not in row]
    return histogram.told([(row[0], row[1], row[2]) for row in known], metric.percentile or 0)


def seconds(reading: Reading, metric: Metric, start: Moment | None, end: Moment | None) -> Value:
    """How many seconds of a stretch have passed since the first row of a metric's dataset."""
    first = reading.catalog.stretch(metric.dataset, reading.catalog.time_of(metric)).first
    if first is None:
        return None
    past = reading.until(metric)
    begins = first if isinstance(first, datetime) else instant(first, reading.timezone)
    begins = begins if start is None else max(begins, instant(start, reading.timezone))
    latest = past if isinstance(past, datetime) else instant(past, reading.timezone)
    ends = latest if end is None else min(latest, instant(end, reading.timezone))
    return max(0.0, (ends - begins).total_seconds()) or None
