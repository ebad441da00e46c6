"""What an incident cost: what would have been counted without it, less what was, and how sure that is.

What would have been is the mean of the same hour of the same weekday in up to eight weeks before, moved by how the last
week stood to its own past and by how the last day stood to that week, as far as days have told the next hours in this
series before. How sure it is comes from trying the same on every stretch of equal length in the past in which nothing
happened: by how much those were missed, in units of how much such stretches usually vary (with their size and with its
square), is by how much this one may be missed. No shape is assumed of what comes in; what is assumed is that weeks are
alike, and that the incident began at an hour that had nothing to do with how the day went. One that sets in because of
a rush, or a feast that no earlier week had, is told wrongly by any such comparison.

In simulations of counts and money, with weekly seasons, trends, days that differ, other incidents and gaps, 90 in 100
of the 90 % intervals hold the truth (tests/unit/analyze/test_impact.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[Any]

Verdict = Literal["lost", "gained", "noise", "unknown"]
WEEKS = 8
# So many weeks must have been before the first stretch that is tried, and there must be as many to try.
LEAST_WEEKS = 2
LEVELS = (0.8, 0.9)
# How strongly it is believed, before any day told it, that days say nothing of their next hours: as so many stretches.
DOUBT = 4.0
LEAST = 0.05


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number with the intervals that hold it in 80 and in 90 of 100 cases; `windows` is out of how many stretches."""

    told: float
    likely: tuple[float, float]
    surely: tuple[float, float]
    windows: float

    @property
    def is_noise(self) -> bool:
        """Whether it cannot be told from nothing.

        >>> Estimate(5.0, (1.0, 9.0), (-1.0, 11.0), 40).is_noise
        True
        """
        return self.surely[0] <= 0 <= self.surely[1]


@dataclass(frozen=True, slots=True)
class Impact:
    """What an incident cost. `expected` is what would have been counted in each slot from its beginning to the end of
    the hours after it, `counted` what was; None where either is not known. Without enough history there are no
    numbers."""

    lost: Estimate | None
    recaptured: Estimate | None
    net: Estimate | None
    expected: tuple[float | None, ...]
    counted: tuple[float | None, ...]

    @property
    def verdict(self) -> Verdict:
        """What can be said of it in a word."""
        if self.lost is None:
            return "unknown"
        if self.lost.is_noise:
            return "noise"
        return "lost" if self.lost.told > 0 else "gained"


def impact(
    values: Sequence[float | None],
    start: int,
    end: int,
    per_day: int = 24,
    after: int | None = None,
    others: Sequence[tuple[int, int]] = (),
) -> Impact:
    """The impact of an incident in the slots from `start` to `end` of a series of `per_day` slots a day, None where a
    slot is not known. `after` are the slots looked at for what came later than it would have, a day of them unless
    said; the stretches `others` are no example of how it usually goes.

    >>> usual = [100.0, 140.0, 160.0, 120.0] * 56
    >>> found = impact([*usual[:220], 0.0, 0.0, 160.0, 120.0], 220, 222, per_day=4, after=0)
    >>> found.verdict, found.lost and round(found.lost.told)
    ('lost', 240)
    """
    import numpy as np

    series = np.array([np.nan if one is None else one for one in values], np.float64)
    after = per_day if after is None else after
    last = min(len(series), end + after)
    trial = Trial(series, start, per_day, others)
    stretches = {"lost": (0, end - start), "recaptured": (end - start, last - start), "net": (0, last - start)}
    found = {name: trial.estimate(low, high) for name, (low, high) in stretches.items()}
    if found["recaptured"] is not None:
        found["recaptured"] = turned(found["recaptured"])
    shown = trial.expected(last)
    counted = tuple(None if np.isnan(one) else float(one) for one in series[start:last])
    return Impact(found["lost"], found["recaptured"], found["net"], shown, counted)


def turned(one: Estimate) -> Estimate:
    """What was counted beyond what would have been, out of what is missing."""
    (low, high), (least, most) = one.likely, one.surely
    return Estimate(-one.told, (-high, -low), (-most, -least), one.windows)


class Trial:
    """A series up to an incident, of which stretches are tried."""

    def __init__(self, series: Floats, start: int, per_day: int, others: Sequence[tuple[int, int]]) -> None:
        import numpy as np

        self.start, self.day, self.week = start, per_day, 7 * per_day
        self.size = len(series)
        there = ~np.isnan(series)
        plain = there.copy()
        for low, high in others:
            plain[max(0, low) : high] = False
        plain[start:] = False
        self.usual = usual(series, plain, self.week)
        known = there & ~np.isnan(self.usual)
        self.of_usual, self.of_all = summed(self.usual, known), summed(series, known)
        self.before_usual, self.before_all = summed(self.usual, known & plain), summed(series, known & plain)
        self.unknown, self.odd = summed(~known), summed(there & ~plain)

    def between(self, sums: Floats, low: Floats, high: Floats) -> Floats:
        """What lies in stretches, of running sums."""
        found: Floats = sums[high.clip(0, self.size)] - sums[low.clip(0, self.size)]
        return found

    def levels(self, at: Floats) -> tuple[Floats, Floats]:
        """By how much the week before some slots was above its usual level, and by how much more the day before was."""
        import numpy as np

        found = []
        for back in (self.week, self.day):
            usual = self.between(self.before_usual, at - back, at)
            counted = self.between(self.before_all, at - back, at)
            found.append(np.where(usual > 0, counted / np.maximum(usual, 1e-12) - 1, np.nan))
        week = np.nan_to_num(found[0])
        return week, np.where(np.isnan(found[1]), 0.0, found[1] - week)

    def tried(self, low: int, high: int) -> Floats:
        """Where the stretches begin that are like the one from `low` to `high` slots after the incident's start."""
        import numpy as np

        at = np.arange(LEAST_WEEKS * self.week, self.start - high + 1)
        plain = self.between(self.odd, at, at + high) == 0
        known = self.between(self.unknown, at + low, at + high) <= (high - low) / 2
        counts = self.between(self.of_usual, at + low, at + high) > 0
        found: Floats = at[plain & known & counts]
        return found

    def estimate(self, low: int, high: int) -> Estimate | None:
        """What is missing in a stretch after the start of the incident; None where the past is too short to say."""
        import numpy as np

        at = self.tried(low, high)
        here = np.array([self.start])
        mine = float(self.between(self.of_usual, here + low, here + high)[0])
        windows = len(at) / max(high - low, self.day / 4)
        if high <= low or mine <= 0 or len(at) < self.week:
            return None
        usual, counted = (self.between(sums, at + low, at + high) for sums in (self.of_usual, self.of_all))
        week, day = self.levels(at)
        carried = float((usual * day * (counted / usual - 1 - week)).sum() / ((usual * day * day).sum() + 1e-12))
        carried = min(1.0, max(0.0, carried)) * windows / (windows + DOUBT)
        expected = usual * np.maximum(LEAST, 1 + week + carried * day)
        level, more = self.levels(here)
        would = mine * max(LEAST, 1 + float(level[0]) + carried * float(more[0]))
        missing = would - float(self.between(self.of_all, here + low, here + high)[0])
        spread = Spread(expected, expected - counted)
        likely, surely = (spread.interval(would, level, missing, windows) for level in LEVELS)
        return Estimate(missing, likely, surely, windows)

    def expected(self, last: int) -> tuple[float | None, ...]:
        """What would have been counted in each slot up to `last`."""
        import numpy as np

        week, day = self.levels(np.array([self.start]))
        level = max(LEAST, 1 + float(week[0]) + float(day[0]) / 2)
        return tuple(None if np.isnan(one) else float(one) * level for one in self.usual[self.start : last])


class Spread:
    """By how much stretches were missed, for what was expected of them."""

    def __init__(self, expected: Floats, missed: Floats) -> None:
        import numpy as np

        each = missed * missed / np.maximum(expected, 1e-9)
        middle, variance = expected.mean(), expected.var()
        by_size = ((expected - middle) * (each - each.mean())).mean() / variance if variance > 0 else 0.0
        # What varies with the square of its size, such as days that differ, and what with its size, such as chance.
        self.squared = max(0.0, float(by_size))
        self.plain = max(float(each.mean()) - self.squared * float(middle), 0.02 * float(each.mean()), 1e-9)
        self.units = missed / self.of(expected)

    def of(self, expected: Any) -> Any:
        """By how much a stretch of which so much is expected is usually missed."""
        return (self.plain * expected + self.squared * expected * expected) ** 0.5

    def interval(self, expected: float, level: float, missing: float, windows: float) -> tuple[float, float]:
        """Between what the truth lies in `level` of all cases where so much is missing; wider where few stretches tell
        it."""
        import numpy as np

        edge = (1 + level) / 2
        wider = student(edge, max(2.0, windows - 2)) / NormalDist().inv_cdf(edge)
        low, high = (float(np.quantile(self.units, share)) * wider for share in (1 - edge, edge))
        unit = float(self.of(expected))
        return missing - high * unit, missing - low * unit


def usual(series: Floats, plain: Floats, week: int) -> Floats:
    """The mean of the same slot in the weeks before in which nothing happened; NaN where there are none."""
    import numpy as np

    total, count = np.zeros(len(series)), np.zeros(len(series))
    values = np.where(plain, series, 0.0)
    for back in weeks_back(week, len(series)):
        total[back:] += values[:-back]
        count[back:] += plain[:-back]
    found: Floats = np.where(count > 0, total / np.maximum(count, 1), np.nan)
    return found


def weeks_back(week: int, size: int) -> Iterator[int]:
    """How far back the weeks lie that a series reaches."""
    yield from (number * week for number in range(1, WEEKS + 1) if number * week < size)


def summed(values: Floats, where: Floats | None = None) -> Floats:
    """Running sums with a zero before the first."""
    import numpy as np

    found: Floats = np.concatenate([[0.0], np.cumsum(values if where is None else np.where(where, values, 0.0))])
    return found


def student(share: float, freedom: float) -> float:
    """A quantile of Student's distribution, by the expansion of Cornish and Fisher (good from three degrees on).

    >>> round(student(0.95, 10), 2), round(student(0.95, 1000), 3)
    (1.81, 1.646)
    """
    z = NormalDist().inv_cdf(share)
    return z + (z**3 + z) / (4 * freedom) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * freedom**2)
