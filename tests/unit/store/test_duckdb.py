"""The embedded engine: one file, several readers, one writer at a time, nothing left behind."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from truenorth.base.errors import EngineError
from truenorth.base.table import Column, table_of
from truenorth.store.duckdb import DuckDB, table_name, word_of

FILE = ".truenorth/warehouse.duckdb"


@pytest.fixture
def memory() -> Iterator[DuckDB]:
    engine = DuckDB()
    yield engine
    engine.close()


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[DuckDB]:
    engine = DuckDB(FILE, folder=tmp_path)
    yield engine
    engine.close()


def outside(code: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    """What another process says about the same file."""
    command = [sys.executable, "-c", "import duckdb, sys\n" + code, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


# Values


def test_values_are_plain(memory: DuckDB) -> None:
    [row] = memory.rows(
        "SELECT sum(v), 1.50::DECIMAL(18,2), DATE '2026-01-01', TIMESTAMP '2026-01-01 01:02:03', "
        "TIMESTAMPTZ '2026-01-01 00:00+02', true, 'x', NULL, 0.5::DOUBLE FROM (VALUES (1::HUGEINT), (2)) AS t(v)"
    )
    assert row == (
        3,
        Decimal("1.50"),
        date(2026, 1, 1),
        datetime(2026, 1, 1, 1, 2, 3),
        datetime(2025, 12, 31, 22),
        True,
        "x",
        None,
        0.5,
    )
    assert type(row[0]) is int
    assert type(row[2]) is date


def test_instants_keep_order_names_and_neighbours(memory: DuckDB) -> None:
    sql = (
        "SELECT n AS a, TIMESTAMPTZ '2026-01-01 00:00+00' + n * INTERVAL 1 hour AS a, [TIMESTAMPTZ '2026-01-01'] AS l "
        "FROM range(3) AS t(n) ORDER BY n DESC; "
    )
    assert memory.rows(sql) == [(n, datetime(2026, 1, 1, n), "['2026-01-01 00:00:00+00']") for n in (2, 1, 0)]


def test_no_heavy_package_is_needed_for_values() -> None:
    code = (
        "from truenorth.store.open import open_engine\nfrom pathlib import Path\n"
        "engine = open_engine('duckdb::memory:', Path())\n"
        "engine.rows(\"SELECT TIMESTAMPTZ '2026-01-01', 1.5, sum(1)\")\n"
        "print(sorted({'pytz', 'pandas', 'pyarrow', 'numpy', 'chdb', 'sqlglot'} & set(sys.modules)))"
    )
    said = outside(code)
    assert said.stdout.strip() == "[]", said.stderr


@pytest.mark.parametrize(
    ("kind", "word"),
    [
        ("BIGINT", "integer"), ("UTINYINT", "integer"), ("HUGEINT", "integer"), ("DECIMAL(18,2)", "decimal"),
        ("DOUBLE", "float"), ("FLOAT", "float"), ("VARCHAR", "text"), ("UUID", "text"), ("ENUM('a', 'b')", "text"),
        ("DATE", "date"), ("TIMESTAMP_NS", "timestamp"), ("TIMESTAMP WITH TIME ZONE", "timestamptz"),
        ("BOOLEAN", "boolean"), ("INTEGER[]", "other"), ("STRUCT(a INTEGER)", "other"), ("BLOB", "other"),
        ("JSON", "other"), ("DECIMAL(18,2)[]", "other"), ("TIME", "other"), ("INTERVAL", "other"),
    ],
)  # fmt: skip
def test_words(kind: str, word: str) -> None:
    assert word_of(kind) == word


def test_the_session_is_utc_and_closed_to_changes(memory: DuckDB) -> None:
    assert memory.rows("SELECT current_setting('TimeZone')") == [("UTC",)]
    with pytest.raises(EngineError):
        memory.rows("SET TimeZone = 'Asia/Tokyo'")
    with pytest.raises(EngineError):
        memory.rows("INSTALL httpfs")


def test_python_variables_are_no_tables(memory: DuckDB) -> None:
    orders = [1, 2]
    with pytest.raises(EngineError) as raised:
        memory.rows("SELECT * FROM orders")
    assert raised.value.code == "E_TABLE_NOT_FOUND"
    assert orders


# Names


def test_names_in_schemas(memory: DuckDB) -> None:
    memory.load("sales.orders", table_of([Column("a")], [[1]]), {"a": "integer"})
    memory.write("CREATE VIEW big AS SELECT a + 1 AS a FROM sales.orders")
    assert memory.tables() == ("big", "sales.orders")
    assert memory.rows(f"SELECT a FROM {memory.scan('sales.orders', '')}") == [(1,)]
    assert table_name('a"b.c') == '"a""b"."c"'


def test_an_ambiguous_or_missing_table_prefix_is_explained(memory: DuckDB) -> None:
    memory.load("orders", table_of([Column("amount")], [[1]]), {})
    with pytest.raises(EngineError) as raised:
        memory.rows("SELECT o.amont FROM orders AS o")
    assert (raised.value.code, raised.value.hint) == ("E_COLUMN_NOT_FOUND", 'did you mean "amount"?')
    with pytest.raises(EngineError) as raised:
        memory.rows("SELECT * FROM sale.orders")
    assert raised.value.code == "E_TABLE_NOT_FOUND"


def test_an_empty_warehouse_says_so(memory: DuckDB) -> None:
    with pytest.raises(EngineError) as raised:
        memory.rows("SELECT * FROM orders")
    assert raised.value.hint == "the warehouse holds no tables yet"


# The file


def test_asking_a_missing_warehouse_makes_nothing(tmp_path: Path) -> None:
    for read_only in (True, False):
        engine = DuckDB(FILE, read_only=read_only, folder=tmp_path)
        assert engine.tables() == ()
        assert engine.rows("SELECT 1") == [(1,)]
        assert engine.version("orders", "")
        engine.close()
    assert list(tmp_path.iterdir()) == []


def test_a_warehouse_that_appears_is_seen(tmp_path: Path) -> None:
    reader = DuckDB(FILE, read_only=True, folder=tmp_path)
    assert reader.tables() == ()
    before = reader.version("orders", "")
    writer = DuckDB(FILE, folder=tmp_path)
    writer.write("CREATE TABLE orders AS SELECT 1 AS a")
    assert reader.tables() == ("orders",)
    assert reader.version("orders", "") != before
    reader.close()
    writer.close()


def test_the_file_is_held_for_writing_only_while_writing(disk: DuckDB, tmp_path: Path) -> None:
    disk.write("CREATE TABLE orders AS SELECT 1 AS a")
    assert disk.rows("SELECT a FROM orders") == [(1,)]
    path = tmp_path / FILE
    read = "print(duckdb.connect(sys.argv[1], read_only=True).execute('SELECT a FROM orders').fetchall())"
    assert outside(read, path).stdout.strip() == "[(1,)]"
    with disk.transaction():
        disk.write("INSERT INTO orders VALUES (2)")
        assert "lock" in outside(read, path).stderr
    assert outside(read, path).stdout.strip() == "[(1,), (2,)]"


def test_a_file_that_another_process_writes_is_said_to_be_locked(disk: DuckDB, tmp_path: Path) -> None:
    disk.write("CREATE TABLE orders AS SELECT 1 AS a")
    disk.close()
    disk.patience = 0.2
    hold = "import time; c = duckdb.connect(sys.argv[1]); print('held', flush=True); time.sleep(60)"
    command = [sys.executable, "-c", "import duckdb, sys\n" + hold, str(tmp_path / FILE)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as holder:
        try:
            assert holder.stdout is not None
            assert holder.stdout.readline().strip() == "held"
            for ask in (lambda: disk.rows("SELECT 1"), lambda: disk.write("CREATE TABLE t (a INTEGER)")):
                with pytest.raises(EngineError) as raised:
                    ask()
                assert raised.value.code == "E_WAREHOUSE_LOCKED"
                assert f"process {holder.pid}" in raised.value.message
                assert raised.value.hint
        finally:
            holder.kill()
    assert disk.rows("SELECT a FROM orders") == [(1,)]


def test_a_reader_in_the_way_of_a_writer_lets_go_and_comes_back(disk: DuckDB, tmp_path: Path) -> None:
    disk.write("CREATE TABLE orders AS SELECT 1 AS a")
    reader = DuckDB(FILE, read_only=True, folder=tmp_path)
    assert reader.rows("SELECT a FROM orders") == [(1,)]
    disk.write("INSERT INTO orders VALUES (2)")
    assert reader.rows("SELECT count(*) FROM orders") == disk.rows("SELECT count(*) FROM orders") == [(2,)]
    assert not list(tmp_path.glob("*.wanted"))


def test_a_file_that_is_no_warehouse(tmp_path: Path) -> None:
    path = tmp_path / "warehouse.duckdb"
    path.write_text("hello, I am no database " * 500)
    engine = DuckDB("warehouse.duckdb", folder=tmp_path)
    with pytest.raises(EngineError) as raised:
        engine.rows("SELECT 1")
    assert raised.value.code == "E_WAREHOUSE_UNREADABLE"
    assert str(path) in raised.value.message
    assert path.read_text().startswith("hello")


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / ".truenorth").write_text("a file where a folder is needed")
    engine = DuckDB(FILE, folder=tmp_path)
    with pytest.raises(EngineError) as raised:
        engine.write("CREATE TABLE a (n INTEGER)")
    assert raised.value.code == "E_WAREHOUSE_UNREADABLE"


def test_read_only_refuses_writes(disk: DuckDB, tmp_path: Path) -> None:
    disk.write("CREATE TABLE orders AS SELECT 1 AS a")
    reader = DuckDB(FILE, read_only=True, folder=tmp_path)
    for write in (lambda: reader.write("DROP TABLE orders"), lambda: reader.load("t", table_of([Column("a")], []), {})):
        with pytest.raises(EngineError) as raised:
            write()
        assert raised.value.code == "E_READ_ONLY"
    with pytest.raises(EngineError):
        reader.rows("DROP TABLE orders")
    assert reader.tables() == ("orders",)
    reader.close()


# Transactions and threads


@pytest.mark.parametrize("path", [":memory:", FILE])
def test_a_transaction_is_all_or_nothing(tmp_path: Path, path: str) -> None:
    engine = DuckDB(path, folder=tmp_path)
    engine.write("CREATE TABLE a AS SELECT 1 AS n")
    before = engine.version("a", "")
    with pytest.raises(EngineError), engine.transaction():
        engine.write("INSERT INTO a VALUES (2)")
        assert engine.rows("SELECT count(*) FROM a") == [(2,)]
        engine.write("CREATE TABLE b AS SELECT * FROM nowhere")
    assert engine.rows("SELECT n FROM a") == [(1,)]
    assert engine.tables() == ("a",)
    with engine.transaction(), engine.transaction():
        engine.write("INSERT INTO a VALUES (2)")
    assert engine.rows("SELECT count(*) FROM a") == [(2,)]
    assert engine.version("a", "") != before
    engine.close()


def test_others_see_a_transaction_only_when_it_is_done(memory: DuckDB) -> None:
    memory.write("CREATE TABLE a AS SELECT 1 AS n")
    seen: list[object] = []
    with memory.transaction():
        memory.write("INSERT INTO a VALUES (2)")
        other = threading.Thread(target=lambda: seen.extend(memory.rows("SELECT count(*) FROM a")))
        other.start()
        other.join()
    assert seen == [(1,)]


def test_readers_and_writers_in_threads_end_well(disk: DuckDB) -> None:
    disk.write("CREATE TABLE a AS SELECT 0 AS n")
    failures: list[Exception] = []

    def ask() -> None:
        try:
            for _ in range(40):
                [(low, high)] = disk.rows("SELECT min(n), max(n) FROM a")
                assert low == high
        except Exception as error:  # noqa: BLE001 - whatever a thread raises belongs to the test
            failures.append(error)

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    for number in range(1, 6):
        with disk.transaction():
            disk.write("DELETE FROM a")
            disk.write(f"INSERT INTO a VALUES ({number}), ({number})")
    for thread in threads:
        thread.join()
    assert failures == []
    assert disk.rows("SELECT DISTINCT n FROM a") == [(5,)]


def test_asking_again_opens_nothing_anew(disk: DuckDB, monkeypatch: pytest.MonkeyPatch) -> None:
    disk.write("CREATE TABLE a AS SELECT 1 AS n")
    opened: list[object] = []
    connect = duckdb.connect

    def counted(*asked: object, **how: object) -> duckdb.DuckDBPyConnection:
        opened.append(asked)
        return connect(*asked, **how)  # type: ignore[arg-type]

    monkeypatch.setattr(duckdb, "connect", counted)
    assert [disk.rows("SELECT n FROM a") for _ in range(100)] == [[(1,)]] * 100
    assert len(opened) <= 1


def test_closing_twice_and_asking_again(disk: DuckDB) -> None:
    disk.write("CREATE TABLE a AS SELECT 1 AS n")
    disk.close()
    disk.close()
    assert disk.rows("SELECT n FROM a") == [(1,)]


# Loading


def test_loading_keeps_zones_and_scale(memory: DuckDB) -> None:
    rows = [[datetime(2026, 1, 1, tzinfo=UTC), Decimal("1E+2")], [None, Decimal("0.00001")]]
    memory.load("t", table_of([Column("at"), Column("n")], rows), {})
    assert memory.describe("SELECT * FROM t") == (("at", "timestamptz"), ("n", "decimal"))
    assert memory.rows("SELECT * FROM t") == [
        (datetime(2026, 1, 1), Decimal("100.00000")),
        (None, Decimal("0.00001")),
    ]
