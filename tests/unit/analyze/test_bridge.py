"""Price, volume and mix, by hand and for anything there is."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from truenorth.analyze.bridge import EFFECTS, Sold, bridged

D = Decimal


def sold(name: str, quantity: tuple[int, int], revenue: tuple[int, int], cost: tuple[int, int] = (0, 0)) -> Sold:
    """A part in whole numbers."""
    pairs = [(D(before), D(now)) for before, now in (quantity, revenue, cost)]
    return Sold(name, pairs[0], pairs[1], pairs[2])


def test_two_products_by_hand() -> None:
    """Basic: 100 at 10, then 120 at 11. Pro: 50 at 40, then 80 at 38. In all 150 pieces, then 200: a third more.

    Volume: 3,000 x 1/3 = 1,000. Mix: basic should have grown to 133.33 and is 13.33 below, at 10: -133.33; pro to
    66.67 and is 13.33 above, at 40: +533.33; 400 together. Price: 120 x 1 = 120, 80 x -2 = -160. 3,000 becomes 4,360.
    """
    found = bridged([sold("basic", (100, 120), (1000, 1320)), sold("pro", (50, 80), (2000, 3040))])
    assert (found.before, found.now) == (3000, 4360)
    assert found.effects == {"volume": 1000, "mix": 400, "price": -40}
    own = {part.name: effects for part, effects in found.parts}
    assert own["basic"]["price"] == 120 and own["pro"]["price"] == -160
    assert round(own["basic"]["mix"], 6) == D("-133.333333") and round(own["pro"]["mix"], 6) == D("533.333333")
    assert round(own["basic"]["volume"], 6) == D("333.333333")


def test_a_margin_by_hand() -> None:
    """One product: 10 at 8 that cost 5, then 12 at 9 that cost 7. Margin 30, then 24.

    Volume: 2 more at a margin of 3: +6. Price: 12 x 1 = +12. Cost: 12 x -2 = -24.
    """
    found = bridged([sold("one", (10, 12), (80, 108), (50, 84))])
    assert (found.before, found.now) == (30, 24)
    assert found.effects == {"volume": 6, "price": 12, "cost": -24}


def test_what_is_sold_in_one_stretch_only_is_new_or_gone() -> None:
    found = bridged([sold("old", (5, 0), (50, 0)), sold("stays", (4, 4), (40, 44)), sold("fresh", (0, 3), (0, 60))])
    assert found.effects == {"price": 4, "new": 60, "gone": -50}
    assert bridged([]).effects == {}
    # A correction without any quantity has no price of its own.
    assert bridged([sold("late", (0, 0), (0, 7))]).effects == {"new": 7}


MONEY = st.decimals(-(10**9), 10**9, places=2, allow_nan=False, allow_infinity=False)
COUNT = st.integers(-5, 10**6).map(Decimal) | st.decimals(0, 10**4, places=3, allow_nan=False, allow_infinity=False)
PARTS = st.lists(st.builds(Sold, st.text(max_size=3), *(st.tuples(one, one) for one in (COUNT, MONEY, MONEY))))


@given(PARTS)
def test_all_effects_are_the_whole_change_exactly(parts: list[Sold]) -> None:
    found = bridged(parts)
    assert sum(found.effects.values(), D(0)) == found.now - found.before
    for part, own in found.parts:
        assert sum(own.values(), D(0)) == part.amount[1] - part.amount[0]
        assert set(own) <= set(EFFECTS)


@given(PARTS)
def test_mix_moves_no_quantity_and_equal_prices_make_none(parts: list[Sold]) -> None:
    """At one price for all, no part is worth more of the whole than another."""
    alike = [Sold(one.name, one.quantity, one.quantity) for one in parts if min(one.quantity) > 0]
    effects = bridged(alike).effects
    assert abs(effects.get("mix", D(0))) <= D("1e-9") and "price" not in effects
