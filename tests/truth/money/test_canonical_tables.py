"""Exports of billing systems read as canonical tables: the same rows on both engines."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from functools import cache

import pytest
import yaml

from tests.truth.case import World, day, rows
from truenorth.define.model import Dataset
from truenorth.define.tables import dataset_of, tables

# What each export is, the metric asked of it in January 2026, and what that is by currency.
SIGMA = """
id text | customer_id text | price_unit_amount integer | currency text | current_period_start date | cancel_at_period_end boolean | start_date date | ended_at date | quantity integer | interval text
s1      | ada              | 1029                      | eur           | 2026-01-05                | false                        | 2026-01-05      |               | 2                | month
s2      | ben              | 3000                      | jpy           | 2026-01-05                | false                        | 2026-01-05      |               | 1                | month
s3      | cy               | 12001                     | eur           | 2026-01-05                | false                        | 2026-01-05      |               | 1                | year
"""
DASHBOARD = """
id text | Customer ID text | Plan text | Quantity integer | Currency text | Interval text | Amount decimal | Status text | Start (UTC) timestamp | Canceled At (UTC) timestamp | Ended At (UTC) timestamp
s1      | ada              | basic     | 2                | eur           | month         | 10.29          | active      | 2026-01-05T00:00      |                             |
s2      | ben              | team      | 1                | jpy           | year          | 36000          | canceled    | 2026-01-10T00:00      | 2026-02-01T00:00            | 2026-02-10T00:00
s3      | cy               | team      | 1                | eur           | year          | 120.01         | active      | 2026-01-05T00:00      |                             |
"""
CHARGEBEE = """
subscription_id text | customer_id text | plan_id text | plan_quantity integer | plan_unit_price integer | billing_period integer | billing_period_unit text | currency_code text | status text | started_at timestamp | cancelled_at timestamp
1                    | ada              | pro          | 2                     | 1029                    | 1                      | month                    | EUR                | active      | 2026-01-05T00:00     |
2                    | ben              | pro          | 1                     | 3000                    | 1                      | month                    | JPY                | non_renewing | 2026-01-05T00:00    | 2026-01-20T00:00
3                    | cy               | pro          | 1                     | 12001                   | 1                      | year                     | EUR                | active      | 2026-01-05T00:00     |
"""
SALESFORCE = """
Id text | AccountId text | ContractTerm integer | StartDate date | EndDate date | Monthly_Amount__c decimal | CurrencyIsoCode text
1       | ada            | 12                   | 2026-01-05     | 2027-01-05   | 30.58                     | EUR
2       | ben            | 12                   | 2026-01-05     | 2027-01-05   | 3000                      | JPY
3       | cy             | 12                   | 2025-01-05     | 2026-01-05   | 9.99                      | EUR
"""
EXPORTS = {
    "Stripe, tables of Sigma and of the API": (SIGMA, "30.580833"),
    "Stripe, export of the dashboard": (DASHBOARD, "30.580833"),
    "Chargebee": (CHARGEBEE, "30.580833"),
    "Salesforce, contracts": (SALESFORCE, "30.58"),
}
PAID = """
id text | amount integer | amount_refunded integer | balance_transaction_id text | currency text | created timestamp
""" + "\n".join(f"{at} | {at} | {at} | b | eur | 2026-01-05T00:00" for at in range(1, 301))


@cache
def world(table: str, text: str, metric: str) -> World:
    """An export under the canonical table that reads it."""
    export = rows(text)
    made = dataset_of(tables()[table], Dataset(name="export", source="export"), export.types, {})
    definitions = yaml.safe_dump({"datasets": [made]}) + f"metrics:\n  - {metric}\n"
    return World(definitions, now=datetime(2026, 3, 1), export=export)


@pytest.mark.parametrize("maker", EXPORTS)
def test_recurring_revenue_is_the_same_on_both_engines(engine: str, maker: str) -> None:
    """2 x 10.29 of ada a month and 120.01 / 12 of cy in euros, and 3,000 yen, which have no cents."""
    text, euros = EXPORTS[maker]
    asked = world("subscription_periods", text, "{name: mrr, type: movement, dataset: subscription_periods}")
    [eur, jpy] = asked.rows(engine, "mrr", by="currency", range="2026-01")
    assert (eur[0], jpy) == ("EUR", ("JPY", 3000))
    assert Decimal(str(eur[1])).quantize(Decimal("0.000001")) == Decimal(euros).quantize(Decimal("0.000001"))


def test_no_cent_is_cut_off(engine: str) -> None:
    """Each of 1 to 300 cents by itself, and all of them: 300 x 301 / 2 = 45,150 cents."""
    asked = world("payments", PAID, "{name: paid, type: simple, dataset: payments, agg: sum, expr: amount}")
    assert asked.rows(engine, "paid", grain="month", range="2026-01") == [(day("2026-01"), Decimal("451.50"))]
    each = asked.rows(engine, "paid", by="payment_id", range="2026-01")
    assert {one: int(str(one)) for one, _ in each} == {one: round(Decimal(str(amount)) * 100) for one, amount in each}


def test_no_millionth_of_an_advertisement_is_cut_off(engine: str) -> None:
    """Each of 1 to 300 millionths, and 10.29 beside them: 45,150 millionths and 10,290,000."""
    days = [f"2026-01-05 | c{at} | 1 | {at}" for at in (*range(1, 301), 10_290_000)]
    text = "\n".join(("date date | campaign text | clicks integer | cost_micros integer", *days))
    asked = world(
        "marketing_days", text, "{name: spent, type: simple, dataset: marketing_days, agg: sum, expr: amount}"
    )
    assert asked.value(engine, "spent", range="2026-01") == Decimal("10.335150")
