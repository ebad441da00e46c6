"""Movements of money of several types, amounts that stand in a file twice, people known again: numbers by hand."""

from __future__ import annotations

from pathlib import Path

from tests.unit.discover.newcomer import answer, number, written


def test_only_what_customers_paid_is_collected_and_what_went_back_is_told(tmp_path: Path) -> None:
    types = ["Website Payment", "Website Payment", "Payment Refund", "General Withdrawal"]
    gross, fee = ["100.00", "50.00", "-20.00", "-500.00"], ["-3.00", "-2.00", "0.50", "0.00"]
    rows = [
        f"2026-0{1 + at % 3}-{1 + at % 27:02},{types[at % 4]},Completed,EUR,{gross[at % 4]},{fee[at % 4]},"
        f"{float(gross[at % 4]) + float(fee[at % 4]):.2f},Buyer{at % 10}@x.example,T{at},999.00"
        for at in range(80)
    ]
    head = "Date,Type,Status,Currency,Gross,Fee,Net,From Email Address,Transaction ID,Balance"
    made = written(tmp_path, activity=[head, *rows])
    assert number(made, "collected_revenue") == 20 * 150
    assert number(made, "refunded_amount") == 20 * 20
    assert number(made, "net_collected") == 20 * 130
    assert number(made, "payment_fees") == 20 * 5
    assert number(made, "payment_count") == 40


def test_several_currencies_are_one_where_amounts_were_converted(tmp_path: Path) -> None:
    rows = [
        f"ch_{at:012}xY,2026-0{1 + at % 3}-{1 + at % 27:02} 10:00:00,{10 + at % 2}.00,{'usd' if at % 2 else 'eur'},"
        f"{12 + at % 2}.50,usd,Paid,0.40,{'Test' if at % 10 == 0 else 'Live'}"
        for at in range(60)
    ]
    head = "id,Created date (UTC),Amount,Currency,Converted Amount,Converted Currency,Status,Fee,Mode"
    made = written(tmp_path, unified_payments=[head, *rows])
    live = [at for at in range(60) if at % 10]
    assert number(made, "collected_revenue") == sum(12.5 + at % 2 for at in live)
    assert round(number(made, "payment_fees"), 2) == round(0.4 * len(live), 2)


def test_people_with_a_new_id_for_each_order_are_known_again(tmp_path: Path) -> None:
    made = written(
        tmp_path,
        orders=["order_id,customer_id,order_status,order_date,total"]
        + [f"o{at},c{at},paid,2026-0{1 + at % 3}-{1 + at % 27:02},5.00" for at in range(60)],
        customers=["customer_id,customer_unique_id,customer_city"]
        + [f"c{at},person{at % 20},Rome{at % 3}" for at in range(60)],
    )
    assert number(made, "buyers") == 20
    assert number(made, "orders_per_buyer") == 3
    assert number(made, "repeat_customer_rate") == 1


def test_who_never_ordered_is_no_new_customer(tmp_path: Path) -> None:
    made = written(
        tmp_path,
        customers=["customer_id,first_order,most_recent_order,number_of_orders"]
        + [f"{at},2026-0{1 + at % 3}-05,2026-06-{1 + at % 27:02},2" for at in range(1, 50)]
        + [f"{at},,,0" for at in range(50, 60)],
    )
    months = answer(made, "new_customers", grain="month", range="all").table.rows
    assert number(made, "new_customers") == 49
    assert sum(int(str(count)) for _, count in months if count) == 49
    assert str(months[0][0]).startswith("2026-01")


def test_movements_of_recurring_revenue_make_what_runs(tmp_path: Path) -> None:
    kinds = [("new_biz", 100), ("expansion", 20), ("contraction", -5), ("churn", -115), ("reactivation", 40)]
    rows = [
        f"c{at // 5},2026-0{1 + at % 5}-{1 + at // 5:02} 10:00:00,{kinds[at % 5][0]},{kinds[at % 5][1]}.00,"
        f"{1000 + at}.00,EUR"
        for at in range(100)
    ]
    made = written(tmp_path, mrr_movements=["customer_id,date,type,mrr_change,mrr_after,currency", *rows])
    told = {name: number(made, name) for name in ("new_mrr", "expansion_mrr", "contraction_mrr", "churned_mrr")}
    assert told == {"new_mrr": 2000, "expansion_mrr": 400, "contraction_mrr": 100, "churned_mrr": 2300}
    assert number(made, "reactivated_mrr") == 800
    months = [float(str(value)) for _, value in answer(made, "mrr", grain="month", range="all").table.rows]
    assert months == [2000, 2400, 2300, 0, 800]


def test_what_stands_on_a_day_is_no_subscription(tmp_path: Path) -> None:
    rows = [f"2025-{at:02}-01,Pro,{1000 + at}.00,{10 + at}" for at in range(1, 13)]
    made = written(tmp_path, mrr_by_plan=["month,plan,mrr,subscribers", *rows])
    assert "new_subscriptions" not in made.metrics
    assert number(made, "mrr_at_end") == 1012


def test_people_of_a_firm_are_people_and_trips_are_no_subscriptions(tmp_path: Path) -> None:
    made = written(
        tmp_path,
        contacts=["Record ID,First Name,Email,Create Date,Primary Associated Company ID"]
        + [f"{at},Ann,p{at}@x.example,2026-0{1 + at % 3}-{1 + at % 27:02},{at % 5}" for at in range(60)],
        trips=["id,rider_id,product,status,requested_at,dropoff_at,cancelled_at,fare"]
        + [
            f"t{at},r{at % 9},xl,{'completed' if at % 4 else 'rider_cancelled'},2026-01-{1 + at % 27:02} 10:00:00,"
            f"{f'2026-01-{1 + at % 27:02} 10:20:00,' if at % 4 else f',2026-01-{1 + at % 27:02} 10:01:00'},"
            f"{'7.50' if at % 4 else ''}"
            for at in range(80)
        ],
    )
    assert number(made, "new_contacts") == 60
    assert not {"active_subscriptions", "new_subscriptions"} & set(made.metrics)
    assert (number(made, "order_count"), number(made, "revenue")) == (60, 450)
