"""What a workspace made of other programs' exports counts: the numbers that a person would work out by hand."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from pathlib import Path

import duckdb

import truenorth
from truenorth.discover.report import Discovery
from truenorth.discover.settings import Wishes
from truenorth.discover.start import start

NOW = datetime(2026, 7, 1, 12)


def begin(folder: Path, name: str, select: str) -> Discovery:
    """A workspace made of one Parquet file with the rows of a select."""
    with duckdb.connect() as made:
        made.execute(f"COPY ({select}) TO '{folder / name}.parquet' (FORMAT parquet)")
    return start(folder / "ws", [str(folder / f"{name}.parquet")], Wishes(), NOW, lambda text: None)


def written(folder: Path, **files: list[str]) -> Discovery:
    """A workspace made of CSV files."""
    for name, lines in files.items():
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n", "utf-8")
    given = [str(folder / f"{name}.csv") for name in files]
    return start(folder / "ws", given, Wishes(), NOW, lambda text: None)


def total(made: Discovery, metric: str) -> object:
    with truenorth.open(made.folder, now=NOW) as opened:
        return opened.query(metric).table.rows[0][0]


def test_web_analytics_count_browsers_sessions_and_orders(tmp_path: Path) -> None:
    made = begin(
        tmp_path,
        "hits",
        "SELECT epoch_us(TIMESTAMP '2026-01-01' + INTERVAL (i) HOUR) AS event_timestamp, "
        "CASE WHEN i % 10 = 9 THEN 'purchase' ELSE 'page_view' END AS event_name, 'p' || i % 20 AS user_pseudo_id, "
        "CASE WHEN i % 20 = 3 AND i > 200 THEN 'member3' END AS user_id, "
        "[{'key': 'ga_session_id', 'value': {'string_value': NULL::VARCHAR, 'int_value': i // 100}}, "
        "{'key': 'currency', 'value': {'string_value': CASE WHEN i % 10 = 9 THEN 'CHF' END, 'int_value': NULL}}] "
        "AS event_params, {'purchase_revenue': CASE WHEN i % 10 = 9 THEN 12.5 END, "
        "'transaction_id': CASE WHEN i % 10 = 9 THEN 'T' || i // 20 END} AS ecommerce FROM range(400) AS t(i)",
    )
    assert total(made, "active_users") == 20
    assert total(made, "session_count") == 80
    assert total(made, "order_count") == 20
    assert float(str(total(made, "revenue"))) == 250
    assert "currency: CHF" in (made.folder / "truenorth.yml").read_text("utf-8")


def test_values_inside_of_objects_keep_their_decimals_and_ids_their_meaning(tmp_path: Path) -> None:
    late = "CASE WHEN i > 5100 THEN '4.5' ELSE '4' END"
    made = begin(
        tmp_path,
        "orders",
        "SELECT i AS order_id, TIMESTAMP '2026-01-01' + INTERVAL (i) MINUTE AS ordered_at, "
        "'{\"total\": ' || (i % 7) || ', \"shipping\": ' || " + late + ' || \', "code": "007"}\' AS amounts, '
        "'{\"id\": \"c' || i % 40 || '\", \"tries\": ' || i || '}' AS customer FROM range(5200) AS t(i)",
    )
    assert Decimal(str(total(made, "shipping_charged"))) == Decimal(5101 * 4) + Decimal("4.5") * 99
    assert total(made, "buyers") == 40
