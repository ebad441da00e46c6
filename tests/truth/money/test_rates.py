"""Rates over balances, as the standard metrics define them, against published numbers worked out by hand.

Each published number is in a test that bears the name of who published it. Rates are compared without a tolerance: a
rate is the double nearest to the quotient on every engine, and money that is divided is a decimal of 12 places.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest import approx

from tests.truth.case import Rows, World
from truenorth.define.templates import bind, template

PERIODS = {
    "name": "periods",
    "source": "periods",
    "time": "began",
    "fields": [{"name": "customer"}, {"name": "monthly", "unit": "currency"}, {"name": "began"}, {"name": "ended"}],
}
TRIALS = {
    "name": "trials",
    "source": "trials",
    "time": "began",
    "fields": [{"name": "trial"}, {"name": "person"}, {"name": "converted"}],
}
ROWS = {"customer": "customer", "amount": "monthly", "end": "ended"}
NAMES = (
    "mrr",
    "arr",
    "paying_subscribers",
    "gross_mrr_churn",
    "net_mrr_churn",
    "net_mrr_churn_without_reactivation",
    "customer_churn_rate",
    "churn_rate_with_new_customers",
    "net_revenue_retention",
    "gross_revenue_retention",
    "quick_ratio",
    "recurring_revenue_per_customer",
    "lifetime_value",
    "lifetime_value_trailing",
    "mrr_growth",
    "cmgr",
)
TYPES = {"customer": "text", "monthly": "decimal", "began": "date", "ended": "date"}
Row = tuple[str, Decimal, date, date | None]
MAY, JUNE, JULY = date(2026, 5, 1), date(2026, 6, 1), date(2026, 7, 1)
LONG_AGO = date(2024, 1, 1)
# The last day of June is the last day of all data that a question about June looks at.
NOW = datetime(2026, 7, 1)


def row(customer: str, monthly: str, began: date = LONG_AGO, ended: date | None = None) -> Row:
    """What somebody pays a month from a day to another."""
    return customer, Decimal(monthly), began, ended


def world(rows: Sequence[Row], names: Sequence[str] = NAMES, more: dict[str, Any] | None = None) -> World:
    """The standard metrics bound to such rows."""
    made = [one for name in names for one in bind(template(name), "periods", ROWS | slots_of(name))]
    definitions = {"datasets": [PERIODS], "metrics": [*made, *(more or {}).get("metrics", [])]}
    return World(yaml.safe_dump(definitions, sort_keys=False), now=NOW, periods=Rows(TYPES, rows))


def slots_of(name: str) -> dict[str, str]:
    return {"margin": "0.8"} if "margin" in template(name).slots else {}


def changed(customer: str, before: str, after: str) -> list[Row]:
    """Somebody who pays something else from mid-June on."""
    middle = date(2026, 6, 15)
    return [row(customer, before, ended=middle), row(customer, after, middle)]


# Stripe, Billing analytics glossary, roll-forward: 1,000 at the start, +100 new, +50 expansion, −40 contraction, −60 churn.
STRIPE = world(
    [
        *changed("Ana", "100.00", "150.00"),
        *changed("Ben", "200.00", "160.00"),
        row("Cleo", "60.00", ended=date(2026, 6, 20)),
        row("Dev", "640.00"),
        row("Eli", "100.00", date(2026, 6, 3)),
    ]
)


def in_june(world: World, engine: str, *names: str) -> list[Any]:
    """The values of a month, one of each metric."""
    [values] = world.rows(engine, *names, range="2026-06")
    return list(values)


def test_stripe_quick_ratio_of_its_roll_forward(engine: str) -> None:
    """(100 + 50) / (40 + 60)."""
    parts = ("mrr_opening", "mrr_new", "mrr_expansion", "mrr_contraction", "mrr_churn", "mrr_reactivation", "mrr")
    assert in_june(STRIPE, engine, *parts) == [1000, 100, 50, 40, 60, 0, 1050]
    assert in_june(STRIPE, engine, "quick_ratio") == [1.5]
    # Churn and contraction of 100 from 1,000; net of 50 of expansion.
    assert in_june(STRIPE, engine, "gross_mrr_churn", "net_mrr_churn") == [0.1, 0.05]


def test_a_year_is_twelve_months_exactly(engine: str) -> None:
    """Stripe: 100 customers at 100 a month and 50 at 600 a year are 12,500; as money, never as a float."""
    monthly = [row(f"m{at}", "100.00") for at in range(100)]
    yearly = [row(f"y{at}", "50.00") for at in range(50)]
    thirds = [row("third", "33.333333")]
    mrr, arr = in_june(world([*monthly, *yearly], ("mrr", "arr")), engine, "mrr", "arr")
    assert (mrr, arr) == (Decimal(12500), Decimal(150000))
    mrr, arr = in_june(world(thirds, ("mrr", "arr")), engine, "mrr", "arr")
    assert isinstance(mrr, Decimal) and isinstance(arr, Decimal)
    assert (mrr, arr) == (Decimal("33.333333"), Decimal("399.999996"))


def test_stripe_churn_rate_has_new_customers_below_the_line_and_the_standard_has_not(engine: str) -> None:
    """Stripe, Billing analytics: 1,000 at the start, 100 new, 100 lost: 100 / 1,100 = 9.0909 %. Of those at the start
    it is 10 %."""
    stayed = [row(f"s{at}", "10.00") for at in range(900)]
    lost = [row(f"l{at}", "10.00", ended=date(2026, 6, 11)) for at in range(100)]
    new = [row(f"n{at}", "10.00", date(2026, 6, 12)) for at in range(100)]
    asked = world([*stayed, *lost, *new], ("customer_churn_rate", "churn_rate_with_new_customers"))
    names = ("customer_churn_rate", "churn_rate_with_new_customers")
    assert in_june(asked, engine, *names) == [0.1, 100 / 1100]


def test_stripe_churned_revenue_is_what_left_and_what_shrank(engine: str) -> None:
    """Stripe, Billing analytics: 120 a year cancelled, and 50 a month changed to 25, are churned revenue of 35."""
    rows = [row("Ana", "10.00", ended=date(2026, 6, 9)), *changed("Ben", "50.00", "25.00")]
    inputs = [{"name": "mrr_churn"}, {"name": "mrr_contraction"}]
    lost = {"name": "lost", "type": "derived", "expr": "mrr_churn + mrr_contraction", "input_metrics": inputs}
    asked = world(rows, ("mrr",), {"metrics": [lost]})
    assert in_june(asked, engine, "mrr_churn", "mrr_contraction", "lost") == [10, 25, 35]


def test_expansion_is_the_difference_and_not_the_new_price(engine: str) -> None:
    """Stripe's example of a cohort: 100 customers at 10, ten leave, five go from 10 to 25.

    The page counts 125 of expansion and arrives at 102.5 %. Five times 15 are 75, so 975 of 1,000 are left.
    """
    rows = [row(f"s{at}", "10.00") for at in range(85)]
    rows += [row(f"l{at}", "10.00", ended=date(2026, 6, 11)) for at in range(10)]
    rows += [one for at in range(5) for one in changed(f"u{at}", "10.00", "25.00")]
    names = ("net_revenue_retention", "gross_revenue_retention")
    assert in_june(world(rows, names), engine, *names) == [0.975, 0.9]


def test_stripe_lifetime_value(engine: str) -> None:
    """Stripe, Billing analytics: 500 a month, and 10 of 110 lost. With the churn rounded to 9 % the page says 5,555; with
    12 places of it, 0.090909090909, it is 5,500 to the cent."""
    rows = [row(f"s{at}", "500.00") for at in range(100)]
    rows += [row(f"l{at}", "500.00", ended=date(2026, 6, 11)) for at in range(10)]
    [value] = in_june(world(rows, ("lifetime_value",)), engine, "lifetime_value")
    assert (value, round(value, 2)) == (Decimal("5500.000000005500"), 5500)


def test_stripe_trial_conversion_counts_subscriptions(engine: str) -> None:
    """Stripe, Billing analytics: Jane and John have two trials each, and 15 of 100 convert: 15 % by trial.

    By person the same people count once."""
    people = ["Jane", "Jane", "John", "John", *(f"p{at}" for at in range(96))]
    rows = [(at, person, at % 20 in (0, 1, 7), JUNE + timedelta(days=at % 28)) for at, person in enumerate(people)]
    slots = {"person": "trial", "converted": "converted"}
    made = bind(template("conversion_rate"), "trials", slots, name="trial_conversion")
    made += bind(template("conversion_rate"), "trials", slots | {"person": "person"}, name="person_conversion")
    trials = World(
        yaml.safe_dump({"datasets": [TRIALS], "metrics": made}, sort_keys=False),
        now=NOW,
        trials=Rows({"trial": "integer", "person": "text", "converted": "boolean", "began": "date"}, rows),
    )
    assert in_june(trials, engine, "trial_conversion") == [0.15]
    # Both of Jane's converted: 14 people of 98.
    assert in_june(trials, engine, "person_conversion") == [14 / 98]


def test_chartmogul_gross_and_net_churn(engine: str) -> None:
    """ChartMogul, MRR churn rates: 100 at the start, churn 10, contraction 10, expansion 10 are gross 20 %, net 10 %."""
    rows = [row("Ana", "10.00", ended=date(2026, 6, 9)), *changed("Ben", "40.00", "30.00")]
    rows += changed("Cleo", "50.00", "60.00")
    names = ("gross_mrr_churn", "net_mrr_churn")
    assert in_june(world(rows, names), engine, *names) == [0.2, 0.1]


def test_who_comes_back_makes_up_for_who_left_only_where_it_is_said(engine: str) -> None:
    """100 at the start; 10 left and 5 came back of who had left in May: net 5 %, without who came back 10 %."""
    rows = [row("Ana", "10.00", ended=date(2026, 6, 9)), row("Ben", "90.00")]
    rows += [row("Cleo", "5.00", date(2026, 2, 1), date(2026, 5, 1)), row("Cleo", "5.00", date(2026, 6, 20))]
    names = ("net_mrr_churn", "net_mrr_churn_without_reactivation")
    assert in_june(world(rows, names), engine, *names) == [0.05, 0.1]


def test_chartmogul_net_churn_below_zero(engine: str) -> None:
    """ChartMogul, MRR churn rates: from 100 to 120, of which 10 are new:

    The old customers pay 10 more, and net churn is −10 %."""
    rows = [*changed("Ana", "100.00", "110.00"), row("Ben", "10.00", date(2026, 6, 4))]
    assert in_june(world(rows, ("net_mrr_churn",)), engine, "net_mrr_churn", "net_mrr_churn_mrr") == [-0.1, 120]


def test_chartmogul_lifetime_value(engine: str) -> None:
    """ChartMogul, customer lifetime value: 100 a month and 5 % churn are 2,000. It takes the churn of the six months
    before, whatever June brings."""
    rows = [row(f"s{at}", "100.00") for at in range(12)]
    for month in (date(2025, 12, 1), *(date(2026, at, 1) for at in range(1, 6))):
        gone = month + timedelta(days=9)
        rows += [row(f"gone {month}", "100.00", ended=gone), row(f"come {month}", "100.00", gone)]
    rows += [row("June 1", "100.00", ended=date(2026, 6, 9)), row("June 2", "100.00", ended=date(2026, 6, 9))]
    asked = world(rows, ("lifetime_value", "lifetime_value_trailing"))
    assert in_june(asked, engine, "lifetime_value_trailing") == [Decimal(2000)]
    assert in_june(asked, engine, "lifetime_value") == [Decimal(1000)]


def test_cmgr_of_half_as_much_again_in_six_months(engine: str) -> None:
    """The definition, (end / start)^(1 / months) − 1: from 100 to 150 in six months are 6.9913 % a month."""
    rows = [row("Ana", "100.00"), row("Ben", "50.00", date(2026, 3, 9))]
    names = ("cmgr", "mrr_growth")
    [monthly, june] = in_june(world(rows, names), engine, *names)
    assert (round(monthly, 6), june) == (0.069913, 0)


def test_what_cannot_be_divided_has_no_value(engine: str) -> None:
    """Nobody left, nobody was there before, nothing was lost: no infinity and no zero."""
    rows = [row("Ana", "100.00", date(2026, 6, 3))]
    names = [name for name in NAMES if template(name).unit in ("percent", "ratio") or "lifetime" in name]
    assert in_june(world(rows), engine, *names) == [
        0 if name == "churn_rate_with_new_customers" else None for name in names
    ]


def test_who_came_back_counts_in_the_cohort_and_a_newcomer_does_not(engine: str) -> None:
    """Ana leaves in winter and is back in spring at half the price; Ben is new since autumn."""
    rows = [row("Ana", "100.00", ended=date(2025, 12, 1)), row("Ana", "50.00", date(2026, 4, 1))]
    rows += [row("Ben", "70.00", date(2025, 10, 1)), row("Cleo", "100.00"), *changed("Dev", "100.00", "160.00")]
    names = ("net_revenue_retention", "gross_revenue_retention")
    asked = world(rows, names)
    assert in_june(asked, engine, *names) == [310 / 300, 250 / 300]
    # By quarter or as one number the same customers are asked about the same day.
    assert list(asked.rows(engine, *names, grain="quarter", range="2026-Q2")[0][1:]) == [310 / 300, 250 / 300]


def test_a_chain_of_months_has_newcomers_in_it_and_nobody_who_came_back(engine: str) -> None:
    """Of 370 in December Ana's 100 leave; of 320 in June, with what she pays since April, Dev pays 60 more."""
    rows = [row("Ana", "100.00", ended=date(2025, 12, 1)), row("Ana", "50.00", date(2026, 4, 1))]
    rows += [row("Ben", "70.00", date(2025, 10, 1)), row("Cleo", "100.00"), *changed("Dev", "100.00", "160.00")]
    names = ("chained_net_revenue_retention", "chained_gross_revenue_retention")
    expected = [approx(270 / 370 * 380 / 320), approx(270 / 370)]
    assert in_june(world(rows, names), engine, *names) == expected


STARTS = st.integers(0, 900)
HISTORIES = st.lists(
    st.tuples(
        st.sampled_from(["Ana", "Ben", "Cleo"]),
        st.decimals(min_value=0, max_value=500, places=2),
        STARTS,
        st.one_of(st.none(), st.integers(0, 500)),
    ),
    max_size=8,
)


def worth(rows: Sequence[Row], customer: str, day: date) -> Decimal:
    """What somebody pays a month on a day."""
    return sum(
        (
            price
            for who, price, began, ended in rows
            if who == customer and began <= day and (ended is None or day < ended)
        ),
        Decimal(0),
    )


@settings(derandomize=True, deadline=None, max_examples=40, database=None)
@given(HISTORIES)
def test_retention_is_that_of_the_customers_of_a_year_ago(history: list[tuple[str, Decimal, int, int | None]]) -> None:
    """Whatever happens: by customer the smaller of then and now, and never more than all."""
    first = date(2024, 1, 1)
    rows = [
        (who, price, first + timedelta(start), None if days is None else first + timedelta(start + days))
        for who, price, start, days in history
    ]
    names = ("net_revenue_retention", "gross_revenue_retention", "mrr", "arr")
    answer = in_june(world(rows, names), "duckdb", *names) if rows else []
    then, now = date(2025, 6, 30), date(2026, 6, 30)
    before = {who: worth(rows, who, then) for who in ("Ana", "Ben", "Cleo")}
    after = {who: worth(rows, who, now) for who in before if before[who]}
    total = sum(before.values())
    if not total:
        assert answer[:2] in ([], [None, None])
        return
    net, gross, mrr, arr = answer
    assert net == approx(float(sum(after.values()) / total))
    assert gross == approx(float(sum(min(before[who], after[who]) for who in after) / total))
    assert gross <= 1 + 1e-12
    assert arr == 12 * mrr
