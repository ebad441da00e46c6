"""What a workspace made of shops' exports counts: the numbers that a person would work out by hand."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from tests.unit.discover.newcomer import amount, selected, written


def test_a_total_to_which_no_tax_is_added_holds_it_where_the_rates_say_so(tmp_path: Path) -> None:
    rows = []
    for at in range(80):
        off, sub = (15, 85) if at % 4 == 0 else (0, 100 + at)
        tax = (Decimal(sub + 5) * 19 / 119).quantize(Decimal("0.01"))
        status = "refunded" if at % 20 == 0 else "paid"
        back, gone = (sub + 5, "2026-03-01 09:00:00") if at % 20 == 0 else (0, "")
        day = f"2026-01-{1 + at % 28:02} 10:00:00"
        rows.append(f"#{at},{day},{status},{gone},{sub},5,{tax},{sub + 5},{off},{back}")
    head = (
        "order_number,created_at,financial_status,cancelled_at,subtotal,shipping,taxes,total,discount,refunded_amount"
    )
    made = written(tmp_path, orders=[head, *rows])
    subs = [85 if at % 4 == 0 else 100 + at for at in range(80)]
    tax = [(Decimal(one + 5) * 19 / 119).quantize(Decimal("0.01")) for one in subs]
    revenue = sum(subs) + 5 * 80 - sum(tax)
    assert amount(made, "revenue") == revenue
    assert amount(made, "total_sales") == sum(subs) + 5 * 80
    back = 4 * (90 - tax[0])
    assert amount(made, "net_revenue") == revenue - back
    assert abs(amount(made, "refund_rate") - back / revenue) < Decimal("1e-9")
    assert abs(amount(made, "discount_rate") - Decimal(20 * 15) / (sum(subs) + 20 * 15)) < Decimal("1e-9")
    assert any("count where their money came in" in one.text for one in made.assumed)


def test_a_discount_still_to_be_taken_off_leaves_the_subtotal_as_the_full_price(tmp_path: Path) -> None:
    rows = [f"{at},2026-01-{1 + at % 28:02},100,{10 * (at % 3)},{100 - 10 * (at % 3)}" for at in range(60)]
    made = written(tmp_path, orders=["order_id,ordered_on,subtotal,discount,total", *rows])
    assert (amount(made, "revenue"), amount(made, "discount_rate")) == (5400, Decimal("0.1"))


def test_discounts_written_below_zero_are_what_they_take_off(tmp_path: Path) -> None:
    rows = []
    for at in range(40):
        off, status = (20 if at % 4 == 0 else 0), ("canceled" if at % 10 == 9 else "complete")
        money = f"{126 - off}.0000,100.0000,{-off}.0000,{-off}.0000,10.0000,16.0000"
        rows.append(f"{100000001 + at},2026-01-{1 + at % 28:02} 10:00:00,{status},{money},EUR,a{at % 9}@mail.example")
    head = (
        "increment_id,created_at,status,base_grand_total,subtotal,discount_amount,base_discount_amount,"
        "shipping_amount,tax_amount,order_currency_code,customer_email"
    )
    made = written(tmp_path, orders=[head, *rows])
    # Of 36 orders of 100 and 10 for the way, ten were 20 cheaper.
    assert amount(made, "revenue") == 36 * 110 - 200
    assert amount(made, "total_sales") == 36 * 126 - 200
    assert amount(made, "discounts") == 200
    assert abs(amount(made, "discount_rate") - Decimal(200) / 3600) < Decimal("1e-9")
    said = {one.text: one.place for one in made.assumed}
    place = said["orders: discount_amount is written below zero: its sign is turned, so that discounts are above it"]
    lines = (made.folder / "metrics" / "orders.yml").read_text("utf-8").splitlines()
    assert 'expr: "-discount_amount"' in lines[int(place.rpartition(":")[2]) - 1]
    assert (
        "orders: base_discount_amount is written below zero: its sign is turned, so that discounts are above it" in said
    )


def test_discounts_below_zero_that_are_added_to_what_is_paid_give_the_full_price_in_cents(tmp_path: Path) -> None:
    rows = [f"{at},2026-01-{1 + at % 28:02},{9000 if at % 3 else 10000},{-1000 if at % 3 else 0}" for at in range(60)]
    made = written(tmp_path, orders=["order_id,ordered_on,total_cents,discount_cents", *rows])
    assert (amount(made, "revenue"), amount(made, "discounts")) == (40 * 90 + 20 * 100, 400)
    assert abs(amount(made, "discount_rate") - Decimal(400) / 6000) < Decimal("1e-9")


def test_a_part_of_the_price_below_zero_is_taken_off_lines(tmp_path: Path) -> None:
    rows = [f"{at},2026-01-{1 + at % 28:02},{at % 7},20.00,2,{'-0.25' if at % 2 else '0'}" for at in range(60)]
    made = written(tmp_path, order_lines=["order_id,ordered_on,product_id,unit_price,quantity,discount", *rows])
    assert (amount(made, "revenue"), amount(made, "discounts")) == (30 * 40 + 30 * 30, 30 * 10)


def test_discounts_of_both_signs_stand_as_they_are_and_are_said(tmp_path: Path) -> None:
    rows = [f"{at},2026-01-{1 + at % 28:02},100.00,{(-5, 0, 3)[at % 3]}.00" for at in range(60)]
    made = written(tmp_path, orders=["order_id,ordered_on,total,discount_amount", *rows])
    assert amount(made, "discounts") == -40
    assert "discount_rate" not in made.metrics
    assert [one.text for one in made.unsure if "discount_amount" in one.text] == [
        "orders: whether discount_amount is taken off or added, as it is below zero and above it: "
        "added up as it stands, and no discount rate is made of it"
    ]


def test_what_is_unclear_of_amounts_in_several_currencies_is_said_once(tmp_path: Path) -> None:
    rows = [f"{at},2026-01-{1 + at % 28:02},119.00,19.00,{('EUR', 'USD', 'GBP')[at % 3]}" for at in range(60)]
    made = written(tmp_path, orders=["order_id,ordered_on,total,tax,currency", *rows])
    assert [amount(made, f"revenue_{code}") for code in ("eur", "usd", "gbp")] == [2000, 2000, 2000]
    assert len([one for one in made.unsure if "whether total includes tax" in one.text]) == 1


def test_what_was_seen_of_prices_of_lines_in_several_currencies_is_said_once(tmp_path: Path) -> None:
    rows = [
        f"{at},2026-01-{1 + at % 28:02},{at % 4},{5 * (1 + at % 2)}.00,{1 + at % 2},{('EUR', 'USD')[at % 4 // 2]}"
        for at in range(60)
    ]
    rows += [
        f"{60 + at},2026-01-05,{at % 4},{10 - 5 * (at % 2)}.00,{2 - at % 2},{('EUR', 'USD')[at % 4 // 2]}"
        for at in range(60)
    ]
    made = written(tmp_path, order_lines=["order_id,ordered_on,product_id,unit_price,quantity,currency", *rows])
    assert len([one for one in made.assumed if "is that of all pieces" in one.text]) == 1


def test_net_tax_and_gross_are_told_apart_in_german(tmp_path: Path) -> None:
    rows = [f"B{at};0{1 + at % 9}.02.2026;{at % 3 + 1};100,00;19,00;119,00" for at in range(60)]
    made = written(tmp_path, Bestellungen=["Bestellnummer;Bestelldatum;Menge;Netto;MwSt;Brutto", *rows])
    found = [amount(made, one) for one in ("revenue", "tax_charged", "total_sales", "units_sold")]
    assert found == [6000, 1140, 7140, 120]
    assert "without tax" in (made.folder / "metrics" / "bestellungen.yml").read_text("utf-8")


def test_leads_have_their_price(tmp_path: Path) -> None:
    rows = [f"2026-01-{at:02},{way},100,{at},{20},{4}" for at in range(1, 29) for way in ("Search", "Social")]
    made = written(tmp_path, ad_spend=["day,channel,impressions,clicks,cost,leads", *rows])
    assert (amount(made, "ad_leads"), amount(made, "cost_per_lead")) == (28 * 2 * 4, 5)


def test_pages_of_visits_and_pieces_in_lists_of_items(tmp_path: Path) -> None:
    made = selected(
        tmp_path,
        "hits",
        "SELECT TIMESTAMP '2026-01-01' + INTERVAL (i) HOUR AS event_time, "
        "CASE WHEN i % 10 = 9 THEN 'purchase' WHEN i % 10 = 8 THEN 'add_to_cart' WHEN i % 10 > 5 THEN 'scroll' "
        "ELSE 'page_view' END AS event_name, 'p' || i % 20 AS user_pseudo_id, i // 5 AS session_id, "
        "CASE WHEN i % 10 = 9 THEN 'T' || i END AS transaction_id, "
        "CASE WHEN i % 10 = 9 THEN 12.5 END AS purchase_revenue, "
        "CASE WHEN i % 10 = 9 THEN [{'item_id': 'a', 'quantity': 2}, {'item_id': 'b', 'quantity': 1}] END AS items "
        "FROM range(400) AS t(i)",
    )
    assert (amount(made, "units_sold"), amount(made, "items_per_order")) == (120, 3)
    assert amount(made, "pages_per_session") == Decimal(240) / 80
    assert amount(made, "add_to_cart_events") == 40
    assert amount(made, "conversion_rate") == Decimal("0.1")
