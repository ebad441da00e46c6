"""Importing Excel sheets and JSON arrays: numbers, dates and leading zeros as they were meant."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from truenorth.base.errors import SourceError

Desk = Any


def book(path: Path, sheets: dict[str, list[list[object]]]) -> bytes:
    made = openpyxl.Workbook()
    made.remove(made.active)
    for name, rows in sheets.items():
        sheet = made.create_sheet(name)
        for row in rows:
            sheet.append(row)
    made.save(path)
    return path.read_bytes()


def test_a_sheet_keeps_what_its_cells_are(desk: Desk, tmp_path: Path) -> None:
    rows: list[list[object]] = [
        ["id", "zip", "amount", "day", "at", "paid", "lasted", "note"],
        [1, "007", 19.99, date(2026, 1, 5), datetime(2026, 1, 5, 9, 30), True, timedelta(hours=30), None],
        [2, "0123", 1.15 * 3, date(2026, 1, 6), datetime(2026, 1, 6), False, None, "1.234"],
    ]
    report = desk.load(book(tmp_path / "made.xlsx", {"Orders": rows}), "t.xlsx")
    assert desk.types(report) == ["integer", "text", "decimal(18,2)", "date", "timestamp", "boolean", "text", "text"]
    assert desk.rows('SELECT id, zip, amount, day, "at", paid, lasted, note FROM t ORDER BY id') == [
        (1, "007", Decimal("19.99"), date(2026, 1, 5), datetime(2026, 1, 5, 9, 30), True, "30:00:00", None),
        (2, "0123", Decimal("3.45"), date(2026, 1, 6), datetime(2026, 1, 6), False, None, "1.234"),
    ]
    assert desk.load(book(tmp_path / "again.xlsx", {"Orders": rows}), "t.xlsx", table="u").loaded == 2


def test_a_sheet_is_named_and_empty_rows_around_it_are_left_out(desk: Desk, tmp_path: Path) -> None:
    sheets: dict[str, list[list[object]]] = {
        "About": [["nothing here"]],
        "Orders": [[], [None, "id", "n"], [None, 1, 5], [], [None, 2, "x"], *([None, n, n] for n in range(3, 30))],
    }
    report = desk.load(book(tmp_path / "made.xlsx", sheets), "t.xlsx", sheet="Orders")
    assert (report.loaded, report.rejected) == (28, 1)
    assert [row[:3] for row in desk.rejects(report)] == [("5", "n", '"x" is not an integer')]


def test_a_sheet_without_names(desk: Desk, tmp_path: Path) -> None:
    desk.load(book(tmp_path / "made.xlsx", {"A": [[1, 2], [3, 4]]}), "t.xlsx")
    assert desk.rows("SELECT column_1, column_2 FROM t") == [(1, 2), (3, 4)]


@pytest.mark.parametrize(
    ("sheets", "sheet", "code"),
    [
        ({"Orders": [["id"], [1]]}, "Ordrs", "E_NO_SUCH_SHEET"),
        ({"Orders": []}, "", "E_FILE_EMPTY"),
        ({"Orders": [["id", "n"]]}, "", "E_FILE_NO_ROWS"),
    ],
)
def test_sheets_that_cannot_be_imported(
    desk: Desk, tmp_path: Path, sheets: dict[str, list[list[object]]], sheet: str, code: str
) -> None:
    content = book(tmp_path / "made.xlsx", sheets)
    with pytest.raises(SourceError) as raised:
        desk.load(content, "t.xlsx", sheet=sheet)
    assert raised.value.code == code


def test_a_json_array_and_a_json_file_of_lines(desk: Desk) -> None:
    report = desk.load('\ufeff [{"id": 1, "n": 1.50}, {"id": 2, "n": 2.25, "tags": ["a"]}, 7]', "t.json")
    assert (report.loaded, report.rejected) == (2, 1)
    assert desk.rejects(report) == [("3", "", "not a JSON object", "7")]
    assert desk.rows("SELECT id, n, tags FROM t ORDER BY id") == [
        (1, Decimal("1.50"), None),
        (2, Decimal("2.25"), '["a"]'),
    ]
    assert desk.load('{"id": 3}\n{"id": 4}\n', "lines.json", table="u").loaded == 2


def test_a_value_of_a_json_array_that_does_not_fit_names_its_place(desk: Desk) -> None:
    items = ", ".join(f'{{"n": {n}}}' for n in range(30))
    report = desk.load(f'[{items}, {{"n": "many"}}]', "t.json")
    assert [row[:3] for row in desk.rejects(report)] == [("31", "n", '"many" is not an integer')]
