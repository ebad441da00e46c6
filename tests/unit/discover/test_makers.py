"""Subscriptions as billing systems export them: their columns mean what the systems mean by them."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from tests.unit.discover.newcomer import answer, written
from truenorth.discover.report import Discovery

HEADS = {
    "chargebee": "id,customer_id,plan_id,plan_quantity,plan_unit_price,billing_period,billing_period_unit,mrr,status,"
    "started_at,cancelled_at,currency_code",
    "recurly": "subscription_id,account_code,plan_code,plan_interval_length,plan_interval_unit,unit_amount,quantity,"
    "currency,state,activated_at,canceled_at,expires_at",
}


def at_the_end(made: Discovery) -> list[Decimal]:
    """The balance at the end of January and of February, to the cent."""
    rows = answer(made, "mrr", grain="month").table.rows
    return [round(Decimal(str(row[1])), 2) for row in rows[:2]]


def test_what_chargebee_says_a_subscription_brings_now_is_not_what_it_brought(tmp_path: Path) -> None:
    """Prices are in cents, for 3 months, and what is cancelled brings nothing now: 40 x 2 x 30 / 3, then 10 less."""
    rows = [
        f"s{at},c{at},team,2,3000,3,month,{0 if at < 10 else 2000},{'cancelled' if at < 10 else 'active'},"
        f"2026-01-{1 + at % 28:02},{f'2026-02-{1 + at:02}' if at < 10 else ''},EUR"
        for at in range(40)
    ]
    rows.append("s99,c99,team,1,3000,3,month,1000,active,2026-03-02,,EUR")
    made = written(tmp_path, subscriptions=[HEADS["chargebee"], *rows])
    assert at_the_end(made) == [Decimal("800.00"), Decimal("600.00")]


def test_what_was_cancelled_at_recurly_runs_until_it_expires(tmp_path: Path) -> None:
    """A length of 12 months is a year: 20 x 100 / 12 and 20 x 2 x 9; cancelled in January, gone in February."""
    rows = [
        f"s{at},acct-{at},basic,{12 if at % 2 else 1},months,{'100.00' if at % 2 else '9.00'},{1 if at % 2 else 2},USD,"
        f"{'expired' if at < 10 else 'active'},2026-01-{1 + at % 28:02},{'2026-01-20' if at < 10 else ''},"
        f"{'2026-02-10' if at < 10 else ''}"
        for at in range(40)
    ]
    rows.append("s99,acct-99,basic,1,months,9.00,1,USD,active,2026-03-02,,")
    made = written(tmp_path, subscriptions=[HEADS["recurly"], *rows])
    assert at_the_end(made) == [Decimal("526.67"), Decimal("395.00")]


def test_a_column_whose_words_are_all_terms_says_how_often_a_price_is_due(tmp_path: Path) -> None:
    """12 a year, 3 a quarter and 16 a week: 10 of each are 10, 10 and 10 x 16 x 487 / 112, the
    average month; one of each ends in February."""
    terms = [("12", "Jahr"), ("3", "Quartal"), ("16", "Woche")]
    rows = [
        f"s{at},c{at},basic,{terms[at % 3][0]}.00,{terms[at % 3][1]},2026-01-{1 + at % 28:02},"
        f"{'2026-02-10' if at < 3 else ''}"
        for at in range(30)
    ]
    rows.append("s99,c99,basic,12.00,Jahr,2026-03-02,")
    rows = [f"{one},{'paused' if at == 5 else 'active'},{at % 4}.00" for at, one in enumerate(rows)]
    head = "subscription_id,customer_id,plan,price,takt,started_at,ended_at,status,discount"
    made = written(tmp_path, subscriptions=[head, *rows])
    stands = "prices as they stand (discount: neither added nor taken off; status paused: counted like the others; "
    assert stands in (made.folder / "discovered.md").read_text("utf-8")
    assert at_the_end(made) == [Decimal("715.71"), Decimal("644.14")]
