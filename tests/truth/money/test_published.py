"""Walks of a balance that vendors publish, from the periods that lead to them.

Sources: Stripe Billing's analytics pages (roll-forward, churned revenue) and ChartMogul's article on a customer's
lifecycle (201244842). Amounts are per month, with four decimals where a year is divided.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from tests.truth.money.book import book, line, walk

FEBRUARY = datetime(2026, 2, 1)
STRIPE = book("""
    customer text | plan text | region text | starts date | ends date  | amount decimal
    a             | p         | eu          | 2025-11-03  |            | 830
    b             | p         | eu          | 2025-11-03  | 2026-01-10 | 60
    c             | p         | eu          | 2025-12-31  | 2026-01-15 | 60
    c             | p         | eu          | 2026-01-15  |            | 110
    d             | p         | eu          | 2025-06-01  | 2026-01-20 | 50
    d             | p         | eu          | 2026-01-20  |            | 10
    e             | p         | eu          | 2026-01-31  |            | 100
""")


def test_stripe_roll_forward_from_a_thousand(engine: str) -> None:
    # Without what exchange rates do to it, which is 5 less.
    found = walk(STRIPE, engine, range="2026-01", now=FEBRUARY)
    assert found == {(): line(opening=1000, new=100, expansion=50, contraction=40, churn=60, closing=1050)}
    assert STRIPE.value(engine, "quick_ratio", range="2026-01", now=FEBRUARY) == Decimal("1.5")
    assert STRIPE.value(engine, "arr", range="2026-01", now=FEBRUARY) == 12 * 1050


def test_stripe_churned_revenue_of_a_cancelled_year_and_a_downgrade(engine: str) -> None:
    # 120 a year are 10 a month; from 50 to 25 are 25 less.
    world = book("""
        customer text | plan text | region text | starts date | ends date  | amount decimal
        a             | yearly    | eu          | 2025-01-01  | 2025-06-15 | 10
        b             | large     | eu          | 2025-01-01  | 2025-06-20 | 50
        b             | small     | eu          | 2025-06-20  |            | 25
    """)
    found = walk(world, engine, range="2025-06")
    assert found == {(): line(opening=60, contraction=25, churn=10, closing=25)}


def test_chartmogul_lifecycle_of_a_customer(engine: str) -> None:
    # Four of Gold for a year at 500, two of Silver a month at 30; later three of Gold a month at 50.
    world = book("""
        customer text | plan text | region text | starts date | ends date  | amount decimal
        a             | gold      | eu          | 2024-01-10  | 2025-01-10 | 166.6667
        a             | silver    | eu          | 2024-02-10  | 2024-05-20 | 60.0000
        a             | gold      | eu          | 2025-03-10  |            | 150.0000
    """)
    found = walk(world, engine, grain="month", range="2024-01..2025-03")
    moved = {start: values for start, values in found.items() if any(values[1:8])}
    assert moved == {
        date(2024, 1, 1): line(new="166.6667", closing="166.6667"),
        date(2024, 2, 1): line(opening="166.6667", expansion=60, closing="226.6667"),
        date(2024, 5, 1): line(opening="226.6667", contraction=60, closing="166.6667"),
        date(2025, 1, 1): line(opening="166.6667", churn="166.6667"),
        date(2025, 3, 1): line(reactivation=150, closing=150),
    }
