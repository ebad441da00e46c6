"""Subscriptions in two currencies beside a table of exchange rates, with numbers worked out by hand."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

import truenorth
from tests.unit.discover.newcomer import NOW, amount, written

HEAD = "subscription_id,customer_id,started_on,ended_on,monthly_price,currency,status"
# Twenty customers pay 30 euros from January, ten pay 20 dollars from February, of whom one leaves in March; another pays euros then.
PAID = [
    *(f"s{at},c{at},2026-01-{1 + at:02},,30,EUR,active" for at in range(20)),
    "s30,c30,2026-03-15,,30,EUR,active",
    *(f"s{at},c{at},2026-02-{at - 19:02},{'2026-03-10' if at == 25 else ''},20,USD,active" for at in range(20, 30)),
]
DAYS = [date(2026, 1, 1) + timedelta(days=at) for at in range(90)]
# A dollar is 0.5 euros from February, and 0.8 in January, when nobody paid in dollars.
WORTH = {day: "0.5" if day.month > 1 else "0.8" for day in DAYS}


@pytest.mark.parametrize(
    ("head", "row"),
    [
        ("date,from_currency,to_currency,rate", "{day},USD,EUR,{rate}"),
        ("day,base,target,exchange_rate", "{day},USD,EUR,{rate}"),
        ("date,currency_code,rate_to_eur", "{day},USD,{rate}"),
    ],
)
def test_a_balance_of_several_currencies_is_one_where_rates_are_there(tmp_path: Path, head: str, row: str) -> None:
    rates = [head, *(row.format(day=day, rate=rate) for day, rate in WORTH.items())]
    made = written(tmp_path, subscriptions=[HEAD, *PAID], rates=rates)
    with truenorth.open(made.folder, now=NOW) as opened:
        assert opened.check() == ()
        found = opened.query("mrr", "mrr_from_new", "mrr_churn", "arr", grain="month").table.rows
        told = {f"{row[0]:%m}": [Decimal(str(value or 0)) for value in row[1:]] for row in found}
    assert told["01"] == [600, 600, 0, 7200]
    assert told["02"] == [700, 100, 0, 8400]
    assert told["03"] == [720, 30, 10, 8640]
    assert "mrr_usd" not in made.metrics
    assert [amount(made, "new_mrr_eur"), amount(made, "new_mrr_usd")] == [630, 200]
    assert any("one balance in EUR" in one.text for one in made.assumed)
    text = (made.folder / "metrics" / "rates.yml").read_text("utf-8")
    assert "rates:" in text
    assert "currency: EUR" in (made.folder / "truenorth.yml").read_text("utf-8")


@pytest.mark.parametrize(
    ("rates", "said"),
    [
        (
            [f"{day},USD,EUR,{rate}" for day, rate in WORTH.items() if day > date(2026, 2, 4)],
            "4 days (2026-02-01 to 2026-02-04) lack a rate from USD",
        ),
        ([f"{day},USD,EUR,{rate}" for day, rate in WORTH.items() if day.month < 2], "(2026-02-08 to 2026-03-15)"),
        ([f"{day},GBP,EUR,{rate}" for day, rate in WORTH.items()], "43 days (2026-02-01 to 2026-03-15)"),
        ([f"{day},USD,EUR,{rate}" for day in DAYS for rate in (1, 2)], "rates: what kind of rows"),
    ],
    ids=["rates begin too late", "rates stop too early", "of another currency", "two on one day"],
)
def test_rates_that_do_not_reach_convert_nothing_and_it_is_said(tmp_path: Path, rates: list[str], said: str) -> None:
    made = written(tmp_path, subscriptions=[HEAD, *PAID], rates=["date,from_currency,to_currency,rate", *rates])
    assert [amount(made, "mrr_eur"), amount(made, "mrr_usd")] == [630, 180]
    assert "mrr" not in made.metrics
    assert any(said in one.text for one in made.unsure), made.unsure
    with truenorth.open(made.folder, now=NOW) as opened:
        assert opened.check() == ()


def test_days_before_a_currency_comes_and_other_currencies_need_no_rates(tmp_path: Path) -> None:
    rates = [f"{day},USD,EUR,{rate}" for day, rate in WORTH.items() if date(2026, 2, 1) <= day <= date(2026, 3, 8)]
    rates += ["2026-01-31,GBP,EUR,1.2"]
    made = written(tmp_path, subscriptions=[HEAD, *PAID], rates=["date,from_currency,to_currency,rate", *rates])
    assert "mrr" in made.metrics
    assert not any("lack a rate" in one.text for one in made.unsure)
