"""An answer for the terminal: aligned columns, numbers to the right, totals, and the notes underneath."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from truenorth.base.locale import THIN
from truenorth.export.cell import cells, heading, is_right, remarks, seen, totals_row
from truenorth.query.answer import Answer

GAP = "  "
WIDEST = 60


def to_text(answer: Answer, locale: str = "en") -> str:
    """The answer as lines of text that ends with a newline."""
    columns = seen(answer)
    head = [_short(heading(column, answer.query.vs)) for column in columns]
    rows = [[_short(word) for word in row] for row in cells(answer, locale)]
    total = totals_row(answer, locale)
    right = [is_right(column) for column in columns]
    widths = [max(map(_width, words)) for words in zip(head, *rows, *([total] if total else []), strict=True)]
    rule = GAP.join("─" * width for width in widths)
    lines = [_line(head, widths, right), rule, *(_line(row, widths, right) for row in rows)]
    if not rows:
        lines.append("no rows")
    if total:
        lines += [rule, _line(total, widths, right)]
    lines += ["", *(_clean(remark) for remark in remarks(answer)), _foot(answer)]
    return "\n".join(lines) + "\n"


def _foot(answer: Answer) -> str:
    count = len(answer.table)
    rows = f"{count:,} row{'' if count == 1 else 's'}"
    return f"{rows} · data as of {answer.as_of:%Y-%m-%d %H:%M} · {answer.timezone}"


def _line(words: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> str:
    padded = [
        " " * (width - _width(word)) + word if to_right else word + " " * (width - _width(word))
        for word, width, to_right in zip(words, widths, right, strict=True)
    ]
    return GAP.join(padded).rstrip()


def _clean(text: str) -> str:
    """One line without control characters: data may not move the cursor of a terminal."""
    return "".join(mark if mark.isprintable() or mark == THIN else " " for mark in text)


def _short(text: str) -> str:
    """A clean cell that leaves room for the others; the files keep the whole text."""
    clean = _clean(text)
    return clean if len(clean) <= WIDEST else clean[: WIDEST - 1] + "…"


def _width(text: str) -> int:
    """How many columns of a terminal a text takes."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(mark) else 2 if unicodedata.east_asian_width(mark) in "WF" else 1 for mark in text
    )
