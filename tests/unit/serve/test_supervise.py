"""The collector is started again when it ends, and told what befell it; both end together."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.serve.collecting import sent_once, spooled, workspace
from truenorth.serve.supervise import Supervised

FAKE = """
import json, os, sys, time
from pathlib import Path
folder = Path(sys.argv[1])
lives = folder / "lives"
lives.write_text(lives.read_text() + "x" if lives.exists() else "x")
life = len(lives.read_text())
if life in (2, 3):
    print(json.dumps({"failed": "E_X: it is so"}))
    sys.exit(1)
if life == 4:
    sys.exit(7)
print(f"http://127.0.0.1:{sys.argv[3]}", flush=True)
sys.stdin.read()
(folder / "ended").write_text("in order")
"""


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "fake_collector.py").write_text(FAKE, "utf-8")
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}{os.pathsep}{os.environ.get('PYTHONPATH', '')}")
    return tmp_path


def test_it_is_started_again_and_every_trouble_is_said_once(fake: Path) -> None:
    ready: list[tuple[str, int]] = []
    trouble: list[str] = []

    async def live() -> None:
        def answers(url: str, pid: int) -> None:
            ready.append((url, pid))
            if len(ready) == 1:
                os.kill(pid, signal.SIGKILL)

        supervised = Supervised(fake, ("127.0.0.1", 99), answers, trouble.append, "fake_collector")
        supervised.start()
        while len(ready) < 2:
            await asyncio.sleep(0.01)
        await supervised.stop()

    asyncio.run(asyncio.wait_for(live(), 30))
    assert [url for url, _ in ready] == ["http://127.0.0.1:99"] * 2
    assert trouble == [
        f"the collector (process {ready[0][1]}) ended with -9 and is started again",
        "E_X: it is so",
        "the collector did not start: it ended with 7",
    ]
    assert (fake / "ended").read_text() == "in order"


def test_it_may_be_stopped_before_it_was_started(fake: Path) -> None:
    async def nothing() -> None:
        await Supervised(fake, ("127.0.0.1", 99), lambda *_: None, lambda _: None, "fake_collector").stop()

    asyncio.run(nothing())
    assert not (fake / "lives").exists()


def note_of(folder: Path, met: Callable[[dict[str, dict[str, int]]], bool]) -> dict[str, dict[str, int]]:
    """What serve.json says once it says something."""
    path = folder / ".truenorth" / "serve.json"
    last = time.monotonic() + 60
    while time.monotonic() < last:
        told = json.loads(path.read_text("utf-8")) if path.exists() else {}
        if told and met(told):
            return dict(told)
        time.sleep(0.02)
    raise AssertionError("it is not said")


def port_of(note: dict[str, dict[str, int]]) -> int:
    return int(str(note["capture"]["url"]).rpartition(":")[2])


def test_serve_runs_pages_and_collector_and_ends_both(tmp_path: Path) -> None:
    key = workspace(tmp_path)
    command = [sys.executable, "-m", "truenorth.cli.main", "serve", "--port", "0", "--capture-port", "0"]
    with subprocess.Popen(
        [*command, "-w", str(tmp_path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as run:
        try:
            first = note_of(tmp_path, lambda told: "capture" in told)
            assert sent_once(port_of(first), key, "a") == 200
            os.kill(first["capture"]["pid"], signal.SIGKILL)
            second = note_of(tmp_path, lambda told: told["capture"] != first["capture"])
            assert second["capture"]["url"] == first["capture"]["url"]
            assert sent_once(port_of(second), key, "b") == 200
            with urllib.request.urlopen(str(second["url"]), timeout=60) as response:
                assert response.status == 200
        finally:
            run.send_signal(signal.SIGINT)
            out, said = run.communicate(timeout=60)
    assert run.returncode == 0
    assert not (tmp_path / ".truenorth" / "serve.json").exists()
    assert "events are collected on http://127.0.0.1:" in out
    assert "ended with -9 and is started again" in said
    with pytest.raises(ProcessLookupError):
        os.kill(second["capture"]["pid"], 0)
    assert spooled(tmp_path)[0] in (["a", "b"], ["b"], [])


def test_a_collector_does_not_outlive_who_started_it(tmp_path: Path) -> None:
    workspace(tmp_path)
    command = [sys.executable, "-m", "truenorth.cli.main", "serve", "--port", "0", "--capture-port", "0"]
    with subprocess.Popen([*command, "-w", str(tmp_path)], stdout=subprocess.DEVNULL) as run:
        note = note_of(tmp_path, lambda told: "capture" in told)
        run.kill()
    last = time.monotonic() + 60
    while Path(f"/proc/{note['capture']['pid']}").exists() and time.monotonic() < last:
        time.sleep(0.02)
    assert time.monotonic() < last


def test_pages_alone(tmp_path: Path) -> None:
    workspace(tmp_path)
    command = [sys.executable, "-m", "truenorth.cli.main", "serve", "--port", "0", "--no-capture"]
    with subprocess.Popen([*command, "-w", str(tmp_path)], stdout=subprocess.PIPE, text=True) as run:
        note_of(tmp_path, lambda told: "url" in told)
        run.terminate()
        out, _ = run.communicate(timeout=60)
    assert "collected" not in out
    assert not (tmp_path / ".truenorth" / "spool").exists()
