"""A fleet that counts: what its services really did is what the minutes say, whatever happens on the way.

Services restart, are not heard for a while, and what they say comes twice, late and out of order: through Prometheus'
way, OTLP's running counts and OTLP's deltas, read by the very dialects. Every single thing they did is known.
"""

from __future__ import annotations

import random
from collections import Counter

import cramjam
import pytest
from msgspec import Struct
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest

from truenorth.collect.load import minutes
from truenorth.collect.load.kept import Kept
from truenorth.collect.load.points import PointRows
from truenorth.collect.receive.otlp import OTLP
from truenorth.collect.receive.prometheus import PROMETHEUS
from truenorth.collect.receive.request import Request
from truenorth.collect.receive.timeseries import WRITE
from truenorth.collect.receive.wire import message, pool
from truenorth.collect.spool.frame import Frame
from truenorth.store.duckdb import DuckDB
from truenorth.store.tables import create

T0, LONG, EVERY = 1_767_225_600, 1_800, 15
WAYS = ("prometheus", "cumulative", "delta")
SERIES = message(
    pool(
        {
            "Series": {"labels": (1, "*Label"), "samples": (2, "*Sample")},
            "Label": {"name": (1, "string"), "value": (2, "string")},
            "Sample": {"value": (1, "double"), "timestamp": (2, "int64")},
        }
    ),
    "Series",
)
Truth = Counter[tuple[str, int]]


class Said(Struct, frozen=True):
    """What a service says at a moment: since when it runs, when it spoke before, its count and what is new in it."""

    pod: str
    way: str
    start: int
    before: int
    now: int
    count: int
    new: int


def body(said: Said) -> bytes:
    """What goes over the wire."""
    if said.way == "prometheus":
        piece = SERIES()
        for name, value in (("__name__", "requests_total"), ("pod", said.pod)):
            piece.labels.add(name=name, value=value)
        piece.samples.add(value=said.count, timestamp=said.now * 1000)
        written = WRITE(timeseries=[piece.SerializeToString()]).SerializeToString()
        return bytes(cramjam.snappy.compress_raw(written))
    request = ExportMetricsServiceRequest()
    metric = request.resource_metrics.add().scope_metrics.add().metrics.add(name="requests_total")
    metric.sum.is_monotonic, metric.sum.aggregation_temporality = True, 1 if said.way == "delta" else 2
    point = metric.sum.data_points.add(time_unix_nano=said.now * 10**9)
    point.start_time_unix_nano = (said.before if said.way == "delta" else said.start) * 10**9
    point.as_int = said.new if said.way == "delta" else said.count
    point.attributes.add(key="pod").value.string_value = said.pod
    return bytes(request.SerializeToString())


def service(draw: random.Random, number: int, truth: Truth) -> list[Said]:
    """The life of a service: it does things, and says so now and then; what it did is counted in `truth` by the minute
    in which it is first said."""
    pod, way = f"pod-{number}", WAYS[number % 3]
    found, start = [], T0 + number % EVERY
    before, count, new = start, 0, 0
    for now in range(start, T0 + LONG, EVERY):
        if now > start:
            new += draw.randrange(4)
        restarts, begins = draw.random() < 0.04 and now > start, now == start
        # Who stops in good order says its last; it is the silent moments between that are lost on the way.
        if restarts or begins or draw.random() < 0.8:
            count += new
            # OTLP's first point is one that already counted; Prometheus finds a fresh service at zero.
            if way == "prometheus" or not begins:
                found.append(Said(pod, way, start, before, now, count, new))
                truth[pod, now // 60 * 60] += new
                before, new = now, 0
        if restarts:
            start, count, new = now + EVERY, 0, 0
            before = start
    return found


def arrived(draw: random.Random, told: list[Said]) -> list[Said]:
    """The order in which it comes: mostly as it was said, some later, some twice."""
    keyed = [(one.now + (draw.randrange(600) if draw.random() < 0.1 else 0), draw.random(), one) for one in told]
    twice = [(one.now + draw.randrange(300), draw.random(), one) for one in told if draw.random() < 0.1]
    return [one for *_, one in sorted(keyed + twice, key=lambda one: one[:2])]


def received(said: Said) -> Kept:
    """As a dialect reads it."""
    raw, dialect = body(said), PROMETHEUS if said.way == "prometheus" else OTLP
    path = "/api/v1/write" if said.way == "prometheus" else "/v1/metrics"
    now = (T0 + 2 * LONG) * 1_000_000
    taken = dialect.receive(Request("POST", path, "", {}, raw, now))
    assert taken.count == 1 and taken.reply.status in (200, 204)
    frame = Frame("servers", dialect.name, taken.form, path, "", now, 1, taken.body)
    return Kept(frame, dialect.rows(frame))


@pytest.mark.parametrize("seed", range(3))
def test_what_a_fleet_did_is_what_the_minutes_say(seed: int) -> None:
    draw, truth = random.Random(seed), Counter[tuple[str, int]]()
    told = [one for number in range(12) for one in service(draw, number, truth)]
    coming = arrived(draw, told)
    engine, part = DuckDB(), PointRows()
    for table in part.tables:
        engine.write(create(table))
    while coming:
        size = draw.randrange(1, 200)
        some, coming = coming[:size], coming[size:]
        with engine.transaction():
            part.put(engine, [received(one) for one in some], careful=False)
        if draw.random() < 0.3:
            part = PointRows()

    found = {
        (str(pod), int(str(minute))): float(str(increase))
        for pod, minute, increase in engine.rows(
            "SELECT labels.pod::VARCHAR, epoch(minute)::BIGINT, increase FROM minutes JOIN series USING (series_id)"
        )
    }
    assert len(found) > 300
    assert {key: grew for key, grew in found.items() if grew} == {key: float(did) for key, did in truth.items() if did}
    assert engine.rows("SELECT count(*) FROM samples") == [(len(told),)]
    assert sorted(engine.rows(minutes.rebuilt())) == sorted(engine.rows("SELECT * FROM minutes"))
