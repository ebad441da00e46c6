"""Pulling from a real PostgreSQL: types come back exactly, changes come in once, whatever order they were committed in."""

from __future__ import annotations

import random
from datetime import date, datetime
from decimal import Decimal
from threading import Thread
from typing import Any

import psycopg
import pytest

from truenorth.collect.pull import postgres
from truenorth.collect.pull.open import open_connector, place_of
from truenorth.collect.pull.secret import keep_secret
from truenorth.define.load import load

Well = Any
ORDERS = (
    "CREATE TABLE orders (id bigint PRIMARY KEY, amount numeric(12,2) NOT NULL, note text, "
    "updated_at timestamptz DEFAULT now())"
)


@pytest.fixture
def shop(well: Well, postgres: Any) -> Any:
    """A shop's database, and a well that knows its password."""
    keep_secret(well.folder, "SHOP_PASSWORD", postgres.password)

    def define(*tables: str, more: str = "") -> None:
        well.define(f'name: shop, type: postgres, url: "{postgres.url}", {more}tables: [{", ".join(tables)}]')

    well.database, well.shop = postgres, define
    return well


# A type, a value in PostgreSQL's words, our type, and the value that comes back.
TYPES = [
    ("smallint", "-32768", "integer", -32768),
    ("integer", "2147483647", "integer", 2147483647),
    ("bigint", "9007199254740993", "integer", 9007199254740993),
    ("numeric(12,2)", "'-1234567890.12'", "decimal(12,2)", Decimal("-1234567890.12")),
    ("numeric(38,10)", "'1234567890123456789012345678.0123456789'", "decimal(38,10)", Decimal("1234567890123456789012345678.0123456789")),
    ("numeric", "'0.123456789'", "decimal(18,9)", Decimal("0.123456789")),
    ("numeric(3,-2)", "'12345'", "decimal(18,2)", Decimal("12300.00")),
    ("numeric(50,2)", "'7'", "decimal(18,2)", Decimal("7.00")),
    ("money", "'12.34'", "decimal(18,2)", Decimal("12.34")),
    ("real", "0.1", "float", 0.1),
    ("double precision", "0.1", "float", 0.1),
    ("double precision", "'Infinity'", "float", float("inf")),
    ("boolean", "true", "boolean", True),
    ("date", "'2024-02-29'", "date", date(2024, 2, 29)),
    ("timestamp", "'2026-03-29 02:30:00.123456'", "timestamp", datetime(2026, 3, 29, 2, 30, 0, 123456)),
    ("timestamptz", "'2026-03-29 02:30:00.5+05:30'", "timestamptz", datetime(2026, 3, 28, 21, 0, 0, 500000)),
    ("time", "'24:00:00'", "text", "24:00:00"),
    ("timetz", "'10:00:00+02'", "text", "10:00:00+02"),
    ("interval", "'1 mon 2 days 03:04:05'", "text", "1 mon 2 days 03:04:05"),
    ("text", "E'a\"b,\\\\N\\nc\\t''é 😀'", "text", "a\"b,\\N\nc\t'é 😀"),
    ("text", "''", "text", ""),
    ("text", "'\\N'", "text", "\\N"),
    ("varchar(5)", "'007'", "text", "007"),
    ("char(5)", "'ab'", "text", "ab"),
    ("uuid", "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'", "text", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"),
    ("json", """'{"a": [1, null]}'""", "text", '{"a": [1, null]}'),
    ("jsonb", """'{"a": "b,c"}'""", "text", '{"a": "b,c"}'),
    ("integer[]", "ARRAY[1,NULL,3]", "text", "[1,null,3]"),
    ("text[]", "ARRAY['a,b','\"']", "text", '["a,b","\\""]'),
    ("mood", "'so so'", "text", "so so"),
    ("cents", "'5.25'", "decimal(10,2)", Decimal("5.25")),
    ("pair", "ROW(1, 'x')", "text", '{"a":1,"b":"x"}'),
    ("int4range", "'[1,5)'", "text", "[1,5)"),
    ("bytea", "'\\xdeadbeef'", "text", "deadbeef"),
    ("inet", "'10.0.0.1/8'", "text", "10.0.0.1/8"),
]  # fmt: skip


def test_types_come_back_exactly(shop: Any) -> None:
    columns = ", ".join(f"c{number} {native}" for number, (native, *_) in enumerate(TYPES))
    values = ", ".join(value for _, value, *_ in TYPES)
    nulls = ", ".join("NULL" for _ in TYPES)
    shop.database.run(
        "CREATE TYPE mood AS ENUM ('so so')",
        "CREATE DOMAIN cents AS numeric(10,2)",
        "CREATE TYPE pair AS (a int, b text)",
        f"CREATE TABLE everything (id serial PRIMARY KEY, {columns})",
        f"INSERT INTO everything VALUES (1, {values}), (2, {nulls})",
    )
    shop.shop("everything")
    report = shop.pull()
    assert (report.loaded, report.rejected, report.error) == (2, 0, "")
    told = {column.name: column.type for column in report.pieces[0].columns}
    names = [f"c{number}" for number in range(len(TYPES))]
    [one, two] = shop.rows(f"SELECT {', '.join(names)} FROM shop_everything ORDER BY id")
    for number, (native, _, kind, value) in enumerate(TYPES):
        assert (native, told[f"c{number}"], one[number]) == (native, kind, value)
    assert set(two) == {None}


def test_values_that_no_type_holds_are_rejected_with_the_reason(shop: Any) -> None:
    shop.database.run(
        "CREATE TABLE odd (id int PRIMARY KEY, day date, n numeric(5,2))",
        "INSERT INTO odd VALUES (1, '2026-01-01', 1), (2, '4000-01-01 BC', 2), (3, '2026-01-01', 'NaN')",
    )
    shop.shop("odd")
    report = shop.pull()
    assert (report.read, report.loaded, report.rejected, report.failed) == (3, 1, 2, True)
    text = report.pieces[0].rejects.read_text()
    assert '""4000-01-01 BC"" is not a date' in text and '""NaN"" is not a decimal(5,2)' in text


def test_a_table_without_a_cursor_is_replaced_whole(shop: Any) -> None:
    shop.database.run(ORDERS, "INSERT INTO orders SELECT n, n FROM generate_series(1, 10) AS n")
    shop.shop("orders")
    assert shop.pull().loaded == 10
    shop.database.run("DELETE FROM orders WHERE id > 4", "INSERT INTO orders VALUES (99, 1)")
    report = shop.pull()
    assert (report.loaded, report.replaced) == (5, 10)
    assert [(one.kind, one.replaced_by) for one in shop.loads()] == [("whole", 0), ("whole", 2)]


def test_an_empty_table_has_its_columns(shop: Any) -> None:
    shop.database.run(ORDERS)
    shop.shop("{name: orders, cursor: updated_at}")
    assert shop.pull().failed is False
    assert shop.rows("SELECT count(amount) FROM shop_orders") == [(0,)]
    shop.database.run("INSERT INTO orders VALUES (1, 5)")
    assert shop.pull().loaded == 1


@pytest.mark.parametrize("more", ["", ", lag: 10 minutes"])
def test_changed_rows_take_the_place_of_what_they_were(shop: Any, more: str) -> None:
    shop.database.run(ORDERS, "INSERT INTO orders SELECT n, n FROM generate_series(1, 10) AS n")
    shop.shop(f"{{name: orders, from: public.orders, cursor: updated_at{more}}}")
    first = shop.pull()
    assert "only rows that changed" in first.pieces[0].notes[0]
    shop.database.run(
        "UPDATE orders SET amount = 100, updated_at = now() WHERE id = 3",
        "INSERT INTO orders VALUES (11, 11), (12, 12)",
        "INSERT INTO orders VALUES (13, 13, NULL, NULL)",
    )
    report = shop.pull()
    assert report.pieces[0].kind == "changed"
    wanted = shop.database.run("SELECT id, amount FROM orders ORDER BY id")
    assert shop.rows("SELECT id, amount FROM shop_orders ORDER BY id") == wanted
    if not more:
        assert (report.loaded, report.replaced) == (4, 1)


def test_what_was_changed_without_touching_the_cursor_comes_too(shop: Any) -> None:
    shop.database.run(ORDERS, "INSERT INTO orders SELECT n, n, '', '2020-01-01' FROM generate_series(1, 10) AS n")
    shop.shop("{name: orders, cursor: updated_at}")
    shop.pull()
    shop.database.run("UPDATE orders SET amount = 0 WHERE id = 5")
    assert (shop.pull().loaded, shop.rows("SELECT sum(amount) FROM shop_orders")) == (1, [(Decimal("50.00"),)])


@pytest.mark.parametrize("more", ["", ", lag: 1 second"])
def test_a_transaction_that_commits_late_is_not_lost(shop: Any, more: str) -> None:
    shop.database.run(ORDERS, "INSERT INTO orders VALUES (1, 1)")
    shop.shop(f"{{name: orders, cursor: updated_at{more}}}")
    late, early = shop.database.connect(), shop.database.connect()
    try:
        late.execute("BEGIN")
        late.execute("INSERT INTO orders VALUES (2, 2)")
        early.execute("SELECT pg_sleep(1.1)")
        early.execute("INSERT INTO orders VALUES (3, 3)")
        assert shop.pull().loaded == 2
        early.execute("INSERT INTO orders VALUES (4, 4)")
        shop.pull()
        late.execute("COMMIT")
        shop.pull()
    finally:
        late.close()
        early.close()
    assert shop.rows("SELECT id FROM shop_orders ORDER BY id") == [(1,), (2,), (3,), (4,)]


def test_a_view_is_read_from_its_cursor_on(shop: Any) -> None:
    shop.database.run(
        "CREATE TABLE raw (id int, n int)",
        "CREATE VIEW seen AS SELECT * FROM raw",
        "INSERT INTO raw SELECT n, n FROM generate_series(1, 100) AS n",
    )
    shop.shop("{name: seen, cursor: id, primary_key: [id], lag: 5}")
    assert shop.pull().loaded == 100
    shop.database.run("INSERT INTO raw VALUES (101, 101)")
    assert (shop.pull().loaded, shop.rows("SELECT count(*) FROM shop_seen")) == (7, [(101,)])
    assert shop.loads()[0].cursor == "101"


def test_a_cursor_without_a_zone_that_the_servers_own_clock_writes(shop: Any) -> None:
    shop.database.run(
        f"ALTER DATABASE {shop.database.name} SET timezone = 'America/Los_Angeles'",
        "CREATE TABLE local (id int PRIMARY KEY, at timestamp DEFAULT now())",
    )
    shop.database.run("INSERT INTO local VALUES (1)")
    shop.shop("{name: local, cursor: at, lag: 1 second}")
    late = shop.database.connect()
    late.execute("BEGIN")
    late.execute("INSERT INTO local VALUES (2)")
    shop.database.run("SELECT pg_sleep(1.1)", "INSERT INTO local VALUES (3)")
    shop.pull()
    shop.database.run("INSERT INTO local VALUES (4)")
    shop.pull()
    late.execute("COMMIT")
    late.close()
    shop.pull()
    assert shop.rows("SELECT id FROM shop_local ORDER BY id") == [(1,), (2,), (3,), (4,)]


def test_deleted_rows_go_when_the_table_is_read_whole(shop: Any) -> None:
    shop.database.run(ORDERS, "INSERT INTO orders SELECT n, n FROM generate_series(1, 10) AS n")
    shop.shop("{name: orders, cursor: updated_at, full: 2 hours}")
    shop.pull()
    shop.database.run("DELETE FROM orders WHERE id = 1")
    shop.pull()
    assert shop.rows("SELECT count(*) FROM shop_orders") == [(10,)]
    shop.now = shop.now.replace(hour=15)
    assert shop.pull().pieces[0].kind == "whole"
    assert shop.rows("SELECT count(*) FROM shop_orders") == [(9,)]
    assert shop.pull().pieces[0].kind == "changed"
    assert shop.pull(full=True).pieces[0].kind == "whole"


@pytest.mark.parametrize(
    ("statement", "note"),
    [
        ("ALTER TABLE orders ADD COLUMN tip numeric(6,2) DEFAULT 1", "new column: tip"),
        ("ALTER TABLE orders DROP COLUMN note", "column gone: note"),
        ("ALTER TABLE orders ALTER COLUMN amount TYPE numeric(14,4)", "amount is numeric(14,4) now, it was numeric(12,2)"),
        ("TRUNCATE orders", "the table was emptied, rewritten or made anew, so it was read whole"),
    ],
)  # fmt: skip
def test_a_table_that_changes_its_shape_is_read_whole(shop: Any, statement: str, note: str) -> None:
    shop.database.run(ORDERS, "INSERT INTO orders SELECT n, n FROM generate_series(1, 10) AS n")
    shop.shop("{name: orders, cursor: updated_at}")
    shop.pull()
    shop.database.run(statement, "INSERT INTO orders (id, amount) VALUES (11, 1.25)")
    report = shop.pull()
    assert report.pieces[0].notes[0] == note
    assert shop.rows("SELECT count(*), sum(amount) FROM shop_orders") == shop.database.run(
        "SELECT count(*), sum(amount) FROM orders"
    )


def test_a_number_that_outgrows_its_column_has_the_table_read_whole(shop: Any) -> None:
    shop.database.run(
        "CREATE TABLE n (id int PRIMARY KEY, v numeric, at timestamptz)", "INSERT INTO n VALUES (1, 1.5, now())"
    )
    shop.shop("{name: n, cursor: at}")
    shop.pull()
    shop.database.run("INSERT INTO n VALUES (2, 1.23456, now())")
    assert shop.pull().pieces[0].kind == "whole"
    assert shop.rows("SELECT v FROM shop_n ORDER BY id") == [(Decimal("1.50000"),), (Decimal("1.23456"),)]


def test_only_the_named_columns_are_read(shop: Any) -> None:
    shop.database.run(ORDERS, "INSERT INTO orders VALUES (1, 1, 'secret')")
    shop.shop("{name: orders, columns: [amount], cursor: updated_at}")
    shop.pull()
    names = [row[0] for row in shop.rows("DESCRIBE shop_orders")]
    assert names == ["id", "amount", "updated_at", "_load_id"]


def test_odd_names_and_partitions(shop: Any) -> None:
    shop.database.run(
        'CREATE SCHEMA "Odd Place"',
        'CREATE TABLE "Odd Place"."Sel\\"ect" ("or""der" int PRIMARY KEY, "ORDER" int, at timestamptz) '
        'PARTITION BY RANGE ("or""der")'.replace('\\"', '""'),
        'CREATE TABLE "Odd Place".low PARTITION OF "Odd Place"."Sel""ect" FOR VALUES FROM (0) TO (10)',
        'CREATE TABLE "Odd Place".high PARTITION OF "Odd Place"."Sel""ect" FOR VALUES FROM (10) TO (20)',
        'INSERT INTO "Odd Place"."Sel""ect" VALUES (1, 2, now()), (11, 3, now())',
    )
    shop.shop("""{name: odd, from: 'Odd Place.Sel"ect', cursor: at}""")
    assert shop.pull().error == ""
    shop.database.run('UPDATE "Odd Place"."Sel""ect" SET "ORDER" = 7 WHERE "or""der" = 11')
    assert shop.pull().loaded == 1
    assert shop.rows('SELECT "or""der", "ORDER" FROM shop_odd ORDER BY 1') == [(1, 2), (11, 7)]


@pytest.mark.parametrize(
    ("table", "code", "hint"),
    [
        ("{name: ordres}", "E_TABLE_NOT_FOUND", 'did you mean "orders"?'),
        ("{name: orders, cursor: updated}", "E_COLUMN_NOT_FOUND", 'did you mean "updated_at"?'),
        ("{name: bare, cursor: n}", "E_NO_PRIMARY_KEY", "primary_key: [id]"),
        ("{name: bare, cursor: n, primary_key: [n]}", "E_DOUBLED_KEY", "name columns that do"),
        ("{name: closed}", "E_SOURCE_FAILED", "division by zero"),
    ],
)
def test_what_cannot_be_pulled(shop: Any, table: str, code: str, hint: str) -> None:
    shop.database.run(
        ORDERS,
        "CREATE TABLE bare (n int)",
        "INSERT INTO bare VALUES (1), (1)",
        "CREATE VIEW closed AS SELECT 1/n - 1/(n-1) AS x FROM bare",
    )
    shop.shop(table, "{name: others, from: orders}")
    report = shop.all()
    assert code in report.tables[0].error and hint in report.tables[0].error
    assert report.tables[1].error == ""
    assert shop.loads("shop_" + table.split(":")[1].split(",")[0].strip(" }"))[0].kind == "failed"


def test_a_server_that_does_not_let_us_in_says_why_without_the_password(shop: Any) -> None:
    shop.shop("orders")
    keep_secret(shop.folder, "SHOP_PASSWORD", "wr0ng!")
    [report] = shop.all().tables
    assert "E_SOURCE_UNREACHABLE" in report.error and "SHOP_PASSWORD" in report.error
    assert "wr0ng!" not in report.error
    shop.define('name: shop, type: postgres, url: "postgresql://u@127.0.0.1:1/x", tables: [orders]')
    assert "E_SOURCE_UNREACHABLE" in shop.all().tables[0].error


def test_a_user_who_may_only_read(shop: Any) -> None:
    shop.database.run(
        ORDERS,
        "INSERT INTO orders VALUES (1, 1)",
        "DROP ROLE IF EXISTS reader",
        "CREATE ROLE reader LOGIN PASSWORD 'r'",
        "GRANT SELECT ON orders TO reader",
        "CREATE TABLE closed (n int)",
    )
    url = shop.database.url.replace("owner@", "reader@")
    keep_secret(shop.folder, "SHOP_PASSWORD", "r")
    tables = "{name: orders, cursor: updated_at}, {name: late, from: orders, cursor: updated_at, lag: 1 hour}, closed"
    shop.define(f'name: shop, type: postgres, url: "{url}", tables: [{tables}]')
    with shop.database.connect():
        exact, late, closed = shop.all().tables
    assert (exact.loaded, exact.error, late.loaded) == (1, "", 1)
    assert any("pg_read_all_stats" in note for note in late.pieces[0].notes)
    assert "E_SOURCE_FAILED" in closed.error and "GRANT SELECT" in closed.error
    shop.database.run("REVOKE ALL ON orders FROM reader", "DROP ROLE reader")


def test_what_is_offered(shop: Any) -> None:
    shop.database.run(ORDERS, "CREATE VIEW seen AS SELECT * FROM orders", "ANALYZE")
    shop.shop("orders")
    connector = open_connector(place_of(load(shop.folder).sources["shop"], shop.folder))
    offers = {one.name: one for one in connector.offers()}
    connector.close()
    assert set(offers) == {"public.orders", "public.seen"}
    orders = offers["public.orders"]
    assert (orders.primary_key, orders.cursors) == (("id",), ("updated_at",))
    assert [(one.name, one.types) for one in orders.columns][1] == ("amount", ("decimal(12,2)",))


@pytest.mark.parametrize("more", ["", ", lag: 1 minute"])
def test_a_table_that_changes_while_it_is_pulled_is_the_same_in_the_end(shop: Any, more: str) -> None:
    shop.database.run(
        ORDERS.replace("now()", "date_trunc('second', now())"),
        "INSERT INTO orders SELECT n, 1 FROM generate_series(1, 500) AS n",
    )
    shop.shop(f"{{name: orders, cursor: updated_at{more}}}")

    def write(writer: int) -> None:
        dice = random.Random(writer)
        with shop.database.connect() as connection:
            for turn in range(60):
                connection.execute("BEGIN")
                for part in range(dice.randint(1, 5)):
                    fresh = 1000 + writer * 100_000 + turn * 10 + part
                    connection.execute("INSERT INTO orders VALUES (%s, %s)", [fresh, dice.randint(1, 99)])
                connection.execute(
                    "UPDATE orders SET amount = %s, updated_at = date_trunc('second', now()) WHERE id = %s",
                    [dice.randint(1, 99), dice.randint(1, 100) * 5 + writer],
                )
                connection.execute("SELECT pg_sleep(%s)", [dice.random() * 0.02])
                connection.execute("COMMIT" if dice.random() < 0.9 else "ROLLBACK")

    threads = [Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        report = shop.pull()
        assert report.error == ""
    for thread in threads:
        thread.join()
    shop.pull()
    ours = shop.rows("SELECT id, amount, updated_at FROM shop_orders ORDER BY id")
    theirs = shop.database.run("SELECT id, amount, updated_at AT TIME ZONE 'UTC' FROM orders ORDER BY id")
    assert ours == theirs
    assert len(shop.loads("shop_orders")) > 2


def test_long_texts_with_line_breaks_and_quotes_come_back(shop: Any) -> None:
    shop.database.run(
        "CREATE TABLE texts (id int PRIMARY KEY, t text)",
        """INSERT INTO texts SELECT n, CASE n % 5 WHEN 0 THEN E'a\\n"b,\\r\\n' WHEN 1 THEN '"' WHEN 2 THEN E'\\n' WHEN 3 """
        "THEN repeat(E'long \"\\n', 200) ELSE NULL END FROM generate_series(1, 40000) AS n",
        "INSERT INTO texts VALUES (0, repeat('x', 5000000))",
    )
    shop.shop("texts")
    report = shop.pull()
    assert (report.loaded, report.error) == (40001, "")
    told = "SELECT count(*), count(t), sum(length(t)), sum(id) FROM"
    assert shop.rows(f"{told} shop_texts") == shop.database.run(f"{told} texts")


@pytest.mark.parametrize("off", [-1, 1])
def test_rows_that_are_lost_on_the_way_are_noticed(shop: Any, monkeypatch: pytest.MonkeyPatch, off: int) -> None:
    copy = postgres._copied
    monkeypatch.setattr(postgres, "_copied", lambda cursor: copy(cursor) + off)
    shop.database.run(ORDERS, "INSERT INTO orders VALUES (1, 1)")
    shop.shop("orders")
    assert "E_ROWS_DIFFER" in shop.pull().error
    assert "shop_orders" not in shop.engine.tables()


def test_texts_that_are_none_are_set_aside(shop: Any) -> None:
    name = f"{shop.database.name}_ascii"
    shop.database.run(f"CREATE DATABASE {name} ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0")
    with psycopg.connect(shop.database.url + "_ascii", password=shop.database.password, autocommit=True) as connection:
        connection.execute("CREATE TABLE t (id int PRIMARY KEY, v text)")
        connection.execute(rb"INSERT INTO t VALUES (1, 'fine'), (2, E'Gr\xfcn'), (3, E'two\nlines')")
    shop.define(f'name: shop, type: postgres, url: "{shop.database.url}_ascii", tables: [t]')
    report = shop.pull()
    assert (report.read, report.loaded, report.rejected) == (3, 2, 1), report.error
    assert "not UTF-8" in report.pieces[0].rejects.read_text() and "Gr\\xfcn" in report.pieces[0].rejects.read_text()
    assert shop.rows("SELECT v FROM shop_t ORDER BY id") == [("fine",), ("two\nlines",)]
    shop.database.run(f"DROP DATABASE {name}")


def test_rows_that_were_set_aside_are_forgotten_when_all_is_well(shop: Any) -> None:
    shop.database.run(
        "CREATE TABLE odd (id int PRIMARY KEY, n numeric(5,2))", "INSERT INTO odd VALUES (1, 1), (2, 'NaN')"
    )
    shop.shop("odd")
    first, second = shop.pull().pieces[0].rejects, shop.pull().pieces[0].rejects
    assert second.exists() and not first.exists()
    shop.database.run("UPDATE odd SET n = 2")
    assert shop.pull().rejected == 0
    assert not second.exists()


def test_a_connection_that_breaks_is_made_anew_for_the_next_table(shop: Any) -> None:
    shop.database.run(
        ORDERS,
        "CREATE FUNCTION broken() RETURNS int LANGUAGE sql VOLATILE AS 'SELECT pg_terminate_backend(pg_backend_pid())::int'",
        "CREATE VIEW breaks AS SELECT broken() AS n",
    )
    shop.shop("breaks", "orders")
    broken, orders = shop.all().tables
    assert "E_SOURCE_UNREACHABLE" in broken.error
    assert orders.error == ""
