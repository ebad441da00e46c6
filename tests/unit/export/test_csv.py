"""CSV: raw, exact, and safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as some

from tests.unit.export.answers import MONTHLY, answer_of
from truenorth.base.table import Column
from truenorth.export.csv import field, to_csv


def test_the_whole_file() -> None:
    assert to_csv(MONTHLY) == (
        "plan,metric_time__month,revenue,rate\n"
        "pro,2026-05-01,1234.50,0.031\n"
        ",2026-05-01,-3.00,\n"
        "pro,2026-06-01,99.00,0.5\n"
    )


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        ("", '""'),
        (True, "true"),
        (0.1, "0.1"),
        (1e22, "1e+22"),
        (float("nan"), ""),
        (Decimal("1E+3"), "1000"),
        (Decimal("0.10"), "0.10"),
        (-5, "-5"),
        (date(2026, 1, 2), "2026-01-02"),
        (datetime(2026, 1, 2, 3, 4), "2026-01-02T03:04:00"),
        ('say "hi"', '"say ""hi"""'),
        ("two\nlines", '"two\nlines"'),
    ],
)
def test_fields(value: object, text: str) -> None:
    assert field(value) == text  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("http://x")'])
def test_no_text_is_taken_for_a_formula(text: str) -> None:
    read = next(csv.reader(io.StringIO(field(text), newline="")))[0]
    assert read == f"'{text}"


def test_a_column_name_is_no_formula_either() -> None:
    assert to_csv(answer_of([Column("=x")], [])) == "'=x\n"


@given(some.lists(some.lists(some.text(), min_size=2, max_size=2), max_size=5))
def test_a_csv_reader_gets_every_text_back(rows: list[list[str]]) -> None:
    text = to_csv(answer_of([Column("a"), Column("b")], rows))  # type: ignore[arg-type]
    read = list(csv.reader(io.StringIO(text, newline=""), strict=True))[1:]
    plain = [[cell[1:] if cell[:2] in {f"'{mark}" for mark in "=+-@\t\r"} else cell for cell in row] for row in read]
    expected = [[cell[1:] if cell[:2] in {f"'{mark}" for mark in "=+-@\t\r"} else cell for cell in row] for row in rows]
    assert plain == expected
