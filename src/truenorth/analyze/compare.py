"""One value against another: by how much it changed, and whether that is better or worse."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

Number = int | float | Decimal
Verdict = Literal["better", "worse", "neutral"]

POINTS_UNITS = ("percent", "points")


@dataclass(frozen=True, slots=True)
class Change:
    """From `base` to `value`. `relative` is None where the base is missing, zero or negative: no share of it exists."""

    value: float | None
    base: float | None
    absolute: float | None
    relative: float | None
    verdict: Verdict

    @property
    def known(self) -> bool:
        return self.absolute is not None


def change(value: Number | None, base: Number | None, direction: str = "none") -> Change:
    """The change from `base` to `value`; `direction` says which way is good.

    >>> change(0.031, 0.037, "up").verdict
    'worse'
    >>> change(5, 0, "up").relative is None
    True
    """
    now, then = _float(value), _float(base)
    if now is None or then is None:
        return Change(now, then, None, None, "neutral")
    absolute = now - then
    if abs(absolute) <= 1e-12 * max(abs(now), abs(then)):
        absolute = 0.0
    return Change(now, then, absolute, absolute / then if then > 0 else None, verdict(absolute, direction))


def verdict(absolute: float | None, direction: str) -> Verdict:
    """Better or worse by the direction that is good; neutral without a change or a direction."""
    if not absolute or direction not in ("up", "down"):
        return "neutral"
    return "better" if (absolute > 0) == (direction == "up") else "worse"


def shown(step: Change, unit: str) -> tuple[float | None, str]:
    """How a change is best said: in "points" for percentages, "relative" else, "absolute" where no share exists.

    >>> shown(change(0.5, 0.4), "percent")[1], shown(change(5, 4), "")[1], shown(change(5, 0), "")[1]
    ('points', 'relative', 'absolute')
    """
    if unit in POINTS_UNITS:
        return step.absolute, "points"
    if step.relative is not None:
        return step.relative, "relative"
    return step.absolute, "absolute"


def sentence(step: Change, words: str, than: str) -> str:
    """A change in words; `words` is the change as shown, `than` what it is compared with.

    >>> sentence(change(0.031, 0.037, "up"), "−0.6 pt", "the week before")
    '−0.6 pt, worse than the week before'
    """
    if not step.known:
        return f"no value for {than} to compare with" if step.value is not None else "no value"
    if step.absolute == 0:
        return f"the same as {than}"
    if step.verdict == "neutral":
        return f"{words} against {than}"
    return f"{words}, {step.verdict} than {than}"


def _float(value: Number | None) -> float | None:
    return None if value is None else float(value)
