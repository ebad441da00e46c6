"""Cohorts of a balance, by hand and against a slow way of counting."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as some

from truenorth.analyze.cohort import average, cohorts


def test_who_left_and_came_back_stays_in_the_first_cohort() -> None:
    found = cohorts([(0, "a", 10), (1, "a", -10), (3, "a", 25), (2, "b", 4)], 4)
    assert [(one.begun, one.amounts, one.counts) for one in found] == [
        (0, (10, 0, 0, 25), (1, 0, 0, 1)), (2, (4, 4), (1, 1)),
    ]  # fmt: skip
    assert found[0].left(3) == 2.5
    assert found[0].left(3, counted=True) == 1.0
    assert found[0].left(4) is None


def test_who_came_and_went_within_a_period_belongs_to_none() -> None:
    assert cohorts([(0, "a", 5), (0, "a", -5)], 2) == ()
    assert cohorts([], 3) == ()
    assert [one.begun for one in cohorts([(0, "a", 5), (0, "a", -5), (1, "a", 1)], 2)] == [1]


def test_the_row_of_all_weighs_by_the_first_amount_and_leaves_the_young_out() -> None:
    found = cohorts([(0, "a", 100), (1, "a", -50), (1, "b", 300), (2, "b", 30), (2, "c", 1000)], 3)
    assert average(found, 1, known=3) == (50 + 330) / 400
    assert average(found, 1, known=2) == 0.5
    assert average(found, 2, known=3) == 0.5
    assert average(found, 3, known=3) is None
    assert average(found, 1, known=3, counted=True) == 1.0


CHANGES = some.lists(
    some.tuples(some.integers(0, 5), some.sampled_from("abcd"), some.integers(1, 9), some.integers(1, 6)), max_size=12
)


@given(CHANGES)
def test_all_cohorts_together_are_the_balance(rows: list[tuple[int, str, int, int]]) -> None:
    """Rows that last from a period for some periods: a balance that is never below zero."""
    changes = [(begins, who, Decimal(worth)) for begins, who, worth, _ in rows]
    changes += [(begins + lasts, who, -Decimal(worth)) for begins, who, worth, lasts in rows]
    levels: dict[int, dict[str, Decimal]] = {at: defaultdict(Decimal) for at in range(6)}
    for begins, who, worth, lasts in rows:
        for at in range(begins, min(begins + lasts, 6)):
            levels[at][who] += worth
    found = cohorts(changes, 6)
    for at in range(6):
        inside = [one for one in found if one.begun <= at]
        assert sum(one.amounts[at - one.begun] for one in inside) == sum(levels[at].values())
        assert sum(one.counts[at - one.begun] for one in inside) == sum(1 for value in levels[at].values() if value)
    assert all(one.amounts[0] > 0 for one in found)
