"""Bodies that would take more memory or time than they are worth are refused whole, and told so."""

from __future__ import annotations

import pytest

from tests.unit.collect.receive.wire import received, request

PATHS = ["/v1/events", "/batch/", "/v1/batch", "/mp/collect"]


@pytest.mark.parametrize("path", PATHS)
def test_more_objects_than_memory_bears(path: str) -> None:
    got = received(request(path + "?key=k&token=k&writeKey=k&api_secret=k", b"[" + b"{}," * 1_000_001 + b"{}]"))
    assert (got.reply.status, got.count, [bad.code for bad in got.refused]) == (413, 0, ["E_BODY_TOO_LARGE"])


@pytest.mark.parametrize("path", PATHS)
def test_more_bad_events_than_can_be_looked_at(path: str) -> None:
    got = received(request(path, b"[" + b"{}," * 10_001 + b"{}]"))
    assert got.reply.status == 413 and b"10,000" in got.reply.body
    assert received(request(path, b"[" + b"7," * 3_000_000 + b"7]")).reply.status == 413


def test_lines_beyond_number() -> None:
    assert received(request("/v1/events", b"\n" * 1_000_001)).reply.status == 400
    assert received(request("/v1/events", b'{"event":"a"}' + b"\n" * 1_000_001)).reply.status == 413
    assert received(request("/v1/events", b"{}\n" * 10_001)).reply.status == 413


def test_many_good_lines_are_no_matter() -> None:
    got = received(request("/v1/events", b'{"event":"a"}\n' * 20_000))
    assert (got.reply.status, got.count) == (200, 20_000)
