"""Credit worked out in Python, conversion by conversion, so that the SQL of it can be checked against something short.

The touches of a conversion are looked through one by one, weights are fractions, and what is shared out are whole
smallest units.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from math import trunc

from msgspec import Struct

from truenorth.base.period import Moment, parse_window, shift
from truenorth.define.attribution import half_life
from truenorth.define.model import Metric

Key = tuple[object, ...]
# What each touch (None is none at all) of each conversion gets.
Credits = dict[tuple[Key, Key | None], Decimal]
CENT, FINEST = Decimal("0.01"), Decimal("0.00000001")
BILLION = 1_000_000_000


class Touch(Struct, frozen=True):
    """One touch: its key, when it was, and whether it was direct."""

    key: Key
    at: Moment
    direct: bool = False


class Earned(Struct, frozen=True):
    """One conversion: its key, when it was, whose, and what there is to be shared out."""

    key: Key
    at: Moment | None
    who: Key
    amount: Decimal | None


def apportioned(metric: Metric, earned: Sequence[Earned], touches: Mapping[Key, Sequence[Touch]]) -> Credits:
    """What every touch gets under the model of a metric; `touches` are those of each entity."""
    found: Credits = {}
    for one in earned:
        if one.amount is None:
            continue
        before = sorted((touch for touch in touches.get(one.who, ()) if led(metric, touch, one)), key=order)
        for touch, share in shares(metric, one.amount, before):
            place = one.key, None if touch is None else touch.key
            found[place] = found.get(place, Decimal(0)) + share
    return found


def order(touch: Touch) -> tuple[object, ...]:
    """Touches go by their time, those of one moment by their key."""
    return touch.at, *touch.key


def led(metric: Metric, touch: Touch, earned: Earned) -> bool:
    """Whether a touch may have led to a conversion: it came before it or with it, and within the window."""
    if earned.at is None or stamp(touch.at) > stamp(earned.at):
        return False
    if not metric.window:
        return True
    count, grain = parse_window(metric.window)
    return stamp(touch.at) > stamp(shift(earned.at, -count, grain))


def shares(metric: Metric, amount: Decimal, before: Sequence[Touch]) -> list[tuple[Touch | None, Decimal]]:
    """What each of the touches before a conversion gets of an amount, first to last.

    >>> linear = Metric("m", "attribution", model="linear", unit="currency")
    >>> touches = [Touch((at,), date(2026, 1, at)) for at in (1, 2, 3)]
    >>> [f"{share:.2f}" for _, share in shares(linear, Decimal(100), touches)]
    ['33.33', '33.33', '33.34']
    """
    if not before:
        return [(None, amount)]
    if metric.model in ("first", "last", "last_non_direct"):
        others = [touch for touch in before if not touch.direct] or before
        chosen = {"first": before[0], "last": before[-1]}.get(metric.model, others[-1])
        return [(chosen, amount)]
    weights = weights_of(metric, before)
    worth = amount.quantize(FINEST, ROUND_HALF_UP)
    unit = CENT if metric.unit == "currency" and worth == worth.quantize(CENT) else FINEST
    units = trunc(worth / unit)
    found: list[tuple[Touch | None, Decimal]] = []
    given, upto = 0, Fraction(0)
    for touch, weight in zip(before, weights, strict=True):
        upto += weight
        reached = trunc(units * upto / sum(weights))
        found.append((touch, (reached - given) * unit))
        given = reached
    # What an amount has beyond its eighth decimal place goes with the last.
    last, share = found[-1]
    return [*found[:-1], (last, share + amount - worth)]


def weights_of(metric: Metric, before: Sequence[Touch]) -> list[Fraction]:
    """How much each touch counts."""
    size = len(before)
    if metric.model == "position" and size > 2:
        return [Fraction(2, 5), *([Fraction(1, 5) / (size - 2)] * (size - 2)), Fraction(2, 5)]
    if metric.model == "time_decay":
        latest = stamp(before[-1].at)
        ages = ((latest - stamp(touch.at)).total_seconds() for touch in before)
        return [Fraction(round(BILLION * 0.5 ** (age / half_life(metric)))) for age in ages]
    return [Fraction(1)] * size


def stamp(at: Moment) -> datetime:
    """A day as the moment it begins."""
    return at if isinstance(at, datetime) else datetime(at.year, at.month, at.day)


def amount_of(value: object) -> Decimal | None:
    """A value of the data as an exact amount; of a floating number, eight decimal places."""
    if value is None:
        return None
    found = Decimal(int(value)) if isinstance(value, bool | int) else Decimal(str(value))
    return found.quantize(FINEST, ROUND_HALF_UP) if isinstance(value, float) else found


def day_or_time(value: object) -> Moment | None:
    """A time of the data."""
    assert value is None or isinstance(value, date)
    return value
