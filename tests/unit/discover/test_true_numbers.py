"""What a workspace made of other programs' exports counts: the numbers that a person would work out by hand."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from tests.unit.discover.newcomer import NOW, amount, answer, begin, number, selected, total, written


def test_web_analytics_count_browsers_sessions_and_orders(tmp_path: Path) -> None:
    made = selected(
        tmp_path,
        "hits",
        "SELECT epoch_us(TIMESTAMP '2026-01-01' + INTERVAL (i) HOUR) AS event_timestamp, "
        "CASE WHEN i % 10 = 9 THEN 'purchase' ELSE 'page_view' END AS event_name, 'p' || i % 20 AS user_pseudo_id, "
        "CASE WHEN i % 20 = 3 AND i > 200 THEN 'member3' END AS user_id, "
        "[{'key': 'ga_session_id', 'value': {'string_value': NULL::VARCHAR, 'int_value': i // 100}}, "
        "{'key': 'currency', 'value': {'string_value': CASE WHEN i % 10 = 9 THEN 'CHF' END, 'int_value': NULL}}] "
        "AS event_params, {'purchase_revenue': CASE WHEN i % 10 = 9 THEN 12.5 END, "
        "'transaction_id': CASE WHEN i % 10 = 9 THEN 'T' || i // 20 END} AS ecommerce FROM range(400) AS t(i)",
    )
    assert total(made, "active_users") == 20
    assert total(made, "session_count") == 80
    assert total(made, "order_count") == 20
    assert number(made, "revenue") == 250
    assert "currency: CHF" in (made.folder / "truenorth.yml").read_text("utf-8")


def test_web_analytics_stand_at_their_moment_and_tell_how_engaged_visits_were(tmp_path: Path) -> None:
    made = selected(
        tmp_path,
        "hits",
        "SELECT strftime(TIMESTAMP '2026-01-01' + INTERVAL (i - 6) HOUR, '%Y-%m-%d')::DATE AS event_date, "
        "TIMESTAMP '2026-01-01' + INTERVAL (i) HOUR AS event_timestamp, i % 3 = 0 AS session_engaged, "
        "CASE WHEN i % 10 = 9 THEN 'purchase' ELSE 'page_view' END AS event_name, 'p' || i % 20 AS user_pseudo_id, "
        "(i // 100)::BIGINT AS ga_session_id, 1000 * (i % 5) AS engagement_time_msec, 'T' || i AS transaction_id, "
        "CASE WHEN i % 10 = 9 THEN 113.0 END AS purchase_revenue, CASE WHEN i % 10 = 9 THEN 13.0 END AS tax_value "
        "FROM range(400) AS t(i)",
    )
    assert answer(made, "event_count", grain="day", range="all").table.rows[0][1] == 24
    # Revenue stays what it is called.
    assert (number(made, "revenue"), total(made, "session_count")) == (40 * 113, 80)
    seen = {(i % 20, i // 100) for i in range(400) if i % 3 == 0}
    assert total(made, "engaged_sessions") == len(seen)
    assert number(made, "engagement_rate") == len(seen) / 80
    assert number(made, "engagement_time_per_user") == 400 * 2000 / 20


def test_payments_back_are_told_by_what_was_done_where_no_sign_does(tmp_path: Path) -> None:
    rows = [
        f"t{at},c{at % 9},{'refund' if at % 10 == 9 else 'purchase'},{'declined' if at % 10 == 4 else 'success'},"
        f"2000,2026-03-{1 + at % 28:02} 10:00:00"
        for at in range(100)
    ]
    made = written(tmp_path, transactions=["id,account_code,action,status,amount_in_cents,created_at", *rows])
    told = {one: number(made, one) for one in ("collected_revenue", "refunded_amount", "net_collected")}
    assert told == {"collected_revenue": 1600, "refunded_amount": 200, "net_collected": 1400}
    assert (total(made, "payment_count"), total(made, "refund_count")) == (80, 10)
    assert (total(made, "failed_payments"), total(made, "payment_attempts")) == (10, 90)


def test_appointments_are_no_subscriptions_and_jobs_do_not_say_that_data_comes(tmp_path: Path) -> None:
    rows = [
        f"{at},{at % 30},{'cancelled' if at % 5 == 4 else 'completed'},2025-03-{1 + at % 28:02} 09:00:00,"
        f"2025-03-{1 + at % 28:02} 09:30:00,{f'2025-03-{1 + at % 28:02} 07:00:00' if at % 5 == 4 else ''}"
        for at in range(200)
    ]
    paid = [f"p{at},{at % 30},{10 + at},paid,2025-03-{1 + at % 28:02} 12:00:00" for at in range(60)]
    jobs = [f"{at},mail,{NOW - timedelta(days=at):%Y-%m-%d %H:%M:%S}" for at in range(40)]
    made = written(
        tmp_path,
        appointments=["id,patient_id,status,starts_at,ends_at,cancelled_at", *rows],
        payments=["id,patient_id,amount,status,created_at", *paid],
        jobs=["id,queue,run_at", *jobs],
    )
    assert total(made, "appointments_count") == 200
    assert not any("subscription" in one for one in made.metrics)
    assert "clock: data" in (made.folder / "truenorth.yml").read_text("utf-8")


def test_values_inside_of_objects_keep_their_decimals_and_ids_their_meaning(tmp_path: Path) -> None:
    late = "CASE WHEN i > 5100 THEN '4.5' ELSE '4' END"
    made = selected(
        tmp_path,
        "orders",
        "SELECT i AS order_id, TIMESTAMP '2026-01-01' + INTERVAL (i) MINUTE AS ordered_at, "
        "'{\"total\": ' || (i % 7) || ', \"shipping\": ' || " + late + ' || \', "code": "007"}\' AS amounts, '
        "'{\"id\": \"c' || i % 40 || '\", \"tries\": ' || i || '}' AS customer FROM range(5200) AS t(i)",
    )
    assert amount(made, "shipping_charged") == Decimal(5101 * 4) + Decimal("4.5") * 99
    assert total(made, "buyers") == 40


def test_what_was_invoiced_is_what_was_asked_for(tmp_path: Path) -> None:
    rows = [
        f"R{at},c{at % 7},2026-01-{1 + at % 28:02},{100 + at},{100 + at if at % 4 else 0},{0 if at % 4 else 100 + at},"
        f"{'paid' if at % 4 else 'open'}"
        for at in range(60)
    ]
    head = "invoice_no,customer_id,invoice_date,total,amount_paid,amount_remaining,status"
    made = written(tmp_path, invoices=[head, *rows])
    assert total(made, "invoiced_revenue") == sum(100 + at for at in range(60))
    assert total(made, "collected_revenue") == sum(100 + at for at in range(60) if at % 4)


def test_guests_are_told_apart_by_their_address(tmp_path: Path) -> None:
    rows = [
        f"{at},{'' if at % 3 == 0 else at % 9},{'A' if at % 2 else 'a'}{at % 9}@x.example,2026-02-{1 + at % 28:02},10"
        for at in range(90)
    ]
    made = written(tmp_path, orders=["order_id,customer_id,email,ordered_on,total", *rows])
    assert total(made, "buyers") == 9
    assert total(made, "revenue_per_customer") == 100


def test_rows_without_a_buyer_count_neither_above_nor_below_the_line(tmp_path: Path) -> None:
    rows = [f"{at},{'' if at % 4 == 0 else f'k{at % 4}'},2026-02-{1 + at % 28:02},10" for at in range(80)]
    made = written(tmp_path, orders=["order_id,customer_id,ordered_on,total", *rows])
    assert (total(made, "revenue"), total(made, "orders_per_buyer"), total(made, "revenue_per_customer")) == (
        800,
        20,
        200,
    )
    assert any("20 of 80 rows do not say who bought" in one.text for one in made.assumed)


def test_a_status_may_be_called_anything(tmp_path: Path) -> None:
    how = ("paid", "paid", "paid", "pending", "failed")
    rows = [f"{at},2026-02-{1 + at % 28:02},{how[at % 5]},10" for at in range(50)]
    made = written(tmp_path, orders=["order_id,ordered_on,settlement,total", *rows])
    assert total(made, "order_count") == 30
    assert any("settlement paid" in one.text for one in made.assumed)


def test_a_quantity_is_no_product(tmp_path: Path) -> None:
    rows = [f"{at},{at // 2},{1 + at % 2},Thing {at % 5},SKU-{at % 8}" for at in range(60)]
    orders = [f"{at},2026-02-{1 + at % 28:02},10" for at in range(30)]
    lines = ["id,order_id,lineitem_quantity,lineitem_name,lineitem_sku", *rows]
    made = written(tmp_path, orders=["order_id,ordered_on,total", *orders], order_items=lines)
    assert total(made, "products_sold") == 8


def test_workspaces_members_and_staff_are_no_people_that_came(tmp_path: Path) -> None:
    places = [f"{at},Firm {at},2026-01-{1 + at % 28:02} 08:00:00,{'2026-05-01 08:00:00' if at % 20 == 0 else ''}"
              for at in range(40)]  # fmt: skip
    users = [f"{at},u{at}@x.example,2026-02-{1 + at % 28:02} 08:00:00" for at in range(100)]
    members = [f"{at},{at % 40},{at % 100},admin,2026-03-{1 + at % 28:02} 08:00:00" for at in range(150)]
    staff = [f"{at},s{at}@x.example,2026-01-{1 + at:02} 08:00:00" for at in range(9)]
    boards = [f"{at},{at % 40},Board {at},2026-03-{1 + at % 28:02} 08:00:00" for at in range(300)]
    made = written(
        tmp_path,
        workspaces=["id,name,inserted_at,archived_at", *places],
        users=["id,email,inserted_at", *users],
        workspace_members=["id,workspace_id,user_id,role,joined_at", *members],
        staff=["id,email,created_at", *staff],
        boards=["id,workspace_id,title,inserted_at", *boards],
    )
    assert total(made, "new_users") == 100
    assert total(made, "new_workspaces") == 40
    assert "time: inserted_at" in (made.folder / "metrics" / "workspaces.yml").read_text("utf-8")
    assert total(made, "boards_workspaces") == 40
    assert not any(
        one.endswith("_new_users") or "new_accounts" in one or one == "boards_people" for one in made.metrics
    )


def test_rows_written_twice_count_once(tmp_path: Path) -> None:
    rows = [f"e{at},2026-02-{1 + at % 28:02} 10:00:00,click,u{at % 7}" for at in range(200)]
    made = written(tmp_path, events=["uuid,time,event,user_id", *rows, *rows[:4]])
    assert total(made, "event_count") == 200
    assert any("4 rows written twice" in one.text for one in made.assumed)


def test_a_row_that_differs_is_no_twin(tmp_path: Path) -> None:
    rows = [f"e{at},2026-02-{1 + at % 28:02} 10:00:00,click,u{at % 7}" for at in range(200)]
    made = written(tmp_path, events=["uuid,time,event,user_id", *rows, "e1,2026-02-09 10:00:00,click,u1"])
    assert total(made, "event_count") == 201


def test_a_plan_times_seats_by_what_its_name_says_of_its_period(tmp_path: Path) -> None:
    rows = [
        f"s{at},c{at},2026-01-{1 + at % 28:02},{'2026-03-01' if at % 10 == 0 else ''},"
        f"{'team-yearly' if at % 2 else 'team-monthly'},{120 if at % 2 else 10},{1 + at % 2 * 2}"
        for at in range(40)
    ]
    head = "subscription_id,customer_id,started_at,ended_at,plan_id,plan_amount,quantity"
    made = written(tmp_path, subscriptions=[head, *rows])
    assert number(made, "new_mrr") == 20 * 10 + 20 * 30


def test_an_invoice_of_an_unknown_status_was_sent(tmp_path: Path) -> None:
    how = ("Paid", "Payment Due", "Voided", "Paid")
    rows = [f"R{at},c{at % 7},2026-01-{1 + at % 28:02},{how[at % 4]},100,119" for at in range(40)]
    head = "invoice_no,customer_id,invoice_date,status,sub_total,amount"
    made = written(tmp_path, invoices=[head, *rows])
    assert (total(made, "invoice_count"), total(made, "invoiced_revenue")) == (30, 30 * 119)
    assert total(made, "collected_revenue") == 20 * 119


def test_the_currency_taken_and_the_rows_left_out_are_said(tmp_path: Path) -> None:
    rows = [f"{at},2026-02-{1 + at % 28:02},{'paid' if at % 5 else 'cancelled'},10" for at in range(50)]
    made = written(tmp_path, orders=["order_id,ordered_on,status,total", *rows])
    assert any(one.text.startswith("amounts are in USD") and one.place == "truenorth.yml:4" for one in made.assumed)
    assert any("40 of 50 rows" in one for one in made.found)


def test_a_plain_file_of_orders_says_who_came_new_and_who_came_again(tmp_path: Path) -> None:
    rows = [
        f"{at},{at % 30},2026-0{1 + at // 25}-{1 + at % 25:02},{'paid' if at % 10 else 'cancelled'},{1 + at % 3},10"
        for at in range(100)
    ]
    made = written(tmp_path, sales=["order_id,customer_id,ordered_on,state,quantity,total", *rows])
    shown = {"units_sold", "items_per_order", "new_customers", "customers_so_far", "repeat_customer_rate"}
    assert len(made.metrics) >= 10 and shown <= set(made.metrics)
    bought = [at for at in range(100) if at % 10]
    first: dict[int, int] = {}
    for at in bought:
        first.setdefault(at % 30, at)
    assert total(made, "new_customers") == len(first)
    january = answer(made, "new_customers", where="metric_time__month = '2026-01'").table.rows[0][0]
    assert january == sum(1 for at in first.values() if at < 25)


def test_an_order_paid_back_in_full_leaves_nothing(tmp_path: Path) -> None:
    rows = [f"{at},2026-02-{1 + at % 28:02},119,100,19,{119 if at % 5 == 0 else 0}" for at in range(50)]
    made = written(tmp_path, orders=["order_id,ordered_on,total,subtotal,tax,refund_amount", *rows])
    assert number(made, "revenue") == 5000
    assert number(made, "net_revenue") == 4000


def test_what_events_brought_is_summed_in_the_currency_inside_of_them(tmp_path: Path) -> None:
    bought = '{"price": 4.5, "currency": "EUR"}'
    made = selected(
        tmp_path,
        "track",
        "SELECT 'e' || i AS insert_id, TIMESTAMP '2026-01-01' + INTERVAL (i) HOUR AS time, 'u' || i % 10 AS user_id, "
        "CASE WHEN i % 10 < 3 THEN 'Purchase' ELSE 'Page View' END AS event, "
        f"CASE WHEN i % 10 < 3 THEN '{bought}' ELSE '{{\"page\": 1}}' END AS properties FROM range(200) AS t(i)",
    )
    assert total(made, "event_revenue") == Decimal("4.5") * 60
    assert number(made, "conversion_rate") == 0.3


def test_a_time_of_cancelling_gives_the_share_of_cancelled_orders(tmp_path: Path) -> None:
    rows = [f"{at},2026-02-{1 + at % 28:02},{'2026-03-01' if at % 5 == 0 else ''},10" for at in range(50)]
    made = written(tmp_path, orders=["order_id,ordered_on,cancelled_on,total", *rows])
    assert (total(made, "order_count"), number(made, "cancelled_order_rate")) == (40, 0.2)


def test_what_was_counted_is_no_money_and_nobody(tmp_path: Path) -> None:
    days = [f"2026-0{1 + at // 28}-{1 + at % 28:02},{100 + at},{300 + at},{40 + at},{150 + at}" for at in range(56)]
    sent = [
        f'i{at},Issue {at},"Jan {1 + at}, 2026 9:00 am","1,{at:03}",{at},{990 + at},{200 + at},{20 + at},$0.00'
        for at in range(20)
    ]
    made = written(
        tmp_path,
        imported_visitors=["date,visitors,pageviews,bounces,visits", *days],
        campaigns=[
            "Unique Id,Subject,Send Date,Total Recipients,Total Bounces,Successful Deliveries,Unique Opens,"
            "Unique Clicks,Revenue",
            *sent,
        ],
    )
    assert not {"active_users", "imported_visitors_people", "session_duration"} & set(made.metrics)
    assert total(made, "imported_visitors_pageviews") == sum(300 + at for at in range(56))
    assert number(made, "imported_visitors_visitors_a_day") == sum(100 + at for at in range(56)) / 56
    assert total(made, "campaigns_total_recipients") == sum(1000 + at for at in range(20))
    opened, reached = (sum(n + at for at in range(20)) for n in (200, 990))
    assert abs(number(made, "open_rate") - opened / reached) < 1e-12
    text = (made.folder / "metrics" / "campaigns.yml").read_text("utf-8")
    assert "unit: recipients" in text and "name: total_recipients, expr: '\"Total Recipients\"'}" in text


def test_calls_tell_who_gave_up_and_how_long_they_waited(tmp_path: Path) -> None:
    rows = [
        f"A{at};{1 + at % 28:02}/03/2026 10:00:00;C{at % 30};{at % 60};{0 if at % 10 == 0 else 100 + at % 7};"
        f"{'N' if at % 10 == 0 else 'O'};{'O' if at % 10 == 0 else 'N'};{'' if at % 3 else 4}"
        for at in range(200)
    ]
    head = "N° appel;Date et heure;Code client;Temps d'attente (s);Durée (s);Décroché;Abandonné;Note satisfaction"
    made = written(tmp_path, appels=[head, *rows])
    assert (total(made, "call_count"), total(made, "abandoned_calls"), total(made, "callers")) == (200, 20, 30)
    assert number(made, "answered_rate") == 0.9
    assert number(made, "call_duration") == 103
    assert "answers" not in made.metrics


def test_calls_that_tell_of_people_are_no_people(tmp_path: Path) -> None:
    users = [f"{at},u{at}@x.example,2026-02-{1 + at % 28:02} 08:00:00" for at in range(50)]
    told = [f"m{at},{at % 50},u{at % 50}@x.example,2026-03-{1 + at % 28:02} 08:00:00" for at in range(150)]
    made = written(tmp_path, users=["id,email,created_at", *users], identifies=["id,user_id,email,received_at", *told])
    assert total(made, "new_users") == 50
    assert not any("identifies_new" in one or one == "new_accounts" for one in made.metrics)


def test_a_column_that_came_later_does_not_part_a_table(tmp_path: Path) -> None:
    head = "order_id,customer_id,ordered_on,status,deposit_paid,total"
    rows = [f"a{at},{at % 9},2025-11-{1 + at % 28:02},CHECKED OUT,{'Y' if at % 2 else 'N'},10" for at in range(40)]
    more = [f"b{at},{at % 9},2026-01-{1 + at % 28:02},CHECKED OUT,{'Y' if at % 2 else 'N'},10,gold" for at in range(40)]
    made = written(tmp_path, orders_2025=[head, *rows], orders_2026=[f"{head},tier", *more])
    assert (total(made, "order_count"), total(made, "revenue")) == (80, 800)


def test_millionths_and_times_in_texts_of_a_shop_of_applications(tmp_path: Path) -> None:
    lines = [
        f'{{"orderId": "G{at}", "playerId": "p{at % 7}", "purchaseTimeMillis": "{1767225600000 + at * 3_600_000}", '
        f'"priceAmountMicros": 4990000, "priceCurrencyCode": "USD", '
        f'"purchaseState": "{"CANCELED" if at % 10 == 0 else "PURCHASED"}"}}'
        for at in range(100)
    ]
    (tmp_path / "iap.jsonl").write_text("\n".join(lines) + "\n", "utf-8")
    made = begin(tmp_path / "ws", tmp_path / "iap.jsonl")
    assert (total(made, "order_count"), total(made, "buyers")) == (90, 7)
    assert number(made, "revenue") == 90 * 4.99


def test_trackers_know_browsers_by_their_domain_and_no_session_below_zero(tmp_path: Path) -> None:
    made = selected(
        tmp_path,
        "events",
        "SELECT 'e' || i AS event_id, TIMESTAMP '2026-01-01' + INTERVAL (i) HOUR AS timestamp, "
        "TIMESTAMP '2026-02-01' + INTERVAL (i) HOUR AS received_at, 'd' || i % 20 AS domain_userid, "
        "CASE WHEN i % 20 < 4 THEN 'u' || i % 2 END AS user_id, CASE WHEN i % 10 = 0 THEN -1 ELSE i // 5 END AS session_id, "
        "CASE WHEN i % 3 = 0 THEN 'page_view' ELSE 'click' END AS event_name FROM range(400) AS t(i)",
    )
    assert total(made, "active_users") == 20
    assert total(made, "session_count") == 80
    assert "time: timestamp" in (made.folder / "metrics" / "events.yml").read_text("utf-8")
