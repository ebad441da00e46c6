"""Points once each: those that came before are found, in the same load or in the tables, and the rest is stored."""

from __future__ import annotations

from typing import Any

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from truenorth.collect.load.series import DELTA, Latest
from truenorth.collect.receive.batch import STALE, Floats, Integers
from truenorth.store.engine import Engine

TABLE = "samples"


class Rows(Struct, frozen=True):
    """Points as columns; `place` is where each stood in its load."""

    number: Integers
    time: Integers
    start: Integers
    value: Floats
    place: Integers

    def __len__(self) -> int:
        return len(self.number)

    def only(self, kept: NDArray[Any]) -> Rows:
        """Some of them, by a mask or by positions."""
        return Rows(self.number[kept], self.time[kept], self.start[kept], self.value[kept], self.place[kept])

    def in_order(self, delta: NDArray[np.bool_]) -> Rows:
        """By series and time, deltas also by start; what came first before what came later."""
        if delta.any():
            return self.only(np.lexsort((np.where(delta, self.start, 0), self.time, self.number)))
        return self.only(np.lexsort((self.time, self.number)))

    @property
    def first(self) -> NDArray[np.bool_]:
        """Which are the first of their series, when in order."""
        first = np.ones(len(self), np.bool_)
        first[1:] = self.number[1:] != self.number[:-1]
        return first

    @property
    def last(self) -> NDArray[np.bool_]:
        """Which are the last of their series, when in order."""
        last = np.ones(len(self), np.bool_)
        last[:-1] = self.number[1:] != self.number[:-1]
        return last


class Sifted(Struct, frozen=True):
    """What is new of rows in order; `late` which of those come before what their series said last; `differing` the
    places of those that came before with another value."""

    rows: Rows
    late: NDArray[np.bool_]
    differing: Integers


def sifted(engine: Engine, rows: Rows, latest: Latest, table: str = TABLE, measure: str = "value") -> Sifted:
    """What of rows in order is new: another time of the series, or of deltas another start."""
    delta = latest.makes[rows.number] == DELTA
    again = np.zeros(len(rows), np.bool_)
    same_start = (rows.start[1:] == rows.start[:-1]) | ~delta[1:]
    again[1:] = (rows.number[1:] == rows.number[:-1]) & (rows.time[1:] == rows.time[:-1]) & same_start
    differs = np.zeros(len(rows), np.bool_)
    if again.any():
        runs = np.maximum.accumulate(np.where(again, 0, np.arange(len(rows))))
        bits = rows.value.view(np.int64)
        differs = again & (bits != bits[runs])
    late = ~again & (rows.time <= latest.seen[rows.number])
    if late.any():
        for place, same in _there(engine, rows, np.flatnonzero(late), delta, (table, measure)):
            again[place] = True
            differs[place] = not same
    return Sifted(rows.only(~again), late[~again], rows.place[differs])


def _there(
    engine: Engine, rows: Rows, places: Integers, delta: NDArray[np.bool_], where: tuple[str, str]
) -> list[tuple[int, bool]]:
    """Which of some rows are in the table, and whether with the same value."""
    import pyarrow as pa

    some, (table, measure) = rows.only(places), where
    asked = {
        "position": pa.array(places),
        "series_id": pa.array(some.number.astype(np.uint32)),
        "time": stamps(some.time),
        "start": stamps(some.start, ~delta[places]),
        "value": pa.array(some.value, mask=stale(some.value)),
    }
    low, high = (f"make_timestamp({int(time)})" for time in (some.time.min(), some.time.max()))
    with engine.lent("asked_points", pa.table(asked)):
        found = engine.rows(
            f"SELECT position, bool_or(held.{measure}::DOUBLE IS NOT DISTINCT FROM asked.value) FROM asked_points AS "
            f"asked JOIN (SELECT * FROM {table} WHERE time BETWEEN {low} AND {high}) AS held ON held.series_id = "
            "asked.series_id AND held.time = asked.time AND (asked.start IS NULL OR coalesce(held.start, "
            "make_timestamp(0)) = asked.start) GROUP BY position"
        )
    return [(int(str(place)), bool(same)) for place, same in found]


def store(engine: Engine, rows: Rows) -> None:
    """Write samples down: a stale marker as NULL, a start only where one was said."""
    import pyarrow as pa

    columns = {
        "series_id": pa.array(rows.number.astype(np.uint32)),
        "time": stamps(rows.time),
        "value": pa.array(rows.value, mask=stale(rows.value)),
        "start": stamps(rows.start, rows.start == 0),
    }
    with engine.lent("new_samples", pa.table(columns)):
        engine.write(f"INSERT INTO {TABLE} (series_id, time, value, start) SELECT * FROM new_samples")


def remember(latest: Latest, rows: Rows) -> None:
    """Note what each series of these rows, in order, said last."""
    ends = rows.only(rows.last)
    latest.seen[ends.number] = np.maximum(latest.seen[ends.number], ends.time)
    finite = rows.only(np.isfinite(rows.value))
    ends = finite.only(finite.last)
    newer = ends.only(ends.time >= latest.time[ends.number])
    latest.time[newer.number] = newer.time
    latest.value[newer.number] = newer.value


def stale(values: Floats) -> NDArray[np.bool_]:
    """Which values are stale markers, told from other NaN by their bits."""
    found: NDArray[np.bool_] = values.view(np.uint64) == np.uint64(STALE)
    return found


def stamps(times: Integers, missing: NDArray[np.bool_] | None = None) -> Any:
    """Times as an Arrow column, NULL where they are missing."""
    import pyarrow as pa

    return pa.array(times.view("datetime64[us]"), mask=missing)
