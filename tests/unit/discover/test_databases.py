"""Databases that are named: their tables come in, views of these do not, and no date is no date."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

import pytest

from tests.servers import Database
from tests.unit.discover.newcomer import begin, pulled, total


def address(database: Database) -> str:
    at = f"{database.user}:{quote(database.password, safe='')}@{database.host}:{database.port}"
    return f"{database.scheme}://{at}/{database.name}"


def filled(database: Database) -> None:
    rows = ", ".join(f"({at}, '2026-03-{at:02} 08:00:00', NULL)" for at in range(1, 29))
    database.run(
        "CREATE TABLE tickets (id int PRIMARY KEY, created_at timestamp NULL, closed_at timestamp NULL)",
        f"INSERT INTO tickets VALUES {rows}",
        "CREATE VIEW open_tickets AS SELECT * FROM tickets WHERE closed_at IS NULL",
    )


@pytest.mark.parametrize("kind", ["postgres", "mariadb"])
def test_views_stay_where_their_tables_come_in(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    database: Database = request.getfixturevalue(kind)
    filled(database)
    made = begin(tmp_path / "ws", address(database))
    assert made.tables == ("tickets",)
    [(view, why)] = made.unread
    assert view.endswith("open_tickets") and "metrics/sources.yml" in why


def test_zero_dates_are_counted_and_said(mariadb: Database, tmp_path: Path) -> None:
    filled(mariadb)
    mariadb.run(
        "SET sql_mode = ''", "INSERT INTO tickets SELECT id + 100, created_at, '0000-00-00' FROM tickets WHERE id < 6"
    )
    made = begin(tmp_path / "ws", address(mariadb))
    assert any(one.text.endswith("tickets: closed_at: 5 times 0000-00-00, read as no date") for one in made.assumed)
    assert any(one.startswith("tickets: 33 rows") for one in made.found)


def orders(database: Database, first: int, last: int, worth: int) -> None:
    rows = ", ".join(
        f"({at}, '2026-03-{1 + at % 28:02} 08:00:00', 'paid', {worth}, '2026-04-01 {at // 60:02}:{at % 60:02}:00')"
        for at in range(first, last)
    )
    database.run(
        "CREATE TABLE IF NOT EXISTS orders (id int PRIMARY KEY, ordered_at timestamp NULL, status varchar(20), "
        "total numeric(12, 2), updated_at timestamp NULL)",
        f"INSERT INTO orders VALUES {rows}",
    )


@pytest.mark.parametrize("kind", ["postgres", "mariadb"])
def test_new_and_changed_rows_come_with_the_next_pull(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    database: Database = request.getfixturevalue(kind)
    filled(database)
    orders(database, 1, 50, 10)
    folder = tmp_path / "ws"
    made = begin(folder, address(database))
    [again] = made.again
    assert again.text.endswith("2 tables of the database, every hour")
    text = (folder / "metrics" / "sources.yml").read_text("utf-8")
    assert (
        "cursor: updated_at" in text
        and database.password not in text
        and "every: 1 hour" in text
        and "full: 1 day" in text
    )
    assert (total(folder, "order_count"), total(folder, "revenue"), total(folder, "tickets_opened")) == (49, 490, 28)
    assert not pulled(folder).failed and (total(folder, "order_count"), total(folder, "revenue")) == (49, 490)
    orders(database, 50, 60, 7)
    database.run("UPDATE orders SET total = 1000, updated_at = '2026-06-30 09:00:00' WHERE id = 1")
    database.run("INSERT INTO tickets VALUES (99, '2026-03-05 08:00:00', NULL)")
    assert not pulled(folder).failed
    found = (total(folder, "order_count"), total(folder, "revenue"), total(folder, "tickets_opened"))
    assert found == (59, 490 - 10 + 1000 + 70, 29)


def test_a_table_that_is_new_there_gets_a_source_of_its_own(tmp_path: Path, postgres: Database) -> None:
    filled(postgres)
    folder = tmp_path / "ws"
    begin(folder, address(postgres))
    assert begin(folder, address(postgres)).written == ()
    orders(postgres, 1, 50, 10)
    made = begin(folder, address(postgres))
    assert {"metrics/sources_2.yml", "metrics/orders.yml"} <= set(made.written)
    assert not pulled(folder).failed and total(folder, "order_count") == 49


def test_a_table_called_like_one_of_ours_is_kept_apart(tmp_path: Path, postgres: Database) -> None:
    postgres.run(
        "CREATE TABLE events (id int PRIMARY KEY, user_id int, event_name text, occurred_at timestamptz)",
        "INSERT INTO events SELECT i, i % 7, 'opened', timestamptz '2026-03-01 00:00Z' + i * interval '1 hour' FROM "
        "generate_series(1, 90) AS i",
    )
    made = begin(tmp_path / "ws", address(postgres))
    assert "events" in made.tables and total(tmp_path / "ws", "event_count") == 90
    assert not pulled(tmp_path / "ws").failed
