"""What is normal for a metric, and which of its values are signals: the individuals chart (XmR).

Centre = mean; limits = mean ± 2.66 x the mean moving range (D. J. Wheeler, *Understanding Variation*), or
median ± 3.145 x the median moving range. A series that grows is judged around its line, a daily one around its
weekdays.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
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
SLACK = 1e-9
MOVES: dict[tuple[Rule, Side], str] = {
    ("limit", "high"): "moved up more than it normally does",
    ("limit", "low"): "moved down more than it normally does",
    ("near", "high"): "three of its last four moves unusually high",
    ("near", "low"): "three of its last four moves unusually low",
    ("run", "high"): "eight moves or more in a row above its average move",
    ("run", "low"): "eight moves or more in a row below its average move",
}


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
    floor, ceiling = _bounds([value for _, value in points], unit)
    limits = replace(limits, floor=floor, ceiling=ceiling)
    signals = _signals(points, limits)
    reason = _reason_at(points, skip, signals)
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


def steps(
    series: Sequence[Number | None],
    *,
    unit: str = "",
    skip: Collection[int] = (),
    baseline: int | None = None,
    spread: Spread = "mean",
    season: int = 1,
) -> Normal:
    """The normal range of a level (a balance, a rolling window), judged by its moves from one value to the next.

    Values of a level hang together, so that limits around their mean would cry signal for every slow drift.

    >>> [signal.index for signal in steps([10, 12, 13, 15, 16, 18, 20, 21, 15], baseline=8).signals]
    [8]
    """
    known = [(at, float(value)) for at, value in enumerate(series) if value is not None]
    moves: list[float | None] = [None] * len(series)
    before: list[float | None] = [None] * len(series)
    for (_, earlier), (at, later) in pairwise(known):
        moves[at], before[at] = later - earlier, earlier
    limit = None if baseline is None else baseline - 1
    usual = normal(moves, skip=skip, baseline=limit, spread=spread, season=season)
    if usual.state == "unknown":
        return _unknown(len(series), len([at for at, _ in known if at not in skip]), LEAST_HISTORY + 1)
    bounds = _bounds([value for _, value in known], unit)
    signals = tuple(replace(signal, reason=MOVES[signal.rule, signal.side]) for signal in usual.signals)
    return replace(
        usual,
        low=_moved(before, usual.low, bounds),
        centre=_moved(before, usual.centre, bounds),
        high=_moved(before, usual.high, bounds),
        signals=signals,
        reason=_reason_at(known, skip, signals) or "within its normal range",
    )


def _moved(
    before: Sequence[float | None], moves: Sequence[float | None], bounds: tuple[float | None, float | None]
) -> tuple[float | None, ...]:
    """Each value before plus its move, kept within the bounds."""
    floor, ceiling = bounds
    moved: list[float | None] = []
    for start, move in zip(before, moves, strict=True):
        edge = None if start is None or move is None else start + move
        if edge is not None and floor is not None:
            edge = max(edge, floor)
        moved.append(edge if edge is None or ceiling is None else min(edge, ceiling))
    return tuple(moved)


def _reason_at(points: Sequence[Point], skip: Collection[int], signals: Sequence[Signal]) -> str:
    """The strongest reason why the newest judged point is a signal, or nothing."""
    newest = max(at for at, _ in points if at not in skip)
    return next((signal.reason for signal in signals if signal.index == newest), "")


def _unknown(length: int, known: int, needed: int = LEAST_HISTORY) -> Normal:
    nothing = (None,) * length
    values = "value" if known == 1 else "values"
    reason = f"not enough history: {known} {values}, {needed} needed to say what is normal"
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
        average = fmean(calm) or average
    return MEAN_FACTOR * average


def _bounds(values: Sequence[float], unit: str) -> tuple[float | None, float | None]:
    """The floor and ceiling that values of this kind keep to."""
    return 0.0 if min(values) >= 0 else None, 1.0 if unit == "percent" and max(values) <= 1 else None


def _signals(points: Sequence[Point], limits: _Limits) -> tuple[Signal, ...]:
    """Every point against every rule, the strongest first; `away` are the distances from the centre, noise as 0."""
    away = [_away(point, limits) for point in points]
    found: list[Signal] = []
    for at, (index, _) in enumerate(points):
        if not away[at]:
            continue
        side: Side = "high" if away[at] > 0 else "low"
        for rule, length, reason in _met(away, at, limits):
            if rule == "run" and side == "low" and _at_rest(points[at - length + 1 : at + 1], limits):
                continue
            found.append(Signal(index, rule, side, points[at - length + 1][0], reason))
    return tuple(found)


def _at_rest(points: Sequence[Point], limits: _Limits) -> bool:
    """Whether values lie on a floor that is close to the centre: eight weeks without a rare thing are no news."""
    floor = limits.floor
    return floor is not None and all(
        value <= floor and limits.centre[at] - floor <= limits.reach / SIGMAS for at, value in points
    )


def _away(point: Point, limits: _Limits) -> float:
    """The distance from the centre; what only comes from the digits of floating numbers is none."""
    at, value = point
    away = value - limits.centre[at]
    return 0.0 if abs(away) <= SLACK * max(abs(value), abs(limits.centre[at])) else away


def _met(away: Sequence[float], at: int, limits: _Limits) -> Iterator[tuple[Rule, int, str]]:
    """The rules that a point meets: which, over how many points, and what to say."""
    sign = 1 if away[at] > 0 else -1
    here = away[at] * sign
    slack = SLACK * (here + limits.reach)
    if here - limits.reach > slack:
        yield "limit", 1, f"{'above' if sign > 0 else 'below'} its normal range"
    last = [one * sign for one in away[max(0, at - 3) : at + 1]]
    far = [one - limits.reach / 2 > slack for one in last]
    if far[-1] and sum(far) >= 3:
        end = "upper" if sign > 0 else "lower"
        yield "near", len(far) - far.index(True), f"three of the last four near the {end} end of its normal range"
    length = 0
    while length <= at and away[at - length] * sign > 0:
        length += 1
    if length >= RUN:
        yield "run", length, f"{length} in a row {'above' if sign > 0 else 'below'} {limits.middle}"
