"""Selects that questions are built upon are kept as tables while their version stands."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from truenorth.base.table import Column, Table
from truenorth.store import kept
from truenorth.store.clickhouse import ClickHouse
from truenorth.store.duckdb import DuckDB

SELECT = "SELECT shop, sum(amount) AS total\nFROM orders\nGROUP BY shop"
HELD = "SELECT count(*) FROM duckdb_tables() WHERE temporary"


@pytest.fixture
def engine() -> Iterator[DuckDB]:
    made = DuckDB()
    made.load("orders", Table((Column("shop"), Column("amount")), (("a", 1), ("a", 2), ("b", 4))), {})
    yield made
    made.close()


def totals(engine: DuckDB, version: str, select: str = SELECT) -> list[tuple[object, ...]]:
    inside = engine.kept(select, version).replace("\n", "\n  ")
    return engine.rows(f"WITH shops AS (\n  {inside}\n)\nSELECT shop, total FROM shops ORDER BY 1")


def test_rows_are_kept_while_the_version_stands(engine: DuckDB) -> None:
    assert totals(engine, "1") == [("a", 3), ("b", 4)]
    engine.write("INSERT INTO orders VALUES ('b', 1)")
    assert totals(engine, "1") == [("a", 3), ("b", 4)]
    assert totals(engine, "2") == [("a", 3), ("b", 5)]
    assert engine.rows(HELD) == [(1,)]


def test_nothing_is_kept_over_a_closed_file(engine: DuckDB) -> None:
    totals(engine, "1")
    engine.close()
    engine.load("orders", Table((Column("shop"), Column("amount")), (("c", 7),)), {})
    assert totals(engine, "1") == [("c", 7)]


def test_a_transaction_sees_what_it_wrote(engine: DuckDB) -> None:
    totals(engine, "1")
    with engine.transaction():
        engine.write("INSERT INTO orders VALUES ('b', 1)")
        assert totals(engine, "1") == [("a", 3), ("b", 5)]


def test_too_many_rows_are_not_kept(engine: DuckDB, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "MOST_ROWS", 1)
    assert totals(engine, "1") == totals(engine, "1") == [("a", 3), ("b", 4)]
    assert engine.rows(HELD) == [(0,)]


def test_what_was_not_asked_for_the_longest_makes_room(engine: DuckDB, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "MOST_ROWS", 4)
    others = [f"{SELECT}\nHAVING sum(amount) > {least}" for least in range(3)]
    for select in (*others, others[0]):
        assert totals(engine, "1", select) == [("a", 3), ("b", 4)]
    assert engine.rows(HELD) == [(2,)]


def test_what_a_statement_reads_stays_whatever_the_room(engine: DuckDB, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "MOST_ROWS", 3)
    one, other = (engine.kept(f"{SELECT}\nHAVING sum(amount) > {least}", "1") for least in (0, 1))
    for _ in range(2):
        assert engine.rows(f"SELECT count(*) FROM (\n{one}\n) AS a, (\n{other}\n) AS b") == [(4,)]
    totals(engine, "1", one)
    assert engine.rows(HELD) == [(1,)]


def test_a_select_that_goes_on_is_another(engine: DuckDB) -> None:
    engine.kept(SELECT, "1")
    for _ in range(2):
        assert engine.rows(f"SELECT * FROM (\n{SELECT}\nHAVING sum(amount) > 3\n) AS shops") == [("b", 4)]
    assert engine.rows(HELD) == [(0,)]


def test_the_longer_of_two_selects_is_found_where_one_holds_the_other(engine: DuckDB) -> None:
    inner = engine.kept("SELECT shop, amount\nFROM orders", "1")
    whole = engine.kept(
        f"SELECT shop, max(amount) AS most\nFROM (\n  {inner.replace(chr(10), chr(10) + '  ')}\n) AS o\nGROUP BY shop",
        "1",
    )
    for _ in range(2):
        assert engine.rows(f"SELECT * FROM (\n{whole}\n) AS shops ORDER BY 1") == [("a", 2), ("b", 4)]
        assert engine.rows(f"SELECT count(*) FROM (\n{inner}\n) AS orders") == [(3,)]


def test_the_second_engine_works_them_out_anew() -> None:
    pytest.importorskip("chdb")
    engine = ClickHouse()
    assert engine.kept(SELECT, "1") == SELECT
    engine.close()
