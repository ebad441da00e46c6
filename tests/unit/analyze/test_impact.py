"""What incidents cost, against simulations of which the truth is known: intervals hold it as often as they say."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from truenorth.analyze.impact import Estimate, impact

DAY = np.array([2, 1.5, 1, 1, 1.5, 3, 6, 10, 14, 16, 17, 17, 16, 16, 16, 15, 15, 16, 17, 16, 13, 10, 6, 3])
WEEK = np.array([1.1, 1.15, 1.1, 1.1, 1, 0.7, 0.6])
RUNS = 400
SHAPES: dict[str, dict[str, Any]] = {
    "counts": {"mean": 50},
    "few": {"mean": 3},
    "many": {"mean": 5000},
    "growing": {"mean": 50, "trend": 0.02},
    "shrinking": {"mean": 200, "trend": -0.02},
    "bursts": {"mean": 50, "bursts": 0.1},
    "wild bursts": {"mean": 200, "bursts": 0.3},
    "days that differ": {"mean": 200, "days": 0.05},
    "days that differ much": {"mean": 1000, "days": 0.1},
    "money": {"mean": 300, "money": True},
    "gaps": {"mean": 50, "gaps": 40},
    "another incident": {"mean": 200, "other": True},
}


class World:
    """A series with an incident, and what that really cost."""

    def __init__(
        self, draw: np.random.Generator, weeks: int, shape: dict[str, Any], depth: float | None = None
    ) -> None:
        length = int(draw.integers(1, 13))
        self.start = weeks * 168 + int(draw.integers(0, 168))
        self.end = self.start + length
        without = self.without(draw, self.end + 24, **shape)
        share = float(draw.choice([0.3, 0.6, 1.0])) if depth is None else depth
        # Whole things get lost whole; money in proportion.
        whole = not shape.get("money")
        gone = draw.binomial(without[self.start : self.end].astype(int), share) if whole else None
        taken = without[self.start : self.end] * share if gone is None else gone
        self.values = without.copy()
        self.values[self.start : self.end] -= taken
        self.lost = float(taken.sum())
        weights = np.exp(-np.arange(24) / 6.0)
        later = float(draw.choice([0.0, 0.4, 0.8])) * self.lost * weights / weights.sum()
        later = draw.poisson(later) if whole else later
        self.values[self.end :] += later
        self.back = float(later.sum())
        self.others: list[tuple[int, int]] = []
        if shape.get("other"):
            low = self.start - 336 + int(draw.integers(-20, 20))
            self.values[low : low + 6] *= 0.2
            self.others = [(low, low + 6)]
        if shape.get("gaps"):
            self.values[draw.choice(self.start - 2, shape["gaps"], replace=False)] = math.nan

    @staticmethod
    def without(
        draw: np.random.Generator, size: int, mean: float, trend: float = 0, bursts: float = 0, days: float = 0,
        money: bool = False, **_: object,
    ) -> Any:  # fmt: skip
        """What is counted without any incident."""
        at = np.arange(size)
        level = mean * DAY[at % 24] / DAY.mean() * WEEK[(at // 24) % 7] / WEEK.mean() * (1 + trend) ** (at / 168)
        if days:
            level = level * np.exp(draw.normal(0, days, size // 24 + 1))[at // 24]
        if bursts:
            level = level * draw.gamma(1 / bursts, bursts, size)
        if not money:
            return draw.poisson(level).astype(float)
        return np.array([draw.lognormal(3, 0.8, count).sum() for count in draw.poisson(level / 30)])

    def found(self) -> dict[str, Estimate]:
        values = [None if math.isnan(one) else one for one in self.values.tolist()]
        told = impact(values, self.start, self.end, others=self.others)
        found = {"lost": told.lost, "recaptured": told.recaptured, "net": told.net}
        return {name: one for name, one in found.items() if one is not None}


def held(interval: tuple[float, float], truth: float) -> bool:
    return interval[0] <= truth <= interval[1]


@pytest.mark.parametrize("weeks", [4, 8])
@pytest.mark.parametrize("shape", SHAPES)
def test_intervals_hold_the_truth_as_often_as_they_say(shape: str, weeks: int) -> None:
    draw = np.random.default_rng([weeks, *map(ord, shape)])
    worlds = [World(draw, weeks, SHAPES[shape]) for _ in range(RUNS)]
    found = [(one, one.found()) for one in worlds]
    for name in ("lost", "recaptured", "net"):
        truth = {
            "lost": lambda one: one.lost,
            "recaptured": lambda one: one.back,
            "net": lambda one: one.lost - one.back,
        }
        # In a night in which nothing is expected nothing can be lost.
        known = [(told[name], truth[name](one)) for one, told in found if name in told]
        surely = sum(held(told.surely, true) for told, true in known) / len(known)
        likely = sum(held(told.likely, true) for told, true in known) / len(known)
        assert len(known) > 0.9 * RUNS
        assert 0.85 <= surely <= 0.95, (name, surely)
        assert 0.74 <= likely <= 0.87, (name, likely)


def test_no_effect_is_seldom_called_one() -> None:
    draw, called = np.random.default_rng(5), 0
    shapes = [(shape, weeks) for shape in SHAPES for weeks in (4, 8)] * 30
    for shape, weeks in shapes:
        told = World(draw, weeks, SHAPES[shape], depth=0.0).found()
        called += "lost" in told and not told["lost"].is_noise
    assert called / len(shapes) <= 0.10


def test_a_whole_outage_of_a_busy_service_is_found_nearly_exactly() -> None:
    draw = np.random.default_rng(3)
    world = World(draw, 8, {"mean": 5000}, depth=1.0)
    found = world.found()["lost"]
    assert found.told == pytest.approx(world.lost, rel=0.05) and found.surely[0] > 0


@pytest.mark.parametrize(
    ("values", "start", "end", "verdict"),
    [
        ([], 0, 0, "unknown"),
        ([5.0] * 400, 390, 395, "unknown"),
        ([0.0] * 1000, 900, 905, "unknown"),
        ([None] * 1000, 900, 905, "unknown"),
        ([5.0] * 2000, 5000, 5005, "unknown"),
        ([5.0] * 1900 + [0.0] * 5 + [5.0] * 50, 1900, 1905, "lost"),
        ([5.0] * 1900 + [9.0] * 5 + [5.0] * 50, 1900, 1905, "gained"),
        ([5.0] * 1950, 1900, 1905, "noise"),
    ],
)
def test_what_can_be_said(values: list[float | None], start: int, end: int, verdict: str) -> None:
    assert impact(values, start, end).verdict == verdict


def test_an_incident_that_goes_on_has_no_hours_after_it() -> None:
    found = impact([5.0] * 1900 + [0.0] * 5, 1900, 1905)
    assert found.verdict == "lost" and found.recaptured is None
    assert found.net is not None and found.net.told == pytest.approx(25)
    assert found.expected == (5.0,) * 5 and found.counted == (0.0,) * 5
