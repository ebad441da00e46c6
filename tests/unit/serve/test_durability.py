"""Collector and loader are killed at random moments under load: every acknowledged event is in the tables once."""

from __future__ import annotations

import http.client
import random
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest

from tests.unit.serve.collecting import Client, Collecting, workspace
from truenorth import workspace as doors

LOADING = """
import resource, sys
from pathlib import Path
from truenorth import workspace
from truenorth.serve.loading import Loading
fed = workspace.open(Path(sys.argv[1]), read_only=False)
loading = Loading(fed.data.loader(10.0), 0.05)
loading.start()
for line in sys.stdin:
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(line), resource.RLIM_INFINITY))
loading.stop()
fed.close()
"""
DEADLINE = 60.0


class Loader:
    """The app's half of loading, in a process of its own."""

    def __init__(self, folder: Path) -> None:
        command = [sys.executable, "-c", LOADING, str(folder)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, text=True)

    def allow(self, size: int) -> None:
        """No file may grow beyond so many bytes, as on a disk that is full there."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{size}\n")
        self.process.stdin.flush()

    def end(self, kill: bool) -> None:
        """Kill it, or let it finish."""
        if kill:
            self.process.kill()
        with self.process:
            pass


class Sender(threading.Thread):
    """Sends requests of events until it is told to stop; one that was not acknowledged is sent again, as SDKs do."""

    def __init__(self, name: str, port: int, key: str, seed: int) -> None:
        super().__init__(daemon=True)
        self.over = threading.Event()
        self.sent: dict[str, int] = {}
        self._about = (name, port, key)
        self._draw = random.Random(seed)

    def run(self) -> None:
        name, port, key = self._about
        while not self.over.is_set():
            batch = f"{name}{len(self.sent)}"
            ids = [f"{batch}-{number}" for number in range(self._draw.randrange(1, 40))]
            self.sent[batch] = len(ids)
            while True:
                with suppress(OSError, http.client.HTTPException), Client(port, key) as client:
                    if client.post(ids, properties={"batch": batch}, user_id=f"u{len(ids)}") == 200:
                        break
                time.sleep(0.02)


def loaded(folder: Path, wanted: int) -> list[tuple[object, ...]]:
    """How often each batch is in the tables, once as many events are there as were sent."""
    deadline = time.monotonic() + DEADLINE
    with doors.open(folder) as opened:
        while time.monotonic() < deadline:
            if "events" in opened.data.engine.tables():
                [(found,)] = opened.data.engine.rows("SELECT count(*) FROM events")
                if int(str(found)) >= wanted:
                    break
            time.sleep(0.1)
        return opened.data.engine.rows(
            "SELECT properties.batch::VARCHAR, count(*), count(DISTINCT event_id) FROM events GROUP BY 1 ORDER BY 1"
        )


def kill_at_random(folder: Path, kills: int, seed: int) -> None:
    """Kill the one or the other, while two clients send; then see what is there."""
    draw = random.Random(seed)
    key = workspace(folder)
    collecting, loader = Collecting(folder), Loader(folder)
    senders = [Sender(name, collecting.port, key, seed) for name in "ab"]
    for sender in senders:
        sender.start()
    try:
        for _ in range(kills):
            time.sleep(draw.random() * 0.6)
            if draw.random() < 0.4:
                collecting.end(signal.SIGKILL)
                collecting = Collecting(folder, collecting.port)
            else:
                loader.end(kill=True)
                loader = Loader(folder)
    finally:
        for sender in senders:
            sender.over.set()
        for sender in senders:
            sender.join()
        collecting.end(signal.SIGTERM)
    sent = {batch: count for sender in senders for batch, count in sender.sent.items()}
    try:
        found = loaded(folder, sum(sent.values()))
    finally:
        loader.end(kill=False)
    assert found == [(batch, count, count) for batch, count in sorted(sent.items())]
    with doors.open(folder) as opened:
        assert opened.data.engine.rows("SELECT count(*) FROM quarantine") == [(0,)]


@pytest.mark.slow
def test_killed_twenty_times_every_event_is_there_once(tmp_path: Path) -> None:
    kill_at_random(tmp_path, 20, 1)


def test_killed_every_event_is_there_once(tmp_path: Path) -> None:
    kill_at_random(tmp_path, 4, 2)


def test_a_full_disk_of_the_warehouse_keeps_everything_waiting(tmp_path: Path) -> None:
    key = workspace(tmp_path)
    loader = Loader(tmp_path)
    try:
        with Collecting(tmp_path) as collecting, Client(collecting.port, key) as client:
            assert client.post(["first"], properties={"batch": "a"}) == 200
            loaded(tmp_path, 1)
            loader.allow(200_000)
            for number in range(20):
                ids = [f"{number}-{place}" for place in range(50)]
                assert client.post(ids, properties={"batch": f"b{number:02d}", "long": "x" * 500}) == 200
            time.sleep(0.5)
            loader.allow(2**40)
        assert loaded(tmp_path, 1001) == [("a", 1, 1), *((f"b{number:02d}", 50, 50) for number in range(20))]
    finally:
        loader.end(kill=False)
