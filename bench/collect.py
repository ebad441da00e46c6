"""Events on their way in, sent by wrk from this machine: how many are acknowledged, every one of them synced to disk.

Bodies are put together of 20,000 events drawn beforehand; every event gets an id of its own. The generator and what it
measures share the machine's cores. Pages and loading run beside the collector, as `truenorth serve` runs them.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from bench.data import FOLDER
from bench.engine import Measure
from bench.figure import Figure
from bench.peer import PeerMissing
from bench.typical import events
from truenorth.access.key import create_key
from truenorth.access.state import state_of

SECONDS = 10
DRAWN = 20_000
BATCH = 100
BARS = {
    "collect.ack_batched_eps": 300_000.0,
    "collect.ack_single_rps": 8_000.0,
    "collect.idle_mb": 300.0,
    "collect.busy_mb": 1_500.0,
}

LUA = """
local heads = {}
for line in io.lines("EVENTS") do heads[#heads + 1] = line end
local headers = {["Authorization"] = "Bearer KEY", ["Content-Type"] = "application/json"}
local parts, sent, run = {}, 0, os.time()
function request()
  for place = 1, BATCH do
    sent = sent + 1
    parts[place * 3 - 2] = heads[(sent * 7) % #heads + 1]
    parts[place * 3 - 1] = run * 100000000 + sent
    parts[place * 3] = place < BATCH and '"},' or '"}]'
  end
  return wrk.format("POST", "/v1/events", headers, "[" .. table.concat(parts))
end
"""


@dataclass(frozen=True)
class Served:
    """A workspace whose pages are served and whose events are collected."""

    folder: Path
    url: str
    key: str
    processes: tuple[int, int]


@contextmanager
def served() -> Iterator[Served]:
    """A new workspace, served until the end."""
    folder = FOLDER / "collect"
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "metrics").mkdir(parents=True)
    (folder / "truenorth.yml").write_text("version: 1\nname: Bench\n", "utf-8")
    state = state_of(folder)
    _, key = create_key(state, "web", datetime(2026, 1, 1))
    state.close()
    ports = ("--port", "0", "--capture-port", "0")
    command = [sys.executable, "-m", "truenorth.cli.main", "serve", *ports, "-w", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            note = note_of(folder)
            yield Served(folder, note["capture"]["url"], key, (process.pid, note["capture"]["pid"]))
        finally:
            process.terminate()


def note_of(folder: Path) -> dict[str, dict[str, int | str]]:
    """What serve.json says once events are collected."""
    path = folder / ".truenorth" / "serve.json"
    for _ in range(600):
        if path.exists() and "capture" in (told := json.loads(path.read_text("utf-8"))):
            return dict(told)
        time.sleep(0.05)
    raise RuntimeError("nothing is served")


def sent(where: Served, batch: int, connections: int) -> float:
    """Requests acknowledged a second by wrk; all of them must be."""
    wrk = shutil.which("wrk")
    if wrk is None:
        raise PeerMissing("wrk is not installed")
    lines = where.folder / "events.txt"
    lines.write_text("".join(json.dumps(event)[:-1] + ', "id": "\n' for event in events(DRAWN)), "utf-8")
    script = where.folder / "send.lua"
    text = LUA.replace("EVENTS", str(lines)).replace("KEY", where.key).replace("BATCH", str(batch))
    script.write_text(text, "utf-8")
    command = [wrk, "-t1", f"-c{connections}", f"-d{SECONDS}s", "--timeout", "10s", "-s", str(script), where.url]
    said = subprocess.run(command, capture_output=True, text=True, check=True, timeout=SECONDS * 6).stdout
    wrong = re.search(r"Non-2xx.*|Socket errors.*", said)
    if wrong:
        raise RuntimeError(f"not all was acknowledged: {wrong[0]}")
    found = re.search(r"Requests/sec:\s*([\d.]+)", said)
    assert found is not None, said
    return float(found[1])


def acknowledged(name: str, batch: int, connections: int) -> Iterator[Figure | PeerMissing]:
    """Events a second that are acknowledged in a burst, sent so many at a time."""
    with served() as where:
        try:
            rate = sent(where, batch, connections) * batch
        except PeerMissing as missing:
            yield missing
            return
        told = json.loads((where.folder / ".truenorth" / "capture.json").read_text("utf-8"))
        assert sum(line["events"] for line in told["sources"]) >= rate * (SECONDS - 1.5)
    yield Figure(name, rate, "1/s", bar=BARS[name], higher=True)


def megabytes(pid: int, field: str) -> float:
    """What a process holds in memory (VmRSS), or has held at most (VmHWM)."""
    found = re.search(rf"{field}:\s*(\d+) kB", Path(f"/proc/{pid}/status").read_text("ascii"))
    assert found is not None
    return int(found[1]) / 1024


def idle(name: str) -> Iterator[Figure | PeerMissing]:
    """The memory of both processes, once the first page was seen and nothing happens."""
    with served() as where:
        time.sleep(3)
        held = sum(megabytes(pid, "VmRSS") for pid in where.processes)
    yield Figure(name, held, "MB", bar=BARS[name])


def busy(name: str) -> Iterator[Figure | PeerMissing]:
    """The most memory that both processes hold while events come in as fast as they can, and are loaded."""
    with served() as where:
        try:
            sent(where, BATCH, 32)
        except PeerMissing as missing:
            yield missing
            return
        time.sleep(10)
        held = sum(megabytes(pid, "VmHWM") for pid in where.processes)
    yield Figure(name, held, "MB", bar=BARS[name])


FIGURES: dict[str, Measure] = {
    "collect.ack_batched_eps": partial(acknowledged, batch=BATCH, connections=32),
    "collect.ack_single_rps": partial(acknowledged, batch=1, connections=64),
    "collect.idle_mb": idle,
    "collect.busy_mb": busy,
}
