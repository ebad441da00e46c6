"""Remote write 2.0: the same series as 1.0 says, with where they began and what they are, and an exact answer."""

from __future__ import annotations

import json
import struct

import cramjam
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.collect.receive.test_prometheus import MS, NOW, packed, part, sample, varint
from tests.unit.collect.receive.test_prometheus import told as told_of
from truenorth.collect.receive.batch import STALE, Batch
from truenorth.collect.receive.prometheus import PROMETHEUS
from truenorth.collect.receive.request import Received, Request
from truenorth.collect.spool.frame import Frame

KIND = "application/x-protobuf;proto=io.prometheus.write.v2.Request"


def point(value: float, ms: int, began: int = 0) -> bytes:
    start = b"\x18" + varint(began) if began else b""
    return part(2, b"\x09" + struct.pack("<d", value) + b"\x10" + varint(ms) + start)


class Symbols:
    """The list of symbols of a request being written."""

    def __init__(self) -> None:
        self.words: list[str] = [""]

    def place(self, word: str) -> int:
        if word not in self.words:
            self.words.append(word)
        return self.words.index(word)

    def series(self, labels: dict[str, str], *pieces: bytes, kind: int = 0, unit: str = "", began: int = 0) -> bytes:
        refs = b"".join(varint(self.place(word)) for pair in labels.items() for word in pair)
        told = b"".join([b"\x08" + varint(kind) if kind else b"", b"\x20" + varint(self.place(unit)) if unit else b""])
        later = b"\x30" + varint(began) if began else b""
        return part(5, part(1, refs) + b"".join(pieces) + (part(5, told) if told else b"") + later)

    def request(self, *series: bytes) -> bytes:
        return b"".join([*(part(4, word.encode()) for word in self.words), *series])


def sent(body: bytes, kind: str = KIND) -> tuple[Received, Batch]:
    asked = Request(
        "POST", "/api/v1/write", "", {"content-type": kind, "content-encoding": "snappy"}, packed(body), NOW
    )
    received = PROMETHEUS.receive(asked)
    frame = Frame("web", "prometheus", received.form, "/api/v1/write", "", NOW, received.count, received.body, ())
    return received, PROMETHEUS.rows(frame) if received.body else Batch()


def written(received: Received) -> tuple[int, ...]:
    names = ("samples", "histograms", "exemplars")
    headers = dict(received.reply.headers)
    return tuple(int(headers[f"x-prometheus-remote-write-{name}-written"]) for name in names)


def test_a_series_is_told_by_its_symbols() -> None:
    symbols = Symbols()
    one = symbols.series({"__name__": "up", "job": "api"}, point(1.0, MS), kind=2)
    two = symbols.series({"__name__": "spent", "job": "api"}, point(7.0, MS, MS - 500), kind=1, unit="seconds")
    received, batch = sent(symbols.request(one, two))
    assert (received.reply.status, received.count, written(received)) == (204, 2, (2, 0, 0))
    assert [(one.name, one.kind, one.unit, one.temporality) for one in batch.points.series] == [
        ("up", "gauge", "", ""),
        ("spent", "counter", "seconds", "cumulative"),
    ]
    assert batch.points.start.tolist() == [0, (MS - 500) * 1000]
    assert json.loads(batch.points.series[0].labels) == {"job": "api"}


def test_where_a_series_began_may_still_be_said_of_all_its_samples() -> None:
    symbols = Symbols()
    body = symbols.request(symbols.series({"__name__": "a_total"}, point(1.0, MS), point(2.0, MS + 1), began=MS - 9))
    _, batch = sent(body)
    assert batch.points.start.tolist() == [(MS - 9) * 1000] * 2


def test_stale_markers_are_kept_bit_by_bit() -> None:
    symbols = Symbols()
    [stale] = struct.unpack("<d", struct.pack("<Q", STALE))
    _, batch = sent(symbols.request(symbols.series({"__name__": "up"}, point(stale, MS))))
    assert batch.points.value.view(np.uint64).tolist() == [STALE]


@pytest.mark.parametrize(
    ("labels", "why"),
    [
        ({"job": "api"}, "without a name"),
        ({"__name__": "up", "": "x"}, "a label without a name"),
    ],
)
def test_what_cannot_be_kept_is_said_and_the_rest_kept(labels: dict[str, str], why: str) -> None:
    symbols = Symbols()
    bad, good = symbols.series(labels, point(1.0, MS)), symbols.series({"__name__": "up"}, point(1.0, MS))
    late = symbols.series({"__name__": "up"}, point(1.0, MS * 900))
    received, batch = sent(symbols.request(bad, good, late))
    assert (received.reply.status, written(received)) == (400, (1, 0, 0))
    assert why in received.reply.body.decode()
    assert [one.code for one in batch.refused] == ["E_SERIES_UNREADABLE", "E_POINT_TIME"]
    # What was set aside can be read again, and is refused again for the same reason.
    for one in batch.refused:
        again = PROMETHEUS.rows(Frame("web", "prometheus", received.form, "/api/v1/write", "", NOW, 1, one.raw, ()))
        assert [each.code for each in again.refused] == [one.code]


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"", KIND, 204),
        (part(5, part(1, varint(1) + varint(2)) + point(1.0, MS)), KIND, 400),
        (part(4, b"x") + part(5, part(1, varint(0) + varint(0)) + point(1.0, MS)), KIND, 400),
        (part(4, b"") + part(5, part(1, varint(7) + varint(9)) + point(1.0, MS)), KIND, 400),
        (b"\xff\xff", KIND, 400),
        (b"", "application/x-protobuf;proto=io.prometheus.write.v3.Request", 415),
    ],
)
def test_every_answer_says_how_much_was_written(body: bytes, kind: str, status: int) -> None:
    received, _ = sent(body, kind)
    assert received.reply.status == status
    if kind == KIND:
        assert written(received) == (0, 0, 0)


def test_another_packing_is_refused() -> None:
    headers = {"content-type": KIND, "content-encoding": "zstd"}
    assert PROMETHEUS.receive(Request("POST", "/api/v1/write", "", headers, packed(b""), NOW)).reply.status == 415


NAMES = st.text(st.characters(codec="utf-8"), min_size=1, max_size=8).filter(lambda name: name != "__name__")
LABELS = st.dictionaries(NAMES, st.text(max_size=6), max_size=4)
SAMPLES = st.lists(st.tuples(st.floats(width=64), st.integers(MS - 10**6, MS + 10**6)), min_size=1, max_size=4)


@given(st.lists(st.tuples(NAMES, LABELS, SAMPLES), max_size=6))
@settings(max_examples=80, deadline=None)
def test_both_versions_bring_the_same_points(
    several: list[tuple[str, dict[str, str], list[tuple[float, int]]]],
) -> None:
    symbols, first, second = Symbols(), [], []
    for name, labels, points in several:
        named = {"__name__": name, **labels}
        second.append(symbols.series(named, *(point(value, ms) for value, ms in points)))
        plain = b"".join(part(1, part(1, key.encode()) + part(2, text.encode())) for key, text in named.items())
        first.append(part(1, plain + b"".join(sample(value, ms) for value, ms in points)))
    _, new = sent(symbols.request(*second))
    _, old = sent(b"".join(first), "application/x-protobuf")
    assert sorted(map(repr, told_of(new))) == sorted(map(repr, told_of(old)))


@given(st.binary(max_size=200))
@settings(max_examples=200, deadline=None)
def test_random_bytes_are_answered(raw: bytes) -> None:
    received, _ = sent(raw)
    assert received.reply.status in (204, 400)
    assert bytes(cramjam.snappy.decompress_raw(packed(raw))) == raw
