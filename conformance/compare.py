"""Two sets of rows beside each other: columns by name, rows as often as they occur, numbers nearly equal."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

Row = tuple[object, ...]
TOLERANCE = 1e-9


def plain(value: object) -> object:
    """A value without what only its type says: numbers as floats, days as midnights."""
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    if isinstance(value, int | float | Decimal):
        number = float(value)
        return None if number != number else number
    if isinstance(value, datetime):
        return value.replace(tzinfo=None)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day)
    return str(value)


def rank(value: object) -> tuple[int, object]:
    """Something to sort any value by."""
    if value is None:
        return (0, 0)
    if isinstance(value, bool):
        return (1, value)
    if isinstance(value, float):
        return (2, value)
    return (3, value.isoformat()) if isinstance(value, datetime) else (4, str(value))


def same(one: object, other: object) -> bool:
    """Whether two values are equal, numbers within the tolerance."""
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
    return one == other and type(one) is type(other)


def difference(
    names: Sequence[str], wanted: list[Row], columns: Sequence[str], found: list[Row], *, in_order: bool = False
) -> str:
    """What is wrong with the rows found, in a few words; "" when nothing is."""
    if sorted(names) != sorted(columns):
        return f"columns {sorted(columns)} instead of {sorted(names)}"
    at = [list(columns).index(name) for name in names]
    left = [tuple(plain(value) for value in row) for row in wanted]
    right = [tuple(plain(row[position]) for position in at) for row in found]
    if not in_order:
        # What groups stands before what is measured, so that rows meet their like even where numbers differ a little.
        exact = [n for n in range(len(names)) if not any(isinstance(row[n], float) for row in left)]
        keys = [*exact, *(n for n in range(len(names)) if n not in exact)]
        left, right = (sorted(rows, key=lambda row: [rank(row[n]) for n in keys]) for rows in (left, right))
    for one, other in zip(left, right, strict=False):
        if not all(same(a, b) for a, b in zip(one, other, strict=True)):
            count = "" if len(left) == len(right) else f" ({len(right)} rows instead of {len(left)})"
            return f"{shown(names, other)} instead of {shown(names, one)}{count}"
    if len(left) != len(right):
        more = right[len(left) :] or left[len(right) :]
        word = "more" if len(right) > len(left) else "missing"
        return f"{len(right)} rows instead of {len(left)}; {word}: {shown(names, more[0])}"
    return ""


def shown(names: Sequence[str], row: Row) -> str:
    """A row in a line."""
    return ", ".join(f"{name}={short(value)}" for name, value in zip(names, row, strict=True))


def short(value: object) -> str:
    """A value in a few letters."""
    if isinstance(value, datetime):
        return str(value).removesuffix(" 00:00:00")
    return f"{value:.10g}" if isinstance(value, float) else str(value)
