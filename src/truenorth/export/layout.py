"""A statement as an Excel file: periods across, totals in bold with the sums that prove them, what is off below zero in
brackets, headings that stay in sight."""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING

from truenorth.base.locale import money_digits
from truenorth.base.quantity import digits_together
from truenorth.base.table import Value
from truenorth.export.cell import CUT, MEANT, STILL_FILLING, number_of, period_text
from truenorth.export.xlsx import AS_WRITTEN, DATES, about, symbol
from truenorth.query.layout import Layout, Line

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

HEAD, FIRST = 3, 4
LABELS_WIDE, VALUES_WIDE = 34, 15
# A sum of cents in floats is off by less than this; Excel knows no exact decimals.
DIGITS_CHECKED = 6
CHECK = '"✗ "#,##0.00_);"✗ "(#,##0.00);"✓"_)'


def layout_xlsx(layout: Layout, locale: str = "en") -> bytes:
    """The file's bytes: the statement on the first sheet, what explains it on the second."""
    import xlsxwriter

    sink = io.BytesIO()
    book = xlsxwriter.Workbook(sink, AS_WRITTEN)
    book.set_properties({"title": layout.title, "created": layout.answer.as_of})
    Page(book, layout).write()
    about(book, layout.answer)
    book.close()
    return sink.getvalue()


class Page:
    """The sheet of a statement."""

    def __init__(self, book: Workbook, layout: Layout) -> None:
        self.book = book
        self.layout = layout
        self.sheet: Worksheet = book.add_worksheet("Statement")
        self.grain = layout.answer.query.grain
        self.last = len(layout.periods) + 1
        self.formats: dict[tuple[tuple[str, object], ...], Format] = {}

    def write(self) -> None:
        """Title, periods, lines, and below them the sums that prove the totals."""
        answer = self.layout.answer
        self.sheet.write_string(0, 0, self.layout.title, self.look(bold=True, font_size=14))
        codes = sorted({line.currency for line in self.layout.lines if line.currency})
        said = [", ".join(codes), f"by {self.grain}", f"data as of {answer.as_of:%Y-%m-%d}"]
        self.sheet.write_string(1, 0, " · ".join(word for word in said if word), self.look(font_color="#565A62"))
        self.heading()
        for at, line in enumerate(self.layout.lines):
            self.line(FIRST + at, line)
        for at, line in enumerate(self.layout.totals):
            self.check(FIRST + len(self.layout.lines) + 1 + at, line)
        self.sheet.freeze_panes(FIRST, 1)
        self.sheet.set_column(0, 0, LABELS_WIDE)
        self.sheet.set_column(1, self.last, VALUES_WIDE)
        self.sheet.set_landscape()
        self.sheet.fit_to_pages(1, 0)
        self.sheet.repeat_columns(0)

    def heading(self) -> None:
        """The periods; one that still fills says so."""
        self.sheet.write_blank(HEAD, 0, None, self.look(bottom=1))
        for at, (period, filling) in enumerate(zip(self.layout.periods, self.layout.filling, strict=True), 1):
            mark = STILL_FILLING if filling else CUT if at - 1 in self.layout.cut else ""
            form = self.date_format(period)
            look = self.look(bold=True, bottom=1, align="right", italic=bool(mark), num_format=form)
            if self.grain == "quarter" or period.year < 1900:
                self.sheet.write_string(HEAD, at, period_text(period, self.grain), look)
            else:
                moment = period.replace(tzinfo=None) if isinstance(period, datetime) else period
                self.sheet.write_datetime(HEAD, at, moment, look)
            if mark:
                self.sheet.write_comment(HEAD, at, MEANT[mark])
        self.sheet.write_string(HEAD, self.last, "Whole range", self.look(bold=True, bottom=1, align="right", left=1))

    def date_format(self, period: date | datetime) -> str:
        """How a period is written."""
        return "yyyy-mm-dd hh:mm" if isinstance(period, datetime) else DATES.get(self.grain, "yyyy-mm-dd")

    def line(self, row: int, line: Line) -> None:
        """One line; a total stands bold below a rule."""
        if line.kind == "heading":
            self.sheet.write_string(row, 0, line.label, self.look(bold=True, font_color="#565A62"))
            return
        total, rate = line.kind == "total", line.kind == "rate"
        style: dict[str, object] = {"bold": total, "italic": rate, "top": 1 if total else 0}
        self.sheet.write_string(row, 0, line.label, self.look(**style, indent=0 if total else 1))
        number = accounting(line)
        for at, value in enumerate((*line.values, line.whole), 1):
            left = 1 if at == self.last else 0
            self.value(row, at, value, self.look(**style, num_format=number, left=left, align="right"))

    def value(self, row: int, at: int, value: Value, look: Format) -> None:
        """A number as one, nothing as an empty cell."""
        number = number_of(value)
        if number is None or number - number != 0:
            self.sheet.write_blank(row, at, None, look)
        else:
            self.sheet.write_number(row, at, number, look)

    def check(self, row: int, line: Line) -> None:
        """The proof of a total as a sum that Excel works out itself, with what it comes to here."""
        from xlsxwriter.utility import xl_rowcol_to_cell as cell

        own = FIRST + self.layout.lines.index(line)
        self.sheet.write_string(row, 0, f"{line.label} comes out", self.look(font_color="#565A62", italic=True))
        look = self.look(font_color="#565A62", num_format=CHECK, align="right")
        for at in range(1, self.last + 1):
            off = self.layout.off(line, at - 1 if at < self.last else None)
            if off is None:
                continue
            parts = "".join(f"{'+' if sign > 0 else '-'}{cell(FIRST + place, at)}" for place, sign in line.of)
            formula = f"=ROUND({cell(own, at)}-(0{parts}),{DIGITS_CHECKED})"
            self.sheet.write_formula(row, at, formula, look, float(off))

    def look(self, **wanted: object) -> Format:
        """How a cell looks, made once."""
        told: Mapping[str, object] = {key: value for key, value in wanted.items() if value}
        key = tuple(sorted(told.items()))
        if key not in self.formats:
            self.formats[key] = self.book.add_format(dict(told))
        return self.formats[key]


def accounting(line: Line) -> str:
    """How the numbers of a line are written: below zero in brackets, nothing as a dash, money of totals with its sign.

    >>> accounting(Line("total", "Profit", unit="currency", currency="EUR"))
    '[$€] #,##0.00_);([$€] #,##0.00);"–"_)'
    >>> accounting(Line("amount", "Customers", values=(3,))), accounting(Line("rate", "Margin", unit="percent"))
    ('#,##0_);(#,##0);"–"_)', '0.0%_);(0.0%);"–"_)')
    """
    if line.unit == "percent":
        return '0.0%_);(0.0%);"–"_)'
    after = money_digits(line.currency) if line.unit == "currency" else digits_of(line)
    text = f"#,##0.{'0' * after}" if after else "#,##0"
    if line.unit == "currency" and line.currency and line.kind == "total":
        text = f"[${symbol(line.currency)}] {text}"
    return f'{text}_);({text});"–"_)'


def digits_of(line: Line) -> int:
    """The digits behind the point that all values of a line share."""
    return digits_together([*line.values, line.whole], line.unit, line.currency) or 0
