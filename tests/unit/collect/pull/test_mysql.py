"""Pulling from a real MariaDB: types come back exactly, what MySQL lets pass is rejected, changes come in by the cursor."""

from __future__ import annotations

import random
import ssl
from datetime import date, datetime
from decimal import Decimal
from threading import Thread
from typing import Any

import pymysql
import pytest

from truenorth.base.errors import SourceError
from truenorth.collect.pull.connector import Place
from truenorth.collect.pull.mysql import tls
from truenorth.collect.pull.open import open_connector, place_of
from truenorth.collect.pull.secret import keep_secret
from truenorth.define.load import load
from truenorth.define.model import Source

Well = Any
ORDERS = (
    "CREATE TABLE orders (id bigint PRIMARY KEY, amount decimal(12,2) NOT NULL, note text, "
    "updated_at timestamp(6) NULL DEFAULT current_timestamp(6) ON UPDATE current_timestamp(6))"
)
TEN = "INSERT INTO orders (id, amount) SELECT seq, seq FROM seq_1_to_10"


@pytest.fixture
def shop(well: Well, mariadb: Any) -> Any:
    """A shop's database, and a well that knows its password."""
    keep_secret(well.folder, "SHOP_PASSWORD", mariadb.password)

    def define(*tables: str, more: str = "") -> None:
        well.define(f'name: shop, type: mysql, url: "{mariadb.url}", {more}tables: [{", ".join(tables)}]')

    well.database, well.shop = mariadb, define
    return well


# A type, a value in MySQL's words, our type, and the value that comes back.
TYPES = [
    ("tinyint", "-128", "integer", -128),
    ("tinyint(1)", "1", "boolean", True),
    ("smallint unsigned", "65535", "integer", 65535),
    ("int unsigned", "4294967295", "integer", 4294967295),
    ("int(5) zerofill", "42", "integer", 42),
    ("bigint", "9007199254740993", "integer", 9007199254740993),
    ("bigint unsigned", "18446744073709551615", "ubigint", 18446744073709551615),
    ("year", "2026", "integer", 2026),
    ("bit(1)", "b'1'", "boolean", True),
    ("bit(8)", "b'11111111'", "integer", 255),
    ("decimal(12,2)", "-1234567890.12", "decimal(12,2)", Decimal("-1234567890.12")),
    ("decimal(38,10)", "1234567890123456789012345678.0123456789", "decimal(38,10)", Decimal("1234567890123456789012345678.0123456789")),
    ("decimal(50,4)", "7.25", "decimal(18,2)", Decimal("7.25")),
    ("float", "16777215", "float", 16777215.0),
    ("double", "0.1", "float", 0.1),
    ("date", "'2024-02-29'", "date", date(2024, 2, 29)),
    ("datetime(6)", "'2026-03-29 02:30:00.123456'", "timestamp", datetime(2026, 3, 29, 2, 30, 0, 123456)),
    ("timestamp NULL", "'2026-03-29 02:30:00'", "timestamptz", datetime(2026, 3, 29, 2, 30)),
    ("time(3)", "'-30:15:00.5'", "text", "-30:15:00.500"),
    ("varchar(40)", r"""'a"b,\\N\nc\'é😀'""", "text", "a\"b,\\N\nc'é😀"),
    ("varchar(40)", r"'\\N'", "text", "\\N"),
    ("text", "''", "text", ""),
    ("char(5)", "'007'", "text", "007"),
    ("varchar(9) CHARACTER SET latin1", "'Grün'", "text", "Grün"),
    ("enum('so so', 'fine')", "'so so'", "text", "so so"),
    ("set('a', 'b')", "'a,b'", "text", "a,b"),
    ("json", """'{"a": [1, null]}'""", "text", '{"a": [1, null]}'),
    ("blob", "x'deadbeef'", "text", "deadbeef"),
    ("point", "ST_GeomFromText('POINT(1 2)')", "text", "POINT(1 2)"),
    ("uuid", "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'", "text", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"),
]  # fmt: skip


def test_types_come_back_exactly(shop: Any) -> None:
    columns = ", ".join(f"c{number} {native}" for number, (native, *_) in enumerate(TYPES))
    values = ", ".join(value for _, value, *_ in TYPES)
    nulls = ", ".join("NULL" for _ in TYPES)
    shop.database.run(
        "SET time_zone = '+00:00'",
        f"CREATE TABLE everything (id int PRIMARY KEY, {columns})",
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


def test_dates_that_are_none_are_no_date_or_rejected_with_the_reason(shop: Any) -> None:
    shop.database.run(
        "SET sql_mode = 'ALLOW_INVALID_DATES'",
        "CREATE TABLE odd (id int PRIMARY KEY, day date, moment datetime)",
        "INSERT INTO odd VALUES (1, '2026-01-01', '2026-01-01'), (2, '0000-00-00', '2026-01-01'), "
        "(3, '0000-00-00', '0000-00-00'), (4, '2026-00-15', NULL), (5, '2026-02-31', NULL)",
    )
    shop.shop("odd")
    report = shop.pull()
    assert (report.read, report.loaded, report.rejected, report.failed) == (5, 3, 2, True)
    assert shop.rows("SELECT id FROM shop_odd WHERE day IS NULL") == [(2,), (3,)]
    assert shop.rows("SELECT id FROM shop_odd WHERE moment IS NULL") == [(3,)]
    text = report.pieces[0].rejects.read_text()
    for wrong in ("2026-00-15", "2026-02-31"):
        assert f'""{wrong}"" is not a date' in text
    assert "day: 2 times 0000-00-00, read as no date" in report.pieces[0].notes
    assert "moment: 1 times 0000-00-00, read as no date" in report.pieces[0].notes


def test_rows_whose_cursor_is_no_date_are_read_each_time(shop: Any) -> None:
    shop.database.run(
        "SET sql_mode = ''",
        "CREATE TABLE cases (id int PRIMARY KEY, closed_at timestamp NULL)",
        "INSERT INTO cases VALUES (1, '2026-01-01'), (2, '0000-00-00')",
    )
    shop.shop("{name: cases, cursor: closed_at}")
    assert shop.pull().loaded == 2
    shop.database.run("SET sql_mode = ''", "INSERT INTO cases VALUES (3, '0000-00-00')")
    assert shop.pull().pieces[0].kind == "changed"
    assert shop.rows("SELECT id, closed_at IS NULL FROM shop_cases ORDER BY id") == [(1, False), (2, True), (3, True)]


def test_a_truth_value_that_becomes_a_number_has_the_table_read_whole(shop: Any) -> None:
    shop.database.run(
        "CREATE TABLE n (id int PRIMARY KEY, v tinyint(1), at timestamp NULL)", "INSERT INTO n VALUES (1, 1, now())"
    )
    shop.shop("{name: n, cursor: at}")
    assert shop.pull().pieces[0].columns[1].type == "boolean"
    shop.database.run("INSERT INTO n VALUES (2, 7, now())")
    assert shop.pull().pieces[0].kind == "whole"
    assert shop.rows("SELECT v FROM shop_n ORDER BY id") == [(1,), (7,)]


def test_whole_and_changed_and_whole_again(shop: Any) -> None:
    shop.database.run(ORDERS, TEN)
    shop.shop("{name: orders, cursor: updated_at, full: 1 day}")
    assert shop.pull().pieces[0].kind == "whole"
    shop.database.run(
        "UPDATE orders SET amount = 100 WHERE id = 3",
        "INSERT INTO orders (id, amount) VALUES (11, 11)",
        "INSERT INTO orders VALUES (12, 12, NULL, NULL)",
        "DELETE FROM orders WHERE id = 1",
    )
    assert shop.pull().pieces[0].kind == "changed"
    assert shop.rows("SELECT sum(amount) FROM shop_orders") == [(Decimal(55 + 97 + 23),)]
    assert shop.pull(full=True).pieces[0].kind == "whole"
    assert shop.rows("SELECT sum(amount) FROM shop_orders") == [(Decimal(55 + 97 + 23 - 1),)]


def test_a_table_that_changes_its_shape_is_read_whole(shop: Any) -> None:
    shop.database.run(ORDERS, TEN)
    shop.shop("{name: orders, cursor: updated_at}")
    shop.pull()
    shop.database.run("ALTER TABLE orders ADD COLUMN tip decimal(6,2) DEFAULT 1")
    assert shop.pull().pieces[0].notes[0] == "new column: tip"
    assert shop.rows("SELECT sum(tip) FROM shop_orders") == [(Decimal("10.00"),)]


def test_a_transaction_that_commits_late_is_not_lost(shop: Any) -> None:
    shop.database.run(ORDERS, "INSERT INTO orders (id, amount) VALUES (1, 1)")
    shop.shop("{name: orders, cursor: updated_at, lag: 1 second}")
    late = shop.database.connect()
    try:
        late.cursor().execute("BEGIN")
        late.cursor().execute("INSERT INTO orders (id, amount) VALUES (2, 2)")
        shop.database.run("DO sleep(1.2)", "INSERT INTO orders (id, amount) VALUES (3, 3)")
        shop.pull()
        shop.database.run("INSERT INTO orders (id, amount) VALUES (4, 4)")
        shop.pull()
        late.commit()
        shop.pull()
    finally:
        late.close()
    assert shop.rows("SELECT id FROM shop_orders ORDER BY id") == [(1,), (2,), (3,), (4,)]


def test_a_cursor_of_numbers(shop: Any) -> None:
    shop.database.run(ORDERS, TEN)
    shop.shop("{name: orders, cursor: id, lag: 2}")
    shop.pull()
    shop.database.run("INSERT INTO orders (id, amount) VALUES (11, 1)")
    assert (shop.pull().loaded, shop.rows("SELECT count(*) FROM shop_orders")) == (4, [(11,)])


def test_what_cannot_be_pulled(shop: Any) -> None:
    shop.database.run(
        ORDERS,
        "CREATE TABLE bare (n int)",
        "CREATE OR REPLACE USER reader IDENTIFIED BY 'r'",
        f"GRANT SELECT ON {shop.database.name}.orders TO reader",
    )
    shop.shop("ordres", "{name: bare, cursor: n}", "{name: o, from: orders, columns: [amout]}")
    errors = [table.error for table in shop.all().tables]
    for error, code, hint in zip(
        errors,
        ("E_TABLE_NOT_FOUND", "E_NO_PRIMARY_KEY", "E_COLUMN_NOT_FOUND"),
        ('did you mean "orders"?', "primary_key: [id]", 'did you mean "amount"?'),
        strict=True,
    ):
        assert code in error and hint in error
    keep_secret(shop.folder, "SHOP_PASSWORD", "wr0ng!")
    [report] = shop.all().tables[:1]
    assert "E_SOURCE_UNREACHABLE" in report.error and "SHOP_PASSWORD" in report.error
    assert "wr0ng!" not in report.error


def test_a_user_who_may_only_read(shop: Any) -> None:
    shop.database.run(
        ORDERS,
        TEN,
        "CREATE OR REPLACE USER reader IDENTIFIED BY 'r'",
        f"GRANT SELECT ON {shop.database.name}.orders TO reader",
    )
    keep_secret(shop.folder, "SHOP_PASSWORD", "r")
    url = shop.database.url.replace("owner@", "reader@")
    shop.define(f'name: shop, type: mysql, url: "{url}", tables: [{{name: orders, cursor: updated_at}}]')
    report = shop.pull()
    assert report.loaded == 10
    assert any("GRANT PROCESS" in note for note in report.pieces[0].notes)


def test_what_is_offered(shop: Any) -> None:
    shop.database.run(ORDERS, "CREATE VIEW seen AS SELECT * FROM orders")
    shop.shop("orders")
    connector = open_connector(place_of(load(shop.folder).sources["shop"], shop.folder))
    offers = {one.name: one for one in connector.offers()}
    connector.close()
    assert set(offers) == {"orders", "seen"}
    assert (offers["orders"].primary_key, offers["orders"].cursors) == (("id",), ("updated_at",))


def test_a_table_that_changes_while_it_is_pulled_is_the_same_in_the_end(shop: Any) -> None:
    shop.database.run(ORDERS.replace("(6)", ""), "INSERT INTO orders (id, amount) SELECT seq, 1 FROM seq_1_to_500")
    shop.shop("{name: orders, cursor: updated_at, lag: 1 minute}")

    def write(writer: int) -> None:
        dice = random.Random(writer)
        connection = shop.database.connect()
        cursor = connection.cursor()
        for turn in range(50):
            cursor.execute("BEGIN")
            for part in range(dice.randint(1, 5)):
                fresh = 1000 + writer * 100_000 + turn * 10 + part
                cursor.execute("INSERT INTO orders (id, amount) VALUES (%s, %s)", [fresh, dice.randint(1, 99)])
            changed = [dice.randint(1, 99), dice.randint(1, 100) * 4 + writer]
            cursor.execute("UPDATE orders SET amount = %s WHERE id = %s", changed)
            cursor.execute("DO sleep(%s)", [dice.random() * 0.02])
            cursor.execute("COMMIT" if dice.random() < 0.9 else "ROLLBACK")
        connection.close()

    threads = [Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        assert shop.pull().error == ""
    for thread in threads:
        thread.join()
    shop.pull()
    theirs = shop.database.run("SELECT id, amount FROM orders ORDER BY id")
    assert shop.rows("SELECT id, amount FROM shop_orders ORDER BY id") == theirs


def test_the_address_says_how_to_connect(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    given: dict[str, Any] = {}

    def connect(**words: Any) -> None:
        given.update(words)
        raise pymysql.err.OperationalError(2003, "no server, and not with hush")

    monkeypatch.setattr(pymysql, "connect", connect)
    url = "mysql://a%40b@db.example:3307/shop?ssl_mode=verify_identity&other=1"
    connector = open_connector(Place(Source("shop", "mysql", url=url), tmp_path, "UTC", lambda: "hush"))
    with pytest.raises(SourceError) as raised:
        connector.offers()
    assert raised.value.code == "E_SOURCE_UNREACHABLE" and "hush" not in str(raised.value)
    assert {name: given.get(name) for name in ("host", "port", "user", "database")} == {
        "host": "db.example",
        "port": 3307,
        "user": "a@b",
        "database": "shop",
    }
    assert given["ssl"].check_hostname


def test_how_the_connection_is_secured(tmp_path: Any) -> None:
    assert tls({}) is None is tls({"ssl_mode": "DISABLED"})
    modes = {mode: tls({"ssl_mode": mode}) for mode in ("required", "verify_ca", "verify_identity")}
    assert [(one.check_hostname, one.verify_mode) for one in modes.values() if one] == [
        (False, ssl.CERT_NONE),
        (False, ssl.CERT_REQUIRED),
        (True, ssl.CERT_REQUIRED),
    ]
    with pytest.raises(SourceError) as raised:
        tls({"ssl_mode": "require"})
    assert (raised.value.code, raised.value.hint) == ("E_BAD_URL", 'did you mean "required"?')
    url = f"mysql://a@db.example/shop?ssl_ca={tmp_path}/none.pem"
    connector = open_connector(Place(Source("shop", "mysql", url=url), tmp_path, "UTC", lambda: ""))
    with pytest.raises(SourceError) as raised:
        connector.offers()
    assert raised.value.code == "E_SOURCE_UNREACHABLE"


def test_a_server_that_wants_more_than_is_installed(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def connect(**_: Any) -> None:
        raise RuntimeError("'cryptography' package is required for caching_sha2_password")

    monkeypatch.setattr(pymysql, "connect", connect)
    source = Source("shop", "mysql", url="mysql://a@db.example/shop")
    with pytest.raises(SourceError) as raised:
        open_connector(Place(source, tmp_path, "UTC", lambda: "")).offers()
    assert raised.value.code == "E_PACKAGE_MISSING" and "ssl_mode" in raised.value.hint


def test_a_text_with_a_nul_sign_comes_back(shop: Any) -> None:
    shop.database.run(
        "CREATE TABLE t (id int PRIMARY KEY, v varchar(9))", r"INSERT INTO t VALUES (1, 'a\0b'), (2, 'c')"
    )
    shop.shop("t")
    report = shop.pull()
    assert (report.read, report.error) == (2, "")
    assert shop.rows("SELECT v FROM shop_t ORDER BY id") == [("a\0b",), ("c",)]
