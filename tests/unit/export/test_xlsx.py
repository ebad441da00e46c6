"""Excel files, read back by another library."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from tests.unit.export.answers import MONTHLY, answer_of
from truenorth.base.errors import QueryError
from truenorth.base.table import Column
from truenorth.define.model import Metric
from truenorth.export import xlsx
from truenorth.export.write import written
from truenorth.query.answer import Answer


def book(answer: Answer) -> Any:
    made = written(answer, "xlsx")
    assert isinstance(made, bytes)
    return openpyxl.load_workbook(io.BytesIO(made))


def rows(answer: Answer) -> list[list[Any]]:
    return [[cell.value for cell in line] for line in book(answer)["Answer"].iter_rows()]


def test_numbers_dates_and_groups_are_what_they_are() -> None:
    assert rows(MONTHLY) == [
        ["Plan", "Month", "Revenue", "Conversion rate"],
        ["pro", datetime(2026, 5, 1), 1234.5, 0.031],
        ["(none)", datetime(2026, 5, 1), -3, None],
        ["pro", datetime(2026, 6, 1), 99, 0.5],
        ["total", None, 1330.5, 0.04],
    ]


def test_they_look_like_what_they_are() -> None:
    sheet = book(MONTHLY)["Answer"]
    assert [sheet.cell(2, at).number_format for at in (2, 3, 4)] == ["mmm yyyy", "[$€] #,##0.00", "0.0%"]
    assert sheet.cell(3, 1).font.italic and not sheet.cell(2, 1).font.italic
    assert sheet.cell(5, 3).font.bold
    assert sheet.cell(4, 2).comment.text == "still filling, not complete yet"
    assert sheet.freeze_panes == "A2"


def test_a_text_that_looks_like_no_group_is_not_set_apart() -> None:
    sheet = book(answer_of([Column("plan"), Column("n", "metric")], [["(none)", 1], [None, 2]]))["Answer"]
    assert [(sheet.cell(at, 1).value, bool(sheet.cell(at, 1).font.italic)) for at in (2, 3)] == [
        ("(none)", False), ("(none)", True)
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "{=1}", "=HYPERLINK(\"http://x\")", "http://acme.example", "00123", "1e5", "<b>&\x07", ""]
)  # fmt: skip
def test_a_text_stays_a_text(text: str) -> None:
    sheet = book(answer_of([Column("plan"), Column("n", "metric")], [[text, 1]]))["Answer"]
    cell = sheet.cell(2, 1)
    assert (cell.value or "").replace("_x0007_", "\x07") == text
    assert cell.data_type == "s"
    assert cell.hyperlink is None


@settings(max_examples=25, deadline=None)
@given(
    some.lists(
        some.text(some.characters(min_codepoint=32, max_codepoint=0xFFFF, exclude_categories=["Cs"]), min_size=1),
        max_size=5,
    )
)
def test_no_text_becomes_a_formula(texts: list[str]) -> None:
    sheet = book(answer_of([Column("plan"), Column("n", "metric")], [[text, 1] for text in texts]))["Answer"]
    assert all(cell.data_type != "f" for line in sheet.iter_rows() for cell in line)


def test_what_excel_would_change_is_written_otherwise() -> None:
    columns = [Column("plan"), Column("n", "metric"), Column("metric_time__quarter", "time")]
    found = rows(
        answer_of(
            columns,
            [
                ["a", 10**17 + 1, date(2026, 4, 1)],
                ["b", float("nan"), date(1889, 1, 1)],
                ["c", float("inf"), None],
                ["x" * 40_000, Decimal("1.5"), date(2026, 7, 1)],
            ],
        )
    )
    assert [row[1:] for row in found[1:]] == [
        ["100000000000000001", "2026-Q2"], [None, "1889-Q1"], [None, "(none)"], [1.5, "2026-Q3"]
    ]  # fmt: skip
    assert len(found[4][0]) == 32_767


def test_times_with_hours_and_zones() -> None:
    hour = datetime(2026, 5, 1, 13, tzinfo=UTC)
    sheet = book(answer_of([Column("metric_time__hour", "time"), Column("n", "metric")], [[hour, 1]]))["Answer"]
    assert (sheet.cell(2, 1).value, sheet.cell(2, 1).number_format) == (datetime(2026, 5, 1, 13), "yyyy-mm-dd hh:mm")


def test_comparisons_points_and_lengths_of_time() -> None:
    columns = [
        Column("rate", "metric", "", "percent"),
        Column("rate__previous", "previous", "", "percent", of="rate"),
        Column("rate__change", "change", "", "points", of="rate"),
        Column("rate__change_percent", "change_percent", "", "percent", of="rate"),
        Column("wait", "metric", "", "minutes"),
        Column("yen", "metric", "", "currency", "JPY"),
    ]
    sheet = book(answer_of(columns, [[0.031, 0.037, -0.006, -0.162, 12.5, 1200]], vs="prev"))["Answer"]
    assert [cell.value for cell in sheet[2]] == pytest.approx([0.031, 0.037, -0.6, -0.162, 12.5, 1200])
    assert [cell.number_format for cell in sheet[2]] == [
        "0.0%", "0.0%", '+0.0" pt";-0.0" pt";0.0" pt"', "+0.0%;-0.0%;0.0%", '#,##0.0" min"', "[$¥] #,##0"
    ]  # fmt: skip


def test_the_second_sheet_explains_the_first() -> None:
    metric = Metric(
        "revenue", "simple", dataset="orders", agg="sum", expr="net", filter="status = 'paid'", description="Money."
    )
    answer = replace(MONTHLY, definitions=(metric,), sql="SELECT 1\nFROM orders")
    about = [tuple(cell.value for cell in line) for line in book(answer)["About"].iter_rows()]
    told = dict(about)
    assert told["Data as of"] == "2026-06-20 06:00, Europe/Berlin"
    assert told["Revenue"] == "in EUR"
    assert told["Definition of revenue"] == (
        "name: revenue, type: simple, filter: status = 'paid', dataset: orders, agg: sum, expr: net"
    )
    assert ("Note", "2 orders without a customer are in (none)") in about
    assert about[-2:] == [("SQL", "SELECT 1"), ("", "FROM orders")]


def test_an_answer_without_rows() -> None:
    assert rows(answer_of([Column("plan"), Column("n", "metric")], [])) == [["Plan", "N"]]


def test_more_rows_than_a_sheet_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx, "MOST_ROWS", 2)
    with pytest.raises(QueryError) as caught:
        written(MONTHLY, "xlsx")
    assert caught.value.code == "E_TOO_MANY_ROWS"


def test_the_same_answer_is_the_same_file() -> None:
    assert written(MONTHLY, "xlsx") == written(MONTHLY, "xlsx")
