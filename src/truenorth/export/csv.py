"""An answer as CSV: raw numbers, ISO dates, nothing for NULL, and text that no spreadsheet takes for a formula."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from truenorth.base.table import Value
from truenorth.query.answer import Answer

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
QUOTED = (",", '"', "\n", "\r")


def to_csv(answer: Answer) -> str:
    """The rows with a heading of column names, lines end with a line feed (RFC 4180 otherwise).

    NULL is an empty field, an empty text is `""`. A text that starts like a formula gets an apostrophe before it.
    """
    lines = [",".join(_text(name) for name in answer.table.names)]
    lines += [",".join(field(value) for value in row) for row in answer.table.rows]
    return "\n".join(lines) + "\n"


def field(value: Value) -> str:
    """One field.

    >>> field(None), field("a,b"), field("=1+1"), field(Decimal("1.50")), field(-3)
    ('', '"a,b"', "'=1+1", '1.50', '-3')
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return repr(value) if value == value else ""
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, date | datetime):
        return value.isoformat()
    return str(value) if isinstance(value, int) else _text(value)


def _text(value: str) -> str:
    text = f"'{value}" if value.startswith(FORMULA_STARTS) else value
    if not text or any(mark in text for mark in QUOTED):
        return '"' + text.replace('"', '""') + '"'
    return text
