"""OTLP: every point as it was sent, as protobuf and as JSON, and honest answers in the client's own type."""

from __future__ import annotations

import gzip
import json
import math
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from google.protobuf.json_format import MessageToDict
from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest, ExportLogsServiceResponse
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
    ExportMetricsServiceResponse,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.metrics.v1.metrics_pb2 import ExponentialHistogramDataPoint

from truenorth.collect.receive import otlp
from truenorth.collect.receive.batch import STALE, Batch
from truenorth.collect.receive.otlp import OTLP
from truenorth.collect.receive.otlp_attributes import labels
from truenorth.collect.receive.otlp_buckets import spread
from truenorth.collect.receive.otlp_json import transcribed
from truenorth.collect.receive.request import Received, Request
from truenorth.collect.receive.wire import DecodeError
from truenorth.collect.spool.frame import Frame

NOW = 1_767_225_600_000_000
NANO = NOW * 1000
START = NANO - 60_000_000_000


def put(attributes: Any, **values: Any) -> None:
    for name, value in values.items():
        held = attributes.add(key=name.replace("__", ".")).value
        if isinstance(value, bool):
            held.bool_value = value
        elif isinstance(value, int):
            held.int_value = value
        elif isinstance(value, float):
            held.double_value = value
        elif isinstance(value, bytes):
            held.bytes_value = value
        elif isinstance(value, list):
            for one in value:
                held.array_value.values.add(string_value=one)
        else:
            held.string_value = value


def request(*metrics: dict[str, Any]) -> ExportMetricsServiceRequest:
    made = ExportMetricsServiceRequest()
    above = made.resource_metrics.add()
    put(above.resource.attributes, service__name="shop", host="h1")
    below = above.scope_metrics.add()
    below.scope.name, below.scope.version = "lib", "1"
    for one in metrics:
        below.metrics.add(**one)
    return made


def asked(body: bytes, path: str = "/v1/metrics", kind: str = "application/x-protobuf", **headers: str) -> Request:
    return Request("POST", path, "", {"content-type": kind, **headers}, body, NOW)


def rows(received: Received, path: str = "/v1/metrics") -> Batch:
    return OTLP.rows(Frame("web", "otlp", received.form, path, "", NOW, received.count, received.body))


def sent(*metrics: dict[str, Any]) -> tuple[Received, Batch]:
    received = OTLP.receive(asked(request(*metrics).SerializeToString()))
    return received, rows(received)


def counter(*points: dict[str, Any], name: str = "requests", temporality: int = 2, up: bool = True) -> dict[str, Any]:
    held = {"data_points": list(points), "aggregation_temporality": temporality, "is_monotonic": up}
    return {"name": name, "unit": "1", "sum": held}


def point(value: float = 1.0, **more: Any) -> dict[str, Any]:
    held = {"as_int": value} if isinstance(value, int) else {"as_double": value}
    return {"time_unix_nano": NANO, "start_time_unix_nano": START, **held, **more}


def attribute(name: str, text: str) -> dict[str, Any]:
    return {"key": name, "value": {"string_value": text}}


def test_a_counter_point_has_everything_above_it_as_labels() -> None:
    received, batch = sent(counter(point(7, attributes=[attribute("route", "/")])))
    assert (received.reply.status, received.reply.body, received.count) == (200, b"", 1)
    [one] = batch.points.series
    assert (one.name, one.kind, one.unit, one.temporality) == ("requests", "counter", "1", "cumulative")
    assert json.loads(one.labels) == {
        "host": "h1",
        "otel.scope.name": "lib",
        "otel.scope.version": "1",
        "route": "/",
        "service.name": "shop",
    }
    points = batch.points
    assert (points.time.tolist(), points.start.tolist(), points.value.tolist()) == ([NOW], [START // 1000], [7.0])


@pytest.mark.parametrize(
    ("metric", "kind", "temporality"),
    [
        ({"name": "g", "gauge": {"data_points": [point(1.5)]}}, "gauge", ""),
        (counter(point(), temporality=1), "counter", "delta"),
        (counter(point(), up=False), "updown", "cumulative"),
    ],
)
def test_kinds_and_temporality(metric: dict[str, Any], kind: str, temporality: str) -> None:
    _, batch = sent(metric)
    [one] = batch.points.series
    assert (one.kind, one.temporality) == (kind, temporality)


def test_whole_and_real_numbers_with_and_without_a_start_and_attributes() -> None:
    plain = {"time_unix_nano": NANO}
    points = [
        point(3),
        point(2.5, attributes=[attribute("a", "1")]),
        {**plain, "as_int": -4, "attributes": [attribute("a", "2")]},
        {**plain, "as_double": 0.0, "attributes": [attribute("a", "3")]},
        {**plain, "as_double": math.inf, "attributes": [attribute("a", "4")]},
        {**plain, "as_int": 2**62, "attributes": [attribute("a", "5")]},
    ]
    received, batch = sent({"name": "g", "gauge": {"data_points": points}})
    assert received.count == 6
    assert batch.points.value.tolist() == [3.0, 2.5, -4.0, 0.0, math.inf, float(2**62)]
    assert batch.points.start.tolist() == [START // 1000] * 2 + [0] * 4
    assert [json.loads(one.labels).get("a") for one in batch.points.series] == [None, "1", "2", "3", "4", "5"]


def test_a_series_is_the_same_object_each_time() -> None:
    exemplar = {"time_unix_nano": NANO, "as_int": 1, "span_id": b"12345678"}
    _, first = sent(counter(point(1, attributes=[attribute("same", "yes")])))
    _, second = sent(counter(point(2, attributes=[attribute("same", "yes")], exemplars=[exemplar])))
    assert first.points.series[0] is second.points.series[0]
    assert second.points.value.tolist() == [2.0]


def test_no_recorded_value_is_a_stale_marker() -> None:
    _, batch = sent(counter({"time_unix_nano": NANO, "flags": 1, "attributes": [attribute("a", "b")]}))
    assert batch.points.value.view(np.uint64).tolist() == [STALE]


def test_names_that_collide_stay_apart() -> None:
    assert json.loads(labels({"a": 1, "b": 2}, {"a": 3, "b": 2}, {"a": 4})) == {
        "a": 4,
        "b": 2,
        "scope.a": 3,
        "resource.a": 1,
    }


def test_attributes_of_every_type_are_labels() -> None:
    made = request(counter(point()))
    put(
        made.resource_metrics[0].scope_metrics[0].metrics[0].sum.data_points[0].attributes,
        whole=1, real=1.5, truth=True, raw=b"\x00\x01", several=["a", "b"], text="é", none=math.nan,
    )  # fmt: skip
    batch = rows(OTLP.receive(asked(made.SerializeToString())))
    found = json.loads(batch.points.series[0].labels)
    assert {name: found[name] for name in ("whole", "real", "truth", "raw", "several", "text", "none")} == {
        "whole": 1, "real": 1.5, "truth": True, "raw": "AAE=", "several": ["a", "b"], "text": "é", "none": "nan",
    }  # fmt: skip


def histogram(**more: Any) -> dict[str, Any]:
    held = {"time_unix_nano": NANO, "start_time_unix_nano": START, "count": 6, "sum": 9.5, **more}
    return {"name": "h", "histogram": {"data_points": [held], "aggregation_temporality": 2}}


def test_a_histogram_keeps_bounds_and_counts() -> None:
    received, batch = sent(histogram(bucket_counts=[1, 2, 3], explicit_bounds=[0.1, 1.0]))
    assert received.count == 1
    buckets = batch.buckets
    assert (buckets.bounds, buckets.counts, buckets.sum, buckets.count) == ([(0.1, 1.0)], [(1, 2, 3)], [9.5], [6])
    assert (buckets.time, buckets.start, buckets.series[0].kind) == ([NOW], [START // 1000], "histogram")


def test_histograms_without_buckets_without_a_sum_or_with_an_endless_bound() -> None:
    made = histogram()
    del made["histogram"]["data_points"][0]["sum"]
    _, batch = sent(made, histogram(bucket_counts=[1, 2, 3, 0], explicit_bounds=[0.1, 1.0, math.inf]))
    assert batch.buckets.bounds == [(), (0.1, 1.0)] and batch.buckets.counts == [(6,), (1, 2, 3)]
    assert batch.buckets.sum == [None, 9.5]


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"bucket_counts": [1], "explicit_bounds": [1.0]}, "1 bounds with 1 counts"),
        ({"bucket_counts": [1, 2, 3], "explicit_bounds": [1.0, 1.0]}, "do not rise"),
        ({"bucket_counts": [1, 2], "explicit_bounds": [math.nan]}, "do not rise"),
    ],
)
def test_a_histogram_that_makes_no_sense_is_refused(more: dict[str, Any], why: str) -> None:
    received, batch = sent(histogram(**more), counter(point()))
    answer = ExportMetricsServiceResponse.FromString(received.reply.body)
    assert received.reply.status == 200 and received.count == 1
    assert answer.partial_success.rejected_data_points == 1 and why in answer.partial_success.error_message
    [refused] = batch.refused
    again = OTLP.rows(Frame("web", "otlp", "protobuf", "/v1/metrics", "", NOW, 0, refused.raw))
    assert [one.reason for one in again.refused] == [refused.reason]


def test_the_least_and_the_greatest_value_are_kept_where_they_are_said() -> None:
    _, batch = sent(histogram(min=0.25, max=4.0), histogram())
    assert (batch.buckets.least, batch.buckets.most) == ([0.25, None], [4.0, None])


def exponential(**more: Any) -> ExponentialHistogramDataPoint:
    return ExponentialHistogramDataPoint(time_unix_nano=NANO, **more)


def test_exponential_buckets_become_exact_bounds() -> None:
    made = exponential(
        scale=0,
        zero_count=2,
        positive={"offset": 0, "bucket_counts": [3, 0, 4]},
        negative={"offset": 1, "bucket_counts": [5]},
    )
    # (1, 2] 3, (2, 4] 0, (4, 8] 4; [-4, -2) 5; zero 2.
    assert spread(made) == ((-4.0, -2.0, 0.0, 1.0, 2.0, 4.0, 8.0), (0, 5, 2, 0, 3, 0, 4, 0))
    finer = exponential(scale=1, positive={"offset": -1, "bucket_counts": [1, 1]})
    assert spread(finer) == ((0.0, 2**-0.5, 1.0, 2**0.5), (0, 0, 1, 1, 0))
    wide = exponential(scale=0, zero_count=1, zero_threshold=3.0, positive={"offset": 0, "bucket_counts": [0, 0, 2]})
    assert spread(wide) == ((3.0, 4.0, 8.0), (1, 0, 2, 0))


@given(
    st.integers(-4, 8),
    st.integers(-50, 50),
    st.lists(st.integers(0, 9), max_size=12),
    st.integers(-50, 50),
    st.lists(st.integers(0, 9), max_size=12),
)
@settings(max_examples=100, deadline=None)
def test_no_count_is_lost_between_exponential_buckets(
    scale: int, offset: int, counts: list[int], under: int, below: list[int]
) -> None:
    made = exponential(
        scale=scale, zero_count=1,
        positive={"offset": offset, "bucket_counts": counts}, negative={"offset": under, "bucket_counts": below},
    )  # fmt: skip
    bounds, found = spread(made)
    assert sum(found) == 1 + sum(counts) + sum(below) and len(found) == len(bounds) + 1
    assert all(low < high for low, high in pairwise(bounds))


def test_an_exponential_histogram_beyond_all_numbers_is_refused() -> None:
    for more in (
        {"scale": 90},
        {"positive": {"offset": 2**31 - 5, "bucket_counts": [1]}},
        {"zero_threshold": math.nan},
    ):
        made = request({"name": "e", "exponential_histogram": {"aggregation_temporality": 2}})
        made.resource_metrics[0].scope_metrics[0].metrics[0].exponential_histogram.data_points.append(
            exponential(**more)
        )
        received = OTLP.receive(asked(made.SerializeToString()))
        assert received.count == 0 and received.reply.body


def test_a_summary_is_series_of_quantiles_and_two_counters() -> None:
    quantiles = [{"quantile": 0.5, "value": 1.5}, {"quantile": 0.99, "value": 9.0}]
    held = {"time_unix_nano": NANO, "start_time_unix_nano": START, "count": 4, "sum": 8.0, "quantile_values": quantiles}
    received, batch = sent({"name": "s", "summary": {"data_points": [held]}})
    found = {
        (one.name, one.kind, one.temporality, json.loads(one.labels).get("quantile")): value
        for one, value in zip(batch.points.series, batch.points.value.tolist(), strict=True)
    }
    assert found == {
        ("s_sum", "counter", "cumulative", None): 8.0,
        ("s_count", "counter", "cumulative", None): 4.0,
        ("s", "gauge", "", "0.5"): 1.5,
        ("s", "gauge", "", "0.99"): 9.0,
    }
    assert received.reply.status == 200


@pytest.mark.parametrize(
    ("metric", "why"),
    [
        (counter(point(time_unix_nano=0)), "no time"),
        (counter(point(time_unix_nano=10_000_000)), "1970-01-01"),
        (counter(point(time_unix_nano=2**64 - 1)), "2554-07-21"),
        (counter({"time_unix_nano": NANO}), "without a value"),
        (counter(point(), temporality=0), "no temporality"),
        (counter(point(), name=""), "without a name"),
    ],
)
def test_refused_points_are_counted_and_said(metric: dict[str, Any], why: str) -> None:
    received, batch = sent(metric, counter(point(), name="good"))
    partial = ExportMetricsServiceResponse.FromString(received.reply.body).partial_success
    assert (partial.rejected_data_points, received.count, len(batch.points.series)) == (1, 1, 1)
    assert why in partial.error_message and why in batch.refused[0].reason
    assert batch.refused[0].code == ("E_POINT_TIME" if " time " in batch.refused[0].reason else "E_POINT_UNREADABLE")


def test_zipped_bodies_are_read() -> None:
    body = request(counter(point())).SerializeToString()
    assert OTLP.receive(asked(gzip.compress(body))).count == 1
    assert OTLP.receive(asked(gzip.compress(body)[:-9])).reply.status == 400


def test_more_than_there_is_room_for_is_413(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = gzip.compress(bytes(65 << 20), 1)
    assert OTLP.receive(asked(bomb)).reply.status == 413
    monkeypatch.setattr(otlp, "_ROOM", 10)
    assert OTLP.receive(asked(request(counter(point())).SerializeToString())).reply.status == 413


@pytest.mark.parametrize("kind", ["application/x-protobuf", "application/json"])
def test_an_error_is_a_status_in_the_clients_type(kind: str) -> None:
    reply = OTLP.receive(asked(b"{" if "json" in kind else b"\xff\xff", kind=kind)).reply
    assert reply.status == 400 and ("content-type", kind) in reply.headers
    assert (b'"code":3' in reply.body) == ("json" in kind)


@pytest.mark.parametrize("status", [401, 429, 503])
def test_denials_say_when_to_come_again(status: int) -> None:
    reply = OTLP.denied(asked(b""), status, "words")
    assert reply.status == status and b"words" in reply.body
    assert (("retry-after", "5") in reply.headers) == (status != 401)


@pytest.mark.parametrize("path", ["/v1/metrics", "/v1/logs", "/v1/traces"])
def test_an_empty_request_is_well(path: str) -> None:
    received = OTLP.receive(asked(b"", path))
    assert (received.reply.status, received.reply.body, received.body) == (200, b"", b"")
    received = OTLP.receive(asked(b"{}", path, "application/json"))
    assert (received.reply.status, received.reply.body, received.body) == (200, b"{}", b"")


def test_spans_are_refused_calmly() -> None:
    made = ExportTraceServiceRequest()
    made.resource_spans.add().scope_spans.add().spans.add(name="a")
    received = OTLP.receive(asked(made.SerializeToString(), "/v1/traces"))
    partial = ExportTraceServiceResponse.FromString(received.reply.body).partial_success
    assert (received.reply.status, received.body, partial.rejected_spans) == (200, b"", 1)
    assert "no traces" in partial.error_message


def test_its_paths_are_known_and_others_told() -> None:
    for path in ("/v1/metrics", "/v1/logs", "/v1/traces", "/api/v1/otlp/v1/metrics", "/ingest/otlp/v1/metrics"):
        assert OTLP.takes(asked(b"", path))
    assert not OTLP.takes(asked(b"", "/v1/events"))
    assert OTLP.receive(asked(b"", "/v1/other")).reply.status == 404
    assert OTLP.receive(Request("GET", "/v1/metrics", "", {}, b"", NOW)).reply.status == 405


# JSON


def as_json(message: Any) -> bytes:
    return json.dumps(MessageToDict(message, use_integers_for_enums=True)).encode()


def test_json_is_read_like_protobuf() -> None:
    made = request(
        counter(point(7, attributes=[attribute("a", "b")])),
        {"name": "g", "gauge": {"data_points": [point(0.5), point(math.nan, attributes=[attribute("n", "n")])]}},
        histogram(bucket_counts=[1, 2, 3], explicit_bounds=[0.1, 1.0]),
    )
    received = OTLP.receive(asked(as_json(made), kind="application/json"))
    assert (received.reply.status, received.reply.body, received.count) == (200, b"{}", 4)
    one, other = rows(received), rows(OTLP.receive(asked(made.SerializeToString())))
    assert one.points.value.tobytes() == other.points.value.tobytes()
    assert one.points.series == other.points.series and one.buckets == other.buckets


def test_json_may_name_enumerations() -> None:
    made = request(counter(point(7), temporality=1))
    body = json.dumps(MessageToDict(made)).encode()
    assert b"AGGREGATION_TEMPORALITY_DELTA" in body
    [one] = rows(OTLP.receive(asked(body, kind="application/json"))).points.series
    assert one.temporality == "delta"


def test_json_says_what_was_refused() -> None:
    made = request(counter(point(time_unix_nano=0)))
    told = json.loads(OTLP.receive(asked(as_json(made), kind="application/json")).reply.body)
    assert told == {
        "partialSuccess": {"rejectedDataPoints": "1", "errorMessage": "requests: the time of a point is no time"}
    }


def test_json_numbers_as_texts_ids_in_hexadecimal_and_unknown_fields() -> None:
    record = {
        "timeUnixNano": str(NANO), "eventName": "paid", "traceId": "5b8efff798038103d269b633813fc60c", "spanId": "",
        "severityNumber": 9, "new": {"field": 1}, "body": {"stringValue": "x"},
        "attributes": [{"key": "n", "value": {"intValue": "5"}}, {"key": "b", "value": {"boolValue": True}}],
    }  # fmt: skip
    body = json.dumps({"resourceLogs": [{"scopeLogs": [{"logRecords": [record]}]}]}).encode()
    batch = rows(OTLP.receive(asked(body, "/v1/logs", "application/json")), "/v1/logs")
    assert batch.events.event == ["paid"] and batch.events.client_time == [NOW]
    assert json.loads(batch.events.properties[0]) == {
        "n": 5, "b": True, "body": "x", "severity": 9, "trace_id": "5b8efff798038103d269b633813fc60c",
    }  # fmt: skip


@pytest.mark.parametrize(
    "held",
    [
        [], {"resourceMetrics": {}}, {"resourceMetrics": [1]}, {"resourceMetrics": [{"schemaUrl": 5}]},
        {"resourceMetrics": [{"scopeMetrics": [{"metrics": [{"sum": {"isMonotonic": "yes"}}]}]}]},
        {"resourceMetrics": [{"scopeMetrics": [{"metrics": [{"gauge": {"dataPoints": [{"timeUnixNano": "soon"}]}}]}]}]},
        {"resourceMetrics": [{"scopeMetrics": [{"metrics": [{"gauge": {"dataPoints": [{"asDouble": True}]}}]}]}]},
        {"resourceMetrics": [{"scopeMetrics": [{"metrics": [{"gauge": {"dataPoints": [{"asInt": 1.5}]}}]}]}]},
        {"resourceMetrics": [{"scopeMetrics": [{"metrics": [{"gauge": {"dataPoints": [{"flags": 10**30}]}}]}]}]},
    ],
)  # fmt: skip
def test_json_of_another_shape_is_400(held: Any) -> None:
    assert OTLP.receive(asked(json.dumps(held).encode(), kind="application/json")).reply.status == 400


def test_json_that_is_nested_deeply_is_400() -> None:
    value: Any = {"stringValue": "x"}
    for _ in range(100):
        value = {"arrayValue": {"values": [value]}}
    held = {"resourceLogs": [{"scopeLogs": [{"logRecords": [{"body": value}]}]}]}
    assert OTLP.receive(asked(json.dumps(held).encode(), "/v1/logs", "application/json")).reply.status == 400
    deep = b'{"resourceLogs":' + b"[" * 100_000
    assert OTLP.receive(asked(deep, "/v1/logs", "application/json")).reply.status == 400


# Logs


def test_a_log_with_an_events_name_is_that_event() -> None:
    made = ExportLogsServiceRequest()
    above = made.resource_logs.add()
    put(
        above.resource.attributes,
        service__name="shop",
        telemetry__sdk__name="opentelemetry",
        telemetry__sdk__version="1.2",
    )
    record = above.scope_logs.add().log_records.add(time_unix_nano=NANO, event_name="browser.page_view")
    put(record.attributes, user__id="u1", session__id="s1", url="/", app__installation__id="d1", log__record__uid="r1")
    received = OTLP.receive(asked(made.SerializeToString(), "/v1/logs"))
    assert (received.reply.status, received.count) == (200, 1)
    assert ExportLogsServiceResponse.FromString(received.reply.body) == ExportLogsServiceResponse()
    events = rows(received, "/v1/logs").events
    assert (events.event, events.user_id, events.session_id) == (["browser.page_view"], ["u1"], ["s1"])
    assert (events.anonymous_id, events.unique, events.event_id) == (["d1"], ["r1"], ["r1"])
    assert (events.client_time, events.library) == ([NOW], ["opentelemetry 1.2"])
    assert json.loads(events.properties[0])["url"] == "/" and json.loads(events.properties[0])["service.name"] == "shop"


def test_other_logs_are_events_named_log_and_old_names_are_read() -> None:
    made = ExportLogsServiceRequest()
    logs = made.resource_logs.add().scope_logs.add().log_records
    logs.add(observed_time_unix_nano=NANO, severity_text="ERROR").body.string_value = "it failed"
    put(logs.add().attributes, event__name="old", enduser__id=5)
    events = rows(OTLP.receive(asked(made.SerializeToString(), "/v1/logs")), "/v1/logs").events
    assert (events.event, events.client_time, events.user_id) == (["log", "old"], [NOW, None], [None, "5"])
    assert json.loads(events.properties[0]) == {"body": "it failed", "severity": "ERROR"}
    assert events.seq == [0, 1] and events.unique == ["", ""]


# Whatever comes

NUMBERS = st.one_of(st.integers(-(2**62), 2**62), st.floats(), st.just(0.0))
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=10)


@given(
    st.lists(
        st.tuples(
            NUMBERS, st.booleans(), st.dictionaries(TEXTS, TEXTS, max_size=3), st.booleans(),
            st.integers(NOW - 10**12, NOW + 10**10),
        ),
        max_size=10,
    )
)  # fmt: skip
@settings(max_examples=150, deadline=None)
def test_whatever_the_shape_every_point_is_read(several: list[tuple[Any, bool, dict[str, str], bool, int]]) -> None:
    points = []
    for value, started, pairs, exemplar, time in several:
        one = point(value, time_unix_nano=time * 1000, attributes=[attribute(*pair) for pair in pairs.items()])
        if not started:
            del one["start_time_unix_nano"]
        if exemplar:
            one["exemplars"] = [{"time_unix_nano": 5, "as_int": 1}]
        points.append(one)
    received, batch = sent({"name": "g", "gauge": {"data_points": points}})

    def text(time: int, start: int, value: float, pairs: dict[str, str]) -> str:
        return repr((time, start, value, sorted(pairs.items())))

    named = {"service.name", "host", "otel.scope.name", "otel.scope.version"}
    found = [
        text(time, start, value, {name: said for name, said in json.loads(one.labels).items() if name not in named})
        for one, time, start, value in zip(
            batch.points.series, batch.points.time.tolist(), batch.points.start.tolist(), batch.points.value.tolist(),
            strict=True,
        )
    ]  # fmt: skip
    expected = [
        text(time, START // 1000 if started else 0, float(value), pairs) for value, started, pairs, _, time in several
    ]
    assert sorted(found) == sorted(expected) and received.count == len(several)


@given(st.binary(max_size=200), st.sampled_from(["/v1/metrics", "/v1/logs", "/v1/traces"]))
@settings(max_examples=300, deadline=None)
def test_random_bytes_are_answered(raw: bytes, path: str) -> None:
    whole = request(counter(point())).SerializeToString()
    for body in (raw, whole + raw, b"{" + raw, gzip.compress(raw)):
        assert OTLP.receive(asked(body, path)).reply.status in (200, 400)
        OTLP.rows(Frame("web", "otlp", "protobuf", path, "", NOW, 0, body))


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_cut_and_altered_requests_are_answered(data: st.DataObject) -> None:
    exemplar = {"time_unix_nano": NANO, "as_int": 1}
    whole = request(
        counter(point(1, attributes=[attribute("a", "b")]), point(2.0, exemplars=[exemplar])),
        histogram(bucket_counts=[1, 2, 3], explicit_bounds=[0.1, 1.0]),
        {"name": "s", "summary": {"data_points": [{"time_unix_nano": NANO, "count": 4, "sum": 8.0}]}},
    ).SerializeToString()
    cut = data.draw(st.integers(0, len(whole)))
    place, byte = data.draw(st.integers(0, len(whole) - 1)), data.draw(st.integers(0, 255))
    for body in (whole[:cut], whole[:place] + bytes([byte]) + whole[place + 1 :]):
        received = OTLP.receive(asked(body))
        assert received.reply.status in (200, 400)
        if received.body:
            batch = rows(received)
            assert received.count == len(batch.points.series) + len(batch.buckets.series)


JSONS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda below: (
        st.lists(below, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["resourceMetrics", "scopeMetrics", "metrics", "sum", "dataPoints", "asInt", "name", "attributes"]
            ),
            below,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@given(JSONS)
@settings(max_examples=200, deadline=None)
def test_any_json_is_answered(held: Any) -> None:
    reply = OTLP.receive(asked(json.dumps(held).encode(), kind="application/json")).reply
    assert reply.status in (200, 400)


def test_a_message_too_deep_is_no_request() -> None:
    with pytest.raises(DecodeError, match="no JSON"):
        transcribed(b"nonsense", ExportMetricsServiceRequest)


@pytest.mark.parametrize("path", ["/v1/metrics", "/v1/logs", "/v1/traces"])
@pytest.mark.parametrize("nothing", [b"\x0a\x00", b"\x0a\x02\x12\x00", b"\x0a\x04\x12\x02\x12\x00"])
def test_millions_of_nothings_are_no_request(path: str, nothing: bytes) -> None:
    assert OTLP.receive(asked(nothing * 600_000, path)).reply.status == 400


def test_much_json_is_413() -> None:
    for times, status in ((6_000_000, 413), (3_000_000, 400)):
        body = b'{"resourceMetrics":[' + b"{}," * times + b"{}]}"
        assert OTLP.receive(asked(body, kind="application/json")).reply.status == status


def test_one_thing_that_is_larger_than_anyone_sends_is_refused() -> None:
    made = request(counter(point(1, attributes=[attribute("a", "b" * (5 << 20))]), point(2)))
    assert OTLP.receive(asked(made.SerializeToString())).count == 1
    logs = ExportLogsServiceRequest()
    logs.resource_logs.add().scope_logs.add().log_records.add().body.string_value = "x" * (5 << 20)
    assert OTLP.receive(asked(logs.SerializeToString(), "/v1/logs")).reply.status == 400
