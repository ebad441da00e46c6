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


def test_titles_above_and_totals_below_are_left_out_and_said(desk: Desk, tmp_path: Path) -> None:
    rows: list[list[object]] = [
        ["Spend, all channels"],
        ["as of", date(2026, 7, 1)],
        [],
        ["day", "channel", "cost"],
        *([date(2026, 1, n), "web", n] for n in range(1, 11)),
        ["Summe:", None, 55],
        ["Source: the agency"],
    ]
    report = desk.load(book(tmp_path / "made.xlsx", {"A": rows, "B": [["x", "y"], [1, 2]]}), "t.xlsx")
    assert (report.read, report.loaded) == (10, 10)
    assert desk.types(report) == ["date", "text", "integer"]
    assert desk.rows("SELECT min(day), sum(cost) FROM t") == [(date(2026, 1, 1), 55)]
    assert report.notes == (
        'left out above the names: line 1 ("Spend, all channels"), 2 ("as of")',
        'left out below the rows: line 15 ("Summe:"), 16 ("Source: the agency")',
        'read: sheet "A"; there are others: B',
    )


def test_rows_that_only_look_like_titles_or_totals_stay(desk: Desk, tmp_path: Path) -> None:
    rows: list[list[object]] = [["name", "n"], ["Total recall", 1], ["Sum", None], ["x", 2], ["Total", None]]
    assert desk.load(book(tmp_path / "made.xlsx", {"A": rows}), "t.xlsx").loaded == 4
    bare: list[list[object]] = [[1, 2], ["n/a", "-"], ["a", "b"], [3, 4], [5, 6]]
    assert desk.load(book(tmp_path / "bare.xlsx", {"A": bare}), "u.xlsx", table="u", types={}).read == 5
    above: list[list[object]] = [["Total", 1.5], ["x", 2.5]]
    assert desk.load(book(tmp_path / "above.xlsx", {"A": above}), "v.xlsx", table="v", header="no").loaded == 2


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
