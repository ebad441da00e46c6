"""The page of a financial statement, and its files."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path

import httpx
import openpyxl
import pytest

from tests.pages.test_balance import billing as billing
from tests.pages.test_balance import rows
from tests.unit.query.test_layout import DEFINITIONS, ROWS
from tests.unit.query.test_layout import firm as firm
from truenorth import workspace
from truenorth.web.app import pages

Get = Callable[..., httpx.Response]
OVER = "range=2026-01..2026-02"


@pytest.fixture
def visit(firm: workspace.Workspace, client_of: Callable[[object], Get]) -> Get:
    """Ask for the firm's pages."""
    return client_of(pages(firm))


def test_lines_down_months_across_totals_proven(visit: Get) -> None:
    page = visit(f"/statement/pnl?{OVER}")
    assert page.status_code == 200
    found = rows(page.text)
    assert ["Revenue", "100.00", "130.50", "230.50"] in found
    assert ["Salaries", "(50.10)", "(120.00)", "(170.10)"] in found
    assert ["Profit", "€19.90", "(€19.50)", "€0.40"] in found
    assert ["Comes out", "✓", "✓", "✓"] in found
    assert "2 totals, each what its lines come to in every column, to the last digit." in page.text
    assert re.search(r'<tr class="sum"><th><a [^>]*href="/m/profit\?[^"]*">Profit</a>', page.text)


def test_every_file_tells_the_same(visit: Get) -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(visit(f"/statement/pnl.xlsx?{OVER}").content))["Statement"]
    assert [sheet.cell(9, at).value for at in (1, 2, 3, 4)] == ["Profit", 19.9, -19.5, 0.4]
    assert "19.90" in visit(f"/statement/pnl.csv?{OVER}").text
    assert visit(f"/statement/pnl.json?{OVER}").json()
    assert visit(f"/statement/pnl.png?{OVER}").status_code == 400


def test_a_statement_is_found_from_the_catalog_and_by_typing(visit: Get) -> None:
    assert 'href="/statement/pnl"' in visit("/metrics").text
    assert {"label": "Profit and loss", "href": "/statement/pnl", "hint": "statement"} in visit(
        "/find.json?q=profit"
    ).json()
    assert '<a href="/statement/short?' in visit(f"/statement/pnl?{OVER}").text


def test_what_is_no_statement_is_not_found_with_a_hint(visit: Get) -> None:
    page = visit("/statement/pln")
    assert page.status_code == 404
    assert "pnl" in page.text
    assert visit("/statement/revenue").status_code == 404
    assert visit("/statement/pnl?grain=fortnight").status_code == 400


def test_a_balance_is_a_statement_too(billing: workspace.Workspace, client_of: Callable[[object], Get]) -> None:
    page = client_of(pages(billing))("/statement/mrr?range=2026-01..2026-03")
    assert ["Churn", "–", "(10.00)", "–", "–"] in rows(page.text)
    assert ["Closing", "€20.10", "€25.25", "€34.25", "€34.25"] in rows(page.text)
    link = re.search(r'href="(/statement/mrr\.xlsx[^"]*)"', client_of(pages(billing))("/m/mrr").text)
    assert link is not None
    assert client_of(pages(billing))(link[1].replace("&amp;", "&")).status_code == 200


def test_why_the_last_total_changed(visit: Get) -> None:
    text = visit(f"/statement/pnl?{OVER}").text
    bridge = text[text.index('id="bridge"') :].replace("\u2060", "")
    assert "Profit fell by €39.40, from €19.90 in Jan 2026 to −€19.50 in Feb 2026." in bridge
    assert "Revenue (+€30.50) brought it up; salaries (−€69.90) brought it down." in bridge
    assert ["Salaries", "(50.10)", "(120.00)", "(69.90)"] in rows(bridge)
    assert ["Profit", "€19.90", "(€19.50)", "(€39.40)"] in rows(bridge)
    assert visit(f"/statement/pnl?{OVER}&vs=first").status_code == 200
    assert visit(f"/statement/pnl?{OVER}&vs=never").status_code == 400
    assert 'id="bridge"' not in visit(f"/statement/short?{OVER}").text


def test_unit_economics_are_a_statement_where_standard_metrics_make_one(
    tmp_path: Path, client_of: Callable[[object], Get]
) -> None:
    (tmp_path / "metrics").mkdir()
    (tmp_path / "truenorth.yml").write_text("version: 1\nname: Firm\ncurrency: EUR\nclock: data\n")
    bound = (
        ("average_revenue_per_account", "expr: amount, filter: \"kind = 'sales'\""),
        ("cost_per_acquisition", "expr: amount, filter: \"kind = 'hosting'\""),
    )
    more = "".join(
        f"  - {{name: own_{at}, label: Own {at}, template: {template}, type: simple, dataset: ledger, agg: sum, {rest}, unit: currency}}\n"
        for at, (template, rest) in reversed(list(enumerate(bound)))
    )
    (tmp_path / "metrics" / "m.yml").write_text(DEFINITIONS.replace("statements:", f"{more}statements:"))
    (tmp_path / "ledger.csv").write_text(ROWS)
    with workspace.open(tmp_path) as opened:
        ask = client_of(pages(opened))
        found = rows(ask(f"/statement/unit_economics?{OVER}").text)
        assert [row[0] for row in found] == ["Own 0", "Own 1"]
        assert found[1][1:] == ["€30.00", "€30.00", "€60.00"]
        assert 'href="/statement/unit_economics"' in ask("/metrics").text
        assert ask(f"/statement/unit_economics.xlsx?{OVER}").status_code == 200


def test_a_month_that_the_range_cuts_is_marked_and_bridges_nothing(visit: Get) -> None:
    text = visit("/statement/pnl?range=2026-01-15..2026-02-28").text
    assert "Jan 2026 †" in text
    assert "† cut by the range" in text
    assert 'id="bridge"' not in text


def test_amounts_in_thirds_add_up_as_they_are_shown(tmp_path: Path, client_of: Callable[[object], Get]) -> None:
    """Three yearly seats of €400 are 33.33 a month each and 100 together; the page says that one gave way."""
    (tmp_path / "metrics").mkdir()
    (tmp_path / "truenorth.yml").write_text("version: 1\nname: Thirds\ncurrency: EUR\n", "utf-8")
    plans = "".join(
        f"  - {{name: {plan}, type: simple, dataset: seats, agg: sum, expr: 'exact_div(price, 12)', unit: currency, "
        f"filter: plan = '{plan}'}}\n"
        for plan in ("bronze", "silver", "gold")
    )
    (tmp_path / "metrics" / "seats.yml").write_text(
        "version: 1\ndatasets:\n  - {name: seats, file: seats.csv, time: day}\nmetrics:\n" + plans +
        "  - {name: seats_sold, type: derived, expr: bronze + silver + gold, unit: currency, "
        "input_metrics: [{name: bronze}, {name: silver}, {name: gold}]}\n"
        "statements:\n  - {name: sold, lines: [bronze, silver, gold, seats_sold]}\n", "utf-8"
    )  # fmt: skip
    (tmp_path / "seats.csv").write_text(
        "day,plan,price\n2026-01-05,bronze,400\n2026-01-05,silver,400\n2026-01-05,gold,400\n", "utf-8"
    )
    with workspace.open(tmp_path) as opened:
        page = client_of(pages(opened))("/statement/sold?range=2026-01")
        sheet = openpyxl.load_workbook(
            io.BytesIO(client_of(pages(opened))("/statement/sold.xlsx?range=2026-01").content)
        )
    assert [row[1] for row in rows(page.text)[:3]] == ["33.34", "33.33", "33.33"]
    assert ["Seats sold", "€100.00", "€100.00"] in rows(page.text)
    assert "2 amounts are shown one unit of the last digit away" in page.text
    cells = [cell.value for line in sheet["Statement"].iter_rows() for cell in line]
    assert cells.count(33.333333333333) == 6
