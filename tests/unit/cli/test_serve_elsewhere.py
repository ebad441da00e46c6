"""`truenorth serve` where others may get to: one real server, from the first account to a password that was guessed at.

It listens on 127.0.0.2, which the test declares to be another machine's address: nothing here can be reached from outside.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from truenorth.access.person import set_password
from truenorth.cli.page import announce
from truenorth.serve.place import Listening, entrance_of
from truenorth.store.state import open_state
from truenorth.workspace import wall_clock

COMMAND = """
import sys
from truenorth.serve import guard, place
loopback = guard.is_loopback
guard.is_loopback = place.is_loopback = lambda host: loopback(host) and host != "127.0.0.2"
from truenorth.cli.main import main
sys.exit(main(["serve", "--host", "127.0.0.2", "--port", "0", "--no-capture"]))
"""
RIGHT = "correct horse battery"
TOKEN = re.compile(r'name="form_token" value="([0-9a-f]+)"')


@dataclass
class Served:
    """A running server, and what its terminal said."""

    url: str
    said: list[str]


@pytest.fixture
def served(small: Path) -> Iterator[Served]:
    """The small workspace served elsewhere."""
    with subprocess.Popen(
        [sys.executable, "-c", COMMAND], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None and process.stderr is not None
        try:
            line = process.stdout.readline()
            found = re.search(r"served on (http://127\.0\.0\.2:\d+) \(with a password\)", line)
            assert found, line + process.stderr.read()
            yield Served(found[1], [process.stderr.readline() for _ in range(4)])
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(timeout=60)
        assert process.returncode == 0
        assert process.stderr.read() == "stopped\n"


@pytest.mark.parametrize("proxies", [(), ("127.0.0.1",)])
def test_what_a_web_server_in_front_should_tell(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], proxies: tuple[str, ...]
) -> None:
    asked = Listening(public_url="https://metrics.example", proxies=proxies)
    set_password(open_state(tmp_path), "dana", RIGHT, wall_clock(), "terminal")
    announce(tmp_path, "https://metrics.example", entrance_of(tmp_path, open_state(tmp_path), asked, wall_clock))
    said = capsys.readouterr()
    assert "is served on https://metrics.example (with a password)" in said.out
    assert ("--trusted-proxy" in said.err) == (not proxies) and "without https" not in said.err


def form(client: httpx.Client, opened: str, path: str, /, **fields: str) -> httpx.Response:
    """Open a page and send its form."""
    found = TOKEN.search(client.get(opened).text)
    assert found is not None
    return client.post(
        path, data={"form_token": found[1], **fields}, headers={"Origin": str(client.base_url).rstrip("/")}
    )


def test_from_the_first_account_to_a_guessed_password(served: Served, small: Path) -> None:
    assert "There is no account yet" in served.said[0] and "without https" in served.said[3]
    address = re.search(r"http://127\.0\.0\.2:\d+(/set-up\?code=\w+)", served.said[1])
    assert address is not None
    browser = {"Accept": "text/html"}
    with (
        httpx.Client(base_url=served.url, headers=browser) as owner,
        httpx.Client(base_url=served.url, headers=browser) as other,
    ):
        assert other.get("/m/revenue").headers["location"] == "/set-up"
        assert other.get("/m/revenue.json", headers={"Accept": "*/*"}).status_code == 403
        made = form(owner, address[1], "/set-up", code=address[1][-22:], name="Dana", password=RIGHT, again=RIGHT)
        assert (made.status_code, made.headers["location"]) == (303, "/")
        assert "Revenue" in owner.get("/m/revenue").text
        assert other.get(address[1]).headers["location"] == "/sign-in"
        assert other.get("/m/revenue").headers["location"] == "/sign-in?next=/m/revenue"
        assert other.get("/m/revenue.csv", headers={"Accept": "*/*"}).status_code == 401

        statuses = [form(other, "/sign-in", "/sign-in", name="dana", password="guessed").status_code for _ in range(8)]
        # A machine that is slow itself may have waited long enough once or twice; the wait doubles each time.
        assert statuses[:5] == [403] * 5 and 429 in statuses[5:] and set(statuses) == {403, 429}
        assert owner.get("/m/revenue").status_code == 200
        owner.cookies.delete(next(name for name in owner.cookies if name.endswith("_session")))
        assert owner.get("/m/revenue").status_code == 303
        assert form(owner, "/sign-in", "/sign-in", name="dana", password=RIGHT).status_code == 303

        assert owner.post("/sharing", data={"page": "/", "days": "7"}).status_code == 403
        shared = form(owner, "/sharing?page=/", "/sharing", page="/m/revenue", days="7")
        link = re.search(r'value="http://127\.0\.0\.2:\d+(/share/\w+)"', shared.text)
        assert link is not None
        assert other.get(link[1]).status_code == 200 and 'href="/"' not in other.get(link[1]).text
        assert other.get("/").status_code == 303

        changed = subprocess.run(
            [sys.executable, "-m", "truenorth", "password"],
            input="another horse battery\n", capture_output=True, text=True, env={**os.environ}, timeout=60,
        )  # fmt: skip
        assert changed.returncode == 0, changed.stderr
        assert owner.get("/m/revenue").status_code == 303
        assert other.get("/", headers={"Host": "evil.example"}).status_code == 403
    assert (small / ".truenorth" / "state.db").stat().st_mode & 0o777 == 0o600
