"""The page of a retention: who came back, by when they began."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import httpx
import pytest

from truenorth import workspace
from truenorth.web.app import pages

Get = Callable[..., httpx.Response]
DEFINITIONS = """version: 1
datasets:
  - {name: orders, file: orders.csv, time: at, fields: [{name: buyer}, {name: amount, unit: currency}]}
metrics:
  - {name: back, label: Back <again>, type: retention, dataset: orders, entity: buyer, period: month, value: amount, after: 1}
  - {name: orders_placed, type: simple, dataset: orders, agg: count}
"""
# Ada and Ben begin in January: Ada is back in February and March. Cy begins in February and is back in March.
ROWS = """buyer,at,amount
ada,2026-01-05,10.00
ben,2026-01-20,10.00
ada,2026-02-03,5.00
cy,2026-02-10,7.00
ada,2026-03-03,2.50
cy,2026-03-31,1.00
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[workspace.Workspace]:
    folder = tmp_path_factory.mktemp("retention_pages")
    (folder / "metrics").mkdir()
    (folder / "truenorth.yml").write_text("version: 1\nname: Shop\ncurrency: EUR\nclock: data\n")
    (folder / "metrics" / "m.yml").write_text(DEFINITIONS)
    (folder / "orders.csv").write_text(ROWS)
    with workspace.open(folder) as opened:
        yield opened


@pytest.fixture
def visit(shop: workspace.Workspace, client_of: Callable[[object], Get]) -> Get:
    return client_of(pages(shop))


def cells(text: str) -> dict[str, list[str]]:
    """The matrix by the names of its rows."""
    [matrix] = re.findall(r'<section class="panel cohorts returns".*?</section>', text, re.S)
    rows = re.findall(r"<tr[^>]*>(<th.*?)</tr>", matrix, re.S)
    read = [re.findall(r"<t[hd][^>]*>(?:<[^>]*>)?([^<]*)", row) for row in rows]
    return {row[0]: [cell.replace("\u202f", "") for cell in row[1:]] for row in read}


def test_each_cohort_has_its_row_and_all_are_pooled(visit: Get) -> None:
    text = visit("/retention/back").text
    found = cells(text)
    assert found["Jan 2026"] == ["2", "100%", "50%", "50%"]
    assert found["Feb 2026"][:3] == ["1", "100%", "100%"]
    assert found["All, by weight"][1:3] == ["100%", "67%"]
    assert "Back &lt;again&gt; by cohort" in text and "Back <again>" not in text
    assert text.count("<svg") >= 2


def test_people_and_money_are_told_as_well(visit: Get) -> None:
    assert cells(visit("/retention/back?tab=number").text)["Jan 2026"] == ["2", "2", "1", "1"]
    assert cells(visit("/retention/back?tab=value").text)["Jan 2026"][1:] == ["€20.00", "€5.00", "€2.50"]


def test_files_hold_the_same_in_rows(visit: Get) -> None:
    lines = visit("/retention/back.csv").text.splitlines()
    assert lines[0].startswith("cohort,") and len(lines) > 5


def test_what_is_no_retention_is_told_what_is(visit: Get) -> None:
    reply = visit("/retention/orders_placed")
    assert reply.status_code == 404 and "E_NAME_NOT_FOUND" in visit("/retention/orders_placed.json").text
    assert 'href="/retention/back?range=all"' in visit("/m/back?range=all").text
