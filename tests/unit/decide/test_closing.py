"""Closed periods: what was reported stays, and what would be told otherwise today is said to the cent."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

import truenorth
from truenorth.base.errors import QueryError
from truenorth.decide.closing import Closed, Closing, close, closings, reopen, restatements
from truenorth.workspace import Workspace

NOW = datetime(2026, 6, 2, 9)
SIGNED = Closed("", date.min, "", "", None, None, "", NOW, "ada", "board")
ROWS = [
    ("2026-04-10", "north", "100.00", 0.1),
    ("2026-04-20", "south", "40.00", 0.2),
    ("2026-04-21", None, "0.10", 0.3),
    ("2026-05-05", "north", "60.00", 0.4),
]


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Workspace]:
    (tmp_path / "metrics").mkdir()
    (tmp_path / "truenorth.yml").write_text("version: 1\nname: Shop\n", "utf-8")
    simple = "type: simple, dataset: orders, agg"
    money = "domain: financial, unit: currency"
    (tmp_path / "metrics" / "shop.yml").write_text(
        "version: 1\n"
        "datasets:\n"
        "  - {name: orders, source: orders, time: ordered_at,\n"
        "     fields: [{name: amount, unit: currency}, {name: region}, {name: share}]}\n"
        "metrics:\n"
        f"  - {{name: revenue, {simple}: sum, expr: amount, {money}, dimensions: [region]}}\n"
        f"  - {{name: mean_share, {simple}: avg, expr: share}}\n"
        f"  - {{name: order_count, {simple}: count}}\n"
        "  - {name: order_value, type: ratio, domain: financial, numerator: revenue, denominator: order_count}\n",
        "utf-8",
    )
    with truenorth.open(tmp_path, now=NOW, read_only=False) as opened:
        engine = opened.data.engine
        engine.write("CREATE TABLE orders (ordered_at DATE, region VARCHAR, amount DECIMAL(10, 2), share DOUBLE)")
        for day, region, amount, share in ROWS:
            shown = "NULL" if region is None else f"'{region}'"
            engine.write(f"INSERT INTO orders VALUES (DATE '{day}', {shown}, {amount}, {share})")
        yield opened


def closed(shop: Workspace, text: str, *names: str) -> Closing:
    return close(shop.query, shop.data.engine, shop.model, text, names, SIGNED)


def test_the_whole_and_each_member_are_kept_with_all_their_digits(shop: Workspace) -> None:
    made = closed(shop, "2026-04", "revenue")
    assert [(one.dimension, one.member, one.value, one.currency) for one in made.kept] == [
        ("", None, "140.10", "USD"),
        ("region", "north", "100.00", "USD"),
        ("region", "south", "40.00", "USD"),
        ("region", None, "0.10", "USD"),
    ]
    assert set(closings(shop.data.engine)) == set(made.kept)
    assert {(one.closed_at, one.closed_by, one.reason) for one in made.kept} == {(NOW, "ada", "board")}
    assert restatements(shop.query, made.kept) == ()


def test_without_names_all_financial_metrics_are_closed(shop: Workspace) -> None:
    assert {one.metric for one in closed(shop, "2026-Q1").kept} == set()
    assert {one.metric for one in closed(shop, "2026-04").kept} == {"revenue", "order_value"}


def test_what_changes_later_is_a_restatement(shop: Workspace) -> None:
    engine = shop.data.engine
    kept = closed(shop, "2026-04", "revenue").kept
    engine.write("UPDATE orders SET amount = 45.05 WHERE region = 'south'")
    engine.write("DELETE FROM orders WHERE region IS NULL")
    engine.write("INSERT INTO orders VALUES (DATE '2026-05-06', 'west', 1, 0)")
    found = restatements(shop.query, kept)
    assert [(one.closed.dimension, one.closed.member, one.before, one.now, one.change) for one in found] == [
        ("", None, Decimal("140.10"), Decimal("145.05"), Decimal("4.95")),
        ("region", "south", Decimal("40.00"), Decimal("45.05"), Decimal("5.05")),
        ("region", None, Decimal("0.10"), None, None),
    ]


def test_floating_numbers_are_alike_within_a_billionth(shop: Workspace) -> None:
    kept = closed(shop, "2026-04", "mean_share").kept
    shop.data.engine.write("UPDATE orders SET share = share * (1 + 1e-13)")
    assert restatements(shop.query, kept) == ()
    shop.data.engine.write("UPDATE orders SET share = share * 2")
    [found] = restatements(shop.query, kept)
    assert found.change == pytest.approx(0.2)


def test_a_period_is_closed_once_until_it_is_opened_again(shop: Workspace) -> None:
    engine = shop.data.engine
    closed(shop, "2026-04", "revenue")
    with pytest.raises(QueryError, match="closed in 2026-04 already") as error:
        closed(shop, "2026-04", "revenue")
    assert error.value.code == "E_PERIOD_CLOSED"
    assert {one.metric for one in closed(shop, "2026-04").kept} == {"order_value"}
    assert reopen(engine, "2026-04", ["revenue"], NOW) == 4
    assert {one.metric for one in closings(engine)} == {"order_value"}
    assert reopen(engine, "2026-04", ["revenue"], NOW) == 0
    closed(shop, "2026-04", "revenue")
    [(count, open_again)] = engine.rows("SELECT count(*), count(reopened_at) FROM period_closings")
    assert (count, open_again) == (9, 4)


def test_what_is_no_period_or_not_over_is_refused(shop: Workspace) -> None:
    for text, code in (("April", "E_BAD_PERIOD"), ("2026-13", "E_BAD_PERIOD"), ("2026-06", "E_PERIOD_RUNNING")):
        with pytest.raises(QueryError) as error:
            closed(shop, text, "revenue")
        assert error.value.code == code
    assert closings(shop.data.engine) == ()


def test_months_quarters_and_years_are_closed_apart(shop: Workspace) -> None:
    closed(shop, "2026-04", "revenue")
    closed(shop, "2026-04-10", "revenue")
    assert {(one.grain, one.value) for one in closings(shop.data.engine, "revenue") if not one.dimension} == {
        ("month", "140.10"),
        ("day", "100.00"),
    }
