"""Files asked again are kept as tables, and read anew when they change."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from truenorth.base.errors import TrueNorthError
from truenorth.store.duckdb import DuckDB


def total(engine: DuckDB) -> object:
    return engine.rows(f"SELECT sum(amount) FROM {engine.scan('', 'orders.csv')} AS orders")[0][0]


def write(folder: Path, text: str, at: int) -> None:
    path = folder / "orders.csv"
    path.write_text(text, "utf-8")
    os.utime(path, ns=(at, at))


def test_a_file_is_kept_from_its_second_question_and_read_anew_when_it_changes(tmp_path: Path) -> None:
    write(tmp_path, "id,amount\n1,10\n2,20\n", 10**18)
    engine = DuckDB(folder=tmp_path)
    assert [total(engine) for _ in range(3)] == [30, 30, 30]
    tables = "SELECT count(*) FROM duckdb_tables() WHERE temporary"
    assert engine.rows(tables) == [(1,)]
    write(tmp_path, "id,amount\n1,10\n2,20\n3,5\n", 2 * 10**18)
    assert total(engine) == 35
    assert engine.rows(tables) == [(1,)]
    engine.close()
    assert total(engine) == 35


def test_one_question_keeps_nothing(tmp_path: Path) -> None:
    write(tmp_path, "id,amount\n1,10\n", 10**18)
    engine = DuckDB(folder=tmp_path)
    total(engine)
    assert engine.rows("SELECT count(*) FROM duckdb_tables() WHERE temporary") == [(0,)]


def test_a_file_that_turns_bad_says_so(tmp_path: Path) -> None:
    write(tmp_path, "id,amount\n1,10\n", 10**18)
    engine = DuckDB(folder=tmp_path)
    assert [total(engine), total(engine)] == [10, 10]
    write(tmp_path, 'id,amount\n1,10\n2,"2\n', 2 * 10**18)
    with pytest.raises(TrueNorthError):
        total(engine)


def test_types_of_a_kept_file_are_those_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "times.csv").write_text("at,day,code\n2026-01-01T00:30:00+02:00,2026-01-01,007\n", "utf-8")
    engine = DuckDB(folder=tmp_path)
    sql = f"SELECT * FROM {engine.scan('', 'times.csv')} AS times"
    assert engine.describe(sql) == engine.describe(sql) == engine.describe(sql)
    assert engine.rows(sql) == engine.rows(sql)
