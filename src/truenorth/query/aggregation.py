"""Aggregations as SQL: how rows become one number, and how the numbers of days become that of a longer stretch.

What days keep is what loses nothing: sums add up, an average is its sum and its count, the first value is the value and
its time. Medians and percentiles keep the values themselves; distinct things keep when they were seen before.
"""

from __future__ import annotations

from collections.abc import Callable

from truenorth.define.model import Metric
from truenorth.query.dialect import Dialect, quote
from truenorth.query.leg import Pass
from truenorth.query.shape import Leaf

# What a day keeps, how days are put together, and whether a day keeps single values.
Gathering = tuple[list[str], str, bool]


def aggregate(writing: Pass, leaf: Leaf) -> str:
    """One aggregation of the rows of a leg."""
    sql = writing.expression(leaf)
    if leaf.metric.agg in ("first", "last"):
        return nearest(writing.dialect, leaf.metric.agg, sql, writing.time)
    return aggregation(writing.dialect, leaf.metric, sql)


def aggregation(dialect: Dialect, metric: Metric, sql: str) -> str:
    """A metric's aggregation of an expression, time left aside."""
    if metric.agg == "count":
        return "count(*)" if sql == "1" else f"count({sql})"
    if metric.agg == "count_distinct":
        return f"count(DISTINCT {sql})"
    if metric.agg in ("median", "percentile"):
        share = 0.5 if metric.percentile is None else metric.percentile
        return dialect.percentile(sql, share, metric.percentile_type)
    if metric.agg == "avg" and metric.unit == "currency":
        return mean_of(dialect, metric, f"sum({sql})", f"count({sql})")
    return f"{metric.agg}({sql})"


def mean_of(dialect: Dialect, metric: Metric, total: str, size: str) -> str:
    """A total over how many there are: exact where it is money."""
    if metric.unit == "currency":
        return dialect.quotient(total, size)
    return f"{dialect.as_double(total)} / NULLIF({size}, 0)"


def nearest(dialect: Dialect, agg: str, sql: str, time: str) -> str:
    """The value at the first or last time that has one; of several at that time the least or the greatest."""
    least, greatest = ("argMin", "argMax") if dialect.name == "clickhouse" else ("arg_min", "arg_max")
    known = f"FILTER (WHERE {time} IS NOT NULL AND {sql} IS NOT NULL)"
    return f"{least if agg == 'first' else greatest}({sql}, ({time}, {sql})) {known}"


def added(writing: Pass, leaf: Leaf) -> Gathering:
    """Sums and counts of days add up."""
    name = quote(leaf.name)
    return [f"{aggregate(writing, leaf)} AS {name}"], f"sum(days.{name})", False


def extreme(writing: Pass, leaf: Leaf) -> Gathering:
    """The least of the least, the greatest of the greatest."""
    name = quote(leaf.name)
    return [f"{aggregate(writing, leaf)} AS {name}"], f"{leaf.metric.agg}(days.{name})", False


def averaged(writing: Pass, leaf: Leaf) -> Gathering:
    """An average is kept as its sum and its count."""
    total, size = quote(f"{leaf.name}__sum"), quote(f"{leaf.name}__count")
    sql = writing.expression(leaf)
    whole = mean_of(writing.dialect, leaf.metric, f"sum(days.{total})", f"sum(days.{size})")
    return [f"sum({sql}) AS {total}", f"count({sql}) AS {size}"], whole, False


def placed(writing: Pass, leaf: Leaf) -> Gathering:
    """The first (last) value of a day is kept with its time."""
    name, at = quote(leaf.name), quote(f"{leaf.name}__at")
    sql, end = writing.expression(leaf), "min" if leaf.metric.agg == "first" else "max"
    parts = [
        f"{aggregate(writing, leaf)} AS {name}",
        f"{end}(CASE WHEN {sql} IS NOT NULL THEN {writing.time} END) AS {at}",
    ]
    return parts, nearest(writing.dialect, leaf.metric.agg, f"days.{name}", f"days.{at}"), False


def kept(writing: Pass, leaf: Leaf) -> Gathering:
    """Distinct things and percentiles need the values themselves."""
    name = quote(leaf.name)
    whole = aggregation(writing.dialect, leaf.metric, f"days.{name}")
    return [f"{writing.expression(leaf)} AS {name}"], whole, True


GATHERED: dict[str, Callable[[Pass, Leaf], Gathering]] = {
    "sum": added,
    "count": added,
    "min": extreme,
    "max": extreme,
    "avg": averaged,
    "first": placed,
    "last": placed,
    "count_distinct": kept,
    "median": kept,
    "percentile": kept,
}
