"""The page of a balance: from opening to closing, and what moved it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import httpx
import pytest

from tests.unit.query.test_rollforward import DEFINITIONS, ROWS
from truenorth import workspace
from truenorth.web.app import pages

Get = Callable[..., httpx.Response]
QUARTER = "range=2026-01..2026-03&grain=month"


@pytest.fixture(scope="module")
def billing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[workspace.Workspace]:
    """The workspace, with a balance that has no parts of its own beside the one that has."""
    folder = tmp_path_factory.mktemp("billing_pages")
    (folder / "metrics").mkdir()
    (folder / "truenorth.yml").write_text("version: 1\nname: Billing\ncurrency: EUR\nclock: data\n")
    bare = "  - {name: bare, type: movement, dataset: periods, expr: monthly, entity: customer, end: ended}\n"
    (folder / "metrics" / "m.yml").write_text(DEFINITIONS + bare)
    (folder / "periods.csv").write_text(ROWS)
    with workspace.open(folder) as opened:
        yield opened


@pytest.fixture
def visit(billing: workspace.Workspace, client_of: Callable[[object], Get]) -> Get:
    """Ask for its pages."""
    return client_of(pages(billing))


def section(text: str) -> str:
    """The section about movements."""
    found = re.search(r'<section class="panel why" id="movements">.*?</section>', text, re.S)
    assert found is not None
    return found[0]


def rows(text: str) -> list[list[str]]:
    """The cells of all rows of tables."""
    found = re.findall(r"<tr[^>]*>(<th>.*?)</tr>", text, re.S)
    return [re.findall(r"<t[hd][^>]*>(?:<a[^>]*>)?([^<]*)", row) for row in found]


def test_a_balance_is_told_from_opening_to_closing_and_month_by_month(visit: Get) -> None:
    told = section(visit(f"/m/mrr?{QUARTER}").text)
    assert "rose by €34.25, from €0.00 to €34.25" in told
    found = rows(told)
    assert ["New", "+€34.25", "", "+3"] in found
    assert ["Closing", "€34.25", "", "3"] in found
    month = next(row for row in found if row[0].startswith("Feb"))
    assert month[1:] == ["€20.10", "–", "–", "+€15.15", "–", "−€10.00", "€25.25", "✓"]
    assert told.count("<svg") == 4


def test_a_part_leads_to_its_own_page_and_back(visit: Get) -> None:
    assert re.search(
        r'<a class="quiet under" href="/m/new_mrr\?[^"]*">New</a>', section(visit(f"/m/mrr?{QUARTER}").text)
    )
    part = visit(f"/m/new_mrr?{QUARTER}").text
    assert re.search(r'<a href="/m/mrr\?[^"]*">Mrr</a>', part)
    assert 'id="movements"' not in part


def test_a_balance_without_parts_of_its_own_shows_the_same(visit: Get) -> None:
    told = section(visit(f"/m/bare?{QUARTER}").text)
    assert ["New", "+€34.25", ""] in rows(told)
    assert "/m/bare__new" not in told
    assert visit("/m/bare__new").status_code == 404
    assert "bare__new" not in visit("/metrics").text


def test_only_some_rows_move_between_segments(visit: Get) -> None:
    told = section(visit(f"/m/mrr?{QUARTER}&where=plan:pro").text)
    assert any(row[0] == "Moved in" for row in rows(told))


def test_a_range_before_the_data_has_no_walk(visit: Get) -> None:
    page = visit("/m/mrr?range=2019")
    assert page.status_code == 200
    assert "Traceback" not in page.text


def test_a_metric_that_is_no_balance_has_no_such_section(get: Get) -> None:
    assert 'id="movements"' not in get("/m/revenue").text


def test_a_period_that_the_range_cuts_is_told_from_one_that_fills(visit: Get) -> None:
    told = section(visit("/m/mrr?range=2026-01-15..2026-02-28&grain=month").text)
    assert '<tr data-at="0.250" class="begun">' in told
    assert 'class="filling"' not in told
