"""Processes take turns at a warehouse: readers let go for a writer, and wait until it is done."""

from __future__ import annotations

import gc
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest

from truenorth.base.errors import EngineError
from truenorth.store import turn
from truenorth.store.duckdb import DuckDB
from truenorth.store.turn import Turn

FILE = "warehouse.duckdb"
READER = """
import sys
from pathlib import Path
from truenorth.store.duckdb import DuckDB
engine = DuckDB(sys.argv[1], read_only=True)
for line in sys.stdin:
    print(engine.rows("SELECT count(*) FROM orders")[0][0], flush=True)
"""
WRITER = """
import sys, time
from truenorth.store.duckdb import DuckDB
engine = DuckDB(sys.argv[1])
with engine.transaction():
    engine.write("INSERT INTO orders VALUES (2)")
    print("writing", flush=True)
    sys.stdin.readline()
"""


@contextmanager
def running(script: str, path: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that works on the warehouse."""
    command = [sys.executable, "-c", script, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def told(process: subprocess.Popen[str], line: str = "") -> str:
    """What a process says next, after a line to it."""
    assert process.stdin is not None and process.stdout is not None
    if line:
        process.stdin.write(line + "\n")
        process.stdin.flush()
    return process.stdout.readline().strip()


@pytest.fixture
def warehouse(tmp_path: Path) -> Path:
    engine = DuckDB(FILE, folder=tmp_path)
    engine.write("CREATE TABLE orders AS SELECT 1 AS a")
    engine.close()
    return tmp_path / FILE


def test_an_idle_reader_in_another_process_lets_go(warehouse: Path) -> None:
    with running(READER, warehouse) as reader:
        assert told(reader, "ask") == "1"
        writer = DuckDB(str(warehouse))
        began = time.monotonic()
        writer.write("INSERT INTO orders VALUES (2)")
        assert time.monotonic() - began < 30
        assert told(reader, "ask") == "2"
        assert not list(warehouse.parent.glob("*.wanted"))


def test_a_question_waits_until_the_writer_is_done(warehouse: Path) -> None:
    reader = DuckDB(str(warehouse), read_only=True)
    assert reader.rows("SELECT count(*) FROM orders") == [(1,)]
    with running(WRITER, warehouse) as writer:
        assert told(writer) == "writing"
        timer = threading.Timer(0.3, lambda: told(writer, "go on"))
        timer.start()
        assert reader.rows("SELECT count(*) FROM orders") == [(2,)]
        timer.join()


def test_a_reader_waits_no_longer_than_it_has_patience(warehouse: Path) -> None:
    reader = DuckDB(str(warehouse), read_only=True)
    reader.patience = 0.1
    with running(WRITER, warehouse) as writer:
        assert told(writer) == "writing"
        with pytest.raises(EngineError) as caught:
            reader.rows("SELECT count(*) FROM orders")
        assert caught.value.code == "E_WAREHOUSE_LOCKED"
        assert f"process {writer.pid}" in caught.value.message
    assert reader.rows("SELECT count(*) FROM orders") == [(1,)]


def test_many_questions_at_once_do_not_keep_a_writer_out(warehouse: Path) -> None:
    reader = DuckDB(str(warehouse), read_only=True)
    stop = threading.Event()
    seen: list[object] = []

    def ask() -> None:
        while not stop.is_set():
            seen.append(reader.rows("SELECT count(*) FROM orders, range(20000)")[0][0])

    askers = [threading.Thread(target=ask) for _ in range(3)]
    for asker in askers:
        asker.start()
    try:
        with running(WRITER, warehouse) as writer:
            assert told(writer) == "writing"
            told(writer, "go on")
            assert writer.wait(timeout=60) == 0
        before = len(seen)
        deadline = time.monotonic() + 60
        while len(seen) < before + 6 and time.monotonic() < deadline:
            time.sleep(0.01)
    finally:
        stop.set()
        for asker in askers:
            asker.join()
    assert set(seen) == {20000, 40000}
    assert seen[-1] == 40000


def test_a_writer_that_does_not_get_its_turn_says_who_holds_the_file(warehouse: Path) -> None:
    writer = DuckDB(str(warehouse))
    writer.patience = 0.1
    with running(WRITER, warehouse) as other:
        assert told(other) == "writing"
        with pytest.raises(EngineError, match=f"process {other.pid}") as caught:
            writer.write("INSERT INTO orders VALUES (3)")
    assert caught.value.code == "E_WAREHOUSE_LOCKED"
    assert not list(warehouse.parent.glob("*.wanted"))


def test_two_writers_come_one_after_the_other(warehouse: Path) -> None:
    writer = DuckDB(str(warehouse))
    with running(WRITER, warehouse) as other:
        assert told(other) == "writing"
        timer = threading.Timer(0.2, lambda: told(other, "go on"))
        timer.start()
        writer.write("INSERT INTO orders VALUES (3)")
        timer.join()
    assert writer.rows("SELECT count(*) FROM orders") == [(3,)]


def test_the_sign_of_a_process_that_ended_is_ignored_and_taken_away(
    warehouse: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turn, "FRESH", 0.1)
    sign = warehouse.with_name(FILE + ".wanted")
    sign.touch()
    reader = DuckDB(str(warehouse), read_only=True)
    assert reader.rows("SELECT count(*) FROM orders") == [(1,)]
    assert not sign.exists()


def test_a_sign_is_fresh_as_long_as_it_is_touched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = SimpleNamespace(now=1.0, monotonic=lambda: clock.now)
    monkeypatch.setattr(turn, "time", clock)
    writer, reader = Turn(tmp_path / FILE), Turn(tmp_path / FILE)
    assert not reader.wanted()
    for _ in range(5):
        writer.want()
        assert reader.wanted()
        clock.now += turn.FRESH * 0.9
        # Long enough for the time of a file to be another.
        time.sleep(0.02)
    writer.taken()
    assert not reader.wanted()


def test_one_thread_looks_after_all_engines_and_none_when_they_are_gone(warehouse: Path) -> None:
    engines = [DuckDB(str(warehouse), read_only=True) for _ in range(3)]
    for engine in engines:
        assert engine.rows("SELECT 1") == [(1,)]
    assert [thread.name for thread in threading.enumerate()].count("turns") == 1
    forgotten = weakref.ref(engines.pop())
    del engine
    deadline = time.monotonic() + 60
    while forgotten() is not None and time.monotonic() < deadline:
        gc.collect()
        time.sleep(0.02)
    assert forgotten() is None


def test_a_process_ends_quietly_while_it_still_holds_the_file(warehouse: Path) -> None:
    script = "import sys; from truenorth.store.duckdb import DuckDB; e = DuckDB(sys.argv[1]); print(e.rows('SELECT 1'))"
    for _ in range(3):
        command = [sys.executable, "-c", script, str(warehouse)]
        ended = subprocess.run(command, capture_output=True, text=True, check=False)
        assert (ended.returncode, ended.stdout, ended.stderr) == (0, "[(1,)]\n", "")
