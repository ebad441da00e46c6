"""Where the pages are served and for whom: whatever others may reach needs a password."""

from __future__ import annotations

import socket
from datetime import datetime
from pathlib import Path

import pytest

from truenorth.access.person import set_password
from truenorth.base.errors import AccessError
from truenorth.serve.place import Listening, address_of, entrance_of, hosts_of, invitation_lines, shown_url
from truenorth.serve.run import free_port
from truenorth.store.state import open_state
from truenorth.web.entrance import Entrance

NOW = datetime(2026, 3, 2, 9, 0)


def entrance(folder: Path, asked: Listening) -> Entrance:
    return entrance_of(folder, open_state(folder), asked, lambda: NOW)


def test_addresses_to_listen_on() -> None:
    hosts = ("localhost", "127.0.0.1", "127.0.0.2", "::1", "[::1]", "0.0.0.0", "::", "*", "192.168.1.7")
    assert [address_of(host) for host in hosts] == [
        "127.0.0.1",
        "127.0.0.1",
        "127.0.0.2",
        "::1",
        "::1",
        "0.0.0.0",
        "::",
        "0.0.0.0",
        "192.168.1.7",
    ]


@pytest.mark.parametrize("host", ["", "metrics..example", "a" * 300])
def test_a_name_without_an_address(host: str) -> None:
    with pytest.raises(AccessError) as caught:
        address_of(host)
    assert caught.value.code == "E_NO_SUCH_ADDRESS"


def test_an_address_of_another_machine_is_not_listened_on() -> None:
    with pytest.raises(AccessError) as caught:
        free_port("203.0.113.9")
    assert caught.value.code == "E_NO_SUCH_ADDRESS"


@pytest.mark.parametrize(
    ("asked", "needed"),
    [
        (Listening(), False),
        (Listening("localhost"), False),
        (Listening("127.0.0.2"), False),
        (Listening("::1"), False),
        (Listening(password=True), True),
        (Listening("0.0.0.0"), True),
        (Listening("::"), True),
        (Listening("192.168.1.7"), True),
        (Listening(public_url="https://metrics.example"), True),
        (Listening(names=("metrics.example",)), True),
        (Listening(proxies=("127.0.0.1",)), True),
    ],
)
def test_a_password_is_needed_wherever_others_may_get_to(tmp_path: Path, asked: Listening, needed: bool) -> None:
    made = entrance(tmp_path, asked)
    assert (made.needed, made.invitation is not None) == (needed, needed)
    assert (tmp_path / ".truenorth" / "state.db").exists() == needed


def test_with_an_account_nobody_is_invited(tmp_path: Path) -> None:
    set_password(open_state(tmp_path), "dana", "correct horse battery", NOW, "terminal")
    made = entrance(tmp_path, Listening("0.0.0.0"))
    assert made.invitation is None and invitation_lines(made, "http://x") == ()


def test_the_terminal_shows_the_address_that_makes_the_first_account(tmp_path: Path) -> None:
    made = entrance(tmp_path, Listening("0.0.0.0"))
    assert made.invitation is not None
    assert f"https://metrics.example/set-up?code={made.invitation.word}" in "\n".join(
        invitation_lines(made, "https://metrics.example")
    )


def test_workspaces_of_one_machine_have_cookies_of_their_own(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    first, second = (entrance(tmp_path / name, Listening()) for name in ("a", "b"))
    assert first.cookie("session", False) != second.cookie("session", False)
    assert first.cookie("session", True) == "__Host-" + first.cookie("session", False)


@pytest.mark.parametrize(
    "word", ["metrics.example", "ftp://x", "https://", "https://x/acme", "https://x?a", "//x", "https://x#a"]
)
def test_a_public_address_has_no_path(tmp_path: Path, word: str) -> None:
    with pytest.raises(AccessError) as caught:
        entrance(tmp_path, Listening(public_url=word))
    assert caught.value.code == "E_BAD_PUBLIC_URL"


def test_a_public_address_is_known_without_its_last_slash(tmp_path: Path) -> None:
    asked = Listening(public_url="https://Metrics.example:8443/")
    assert entrance(tmp_path, asked).public_url == "https://Metrics.example:8443"
    assert hosts_of(asked).admit("metrics.example")
    assert shown_url(asked, "http://127.0.0.1:1") == "https://Metrics.example:8443"


def test_a_proxy_is_an_address(tmp_path: Path) -> None:
    with pytest.raises(AccessError) as caught:
        entrance(tmp_path, Listening(proxies=("nginx",)))
    assert caught.value.code == "E_BAD_PROXY"


def test_names_that_are_answered_to() -> None:
    here = hosts_of(Listening())
    assert here.admit("localhost") and not here.admit("192.168.1.7") and not here.admit(socket.gethostname() or "x")
    there = hosts_of(Listening("0.0.0.0", names=("Metrics.Example",)))
    assert all(there.admit(name) for name in ("localhost", "192.168.1.7", "metrics.example", socket.gethostname()))
    assert not there.admit("evil.example")


def test_all_addresses_are_told_by_the_name_of_the_machine() -> None:
    assert shown_url(Listening("0.0.0.0"), "http://0.0.0.0:8321") == f"http://{socket.gethostname()}:8321"
    assert shown_url(Listening("::"), "http://[::]:8321") == f"http://{socket.gethostname()}:8321"
    assert shown_url(Listening(), "http://127.0.0.1:8321") == "http://127.0.0.1:8321"
