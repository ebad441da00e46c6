"""Balances of subscriptions under each policy, on tables so small that every number is worked out by hand.

What a tool publishes is in a test that bears its name; the rest is arithmetic on the rows shown. Nothing is compared
with a tolerance, and nothing is rounded but what is divided, to 12 places.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import pytest

from tests.truth.case import Rows, World, rows
from truenorth.query.gap import GapQuery, gap

NOW = datetime(2026, 7, 1)
TYPES = {
    "customer_id": "text",
    "subscription_id": "text",
    "started_on": "date",
    "ended_on": "date",
    "amount": "decimal",
    "interval": "text",
    "interval_count": "integer",
    "quantity": "integer",
    "discount_kind": "text",
    "discount_amount": "decimal",
    "tax": "decimal",
    "fees": "decimal",
    "status": "text",
    "trial_end": "date",
    "cancelled_at": "date",
    "cancel_scheduled_on": "date",
    "paused_on": "date",
    "past_due_since": "date",
    "refunded_on": "date",
    "metered": "boolean",
    "invoiced_on": "date",
}
PARTS = ("new", "expansion", "contraction", "churn", "reactivation")


def periods(text: str) -> Rows:
    """Rows of the canonical dataset: the columns written, the others NULL."""
    given = rows(text)
    names = list(given.types)
    spread = [[dict(zip(names, row, strict=True)).get(name) for name in TYPES] for row in given.table.rows]
    return Rows(TYPES, spread)


def world(table: str, **balances: str) -> World:
    """A world of subscription periods with a balance for each word, and its parts."""
    fields = ", ".join(f"{{name: {name}}}" for name in TYPES)
    metrics = []
    for name, keys in balances.items():
        metrics.append(f"  - {{name: {name}, type: movement, dataset: periods{', ' if keys else ''}{keys}}}")
        metrics += [f"  - {{name: {name}_{part}, type: movement, balance: {name}, part: {part}}}" for part in PARTS]
        metrics.append(f"  - {{name: {name}_customers, type: movement, balance: {name}, measure: entities}}")
    definitions = (
        "datasets:\n  - name: periods\n    source: periods\n    time: started_on\n    fields: ["
        + fields
        + "]\nmetrics:\n"
        + "\n".join(metrics)
    )
    return World(definitions, now=NOW, periods=periods(table))


def months(world: World, engine: str, *metrics: str, upto: str = "2026-06") -> list[tuple[Decimal, ...]]:
    """The values of each month of 2026, as they are."""
    found = world.rows(engine, *metrics, grain="month", range=f"2026-01..{upto}")
    return [tuple(Decimal(str(value)) for value in row[1:]) for row in found]


def values_of(*values: str) -> list[tuple[Decimal, ...]]:
    return [tuple(Decimal(one) for one in value.split()) for value in values]


STRIPE = world(
    """
    customer_id text | started_on date | amount decimal | interval text | quantity integer
    monthly          | 2026-01-01      | 100.00         | month         | 100
    yearly           | 2026-01-01      | 600.00         | year          | 50
    """,
    mrr="",
)


def test_stripe_mrr_of_monthly_and_yearly_subscriptions(engine: str) -> None:
    # Stripe, Billing analytics: 100 x $100 a month + 50 x $600 a year = 12,500.
    assert STRIPE.value(engine, "mrr") == Decimal("12500")


LIFECYCLE = world(
    """
    customer_id text | subscription_id text | started_on date | ended_on date | amount decimal | interval text | quantity integer
    acme             | gold                 | 2025-03-01      | 2026-03-01    | 500.00         | year          | 4
    acme             | silver               | 2026-01-01      | 2026-02-01    | 30.00          | month         | 2
    acme             | gold again           | 2026-05-01      |               | 50.00          | month         | 3
    """,
    mrr="",
)


def test_chartmogul_lifecycle_of_a_customer(engine: str) -> None:
    # ChartMogul, article 201244842: 4 Gold a year are 166.67; 2 Silver a month expand by 60 and contract by 60; Gold is
    # lost at the end of its year; 3 Gold a month come back with 150. A twelfth of 2,000 has 12 places here.
    asked = [f"mrr_{part}" for part in PARTS]
    began = LIFECYCLE.rows(engine, "mrr_new", "mrr", grain="month", range="2025-03..2025-03")
    assert [row[1:] for row in began] == [(Decimal("166.666666666667"), Decimal("166.666666666667"))]
    assert months(LIFECYCLE, engine, *asked, "mrr") == values_of(
        "0 60 0 0 0 226.666666666667",
        "0 0 60 0 0 166.666666666667",
        "0 0 0 166.666666666667 0 0",
        "0 0 0 0 0 0",
        "0 0 0 0 150 150",
        "0 0 0 0 0 150",
    )


METERED = world(
    """
    customer_id text | started_on date | ended_on date | amount decimal | interval text | metered boolean | invoiced_on date
    acme             | 2026-01-01      | 2026-03-01    | 20.00          | month         | false           | 2026-01-01
    acme             | 2026-01-01      | 2026-02-01    | 30.00          | month         | true            | 2026-02-01
    """,
    left_out="",
    used="policies: {metered: when_used}",
    invoiced="policies: {metered: when_invoiced}",
    averaged="policies: {metered: trailing_average}",
)


def test_chargebee_usage_counts_where_it_is_said_to(engine: str) -> None:
    # Chargebee: a base of 20 and January's usage of 30, invoiced in February: January 20, February 50.
    assert months(METERED, engine, "left_out", "used", "invoiced", upto="2026-03") == values_of(
        "20 50 20", "20 20 50", "0 0 0"
    )
    # As an average of three months, the usage of 30 is 10 from its invoice on, until May.
    assert months(METERED, engine, "averaged", upto="2026-05") == values_of("20", "30", "10", "10", "0")
    apart = METERED.rows(engine, "averaged", by="metered", range="2026-02..2026-02")
    assert sorted(apart, key=str) == [(False, 20), (True, 10)]


SAME_DAY = world(
    """
    customer_id text | subscription_id text | started_on date | ended_on date | amount decimal | interval text
    ana              | first                | 2026-01-10      | 2026-01-10    | 10.00          | month
    ana              | larger               | 2026-01-10      |               | 15.00          | month
    ana              | second               | 2026-01-10      |               | 5.00           | month
    """,
    mrr="",
)


def test_chartmogul_merges_purchases_of_one_day(engine: str) -> None:
    # What ChartMogul merges within 60 minutes: begun, made larger and a second one bought on one day is all new.
    names = ("mrr_new", "mrr_expansion", "mrr_customers")
    assert months(SAME_DAY, engine, *names, upto="2026-02") == values_of("20 0 1", "0 0 1")


BAREMETRICS = world(
    """
    customer_id text | started_on date | ended_on date | amount decimal | interval text | quantity integer | discount_kind text | discount_amount decimal
    ten              | 2026-01-01      |               | 10.00          | month         | 10               |                    |
    yearly           | 2026-02-01      |               | 120.00         | year          | 1                |                    |
    half             | 2026-03-01      |               | 10.00          | month         | 1                | forever            | 5.00
    free             | 2026-01-01      | 2026-04-01    | 8.00           | month         | 1                |                    |
    free             | 2026-04-01      |               | 8.00           | month         | 1                | forever            | 8.00
    upgrade          | 2026-05-01      | 2026-05-08    | 12.00          | month         | 1                |                    |
    upgrade          | 2026-05-08      |               | 24.00          | month         | 1                |                    |
    """,
    mrr="compat: baremetrics",
    kept="compat: chartmogul, policies: {basis: subscriptions}",
)


def test_baremetrics_coupons_and_free_customers(engine: str) -> None:
    # Baremetrics: 10 x 10 = 100; $120 a year are 10; $10 with 50 % off for life are 5; 100 % off is churn; an upgrade
    # after a week is a matter of cash, and the balance is the new price.
    assert months(
        BAREMETRICS, engine, "mrr", "mrr_churn", "mrr_customers", "kept_contraction", "kept_customers"
    ) == values_of("108 0 2 0 2", "118 0 3 0 3", "123 0 4 0 4", "115 8 3 8 4", "139 0 4 0 5", "139 0 4 0 5")


# A month of four weeks: after a week, three of them are left of the price that was paid, and three are due of the new one.
PRORATED = World(
    """
datasets:
  - name: periods
    source: periods
    time: started_on
    fields: [{name: customer_id}, {name: started_on}, {name: ended_on}, {name: amount}, {name: interval}]
  - name: lines
    source: lines
    primary_key: [line]
    time: charged_on
    fields: [{name: price, unit: currency}, {name: of}]
metrics:
  - {name: mrr, type: movement, dataset: periods, compat: baremetrics}
  - {name: mrr_new, type: movement, balance: mrr, part: new}
  - {name: mrr_expansion, type: movement, balance: mrr, part: expansion}
  - {name: charged, type: simple, dataset: lines, agg: sum, expr: "exact_div(price * days, of_days)", unit: currency}
""",
    now=NOW,
    periods="""
    customer_id text | started_on date | ended_on date | amount decimal | interval text
    upgrade          | 2026-02-01      | 2026-02-08    | 12.00          | month
    upgrade          | 2026-02-08      |               | 24.00          | month
    """,
    lines="""
    line integer | charged_on date | of text | price decimal | days integer | of_days integer
    1            | 2026-02-01      | first   | 12.00         | 28           | 28
    2            | 2026-03-01      | unused  | -12.00        | 21           | 28
    3            | 2026-03-01      | rest    | 24.00         | 21           | 28
    4            | 2026-03-01      | next    | 24.00         | 28           | 28
    """,
)


def test_baremetrics_proration_is_in_the_next_charge_and_not_in_the_balance(engine: str) -> None:
    # Baremetrics: from $12 to $24 after a week are -9 + 18 + 24 = 33 of the next charge; the balance is the new price.
    charge = PRORATED.rows(engine, "charged", by="of", order="charged", range="2026-03")
    assert charge == [("unused", Decimal(-9)), ("rest", Decimal(18)), ("next", Decimal(24))]
    assert PRORATED.value(engine, "charged", range="2026-03") == Decimal(33)
    balance = PRORATED.rows(engine, "mrr_new", "mrr_expansion", "mrr", grain="day", range="2026-02-01..2026-03-01")
    assert [row[1:] for row in balance if any(row[1:3])] == [(12, 0, 12), (0, 12, 24)]
    assert balance[-1][1:] == (0, 0, 24)


ONCE = world(
    "customer_id text | started_on date | amount decimal | interval text | discount_kind text | discount_amount decimal\n"
    + "\n".join(f"c{at} | 2026-01-01 | 15.00 | month | once | 14.00" for at in range(77)),
    mrr="",
    all_of_them="policies: {discounts: all}",
    forever="policies: {discounts: forever}",
    list_price="policies: {discounts: list_price}",
    paddle="compat: paddle",
    chartmogul="compat: chartmogul, policies: {basis: subscriptions}",
)


def test_polar_discount_given_once_counts_only_where_all_do(engine: str) -> None:
    # Polar, a thread about committed MRR: 77 subscriptions of $15 with $14 off once are 1,155 at list price, 77 discounted.
    asked = ("mrr", "all_of_them", "forever", "list_price", "paddle", "chartmogul")
    assert months(ONCE, engine, *asked, upto="2026-01") == values_of("1155 77 1155 1155 1155 77")


KINDS = world(
    """
    customer_id text | started_on date | amount decimal | discount_kind text | discount_amount decimal
    a                | 2026-01-01      | 100.00         | forever            | 1.00
    b                | 2026-01-01      | 100.00         | recurring          | 2.00
    c                | 2026-01-01      | 100.00         | once               | 4.00
    d                | 2026-01-01      | 100.00         |                    | 8.00
    e                | 2026-01-01      | 100.00         |                    |
    """.replace("amount decimal |", "amount decimal | interval text |", 1).replace(
        "100.00         |", "100.00 | month |"
    ),
    mrr="",
    every="policies: {discounts: all}",
    forever="policies: {discounts: forever}",
    listed="policies: {discounts: list_price}",
)


def test_each_kind_of_discount_lowers_what_it_is_said_to(engine: str) -> None:
    assert months(KINDS, engine, "mrr", "every", "forever", "listed", upto="2026-01") == values_of("489 485 499 500")


INTERVALS = world(
    """
    customer_id text | started_on date | amount decimal | interval text | interval_count integer
    day              | 2026-01-01      | 16.00          | day           | 1
    week             | 2026-01-01      | 112.00         | weekly        | 1
    fortnight        | 2026-01-01      | 112.00         | week          | 2
    quarter          | 2026-01-01      | 30.00          | quarter       | 1
    half             | 2026-01-01      | 60.00          | half_year     |
    two years        | 2026-01-01      | 240.00         | Year          | 2
    unknown          | 2026-01-01      | 999.00         | fortnight     | 1
    nothing          | 2026-01-01      | 999.00         |               | 1
    """,
    mrr="",
    of_52="policies: {annualisation: weeks_of_52}",
    of_4="policies: {annualisation: four_weeks}",
    first="policies: {terms: first_interval}",
)


def test_prices_become_those_of_a_month(engine: str) -> None:
    """A day 30.4375 times, a week 365.25/84 times; a term of two years over 24 months. What has no interval has no price
    of a month, and does not count."""
    found = INTERVALS.ask(
        engine, "mrr", "of_52", "of_4", "first", by="customer_id", order="customer_id", range="2026-01"
    )
    by_customer = {row[0]: row[1:] for row in found.table.rows}
    told = {name: [str(value) for value in values] for name, values in by_customer.items() if values[0]}
    assert {name: [Decimal(one) for one in values] for name, values in told.items()} == {
        "day": [Decimal("487"), Decimal("486.666666666667"), Decimal("480"), Decimal("487")],
        "fortnight": [Decimal("243.5"), Decimal("242.666666666667"), Decimal("224"), Decimal("487")],
        "half": [Decimal("10")] * 4,
        "quarter": [Decimal("10")] * 4,
        "two years": [Decimal("10"), Decimal("10"), Decimal("10"), Decimal("20")],
        "week": [Decimal("487"), Decimal("485.333333333333"), Decimal("448"), Decimal("487")],
    }


BAD = world(
    """
    customer_id text | started_on date | ended_on date | amount decimal | interval text | interval_count integer | quantity integer
    good             | 2026-01-01      |               | 10.00          | month         | 1                      | 2
    nothing          | 2026-01-01      |               | 10.00          | month         | 1                      | 0
    negative         | 2026-01-01      |               | 10.00          | month         | 1                      | -3
    no interval      | 2026-01-01      |               | 10.00          |               | 1                      | 1
    no length        | 2026-01-01      |               | 10.00          | month         | 0                      | 1
    no amount        | 2026-01-01      |               |                | month         | 1                      | 1
    ended before     | 2026-01-05      | 2026-01-01    | 10.00          | month         | 1                      | 1
    no beginning     |                 |               | 10.00          | month         | 1                      | 1
    """,
    mrr="",
)


def test_rows_that_cannot_count_are_set_aside_and_counted(engine: str) -> None:
    answer = BAD.ask(engine, "mrr", "mrr_customers", range="2026-01")
    assert answer.table.rows == ((Decimal("20"), 1),)
    assert [note for note in answer.notes if "set aside" in note] == [
        "6 rows of periods are set aside: 1 has no start (10 USD), 1 ends before it begins (10 USD), 1 has a quantity below zero, "
        "1 has no known interval, 1 has a term without length, 1 has no amount"
    ]


TIMES = world(
    """
    customer_id text | started_on date | ended_on date | amount decimal | interval text | status text | trial_end date | cancelled_at date | cancel_scheduled_on date | paused_on date | past_due_since date | refunded_on date
    trial            | 2026-01-10      |               | 1.00           | month         | active      | 2026-02-10     |                   |                          |                |                     |
    trying           | 2026-01-10      |               | 2.00           | month         | trialing    | 2026-09-01     |                   |                          |                |                     |
    left early       | 2026-01-10      | 2026-02-01    | 4.00           | month         | cancelled   | 2026-02-10     |                   |                          |                |                     |
    cancelled        | 2026-01-01      | 2026-06-01    | 10.00          | month         | cancelled   |                | 2026-04-01        | 2026-02-01               |                |                     |
    no end           | 2026-01-01      |               | 20.00          | month         | canceled    |                | 2026-03-01        |                          |                |                     |
    paused           | 2026-01-01      |               | 100.00         | month         | paused      |                |                   |                          | 2026-03-01     |                     |
    late             | 2026-01-01      |               | 200.00         | month         | past_due    |                |                   |                          |                | 2026-02-15          |
    given up         | 2026-01-01      |               | 400.00         | month         | unpaid      |                |                   |                          |                | 2026-02-15          |
    back             | 2026-01-01      |               | 12000.00       | year          | active      |                |                   |                          |                |                     | 2026-04-10
    money back       | 2026-01-01      |               | 2000.00        | month         | active      |                |                   |                          |                |                     | 2026-04-10
    never            | 2026-01-01      |               | 10000.00       | month         | incomplete  |                |                   |                          |                |                     |
    """,
    mrr="",
    trials="policies: {trials: counted}",
    when_cancelled="policies: {cancellation: when_cancelled}",
    committed="policies: {cancellation: when_scheduled}",
    paused="policies: {pauses: continued}",
    soon="policies: {past_due: after_5_days}",
    kept="policies: {past_due: kept}",
    unpaid="policies: {past_due: until_unpaid}",
    annual="policies: {refunds: annual_ends}",
    refunded="policies: {refunds: any_ends}",
    never="policies: {never_paid: counted}",
)


def test_rows_count_from_and_until_the_days_that_policies_choose(engine: str) -> None:
    """By default: January 10 + 20 + 100 + 200 + 400 + 1000 + 2000; the trial is over in February; in March what was
    cancelled without an end, what is paused and (from the 17th) what is past due are gone; in June what was paid for."""
    default = ["3730", "3731", "3011", "3011", "3011", "3001"]
    changes = {
        "trials": ["3737", "3733", "3013", "3013", "3013", "3003"],
        "when_cancelled": ["3730", "3731", "3011", "3001", "3001", "3001"],
        "committed": ["3730", "3721", "3001", "3001", "3001", "3001"],
        "paused": ["3730", "3731", "3111", "3111", "3111", "3101"],
        "soon": ["3730", "3131", "3011", "3011", "3011", "3001"],
        "kept": ["3730", "3731", "3611", "3611", "3611", "3601"],
        "unpaid": ["3730", "3331", "3211", "3211", "3211", "3201"],
        "annual": ["3730", "3731", "3011", "2011", "2011", "2001"],
        "refunded": ["3730", "3731", "3011", "11", "11", "1"],
        "never": ["13730", "13731", "13011", "13011", "13011", "13001"],
    }
    assert months(TIMES, engine, "mrr") == values_of(*default)
    for name, values in changes.items():
        assert months(TIMES, engine, name) == values_of(*values), name


GROSS = world(
    """
    customer_id text | started_on date | amount decimal | interval text | quantity integer | tax decimal | fees decimal | invoiced_on date
    a                | 2026-01-01      | 119.00         | month         | 2                | 38.00       | 3.50         | 2026-02-10
    b                | 2026-01-01      | 10.00          | month         |                  |             |              |
    """,
    mrr="",
    taxed="policies: {tax: included}",
    gross="policies: {tax: included, fees: included}",
    invoiced="policies: {basis: invoices}",
    chartmogul="compat: chartmogul",
)


def test_tax_and_fees_are_taken_off_and_invoices_are_waited_for(engine: str) -> None:
    assert months(GROSS, engine, "mrr", "taxed", "gross", "invoiced", "chartmogul", upto="2026-02") == values_of(
        "206.50 244.50 248 0 0", "206.50 244.50 248 196.50 196.50"
    )


FREE = world(
    """
    customer_id text | started_on date | ended_on date | amount decimal | interval text
    a                | 2026-01-01      | 2026-02-01    | 10.00          | month
    a                | 2026-02-01      | 2026-03-01    | 0.00           | month
    a                | 2026-03-01      |               | 10.00          | month
    """,
    mrr="",
    stays="policies: {free_plans: present}",
)


def test_who_pays_nothing_is_gone_or_stays(engine: str) -> None:
    asked = ("mrr_churn", "mrr_contraction", "mrr_reactivation", "mrr_expansion", "mrr_customers")
    assert months(FREE, engine, *asked, upto="2026-03") == values_of("0 0 0 0 1", "10 0 0 0 0", "0 0 10 0 1")
    stays = [name.replace("mrr", "stays") for name in asked]
    assert months(FREE, engine, *stays, upto="2026-03") == values_of("0 0 0 0 1", "0 10 0 0 1", "0 0 0 10 1")


BOUND = World(
    """
datasets:
  - name: export
    source: export
    primary_key: [id]
    time: created
    fields: [{name: created, expr: "cast(start as date)"}]
    roles:
      customer_id: customer
      subscription_id: id
      plan: coalesce(nickname, product)
      started_on: cast(start as date)
      ended_on: cast(coalesce(ended_at, cancel_at) as date)
      amount: unit_cents * 0.01
      interval: plan_interval
      quantity: seats
metrics:
  - {name: mrr, type: movement, dataset: export, filter: livemode}
  - {name: arr, type: derived, expr: 12 * mrr, input_metrics: [{name: mrr}], unit: currency}
""",
    now=NOW,
    export="""
    id text | customer text | nickname text | product text | start timestamp     | ended_at timestamp | cancel_at timestamp | unit_cents integer | plan_interval text | seats integer | livemode boolean
    s1      | c1            | Gold          | p1           | 2026-01-01T09:00:00 |                    | 2026-03-01T09:00:00 | 1000               | month              | 3             | true
    s2      | c2            |               | p2           | 2026-02-01T09:00:00 |                    |                     | 10000              | year               | 1             | true
    s3      | c3            |               | p2           | 2026-02-01T09:00:00 |                    |                     | 99900              | month              | 1             | false
    """,
)


def test_an_export_is_bound_to_roles_without_being_copied(engine: str) -> None:
    asked = BOUND.rows(engine, "mrr", "arr", grain="month", range="2026-01..2026-03")
    assert [row[1:] for row in asked] == [
        (Decimal("30"), Decimal("360")),
        (Decimal("38.333333333333"), Decimal("459.999999999996")),
        (Decimal("8.333333333333"), Decimal("99.999999999996")),
    ]
    by_plan = BOUND.rows(engine, "mrr", by="plan", order="plan", range="2026-02")
    assert by_plan == [("Gold", Decimal("30")), ("p2", Decimal("8.333333333333"))]


def test_a_gap_is_told_by_policy_and_customer(engine: str) -> None:
    # Of the 77 of $15, $14 off once takes 1,078 where such a discount counts; 100 are reported, 23 more than that leaves.
    reported = {datetime(2026, 1, 1).date(): Decimal("100")}
    found = gap(ONCE.on(engine).catalog, GapQuery("mrr", reported, policies={"discounts": "all"}), NOW)
    [share] = found.shares
    assert share.total == Decimal("-1078") and list(found.unexplained.values()) == [Decimal("23")]
    [rows] = share.rows.values()
    assert rows == {f"c{at}": Decimal("-14") for at in range(77)}


@pytest.mark.parametrize("tool", ["stripe", "chartmogul", "baremetrics", "paddle"])
def test_what_a_preset_says_is_what_its_policies_say(engine: str, tool: str) -> None:
    from truenorth.define.policies import chosen

    said = ", ".join(f"{name}: {word}" for name, word in chosen({}, tool).items())
    table = TIMES.tables["periods"].table.rows
    both = world("customer_id text\nx", preset=f"compat: {tool}", written=f"policies: {{{said}}}")
    both.tables["periods"] = Rows(TYPES, table)
    for preset, written in zip(months(both, engine, "preset"), months(both, engine, "written"), strict=True):
        assert preset == written


STATELESS = World(
    """
datasets:
  - name: periods
    source: periods
    time: started_on
    fields: [{name: customer_id}, {name: started_on}, {name: ended_on}, {name: amount}, {name: cancelled_at}]
metrics:
  - {name: mrr, type: movement, dataset: periods}
""",
    now=NOW,
    periods="""
    customer_id text | started_on date | ended_on date | amount decimal | cancelled_at date
    stays            | 2026-01-01      |               | 1.00           |
    left             | 2026-01-01      |               | 10.00          | 2026-02-10
    left later       | 2026-01-01      | 2026-04-01    | 100.00         | 2026-02-10
    """,
)
ASKED = world(
    """
    customer_id text | started_on date | amount decimal | interval text | status text | cancelled_at date
    asked to leave   | 2026-01-01      | 1.00           | month         | active      | 2026-02-10
    left             | 2026-01-01      | 10.00          | month         | Canceled    | 2026-02-10
    left unsaid      | 2026-01-01      | 100.00         | month         |             | 2026-02-10
    """,
    mrr="",
)


def test_a_day_of_cancellation_ends_what_has_no_end_unless_a_status_says_that_it_lasts(engine: str) -> None:
    """Without a status nothing says otherwise; an active row is cancelled for a later day, and paid for until then."""
    assert months(STATELESS, engine, "mrr", upto="2026-04") == values_of("111", "101", "101", "1")
    assert months(ASKED, engine, "mrr", upto="2026-03") == values_of("111", "1", "1")
