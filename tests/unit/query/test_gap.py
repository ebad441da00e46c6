"""The gap ledger: planted differences are found, in the right policy and the right rows, and all of it adds up."""

from __future__ import annotations

import random
from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.truth.case import Rows
from tests.truth.test_money_policies import TYPES, world
from truenorth.analyze.share import shares, subsets
from truenorth.base.errors import QueryError
from truenorth.base.table import Value
from truenorth.query.gap import GapQuery, Ledger, gap
from truenorth.query.reported import Series, series
from truenorth.query.run import Runner

NOW = datetime(2026, 7, 1)
MONTHS = (date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1))
# A policy, their choice, what a planted row of amount a has, and what it does to the closing of each month, in a.
PLANTED: dict[str, tuple[str, dict[str, Value], tuple[int, int, int]]] = {
    "discounts": ("list_price", {"discount_kind": "forever", "discount_amount": 1}, (1, 1, 1)),
    "trials": ("counted", {"trial_end": date(2026, 2, 15)}, (1, 0, 0)),
    "tax": ("included", {"tax": 1}, (1, 1, 1)),
    "past_due": ("kept", {"past_due_since": date(2026, 1, 1)}, (1, 1, 1)),
    "pauses": ("continued", {"paused_on": date(2026, 2, 10)}, (0, 1, 1)),
    "refunds": ("any_ends", {"refunded_on": date(2026, 3, 5)}, (0, 0, -1)),
    "cancellation": ("when_cancelled", {"cancelled_at": date(2026, 2, 20), "ended_on": date(2026, 6, 1)}, (0, -1, -1)),
    "metered": ("when_used", {"metered": True}, (1, 1, 1)),
    "never_paid": ("counted", {"status": "incomplete"}, (1, 1, 1)),
}
Effects = dict[str, dict[date, dict[str, Decimal]]]


def planted(seed: int) -> tuple[list[list[Value]], Effects, dict[date, Decimal]]:
    """Random rows, each touched by one policy at most: the table, what each policy does by hand, and our number."""
    dice = random.Random(seed)
    table: list[list[Value]] = []
    effects: Effects = {name: {month: {} for month in MONTHS} for name in PLANTED}
    ours = dict.fromkeys(MONTHS, Decimal(0))
    for at in range(dice.randint(3, 12)):
        amount = Decimal(dice.randint(1, 99999)).scaleb(-2)
        table.append(row(f"plain {at}", amount))
        for month in MONTHS:
            ours[month] += amount
    for name, (_, columns, signs) in PLANTED.items():
        for at in range(dice.randint(0, 3)):
            who, amount = f"{name} {at}", Decimal(dice.randint(1, 99999)).scaleb(-2)
            # A 1 among the columns stands for the amount, which is then only a part of the price.
            taken = {key: amount if value == 1 and value is not True else value for key, value in columns.items()}
            price = amount * dice.randint(2, 4) if name in ("discounts", "tax") else amount
            table.append(row(who, price, **taken))
            for month, sign in zip(MONTHS, signs, strict=True):
                shown = price - amount if name in ("discounts", "tax") else amount if sign <= 0 else Decimal(0)
                ours[month] += shown
                if sign:
                    effects[name][month][who] = amount * sign
    return table, effects, ours


def row(who: str, amount: Decimal, **columns: Value) -> list[Value]:
    values: dict[str, Value] = {
        "customer_id": who,
        "subscription_id": who,
        "started_on": date(2025, 12, 1),
        "amount": amount,
        "interval": "month",
        **columns,
    }
    return [values.get(name) for name in TYPES]


def runner(table: list[list[Value]], **balances: str) -> Runner:
    made = world("customer_id text\nx", **balances)
    made.tables["periods"] = Rows(TYPES, table)
    return made.on("duckdb")


def found(runner: Runner, reported: Series, theirs: dict[str, str], compat: str = "", metric: str = "mrr") -> Ledger:
    return gap(runner.catalog, GapQuery(metric, reported, compat=compat, policies=theirs), NOW)


def moved(effects: Effects, names: list[str], month: date) -> Decimal:
    return sum((amount for name in names for amount in effects[name][month].values()), Decimal(0))


def told(ledger: Ledger) -> Effects:
    return {
        one.policy: {month: {str(who): part for who, part in one.rows.get(month, {}).items()} for month in MONTHS}
        for one in ledger.shares
    }


def sums(ledger: Ledger) -> None:
    for month in ledger.reported:
        parts = sum(one.amounts[month] for one in ledger.shares)
        assert ledger.reported[month] == ledger.ours[month] + parts + ledger.unexplained[month]
        for one in ledger.shares:
            if ledger.entity:
                assert sum(one.rows.get(month, {}).values()) == one.amounts[month]


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, 40))])
def test_planted_gaps_are_told_by_policy_and_row_in_200_cases(seed: int) -> None:
    table, effects, ours = planted(seed)
    asked = runner(table, mrr="")
    dice = random.Random(seed + 1000)
    for _ in range(5):
        names = sorted(dice.sample(list(PLANTED), dice.randint(1, 3)))
        stray = {month: Decimal(dice.choice((0, 0, dice.randint(-999, 999)))).scaleb(-2) for month in MONTHS}
        reported = {month: ours[month] + stray[month] + moved(effects, names, month) for month in MONTHS}
        ledger = found(asked, reported, {name: PLANTED[name][0] for name in names})
        assert ledger.ours == ours and ledger.unexplained == stray and ledger.entity == "customer_id"
        assert told(ledger) == {name: effects[name] for name in told(ledger)}
        assert sorted(told(ledger)) == names
        sums(ledger)


def test_policies_that_nobody_told_are_found() -> None:
    needed = ("tax", "cancellation", "pauses")
    cases = (planted(seed) for seed in range(100))
    table, effects, ours = next(one for one in cases if all(one[1][name][MONTHS[2]] for name in needed))
    asked = runner(table, mrr="")
    for names in (["tax"], ["cancellation", "pauses"]):
        reported = {month: ours[month] + moved(effects, names, month) for month in MONTHS}
        ledger = found(asked, reported, {})
        assert ledger.guessed and not any(ledger.unexplained.values())
        assert told(ledger) == {name: effects[name] for name in told(ledger)} and sorted(told(ledger)) == names
    nothing = found(asked, ours, {})
    assert nothing.shares == () and not any(nothing.unexplained.values())


BOTH: list[list[Value]] = [
    # Discounted and on trial: neither policy alone brings what both do, and both share it.
    row("both", Decimal("100"), discount_kind="forever", discount_amount=Decimal("40"), trial_end=date(2026, 2, 15)),
    row("half", Decimal("100"), discount_kind="forever", discount_amount=Decimal("50")),
    row("once", Decimal("15"), discount_kind="once", discount_amount=Decimal("14")),
]


def test_what_two_policies_do_together_is_shared_whatever_their_order() -> None:
    """In January `both` is worth 0 here and 100 there: trials alone bring 60, discounts nothing, both 100. So trials
    have (60 + 100) / 2 = 80, discounts (0 + 40) / 2 = 20."""
    ledger = found(runner(BOTH, mrr=""), {MONTHS[0]: Decimal("220")}, {"trials": "counted", "discounts": "list_price"})
    assert ledger.ours == {MONTHS[0]: Decimal("65")}
    assert told(ledger)["trials"][MONTHS[0]] == {"both": Decimal("80")}
    assert told(ledger)["discounts"][MONTHS[0]] == {"both": Decimal("20"), "half": Decimal("50")}
    assert ledger.unexplained == {MONTHS[0]: Decimal("5")}
    sums(ledger)


def test_a_preset_brings_what_it_chooses_and_parts_have_ledgers_too() -> None:
    asked = runner(BOTH, mrr="")
    ledger = found(asked, {MONTHS[0]: Decimal("165"), MONTHS[1]: Decimal("215")}, {}, compat="paddle")
    assert [(one.policy, one.theirs, one.total) for one in ledger.shares] == [
        ("discounts", "list_price", Decimal("140")),
        ("refunds", "annual_ends", Decimal("0")),
    ]
    assert ledger.unexplained == {MONTHS[0]: Decimal("50"), MONTHS[1]: Decimal("0")}
    new = found(asked, {date(2025, 12, 1): Decimal("65")}, {"trials": "counted"}, metric="mrr_new")
    assert told_total(new) == {"trials": Decimal("60")} and new.unexplained == {date(2025, 12, 1): Decimal("-60")}
    customers = found(asked, {MONTHS[0]: Decimal(3)}, {"trials": "counted"}, metric="mrr_customers")
    assert told_total(customers) == {"trials": Decimal(1)} and customers.unexplained == {MONTHS[0]: Decimal(0)}


def told_total(ledger: Ledger) -> dict[str, Decimal]:
    return {one.policy: one.total for one in ledger.shares}


def test_policies_without_columns_are_left_out_and_unknown_ones_refused() -> None:
    asked = runner(BOTH, mrr="")
    reported = {MONTHS[0]: Decimal("65")}
    for theirs, compat in (({"discount": "all"}, ""), ({"discounts": "som"}, ""), ({}, "strip")):
        with pytest.raises(QueryError) as raised:
            found(asked, reported, theirs, compat)
        assert raised.value.code == "E_UNKNOWN_POLICY"


def test_more_policies_than_can_be_told_apart_are_refused() -> None:
    table = [
        row(name, Decimal("10"), **{k: Decimal(1) if v == 1 and v is not True else v for k, v in what.items()})
        for name, (_, what, _) in PLANTED.items()
    ]
    with pytest.raises(QueryError) as raised:
        found(runner(table, mrr=""), dict.fromkeys(MONTHS, Decimal(0)), {name: one[0] for name, one in PLANTED.items()})
    assert raised.value.code == "E_TOO_MANY_POLICIES" and "9 policies differ" in raised.value.message
    # What changes no number needs not be told apart.
    some = found(
        runner(table[:2], mrr=""), dict.fromkeys(MONTHS, Decimal(0)), {name: one[0] for name, one in PLANTED.items()}
    )
    assert [one.policy for one in some.shares] == ["discounts", "trials"]
    sums(some)


def test_reported_amounts_are_read_exactly_and_told_what_is_wrong() -> None:
    pairs = [("2026-02", "1,234.50"), ("2026-01-31", "-3")]
    assert series(pairs, "month") == {date(2026, 1, 1): Decimal("-3"), date(2026, 2, 1): Decimal("1234.50")}
    for wrong in (
        [("January", "1")],
        [("2026-01", "1.2.3")],
        [("2026-01", "1"), ("2026-01-05", "1")],
        [],
        [("2026-13", "1")],
    ):
        with pytest.raises(QueryError) as raised:
            series(wrong, "month")
        assert raised.value.code == "E_BAD_REPORTED"


AMOUNTS = st.decimals(-(10**6), 10**6, places=12, allow_nan=False, allow_infinity=False)


@given(st.integers(1, 5).flatmap(lambda size: st.lists(AMOUNTS, min_size=2**size, max_size=2**size)))
def test_shares_add_up_exactly(values: list[Decimal]) -> None:
    names = [str(at) for at in range(len(values).bit_length() - 1)]
    worth = dict(zip(subsets(names), values, strict=True))
    parts = shares(names, worth)
    assert sum(parts.values()) == worth[frozenset(names)] - worth[frozenset()]
    backwards = shares(names[::-1], worth)
    assert all(abs(parts[name] - backwards[name]) <= Decimal("1e-12") for name in names)
