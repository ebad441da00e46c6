"""The page of capture keys: made and shown once, pasted with the real address, taken back; and nothing without a form."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from datetime import datetime
from html import unescape
from pathlib import Path

import html5lib
import pytest
from selectolax.lexbor import LexborHTMLParser

from tests.pages.house import ELSEWHERE, RIGHT, House
from tests.pages.visitor import Visitor
from truenorth import workspace
from truenorth.access.audit import lines
from truenorth.access.key import Keyring, keys, mark_used
from truenorth.access.person import set_password
from truenorth.collect.capturing import Capturing
from truenorth.serve.place import Listening
from truenorth.store.state import State
from truenorth.web.recipe import ALONE, SECURE, SILENT, target

KEY = re.compile(r"tn_[a-z0-9_-]+_[A-Za-z0-9]{32}")
NEAR = Capturing("http://127.0.0.1:8322", 1)
ANYWHERE = Capturing("http://0.0.0.0:8322", 1)


@pytest.fixture
def fresh(tmp_path: Path, accounts: State) -> Iterator[House]:
    """A workspace to which nothing came yet, served elsewhere."""
    folder = tmp_path / "fresh"
    folder.mkdir()
    (folder / "truenorth.yml").write_text("version: 1\nname: Fresh\n")
    set_password(accounts, "dana", RIGHT, datetime(2026, 7, 1), "terminal")
    with workspace.open(folder) as opened:
        yield House(opened, accounts, ELSEWHERE)


def made(dana: Visitor, source: str = "web") -> str:
    answered = dana.send("/data/keys", "/data/keys", source=source)
    assert answered.status_code == 200, answered.text
    found = LexborHTMLParser(answered.text).css_first(".made input").attributes["value"]
    assert found is not None
    return found


def test_a_key_is_made_shown_once_and_ready_to_be_pasted(fresh: House, accounts: State) -> None:
    dana = fresh.signed_in()
    answered = dana.send("/data/keys", "/data/keys", source=" web ")
    html5lib.HTMLParser(strict=True).parse(answered.text)
    assert answered.headers["cache-control"] == "no-store"
    page = LexborHTMLParser(answered.text)
    text = page.css_first(".made input").attributes["value"] or ""
    assert KEY.fullmatch(text) and text.startswith("tn_web_")
    ring = Keyring(accounts)
    ring.refresh()
    assert ring.verify(text) == "web"
    codes = [node.text() for node in page.css(".recipes pre")]
    assert len(codes) == 11 and all(text in code and "8322" in code for code in codes)
    assert f'<script defer src="http://127.0.0.1:8322/tn.js" data-key="{text}"></script>' in codes
    later = dana.get("/data/keys").text
    assert not KEY.search(later) and text[:11] in later and "YOUR-KEY" in later
    assert lines(accounts)[0].person == "dana" and lines(accounts)[0].action == "key created"


def test_the_first_key_brings_first_metrics_along(fresh: House) -> None:
    first = fresh.signed_in().send("/data/keys", "/data/keys", source="web").text
    assert "metrics/collected.yml" in first and (fresh.shop.folder / "metrics" / "collected.yml").exists()
    assert "metrics/collected.yml" not in fresh.signed_in().send("/data/keys", "/data/keys", source="ios").text


@pytest.mark.parametrize("source", ["", "Web Site", "x" * 41, "<script>alert(1)</script>", "../web"])
def test_a_name_that_is_none_is_told_on_the_page(fresh: House, accounts: State, source: str) -> None:
    answered = fresh.signed_in().send("/data/keys", "/data/keys", source=source)
    assert answered.status_code == 400
    assert "is no name of a source" in LexborHTMLParser(answered.text).css_first("[role=alert]").text()
    assert "<script>alert" not in answered.text
    assert keys(accounts) == []


def test_a_key_is_revoked_from_its_page(fresh: House, accounts: State) -> None:
    dana = fresh.signed_in()
    text = made(dana)
    held = keys(accounts)[0]
    mark_used(accounts, [held.id], fresh.now)
    fresh.later(minutes=3)
    row = LexborHTMLParser(dana.get("/data/keys").text).css_first("tbody tr")
    assert [cell.text(strip=True) for cell in row.css("th, td")][:4] == [
        "web",
        f"{text[:11]}…",
        "3 min ago",
        "3 min ago",
    ]
    assert row.css_first("form button") is not None and row.css_first("details[open]") is None
    done = dana.send("/data/keys", "/data/keys/revoke", id=held.id)
    assert (done.status_code, done.headers["location"]) == (303, "/data/keys")
    ring = Keyring(accounts)
    ring.refresh()
    assert ring.verify(text) is None
    after = dana.get("/data/keys").text
    assert "There is none, so nobody can send" in after and "1 revoked" in after
    again = dana.send("/data/keys", "/data/keys/revoke", id=held.id)
    assert (again.status_code, "E_KEY_NOT_FOUND" in again.text) == (403, True)
    assert [(one.person, one.action) for one in lines(accounts)[:2]] == [
        ("dana", "key revoked"),
        ("dana", "key created"),
    ]


def test_the_list_for_programs_has_no_secret(fresh: House) -> None:
    dana = fresh.signed_in()
    text = made(dana)
    told = dana.get("/data/keys.json")
    assert [set(one) for one in told.json()] == [{"id", "source", "prefix", "created", "used", "revoked"}]
    assert text not in told.text and "digest" not in told.text


def test_nobody_makes_or_takes_keys_from_elsewhere(fresh: House, accounts: State) -> None:
    dana, stranger = fresh.signed_in(), fresh.visitor()
    made(dana)
    before = keys(accounts)
    token = dana.token("/data/keys")
    assert dana.post("/data/keys", {"source": "ios"}).status_code == 403
    foreign = dana.post("/data/keys", {"source": "ios", "form_token": token}, origin="https://evil.example")
    assert foreign.status_code == 403
    assert dana.post("/data/keys/revoke", {"id": before[0].id}).status_code == 403
    assert stranger.get("/data/keys").headers["location"] == "/sign-in?next=/data/keys"
    assert stranger.get("/data/keys.json", accept="application/json").status_code == 401
    asked = stranger.send("/sign-in", "/data/keys", source="ios")
    assert asked.status_code == 401
    assert keys(accounts) == before


def test_this_machine_alone_needs_no_account_to_make_one(fresh: House, accounts: State) -> None:
    here = House(fresh.shop, accounts, Listening())
    visitor = here.visitor("http://127.0.0.1:8321", "127.0.0.1")
    made(visitor)
    assert lines(accounts)[0].person == "this machine"
    assert "/data/keys" in visitor.get("/data/events").text


def test_the_address_is_that_of_the_collector_that_runs(fresh: House) -> None:
    folder = fresh.shop.folder / ".truenorth"
    folder.mkdir(exist_ok=True)
    (folder / "capture.json").write_text(json.dumps({"url": "http://0.0.0.0:9999", "pid": os.getpid()}))
    page = unescape(fresh.signed_in().get("/data/keys").text)
    assert "http://192.168.1.7:9999/tn.js" in page and "0.0.0.0" not in page
    fresh.entrance.capture_url = "https://collect.example"
    assert "https://collect.example/api/v1/write" in unescape(fresh.signed_in().get("/data/keys").text)


@pytest.mark.parametrize(
    ("capture", "public", "base", "url", "note"),
    [
        (None, "", "http://127.0.0.1:8321", "http://127.0.0.1:8322", SILENT),
        (None, "https://in.example", "http://127.0.0.1:8321", "https://in.example", SILENT),
        (NEAR, "", "http://127.0.0.1:8321", "http://127.0.0.1:8322", ALONE),
        (NEAR, "https://in.example", "http://127.0.0.1:8321", "https://in.example", ""),
        (ANYWHERE, "", "http://10.0.0.5:8321", "http://10.0.0.5:8322", ""),
        (ANYWHERE, "", "http://[2001:db8::1]:8321", "http://[2001:db8::1]:8322", ""),
        (ANYWHERE, "", "https://metrics.example", "http://metrics.example:8322", SECURE),
        (Capturing("http://10.0.0.5:1", 1), "", "http://10.0.0.5:8321", "http://10.0.0.5:1", ""),
    ],
)
def test_where_events_go(capture: Capturing | None, public: str, base: str, url: str, note: str) -> None:
    found = target(capture, public, base)
    assert (found.url, found.note) == (url, note)
