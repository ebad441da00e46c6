"""A collector in a process of its own, and clients that send to it."""

from __future__ import annotations

import http.client
import json
import signal
import subprocess
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from truenorth.access.key import create_key
from truenorth.access.state import state_of
from truenorth.collect.spool.reader import Broken, frames
from truenorth.collect.spool.segment import Position
from truenorth.serve.run import free_port

NOW = datetime(2026, 1, 1)


def workspace(folder: Path) -> str:
    """An empty workspace; a capture key of the source "web"."""
    folder.mkdir(exist_ok=True)
    (folder / "metrics").mkdir()
    (folder / "truenorth.yml").write_text("version: 1\nname: Shop\n", "utf-8")
    state = state_of(folder)
    try:
        return create_key(state, "web", NOW)[1]
    finally:
        state.close()


class Collecting:
    """A collector that runs until it is ended, one way or another."""

    def __init__(self, folder: Path, port: int = 0, code: str = "", more: tuple[str, ...] = ()) -> None:
        self.folder = folder
        self.port = free_port("127.0.0.1", port)
        run = ("-c", code) if code else ("-m", "truenorth.serve.collector")
        self.process = subprocess.Popen(
            [sys.executable, *run, str(folder), "127.0.0.1", str(self.port), *more],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self.process.stdout is not None
        self.line = self.process.stdout.readline().decode().strip()

    def __enter__(self) -> Collecting:
        assert self.line == f"http://127.0.0.1:{self.port}", self.line
        return self

    def __exit__(self, *_: object) -> None:
        self.end(signal.SIGKILL)

    def end(self, number: signal.Signals | None = None) -> int:
        """End it by a signal, or by closing its standard input; what it ended with."""
        if self.process.poll() is None and number is not None:
            self.process.send_signal(number)
        with self.process:
            pass
        return self.process.returncode


class Client:
    """Sends native events over one connection."""

    def __init__(self, port: int, key: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self._headers = {"content-type": "application/json"}
        self.key(key)

    def key(self, key: str) -> None:
        """Send with this key from now on."""
        self._headers["authorization"] = f"Bearer {key}"

    def post(self, ids: Sequence[str], **more: object) -> int:
        """The status of a request with an event for each id."""
        events = [{"event": "seen", "id": one, "time": "2026-01-01T00:00:00Z", **more} for one in ids]
        self._connection.request("POST", "/v1/events", json.dumps(events), self._headers)
        answer = self._connection.getresponse()
        answer.read()
        return answer.status

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()


def sent_once(port: int, key: str, *ids: str) -> int:
    """The status of one request on a connection of its own."""
    with Client(port, key) as client:
        return client.post(ids)


def spooled(folder: Path) -> tuple[list[str], list[Broken]]:
    """The ids of all events in a workspace's spool, and what was set aside."""
    broken: list[Broken] = []
    found = []
    for frame, _ in frames(folder / ".truenorth" / "spool", Position(), broken.append):
        events = json.loads(frame.body)
        found += [event["id"] for event in events]
        assert frame.count == len(events)
    return found, broken
