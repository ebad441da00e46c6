"""A warehouse with names that only its makers understand, and what is counted of it."""

from __future__ import annotations

from pathlib import Path

import duckdb

import truenorth
from tests.unit.discover.newcomer import NOW, begin
from truenorth.discover.report import Discovery

_TABLES = (
    "CREATE TABLE evt_log_2025 AS SELECT TIMESTAMP '2025-03-01' + INTERVAL (i) HOUR AS ts_utc, i % 30 AS usr_key, "
    "CASE WHEN i % 5 = 0 THEN 'EXPORT' ELSE 'LOGIN' END AS verb FROM range(600) AS t(i)",
    "CREATE TABLE apireq AS SELECT i AS rid, TIMESTAMP '2025-03-01' + INTERVAL (i) MINUTE AS at_ts, '/v1/q' AS route, "
    "CASE WHEN i % 50 = 0 THEN 503 ELSE 200 END AS http_cd, (i % 100) * 1.5 AS dur_ms FROM range(1000) AS t(i)",
    "CREATE TABLE \"dim_Org v2\" AS SELECT i AS org_key, 'o' || i AS org_nm, "
    "DATE '2025-01-01' + CAST(i AS INTEGER) AS signup_dt FROM range(40) AS t(i)",
    "CREATE TABLE f_inv AS SELECT 'I' || i AS inv_no, i % 40 AS org_key, DATE '2025-02-01' + CAST(i % 50 AS INTEGER) "
    "AS inv_dt, 10.0::DECIMAL(9, 2) AS net_amt, 'PAID' AS inv_state FROM range(200) AS t(i)",
    "CREATE TABLE f_inv_old AS SELECT * FROM f_inv LIMIT 50",
)


def begun(folder: Path) -> Discovery:
    with duckdb.connect(str(folder / "wh.duckdb")) as made:
        for sql in _TABLES:
            made.execute(sql)
    return begin(folder / "ws", folder / "wh.duckdb")


def test_a_warehouse_is_understood_through_its_abbreviations(tmp_path: Path) -> None:
    made = begun(tmp_path)
    with truenorth.open(made.folder, now=NOW) as opened:
        found = {name: opened.query(name).table.rows[0][0] for name in made.metrics}
    assert (found["event_count"], found["active_users"], found["export_events"]) == (600, 30, 120)
    assert (found["request_count"], found["error_rate"]) == (1000, 0.02)
    assert found["new_organizations"] == 40
    assert (found["invoiced_revenue"], found["invoice_count"]) == (2000, 200)
    assert {"org_v2", "inv"} <= set(made.tables)
    assert any("an old copy of f_inv" in why for _, why in made.unread)


def test_tables_of_one_event_each_do_not_count_again_what_the_stream_of_all_counts(tmp_path: Path) -> None:
    every = "SELECT 'msg-' || md5(i::VARCHAR) AS id, 'u' || i % 40 AS user_id, TIMESTAMP '2025-03-01' + INTERVAL (i) HOUR AS sent_at, "
    event = "CASE WHEN i % 5 = 0 THEN 'signed_up' WHEN i % 3 = 0 THEN 'product_added' ELSE 'viewed' END AS event, 'https://x/a' AS url"
    with duckdb.connect(str(tmp_path / "wh.duckdb")) as made:
        made.execute(f"CREATE TABLE tracks AS {every}{event} FROM range(600) AS t(i)")
        made.execute("CREATE TABLE signed_up AS SELECT *, 'pro' AS plan FROM tracks WHERE event = 'signed_up'")
        made.execute("CREATE TABLE product_added AS SELECT *, 9.5 AS price FROM tracks WHERE event = 'product_added'")
    found = begin(tmp_path / "ws", tmp_path / "wh.duckdb")
    assert {"event_count", "signups"} <= set(found.metrics)
    assert not any(
        one.startswith(("signed_up_", "product_added_")) and one != "product_added_events" for one in found.metrics
    )
    assert sum("each row is one of tracks" in one.text for one in found.assumed) == 2
