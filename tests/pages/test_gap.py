"""The page of a gap ledger: every number on it worked out by hand from six subscriptions."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import httpx
import openpyxl
import pytest
from selectolax.lexbor import LexborHTMLParser as HTMLParser

from tests.pages.house import ELSEWHERE, RIGHT, House
from tests.pages.test_sharing import shared
from truenorth import workspace
from truenorth.access.person import set_password
from truenorth.store.state import State
from truenorth.web.app import pages
from truenorth.workspace import gap

Get = Callable[..., httpx.Response]
DEFINITIONS = """
version: 1
datasets:
  - name: subscriptions
    file: subscriptions.csv
    primary_key: [id]
    roles: {customer_id: account, started_on: begun, ended_on: ended, amount: price, discount_kind: kind,
            discount_amount: off, trial_end: trial_over}
metrics:
  - {name: mrr, label: MRR, type: movement, dataset: subscriptions, reported: {2026-01: 350.00, 2026-02: 340.00},
     reported_by: paddle}
  - {name: customers, type: movement, balance: mrr, measure: entities}
  - {name: seen, type: movement, dataset: subscriptions, reported: {2026-01: 330.00, 2026-02: 340.00}}
"""
# Discounts that recur are 20 for ada and 30 for eve, whose first month is a trial; cleo's trial ends in February.
ROWS = """id,account,begun,ended,price,off,kind,trial_over
1,ada,2026-01-01,2027-01-01,100.00,20.00,forever,
2,ben,2026-01-01,2027-01-01,100.00,,,
3,cleo,2026-01-20,2027-01-01,60.00,,,2026-02-03
4,eve,2026-01-05,2027-01-01,80.00,30.00,forever,2026-02-05
"""


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[workspace.Workspace]:
    """The workspace. Ours: 80 + 100 in January, 80 + 100 + 60 + 50 in February."""
    folder = tmp_path_factory.mktemp("cloud")
    (folder / "metrics").mkdir()
    (folder / "truenorth.yml").write_text("version: 1\nname: Cloud\ncurrency: EUR\n")
    (folder / "metrics" / "m.yml").write_text(DEFINITIONS)
    (folder / "subscriptions.csv").write_text(ROWS)
    with workspace.open(folder, now=datetime(2026, 3, 1)) as opened:
        yield opened


@pytest.fixture
def visit(cloud: workspace.Workspace, client_of: Callable[[object], Get]) -> Get:
    """Ask for its pages."""
    return client_of(pages(cloud))


def cells(text: str, section: str = "main") -> list[list[str]]:
    """The cells of the tables of a section."""
    rows = HTMLParser(text).css(f"{section} tbody tr")
    return [[cell.text(strip=True) for cell in row.css("th, td")] for row in rows]


def sentence(text: str) -> str:
    """What the page says first."""
    return " ".join(one.text().replace("\u2060", "") for one in HTMLParser(text).css("p.sentence"))


def test_the_difference_is_told_rule_by_rule(visit: Get) -> None:
    page = visit("/gap/mrr")
    assert page.status_code == 200
    told = "In Feb 2026 €50.00 more is reported than there is here: discounts (+€50.00). Nothing stays unexplained."
    assert sentence(page.text) == told
    assert cells(page.text, ".ledger") == [
        ["Ours", "€180.00", "€290.00"],
        ["Discounts: those that recur → none", "+€20.00", "+€50.00"],
        ["Unexplained", "+€150.00", "–"],
        ["Reported", "€350.00", "€340.00"],
    ]
    assert cells(page.text, ".rules") == [["eve", "+€30.00"], ["ada", "+€20.00"], ["All", "+€50.00"]]
    assert "to the last digit" in page.text and page.text.count("<svg") >= 2
    # Two months in one quarter, so that nothing is said of quarters and years.
    assert [one.text() for one in HTMLParser(page.text).css('.seg[aria-label="Grain"] a')] == ["Month"]


def test_what_is_known_of_their_rules_explains_more(visit: Get) -> None:
    address = "/gap/mrr?policy=discounts:list_price&policy=trials:counted&range=2026-01"
    text = visit(address).text
    # Eve's trial and discount together bring 30, which is shared between both rules: 20 + 15 and 60 + 65.
    assert cells(text, ".ledger")[:4] == [
        ["Ours", "€180.00", "€290.00"],
        ["Discounts: those that recur → none", "+€35.00", "+€50.00"],
        ["Trials: not before it ends → from its first day", "+€125.00", "–"],
        ["Unexplained", "+€10.00", "–"],
    ]
    tree = HTMLParser(text)
    assert {one.attributes["value"] for one in tree.css("option[selected]")} >= {
        "discounts:list_price", "trials:counted",
    }  # fmt: skip
    links = [str(one.attributes["href"]) for one in tree.css(".seg a")]
    assert "/gap/mrr?policy=discounts:list_price;trials:counted&range=2026-02" in links
    assert visit("/gap/mrr?policy=discounts:list_price;trials:counted&range=2026-01").status_code == 200


def test_files_hold_every_row_and_add_up(visit: Get, cloud: workspace.Workspace) -> None:
    found = visit("/gap/mrr.json?policy=trials:counted").json()
    rows = [row for row in found["rows"] if row["period"] == "2026-01-01"]
    parts = sum(Decimal(str(row["amount"])) for row in rows if row["part"] != "reported")
    assert parts == Decimal(350)
    by = {(row["policy"], row["customer_id"]): row["amount"] for row in rows if row["part"] == "policy"}
    ledger = gap(cloud, "mrr", compat="paddle", policies={"trials": "counted"})
    assert by == {
        (one.policy, who): amount for one in ledger.shares for who, amount in next(iter(one.rows.values())).items()
    }
    assert visit("/gap/mrr.csv").text.splitlines()[0] == "period,part,policy,our_choice,their_choice,customer_id,amount"
    assert "| 2026-02-01 | reported |" in visit("/gap/mrr.md").text
    assert openpyxl.load_workbook(io.BytesIO(visit("/gap/mrr.xlsx").content))
    assert visit("/gap/mrr.png").status_code == 400


def test_where_nobody_knows_the_rules_they_are_looked_for(visit: Get) -> None:
    for address in ("/gap/seen?range=2026-02", "/gap/mrr?compat=guess"):
        text = visit(address).text
        assert "Nobody said how it is reported" in text, address
        assert "Discounts" in text
    assert "Nobody said" not in visit("/gap/seen?compat=stripe").text


def test_a_metric_leads_to_what_is_reported_of_it(visit: Get) -> None:
    assert 'href="/gap/mrr"' in visit("/m/mrr").text
    assert "/gap/" not in visit("/m/customers").text


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/gap/mr", 404, "E_NAME_NOT_FOUND"),
        ("/gap/customers", 400, "E_BAD_REPORTED"),
        ("/gap/mrr?compat=quicken", 400, "E_UNKNOWN_POLICY"),
        ("/gap/mrr?policy=discounts", 400, "E_BAD_ADDRESS"),
        ("/gap/mrr?policy=discounts:some", 400, "E_UNKNOWN_POLICY"),
        ("/gap/mrr?policy=bananas:some", 400, "E_UNKNOWN_POLICY"),
        ("/gap/mrr?range=2025-01", 400, "E_BAD_ADDRESS"),
        ("/gap/mrr?tz=Mars", 400, "E_"),
        ("/gap/mrr?grain=fortnight", 400, "E_UNKNOWN_GRAIN"),
        ("/gap/mrr?grain=year", 400, "E_BAD_REPORTED"),
    ],
)
def test_what_cannot_be_compared_is_a_calm_page(visit: Get, path: str, status: int, code: str) -> None:
    page = visit(path)
    assert (page.status_code, code in page.text) == (status, True), page.text[-900:]


def test_other_data_makes_another_ledger(visit: Get, cloud: workspace.Workspace) -> None:
    file = Path(cloud.folder) / "subscriptions.csv"
    assert ["Ours", "€180.00", "€290.00"] in cells(visit("/gap/mrr").text)
    try:
        file.write_text(ROWS.replace("2,ben,2026-01-01,2027-01-01,100.00", "2,ben,2026-01-01,2027-01-01,101.50"))
        assert ["Ours", "€181.50", "€291.50"] in cells(visit("/gap/mrr").text)
    finally:
        file.write_text(ROWS)


def test_a_ledger_is_shared_by_a_link(cloud: workspace.Workspace, accounts: State) -> None:
    set_password(accounts, "dana", RIGHT, datetime(2026, 7, 1), "terminal")
    house = House(cloud, accounts, ELSEWHERE)
    link = shared(house, "/gap/mrr?policy=trials:counted")
    text = house.visitor().get(link).text
    assert HTMLParser(text).css("form, select, input, button") == []
    assert ["Reported", "€350.00", "€340.00"] in cells(text)
    assert house.visitor().get(f"{link}.csv").text.startswith("period,part,policy")
    assert str(cloud.folder) not in house.visitor().get(f"{link}.json").text
