"""Rates of statements, sales and advertising: worked by hand, and without a value where they mean nothing."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

import yaml
from pytest import approx

from tests.truth.case import World
from truenorth.define.templates import bind, template

DATASETS = """
datasets:
  - {name: ledger, source: ledger, time: month, fields: [{name: role}, {name: amount, unit: currency}, {name: month}]}
  - {name: bank, source: bank, time: day, fields: [{name: direction}, {name: kind}, {name: moved, unit: currency}]}
  - {name: balances, source: balances, time: day, fields: [{name: account}, {name: balance, unit: currency}, {name: day}]}
  - name: periods
    source: periods
    time: began
    fields: [{name: customer}, {name: monthly, unit: currency}, {name: began}, {name: ended}]
  - name: ads
    source: ads
    time: day
    fields: [{name: campaign}, {name: cost, unit: currency}, {name: shown}, {name: clicks}, {name: credited, unit: currency}]
"""
LEDGER = {"dataset": "ledger", "amount": "amount", "income": "role = 'revenue'"}
BANK = {
    "dataset": "bank",
    "amount": "moved",
    "money_out": "direction = 'out'",
    "money_in": "direction = 'in'",
    "where": "kind <> 'financing'",
}
PERIODS = {"dataset": "periods", "customer": "customer", "amount": "monthly", "end": "ended"}
SPEND = {"spend_dataset": "ads", "spend": "cost", "margin": "0.8"}
SLOTS: dict[str, dict[str, str]] = {
    "gross_margin": LEDGER | {"cost_of_sales": "role = 'cogs'"},
    "operating_margin": LEDGER | {"operating_costs": "role <> 'revenue'"},
    "rule_of_40": LEDGER | {"operating_costs": "role <> 'revenue'"},
    "magic_number": LEDGER | {"selling_costs": "role = 'selling'"},
    "revenue_growth": {"dataset": "ledger", "amount": "amount", "where": "role = 'revenue'"},
    "quarterly_growth": {"dataset": "ledger", "amount": "amount", "where": "role = 'revenue'"},
    "yearly_growth": {"dataset": "ledger", "amount": "amount", "where": "role = 'revenue'"},
    "net_burn": BANK,
    "runway": BANK | {"balances_dataset": "balances", "balance": "balance", "account": "account", "balance_day": "day"},
    "burn_multiple": BANK
    | {"periods_dataset": "periods", "customer": "customer", "monthly": "monthly", "end": "ended"},
    "cac_payback": PERIODS | SPEND,
    "ltv_to_cac": PERIODS | SPEND,
    "roas": {"dataset": "ads", "revenue": "credited", "spend": "cost"},
    "cost_per_click": {"dataset": "ads", "spend": "cost", "clicks": "clicks"},
    "cost_per_mille": {"dataset": "ads", "spend": "cost", "impressions": "shown"},
    "click_through_rate": {"dataset": "ads", "clicks": "clicks", "impressions": "shown"},
}
COMPANY = World(
    DATASETS
    + yaml.safe_dump(
        {"metrics": [one for name, slots in SLOTS.items() for one in bind(template(name), "", slots)]}, sort_keys=False
    ),
    now=datetime(2026, 8, 1),
    # May gives more back than it sells; June and July are ordinary months, and July spends nothing on selling.
    ledger="""
        month date | role text | amount decimal
        2025-06-01 | revenue   | 400.00
        2026-01-01 | selling   | 250.00
        2026-02-01 | revenue   | 600.00
        2026-03-01 | revenue   | 300.00
        2026-05-01 | revenue   | -100.00
        2026-05-01 | cogs      | 50.00
        2026-06-01 | revenue   | 1000.00
        2026-06-01 | cogs      | 300.00
        2026-06-01 | selling   | 200.00
        2026-06-01 | office    | 400.00
        2026-07-01 | revenue   | 1100.00
    """,
    # Cash is lost in May and June and made in July, which is not what the new capital says.
    bank="""
        day date   | direction text | kind text | moved decimal
        2026-05-05 | out            | business  | 500.00
        2026-06-05 | out            | business  | 600.00
        2026-06-06 | in             | business  | 200.00
        2026-06-07 | in             | financing | 9000.00
        2026-07-05 | out            | business  | 100.00
        2026-07-06 | in             | business  | 2100.00
    """,
    # The savings bank writes on the 15th.
    balances="""
        day date   | account text | balance decimal
        2026-06-15 | savings      | 600.00
        2026-06-30 | current      | 900.00
        2026-07-31 | current      | 2900.00
    """,
    # In June 25 more and 5 less a month, in July only less.
    periods="""
        customer text | monthly decimal | began date | ended date
        Ana           | 100.00          | 2025-01-01 | 2026-06-10
        Ana           | 95.00           | 2026-06-10 |
        Ben           | 25.00           | 2026-06-20 | 2026-07-10
    """,
    ads="""
        day date   | campaign text | cost decimal | shown integer | clicks integer | credited decimal
        2026-06-03 | search        | 60.00        | 4000          | 100            | 250.00
        2026-06-04 | social        | 20.00        | 6000          | 60             |
        2026-07-04 | social        | 0.00         | 0             | 0              | 70.00
    """,
)


def asked(engine: str, month: str, *names: str) -> list[Any]:
    """The values of a month, one of each metric."""
    [values] = COMPANY.rows(engine, *names, range=month)
    return list(values)


def test_margins_are_of_revenue(engine: str) -> None:
    """(1,000 − 300) / 1,000 and (1,000 − 900) / 1,000."""
    assert asked(engine, "2026-06", "gross_margin", "operating_margin") == [approx(0.7), approx(0.1)]


def test_nothing_is_a_share_of_revenue_below_zero(engine: str) -> None:
    assert asked(engine, "2026-05", "gross_margin", "operating_margin") == [None, None]


def test_growth_needs_a_base_above_zero(engine: str) -> None:
    """June over May is 1,000 over −100; July over June is a tenth; June over the June before is two and a half times."""
    assert asked(engine, "2026-06", "revenue_growth", "yearly_growth") == [None, approx(1.5)]
    assert asked(engine, "2026-07", "revenue_growth", "yearly_growth") == [approx(0.1), None]
    # April to June are 900, as January to March are.
    assert asked(engine, "2026-06", "quarterly_growth") == [approx(0)]


def test_the_rule_of_40_adds_growth_over_a_year_and_margin(engine: str) -> None:
    assert asked(engine, "2026-06", "rule_of_40_growth", "rule_of_40_margin", "rule_of_40") == [
        approx(1.5),
        approx(0.1),
        approx(1.6),
    ]
    assert asked(engine, "2026-05", "rule_of_40") == [None]


def test_the_magic_number_rests_on_the_quarter_before(engine: str) -> None:
    """4 × (2,000 − 900) / 0 has no value in July, since February to April sold nothing; 4 × (900 − 900) / 250 is 0."""
    assert asked(engine, "2026-06", "magic_number") == [approx(0)]
    assert asked(engine, "2026-07", "magic_number") == [None]


def test_runway_ends_where_cash_is_made(engine: str) -> None:
    """June: 1,500 of cash over (0 + 500 + 400) / 3; in May to July 1,100 more came in than went out."""
    assert asked(engine, "2026-06", "net_burn", "runway") == [Decimal(400), approx(5)]
    assert asked(engine, "2026-07", "net_burn", "runway") == [Decimal(-2000), None]


def test_a_burn_multiple_needs_growth(engine: str) -> None:
    """June: 400 over 12 × 20. In July recurring revenue fell, and no multiple says so."""
    assert asked(engine, "2026-06", "burn_multiple_net_new_arr", "burn_multiple") == [Decimal(240), approx(400 / 240)]
    assert asked(engine, "2026-07", "burn_multiple") == [None]


def test_payback_is_spend_over_what_new_customers_leave_a_month(engine: str) -> None:
    """June: 80 over 25 × 0.8. Nobody is new in July."""
    assert asked(engine, "2026-06", "cac_payback") == [approx(4)]
    assert asked(engine, "2026-07", "cac_payback") == [None]


def test_a_lifetime_needs_somebody_who_left(engine: str) -> None:
    """Nobody left in June; in July half of them did, and nobody new came."""
    assert asked(engine, "2026-06", "ltv_to_cac_value", "ltv_to_cac_cost", "ltv_to_cac") == [None, approx(80), None]
    assert asked(engine, "2026-07", "ltv_to_cac_value", "ltv_to_cac") == [approx(95 * 0.8 / 0.5), None]


def test_advertising_sums_first_and_divides_last(engine: str) -> None:
    """80 spent, 10,000 shown, 160 clicks, 250 credited."""
    names = ("roas", "cost_per_click", "cost_per_mille", "click_through_rate")
    assert asked(engine, "2026-06", *names) == [approx(3.125), approx(0.5), approx(8), approx(0.016)]
    assert asked(engine, "2026-07", *names) == [None] * 4


def test_cash_is_the_last_balance_of_each_account(engine: str) -> None:
    """What a bank wrote on the 15th is still there on the 30th; an account without a balance in July is not counted."""
    assert asked(engine, "2026-06", "runway_cash") == [Decimal(1500)]
    assert asked(engine, "2026-07", "runway_cash") == [Decimal(2900)]
