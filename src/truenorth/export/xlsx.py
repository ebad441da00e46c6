"""An answer as an Excel file: numbers as numbers, dates as dates, text as text, and a sheet that explains them."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from truenorth.base.errors import QueryError
from truenorth.base.locale import money_digits
from truenorth.base.quantity import DURATIONS
from truenorth.base.table import Column, Row, Value
from truenorth.base.unit import unit_words
from truenorth.define.difference import one_line
from truenorth.export.cell import (
    MEANT,
    NO_GROUP,
    digits,
    grain_of_column,
    grouped,
    heading,
    is_right,
    marked,
    period_text,
    remarks,
    seen,
)
from truenorth.query.answer import Answer

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

MOST_ROWS = 1_048_000
LONGEST = 32_767
# Excel keeps fifteen digits and knows no day before 1900.
MOST_EXACT = 10**15
FIRST_YEAR = 1900
DATES = {"year": "yyyy", "month": "mmm yyyy", "fiscal_year": "yyyy"}
WIDTHS = (9, 60)
# Nothing that stands in a text is taken for a formula, a link or a number.
AS_WRITTEN = {
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "default_date_format": "yyyy-mm-dd",
    "in_memory": True,
}


def to_xlsx(answer: Answer, locale: str = "en") -> bytes:
    """The file's bytes: the answer on the first sheet, what explains it on the second."""
    import xlsxwriter

    if len(answer.table) > MOST_ROWS:
        message = f"{len(answer.table):,} rows are more than a sheet of Excel holds ({MOST_ROWS:,})"
        raise QueryError("E_TOO_MANY_ROWS", message, hint="add a limit, a coarser grain, or write .parquet or .csv")
    sink = io.BytesIO()
    book = xlsxwriter.Workbook(sink, AS_WRITTEN)
    book.set_properties({"title": ", ".join(answer.query.metrics), "created": answer.as_of})
    Sheet(book, answer).write()
    about(book, answer)
    book.close()
    return sink.getvalue()


class Sheet:
    """The rows of an answer on their sheet."""

    def __init__(self, book: Workbook, answer: Answer) -> None:
        self.book = book
        self.answer = answer
        self.sheet: Worksheet = book.add_worksheet("Answer")
        self.columns = answer.table.columns
        self.places = [at for at, column in enumerate(self.columns) if column in seen(answer)]
        self.exact = digits(answer)
        self.marks = marked(answer)
        self.formats: dict[tuple[str, bool, bool], Format] = {}
        self.widths = [len(heading(self.columns[at], answer.query.vs)) for at in self.places]

    def write(self) -> None:
        """Heading, rows and totals; the heading stays in sight and can filter."""
        head = self.book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        right = self.book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top", "align": "right"})
        for place, at in enumerate(self.places):
            column = self.columns[at]
            self.sheet.write_string(
                0, place, heading(column, self.answer.query.vs), right if is_right(column) else head
            )
        for line, row in enumerate(self.answer.table.rows, 1):
            self.row(line, row)
        if self.answer.totals:
            self.totals(len(self.answer.table) + 1)
        self.sheet.freeze_panes(1, 0)
        if len(self.answer.table):
            self.sheet.autofilter(0, 0, len(self.answer.table), len(self.places) - 1)
        for place, width in enumerate(self.widths):
            self.sheet.set_column(place, place, min(max(width + 2, WIDTHS[0]), WIDTHS[1]))

    def row(self, line: int, row: Row) -> None:
        """One row; a period that still fills says so, the (none) group is set apart from a text of that name."""
        words = iter(grouped(row, self.columns) or ())
        bold = grouped(row, self.columns) is not None
        mark = self.marks.get(self.answer.period_of(row), "")
        for place, at in enumerate(self.places):
            column, value = self.columns[at], row[at]
            word = next(words, None) if column.role == "dimension" else None
            if word is not None:
                self.text(line, place, word, self.look("", bold, True))
            elif value is None and column.role in ("dimension", "time"):
                self.text(line, place, NO_GROUP, self.look("", bold, True))
            else:
                filling = column.role == "time" and bool(mark)
                self.cell(line, place, value, self.look(self.number_format(at), bold, filling))
                if filling:
                    self.sheet.write_comment(line, place, MEANT[mark])

    def totals(self, line: int) -> None:
        """The row of totals."""
        named = False
        for place, at in enumerate(self.places):
            column = self.columns[at]
            look = self.look(self.number_format(at), True, False)
            if column.name in self.answer.totals:
                self.cell(line, place, self.answer.totals[column.name], look)
            elif not is_right(column) and not named:
                self.text(line, place, "total", look)
                named = True

    def cell(self, line: int, place: int, value: Value, look: Format) -> None:
        """A value as what it is; what Excel would change stays text."""
        column = self.columns[self.places[place]]
        if isinstance(value, bool):
            self.sheet.write_boolean(line, place, value, look)
        elif isinstance(value, int | float | Decimal):
            number = float(value)
            if number - number != 0:
                self.sheet.write_blank(line, place, None, look)
            elif isinstance(value, int) and abs(value) >= MOST_EXACT:
                self.text(line, place, str(value), look)
            else:
                self.sheet.write_number(line, place, number * 100 if is_points(column) else number, look)
                self.widths[place] = max(self.widths[place], len(f"{number:,.2f}") + 2)
        elif isinstance(value, date) and value.year >= FIRST_YEAR and not is_text(column):
            self.sheet.write_datetime(line, place, naive(value), look)
            self.widths[place] = max(self.widths[place], 16 if isinstance(value, datetime) else 10)
        elif value is None:
            self.sheet.write_blank(line, place, None, look)
        else:
            self.text(
                line, place, period_text(value, grain_of_column(column)) if column.role == "time" else str(value), look
            )

    def text(self, line: int, place: int, text: str, look: Format) -> None:
        """A text, which nothing takes for a formula."""
        short = text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
        self.sheet.write_string(line, place, short, look)
        self.widths[place] = max(self.widths[place], len(text))

    def look(self, number: str, bold: bool, italic: bool) -> Format:
        """How a cell looks, made once."""
        key = (number, bold, italic)
        if key not in self.formats:
            wanted: dict[str, Any] = {"bold": bold, "italic": italic}
            if number:
                wanted["num_format"] = number
            self.formats[key] = self.book.add_format(wanted)
        return self.formats[key]

    def number_format(self, at: int) -> str:
        """The number format of a column."""
        column = self.columns[at]
        if column.role == "time":
            hours = any(isinstance(value, datetime) for value in self.answer.table.column(column.name))
            return "yyyy-mm-dd hh:mm" if hours else DATES.get(grain_of_column(column), "yyyy-mm-dd")
        if column.role == "dimension":
            hours = any(isinstance(value, datetime) for value in self.answer.table.column(column.name))
            return "yyyy-mm-dd hh:mm:ss" if hours else ""
        return number_format(column, self.exact[at])


def number_format(column: Column, after_point: int | None) -> str:
    """How Excel shows a column's numbers.

    >>> number_format(Column("revenue", "metric", unit="currency", currency="EUR"), 2)
    '[$€] #,##0.00'
    """
    if column.role == "change_percent":
        return "+0.0%;-0.0%;0.0%"
    plus = "+" if column.role == "change" else ""
    if is_points(column):
        return '+0.0" pt";-0.0" pt";0.0" pt"' if plus else '0.0" pt"'
    if after_point is None:
        after_point = money_digits(column.currency) if column.unit == "currency" else 0
    point = f".{'0' * after_point}" if after_point else ""
    text = f"#,##0{point}"
    if column.unit == "percent":
        text = f"0{point}%"
    elif column.unit in DURATIONS:
        text = f'{text}" {DURATIONS[column.unit][0]}"'
    elif column.unit == "currency" and column.currency:
        text = f"[${symbol(column.currency)}] {text}"
    return f"+{text};-{text};{text}" if plus else text


def symbol(currency: str) -> str:
    """The sign of a currency, or its code."""
    from babel.numbers import get_currency_symbol

    return str(get_currency_symbol(currency, "en"))


def is_points(column: Column) -> bool:
    """Whether a column holds percentage points."""
    return column.unit == "points"


def is_text(column: Column) -> bool:
    """Whether a period is better read as text: Excel has no number format for quarters."""
    return column.role == "time" and "quarter" in grain_of_column(column)


def naive(value: date | datetime) -> date | datetime:
    """A time as the clock on the wall shows it: Excel knows no zones."""
    return value.replace(tzinfo=None) if isinstance(value, datetime) else value


def about(book: Workbook, answer: Answer) -> None:
    """The second sheet: what was asked, what it means, what it leaves out, and the SQL."""
    sheet = book.add_worksheet("About")
    bold = book.add_format({"bold": True, "valign": "top"})
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    sheet.set_column(0, 0, 22)
    sheet.set_column(1, 1, 110)
    for line, (head, text) in enumerate(explained(answer)):
        sheet.write_string(line, 0, head[:LONGEST], bold)
        sheet.write_string(line, 1, text[:LONGEST], wrapped)


def explained(answer: Answer) -> Iterator[tuple[str, str]]:
    """What explains an answer, as a word and a text each."""
    query = answer.query
    yield "Data as of", f"{answer.as_of:%Y-%m-%d %H:%M}, {answer.timezone}"
    start, end = answer.span.start, answer.span.end
    yield "Range", query.range if start is None or end is None else f"{query.range}: from {start} to before {end}"
    for head, words in (("By", query.by), ("Grain", (query.grain,)), ("Compared with", (query.vs,))):
        if any(words):
            yield head, ", ".join(words)
    for condition in (*query.where, *query.having):
        yield "Where", condition if isinstance(condition, str) else one_line(condition)
    for column in answer.table.columns:
        if column.role == "metric":
            unit = unit_words(column.unit, column.currency, column.per)
            yield column.label or column.name, f"in {unit}" if unit else "a plain number"
    for metric in answer.definitions:
        yield f"Definition of {metric.name}", one_line(metric)
        if metric.description:
            yield "", metric.description
    for name, word in answer.additivity.items():
        yield f"Adds up: {name}", word
    for remark in remarks(answer):
        yield "Note", remark
    if answer.model_version:
        yield "Definitions' version", answer.model_version
    for number, line in enumerate(answer.sql.splitlines()):
        yield "SQL" if number == 0 else "", line
