"""A panel of a dashboard: the rate of a thousand counters by job, minute by minute over 23 hours, beside Prometheus.

Both hold the same samples, one every 15 seconds. Ours are asked from the minutes that are made of them as they come in.
"""

from __future__ import annotations

import json
import shutil
import struct
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from urllib.parse import urlencode
from urllib.request import urlopen

import cramjam
import msgspec
import numpy as np

from bench import sender
from bench.collect_telemetry import EVERY, WRITE_HEADERS, part, posted, prometheus, varint
from bench.data import FOLDER
from bench.engine import Measure, forget, runner
from bench.figure import Figure, median_seconds
from bench.peer import PeerMissing
from truenorth.collect.load.kept import Kept
from truenorth.collect.load.points import PointRows
from truenorth.collect.receive.batch import Batch, Points, Series
from truenorth.collect.spool.frame import Frame
from truenorth.query.request import MetricQuery
from truenorth.store.duckdb import DuckDB
from truenorth.store.tables import create

SERIES, AT_ONCE, HOURS, JOBS = 1_000, 500, 23, 10
STEPS = HOURS * 3600 // EVERY
BARS = {"operational.range_1000_series_s": 0.05}
NAME = "http_requests_total"
DEFINITIONS = f"""
version: 1
metrics:
  - {{name: throughput, type: rate, series: {NAME}}}
"""


def labels(number: int) -> dict[str, str]:
    """The labels of a series."""
    return {"handler": f"/api/{number % 50}", "instance": f"10.0.0.{number // 10}:9100", "job": f"job-{number % JOBS}"}


def values() -> np.ndarray:
    """What each series says at each step; each begins anew once."""
    draw = np.random.default_rng(11)
    counts = np.cumsum(draw.poisson(3.0, (SERIES, STEPS)), axis=1).astype(np.float64)
    restarts = draw.integers(1, STEPS, SERIES)
    after = np.arange(STEPS) >= restarts[:, None]
    return counts - np.where(after, counts[np.arange(SERIES), restarts - 1][:, None], 0.0)


def start() -> int:
    """Seconds since 1970 of the first sample, at a full minute."""
    return int(time.time()) // 60 * 60 - HOURS * 3600


def bodies(began: int, held: np.ndarray) -> list[bytes]:
    """The bodies of remote writes."""
    heads = [
        b"".join(
            part(1, part(1, name.encode()) + part(2, text.encode()))
            for name, text in {"__name__": NAME, **labels(number)}.items()
        )
        for number in range(SERIES)
    ]
    found = []
    for step in range(STEPS):
        column, stamp = held[:, step].tolist(), b"\x10" + varint((began + step * EVERY) * 1000)
        for group in range(0, SERIES, AT_ONCE):
            pieces = [
                part(1, heads[number] + part(2, b"\x09" + struct.pack("<d", column[number]) + stamp))
                for number in range(group, group + AT_ONCE)
            ]
            found.append(bytes(cramjam.snappy.compress_raw(b"".join(pieces))))
    return found


def held_by_us(began: int, held: np.ndarray) -> Path:
    """A workspace that has loaded the samples, ten minutes at a time as they come."""
    folder = FOLDER / "panel"
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "metrics").mkdir(parents=True)
    (folder / ".truenorth").mkdir()
    (folder / "truenorth.yml").write_text("version: 1\nname: Bench\n", "utf-8")
    (folder / "metrics" / "panel.yml").write_text(DEFINITIONS, "utf-8")
    engine, rows = DuckDB("warehouse.duckdb", folder=folder / ".truenorth"), PointRows()
    for table in rows.tables:
        engine.write(create(table))
    series = [Series(NAME, "counter", "", "cumulative", msgspec.json.encode(labels(one))) for one in range(SERIES)]
    size = 600 // EVERY
    for first in range(0, STEPS, size):
        steps = range(first, min(first + size, STEPS))
        times = np.repeat([(began + step * EVERY) * 1_000_000 for step in steps], SERIES)
        points = Points(series * len(steps), times, np.zeros(len(times), np.int64), held[:, list(steps)].T.ravel())
        frame = Frame("web", "prometheus", "snappy", "", "", int(times[-1]), len(times), b"", ())
        with engine.transaction():
            rows.put(engine, [Kept(frame, Batch(points=points))], careful=False)
    engine.close()
    return folder


def panel(name: str) -> Iterator[Figure | PeerMissing]:
    """The panel, asked again and again of each."""
    began, held = start(), values()
    asked = runner(held_by_us(began, held))
    first = datetime.fromtimestamp(began, UTC).replace(tzinfo=None)
    last = first + timedelta(hours=HOURS)
    span = f"{first:%Y-%m-%dT%H:%M:%S}..{last:%Y-%m-%dT%H:%M:%S}"
    query = MetricQuery(("throughput",), by=("job",), grain="minute", range=span, timezone="UTC")

    def ask() -> None:
        forget(asked)
        answer = asked.ask(query, last)
        assert len(answer.table.rows) == HOURS * 60 * JOBS

    peer: float | None = None
    try:
        with prometheus(FOLDER / "prometheus") as url:
            file = FOLDER / "panel.bin"
            some = bodies(began, held)
            sender.write(file, {"headers": WRITE_HEADERS, "connections": 1, "status": 204}, some)
            posted(file, url)
            peer = asked_of(url.removesuffix("/write"), began)
    except PeerMissing as missing:
        yield missing
    yield Figure(name, median_seconds(ask, 7, 2), "s", "prometheus", peer, bar=BARS[name])


def asked_of(url: str, began: int) -> float:
    """How long Prometheus takes for the same panel, the middle one of seven times."""
    words = {
        "query": f"sum by (job) (rate({NAME}[1m]))",
        "start": began + 60,
        "end": began + HOURS * 3600,
        "step": 60,
    }
    took = []
    for _ in range(8):
        started = time.perf_counter()
        with urlopen(f"{url}/query_range?{urlencode(words)}") as answer:
            found = json.load(answer)["data"]["result"]
        took.append(time.perf_counter() - started)
        assert len(found) == JOBS
    return median(took[1:])


FIGURES: dict[str, Measure] = {"operational.range_1000_series_s": panel}
