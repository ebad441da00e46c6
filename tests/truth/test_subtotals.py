"""Subtotals and totals: computed from the data at every level, and put under the rows they sum up."""

from __future__ import annotations

from datetime import date
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from pytest import approx

from tests.truth import naive
from tests.truth.case import day
from tests.truth.naive import FLOWS, Shop
from tests.truth.test_other import SHOP, SOME
from tests.truth.test_properties import EXAMPLES, GRAIN, NOW, RANGES, filled, shops
from truenorth.export.csv import to_csv
from truenorth.export.picture import to_svg
from truenorth.export.text import to_text
from truenorth.query.request import MetricQuery


def test_a_subtotal_follows_the_rows_it_sums_up(engine: str) -> None:
    """US has one buyer in two groups: its subtotal is 1 and not 2; its rate is 1 of 3 orders."""
    rows = SHOP.rows(engine, "revenue", "buyers", "refund_rate", by=("region", "status"), range="2025", subtotals=True)
    assert [row for row in rows if row[0] == "US"] == [
        ("US", "paid", "group", 120, 1, 0),
        ("US", "refunded", "group", 50, 1, 1),
        ("US", None, "subtotal by region", 170, 1, approx(1 / 3)),
    ]
    assert rows[-3:] == [
        (None, "paid", "group", 6, 1, 0),
        (None, "refunded", "group", 10, 1, 1),
        (None, None, "subtotal by region", 16, 2, 0.5),
    ]


def test_periods_have_subtotals_and_the_whole_its_total(engine: str) -> None:
    """Stock is the last day's in a period, and DE's distinct buyers are one over both months."""
    answer = SHOP.ask(
        engine, "stock", by="region", grain="month", range="2025-01..2025-02", subtotals=True, totals=True
    )
    assert answer.table.rows == (
        (day("2025-01"), "DE", "group", 7),
        (day("2025-01"), "US", "group", 5),
        (day("2025-01"), None, "group", 1),
        (day("2025-01"), None, "subtotal", 13),
        (day("2025-02"), "DE", "group", 9),
        (day("2025-02"), "FR", "group", 2),
        (day("2025-02"), "other", "group", 4),
        (day("2025-02"), None, "subtotal", 15),
    )
    assert answer.totals == {"stock": 15}


def test_three_dimensions_have_two_levels_of_subtotals(engine: str) -> None:
    rows = SHOP.rows(engine, "placed", by=("status", "region", "orders.customer_id"), range="2025", subtotals=True)
    assert [row for row in rows if row[0] == "refunded"] == [
        ("refunded", "US", 1, "group", 1),
        ("refunded", "US", None, "subtotal by status, region", 1),
        ("refunded", None, 99, "group", 1),
        ("refunded", None, None, "subtotal by status, region", 1),
        ("refunded", None, None, "subtotal by status", 2),
    ]


def test_groups_stand_in_the_order_of_their_subtotals(engine: str) -> None:
    rows = SHOP.rows(engine, "revenue", by=("region", "status"), range="2025", subtotals=True, order="-revenue")
    assert [row[0] for row in rows if row[2] != "group"] == ["DE", "other", "US", "FR", None]
    assert [row[3] for row in rows if row[0] == "US"] == [120, 50, 170]


def test_a_row_of_several_groups_counts_once_in_a_subtotal(engine: str) -> None:
    """Orders 1 to 3 of US and "other" have a and b in two lines each."""
    rows = SHOP.rows(engine, "placed", by=("region", "sku"), range="2025", subtotals=True)
    assert [row for row in rows if row[0] == "US"] == [
        ("US", "a", "group", 2),
        ("US", "b", "group", 1),
        ("US", None, "group", 1),
        ("US", None, "subtotal by region", 3),
    ]


def test_subtotals_of_a_limit_also_hold_what_is_not_shown(engine: str) -> None:
    answer = SHOP.ask(engine, "placed", by=("region", "status"), range="2025", subtotals=True, limit=1, order="-placed")
    assert answer.table.rows == (("US", "paid", "group", 2), ("US", None, "subtotal by region", 3))
    assert any("subtotals also count the rows that are not shown" in note for note in answer.notes)


def test_with_a_comparison(engine: str) -> None:
    asked = {"by": ("region", "status"), "range": "2025-02", "vs": "prev", "subtotals": True}
    rows = SHOP.ask(engine, "revenue", **asked).table.dicts()
    assert [
        (row["row__kind"], row["revenue"], row["revenue__previous"], row["revenue__change"])
        for row in rows
        if row["region"] == "US"
    ] == [("group", 20, 100, -80), ("group", None, 50, None), ("subtotal by region", 20, 150, -130)]


def test_every_face_shows_what_a_row_sums_up() -> None:
    answer = SHOP.ask("duckdb", "placed", by=("region", "status"), range="2025-01", subtotals=True, totals=True)
    assert to_csv(answer).splitlines() == [
        "region,status,row__kind,placed",
        "US,paid,group,1",
        "US,refunded,group,1",
        "US,,subtotal by region,2",
    ]
    assert to_text(answer).splitlines()[2:7] == [
        "US      paid           1",
        "US      refunded       1",
        "US      (all)          2",
        "──────  ────────  ──────",
        "total                  2",
    ]
    assert "(all)" not in to_svg(answer)


def test_one_dimension_alone_has_only_a_total() -> None:
    answer = SHOP.ask("duckdb", "placed", by="region", range="2025", subtotals=True)
    assert set(answer.table.column("row__kind")) == {"group"}


@EXAMPLES
@given(shop=shops(), by=SOME, grain=st.one_of(st.just(""), GRAIN), span=st.sampled_from(["all", *RANGES]))
def test_subtotals_are_what_plain_python_says(engine: str, shop: Shop, by: Any, grain: str, span: str) -> None:
    rows = (
        filled(engine, shop).ask(MetricQuery(FLOWS, by=by, grain=grain, range=span, subtotals=True), NOW).table.dicts()
    )
    for size in range(len(by)):
        if not size and not grain:
            continue
        word = f"subtotal by {', '.join(by[:size])}" if size else "subtotal"
        keys = ([f"metric_time__{grain}"] if grain else []) + list(by[:size])
        for name in FLOWS:
            found = {tuple(row[key] for key in keys): row[name] for row in rows if row["row__kind"] == word}
            wanted: dict[tuple[date | str | None, ...], Any] = naive.flow(
                shop, name, by[:size], grain, RANGES.get(span)
            )
            assert set(found) == set(wanted)
            for key, value in wanted.items():
                assert (found[key] is None) == (value is None) and (value is None or found[key] == approx(value))
