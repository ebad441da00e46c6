"""Which times are believable: not before this century, not further ahead than a day."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from truenorth.collect.receive.batch import Integers, Points

EARLIEST = 946_684_800_000_000
_DAY = 86_400_000_000
_LAST = 253_402_300_799_000_000


def sound(times: Integers, received_at: int) -> NDArray[np.bool_]:
    """Which of the times (microseconds since 1970 UTC) can be true of something received then.

    >>> sound(np.array([0, 1_767_225_600_000_000]), 1_767_225_600_000_000).tolist()
    [False, True]
    """
    kept: NDArray[np.bool_] = (times >= EARLIEST) & (times <= received_at + _DAY)
    return kept


def unsound(time: int, received_at: int) -> str:
    """Why a time cannot be; "" when it can."""
    return "" if EARLIEST <= time <= received_at + _DAY else f"the time of a point is {said(time)}"


def said(time: int) -> str:
    """A time that is none, in words."""
    if not -_LAST < time < _LAST:
        return "a time beyond all calendars"
    if time == 0:
        return "no time"
    return datetime.fromtimestamp(time / 1_000_000, UTC).isoformat(timespec="seconds")


def only(points: Points, kept: NDArray[np.bool_]) -> Points:
    """The points that are kept, in their order."""
    if kept.all():
        return points
    series = [one for one, keep in zip(points.series, kept.tolist(), strict=True) if keep]
    return Points(series, points.time[kept], points.start[kept], points.value[kept])
