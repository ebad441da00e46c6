"""Titles above the names of a delimited file and totals below its rows: what reports have around their table."""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from pathlib import Path

from msgspec import Struct

from truenorth.collect.kind import MISSING
from truenorth.collect.outline import FOOT, end_of_rows, is_total, outlined, usual
from truenorth.collect.record import Record, lines_of, raw_records
from truenorth.collect.source import is_wide, opened

_TAIL = 1 << 14  # bytes in which a total stands, if there is any
_WHOLE = 1 << 22  # a file that cannot be read from its end is gone through up to this size
_SPLIT = re.compile(r"\r\n|\n|\r")
_ALIKE = 0.7  # so many records below the names at least are as wide as these
_MARK = re.compile(r"^-?[$€£¥₹]\s?(?=-?\d)")
Line = tuple[int, str]


class Titles(Struct, frozen=True):
    """The position of the record that names the columns, and the delimiter by which it does."""

    at: int
    delimiter: str


def titles(lines: Sequence[str], delimiters: Sequence[str]) -> Titles | None:
    """Where the names stand below titles; None for a file that begins with them, or of which that cannot be told."""
    found = ((one, _names_at([*raw_records(iter(lines), one)])) for one in delimiters)
    known = [(names, one) for one, names in found if names is not None]
    if not known:
        return None
    (_, at), delimiter = max(known, key=lambda pair: pair[0][0])
    return Titles(at, delimiter)


def _names_at(records: Sequence[Record]) -> tuple[int, int] | None:
    """How wide the table is, and the position of its names; None where it begins with the first record."""
    filled = [(at, cells) for at, one in enumerate(records) if (cells := _cells(one)) and any(cells)]
    if len(filled) < 3:
        return None
    widths = Counter(len(cells) for _, cells in filled)
    width = widths.most_common(1)[0][0]
    if width < 2:
        return None
    most = max(widths)
    rows = [cells + [""] * (most - len(cells)) for _, cells in filled]
    outline = outlined(rows)
    at = outline.names
    if at < 1 or len(filled[at][1]) != width or not all(_is_title(cells, width) for _, cells in filled[:at]):
        return None
    below = rows[at + 1 :]
    # Sentences with commas in them have no width that holds, and no numbers in a place of their own.
    if sum(len(cells) == width for _, cells in filled[at + 1 :]) < _ALIKE * len(below) or not usual(below)[1]:
        return None
    return width, filled[at][0]


def _is_title(cells: Sequence[str], width: int) -> bool:
    """Whether a record is too empty for a row: a title, or a remark with what it says beside it."""
    held = sum(cell != "" for cell in cells)
    return len(cells) < width and held <= max(1, width // 2) if width < 4 else held <= width // 3


def _cells(record: Record) -> list[str]:
    """The fields without blanks, signs for nothing, and signs of currencies before numbers."""
    trimmed = (_MARK.sub("", field.strip()) for field in record.fields or ())
    return ["" if cell.lower() in MISSING else cell for cell in trimmed]


def totals(path: Path, delimiter: str, encoding: str, titled: bool) -> tuple[Line, ...]:
    """The lines below the rows, from the first total on; none where the file ends in rows."""
    if not titled and not _ends_in_total(path, delimiter, encoding):
        return ()
    last: deque[Record] = deque(maxlen=FOOT + 1)
    for one in raw_records(lines_of(path, encoding), delimiter):
        if any(_cells(one)):
            last.append(one)
    rows = [_cells(one) for one in last]
    end = end_of_rows(rows, 0)
    return tuple((one.line, begin(one)) for one in [*last][end:])


def _ends_in_total(path: Path, delimiter: str, encoding: str) -> bool:
    return any(is_total(filled) for one in _last(path, delimiter, encoding) if (filled := [*filter(None, _cells(one))]))


def _last(path: Path, delimiter: str, encoding: str) -> Iterator[Record]:
    """The last records of a file as far as its end alone tells them."""
    size = path.stat().st_size
    if path.name.lower().endswith(".gz") or is_wide(path):
        if size <= _WHOLE:
            yield from deque(raw_records(lines_of(path, encoding), delimiter), maxlen=FOOT)
        return
    with opened(path) as stream:
        stream.seek(max(0, size - _TAIL))
        text = stream.read().decode(encoding or "utf-8", "replace")
    for line in [one for one in _SPLIT.split(text) if one.strip()][-FOOT:]:
        yield from raw_records(iter([line]), delimiter)


def begin(record: Record) -> str:
    """How a record begins, for a note."""
    return next((cell for cell in _cells(record) if cell), record.raw.strip())[:60]
