"""The server itself: a port, a note beside the data, and a quiet end."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from truenorth.base.errors import AccessError
from truenorth.serve.note import remove_note, write_note
from truenorth.serve.run import free_port, url_of

SCRIPT = """
import sys
from pathlib import Path
from starlette.responses import PlainTextResponse
from truenorth.serve.guard import Guard
from truenorth.serve.run import free_port, leave, serve

folder = Path(sys.argv[1])
port = free_port("127.0.0.1", 0)
serve(Guard(PlainTextResponse("here")), folder, "127.0.0.1", port, lambda url: print(url, flush=True))
print("ended")
leave()
"""


def test_the_next_free_port_is_taken() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert free_port("127.0.0.1", port) > port
        with pytest.raises(AccessError) as caught:
            free_port("127.0.0.1", port, tries=1)
    assert caught.value.code == "E_NO_FREE_PORT"
    assert free_port("127.0.0.1", port) == port


@pytest.mark.parametrize("port", [-1, 65536])
def test_a_port_that_is_none(port: int) -> None:
    with pytest.raises(AccessError, match="is not a port"):
        free_port("127.0.0.1", port)


def test_addresses_to_open() -> None:
    assert url_of("127.0.0.1", 1) == "http://127.0.0.1:1"
    assert url_of("::1", 1) == "http://[::1]:1"


def test_the_note_is_private_and_says_where(tmp_path: Path) -> None:
    path = write_note(tmp_path, "http://127.0.0.1:1")
    assert path == tmp_path / ".truenorth" / "serve.json"
    assert path.stat().st_mode & 0o777 == 0o600
    assert json.loads(path.read_text()) == {"url": "http://127.0.0.1:1", "pid": os.getpid()}
    assert [file.name for file in path.parent.iterdir()] == ["serve.json"]
    remove_note(path)
    assert not path.exists()
    remove_note(path)


def test_another_process_keeps_its_note(tmp_path: Path) -> None:
    path = write_note(tmp_path, "http://127.0.0.1:1")
    path.write_text(json.dumps({"url": "x", "pid": os.getpid() + 1}))
    remove_note(path)
    assert path.exists()


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_until_it_is_told_to_stop(tmp_path: Path, ending: signal.Signals) -> None:
    command = [sys.executable, "-c", SCRIPT, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stderr is not None
        url = process.stdout.readline().strip()
        note = tmp_path / ".truenorth" / "serve.json"
        assert json.loads(note.read_text()) == {"url": url, "pid": process.pid}
        with urllib.request.urlopen(url, timeout=60) as response:
            assert response.read() == b"here"
        began = time.monotonic()
        process.send_signal(ending)
        assert process.wait(timeout=60) == 0
        assert time.monotonic() - began < 30
        assert process.stdout.read().strip() == "ended"
        assert process.stderr.read() == ""
    assert not note.exists()
