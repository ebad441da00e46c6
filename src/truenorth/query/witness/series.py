"""What series tell, one number at a time: sums divided in Python, percentiles found by going up the buckets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from truenorth.base.period import Moment
from truenorth.base.table import Value
from truenorth.base.zone import instant
from truenorth.define.model import Metric
from truenorth.define.series import BUCKETED, LOWER, UPPER, aggregated
from truenorth.query import histogram
from truenorth.query.creditor import Reading
from truenorth.query.naive import divided


def followed(
    reading: Reading,
    metric: Metric,
    met: Sequence[str],
    added: Callable[[Metric], Value],
    ends: tuple[Moment | None, Moment | None],
) -> Value:
    """One number of a metric over the rows that meet conditions; `added` works out a plain aggregation of them."""
    if metric.type in BUCKETED:
        return percentile(reading, metric, met)
    above, *below = (added(one) for one in aggregated(metric))
    if metric.type == "rate":
        return divided(above, seconds(reading, metric, *ends))
    return divided(above, below[0]) if below else above


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
