"""The page of live events in a real browser: what comes in appears, what is opened stays open, and a pause is a pause."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from truenorth import workspace
from truenorth.collect import schema
from truenorth.serve.guard import Guard
from truenorth.store.tables import create
from truenorth.web.app import pages

pytestmark = pytest.mark.browser
Send = Callable[[str], None]


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[workspace.Workspace]:
    folder = tmp_path_factory.mktemp("live")
    (folder / "truenorth.yml").write_text("version: 1\nname: Corner shop\n")
    with workspace.open(folder, read_only=False) as made:
        made.data.engine.write(create("events"))
        yield made


@pytest.fixture(scope="module")
def app(opened: workspace.Workspace) -> Any:
    return Guard(pages(opened))


@pytest.fixture
def send(opened: workspace.Workspace) -> Send:
    engine = opened.data.engine

    def put(event: str) -> None:
        with engine.transaction():
            engine.write(
                "INSERT INTO events (source, dialect, event_id, event, time, received_at, seq, anonymous_id, properties) "
                f"SELECT 'web', 'native', '{event}', '{event}', now()::TIMESTAMP, now()::TIMESTAMP, count(*), 'a', "
                '\'{"plan": "pro"}\'::JSON::VARIANT FROM events'
            )
            engine.write(f"CREATE OR REPLACE TEMP TABLE fresh AS SELECT * FROM events WHERE event = '{event}'")
            schema.note(engine, "(SELECT * REPLACE (properties::JSON AS properties) FROM fresh)")

    return put


def test_an_event_appears_and_what_is_open_stays_open(tab: Any, send: Send) -> None:
    send("first")
    page = tab().go("/data/events")
    page.locator("details.event", has_text="first").locator("summary").click()
    send("second")
    page.locator("details.event", has_text="second").wait_for()
    opened = page.locator("details.event[open]")
    assert opened.count() == 1 and "first" in opened.locator("summary").inner_text()
    assert '"plan": "pro"' in opened.locator("pre").inner_text()


def test_a_pause_is_a_pause(tab: Any, send: Send) -> None:
    page = tab().go("/data/events")
    page.locator(".controls a", has_text="Pause").click()
    page.wait_for_url("**pause=1")
    before = page.locator("details.event").count()
    send("unseen")
    page.wait_for_timeout(3_000)
    assert page.locator("details.event").count() == before
    page.locator(".controls a", has_text="Go on").click()
    page.locator("details.event", has_text="unseen").wait_for()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/data", "/data/events", "/data/schema", "/data/loads"])
def test_the_pages_are_accessible_and_fit(tab: Any, send: Send, artefacts: Path, path: str, scheme: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    send(f"seen {scheme} {path}")
    page = tab(scheme=scheme).go(path)
    found = Axe().run(page).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"][:160]) for one in found] == []
    for width in (390, 1400):
        page = tab(scheme=scheme, width=width).go(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.screenshot(path=str(artefacts / f"{path.strip('/').replace('/', '-')}-{scheme}-{width}.png"))
