"""Links to one page: what they show, what they do not, and that they cannot be made to show more."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import timedelta
from html import unescape

import html5lib
import pytest
from selectolax.lexbor import LexborHTMLParser as HTMLParser

from tests.pages.house import House
from tests.pages.visitor import Visitor
from truenorth import workspace
from truenorth.access.share import shares
from truenorth.serve.place import Listening
from truenorth.store.state import State
from truenorth.web.shared import standing_alone

PAGE = "/m/revenue?by=country&where=plan:pro"
LINK = re.compile(r'value="(http[^"]+/share/[A-Za-z0-9]+)"')


def shared(house: House, page: str = PAGE, days: str = "7") -> str:
    """The path of a link that Dana made."""
    answered = house.signed_in().send(f"/sharing?page={page.replace('&', '%26')}", "/sharing", page=page, days=days)
    assert answered.status_code == 200, answered.text
    found = LINK.search(answered.text)
    assert found is not None
    assert found[1].startswith("http://192.168.1.7:8321/share/")
    return found[1].removeprefix("http://192.168.1.7:8321")


def value(text: str) -> str:
    return str(HTMLParser(text).css_first(".hero .value").attributes["title"])


def test_a_link_shows_the_page_as_it_was_asked_for(house: House) -> None:
    page = house.visitor().get(shared(house))
    assert page.status_code == 200
    assert value(page.text) == value(house.signed_in().get(PAGE).text) == "€8,640.00"
    html5lib.HTMLParser(strict=True).parse(page.text)


def test_nobody_on_the_way_learns_or_keeps_anything(house: House) -> None:
    link = shared(house)
    for path in (link, f"{link}.csv", "/share/" + "x" * 43):
        headers = house.visitor().get(path).headers
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["x-robots-tag"] == "noindex, nofollow"
        assert headers["cache-control"] == "no-store"
        assert "set-cookie" not in headers


@pytest.mark.parametrize(
    "page", ["/", "/?grain=month", "/m/revenue", PAGE, "/m/order_value?grain=week&tab=sql", "/m/incident_count"]
)
def test_nothing_on_a_shared_page_leads_anywhere_else(house: House, page: str) -> None:
    link = shared(house, page)
    text = house.visitor().get(link).text
    tree = HTMLParser(text)
    assert tree.css("form, input, button, nav, dialog, [data-key]:not(summary), [data-palette], [data-row-key]") == []
    targets = {node.attributes[name] or "" for name in ("href", "src", "action") for node in tree.css(f"[{name}]")}
    assert all(one == "#main" or one.startswith(("/static/", f"{link}.")) for one in targets), targets
    assert "js/app.js" not in text and "/find.json" not in text
    files = sorted(one for one in targets if one.startswith("/share/"))
    assert [one.rpartition(".")[2] for one in files] == ["csv", "json", "md", "png", "svg", "xlsx"]
    for one in files:
        assert house.visitor().get(one).status_code == 200
    assert "E_SECRET_PLAN" not in text


def test_its_files_are_those_of_the_page(house: House) -> None:
    link = shared(house)
    file = house.visitor().get(f"{link}.csv")
    assert file.text == house.signed_in().get("/m/revenue.csv?by=country&where=plan:pro").text
    assert "inline" in file.headers["content-disposition"]


@pytest.mark.parametrize("page", ["/", "/m/revenue?tab=sql", "/m/revenue?by=country&tab=sql", "/m/order_value?tab=sql"])
def test_nobody_learns_where_the_workspace_lies(house: House, page: str) -> None:
    link, place = shared(house, page), str(house.shop.folder)
    assert "tab=sql" not in page or place in house.signed_in().get(page).text
    for form in ("", ".csv", ".json", ".md", ".svg"):
        assert place not in house.visitor().get(link + form).text, form
    book = zipfile.ZipFile(io.BytesIO(house.visitor().get(f"{link}.xlsx").content))
    assert not [name for name in book.namelist() if place.encode() in book.read(name)]


def test_a_link_cannot_be_made_to_show_more(house: House) -> None:
    """Another question, page or file behind a link shows the page that was shared, or nothing."""
    link = shared(house)
    page = house.visitor().get(link).text
    for query in ("?where=", "?by=plan", "?range=all&tab=sql", "?page=/m/orders", "?utm_source=mail"):
        assert house.visitor().get(link + query).text == page
        assert house.visitor().get(f"{link}.csv{query}").text == house.visitor().get(f"{link}.csv").text
    visitor = house.visitor()
    visitor.get(link)
    for path in ("/", "/m/revenue", PAGE, "/m/revenue.csv", "/metrics", "/find.json", "/sharing", "/data"):
        assert visitor.get(path).status_code == 303
    for path in (f"{link}/", f"{link}/m/orders", f"{link}/../../m/orders", f"{link}%2f..%2fm/orders", f"{link}//"):
        answered = house.visitor().get(path)
        assert answered.status_code in (303, 404) and "Revenue" not in answered.text
    assert house.visitor().get(f"{link}.exe").status_code == 404
    assert house.visitor().post(link, {"page": "/"}).status_code == 403


@pytest.mark.parametrize("change", ["truncated", "longer", "another case", "made up", "id", "digest", "empty"])
def test_a_forged_link_opens_nothing(house: House, accounts: State, change: str) -> None:
    link = shared(house)
    word = link.rpartition("/")[2]
    (kept,) = shares(accounts)
    forged = {
        "truncated": word[:-1],
        "longer": word + "x",
        "another case": word.swapcase(),
        "made up": "x" * 43,
        "id": kept.id,
        "digest": kept.digest,
        "empty": "",
    }[change]
    for path in (f"/share/{forged}", f"/share/{forged}.csv"):
        answered = house.visitor().get(path)
        assert answered.status_code in (404, 303)
        assert "Revenue" not in answered.text and "Corner" not in answered.text.partition("<main")[2]


def test_expired_revoked_and_unknown_look_the_same(house: House) -> None:
    expired, revoked = shared(house, days="1"), shared(house, days="90")
    dana = house.signed_in()
    ids = re.findall(r'name="id" value="(\w+)"', dana.get("/sharing").text)
    assert len(ids) == 2
    (newest,) = [one.id for one in shares(house.state) if one.expires > house.now + timedelta(days=30)]
    assert dana.send("/sharing", "/sharing/revoke", id=newest).headers["location"] == "/sharing"
    house.later(days=1)
    told = {house.visitor().get(one).text for one in (expired, revoked, "/share/" + "x" * 43)}
    assert len(told) == 1 and "This link opens nothing" in told.pop()
    assert {house.visitor().get(f"{one}.csv").status_code for one in (expired, revoked)} == {404}
    listed = house.signed_in().get("/sharing").text
    assert "expired" in listed and "revoked" in listed and "Take back" not in listed


def test_links_are_listed_without_what_opens_them(house: House) -> None:
    link = shared(house)
    listed = house.signed_in().get("/sharing").text
    assert "/m/revenue?by=country&amp;where=plan:pro" in listed and "by dana" in listed
    assert link.rpartition("/")[2] not in listed


@pytest.mark.parametrize(
    "page",
    [
        "",
        "/metrics",
        "/data/events",
        "/sharing",
        "//evil.example",
        "https://evil.example",
        "/m/nothing",
        "/m/../x",
        "/m/",
        "m/revenue",
    ],
)
def test_only_pages_of_numbers_are_shared(house: House, page: str) -> None:
    dana = house.signed_in()
    data = {"form_token": dana.token("/sharing?page=/"), "page": page, "days": "7"}
    refused = dana.post("/sharing", data)
    assert refused.status_code == 400 and "E_BAD_SHARE" in refused.text
    assert shares(house.state) == []


@pytest.mark.parametrize("days", ["", "0", "-1", "366", "x", "1e9", "٣", "9" * 400])
def test_a_link_has_an_end(house: House, days: str) -> None:
    dana = house.signed_in()
    refused = dana.post("/sharing", {"form_token": dana.token("/sharing?page=/"), "page": "/", "days": days})
    assert refused.status_code == 400 and "E_BAD_SHARE" in refused.text


def test_what_is_shared_is_written_as_the_address_writes_it(house: House) -> None:
    shared(house, "/m/revenue?where=plan:pro&colour=red&by=country&q=x")
    assert shares(house.state)[0].query == "by=country&q=x&where=plan:pro"


def test_an_unknown_link_cannot_be_taken_back(house: House) -> None:
    refused = house.signed_in().send("/sharing?page=/", "/sharing/revoke", id="nothing")
    assert refused.status_code == 404 and "E_SHARE_NOT_FOUND" in refused.text


def test_pages_offer_to_be_shared(house: House, get: object) -> None:
    dana = house.signed_in()
    for page in ("/", PAGE):
        (offer,) = [node for node in HTMLParser(dana.get(page).text).css("a.chip") if node.text() == "Share"]
        answered = dana.get(str(offer.attributes["href"]))
        assert HTMLParser(answered.text).css_first("input[name=page]").attributes["value"] == page
    assert callable(get) and ">Share<" not in get(PAGE).text


def test_this_machine_may_share_without_an_account(shop: workspace.Workspace, accounts: State) -> None:
    here = House(shop, accounts, Listening())
    visitor = Visitor(here.app, "http://127.0.0.1:8321", "127.0.0.1")
    answered = visitor.send("/sharing?page=/", "/sharing", page="/", days="7")
    assert "http://127.0.0.1:8321/share/" in answered.text and "by this machine" in answered.text
    assert "to this machine only" in answered.text
    other = Visitor(here.app, "http://127.0.0.1:8321", "127.0.0.1")
    assert other.post("/sharing", {"page": "/", "days": "7"}).status_code == 403
    data = {"form_token": visitor.token("/sharing?page=/"), "page": "/", "days": "7"}
    assert visitor.post("/sharing", data, origin="http://evil.example").status_code == 403
    assert other.post("/sharing", data).status_code == 403


def test_a_link_is_told_by_the_public_address(shop: workspace.Workspace, accounts: State, house: House) -> None:
    public = House(shop, accounts, Listening(public_url="https://metrics.example"))
    visitor = public.visitor("https://metrics.example")
    visitor.sign_in()
    made = visitor.send("/sharing?page=/", "/sharing", page="/", days="7").text
    assert "https://metrics.example/share/" in made and "to this machine only" not in made


def test_a_metric_that_is_gone_takes_its_links_along(house: House, shop: workspace.Workspace) -> None:
    link = shared(house)
    with house.state.writing() as rows:
        rows.change("shares", {"path": "/m/revenu"}, path="/m/revenue")
    answered = house.visitor().get(link)
    assert answered.status_code == 404 and "revenu" not in answered.text.lower().partition("<main")[2]


def test_links_become_text_and_files_stay() -> None:
    text = (
        '<nav class="crumb small"><a href="/metrics">Metrics</a></nav><form action="/x"><a href="/y">z</a></form>'
        '<nav class="seg" aria-label="Range"><a href="/m/a?range=7d" data-key="1">7 d</a>'
        '<a href="/m/a" aria-current="true" data-key="9">90 d</a></nav>'
        '<a class="chip filter" href="/m/a" title="t">Plan pro <span aria-hidden="true">×</span><span class="away">, remove</span></a>'
        '<a class="bar" href="/m/a?where=x:y" title="Only x"><span>y</span></a><a href="/m/a.csv?by=x&amp;y=1" data-plain>.csv</a>'
        '<a href="/m/b.csv">b</a><a href="#main">skip</a><a class="chip" href="/m/b">Look</a>'
    )
    assert unescape(standing_alone(text, "/m/a", "/share/w")) == (
        '<div class="seg"><span aria-current="true">90 d</span></div><span class="chip filter">Plan pro</span>'
        '<span class="bar" title="Only x"><span>y</span></span><a href="/share/w.csv" data-plain>.csv</a>'
        '<span>b</span><a href="#main">skip</a>'
    )
