"""`truenorth quarantine`, `identity` and `compact`, as they are typed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from truenorth import workspace
from truenorth.cli.main import main
from truenorth.collect.receive.request import Refused
from truenorth.collect.spool.frame import Frame
from truenorth.collect.spool.segment import packed
from truenorth.collect.spool.writer import Spool

# 1 July 2026, noon, in microseconds.
NOON = 1_782_907_200_000_000
EVENTS = [
    {"event": "seen", "id": "1", "anonymous_id": "phone", "time": "2026-07-01T11:00:00Z"},
    {"event": "$identify", "id": "2", "anonymous_id": "phone", "user_id": "dana", "time": "2026-07-01T11:30:00Z"},
    {"event": "seen", "id": "3", "anonymous_id": "tablet", "time": "2026-07-01T11:40:00Z"},
]
NAMELESS = Refused("E_EVENT_NO_NAME", "the event has no name", b'{"event": "", "id": "4"}', "3")


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "truenorth.yml").write_text("version: 1\nname: Shop\n", "utf-8")
    monkeypatch.chdir(tmp_path)
    spool = Spool(tmp_path / ".truenorth" / "spool", lambda: NOON // 1000)
    body = json.dumps(EVENTS).encode()
    spool.write([packed(Frame("web", "native", "", "/v1/events", "", NOON, 3, body, (NAMELESS,)))])
    spool.close()
    with workspace.open(tmp_path, read_only=False) as opened:
        opened.data.loader().load()
    return tmp_path


def said(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> str:
    """What a command says on standard output."""
    assert main(list(arguments)) == code
    return capsys.readouterr().out


def test_the_quarantine_is_listed_shown_and_replayed(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    head, line = said(capsys, "quarantine", "list").splitlines()
    assert head.split() == ["id", "source", "dialect", "what", "received", "reason"]
    assert line.split()[:4] == ["1", "web", "native", "E_EVENT_NO_NAME"]
    [told] = json.loads(said(capsys, "quarantine", "list", "--format", "json"))
    assert (told["id"], told["place"], "raw" in told) == (1, "3", False)
    shown = said(capsys, "quarantine", "show", "1")
    assert "E_EVENT_NO_NAME" in shown
    assert shown.endswith('{"event": "", "id": "4"}\n')
    assert said(capsys, "quarantine", "show", "1", "--raw") == '{"event": "", "id": "4"}\n'
    assert said(capsys, "quarantine", "replay", code=1).startswith("1: stays: ")
    (shop / "mended.json").write_text('{"event": "seen", "id": "4"}')
    assert said(capsys, "quarantine", "replay", "1", "--file", "mended.json") == "1: 1 taken in\n"
    assert said(capsys, "quarantine", "list") == "nothing lies in the quarantine\n"
    assert len(said(capsys, "quarantine", "list", "--all").splitlines()) == 2
    assert said(capsys, "quarantine", "replay") == ""
    assert "2026-07-01" in said(capsys, "quarantine", "show", "1")


def test_what_is_asked_wrongly_is_told(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said(capsys, "quarantine", "list", "--format", "xml", code=2)
    said(capsys, "quarantine", "replay", "--file", "mended.json", code=2)
    assert main(["quarantine", "show", "9"]) == 2
    assert "E_NOT_IN_QUARANTINE" in capsys.readouterr().err
    assert main(["identity", "show", "nobody"]) == 2
    assert "E_UNKNOWN_ID" in capsys.readouterr().err
    assert main(["identity", "split", "tablet"]) == 2
    assert "E_NOT_LINKED" in capsys.readouterr().err


def test_people_are_shown_joined_and_parted(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shown = said(capsys, "identity", "show", "dana")
    assert [line.split()[:2] for line in shown.splitlines()[1:3]] == [["phone", "1"], ["dana", "1"]]
    assert "identify  phone  dana  web" in shown
    assert said(capsys, "identity", "merge", "tablet", "dana") == "tablet and dana are now one person of 3 ids\n"
    assert said(capsys, "identity", "merge", "tablet", "dana") == "tablet and dana are already one person of 3 ids\n"
    assert said(capsys, "identity", "split", "dana", "phone") == "dana is parted from phone\n"
    assert said(capsys, "identity", "split", "dana") == "dana is parted from tablet\n"
    assert "split" in said(capsys, "identity", "show", "phone")


def test_the_warehouse_is_compacted(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before, each = said(capsys, "compact").splitlines()
    assert before.endswith("MiB now")
    assert each.endswith("bytes for each of 3 events, ids and all")
    with workspace.open(shop) as opened:
        assert len(opened.data.events()) == 3
