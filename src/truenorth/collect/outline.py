"""Where in a sheet its table stands: below titles and remarks, down to the totals that people write under it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from datetime import date, time, timedelta

from msgspec import Struct

from truenorth.collect.kind import MOMENTS, NUMBERS, kind_of

Row = Sequence[object]
_HEAD = 30  # so far down a row of names may stand
FOOT = 6  # and so far up from the end a total
_LOOKED_AT = 200
_MOST = 0.8
LEFT_OUT = "left out"
_TOTAL = re.compile(
    r"((grand|sub|over)[- ]?)?(totals?|sums?|summe|gesamt(summe)?|insgesamt|total general|totaal|totale|suma)"
    r"( (all|overall|gesamt|général|generale))?\s*(:(\s.{0,40})?)?",
    re.I,
)


class Outline(Struct, frozen=True):
    """The position of the row of names, -1 for none, and the first and the last row of the table and one more."""

    names: int
    first: int
    end: int


def outlined(rows: Sequence[Row], header: str = "") -> Outline:
    """The outline of a sheet's rows, of which none is empty; `header` is yes, no, or "" to find out.

    >>> rows = [["Sales", ""], ["day", "n"], [date(2026, 1, 1), 5.0], [date(2026, 1, 2), 7.0], ["Total", 12.0]]
    >>> outlined(rows)
    Outline(names=1, first=2, end=4)
    """
    if header == "no":
        return Outline(-1, 0, len(rows))
    names = _names_at(rows)
    if names < 0:
        return Outline(0, 1, len(rows)) if header == "yes" else Outline(-1, 0, len(rows))
    return Outline(names, names + 1, end_of_rows(rows, names + 1))


def left_out(above: Sequence[tuple[int, str]], below: Sequence[tuple[int, str]]) -> tuple[str, ...]:
    """What is said of the lines around a table: their numbers, and how each begins."""
    return tuple(
        f"{LEFT_OUT} {where}: line " + ", ".join(f'{line} ("{text}")' for line, text in lines)
        for lines, where in ((above, "above the names"), (below, "below the rows"))
        if lines
    )


def cell_kind(cell: object) -> str:
    """What a cell holds: number, moment, truth or text; "" for nothing.

    >>> [cell_kind(cell) for cell in (3.0, "2026-01-05", True, "Ada", "")]
    ['number', 'moment', 'truth', 'text', '']
    """
    if isinstance(cell, bool):
        return "truth"
    if isinstance(cell, int | float):
        return "number"
    if isinstance(cell, date | time | timedelta):
        return "moment"
    kind = kind_of(str(cell))
    if kind == "missing":
        return ""
    return "number" if kind in NUMBERS else "moment" if kind in MOMENTS else "text"


def _names_at(rows: Sequence[Row]) -> int:
    """The first row of texts that has rows of the table's width and kinds below it; -1 where there is none."""
    columns, kinds = usual(rows)
    for at, row in enumerate(rows[: min(_HEAD, len(rows) - 1)]):
        full = sum(row[column] != "" for column in columns) >= _MOST * len(columns)
        if full and _is_header(row) and _alike(rows[at + 1], kinds):
            return at
        if full and kinds and _alike(row, kinds):
            # A row of the table itself: what comes before the names is never one.
            break
    return 0 if _is_header(rows[0]) else -1


def usual(rows: Sequence[Row]) -> tuple[list[int], dict[int, str]]:
    """The columns that most rows fill, and those of them that hold no text, with what they hold."""
    seen = rows[:_LOOKED_AT]
    columns, kinds = [], {}
    for column in range(max(map(len, seen))):
        held = Counter(kind for row in seen if (kind := cell_kind(row[column])))
        if sum(held.values()) * 2 < len(seen):
            continue
        columns.append(column)
        [(kind, count)] = held.most_common(1)
        if kind != "text" and count * 2 > sum(held.values()):
            kinds[column] = kind
    return columns or [*range(max(map(len, seen)))], kinds


def _alike(row: Row, kinds: dict[int, str]) -> bool:
    """Whether a row holds, in most columns that hold no text, what the column holds."""
    return sum(cell_kind(row[column]) in (kind, "") for column, kind in kinds.items()) * 2 >= len(kinds)


def _is_header(row: Row) -> bool:
    cells = [cell for cell in row if cell != ""]
    texts = all(isinstance(cell, str) and cell_kind(cell) in ("text", "") for cell in cells)
    return texts and len(set(cells)) >= _MOST * len(cells)


def end_of_rows(rows: Sequence[Row], first: int) -> int:
    """Where the totals at the end begin, with remarks below them; the end of the rows where there are none."""
    end = len(rows)
    for at in range(len(rows) - 1, max(first, len(rows) - 1 - FOOT), -1):
        cells = [cell for cell in rows[at] if cell != ""]
        if is_total(cells):
            end = at
        elif len(cells) > 1 or cell_kind(cells[0]) != "text":
            break
    return end


def is_total(cells: Sequence[object]) -> bool:
    """Whether the filled cells of a row are a total: the word first, and a number.

    >>> is_total(["Summe:", 12.5]), is_total(["Total recall", 12.5]), is_total(["Total"])
    (True, False, False)
    >>> is_total(["Total: Campaigns", "12.50"])
    True
    """
    named = isinstance(cells[0], str) and _TOTAL.fullmatch(cells[0].strip()) is not None
    return named and any(cell_kind(cell) == "number" for cell in cells[1:])
