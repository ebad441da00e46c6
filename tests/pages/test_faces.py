"""What surrounds the pages: twins with the same number, errors that help, themes, static files, the banner."""

from __future__ import annotations

import csv
import io
import logging
import re
from typing import Any
from xml.etree import ElementTree

import pytest
from selectolax.lexbor import LexborHTMLParser as HTMLParser

from truenorth.chart.theme import DARK, LIGHT
from truenorth.web.app import pages
from truenorth.web.asset import assets


def test_page_csv_and_json_show_the_same_numbers(get: Any) -> None:
    page = HTMLParser(get("/m/revenue?grain=month&range=2026-05").text)
    shown = page.css_first("figure table tbody td").text()
    rows = list(csv.DictReader(io.StringIO(get("/m/revenue.csv?grain=month&range=2026-05").text)))
    assert len(rows) == 1
    assert float(rows[0]["revenue"]) == 31 * sum(range(10, 22))
    assert shown == f"€{float(rows[0]['revenue']):,.2f}"
    assert str(int(float(rows[0]["revenue"]))) in get("/m/revenue.json?grain=month&range=2026-05").text


@pytest.mark.parametrize("page", ["home", "m/revenue", "m/revenue.csv?by=plan"])
def test_every_page_has_its_twins(get: Any, page: str) -> None:
    for form, begins in (("csv", b""), ("json", b"{"), ("md", b""), ("svg", b"<svg"), ("png", b"\x89PNG")):
        path, _, query = page.removesuffix(".csv").partition("?")
        response = get(f"/{path.removesuffix('.csv')}.{form}{'?' + query if query else ''}")
        assert response.status_code == 200, response.text
        assert response.content.startswith(begins)
        assert form in response.headers["content-disposition"]
        if form == "svg":
            ElementTree.fromstring(response.text)


def test_the_home_file_has_a_row_for_every_metric(get: Any) -> None:
    rows = list(csv.DictReader(io.StringIO(get("/home.csv").text)))
    assert {row["metric"] for row in rows} == {"revenue", "orders", "order_value", "incident_count"}


def test_an_absent_metric_is_404_with_the_nearest_name(get: Any) -> None:
    response = get("/m/revenu")
    assert response.status_code == 404
    assert "E_NAME_NOT_FOUND" in response.text
    assert "Did you mean &#34;revenue&#34;?" in response.text


def test_a_wrong_question_is_400_with_code_and_hint(get: Any) -> None:
    for path in (
        "/m/revenue?range=xx",
        "/?grain=fortnight",
        "/m/revenue?vs=never",
        "/m/revenue.pdf",
        "/m/revenue?where=nope:1",
    ):
        response = get(path)
        assert response.status_code == 400, path
        assert re.search(r"E_[A-Z_]+", response.text), path
    assert "E_BAD_ADDRESS" in get("/m/revenue?vs=never").text
    told = get("/m/revenue.json?range=xx")
    assert told.status_code == 400
    assert told.json()["code"] == "E_BAD_RANGE"
    assert told.json()["hint"]


def test_a_wrong_question_leads_back_to_the_page_as_it_usually_is(get: Any) -> None:
    links = [node.attributes["href"] for node in HTMLParser(get("/m/revenue?range=xx").text).css(".trouble .links a")]
    assert links == ["/m/revenue", "/", "/metrics"]


def test_an_absent_page_is_404_and_calm(get: Any) -> None:
    response = get("/revenue")
    assert response.status_code == 404
    assert "/m/revenue" in response.text


def test_a_failure_is_calm_and_tells_nothing_of_the_inside(
    shop: Any, client_of: Any, caplog: pytest.LogCaptureFixture
) -> None:
    class Broken:
        model, folder = shop.model, shop.folder

        def scorecard(self, grain: str, vs: str) -> None:
            raise RuntimeError("the secret inside")

    with caplog.at_level(logging.ERROR):
        response = client_of(pages(Broken()))("/")  # type: ignore[arg-type]
    assert response.status_code == 500
    assert "E_UNEXPECTED" in response.text
    assert "secret" not in response.text
    assert "the page / failed" in caplog.text


def test_newer_definitions_with_errors_make_a_banner(shop: Any, client_of: Any) -> None:
    text = client_of(pages(shop, ("metrics/shop.yml:3:1: E_X: <wrong>",)))("/").text
    assert "1 error in the definitions" in text
    assert "E_X: &lt;wrong&gt;" in text


def test_the_theme_is_kept_in_a_cookie_and_leads_back(get: Any) -> None:
    response = get("/theme?theme=dark&back=/m/revenue%3Frange%3D30d")
    assert response.status_code == 303
    assert response.headers["location"] == "/m/revenue?range=30d"
    assert "theme=dark" in response.headers["set-cookie"]
    assert 'data-theme="dark"' in get("/", cookie="theme=dark").text
    assert "data-theme" not in get("/", cookie="theme=pink").text
    assert "Max-Age=0" in get("/theme?theme=system").headers["set-cookie"]


@pytest.mark.parametrize("back", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)"])
def test_the_theme_leads_nowhere_else(get: Any, back: str) -> None:
    assert get(f"/theme?theme=dark&back={back}").headers["location"] == "/"


def test_an_unchanged_page_is_not_sent_again(get: Any) -> None:
    first = get("/metrics")
    again = get("/metrics", if_none_match=first.headers["etag"])
    assert again.status_code == 304
    assert again.content == b""


def test_static_files_may_be_kept_by_their_version_only(get: Any) -> None:
    sheet = re.search(r'href="(/static/[^"]+app\.css)"', get("/").text)
    assert sheet is not None
    assert "immutable" in get(sheet[1]).headers["cache-control"]
    assert get("/static/old/app.css").headers["cache-control"] == "no-cache"
    assert get(f"/static/{assets().version}/../app.py").status_code == 404
    assert get(f"/static/{assets().version}/nope.css").status_code == 404


def test_the_style_sheet_has_the_palette_of_the_charts(styles: str) -> None:
    light, dark = LIGHT.colours(), DARK.colours()
    for name, colour in light.items():
        assert f"--{name}: light-dark({colour}, {dark[name]});" in styles
        assert f".f-{name} {{ fill: var(--{name}); }} .s-{name} {{ stroke: var(--{name}); }}" in styles


def luminance(colour: str) -> float:
    """The relative luminance of a colour."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """The contrast of two colours."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_colours_are_told_apart_from_their_ground(theme: Any) -> None:
    for text in (theme.ink, theme.ink_2, theme.ink_3, theme.accent, theme.better, theme.worse, theme.signal):
        for ground in (theme.ground, theme.paper, theme.raised):
            assert contrast(text, ground) >= 4.5, (text, ground)
    assert contrast(theme.signal, theme.signal_soft) >= 4.5
    assert contrast(theme.accent, theme.accent_soft) >= 4.5
    for line in (theme.s1, theme.s2, theme.s3, theme.s4, theme.s5, theme.s6):
        assert contrast(line, theme.paper) >= 3
