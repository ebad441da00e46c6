"""Small tables written out; where thousands of rows go on steadily, only where each run begins and how long it is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise

from truenorth.query.dialect import Dialect, indented

Row = tuple[object, ...]
Length = timedelta | int
FEW = 400
DAY = timedelta(days=1)


def table(dialect: Dialect, columns: Sequence[tuple[str, str]], rows: Sequence[Row]) -> str:
    """A small table of (name, type) columns: its rows, or the runs they make."""
    if len(rows) > FEW:
        steps = Counter(step(one, other) for one, other in pairwise(rows)).most_common(1)[0][0]
        found = runs(rows, steps)
        if len(found) * 3 < len(rows):
            return going_on(dialect, columns, steps, found)
    return dialect.values(columns, rows)


def step(one: Row, other: Row) -> tuple[Length | None, ...]:
    """How far each column of a row is from the next one; None where that is no length of time.

    >>> step((date(2026, 1, 1), "a"), (date(2026, 1, 2), "a"))
    (datetime.timedelta(days=1), datetime.timedelta(0))
    """
    return tuple(apart(before, after) for before, after in zip(one, other, strict=True))


def apart(before: object, after: object) -> Length | None:
    """The length between two times or numbers of a kind; nothing between equal values."""
    if before == after:
        return timedelta(0)
    if type(before) is not type(after):
        return None
    if isinstance(before, datetime) and isinstance(after, datetime):
        return after - before
    if isinstance(before, date) and isinstance(after, date):
        return after - before
    return after - before if isinstance(before, int) and isinstance(after, int) else None


def runs(rows: Sequence[Row], steps: tuple[Length | None, ...]) -> list[tuple[Row, int]]:
    """The first row of each run that goes on by those steps, and how many rows it has."""
    found: list[tuple[Row, int]] = []
    for at, row in enumerate(rows):
        if at and None not in steps and step(rows[at - 1], row) == steps:
            first, size = found[-1]
            found[-1] = first, size + 1
        else:
            found.append((row, 1))
    return found


def going_on(
    dialect: Dialect,
    columns: Sequence[tuple[str, str]],
    steps: tuple[Length | None, ...],
    found: list[tuple[Row, int]],
) -> str:
    """The rows made from their runs by the engine."""
    listed = dialect.values((*columns, ("size", dialect.whole)), [(*row, size) for row, size in found])
    shown = []
    for (name, word), length in zip(columns, steps, strict=True):
        moved = name
        if isinstance(length, int):
            moved = f"{name} + {length} * step"
        elif length and word == dialect.date:
            moved = dialect.as_date(f"{name} + {length // DAY} * step")
        elif length:
            moved = f"{name} + INTERVAL ({int(length.total_seconds())} * step) SECOND"
        shown.append(f"{moved} AS {name}")
    each = f"SELECT *, {dialect.each_of('size')} AS step\nFROM (\n{indented(listed)}\n) AS runs"
    return f"SELECT {', '.join(shown)}\nFROM (\n{indented(each)}\n) AS steps"
