"""What is normal for a metric, and which of its values are signals: the individuals chart (XmR).

Centre = mean; limits = mean ± 2.66 x the mean moving range (D. J. Wheeler, *Understanding Variation*), or
median ± 3.145 x the median moving range. A series that grows is judged around its line, a daily one around its
weekdays.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import pairwise
from statistics import fmean, median
from typing import Literal

from truenorth.analyze.trend import Line, Point, trend

Spread = Literal["mean", "median", "screened"]
Rule = Literal["limit", "run", "near"]
Side = Literal["high", "low"]
Number = int | float | Decimal

LEAST_HISTORY = 6
LEAST_CYCLES = 3
RUN = 8
MEAN_FACTOR = 2.66
MEDIAN_FACTOR = 3.145
RANGE_FACTOR = 3.268
SIGMAS = 3.0


@dataclass(frozen=True, slots=True)
class Signal:
    """A value that chance does not explain: its position, the rule it met, and where the pattern began."""

    index: int
    rule: Rule
    side: Side
    since: int
    reason: str


@dataclass(frozen=True, slots=True)
class Normal:
    """The normal range of a series, point by point, and its signals.

    `state` is about the newest judged point: "normal", "signal" or "unknown" (not enough history).
    `sigma` is a third of the way from centre to limit; `trending` says that the range has a slope.
    """

    low: tuple[float | None, ...]
    centre: tuple[float | None, ...]
    high: tuple[float | None, ...]
    signals: tuple[Signal, ...]
    state: Literal["normal", "signal", "unknown"]
    reason: str
    sigma: float = 0.0
    trending: bool = False

    def signals_at(self, index: int) -> tuple[Signal, ...]:
        """The signals of one point, the strongest rule first."""
        return tuple(signal for signal in self.signals if signal.index == index)


@dataclass(frozen=True, slots=True)
class _Limits:
    centre: tuple[float, ...]
    reach: float
    middle: str
    floor: float | None = None
    ceiling: float | None = None

    def low(self, index: int) -> float:
        edge = self.centre[index] - self.reach
        return edge if self.floor is None else max(edge, self.floor)

    def high(self, index: int) -> float:
        edge = self.centre[index] + self.reach
        return edge if self.ceiling is None else min(edge, self.ceiling)


def normal(
    series: Sequence[Number | None],
    *,
    unit: str = "",
    skip: Collection[int] = (),
    baseline: int | None = None,
    spread: Spread = "mean",
    season: int = 1,
) -> Normal:
    """The normal range of `series` and its signals.

    `skip` holds positions never used nor judged (incomplete periods); None is a gap. The first `baseline` known values
    set the limits (all by default). `unit` "percent" caps the range at 100 %; no range goes below 0 where no value
    does. `season` 7 sets a daily series against its own weekdays once it has three weeks.

    >>> result = normal([10, 12, 11, 13, 12, 11, 30])
    >>> [(signal.index, signal.rule, signal.side) for signal in result.signals]
    [(6, 'limit', 'high')]
    """
    points = [(at, float(value)) for at, value in enumerate(series) if value is not None and at not in skip]
    base = points if baseline is None else points[:baseline]
    if len(base) < LEAST_HISTORY:
        return _unknown(len(series), len(points))
    line = trend(base)
    limits = _limits(base, len(series), line, spread, season)
    limits = _bounded(limits, [value for _, value in points], unit)
    signals = _signals(points, limits)
    reason = next((signal.reason for signal in signals if signal.index == points[-1][0]), "")
    return Normal(
        low=tuple(limits.low(at) for at in range(len(series))),
        centre=limits.centre,
        high=tuple(limits.high(at) for at in range(len(series))),
        signals=signals,
        state="signal" if reason else "normal",
        reason=reason or ("within its normal range, which has a trend" if line else "within its normal range"),
        sigma=limits.reach / SIGMAS,
        trending=line is not None,
    )


def _unknown(length: int, known: int) -> Normal:
    nothing = (None,) * length
    values = "value" if known == 1 else "values"
    reason = f"not enough history: {known} {values}, {LEAST_HISTORY} needed to say what is normal"
    return Normal(nothing, nothing, nothing, (), "unknown", reason)


def _limits(base: Sequence[Point], length: int, line: Line | None, spread: Spread, season: int) -> _Limits:
    way = line or Line(0.0)
    rest = [(at, value - way.at(at)) for at, value in base]
    offsets, widening = _season(rest, season)
    rest = [(at, value - offsets[at % season]) for at, value in rest]
    values = [value for _, value in rest]
    middle = median(values) if spread == "median" else fmean(values)
    reach = _reach(values, spread) * widening
    centre = tuple(way.at(at) + offsets[at % season] + middle for at in range(length))
    return _Limits(centre, reach, "its trend" if line else "its average")


def _season(rest: Sequence[Point], season: int) -> tuple[list[float], float]:
    """How far each position of the cycle usually is from the middle, and how much fitting that narrowed the rest."""
    cycles = len(rest) / season
    if season == 1 or cycles < LEAST_CYCLES:
        return [0.0] * season, 1.0
    middle = median(value for _, value in rest)
    by_position = [[value for at, value in rest if at % season == position] for position in range(season)]
    offsets = [median(values) - middle if values else 0.0 for values in by_position]
    return offsets, (cycles / (cycles - 1)) ** 0.5


def _reach(values: Sequence[float], spread: Spread) -> float:
    """The distance from the centre to a limit."""
    moves = [abs(later - earlier) for earlier, later in pairwise(values)]
    if spread == "median" and median(moves) > 0:
        return MEDIAN_FACTOR * median(moves)
    average = fmean(moves)
    if spread == "screened":
        calm = [move for move in moves if move <= RANGE_FACTOR * average]
        average = fmean(calm)
    return MEAN_FACTOR * average


def _bounded(limits: _Limits, values: Sequence[float], unit: str) -> _Limits:
    """Limits that stay where values of this kind can be."""
    floor = 0.0 if min(values) >= 0 else None
    ceiling = 1.0 if unit == "percent" and max(values) <= 1 else None
    return replace(limits, floor=floor, ceiling=ceiling)


def _signals(points: Sequence[Point], limits: _Limits) -> tuple[Signal, ...]:
    found: list[Signal] = []
    for at in range(len(points)):
        for rule in (_outside, _near, _run):
            signal = rule(points[: at + 1], limits)
            if signal:
                found.append(signal)
    return tuple(found)


def _side(point: Point, limits: _Limits, reach: float = 0.0) -> Side | None:
    """The side on which a point lies more than `reach` away from the centre."""
    at, value = point
    away = value - limits.centre[at]
    if abs(away) - reach <= 1e-9 * max(abs(value), abs(limits.centre[at])):
        return None
    return "high" if away > 0 else "low"


def _outside(points: Sequence[Point], limits: _Limits) -> Signal | None:
    at = points[-1][0]
    side = _side(points[-1], limits, limits.reach)
    if side is None:
        return None
    return Signal(at, "limit", side, at, f"{'above' if side == 'high' else 'below'} its normal range")


def _near(points: Sequence[Point], limits: _Limits) -> Signal | None:
    """Three of four values in a row nearer to one limit than to the centre, the newest among them."""
    last = points[-4:]
    sides = [_side(point, limits, limits.reach / 2) for point in last]
    side = sides[-1]
    if side is None or sides.count(side) < 3:
        return None
    end = "upper" if side == "high" else "lower"
    since = last[sides.index(side)][0]
    return Signal(points[-1][0], "near", side, since, f"three of the last four near the {end} end of its normal range")


def _run(points: Sequence[Point], limits: _Limits) -> Signal | None:
    side = _side(points[-1], limits)
    if side is None:
        return None
    length = 0
    for point in reversed(points):
        if _side(point, limits) != side:
            break
        length += 1
    if length < RUN:
        return None
    words = f"{length} in a row {'above' if side == 'high' else 'below'} {limits.middle}"
    return Signal(points[-1][0], "run", side, points[-length][0], words)
