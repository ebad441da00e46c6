"""What may be named: files in odd styles, DuckDB files as they are or beside others, dbt projects; and the command."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import openpyxl
import pytest

import truenorth
from tests.unit.discover.newcomer import NOW, answer, begin, total
from truenorth.cli.main import main
from truenorth.discover.origin import table_name
from truenorth.discover.settings import Wishes


def test_semicolons_and_commas_are_read_as_they_are_meant_and_said(tmp_path: Path) -> None:
    lines = [f"B{at};{at % 5};{1 + at % 28:02}.03.2026;bezahlt;{at},50" for at in range(1, 40)]
    (tmp_path / "bestellungen.csv").write_text("\n".join(["Bestellnr;Kundennr;Datum;Status;Betrag", *lines]), "utf-8")
    made = begin(tmp_path / "ws", tmp_path / "bestellungen.csv")
    assert any("comma is its decimal sign" in one.text for one in made.assumed)
    assert total(made.folder, "revenue") == sum((Decimal(at) + Decimal("0.5") for at in range(1, 40)), Decimal(0))


def test_of_several_files_each_is_read_as_it_is_written(tmp_path: Path) -> None:
    for month, coding in ((1, "utf-8"), (2, "cp1252"), (3, "utf-16")):
        lines = [f"{month}-{at};Köln;2026-0{month}-{1 + at % 28:02};10" for at in range(40)]
        file = tmp_path / f"orders_2026-0{month}.csv"
        file.write_bytes("\n".join(["order_id;city;ordered_on;total", *lines, ""]).encode(coding))
    made = begin(tmp_path / "ws", *sorted(tmp_path.glob("*.csv")))
    assert total(made.folder, "revenue") == 1200
    assert not made.unread
    assert any("orders_2026-02.csv: it is not UTF-8" in one.text for one in made.assumed)


def application(path: Path) -> None:
    with duckdb.connect(str(path)) as made:
        made.execute("CREATE SCHEMA core")
        made.execute(
            "CREATE TABLE core.users AS SELECT i AS id, DATE '2026-01-01' + i::INT AS created_on FROM range(30) AS t(i)"
        )
        made.execute(
            "CREATE TABLE purchases AS SELECT i AS id, i % 30 AS user_id, TIMESTAMP '2026-01-03' + INTERVAL (i) HOUR AS bought_at, "
            "100 + i AS amount_cents, 'EUR' AS currency FROM range(200) AS t(i)"
        )
        made.execute("CREATE VIEW stg_purchases AS SELECT * FROM purchases")
        made.execute("CREATE TABLE alembic_version (version VARCHAR)")


def test_a_duckdb_file_is_the_warehouse_and_stays_as_it_was(tmp_path: Path) -> None:
    application(tmp_path / "app.duckdb")
    before = (tmp_path / "app.duckdb").read_bytes()
    made = begin(tmp_path / "ws", tmp_path / "app.duckdb")
    assert set(made.tables) == {"users", "purchases"}
    assert not (made.folder / ".truenorth" / "warehouse.duckdb").exists()
    assert (tmp_path / "app.duckdb").read_bytes() == before
    assert total(made.folder, "revenue") == Decimal(sum(range(100, 300))) / 100
    assert total(made.folder, "buyers") == 30


def test_a_duckdb_file_beside_others_is_copied(tmp_path: Path) -> None:
    application(tmp_path / "app.duckdb")
    (tmp_path / "tickets.csv").write_text(
        "ticket_id,created_at,priority,solved_at\n"
        + "".join(f"{at},2026-01-{at:02} 08:00,low,\n" for at in range(1, 20)),
        "utf-8",
    )
    made = begin(tmp_path / "ws", tmp_path / "app.duckdb", tmp_path / "tickets.csv")
    assert {"core_users", "purchases", "tickets"} <= set(made.tables)
    assert total(made.folder, "tickets_opened") == 19


def test_every_sheet_with_rows_is_a_table(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    spend, orders, notes = book.active, book.create_sheet("Orders"), book.create_sheet("Remarks")
    assert spend is not None
    spend.title = "Ad spend 2026"
    for line in (["Spend (EUR)"], [], ["Day", "Channel", "Cost"]):
        spend.append(line)
    orders.append(["Order no.", "Order date", "Total", "Customer no."])
    for at in range(1, 29):
        spend.append([date(2026, 1, at), "web", at])
        orders.append([f"B{at}", datetime(2026, 2, at, 9, 30), 10 * at, at % 7])
    spend.append(["Total", None, sum(range(1, 29))])
    notes.append(["Ask the agency"])
    book.save(tmp_path / "Marketing 2026.xlsx")
    made = begin(tmp_path / "ws", tmp_path / "Marketing 2026.xlsx")
    assert set(made.tables) >= {"ad_spend", "orders"}
    assert total(made.folder, "marketing_spend") == sum(range(1, 29))
    assert (total(made.folder, "order_count"), total(made.folder, "buyers")) == (28, 7)
    assert ("Marketing 2026.xlsx, sheet Remarks", "it holds no table") in made.unread
    assert any('left out below the rows: line 32 ("Total")' in one.text for one in made.assumed)


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("exports/export-2025H1.jsonl.gz", "exports"),
        ("events_part-003.csv", "events"),
        ("2025Q4/h.csv", "data"),
        ("invoices_2025-Q4.csv", "invoices"),
    ],
)
def test_a_table_is_never_called_by_one_letter(path: str, name: str) -> None:
    assert table_name(Path(path)) == name


def test_a_dbt_projects_metrics_come_along(tmp_path: Path) -> None:
    project = tmp_path / "project"
    (project / "models").mkdir(parents=True)
    (project / "dbt_project.yml").write_text("name: project\nprofile: project\n", "utf-8")
    (project / "profiles.yml").write_text(
        "project:\n  target: dev\n  outputs:\n    dev: {type: duckdb, path: app.duckdb}\n", "utf-8"
    )
    (project / "models" / "m.yml").write_text(
        "semantic_models:\n  - name: bought\n    model: ref('purchases')\n    defaults: {agg_time_dimension: bought_at}\n"
        "    entities: [{name: id, type: primary}]\n"
        "    dimensions: [{name: bought_at, type: time, type_params: {time_granularity: day}}]\n"
        "    measures: [{name: cents, agg: sum, expr: amount_cents}]\n"
        "metrics: [{name: cents, label: Cents, type: simple, type_params: {measure: cents}}]\n",
        "utf-8",
    )
    application(project / "app.duckdb")
    made = begin(tmp_path / "ws", project, wishes=Wishes(name="Mine"))
    assert {"cents", "revenue", "new_users"} <= set(made.metrics) and "cents" in made.home
    assert total(made.folder, "cents") == sum(range(100, 300))
    assert "clock: data" in (made.folder / "truenorth.yml").read_text("utf-8")


def test_two_tables_of_orders_do_not_mix(tmp_path: Path) -> None:
    for name, rows in (("orders", 50), ("old_orders", 20)):
        lines = [f"{at},2026-01-{1 + at % 28:02},{10 + at}" for at in range(rows)]
        (tmp_path / f"{name}.csv").write_text("\n".join(["order_id,ordered_on,total", *lines]), "utf-8")
    made = begin(tmp_path / "ws", tmp_path / "orders.csv", tmp_path / "old_orders.csv")
    assert total(made.folder, "order_count") == 50
    assert total(made.folder, "old_orders_count") == 20
    assert any("only counted" in one.text for one in made.unsure)


def test_the_command_says_what_to_do_next(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "orders.csv").write_text("order_id,ordered_on,total\n1,2026-01-05,10\n2,2026-02-05,20\n", "utf-8")
    assert main(["init", str(tmp_path / "ws"), "--from", str(tmp_path / "orders.csv"), "--currency", "CHF"]) == 0
    said = capsys.readouterr().out
    assert "truenorth serve -w" in said and "truenorth query revenue" in said
    assert "currency: CHF" in (tmp_path / "ws" / "truenorth.yml").read_text("utf-8")
    assert main(["init", str(tmp_path / "empty")]) == 0
    assert "an empty workspace" in capsys.readouterr().out
    assert main(["check", "-w", str(tmp_path / "empty")]) == 0
    assert main(["init", str(tmp_path / "other"), "--from", str(tmp_path / "ordres.csv")]) == 2
    assert "orders.csv" in capsys.readouterr().err


def test_what_there_was_on_a_day_is_not_added_up(tmp_path: Path) -> None:
    rows = [f"2026-0{month}-01,{who},{10 * who}" for month in (1, 2, 3) for who in range(1, 31)]
    (tmp_path / "mrr_snapshots.csv").write_text("\n".join(["snapshot_date,customer_id,mrr", *rows]), "utf-8")
    made = begin(tmp_path / "ws", tmp_path / "mrr_snapshots.csv")
    assert total(made.folder, "mrr") == sum(10 * who for who in range(1, 31))


def test_an_end_after_the_data_is_a_plan(tmp_path: Path) -> None:
    rows = [
        f"s{at},{at},2026-01-{1 + at % 28:02},{'2027-05-01' if at % 4 == 0 else ''},active,10" for at in range(1, 60)
    ]
    head = "subscription_id,customer_id,started_at,ended_at,status,monthly_price"
    (tmp_path / "subscriptions.csv").write_text("\n".join([head, *rows]), "utf-8")
    made = begin(tmp_path / "ws", tmp_path / "subscriptions.csv")
    months = answer(made, "active_subscriptions", grain="month").table.rows
    assert (str(months[0][0])[:7], int(str(months[0][1]))) == ("2026-01", 59)
    assert all("2027" not in str(month) for month, _ in months)


def test_a_refund_column_without_a_refund_counts_no_refunded_order(tmp_path: Path) -> None:
    rows = [f"{at},2026-01-{at:02},{'refunded' if at % 5 == 0 else 'completed'},10,0" for at in range(1, 21)]
    (tmp_path / "orders.csv").write_text("\n".join(["order_id,ordered_on,status,total,refund_amount", *rows]), "utf-8")
    made = begin(tmp_path / "ws", tmp_path / "orders.csv")
    assert total(made.folder, "order_count") == 16


def test_odd_names_of_tables_and_columns_are_no_obstacle(tmp_path: Path) -> None:
    with duckdb.connect(str(tmp_path / "odd.duckdb")) as made:
        made.execute(
            'CREATE TABLE "Weird Table!" AS SELECT i AS "id", \'v\' || i AS "metric_time", TIMESTAMP \'2026-01-05\' AS "a__b", i AS '
            "\"select\", '{bad' AS j FROM range(30) AS t(i)"
        )
        made.execute("CREATE TABLE people AS SELECT i AS id, uuid() AS ref FROM range(5) AS t(i)")
    made_of = begin(tmp_path / "ws", tmp_path / "odd.duckdb")
    assert set(made_of.tables) == {"weird_table", "people"}
    assert total(made_of.folder, "weird_table_count") == 30
    assert begin(tmp_path / "ws", tmp_path / "odd.duckdb").written == ()


def with_views(path: Path) -> None:
    application(path)
    with duckdb.connect(str(path)) as made:
        made.execute("CREATE VIEW large_purchases AS SELECT * FROM purchases WHERE amount_cents > 200")
        made.execute("CREATE VIEW days AS SELECT DATE '2026-01-01' + i::INT AS day, i AS visits FROM range(40) AS t(i)")
        made.execute("CREATE TABLE gone AS SELECT 1 AS id")
        made.execute("CREATE VIEW broken AS SELECT * FROM gone")
        made.execute("DROP TABLE gone")
        made.execute('CREATE TABLE "Odd: one/two" AS SELECT i AS id FROM range(9) AS t(i)')
        made.execute('CREATE TABLE "odd.three" AS SELECT i AS id FROM range(9) AS t(i)')


def test_views_of_tables_and_what_cannot_be_read_are_passed_over_and_said(tmp_path: Path) -> None:
    with_views(tmp_path / "app.duckdb")
    made = begin(tmp_path / "ws", tmp_path / "app.duckdb")
    assert set(made.tables) == {"users", "purchases", "days", "odd_one_two"}
    unread = dict(made.unread)
    assert "name it as the source of a dataset" in unread["app.duckdb: large_purchases"]
    assert {"broken", "odd.three"} <= set(unread)


def test_views_and_odd_tables_of_a_file_that_is_copied(tmp_path: Path) -> None:
    with_views(tmp_path / "app.duckdb")
    (tmp_path / "t.csv").write_text("ticket_id,created_at\n1,2026-01-01 08:00\n2,2026-01-02 08:00\n", "utf-8")
    made = begin(tmp_path / "ws", tmp_path / "app.duckdb", tmp_path / "t.csv")
    assert {"core_users", "purchases", "days", "odd_one_two"} <= set(made.tables)
    assert "large_purchases" not in made.tables
    assert {"app.duckdb: large_purchases", "app.duckdb: broken", "app.duckdb: odd.three"} <= set(dict(made.unread))


def test_what_has_no_time_is_not_on_the_first_page(tmp_path: Path) -> None:
    people = [f"{at},p{at}@mail.example,{'web' if at % 3 else 'app'}" for at in range(1, 40)]
    (tmp_path / "customers.csv").write_text("\n".join(["customer_id,email,channel", *people]), "utf-8")
    orders = [f"{at},{1 + at % 39},2026-01-{1 + at % 28:02},paid,{at}" for at in range(1, 80)]
    (tmp_path / "orders.csv").write_text("\n".join(["order_id,customer_id,ordered_on,status,total", *orders]), "utf-8")
    made = begin(tmp_path / "ws", tmp_path / "customers.csv", tmp_path / "orders.csv")
    assert "customers_known" in made.metrics and "revenue" in made.home
    with truenorth.open(made.folder, now=NOW) as opened:
        assert all(len(opened.query(name, grain="month").table.rows) for name in made.home)
