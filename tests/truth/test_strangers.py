"""Data of strangers: from files or a database to pages with numbers, and the numbers are those of SQL by hand.

The rules of discovery were not made with these five in mind; each is gone through as a newcomer would, by commands.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from tests.pages.conftest import client
from tests.servers import Database
from tests.truth import strangers
from truenorth import workspace
from truenorth.cli.main import main
from truenorth.serve.guard import Guard
from truenorth.web.app import pages
from truenorth.web.home import usual

THREE_MINUTES = 180.0
Ask = Callable[[str], Any]


def newcomer(folder: Path, *given: str) -> float:
    """The commands of a newcomer; the computing it took until the first page could be opened, whatever else runs."""
    began = time.process_time()
    words = [word for one in given for word in ("--from", one)]
    assert main(["init", str(folder), *words]) == 0
    took = time.process_time() - began
    for command in (["check"], ["test"], ["verify", "--samples", "3"]):
        assert main([*command, "-w", str(folder)]) == 0, command
    return took


@contextmanager
def opened(folder: Path) -> Iterator[workspace.Workspace]:
    with workspace.open(folder) as one:
        yield one


def total(one: workspace.Workspace, metric: str) -> Any:
    """A metric's value over all time, or in a month where its value depends on one."""
    name, _, month = metric.partition(" ")
    asked = {"where": f"metric_time__month = '{month}'"} if month else {}
    return one.query(name, **asked).table.rows[0][-1]  # type: ignore[arg-type]


def proven(folder: Path, by_hand: dict[str, str], ask: Ask) -> None:
    """At least ten metrics, of which all that are worked out by hand but one are equal; a home page with values."""
    with opened(folder) as one:
        assert len(one.model.metrics) >= 10 and len(by_hand) >= 10
        wrong = []
        for metric, sql in by_hand.items():
            own, right = total(one, metric), ask(sql)
            if right is None or abs(Decimal(str(own)) - Decimal(str(right))) > Decimal("0.0000001") * abs(
                Decimal(str(right))
            ):
                wrong.append((metric, own, right))
        assert len(wrong) * 10 <= len(by_hand), wrong
        assert wrong == []
        page = client(Guard(pages(one)))("/")
        assert page.status_code == 200
        shown = one.scorecard(
            usual(one.model, [one.model.metrics[name] for name in workspace.home_metrics(one.model)]).grain
        )
        assert sum(card.text not in ("", "–") for card in shown.cards) >= 6


def over(view: dict[str, str]) -> Ask:
    """Asks SQL over files as they came."""
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    for name, source in view.items():
        connection.execute(f"CREATE VIEW {name} AS SELECT * FROM {source}")

    def ask(sql: str) -> Any:
        [row] = connection.execute(sql).fetchall()
        return row[0]

    return ask


def test_a_shops_export(tmp_path: Path) -> None:
    strangers.shop(tmp_path / "exports")
    assert newcomer(tmp_path / "mine", str(tmp_path / "exports")) < THREE_MINUTES
    sold = "payment_state = 'captured' AND is_test_order = false"
    ask = over({
        "o": f"read_csv('{tmp_path}/exports/orders-*.csv')",
        "l": f"read_csv('{tmp_path}/exports/order_lines.csv')",
    })  # fmt: skip
    by_hand = {
        "order_count": f"SELECT count(*) FROM o WHERE {sold}",
        "order_count 2025-07": f"SELECT count(*) FROM o WHERE {sold} AND placed >= '2025-07-01' AND placed < '2025-08-01'",
        "revenue": f"SELECT sum((grand_total - tax_total)::DECIMAL(18,2)) FROM o WHERE {sold}",
        "total_sales": f"SELECT sum(grand_total::DECIMAL(18,2)) FROM o WHERE {sold}",
        "average_order_value": f"SELECT avg(grand_total - tax_total) FROM o WHERE {sold}",
        "buyers": f"SELECT count(DISTINCT buyer_mail) FROM o WHERE {sold}",
        "tax_charged": f"SELECT sum(tax_total::DECIMAL(18,2)) FROM o WHERE {sold}",
        "discounts": f"SELECT sum(discount_amount::DECIMAL(18,2)) FROM o WHERE {sold}",
        "shipping_charged": f"SELECT sum(delivery_fee::DECIMAL(18,2)) FROM o WHERE {sold}",
        "units_sold": f"SELECT sum(units) FROM l JOIN o USING (order_no) WHERE {sold}",
        "item_revenue": f"SELECT sum(units * unit_price::DECIMAL(18,2)) FROM l JOIN o USING (order_no) WHERE {sold}",
        "products_sold": f"SELECT count(DISTINCT product_code) FROM l JOIN o USING (order_no) WHERE {sold}",
    }
    proven(tmp_path / "mine", by_hand, ask)


def test_a_billing_export(tmp_path: Path) -> None:
    strangers.billing(tmp_path / "billing")
    assert newcomer(tmp_path / "mine", str(tmp_path / "billing")) < THREE_MINUTES
    ask = over({
        name: f"read_csv('{tmp_path}/billing/{file}')"
        for name, file in (("c", "clients.csv"), ("s", "subscriptions.tsv"), ("i", "invoices.csv"))
    })  # fmt: skip
    real = "state <> 'incomplete'"
    worth = "CASE WHEN billing_cycle = 'yearly' THEN price_cents / 12 ELSE price_cents END / 100"
    paying = f"{real} AND state <> 'trialing'"
    by_hand = {
        "new_customers": "SELECT count(*) FROM c WHERE removed_at IS NULL",
        "new_subscriptions": f"SELECT count(*) FROM s WHERE {real}",
        "cancelled_subscriptions": f"SELECT count(*) FROM s WHERE {real} AND ended_at IS NOT NULL",
        "active_subscriptions 2025-11": f"SELECT count(*) FROM s WHERE {real} AND started_at < '2025-12-01' AND "
        "(ended_at IS NULL OR ended_at >= '2025-12-01')",
        "new_mrr": f"SELECT sum({worth}) FROM s WHERE {paying}",
        "mrr 2025-11": f"SELECT sum({worth}) FROM s WHERE {paying} AND started_at < '2025-12-01' AND (ended_at IS NULL OR "
        "ended_at >= '2025-12-01')",
        "invoice_count": "SELECT count(*) FROM i WHERE state IN ('paid', 'open')",
        "invoiced_revenue": "SELECT sum(total_cents) / 100 FROM i WHERE state IN ('paid', 'open')",
        "collected_revenue": "SELECT sum(total_cents) / 100 FROM i WHERE state = 'paid'",
        "collected_revenue 2025-09": "SELECT sum(total_cents) / 100 FROM i WHERE state = 'paid' AND paid_on >= '2025-09-01' AND "
        "paid_on < '2025-10-01'",
        "paid_invoices": "SELECT count(*) FROM i WHERE state = 'paid'",
        "time_to_pay": "SELECT median(date_diff('day', issued_on, paid_on)) FROM i WHERE state = 'paid'",
    }
    proven(tmp_path / "mine", by_hand, ask)


def test_a_products_events(tmp_path: Path) -> None:
    strangers.product(tmp_path / "events")
    assert newcomer(tmp_path / "mine", str(tmp_path / "events" / "tracked.csv")) < THREE_MINUTES
    ask = over({"e": f"read_csv('{tmp_path}/events/tracked.csv') WHERE environment = 'production'"})
    month = "occurredAt >= '2025-08-01' AND occurredAt < '2025-09-01'"
    by_hand = {
        "event_count": "SELECT count(*) FROM e",
        "event_count 2025-08": f"SELECT count(*) FROM e WHERE {month}",
        "active_users": "SELECT count(DISTINCT userId) FROM e",
        "active_users 2025-08": f"SELECT count(DISTINCT userId) FROM e WHERE {month}",
        "monthly_active_users 2025-08": "SELECT count(DISTINCT userId) FROM e WHERE occurredAt >= '2025-08-04' AND occurredAt "
        "< '2025-09-01'",
        "weekly_active_users 2025-08": "SELECT count(DISTINCT userId) FROM e WHERE occurredAt >= '2025-08-25' AND occurredAt "
        "< '2025-09-01'",
        "daily_active_users 2025-08": "SELECT count(DISTINCT userId) FROM e WHERE occurredAt >= '2025-08-31' AND occurredAt "
        "< '2025-09-01'",
        "session_count": "SELECT count(DISTINCT sessionId) FROM e",
        "page_views": "SELECT count(*) FROM e WHERE eventName = 'Page Viewed'",
        "signups": "SELECT count(*) FROM e WHERE eventName = 'Signed Up'",
        "report_created_events": "SELECT count(*) FROM e WHERE eventName = 'Report Created'",
    }
    proven(tmp_path / "mine", by_hand, ask)
    with opened(tmp_path / "mine") as one:
        by = dict(one.query("event_count", by="plan").table.rows)
        assert by["pro"] == ask("SELECT count(*) FROM e WHERE properties->>'plan' = 'pro'")


def test_a_web_analytics_export(tmp_path: Path) -> None:
    strangers.analytics(tmp_path / "ga")
    assert newcomer(tmp_path / "mine", str(tmp_path / "ga" / "events_*.parquet")) < THREE_MINUTES
    ask = over({"e": f"read_parquet('{tmp_path}/ga/events_*.parquet')"})
    session = (
        "concat(user_pseudo_id, '.', list_filter(event_params, lambda p: p.key = 'ga_session_id')[1].value.int_value)"
    )
    day = "make_timestamp(event_timestamp) >= '2026-02-05'"
    by_hand = {
        "event_count": "SELECT count(*) FROM e",
        "active_users": "SELECT count(DISTINCT user_pseudo_id) FROM e",
        "daily_active_users 2026-02": f"SELECT count(DISTINCT user_pseudo_id) FROM e WHERE {day}",
        "weekly_active_users 2026-02": "SELECT count(DISTINCT user_pseudo_id) FROM e",
        "session_count": f"SELECT count(DISTINCT {session}) FROM e",
        "page_views": "SELECT count(*) FROM e WHERE event_name = 'page_view'",
        "session_starts": "SELECT count(*) FROM e WHERE event_name = 'session_start'",
        "purchases": "SELECT count(*) FROM e WHERE event_name = 'purchase'",
        "people_with_purchases": "SELECT count(DISTINCT user_pseudo_id) FROM e WHERE event_name = 'purchase'",
        "event_revenue": "SELECT sum(ecommerce.purchase_revenue) FROM e WHERE event_name = 'purchase'",
        "scroll_events": "SELECT count(*) FROM e WHERE event_name = 'scroll'",
    }
    proven(tmp_path / "mine", by_hand, ask)


def test_an_applications_database(tmp_path: Path, postgres: Database) -> None:
    postgres.run(*strangers.APPLICATION)
    secret = postgres.password.replace("@", "%40").replace("/", "%2F").replace(":", "%3A")
    url = postgres.url.replace(f"{postgres.user}@", f"{postgres.user}:{secret}@")
    assert newcomer(tmp_path / "mine", url) < THREE_MINUTES
    kept = [
        path
        for path in (tmp_path / "mine").rglob("*")
        if path.is_file() and postgres.password in path.read_text("utf-8", "replace")
    ]
    assert [path.name for path in kept] == ["secrets"] and kept[0].stat().st_mode & 0o077 == 0

    def ask(sql: str) -> Any:
        return postgres.run(sql)[0][0]

    sold = "state IN ('completed', 'confirmed')"
    month = "created_at >= '2025-08-01Z' AND created_at < '2025-09-01Z'"
    by_hand = {
        "new_users": "SELECT count(*) FROM members WHERE erased_at IS NULL AND NOT is_staff",
        "order_count": f"SELECT count(*) FROM reservations WHERE {sold}",
        "order_count 2025-08": f"SELECT count(*) FROM reservations WHERE {sold} AND {month}",
        "revenue": f"SELECT sum(amount_cents) / 100.0 FROM reservations WHERE {sold}",
        "revenue 2025-08": f"SELECT sum(amount_cents) / 100.0 FROM reservations WHERE {sold} AND {month}",
        "average_order_value": f"SELECT avg(amount_cents) / 100.0 FROM reservations WHERE {sold}",
        "buyers": f"SELECT count(DISTINCT member_id) FROM reservations WHERE {sold}",
        "tickets_opened": "SELECT count(*) FROM support_tickets",
        "tickets_solved": "SELECT count(*) FROM support_tickets WHERE solved_at IS NOT NULL",
        "first_response_time": "SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM first_reply_at - "
        "opened_at) / 3600) FROM support_tickets",
        "tickets_still_open": "SELECT count(*) FROM support_tickets WHERE state = 'open'",
    }
    proven(tmp_path / "mine", by_hand, ask)
