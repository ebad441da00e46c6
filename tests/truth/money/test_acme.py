"""Eighteen months of contracts in three currencies, month by month, beside plain SQL that knows nothing of balances."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pyarrow
import pytest

from tests.truth.case import World
from truenorth.demo import demo_folder
from truenorth.demo.calendar import story_days
from truenorth.demo.contracts import all_contracts, period_columns, rate_columns
from truenorth.query.gap import GapQuery, gap
from truenorth.query.reported import series

NOW = datetime(2026, 6, 30, 22)
CENT = Decimal("0.005")
KINDS = {"int32": "integer", "string": "text", "date32[day]": "date"}
# What each contract is worth a month on the last day of each month, by its currency, and the euros at the rate of that day.
LEVELS = """
WITH months AS (SELECT CAST(range AS DATE) AS month, CAST(range + INTERVAL 1 MONTH AS DATE) - 1 AS last
                FROM range(DATE '2025-01-01', DATE '2026-07-01', INTERVAL 1 MONTH)),
running AS (
  SELECT month, last, currency_code, plan, term, team_id,
         sum(CASE WHEN term = 'month' THEN price * seats - discount ELSE 0 END) AS monthly,
         sum(CASE WHEN term = 'year' THEN price * seats - discount ELSE 0 END) AS yearly
  FROM months JOIN periods ON started_on <= last AND (ended_on IS NULL OR ended_on > last) GROUP BY ALL)
SELECT month, {by} sum(monthly), sum(yearly), any_value(rate), count(DISTINCT team_id) FROM (
  SELECT running.*, CASE WHEN currency_code = 'EUR' THEN 1 ELSE
    (SELECT arg_max(rate, day) FROM rates WHERE to_currency = currency_code AND day <= last) END AS rate FROM running)
GROUP BY month, {by} currency_code ORDER BY ALL
"""


@cache
def tables() -> tuple[pyarrow.Table, pyarrow.Table]:
    """The periods and the rates."""
    days = story_days()
    return pyarrow.table(period_columns(all_contracts(days, 1.0), days)), pyarrow.table(rate_columns(days))


def written(table: pyarrow.Table) -> str:
    """A table as the worlds of these tests have it."""
    kinds = [KINDS.get(str(one.type), "text" if "dict" in str(one.type) else "decimal") for one in table.schema]
    lines = [" | ".join(f"{name} {kind}" for name, kind in zip(table.column_names, kinds, strict=True))]
    rows = zip(*(column.to_pylist() for column in table.columns), strict=True)
    return "\n".join([*lines, *(" | ".join("" if one is None else str(one) for one in row) for row in rows)])


@cache
def world() -> World:
    """The contracts with the definitions of the example."""
    periods, rates = tables()
    text = (Path(demo_folder("acme")) / "metrics" / "contracts.yml").read_text("utf-8").partition("version: 1\n")[2]
    return World(
        text, workspace="currency: EUR\n", now=NOW, contract_periods=written(periods), exchange_rates=written(rates)
    )


def levels(by: str = "", select: str = LEVELS) -> dict[tuple[Any, ...], tuple[Decimal, int]]:
    """Euros and teams by month and group, each currency at the rate of the month's last day."""
    periods, rates = tables()
    found: dict[tuple[Any, ...], tuple[Decimal, int]] = {}
    with duckdb.connect() as engine:
        engine.register("periods", periods)
        engine.register("rates", rates)
        for *key, monthly, yearly, rate, teams in engine.execute(select.format(by=by and f"{by},")).fetchall():
            euros, before = found.get(tuple(key), (Decimal(0), 0))
            found[tuple(key)] = euros + (monthly + yearly / Decimal(12)) / Decimal(rate), before + teams
    return found


@pytest.mark.parametrize("by", ["", "plan", "currency_code", "term"])
def test_the_balance_closes_equal_to_plain_sql_to_the_cent(engine: str, by: str) -> None:
    answer = world().rows(engine, "contract_mrr", grain="month", by=(by,) if by else (), range="2025-01..2026-06")
    expected = levels(by)
    assert len(answer) == len(expected) >= 18
    for *key, value in answer:
        assert abs(value - expected[tuple(key)][0]) < CENT, key


def test_the_walk_of_every_month_comes_out_exactly(engine: str) -> None:
    gains = ["contract_mrr_new", "contract_mrr_reactivation", "contract_mrr_expansion", "contract_mrr_fx"]
    losses = ["contract_mrr_contraction", "contract_mrr_churn"]
    asked = ["contract_mrr_opening", *gains, *losses, "contract_mrr", "contract_arr", "contract_teams"]
    rows = world().rows(engine, *asked, grain="month", range="2025-01..2026-06")
    teams = [count for _, count in sorted((key, one[1]) for key, one in levels().items())]
    before = None
    for at, (_, opening, new, back, more, rates, less, gone, closing, yearly, count) in enumerate(rows):
        assert closing == opening + new + back + more + rates - less - gone
        assert before in (None, opening)
        assert yearly == 12 * closing
        assert rates
        assert count == teams[at]
        before = closing


def test_what_is_reported_of_it_is_list_prices_and_a_contract_to_try_it_out_in_april(engine: str) -> None:
    """Plain SQL without discounts makes the other tool's numbers; the ledger says so, and leaves April's 120 open."""
    plain = {str(month)[:7]: euros for (month,), (euros, _) in levels(select=LEVELS.replace(" - discount", "")).items()}
    one = world().on(engine)
    reported = one.catalog.model.metrics["contract_mrr"].reported
    assert len(reported) == 6
    for month, text in reported.items():
        assert abs(Decimal(text) - plain[month] - (120 if month == "2026-04" else 0)) < CENT, month
    found = gap(one.catalog, GapQuery("contract_mrr", series(reported.items(), "month"), compat="paddle"), NOW)
    assert [(each.policy, each.theirs) for each in found.shares if any(each.amounts.values())] == [
        ("discounts", "list_price")
    ]
    assert {str(month)[:7]: round(left, 2) for month, left in found.unexplained.items() if abs(left) > CENT} == {
        "2026-04": Decimal("120.00")
    }
    assert found.entity == "customer_id"


def test_longer_stretches_come_out_as_well_with_whoever_came_and_went_inside(engine: str) -> None:
    signs = {"new": 1, "reactivation": 1, "expansion": 1, "fx": 1, "contraction": -1, "churn": -1}
    asked = ["contract_mrr_opening", *(f"contract_mrr_{part}" for part in signs), "contract_mrr"]
    for stretch in ("2025", "2025-07..2026-06", "2024-10", "all"):
        [(opening, *moved, closing)] = world().rows(engine, *asked, range=stretch)
        assert closing == opening + sum(sign * size for sign, size in zip(signs.values(), moved, strict=True)), stretch
