"""Canonical tables: every one binds to its own names, and exports of billing systems are read by their makers."""

from __future__ import annotations

from pathlib import Path

import pytest

import truenorth
from truenorth.base.errors import DefinitionError
from truenorth.define.tables import GAP, find_table, matched, tables
from truenorth.define.templates import templates

STRIPE = "id,Customer ID,Plan,Quantity,Currency,Interval,Amount,Status,Start (UTC),Canceled At (UTC),Ended At (UTC)"
ROWS = ("s1,ada,basic,2,eur,month,10.00,active,2026-01-05 00:00,,", "s2,ben,team,1,eur,year,120.00,canceled,"
        "2026-01-10 00:00,2026-02-01 00:00,2026-02-10 00:00", "s3,cleo,basic,1,eur,month,5.00,active,2026-03-01 00:00,,")  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "subs.csv").write_text("\n".join((STRIPE, *ROWS)) + "\n", "utf-8")
    (tmp_path / "truenorth.yml").write_text("version: 1\nname: Cloud\nclock: data\n", "utf-8")
    (tmp_path / "metrics").mkdir()
    text = "version: 1\ndatasets:\n  - {name: mine, file: subs.csv, primary_key: [id]}\n"
    (tmp_path / "metrics" / "mine.yml").write_text(text, "utf-8")
    return tmp_path


@pytest.mark.parametrize("name", tables())
def test_a_table_of_the_canonical_names_is_bound_to_itself(name: str) -> None:
    table = tables()[name]
    own = {column: column for column in table.columns}
    assert matched(table, own).columns == own
    for maker in table.makers:
        assert set(maker.columns) <= set(table.columns)
        gaps = {gap for text in maker.columns.values() for gap in GAP.findall(text)} | set(maker.by)
        assert matched(table, {one: one for one in gaps}).maker == maker.name


def test_an_export_of_stripe_becomes_subscription_periods(folder: Path) -> None:
    """In January 2 x 10 of ada and 120 / 12 of ben; he is gone in February, and cleo comes in March."""
    with truenorth.open(folder) as opened:
        opened.add("subscription_periods", "mine", {})
    text = "version: 1\nmetrics:\n  - {name: mrr, type: movement, dataset: subscription_periods}\n"
    (folder / "metrics" / "mrr.yml").write_text(text, "utf-8")
    with truenorth.open(folder) as opened:
        assert opened.check() == ()
        rows = opened.query("mrr", grain="month", range="2026-01..2026-03").table.rows
    assert [row[1] for row in rows] == [30, 20, 25]


@pytest.mark.parametrize(
    ("price", "yen", "field"), [("2500", "3000", False), ("2500", "3000", True), ("25.00", "3000.00", False)]
)
def test_cents_are_divided_once_and_units_and_yen_never(folder: Path, price: str, yen: str, field: bool) -> None:
    """A Chargebee export in cents, one in units, and one whose cents a field over them has divided already."""
    head = "subscription_id,customer_id,plan_id,plan_quantity,plan_unit_price,billing_period,billing_period_unit,currency_code,status,started_at,cancelled_at"
    rows = (f"1,ada,pro,2,{price},1,month,EUR,active,2026-01-05,", f"2,ben,pro,1,{yen},1,month,JPY,active,2026-01-06,")
    (folder / "bee.csv").write_text("\n".join((head, *rows)) + "\n", "utf-8")
    divided = "{name: plan_unit_price, expr: plan_unit_price * 0.01}" if field else ""
    text = f"version: 1\ndatasets:\n  - {{name: bee, file: bee.csv, fields: [{divided}]}}\n"
    (folder / "metrics" / "bee.yml").write_text(text, "utf-8")
    with truenorth.open(folder) as opened:
        opened.add("subscription_periods", "bee", {})
    text = "version: 1\nmetrics:\n  - {name: mrr, type: movement, dataset: subscription_periods}\n"
    (folder / "metrics" / "mrr.yml").write_text(text, "utf-8")
    with truenorth.open(folder) as opened:
        assert opened.query("mrr", by="currency").table.rows == (("EUR", 50), ("JPY", 3000))


def test_what_is_missing_or_unknown_is_said(folder: Path) -> None:
    with truenorth.open(folder) as opened:
        for table, dataset, slots, code in (
            ("fx_rates", "mine", {}, "E_MISSING_SLOT"),
            ("invoices", "mine", {"amuont": "Amount"}, "E_UNKNOWN_SLOT"),
            ("invoices", "nothing", {}, "E_NAME_NOT_FOUND"),
        ):
            with pytest.raises(DefinitionError) as wrong:
                opened.add(table, dataset, slots)
            assert wrong.value.code == code


def test_a_table_is_found_by_its_name_whatever_metrics_are_also_called() -> None:
    assert [one.name for name in tables() if (one := find_table(name))] == list(tables())
    assert not set(tables()) & set(templates())
    assert find_table("Payments") is tables()["payments"]
    assert find_table("marketing_spend") is None, "the standard metric has that name"
