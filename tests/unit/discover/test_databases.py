"""Databases that are named: their tables come in, views of these do not, and no date is no date."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.servers import Database
from truenorth.discover.report import Discovery
from truenorth.discover.settings import Wishes
from truenorth.discover.start import start

NOW = datetime(2026, 7, 1, 12)


def begin(folder: Path, database: Database) -> Discovery:
    at = f"{database.user}:{quote(database.password, safe='')}@{database.host}:{database.port}"
    return start(folder, [f"{database.scheme}://{at}/{database.name}"], Wishes(), NOW, lambda text: None)


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
    made = begin(tmp_path / "ws", database)
    assert made.tables == ("tickets",)
    [(view, why)] = made.unread
    assert view.endswith("open_tickets") and "metrics/sources.yml" in why


def test_zero_dates_are_counted_and_said(mariadb: Database, tmp_path: Path) -> None:
    filled(mariadb)
    mariadb.run(
        "SET sql_mode = ''", "INSERT INTO tickets SELECT id + 100, created_at, '0000-00-00' FROM tickets WHERE id < 6"
    )
    made = begin(tmp_path / "ws", mariadb)
    assert any(one.text.endswith("tickets: closed_at: 5 times 0000-00-00, read as no date") for one in made.assumed)
    assert any(one.startswith("tickets: 33 rows") for one in made.found)
