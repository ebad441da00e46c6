"""Minutes made of samples: how much each series grew in each, and between what it moved.

What a series grew from one sample to the next belongs to the minute of the later one. A running count that falls, or
says a new start, began again at zero. The first sample of a series grew by nothing, unless it says a start at most an
hour before. Deltas are what they say. Only finite numbers count; stale markers, NaN and infinities are in the samples.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from truenorth.collect.load.samples import Rows, stamps
from truenorth.collect.load.series import DELTA, PLAIN, Latest
from truenorth.collect.receive.batch import Floats
from truenorth.store.engine import Engine

TABLE = "minutes"
MINUTE = 60_000_000
# A start further back than this says little about the minute in which a series is first met.
YOUNG = 60 * MINUTE

_POINTS = """
SELECT series_id, time, value, start FROM samples WHERE isfinite(value)
UNION ALL BY NAME
SELECT series_id, time, count::DOUBLE AS value, start FROM histograms WHERE count IS NOT NULL
"""
_MAKES = (
    "CASE WHEN series.temporality = 'delta' THEN 'delta' WHEN series.kind IN ('counter', 'histogram', 'unknown') "
    "THEN 'running' END"
)
_GREW = f"""
CASE made
  WHEN 'delta' THEN value
  WHEN 'running' THEN CASE
    WHEN before IS NULL THEN CASE WHEN start < time AND time - start <= to_microseconds({YOUNG}) THEN value ELSE 0 END
    WHEN start > earlier THEN CASE WHEN start < time THEN value ELSE 0 END
    WHEN value < before THEN value
    ELSE value - before
  END
END
"""
_MADE = f"""
SELECT series_id, date_trunc('minute', time) AS minute, sum(grew) AS increase, count(*)::UINTEGER AS n,
  min(value) AS min, max(value) AS max, arg_max(value, (time, coalesce(start, make_timestamp(0)))) AS last,
  sum(value) AS sum
FROM (
  SELECT series_id, time, value, start, {_GREW} AS grew
  FROM (
    SELECT points.*, {_MAKES} AS made, lag(points.value) OVER near AS before, lag(points.time) OVER near AS earlier
    FROM ({{points}}) AS points JOIN series USING (series_id)
    WINDOW near AS (PARTITION BY points.series_id ORDER BY points.time, points.start NULLS FIRST)
  )
)
GROUP BY series_id, minute
"""


def add(engine: Engine, rows: Rows, latest: Latest) -> None:
    """Add rows that are all later than what their series said before. Rows are in order."""
    rows = rows.only(np.isfinite(rows.value))
    if not len(rows):
        return
    grew = _grew(rows, latest)
    minute = rows.time // MINUTE * MINUTE
    begins = np.ones(len(rows), np.bool_)
    begins[1:] = (rows.number[1:] != rows.number[:-1]) | (minute[1:] != minute[:-1])
    at = np.flatnonzero(begins)
    ends = np.append(at[1:], len(rows)) - 1
    plain = latest.makes[rows.number[at]] == PLAIN
    increase = np.add.reduceat(grew, at)
    goes_on = minute[at] == latest.time[rows.number[at]] // MINUTE * MINUTE
    columns: dict[str, Any] = {
        "series_id": rows.number[at].astype(np.uint32),
        "minute": minute[at],
        "increase": increase,
        "n": (ends - at + 1).astype(np.uint32),
        "min": np.minimum.reduceat(rows.value, at),
        "max": np.maximum.reduceat(rows.value, at),
        "last": rows.value[ends],
        "sum": np.add.reduceat(rows.value, at),
    }
    _write(engine, columns, plain, goes_on)


def _write(engine: Engine, columns: dict[str, Any], plain: Any, goes_on: Any) -> None:
    """New minutes are added; those that a load before began are gone on with."""
    import pyarrow as pa

    table = pa.table(
        {
            **columns,
            "minute": stamps(columns["minute"]),
            "increase": pa.array(columns["increase"], mask=plain),
            "goes_on": pa.array(goes_on),
        }
    )
    with engine.lent("new_minutes", table):
        if goes_on.any():
            low = int(columns["minute"][goes_on].min())
            engine.write(
                f"UPDATE {TABLE} AS held SET increase = held.increase + more.increase, n = held.n + more.n, "
                "min = least(held.min, more.min), max = greatest(held.max, more.max), last = more.last, "
                "sum = held.sum + more.sum "
                f"FROM (SELECT * FROM new_minutes WHERE goes_on) AS more WHERE held.minute >= make_timestamp({low}) "
                "AND held.series_id = more.series_id AND held.minute = more.minute"
            )
        names = ", ".join(columns)
        engine.write(f"INSERT INTO {TABLE} ({names}) SELECT {names} FROM new_minutes WHERE NOT goes_on")


def _grew(rows: Rows, latest: Latest) -> Floats:
    """By how much each row grew over the one before it."""
    first = rows.first
    earlier, before = np.empty(len(rows), np.int64), np.empty(len(rows), np.float64)
    earlier[1:], before[1:] = rows.time[:-1], rows.value[:-1]
    earlier[first], before[first] = latest.time[rows.number[first]], latest.value[rows.number[first]]
    unknown = np.isnan(before)
    value, start, time = rows.value, rows.start, rows.time
    grew = np.where(value < before, value, value - before)
    began = (start > earlier) & (start != 0) & ~unknown
    grew[began] = np.where(start < time, value, 0.0)[began]
    young = (start != 0) & (start < time) & (time - start <= YOUNG)
    grew[unknown] = np.where(young, value, 0.0)[unknown]
    return np.where(latest.makes[rows.number] == DELTA, value, grew)


def renew(engine: Engine, rows: Rows) -> None:
    """Make the minutes anew that rows, stored and in order, have changed: their own and the next of their series."""
    import pyarrow as pa

    ends = rows.only(rows.last)
    asked = {
        "series_id": pa.array(ends.number.astype(np.uint32)),
        "low": stamps(rows.time[rows.first]),
        "high": stamps(ends.time),
    }
    low = f"make_timestamp({int(rows.time.min())})"
    with engine.lent("asked_series", pa.table(asked)):
        engine.write(
            "CREATE OR REPLACE TEMP TABLE renewed AS SELECT asked.series_id, date_trunc('minute', any_value(low)) AS "
            "low, date_trunc('minute', coalesce(min(time) FILTER (time > high), any_value(high))) AS high FROM "
            f"asked_series AS asked LEFT JOIN ({_POINTS}) AS points ON points.series_id = asked.series_id "
            f"AND time > {low} GROUP BY asked.series_id"
        )
    _look_back(engine)
    _remake(engine)


def _look_back(engine: Engine) -> None:
    """Find the point before those that are renewed: mostly it lies close, and the whole past need not be read."""
    near = "(SELECT min(low) FROM renewed) - INTERVAL 1 HOUR"
    for within in (f"time >= {near}", f"time < {near}"):
        found = (
            f"SELECT renewed.series_id, max(time) AS since FROM renewed JOIN ({_POINTS}) AS points ON points.series_id "
            f"= renewed.series_id AND time < low AND {within}"
        )
        if within.startswith("time >="):
            engine.write(f"CREATE OR REPLACE TEMP TABLE begun AS {found} GROUP BY renewed.series_id")
        elif engine.rows("SELECT 1 FROM renewed ANTI JOIN begun USING (series_id) LIMIT 1"):
            others = "renewed.series_id NOT IN (SELECT series_id FROM begun)"
            engine.write(f"INSERT INTO begun {found} WHERE {others} GROUP BY renewed.series_id")


def _remake(engine: Engine) -> None:
    """Make the minutes of the temporary table `renewed` anew."""
    engine.write(
        f"DELETE FROM {TABLE} USING renewed WHERE {TABLE}.series_id = renewed.series_id "
        f"AND {TABLE}.minute BETWEEN renewed.low AND renewed.high"
    )
    points = (
        f"SELECT points.* FROM ({_POINTS}) AS points JOIN renewed USING (series_id) LEFT JOIN begun USING (series_id) "
        "WHERE time >= coalesce(since, low) AND time < high + INTERVAL 1 MINUTE"
    )
    made = _MADE.format(points=points)
    engine.write(
        f"INSERT INTO {TABLE} BY NAME SELECT made.* FROM ({made}) AS made JOIN renewed USING (series_id) "
        "WHERE minute BETWEEN low AND high"
    )
    engine.write("DROP TABLE begun")
    engine.write("DROP TABLE renewed")


def rebuilt() -> str:
    """The select that makes all minutes from the samples and histograms that are there."""
    return _MADE.format(points=_POINTS)


def add_sums(engine: Engine) -> None:
    """Tell the sums of minutes that were made before sums were kept."""
    engine.write(
        f"UPDATE {TABLE} SET sum = made.sum FROM ({rebuilt()}) AS made "
        f"WHERE {TABLE}.series_id = made.series_id AND {TABLE}.minute = made.minute"
    )
