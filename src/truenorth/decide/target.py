"""What a metric should reach in one period: the target in force, converted honestly, and the pace towards it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from truenorth.base.period import Grain, day_of, next_period, truncate
from truenorth.define.model import Metric, Target

State = Literal["ahead", "on pace", "behind", "unknown"]
Way = Literal["scaled", "as is", "to date", "omitted"]

NEAR = 0.05
SINGLE = ("avg", "min", "max", "first", "last", "median", "percentile")
NESTED: Mapping[Grain, tuple[Grain, ...]] = {
    "day": ("week", "month", "quarter", "year"),
    "month": ("quarter", "year"),
    "quarter": ("year",),
}


@dataclass(frozen=True, slots=True)
class Stretch:
    """One period of a card: its first day, its grain, and the first day of the week."""

    start: date
    grain: Grain
    week_start: str = "monday"

    @property
    def end(self) -> date:
        """The first day after the period; an hour counts with its day."""
        return self.start + timedelta(days=1) if self.grain == "hour" else next_period(self.start, self.grain)

    @property
    def last(self) -> date:
        return self.end - timedelta(days=1)

    def within(self, grain: Grain) -> Stretch:
        """The longer period that holds this one's last day."""
        return Stretch(truncate(self.last, grain, self.week_start), grain, self.week_start)


@dataclass(frozen=True, slots=True)
class Converted:
    """A target as it counts for one period: `way` says how it came about, `note` says it in words."""

    value: float | None
    way: Way
    every: Grain
    note: str = ""
    expected: float = 1.0


@dataclass(frozen=True, slots=True)
class Goal:
    """Where a metric stands towards its target: `share` of it reached, against the share `expected` by now."""

    value: float | None
    every: Grain
    way: Way
    share: float | None
    expected: float
    state: State
    note: str = ""
    reached: float | None = None


def active(targets: Sequence[Target], day: date) -> Target | None:
    """The target in force on a day; of several, the one that began last.

    >>> active([Target(10, from_="2026-01-01"), Target(12, from_="2026-04-01")], date(2026, 5, 1)).value
    12
    """
    iso = day.isoformat()
    valid = [target for target in targets if target.from_ <= iso and (not target.to or iso <= target.to)]
    return max(valid, key=lambda target: target.from_, default=None)


def converted(metric: Metric, additivity: str, stretch: Stretch) -> Converted | None:
    """The target of one period, or None when none is in force on its last day.

    A sum is scaled by days; a rate and a level hold at any grain; a distinct count is left out when the grains differ.
    """
    target = active(metric.targets, stretch.last)
    if target is None:
        return None
    if metric.grain_to_date:
        return _towards(metric, target, stretch)
    if target.every == stretch.grain or _holds_at_any_grain(metric):
        return Converted(target.value, "as is", target.every)
    if additivity == "additive" and stretch.grain != "hour" and target.every != "hour":
        return _scaled(metric, target, stretch)
    what = "a distinct count" if "distinct" in metric.agg else "this metric"
    note = f"its target is per {target.every}; {what} cannot be scaled to a {stretch.grain}"
    return Converted(None, "omitted", target.every, note)


def _holds_at_any_grain(metric: Metric) -> bool:
    """Whether the metric is a rate or a level, whose size does not grow with the length of the period."""
    level = metric.is_stock or (metric.type == "cumulative" and not metric.grain_to_date)
    return (
        level
        or metric.type == "ratio"
        or metric.calculates_rate
        or metric.agg in SINGLE
        or metric.unit in ("percent", "points", "ratio")
    )


def _scaled(metric: Metric, target: Target, stretch: Stretch) -> Converted:
    """Each day carries its share of the target in force on it."""
    total = 0.0
    day = stretch.start
    while day < stretch.end:
        daily = active(metric.targets, day)
        if daily is None:
            note = f"its target begins on {target.from_}, within this {stretch.grain}"
            return Converted(None, "omitted", target.every, note)
        whole = Stretch(day, "day", stretch.week_start).within(daily.every)
        total += daily.value / (whole.end - whole.start).days
        day += timedelta(days=1)
    return Converted(
        total, "scaled", target.every, f"this {stretch.grain}'s share of the target per {target.every}, by days"
    )


def _towards(metric: Metric, target: Target, stretch: Stretch) -> Converted:
    """A running total heads for its target: the share expected is the share of days gone by."""
    if target.every != metric.grain_to_date:
        note = f"its target is per {target.every}, but it adds up over a {metric.grain_to_date}"
        return Converted(None, "omitted", target.every, note)
    return Converted(target.value, "to date", target.every, _to_date(target.every), _elapsed(stretch, target.every))


def _elapsed(stretch: Stretch, every: Grain) -> float:
    whole = stretch.within(every)
    return (stretch.end - whole.start).days / (whole.end - whole.start).days


def _to_date(every: Grain) -> str:
    return f"{every} to date"


def goal(metric: Metric, additivity: str, stretch: Stretch, series: Mapping[date, float | None]) -> Goal | None:
    """Where the metric stands at the end of a period; `series` holds its values by the first day of each period.

    A sum with a target for a longer period that holds whole short ones is added up to date and set against the days
    gone by; otherwise the period's own value meets the converted target.
    """
    target = converted(metric, additivity, stretch)
    if target is None:
        return None
    value = series.get(stretch.start)
    if target.way == "scaled" and target.every in NESTED.get(stretch.grain, ()):
        sum_so_far = _so_far(stretch, target.every, series)
        whole = converted(metric, additivity, stretch.within(target.every))
        if sum_so_far is not None and whole is not None and whole.value is not None:
            target = Converted(
                whole.value, "to date", target.every, _to_date(target.every), _elapsed(stretch, target.every)
            )
            value = sum_so_far
    return _judged(target, value, metric.direction)


def _so_far(stretch: Stretch, every: Grain, series: Mapping[date, float | None]) -> float | None:
    """The sum from the start of the longer period; None when the series does not reach back that far."""
    start = stretch.within(every).start
    if not series or min(series) > start:
        return None
    values = [value for day, value in series.items() if start <= day_of(day) < stretch.end and value is not None]
    return sum(values) if values else None


def _judged(target: Converted, value: float | None, direction: str) -> Goal:
    aim = target.value
    if aim is None or value is None:
        return Goal(aim, target.every, target.way, None, target.expected, "unknown", target.note, value)
    share = value / aim if aim > 0 else None
    state = _state(value, aim * target.expected, direction, target.way)
    return Goal(aim, target.every, target.way, share, target.expected, state, target.note, value)


def _state(value: float, due: float, direction: str, way: Way) -> State:
    """Ahead when met. A sum may be near its due and count as on pace; a rate or level is met or not."""
    if direction == "none":
        return "unknown"
    lead = value - due if direction == "up" else due - value
    if lead >= 0:
        return "ahead"
    return "on pace" if way != "as is" and -lead <= NEAR * abs(due) else "behind"
