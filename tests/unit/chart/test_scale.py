"""Scales and ticks: they enclose the values, are round, and label time where it turns."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from truenorth.chart.scale import Scale, tick_labels, ticks, time_ticks, value_scale
from truenorth.chart.thin import thin

values = st.floats(min_value=-1e12, max_value=1e12, allow_nan=False).map(lambda value: round(value, 3))


@given(values, values, st.integers(2, 8))
def test_ticks_enclose_and_are_even(low: float, high: float, count: int) -> None:
    marks = ticks(low, high, count)
    little = 1e-6 * abs(high - low) + 1e-9
    assert marks[0] <= min(low, high) + little
    assert marks[-1] >= max(low, high) - little
    assert 2 <= len(marks) <= 2 * count + 3
    steps = [later - earlier for earlier, later in pairwise(marks)]
    assert max(steps) - min(steps) <= 1e-6 * max(map(abs, marks), default=1)


def test_zero_is_on_the_scale_unless_all_values_are_far_from_it() -> None:
    assert value_scale([20.0, 100.0], 0, 1)[1][0] == 0
    assert value_scale([90.0, 100.0], 0, 1)[1][0] > 0
    assert value_scale([-20.0, -100.0], 0, 1)[1][-1] == 0
    assert value_scale([0.0, 0.0], 0, 1)[1][0] == 0
    assert value_scale([-3.0], 0, 1)[1][-1] == 0
    assert value_scale([None, None], 0, 1)[1] == (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)


def test_a_scale_without_width_maps_to_the_middle() -> None:
    assert Scale(3, 3, 0, 100)(3) == 50


def test_labels_differ_and_carry_no_needless_zeros() -> None:
    assert tick_labels((0.0, 50.0, 100.0), "", "", "en") == ("0", "50", "100")
    assert tick_labels((0.0, 10000.0, 20000.0), "currency", "EUR", "en") == ("€0", "€10k", "€20k")
    assert len(set(tick_labels((1000000.0, 1000002.0, 1000004.0), "", "", "en"))) == 3
    assert tick_labels((0.0, 10000.0, 12500.0), "currency", "EUR", "en") == ("€0", "€10.0k", "€12.5k")
    assert tick_labels((0.0, 2.5, 5.0), "", "", "en") == ("0", "2.50", "5.00")
    assert tick_labels((0.0, 1000.0, 2000.0), "", "", "de") == ("0", "1.000", "2.000")


@pytest.mark.parametrize(
    ("grain", "count", "first", "labels"),
    [
        ("day", 90, date(2026, 4, 2), ("13 Apr", "27 Apr", "11 May", "25 May", "8 Jun", "22 Jun")),
        ("month", 18, date(2025, 1, 1), ("Jan 2025", "Apr", "Jul", "Oct", "Jan 2026", "Apr")),
    ],
)
def test_time_ticks_stand_where_time_turns(grain: str, count: int, first: date, labels: tuple[str, ...]) -> None:
    if grain == "day":
        periods = [first + timedelta(days=at) for at in range(count)]
    else:
        periods = [date(first.year + at // 12, at % 12 + 1, 1) for at in range(count)]
    assert tuple(label for _, label in time_ticks(periods, grain)) == labels


@given(st.integers(0, 3000), st.sampled_from(["hour", "day", "week", "month", "quarter", "year"]), st.integers(2, 9))
def test_time_ticks_are_few_and_in_order(count: int, grain: str, most: int) -> None:
    periods = [datetime(2020, 1, 1) + timedelta(hours=at) for at in range(count)]
    places = [at for at, _ in time_ticks(periods, grain, most)]
    assert len(places) <= most
    assert places == sorted(set(places))


@given(st.lists(st.none() | st.floats(-1e6, 1e6), min_size=1, max_size=600), st.integers(2, 40))
def test_thinning_keeps_the_picture(series: list[float | None], columns: int) -> None:
    chosen = thin(series, columns)
    assert chosen == sorted(set(chosen))
    known = [value for value in series if value is not None]
    drawn = [series[at] for at in chosen if series[at] is not None]
    if known:
        assert min(known) == min(value for value in drawn if value is not None)
        assert max(known) == max(value for value in drawn if value is not None)
    assert len(chosen) <= max(5 * columns, len(series) if len(series) <= 2 * columns else 0)


def test_thinning_keeps_what_it_is_told_to() -> None:
    assert 777 in thin([1.0] * 1000, 10, keep=[777])
