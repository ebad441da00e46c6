"""`truenorth password` and `share`: from the terminal, never as an argument."""

from __future__ import annotations

import io
from datetime import timedelta
from pathlib import Path

import pytest

from tests.unit.cli.small import run
from truenorth.access.entry import Visitor, sign_in
from truenorth.access.person import people
from truenorth.access.session import session_of
from truenorth.access.share import Page, create_share
from truenorth.access.state import state_of
from truenorth.base.errors import AccessError
from truenorth.workspace import wall_clock

Said = pytest.CaptureFixture[str]
Patch = pytest.MonkeyPatch
RIGHT = "correct horse battery"


class Terminal(io.StringIO):
    """A standard input that is a terminal."""

    def isatty(self) -> bool:
        return True


def piped(monkeypatch: Patch, text: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(text))


def test_the_first_password_makes_the_account(small: Path, monkeypatch: Patch, capsys: Said) -> None:
    piped(monkeypatch, f"{RIGHT}\nsomething else\n")
    assert run("password", "--name", "Dana") == 0
    said = capsys.readouterr()
    assert "dana" in said.out and RIGHT not in said.out + said.err
    assert sign_in(state_of(small), "dana", RIGHT, Visitor(), wall_clock()).person == "dana"


def test_another_one_ends_all_sessions(small: Path, monkeypatch: Patch, capsys: Said) -> None:
    piped(monkeypatch, RIGHT)
    assert run("password") == 0
    state = state_of(small)
    assert [person.name for person in people(state)] == ["owner"]
    entered = sign_in(state, "owner", RIGHT, Visitor(), wall_clock())
    piped(monkeypatch, "another horse battery")
    assert run("password") == 0
    assert "not any more" in capsys.readouterr().out
    assert session_of(state, entered.session, wall_clock()) is None
    assert sign_in(state, "owner", "another horse battery", Visitor(), wall_clock()).person == "owner"


def test_at_a_terminal_it_is_asked_for_twice_and_not_shown(small: Path, monkeypatch: Patch, capsys: Said) -> None:
    monkeypatch.setattr("sys.stdin", Terminal())
    answers = iter([RIGHT, RIGHT, RIGHT, "a slip of the hand"])
    monkeypatch.setattr("getpass.getpass", lambda _: next(answers))
    assert run("password") == 0
    assert run("password") == 2
    assert "E_BAD_PASSWORD" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "name", "code"),
    [("short", "dana", "E_BAD_PASSWORD"), ("", "dana", "E_BAD_PASSWORD"), (RIGHT, " ", "E_BAD_ACCOUNT")],
)
def test_what_is_no_account_is_refused(
    small: Path, monkeypatch: Patch, capsys: Said, text: str, name: str, code: str
) -> None:
    piped(monkeypatch, text)
    assert run("password", "--name", name) == 2
    assert code in capsys.readouterr().err
    assert people(state_of(small)) == []


def test_a_password_is_no_argument(small: Path, capsys: Said) -> None:
    assert run("password", RIGHT) == 2
    assert "E_USAGE" in capsys.readouterr().err


def test_the_audit_is_told_newest_first(small: Path, monkeypatch: Patch, capsys: Said) -> None:
    piped(monkeypatch, RIGHT)
    assert run("password") == 0
    with pytest.raises(AccessError):
        sign_in(state_of(small), "nobody", RIGHT, Visitor("10.0.0.9"), wall_clock())
    assert run("key", "create", "web") == 0
    capsys.readouterr()
    assert run("audit", "--limit", "2") == 0
    first, *lines = capsys.readouterr().out.splitlines()
    assert first.split() == ["when", "who", "what", "about", "from"]
    assert [line.split()[3:6] for line in lines] == [["terminal", "key", "created"], ["unknown", "sign-in", "failed"]]
    assert lines[1].endswith("10.0.0.9")


def test_links_are_listed_and_taken_back(small: Path, capsys: Said) -> None:
    state, now = state_of(small), wall_clock()
    made, word = create_share(state, Page("/m/revenue", "by=plan", "Revenue"), 7, now)
    create_share(state, Page("/", "", "Home"), 1, now - timedelta(days=2))
    assert run("share", "list") == 0
    listed = capsys.readouterr().out
    assert word not in listed
    assert [line.split()[-1] for line in listed.splitlines()] == ["state", "open", "expired"]
    assert "/m/revenue?by=plan" in listed
    assert run("share", "revoke", f"https://metrics.example/share/{word}") == 0
    assert "/m/revenue" in capsys.readouterr().out
    assert run("share", "revoke", made.id) == 2
    assert "E_SHARE_NOT_FOUND" in capsys.readouterr().err
