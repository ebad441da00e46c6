"""What only a browser can show: keys, crosshair, swapping, the palette, and that it has nothing to complain about."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import SITE

pytestmark = pytest.mark.browser

SCREENS = {"home": "/", "metric": "/m/revenue", "metrics": "/metrics", "gallery": "/_gallery", "absent": "/m/revenu"}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", SCREENS)
def test_a_screen_is_accessible(tab: Any, name: str, scheme: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    opened = tab(scheme=scheme)
    page = opened.go(SCREENS[name])
    if name == "absent":
        opened.complaints.clear()
    found = Axe().run(page).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"][:160]) for one in found] == []


@pytest.mark.parametrize("width", [390, 760, 1400])
@pytest.mark.parametrize("name", ["home", "metric", "metrics", "gallery"])
def test_a_screen_fits_its_width(tab: Any, artefacts: Path, name: str, width: int) -> None:
    for scheme in ("light", "dark"):
        page = tab(width=width, scheme=scheme).go(SCREENS[name])
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.screenshot(path=str(artefacts / f"{name}-{scheme}-{width}.png"), full_page=True)


def test_a_row_filters_in_place_and_back_returns(tab: Any) -> None:
    opened = tab()
    page = opened.go("/m/revenue")
    page.evaluate("window.kept = true; scrollTo(0, 300)")
    total = page.locator(".hero .value").inner_text()
    page.locator("a.bar", has_text="pro").first.click()
    page.wait_for_url("**where=plan:pro")
    assert page.locator("a.chip.filter").inner_text().startswith("Plan pro")
    assert page.locator(".hero .value").inner_text() != total
    assert page.evaluate("window.kept") is True
    assert page.evaluate("scrollY") == 300
    page.go_back()
    page.locator("a.chip.filter").wait_for(state="detached")
    assert page.locator(".hero .value").inner_text() == total


def test_keys_do_what_the_help_says(tab: Any) -> None:
    opened = tab()
    page = opened.go("/m/revenue")
    page.keyboard.press("w")
    page.wait_for_url("**grain=week")
    page.keyboard.press("t")
    assert page.locator("details.behind").get_attribute("open") is not None
    page.keyboard.press("?")
    assert "Grain: Week" in page.locator("#help").inner_text()
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    page.keyboard.press("h")
    page.wait_for_url(SITE + "/")
    assert page.locator("h1").inner_text() == "Latest week"


def test_brackets_move_the_range_and_x_leaves_a_row_out(tab: Any) -> None:
    opened = tab()
    page = opened.go("/m/revenue?range=2026-05")
    page.keyboard.press("[")
    page.wait_for_url("**range=2026-04")
    page.keyboard.press("]")
    page.wait_for_url("**range=2026-05")
    page.locator("a.bar", has_text="pro").first.focus()
    page.keyboard.press("x")
    page.wait_for_url("**where=plan:!pro")
    assert page.locator("a.chip.filter").inner_text().startswith("Plan not pro")
    page.keyboard.press("?")
    assert "On a row: leave it out" in page.locator("#help").inner_text()
    assert "the same length before" in page.locator("#help").inner_text()


def test_the_palette_finds_by_typing(tab: Any) -> None:
    opened = tab()
    page = opened.go("/")
    page.keyboard.press("Control+k")
    page.keyboard.type("churn")
    page.locator("#found li", has_text="Customer churn").wait_for()
    page.keyboard.press("Enter")
    page.wait_for_url("**/m/churn_rate")
    assert not page.locator("#palette").is_visible()


def test_the_crosshair_reads_the_table(tab: Any) -> None:
    page = tab().go("/m/revenue")
    chart = page.locator("metric-chart")
    chart.focus()
    page.keyboard.press("End")
    last = page.locator("figure tbody tr").last
    assert page.locator(".tip strong").inner_text() == last.locator("th").text_content()
    assert last.locator("td").first.text_content() in page.locator(".tip").inner_text()
    page.keyboard.press("ArrowLeft")
    assert page.locator(".tip strong").inner_text() != last.locator("th").text_content()
    page.keyboard.press("Escape")
    assert page.locator(".tip").count() == 0
    box = chart.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 100)
    assert page.locator(".tip").is_visible()


def test_the_theme_changes_at_once_and_stays(tab: Any) -> None:
    opened = tab(scheme="dark")
    page = opened.go("/")
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.locator("form.theme button").click()
    light = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert light != dark
    opened.go("/metrics")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == light


def test_the_main_walk_needs_no_script(tab: Any) -> None:
    opened = tab(script=False)
    page = opened.go("/")
    page.get_by_role("link", name="Revenue", exact=True).click()
    assert opened.path == "/m/revenue"
    page.locator("a.bar", has_text="pro").first.click()
    assert opened.path == "/m/revenue?where=plan:pro"
    page.locator("a.chip.filter").click()
    assert opened.path == "/m/revenue"
    page.locator("summary", has_text="values as a table").click()
    assert page.locator("figure table").is_visible()
    page.locator(".find input").fill("churn")
    page.keyboard.press("Enter")
    page.wait_for_url("**/metrics?q=churn")
