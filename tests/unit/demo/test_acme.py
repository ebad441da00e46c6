"""The tables are the same every time, have the types they say, and hang together."""

from __future__ import annotations

import hashlib
from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from truenorth import workspace
from truenorth.define.load import load
from truenorth.define.templates import templates
from truenorth.demo import demo_folder, generate

FIRST_MOMENT = datetime(2024, 12, 31, 23, 0)  # local midnight in winter
LAST_MOMENT = datetime(2026, 6, 30, 22, 0)  # local midnight in summer
LOCAL = "{} at time zone 'UTC' at time zone 'Europe/Berlin'"
COLUMNS = "duckdb_columns() where not internal"
KEYS = {
    name: dataset.primary_key for name, dataset in load(demo_folder("acme")).datasets.items() if dataset.primary_key
}


def digest(files: dict[str, Path]) -> dict[str, str]:
    return {name: hashlib.sha256(file.read_bytes()).hexdigest() for name, file in files.items()}


def test_the_same_scale_gives_the_same_bytes(tmp_path: Path) -> None:
    heard: list[tuple[str, int]] = []
    first = generate(tmp_path / "one", 0.02, lambda name, rows: heard.append((name, rows)))
    assert digest(first) == digest(generate(tmp_path / "other", 0.02))
    assert [name for name, _ in heard] == list(first)
    assert all(rows > 0 for _, rows in heard)


def test_scale_multiplies_people_but_not_checks(files: dict[str, Path], tmp_path: Path) -> None:
    small = generate(tmp_path, 0.05)
    with duckdb.connect() as connection:

        def rows(file: Path) -> int:
            found = connection.execute(f"select count(*) from read_parquet('{file}')").fetchone()
            assert found is not None
            return int(found[0])

        assert 1.6 < rows(files["product_events"]) / rows(small["product_events"]) < 2.5
        assert 85_000 < rows(files["product_events"]) < 125_000
        assert digest({"checks": small["checks"]})["checks"] == digest({"checks": files["checks"]})["checks"]


def test_every_dataset_has_its_table_and_every_field_its_column(acme: Path, data: duckdb.DuckDBPyConnection) -> None:
    for dataset in load(acme).datasets.values():
        columns = {name for name, *_ in data.execute(f"describe {dataset.source}").fetchall()}
        plain = {field.name for field in dataset.fields if not field.expr}
        assert plain | {dataset.time, *dataset.primary_key} <= columns, dataset.name


def test_types_are_what_the_warehouse_needs(data: duckdb.DuckDBPyConnection) -> None:
    types = {
        (table, column): kind
        for table, column, kind in data.execute(f"select table_name, column_name, data_type from {COLUMNS}").fetchall()
    }
    for (table, column), kind in types.items():
        if column.endswith("_id"):
            assert kind == "INTEGER", (table, column)
        elif column.endswith(("_at", "hour")):
            assert kind == "TIMESTAMP", (table, column)
        elif column.endswith("_on") or column in ("day", "month_start", "period_start"):
            assert kind == "DATE", (table, column)
        elif column in ("amount", "mrr", "discount", "refunded", "cost", "tax", "monthly_amount"):
            assert kind == "DECIMAL(18,2)", (table, column)
        elif column in ("up", "bought", "failed", "active_at_start", "active_week_4"):
            assert kind == "BOOLEAN", (table, column)


@pytest.mark.parametrize("table", sorted(KEYS))
def test_keys_are_unique(table: str, data: duckdb.DuckDBPyConnection) -> None:
    # The unknown channel and country are groups of their own in the daily sums.
    keys = ", ".join(f"coalesce({key}::varchar, '')" for key in KEYS[table])
    count = data.execute(f"select count(*), count(distinct ({keys})) from {table}").fetchone()
    assert count is not None and count[0] == count[1] > 0


def test_nothing_happens_outside_the_story(data: duckdb.DuckDBPyConnection) -> None:
    moments = f"select table_name, column_name from {COLUMNS} and data_type = 'TIMESTAMP'"
    for table, column in data.execute(moments).fetchall():
        found = data.execute(f"select min({column}), max({column}) from {table}").fetchone()
        assert found is not None and FIRST_MOMENT <= found[0] <= found[1] < LAST_MOMENT, (table, column)


def test_days_are_local_days(data: duckdb.DuckDBPyConnection) -> None:
    data.execute("load icu")
    local = LOCAL.format("ordered_at")
    assert data.execute(f"select count(*) from orders where ({local})::date <> ordered_on").fetchone() == (0,)


def test_some_things_are_missing_on_purpose(data: duckdb.DuckDBPyConnection) -> None:
    missing = {
        "orders of customers nobody knows": "select count(*) from orders anti join customers using (customer_id)",
        "orders of nobody": "select count(*) from orders where customer_id is null",
        "tickets of nobody": "select count(*) from tickets where customer_id is null",
        "tickets without an answer": "select count(*) from tickets where first_response_minutes is null",
        "visits from nowhere": "select count(*) from sessions where channel is null",
    }
    for what, sql in missing.items():
        found = data.execute(sql).fetchone()
        assert found is not None and found[0] > 0, what


def test_tables_agree_with_each_other(data: duckdb.DuckDBPyConnection) -> None:
    agree = {
        "days of use are days of events": (
            "select count(*) from user_days",
            f"select count(distinct (user_id, ({LOCAL.format('occurred_at')})::date)) from product_events",
        ),
        "orders with a session are sessions that bought": (
            "select count(*) from orders where session_id is not null",
            "select count(*) from sessions where bought",
        ),
        "months end with what the last day says": (
            "select sum(mrr) from subscription_months where month_start = '2026-06-01'",
            "select sum(mrr) from mrr_days where day = '2026-06-30'",
        ),
        "those who left by month and by day": (
            "select count(*) from subscription_months where cancelled",
            "select sum(cancelled) from mrr_days",
        ),
        "marketing is booked as a cost": (
            "select sum(amount) from marketing_spend",
            "select sum(amount) from costs where category = 'marketing'",
        ),
    }
    data.execute("load icu")
    for what, (one, other) in agree.items():
        assert data.execute(one).fetchone() == data.execute(other).fetchone(), what


def test_expected_numbers_of_the_definitions_hold_at_any_scale(acme: Path) -> None:
    with workspace.open(acme) as opened:
        outcomes = opened.test()
    assert len(outcomes) >= 10
    assert [str(outcome) for outcome in outcomes if not outcome.passed] == []


def test_three_questions_cross_the_domains_in_one_query_each(acme: Path) -> None:
    with workspace.open(acme) as opened:
        speed = opened.query("conversion_rate", by="latency_bucket").table
        days = opened.query("revenue_per_day", by="incident_day").table
        channels = opened.query("cost_per_acquisition", "retained_revenue", by="channel").table
    assert {name for name, _ in speed.rows} == {"fast", "ok", "slow", "very slow"}
    assert [name for name, _ in days.rows] == ["incident day", "ordinary day"]
    assert {None, "paid social", "partners"} <= set(channels.column("channel"))
    assert all(value is not None for value in channels.column("retained_revenue"))


def test_a_customer_brings_as_many_times_their_cost_as_in_other_companies(acme: Path) -> None:
    """Between three and five is held to be good: over 18 months, with the people who sell."""
    with workspace.open(acme) as opened:
        [(times, months)] = opened.query("ltv_to_cac", "cac_payback", range="all").table.rows
    assert 2.5 < float(str(times)) < 6
    assert 5 < float(str(months)) < 15


def test_the_home_page_shows_standard_metrics_with_owner_target_and_definition(acme: Path) -> None:
    with workspace.open(acme) as opened:
        cards = {card.name: card for card in opened.scorecard().cards}
        standard = [name for name in cards if opened.model.metrics[name].template == name]
        assert len(standard) >= 15
        for name in standard:
            metric, card = opened.model.metrics[name], cards[name]
            assert name in templates() and metric.description
            assert card.owner and card.value is not None
            assert card.goal is not None and card.goal.value is not None
