"""Buckets by name: each its own, never more of them than are remembered."""

from __future__ import annotations

from truenorth.serve.allowance import Allowance


def test_so_much_a_second_and_a_burst() -> None:
    pace = Allowance(rate=2, burst=4)
    assert [pace.take("a", 1, now=0) for _ in range(5)] == [0, 0, 0, 0, 0.5]
    assert pace.take("a", 1, now=0.5) == 0
    assert [pace.take("a", 1, now=100) for _ in range(5)] == [0, 0, 0, 0, 0.5]


def test_names_that_are_long_gone_make_room_for_new_ones() -> None:
    pace = Allowance(rate=1, burst=2, most=3)
    for name in "abc":
        pace.take(name, 2, now=0)
    assert pace.take("c", 1, now=0.5) > 0
    pace.take("d", 2, now=1.9)
    assert pace.take("d", 1, now=1.9) > 0
    pace.take("c", 2, now=10)
    pace.take("e", 1, now=10.5)
    pace.take("f", 1, now=10.5)
    assert pace.take("c", 1, now=10.5) > 0
