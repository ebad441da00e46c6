"""Percentiles out of the counts of buckets: of what lies below a rank, and on a line within the bucket that holds it.

As Prometheus tells them (`histogram_quantile`): nothing is known of where values lie within a bucket, so they are taken
to be spread evenly; what lies beyond the last bound is told as that bound, and below the first as that one. The buckets
of all series and minutes are added up before, never their percentiles.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import inf, isinf

from truenorth.define.model import Metric
from truenorth.query.dialect import Dialect, indented


def picked(dialect: Dialect, metric: Metric, counted: str, keys: list[str], name: str) -> str:
    """A select of one percentile a key, out of a select of keys, `bucket`, `low` and `size`."""
    part = f"PARTITION BY {', '.join(keys)} " if keys else ""
    listed = ", ".join([*keys, "bucket", "low", "size"])
    running = (
        f"SELECT {listed}, sum(size) OVER ({part}ORDER BY bucket ROWS UNBOUNDED PRECEDING) AS upto, "
        f"sum(size) OVER ({part.strip()}) AS whole\nFROM (\n{indented(counted)}\n) AS counted\nWHERE bucket IS NOT NULL"
    )
    rank = f"{metric.percentile or 0!r} * whole"
    reached = (
        f"SELECT {listed}, upto, {rank} AS wanted, row_number() OVER ({part}ORDER BY bucket) AS nth\n"
        f"FROM (\n{indented(running)}\n) AS running\nWHERE size > 0 AND upto >= {rank}"
    )
    within = "low + (bucket - low) * ((wanted - (upto - size)) / size)"
    endless, bottomless = (dialect.literal(one) for one in (inf, -inf))
    value = f"CASE WHEN bucket = {endless} THEN low WHEN low = {bottomless} THEN bucket ELSE {within} END"
    return (
        f"SELECT {', '.join([*keys, f'{value} AS {name}'])}\nFROM (\n{indented(reached)}\n) AS reached\nWHERE nth = 1"
    )


def told(buckets: Iterable[tuple[float, float, float]], share: float) -> float | None:
    """The percentile of buckets given as upper bound, lower bound and count, in any order; None over none.

    >>> told([(0.1, 0, 50), (0.5, 0.1, 40), (inf, 0.5, 10)], 0.5), told([(0.1, 0, 50), (inf, 0.1, 50)], 0.9)
    (0.1, 0.1)
    """
    counted: dict[float, tuple[float, float]] = {}
    for upper, lower, size in buckets:
        low, held = counted.get(upper, (lower, 0.0))
        counted[upper] = max(low, lower), held + size
    whole = sum(size for _, size in counted.values())
    upto = 0.0
    for upper, (low, size) in sorted(counted.items()):
        if size > 0 and upto + size >= share * whole:
            if upper == inf:
                return low
            return upper if isinf(low) else low + (upper - low) * ((share * whole - upto) / size)
        upto += size
    return None
