"""Which of many metrics moved most, measured by how far each is from its own normal, not by percent."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from truenorth.analyze.normal import Normal, Number

NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


@dataclass(frozen=True, slots=True)
class Mover:
    """One metric at one moment: `deviation` in its own sigmas, `signal` when chance does not explain it.

    `news` says that it left its normal range in this very period.
    """

    name: str
    label: str
    deviation: float
    signal: bool
    words: str = ""
    reason: str = ""
    news: bool = False


def deviation(normal: Normal, index: int, value: Number | None) -> float:
    """How many sigmas a value lies from the centre of its normal range; 0 without history or value."""
    centre = normal.centre[index] if normal.centre else None
    if centre is None or value is None:
        return 0.0
    away = float(value) - centre
    if abs(away) <= 1e-9 * max(abs(centre), abs(float(value))):
        return 0.0
    return away / normal.sigma if normal.sigma > 0 else math.copysign(math.inf, away)


def movers(candidates: Iterable[Mover]) -> tuple[Mover, ...]:
    """The candidates: news first, then other signals, the farthest from their normal first, then by name."""
    return tuple(
        sorted(candidates, key=lambda mover: (not mover.signal, not mover.news, -abs(mover.deviation), mover.name))
    )


def headline(candidates: Sequence[Mover]) -> str:
    """One sentence on what changed most; the same candidates always give the same sentence.

    >>> headline([Mover("a", "Revenue", 0.2, False), Mover("b", "Churn rate", 0.1, False)])
    'Both key metrics are within their normal range.'
    """
    if not candidates:
        return "There is too little history yet to say what is normal."
    ordered = movers(candidates)
    signals = [mover for mover in ordered if mover.signal]
    calm = len(ordered) - len(signals)
    if not signals:
        return f"{_all(len(ordered))} within {'its' if len(ordered) == 1 else 'their'} normal range."
    first = signals[0]
    verb = "changed most" if first.news else "stands out most"
    lead = f"{first.label} {verb}" + (f": {first.words}" if first.words else "")
    lead += f" ({first.reason})" if first.reason else ""
    others = [mover.label for mover in signals[1:]]
    also = f" {_listed(others)} also stand{'s' if len(others) == 1 else ''} out." if others else ""
    verb = " is" if calm == 1 else "s are"
    rest = f" {_count(calm).capitalize()} other{verb} within the normal range." if calm else ""
    return f"{lead}.{also}{rest}"


def _all(count: int) -> str:
    if count == 1:
        return "The one key metric is"
    return "Both key metrics are" if count == 2 else f"All {_count(count)} key metrics are"


def _count(count: int) -> str:
    return NUMBERS[count] if count < len(NUMBERS) else str(count)


def _listed(labels: Sequence[str], most: int = 3) -> str:
    if len(labels) > most:
        return f"{', '.join(labels[:most])} and {_count(len(labels) - most)} more"
    return " and ".join(filter(None, [", ".join(labels[:-1]), labels[-1]]))
