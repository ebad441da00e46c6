"""The line that outliers do not bend."""

from __future__ import annotations

import pytest

from truenorth.analyze.trend import line_through, trend


def test_the_line_ignores_an_outlier() -> None:
    points = [(at, 3.0 + 2 * at) for at in range(9)]
    points[4] = (4, 500.0)
    line = line_through(points)
    assert line.slope == pytest.approx(2)
    assert line.at(10) == pytest.approx(23)


def test_gaps_do_not_bend_the_line() -> None:
    line = line_through([(0, 1.0), (5, 6.0), (6, 7.0), (20, 21.0)])
    assert (line.slope, line.level) == (1.0, 1.0)


def test_too_short_a_series_has_no_trend() -> None:
    assert trend([(at, float(at)) for at in range(7)]) is None
    assert trend([(at, float(at)) for at in range(8)]) is not None


def test_a_flat_series_has_no_trend() -> None:
    assert trend([(at, 5.0) for at in range(20)]) is None


def test_a_falling_series_has_a_trend_too() -> None:
    line = trend([(at, 50.0 - at) for at in range(20)])
    assert line is not None
    assert line.slope == -1


def test_a_clean_step_is_not_a_trend() -> None:
    assert trend([(at, 10.0 if at < 10 else 20.0) for at in range(20)]) is None
