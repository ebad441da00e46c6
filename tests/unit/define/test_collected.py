"""The definitions that a first key brings: they answer over what is collected, and every way gives the same number."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from truenorth import workspace
from truenorth.cli.main import main
from truenorth.collect.spool.frame import Frame
from truenorth.collect.spool.segment import packed
from truenorth.collect.spool.writer import Spool
from truenorth.define.collected import FILE, begin

# 1 July 2026, noon, in microseconds.
NOON = 1_782_907_200_000_000
EVENTS = [
    {"event": "$pageview", "anonymous_id": "phone", "session_id": "1", "properties": {"path": "/"}},
    {"event": "$pageview", "anonymous_id": "phone", "session_id": "1", "properties": {"path": "/price"}},
    {"event": "$identify", "anonymous_id": "phone", "user_id": "dana", "session_id": "1"},
    {"event": "bought", "anonymous_id": "phone", "user_id": "dana", "session_id": "1"},
    {"event": "$pageview", "anonymous_id": "tablet", "session_id": "2", "properties": {"$pathname": "/"}},
    {"event": "nobody's", "properties": {}},
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "truenorth.yml").write_text("version: 1\nname: Shop\n", "utf-8")
    return tmp_path


def test_a_first_key_defines_metrics_and_the_second_does_not(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    assert main(["key", "create", "web"]) == 0
    assert "metrics/collected.yml defines standard metrics" in capsys.readouterr().err
    with workspace.open(folder) as opened:
        assert opened.check() == ()
        assert opened.query("event_count", "new_users", "page_views").table.rows == ((0, 0, 0),)
    assert main(["key", "create", "ios"]) == 0
    assert FILE not in capsys.readouterr().err


def test_where_something_reads_events_nothing_is_written(folder: Path) -> None:
    (folder / "metrics").mkdir()
    mine = folder / "metrics" / "mine.yml"
    mine.write_text("version: 1\ndatasets: [{name: mine, query: select * from events}]\n", "utf-8")
    with workspace.open(folder) as opened:
        assert begin(folder, opened.model) is None
    mine.write_text("version: 1\ndatasets: [{name: people, file: people.csv}]\n", "utf-8")
    with workspace.open(folder) as opened:
        assert begin(folder, opened.model) is None


def test_a_metric_that_is_there_stays_the_one_it_is(folder: Path) -> None:
    (folder / "metrics").mkdir()
    mine = folder / "metrics" / "mine.yml"
    taken = "{name: daily_active_users, type: simple, dataset: visits, agg: count}"
    mine.write_text(f"version: 1\ndatasets: [{{name: visits, file: visits.csv}}]\nmetrics: [{taken}]\n", "utf-8")
    with workspace.open(folder, read_only=False) as opened:
        assert opened.data.begin() == folder / "metrics" / FILE
    with workspace.open(folder) as opened:
        assert opened.model.metrics["daily_active_users"].dataset == "visits"
        assert opened.model.metrics["event_count"].dataset == "events"
        assert "daily_active_users_people" not in opened.model.metrics


@pytest.mark.parametrize("home", ["home:\n  - visits\ncurrency: EUR\n", "home: [visits]\n", "home:\n- visits"])
def test_a_home_page_that_is_listed_takes_them_in(folder: Path, home: str) -> None:
    """Where today is the last day of old data, what is collected is looked at by the clock on the wall."""
    (folder / "metrics").mkdir()
    visits = "datasets: [{name: visits, file: visits.csv, time: day}]"
    count = "metrics: [{name: visits, type: simple, dataset: visits, agg: count}]"
    (folder / "metrics" / "mine.yml").write_text(f"version: 1\n{visits}\n{count}\n", "utf-8")
    days = [f"2018-05-{day:02}" for day in range(1, 28)]
    (folder / "visits.csv").write_text("\n".join(["day", *days]) + "\n", "utf-8")
    settings = folder / "truenorth.yml"
    settings.write_text(f"version: 1  # ours\nname: Shop\nclock: data\n{home}", "utf-8")
    with workspace.open(folder, read_only=False) as opened:
        assert opened.data.begin() is not None
    assert settings.read_text("utf-8").startswith("version: 1  # ours\nname: Shop\nclock: data\nhome:")
    with workspace.open(folder) as opened:
        assert opened.check() == ()
        assert opened.model.workspace.home[:3] == ["visits", "event_count", "daily_active_users"]
        cards = {card.name: card for card in opened.scorecard().cards}
    assert (cards["visits"].value, cards["visits"].start) == (7, date(2018, 5, 21))
    assert not cards["event_count"].value
    assert cards["page_views"].start is not None and cards["page_views"].start.year > 2018


def test_a_home_page_without_a_list_stays_as_it_is(folder: Path) -> None:
    before = (folder / "truenorth.yml").read_text("utf-8")
    with workspace.open(folder) as opened:
        assert begin(folder, opened.model) is not None
    assert (folder / "truenorth.yml").read_text("utf-8") == before


def test_they_answer_over_what_is_collected(folder: Path) -> None:
    with workspace.open(folder) as opened:
        assert begin(folder, opened.model) == folder / "metrics" / FILE
    spool = Spool(folder / ".truenorth" / "spool", lambda: NOON // 1000)
    spool.write([packed(Frame("web", "native", "", "/v1/events", "", NOON, len(EVENTS), json.dumps(EVENTS).encode()))])
    spool.close()
    with workspace.open(folder, read_only=False) as opened:
        loaded = opened.data.loader().load()
        assert loaded is not None
        assert loaded.loaded == len(EVENTS)
        asked = opened.query(
            "event_count", "weekly_active_users", "new_users", "page_views", "session_count", "pages_per_session",
            grain="day", range="2026-07-01",
        )  # fmt: skip
        assert [row[1:] for row in asked.table.rows] == [(6, 2, 2, 3, 2, 1.5)]
        by_page = opened.query("page_views", by="page", range="2026-07-01").table.rows
        assert by_page == (("/", 2), ("/price", 1))
        assert opened.check() == ()
        report = opened.verify(samples=1)
        assert report.failures == ()
        assert report.compared > 100
