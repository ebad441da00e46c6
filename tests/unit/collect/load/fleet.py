"""Points for tests: sent as requests into tables in memory, and what must come of them in plain Python."""

from __future__ import annotations

import math
import struct
from collections.abc import Iterable, Sequence

import msgspec
import numpy as np

from truenorth.collect.load.kept import Kept, Tally
from truenorth.collect.load.points import PointRows
from truenorth.collect.receive.batch import STALE, Batch, Buckets, Family, Points, Series
from truenorth.collect.spool.frame import Frame
from truenorth.store.duckdb import DuckDB
from truenorth.store.engine import Engine
from truenorth.store.tables import create

MINUTE = 60_000_000
T0 = 1_767_225_600_000_000
ENDED = struct.unpack("<d", struct.pack("<Q", STALE))[0]
Point = tuple[Series, int, int, float]
Minute = tuple[float | None, int, float, float, float]


def series(name: str = "requests", kind: str = "counter", flow: str = "cumulative", **labels: str) -> Series:
    return Series(name, kind, "", flow, msgspec.json.encode(dict(sorted(labels.items()))))


def batch(points: Sequence[Point] = (), buckets: Buckets | None = None, families: Iterable[Family] = ()) -> Batch:
    columns = Points(
        [one for one, *_ in points],
        np.array([time for _, time, _, _ in points], np.int64),
        np.array([start for _, _, start, _ in points], np.int64),
        np.array([value for *_, value in points], np.float64),
    )
    return Batch(points=columns, buckets=buckets or Buckets(), families=list(families))


class Desk:
    """Tables in memory, and the part that fills them."""

    def __init__(self, limit: int = 1_000_000, engine: Engine | None = None, empty: bool = False) -> None:
        self.engine = engine or DuckDB()
        self.limit = limit
        self.part = PointRows(limit)
        for table in PointRows.tables:
            self.engine.write(create(table))
            if empty:
                self.engine.write(f"DELETE FROM {table}")

    def restart(self) -> None:
        self.part = PointRows(self.limit)

    def send(self, *batches: Batch, source: str = "web") -> Tally:
        kept = [
            Kept(Frame(source, "otlp", "", "", "", T0, 1, b""), one, place + 1) for place, one in enumerate(batches)
        ]
        with self.engine.transaction():
            tallies = self.part.put(self.engine, kept, careful=False)
        return Tally(sum(one.read for one in tallies.values()), sum(one.loaded for one in tallies.values()))

    def points(self, *points: Point) -> Tally:
        return self.send(batch(points))

    def minutes(self) -> dict[tuple[str, int], Minute]:
        sql = (
            "SELECT labels::JSON::VARCHAR || name, epoch_us(minute), increase, n, min, max, last "
            "FROM minutes JOIN series USING (series_id)"
        )
        rows = self.engine.rows(sql)
        found = {(str(row[0]), int(str(row[1]))): row[2:] for row in rows}
        assert len(found) == len(rows), "a minute of a series stands twice"
        return found  # type: ignore[return-value]

    def samples(self) -> list[tuple[object, ...]]:
        sql = "SELECT name, epoch_us(time), value FROM samples JOIN series USING (series_id) ORDER BY 1, 2"
        return self.engine.rows(sql)


class Model:
    """The same in plain Python: the first of each point, and its minutes."""

    def __init__(self) -> None:
        self.held: dict[tuple[str, str, str], dict[tuple[int, int], tuple[int, float]]] = {}

    def points(self, points: Iterable[Point]) -> None:
        for one, time, start, value in points:
            name = (one.labels.decode() + one.name, one.kind, one.temporality)
            key = (time, start if one.temporality == "delta" else 0)
            self.held.setdefault(name, {}).setdefault(key, (start, value))

    def minutes(self) -> dict[tuple[str, int], Minute]:
        found: dict[tuple[str, int], list[tuple[float | None, float]]] = {}
        for (name, kind, flow), held in self.held.items():
            before: tuple[int, float] | None = None
            rows = [(time, start, value) for (time, _), (start, value) in held.items() if math.isfinite(value)]
            for time, start, value in sorted(rows):
                grew = grown(kind, flow, before, (time, start, value))
                found.setdefault((name, time // MINUTE * MINUTE), []).append((grew, value))
                before = (time, value)
        return {key: summed(steps) for key, steps in found.items()}


def grown(kind: str, flow: str, before: tuple[int, float] | None, now: tuple[int, int, float]) -> float | None:
    """What a series grew by from the point before to this one."""
    time, start, value = now
    if flow == "delta":
        return value
    if kind not in ("counter", "histogram", "unknown"):
        return None
    if before is None:
        return value if start and 0 < time - start <= 60 * MINUTE else 0.0
    if start and start > before[0]:
        return value if start < time else 0.0
    return value if value < before[1] else value - before[1]


def summed(steps: list[tuple[float | None, float]]) -> Minute:
    """A minute of what a series grew by, and its values in order of time."""
    values = [value for _, value in steps]
    grew = [one for one, _ in steps if one is not None]
    return (sum(grew) if grew else None, len(steps), min(values), max(values), values[-1])
