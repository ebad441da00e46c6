"""How long something took, from one time of a row to another."""

from __future__ import annotations

from truenorth.discover.facts import Column, named
from truenorth.discover.subject import Subject

# A difference is taken in milliseconds, so that parts of a second are not lost: how many of them a unit has.
_MILLISECONDS = {"minutes": 60_000, "hours": 3_600_000}


def elapsed(subject: Subject, name: str, end: Column, unit: str) -> tuple[str, str]:
    """A field of the time between a row's own time and another one, and its unit: days where one of them is a day.

    ("", "") where the row has no time of its own, or it is the same.
    """
    start = subject.table.column(subject.time)
    if start is None or start.name == end.name:
        return "", ""
    begin, over = named(subject.time), subject.called(end)
    if "date" in (start.type, end.type):
        return subject.computed(f"days_{name}", f"date_diff('day', {begin}, {over})", unit="days"), "days"
    expr = f"date_diff('millisecond', {begin}, {over}) / {_MILLISECONDS[unit]}"
    return subject.computed(f"{unit}_{name}", expr, unit=unit), unit
