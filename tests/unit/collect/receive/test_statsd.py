"""StatsD: every line counts as it is meant to, and one that says nothing is set aside by itself."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from truenorth.collect.receive.batch import Batch
from truenorth.collect.receive.request import Request
from truenorth.collect.receive.statsd import STATSD
from truenorth.collect.spool.frame import Frame

NOW = 1_767_225_600_000_000


def rows(*lines: str) -> Batch:
    return STATSD.rows(Frame("app", "statsd", "lines", "/statsd", "", NOW, len(lines), "\n".join(lines).encode(), ()))


def told(batch: Batch) -> list[Any]:
    points = batch.points
    each = zip(points.series, points.value.tolist(), strict=True)
    found = [(one.name, one.kind, one.temporality, json.loads(one.labels), value) for one, value in each]
    return sorted(found, key=repr)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["a:1|c", "a:2|c"], [("a", "counter", "delta", {}, 3.0)]),
        (["a:1|c|@0.1"], [("a", "counter", "delta", {}, 10.0)]),
        (["a:1:2:3|c"], [("a", "counter", "delta", {}, 6.0)]),
        (["a:-2|c"], [("a", "counter", "delta", {}, -2.0)]),
        (["a:1|c|#k:v,flag", "a:1|c|#flag,k:v"], [("a", "counter", "delta", {"flag": "true", "k": "v"}, 2.0)]),
        (["a:1|c|#k:x", "a:1|c"], [("a", "counter", "delta", {"k": "x"}, 1.0), ("a", "counter", "delta", {}, 1.0)]),
        (["a:5|g", "a:7.5|g"], [("a", "gauge", "", {}, 7.5)]),
        (["a:5|g", "a:-2|g", "a:+1|g"], [("a", "gauge", "", {}, 4.0)]),
        (["a:x|s", "a:y|s", "a:x|s"], [("a", "gauge", "", {}, 2.0)]),
        (["a:1|c|#url:http://x|c:container-1"], [("a", "counter", "delta", {"url": "http://x"}, 1.0)]),
    ],
)
def test_lines_add_up(lines: list[str], expected: list[Any]) -> None:
    batch = rows(*lines)
    assert told(batch) == expected and not batch.refused


def test_timers_are_counted_by_buckets() -> None:
    batch = rows("t:5|ms", "t:5.1|ms|@0.5", "t:20000|ms")
    held = batch.buckets
    assert [(one.name, one.kind, one.unit, one.temporality) for one in held.series] == [
        ("t", "histogram", "ms", "delta")
    ]
    assert held.counts[0] is not None and (held.counts[0][0], held.counts[0][1], held.counts[0][-1]) == (1, 2, 1)
    assert (held.count, held.sum, held.least, held.most) == ([4], [5 + 2 * 5.1 + 20000], [5.0], [20000.0])


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("a", "no line of StatsD"),
        ("a:1", "no line of StatsD"),
        ("a:1|x", "no line of StatsD"),
        (":1|c", "no line of StatsD"),
        ("a:one|c", '"one" is no number'),
        ("a:nan|g", '"nan" is no number'),
        ("a:1|c|@0", "no share that was sampled"),
        ("a:1|c|@7", "no share that was sampled"),
        ("a:+1|g", "changes a level of which nobody knows"),
        ("_e{5,4}:title|text", "no line of StatsD"),
        ("a" * 3000 + ":1|c", "no line of StatsD"),
    ],
)
def test_what_says_nothing_is_set_aside_alone(line: str, why: str) -> None:
    batch = rows("good:1|c", line)
    assert [one.name for one in batch.points.series] == ["good"]
    [refused] = batch.refused
    assert refused.code == "E_SERIES_UNREADABLE" and why in refused.reason
    # What was set aside can be read again, to the same end.
    again = STATSD.rows(Frame("app", "statsd", "lines", "/statsd", "", NOW, 1, refused.raw, ()))
    assert [one.reason for one in again.refused] == [refused.reason]


def test_posted_lines_are_answered() -> None:
    def post(body: bytes, method: str = "POST") -> tuple[int, int, bytes]:
        received = STATSD.receive(Request(method, "/statsd", "", {"x-api-key": "tn_key"}, body, NOW))
        assert received.key == "tn_key"
        return received.reply.status, received.count, received.body

    assert post(b"a:1|c\nb:2|g\n") == (204, 2, b"a:1|c\nb:2|g\n")
    assert post(b"a:1|c\nb\n")[:2] == (400, 1)
    assert post(b"") == (204, 0, b"")
    assert post(b"", "GET")[0] == 405


@given(
    st.lists(
        st.one_of(st.text(max_size=30), st.from_regex(r"[ab]:-?\d{1,3}\|(c|g|ms|h|s)", fullmatch=True)), max_size=12
    )
)
@settings(max_examples=200, deadline=None)
def test_no_line_is_lost_and_nothing_fails(lines: list[str]) -> None:
    batch = rows(*lines)
    body = "\n".join(lines).encode().splitlines()
    wrong = len(batch.refused)
    assert wrong <= len([one for one in body if one.strip()])
    assert (wrong > 0) or len(batch.points.series) + len(batch.buckets.series) > 0 or not any(map(bytes.strip, body))
