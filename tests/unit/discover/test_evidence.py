"""What names, values and keys are taken to say."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from truenorth.discover.counting import says, status_of, there
from truenorth.discover.database import source_of
from truenorth.discover.facts import Table
from truenorth.discover.key import with_key
from truenorth.discover.kind import recognised
from truenorth.discover.link import links
from truenorth.discover.money import amount_sql, money_of
from truenorth.discover.origin import origins, table_name
from truenorth.discover.pick import person, pick
from truenorth.discover.shape import between, unfolded
from truenorth.discover.survey import surveyed
from truenorth.discover.word import words
from truenorth.store.duckdb import DuckDB

Look = Callable[..., Table]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("OrderID", "order id"),
        ("Lineitem quantity", "line item quantity"),
        ("Created (UTC)", "created utc"),
        ("customeremail", "customer email"),
        ("Gesamtbetrag", "total"),
        ("fecha_pedido", "date order"),
        ("amount_cents", "amount cents"),
        ("duration_ms", "duration milliseconds"),
        ("Währung", "currency"),
    ],
)
def test_names_are_taken_apart(name: str, said: str) -> None:
    assert " ".join(words(name)) == said


@pytest.mark.parametrize(
    ("value", "group"),
    [
        ("Paid", "good"), ("captured", "good"), ("abgeschlossen", "good"), ("CLOSED_WON", "good"), ("completed", "good"),
        ("unpaid", "open"), ("on-hold", "open"), ("past_due", "open"), ("open", "new"), ("authorized", "new"),
        ("Cancelled", "bad"), ("void", "bad"), ("incomplete_expired", "bad"), ("storniert", "bad"), ("no_show", "bad"),
        ("refunded", "back"), ("charged_back", "back"), ("partially_refunded", "part"), ("trialing", "trial"),
        ("test", "test"), ("purple", ""),
    ],
)  # fmt: skip
def test_statuses_say_how_far_a_row_got(value: str, group: str) -> None:
    assert says(value) == group


KINDS = {
    "orders": "SELECT i AS order_no, i % 9 AS buyer_id, TIMESTAMP '2026-01-01' + INTERVAL (i) HOUR AS placed_at, 9.5 AS total, "
    "'paid' AS status",
    "order lines": "SELECT i AS id, i // 2 AS order_id, 'p' || i % 5 AS product, 1 + i % 3 AS qty, 2.5 AS unit_price",
    "subscriptions": "SELECT i AS id, i AS customer_id, DATE '2026-01-01' + i::INT AS started_on, DATE '2026-05-01' AS ended_on, "
    "'pro' AS plan, 9.5 AS monthly_price",
    "invoices": "SELECT 'R' || i AS invoice_no, DATE '2026-01-01' + i::INT AS issued, DATE '2026-02-01' AS due_date, 5.0 AS total",
    "payments": "SELECT 'ch' || i AS id, TIMESTAMP '2026-01-01' + INTERVAL (i) HOUR AS created, 5.0 AS amount, 'card' AS "
    "payment_method, 'succeeded' AS status",
    "customers": "SELECT i AS id, 'a' || i || '@x.example' AS email, DATE '2026-01-01' + i::INT AS signed_up, 'DE' AS country",
    "tickets": "SELECT i AS id, TIMESTAMP '2026-01-01' + INTERVAL (i) HOUR AS created_at, 'high' AS priority, TIMESTAMP "
    "'2026-03-01' AS resolved_at, 'help' AS subject",
    "requests": "SELECT TIMESTAMP '2026-01-01' + INTERVAL (i) MINUTE AS ts, '/a' AS path, 200 AS status, 12.5 AS duration_ms, "
    "'GET' AS method",
    "spend": "SELECT DATE '2026-01-01' + (i // 2)::INT AS day, 'c' || i % 2 AS campaign, 100 AS impressions, 5 AS clicks, 2.5 AS "
    "cost",
    "opportunities": "SELECT 'o' || i AS id, 'Closed Won' AS stage_name, 500 AS amount, DATE '2026-01-01' + i::INT AS created_date, "
    "DATE '2026-05-01' AS close_date, 10 AS probability",
    "leads": "SELECT 'l' || i AS id, DATE '2026-01-01' + i::INT AS created_date, i % 2 = 0 AS is_converted, 'Web' AS lead_source",
    "events": "SELECT uuid() AS uuid, TIMESTAMP '2026-01-01' + INTERVAL (i) MINUTE AS time, 'view' AS event, 'u' || i % 9 AS user_id",
}


@pytest.mark.parametrize("kind", KINDS)
def test_tables_are_recognised_by_their_columns_alone(look: Look, kind: str) -> None:
    assert recognised(look("export", f"{KINDS[kind]} FROM range(1, 40) AS t(i)")).kind == kind


def test_what_is_of_no_kind_is_not_recognised(look: Look) -> None:
    table = look("kv", "SELECT 'a' || i AS k, 'b' || i AS v FROM range(40) AS t(i)")
    assert recognised(table).kind == "other"


def test_a_status_of_a_thing_is_no_answer_of_a_server(look: Look) -> None:
    table = look(
        "visits",
        "SELECT i AS id, now()::TIMESTAMP AS at, 'done' AS status, 5 AS duration_minutes FROM range(9) AS t(i)",
    )
    assert pick(table, "http") is None


def test_deleted_and_test_rows_are_left_out(look: Look) -> None:
    table = look(
        "users",
        "SELECT i AS id, CASE WHEN i = 3 THEN DATE '2026-01-01' END AS deleted_at, i = 2 AS is_test, i % 2 = 0 AS is_admin, "
        "CASE WHEN i < 5 THEN 'production' ELSE 'staging' END AS environment FROM range(20) AS t(i)",
    )
    found = {one.sql for one in there(table)}
    assert found == {"deleted_at is null", "not is_test", "environment = 'production'"}


def test_a_status_of_a_country_is_none(look: Look) -> None:
    table = look("places", "SELECT i AS id, 'open' AS country_state FROM range(9) AS t(i)")
    assert status_of(table) is None


def test_who_is_the_person_not_the_row(look: Look) -> None:
    table = look(
        "things", "SELECT i AS event_id, i % 3 AS anonymous_id, i % 4 AS user_id, i AS session_id FROM range(9) AS t(i)"
    )
    found = person(table)
    assert found is not None and found.name == "user_id"


def test_keys_are_proven_on_all_rows(engine: DuckDB, look: Look) -> None:
    assert look("a", "SELECT i AS id, i AS other_id FROM range(50) AS t(i)").key == ("id",)
    assert look("b", "SELECT CASE WHEN i = 49 THEN 0 ELSE i END AS id FROM range(50) AS t(i)").key == ()
    assert look("c", "SELECT i // 3 AS order_id, i % 3 AS line_no FROM range(60) AS t(i)").key == (
        "order_id",
        "line_no",
    )


def test_numbers_from_one_on_contain_each_other_by_accident_only(engine: DuckDB, look: Look) -> None:
    tables = [
        look("colours", "SELECT i AS id, 'c' || i AS label FROM range(1, 300) AS t(i)"),
        look("orders", "SELECT i AS id, 1 + i % 40 AS customer_id, 1 + i % 7 AS weight FROM range(1, 200) AS t(i)"),
        look("customers", "SELECT i AS id FROM range(1, 40) AS t(i)"),
    ]
    found = {(one.from_, one.column, one.to): one.orphans for one in links(engine, tables)}
    assert found == {("orders", "customer_id", "customers"): 5}


def test_a_pointer_without_a_name_holds_for_texts_that_are_all_there(engine: DuckDB, look: Look) -> None:
    tables = [
        look("person", "SELECT 'u_' || i AS uid FROM range(100) AS t(i)"),
        look("doc", "SELECT 'd_' || i AS doc_id, 'u_' || i % 60 AS owner_key FROM range(200) AS t(i)"),
    ]
    assert [(one.from_, one.column, one.to) for one in links(engine, tables)] == [("doc", "owner_key", "person")]


def test_cents_need_evidence(look: Look) -> None:
    plain = look("sales", "SELECT i AS id, 500 AS amount, 'EUR' AS currency FROM range(9) AS t(i)")
    assert money_of(plain).cents == frozenset()
    named = look("sales", "SELECT i AS id, 500 AS amount_cents FROM range(9) AS t(i)")
    assert money_of(named).cents == {"amount_cents"}
    billed = look(
        "charges",
        "SELECT 'ch_' || lpad(i::VARCHAR, 9, 'a') AS id, 500 AS amount, 'usd' AS currency FROM range(9) AS t(i)",
    )
    money = money_of(billed)
    assert money.cents == {"amount"}
    assert money.codes == ("USD",)
    yen = look("charges", "SELECT 'ch_' || lpad(i::VARCHAR, 9, 'a') AS id, 500 AS amount, CASE WHEN i = 1 THEN 'jpy' ELSE 'usd' END "
               "AS currency FROM range(9) AS t(i)")  # fmt: skip
    column = yen.column("amount")
    assert column is not None
    assert "in ('JPY') then amount else amount * 0.01" in amount_sql(column, money_of(yen))


SHOP = "SELECT i AS order_number, [7900, 14900, 2900][1 + i % 3] AS price, 'EUR' AS currency"


def test_whole_amounts_are_cents_where_what_is_computed_of_prices_is_whole_too(look: Look) -> None:
    taxed = look(
        "orders", f"SELECT *, (price * 0.19)::INT AS tax, price + tax AS total FROM ({SHOP} FROM range(60) AS t(i))"
    )
    assert money_of(taxed).cents == {"price", "tax", "total"}
    yen = look(
        "orders",
        f"SELECT * REPLACE ('JPY' AS currency), (price * 0.1)::INT AS tax FROM ({SHOP} FROM range(60) AS t(i))",
    )
    assert (money_of(yen).cents, money_of(yen).doubtful) == (frozenset(), ())
    rupees = look(
        "orders",
        f"SELECT * REPLACE ('INR' AS currency), (price * 0.18)::INT AS tax FROM ({SHOP} FROM range(60) AS t(i))",
    )
    assert (money_of(rupees).cents, money_of(rupees).doubtful) == (frozenset(), ("price", "tax"))


def test_whole_amounts_are_cents_where_a_column_beside_them_says_the_same_in_units(look: Look) -> None:
    texts = look("orders", "SELECT i AS id, 1234 + 77 * i AS total, '$' || ((1234 + 77 * i) / 100)::DECIMAL(9,2) AS total_formatted "
                 "FROM range(30) AS t(i)")  # fmt: skip
    assert money_of(texts).cents == {"total"}
    numbers = look(
        "orders", "SELECT i AS id, 100 * i AS total, (100 * i)::DECIMAL(9,2) AS total_gross FROM range(30) AS t(i)"
    )
    assert money_of(numbers).cents == frozenset()


@pytest.mark.parametrize(
    ("heading", "code"),
    [("Betrag (€)", "EUR"), ("Total £", "GBP"), ("Total in EUR", "EUR"), ("Total $", ""), ("Kwota zł", "PLN")],
)
def test_a_sign_in_a_heading_says_the_currency(look: Look, heading: str, code: str) -> None:
    made = look("orders", f'SELECT i AS id, (i * 1.5)::DECIMAL(9, 2) AS "{heading}" FROM range(9) AS t(i)')
    assert "".join(money_of(made).codes) == code


def test_whole_amounts_that_may_be_cents_are_doubtful_and_those_below_one_unit_are_not(look: Look) -> None:
    assert money_of(look("orders", f"{SHOP} FROM range(60) AS t(i)")).doubtful == ("price",)
    small = look("orders", "SELECT i AS id, 7 * i AS amount, 'EUR' AS currency FROM range(300) AS t(i)")
    assert money_of(small).doubtful == ()


def test_an_order_repeated_for_each_line_becomes_orders_and_lines(engine: DuckDB, look: Look) -> None:
    table = look(
        "export",
        "SELECT '#' || i // 3 AS \"Name\", CASE WHEN i % 3 = 0 THEN 10.0 + i // 3 END AS \"Total\", 'p' || i AS "
        '"Lineitem sku", 1 + i % 2 AS "Lineitem quantity" FROM range(60) AS t(i)',
    )
    orders, lines = unfolded(engine, table)
    assert (orders.name, orders.rows, orders.key, lines.name, lines.rows) == (
        "orders",
        20,
        ("name",),
        "order_lines",
        60,
    )
    [(total,)] = engine.rows(f"SELECT sum(total) FROM ({orders.query}) AS orders")
    assert float(str(total)) == sum(10.0 + at for at in range(20))
    assert [(one.from_, one.to) for one in between([orders, lines])] == [("order_lines", "orders")]


def test_lines_with_amounts_of_their_own_stay_as_they_are(engine: DuckDB, look: Look) -> None:
    table = look("sales", "SELECT i // 2 AS order_id, 'p' || i AS sku, 1 + i AS amount FROM range(60) AS t(i)")
    assert [one.name for one in unfolded(engine, table)] == ["sales"]


def test_values_inside_of_values_are_columns(engine: DuckDB) -> None:
    engine.write(
        "CREATE TABLE e AS SELECT i AS id, '{\"plan\": \"pro\", \"size\": ' || i || '}' AS properties, {'country': 'DE'} AS geo, "
        "[{'key': 'session', 'value': {'string_value': NULL::VARCHAR, 'int_value': i}}] AS params, 1767225600 + i AS created "
        "FROM range(30) AS t(i)"
    )
    table = with_key(engine, surveyed(engine, "e", "e"))
    found = {one.name: (one.type, one.filled) for one in table.columns}
    assert found["plan"] == ("text", 30) and found["size"] == ("integer", 30)
    assert found["geo_country"] == ("text", 30) and found["session"] == ("integer", 30)
    assert found["created"][0] == "timestamp"
    rows = engine.rows(f"SELECT geo_country, session FROM ({table.query}) AS rows ORDER BY 2 LIMIT 1")
    assert rows == [("DE", 0)]


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("orders_2026-01.csv", "orders"), ("Orders (3).csv", "orders"), ("orders_export_1.csv.gz", "orders"),
        ("events/date=2026-01-01/part-0.parquet", "events"), ("x/2026-01.csv", "x"), ("Sales Ledger.xlsx", "sales_ledger"),
        ("AllOrders.csv", "all_orders"),
    ],
)  # fmt: skip
def test_files_are_named_by_what_they_hold(path: str, name: str) -> None:
    assert table_name(Path(path)) == name


def test_files_with_the_same_columns_become_one_table(tmp_path: Path) -> None:
    for name, head in (
        ("visits-2025.csv", "x,y"),
        ("visits-2026.csv", "x,y"),
        ("visits-2027.csv", "x,z"),
        ("notes.pdf", ""),
    ):
        (tmp_path / name).write_text(head + "\n1,2\n", "utf-8")
    found = origins([str(tmp_path)], tmp_path / "ws")
    assert [(one.name, len(one.files)) for one in found.files] == [("visits", 2), ("visits_2", 1)]


def test_a_password_leaves_the_address() -> None:
    source, secret = source_of("postgres://app:p%40ss@db.example/shop?sslmode=require", {"shop"})
    assert (source.name, source.type, source.url) == (
        "shop_2",
        "postgres",
        "postgresql://app@db.example/shop?sslmode=require",
    )
    assert secret == "p@ss"
