"""Remote write: every sample as it was sent, an honest answer to everything else, and never an exception."""

from __future__ import annotations

import base64
import json
import math
import struct
from collections.abc import Iterable
from itertools import pairwise

import cramjam
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from truenorth.collect.receive import timeseries
from truenorth.collect.receive.batch import STALE, Batch
from truenorth.collect.receive.prometheus import PROMETHEUS
from truenorth.collect.receive.recall import Recall
from truenorth.collect.receive.request import Received, Request
from truenorth.collect.spool.frame import Frame

NOW = 1_767_225_600_000_000
MS = NOW // 1000

Sample = tuple[float, int]


def varint(number: int) -> bytes:
    number &= (1 << 64) - 1
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])


def part(number: int, raw: bytes) -> bytes:
    return varint(number << 3 | 2) + varint(len(raw)) + raw


def sample(value: float, ms: int) -> bytes:
    bits = struct.pack("<d", value)
    head = b"" if bits == bytes(8) else b"\x09" + bits
    return part(2, head + (b"\x10" + varint(ms) if ms else b""))


def labelled(labels: dict[str, str]) -> bytes:
    return b"".join(part(1, part(1, name.encode()) + part(2, value.encode())) for name, value in labels.items())


def series(labels: dict[str, str], *samples: Sample) -> bytes:
    return part(1, labelled(labels) + b"".join(sample(value, ms) for value, ms in samples))


def packed(message: bytes) -> bytes:
    return bytes(cramjam.snappy.compress_raw(message))


def asked(body: bytes, **headers: str) -> Request:
    return Request(
        "POST", "/api/v1/write", "", {name.replace("_", "-"): text for name, text in headers.items()}, body, NOW
    )


def sent(message: bytes) -> tuple[Received, Batch]:
    received = PROMETHEUS.receive(asked(packed(message)))
    frame = Frame("web", "prometheus", received.form, "/api/v1/write", "", NOW, received.count, received.body)
    return received, PROMETHEUS.rows(frame) if received.body else Batch()


def told(batch: Batch) -> list[tuple[str, dict[str, str], int, float]]:
    points = batch.points
    return [
        (one.name, json.loads(one.labels), time, value)
        for one, time, value in zip(points.series, points.time.tolist(), points.value.tolist(), strict=True)
    ]


UP = {"__name__": "up", "instance": "a:9090", "job": "node"}


def test_a_sample_is_read_as_it_was_sent() -> None:
    received, batch = sent(series(UP, (1.5, MS)))
    assert (received.reply.status, received.reply.body, received.count) == (204, b"", 1)
    assert told(batch) == [("up", {"instance": "a:9090", "job": "node"}, NOW, 1.5)]
    assert batch.points.start.tolist() == [0]


def test_zero_is_a_shorter_message() -> None:
    _, batch = sent(series(UP, (0.0, MS)) + series({**UP, "job": "b"}, (-0.0, MS)))
    assert [value for *_, value in told(batch)] == [0.0, -0.0]
    assert [math.copysign(1, value) for *_, value in told(batch)] == [1, -1]


def test_the_bits_of_a_stale_marker_and_of_other_nan_are_kept() -> None:
    bits = [STALE, 0x7FF8000000000001, 0x7FF0000000000000]
    values = [struct.unpack("<d", struct.pack("<Q", one))[0] for one in bits]
    message = b"".join(series({**UP, "n": str(place)}, (value, MS)) for place, value in enumerate(values))
    _, batch = sent(message)
    assert batch.points.value.view(np.uint64).tolist() == bits
    _, batch = sent(series({**UP, "n": "several"}, *((value, MS + place) for place, value in enumerate(values))))
    assert batch.points.value.view(np.uint64).tolist() == bits


def test_several_samples_of_a_series_are_all_read() -> None:
    for first in ((3.0, MS - 1), (0.0, MS - 1), (0.0, 946_684_800_001)):
        for last in ((4.0, MS), (0.0, MS)):
            _, batch = sent(series(UP, first, last))
            assert [(time, value) for *_, time, value in told(batch)] == [
                (first[1] * 1000, first[0]),
                (last[1] * 1000, last[0]),
            ]


def test_many_samples_of_many_series_are_read_at_once_or_not_to_the_same_end() -> None:
    several = [({**UP, "pod": str(pod)}, [(float(pod + step), MS + step) for step in range(1, 9)]) for pod in range(20)]
    plain = b"".join(series(labels, *samples) for labels, samples in several)
    _, at_once = sent(plain)
    # One that breaks the rule sends all of them the thorough way.
    broken = series({**UP, "pod": "x"}, (1.0, MS), (2.0, 1 << 60))
    _, one_by_one = sent(plain + broken)
    expected = [
        ("up", {name: text for name, text in labels.items() if name != "__name__"}, ms * 1000, value)
        for labels, samples in several
        for value, ms in samples
    ]
    assert told(at_once) == expected
    assert told(one_by_one)[: len(expected)] == expected


@pytest.mark.parametrize(("name", "kind"), [("a_total", "counter"), ("a_bucket", "counter"), ("a", "unknown")])
def test_a_name_tells_what_counts(name: str, kind: str) -> None:
    _, batch = sent(series({"__name__": name}, (1.0, MS)))
    [one] = batch.points.series
    assert (one.kind, one.temporality) == (kind, "cumulative" if kind == "counter" else "")


def test_metadata_names_kinds_and_units() -> None:
    def entry(kind: int, name: str, unit: str) -> bytes:
        return part(3, b"\x08" + varint(kind) + part(2, name.encode()) + part(4, b"help") + part(5, unit.encode()))

    message = (
        entry(1, "a_total", "bytes") + entry(3, "b", "") + entry(5, "c", "") + entry(2, "d", "s") + entry(0, "e", "")
    )
    received, batch = sent(message)
    assert (received.reply.status, received.count) == (204, 0)
    assert {(one.name, one.kind, one.unit) for one in batch.families} == {
        ("a_total", "counter", "bytes"),
        *((f"b{suffix}", "counter", "") for suffix in ("_bucket", "_count", "_sum")),
        *((f"c{suffix}", "counter", "") for suffix in ("_count", "_sum")),
        ("c", "gauge", ""),
        ("d", "gauge", "s"),
    }


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (series({"job": "a"}, (1.0, MS)), "without a name"),
        (series({"__name__": "up", "": "b"}, (1.0, MS)), "label without a name"),
        (part(1, labelled(UP) + labelled({"job": "again"}) + sample(1.0, MS)), "two labels"),
        (part(1, part(1, part(1, b"__name__") + part(2, b"\xff\xfe")) + sample(1.0, MS)), "not UTF-8"),
        (part(1, b"\x0a\xff"), "cannot be read"),
        (series({**UP, "job": "old"}, (1.0, 1000)), "1970-01-01"),
        (series({**UP, "job": "far"}, (1.0, MS + 200_000_000)), "2026-01-03"),
        (series({**UP, "job": "never"}, (1.0, -(1 << 62))), "beyond all calendars"),
        (series({**UP, "job": "none"}, (1.0, 0)), "no time"),
    ],
)
def test_bad_series_are_said_and_the_good_ones_kept(bad: bytes, why: str) -> None:
    received, batch = sent(series(UP, (1.0, MS)) + bad + series(UP, (2.0, MS + 1)))
    assert received.reply.status == 400 and why in received.reply.body.decode()
    assert [value for *_, value in told(batch)] == [1.0, 2.0] and received.count == 2
    [refused] = batch.refused
    assert why in refused.reason
    # What is set aside can be read again, to the same end.
    frame = Frame("web", "prometheus", "snappy", "/api/v1/write", "", NOW, 0, refused.raw)
    assert [(one.code, one.reason) for one in PROMETHEUS.rows(frame).refused] == [(refused.code, refused.reason)]


def zigzag(number: int) -> bytes:
    return varint(number << 1 ^ number >> 63)


def native(at: int = MS, schema: int = 0, total: float | None = 18.5, more: bytes = b"", count: int = 12) -> bytes:
    """A histogram of 12: 1 below nothing, 2 at zero, 4 in (0.5, 1], 2 in (1, 2], 3 in (4, 8]."""
    bits = struct.pack("<Q", STALE) if total is None else struct.pack("<d", total)
    head = b"\x08" + varint(count) + b"\x19" + bits + b"\x20" + zigzag(schema) + b"\x29" + struct.pack("<d", 0.125)
    below = part(8, b"\x10\x01") + part(9, zigzag(1))
    above = part(11, b"\x10\x02") + part(11, b"\x08" + zigzag(1) + b"\x10\x01")
    above += part(12, zigzag(4) + zigzag(-2) + zigzag(1))
    return head + b"\x30\x02" + below + above + more + b"\x78" + varint(at)


def test_native_histograms_are_histograms_with_their_bounds_written_out() -> None:
    received, batch = sent(
        part(1, labelled(UP) + sample(7.0, MS) + part(4, native()) + part(4, native(MS + 1, 0, None)))
    )
    assert (received.reply.status, received.count, batch.refused) == (204, 3, [])
    found = batch.buckets
    assert [(one.name, one.kind, one.temporality) for one in found.series] == [("up", "histogram", "cumulative")] * 2
    assert found.bounds == [(-1.0, -0.5, -0.125, 0.125, 0.5, 1.0, 2.0, 4.0, 8.0), ()]
    assert found.counts == [(0, 1, 0, 2, 0, 4, 2, 0, 3, 0), None]
    assert (found.time, found.sum, found.count) == ([NOW, NOW + 1000], [18.5, None], [12, None])
    assert [value for *_, value in told(batch)] == [7.0]


def test_a_native_histogram_may_bring_its_bounds() -> None:
    spans = part(11, b"\x10\x01") + part(11, b"\x08" + zigzag(1) + b"\x10\x01")
    own = b"\x08\x05\x20" + zigzag(-53) + spans + part(12, zigzag(2) + zigzag(1)) + b"\x78" + varint(MS)
    _, batch = sent(part(1, labelled(UP) + part(4, own + part(16, struct.pack("<2d", 1.0, 2.5)))))
    assert (batch.buckets.bounds, batch.buckets.counts, batch.refused) == ([(1.0, 2.5)], [(2, 0, 3)], [])
    _, batch = sent(part(1, labelled(UP) + part(4, own + part(16, struct.pack("<d", 1.0)))))
    assert [one.reason for one in batch.refused] == ["a native histogram whose bounds do not rise"]


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (b"\x0a", "cannot be read"),
        (native(0), "no time"),
        (native(schema=9), "schema 9"),
        (native(more=b"\x11" + struct.pack("<d", 2.5)), "fractions"),
        (native(more=b"\x70\x03"), "a gauge"),
        (native(count=3), "of 3 whose buckets hold 12"),
        (native(more=part(11, b"\x10\x01")), "other buckets"),
        (native(more=part(11, b"\x10\x01") + part(12, zigzag(-9))), "less than nothing"),
    ],
)
def test_a_native_histogram_that_cannot_be_kept_is_set_aside_alone(bad: bytes, why: str) -> None:
    received, batch = sent(part(1, labelled(UP) + sample(7.0, MS) + part(4, bad) + part(4, native())))
    assert (received.reply.status, received.count) == (400, 2) and why in received.reply.body.decode()
    [refused] = batch.refused
    assert refused.code in ("E_HISTOGRAM_NATIVE", "E_POINT_TIME") and why in refused.reason
    frame = Frame("web", "prometheus", "snappy", "/api/v1/write", "", NOW, 0, refused.raw)
    assert [(one.code, one.reason) for one in PROMETHEUS.rows(frame).refused] == [(refused.code, refused.reason)]


@given(st.lists(st.tuples(st.integers(-3, 90), st.integers(1, 4)), max_size=6), st.integers(-4, 8), st.data())
@settings(max_examples=80, deadline=None)
def test_no_count_is_lost_between_native_buckets(
    spans: list[tuple[int, int]], schema: int, data: st.DataObject
) -> None:
    spans = [(offset if place == 0 else abs(offset), length) for place, (offset, length) in enumerate(spans)]
    counts = [data.draw(st.integers(0, 9)) for _, length in spans for _ in range(length)]
    deltas = b"".join(zigzag(here - before) for here, before in zip(counts, [0, *counts], strict=False))
    raw = b"\x08" + varint(sum(counts)) + b"\x20" + zigzag(schema) + part(12, deltas) + b"\x78" + varint(MS)
    raw += b"".join(part(11, b"\x08" + zigzag(offset) + b"\x10" + varint(length)) for offset, length in spans)
    _, batch = sent(part(1, labelled(UP) + part(4, raw)))
    [bounds], [kept] = batch.buckets.bounds, batch.buckets.counts
    assert kept is not None and sum(kept) == sum(counts) and len(kept) == len(bounds) + 1
    assert all(low < high for low, high in pairwise(bounds))


def test_exemplars_are_passed_over() -> None:
    _, batch = sent(part(1, labelled(UP) + sample(8.0, MS) + part(3, b"\x11" + bytes(8))))
    assert [value for *_, value in told(batch)] == [8.0] and not batch.refused


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b"", {}, 400),
        (b"{}", {}, 400),
        (packed(series(UP, (1.0, MS)))[:-3], {}, 400),
        (series(UP, (1.0, MS)), {}, 400),
        (packed(b"\xff\xff\xff"), {}, 400),
        (packed(b""), {}, 204),
        (varint(40 << 20) + b"\x00", {}, 413),
        (packed(part(4, b"") + part(4, b"up")), {}, 415),
        (packed(b""), {"content_type": "application/x-protobuf;proto=io.prometheus.write.v3.Request"}, 415),
    ],
)
def test_every_answer_is_one_that_senders_understand(body: bytes, headers: dict[str, str], status: int) -> None:
    received = PROMETHEUS.receive(asked(body, **headers))
    assert (received.reply.status, received.body, received.count) == (status, b"", 0)


def test_other_methods_are_told_which() -> None:
    reply = PROMETHEUS.receive(Request("GET", "/api/v1/write", "", {}, b"", NOW)).reply
    assert reply.status == 405 and ("allow", "POST") in reply.headers


@pytest.mark.parametrize(
    ("headers", "query"),
    [
        ({"authorization": "Bearer tn_key"}, ""),
        ({"authorization": "Basic " + base64.b64encode(b"anyone:tn_key").decode()}, ""),
        ({"x-api-key": "tn_key"}, ""),
        ({}, "key=tn_key"),
    ],
)
def test_the_key_may_come_in_several_ways(headers: dict[str, str], query: str) -> None:
    assert PROMETHEUS.receive(Request("POST", "/api/v1/write", query, headers, b"", NOW)).key == "tn_key"


def test_a_broken_key_is_none() -> None:
    assert PROMETHEUS.receive(asked(b"", authorization="Basic %%%")).key == ""


@pytest.mark.parametrize(("status", "said"), [(401, 401), (429, 503), (503, 503), (413, 413)])
def test_denials_are_such_that_prometheus_loses_nothing(status: int, said: int) -> None:
    reply = PROMETHEUS.denied(asked(b""), status, "words")
    assert reply.status == said and b"words" in reply.body
    assert (("retry-after", "5") in reply.headers) == (said == 503)


@pytest.mark.parametrize("path", ["/api/v1/write", "/api/v1/push", "/ingest/prometheus/api/v1/write/"])
def test_its_paths_are_known(path: str) -> None:
    assert PROMETHEUS.takes(Request("POST", path, "", {}, b"", NOW))
    assert not PROMETHEUS.takes(Request("POST", "/v1/metrics", "", {}, b"", NOW))


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)
VALUES = st.one_of(st.floats(), st.just(0.0), st.integers(-5, 5).map(float))
TIMES = st.integers(946_684_800_000, MS + 80_000_000)
LABELS = st.dictionaries(TEXTS, TEXTS, max_size=4).map(lambda found: {"__name__": "m", **found})


@given(st.lists(st.tuples(LABELS, st.lists(st.tuples(VALUES, TIMES), max_size=3)), max_size=8))
@settings(max_examples=150, deadline=None)
def test_whatever_the_shape_every_sample_is_read(several: list[tuple[dict[str, str], list[Sample]]]) -> None:
    _, batch = sent(b"".join(series(labels, *samples) for labels, samples in several))

    def bits(found: Iterable[tuple[dict[str, str], int, float]]) -> list[tuple[str, int, bytes]]:
        return sorted(
            (json.dumps(labels, sort_keys=True), time, struct.pack("<d", value)) for labels, time, value in found
        )

    expected = [
        ({name: text for name, text in labels.items() if name != "__name__"}, ms * 1000, value)
        for labels, samples in several
        for value, ms in samples
    ]
    assert bits((labels, time, value) for _, labels, time, value in told(batch)) == bits(expected)
    assert batch.refused == []


@given(st.binary(max_size=200))
@settings(max_examples=300, deadline=None)
def test_random_bytes_are_answered(raw: bytes) -> None:
    for body in (raw, packed(raw), packed(part(1, raw)), packed(series(UP, (1.0, MS)) + part(1, raw))):
        received = PROMETHEUS.receive(asked(body))
        assert received.reply.status in (204, 400, 413, 415)
        PROMETHEUS.rows(Frame("web", "prometheus", "snappy", "", "", NOW, 0, body))


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_cut_and_altered_requests_are_answered(data: st.DataObject) -> None:
    whole = series(UP, (1.0, MS)) + series({**UP, "job": "b"}, (0.0, MS), (5.0, MS + 1))
    cut = data.draw(st.integers(0, len(whole)))
    place, byte = data.draw(st.integers(0, len(whole) - 1)), data.draw(st.integers(0, 255))
    for message in (whole[:cut], whole[:place] + bytes([byte]) + whole[place + 1 :]):
        received, batch = sent(message)
        assert received.reply.status in (204, 400, 415)
        assert received.count == len(batch.points.series)


def test_what_is_known_of_series_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    small = Recall(20_000)
    monkeypatch.setattr(timeseries, "_KNOWN", small)
    for number in range(100):
        _, batch = sent(series({**UP, "pod": str(number)}, (1.0, MS)))
        assert told(batch)[0][1]["pod"] == str(number)
    assert 0 < len(small) < 50


def test_more_series_than_anyone_sends_are_no_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timeseries, "_MOST_SERIES", 2)
    assert PROMETHEUS.receive(asked(packed(part(1, b"") * 3))).reply.status == 400
    monkeypatch.setattr(timeseries, "_MOST_SERIES", 1000)
    monkeypatch.setattr(timeseries, "_MOST_PARTS", 2)
    received, batch = sent(part(1, labelled(UP)) + series({"__name__": "up"}, (1.0, MS)))
    assert received.count == 1 and len(batch.refused) == 1


def test_bodies_that_the_door_would_not_take_are_refused_whole() -> None:
    for body in (b"\xff", packed(b"\xff"), varint(40 << 20) + b"\x00"):
        batch = PROMETHEUS.rows(Frame("web", "prometheus", "snappy", "", "", NOW, 0, body))
        assert [(one.code, one.raw) for one in batch.refused] == [("E_SERIES_UNREADABLE", body)]


def test_of_very_many_refusals_the_first_are_whole_and_the_others_counted() -> None:
    received, batch = sent(b"".join(series({"job": str(number)}, (1.0, MS)) for number in range(250)))
    assert received.reply.body.startswith(b"250 series are set aside, 0 samples kept")
    assert (
        len(batch.refused) == 101 and batch.refused[-1].reason == "150 more of the same request, beyond the first 100"
    )
