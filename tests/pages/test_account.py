"""One's own account: another password for who knows the one there is, and the end of every other session."""

from __future__ import annotations

import html5lib
import pytest
from selectolax.lexbor import LexborHTMLParser

from tests.pages.house import RIGHT, House
from truenorth import workspace
from truenorth.access.audit import lines
from truenorth.serve.place import Listening
from truenorth.store.state import State

NEW = "another horse battery"
FIELDS = {"current": RIGHT, "password": NEW, "again": NEW}


def test_a_new_password_ends_every_other_session(house: House, accounts: State) -> None:
    dana, other = house.signed_in(), house.signed_in()
    before = dict(dana.cookies)
    page = dana.get("/account")
    html5lib.HTMLParser(strict=True).parse(page.text)
    assert page.headers["cache-control"] == "no-store"
    assert len(LexborHTMLParser(page.text).css("tbody tr")) == 2
    done = dana.send("/account", "/account/password", **FIELDS)
    assert (done.status_code, done.headers["location"]) == (303, "/account?said=password")
    after = dana.get("/account?said=password").text
    assert "The password is changed" in after and "this browser" in after
    assert other.get("/").status_code == 303
    assert all(dict(dana.cookies)[name] != word for name, word in before.items() if not name.endswith("_form"))
    stranger = house.visitor()
    assert stranger.sign_in().status_code == 403
    assert stranger.sign_in(password=NEW).status_code == 303
    told = [(one.person, one.action, one.address) for one in lines(accounts)]
    assert ("dana", "password changed", "192.168.1.99") in told


def test_the_session_from_before_is_worth_nothing(house: House) -> None:
    dana, thief = house.signed_in(), house.visitor()
    thief.cookies.update(dana.cookies)
    assert thief.get("/").status_code == 200
    dana.send("/account", "/account/password", **FIELDS)
    assert thief.get("/").status_code == 303 and dana.get("/").status_code == 200


@pytest.mark.parametrize(
    ("wrong", "status", "word"),
    [
        ({"current": "not the password"}, 400, "E_WRONG_PASSWORD"),
        ({"current": ""}, 400, "E_WRONG_PASSWORD"),
        ({"password": "short", "again": "short"}, 400, "E_BAD_PASSWORD"),
        ({"password": "", "again": ""}, 400, "E_BAD_PASSWORD"),
        ({"again": "something else at all"}, 400, "E_BAD_PASSWORD"),
    ],
)
def test_what_is_wrong_is_told_and_changes_nothing(house: House, wrong: dict[str, str], status: int, word: str) -> None:
    dana, other = house.signed_in(), house.signed_in()
    answered = dana.send("/account", "/account/password", **{**FIELDS, **wrong})
    assert answered.status_code == status
    alert = LexborHTMLParser(answered.text).css_first("[role=alert]")
    assert word in alert.text() and "set-cookie" not in answered.headers
    assert NEW not in answered.text and RIGHT not in answered.text
    assert other.get("/").status_code == 200
    assert house.visitor().sign_in().status_code == 303


def test_who_finds_a_browser_open_cannot_guess_at_speed(house: House, accounts: State) -> None:
    dana = house.signed_in()
    said = [
        dana.send("/account", "/account/password", **{**FIELDS, "current": f"guess number {n}"}).status_code
        for n in range(7)
    ]
    assert said == [400] * 5 + [429] * 2
    waiting = dana.send("/account", "/account/password", **FIELDS)
    assert (waiting.status_code, waiting.headers["retry-after"]) == (429, "2")
    house.later(seconds=3)
    assert dana.send("/account", "/account/password", **FIELDS).status_code == 303
    assert [one.action for one in lines(accounts)].count("password change failed") == 5


def test_all_other_browsers_are_signed_out(house: House, accounts: State) -> None:
    dana, other = house.signed_in(), house.signed_in()
    done = dana.send("/account", "/account/others")
    assert done.headers["location"] == "/account?said=others"
    assert "Every other browser" in dana.get("/account?said=others").text
    assert other.get("/").status_code == 303
    assert "Sign out everywhere else" not in dana.get("/account").text
    assert (lines(accounts)[0].action, lines(accounts)[0].about) == ("signed out elsewhere", "1 session")


def test_words_in_the_address_are_not_said(house: House) -> None:
    assert "evil" not in house.signed_in().get("/account?said=evil").text.partition("<main")[2]


def test_strangers_and_other_sites_change_nothing(house: House) -> None:
    dana, stranger = house.signed_in(), house.visitor()
    assert stranger.get("/account").headers["location"] == "/sign-in?next=/account"
    assert stranger.send("/sign-in", "/account/password", **FIELDS).status_code == 401
    token = dana.token("/account")
    foreign = dana.post("/account/password", {**FIELDS, "form_token": token}, sec_fetch_site="cross-site")
    assert foreign.status_code == 403
    assert dana.post("/account/password", FIELDS).status_code == 403
    assert dana.post("/account/others", {"x": "1"}).status_code == 403
    assert house.visitor().sign_in().status_code == 303


def test_without_a_sign_in_there_is_no_account_to_look_at(shop: workspace.Workspace, accounts: State) -> None:
    here = House(shop, accounts, Listening()).visitor("http://127.0.0.1:8321", "127.0.0.1")
    assert here.get("/account").headers["location"] == "/"
    for path in ("/account/password", "/account/others"):
        assert here.send("/data/keys", path, **FIELDS).headers["location"] == "/"
    assert "/account" not in here.get("/").text
