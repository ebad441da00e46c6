"""The process that collects: it keeps what it acknowledges however it ends, and says how it is."""

from __future__ import annotations

import gzip
import http.client
import json
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from random import Random

import pytest

from tests.unit.serve.collecting import Client, Collecting, sent_once, spooled, workspace
from truenorth.access.key import create_key, revoke_key
from truenorth.access.state import state_of
from truenorth.base.errors import AccessError
from truenorth.collect.spool.reader import forget, frames
from truenorth.collect.spool.segment import Position
from truenorth.collect.spool.writer import Room
from truenorth.serve.collector import opened
from truenorth.workspace import wall_clock


def until(met: Callable[[], bool]) -> None:
    """Wait for something that is to be soon."""
    last = time.monotonic() + 60
    while not met():
        assert time.monotonic() < last
        time.sleep(0.02)


def status_of(folder: Path, met: str) -> dict[str, object]:
    """What capture.json tells once it tells something."""
    path = folder / ".truenorth" / "capture.json"
    until(lambda: path.exists() and met in path.read_text("utf-8"))
    return dict(json.loads(path.read_text("utf-8")))


@pytest.mark.parametrize("ending", [signal.SIGTERM, None])
def test_it_ends_in_order_when_it_is_told_or_left_alone(tmp_path: Path, ending: signal.Signals | None) -> None:
    key = workspace(tmp_path)
    with Collecting(tmp_path) as collecting:
        assert sent_once(collecting.port, key, "a", "b") == 200
        told = status_of(tmp_path, '"events":2')
        assert (told["pid"], told["url"]) == (collecting.process.pid, collecting.line)
        assert (tmp_path / ".truenorth" / "capture.json").stat().st_mode & 0o777 == 0o600
        assert sent_once(collecting.port, key, "c") == 200
        began = time.monotonic()
        assert collecting.end(ending) == 0
        assert time.monotonic() - began < 30
    assert spooled(tmp_path) == (["a", "b", "c"], [])
    assert status_of(tmp_path, '"events":3')["blocked"] == ""


def test_keys_count_from_when_they_are_made_until_they_are_revoked(tmp_path: Path) -> None:
    workspace(tmp_path)
    with Collecting(tmp_path) as collecting:
        assert sent_once(collecting.port, "tn_web_wrong", "a") == 401
        with closing(state_of(tmp_path)) as state, Client(collecting.port, "") as client:
            _, key = create_key(state, "ios", wall_clock())
            client.key(key)
            until(lambda: client.post(["b"]) == 200)
            revoke_key(state, key, wall_clock())
            until(lambda: client.post(["d"]) == 401)
            assert client.post(["e"]) == 401
    assert "e" not in spooled(tmp_path)[0]


def test_a_spool_that_another_process_writes(tmp_path: Path) -> None:
    spool = opened(tmp_path / "spool", Room())
    with pytest.raises(AccessError, match="already collects"):
        opened(tmp_path / "spool", Room(), patience=0.1)
    timer = threading.Timer(0.2, spool.close)
    timer.start()
    opened(tmp_path / "spool", Room()).close()
    timer.join()


def test_a_workspace_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    workspace(tmp_path)
    (tmp_path / "truenorth.yml").write_text("version: [", "utf-8")
    collecting = Collecting(tmp_path)
    assert "truenorth.yml" in json.loads(collecting.line)["failed"]
    assert collecting.end() == 1


def test_a_folder_that_takes_no_spool_is_told(tmp_path: Path) -> None:
    workspace(tmp_path)
    (tmp_path / ".truenorth" / "spool").write_text("no folder", "utf-8")
    collecting = Collecting(tmp_path)
    assert "spool" in json.loads(collecting.line)["failed"]
    assert collecting.end() == 1


def test_a_head_that_does_not_end_holds_nobody_up(tmp_path: Path) -> None:
    key = workspace(tmp_path)
    with Collecting(tmp_path) as collecting:
        slow = [http.client.HTTPConnection("127.0.0.1", collecting.port, timeout=20) for _ in range(200)]
        for one in slow:
            one.connect()
            one.sock.sendall(b"POST /v1/events HTTP/1.1\r\nHost: x\r\nX-Slow: ")
        assert sent_once(collecting.port, key, "a") == 200
        huge = http.client.HTTPConnection("127.0.0.1", collecting.port, timeout=20)
        huge.request("GET", "/health", headers={"x-large": "x" * 300_000})
        with suppress(ConnectionError):
            assert huge.getresponse().status in (400, 431)
        for one in [*slow, huge]:
            one.close()


def test_a_body_whose_end_cannot_be_told_is_a_bad_request(tmp_path: Path) -> None:
    key = workspace(tmp_path)
    with Collecting(tmp_path) as collecting:
        with closing(http.client.HTTPConnection("127.0.0.1", collecting.port, timeout=20)) as one:
            one.putrequest("POST", "/v1/events")
            one.putheader("authorization", f"Bearer {key}")
            one.putheader("transfer-encoding", "chunked")
            one.endheaders(b"ZZ\r\n")
            assert one.getresponse().status == 400
        assert sent_once(collecting.port, key, "a") == 200


LARGE = 63 * 1024 * 1024
HUGE = {
    "bomb": gzip.compress(b"\0" * (LARGE * 4), 1),
    "lists": b"[" + b"[]," * (LARGE // 3) + b"[]]",
    "objects": gzip.compress(b"[" + b"{}," * (LARGE // 3) + b"{}]", 1),
    "deep": b'{"a":' * (LARGE // 5),
    "lines": b'{"event":"a"}\n' * (LARGE // 14),
    "messages": b"\x0a\x00" * (LARGE // 2),
    "text": b'[{"event": "a", "properties": {"x": "' + b"y" * LARGE + b'"}}]',
}


def test_bodies_of_any_kind_and_size_neither_end_it_nor_fill_the_memory(tmp_path: Path) -> None:
    key = workspace(tmp_path)
    found = {}
    with Collecting(tmp_path) as collecting:
        for place in ("/v1/events", "/v1/metrics"):
            for name, body in HUGE.items():
                with closing(http.client.HTTPConnection("127.0.0.1", collecting.port, timeout=120)) as connection:
                    connection.request("POST", f"{place}?key={key}", body)
                    found[place, name] = connection.getresponse().status
        assert sent_once(collecting.port, key, "a") == 200
        status = Path(f"/proc/{collecting.process.pid}/status").read_text("ascii")
    assert found.pop(("/v1/events", "text")) == 200
    assert set(found.values()) <= {400, 413}, found
    most = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))
    assert most < 1_200_000


def kill_at_random(folder: Path, times: int, seed: int) -> None:
    """SIGKILL under load, so many times: all that was acknowledged is there, once, and nothing is half."""
    key = workspace(folder)
    random = Random(seed)
    said: list[str] = []
    for life in range(times):
        with Collecting(folder) as collecting:
            threads = [
                threading.Thread(target=send_until_it_ends, args=(collecting.port, key, f"{life}-{number}", said))
                for number in range(4)
            ]
            for thread in threads:
                thread.start()
            time.sleep(random.uniform(0.02, 0.3))
            collecting.end(signal.SIGKILL)
            for thread in threads:
                thread.join()
    assert len(said) > times
    with Collecting(folder) as collecting:
        collecting.end(signal.SIGTERM)
    found, broken = spooled(folder)
    assert broken == []
    assert len(found) == len(set(found))
    assert set(said) - set(found) == set()


def send_until_it_ends(port: int, key: str, name: str, said: list[str]) -> None:
    """Requests of several events, one after the other; `said` gets the ids of those that are acknowledged."""
    with Client(port, key) as client, suppress(OSError, http.client.HTTPException):
        for number in range(100_000):
            ids = [f"{name}-{number}-{event}" for event in range(number % 7 + 1)]
            if client.post(ids, filler="x" * (number % 900)) == 200:
                said += ids


def test_killed_at_random_moments_it_keeps_what_it_acknowledged(tmp_path: Path) -> None:
    kill_at_random(tmp_path, 5, 1)


@pytest.mark.slow
def test_killed_very_often_it_keeps_what_it_acknowledged(tmp_path: Path) -> None:
    kill_at_random(tmp_path, 40, 2)


FULL = """
import os
from truenorth.collect.spool import writer
from truenorth.collect.spool.reader import forget, frames
from truenorth.collect.spool.segment import Position
from truenorth.collect.spool.writer import Room
from truenorth.serve import collector
real = os.writev
def writev(file, parts):
    limit = int(open({limit!r}).read())
    size = sum(map(len, parts))
    if os.fstat(file).st_size + size > limit:
        real(file, [b"".join(parts)[: size // 2]])
        raise OSError(28, "No space left on device")
    return real(file, parts)
os.writev = writev
collector.main(room=Room(floor=0))
"""


def test_a_disk_that_is_full_for_a_while_loses_nothing(tmp_path: Path) -> None:
    """Half a write, an error, and later room: what was acknowledged is there, what was not is not."""
    key = workspace(tmp_path)
    limit = tmp_path / "limit"
    limit.write_text("2000")
    with (
        Collecting(tmp_path, code=FULL.format(limit=str(limit))) as collecting,
        Client(collecting.port, key) as client,
    ):
        statuses = [client.post([f"a{number}", f"b{number}"]) for number in range(30)]
        assert set(statuses) == {200, 503}
        limit.write_text("1000000")
        until(lambda: client.post(["room"]) == 200)
        assert client.post(["c"]) == 200
        status_of(tmp_path, '"blocked":""')
    kept = [name for number, status in enumerate(statuses) if status == 200 for name in (f"a{number}", f"b{number}")]
    assert spooled(tmp_path) == ([*kept, "room", "c"], [])


SMALL = """
import resource, sys
from pathlib import Path
from truenorth.collect.spool.reader import forget, frames
from truenorth.collect.spool.segment import Position
from truenorth.collect.spool.writer import Room
from truenorth.serve import collector
most = 1 << 30
if not Path(sys.argv[1], ".truenorth", "spool").is_mount():
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, resource.RLIM_INFINITY))
    most = 1_900_000
collector.main(room=Room(floor=0, segment=400_000, most=most))
"""


@contextmanager
def small_disk(spool: Path) -> Iterator[None]:
    """A disk of two megabytes for the spool; where nothing may be mounted, files and the spool are limited instead."""
    spool.mkdir(parents=True)
    command = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(spool)]
    mounted = shutil.which("mount") and subprocess.run(command, capture_output=True, check=False).returncode == 0
    try:
        yield
    finally:
        if mounted:
            subprocess.run(["umount", str(spool)], check=True)


def test_a_small_disk_that_is_full_says_so_and_goes_on_when_there_is_room(tmp_path: Path) -> None:
    key = workspace(tmp_path)
    spool = tmp_path / ".truenorth" / "spool"
    said: list[str] = []
    loaded: list[str] = []

    def load() -> None:
        """As an app does: read all there is, and delete the segments that are read."""
        end = Position()
        for frame, after in frames(spool, end):
            loaded.extend(event["id"] for event in json.loads(frame.body) if event["id"] not in loaded)
            end = after
        forget(spool, end)

    with small_disk(spool):
        with Collecting(tmp_path, code=SMALL) as collecting, Client(collecting.port, key) as client:
            for turn in range(2):
                statuses = []
                while len(statuses) < 2000 and statuses[-3:] != [503] * 3:
                    ids = [f"{turn}-{len(statuses)}-{event}" for event in range(3)]
                    statuses.append(client.post(ids, filler="x" * (3000 + len(statuses) % 5000)))
                    if statuses[-1] == 200:
                        said += ids
                assert statuses[-1] == 503 and statuses.count(200) > 20
                status_of(tmp_path, '"blocked":"E_SPOOL_FULL')
                load()
                status_of(tmp_path, '"blocked":""')
            assert client.post(["last"]) == 200
        load()
    assert loaded == [*said, "last"]
