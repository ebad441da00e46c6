"""The pages of what comes in: empty, with events, and as JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from selectolax.lexbor import LexborHTMLParser

from tests.pages.house import ELSEWHERE, RIGHT, House
from tests.unit.collect.told import tell
from truenorth import workspace
from truenorth.access.person import set_password
from truenorth.collect import ledger, schema
from truenorth.collect.live import Wanted
from truenorth.store.state import State
from truenorth.store.tables import create
from truenorth.store.values import literal
from truenorth.web.app import pages

Get = Callable[..., httpx.Response]
REFUSED = (
    ('{"event": "<script>alert(2)</script>", "user_id": "u1"}', "an older version could not read it"),
    ('{"event": "view', "the body ends early <script>alert(3)</script>"),
)
PATHS = ("/data", "/data/events", "/data/schema", "/data/loads", "/data/quarantine")
EVENT = (
    "('web', 'posthog', 'e{n}', {n}, '{event}', now()::TIMESTAMP, now()::TIMESTAMP, NULL, now()::TIMESTAMP, {n}, 'a{n}', "
    "NULL, 's', NULL, '{{\"note\": \"<script>alert(1)</script>\", \"n\": {n}}}'::JSON::VARIANT, 'js 1', 1)"
)


@pytest.fixture
def full(tmp_path: Path) -> Iterator[workspace.Workspace]:
    folder = tmp_path
    (folder / "truenorth.yml").write_text("version: 1\nname: Corner shop\n")
    with workspace.open(folder, read_only=False) as opened:
        engine = opened.data.engine
        with engine.transaction():
            engine.write(create("events"))
            rows = [EVENT.format(n=n, event="view" if n else "<b>odd</b>") for n in range(3)]
            engine.write(f"INSERT INTO events VALUES {', '.join(rows)}")
            for _ in rows:
                tell(engine, "web", "posthog", datetime.now(UTC).replace(tzinfo=None))
            schema.note(engine, "(SELECT * REPLACE (properties::JSON AS properties) FROM events)")
            line = ledger.Load("bills", source="billing", kind="failed", error="the server is away")
            ledger.write_down(engine, line)
            engine.write(create("quarantine"))
            for number, (raw, reason) in enumerate(REFUSED, start=1):
                engine.write(
                    "INSERT INTO quarantine (quarantine_id, source, dialect, path, code, reason, raw, received_at, form) "
                    f"VALUES ({number}, 'web', 'native', '/v1/events', 'E_ODD', {literal(reason)}, "
                    f"encode({literal(raw)}), now()::TIMESTAMP, '')"
                )
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
    assert [line.text() for line in page.css(".caveats li")] == [
        "billing could not be loaded: the server is away",
        "2 pieces lie in the quarantine: kept, not counted",
    ]


def test_events_show_everything_and_can_be_filtered(get: Get) -> None:
    page = LexborHTMLParser(get("/data/events").text)
    assert len(page.css("details.event")) == 3
    assert '"n": 2' in page.css_first("details.event pre").text()
    assert page.css_first("[data-live]") is not None
    only = LexborHTMLParser(get("/data/events?person=a1&pause=1").text)
    assert len(only.css("details.event")) == 1 and only.css_first("[data-live]") is None
    assert LexborHTMLParser(get("/data/events?event=nothing").text).css_first(".empty h2").text() == "No event matches"


def test_refused_pieces_are_shown_whole_and_harmless(get: Get) -> None:
    page = LexborHTMLParser(get("/data/quarantine").text)
    assert [cell.text(strip=True) for cell in page.css("tbody th")] == ["2", "1"]
    one = get("/data/quarantine/1")
    assert "<script>alert" not in one.text
    assert LexborHTMLParser(one.text).css_first("pre").text() == REFUSED[0][0]
    assert [one["id"] for one in get("/data/quarantine.json").json()] == [2, 1]
    absent = get("/data/quarantine/77")
    assert absent.status_code == 400 and "E_NOT_IN_QUARANTINE" in absent.text


def test_a_key_that_came_with_what_was_refused_is_not_shown(full: workspace.Workspace, get: Get) -> None:
    key = "tn_web_0123456789abcdefghijABCDEFGHIJ01"
    engine = full.data.engine
    with engine.transaction():
        engine.write(f'UPDATE quarantine SET "query" = \'api_secret={key}\', raw = encode(\'{{"api_key": "{key}"\')')
    for path in ("/data/quarantine", "/data/quarantine.json", "/data/quarantine/1"):
        assert key not in get(path).text
    assert "tn_web_0123…" in get("/data/quarantine/1").text


def test_a_piece_is_read_again_from_its_page(full: workspace.Workspace, accounts: State) -> None:
    set_password(accounts, "dana", RIGHT, datetime(2026, 7, 1), "terminal")
    dana = House(full, accounts, ELSEWHERE).signed_in()
    refused = dana.post("/data/quarantine/1", {"x": "1"})
    assert (refused.status_code, "E_FOREIGN_FORM" in refused.text) == (403, True), refused.text
    done = dana.send("/data/quarantine/1", "/data/quarantine/1")
    assert done.headers["location"] == "/data/quarantine/1?said=taken"
    assert "It could be read and is in" in dana.get(done.headers["location"]).text
    still = dana.send("/data/quarantine/2", "/data/quarantine/2")
    assert "still cannot be taken in" in dana.get(still.headers["location"]).text
    assert "evil" not in dana.get("/data/quarantine/2?said=evil").text.partition("<main")[2]
    assert [one.id for one in full.data.quarantine()] == [2]
    assert full.data.events(Wanted(person="u1"))[0].event == "<script>alert(2)</script>"


def test_a_page_and_its_twin_tell_the_same(get: Get) -> None:
    assert [one["event_id"] for one in get("/data/events.json?person=a1").json()] == ["e1"]
    assert get("/data.json").json()["streams"][0]["total"] == 3
    assert {one["field"] for one in get("/data/schema.json").json()} == {"", "note", "n"}
    assert get("/data/loads.json").json()[0]["error"] == "the server is away"
