"""What was known at an earlier time: the rows of the loads up to then, or an error that says why nobody can tell."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest

import truenorth
from truenorth.base.errors import QueryError
from truenorth.collect.report import Options
from truenorth.workspace import Workspace

SHOP = """
version: 1
datasets:
  - {name: orders, source: orders, time: day, fields: [{name: amount, unit: currency}, {name: customer_id}]}
  - {name: customers, source: customers, primary_key: [customer_id], fields: [{name: country}]}
  - {name: day_totals, query: "select day, sum(amount) as amount from orders group by day", time: day}
  - {name: goals, file: goals.csv, time: day}
  - {name: events, source: events, time: time}
relationships:
  - {name: order_customer, from: orders, to: customers, from_columns: [customer_id], to_columns: [customer_id]}
metrics:
  - {name: revenue, type: simple, dataset: orders, agg: sum, expr: amount, unit: currency}
  - {name: totals, type: simple, dataset: day_totals, agg: sum, expr: amount}
  - {name: goal, type: simple, dataset: goals, agg: sum, expr: amount}
  - {name: seen, type: simple, dataset: events, agg: count}
"""
FILES = {
    "first.csv": "order_id,day,amount,customer_id\n1,2026-01-05,100.00,7\n2,2026-01-09,40.00,8\n",
    "second.csv": "order_id,day,amount,customer_id\n3,2026-01-20,7.50,7\n4,,1.00,9\n",
    "customers.csv": "customer_id,country\n7,DE\n8,FR\n",
    "goals.csv": "day,amount\n2026-01-01,5\n",
}
At = Callable[[datetime], Workspace]


@pytest.fixture
def at(tmp_path: Path) -> At:
    """The workspace opened at a time."""
    (tmp_path / "metrics").mkdir()
    (tmp_path / "truenorth.yml").write_text("version: 1\nname: Shop\ntimezone: Europe/Berlin\n", "utf-8")
    (tmp_path / "metrics" / "shop.yml").write_text(SHOP, "utf-8")
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, "utf-8")

    def opened(now: datetime) -> Workspace:
        return truenorth.open(tmp_path, now=now, read_only=False)

    for day, table, file in ((1, "orders", "first"), (1, "customers", "customers"), (3, "orders", "second")):
        with opened(datetime(2026, 2, day, 10)) as shop:
            shop.data.import_files(table, [tmp_path / f"{file}.csv"])
    return opened


def test_later_loads_are_left_out_and_that_is_said(at: At) -> None:
    with at(datetime(2026, 3, 1)) as shop:

        def known(when: str) -> object:
            return shop.query("revenue", as_of=when).table.rows[0][0]

        assert (known(""), known("2026-02-03"), known("2026-02-02")) == (Decimal("148.50"), Decimal("148.50"), 140)
        # 10:00 UTC is 11:00 in Berlin.
        assert (known("2026-02-03T10:59"), known("2026-02-03T11:00"), known("2026-01-31")) == (
            140,
            Decimal("148.5"),
            None,
        )
        assert shop.query("revenue", as_of="2026-02-02").notes == (
            "told as it was known at the end of 2026-02-02: rows that came in later are left out",
        )
        assert shop.query("select MEASURE(revenue) from metrics", as_of="2026-02-02").table.rows == ((140,),)
        by_country = shop.query("revenue", by="country", as_of="2026-02-02").table.rows
        assert by_country == (("DE", 100), ("FR", 40))
        plan, sql = shop.explain("revenue", as_of="2026-02-02")
        assert plan
        assert "rowid < 2" in sql


def code_of(shop: Workspace, metric: str, when: str) -> str:
    """The code with which a question is refused."""
    with pytest.raises(QueryError) as error:
        shop.query(metric, as_of=when)
    return error.value.code


def test_what_nobody_can_tell_is_refused_with_the_reason(at: At) -> None:
    with at(datetime(2026, 3, 1)) as shop:
        for metric in ("totals", "goal"):
            assert code_of(shop, metric, "2026-02-02") == "E_AS_OF_UNSUPPORTED"
        for text in ("soon", "2026-02-30", "2026-02-03T25:00"):
            assert code_of(shop, "revenue", text) == "E_BAD_AS_OF"
        shop.data.engine.write("DELETE FROM orders WHERE order_id = 1")
        with pytest.raises(QueryError, match="changed by others than its loads") as error:
            shop.query("revenue", as_of="2026-02-02")
        assert str(error.value.where).startswith("metrics/shop.yml:4")
        assert shop.query("revenue", as_of="2026-02-03").table.rows == ((Decimal("48.50"),),)


def test_what_was_replaced_since_is_refused(at: At, tmp_path: Path) -> None:
    with at(datetime(2026, 2, 9, 10)) as shop:
        shop.data.import_files("orders", [tmp_path / "first.csv"], Options(replace=True))
    with at(datetime(2026, 3, 1)) as shop:
        with pytest.raises(QueryError, match=r"changed by load \d+ of 2026-02-09, which replaced rows"):
            shop.query("revenue", as_of="2026-02-02")
        assert shop.query("revenue", as_of="2026-02-09").table.rows == ((140,),)


def test_tables_that_were_not_loaded_are_refused(at: At) -> None:
    with at(datetime(2026, 3, 1)) as shop:
        shop.data.engine.write("CREATE TABLE events (time TIMESTAMP, received_at TIMESTAMP)")
        shop.data.engine.write(
            "INSERT INTO events VALUES ('2026-02-01 09:00', '2026-02-01 09:01'), (NULL, '2026-02-05')"
        )
        assert shop.query("seen", as_of="2026-02-03").table.rows == ((1,),)
        shop.data.engine.write("CREATE OR REPLACE TABLE orders AS SELECT * FROM orders")
        shop.data.engine.write("DELETE FROM loads WHERE table_name = 'orders'")
        assert code_of(shop, "revenue", "2026-02-03") == "E_AS_OF_UNSUPPORTED"
