"""An engine that writes again and again keeps the file open, and lets others have it all the same."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from tests.unit.store.test_turn import FILE, READER, WRITER, running, told
from truenorth.base.errors import EngineError
from truenorth.store import duckdb as module
from truenorth.store.duckdb import DuckDB


@pytest.fixture
def loader(tmp_path: Path) -> DuckDB:
    engine = DuckDB(FILE, folder=tmp_path)
    engine.lingers = 30.0
    engine.write("CREATE TABLE orders AS SELECT 1 AS a")
    engine.write("CREATE TABLE events AS SELECT 1 AS a")
    return engine


def held(path: Path) -> bool:
    """Whether this process has the file open for writing."""
    try:
        duckdb.connect(str(path), read_only=True, config={"threads": 1}).close()
    except duckdb.ConnectionException:
        return True
    return False


def test_it_stays_open_between_transactions_and_closes_when_told(loader: DuckDB, tmp_path: Path) -> None:
    assert held(tmp_path / FILE)
    loader.close()
    assert not held(tmp_path / FILE)


def test_it_lets_go_after_its_time(loader: DuckDB, tmp_path: Path) -> None:
    loader.lingers = 0.1
    deadline = time.monotonic() + 60
    while held(tmp_path / FILE) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not held(tmp_path / FILE)


def test_questions_of_the_same_process_read_beside_it(loader: DuckDB, tmp_path: Path) -> None:
    pages = DuckDB(FILE, read_only=True, folder=tmp_path)
    with loader.transaction():
        loader.write("INSERT INTO orders VALUES (2)")
        assert pages.rows("SELECT count(*) FROM orders") == [(1,)]
    assert pages.rows("SELECT count(*) FROM orders") == [(2,)]
    loader.close()
    assert pages.rows("SELECT count(*) FROM orders") == [(2,)]
    pages.close()


def test_who_reads_beside_it_lets_go_when_it_is_gone(
    loader: DuckDB, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LINGERS", 0.1)
    pages = DuckDB(FILE, read_only=True, folder=tmp_path)
    assert pages.rows("SELECT count(*) FROM orders") == [(1,)]
    loader.close()
    deadline = time.monotonic() + 60
    while held(tmp_path / FILE) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not held(tmp_path / FILE)


def test_other_processes_get_their_turn_while_it_writes_without_a_pause(loader: DuckDB, tmp_path: Path) -> None:
    stop = threading.Event()
    pages = DuckDB(FILE, read_only=True, folder=tmp_path)
    asked: list[object] = []

    def load() -> None:
        while not stop.is_set():
            with loader.transaction("events"):
                loader.write("INSERT INTO events VALUES (3)")

    def ask() -> None:
        while not stop.is_set():
            asked.append(pages.rows("SELECT count(*) FROM orders")[0][0])

    workers = [threading.Thread(target=work) for work in (load, ask)]
    for worker in workers:
        worker.start()
    try:
        with running(READER, tmp_path / FILE) as reader:
            began = time.monotonic()
            assert told(reader, "ask") == "1"
            assert told(reader, "ask") == "1"
            assert time.monotonic() - began < 30
        with running(WRITER, tmp_path / FILE) as writer:
            assert told(writer) == "writing"
            told(writer, "go on")
            assert writer.wait(timeout=60) == 0
    finally:
        stop.set()
        for worker in workers:
            worker.join()
    assert asked
    assert loader.rows("SELECT count(*) FROM orders") == [(2,)]
    assert not [path for ending in ("wanted", "asked") for path in tmp_path.glob(f"*.{ending}")]


def test_the_version_changes_with_what_a_transaction_says_it_changes(loader: DuckDB, tmp_path: Path) -> None:
    loader.write("CREATE VIEW seen AS SELECT * FROM events")
    pages = DuckDB(FILE, read_only=True, folder=tmp_path)
    before = {name: pages.version(name, "") for name in ("orders", "events", "seen", "")}
    with loader.transaction("EVENTS"):
        loader.write("INSERT INTO events VALUES (3)")
    after = {name: pages.version(name, "") for name in before}
    assert [name for name in before if before[name] != after[name]] == ["events", "seen", ""]
    loader.write("INSERT INTO orders VALUES (3)")
    assert pages.version("orders", "") != after["orders"]


def test_the_version_is_another_when_the_file_was_let_go(loader: DuckDB, tmp_path: Path) -> None:
    pages = DuckDB(FILE, read_only=True, folder=tmp_path)
    assert pages.rows("SELECT count(*) FROM orders") == [(1,)]
    before = pages.version("orders", "")
    pages.close()
    loader.close()
    with running(WRITER, tmp_path / FILE) as writer:
        assert told(writer) == "writing"
        told(writer, "go on")
        assert writer.wait(timeout=60) == 0
    loader.write("INSERT INTO events VALUES (3)")
    assert pages.version("orders", "") != before
    assert pages.rows("SELECT count(*) FROM orders") == [(2,)]


def test_columns_are_lent_to_a_transaction(loader: DuckDB) -> None:
    table = pa.table({"a": [7, 8]})
    with loader.transaction("events"), loader.lent("batch", table):
        loader.write("INSERT INTO events SELECT a FROM batch")
    assert loader.rows("SELECT a FROM events ORDER BY a") == [(1,), (7,), (8,)]
    assert loader.tables() == ("events", "orders")


def test_a_file_that_failed_is_opened_anew(loader: DuckDB) -> None:
    with pytest.raises(EngineError, match="the disk fails"), loader._using(), loader._explained():
        raise duckdb.FatalException("FATAL Error: the disk fails")
    assert loader._connection is None
    assert loader.rows("SELECT count(*) FROM orders") == [(1,)]
