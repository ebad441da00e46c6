"""Points in order take less room, and are the same points."""

from __future__ import annotations

from tests.unit.collect.load.fleet import MINUTE, T0, Desk, series
from truenorth.collect.load.tidy import sort_points
from truenorth.store.duckdb import DuckDB


def test_the_rows_stay_the_same_and_stand_series_by_series() -> None:
    desk = Desk()
    for step in range(5):
        desk.points(*((series(pod=str(pod)), T0 + step * MINUTE, 0, float(step)) for pod in range(4)))
    before = [sorted(desk.engine.rows(f"SELECT * FROM {table}"), key=repr) for table in ("samples", "minutes")]
    sort_points(desk.engine)
    assert before == [sorted(desk.engine.rows(f"SELECT * FROM {table}"), key=repr) for table in ("samples", "minutes")]
    numbers = [number for (number,) in desk.engine.rows("SELECT series_id FROM samples")]
    assert numbers == sorted(numbers, key=lambda one: int(str(one)))
    # Loading goes on as before.
    desk.points((series(pod="1"), T0 + 9 * MINUTE, 0, 9.0))
    assert desk.minutes()['{"pod":"1"}requests', T0 + 9 * MINUTE][0] == 5.0


def test_nothing_to_sort_is_nothing_to_do() -> None:
    engine = DuckDB()
    sort_points(engine)
    assert engine.tables() == ()
