"""Points into tables: each once, nothing lost in silence, and minutes that say what really was counted."""

from __future__ import annotations

import math
import struct
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.collect.load.fleet import ENDED, MINUTE, T0, Desk, Model, Point, batch, series
from truenorth.collect.load import minutes
from truenorth.collect.load.kept import Kept, Tally
from truenorth.collect.load.prepare import prepare
from truenorth.collect.receive.batch import Batch, Buckets, Family, Series
from truenorth.collect.spool.frame import Frame
from truenorth.store.duckdb import DuckDB

A = series(pod="a")


@pytest.fixture
def desk() -> Desk:
    return Desk()


def increases(desk: Desk) -> list[tuple[int, object]]:
    return sorted(((minute - T0) // MINUTE, held[0]) for (_, minute), held in desk.minutes().items())


def test_samples_are_kept_as_they_came(desk: Desk) -> None:
    assert desk.points((A, T0, 0, 1.5), (A, T0 + 1, 0, 2.5)) == Tally(2, 2)
    assert desk.samples() == [("requests", T0, 1.5), ("requests", T0 + 1, 2.5)]
    [row] = desk.engine.rows(
        "SELECT source, name, kind, unit, temporality, labels.pod::VARCHAR, octet_length(key) FROM series"
    )
    assert row == ("web", "requests", "counter", "", "cumulative", "a", 16)


def test_the_first_sample_grows_by_nothing_and_the_next_by_the_difference(desk: Desk) -> None:
    desk.points((A, T0, 0, 100.0), (A, T0 + MINUTE, 0, 107.0))
    assert increases(desk) == [(0, 0.0), (1, 7.0)]
    desk.points((A, T0 + MINUTE + 5, 0, 110.0))
    assert increases(desk) == [(0, 0.0), (1, 10.0)]
    assert desk.minutes()['{"pod":"a"}requests', T0 + MINUTE] == (10.0, 2, 107.0, 110.0, 110.0)


def test_a_count_that_falls_began_again_at_zero(desk: Desk) -> None:
    desk.points((A, T0, 0, 100.0), (A, T0 + MINUTE, 0, 3.0), (A, T0 + 2 * MINUTE, 0, 5.0))
    assert increases(desk) == [(0, 0.0), (1, 3.0), (2, 2.0)]


def test_a_new_start_is_a_reset_even_when_the_count_is_higher(desk: Desk) -> None:
    start = T0 + MINUTE // 2
    desk.points((A, T0, T0 - 5, 10.0), (A, T0 + MINUTE, start, 12.0), (A, T0 + 2 * MINUTE, start, 13.0))
    assert increases(desk) == [(0, 10.0), (1, 12.0), (2, 1.0)]


def test_an_old_start_says_nothing_of_the_first_minute_and_a_start_at_the_point_itself_nothing_at_all(
    desk: Desk,
) -> None:
    old, same = series(pod="old"), series(pod="same")
    desk.points((old, T0, T0 - 61 * MINUTE, 9.0), (same, T0, T0, 9.0))
    assert increases(desk) == [(0, 0.0), (0, 0.0)]


def test_deltas_are_what_they_say_and_told_apart_by_their_start(desk: Desk) -> None:
    delta = series(flow="delta")
    points = [(delta, T0, T0 - 10, 5.0), (delta, T0, T0 - 5, 2.0), (delta, T0 + MINUTE, T0, 1.0)]
    assert desk.points(*points) == Tally(3, 3)
    assert desk.points(*points) == Tally(3, 0)
    assert increases(desk) == [(0, 7.0), (1, 1.0)]


def test_gauges_have_no_increase(desk: Desk) -> None:
    desk.points((series("g", "gauge", ""), T0, 0, 5.0), (series("u", "updown", "cumulative"), T0, 0, 5.0))
    desk.points((series("g", "gauge", ""), T0 + 1, 0, 3.0))
    assert {name: held for (name, _), held in desk.minutes().items()} == {
        "{}g": (None, 2, 3.0, 5.0, 3.0),
        "{}u": (None, 1, 5.0, 5.0, 5.0),
    }


def test_late_points_mend_their_minute_and_the_next(desk: Desk) -> None:
    desk.points((A, T0, 0, 10.0), (A, T0 + 3 * MINUTE, 0, 40.0))
    assert increases(desk) == [(0, 0.0), (3, 30.0)]
    assert desk.points((A, T0 + MINUTE, 0, 15.0)) == Tally(1, 1)
    assert increases(desk) == [(0, 0.0), (1, 5.0), (3, 25.0)]
    assert desk.points((A, T0 - 100 * MINUTE, 0, 4.0)) == Tally(1, 1)
    assert increases(desk) == [(-100, 0.0), (0, 6.0), (1, 5.0), (3, 25.0)]


def test_the_same_point_counts_once_also_after_a_restart(desk: Desk) -> None:
    points: list[Point] = [(A, T0, 0, 1.0), (A, T0 + MINUTE, 0, 4.0)]
    desk.points(*points, *points)
    desk.restart()
    again = series(pod="a")
    assert desk.points(*points, (again, T0, 0, 1.0)) == Tally(3, 0)
    assert len(desk.samples()) == 2 and increases(desk) == [(0, 0.0), (1, 3.0)]
    desk.restart()
    desk.points((A, T0 + MINUTE + 1, 0, 5.0))
    assert increases(desk) == [(0, 0.0), (1, 4.0)]


def test_another_value_for_the_same_time_is_said_and_the_first_stays(desk: Desk) -> None:
    one = batch([(A, T0, 0, 1.0), (A, T0, 0, 2.0), (A, T0, 0, 1.0)])
    other = batch([(A, T0, 0, 3.0)])
    desk.send(one)
    desk.send(other)
    assert desk.samples() == [("requests", T0, 1.0)]
    for sent, value in ((one, b'"value":2.0'), (other, b'"value":3.0')):
        [refused] = sent.refused
        assert refused.code == "E_SAMPLE_DIFFERS" and "(1 in this request)" in refused.reason and value in refused.raw


def test_a_stale_marker_is_null_and_nan_and_infinities_are_kept_apart(desk: Desk) -> None:
    other = struct.unpack("<d", struct.pack("<Q", 0x7FF8000000000001))[0]
    desk.points(
        (A, T0, 0, 5.0), (A, T0 + 1, 0, ENDED), (A, T0 + 2, 0, other), (A, T0 + 3, 0, math.inf), (A, T0 + 4, 0, 7.0)
    )
    values = [value for _, _, value in desk.samples()]
    assert values[1] is None and math.isnan(float(str(values[2]))) and values[3] == math.inf
    assert desk.minutes()['{"pod":"a"}requests', T0] == (2.0, 2, 5.0, 7.0, 7.0)
    assert desk.points((A, T0 + 1, 0, ENDED), (A, T0 + 2, 0, other)) == Tally(2, 0)


def test_series_are_the_same_by_their_labels_and_source(desk: Desk) -> None:
    desk.send(batch([(A, T0, 0, 1.0)]), source="web")
    desk.send(batch([(A, T0, 0, 1.0), (series(pod="b"), T0, 0, 1.0)]), source="other")
    assert desk.engine.rows("SELECT series_id, source FROM series ORDER BY 1") == [
        (1, "web"),
        (2, "other"),
        (3, "other"),
    ]


def test_several_sources_in_one_load(desk: Desk) -> None:
    kept = [
        Kept(Frame(source, "otlp", "", "", "", T0, 1, b""), batch([(A, T0, 0, float(place))]), place)
        for place, source in enumerate(["x", "y", "x"])
    ]
    with desk.engine.transaction():
        tallies = desk.part.put(desk.engine, kept, careful=False)
    told = {T0 // MINUTE: 1}
    assert tallies == {0: Tally(1, 1, minutes=told), 1: Tally(1, 1, minutes=told), 2: Tally(1, 0)}


def test_too_many_series_are_counted_and_said_and_the_known_go_on() -> None:
    desk = Desk(limit=3)
    desk.points(*((series(pod=str(pod)), T0, 0, 1.0) for pod in range(3)))
    more = batch([(series(pod=str(pod)), T0 + 1, 0, 1.0) for pod in range(10)] + [(series("b"), T0 + 1, 0, 1.0)])
    assert desk.send(more) == Tally(11, 3)
    told = {one.place: one for one in more.refused}
    assert {one.code for one in more.refused} == {"E_SERIES_LIMIT"}
    assert told["requests"].reason == (
        "7 points of 7 further series of requests were not kept: there are 3 series already"
    )
    assert told["requests"].raw.count(b"pod") == 7 and "1 points" in told["b"].reason
    many = batch([(series(f"m{number}"), T0 + 2, 0, 1.0) for number in range(50)])
    desk.send(many)
    assert len(many.refused) == 21 and many.refused[-1].reason.startswith("30 points of 30 further series of other")
    # The same again, as after a transaction that was taken back, is said once.
    desk.part.forget()
    desk.send(more)
    assert len(more.refused) == 2


def test_what_a_sender_says_of_kinds_is_taken_over(desk: Desk) -> None:
    seen = series("heap", "unknown", "")
    desk.points((seen, T0, 0, 5.0), (seen, T0 + 1, 0, 3.0), (series("jobs", "unknown", ""), T0, 0, 1.0))
    assert desk.minutes()["{}heap", T0][0] == 3.0
    families = [Family("heap", "gauge", "bytes"), Family("jobs", "counter", ""), Family("new", "gauge", "s")]
    desk.send(Batch(families=families))
    desk.points((series("new", "unknown", ""), T0, 0, 1.0), (seen, T0 + 2, 0, 4.0), (seen, T0 + MINUTE, 0, 9.0))
    assert desk.engine.rows("SELECT name, kind, unit, temporality FROM series ORDER BY name") == [
        ("heap", "gauge", "bytes", ""),
        ("jobs", "counter", "", "cumulative"),
        ("new", "gauge", "s", ""),
    ]
    assert desk.minutes()["{}heap", T0] == (None, 3, 3.0, 5.0, 4.0) and desk.minutes()["{}heap", T0 + MINUTE][0] is None
    desk.restart()
    assert desk.send(Batch(families=families)) == Tally(0, 0)


def test_a_transaction_taken_back_leaves_nothing_behind(desk: Desk) -> None:
    desk.points((A, T0, 0, 1.0))

    class Fault(Exception):
        pass

    sent = batch([(A, T0 + 1, 0, 9.0), (series(pod="b"), T0, 0, 1.0)])
    with pytest.raises(Fault), desk.engine.transaction():
        desk.part.put(desk.engine, [Kept(Frame("web", "otlp", "", "", "", T0, 1, b""), sent, 1)], careful=False)
        raise Fault
    desk.part.forget()
    assert desk.send(sent) == Tally(2, 2)
    assert increases(desk) == [(0, 0.0), (0, 8.0)]


def test_another_writer_is_noticed(desk: Desk) -> None:
    desk.points((A, T0, 0, 1.0))
    Desk(engine=desk.engine).points((A, T0 + 1, 0, 5.0), (series(pod="b"), T0, 0, 1.0))
    desk.points((A, T0 + 2, 0, 7.0), (series(pod="c"), T0, 0, 1.0))
    assert desk.minutes()['{"pod":"a"}requests', T0][0] == 6.0
    assert desk.engine.rows("SELECT count(*), count(DISTINCT series_id) FROM series") == [(3, 3)]


# Histograms

H = series("latency", "histogram")


def buckets(
    *points: tuple[Series, int, int, tuple[int, ...] | None], bounds: tuple[float, ...] = (0.1, 1.0)
) -> Buckets:
    return Buckets(
        [one for one, *_ in points], [time for _, time, *_ in points], [start for _, _, start, _ in points],
        [bounds if counts else () for *_, counts in points], [counts for *_, counts in points],
        [float(sum(counts)) if counts else None for *_, counts in points],
        [sum(counts) if counts else None for *_, counts in points],
        [0.0 if counts else None for *_, counts in points], [9.5 if counts else None for *_, counts in points],
    )  # fmt: skip


def test_histograms_are_arrays_with_their_bounds_once(desk: Desk) -> None:
    sent = buckets((H, T0, 0, (1, 2, 3)), (H, T0 + MINUTE, 0, (1, 3, 4)), (H, T0 + 2 * MINUTE, 0, None))
    assert desk.send(batch(buckets=sent)) == Tally(3, 3)
    assert desk.send(batch(buckets=sent)) == Tally(3, 0)
    desk.send(batch(buckets=buckets((series("other", "histogram"), T0, 0, (1, 1)), bounds=(5.0,))))
    assert desk.engine.rows("SELECT bounds FROM bounds ORDER BY bounds") == [([],), ([0.1, 1.0],), ([5.0],)]
    rows = desk.engine.rows(
        "SELECT epoch_us(time), bounds, counts, sum, count, min, max FROM histograms JOIN bounds USING (bounds_id) "
        "WHERE series_id = 1 ORDER BY time"
    )
    assert rows == [
        (T0, [0.1, 1.0], [1, 2, 3], 6.0, 6, 0.0, 9.5),
        (T0 + MINUTE, [0.1, 1.0], [1, 3, 4], 8.0, 8, 0.0, 9.5),
        (T0 + 2 * MINUTE, [], None, None, None, None, None),
    ]
    assert desk.minutes()["{}latency", T0 + MINUTE][0] == 2.0


def test_late_and_repeated_histograms(desk: Desk) -> None:
    desk.send(batch(buckets=buckets((H, T0, 0, (1, 0, 0)), (H, T0 + 2 * MINUTE, 0, (5, 0, 0)))))
    desk.restart()
    late = batch(buckets=buckets((H, T0 + MINUTE, 0, (2, 0, 0)), (H, T0, 0, (9, 0, 0))))
    assert desk.send(late) == Tally(2, 1)
    assert increases(desk) == [(0, 0.0), (1, 1.0), (2, 3.0)]
    assert [one.code for one in late.refused] == ["E_SAMPLE_DIFFERS"]


# Whatever comes

KINDS = [
    series(pod="a"),
    series(pod="b"),
    series("up", "unknown", ""),
    series("delta", "counter", "delta"),
    series("moves", "updown", "delta"),
    series("heap", "gauge", ""),
]
VALUES = st.one_of(
    st.integers(0, 60).map(float), st.integers(0, 60).map(float), st.sampled_from([ENDED, math.nan, math.inf])
)
TIMES = st.integers(0, 40).map(lambda tens: T0 + tens * MINUTE // 4)
STARTS = st.one_of(st.just(0), st.integers(-300, 40).map(lambda tens: T0 + tens * MINUTE // 4))
POINTS = st.lists(st.tuples(st.sampled_from(KINDS), TIMES, STARTS, VALUES), max_size=12)


EMPTIED = DuckDB()


@given(st.lists(st.tuples(POINTS, st.booleans()), min_size=1, max_size=4))
@settings(max_examples=60, deadline=None)
def test_minutes_are_those_of_plain_python_and_of_the_samples(loads: list[tuple[list[Point], bool]]) -> None:
    desk, model = Desk(engine=EMPTIED, empty=True), Model()
    for points, restarts in loads:
        desk.points(*points)
        model.points(points)
        if restarts:
            desk.restart()
        assert desk.minutes() == model.minutes()
    made: dict[Any, Any] = {row[:2]: row[2:] for row in desk.engine.rows(minutes.rebuilt())}
    held = {row[:2]: row[2:] for row in desk.engine.rows("SELECT * FROM minutes")}
    assert made == held
    assert desk.engine.rows("SELECT count(*) FROM samples") == [(sum(map(len, model.held.values())),)]


def test_a_warehouse_from_before_sums_were_kept_is_told_them(desk: Desk) -> None:
    desk.points((A, T0, 0, 100.0), (A, T0 + 5, 0, 107.0), (A, T0 + MINUTE, 0, 110.0))
    told = desk.engine.rows("SELECT minute, sum FROM minutes ORDER BY 1")
    assert [row[1] for row in told] == [207.0, 110.0]
    desk.engine.write("ALTER TABLE minutes DROP COLUMN sum")
    prepare(desk.engine, ("minutes",))
    assert desk.engine.rows("SELECT minute, sum FROM minutes ORDER BY 1") == told
