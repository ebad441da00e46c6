"""Percentiles out of counts per narrow bucket, at most 1 % off, whatever is put together.

A value x > 0 lies in bucket ceil(log x / log g), g = 1.01 / 0.99, and is told as 2 g^bucket / (g + 1), which is at most
1 % from every value of the bucket. Negative values have the same buckets below zero, and zero has its own. Counts of
days add up to those of longer stretches: nothing is lost on the way that was not lost at the start. What is no finite
number has no bucket.
"""

from __future__ import annotations

from math import log

from truenorth.define.model import Metric
from truenorth.query.dialect import Dialect, indented

ERROR = 0.01
GROWTH = (1 + ERROR) / (1 - ERROR)
# Above all buckets of a double (about 2^1024), so that a bucket's number tells its sign.
ZERO = 50_000
GREATEST = 1.7976931348623157e308
NOTE = "{title} is approximate: the values it lies between are each told with at most 1 % error"


def bucket(dialect: Dialect, sql: str) -> str:
    """The number of a value's bucket; greater values never have a smaller one."""
    size = f"ceil(ln(abs({dialect.as_double(sql)})) / {log(GROWTH)!r})"
    whole = dialect.cast(size, "Int64" if dialect.name == "clickhouse" else "BIGINT")
    signs = f"WHEN {sql} > 0 THEN {ZERO} + {whole} WHEN {sql} < 0 THEN -{ZERO} - {whole} WHEN {sql} = 0 THEN 0"
    return f"CASE WHEN NOT abs({dialect.as_double(sql)}) <= {GREATEST!r} THEN NULL {signs} END"


def worth(name: str) -> str:
    """The value that stands for a bucket."""
    size = f"{2 / (GROWTH + 1)!r} * pow({GROWTH!r}, abs({name}) - {ZERO})"
    return f"CASE WHEN {name} > 0 THEN {size} WHEN {name} < 0 THEN -({size}) WHEN {name} = 0 THEN 0.0 END"


def picked(metric: Metric, counted: str, keys: list[str], name: str) -> str:
    """A select of one percentile a key, out of a select of keys, `bucket` and `size`."""
    share = 0.5 if metric.percentile is None else metric.percentile
    part = f"PARTITION BY {', '.join(keys)}" if keys else ""
    listed = ", ".join([*keys, "bucket"])
    running = (
        f"SELECT {listed}, sum(size) OVER ({part} ORDER BY bucket ROWS UNBOUNDED PRECEDING) AS upto, "
        f"sum(size) OVER ({part}) AS size\nFROM (\n{indented(counted)}\n) AS counted\nWHERE bucket IS NOT NULL"
    )
    if metric.percentile_type == "discrete":
        low = high = f"greatest(size - floor(size - {share} * size), 1)"
    else:
        low, high = (f"{edge}({share} * (size - 1)) + 1" for edge in ("floor", "ceil"))
    group = f"\nGROUP BY {', '.join(keys)}" if keys else ""
    found = (
        f"SELECT {', '.join([*keys, 'max(size) AS size'])}, min(CASE WHEN upto >= {low} THEN bucket END) AS low, "
        f"min(CASE WHEN upto >= {high} THEN bucket END) AS high\nFROM (\n{indented(running)}\n) AS running{group}"
    )
    past = f"({share} * (size - 1) - floor({share} * (size - 1)))" if metric.percentile_type == "continuous" else "0"
    value = f"{worth('low')} + ({worth('high')} - {worth('low')}) * {past}"
    return f"SELECT {', '.join([*keys, f'{value} AS {name}'])}\nFROM (\n{indented(found)}\n) AS found"
