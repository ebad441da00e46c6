"""What a workspace made of subscriptions and invoices counts: the numbers that a person would work out by hand."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest

import truenorth
from tests.unit.discover.newcomer import NOW, amount, answer, begin, pulled, written
from truenorth.discover.report import Discovery


def test_churn_is_of_those_that_ran_when_the_month_began(tmp_path: Path) -> None:
    """Ten start in January; two of them end in February, one in March; eight start in March, of which one ends at once,
    and one in the last days: it has no month in which it could have left."""
    ends = {0: "2026-02-10", 1: "2026-02-20", 2: "2026-03-05", 10: "2026-03-25"}
    starts = [*("2026-01-15" for _ in range(10)), *("2026-03-10" for _ in range(8)), "2026-04-02"]
    states = ["incomplete" if at == 9 else "active" for at in range(19)]
    rows = [f"s{at},c{at},{starts[at]},{ends.get(at, '')},2026-05-01,{states[at]}" for at in range(19)]
    head = "subscription_id,customer_id,started_on,ended_on,canceled_at,status"
    made = written(tmp_path, subscriptions=[head, *rows])
    months = dict(answer(made, "churn_rate", grain="month").table.rows)
    found = {f"{month:%m}": round(float(share), 6) for month, share in months.items() if share}
    assert found == {"02": round(2 / 9, 6), "03": round(1 / 7, 6)}
    assert amount(made, "active_subscriptions") == 18 - 4


def test_what_is_unpaid_and_what_an_account_brings(tmp_path: Path) -> None:
    rows = [
        f"R{at},c{at % 5},2026-01-{1 + at % 28:02},100,{('paid', 'paid', 'open', 'void')[at % 4]}" for at in range(80)
    ]
    made = written(tmp_path, invoices=["invoice_no,customer_id,invoice_date,total,status", *rows])
    assert amount(made, "invoiced_revenue") == 6000
    assert round(amount(made, "unpaid_invoice_rate"), 6) == Decimal("0.333333")
    assert amount(made, "average_revenue_per_account") == 1200


def test_orders_of_test_addresses_are_said_and_failed_ones_have_their_share(tmp_path: Path) -> None:
    states = ("paid", "paid", "paid", "failed")
    rows = [
        f"{at},{'test@shop.io' if at < 3 else f'p{at % 30}@mail.io'},2026-01-{1 + at % 28:02},10,{states[at % 4]},{at}"
        for at in range(200)
    ]
    made = written(tmp_path, orders=["order_id,email,ordered_on,total,status,total_orders", *rows])
    assert amount(made, "payment_failure_rate") == Decimal("0.25")
    assert any("3 orders of addresses such as test@" in one.text for one in made.unsure)
    assert "{name: total_orders}" in (made.folder / "metrics" / "orders.yml").read_text("utf-8")


def test_a_planned_end_becomes_one_when_the_next_export_has_come_as_far(tmp_path: Path) -> None:
    """Ten of forty cancelled for 20 May, in an export of 30 April; payments go on for a day longer than starts."""
    head = "subscription_id,customer_id,started_on,ended_on,monthly_price,status"
    rows = [
        f"s{at},c{at},2026-{1 + at % 4:02}-{1 + at % 28:02},{'2026-05-20' if at < 10 else ''},10,active"
        for at in range(40)
    ]
    paid = [f"p{at},c{at % 40},2026-04-{1 + at % 30:02},10,paid" for at in range(120)]
    exports = tmp_path / "exports"
    exports.mkdir()
    for name, lines in {"subscriptions": [head, *rows], "payments": [PAID, *paid]}.items():
        (exports / f"{name}-2026-04.csv").write_text("\n".join(lines) + "\n", "utf-8")
    made = begin(tmp_path / "ws", exports)
    assert "cast('2026" not in (made.folder / "metrics" / "subscriptions.yml").read_text("utf-8")
    assert ended(made)[0] == (40, {})

    later = [f"p{at + 120},c{at % 40},2026-05-{1 + at % 31:02},10,paid" for at in range(124)]
    (exports / "payments-2026-05.csv").write_text("\n".join([PAID, *later]) + "\n", "utf-8")
    pulled(made.folder)
    assert ended(made)[0] == (30, {"05": 10})
    assert ended(made)[1] == datetime(2026, 6, 1)


PAID = "payment_id,customer_id,paid_at,amount,status"


def ended(made: Discovery) -> tuple[tuple[int, dict[str, int]], datetime]:
    """Those that run and those that ended, by month, and what the clock of the data says."""
    with truenorth.open(made.folder, now=NOW) as opened:
        assert opened.check() == ()
        active = opened.query("active_subscriptions").table.rows[0][0]
        rows = opened.query("cancelled_subscriptions", grain="month", where="ended_so_far is not null").table.rows
        return (int(str(active)), {f"{month:%m}": int(str(value)) for month, value in rows if value}), opened._now()


def test_the_price_of_a_plan_is_what_its_subscriptions_bring(tmp_path: Path) -> None:
    plans = [
        "id,name,price,currency,interval",
        "1,Basic,29.00,EUR,month",
        "2,Pro,99.00,EUR,month",
        "3,Y,1188.00,EUR,year",
    ]
    rows = [f"s{at},c{at},{1 + at % 3},active,2026-01-{1 + at % 28:02} 08:00:00,{'2026-01-28' if at == 1 else ''}"
            for at in range(90)]  # fmt: skip
    head = "id,customer_id,plan_id,status,started_at,ended_at"
    made = written(tmp_path, plans=plans, subscriptions=[head, *rows])
    assert (amount(made, "new_mrr"), amount(made, "mrr")) == (30 * (29 + 99 + 99), 30 * (29 + 99 + 99) - 99)
    assert any("what a subscription costs is price of plans" in one.text for one in made.assumed)


def test_recurring_revenue_is_a_balance_whose_movements_come_out(tmp_path: Path) -> None:
    """In February c0 moves to a plan that costs more and c1 to one that costs less, c2 leaves; in March c2 is back."""
    head = "subscription_id,customer_id,started_on,ended_on,monthly_price,status"
    ends = {0: "2026-02-10", 1: "2026-02-20", 2: "2026-02-05"}
    rows = [f"s{at},c{at},2026-01-{1 + at % 28:02},{ends.get(at, '')},30,active" for at in range(40)]
    rows += ["s50,c0,2026-02-10,,50,active", "s51,c1,2026-02-20,,10,active", "s52,c2,2026-03-15,,30,active"]
    made = written(tmp_path, subscriptions=[head, *rows])
    names = ("opening", "from_new", "from_returning", "expansion", "contraction", "churn")
    with truenorth.open(made.folder, now=NOW) as opened:
        assert opened.check() == ()
        found = opened.query(*(f"mrr_{name}" for name in names), "mrr", "paying_customers", "arr", grain="month")
        told = {f"{row[0]:%m}": [int(str(value or 0)) for value in row[1:]] for row in found.table.rows}
        shares = opened.query("customer_churn", "mrr_gross_churn", range="2026-02").table.rows[0]
    assert told["01"] == [0, 1200, 0, 0, 0, 0, 1200, 40, 14400]
    assert told["02"] == [1200, 0, 0, 20, 20, 30, 1170, 39, 14040]
    assert told["03"] == [1170, 0, 30, 0, 0, 0, 1200, 40, 14400]
    assert [round(float(str(share)), 6) for share in shares] == [round(1 / 40, 6), round(50 / 1200, 6)]
    text = (made.folder / "metrics" / "subscriptions.yml").read_text("utf-8")
    assert "metric_time__month = '2026-02', equals: 1170" in text


@pytest.mark.parametrize("months", [14, 12])
def test_net_and_gross_retention_are_held_against_a_year_before(tmp_path: Path, months: int) -> None:
    """Of 40 who pay 30 in January 2025, one pays 50 and one 10 a year on, one has left; who came since does not count.

    1200 a year ago; 20 more, 20 less and 30 lost: (1200 + 20 - 20 - 30) / 1200, and (1200 - 20 - 30) / 1200.
    """
    head = "subscription_id,customer_id,started_on,ended_on,monthly_price,status"
    ends = {0: "2025-06-10", 1: "2025-06-20", 2: "2025-06-05"}
    rows = [f"s{at},c{at},2025-01-{1 + at % 28:02},{ends.get(at, '')},30,active" for at in range(40)]
    last = "2026-02-15" if months == 14 else "2025-12-15"
    rows += ["s50,c0,2025-06-10,,50,active", "s51,c1,2025-06-20,,10,active", f"s52,c90,{last},,30,active"]
    made = written(tmp_path, subscriptions=[head, *rows])
    assert {"mrr_nrr", "mrr_grr"} <= {*made.metrics} if months == 14 else "mrr_nrr" not in made.metrics
    if months == 14:
        assert values_of(made, "2026-01") == [1200, round(1170 / 1200, 6), round(1150 / 1200, 6)]


def values_of(made: Discovery, month: str) -> list[float]:
    """What there was a year before a month, and how much of it is left, net and gross."""
    with truenorth.open(made.folder, now=NOW) as opened:
        assert opened.check() == ()
        [row] = opened.query("mrr_before", "mrr_nrr", "mrr_grr", grain="month", range=month).table.rows
    return [round(float(str(value)), 6) for value in row[1:]]
