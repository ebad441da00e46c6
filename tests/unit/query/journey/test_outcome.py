"""Numbers of outcomes, by labels and group."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest

from truenorth.query.journey.outcome import How, Measured, Outcomes, placed, told

FOUND = Outcomes(
    np.array([7, 7, 8, 9]), np.array([0, 0, 0, 1]), np.array([2, 2, 2, 0]), {"worth": np.array([10, 30, 20, 5])}
)
ALL = np.ones(4, np.bool_)


@pytest.mark.parametrize(
    ("how", "first", "second"),
    [("sum", 60, 5), ("mean", 20.0, 5.0), ("median", 20.0, 5.0), ("p75", 25.0, 5.0), ("min", 10, 5), ("max", 30, 5)],
)
def test_values_are_put_together_by_cell(how: How, first: float, second: float) -> None:
    assert told(FOUND, Measured(ALL, FOUND.facts["worth"], how)) == {(0, 2): first, (1, 0): second}


def test_counts_and_distinct_entities() -> None:
    assert told(FOUND, Measured(ALL)) == {(0, 2): 3, (1, 0): 1}
    assert told(FOUND, Measured(ALL, how="distinct")) == {(0, 2): 2, (1, 0): 1}
    assert placed(FOUND).cells == [(0, 2), (1, 0)]


def test_amounts_stay_exact_and_what_is_unknown_is_left_out() -> None:
    assert told(FOUND, Measured(ALL, FOUND.facts["worth"], "sum", 2))[0, 2] == Decimal("0.60")
    unknown = np.array([1.0, np.nan, 3.0, np.nan])
    assert told(FOUND, Measured(ALL, unknown, "mean")) == {(0, 2): 2.0}


def test_nothing_has_no_cells() -> None:
    none = np.zeros(4, np.bool_)
    assert told(FOUND, Measured(none)) == {}
    assert told(FOUND, Measured(none, FOUND.facts["worth"], "median")) == {}
