"""Changes taken apart: worked by hand, and never a rest."""

from __future__ import annotations

from math import fsum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from truenorth.analyze.drivers import Drivers, Effect, Part, adds_up, amounts, drivers, rates

amount = st.floats(-1e7, 1e7, allow_subnormal=False)
size = st.integers(0, 10**6).map(float)
counts = st.lists(st.tuples(size, size, size, size), min_size=1, max_size=30)


def parts_of(rows: list[tuple[float, float, float, float]]) -> list[Part]:
    return [Part(f"value {at}", *row) for at, row in enumerate(rows)]


def steps(found: Drivers) -> float:
    return fsum([*(one.own for one in found.leading), found.others.own if found.others else 0.0, found.mix])


def test_a_sum_changes_by_what_its_parts_change() -> None:
    found = amounts([Part("pro", 100, 130), Part("free", 50, 40), Part(None, 0, 5), Part("gone", 10, 0)])
    assert [effect.own for effect in found] == [30, -10, 5, -10]
    assert [effect.alike for effect in found] == pytest.approx([9.375, 4.6875, 0, 0.9375])


def test_more_visitors_where_few_buy_is_mix_and_no_ones_own() -> None:
    effects = rates([Part("direct", 10, 10, 100, 100), Part("paid", 2, 8, 100, 400)])
    assert [effect.own for effect in effects] == [0, 0]
    assert [effect.mix for effect in effects] == pytest.approx([-0.3 * (0.1 - 0.048), 0.3 * (0.02 - 0.048)])
    assert fsum(effect.mix for effect in effects) == pytest.approx(0.036 - 0.06)


def test_a_worse_rate_at_the_same_weights_is_its_own() -> None:
    effects = rates([Part("a", 20, 10, 100, 200), Part("b", 30, 60, 100, 200)])
    assert [effect.own for effect in effects] == pytest.approx([0.5 * (0.05 - 0.2), 0])
    assert [effect.mix for effect in effects] == [0, 0]


def test_what_is_new_below_is_mix_and_what_stands_above_nothing_is_its_own() -> None:
    new, bare, old = rates([Part("new", 0, 5, 0, 50), Part("bare", 10, 20), Part("old", 40, 40, 100, 50)])
    assert new.own == 0
    assert new.mix == pytest.approx(0.05 - 0.5 * (0.5 + 0.65) / 2)
    assert (bare.own, bare.mix) == pytest.approx((0.1, 0))
    assert fsum([new.mix, bare.own, old.own, old.mix]) == pytest.approx(0.65 - 0.5)


def test_a_rate_over_nothing_has_no_effects() -> None:
    assert rates([Part("a", 1, 1, 0, 10)]) == ()
    assert rates([]) == ()


def test_before_and_now_can_change_places() -> None:
    there = rates([Part("a", 20, 11, 100, 130), Part("b", 30, 61, 90, 200)])
    back = rates([Part("a", 11, 20, 130, 100), Part("b", 61, 30, 200, 90)])
    for one, other in zip(there, back, strict=True):
        assert (one.own, one.mix) == pytest.approx((-other.own, -other.mix))


@given(st.lists(st.tuples(amount, amount), min_size=1, max_size=30), st.integers(2, 8))
def test_the_steps_of_a_sum_make_its_change(rows: list[tuple[float, float]], room: int) -> None:
    before, now = fsum(row[0] for row in rows), fsum(row[1] for row in rows)
    found = drivers(before, now, amounts([Part(f"{at}", *row) for at, row in enumerate(rows)]), room)
    assert steps(found) == pytest.approx(now - before, rel=1e-9, abs=1e-9 * max(1, abs(before), abs(now)))


@given(counts, st.integers(2, 8))
def test_the_steps_of_a_rate_make_its_change(rows: list[tuple[float, float, float, float]], room: int) -> None:
    parts = parts_of(rows)
    below = fsum(part.below_before for part in parts), fsum(part.below_now for part in parts)
    effects = rates(parts)
    if not all(below):
        assert effects == ()
        return
    before, now = fsum(part.before for part in parts) / below[0], fsum(part.now for part in parts) / below[1]
    found = drivers(before, now, effects, room)
    assert steps(found) == pytest.approx(now - before, rel=1e-9, abs=1e-9 * max(1, before, now))
    assert fsum(effect.alike for effect in effects) == pytest.approx(now - before, abs=1e-9 * max(1, before, now))


def test_the_largest_lead_and_the_rest_is_one_step() -> None:
    effects = [Effect(name, own) for name, own in (("a", 1.0), ("b", -9.0), ("c", 4.0), ("d", 2.0), ("still", 0.0))]
    three = drivers(0, -2, effects, room=3)
    assert [effect.name for effect in three.leading] == ["b", "c"]
    assert three.others is not None
    assert (three.others.own, three.count) == (3.0, 2)
    every = drivers(0, -2, effects, room=4)
    assert [effect.name for effect in every.leading] == ["b", "c", "d", "a"]
    assert every.others is None


def test_a_dimension_whose_parts_all_change_alike_explains_nothing() -> None:
    alike = drivers(100, 110, amounts([Part("a", 60, 66), Part("b", 40, 44)]))
    apart = drivers(100, 110, amounts([Part("c", 60, 80), Part("d", 40, 30)]))
    assert alike.uneven == pytest.approx(0)
    assert apart.uneven == pytest.approx(14)


def test_parts_that_overlap_do_not_add_up() -> None:
    assert adds_up([0.1] * 10, 1.0)
    assert adds_up([], 0)
    assert not adds_up([3, 4], 6)
    assert not adds_up([1e9, 1], 1e9 + 3)
