"""Pages as they were known on a day, and in another currency; pages that are shared beside those of metrics."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import httpx
import openpyxl
import pytest
from selectolax.lexbor import LexborHTMLParser as HTMLParser

from tests.pages.house import ELSEWHERE, RIGHT, House
from tests.pages.test_balance import rows
from tests.pages.test_sharing import shared
from truenorth import workspace
from truenorth.access.person import set_password
from truenorth.store.state import State
from truenorth.web.app import pages

Get = Callable[..., httpx.Response]
DEFINITIONS = """
version: 1
datasets:
  - name: fx
    source: fx
    rates: {date: day, from: base, to: quote, rate: rate}
    fields: [{name: day}, {name: base}, {name: quote}, {name: rate}]
  - name: periods
    source: periods
    time: begun
    fields:
      - {name: who}
      - {name: begun}
      - {name: ended}
      - {name: amount, unit: currency, currency: code}
      - {name: code}
metrics:
  - {name: mrr, label: MRR, type: movement, dataset: periods, expr: amount, entity: who, end: ended, unit: currency,
     currency: EUR, convert: fixed, fixed_on: 2026-01-01, domain: financial,
     targets: [{from: 2026-01-01, every: month, value: 500}]}
  - {name: rows, type: simple, dataset: periods, agg: count}
statements:
  - {name: book, label: The book, lines: [mrr, rows]}
"""


ASIDE = """
version: 1
datasets:
  - name: periods
    file: periods.csv
    time: begun
    fields: [{name: who}, {name: kind}, {name: begun}, {name: ended}, {name: amount, unit: currency}]
metrics:
  - {name: mrr, type: movement, dataset: periods, expr: amount, entity: who, end: ended, unit: currency,
     reported: {2026-01: 100.00}}
statements:
  - {name: book, lines: [mrr]}
  - {name: kinds, lines: [mrr], by: kind}
"""


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Iterator[workspace.Workspace]:
    """Two loads of subscriptions, in May and June; a euro is two dollars."""
    folder = tmp_path_factory.mktemp("book")
    (folder / "metrics").mkdir()
    (folder / "truenorth.yml").write_text("version: 1\nname: Book\ncurrency: EUR\nclock: data\n")
    (folder / "metrics" / "m.yml").write_text(DEFINITIONS)
    (folder / "fx.csv").write_text("day,base,quote,rate\n2026-01-01,EUR,USD,2.00\n")
    (folder / "early.csv").write_text("who,begun,ended,amount,code\nada,2026-01-02,2027-01-01,100.00,EUR\n")
    (folder / "late.csv").write_text("who,begun,ended,amount,code\nbo,2026-03-05,2027-01-01,80.00,USD\n")
    for month, table, file in ((5, "fx", "fx.csv"), (5, "periods", "early.csv"), (6, "periods", "late.csv")):
        with workspace.open(folder, now=datetime(2026, month, 2), read_only=False) as opened:
            opened.data.import_files(table, [str(folder / file)])
    with workspace.open(folder) as opened:
        yield opened


@pytest.fixture
def visit(book: workspace.Workspace, client_of: Callable[[object], Get]) -> Get:
    """Ask for its pages."""
    return client_of(pages(book))


def hero(text: str) -> str:
    """The large number of a metric's page, in full."""
    return str(HTMLParser(text).css_first(".hero .value").attributes["title"])


def chips(text: str) -> list[str]:
    """What a page says of how it is told."""
    return [one.text(strip=True).removesuffix("×, remove") for one in HTMLParser(text).css(".lead a.chip.filter")]


def test_a_metric_as_it_was_known_and_in_another_currency(visit: Get) -> None:
    assert hero(visit("/m/mrr?range=2026-03").text) == "€140.00"
    then = visit("/m/mrr?range=2026-03&as_of=2026-05-08").text
    assert hero(then) == "€100.00" and chips(then) == ["as known on 8 May 2026"]
    assert "as it was known at the end of 2026-05-08" in then.lower()
    abroad = visit("/m/mrr?range=2026-03&currency=USD").text
    assert hero(abroad) == "$280.00" and chips(abroad) == ["in USD"]
    # A target is set in euros, and is none in dollars.
    assert "Target per" in visit("/m/mrr?range=2026-01..2026-03&grain=month").text
    assert "Target per" not in visit("/m/mrr?range=2026-01..2026-03&grain=month&currency=USD").text
    assert "--as-of 2026-05-08" in then and "as_of=&#34;2026-05-08&#34;" in then


def test_links_keep_what_was_chosen_and_chips_let_it_go(visit: Get) -> None:
    text = visit("/m/mrr?range=2026-03&as_of=2026-05-08&currency=USD").text
    tree = HTMLParser(text)
    chosen = "as_of=2026-05-08&currency=USD"
    for path in ("/statement/mrr?", "/cohorts/mrr?", "/m/mrr.csv?"):
        assert any((one.attributes["href"] or "").startswith(path + chosen) for one in tree.css("a")), path
    assert [one.attributes["href"] for one in tree.css(".lead a.chip.filter")] == [
        "/m/mrr?currency=USD&range=2026-03",
        "/m/mrr?as_of=2026-05-08&range=2026-03",
    ]
    control = tree.css_first("form:has(input[type=date])")
    held = {one.attributes["name"]: one.attributes.get("value") for one in control.css("input")}
    assert held == {"range": "2026-03", "as_of": "2026-05-08", "currency": "USD"}
    # Nothing here is converted, so that there is no other currency to choose.
    assert not HTMLParser(visit("/m/rows").text).css("input[name=currency]")


def test_statements_and_cohorts_as_well(visit: Get) -> None:
    for path in ("/statement/mrr?range=2026-03", "/statement/book?range=2026-03", "/cohorts/mrr?"):
        now, then = visit(path), visit(f"{path}&as_of=2026-05-08&currency=USD")
        assert chips(then.text) == ["as known on 8 May 2026", "in USD"], path
        assert chips(now.text) == []
        assert "280.00" not in then.text and "200.00" in then.text, path
        assert path != "/cohorts/mrr?" or "$200.00" in then.text
        assert "as it was known at the end of 2026-05-08" in then.text.lower(), path
        assert ("40.00" in now.text) and ("140.00" in now.text or path == "/cohorts/mrr?"), path
    assert ["MRR", "€140.00", "€140.00"] in rows(visit("/statement/book?range=2026-03").text)
    sheet = visit("/statement/mrr.xlsx?range=2026-03&currency=USD&as_of=2026-05-08").content
    told = openpyxl.load_workbook(io.BytesIO(sheet))["Statement"]
    assert "USD" in str(told.cell(2, 1).value)


def test_rows_set_aside_are_told_on_every_page(tmp_path: Path, client_of: Callable[[object], Get]) -> None:
    (tmp_path / "metrics").mkdir()
    (tmp_path / "truenorth.yml").write_text("version: 1\nname: Aside\ncurrency: EUR\nclock: data\n")
    (tmp_path / "metrics" / "m.yml").write_text(ASIDE)
    (tmp_path / "periods.csv").write_text(
        "who,begun,ended,amount,kind\nada,2026-01-02,2027-01-01,100.00,a\nbo,2026-02-05,2026-01-05,80.00,b\n"
    )
    with workspace.open(tmp_path) as opened:
        ask = client_of(pages(opened))
        for path in (
            "/m/mrr?range=2026-01",
            "/statement/mrr",
            "/statement/book",
            "/table/kinds",
            "/cohorts/mrr",
            "/gap/mrr",
        ):
            page = ask(path)
            said = [one.text().lower() for one in HTMLParser(page.text).css(".caveats li")]
            assert any("1 row" in one for one in said), (path, page.status_code, said)


def test_files_say_how_they_are_told(visit: Get) -> None:
    found = visit("/m/mrr.json?range=2026-03&grain=month&as_of=2026-05-08&currency=USD").json()
    assert (found["query"]["as_of"], found["query"]["currency"]) == ("2026-05-08", "USD")
    assert [row["mrr"] for row in found["rows"]] == [200]
    assert found["columns"][1]["currency"] == "USD"


@pytest.mark.parametrize("path", ["/m/mrr", "/statement/mrr", "/statement/book", "/cohorts/mrr"])
@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("as_of=sometime", "E_BAD_AS_OF"),
        ("currency=XYZZY", "E_BAD_CURRENCY"),
        ("currency=<b>", "E_BAD_CURRENCY"),
        ("currency=CHF", "E_NO_RATE"),
    ],
)
def test_what_cannot_be_told_is_a_calm_page(visit: Get, path: str, words: str, code: str) -> None:
    refused = visit(f"{path}?{words}")
    assert refused.status_code == 400 and code in refused.text
    assert f'href="{path}"' in refused.text
    assert visit(f"{path}.json?{words}").json()["code"].startswith(code)


@pytest.fixture
def lent(book: workspace.Workspace, accounts: State) -> House:
    """The book served elsewhere, with Dana's account."""
    set_password(accounts, "dana", RIGHT, datetime(2026, 7, 1), "terminal")
    return House(book, accounts, ELSEWHERE)


@pytest.mark.parametrize("page", ["/statement/book?range=2026-03", "/statement/mrr?as_of=2026-05-08", "/cohorts/mrr"])
def test_statements_and_cohorts_are_shared_by_a_link(lent: House, page: str) -> None:
    whole = lent.signed_in().get(page).text
    assert "/sharing?page=" in whole
    link = shared(lent, page)
    text = lent.visitor().get(link).text
    tree = HTMLParser(text)
    assert [one.text() for one in tree.css(".sheet tr")] == [one.text() for one in HTMLParser(whole).css(".sheet tr")]
    assert tree.css("form, input, button, nav, dialog") == []
    targets = {node.attributes[name] or "" for name in ("href", "src", "action") for node in tree.css(f"[{name}]")}
    assert all(one == "#main" or one.startswith(("/static/", f"{link}.")) for one in targets), targets
    place = str(lent.shop.folder)
    for form in ("csv", "json", "xlsx", "md"):
        file = lent.visitor().get(f"{link}.{form}")
        assert file.status_code == 200 and place.encode() not in file.content
    assert lent.visitor().get(page).status_code == 303


@pytest.mark.parametrize("page", ["/statement/rows", "/cohorts/rows", "/cohorts/book", "/statement/", "/gap", "/x/mrr"])
def test_what_is_no_such_page_is_not_shared(lent: House, page: str) -> None:
    dana = lent.signed_in()
    data = {"form_token": dana.token("/sharing?page=/"), "page": page, "days": "7"}
    assert dana.post("/sharing", data).status_code == 400
