"""Payments that came in and went back: counted where they came in, taken off where they went."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.discover.newcomer import values, written

_PAYMENTS = [
    ("succeeded", 100),
    ("succeeded", 50),
    ("refunded", 30),
    ("failed", 70),
    ("pending", 10),
    ("succeeded", 20),
]


def test_a_payment_that_was_paid_back_came_in_before(tmp_path: Path) -> None:
    rows = [
        f"p{i},{i % 3},{amount}.00,EUR,{state},2026-03-0{i + 1} 10:00:00" for i, (state, amount) in enumerate(_PAYMENTS)
    ]
    made = written(tmp_path, payments=["id,customer_id,amount,currency,state,created_at", *rows])
    assert values(made, "payment_count", "failed_payments", "refund_count", "paying_customers") == [4, 1, 1, 3]
    assert [float(str(one)) for one in values(made, "collected_revenue", "refunded_amount", "net_collected")] == [
        200.0,
        30.0,
        170.0,
    ]
    assert values(made, "refund_rate") == [pytest.approx(0.15)]


def test_refunds_in_a_table_of_their_own_in_cents_alone(tmp_path: Path) -> None:
    orders = [f"{i},{i % 4},{1000 * i},paid,2026-03-0{i} 10:00:00" for i in range(1, 9)]
    back = [f"{i},{i},{250 * i},2026-04-0{i}" for i in (2, 4)]
    made = written(
        tmp_path,
        purchase=["id,client_id,total_cents,payment,placed_on", *orders],
        payback=["id,purchase_id,cents,done_on", *back],
    )
    assert [float(str(one)) for one in values(made, "revenue", "refunded_amount", "refund_count")] == [360.0, 15.0, 2.0]


def test_refunds_are_taken_off_what_holds_tax_as_they_do(tmp_path: Path) -> None:
    orders = [f"{i},{i % 4},{100 * i}.00,{119 * i}.00,{19 * i}.00,paid,2026-03-0{i} 10:00:00" for i in range(1, 9)]
    made = written(
        tmp_path,
        orders=["order_id,customer_id,subtotal,total,tax,status,ordered_at", *orders],
        refunds=["refund_id,order_id,amount,refunded_at", "1,1,119.00,2026-04-01", "2,3,59.50,2026-04-02"],
    )
    assert [float(str(one)) for one in values(made, "revenue", "refunded_amount", "net_sales")] == [3600, 178.5, 4105.5]
    assert values(made, "refund_rate") == [pytest.approx(178.5 / 4284)]
