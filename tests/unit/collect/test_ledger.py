"""The ledger: a line for every load whichever way it came, also in workspaces made by an older version."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from threading import Thread
from typing import Any

from truenorth.base.table import Column, table_of
from truenorth.collect import ledger
from truenorth.collect.ledger import Freshness, Load, freshness, loads, write_down
from truenorth.collect.report import ColumnRead
from truenorth.store.duckdb import DuckDB

Desk = Any
NOW = datetime(2026, 7, 1, 12, 0)
OLD = (
    "CREATE TABLE loads (load_id BIGINT, table_name VARCHAR, file VARCHAR, sha256 VARCHAR, rows_read BIGINT, "
    "rows_loaded BIGINT, rows_rejected BIGINT, loaded_at TIMESTAMP, columns VARCHAR)"
)


def test_a_line_goes_round(desk: Desk) -> None:
    line = Load(
        table="orders",
        read=5,
        loaded=4,
        rejected=1,
        loaded_at=NOW,
        columns=(ColumnRead("id", "integer"), ColumnRead("it's", "text")),
        source="shop",
        kind="changed",
        file="public.orders",
        sha256="ab",
        started_at=datetime(2026, 7, 1, 11, 59),
        replaced=3,
        cursor="2026-07-01 11:58:00+00",
        mark='{"xmin": 7}',
    )
    assert write_down(desk.engine, line) == 1
    [found] = loads(desk.engine)
    assert found == Load(**{**{name: getattr(line, name) for name in Load.__struct_fields__}, "load_id": 1})


def test_lines_are_newest_first_and_of_a_table_or_source(desk: Desk) -> None:
    for table, source in (("a", "x"), ("b", "x"), ("a", "y")):
        write_down(desk.engine, Load(table, source=source, loaded_at=NOW))
    assert [one.load_id for one in loads(desk.engine)] == [3, 2, 1]
    assert [one.load_id for one in loads(desk.engine, "a")] == [3, 1]
    assert [one.load_id for one in loads(desk.engine, source="x", limit=1)] == [2]
    assert [one.load_id for one in loads(desk.engine, "b", "y")] == []


def test_without_a_ledger_there_are_no_lines(desk: Desk) -> None:
    assert loads(desk.engine) == () == freshness(desk.engine)
    assert ledger.earlier(desk.engine, "t", "ab") is None


def test_a_ledger_of_an_older_version_is_read_and_widened(desk: Desk) -> None:
    desk.engine.write(OLD)
    desk.engine.write("""INSERT INTO loads VALUES (1, 't', 't.csv', 'ab', 2, 2, 0, TIMESTAMP '2026-06-01', '[]')""")
    desk.engine.write("CREATE TABLE t (a BIGINT)")
    [before] = loads(desk.engine)
    assert (before.kind, before.source, before.loaded_at) == ("import", "", datetime(2026, 6, 1))
    assert loads(desk.engine, source="shop") == ()
    assert [one.load_id for one in freshness(desk.engine)] == [1]
    assert ledger.earlier(desk.engine, "t", "ab") == before
    assert write_down(desk.engine, Load("t", source="shop", loaded_at=NOW)) == 2
    assert [one.source for one in loads(desk.engine)] == ["shop", ""]


def test_a_number_taken_before_stays(desk: Desk) -> None:
    with desk.engine.transaction():
        number = ledger.next_id(desk.engine)
        assert write_down(desk.engine, Load("t", load_id=number, loaded_at=NOW)) == number == 1
        assert ledger.next_id(desk.engine) == 2


def test_rows_that_were_replaced_do_not_stand(desk: Desk) -> None:
    write_down(desk.engine, Load("t", sha256="ab", loaded_at=NOW))
    write_down(desk.engine, Load("t", sha256="cd", loaded_at=NOW))
    ledger.supersede(desk.engine, (1,), 2)
    assert ledger.earlier(desk.engine, "t", "ab") is None
    assert [ledger.stands(one) for one in loads(desk.engine)] == [True, False]


def test_freshness_tells_the_last_load_and_the_newest_time(desk: Desk) -> None:
    table = table_of([Column("day"), Column("n")], [[date(2026, 6, 1), 1], [date(2026, 6, 3), 2]])
    desk.engine.load("t", table, {"day": "date", "n": "integer"})
    desk.engine.load("u", table, {"day": "date", "n": "integer"})
    write_down(desk.engine, Load("t", loaded=2, source="till", loaded_at=NOW))
    write_down(desk.engine, Load("u", loaded=2, loaded_at=NOW))
    write_down(desk.engine, Load("gone", loaded=2, loaded_at=NOW))
    write_down(desk.engine, Load("t", source="till", kind="failed", error="E_X: no", loaded_at=datetime(2026, 7, 2)))
    assert freshness(desk.engine, {"t": "day", "u": "nothing"}) == (
        Freshness("t", "till", 1, NOW, 2, datetime(2026, 6, 3)),
        Freshness("u", "", 2, NOW, 2, None),
    )


def test_two_engines_of_a_process_take_turns_at_numbers(tmp_path: Path) -> None:
    engines = [DuckDB("w.duckdb", folder=tmp_path) for _ in range(2)]

    def write(engine: DuckDB) -> None:
        for _ in range(10):
            with engine.transaction():
                write_down(engine, Load("t", loaded_at=NOW))

    threads = [Thread(target=write, args=(engine,)) for engine in engines]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(one.load_id for one in loads(engines[0])) == list(range(1, 21))
    for engine in engines:
        engine.close()
