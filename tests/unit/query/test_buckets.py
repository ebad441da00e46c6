"""Collected histograms as datasets: how much fell into each bucket in each minute, however it was sent."""

from __future__ import annotations

import math

import pytest

from tests.unit.collect.load.fleet import MINUTE, T0, Desk, batch, series
from tests.unit.collect.load.test_points import buckets
from truenorth.base.errors import QueryError
from truenorth.query.buckets import rows_of

WHOLE = series("latency", "histogram", route="/pay")


def told(desk: Desk, name: str = "latency", shown: str = "") -> list[tuple[object, ...]]:
    columns = f"epoch_us(minute), le, above, bucket_count{shown}"
    rows = desk.engine.rows(f"SELECT {columns} FROM {rows_of(desk.engine, name)} WHERE bucket_count > 0 ORDER BY ALL")
    return [((int(str(row[0])) - T0) // MINUTE, *row[1:]) for row in rows]


def test_a_histogram_that_comes_whole_is_told_by_what_each_bucket_grew() -> None:
    desk = Desk()
    desk.send(batch(buckets=buckets((WHOLE, T0, 0, (1, 2, 3)), (WHOLE, T0 + MINUTE, 0, (1, 5, 4)))))
    assert told(desk, shown=", route") == [(1, 1.0, 0.1, 3.0, "/pay"), (1, math.inf, 1.0, 1.0, "/pay")]
    # A reset: all that is counted came after it. Said by a start, it is one though no bucket fell.
    desk.send(batch(buckets=buckets((WHOLE, T0 + 2 * MINUTE, 0, (1, 0, 0)))))
    desk.send(batch(buckets=buckets((WHOLE, T0 + 3 * MINUTE, T0 + 2 * MINUTE + 1, (9, 0, 0)))))
    assert told(desk)[2:] == [(2, 0.1, 0, 1.0), (3, 0.1, 0, 9.0)]


def test_deltas_are_what_they_say() -> None:
    desk, delta = Desk(), series("latency", "histogram", "delta")
    desk.send(batch(buckets=buckets((delta, T0, 0, (1, 2, 3)), (delta, T0 + MINUTE, 0, (0, 1, 0)))))
    assert told(desk) == [(0, 0.1, 0, 1.0), (0, 1.0, 0.1, 2.0), (0, math.inf, 1.0, 3.0), (1, 1.0, 0.1, 1.0)]


def test_a_histogram_of_a_series_for_each_bound_is_taken_apart() -> None:
    desk = Desk()
    first, second = ((10.0, 14.0, 15.0), (12.0, 20.0, 21.0))
    for pod in ("a", "b"):
        for bound, before, after in zip(("0.1", "1", "+Inf"), first, second, strict=True):
            one = series("wait_bucket", "histogram", le=bound, pod=pod)
            desk.points((one, T0, 0, before), (one, T0 + MINUTE, 0, after))
    found = told(desk, "wait", ", pod")
    assert found == [
        *((1, 0.1, 0, 2.0, pod) for pod in ("a", "b")),
        *((1, 1.0, 0.1, 4.0, pod) for pod in ("a", "b")),
    ]


def test_what_has_not_come_in_is_told_with_what_has() -> None:
    desk = Desk()
    desk.send(batch(buckets=buckets((WHOLE, T0, 0, (1, 2, 3)))))
    with pytest.raises(QueryError, match='no histogram called "latancy"') as caught:
        rows_of(desk.engine, "latancy")
    assert "latency" in caught.value.hint
