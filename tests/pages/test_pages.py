"""Every page: its landmarks, its words, its links, its weight, and nothing inline."""

from __future__ import annotations

import re
from typing import Any

import html5lib
import pytest
from selectolax.lexbor import LexborHTMLParser as HTMLParser

PAGES = (
    "/",
    "/?grain=month&vs=year",
    "/?grain=day",
    "/metrics",
    "/metrics?q=money",
    "/metrics?q=zzz",
    "/m/revenue",
    "/m/revenue?by=country&where=plan:pro",
    "/m/revenue?grain=week&vs=year&tab=sql",
    "/m/revenue?range=all&tab=data",
    "/m/revenue?range=2019",
    "/m/order_value",
    "/m/orders?range=7d",
    "/m/incident_count",
    "/_gallery",
)
LIGHT = 80_000


def tree(response: Any) -> HTMLParser:
    """The page as a tree."""
    return HTMLParser(response.text)


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_valid_html_with_landmarks(get: Any, path: str) -> None:
    response = get(path)
    assert response.status_code == 200, response.text
    html5lib.HTMLParser(strict=True).parse(response.text)
    page = tree(response)
    for landmark in ("header", "nav[aria-label]", "main#main", "footer", "a.skip[href='#main']"):
        assert page.css(landmark), landmark
    assert len(page.css("main h1")) >= 1
    assert page.css_first("title").text().endswith("· Corner shop · TrueNorth")


@pytest.mark.parametrize("path", PAGES)
def test_nothing_is_inline(get: Any, path: str) -> None:
    page = tree(get(path))
    assert not page.css("[style]")
    assert not page.css("style")
    assert all(script.attributes.get("src") for script in page.css("script"))
    assert not [node for node in page.css("*") if any(name.startswith("on") for name in node.attributes)]


@pytest.mark.parametrize("path", [path for path in PAGES if path != "/_gallery"])
def test_a_page_is_light(get: Any, path: str) -> None:
    assert len(get(path).content) <= LIGHT


def test_styles_and_scripts_are_light(styles: str, scripts: dict[str, bytes]) -> None:
    assert len(styles) <= 40_000
    assert sum(map(len, scripts.values())) <= 40_000


@pytest.mark.parametrize("path", ["/", "/metrics", "/m/revenue", "/m/order_value", "/m/nope"])
def test_every_link_leads_somewhere(get: Any, path: str) -> None:
    links = {node.attributes["href"] for node in tree(get(path)).css("a[href], link[href]")}
    assert links
    for link in sorted(filter(None, links)):
        target = link.partition("#")[0]
        assert not target or get(target).status_code == 200, link


def test_ids_are_unique_and_references_resolve(get: Any) -> None:
    for path in PAGES:
        page = tree(get(path))
        ids = [node.attributes["id"] for node in page.css("[id]")]
        assert len(ids) == len(set(ids)), path
        for node in page.css("[aria-labelledby], [aria-controls]"):
            named = node.attributes.get("aria-labelledby") or node.attributes.get("aria-controls")
            assert named in ids, (path, named)


def test_keys_on_a_page_do_not_collide(get: Any) -> None:
    for path in PAGES:
        keys = [node.attributes["data-key"] for node in tree(get(path)).css("[data-key]")]
        assert len(keys) == len(set(keys)), path


def test_home_shows_three_bands_of_cards(get: Any) -> None:
    page = tree(get("/"))
    assert [node.text() for node in page.css(".band h2")] == ["Customers", "Operations", "Money"]
    cards = {node.css_first("h3").text(): node for node in page.css(".card")}
    assert set(cards) == {"Orders", "Incidents", "Revenue", "Order value"}
    revenue = cards["Revenue"]
    assert revenue.css_first(".value").text(strip=True) == "€1,302"
    assert "owner Dana Miller" in revenue.text()
    assert revenue.css_first("svg.spark").attributes["aria-label"] == "Revenue, last 13 periods"
    assert revenue.css_first("svg.pace") is not None
    assert revenue.css_first("h3 a").attributes["href"] == "/m/revenue"
    assert "no target" in cards["Orders"].text()
    assert revenue.css_first(".fresh").text() == "data to 28 Jun"
    assert revenue.attributes["aria-labelledby"] == revenue.css_first("h3").attributes["id"]
    assert cards["Incidents"].css_first(".fresh, .stale") is not None
    assert page.css_first(".story strong").text()


def test_home_choices_keep_each_other(get: Any) -> None:
    page = tree(get("/?grain=month&vs=year"))
    assert [node.text() for node in page.css(".seg a[aria-current]")] == ["Month", "vs last year"]
    assert {node.attributes["href"] for node in page.css(".seg a")} >= {
        "/?vs=year",
        "/?grain=month",
        "/?grain=day&vs=year",
    }


def test_a_metric_page_has_its_anatomy(get: Any) -> None:
    page = tree(get("/m/revenue"))
    assert page.css_first(".hero .value").text(strip=True) == "€16.7k"
    assert page.css_first(".hero .value").attributes["title"] == "€16,740.00"
    assert len(page.css("figure svg[role=img][aria-label]")) == 2
    assert len(page.css("figure details table tbody tr")) == 90
    assert [node.text() for node in page.css(".board thead th:first-child")] == ["Country", "Plan"]
    assert "Dana Miller" in page.css_first(".lead").text()
    assert page.css_first("#tabs pre code").text().startswith("- {name: revenue")
    assert [node.text() for node in page.css(".menu .links a")] == [".csv", ".json", ".xlsx", ".md", ".svg", ".png"]


def test_the_parts_of_a_board_make_the_total(get: Any) -> None:
    page = tree(get("/m/revenue"))
    for board, total in zip(page.css("table.board"), ("€16.7k", "€16.7k"), strict=True):
        cells = [row.css("td")[0].text() for row in board.css("tbody tr")]
        amounts = [float(re.sub(r"[^\d.]", "", cell)) * (1000 if cell.endswith("k") else 1) for cell in cells]
        assert sum(amounts) == pytest.approx(16740, rel=0.01), total
    rows = [row.css_first("th").text(strip=True) for row in page.css_first("table.board").css("tbody tr")]
    assert "(none)" in rows
    assert rows[-1] == "5 others"


def test_the_others_of_a_ratio_are_asked_not_added(get: Any) -> None:
    rows = {
        row.css_first("th").text(strip=True): row.css("td")[0].text()
        for row in tree(get("/m/order_value")).css_first("table.board").css("tbody tr")
    }
    assert rows["5 others"] == "€12.00"


def test_a_split_draws_the_largest_values_each_with_its_own_mark(get: Any) -> None:
    page = tree(get("/m/revenue?by=country"))
    picture = page.css_first("figure .wide svg")
    assert len(re.findall(r'class="s-s\d"', picture.html)) == 5
    assert len(page.css("figure thead th")) == 6
    assert page.css_first("a.chip.filter").attributes["href"] == "/m/revenue"


def test_a_formula_shows_the_readers_own_numbers(get: Any) -> None:
    fraction = tree(get("/m/order_value")).css_first(".formula .frac")
    assert [node.text() for node in fraction.css("b")] == ["€16,740.00", "1,080"]
    assert [node.attributes["href"] for node in fraction.css("a")] == ["/m/revenue", "/m/orders"]
    assert tree(get("/m/order_value")).css_first(".formula .equals b").text() == "€15.50"


def test_a_template_teaches_with_a_toy(get: Any) -> None:
    lesson = tree(get("/m/incident_count")).css_first("#lesson")
    assert lesson.css(".pitfall .toy table")
    for title in ("How to read it", "Watch out", "Variants", "Elsewhere you would see"):
        assert title in lesson.text()


def test_a_row_filters_by_a_plain_link(get: Any) -> None:
    page = tree(get("/m/revenue"))
    links = {node.text(strip=True): node.attributes["href"] for node in page.css("a.bar")}
    assert links["pro"] == "/m/revenue?where=plan:pro"
    assert links["(none)"] == "/m/revenue?where=country:(none)"
    filtered = tree(get(links["pro"]))
    assert filtered.css_first(".hero .value").attributes["title"] == "€8,640.00"
    chip = filtered.css_first("a.chip.filter")
    assert chip.text().startswith("Plan pro")
    assert chip.attributes["href"] == "/m/revenue"
    assert tree(get(links["(none)"])).css_first(".hero .value").attributes["title"] == "€1,800.00"


def test_a_row_is_left_out_by_a_plain_link(get: Any) -> None:
    page = tree(get("/m/revenue"))
    links = {node.css_first(".away").text(): node.attributes["href"] for node in page.css("a[data-row-key=x]")}
    assert links["Leave out pro"] == "/m/revenue?where=plan:!pro"
    assert links["Leave out (none)"] == "/m/revenue?where=country:!(none)"
    rest = tree(get(links["Leave out pro"]))
    assert rest.css_first(".hero .value").attributes["title"] == "€8,100.00"
    assert rest.css_first("a.chip.filter").text().startswith("Plan not pro")


def test_hostile_data_stays_text(get: Any) -> None:
    for path in ("/m/revenue", "/m/revenue?by=country", '/m/revenue?where=country:<script>alert("x")</script>'):
        text = get(path).text
        assert "<script>alert" not in text
    assert "&lt;script&gt;alert" in get("/m/revenue?where=country:" + '<script>alert("x")</script>').text


def test_an_unknown_key_is_said_on_the_page(get: Any) -> None:
    assert "“colour” in the address means nothing here" in get("/m/revenue?colour=red").text


def test_a_range_without_data_says_so(get: Any) -> None:
    page = tree(get("/m/order_value?range=2019"))
    assert "No values in this range" in page.css_first("figure svg").html


def test_the_catalog_is_searched_by_plain_words(get: Any) -> None:
    found = [node.text() for node in tree(get("/metrics?q=money orders")).css(".catalog tbody th a")]
    assert found == ["Revenue"]
    nothing = tree(get("/metrics?q=revenu3"))
    assert not nothing.css(".catalog")
    assert "did you mean" in nothing.css_first(".notice").text()


def test_the_palette_finds_metrics_and_pages(get: Any) -> None:
    assert [one["href"] for one in get("/find.json?q=ord").json()][:2] == ["/m/order_value", "/m/orders"]
    assert get("/find.json?q=home").json()[0]["href"] == "/"
