"""Agents as their makers publish them: Debian's Prometheus and OpenTelemetry's SDK; every sample is found again."""

from __future__ import annotations

import json
import math
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.clients.station import Station
from truenorth.query.buckets import rows_of
from truenorth.query.histogram import told
from truenorth.serve.run import free_port

Found = dict[tuple[str, str, int], float]


@contextmanager
def prometheus(folder: Path, url: str, key: str) -> Iterator[str]:
    """A Prometheus that scrapes itself every second and writes to a collector."""
    binary = shutil.which("prometheus")
    if binary is None:
        pytest.skip("prometheus: not on the PATH")
    address = f"127.0.0.1:{free_port('127.0.0.1', 0)}"
    settings = {
        "global": {"scrape_interval": "1s", "scrape_timeout": "1s", "external_labels": {"region": "eu"}},
        "scrape_configs": [{"job_name": "self", "static_configs": [{"targets": [address]}]}],
        "remote_write": [
            {
                "url": url,
                "basic_auth": {"username": "anyone", "password": key},
                "queue_config": {"batch_send_deadline": "1s"},
                "metadata_config": {"send_interval": "1s"},
            }
        ],
    }
    (folder / "prometheus.yml").write_text(json.dumps(settings), "utf-8")
    command = [
        binary,
        f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address={address}",
        "--log.level=error",
    ]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        try:
            yield f"http://{address}"
        finally:
            process.terminate()


def asked(url: str, query: str, at: float) -> list[dict[str, Any]]:
    """What Prometheus itself says, once it answers."""
    last = time.monotonic() + 60
    while True:
        try:
            answer = httpx.get(f"{url}/api/v1/query", params={"query": query, "time": at}, timeout=60)
            found: list[dict[str, Any]] = answer.json()["data"]["result"]
            return found
        except (httpx.TransportError, json.JSONDecodeError):
            if time.monotonic() > last:
                raise
            time.sleep(0.1)


def told_by(url: str, at: float) -> Found:
    """Every sample that Prometheus has, up to a time."""
    found: Found = {}
    for series in asked(url, '{__name__!=""}[1m]', at):
        labels = {**series["metric"], "region": "eu"}
        name = labels.pop("__name__")
        for second, value in series["values"]:
            found[name, json.dumps(labels, sort_keys=True), round(float(second) * 1000)] = float(value)
    return found


def test_prometheus_writes_and_every_sample_is_found(station: Station, tmp_path: Path) -> None:
    with prometheus(tmp_path, f"{station.url}/api/v1/write", station.key) as url:
        while not asked(url, "count_over_time(up[1m]) >= 4", time.time()):
            time.sleep(0.1)
        at = time.time()
        theirs = told_by(url, at)
        last = max(stamp for _, _, stamp in theirs)
        until = time.monotonic() + 60
        while True:
            ours: Found = {
                (name, json.dumps(labels, sort_keys=True), stamp // 1000): math.nan if value is None else value
                for name, labels, stamp, value in station.samples(len(theirs))
            }
            if theirs.keys() <= ours.keys() or time.monotonic() > until:
                break
            time.sleep(0.2)
    assert len(theirs) > 500 and last > 0
    wrong = [key for key, value in theirs.items() if not same(ours.get(key), value)]
    assert wrong == []
    kinds = dict(station.rows(f"SELECT name, kind FROM series WHERE source = '{station.source}'"))
    assert kinds["go_goroutines"] == "gauge" and kinds["prometheus_http_requests_total"] == "counter"


def test_percentiles_of_its_histograms_are_those_that_prometheus_tells(station: Station, tmp_path: Path) -> None:
    asked_for = "histogram_quantile({}, sum by (le) (increase(prometheus_http_request_duration_seconds_bucket[2m])))"
    with prometheus(tmp_path, f"{station.url}/api/v1/write", station.key) as url:
        while not asked(url, "count_over_time(up[1m]) >= 3", time.time()):
            time.sleep(0.1)
        for number in range(40):
            asked(url, "sum by (__name__) ({__name__!=''})" if number % 3 else "up", time.time())
        scraped = len(asked(url, "up[1m]", time.time())[0]["values"])
        while not asked(url, f"count_over_time(up[1m]) >= {scraped + 2}", time.time()):
            time.sleep(0.1)
        at = time.time()
        theirs = {share: float(asked(url, asked_for.format(share), at)[0]["value"][1]) for share in (0.5, 0.9)}
        seen = told_by(url, at)
        while len(station.samples(len(seen))) < len(seen):
            time.sleep(0.1)
    last = int(at * 1000)
    rows = station.rows(
        f"SELECT le, above, bucket_count FROM {rows_of(station.engine, 'prometheus_http_request_duration_seconds')} "
        f"WHERE source = '{station.source}' AND minute <= make_timestamp({last * 1000})"
    )
    buckets = [(float(str(le)), float(str(above)), float(str(count))) for le, above, count in rows]
    for share, value in theirs.items():
        assert told(buckets, share) == pytest.approx(value, rel=0.05), share


def same(ours: float | None, theirs: float) -> bool:
    return ours is not None and (ours == theirs or (math.isnan(ours) and math.isnan(theirs)))


# OpenTelemetry

REGION = {"region": "eu", "tier": 2}


def measure(station: Station, url: str = "", temporality: Any = None) -> Any:
    """A provider of meters that exports to the collector."""
    from opentelemetry.exporter.otlp.proto.http import Compression
    from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
    from opentelemetry.sdk.metrics import MeterProvider
    from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
    from opentelemetry.sdk.resources import Resource

    exporter = OTLPMetricExporter(
        endpoint=f"{url or station.url}/v1/metrics",
        headers={"authorization": f"Bearer {station.key}"},
        compression=Compression.Gzip if temporality else Compression.NoCompression,
        preferred_temporality=temporality,
        timeout=60,
    )
    reader = PeriodicExportingMetricReader(exporter, export_interval_millis=3_600_000)
    return MeterProvider([reader], Resource({"service.name": "shop", "service.instance.id": station.source}))


def grown(station: Station) -> dict[str, float]:
    """What each metric of the source grew by in all."""
    sql = (
        "SELECT name, sum(increase) FROM minutes JOIN series USING (series_id) "
        f"WHERE source = '{station.source}' AND increase IS NOT NULL GROUP BY name"
    )
    return {str(name): float(str(value)) for name, value in station.rows(sql)}


def test_opentelemetry_counts_measures_and_draws_histograms(station: Station) -> None:
    provider = measure(station)
    meter = provider.get_meter("till", "1.2")
    orders, stock = meter.create_counter("orders", unit="{order}"), meter.create_up_down_counter("stock")
    heat, latency = meter.create_gauge("heat", unit="Cel"), meter.create_histogram("latency", unit="s")
    for amount in (1, 2, 3):
        orders.add(amount, REGION)
        stock.add(-amount, REGION)
    heat.set(21.5, REGION)
    for value in (0.5, 7.0, 20_000.0):
        latency.record(value, REGION)
    assert provider.force_flush()
    orders.add(4, REGION)
    assert provider.force_flush()
    provider.shutdown()

    samples = station.samples(9)
    values: dict[str, list[float | None]] = {}
    for name, labels, _, value in samples:
        values.setdefault(name, []).append(value)
        assert labels == {
            **REGION,
            "service.name": "shop",
            "service.instance.id": station.source,
            "otel.scope.name": "till",
            "otel.scope.version": "1.2",
        }
    assert values["orders"][:2] == [6.0, 10.0] and values["stock"][0] == -6.0 and values["heat"][0] == 21.5
    kinds = {
        str(row[0]): row[1:]
        for row in station.rows(f"SELECT name, kind, unit, temporality FROM series WHERE source = '{station.source}'")
    }
    assert kinds == {
        "orders": ("counter", "{order}", "cumulative"),
        "stock": ("updown", "", "cumulative"),
        "heat": ("gauge", "Cel", ""),
        "latency": ("histogram", "s", "cumulative"),
    }
    rows = station.rows(
        "SELECT counts, bounds, sum, count FROM histograms JOIN bounds USING (bounds_id) JOIN series USING (series_id) "
        f"WHERE source = '{station.source}' ORDER BY time"
    )
    counts, bounds, total, count = rows[0]
    assert isinstance(counts, list) and isinstance(bounds, list) and len(counts) == len(bounds) + 1 == 16
    assert (sum(counts), counts[-1], total, count) == (3, 1, 20_007.5, 3)
    assert grown(station) == {"orders": 10.0, "latency": 3.0}


def test_deltas_of_opentelemetry_come_to_the_same(station: Station) -> None:
    from opentelemetry.sdk.metrics import Counter, Histogram
    from opentelemetry.sdk.metrics.export import AggregationTemporality

    provider = measure(station, temporality=dict.fromkeys((Counter, Histogram), AggregationTemporality.DELTA))
    orders = provider.get_meter("till").create_counter("orders")
    for amount in (1, 2, 3):
        orders.add(amount, REGION)
        assert provider.force_flush()
    provider.shutdown()
    assert [value for *_, value in station.samples(3)] == [1.0, 2.0, 3.0]
    assert grown(station) == {"orders": 6.0}


class Busy(BaseHTTPRequestHandler):
    """Says 503 once, as a collector does that can keep nothing, and passes on what comes then."""

    answers: list[int]
    target: str

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        if not self.answers:
            self.answers.append(503)
            self.send_response(503)
            self.send_header("retry-after", "0")
            self.send_header("content-length", "0")
            self.end_headers()
            return
        passed = httpx.post(self.target + self.path, content=body, headers=dict(self.headers))
        self.answers.append(passed.status_code)
        self.send_response(passed.status_code)
        self.send_header("content-length", str(len(passed.content)))
        self.end_headers()
        self.wfile.write(passed.content)

    def log_message(self, *_: Any) -> None:
        """Nothing."""


def test_opentelemetry_sends_again_after_503_and_it_counts_once(station: Station) -> None:
    answers: list[int] = []
    handler = type("BusyOnce", (Busy,), {"answers": answers, "target": station.url})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        provider = measure(station, f"http://127.0.0.1:{server.server_port}")
        provider.get_meter("till").create_counter("orders").add(5, REGION)
        assert provider.force_flush()
        provider.shutdown()
        server.shutdown()
    assert answers[:2] == [503, 200]
    station.samples(1)
    assert grown(station) == {"orders": 5.0}


def test_a_wrong_key_is_told_and_not_tried_again(station: Station, caplog: pytest.LogCaptureFixture) -> None:
    station.key = "wrong"
    provider = measure(station)
    provider.get_meter("till").create_counter("orders").add(5)
    provider.force_flush()
    provider.shutdown()
    assert "401" in caplog.text


def test_logs_of_opentelemetry_are_events(station: Station) -> None:
    from opentelemetry._logs import LogRecord, SeverityNumber
    from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
    from opentelemetry.sdk._logs import LoggerProvider
    from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
    from opentelemetry.sdk.resources import Resource

    provider = LoggerProvider(Resource({"service.name": "shop"}))
    headers = {"authorization": f"Bearer {station.key}"}
    provider.add_log_record_processor(
        BatchLogRecordProcessor(OTLPLogExporter(endpoint=f"{station.url}/v1/logs", headers=headers))
    )
    logger = provider.get_logger("till", "1.2")
    at = time.time_ns() // 1_000_000 * 1_000_000
    attributes = {"user.id": "ann", "session.id": "s1", "lines": 3, "cart": {"sku": "A"}}
    logger.emit(LogRecord(timestamp=at, event_name="order.paid", body="thanks", attributes=attributes))
    logger.emit(LogRecord(timestamp=at + 10**9, severity_number=SeverityNumber.ERROR, severity_text="ERROR", body="no"))
    provider.shutdown()

    paid, other = station.events(2)
    assert (paid["event"], paid["user_id"], paid["session_id"], paid["dialect"]) == ("order.paid", "ann", "s1", "otlp")
    assert (
        paid["properties"].items()
        >= {"lines": 3, "cart": {"sku": "A"}, "body": "thanks", "service.name": "shop"}.items()
    )
    assert (other["event"], other["properties"]["severity"], other["properties"]["body"]) == ("log", "ERROR", "no")
