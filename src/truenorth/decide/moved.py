"""What is said of a balance that moved: from where to where, what brought most and what took most."""

from __future__ import annotations

from collections.abc import Sequence

from truenorth.base.period import Grain
from truenorth.decide.series import number
from truenorth.decide.words import amount, signed
from truenorth.define.model import Metric
from truenorth.query.layout import Bridge
from truenorth.query.rollforward import Rollforward, Walk, effect

MOST_PERIODS = 62
DAYS: tuple[tuple[Grain, int, int], ...] = (
    ("day", 1, 35), ("week", 7, 100), ("month", 30, 1900), ("quarter", 91, 5600), ("year", 365, 10**9),
)  # fmt: skip
WORTH_NAMING = 0.1


def history_grain(days: int, asked: str = "") -> Grain:
    """The grain that a history of so many days is told by: the one asked for, unless that would be too many periods.

    >>> history_grain(90), history_grain(365), history_grain(365, "day"), history_grain(30, "week")
    ('week', 'month', 'week', 'week')
    """
    known = [grain for grain, _, _ in DAYS]
    first = known.index(asked) if asked in known else next(at for at, (_, _, most) in enumerate(DAYS) if days <= most)
    return next((grain for grain, length, _ in DAYS[first:] if days / length <= MOST_PERIODS), known[-1])


def effects(told: Rollforward, walk: Walk) -> tuple[float, ...]:
    """What each step between opening and closing did to the balance."""
    inner = zip(told.steps[1:-1], walk.values[1:-1], strict=True)
    return tuple(number(effect(step, value)) or 0.0 for step, value in inner)


def sentence(told: Rollforward, metric: Metric, locale: str) -> str:
    """From where to where a balance went in the range, and which movements were the largest."""
    opening, closing = number(told.whole.values[0]), number(told.whole.values[-1])
    if closing is None:
        return f"{metric.title} has no balance in this range."
    begun, size = opening or 0.0, closing - (opening or 0.0)
    ends = f"from {amount(begun, metric, locale)} to {amount(closing, metric, locale)}"
    if not any(effects(told, told.whole)):
        return f"{metric.title} did not move: {amount(closing, metric, locale)}."
    way = (
        f"{'rose' if size > 0 else 'fell'} by {amount(abs(size), metric, locale)}, {ends}"
        if size
        else f"came out {ends}"
    )
    moved = [(step.label, size) for step, size in zip(told.steps[1:-1], effects(told, told.whole), strict=True)]
    return f"{metric.title} {way}.{largest(moved, metric, locale)}"


def bridge_sentence(bridge: Bridge, metric: Metric, names: tuple[str, str], locale: str) -> str:
    """From where to where a total of a statement went between two periods, and which lines did most of it."""
    before, now = (float(end) for end in bridge.ends)
    size = now - before
    way = f"{'rose' if size > 0 else 'fell'} by {amount(abs(size), metric, locale)}" if size else "did not change"
    ends = f"from {amount(before, metric, locale)} in {names[0]} to {amount(now, metric, locale)} in {names[1]}"
    moved = [(line.label, float(step)) for line, step in bridge.moved]
    return f"{metric.title} {way}, {ends}.{largest(moved, metric, locale)}"


def largest(moved: Sequence[tuple[str, float]], metric: Metric, locale: str) -> str:
    """The largest movements, up and down, in a sentence that begins with a space; nothing where nothing moved."""
    least = WORTH_NAMING * max((abs(size) for _, size in moved), default=0.0)
    ups = _words([one for one in moved if one[1] > 0 and abs(one[1]) >= least], metric, locale)
    downs = _words([one for one in moved if one[1] < 0 and abs(one[1]) >= least], metric, locale)
    sides = [f"{ups} brought it up" if ups else "", f"{downs} brought it down" if downs else ""]
    said = "; ".join(side for side in sides if side)
    return f" {said[:1].upper()}{said[1:]}." if said else ""


def _words(moved: Sequence[tuple[str, float]], metric: Metric, locale: str) -> str:
    ordered = sorted(moved, key=lambda one: -abs(one[1]))[:2]
    return " and ".join(f"{label.lower()} ({signed(size, metric, locale)})" for label, size in ordered)
