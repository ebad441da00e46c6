"""Statements laid out: the signs lines are shown with, and totals proven by them; the same in Excel."""

from __future__ import annotations

import dataclasses
import io
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

import openpyxl
import pytest
from msgspec.structs import replace

from tests.unit.query.test_rollforward import billing as billing
from tests.unit.query.test_rollforward import told
from truenorth import workspace
from truenorth.export.layout import layout_xlsx
from truenorth.query.layout import Layout, bridged, laid_out, of_balance
from truenorth.query.request import MetricQuery

# Revenue 100 and 130.50; hosting 30 and 30; salaries 50.10 and 120.
ROWS = """month,kind,amount
2026-01-01,sales,100.00
2026-01-01,hosting,30.00
2026-01-01,salaries,50.10
2026-02-28,sales,130.50
2026-02-01,hosting,30.00
2026-02-01,salaries,120.00
"""
DEFINITIONS = """
version: 1
datasets:
  - {name: ledger, file: ledger.csv, time: month, fields: [{name: month}, {name: kind}, {name: amount, unit: currency}]}
metrics:
  - {name: revenue, type: simple, dataset: ledger, agg: sum, expr: amount, filter: "kind = 'sales'", unit: currency}
  - {name: hosting, type: simple, dataset: ledger, agg: sum, expr: amount, filter: "kind = 'hosting'", unit: currency}
  - {name: salaries, type: simple, dataset: ledger, agg: sum, expr: amount, filter: "kind = 'salaries'", unit: currency}
  - {name: costs, type: derived, expr: hosting + salaries, input_metrics: [{name: hosting}, {name: salaries}],
     unit: currency}
  - {name: profit, type: derived, expr: revenue - costs, input_metrics: [{name: revenue}, {name: costs}], unit: currency}
  - {name: margin, type: ratio, numerator: profit, denominator: revenue, unit: percent}
statements:
  - {name: pnl, label: Profit and loss, lines: [revenue, hosting, salaries, costs, profit, margin]}
  - {name: short, lines: [revenue, profit]}
"""


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[workspace.Workspace]:
    """The workspace."""
    folder = tmp_path_factory.mktemp("firm")
    (folder / "metrics").mkdir()
    (folder / "truenorth.yml").write_text("version: 1\nname: Firm\ncurrency: EUR\nclock: data\n")
    (folder / "metrics" / "m.yml").write_text(DEFINITIONS)
    (folder / "ledger.csv").write_text(ROWS)
    with workspace.open(folder) as opened:
        yield opened


def laid(firm: workspace.Workspace, name: str = "pnl") -> Layout:
    """A statement of the firm over both months."""
    query = MetricQuery((), range="2026-01..2026-02")
    return laid_out(firm.model, firm.model.statements[name], query, "month", firm.query)


def test_what_a_total_takes_off_is_below_zero_down_to_the_last_line(firm: workspace.Workspace) -> None:
    found = laid(firm)
    assert [(one.label, one.kind, one.values, one.whole) for one in found.lines[:5]] == [
        ("Revenue", "amount", (Decimal("100.00"), Decimal("130.50")), Decimal("230.50")),
        ("Hosting", "amount", (Decimal("-30.00"), Decimal("-30.00")), Decimal("-60.00")),
        ("Salaries", "amount", (Decimal("-50.10"), Decimal("-120.00")), Decimal("-170.10")),
        ("Costs", "total", (Decimal("-80.10"), Decimal("-150.00")), Decimal("-230.10")),
        ("Profit", "total", (Decimal("19.90"), Decimal("-19.50")), Decimal("0.40")),
    ]
    assert found.lines[3].of == ((1, 1), (2, 1))
    assert found.lines[4].of == ((0, 1), (3, 1))
    assert found.lines[5].kind == "rate"
    assert all(found.holds(at) for at in (0, 1, None))


def test_a_total_whose_lines_are_not_all_there_is_a_plain_line(firm: workspace.Workspace) -> None:
    found = laid(firm, "short")
    assert [one.kind for one in found.lines] == ["amount", "amount"]
    assert found.totals == ()


def test_a_total_that_is_off_is_told(firm: workspace.Workspace) -> None:
    found = laid(firm)
    wrong = dataclasses.replace(found.lines[3], values=(Decimal("-80.00"), Decimal("-150.00")))
    broken = dataclasses.replace(found, lines=(*found.lines[:3], wrong, *found.lines[4:]))
    assert broken.off(broken.lines[3], 0) == Decimal("0.10")
    assert not broken.holds(0)
    assert broken.holds(1)


def test_a_balance_is_a_statement_with_its_entities_below(billing: workspace.Workspace) -> None:
    found = of_balance(told(billing))
    assert [one.label for one in found.lines] == [
        "Opening", "New", "Reactivation", "Expansion", "Contraction", "Churn", "Closing",
        "People", "Opening", "New", "Reactivation", "Churn", "Closing",
    ]  # fmt: skip
    churn = found.lines[5]
    assert churn.values[1] == Decimal("-10.00")
    assert found.lines[6].of == tuple((at, 1) for at in range(6))
    assert found.lines[12].of == tuple((at, 1) for at in range(8, 12))
    assert all(found.holds(at) for at in (0, 1, 2, None))


def test_excel_shows_it_as_accountants_do_and_proves_the_totals(firm: workspace.Workspace) -> None:
    book = openpyxl.load_workbook(io.BytesIO(layout_xlsx(laid(firm))))
    sheet = book["Statement"]
    assert sheet.freeze_panes == "B5"
    assert [sheet.cell(4, at).value for at in (2, 3, 4)] == [datetime(2026, 1, 1), datetime(2026, 2, 1), "Whole range"]
    assert [sheet.cell(row, 2).value for row in range(5, 10)] == [100, -30, -50.1, -80.1, 19.9]
    assert sheet.cell(6, 2).number_format == '#,##0.00_);(#,##0.00);"–"_)'
    assert sheet.cell(9, 2).number_format == '[$€] #,##0.00_);([$€] #,##0.00);"–"_)'
    assert sheet.cell(10, 2).number_format == '0.0%_);(0.0%);"–"_)'
    assert sheet.cell(9, 1).font.bold
    assert not sheet.cell(6, 1).font.bold
    assert sheet.cell(12, 1).value == "Costs comes out"
    assert sheet.cell(13, 4).value == "=ROUND(D9-(0+D5+D8),6)"
    known = openpyxl.load_workbook(io.BytesIO(layout_xlsx(laid(firm))), data_only=True)["Statement"]
    assert [known.cell(row, at).value for row in (12, 13) for at in (2, 3, 4)] == [0] * 6
    assert book.sheetnames == ["Statement", "About"]


def test_quarters_are_texts_and_open_periods_say_so(firm: workspace.Workspace) -> None:
    query = MetricQuery((), range="2026-Q1")
    found = laid_out(firm.model, firm.model.statements["pnl"], query, "quarter", firm.query)
    sheet = openpyxl.load_workbook(io.BytesIO(layout_xlsx(found)))["Statement"]
    assert sheet.cell(4, 2).value == "2026-Q1"
    assert (sheet.cell(4, 2).comment is not None) == found.filling[0]


def test_an_empty_range_is_an_empty_statement(firm: workspace.Workspace) -> None:
    query = replace(MetricQuery(()), range="2019-01..2019-02")
    found = laid_out(firm.model, firm.model.statements["pnl"], query, "month", firm.query)
    assert all(value is None for one in found.lines for value in one.values)
    assert layout_xlsx(found)


def test_a_bridge_takes_the_last_total_down_to_the_last_lines(firm: workspace.Workspace) -> None:
    found = bridged(laid(firm))
    assert found is not None
    assert found.total.label == "Profit"
    assert found.ends == (Decimal("19.90"), Decimal("-19.50"))
    assert [(line.label, step) for line, step in found.moved] == [
        ("Revenue", Decimal("30.50")), ("Hosting", Decimal("0.00")), ("Salaries", Decimal("-69.90")),
    ]  # fmt: skip
    assert sum(step for _, step in found.moved) == Decimal("-39.40")


def test_a_bridge_needs_two_complete_periods_and_a_total_that_comes_out(firm: workspace.Workspace) -> None:
    assert bridged(laid(firm, "short")) is None
    found = laid(firm)
    assert bridged(dataclasses.replace(found, filling=(False, True))) is None
    wrong = dataclasses.replace(found.lines[4], values=(Decimal("1.00"), Decimal("1.00")))
    assert bridged(dataclasses.replace(found, lines=(*found.lines[:4], wrong, *found.lines[5:]))) is None
