"""What init read comes again: the next export, a restated one, all of it anew under another name; nothing twice."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import openpyxl
import pytest

from tests.unit.discover.newcomer import NOW, answer, begin, pulled, total
from truenorth import workspace
from truenorth.cli.main import main
from truenorth.collect.ledger import loads
from truenorth.discover.pattern import paths_of
from truenorth.store.duckdb import DuckDB

HEAD = ("order_id", "ordered_at", "status", "channel", "total")
Rows = Sequence[Sequence[object]]
Write = Callable[[Path, Sequence[str], Rows], None]


def month(number: int, first: int = 1, worth: int = 10) -> Rows:
    """Thirty orders of a month, of which a third are cancelled."""
    return [
        (
            first + at,
            f"2026-{number:02}-{1 + at % 28:02} 09:30:00",
            "cancelled" if at % 3 == 0 else "paid",
            "web",
            f"{worth + at}.50",
        )
        for at in range(30)
    ]


def worth(rows: Rows) -> Decimal:
    return sum((Decimal(str(row[4])) for row in rows if row[2] == "paid"), Decimal(0))


def as_csv(path: Path, head: Sequence[str], rows: Rows) -> None:
    out = io.StringIO()
    csv.writer(out).writerows([head, *rows])
    path.write_text(out.getvalue(), "utf-8")


def objects(head: Sequence[str], rows: Rows) -> list[dict[str, object]]:
    return [dict(zip(head, (*row[:4], float(str(row[4]))), strict=True)) for row in rows]


def as_lines(path: Path, head: Sequence[str], rows: Rows) -> None:
    path.write_text("\n".join(map(json.dumps, objects(head, rows))), "utf-8")


def as_json(path: Path, head: Sequence[str], rows: Rows) -> None:
    path.write_text(json.dumps(objects(head, rows)), "utf-8")


def as_parquet(path: Path, head: Sequence[str], rows: Rows) -> None:
    plain = path.with_name("rows.tmp")
    as_csv(plain, head, rows)
    types = "{'total': 'DECIMAL(18, 2)'}"
    duckdb.sql(f"COPY (FROM read_csv('{plain}', header = true, types = {types})) TO '{path}' (FORMAT parquet)")
    plain.unlink()


def as_excel(path: Path, head: Sequence[str], rows: Rows) -> None:
    book = openpyxl.Workbook()
    other, sheet = book.active, book.create_sheet("Orders")
    assert other is not None
    other.title = "Ad spend"
    for line in (["Day", "Channel", "Cost"], *([date(2026, 1, at), "web", at] for at in range(1, 29))):
        other.append(line)
    for row in (head, *([*row[:4], float(str(row[4]))] for row in rows)):
        sheet.append(list(row))
    book.save(path)


KINDS: dict[str, Write] = {
    "csv": as_csv,
    "jsonl": as_lines,
    "json": as_json,
    "parquet": as_parquet,
    "xlsx": as_excel,
}


@pytest.mark.parametrize("kind", KINDS)
def test_the_next_export_and_a_restated_one_come_in_exactly(kind: str, tmp_path: Path) -> None:
    write, data, folder = KINDS[kind], tmp_path / "exports", tmp_path / "ws"
    data.mkdir()
    january, february = month(1), month(2, 31)
    write(data / f"orders-2026-01.{kind}", HEAD, january)
    made = begin(folder, data)
    assert total(folder, "revenue") == worth(january)
    assert any(one.text.startswith("orders: ../exports/orders-[0-9]*") for one in made.again)
    before = {path: path.read_bytes() for path in folder.rglob("*.yml")}
    assert {piece.state for table in pulled(folder).tables for piece in table.pieces} == {"unchanged"}
    assert total(folder, "revenue") == worth(january) and begin(folder, data).written == ()
    write(data / f"orders-2026-02.{kind}", HEAD, february)
    assert not pulled(folder).failed
    assert total(folder, "revenue") == worth(january) + worth(february)
    restated = month(1, worth=1000)[:-3]
    write(data / f"orders-2026-01.{kind}", HEAD, restated)
    assert not pulled(folder).failed
    assert total(folder, "revenue") == worth(restated) + worth(february)
    assert {path: path.read_bytes() for path in folder.rglob("*.yml")} == before


def test_all_of_it_under_another_name_is_not_counted_twice(tmp_path: Path) -> None:
    data, folder = tmp_path / "exports", tmp_path / "ws"
    data.mkdir()
    january = month(1)
    as_csv(data / "orders.csv", HEAD, january)
    made = begin(folder, data)
    assert any(one.text.endswith("of each order_id the newest file's rows count") for one in made.again)
    later = [*month(1, worth=20), *month(2, 31)]
    as_csv(data / "orders (1).csv", HEAD, later)
    assert not pulled(folder).failed
    assert total(folder, "revenue") == worth(later)
    with workspace.open(folder, now=NOW, read_only=False) as opened:
        opened.data.pull(full=True)
        assert opened.verify(samples=2).failures == ()
    assert total(folder, "revenue") == worth(later)


def test_an_order_that_is_repeated_for_its_lines_comes_again_as_a_whole(tmp_path: Path) -> None:
    head = ("Name", "Created at", "Financial Status", "Total", "Lineitem name", "Lineitem quantity", "Lineitem price")
    data, folder = tmp_path / "exports", tmp_path / "ws"
    data.mkdir()

    def lines(first: int, last: int, price: int) -> Rows:
        orders = range(first, last)
        return [
            (f"#{at}", f"2026-01-{1 + at % 28:02} 10:00:00", "paid", 2 * price, f"thing {line}", 1, price)
            for at in orders
            for line in range(2)
        ]

    as_csv(data / "orders_export_1.csv", head, lines(1, 30, 5))
    begin(folder, data)
    assert total(folder, "order_count") == 29 and "primary_key: [Name]" in (folder / "metrics/sources.yml").read_text()
    as_csv(data / "orders_export_2.csv", head, lines(20, 40, 7))
    assert not pulled(folder).failed
    assert total(folder, "order_count") == 39
    assert total(folder, "revenue") == 19 * 10 + 20 * 14
    engine = DuckDB(".truenorth/warehouse.duckdb", folder=folder)
    assert engine.rows("SELECT count(*) FROM orders") == [(2 * 39,)]
    engine.close()


def test_what_was_found_out_about_the_texts_holds_for_the_next_ones(tmp_path: Path) -> None:
    data, folder = tmp_path / "exports", tmp_path / "ws"
    data.mkdir()

    def german(path: Path, days: Sequence[int]) -> None:
        lines = [f"B{path.stem}{at};{day:02}/03/2026;bezahlt;Köln;1.{at:03},50" for at, day in enumerate(days)]
        path.write_bytes("\r\n".join(["Bestellnr;Datum;Status;Stadt;Betrag", *lines]).encode("windows-1252"))

    german(data / "bestellungen-1.csv", range(1, 29))
    begin(folder, data)
    text = (folder / "metrics/sources.yml").read_text()
    assert "encoding: windows-1252" in text and "dates: dmy" in text and "decimal: comma" in text
    # None of these days tells by itself whether the day or the month stands first.
    german(data / "bestellungen-2.csv", range(1, 12))
    assert not pulled(folder).failed
    amounts = [Decimal(f"1{at:03}.50") for days in (28, 11) for at in range(days)]
    assert total(folder, "revenue") == sum(amounts)
    assert {str(row[0]) for row in answer(folder, "revenue", grain="month").table.rows} == {"2026-03-01"}


def test_rows_that_do_not_fit_are_told_as_they_are_by_an_import(tmp_path: Path) -> None:
    rows = [*month(1), ("x31", "yesterday", "paid", "web", "lots")]
    as_csv(tmp_path / "orders.csv", HEAD, rows)
    made = begin(tmp_path / "ws", tmp_path / "orders.csv")
    assert ("orders.csv", "1 of 31 rows rejected; they are kept below .truenorth/rejects") in made.unread
    assert "1 of 31 rows rejected" in (tmp_path / "ws" / "discovered.md").read_text("utf-8")
    engine = DuckDB(".truenorth/warehouse.duckdb", folder=tmp_path / "ws")
    [line] = loads(engine, "orders")
    engine.close()
    assert (line.read, line.loaded, line.rejected, line.source) == (31, 30, 1, "orders")
    assert list((tmp_path / "ws" / ".truenorth" / "rejects").iterdir())


def test_a_file_of_something_else_is_refused(tmp_path: Path) -> None:
    data = tmp_path / "exports"
    data.mkdir()
    as_csv(data / "orders.csv", HEAD, month(1))
    begin(tmp_path / "ws", data)
    as_csv(data / "orders_refunded_2026.csv", ("order_id", "refunded_on"), [(1, "2026-02-01")])
    report = pulled(tmp_path / "ws")
    [piece] = [piece for table in report.tables for piece in table.pieces if piece.state == "refused"]
    assert report.failed and piece.cause is not None and piece.cause.code == "E_COLUMNS_DIFFER"
    assert total(tmp_path / "ws", "revenue") == worth(month(1))


def test_another_file_for_the_same_table_is_added_once_and_said(tmp_path: Path) -> None:
    for folder, number in (("january", 1), ("february", 2)):
        (tmp_path / folder).mkdir()
        as_csv(tmp_path / folder / "orders.csv", HEAD, month(number, number * 100))
        made = begin(tmp_path / "ws", tmp_path / folder / "orders.csv")
    assert made.once == ("orders.csv: added to orders, which is filled from elsewhere",)
    assert not pulled(tmp_path / "ws").failed
    assert total(tmp_path / "ws", "revenue") == worth(month(1)) + worth(month(2))


def test_new_sources_get_a_file_of_their_own(tmp_path: Path) -> None:
    data, folder = tmp_path / "exports", tmp_path / "ws"
    data.mkdir()
    as_csv(data / "orders.csv", HEAD, month(1))
    begin(folder, data)
    tickets = [(at, f"2026-01-{at:02} 08:00:00", "low", "solved") for at in range(1, 20)]
    as_csv(data / "tickets.csv", ("ticket_id", "created_at", "priority", "status"), tickets)
    made = begin(folder, data)
    assert {"metrics/sources_2.yml", "metrics/tickets.yml"} <= set(made.written)
    assert {table.table for table in pulled(folder).tables} == {"orders", "tickets"}


def test_a_table_with_a_name_of_ours_is_kept_apart(tmp_path: Path) -> None:
    rows = [(f"e{at}", f"u{at % 9}", "opened", f"2026-01-{1 + at % 28:02} 08:00:00") for at in range(60)]
    as_csv(tmp_path / "events.csv", ("event_id", "user_id", "event_name", "occurred_at"), rows)
    made = begin(tmp_path / "ws", tmp_path / "events.csv")
    assert "events" in made.tables and total(tmp_path / "ws", "event_count") == 60
    assert not pulled(tmp_path / "ws").failed


def test_a_duckdb_file_beside_others_is_copied_once_and_anew(tmp_path: Path) -> None:
    as_csv(tmp_path / "orders.csv", HEAD, month(1))
    for count in (20, 30):
        with duckdb.connect(str(tmp_path / "app.duckdb")) as made:
            made.execute(
                f"CREATE OR REPLACE TABLE users AS SELECT i AS id, DATE '2026-01-01' + i::INT AS created_on FROM range({count}) AS t(i)"
            )
        found = begin(tmp_path / "ws", tmp_path / "app.duckdb", tmp_path / "orders.csv")
        assert any(one.startswith("app.duckdb: its tables were copied") for one in found.once)
        assert total(tmp_path / "ws", "new_users") == count
    assert "## Read this once" in (tmp_path / "ws" / "discovered.md").read_text("utf-8")


def test_the_command_and_the_report_name_the_next_step(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    as_csv(tmp_path / "orders-2026-01.csv", HEAD, month(1))
    assert main(["init", str(tmp_path / "ws"), "--from", str(tmp_path / "orders-2026-01.csv")]) == 0
    assert "takes the next export" in capsys.readouterr().out
    page = (tmp_path / "ws" / "discovered.md").read_text("utf-8").splitlines()
    assert "truenorth pull" in page[-1] and "takes the next export" in page[-1]


@pytest.mark.parametrize(
    ("there", "named", "paths"),
    [
        (["orders-2026-01.csv", "orders-2026-02.csv"], ["."], ["../d/orders-[0-9]*.csv"]),
        (["orders.csv", "customers.csv"], ["."], ["../d/orders.csv", "../d/orders*[0-9]*.csv"]),
        (["orders.csv"], [], ["../d/orders.csv"]),
        (["orders.csv", "orders_lines_2026.csv"], ["."], ["../d/orders.csv"]),
        (["day=2026-01-01/orders.csv", "day=2026-01-02/orders.csv"], ["."], ["../d/day=*/orders.csv", "../d/day=*/orders*[0-9]*.csv"]),
        (["orders (1).csv", "orders (2).csv"], [], ["../d/orders ([0-9]*).csv"]),
    ],
)  # fmt: skip
def test_what_varies_in_names_is_left_open(
    there: list[str], named: list[str], paths: list[str], tmp_path: Path
) -> None:
    for name in there:
        (tmp_path / "d" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "d" / name).write_text("a\n1\n", "utf-8")
    (tmp_path / "ws").mkdir()
    wanted = [tmp_path / "d" / name for name in there if "lines" not in name and "customers" not in name]
    assert paths_of(wanted, tmp_path / "ws", [tmp_path / "d" / one for one in named]) == paths


def deal(number: int, stage: str, amount: int, stamp: str, gone: str = "false") -> tuple[object, ...]:
    won = "true" if stage == "Closed Won" else "false"
    closed = "true" if stage.startswith("Closed") else "false"
    day = f"2026-0{1 + number % 3}-{1 + number % 28:02}"
    return (f"006{number:03}", f"001{number % 5:03}", f"Deal {number}", stage, amount, day, closed, won, gone, "2026-01-01T09:00:00.000Z", stamp)  # fmt: skip


def test_salesforce_exports_are_read_as_what_they_are(tmp_path: Path) -> None:
    data, folder = tmp_path / "crm", tmp_path / "ws"
    data.mkdir()
    head = ("Id", "AccountId", "Name", "StageName", "Amount", "CloseDate", "IsClosed", "IsWon", "IsDeleted", "CreatedDate", "SystemModstamp")  # fmt: skip
    first, later = "2026-02-01T10:00:00.000Z", "2026-03-01T10:00:00.000Z"
    stages = ("Closed Won", "Closed Lost", "Prospecting")
    deals = [deal(at, stages[at % 3], 100 + at, first, "true" if at == 3 else "false") for at in range(60)]
    as_csv(data / "Opportunity-2026-02-01.csv", head, deals)
    accounts = [(f"001{at:03}", f"Firm {at}", "Customer", "2025-01-01T09:00:00.000Z", "false") for at in range(5)]
    as_csv(data / "Account-2026-02-01.csv", ("Id", "Name", "Type", "CreatedDate", "IsDeleted"), accounts)
    made = begin(folder, data)
    assert set(made.tables) >= {"opportunity", "account"}
    text = (folder / "metrics" / "sources.yml").read_text("utf-8")
    assert '{name: salesforce, type: salesforce, files: "../crm", every: 1 hour}' in text
    won = sum(100 + at for at in range(60) if at % 3 == 0 and at != 3)
    assert total(folder, "won_revenue") == won
    assert not pulled(folder).failed and total(folder, "won_revenue") == won
    as_csv(
        data / "Opportunity-2026-03-01.csv",
        head,
        [deal(1, "Closed Won", 5000, later), deal(0, stages[0], 1, later, "true")],
    )
    assert not pulled(folder).failed
    assert total(folder, "won_revenue") == won + 5000 - 100


def day(path: Path, people: int, kind: str) -> None:
    """A day of web analytics, Parquet or JSON lines, as BigQuery exports it."""
    number = path.name.split("_")[-1][:8]
    rows = []
    for at in range(people * 3):
        name = ("session_start", "page_view", "purchase")[at % 3]
        params = [
            {"key": "ga_session_id", "value": {"string_value": None, "int_value": 7, "float_value": None, "double_value": None}},
            {"key": "plan", "value": {"string_value": "pro" if at % 2 else "free", "int_value": None, "float_value": None, "double_value": None}},
        ]  # fmt: skip
        at_second = int(datetime.strptime(number + "+0000", "%Y%m%d%z").timestamp()) + at
        rows.append(
            {
                "event_date": number,
                "event_timestamp": at_second * 1_000_000,
                "event_name": name,
                "event_params": params,
                "user_pseudo_id": f"p{at // 3}",
                "device": {"category": "mobile", "mobile_brand_name": "Acme"},
                "ecommerce": {"purchase_revenue": 10.5 if name == "purchase" else None},
                "app_info": {"version": "1.2"},
            }
        )
    lines = path.with_suffix(".json")
    lines.write_text("\n".join(map(json.dumps, rows)), "utf-8")
    if kind == "parquet":
        duckdb.sql(
            f"COPY (FROM read_json('{lines}', format = 'newline_delimited', sample_size = -1)) TO '{path}' (FORMAT parquet)"
        )
        lines.unlink()


@pytest.mark.parametrize("kind", ["parquet", "json"])
def test_analytics_days_come_again_while_they_are_restated(kind: str, tmp_path: Path) -> None:
    data, folder = tmp_path / "ga", tmp_path / "ws"
    data.mkdir()
    day(data / f"events_20260628.{kind}", 20, kind)
    day(data / f"events_intraday_20260629.{kind}", 10, kind)
    made = begin(folder, data)
    assert "events" in made.tables and "type: ga4" in (folder / "metrics" / "sources.yml").read_text("utf-8")
    assert (total(folder, "event_count"), total(folder, "event_revenue")) == (90, Decimal("315.0"))
    assert not pulled(folder).failed and total(folder, "event_count") == 90
    day(data / f"events_20260629.{kind}", 15, kind)
    day(data / f"events_20260630.{kind}", 5, kind)
    assert not pulled(folder).failed
    assert (total(folder, "event_count"), total(folder, "purchases")) == (120, 40)
    assert dict(answer(folder, "event_count", by="plan").table.rows) == {"free": 61, "pro": 59}
    if kind == "parquet":
        engine = DuckDB(".truenorth/warehouse.duckdb", folder=folder)
        others = "SELECT DISTINCT device_mobile_brand_name, app_info_version FROM ga4_events"
        assert engine.rows(others) == [("Acme", "1.2")]
        engine.close()
