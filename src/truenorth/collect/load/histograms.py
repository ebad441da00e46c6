"""Histogram points into their table: counts as arrays, their bounds kept once each."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from truenorth.collect.load.samples import stamps
from truenorth.collect.receive.batch import Buckets, Integers
from truenorth.store.engine import Engine

TABLE = "histograms"


def joined(several: Sequence[Buckets]) -> Buckets:
    """The histogram points of several requests."""
    found = Buckets()
    for one in several:
        for name in Buckets.__struct_fields__:
            getattr(found, name).extend(getattr(one, name))
    return found


def counts(buckets: Buckets, stale: float) -> NDArray[np.float64]:
    """How many each point has counted in all, and for one that only says that its series has ended, `stale`."""
    return np.array([stale if count is None else count for count in buckets.count], np.float64)


def store(engine: Engine, buckets: Buckets, numbers: Integers, places: Integers) -> None:
    """Write down the points at these places, each under the number of its series."""
    import pyarrow as pa

    kept = places.tolist()
    known = _bounds(engine, {buckets.bounds[place] for place in kept})
    start = np.array([buckets.start[place] for place in kept], np.int64)
    columns = {
        "series_id": pa.array(numbers.astype(np.uint32)),
        "time": stamps(np.array([buckets.time[place] for place in kept], np.int64)),
        "start": stamps(start, start == 0),
        "bounds_id": pa.array([known[buckets.bounds[place]] for place in kept], pa.uint32()),
        "counts": pa.array([buckets.counts[place] for place in kept], pa.list_(pa.uint64())),
        "sum": pa.array([buckets.sum[place] for place in kept], pa.float64()),
        "count": pa.array([buckets.count[place] for place in kept], pa.uint64()),
        "min": pa.array([buckets.least[place] for place in kept], pa.float64()),
        "max": pa.array([buckets.most[place] for place in kept], pa.float64()),
    }
    with engine.lent("new_histograms", pa.table(columns)):
        engine.write(f"INSERT INTO {TABLE} BY NAME SELECT * FROM new_histograms")


def _bounds(engine: Engine, wanted: set[tuple[float, ...]]) -> dict[tuple[float, ...], int]:
    """The numbers of bounds; those not met before get the next ones."""
    import pyarrow as pa

    asked = pa.table({"bounds": pa.array(sorted(wanted), pa.list_(pa.float64()))})
    with engine.lent("asked_bounds", asked):
        engine.write(
            "INSERT INTO bounds SELECT (SELECT coalesce(max(bounds_id), 0) FROM bounds) + row_number() OVER (), bounds "
            "FROM asked_bounds ANTI JOIN bounds USING (bounds)"
        )
        rows = engine.rows("SELECT bounds, bounds_id FROM bounds SEMI JOIN asked_bounds USING (bounds)")
    return {tuple(bounds): int(str(number)) for bounds, number in rows if isinstance(bounds, list)}
