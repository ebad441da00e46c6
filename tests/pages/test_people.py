"""People: finding somebody, their timeline with all ids, joining and parting them by hand, and any dataset's entities."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import httpx
import pytest
from selectolax.lexbor import LexborHTMLParser

from tests.pages.house import ELSEWHERE, RIGHT, House
from tests.pages.visitor import Visitor
from truenorth import workspace
from truenorth.access.person import set_password
from truenorth.base.policy import Policy
from truenorth.store.state import State
from truenorth.store.tables import create
from truenorth.web.app import pages

Get = Callable[..., httpx.Response]
HOSTILE = "<script>alert(1)</script>"
EVENT = (
    "('web', 'native', 'e{n}', {who}, '{event}', TIMESTAMP '2026-03-01 {n:02}:00:00', NULL, NULL, "
    "TIMESTAMP '2026-03-02 00:00:00', {n}, {anonymous}, {user}, 's', NULL, "
    '\'{{"note": "<script>alert(1)</script>", "n": {n}}}\'::JSON::VARIANT, \'js 1\', 1)'
)
# The device d1 is anonymous first and then u1's; d/2 is nobody's.
SENT = ((1, "view", "'d1'", "NULL"), (2, "sign_up", "NULL", "'u1'"), (3, HOSTILE, "'d/2'", "NULL"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A workspace to which events came, in a zone of its own."""
    place = tmp_path / "shop"
    place.mkdir()
    (place / "truenorth.yml").write_text("version: 1\nname: Shop\ntimezone: Europe/Berlin\n")
    with workspace.open(place, read_only=False) as opened:
        engine = opened.data.engine
        with engine.transaction():
            for name in ("events", "ids", "identity", "people"):
                engine.write(create(name))
            rows = [
                EVENT.format(n=n, who=n, event=event, anonymous=anonymous, user=user)
                for n, event, anonymous, user in SENT
            ]
            engine.write(f"INSERT INTO events VALUES {', '.join(rows)}")
            engine.write(
                "INSERT INTO ids VALUES (1, 'd1', TIMESTAMP '2026-03-01 01:00:00'), "
                "(2, 'u1', TIMESTAMP '2026-03-01 02:00:00'), (3, 'd/2', TIMESTAMP '2026-03-01 03:00:00')"
            )
        opened.data.begin()
    return place


@pytest.fixture
def get(folder: Path, client_of: Callable[[object], Get]) -> Iterator[Get]:
    with workspace.open(folder) as opened:
        yield client_of(pages(opened))


@pytest.fixture
def dana(folder: Path, accounts: State) -> Iterator[Visitor]:
    """Somebody who is signed in."""
    set_password(accounts, "dana", RIGHT, datetime(2026, 7, 1), "terminal")
    with workspace.open(folder) as opened:
        visitor = Visitor(House(opened, accounts, ELSEWHERE).app)
        visitor.sign_in()
        yield visitor


def test_somebody_is_found_by_an_id(get: Get) -> None:
    page = LexborHTMLParser(get("/people").text)
    assert [one.text() for one in page.css(".facts-table a")] == ["d/2", "u1", "d1"]
    assert get("/people?id=d/2").headers["location"] == "/people/d%2F2"
    assert get("/people/d%2F2").status_code == 200
    assert get("/people/nobody").status_code == 404


def test_a_timeline_shows_events_in_the_zone_of_the_workspace_and_runs_nothing(get: Get) -> None:
    answer = get("/people/d%2F2").text
    assert "2026-03-01 04:00:00" in answer and "Europe/Berlin" in answer
    assert "<script>alert" not in answer and "&lt;script&gt;alert(1)" in answer
    assert "anonymous" in LexborHTMLParser(answer).css_first(".lead").text()
    assert "identified" in LexborHTMLParser(get("/people/u1").text).css_first(".lead").text()


def test_ids_are_joined_and_parted_by_hand(dana: Visitor) -> None:
    answered = dana.send("/people/u1", "/people", id="u1", other="d1", act="merge")
    assert (answered.status_code, answered.headers["location"]) == (303, "/people/u1?said=merged")
    page = dana.get("/people/u1?said=merged").text
    assert "2 events under 2 ids" in page and "The two ids are one person now." in page
    assert "u1 joined with d1" in page and "by hand" in page
    parted = dana.send("/people/u1", "/people", id="u1", other="", act="split")
    assert parted.headers["location"] == "/people/u1?said=split"
    assert "1 event under one id" in dana.get("/people/u1").text
    assert "u1 parted from d1" in dana.get("/people/d1").text


def test_nothing_is_changed_without_the_form_or_for_strangers(dana: Visitor, folder: Path) -> None:
    assert dana.post("/people", {"id": "u1", "other": "d1", "act": "merge"}).status_code == 403
    assert dana.send("/people/u1", "/people", id="u1", other="d1", act="drop").status_code == 400
    stranger = Visitor(dana.app)
    assert "/people/u1" not in stranger.get("/people/u1").text or stranger.get("/people/u1").status_code in (303, 401)
    with workspace.open(folder) as opened:
        assert opened.data.engine.rows("SELECT count(*) FROM identity") == [(0,)]


def test_who_may_see_a_part_of_the_events_sees_no_person(folder: Path, client_of: Callable[[object], Get]) -> None:
    with workspace.open(folder, policy=Policy({"events": "source = 'web'"})) as opened:
        hidden = client_of(pages(opened))
        assert hidden("/people/u1").status_code != 200
        assert "u1" not in hidden("/people").text
        assert hidden("/data/events.json").json() == []
        assert "Row filters hide events from you" in hidden("/data/events").text
        assert hidden("/data/quarantine.json").json() == []
        assert hidden("/data/quarantine/1").status_code == 404


def test_a_count_of_people_leads_to_their_timelines(get: Get) -> None:
    found = LexborHTMLParser(get("/m/daily_active_users/behind?range=all").text)
    links = [one.attributes["href"] for one in found.css(".sheet a")]
    assert len(links) == 3
    assert [str(one) for one in links] == ["/people/d1", "/people/u1", "/people/d%2F2"]
    assert get("/people/1?of=events:who").headers["location"] == "/people/d1"
    assert get("/people/9?of=events:who").status_code == 404


def test_a_dataset_with_an_entity_and_a_time_has_timelines_too(
    tmp_path: Path, client_of: Callable[[object], Get]
) -> None:
    (tmp_path / "truenorth.yml").write_text("version: 1\nname: Shop\n")
    (tmp_path / "metrics").mkdir()
    (tmp_path / "metrics" / "shop.yml").write_text(
        "version: 1\ndatasets:\n  - {name: orders, file: orders.csv, primary_key: [id], time: at,"
        " fields: [{name: id}, {name: customer}, {name: status}]}\n"
        "metrics:\n  - {name: customers, type: simple, dataset: orders, agg: count_distinct, expr: customer}\n"
    )
    lines = ["id,customer,at,status", *(f"{n},Ada,2026-03-01 {n % 24:02}:00:00,paid" for n in range(150)), "200,Bo,,x"]
    (tmp_path / "orders.csv").write_text("\n".join(lines) + "\n")
    with workspace.open(tmp_path) as opened:
        get = client_of(pages(opened))
        link = LexborHTMLParser(get("/m/customers/behind?range=all").text).css(".sheet a")[0].attributes["href"]
        assert link == "/people/Ada?of=orders%3Acustomer"
        first = get(str(link)).text
        assert "150 rows of orders" in first and first.count('class="event dated"') == 100
        older = LexborHTMLParser(first).css(".links a")[-1].attributes["href"]
        assert get(str(older)).text.count('class="event dated"') == 50
        assert get("/people?id=Ada").headers["location"] == "/people/Ada"
        assert get("/people/Ada").headers["location"] == link
        assert get("/people/x'%20or%201=1?of=orders:customer").text.count('class="event dated"') == 0
        assert get("/people/Ada?of=orders:nothing").status_code == 400


def test_an_empty_workspace_says_what_will_be_here(tmp_path: Path, client_of: Callable[[object], Get]) -> None:
    (tmp_path / "truenorth.yml").write_text("version: 1\nname: New\n")
    with workspace.open(tmp_path) as opened:
        get = client_of(pages(opened))
        assert "Nobody is followed yet" in get("/people").text
        assert get("/people/u1").status_code == 404


def test_collected_people_are_counted_apart_by_whether_they_are_known(folder: Path) -> None:
    with workspace.open(folder) as opened:
        asked = opened.query("daily_active_users", "event_count", by="standing", range="2026-03-01")
        assert asked.table.rows == (("anonymous", 2, 2), ("identified", 1, 1))
        assert opened.query("event_count", by="account").table.rows == ((None, 3),)
        assert not opened.check()


def test_a_journey_leads_to_the_timelines_of_those_it_counts(folder: Path, client_of: Callable[[object], Get]) -> None:
    (folder / "metrics" / "bought.yml").write_text(
        "version: 1\nmetrics:\n  - {name: looked, type: funnel, dataset: events, entity: persons.person, window: 7 days,"
        " steps: [{name: view, filter: \"event = 'view'\"}, {name: sign_up, filter: \"event = 'sign_up'\"}]}\n"
        "  - {name: lookers, type: funnel, of: looked, part: entered}\n"
    )
    with workspace.open(folder, read_only=False) as opened:
        opened.data.merge("d1", "u1")
    with workspace.open(folder) as opened:
        get = client_of(pages(opened))
        found = LexborHTMLParser(get("/m/lookers/behind?range=all").text)
        assert [one.attributes["href"] for one in found.css(".sheet a")] == ["/people/d1"]
        assert "Computed from" in get("/m/looked/behind?range=all").text
