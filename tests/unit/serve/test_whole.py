"""`truenorth serve` as a whole: what lay in the spool, was sent twice, came late or was spoilt by the disk."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.unit.serve.collecting import Client, Collecting, spooled, workspace
from truenorth import workspace as doors
from truenorth.collect.spool.segment import path_of, segments

DEADLINE = 60.0


@contextmanager
def served(folder: Path, ending: signal.Signals) -> Iterator[int]:
    """The port of the collector while all is served; then it is ended."""
    command = [sys.executable, "-m", "truenorth.cli.main", "serve", "--port", "0", "--capture-port", "0"]
    note = folder / ".truenorth" / "serve.json"
    note.unlink(missing_ok=True)
    with subprocess.Popen([*command, "-w", str(folder)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as run:
        try:
            last = time.monotonic() + DEADLINE
            while not (note.exists() and "capture" in (told := json.loads(note.read_text("utf-8")))):
                assert time.monotonic() < last and run.poll() is None
                time.sleep(0.02)
            yield int(told["capture"]["url"].rpartition(":")[2])
        finally:
            run.send_signal(ending)
            run.communicate(timeout=60)


def ids(folder: Path, wanted: int) -> list[str]:
    """The ids of the events in the tables, by time, once there are as many as wanted."""
    last = time.monotonic() + DEADLINE
    while True:
        with doors.open(folder) as opened:
            found = []
            if "events" in opened.data.engine.tables():
                found = opened.data.engine.rows("SELECT event_id FROM events ORDER BY time, event_id")
        if len(found) >= wanted or time.monotonic() > last:
            return [str(one) for (one,) in found]
        time.sleep(0.1)


def test_twice_late_out_of_order_and_through_a_crash(tmp_path: Path) -> None:
    key = workspace(tmp_path)
    with Collecting(tmp_path) as collecting, Client(collecting.port, key) as client:
        for day, names in ((3, ["c1", "c2"]), (1, ["a1"]), (2, ["b1", "b2"]), (1, ["a1", "a2"]), (3, ["c2"])):
            assert client.post(names, time=f"2026-01-0{day}T00:00:00Z") == 200
    with served(tmp_path, signal.SIGKILL) as port:
        assert ids(tmp_path, 6) == ["a1", "a2", "b1", "b2", "c1", "c2"]
        with Client(port, key) as client:
            assert client.post(["old"], time="2019-05-05T00:00:00Z") == 200
            assert client.post(["b1", "new"], time="2026-01-02T00:00:00Z") == 200
    with served(tmp_path, signal.SIGTERM):
        found = ids(tmp_path, 8)
    assert found == ["old", "a1", "a2", "b1", "b2", "new", "c1", "c2"]


def test_what_a_disk_has_spoilt_is_set_aside_and_the_rest_is_loaded(tmp_path: Path) -> None:
    key = workspace(tmp_path)
    with Collecting(tmp_path) as collecting, Client(collecting.port, key) as client:
        for number in range(9):
            assert client.post([f"{number}"], filler="x" * 100) == 200
    spool = tmp_path / ".truenorth" / "spool"
    last = path_of(spool, segments(spool)[-1])
    data = bytearray(last.read_bytes())
    for at in (len(data) // 2, len(data) - 1):
        data[at] ^= 0xFF
    last.write_bytes(data)
    left = spooled(tmp_path)[0]
    assert len(left) == 7
    with served(tmp_path, signal.SIGTERM) as port, Client(port, key) as client:
        assert client.post(["after"]) == 200
        found = ids(tmp_path, 8)
    assert sorted(found) == sorted([*left, "after"])
    assert len(list((spool / "broken").iterdir())) == 2
