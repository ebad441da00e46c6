"""How long ago, as a person says it."""

from __future__ import annotations

from datetime import datetime

_STEPS = ((60, 1, "s"), (3600, 60, "min"), (86400, 3600, "h"), (86400 * 60, 86400, "days"))


def age(moment: datetime | None, now: datetime) -> str:
    """The time between a moment and now; "never" without a moment.

    >>> from datetime import timedelta
    >>> now = datetime(2026, 6, 30, 12)
    >>> [age(now - timedelta(seconds=gone), now) for gone in (2, 150, 7300, 86400, 200000)]
    ['2 s ago', '2 min ago', '2 h ago', '1 day ago', '2 days ago']
    """
    if moment is None or moment == datetime.min:
        return "never"
    gone = int((now - moment).total_seconds())
    if gone < 0:
        return "just now"
    for below, size, word in _STEPS:
        if gone < below:
            count = gone // size
            return f"{count} {'day' if word == 'days' and count == 1 else word} ago"
    return f"{moment.day} {moment:%b %Y}"


def lasting(seconds: float) -> str:
    """A length of time in the unit that it has a few of.

    >>> [lasting(one) for one in (4.2, 194, 5400, 173849, 86400 * 40)]
    ['4 s', '3 min', '2 h', '2 days', '40 days']
    """
    size, word = next(((size, word) for below, size, word in _STEPS if seconds < below), (86400, "days"))
    count = round(seconds / size)
    return f"{count} {'day' if word == 'days' and count == 1 else word}"
