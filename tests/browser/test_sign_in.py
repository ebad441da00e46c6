"""Setting up, signing in and sharing in a real browser with a real server: by keyboard, without scripts, in the dark."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.unit.cli.small import make

pytestmark = pytest.mark.browser
RIGHT = "correct horse battery"
SERVE = [sys.executable, "-m", "truenorth", "serve", "--require-password", "--no-capture", "--port", "0", "-w"]
# What the browser says of an answer that is a refusal; everything else it says is a fault.
REFUSED = re.compile(r"responded with a status of (403|404)|^Clear-Site-Data header")


@pytest.fixture
def place(tmp_path: Path) -> Iterator[str]:
    """The address at which the first account is made."""
    command = [*SERVE, str(make(tmp_path / "small"))]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stderr is not None
        try:
            line = process.stdout.readline()
            assert "with a password" in line, process.stderr.read()
            found = re.search(r"http\S+", process.stderr.readline() + process.stderr.readline())
            assert found is not None
            yield found[0]
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(timeout=60)


@pytest.fixture
def reader(browser: Any) -> Iterator[Callable[..., Any]]:
    """A page of a browser that keeps cookies of its own; it fails the test when the browser complained."""
    opened: list[tuple[Any, list[str]]] = []

    def make_one(scheme: str = "light", width: int = 1400, script: bool = True) -> Any:
        size = {"width": width, "height": 900}
        context = browser.new_context(viewport=size, color_scheme=scheme, java_script_enabled=script)
        complaints: list[str] = []
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        opened.append((context, complaints))
        return page

    yield make_one
    for context, complaints in opened:
        context.close()
        assert [one for one in complaints if not REFUSED.search(one)] == []


def check(page: Any, artefacts: Path, name: str) -> None:
    """The page is accessible and fits its width."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"][:160]) for one in found] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]
    page.screenshot(path=str(artefacts / f"{name}.png"), full_page=True)


def set_up(page: Any, place: str) -> None:
    """Make the account by keyboard alone."""
    page.goto(place)
    page.locator("#name:focus").wait_for()
    for word in ("Dana", RIGHT, RIGHT):
        page.keyboard.type(word)
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url(place.partition("/set-up")[0] + "/")


def test_from_the_terminals_address_to_a_shared_page(place: str, reader: Callable[..., Any], artefacts: Path) -> None:
    site = place.partition("/set-up")[0]
    dana = reader()
    set_up(dana, place)
    dana.goto(f"{site}/m/revenue?by=plan")
    dana.get_by_role("link", name="Share", exact=True).click()
    dana.get_by_role("button", name="Make the link").click()
    link = dana.locator(".made input").input_value()
    check(dana, artefacts, "sharing-light-1400")

    guest = reader(scheme="dark", width=390)
    guest.goto(link)
    assert guest.locator(".hero .value").is_visible()
    assert guest.locator("a[href='/'], form, nav").count() == 0
    check(guest, artefacts, "shared-dark-390")
    guest.locator("metric-chart").focus()
    guest.keyboard.press("End")
    assert guest.locator(".tip").is_visible()
    guest.goto(f"{site}/m/revenue")
    assert guest.url.startswith(f"{site}/sign-in?next=")

    dana.get_by_role("button", name="Take back").click()
    dana.get_by_text("revoked").wait_for()
    guest.goto(link)
    assert guest.locator("h1").inner_text() == "This link opens nothing"
    check(guest, artefacts, "link-gone-dark-390")


@pytest.mark.parametrize(("scheme", "width"), [("light", 1400), ("dark", 390)])
def test_signing_in_and_out_without_scripts(
    place: str, reader: Callable[..., Any], artefacts: Path, scheme: str, width: int
) -> None:
    site = place.partition("/set-up")[0]
    stranger = reader(scheme, width)
    stranger.goto(site)
    assert stranger.locator("h1").inner_text() == "Set up first"
    check(stranger, artefacts, f"set-up-first-{scheme}-{width}")
    stranger.goto(place)
    check(stranger, artefacts, f"set-up-{scheme}-{width}")

    plain = reader(scheme, width, script=False)
    set_up(plain, place)
    plain.get_by_role("button", name="Sign out dana").click()
    plain.wait_for_url(f"{site}/sign-in")
    plain.goto(f"{site}/m/revenue?by=plan")
    plain.locator("#name:focus").wait_for()
    plain.keyboard.type("dana")
    plain.keyboard.press("Tab")
    plain.keyboard.type("a wrong password")
    plain.keyboard.press("Enter")
    alert = plain.get_by_role("alert")
    assert "do not belong together" in alert.inner_text()
    plain.locator("#password:focus").wait_for()
    plain.keyboard.type(RIGHT)
    plain.keyboard.press("Enter")
    plain.wait_for_url(f"{site}/m/revenue?by=plan")
    assert plain.locator(".hero .value").is_visible()

    stranger.goto(f"{site}/metrics")
    stranger.get_by_label("Name").fill("dana")
    stranger.get_by_label("Password").fill("a wrong password")
    stranger.get_by_role("button", name="Sign in").click()
    stranger.get_by_role("alert").wait_for()
    check(stranger, artefacts, f"sign-in-{scheme}-{width}")


@pytest.mark.parametrize(("scheme", "width"), [("light", 1400), ("dark", 390)])
def test_a_key_is_made_copied_and_revoked(
    place: str, reader: Callable[..., Any], artefacts: Path, scheme: str, width: int
) -> None:
    site = place.partition("/set-up")[0]
    dana = reader(scheme, width)
    set_up(dana, place)
    dana.context.grant_permissions(["clipboard-read", "clipboard-write"])
    dana.goto(f"{site}/data")
    dana.get_by_role("link", name="Keys", exact=True).click()
    check(dana, artefacts, f"keys-empty-{scheme}-{width}")
    dana.get_by_label("Source").fill("web")
    dana.keyboard.press("Enter")
    key = dana.locator(".made input").input_value()
    check(dana, artefacts, f"keys-made-{scheme}-{width}")
    page = dana.locator("article", has_text="A web page")
    page.get_by_role("button", name="Copy").click()
    page.get_by_text("Copied").wait_for()
    assert f'data-key="{key}"' in dana.evaluate("navigator.clipboard.readText()")
    dana.locator("details.sure summary").click()
    dana.get_by_role("button", name="Revoke").click()
    dana.get_by_text("There is none, so nobody can send.").wait_for()


@pytest.mark.parametrize(("scheme", "width"), [("light", 1400), ("dark", 390)])
def test_the_password_is_changed_by_keyboard_alone(
    place: str, reader: Callable[..., Any], artefacts: Path, scheme: str, width: int
) -> None:
    site = place.partition("/set-up")[0]
    dana = reader(scheme, width, script=False)
    set_up(dana, place)
    dana.get_by_role("link", name="Account").click()
    dana.get_by_label("The password you have now").fill(RIGHT)
    for label in ("Another one", "Once more"):
        dana.get_by_label(label).fill("another horse battery")
    dana.keyboard.press("Enter")
    dana.get_by_text("The password is changed").wait_for()
    other = reader(scheme, width)
    other.goto(f"{site}/sign-in?next=/account")
    other.get_by_label("Name").fill("dana")
    other.get_by_label("Password").fill("another horse battery")
    other.keyboard.press("Enter")
    other.wait_for_url(f"{site}/account")
    other.get_by_role("button", name="Sign out everywhere else").wait_for()
    check(other, artefacts, f"account-{scheme}-{width}")


def test_a_session_that_ended_leads_to_the_form_also_from_within_a_page(place: str, reader: Callable[..., Any]) -> None:
    """Pages replace their middle by script; the form to sign in with replaces the page."""
    site = place.partition("/set-up")[0]
    dana = reader()
    set_up(dana, place)
    dana.context.clear_cookies()
    dana.get_by_role("link", name="Metrics", exact=True).click()
    dana.wait_for_url(f"{site}/sign-in?next=/metrics")
    dana.get_by_label("Name").fill("dana")
    dana.get_by_label("Password").fill(RIGHT)
    dana.keyboard.press("Enter")
    dana.wait_for_url(f"{site}/metrics")
