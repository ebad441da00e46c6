"""Requests that are like one before are read as if they were the first."""

from __future__ import annotations

import struct
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from truenorth.collect.receive import timeseries
from truenorth.collect.receive.recall import Recall
from truenorth.collect.receive.scrape import Scrapes
from truenorth.collect.receive.timeseries import samples
from truenorth.collect.receive.wire import DecodeError

NOW = 1_780_000_000_000


def varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])


def part(number: int, raw: bytes) -> bytes:
    return varint(number << 3 | 2) + varint(len(raw)) + raw


def body(values: list[float], time: int = NOW, label: str = "of a long enough name") -> bytes:
    found = b""
    for place, value in enumerate(values):
        labels = {"__name__": "up", "host": f"{place} {label}"}
        head = b"".join(part(1, part(1, name.encode()) + part(2, text.encode())) for name, text in labels.items())
        bits = struct.pack("<d", value)
        sample = (b"\x09" + bits if bits.strip(b"\0") else b"") + b"\x10" + varint(time)
        found += part(1, head + part(2, sample))
    return found


def read(raw: bytes) -> list[tuple[str, bytes, int, bytes]]:
    points = samples(raw, NOW * 1000).points
    bits = points.value.view(np.uint64).tolist()
    return [
        (one.name, one.labels, time, bit.to_bytes(8, "big"))
        for one, time, bit in zip(points.series, points.time.tolist(), bits, strict=True)
    ]


@pytest.fixture(autouse=True)
def forgetful(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timeseries, "_KNOWN", Recall())
    monkeypatch.setattr(timeseries, "_SCRAPES", Scrapes())


def afresh(raw: bytes) -> list[tuple[str, bytes, int, bytes]]:
    """What is read by who has met nothing before."""
    kept, timeseries._SCRAPES = timeseries._SCRAPES, Scrapes()
    try:
        return read(raw)
    finally:
        timeseries._SCRAPES = kept


def test_the_third_of_a_kind_is_known() -> None:
    bodies = [body([step + 0.5, step + 0.25, float("nan")], NOW - 15_000 * step) for step in range(1, 5)]
    for number, raw in enumerate(bodies):
        assert (timeseries._SCRAPES.read(raw) is not None) == (number >= 2)
        assert read(raw) == afresh(raw)
    assert [time for _, _, time, _ in read(bodies[3])] == [(NOW - 60_000) * 1000] * 3


def test_other_series_of_the_same_length_are_other_series() -> None:
    for label in ("one", "two", "one", "two", "one", "two"):
        raw = body([1.5] * 20, label=f"{label} of a long enough name")
        assert read(raw) == afresh(raw)
        assert label.encode() in read(raw)[0][1]


def test_a_zero_is_shorter_and_read_all_the_same() -> None:
    for values in ([1.5, 0.0], [1.5, 0.0], [1.5, 0.0], [1.5, 2.5], [1.5, 2.5], [1.5, 2.5], [0.0, 2.5]):
        assert read(body(values)) == afresh(body(values))


def test_room_is_bounded() -> None:
    some = Scrapes(room=10_000)
    timeseries._SCRAPES = some
    for length in range(100):
        for _ in range(2):
            read(body([1.5] * 5, label="x" * (20 + length)))
    assert 0 < some._used <= 10_000
    assert sum(2 * len(one.mask) for several in some._kept.values() for one in several) <= 10_000


@settings(max_examples=200, deadline=None)
@given(seed=st.integers(0, 2**32), changes=st.integers(0, 3))
def test_whatever_is_changed_in_a_known_request_it_is_read_as_if_it_were_the_first(seed: int, changes: int) -> None:
    random = Random(seed)
    for _ in range(3):
        read(body([random.random() + 0.5 for _ in range(4)]))
    raw = bytearray(body([random.random() + 0.5 for _ in range(4)], NOW - random.randrange(10**6)))
    for _ in range(changes):
        raw[random.randrange(len(raw))] = random.choice([0, 9, 0x10, 0x12, 0x80, 0xFF, random.randrange(256)])
    outcomes = []
    for reading in (read, afresh):
        try:
            outcomes.append(str(reading(bytes(raw))))
        except DecodeError:
            outcomes.append("none")
    assert outcomes[0] == outcomes[1]
