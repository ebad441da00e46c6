"""Fewer points, the same picture: first, least, greatest and last of every pixel column."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def thin(values: Sequence[float | None], columns: int, keep: Iterable[int] = ()) -> list[int]:
    """The indices to draw, in order: all of them when there are few, at most four a column when there are many.

    Gaps stay gaps: a column's first missing value is kept, as is every index in `keep`.

    >>> thin([1.0, 2.0, 3.0], 10)
    [0, 1, 2]
    >>> len(thin([float(n % 7) for n in range(10000)], 100)) <= 400
    True
    """
    count = len(values)
    if count <= columns * 2:
        return list(range(count))
    chosen = {at for at in keep if 0 <= at < count}
    for column in range(columns):
        first, last = column * count // columns, (column + 1) * count // columns
        known = [at for at in range(first, last) if values[at] is not None]
        gap = next((at for at in range(first, last) if values[at] is None), None)
        if gap is not None:
            chosen.add(gap)
        if known:
            chosen.update((known[0], known[-1]))
            chosen.add(min(known, key=lambda at: _number(values[at])))
            chosen.add(max(known, key=lambda at: _number(values[at])))
    return sorted(chosen)


def _number(value: float | None) -> float:
    return value if value is not None else 0.0
