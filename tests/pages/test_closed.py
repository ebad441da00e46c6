"""Closed periods on the page of a metric: as reported, and as it would be told today."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from selectolax.lexbor import LexborHTMLParser as HTMLParser

from truenorth import workspace
from truenorth.decide.closing import Closed, close
from truenorth.web.app import pages
from truenorth.workspace import Workspace

NOW = datetime(2026, 6, 2, 9)
ORDERS = "order_id,ordered_at,region,amount\n1,2026-04-10,north,100.00\n2,2026-05-20,<b>south</b>,40.00\n"
SHOP = """
version: 1
datasets:
  - {name: orders, file: orders.csv, time: ordered_at, fields: [{name: amount, unit: currency}, {name: region}]}
metrics:
  - {name: revenue, type: simple, dataset: orders, agg: sum, expr: amount, unit: currency, dimensions: [region]}
  - {name: orders_placed, type: simple, dataset: orders, agg: count}
"""


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Workspace]:
    (tmp_path / "truenorth.yml").write_text("version: 1\nname: Shop\ncurrency: EUR\n", "utf-8")
    (tmp_path / "metrics").mkdir()
    (tmp_path / "metrics" / "shop.yml").write_text(SHOP, "utf-8")
    (tmp_path / "orders.csv").write_text(ORDERS, "utf-8")
    with workspace.open(tmp_path, now=NOW, read_only=False) as opened:
        signed = Closed("", date.min, "", "", None, None, "", NOW, "ada", "<i>board</i>")
        for month in ("2026-04", "2026-05"):
            close(opened.query, opened.data.engine, opened.model, month, ["revenue"], signed)
        yield opened


def sheet(shop: Workspace, client_of: Callable[[object], Any], path: str) -> list[list[str]]:
    """The cells of the table of closed periods."""
    page = HTMLParser(client_of(pages(shop))(path).text)
    return [[cell.text() for cell in row.css("th, td")] for row in page.css("section.closed tbody tr")]


def test_the_page_shows_what_was_reported_and_what_is_told_today(
    shop: Workspace, client_of: Callable[[object], Any]
) -> None:
    told = ["2 Jun 2026", "ada", "<i>board</i>"]
    assert sheet(shop, client_of, "/m/revenue") == [
        ["May 2026", "€40.00", "€40.00", "–", *told],
        ["Apr 2026", "€100.00", "€100.00", "–", *told],
    ]
    (shop.folder / "orders.csv").write_text(ORDERS.replace("100.00", "90.50"), "utf-8")
    assert sheet(shop, client_of, "/m/revenue?range=all")[1] == ["Apr 2026", "€100.00", "€90.50", "−€9.50", *told]


def test_nothing_is_said_where_nothing_is_closed_or_rows_are_left_out(
    shop: Workspace, client_of: Callable[[object], Any]
) -> None:
    assert sheet(shop, client_of, "/m/orders_placed") == []
    assert sheet(shop, client_of, "/m/revenue?where=region:north") == []
