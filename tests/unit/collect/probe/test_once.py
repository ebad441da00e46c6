"""Checks tried against servers that fail in every way: what is wrong is said, nothing hangs, and nobody gets inside."""

from __future__ import annotations

import asyncio
import http.server
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from truenorth.collect.probe import address
from truenorth.collect.probe.once import Beats, Probe
from truenorth.collect.probe.outcome import Result
from truenorth.collect.probe.watch import Watch
from truenorth.define.probe import Check
from truenorth.serve.run import free_port

SECRET = "hunter2-secret"


class Answers(http.server.BaseHTTPRequestHandler):
    """Answers as the path says."""

    def do_GET(self) -> None:
        path = self.path
        if path == "/hang":
            time.sleep(3)
            return
        if path.startswith("/to/"):
            self.send_response(302)
            self.send_header("location", path.removeprefix("/to/"))
            self.send_header("content-length", "0")
            self.end_headers()
            return
        status = int(path.strip("/")) if path.strip("/").isdigit() else 200
        body = b'{"user": {"name": "x"}}' if path == "/json" else b"ok " + str(self.headers.get("x-token")).encode()
        body = b"y" * (3 << 20) if path == "/long" else body
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        try:
            self.wfile.write(body)
        except (BrokenPipeError, ConnectionResetError):
            return

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def clock() -> int:
    return time.time_ns() // 1000


def tried(check: Check, beats: Beats | None = None) -> Result:
    return asyncio.run(Probe({"TOKEN": SECRET}, clock, beats=beats).once(check))[0]


def of(url: str, **more: Any) -> Check:
    return Check("shop", url=url, allow_private=True, **{"timeout": "1 second", **more})


def test_what_works_is_up(url: str) -> None:
    found = tried(of(f"{url}/json", conditions=["status == 200", "body.user.name == 'x'"], degraded=["duration < 1 s"]))
    assert found.ok and not found.degraded and found.status == 200 and found.failed == [] and found.error == ""


def test_conditions_say_what_was_there(url: str) -> None:
    found = tried(of(f"{url}/503"))
    assert not found.ok and found.failed == ["status < 400: status was 503"]
    slow = tried(of(url, degraded=["duration < 0 ms"]))
    assert slow.ok and slow.degraded and slow.failed[0].startswith("duration < 0 ms: duration was")


def test_what_hangs_is_ended_by_its_timeout(url: str) -> None:
    began = time.perf_counter()
    found = tried(of(f"{url}/hang"))
    assert not found.ok and found.error == "timeout: no answer within 1 s" and time.perf_counter() - began < 2.5


def test_of_a_long_body_the_beginning_is_read(url: str) -> None:
    assert tried(of(f"{url}/long", conditions=["len(body) == 1048576"])).ok


def test_redirects_are_followed_or_looked_at(url: str) -> None:
    assert tried(of(f"{url}/to{url.removeprefix('http:/')}")).ok is False
    assert tried(of(f"{url}/to//200", conditions=["status == 302"], follow_redirects=False)).ok
    assert tried(of(f"{url}/to/ftp://x.example/")).error.startswith("redirect: ftp://x.example/ is no address")


def test_nobody_gets_inside(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for inside in (url, "http://localhost:1/", "http://[::1]/", "http://169.254.169.254/latest/", "http://0x7f000001/"):
        found = tried(Check("spy", url=inside, timeout="1 second"))
        assert not found.ok and found.error.startswith(("E_ADDRESS_FORBIDDEN", "dns:")), inside

    # A name that is outside points, by its answer, to the inside: the second address is looked at as well.
    port = url.rpartition(":")[2]
    real = address.is_public
    monkeypatch.setattr(address, "is_public", lambda one: one == "127.0.0.1" or real(one))
    hops = tried(Check("spy", url=f"{url}/to/http://127.0.0.2:{port}/", timeout="1 second"))
    assert hops.error.startswith("E_ADDRESS_FORBIDDEN: 127.0.0.2")


def test_secrets_are_sent_and_never_kept(url: str) -> None:
    headers = {"X-Token": "${TOKEN}"}
    good = tried(of(url, headers=headers, conditions=[f"body contains '{SECRET}'"]))
    assert good.ok
    bad = tried(of(url, headers=headers, conditions=["body == 'no'"]))
    assert not bad.ok and SECRET not in str(bad.failed)
    missing = tried(of(url, headers={"X-Token": "${NOBODY_GAVE_THIS}"}))
    assert missing.error.startswith("secret: NOBODY_GAVE_THIS is neither in the environment")


def test_ports_take_connections_or_do_not() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert tried(Check("port", tcp=f"127.0.0.1:{port}", allow_private=True)).ok
    closed = tried(Check("port", tcp=f"127.0.0.1:{free_port('127.0.0.1', 0)}", allow_private=True))
    assert not closed.ok and closed.error.startswith("refused: 127.0.0.1 takes no connection at port")


def test_a_wrong_certificate_is_said_in_words(tmp_path: Path) -> None:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl: not on the PATH")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subject = ("-subj", "/CN=localhost", "-days", "1", "-nodes")
    made = [openssl, "req", "-x509", "-newkey", "rsa:2048", "-keyout", str(key), "-out", str(certificate), *subject]
    subprocess.run(made, check=True, capture_output=True)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.handle_error = lambda *_: None  # type: ignore[method-assign,assignment]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        for check in (
            of(f"https://localhost:{server.server_port}/"),
            Check("tls", tls=f"localhost:{server.server_port}", allow_private=True),
        ):
            found = tried(check)
            assert not found.ok and found.error.startswith("certificate: self-signed certificate"), found
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_heartbeats_that_do_not_come_are_missed() -> None:
    check = Check("job", heartbeat="5 minutes")
    beats = Beats(clock() - 600_000_000)
    silent = tried(check, beats)
    assert not silent.ok and silent.error.startswith("silent: nothing was heard for 10 min")
    beats.heard("job", clock())
    assert tried(check, beats).ok
    beats.heard("job", clock(), "the backup failed")
    assert tried(check, beats).error == "the backup failed"


def test_what_takes_long_moves_no_other_turn() -> None:
    late: list[int] = []
    turns: dict[str, int] = {}

    async def attempt(check: Check) -> None:
        turns[check.name] = turns.get(check.name, 0) + 1
        if check.name == "c0":
            await asyncio.sleep(60)

    async def run() -> None:
        checks = [Check(f"c{number}", url="http://x.example", every="1 second") for number in range(50)]
        watch = asyncio.create_task(Watch(attempt, clock, late.append).run(checks))
        while min((turns.get(one.name, 0) for one in checks[1:]), default=0) < 2:
            await asyncio.sleep(0.05)
        watch.cancel()
        with pytest.raises(asyncio.CancelledError):
            await watch

    asyncio.run(run())
    assert turns["c0"] == 1 and len(turns) == 50 and min(late) >= 0
