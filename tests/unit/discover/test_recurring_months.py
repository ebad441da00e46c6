"""Recurring revenue written down month by month, with numbers that a person would work out by hand."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from tests.unit.discover.newcomer import answer, written
from truenorth.discover.report import Discovery

# What four customers pay from January to April; 0 is a row with nothing to pay, None no row at all.
PAID = {"a": (10, 10, 15, 15), "b": (20, 20, None, 20), "c": (None, 30, 30, 25), "d": (40, 40, 0, 0)}


def begun(folder: Path, head: str, months: tuple[str, ...]) -> Discovery:
    lines = [
        f"{who},{month},pro,{amounts[at]}"
        for who, amounts in PAID.items()
        for at, month in enumerate(months)
        if amounts[at] is not None
    ]
    return written(folder, mrr=[head, *lines])


def asked(made: Discovery, metric: str) -> list[Decimal]:
    rows = answer(made, metric, grain="month").table.rows
    return [Decimal(str(value)) for _, value in rows if value]  # a month of which there is nothing is left out


def test_what_customers_pay_month_by_month_is_a_stand_and_its_changes(tmp_path: Path) -> None:
    months = ("2026-01-01", "2026-02-01", "2026-03-01", "2026-04-01")
    made = begun(tmp_path, "customer_id,month,plan,mrr", months)
    assert asked(made, "mrr") == [70, 100, 45, 60]
    assert asked(made, "paying_customers") == [3, 4, 2, 3]
    assert asked(made, "new_mrr") == [30, 20]
    assert asked(made, "expansion_mrr") == [5]
    assert asked(made, "contraction_mrr") == [5]
    assert asked(made, "churned_mrr") == [60]
    assert asked(made, "net_new_mrr") == [30, -55, 15]
    assert asked(made, "churn_rate") == [Decimal("0.5")]
    assert asked(made, "mrr_churn_rate") == [Decimal("0.6")]
    retained = [round(float(one), 6) for one in asked(made, "net_revenue_retention")]
    assert retained == [1, 0.45, round(1 - 5 / 45, 6)]


def test_of_several_days_of_a_month_the_last_one_stands_for_it(tmp_path: Path) -> None:
    made = begun(tmp_path, "customer_id,day,plan,mrr", ("2026-01-15", "2026-01-31", "2026-02-14", "2026-02-28"))
    assert asked(made, "mrr") == [100, 60]
    assert asked(made, "expansion_mrr") == [5]
    assert asked(made, "churned_mrr") == [40]


def test_months_may_be_written_as_texts_beside_an_account(tmp_path: Path) -> None:
    made = begun(tmp_path, "Account,Period,Plan,MRR (EUR)", ("2026-01", "2026-02", "2026-03", "2026-04"))
    assert asked(made, "mrr") == [70, 100, 45, 60]
    assert asked(made, "churned_mrr") == [60]
