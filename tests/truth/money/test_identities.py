"""What holds for every history of subscriptions: against a model in plain Python, and of the answers among themselves."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Struct

from tests.truth.case import Rows, World
from tests.truth.money.book import COUNTED, MOVED, PARTS, closes, definitions
from tests.truth.test_properties import EXAMPLES
from truenorth.base.period import truncate
from truenorth.query.request import MetricQuery
from truenorth.query.run import Runner
from truenorth.query.verify import verify

NOW = datetime(2024, 4, 20)
TYPES = {"customer": "text", "plan": "text", "region": "text", "starts": "date", "ends": "date", "amount": "decimal"}
# Around a new year, the end of February in a leap year, month ends, and after today.
DAYS = [date(2023, 11, 30), date(2023, 12, 1), date(2023, 12, 31), date(2024, 1, 1), date(2024, 1, 31)]
DAYS += [date(2024, 2, 1), date(2024, 2, 28), date(2024, 2, 29), date(2024, 3, 1), date(2024, 3, 15), date(2024, 4, 2)]
LATER = [date(2024, 4, 19), date(2024, 4, 20), date(2024, 6, 1)]
FIRST, LAST = date(2023, 11, 1), date(2024, 4, 19)
RANGE = f"{FIRST}..{LAST}"
ONE = timedelta(days=1)
NOTHING = Decimal(0)


class Period(Struct, frozen=True):
    """A subscription period."""

    customer: str | None
    plan: str | None
    starts: date | None
    ends: date | None
    amount: Decimal | None


PERIODS = st.builds(
    Period,
    customer=st.sampled_from(["a", "a", "b", "c", None]),
    plan=st.sampled_from(["free", "gold", "silver", None]),
    starts=st.one_of(st.sampled_from(DAYS + LATER), st.sampled_from(DAYS), st.none()),
    ends=st.one_of(st.sampled_from(DAYS + LATER), st.sampled_from(DAYS), st.none()),
    amount=st.one_of(st.sampled_from([Decimal(one) for one in ("10", "10", "25.50", "0", "-5", "40")]), st.none()),
)
HISTORIES = st.lists(PERIODS, max_size=9).map(tuple)
GRAIN = st.sampled_from(["day", "week", "month", "quarter"])
History = tuple[Period, ...]


def spans(grain: str) -> list[tuple[date, date, date]]:
    """The label, first day and last day of each period."""
    found: dict[date, list[date]] = defaultdict(list)
    for past in range((LAST - FIRST).days + 1):
        found[truncate(FIRST + past * ONE, grain)].append(FIRST + past * ONE)  # type: ignore[arg-type]
    return [(label, days[0], days[-1]) for label, days in found.items()]


def worth(history: History, day: date, customer: str | None, plan: Any = ...) -> Decimal:
    """What a customer has on a day, in all or in one plan."""
    return sum(
        (
            one.amount
            for one in history
            if one.amount is not None and one.starts is not None and one.customer == customer
            if plan is ... or one.plan == plan
            if one.starts <= day and (one.ends is None or day < one.ends)
        ),
        NOTHING,
    )


def kind(history: History, customer: str | None, before: date, last: date) -> str:
    """What became of a customer between two days."""
    was, now = worth(history, before, customer), worth(history, last, customer)
    if was and now:
        return "stayed"
    if was:
        return "churn"
    ever = any(worth(history, FIRST + past * ONE, customer) for past in range((before - FIRST).days + 1))
    return ("reactivation" if ever else "new") if now else ""


def modelled(history: History, by_plan: bool, first: date, last: date) -> dict[Any, dict[str, Decimal]]:
    """All parts, of money and of customers, by plan or in all."""
    before = first - ONE
    plans = sorted({one.plan for one in history}, key=lambda one: (one is None, one or "")) if by_plan else [...]
    found: dict[Any, dict[str, Decimal]] = {plan: defaultdict(Decimal) for plan in plans}
    for customer in {one.customer for one in history}:
        what = kind(history, customer, before, last)
        ends = {plan: (worth(history, before, customer, plan), worth(history, last, customer, plan)) for plan in plans}
        change = {plan: now - was for plan, (was, now) in ends.items()}
        gained = sum(one for one in change.values() if one > 0)
        lost = -sum(one for one in change.values() if one < 0)
        left = {1: min(gained, lost), -1: min(gained, lost)}
        # The largest first; sorted keeps the order of plans where two are as large.
        for plan in sorted(plans, key=lambda one: -abs(change[one])):
            one, (was, now) = found[plan], ends[plan]
            sign = 1 if change[plan] > 0 else -1
            moved = min(abs(change[plan]), left[sign])
            left[sign] -= moved
            rest = change[plan] - sign * moved
            one["mrr_opening"] += was
            one["mrr_closing"] += now
            one["mrr_transfer_in" if sign > 0 else "mrr_transfer_out"] += moved
            if what == "stayed":
                one["mrr_expansion" if rest > 0 else "mrr_contraction"] += abs(rest)
            elif what:
                one[f"mrr_{what}"] += -rest if what == "churn" else rest
            if customer is not None:
                count(one, what, (bool(was), bool(now)), rest)
    return found


def count(one: dict[str, Decimal], what: str, there: tuple[bool, bool], rest: Decimal) -> None:
    """The same customer among those who are counted."""
    was, now = there
    one["customers_opening"] += was
    one["customers_closing"] += now
    if what == "stayed":
        one["customers_expansion"] += rest > 0
        one["customers_contraction"] += rest < 0
        one["customers_transfer_in"] += now and not was
        one["customers_transfer_out"] += was and not now
    elif what:
        one[f"customers_{what}"] += (was and not now) if what == "churn" else (now and not was)


@cache
def runner(engine: str) -> Runner:
    """One warehouse an engine, filled anew for each example."""
    return World(definitions(), now=NOW, subscriptions=Rows(TYPES, [])).on(engine)


def filled(engine: str, history: History) -> Runner:
    """The warehouse with a history in it; a period that ends before it begins is in it, and counts nowhere."""
    rows = [(one.customer, one.plan, "eu", one.starts, one.ends, one.amount) for one in history]
    found = runner(engine)
    found.catalog.engine.load("subscriptions", Rows(TYPES, rows).table, TYPES)
    found.catalog.refresh()
    return found


def sound(history: History) -> History:
    """The periods that do not end before they begin."""
    return tuple(one for one in history if one.starts is None or one.ends is None or one.ends >= one.starts)


def asked(one: Runner, metrics: tuple[str, ...], **words: Any) -> dict[tuple[Any, ...], dict[str, Decimal]]:
    """The rows of an answer by their labels."""
    answer = one.ask(MetricQuery(metrics, **words), NOW)
    keys = [column.name for column in answer.table.columns if column.role in ("time", "dimension")]
    return {
        tuple(row[key] for key in keys): {name: Decimal(str(row[name])) for name in metrics}
        for row in answer.table.dicts()
    }


ALL = (*MOVED, *COUNTED)
EMPTY = dict.fromkeys(ALL, NOTHING)


@EXAMPLES
@given(history=HISTORIES, grain=GRAIN, by_plan=st.booleans())
def test_every_part_is_what_plain_python_says(engine: str, history: History, grain: str, by_plan: bool) -> None:
    one = filled(engine, history)
    found = asked(one, ALL, grain=grain, by=("plan",) if by_plan else (), range=RANGE)
    assert all(closes(tuple(row[name] for name in names)) for row in found.values() for names in (MOVED,))
    for label, first, last in spans(grain):
        for plan, wanted in modelled(sound(history), by_plan, first, last).items():
            key = (label, plan) if by_plan else (label,)
            told = found.pop(key, EMPTY)
            assert {name: told[name] for name in ALL} == {name: wanted[name] for name in ALL}, key
    assert all(row == EMPTY for row in found.values())


@EXAMPLES
@given(history=HISTORIES, grain=GRAIN)
def test_plans_make_the_whole_but_for_what_moves_between_them(engine: str, history: History, grain: str) -> None:
    one = filled(engine, history)
    whole = asked(one, MOVED, grain=grain, range=RANGE)
    parts = asked(one, MOVED, grain=grain, by=("plan",), range=RANGE)
    for label in {key[0] for key in (*whole, *parts)}:
        rows = [row for key, row in parts.items() if key[0] == label]
        added = {name: sum((row[name] for row in rows), NOTHING) for name in MOVED}
        alone = whole.get((label,), EMPTY)
        assert added["mrr_transfer_in"] == added["mrr_transfer_out"]
        assert all(added[f"mrr_{part}"] == alone[f"mrr_{part}"] for part in PARTS if not part.startswith("transfer"))
        assert alone["mrr_transfer_in"] == alone["mrr_transfer_out"] == 0


@EXAMPLES
@given(history=HISTORIES, grain=st.sampled_from(["week", "month", "quarter"]))
def test_coarse_periods_open_and_close_as_their_days_do(engine: str, history: History, grain: str) -> None:
    one = filled(engine, history)
    names = (*MOVED, "mrr", "arr", "customers")
    coarse, days = asked(one, names, grain=grain, range=RANGE), asked(one, names, grain="day", range=RANGE)
    for label, first, last in spans(grain):
        row = coarse.get((label,), dict.fromkeys(names, NOTHING))
        assert row["mrr_opening"] == days.get((first,), row)["mrr_opening"]
        for name in ("mrr_closing", "mrr", "customers"):
            assert row[name] == days.get((last,), {name: NOTHING})[name]
        assert row["arr"] == 12 * row["mrr"]
        inside = [day for key, day in days.items() if first <= key[0] <= last]
        net = sum((day["mrr_closing"] - day["mrr_opening"] for day in inside), NOTHING)
        assert row["mrr_closing"] - row["mrr_opening"] == net


@settings(EXAMPLES, max_examples=3)
@given(history=HISTORIES)
def test_the_naive_builder_agrees(engine: str, history: History) -> None:
    one = filled(engine, history)
    names = ("mrr_expansion", "mrr_transfer_in", "customers_churn")
    found = verify(one.catalog, lambda query: one.ask(query, NOW), NOW, names, 2)
    assert found.passed, str(found.smallest)
