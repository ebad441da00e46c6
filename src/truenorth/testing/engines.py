"""What every engine must do, as tests: subclass `EngineContract`, say how to open yours, and run pytest."""

from __future__ import annotations

import importlib.util
import threading
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from truenorth.base.errors import EngineError
from truenorth.base.table import Column, Row, Table, Value, table_of
from truenorth.store.engine import Engine

WORDS = {"date", "timestamp", "timestamptz", "decimal", "integer", "float", "text", "boolean", "other"}
EVERYTHING: dict[str, tuple[str, Value]] = {
    "day": ("date", date(2024, 2, 29)),
    "moment": ("timestamp", datetime(2026, 3, 8, 2, 30, 15, 123456)),
    "instant": ("timestamptz", datetime(2026, 1, 1, 0, 30, tzinfo=timezone(timedelta(hours=2)))),
    "money": ("decimal", Decimal("-1234567890123.45")),
    "rate": ("decimal", Decimal("0.12345")),
    "count": ("integer", 9_007_199_254_740_993),
    "share": ("float", 0.1),
    "name": ("text", 'Zoë O\'Hara \\ "Ω" 日本\n😀'),
    "paid": ("boolean", True),
}


def needed(module: str, extra: str) -> None:
    """Skip, with what is missing named, when an optional package is absent."""
    if importlib.util.find_spec(module) is None:
        pytest.skip(f"{module}: not installed (pip install truenorth[{extra}])")


class EngineContract:
    """The contract; `open` gives a fresh engine that holds no tables."""

    def open(self, folder: Path) -> Engine:
        """A fresh, empty engine that may keep its files in the folder."""
        raise NotImplementedError

    @pytest.fixture
    def engine(self, tmp_path: Path) -> Iterator[Engine]:
        opened = self.open(tmp_path)
        yield opened
        opened.close()

    def test_starts_without_tables(self, engine: Engine) -> None:
        assert engine.tables() == ()

    @pytest.mark.parametrize("name", EVERYTHING)
    def test_a_type_goes_round(self, engine: Engine, name: str) -> None:
        word, value = EVERYTHING[name]
        engine.load("things", _column(name, [value, None]), {name: word})
        select = f"SELECT {name} FROM {engine.scan('things', '')} ORDER BY {name}"
        aware = isinstance(value, datetime) and value.tzinfo
        wanted = value.astimezone(UTC).replace(tzinfo=None) if isinstance(value, datetime) and aware else value
        rows = engine.rows(select)
        assert rows == [(wanted,), (None,)]
        assert type(rows[0][0]) is type(wanted)
        assert engine.describe(select) == ((name, word),)

    def test_arrow_columns_are_the_rows(self, engine: Engine) -> None:
        needed("pyarrow", "")
        engine.load(
            "things", table_of([Column("n"), Column("name")], [[1, "a"], [2, None]]), {"n": "integer", "name": "text"}
        )
        select = f"SELECT n, name FROM {engine.scan('things', '')} ORDER BY n"
        found: Any = engine.arrow(select)
        assert found.to_pydict() == {"n": [1, 2], "name": ["a", None]}
        reader: Any
        with engine.batches(select) as reader:
            assert [row for batch in reader for row in batch.to_pylist()] == found.to_pylist()
        with engine.batches(f"{select} LIMIT 0") as reader:
            assert (reader.schema.names, list(reader)) == (["n", "name"], [])

    def test_dates_reach_back_and_ahead(self, engine: Engine) -> None:
        days: list[Value] = [date(1900, 1, 1), date(1969, 12, 31), date(2199, 12, 31)]
        engine.load("days", _column("day", days), {"day": "date"})
        assert engine.rows(f"SELECT day FROM {engine.scan('days', '')} ORDER BY day") == [(day,) for day in days]

    def test_times_before_1970_keep_their_fractions(self, engine: Engine) -> None:
        moment = datetime(1969, 7, 20, 20, 17, 40, 500000)
        engine.load("moments", _column("moment", [moment]), {"moment": "timestamp"})
        assert engine.rows(f"SELECT moment FROM {engine.scan('moments', '')}") == [(moment,)]

    def test_decimals_sum_exactly(self, engine: Engine) -> None:
        engine.load("cents", _column("amount", [Decimal("0.10")] * 1000 + [None]), {"amount": "decimal"})
        [(total, count, every)] = engine.rows(
            f"SELECT SUM(amount), COUNT(amount), COUNT(*) FROM {engine.scan('cents', '')}"
        )
        assert (total, count, every) == (Decimal("100.00"), 1000, 1001)
        assert isinstance(total, Decimal)
        assert isinstance(count, int)

    def test_of_nothing_the_sum_is_null_and_the_count_zero(self, engine: Engine) -> None:
        engine.load("nothing", _column("amount", []), {"amount": "integer"})
        table = engine.scan("nothing", "")
        aggregates = (
            "SUM(amount), MIN(amount), MAX(amount), AVG(amount), COUNT(amount), COUNT(DISTINCT amount), COUNT(*)"
        )
        assert engine.rows(f"SELECT {aggregates} FROM {table}") == [(None, None, None, None, 0, 0, 0)]
        assert engine.rows(f"SELECT amount, COUNT(*) FROM {table} GROUP BY amount") == []
        assert engine.describe(f"SELECT amount FROM {table}") == (("amount", "integer"),)

    def test_null_is_a_group_of_its_own(self, engine: Engine) -> None:
        rows: list[Row] = [("a", 1), (None, 2), ("", 4), (None, 8)]
        engine.load("groups", table_of([Column("name"), Column("n")], rows), {"name": "text", "n": "integer"})
        table = engine.scan("groups", "")
        found = engine.rows(f"SELECT name, SUM(n) FROM {table} GROUP BY name ORDER BY SUM(n)")
        assert found == [("a", 1), ("", 4), (None, 10)]
        assert engine.rows(f"SELECT COUNT(*) FROM {table} WHERE name <> 'a'") == [(1,)]
        assert engine.rows(f"SELECT SUM(n) FROM {table} WHERE name IS NULL") == [(10,)]

    def test_a_left_join_without_a_partner_gives_null(self, engine: Engine) -> None:
        engine.load("orders", table_of([Column("customer")], [(1,), (9,), (None,)]), {"customer": "integer"})
        people = table_of([Column("id"), Column("name"), Column("born")], [(1, "Ada", date(1990, 1, 1))])
        engine.load("people", people, {"id": "integer", "name": "text", "born": "date"})
        orders, people_table = engine.scan("orders", ""), engine.scan("people", "")
        select = f"SELECT customer, name, born FROM {orders} AS o LEFT JOIN {people_table} AS p ON o.customer = p.id"
        found = engine.rows(select + " ORDER BY customer")
        assert found == [(1, "Ada", date(1990, 1, 1)), (9, None, None), (None, None, None)]

    @pytest.mark.parametrize("name", ["order", 'we"ird', "x; DROP TABLE y", "a'b", "back\\slash", "Größe 日本", "a b"])
    def test_any_name_is_quoted(self, engine: Engine, name: str) -> None:
        engine.load(name, _column("a", [1]), {"a": "integer"})
        assert engine.tables() == (name,)
        assert engine.rows(f"SELECT a FROM {engine.scan(name, '')}") == [(1,)]

    def test_a_load_replaces(self, engine: Engine) -> None:
        engine.load("things", _column("a", [1, 2]), {"a": "integer"})
        engine.load("things", _column("b", ["x"]), {"b": "text"})
        assert engine.rows(f"SELECT * FROM {engine.scan('things', '')}") == [("x",)]

    def test_many_rows_are_all_loaded(self, engine: Engine) -> None:
        engine.load("many", _column("a", list(range(2_500))), {"a": "integer"})
        assert engine.rows(f"SELECT COUNT(*), SUM(a) FROM {engine.scan('many', '')}") == [(2_500, 3_123_750)]

    def test_the_version_changes_with_the_data(self, engine: Engine) -> None:
        engine.load("things", _column("a", [1]), {"a": "integer"})
        before = engine.version("things", "")
        engine.rows(f"SELECT * FROM {engine.scan('things', '')}")
        assert engine.version("things", "") == before
        engine.load("things", _column("a", [2]), {"a": "integer"})
        assert engine.version("things", "") != before

    def test_a_missing_table_is_named_with_its_neighbour(self, engine: Engine) -> None:
        engine.load("orders", _column("a", [1]), {"a": "integer"})
        for ask in (engine.rows, engine.describe):
            with pytest.raises(EngineError) as raised:
                ask(f"SELECT * FROM {engine.scan('order_s', '')}")
            assert raised.value.code == "E_TABLE_NOT_FOUND"
            assert '"order_s"' in raised.value.message
            assert raised.value.hint == 'did you mean "orders"?'

    def test_a_missing_column_is_named_with_its_neighbour(self, engine: Engine) -> None:
        engine.load("orders", _column("amount", [1]), {"amount": "integer"})
        for ask in (engine.rows, engine.describe):
            with pytest.raises(EngineError) as raised:
                ask(f"SELECT amout FROM {engine.scan('orders', '')}")
            assert raised.value.code == "E_COLUMN_NOT_FOUND"
            assert '"amout"' in raised.value.message

    @pytest.mark.parametrize("sql", ["SELECT 1 +", "SELECT FROM WHERE", "SELECT no_such_function(1)"])
    def test_wrong_sql_is_said_in_one_line(self, engine: Engine, sql: str) -> None:
        with pytest.raises(EngineError) as raised:
            engine.rows(sql)
        assert raised.value.code == "E_SQL"
        assert raised.value.message
        assert "\n" not in raised.value.message

    def test_an_error_leaves_the_engine_usable(self, engine: Engine) -> None:
        with pytest.raises(EngineError):
            engine.rows("SELECT 1 +")
        assert engine.rows("SELECT 1") == [(1,)]

    def test_threads_ask_at_once(self, engine: Engine) -> None:
        engine.load("many", _column("a", list(range(1_000))), {"a": "integer"})
        found: list[tuple[int, object]] = []

        def ask(factor: int) -> None:
            for _ in range(5):
                [(total,)] = engine.rows(f"SELECT SUM(a * {factor}) FROM {engine.scan('many', '')}")
                found.append((factor, total))

        threads = [threading.Thread(target=ask, args=(factor,)) for factor in range(1, 5)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert set(found) == {(factor, factor * 499_500) for factor in range(1, 5)}
        assert len(found) == 20

    def test_two_engines_share_no_tables(self, engine: Engine, tmp_path: Path) -> None:
        other = self.open(tmp_path / "other")
        try:
            engine.load("mine", _column("a", [1]), {"a": "integer"})
            other.load("theirs", _column("a", [2]), {"a": "integer"})
            assert (engine.tables(), other.tables()) == (("mine",), ("theirs",))
        finally:
            other.close()

    def test_types_are_words_of_the_contract(self, engine: Engine) -> None:
        engine.load("things", _column("a", [1]), {"a": "integer"})
        described = engine.describe(f"SELECT a, a + 0.5 AS b, a = 1 AS c, 'x' AS d FROM {engine.scan('things', '')}")
        assert [name for name, _ in described] == ["a", "b", "c", "d"]
        assert {word for _, word in described} <= WORDS


def _column(name: str, values: Sequence[Value]) -> Table:
    return table_of([Column(name)], [[value] for value in values])
