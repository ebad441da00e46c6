"""The pages of what comes in: empty, with events, and as JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from selectolax.lexbor import LexborHTMLParser

from truenorth import workspace
from truenorth.collect import ledger, schema
from truenorth.store.tables import create
from truenorth.web.app import pages

Get = Callable[..., httpx.Response]
PATHS = ("/data", "/data/events", "/data/schema", "/data/loads")
EVENT = (
    "('web', 'posthog', 'e{n}', {n}, '{event}', now()::TIMESTAMP, now()::TIMESTAMP, NULL, now()::TIMESTAMP, {n}, 'a{n}', "
    "NULL, 's', NULL, '{{\"note\": \"<script>alert(1)</script>\", \"n\": {n}}}'::JSON::VARIANT, 'js 1', 1)"
)


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Iterator[workspace.Workspace]:
    folder: Path = tmp_path_factory.mktemp("full")
    (folder / "truenorth.yml").write_text("version: 1\nname: Corner shop\n")
    with workspace.open(folder, read_only=False) as opened:
        engine = opened.data.engine
        with engine.transaction():
            engine.write(create("events"))
            rows = [EVENT.format(n=n, event="view" if n else "<b>odd</b>") for n in range(3)]
            engine.write(f"INSERT INTO events VALUES {', '.join(rows)}")
            schema.note(engine, "events")
            line = ledger.Load("bills", source="billing", kind="failed", error="the server is away")
            ledger.write_down(engine, line)
        yield opened


@pytest.fixture
def get(full: workspace.Workspace, client_of: Callable[[object], Get]) -> Get:
    return client_of(pages(full))


@pytest.fixture
def bare(tmp_path: Path, client_of: Callable[[object], Get]) -> Iterator[Get]:
    (tmp_path / "truenorth.yml").write_text("version: 1\nname: New\n")
    with workspace.open(tmp_path) as opened:
        yield client_of(pages(opened))


@pytest.mark.parametrize("path", PATHS)
def test_an_empty_workspace_says_what_to_do(bare: Get, path: str) -> None:
    answer = bare(path)
    assert answer.status_code == 200
    assert LexborHTMLParser(answer.text).css_first(".empty h2") is not None


@pytest.mark.parametrize("path", PATHS)
def test_what_was_sent_is_shown_and_never_run(get: Get, path: str) -> None:
    answer = get(path)
    assert answer.status_code == 200
    assert "<script>alert" not in answer.text and "<b>odd</b>" not in answer.text


def test_sources_tell_rates_and_failures(get: Get) -> None:
    page = LexborHTMLParser(get("/data").text)
    assert [cell.text(strip=True) for cell in page.css(".facts-table")[0].css("tbody td")][2:] == [
        "3",
        "3 events",
        "live",
    ]
    assert page.css_first(".caveats").text(strip=True) == "billing could not be loaded: the server is away"


def test_events_show_everything_and_can_be_filtered(get: Get) -> None:
    page = LexborHTMLParser(get("/data/events").text)
    assert len(page.css("details.event")) == 3
    assert '"n": 2' in page.css_first("details.event pre").text()
    assert page.css_first("[data-live]") is not None
    only = LexborHTMLParser(get("/data/events?person=a1&pause=1").text)
    assert len(only.css("details.event")) == 1 and only.css_first("[data-live]") is None
    assert LexborHTMLParser(get("/data/events?event=nothing").text).css_first(".empty h2").text() == "No event matches"


def test_a_page_and_its_twin_tell_the_same(get: Get) -> None:
    assert [one["event_id"] for one in get("/data/events.json?person=a1").json()] == ["e1"]
    assert get("/data.json").json()["streams"][0]["total"] == 3
    assert {one["field"] for one in get("/data/schema.json").json()} == {"", "note", "n"}
    assert get("/data/loads.json").json()[0]["error"] == "the server is away"
