"""ClickHouse's own ways, made like everybody's."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal

import pytest

from truenorth.base.errors import EngineError
from truenorth.base.table import Column, table_of
from truenorth.store import clickhouse
from truenorth.store.clickhouse import ClickHouse, quoted, word_of
from truenorth.testing.engines import needed


@pytest.fixture
def engine() -> Iterator[ClickHouse]:
    needed("chdb", "clickhouse")
    opened = ClickHouse()
    yield opened
    opened.close()


@pytest.mark.parametrize(
    ("kind", "word"),
    [
        ("Nullable(Int64)", "integer"), ("UInt8", "integer"), ("Nullable(Decimal(38, 2))", "decimal"),
        ("Float32", "float"),
        ("LowCardinality(Nullable(String))", "text"), ("Enum8('a' = 1)", "text"), ("Date", "date"), ("Date32", "date"),
        ("DateTime", "timestamp"), ("DateTime64(6, 'UTC')", "timestamp"), ("DateTime('Asia/Tokyo')", "timestamptz"),
        ("Bool", "boolean"), ("Array(Int64)", "other"), ("Nullable(Nothing)", "other"), ("IntervalDay", "other"),
    ],
)  # fmt: skip
def test_words(kind: str, word: str) -> None:
    assert word_of(kind) == word


def test_without_the_package_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "chdb", None)
    monkeypatch.setattr(clickhouse._Session, "current", None)
    with pytest.raises(EngineError) as raised:
        ClickHouse().rows("SELECT 1")
    assert (raised.value.code, raised.value.hint) == ("E_ENGINE_MISSING", 'pip install "truenorth[clickhouse]"')


def test_values_are_plain(engine: ClickHouse) -> None:
    [row] = engine.rows(
        "SELECT toInt128('170141183460469231731687303715884105727'), toDecimal64('1.50', 2), toDate('2026-01-01'), "
        "toDateTime('2026-07-01 12:00:00', 'America/New_York'), true, 'x\u2028\ny', NULL, 0.1, 1 / 0, [1, 2]"
    )
    assert row == (
        2**127 - 1,
        Decimal("1.50"),
        date(2026, 1, 1),
        datetime(2026, 7, 1, 16),
        True,
        "x\u2028\ny",
        None,
        0.1,
        math.inf,
        [1, 2],
    )
    assert str(row[1]) == "1.50"


def test_no_rows_and_no_output(engine: ClickHouse) -> None:
    assert engine.rows("SELECT 1 WHERE 0") == []
    engine.write("CREATE TABLE t (a Int64) ENGINE = Memory")
    assert engine.rows("SELECT * FROM t") == []
    assert engine.describe("SELECT a FROM t;") == (("a", "integer"),)


def test_a_column_wins_over_an_alias_of_its_name(engine: ClickHouse) -> None:
    engine.load("t", table_of([Column("a")], [[1], [2]]), {})
    assert engine.rows("SELECT sum(a) AS a FROM t WHERE a > 1") == [(2,)]


def test_engines_in_one_process_keep_apart_also_after_another_is_closed(engine: ClickHouse) -> None:
    other = ClickHouse()
    other.load("t", table_of([Column("a")], [[1]]), {})
    engine.load("t", table_of([Column("a")], [[2]]), {})
    other.close()
    assert engine.rows("SELECT a FROM t") == [(2,)]


def test_what_it_cannot_do_it_says(engine: ClickHouse) -> None:
    with pytest.raises(EngineError) as raised:
        engine.scan("", "orders.csv")
    assert raised.value.code == "E_ENGINE_NO_FILES"
    with pytest.raises(EngineError) as raised:
        engine.transaction()
    assert raised.value.code == "E_ENGINE_NO_TRANSACTIONS"
    with pytest.raises(EngineError) as raised:
        engine.rows("SELECT a FROM nowhere.t")
    assert raised.value.code == "E_TABLE_NOT_FOUND"


def test_names_are_escaped() -> None:
    assert quoted('a"b\\c') == '"a\\"b\\\\c"'
