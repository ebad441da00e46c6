"""Orders whose money stands with their lines, and lines that are all there is of orders: numbers worked out by hand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.discover.newcomer import answer, number, written
from truenorth.discover.facts import Column
from truenorth.discover.pick import referring
from truenorth.discover.word import short_names


def test_money_that_stands_with_lines_and_payments_is_that_of_orders(tmp_path: Path) -> None:
    days = [f"2026-0{1 + at % 3}-{1 + at % 27:02}" for at in range(60)]
    status = ["canceled" if at % 10 == 9 else "delivered" for at in range(60)]
    made = written(
        tmp_path,
        acme_orders_dataset=["order_id,customer_id,order_status,order_purchase_timestamp"]
        + [f"o{at},c{at},{status[at]},{days[at]} 10:00:00" for at in range(60)],
        acme_order_items_dataset=["order_id,order_item_id,product_id,shipping_limit_date,price,freight_value"]
        + [f"o{at},{n},p{(at + n) % 7},{days[59 - at]} 10:00:00,10.50,2.25" for at in range(60) for n in (1, 2)],
        acme_order_payments_dataset=["order_id,payment_sequential,payment_type,payment_value"]
        + [f"o{at},{n},card,12.75" for at in range(60) for n in (1, 2)],
        acme_order_reviews_dataset=["review_id,order_id,review_score,review_creation_date"]
        + [f"r{at},o{at},{1 + at % 5},{days[at]} 10:00:00" for at in range(59)],
    )
    assert {"orders", "order_items", "order_payments", "order_reviews"} <= set(made.tables)
    assert number(made, "revenue") == 54 * 2 * 10.5
    assert number(made, "shipping_charged") == 54 * 2 * 2.25
    assert number(made, "average_order_value") == 21
    assert (number(made, "units_sold"), number(made, "items_per_order")) == (108, 2)
    assert number(made, "products_sold") == 7
    assert number(made, "collected_revenue") == 60 * 2 * 12.75
    [(_, january), *_] = answer(made, "revenue", grain="month", range="all").table.rows
    assert float(str(january)) == sum(21 for at in range(60) if at % 3 == 0 and at % 10 != 9)


def test_a_discount_may_be_a_part_of_the_price(tmp_path: Path) -> None:
    made = written(
        tmp_path,
        orders=["order_id,customer_id,order_date,freight"]
        + [f"{at},k{at % 9},2026-0{1 + at % 3}-{1 + at % 27:02},3.50" for at in range(1, 61)],
        order_details=["order_id,product_id,unit_price,quantity,discount"]
        + [f"{at},{n},8.00,{n},{0.25 if n == 2 else 0.0}" for at in range(1, 61) for n in (1, 2)],
    )
    assert number(made, "revenue") == 60 * (8 + 16 * 0.75)
    assert number(made, "discounts") == 60 * 16 * 0.25
    assert number(made, "shipping_charged") == 60 * 3.5


@pytest.mark.parametrize("price", [lambda n: 5 * n, lambda n: 5])
def test_lines_without_orders_are_orders_and_prices_are_of_a_piece_or_of_all(
    tmp_path: Path, price: Callable[[int], int]
) -> None:
    lines = [
        f"w-{at},2026-0{1 + at % 3}-{1 + at % 27:02}T08:00:00+00:00,Shipped,sku{(at + k) % 4},{1 + at % 3},{price(1 + at % 3)}"
        for at in range(80)
        for k in range(1 + at % 2)
    ]
    made = written(tmp_path, report=["shop-order-id,purchase-date,order-status,sku,quantity,item-price", *lines])
    assert number(made, "order_count") == 80
    pieces = sum((1 + at % 3) * (1 + at % 2) for at in range(80))
    assert number(made, "revenue") == 5 * pieces
    assert number(made, "units_sold") == pieces


def test_names_lose_what_a_program_puts_before_them_all() -> None:
    assert set(short_names(["ps_orders", "ps_cart", "ps_order_detail"]).values()) == {"orders", "cart", "order_detail"}
    assert set(short_names(["order_items", "order_payments", "order_reviews"]).values()) == {
        "order_items",
        "order_payments",
        "order_reviews",
    }
    assert short_names(["hd_case", "hd_staff"]) == {"hd_case": "hd_case", "hd_staff": "hd_staff"}
    assert referring(Column("id_customer", "id_customer", "integer")) == "customer"


def test_deals_are_closed_whichever_way_they_ended_and_zeros_count_no_cents(tmp_path: Path) -> None:
    ends = ["Closed Won", "Closed Lost", "Qualified"]
    made = written(
        tmp_path,
        deals=["Record ID,Deal Stage,Amount,Is Closed Won,Is Deal Closed?,Create Date,Close Date"]
        + [
            f"{at},{ends[at % 3]},100.50,{str(at % 3 == 0).lower()},{str(at % 3 < 2).lower()},2026-01-{1 + at % 28:02},"
            f"2026-03-{1 + at % 28:02}"
            for at in range(90)
        ],
        people=["id,Email,Created (UTC),Total Spend"]
        + [f"cus_{at:010}A,p{at}@x.example,2026-02-{1 + at % 28:02} 10:00:00,0" for at in range(60)],
    )
    assert (number(made, "won_opportunities"), number(made, "lost_opportunities")) == (30, 30)
    assert number(made, "win_rate") == 0.5
    assert not any("cents" in one.text for one in made.assumed)
