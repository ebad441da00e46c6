"""Rounded parts still come to their rounded total, and none is more than a unit away from itself."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from truenorth.base.rounding import reconciled, rounded

AMOUNTS = st.lists(st.decimals(-10_000, 10_000, places=6), min_size=1, max_size=12)


@given(AMOUNTS, st.integers(0, 3))
def test_rounded_parts_add_up(parts: list[Decimal], digits: int) -> None:
    total = rounded(sum(parts, Decimal(0)), digits)
    found = reconciled(parts, digits, total, range(len(parts)))
    assert sum(found) == total
    assert all(abs(one - part) <= Decimal(1).scaleb(-digits) for one, part in zip(found, parts, strict=True))


def test_what_is_nearest_to_the_half_gives_way_first() -> None:
    parts = [Decimal("10.004"), Decimal("-3.004"), Decimal("5.006")]
    assert reconciled(parts, 2, Decimal("12.01"), [0, 1, 2]) == [Decimal("10.00"), Decimal("-3.00"), Decimal("5.01")]
    parts = [Decimal("0.004")] * 3
    assert reconciled(parts, 2, Decimal("0.01"), [0, 1, 2]) == [Decimal("0.01"), Decimal("0.00"), Decimal("0.00")]


def test_what_is_told_elsewhere_too_is_left_as_it_is() -> None:
    parts = [Decimal("100.004"), Decimal("0.004"), Decimal("0.003")]
    assert reconciled(parts, 2, Decimal("100.01"), [1, 2]) == [Decimal("100.00"), Decimal("0.01"), Decimal("0.00")]
    assert reconciled(parts, 2, Decimal("100.01"), []) == [Decimal("100.00"), Decimal("0.00"), Decimal("0.00")]
