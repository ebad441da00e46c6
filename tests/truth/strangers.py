"""Data of five kinds of companies as strangers would bring it: made here, with the traps that such data has.

Names are chosen to be unlike those that the rules are tested with. Everything is drawn from one seed.
"""

from __future__ import annotations

import csv
import json
import random
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

START = datetime(2025, 4, 1)


def moment(draw: random.Random, days: int) -> datetime:
    return START + timedelta(seconds=draw.randrange(days * 86_400))


def written(path: Path, head: Sequence[str], rows: Iterable[Sequence[object]], delimiter: str = ",") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, delimiter=delimiter)
        writer.writerow(head)
        writer.writerows(rows)


def shop(folder: Path) -> None:
    """A shop's exports, two files a year: test orders, unpaid and cancelled ones, tax inside of totals, guests."""
    draw = random.Random(11)
    lines: list[tuple[object, ...]] = []
    for year in (2025, 2026):
        rows: list[tuple[object, ...]] = []
        for at in range(700):
            number = f"S-{year}-{at:05}"
            placed = moment(draw, 270) if year == 2025 else moment(draw, 80) + timedelta(days=275)
            items = 0.0
            for _ in range(draw.choice((1, 1, 2, 3))):
                units, price = draw.choice((1, 1, 2)), draw.choice((9.9, 24.0, 79.95))
                items += units * price
                lines.append((f"L{len(lines):06}", number, f"P-{draw.randrange(30):03}", units, f"{price:.2f}"))
            delivery, off = draw.choice((0, 4.5)), draw.choice((0, 0, 5))
            tax = round((items + delivery - off) * 0.2, 2)
            state = draw.choices(("captured", "authorized", "failed", "refunded", "cancelled"), (80, 6, 4, 5, 5))[0]
            mail = f"buyer{draw.randrange(200)}@mail.example" if draw.random() > 0.02 else ""
            rows.append((
                number, placed.strftime("%Y-%m-%dT%H:%M:%SZ"), mail, state, f"{items:.2f}", f"{delivery:.2f}", f"{off:.2f}",
                f"{tax:.2f}", f"{items + delivery - off + tax:.2f}", "GBP", draw.choice(("web", "phone", "shop")),
                "yes" if draw.random() < 0.02 else "no",
            ))  # fmt: skip
        head = ("order_no", "placed", "buyer_mail", "payment_state", "items_subtotal", "delivery_fee", "discount_amount",
                "tax_total", "grand_total", "currency_code", "sales_channel", "is_test_order")  # fmt: skip
        written(folder / f"orders-{year}.csv", head, rows)
    written(folder / "order_lines.csv", ("line_no", "order_no", "product_code", "units", "unit_price"), lines)


def billing(folder: Path) -> None:
    """A billing export: cents, drafts and voids, contracts by the month and by the year, some never begun."""
    draw = random.Random(12)
    firms = [f"acc-{at:04}" for at in range(150)]
    written(
        folder / "clients.csv",
        ("client_ref", "company", "billing_email", "land", "signed_up", "removed_at"),
        [
            (
                one,
                f"Firm {at}",
                f"b{at}@firm.example",
                draw.choice(("UK", "IE", "NL")),
                moment(draw, 300).date(),
                moment(draw, 300).date() if draw.random() < 0.05 else "",
            )
            for at, one in enumerate(firms)
        ],
    )
    contracts: list[tuple[object, ...]] = []
    for at in range(320):
        began = moment(draw, 300)
        over = began + timedelta(days=draw.randrange(20, 200)) if draw.random() < 0.4 else None
        state = (
            "cancelled" if over else draw.choices(("active", "trialing", "past_due", "incomplete"), (80, 6, 6, 8))[0]
        )
        cycle = draw.choice(("monthly", "monthly", "yearly"))
        price = draw.choice((2900, 7900, 19900)) * (10 if cycle == "yearly" else 1)
        contracts.append((f"sub-{at:05}", draw.choice(firms), draw.choice(("Solo", "Team")), price, cycle, "gbp", state,
                          began.isoformat(sep=" "), over.isoformat(sep=" ") if over else ""))  # fmt: skip
    written(
        folder / "subscriptions.tsv",
        ("subscription_ref", "client_ref", "plan_name", "price_cents", "billing_cycle", "currency", "state", "started_at",
         "ended_at"),
        contracts, "\t",
    )  # fmt: skip
    bills: list[tuple[object, ...]] = []
    for at in range(900):
        issued, state = moment(draw, 320), draw.choices(("paid", "open", "void", "draft"), (80, 10, 5, 5))[0]
        total = draw.choice((2900, 7900, 19900))
        paid = issued + timedelta(days=draw.randrange(1, 30)) if state == "paid" else None
        bills.append((f"INV{at:06}", draw.choice(firms), state, issued.date(), (issued + timedelta(days=14)).date(),
                      paid.date() if paid else "", total, total // 5, "gbp"))  # fmt: skip
    written(
        folder / "invoices.csv",
        ("invoice_no", "client_ref", "state", "issued_on", "due_on", "paid_on", "total_cents", "vat_cents", "currency"),
        bills,
    )


def product(folder: Path) -> None:
    """A product's events with properties in JSON: staging rows, people before and after signing in."""
    draw = random.Random(13)
    names = ("Signed Up", "Page Viewed", "Report Created", "Report Shared", "Export Finished")
    rows: list[tuple[object, ...]] = []
    for at in range(6000):
        who, name = draw.randrange(400), draw.choices(names, (4, 60, 20, 10, 6))[0]
        held = {
            "plan": draw.choice(("free", "pro")),
            "device_type": draw.choice(("desktop", "mobile")),
            "path": f"/r/{at % 7}",
        }
        rows.append((
            f"e-{at:07}", name, moment(draw, 200).isoformat(timespec="milliseconds") + "Z", f"usr_{who:04}",
            f"visit-{who}-{draw.randrange(12)}", "production" if draw.random() > 0.05 else "staging", json.dumps(held),
        ))  # fmt: skip
    head = ("eventId", "eventName", "occurredAt", "userId", "sessionId", "environment", "properties")
    written(folder / "tracked.csv", head, rows)


def analytics(folder: Path) -> None:
    """Two days of a web analytics export as it comes: nested, times in microseconds, sessions numbered per person."""
    import duckdb

    folder.mkdir(parents=True, exist_ok=True)
    draw = random.Random(14)
    for day in range(3):
        rows: list[dict[str, Any]] = []
        for _ in range(1500):
            at = datetime(2026, 2, 3 + day, tzinfo=UTC) + timedelta(seconds=draw.randrange(86_400))
            name = draw.choices(("page_view", "session_start", "purchase", "scroll"), (60, 15, 3, 22))[0]
            rows.append({
                "event_date": at.strftime("%Y%m%d"), "event_timestamp": int(at.timestamp() * 1_000_000), "event_name": name,
                "params": [("ga_session_id", None, draw.randrange(1, 6)),
                           ("page_location", f"https://shop.example/{draw.randrange(9)}", None)],
                "user_pseudo_id": f"{draw.randrange(300)}.{draw.randrange(2)}",
                "category": draw.choice(("mobile", "desktop")), "country": draw.choice(("Japan", "Chile")),
                "medium": draw.choice(("organic", "cpc")), "revenue": draw.choice((10.5, 99.0)) if name == "purchase" else None,
            })  # fmt: skip
        lines = folder / "rows.json"
        lines.write_text("\n".join(map(json.dumps, rows)), "utf-8")
        duckdb.connect().execute(f"""
            COPY (SELECT event_date, event_timestamp, event_name,
                [{{'key': p[1]->>'$', 'value': {{'string_value': p[2]->>'$', 'int_value': (p[3]->>'$')::BIGINT,
                   'float_value': NULL::DOUBLE, 'double_value': NULL::DOUBLE}}}}
                 for p in params::JSON[][]] AS event_params,
                user_pseudo_id, {{'category': category, 'language': 'en'}} AS device, {{'country': country}} AS geo,
                {{'medium': medium, 'source': 'g'}} AS traffic_source,
                {{'purchase_revenue': revenue, 'transaction_id': NULL::VARCHAR}} AS ecommerce, 'WEB' AS platform
              FROM read_json('{lines}', format = 'newline_delimited', columns = {{event_date: 'VARCHAR',
                event_timestamp: 'BIGINT', event_name: 'VARCHAR', params: 'JSON[][]', user_pseudo_id: 'VARCHAR',
                category: 'VARCHAR', country: 'VARCHAR', medium: 'VARCHAR', revenue: 'DOUBLE'}}))
            TO '{folder / f"events_2026020{3 + day}.parquet"}' (FORMAT parquet)""")
        lines.unlink()


APPLICATION = (
    "CREATE TABLE members (id serial PRIMARY KEY, mail text, encrypted_password text, joined_at timestamptz NOT NULL, "
    "home_country text, erased_at timestamptz, is_staff boolean NOT NULL DEFAULT false)",
    "CREATE TABLE rooms (id serial PRIMARY KEY, title text, city text, nightly_price_cents integer, listed_at timestamptz)",
    "CREATE TABLE reservations (id bigserial PRIMARY KEY, member_id integer REFERENCES members, room_id integer REFERENCES "
    "rooms, created_at timestamptz NOT NULL, state text NOT NULL, amount_cents bigint NOT NULL, fee_cents bigint NOT NULL, "
    "currency char(3) NOT NULL, channel text, updated_at timestamptz NOT NULL)",
    "CREATE TABLE support_tickets (id serial PRIMARY KEY, member_id integer REFERENCES members, opened_at timestamptz NOT "
    "NULL, first_reply_at timestamptz, solved_at timestamptz, state text, priority text)",
    "CREATE TABLE alembic_version (version_num text)",
    "INSERT INTO members (mail, encrypted_password, joined_at, home_country, erased_at, is_staff) SELECT 'm' || i || "
    "'@mail.example', md5(i::text), timestamptz '2025-03-01 00:00Z' + i * interval '9 hours', (ARRAY['PT','ES','IT'])[1 + i "
    "% 3], CASE WHEN i % 37 = 0 THEN timestamptz '2025-12-01 00:00Z' END, i % 50 = 0 FROM generate_series(1, 600) AS i",
    "INSERT INTO rooms (title, city, nightly_price_cents, listed_at) SELECT 'Room ' || i, (ARRAY['Porto','Sevilla'])[1 + i % "
    "2], 4000 + i * 10, timestamptz '2025-01-01 00:00Z' + i * interval '1 day' FROM generate_series(1, 80) AS i",
    "INSERT INTO reservations (member_id, room_id, created_at, state, amount_cents, fee_cents, currency, channel, updated_at) "
    "SELECT 1 + i * 7 % 600, 1 + i * 11 % 80, timestamptz '2025-04-01 00:00Z' + i * interval '3 hours 7 minutes', "
    "(ARRAY['completed','confirmed','cancelled','completed','pending','declined'])[1 + i * i % 6], 5000 + i * 97 % 40000, 300, "
    "'EUR', (ARRAY['app','web','agent'])[1 + i % 3], timestamptz '2025-04-02 00:00Z' + i * interval '3 hours' "
    "FROM generate_series(1, 2200) AS i",
    "INSERT INTO support_tickets (member_id, opened_at, first_reply_at, solved_at, state, priority) SELECT 1 + i % 600, t, t + "
    "(i % 50) * interval '5 minutes', CASE WHEN i % 5 > 0 THEN t + (i % 90) * interval '1 hour' END, CASE WHEN i % 5 > 0 THEN "
    "'solved' ELSE 'open' END, (ARRAY['low','high'])[1 + i % 2] FROM (SELECT i, timestamptz '2025-04-03 00:00Z' + i * interval "
    "'5 hours' AS t FROM generate_series(1, 700) AS i) AS made",
)  # fmt: skip
