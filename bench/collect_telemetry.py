"""Samples and points on their way in: Prometheus remote write beside Prometheus itself, and OTLP.

2,000 series of ten labels, half of them running counts with restarts, half gauges; 500 to a request, every 15 seconds
anew, as scraped. Bodies are made beforehand. What is acknowledged lies synced in the spool; what is loaded can be
asked.
"""

from __future__ import annotations

import json
import shutil
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import cramjam
import numpy as np
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.metrics.v1.metrics_pb2 import NumberDataPoint

from bench import sender
from bench.collect import Served, served
from bench.data import FOLDER
from bench.engine import Measure
from bench.figure import Figure
from bench.peer import PeerMissing
from truenorth.collect.compact import compact
from truenorth.collect.load.kept import Kept
from truenorth.collect.load.points import PointRows
from truenorth.collect.receive.prometheus import PROMETHEUS
from truenorth.collect.spool.frame import Frame
from truenorth.serve.run import free_port
from truenorth.store.duckdb import DuckDB
from truenorth.store.tables import create

SERIES, AT_ONCE, STEPS, EVERY = 2_000, 500, 2_000, 15
DAY = 5_760
GROUPS = SERIES // AT_ONCE
COUNT = SERIES * STEPS
BARS = {"collect.remote_write_sps": 500_000.0, "collect.otlp_pps": 250_000.0, "collect.bytes_per_sample": 5.0}
REGIONS = ("eu-west-1", "us-east-1", "ap-south-1")


def labels(number: int) -> dict[str, str]:
    """The labels of a series: the metric, what is asked, and where it runs."""
    pod = number // 50
    name = f"http_requests_{number % 25}_total" if number % 2 else f"process_memory_{number % 25}_bytes"
    return {
        "__name__": name,
        "cluster": "production",
        "code": ("200", "404", "500")[number % 3],
        "handler": f"/api/v1/things/{number % 50}",
        "instance": f"10.1.{pod // 250}.{pod % 250}:9100",
        "job": "api",
        "method": ("GET", "POST")[number // 25 % 2],
        "namespace": "shop",
        "pod": f"api-{pod:05x}",
        "region": REGIONS[pod % 3],
    }


@cache
def values(several: int = SERIES, steps: int = STEPS) -> np.ndarray:
    """What each series says at each step."""
    draw = np.random.default_rng(7)
    counts = np.cumsum(draw.poisson(3.0, (several, steps)), axis=1).astype(np.float64)
    restarts = draw.integers(1, steps, several)
    after = np.arange(steps) >= restarts[:, None]
    counts -= np.where(after, counts[np.arange(several), restarts - 1][:, None], 0.0)
    walks = np.round(1000 + np.cumsum(draw.normal(0, 2, (several, steps)), axis=1), 2)
    return np.where((np.arange(several) % 2 == 1)[:, None], counts, walks)


def metadata() -> bytes:
    """What each metric is, as Prometheus says once a minute."""
    kinds = {labels(number)["__name__"]: 1 if number % 2 else 2 for number in range(100)}
    return b"".join(part(3, b"\x08" + varint(kind) + part(2, name.encode())) for name, kind in kinds.items())


def varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])


def part(number: int, raw: bytes) -> bytes:
    return varint(number << 3 | 2) + varint(len(raw)) + raw


def times(steps: int = STEPS) -> list[int]:
    """Seconds since 1970, up to now."""
    last = int(time.time())
    return [last - EVERY * (steps - step) for step in range(steps)]


def written(several: int = SERIES, steps: int = STEPS) -> list[bytes]:
    """The bodies of remote writes, packed with snappy."""
    heads = [
        b"".join(part(1, part(1, name.encode()) + part(2, text.encode())) for name, text in labels(number).items())
        for number in range(several)
    ]
    found = [bytes(cramjam.snappy.compress_raw(metadata()))]
    for step, second in enumerate(times(steps)):
        column, stamp = values(several, steps)[:, step].tolist(), b"\x10" + varint(second * 1000)
        for group in range(several // AT_ONCE):
            pieces = []
            for number in range(group * AT_ONCE, group * AT_ONCE + AT_ONCE):
                value = column[number]
                sample = (b"\x09" + struct.pack("<d", value) if value else b"") + stamp
                pieces.append(part(1, heads[number] + part(2, sample)))
            found.append(bytes(cramjam.snappy.compress_raw(b"".join(pieces))))
    return found


def exported() -> list[bytes]:
    """The bodies of OTLP exports: a resource a group, a metric for each 20 points."""
    points = []
    for number in range(SERIES):
        point = NumberDataPoint()
        for name, text in labels(number).items():
            point.attributes.add(key=name).value.string_value = text
        points.append(point.SerializeToString())
    found = []
    for step, second in enumerate(times()):
        column = values()[:, step].tolist()
        head = struct.pack("<BQBQB", 0x11, times_start(), 0x19, second * 10**9, 0x21)
        for group in range(GROUPS):
            metrics = []
            for first in range(group * AT_ONCE, group * AT_ONCE + AT_ONCE, 20):
                pieces = b"".join(
                    part(1, head + struct.pack("<d", column[number]) + points[number])
                    for number in range(first, first + 20)
                )
                name = part(1, f"requests.{first // 20}".encode()) + part(3, b"1")
                metrics.append(part(2, name + part(7, pieces + b"\x10\x02\x18\x01")))
            found.append(part(1, resource(group) + part(2, part(1, part(1, b"bench")) + b"".join(metrics))))
    return found


@cache
def times_start() -> int:
    return (int(time.time()) - EVERY * (STEPS + 1)) * 10**9


@cache
def resource(group: int) -> bytes:
    request = ExportMetricsServiceRequest()
    held = request.resource_metrics.add().resource.attributes
    for name, text in (("service.name", "shop"), ("service.instance.id", f"instance-{group}"), ("host.name", "h1")):
        held.add(key=name).value.string_value = text
    return part(1, request.resource_metrics[0].resource.SerializeToString())


def posted(file: Path, url: str) -> float:
    """How many samples a second the sender had acknowledged."""
    done = subprocess.run([sys.executable, "-m", "bench.sender", str(file), url], capture_output=True, check=True)
    said = json.loads(done.stdout)
    if said["wrong"]:
        raise RuntimeError(f"not all was acknowledged: {said['wrong'][0]}")
    return COUNT / float(said["seconds"])


def loaded(where: Served, started: float) -> float:
    """How many samples a second could be asked, from the first that was sent to the last that was loaded."""
    engine = DuckDB("warehouse.duckdb", folder=where.folder / ".truenorth")
    try:
        while True:
            found = engine.rows("SELECT count(*) FROM samples") if "samples" in engine.tables() else [(0,)]
            if found == [(COUNT,)]:
                return COUNT / (time.perf_counter() - started)
            if time.perf_counter() - started > 120:
                raise RuntimeError(f"only {found} of {COUNT} samples were loaded")
            time.sleep(0.2)
    finally:
        engine.close()


@contextmanager
def prometheus(folder: Path) -> Iterator[str]:
    """Debian's Prometheus, receiving."""
    binary = shutil.which("prometheus")
    if binary is None:
        raise PeerMissing("prometheus is not installed")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "prometheus.yml").write_text("scrape_configs: []\n", "utf-8")
    address = f"127.0.0.1:{free_port('127.0.0.1', 0)}"
    command = [
        binary,
        f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address={address}",
        "--web.enable-remote-write-receiver",
        "--log.level=error",
    ]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        try:
            for _ in range(200):
                done = subprocess.run(
                    [sys.executable, "-c", f"import urllib.request as r; r.urlopen('http://{address}/-/ready')"],
                    capture_output=True,
                )
                if done.returncode == 0:
                    break
                time.sleep(0.1)
            yield f"http://{address}/api/v1/write"
        finally:
            process.terminate()


WRITE_HEADERS = {
    "content-encoding": "snappy",
    "content-type": "application/x-protobuf",
    "user-agent": "Prometheus/2.42.0",
    "x-prometheus-remote-write-version": "0.1.0",
}


def remote_write(name: str) -> Iterator[Figure | PeerMissing]:
    """Samples acknowledged a second, beside Prometheus receiving the same; samples loaded; bytes a sample."""
    file, some = FOLDER / "written.bin", written()
    peer: float | None = None
    sender.write(file, {"headers": WRITE_HEADERS, "connections": 4, "status": 204}, some)
    try:
        with prometheus(FOLDER / "prometheus") as url:
            peer = posted(file, url)
    except PeerMissing as missing:
        yield missing
    with served() as where:
        sender.write(
            file,
            {"headers": {**WRITE_HEADERS, "authorization": f"Bearer {where.key}"}, "connections": 4, "status": 204},
            some,
        )
        started = time.perf_counter()
        rate = posted(file, f"{where.url}/api/v1/write")
        asked = loaded(where, started)
    yield Figure(name, rate, "1/s", "prometheus", peer, bar=BARS[name], bar_ratio=1.0, higher=True)
    yield Figure("collect.remote_write_loaded_sps", asked, "1/s", "prometheus", peer, higher=True)


def room(name: str) -> Iterator[Figure | PeerMissing]:
    """What a sample takes on disk once all is in order: a day of 500 series."""
    folder = FOLDER / "room"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    engine, part, now = DuckDB("room.duckdb", folder=folder), PointRows(), time.time_ns() // 1000
    for table in part.tables:
        engine.write(create(table))
    frames = [Frame("web", "prometheus", "snappy", "", "", now, AT_ONCE, body) for body in written(AT_ONCE, DAY)]
    for first in range(0, len(frames), 480):
        some = [Kept(frame, PROMETHEUS.rows(frame)) for frame in frames[first : first + 480]]
        with engine.transaction():
            part.put(engine, some, careful=False)
    compact(engine, engine.path)
    storage = "pragma_storage_info('samples')"
    [(blocks,)] = engine.rows(f"SELECT count(DISTINCT block_id) * 262144 FROM {storage} WHERE persistent")
    yield Figure(name, float(str(blocks)) / (AT_ONCE * DAY), "B", bar=BARS[name])
    engine.close()


def otlp(name: str) -> Iterator[Figure | PeerMissing]:
    """Points of OTLP acknowledged a second, and loaded."""
    file = FOLDER / "exported.bin"
    with served() as where:
        headers = {"content-type": "application/x-protobuf", "authorization": f"Bearer {where.key}"}
        sender.write(file, {"headers": headers, "connections": 4, "status": 200}, exported())
        started = time.perf_counter()
        rate = posted(file, f"{where.url}/v1/metrics")
        asked = loaded(where, started)
    yield Figure(name, rate, "1/s", bar=BARS[name], higher=True)
    yield Figure("collect.otlp_loaded_pps", asked, "1/s", higher=True)


FIGURES: dict[str, Measure] = {
    "collect.remote_write_sps": remote_write,
    "collect.otlp_pps": otlp,
    "collect.bytes_per_sample": room,
}
