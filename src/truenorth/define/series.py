"""What collected series tell: how much was counted, how fast, how high a level stood, how long most things took.

Each of these kinds is one or two plain aggregations over the minutes of a series, and the first over the second. So
they are told for any period and any group, out of sums, and never out of rates or percentiles of smaller periods.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal

from msgspec.structs import replace

from truenorth.define.key import Key
from truenorth.define.model import Dataset, Metric, Spot

COUNTING = ("increase", "rate")
BUCKETED = ("histogram_quantile",)
TYPES = (*COUNTING, "gauge", *BUCKETED, "apdex")
OverTime = Literal["avg", "max", "min"]
Across = Literal["avg", "sum", "max", "min"]
# What is told of a level: how the values of a series become one over time, and then those of all series.
LEVELS: dict[tuple[str, str], tuple[tuple[str, str], ...]] = {
    ("avg", "avg"): (("sum", "sum"), ("sum", "n")),
    ("avg", "sum"): (("sum", "sum / n"), ("count_distinct", "minute")),
    ("max", "max"): (("max", "max"),),
    ("min", "min"): (("min", "min"),),
}
BUCKETS = "bucket_count"
UPPER = "le"
LOWER = "above"

SERIES = (
    Key(
        "series",
        "text",
        "The name of a collected metric: its minutes are the rows, or its buckets where it is a histogram.",
        types=TYPES,
        example="http_requests_total",
    ),
    Key(
        "over_time",
        "choice",
        "What of a level is told over time: its average, its highest or its lowest value.",
        types=("gauge",),
        choices=("avg", "max", "min"),
        default="avg",
    ),
    Key(
        "across",
        "choice",
        "How the levels of several series become one: the same as over time, or the sum of all that were there.",
        types=("gauge",),
        choices=("same", "avg", "sum", "max", "min"),
        default="same",
    ),
    Key(
        "satisfied",
        "number",
        "For an Apdex: up to how long somebody is satisfied, in what the values are measured in; up to four times as "
        "long it is tolerated.",
        types=("apdex",),
        required_for=("apdex",),
        example="0.5",
    ),
    Key(
        "frustrated",
        "sql",
        "For an Apdex: rows that count as frustrated however quick they were.",
        types=("apdex",),
        default="none",
        example="status >= 500",
    ),
)


def with_series(
    datasets: Mapping[str, Dataset], metrics: Mapping[str, Metric]
) -> tuple[dict[str, Dataset], dict[str, Metric]]:
    """The datasets with those that metrics name by a series alone, and the metrics with what their kind aggregates."""
    found = dict(datasets)
    settled = {}
    for name, one in metrics.items():
        if one.type in TYPES:
            if one.series and not one.dataset:
                dataset = dataset_of(found, one)
                found.setdefault(dataset.name, dataset)
                one = replace(one, dataset=dataset.name)
            one = gathered(one, found.get(one.dataset))
        settled[name] = slicing(one) if one.type == "slices" else one
    return found, settled


def slicing(metric: Metric) -> Metric:
    """Slices that are counted where nothing else is said; empty ones that count are there in every period."""
    laid: Any = "once" if metric.empty == "count" else metric.join_to_timespine
    return replace(metric, agg=metric.agg or "count", join_to_timespine=laid)


def dataset_of(datasets: Mapping[str, Dataset], metric: Metric) -> Dataset:
    """The dataset of a metric's series: one that is defined, or one named after it.

    >>> dataset_of({}, Metric("busy", "gauge", series="system.cpu.utilization")).name
    'system_cpu_utilization'
    """
    key = "histogram" if metric.type in (*BUCKETED, "apdex") else "series"
    defined = next((one for one in datasets.values() if getattr(one, key) == metric.series), None)
    if defined is not None:
        return defined
    name = re.sub(r"\W", "_", metric.series, flags=re.ASCII)
    name = f"{name}_buckets" if key == "histogram" else name
    name = name if name not in datasets else f"{name}_series"
    spot = Spot(metric.spot.file, metric.spot.line, metric.spot.column)
    made = Dataset(name, time="minute", spot=spot)
    return replace(made, **{key: metric.series})


def gathered(metric: Metric, dataset: Dataset | None) -> Metric:
    """A metric with the expression that its kind adds up where it says none."""
    if metric.type in COUNTING:
        return replace(metric, agg="sum", expr=metric.expr or "increase")
    if metric.type == "gauge":
        across = metric.over_time if metric.across == "same" else metric.across
        return replace(metric, across=across, agg="sum", expr=metric.expr or "sum")
    if metric.type in BUCKETED:
        return replace(metric, agg="percentile", expr=metric.expr or BUCKETS)
    return replace(metric, agg="sum", expr=metric.expr or ("" if dataset and not dataset.histogram else BUCKETS))


def aggregated(metric: Metric) -> tuple[Metric, ...]:
    """The plain metrics that one of these is: itself, or the first over the second.

    >>> [one.expr for one in aggregated(Metric("memory", "gauge", over_time="avg", across="sum"))]
    ['sum / n', 'minute']
    """
    if metric.type in COUNTING:
        return (plainly(metric, "", "sum", metric.expr),)
    if metric.type == "gauge":
        parts = LEVELS[metric.over_time, metric.across]
        return tuple(plainly(metric, tail, agg, text) for tail, (agg, text) in zip(("", "__over"), parts, strict=False))
    return satisfaction(metric)


def satisfaction(metric: Metric) -> tuple[Metric, Metric]:
    """An Apdex as what satisfies, with half of what is tolerated, over all."""
    low, high = metric.satisfied or 0, 4 * (metric.satisfied or 0)
    if metric.expr == BUCKETS:
        each, halves = BUCKETS, f"({within(low)} + {within(high)}) / 2"
    else:
        each = "1"
        halves = f"CASE WHEN {metric.expr} <= {low!r} THEN 1.0 WHEN {metric.expr} <= {high!r} THEN 0.5 ELSE 0 END"
    counted = f"{halves} * {each}" if each != "1" else halves
    if metric.frustrated:
        counted = f"CASE WHEN {metric.frustrated} THEN 0 ELSE {counted} END"
    all_of_them = each if each != "1" else f"CASE WHEN {metric.expr} IS NOT NULL THEN 1 END"
    return plainly(metric, "", "sum", counted), plainly(metric, "__over", "sum", all_of_them)


def within(bound: float) -> str:
    """The share of a bucket that lies up to a bound, as if it were filled evenly."""
    past = f"({bound!r} - {LOWER}) / ({UPPER} - {LOWER})"
    return f"CASE WHEN {UPPER} <= {bound!r} THEN 1.0 WHEN {LOWER} >= {bound!r} THEN 0 ELSE {past} END"


def plainly(metric: Metric, tail: str, agg: str, expression: str) -> Metric:
    """One plain aggregation over the rows of a metric."""
    changed = replace(metric, type="simple", name=f"{metric.name}{tail}", agg=agg, expr=expression)
    return replace(changed, percentile=None, unit="", fill_nulls_with=None)
