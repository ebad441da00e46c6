"""The straight line through a series that outliers do not bend, and whether a line is the right picture at all."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

Point = tuple[int, float]

LEAST_POINTS = 8
SURE = 2.58
LEAST_SIDE = 3


@dataclass(frozen=True, slots=True)
class Line:
    """`level` at position 0 and `slope` per position."""

    level: float
    slope: float = 0.0

    def at(self, position: int) -> float:
        return self.level + self.slope * position


def line_through(points: Sequence[Point]) -> Line:
    """The line of Theil and Sen: the median of all pairwise slopes, then the median level.

    >>> line_through([(0, 1.0), (1, 2.0), (2, 90.0), (3, 4.0), (4, 5.0)])
    Line(level=1.0, slope=1.0)
    """
    slopes = [
        (later - earlier) / (right - left)
        for index, (left, earlier) in enumerate(points)
        for right, later in points[index + 1 :]
    ]
    slope = median(slopes)
    return Line(median(value - slope * position for position, value in points), slope)


def trend(points: Sequence[Point]) -> Line | None:
    """The line of a series that keeps going one way, or None.

    Two conditions: the order of the values is surely not chance (Mann-Kendall, 99 %), and a line fits them better than
    a single step from one level to another. A step is news; a line is how the metric lives.
    """
    if len(points) < LEAST_POINTS or abs(_direction(points)) < SURE:
        return None
    line = line_through(points)
    misfit = sum(abs(value - line.at(position)) for position, value in points)
    return line if misfit <= _misfit_of_a_step([value for _, value in points]) else None


def _direction(points: Sequence[Point]) -> float:
    """The z value of Mann and Kendall's test, corrected for ties."""
    values = [value for _, value in points]
    count = len(values)
    score = 0
    for index, earlier in enumerate(values):
        rest = values[index + 1 :]
        score += sum(later > earlier for later in rest) - sum(later < earlier for later in rest)
    ties = Counter(values).values()
    variance = count * (count - 1) * (2 * count + 5) - sum(tie * (tie - 1) * (2 * tie + 5) for tie in ties)
    if variance <= 0 or score == 0:
        return 0.0
    return (score - math.copysign(1, score)) / math.sqrt(variance / 18)


def _misfit_of_a_step(values: Sequence[float]) -> float:
    """The smallest sum of distances from two levels, one before and one after a cut."""
    return min(
        _distance(values[:cut]) + _distance(values[cut:]) for cut in range(LEAST_SIDE, len(values) - LEAST_SIDE + 1)
    )


def _distance(values: Sequence[float]) -> float:
    middle = median(values)
    return sum(abs(value - middle) for value in values)
