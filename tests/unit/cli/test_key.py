"""`truenorth key`: made once, listed without what is secret, revoked for good."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.cli.small import run

Said = pytest.CaptureFixture[str]


def made(capsys: Said, source: str = "web") -> str:
    assert run("key", "create", source) == 0
    return capsys.readouterr().out.strip()


def test_a_key_is_shown_once(small: Path, capsys: Said) -> None:
    assert run("key", "create", "web") == 0
    said = capsys.readouterr()
    assert said.out.startswith("tn_web_") and len(said.out.split()) == 1
    assert "not shown again" in said.err
    assert run("key", "list") == 0
    listed = capsys.readouterr().out
    assert said.out.strip() not in listed
    assert [line.split()[1:3] for line in listed.splitlines()] == [["source", "key"], ["web", said.out[:11] + "…"]]
    assert "never" in listed


def test_a_key_is_revoked(small: Path, capsys: Said) -> None:
    text = made(capsys)
    assert run("key", "revoke", text) == 0
    assert text[:11] in capsys.readouterr().out
    assert run("key", "revoke", text) == 2
    assert "E_KEY_NOT_FOUND" in capsys.readouterr().err
    assert run("key", "list") == 0
    assert len(capsys.readouterr().out.splitlines()[1].split(" UTC")) == 3


def test_a_list_without_keys_has_its_head(small: Path, capsys: Said) -> None:
    assert run("key", "list") == 0
    assert capsys.readouterr().out.split() == ["id", "source", "key", "created", "last", "used", "revoked"]


def test_definitions_that_are_wrong_do_not_matter(small: Path, capsys: Said) -> None:
    (small / "metrics" / "orders.yml").write_text("nonsense: [", "utf-8")
    assert made(capsys, "ios").startswith("tn_ios_")


def test_the_state_may_be_elsewhere(small: Path, capsys: Said) -> None:
    with (small / "truenorth.yml").open("a", encoding="utf-8") as file:
        file.write("state: sqlite:elsewhere/our.db\n")
    made(capsys)
    assert (small / "elsewhere" / "our.db").stat().st_mode & 0o777 == 0o600
    assert not (small / ".truenorth" / "state.db").exists()


@pytest.mark.parametrize(
    ("word", "code"), [("mysql://x/y", "E_UNKNOWN_STATE"), ("sqlite:orders.csv", "E_STATE_FAILED")]
)
def test_a_state_that_cannot_be_used(small: Path, capsys: Said, word: str, code: str) -> None:
    with (small / "truenorth.yml").open("a", encoding="utf-8") as file:
        file.write(f"state: {word}\n")
    assert run("key", "list") == 2
    assert code in capsys.readouterr().err


def test_truenorth_yml_that_is_wrong_is_told(small: Path, capsys: Said) -> None:
    (small / "truenorth.yml").write_text("version: 1\nname: Small\nstaet: x\n", "utf-8")
    assert run("key", "list") == 2
    assert 'did you mean "state"' in capsys.readouterr().err
