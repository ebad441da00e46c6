"""Why a number changed: the whole difference between two stretches of time, taken apart without a rest."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import fsum

EXACT = 1e-9


@dataclass(frozen=True, slots=True)
class Part:
    """One value of a dimension, before and now. Of a rate, `before` and `now` are what stands above the line, and
    `below_before` and `below_now` what stands below it."""

    name: str | None
    before: float
    now: float
    below_before: float = 0.0
    below_now: float = 0.0


@dataclass(frozen=True, slots=True)
class Effect:
    """What one part did to the whole: by its `own` change, and by the change of its weight (`mix`, of rates only).

    `alike` is what it would have done if all parts had changed alike.
    """

    name: str | None
    own: float
    mix: float = 0.0
    alike: float = 0.0


@dataclass(frozen=True, slots=True)
class Drivers:
    """A change in a few steps: the leading effects, `count` others together, and the mix of a rate; no rest is left."""

    before: float
    now: float
    leading: tuple[Effect, ...]
    others: Effect | None = None
    count: int = 0
    mix: float = 0.0

    @property
    def uneven(self) -> float:
        """How far the parts that moved lie, on average, from where they would be if all had changed alike.

        The dimension where it is greatest explains most with least: many small steps scatter, but tell little.
        """
        steps = self.leading if self.others is None else (*self.leading, self.others)
        apart = fsum(abs(step.own - step.alike) for step in steps) + abs(self.mix)
        return apart / max(len(self.leading) + self.count, 1)


def adds_up(parts: Iterable[float], whole: float) -> bool:
    """Whether parts make the whole, so that no row stands in two of them: counts to the last one, amounts to a hair.

    >>> adds_up([1, 2, 3], 6), adds_up([3, 4], 6)
    (True, False)
    """
    known = [*map(float, parts), float(whole)]
    apart = abs(fsum(known[:-1]) - known[-1])
    return apart == 0 if all(value.is_integer() for value in known) else apart <= EXACT * fsum(map(abs, known))


def amounts(parts: Sequence[Part]) -> tuple[Effect, ...]:
    """The effects on a sum: each part adds its own change.

    >>> [effect.own for effect in amounts([Part("a", 4, 6), Part("b", 1, 0)])]
    [2, -1]
    """
    whole, change = fsum(part.before for part in parts), fsum(part.now - part.before for part in parts)
    return tuple(
        Effect(part.name, part.now - part.before, alike=change * part.before / whole if whole else 0.0)
        for part in parts
    )


def rates(parts: Sequence[Part]) -> tuple[Effect, ...]:
    """The effects on a rate, the sum above over the sum below: by a part's own rate and by its weight.

    With r a part's rate, w its share of what stands below, R the whole rate, and a bar for the mean of both stretches:

        own = w̄ · Δr        mix = Δw · (r̄ − R̄)        Σ (own + mix) = ΔR, exactly

    E. M. Kitagawa, "Components of a Difference Between Two Rates", Journal of the American Statistical Association 50
    (1955); the weights are the Marshall-Edgeworth means, so that before and now can change places. What stands below
    in one stretch only changed the mix; what stands above nothing has no rate, and all it did is its own. Empty where
    nothing stands below the whole.
    """
    below = (fsum(part.below_before for part in parts), fsum(part.below_now for part in parts))
    if not below[0] or not below[1]:
        return ()
    whole = (fsum(part.before for part in parts) / below[0], fsum(part.now for part in parts) / below[1])
    return tuple(_rate(part, below, whole) for part in parts)


def _rate(part: Part, below: tuple[float, float], whole: tuple[float, float]) -> Effect:
    weights = part.below_before / below[0], part.below_now / below[1]
    lifted = part.now / below[1] - part.before / below[0]
    together = lifted - (weights[1] - weights[0]) * (whole[0] + whole[1]) / 2
    mean = (weights[0] + weights[1]) / 2
    alike = mean * (whole[1] - whole[0])
    if part.below_before and part.below_now:
        own = mean * (part.now / part.below_now - part.before / part.below_before)
    else:
        bare = (not part.below_before and part.before) or (not part.below_now and part.now)
        own = together if bare else 0.0
    return Effect(part.name, own, together - own, alike)


def drivers(before: float, now: float, effects: Sequence[Effect], room: int = 6) -> Drivers:
    """The effects that moved anything, largest first; those beyond `room` are one, unless it would stand alone."""
    moved = sorted(
        (effect for effect in effects if effect.own),
        key=lambda effect: (-abs(effect.own), effect.name is None, effect.name or ""),
    )
    mix = fsum(effect.mix for effect in effects)
    if len(moved) <= room:
        return Drivers(before, now, tuple(moved), mix=mix)
    rest = moved[room - 1 :]
    return Drivers(before, now, tuple(moved[: room - 1]), together(rest), len(rest), mix)


def together(effects: Sequence[Effect]) -> Effect:
    """Several effects as one without a name."""
    return Effect(
        None,
        fsum(effect.own for effect in effects),
        fsum(effect.mix for effect in effects),
        fsum(effect.alike for effect in effects),
    )
