"""The rows of a sheet as text, with numbers, dates and truth values as a file of text would write them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct, structs

from truenorth.base.errors import Place, SourceError, did_you_mean
from truenorth.collect.outline import Outline, left_out, outlined

if TYPE_CHECKING:
    from python_calamine import CalamineWorkbook

# A cell holds a number with at most 15 digits; what a file says beyond them is not meant.
_DIGITS = 15
_SHOWN = 60


class Sheet(Struct, frozen=True):
    """A sheet: the names of its columns, the rows below them with their numbers, and what was left out around them."""

    names: tuple[str, ...]
    lines: list[int]
    rows: list[list[object]]
    notes: tuple[str, ...] = ()


def read_sheet(path: Path, name: str = "", header: str = "") -> Sheet:
    """The sheet of that name, else the first; SourceError when the file or the sheet cannot be read.

    Titles above the row of names, totals below the rows, and empty rows and columns are left out. `header` is yes, no,
    or "" to find out.
    """
    with _workbook(path) as workbook:
        known = workbook.sheet_names
        if name and name not in known:
            hint = did_you_mean(name, known) or "its sheets are " + ", ".join(known)
            message = f'"{path}" has no sheet "{name}"'
            raise SourceError("E_NO_SUCH_SHEET", message, where=Place(str(path)), hint=hint)
        rows = workbook.get_sheet_by_name(name or (known or [""])[0]).to_python(skip_empty_area=False)
    sheet = _table([list(row) for row in rows], header)
    if sheet is None:
        raise SourceError("E_FILE_EMPTY", f'"{path}" holds an empty sheet', where=Place(str(path)), hint="name another")
    if not name and len(known) > 1:
        others = ", ".join(known[1:])
        sheet = structs.replace(sheet, notes=(*sheet.notes, f'read: sheet "{known[0]}"; there are others: {others}'))
    return sheet


def read_sheets(path: Path) -> dict[str, Sheet | None]:
    """Every sheet of a file, by name; None for an empty one."""
    with _workbook(path) as workbook:
        found = {
            name: workbook.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in workbook.sheet_names
        }
    return {name: _table([list(row) for row in rows], "") for name, rows in found.items()}


@contextmanager
def _workbook(path: Path) -> Iterator[CalamineWorkbook]:
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        with CalamineWorkbook.from_path(path) as workbook:
            yield workbook
    except (CalamineError, OSError) as error:
        hint = "open it in a spreadsheet and save it again, or save the sheet as CSV (UTF-8)"
        raise SourceError("E_FILE_UNREADABLE", f'"{path}" is not an Excel file: {error}', hint=hint) from error


def _table(rows: list[list[object]], header: str) -> Sheet | None:
    lines = [number for number, row in enumerate(rows) if any(cell != "" for cell in row)]
    if not lines:
        return None
    filled = [rows[number] for number in lines]
    outline = outlined(filled, header)
    kept = filled[max(outline.names, 0) : outline.end]
    columns = [at for at in range(max(map(len, kept))) if any(row[at] != "" for row in kept)]
    used = range(columns[0], columns[-1] + 1)
    names = filled[outline.names] if outline.names >= 0 else []
    texts = [text_of(names[at]).strip() if names else "" for at in used]
    return Sheet(
        tuple(text or f"column_{number}" for number, text in enumerate(texts, start=1)),
        [number + 1 for number in lines[outline.first : outline.end]],
        [[row[at] for at in used] for row in filled[outline.first : outline.end]],
        _notes(lines, filled, outline),
    )


def _notes(lines: list[int], filled: list[list[object]], outline: Outline) -> tuple[str, ...]:
    above, below = range(max(outline.names, 0)), range(outline.end, len(filled))
    return left_out(*([(lines[at] + 1, _begin(filled[at])) for at in places] for places in (above, below)))


def _begin(row: list[object]) -> str:
    return text_of(next(cell for cell in row if cell != ""))[:_SHOWN]


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
