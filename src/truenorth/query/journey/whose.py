"""Whose outcomes a journey's number is made of: the same arrays, chosen by labels and group, and nothing gathered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from truenorth.query.journey.leg import Followed, followed
from truenorth.query.journey.outcome import Measured
from truenorth.query.journey.scan import Scan

HOW = {
    "count": "counted",
    "sum": "added up",
    "mean": "averaged",
    "median": "of which it is the median",
    "p75": "of which it is the 75th percentile",
    "p90": "of which it is the 90th percentile",
    "min": "of which it is the least",
    "max": "of which it is the greatest",
}


@dataclass(frozen=True, slots=True)
class Counted:
    """What counts in one place: whose it is, each with what it is worth, what they add up to where they are added up,
    the select that was followed, and what is done with what they are worth."""

    rows: tuple[tuple[object, ...], ...]
    total: Decimal | float | None
    sql: str
    how: str


def counted(scan: Scan, labels: tuple[object, ...], values: tuple[object, ...]) -> Counted:
    """What counts in the labels of the answer's windows and a group; each entity once where they are told apart."""
    found = followed(scan)
    measured = scan.journey.measured(scan.leg.leaves[0].metric, found.outcomes)
    at = next((number for number, one in enumerate(scan.frame.labels) if tuple(one) == labels), 0 if not labels else -1)
    group = next((number for number, one in enumerate(found.groups) if tuple(one) == values), -1)
    chosen = measured.mask & (found.outcomes.label == at) & (found.outcomes.group == group)
    places = np.flatnonzero(chosen)
    worth = worths(measured, places)
    who = found.outcomes.who[places].tolist()
    pairs = [(one, worth_of) for one, worth_of in zip(who, worth, strict=True) if worth_of is not None]
    if measured.how == "distinct":
        pairs = list(dict.fromkeys(pairs))
    pairs.sort()
    counts = measured.values is None or measured.how == "distinct"
    how = "counted" if counts else HOW[measured.how]
    total = total_of([one for _, one in pairs]) if how == HOW["sum"] else None
    return Counted(tuple((*named(found, one), worth_of) for one, worth_of in pairs), total, scan.sql(), how)


def total_of(values: Sequence[int | float | Decimal]) -> Decimal | float:
    """What values add up to; amounts exactly."""
    exact = [one for one in values if isinstance(one, Decimal)]
    return sum(exact, Decimal(0)) if len(exact) == len(values) else float(sum(map(float, values)))


def worths(
    measured: Measured, places: np.ndarray[tuple[int], np.dtype[np.int64]]
) -> list[int | float | Decimal | None]:
    """What each chosen outcome is worth; None for what is not known and does not count."""
    if measured.values is None or measured.how == "distinct":
        return [1] * len(places)
    values = np.asarray(measured.values)[places].tolist()
    if measured.places:
        return [Decimal(one).scaleb(-measured.places) for one in values]
    return [None if one != one else one for one in values]


def named(found: Followed, who: int) -> tuple[object, ...]:
    """The entity as it is written in the data."""
    return (who,) if found.entities is None else tuple(found.entities[who])
