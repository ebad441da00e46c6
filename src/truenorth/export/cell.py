"""How one cell of an answer is shown to people: labels of columns, words for values, the (none) group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal

from truenorth.base.locale import MINUS
from truenorth.base.quantity import NONE, digits_together, format_change, format_value, is_number
from truenorth.base.table import Column, Row, Value
from truenorth.query.answer import Answer, Period

NO_GROUP = "(none)"
OTHERS, ALL = "(other)", "(all)"
STILL_FILLING, CUT = "*", "†"
PERCENTAGES = ("percent", "points")
COMPARED = {"prev": "before", "year": "a year before"}


def is_right(column: Column) -> bool:
    """Whether a column holds numbers and is aligned to the right."""
    return column.role not in ("time", "dimension", "row")


def is_seen(column: Column) -> bool:
    """Whether people see a column; what kind of row it is they read in its groups."""
    return column.role != "row"


def seen(answer: Answer) -> tuple[Column, ...]:
    """The columns that people see."""
    return tuple(column for column in answer.table.columns if is_seen(column))


def grouped(row: Row, columns: Sequence[Column]) -> list[str] | None:
    """The words for the dimensions of a row that is no group of its own: the other groups, or all of some; else None.

    >>> kind = Column("row__kind", "row")
    >>> grouped(("EU", None, "subtotal by region"), [Column("region"), Column("plan"), kind])
    ['EU', '(all)']
    """
    kind = next((value for value, column in zip(row, columns, strict=True) if column.role == "row"), "group")
    if kind == "group":
        return None
    own = [(value, column) for value, column in zip(row, columns, strict=True) if column.role == "dimension"]
    stays = 0 if kind == "other" or " by " not in str(kind) else len(str(kind).split(", "))
    words = [shown(value, column) for value, column in own[:stays]]
    return [*words, OTHERS if kind == "other" else ALL, *[""] * (len(own) - stays - 1)]


def heading(column: Column, vs: str = "") -> str:
    """The label of a column.

    >>> heading(Column("revenue__previous", "previous", of="revenue"), "year")
    'a year before'
    >>> heading(Column("revenue__previous", "previous", "Revenue, 3 months before", of="revenue"), "prev")
    '3 months before'
    >>> heading(Column("revenue__previous", "previous", "Revenue, 2025-12", of="revenue"), "2025-12")
    '2025-12'
    """
    if column.role == "previous":
        said = column.label.rpartition(", ")[2]
        return said if said.endswith(" before") or (said and said == vs) else COMPARED.get(vs, "before")
    if column.role in ("change", "change_percent"):
        return "change" if column.role == "change" else "change, share"
    if column.label:
        return column.label
    name = column.name.rsplit("__", 1)[-1] if column.role == "time" else column.name
    return name.replace("_", " ").capitalize()


def grain_of_column(column: Column) -> str:
    """The grain of a time column: the last part of its name.

    >>> grain_of_column(Column("metric_time__month", "time"))
    'month'
    """
    return column.name.rpartition("__")[2]


def period_text(value: Value, grain: str) -> str:
    """A period in the spelling that `--range` reads back: 2026, 2026-Q2, 2026-05, 2026-05-11.

    >>> period_text(date(2026, 5, 1), "quarter")
    '2026-Q2'
    """
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M")
    if not isinstance(value, date):
        return NO_GROUP if value is None else str(value)
    if grain == "year":
        return f"{value.year:04d}"
    if grain == "quarter":
        return f"{value.year:04d}-Q{(value.month + 2) // 3}"
    return value.isoformat()[:7] if grain == "month" else value.isoformat()


def shown(value: Value, column: Column, locale: str = "en", digits: int | None = None) -> str:
    """One cell in words; `digits` after the point where the whole column has the same."""
    if column.role == "time":
        return period_text(value, grain_of_column(column))
    if column.role == "dimension":
        return NO_GROUP if value is None else _word(value)
    if column.role in ("change", "change_percent") and is_number(value):
        return _change(value, column, locale, digits)
    return format_value(value, column.unit, column.currency, locale, digits=digits)


def _word(value: Value) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value.isoformat(" ") if isinstance(value, datetime) else str(value)


def number_of(value: Value) -> float | None:
    """A value as a float; anything that is no number is None."""
    return float(value) if isinstance(value, int | float | Decimal) and not isinstance(value, bool) else None


def _change(value: Value, column: Column, locale: str, digits: int | None) -> str:
    size = number_of(value)
    if column.role == "change_percent":
        return format_change(size, "", locale)
    if column.unit in PERCENTAGES:
        return format_change(size, "points", locale)
    text = format_value(value, column.unit, column.currency, locale, digits=digits)
    return text if text.startswith(MINUS) or not size else f"+{text}"


def digits(answer: Answer) -> list[int | None]:
    """The digits after the point that each column shows in all its rows; what is compared shows the same."""
    columns = answer.table.columns
    values: dict[str, list[Value]] = {}
    for column in columns:
        # Changes of percentages are in points, which have digits of their own.
        if column.role in ("metric", "previous") or (column.role == "change" and column.unit not in PERCENTAGES):
            found = values.setdefault(column.of or column.name, [])
            found += (*answer.table.column(column.name), answer.totals.get(column.name))
    exact = {
        column.name: digits_together(values[column.name], column.unit, column.currency)
        for column in columns
        if column.role == "metric"
    }
    return [exact.get(column.of or column.name) for column in columns]


def cells(answer: Answer, locale: str = "en") -> list[list[str]]:
    """All rows in words; a period that still fills or that the range cuts carries a mark."""
    marks = marked(answer)
    last = max((at for at, column in enumerate(answer.table.columns) if column.role == "time"), default=-1)
    rows = []
    exact = digits(answer)
    for row in answer.table.rows:
        words = [
            shown(value, column, locale, point)
            for value, column, point in zip(row, answer.table.columns, exact, strict=True)
        ]
        groups = iter(grouped(row, answer.table.columns) or ())
        for at, column in enumerate(answer.table.columns):
            if at == last:
                words[at] += marks.get(answer.period_of(row), "")
            elif column.role == "dimension":
                words[at] = next(groups, words[at])
        rows.append([word for word, column in zip(words, answer.table.columns, strict=True) if is_seen(column)])
    return rows


def totals_row(answer: Answer, locale: str = "en") -> list[str]:
    """The row of totals, named in the first column that is no number; empty when none were asked for."""
    if not answer.totals:
        return []
    totals: Mapping[str, Value] = answer.totals
    exact = dict(zip(answer.table.names, digits(answer), strict=True))
    row = [
        shown(totals[column.name], column, locale, exact[column.name])
        if column.name in totals
        else ("" if not is_right(column) else NONE)
        for column in seen(answer)
    ]
    for at, column in enumerate(seen(answer)):
        if not is_right(column):
            row[at] = "total"
            break
    return row


def marked(answer: Answer) -> dict[Period, str]:
    """The mark of each period that is not whole."""
    cut = set(answer.cut)
    return {one: CUT if one in cut else STILL_FILLING for one in answer.incomplete}


MEANT = {STILL_FILLING: "still filling, not complete yet", CUT: "cut by the range: only a part of the period"}


def remarks(answer: Answer) -> list[str]:
    """What the reader must know beside the numbers: what the marks mean, and the notes."""
    marks = marked(answer)
    seen_marks = {marks.get(answer.period_of(row), "") for row in answer.table.rows} if marks else set()
    return [*(f"{mark} {words}" for mark, words in MEANT.items() if mark in seen_marks), *answer.notes]
