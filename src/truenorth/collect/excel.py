"""The rows of a sheet as text, with numbers, dates and truth values as a file of text would write them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path

from msgspec import Struct

from truenorth.base.errors import Place, SourceError, did_you_mean
from truenorth.collect.kind import looks_typed

# A cell holds a number with at most 15 digits; what a file says beyond them is not meant.
_DIGITS = 15


class Sheet(Struct, frozen=True):
    """A sheet: the names of its columns, and the rows below them with their numbers."""

    names: tuple[str, ...]
    lines: list[int]
    rows: list[list[object]]


def read_sheet(path: Path, name: str = "", header: str = "") -> Sheet:
    """The sheet of that name, else the first; SourceError when the file or the sheet cannot be read.

    Empty rows and columns around the table are left out. `header` is yes, no, or "" to find out.
    """
    from python_calamine import CalamineError, CalamineWorkbook, WorksheetNotFound

    try:
        with CalamineWorkbook.from_path(path) as workbook:
            chosen = name or (workbook.sheet_names or [""])[0]
            rows = workbook.get_sheet_by_name(chosen).to_python(skip_empty_area=False)
    except WorksheetNotFound:
        known = workbook.sheet_names
        hint = did_you_mean(name, known) or "its sheets are " + ", ".join(known)
        message = f'"{path}" has no sheet "{name}"'
        raise SourceError("E_NO_SUCH_SHEET", message, where=Place(str(path)), hint=hint) from None
    except (CalamineError, OSError) as error:
        hint = "open it in a spreadsheet and save it again, or save the sheet as CSV (UTF-8)"
        raise SourceError("E_FILE_UNREADABLE", f'"{path}" is not an Excel file: {error}', hint=hint) from error
    return _table(path, [list(row) for row in rows], header)


def _table(path: Path, rows: list[list[object]], header: str) -> Sheet:
    filled = [number for number, row in enumerate(rows) if any(cell != "" for cell in row)]
    columns = [at for at in range(max(map(len, rows), default=0)) if any(row[at] != "" for row in rows)]
    if not filled:
        raise SourceError("E_FILE_EMPTY", f'"{path}" holds an empty sheet', where=Place(str(path)), hint="name another")
    used = range(columns[0], columns[-1] + 1)
    table = [[rows[number][at] for at in used] for number in filled]
    lines = [number + 1 for number in filled]
    named = header == "yes" or (header != "no" and _is_header(table[0]))
    if not named:
        names = tuple(f"column_{number}" for number in range(1, len(table[0]) + 1))
        return Sheet(names, lines, table)
    names = tuple(text_of(cell).strip() or f"column_{at}" for at, cell in enumerate(table[0], start=1))
    return Sheet(names, lines[1:], table[1:])


def _is_header(cells: list[object]) -> bool:
    return all(isinstance(cell, str) and not looks_typed(cell) for cell in cells if cell != "")


def text_of(cell: object) -> str:
    """A cell as a file of text would write it.

    >>> text_of(12.0), text_of(3.4499999999999997), text_of("007"), text_of(True)
    ('12', '3.45', '007', 'true')
    """
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 10**_DIGITS else f"{cell:.{_DIGITS}g}"
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ") if cell.time() != time() else cell.date().isoformat()
    if isinstance(cell, date | time):
        return cell.isoformat()
    if isinstance(cell, timedelta):
        hours, seconds = divmod(int(cell.total_seconds()), 3600)
        return f"{hours}:{seconds // 60:02}:{seconds % 60:02}"
    return str(cell)


def is_text(cell: object) -> bool:
    """Whether a cell holds text, so that what looks like a number in it is none."""
    return isinstance(cell, str)


def texts(sheet: Sheet) -> Iterator[list[str]]:
    """The rows as texts, as wide as the names."""
    for row in sheet.rows:
        yield [text_of(cell) for cell in row]
