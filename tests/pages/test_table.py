"""A table of metrics by a dimension: every number by hand, what has no value of it in a row of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from selectolax.lexbor import LexborHTMLParser as HTMLParser

from truenorth import workspace
from truenorth.base.errors import DefinitionErrors
from truenorth.web.app import pages

Get = Callable[..., httpx.Response]
DEFINITIONS = """
version: 1
datasets:
  - {name: ads, file: ads.csv, time: day, fields: [{name: channel}, {name: spent, unit: currency}, {name: clicked}]}
  - {name: sold, file: sold.csv, time: day, fields: [{name: channel}, {name: net, unit: currency}]}
metrics:
  - {name: spend, type: simple, dataset: ads, agg: sum, expr: spent, unit: currency}
  - {name: clicks, type: simple, dataset: ads, agg: sum, expr: clicked}
  - {name: revenue, type: simple, dataset: sold, agg: sum, expr: net, unit: currency}
  - {name: cpc, label: CPC, type: ratio, numerator: spend, denominator: clicks, unit: currency}
  - {name: roas, label: ROAS, type: ratio, numerator: revenue, denominator: spend}
statements:
  - {name: marketing, label: Marketing, by: channel, lines: [spend, clicks, cpc, revenue, roas]}
  - {name: book, lines: [revenue, spend]}
"""
ADS = "day,channel,spent,clicked\n2026-03-01,search,60.00,30\n2026-03-02,mail,20.00,40\n2026-02-01,mail,99.00,1\n"
SOLD = "day,channel,net\n2026-03-03,search,90.00\n2026-03-04,,10.00\n2026-03-05,mail,100.00\n"


def made(folder: Path, definitions: str = DEFINITIONS) -> workspace.Workspace:
    """A workspace of these definitions."""
    (folder / "metrics").mkdir()
    (folder / "truenorth.yml").write_text("version: 1\nname: Shop\ncurrency: EUR\nclock: data\n")
    (folder / "metrics" / "m.yml").write_text(definitions)
    (folder / "ads.csv").write_text(ADS)
    (folder / "sold.csv").write_text(SOLD)
    return workspace.open(folder)


@pytest.fixture
def visit(tmp_path: Path, client_of: Callable[[object], Get]) -> Iterator[Get]:
    """Ask for its pages."""
    with made(tmp_path) as opened:
        yield client_of(pages(opened))


def test_a_row_for_each_channel_and_all_below(visit: Get) -> None:
    page = visit("/table/marketing?range=2026-03")
    assert page.status_code == 200
    found = [[cell.text() for cell in row.css("th, td")] for row in HTMLParser(page.text).css(".ledger tr")]
    assert found == [
        ["Channel", "Spend", "Clicks", "CPC", "Revenue", "ROAS"],
        ["search", "€60.00", "30", "€2.00", "€90.00", "1.50"],
        ["mail", "€20.00", "40", "€0.50", "€100.00", "5.00"],
        ["(none)", "–", "–", "–", "€10.00", "–"],
        ["All", "€80.00", "70", "€1.14", "€200.00", "2.50"],
    ]
    assert 'href="/m/spend?range=2026-03&amp;where=channel:search"' in page.text
    assert 'href="/m/spend?range=2026-03&amp;where=channel:(none)"' in page.text


def test_it_is_found_and_has_files(visit: Get) -> None:
    assert 'href="/table/marketing"' in visit("/metrics").text
    assert visit("/find.json?q=marketing").json()[0]["href"] == "/table/marketing"
    assert 'href="/table/marketing"' in visit("/statement/book").text
    assert visit("/table/marketing.json?range=2026-03").json()["totals"]["revenue"] == 200
    for form in ("csv", "md", "xlsx"):
        assert visit(f"/table/marketing.{form}").status_code == 200
    for path in ("/statement/marketing", "/table/book", "/table/nothing"):
        assert visit(path).status_code == 404


def test_a_table_is_by_what_all_its_metrics_know(tmp_path: Path) -> None:
    with pytest.raises(DefinitionErrors) as raised:
        made(tmp_path, DEFINITIONS.replace("by: channel", "by: chanel"))
    assert "chanel" in str(raised.value) and "channel" in str(raised.value)
