"""Balances of several currencies in one: what moved, what there is, and what exchange rates alone did; worked by hand.

The first is the published example of Stripe's glossary of subscription analytics: 1,000 + 100 + 50 - 40 - 60 - 5 = 1,045.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.truth.case import Rows, World, day
from truenorth.base.errors import DefinitionErrors, QueryError
from truenorth.query.verify import verify

PARTS = ("opening", "new", "reactivation", "expansion", "contraction", "churn", "transfer_in", "transfer_out", "fx")
MODE = "currency: EUR, convert: transaction"
DEFINITIONS = f"""
datasets:
  - {{name: quotes, source: quotes, rates: {{date: day, from: base, to: quote, rate: rate, max_age: 99}}}}
  - name: subscriptions
    source: subscriptions
    time: started
    fields: [{{name: amount, unit: currency, currency: code}}, {{name: code}}, {{name: plan}}]
metrics:
  - {{name: mrr, type: movement, dataset: subscriptions, expr: amount, entity: who, end: ended, unit: currency, {MODE}}}
  - {{name: net, type: movement, balance: mrr, part: net}}
  - {{name: customers, type: movement, balance: mrr, measure: entities}}
  - {{name: lost, type: movement, balance: mrr, measure: entities, part: churn}}
""" + "".join(f"  - {{name: {part}, type: movement, balance: mrr, part: {part}}}\n" for part in PARTS)
QUOTES = """
day date   | base text | quote text | rate decimal
2025-12-01 | USD       | EUR        | 1.00
2026-01-10 | USD       | EUR        | 0.90
2026-01-31 | USD       | EUR        | 0.80
"""
PERIODS = """
who text | started date | ended date | amount decimal | code text | plan text
ada      | 2025-12-01   |            | 500            | EUR       | pro
bob      | 2025-12-01   |            | 500            | USD       | pro
cat      | 2026-01-10   |            | 100            | USD       | team
ada      | 2026-01-10   |            | 50             | EUR       | team
"""
NOW = datetime(2026, 3, 1)


def world(periods: str | Rows = PERIODS, quotes: str = QUOTES, mode: str = MODE) -> World:
    """Subscriptions and rates, asked on the first of March."""
    definitions = DEFINITIONS.replace(MODE, mode)
    return World(definitions, workspace="currency: EUR\n", now=NOW, subscriptions=periods, quotes=quotes)


WORLD = world()


def told(engine: str, one: World, *names: str, **asked: Any) -> dict[str, Any]:
    """The one row of an answer, without what is 0."""
    [row] = one.ask(engine, *(names or (*PARTS, "mrr")), **asked).table.dicts()
    return {name: value for name, value in row.items() if value}


STRIPE = world(
    """
    who text | started date | ended date | amount decimal | code text | plan text
    gone     | 2025-06-01   | 2026-01-15 | 60             | USD       | a
    less     | 2025-06-01   | 2026-01-20 | 140            | USD       | a
    less     | 2026-01-20   |            | 100            | USD       | a
    more     | 2025-06-01   |            | 300            | USD       | a
    more     | 2026-01-05   |            | 50             | USD       | a
    far      | 2025-06-01   |            | 500            | EUR       | a
    new      | 2026-01-07   |            | 100            | USD       | a
    """,
    "day date | base text | quote text | rate decimal\n2025-12-31 | EUR | USD | 1.00\n2026-01-31 | EUR | USD | 0.99",
    "currency: USD, convert: transaction",
)


def test_stripe_roll_forward_with_exchange_rates(engine: str) -> None:
    assert told(engine, STRIPE, range="2026-01") == {
        "opening": 1000,
        "new": 100,
        "expansion": 50,
        "contraction": 40,
        "churn": 60,
        "fx": -5,
        "mrr": 1045,
    }
    assert STRIPE.rows(engine, "opening", "fx", "mrr", by="code", range="2026-01") == [
        ("EUR", 500, -5, 495),
        ("USD", 500, 0, 550),
    ]
    # The page's growth of 45.
    assert STRIPE.value(engine, "net", range="2026-01") == 45


def test_what_moves_has_the_rate_of_its_day_and_what_there_is_that_of_its_own(engine: str) -> None:
    # New: 100 x 0.90. Closing: 550 + 600 x 0.80. Rates took 500 x 0.20 from what there was and 100 x 0.10 from the new.
    assert told(engine, WORLD, range="2026-01") == {
        "opening": 1000,
        "new": 90,
        "expansion": 50,
        "fx": -110,
        "mrr": 1030,
    }
    assert WORLD.rows(engine, "opening", "new", "expansion", "fx", "mrr", by="plan", range="2026-01") == [
        ("pro", 1000, 0, 0, -100, 900),
        ("team", 0, 90, 50, -10, 130),
    ]
    assert WORLD.rows(engine, "opening", "net", "fx", "mrr", "customers", grain="month") == [
        (day("2025-12"), 0, 1000, 0, 1000, 2),
        (day("2026-01"), 1000, 30, -110, 1030, 3),
        (day("2026-02"), 1030, 0, 0, 1030, 3),
    ]


@pytest.mark.parametrize(
    ("mode", "new", "fx", "closing"),
    [
        # At the end of January all that moved is worth 0.80: 80; rates took 100 from what there was.
        ("currency: EUR, convert: period_end", 80, -100, 1030),
        # (0.90 + 0.80) / 2 = 0.85.
        ("currency: EUR, convert: period_average", 85, -105, 1030),
        # At fixed rates there is nothing that rates could do.
        ("currency: EUR, convert: fixed, fixed_on: 2026-01-15", 90, 0, 1090),
    ],
)
def test_what_moves_may_have_the_rates_of_periods(engine: str, mode: str, new: int, fx: int, closing: int) -> None:
    one = world(mode=mode)
    [row] = one.rows(engine, "new", "fx", "mrr", range="2026-01")
    assert row == (new, fx, closing)


def test_no_rate_makes_anybody_come_or_go(engine: str) -> None:
    # 100 dollars until the 10th, then 90 euros: the same by that day's rate, and nobody left.
    one = world(
        """
        who text | started date | ended date | amount decimal | code text | plan text
        eve      | 2025-12-01   | 2026-01-10 | 100            | USD       | pro
        eve      | 2026-01-10   |            | 90             | EUR       | pro
        fay      | 2025-12-01   | 2025-12-20 | 10             | USD       | pro
        fay      | 2026-01-20   |            | 10             | EUR       | pro
        """
    )
    assert told(engine, one, range="2026-01") == {"opening": 100, "reactivation": 10, "fx": -10, "mrr": 100}
    assert told(engine, one, "customers", "lost", range="2026-01") == {"customers": 2}
    assert one.rows(engine, "opening", "transfer_in", "transfer_out", "fx", "mrr", by="code", range="2026-01") == [
        ("EUR", 0, 90, 0, 0, 100),
        ("USD", 100, 0, 90, -10, 0),
    ]


def test_who_came_and_went_between_two_rates_has_not_moved(engine: str) -> None:
    # 100 dollars for ten days, worth 100 euros at first and 90 at last: nothing before, nothing after, nothing moved.
    one = world(
        """
        who text | started date | ended date | amount decimal | code text | plan text
        gil      | 2026-01-05   | 2026-01-15 | 100            | USD       | pro
        hal      | 2025-12-01   |            | 1              | EUR       | pro
        """
    )
    assert told(engine, one, range="2026-01") == {"opening": 1, "mrr": 1}
    assert one.rows(engine, "new", "churn", "fx", "mrr", by="code", range="2026-01") == [
        ("EUR", 0, 0, 0, 1),
        ("USD", 0, 0, 0, 0),
    ]


def test_it_is_told_how_a_balance_was_converted(engine: str) -> None:
    said = 'Mrr: USD to EUR, what there is at the rate of its day, what moves at that of the day it moves in "quotes"'
    assert said in WORLD.ask(engine, *PARTS, "mrr", range="2026-01").notes


def test_rows_without_a_currency_are_set_aside_and_their_customers_are_not(engine: str) -> None:
    one = world(PERIODS.replace("| USD       | team", "|           | team"))
    answer = one.ask(engine, "mrr", "customers", range="2026-01")
    assert answer.table.rows == ((Decimal(950), 3),)
    assert "Mrr: 1 row has no currency and is set aside, worth nothing known in EUR" in answer.notes


def test_a_missing_rate_is_named(engine: str) -> None:
    late = QUOTES.replace("2025-12-01", "2025-12-02")
    with pytest.raises(QueryError) as raised:
        world(quotes=late).value(engine, "new", range="2025-12")
    assert raised.value.message == '"quotes" has no rate of USD to EUR for 2025-12-01, which "new" needs'
    # What there is at the end of the month has one.
    assert world(quotes=late).value(engine, "mrr", range="2025-12") == 1000


def test_rows_in_what_is_no_currency_are_set_aside(engine: str) -> None:
    one = world(PERIODS.replace("| USD       | team", "| dollar    | team"))
    answer = one.ask(engine, "mrr", "customers", range="2026-01")
    assert answer.table.rows == ((Decimal(950), 3),)
    assert (
        answer.table.rows
        == world(PERIODS.replace("| USD       | team", "|           | team"))
        .ask(engine, "mrr", "customers", range="2026-01")
        .table.rows
    )
    said = 'Mrr: 1 row is in "dollar", which is no currency, and is set aside, worth nothing known in EUR'
    assert said in answer.notes
    assert one.rows(engine, *PARTS, "mrr", range="2026-01")


def test_there_is_no_effect_of_rates_without_rates() -> None:
    with pytest.raises(DefinitionErrors) as raised:
        world(mode="currency: EUR").on("duckdb")
    assert {error.code for error in raised.value.errors} == {"E_KEY_CONFLICT"}


def test_both_roads_meet(engine: str) -> None:
    runner = WORLD.on(engine)
    names = ["mrr", "fx"] if engine == "clickhouse" else [*PARTS, "mrr", "net", "customers"]
    report = verify(runner.catalog, lambda query: runner.ask(query, NOW), NOW, names, 1)
    assert report.passed, str(report.smallest)


DAYS = st.integers(0, 60).map(lambda past: date(2025, 12, 1) + timedelta(days=past))
HISTORIES = st.lists(
    st.tuples(
        st.sampled_from("abc"),
        DAYS,
        st.one_of(st.none(), st.integers(0, 40)),
        st.integers(-3000, 9000).map(lambda cents: Decimal(cents) / 100),
        st.sampled_from(["EUR", "USD", "GBP"]),
        st.sampled_from(["one", "two"]),
    ).map(lambda row: (row[0], row[1], None if row[2] is None else row[1] + timedelta(days=row[2]), *row[3:])),
    min_size=1,
    max_size=12,
)
TYPES = {"who": "text", "started": "date", "ended": "date", "amount": "decimal", "code": "text", "plan": "text"}
MORE = QUOTES + "2025-12-01 | EUR | GBP | 0.87\n2026-01-05 | EUR | GBP | 0.83\n"


@settings(max_examples=20, deadline=None, derandomize=True, database=None)
@given(rows=HISTORIES, mode=st.sampled_from(["transaction", "period_end", "period_average"]))
def test_opening_and_movements_and_rates_make_closing(rows: list[tuple[Any, ...]], mode: str) -> None:
    comes_out("duckdb", rows, mode)


def test_it_comes_out_on_every_engine(engine: str) -> None:
    rows = [
        ("a", date(2025, 12, 3), None, Decimal("33.33"), "GBP", "one"),
        ("a", date(2025, 12, 20), date(2026, 1, 7), Decimal("-12.01"), "USD", "two"),
        ("b", date(2025, 12, 31), date(2026, 1, 31), Decimal("70.07"), "USD", "one"),
        ("b", date(2026, 1, 31), None, Decimal("70.07"), "GBP", "two"),
        ("c", date(2026, 1, 9), date(2026, 1, 9), Decimal("5.00"), "EUR", "one"),
    ]
    comes_out(engine, rows, "transaction")


def comes_out(engine: str, rows: list[tuple[Any, ...]], mode: str) -> None:
    """Every month closes, in total, by currency and by plan; currencies add up to the total."""
    one = world(Rows(TYPES, rows), MORE, f"currency: EUR, convert: {mode}")
    [whole] = one.rows(engine, "opening", "fx", "mrr", range="2026-01")
    parts: list[Any] = one.rows(engine, "opening", "fx", "mrr", by="code", range="2026-01")
    assert whole == tuple(sum(row[at] for row in parts) for at in (1, 2, 3))
    cuts: list[dict[str, Any]] = [{}, {"by": "code"}, {"by": "plan"}]
    for asked in cuts:
        before: dict[object, Any] = {}
        answer = one.ask(engine, *PARTS, "mrr", grain="month", range="2025-12..2026-02", **asked)
        for row in cast(list[dict[str, Any]], answer.table.dicts()):
            came = row["new"] + row["reactivation"] + row["expansion"] + row["transfer_in"]
            went = row["contraction"] + row["churn"] + row["transfer_out"]
            assert row["mrr"] == row["opening"] + came - went + row["fx"]
            group = tuple(row.get(name) for name in asked.values())
            assert row["opening"] == before.get(group, 0)
            before[group] = row["mrr"]
