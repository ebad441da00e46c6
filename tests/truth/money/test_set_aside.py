"""Rows that cannot count are set aside, each for one reason, and the answer says how many and what they are worth."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.truth.case import Rows, World
from tests.truth.test_properties import EXAMPLES
from truenorth.base.table import Value
from truenorth.query.aside import rows_aside
from truenorth.query.cell import Cell
from truenorth.query.gap import GapQuery, gap
from truenorth.query.oracle import Oracle
from truenorth.query.request import MetricQuery

NOW = datetime(2026, 7, 1)
HEAD = """
    id integer | customer text | starts date | ends date  | amount decimal | plan text
    1          | a             | 2026-01-01  |            | 100.00         | gold
    2          | b             | 2026-01-01  | 2026-03-01 | 30.00          | gold
"""
PLAIN = """
datasets:
  - name: contracts
    source: contracts
    primary_key: [id]
    time: starts
    fields: [{name: customer}, {name: plan}, {name: starts}, {name: ends}, {name: amount, unit: currency, currency: EUR}]
metrics:
  - {name: value, type: movement, dataset: contracts, expr: amount, entity: customer, end: ends}
  - {name: value_new, type: movement, balance: value, part: new}
  - {name: customers, type: movement, balance: value, measure: entities}
  - name: of_large
    type: movement
    balance: value
    filter: METRIC(value BY customer) > 40
"""


def plain(rows: str = "") -> World:
    return World(PLAIN, now=NOW, contracts=HEAD + rows)


def asked(world: World, engine: str, metric: str = "value", where: str = "") -> tuple[object, str]:
    """The number in January, and what is said of rows."""
    answer = world.ask(engine, metric, range="2026-01", where=(where,) if where else ())
    return answer.table.rows[0][-1], "; ".join(note for note in answer.notes if "netted" not in note)


def agree(world: World, engine: str, *names: str) -> None:
    """The naive builder says the same of each month."""
    one = world.on(engine)
    naive = Oracle(one.catalog, "UTC", date(2026, 7, 1))
    for row in world.rows(engine, *names, grain="month", range="2026-01..2026-03"):
        first = row[0]
        assert isinstance(first, date)
        cell = Cell(first, date(2026, first.month + 1, 1))
        assert row[1:] == tuple(naive.number(name, cell) for name in names)


def test_nothing_is_said_of_rows_that_all_count(engine: str) -> None:
    assert asked(plain(), engine) == (Decimal(130), "")


def test_a_row_that_stands_twice_counts_once(engine: str) -> None:
    world = plain("2 | b | 2026-01-01 | 2026-03-01 | 30.00 | gold\n" * 2)
    said = "2 rows of contracts are set aside: 2 repeat another word for word (60 EUR)"
    assert asked(world, engine) == (Decimal(130), said)
    assert asked(world, engine, where="plan = 'gold'") == (Decimal(130), said)
    agree(world, engine, "value", "customers")


def test_rows_of_one_id_that_differ_are_all_set_aside(engine: str) -> None:
    world = plain("2 | b | 2026-01-01 | 2026-03-01 | 35.00 | gold\n2 | b | 2026-01-01 | 2026-03-01 | 35.00 | gold")
    said = "1 repeats another word for word (35 EUR), 2 have the id of another (65 EUR)"
    assert asked(world, engine) == (Decimal(100), f"3 rows of contracts are set aside: {said}")
    assert asked(world, engine, "customers")[0] == 1
    agree(world, engine, "value", "value_new", "customers")


def test_rows_without_an_id_are_nobodys_doubles(engine: str) -> None:
    world = plain("| c | 2026-01-01 | | 1.00 | gold\n| c | 2026-01-01 | | 1.00 | gold\n" + HEAD.splitlines()[2])
    said = "1 row of contracts is set aside: 1 repeats another word for word (100 EUR)"
    assert asked(world, engine) == (Decimal(132), said)
    agree(world, engine, "value")


def test_rows_are_counted_where_other_metrics_tell_which_are_meant(engine: str) -> None:
    world = plain("3 | a | 2026-02-01 | 2026-01-31 | 7.00 | gold\n4 | b | 2026-02-01 | 2026-01-31 | 9.00 | gold")
    found = world.ask(engine, "of_large", range="2026-01")
    assert found.table.rows == ((Decimal(100),),)
    # Of the large customers, and of all whose balances tell who is large.
    assert found.notes == (
        "2 rows of contracts are set aside: 2 end before they begin (16 EUR)",
        "1 row of contracts is set aside: 1 ends before it begins (7 EUR)",
    )


SUBSCRIPTIONS = """
    id integer | customer_id text | subscription_id text | plan text | started_on date | ended_on date | amount decimal | interval text | interval_count integer | quantity integer | metered boolean
    1          | a                | s1                   | gold      | 2026-01-01      |               | 100.00         | month         | 1                      | 1                | false
    2          | b                | s2                   | gold      | 2026-01-01      | 2026-04-01    | 360.00         | year          | 1                      | 2                |
"""
SETTLED = """
datasets:
  - name: billed
    source: billed
    primary_key: [id]
    time: started_on
    fields: [{name: customer_id}, {name: subscription_id}, {name: plan}, {name: started_on}, {name: ended_on}, {name: amount, unit: currency, currency: EUR}, {name: interval}, {name: interval_count}, {name: quantity}, {name: metered}]
metrics:
  - {name: mrr, type: movement, dataset: billed}
  - {name: with_usage, type: movement, dataset: billed, policies: {metered: when_used}}
  - {name: new, type: movement, balance: mrr, part: new}
  - {name: churn, type: movement, balance: mrr, part: churn}
  - {name: customers, type: movement, balance: mrr, measure: entities}
  - {name: of_gold, type: movement, dataset: billed, filter: plan = 'gold'}
"""


def settled(rows: str = "") -> World:
    return World(SETTLED, now=NOW, billed=SUBSCRIPTIONS + rows)


REASONS = {
    "no start": ("3 | c | s3 | gold | | | 5.00 | month | 1 | 1 |", "1 has no start (5 EUR)"),
    "ends first": (
        "3 | c | s3 | gold | 2026-01-05 | 2026-01-04 | 5.00 | month | 1 | 1 |",
        "1 ends before it begins (5 EUR)",
    ),
    "quantity": ("3 | a | s1 | gold | 2026-01-05 | | 5.00 | month | 1 | -1 |", "1 has a quantity below zero"),
    "no interval": ("3 | a | s1 | gold | 2026-01-05 | | 5.00 | | 1 | 1 |", "1 has no known interval"),
    "unknown interval": ("3 | a | s1 | gold | 2026-01-05 | | 5.00 | moon | 1 | 1 |", "1 has no known interval"),
    "term": ("3 | a | s1 | gold | 2026-01-05 | | 5.00 | month | -2 | 1 |", "1 has a term without length"),
    "amount": ("3 | a | s1 | gold | 2026-01-05 | | | month | 1 | 1 |", "1 has no amount"),
    "copy": (SUBSCRIPTIONS.splitlines()[2], "1 repeats another word for word (100 EUR)"),
}


@pytest.mark.parametrize("name", REASONS)
def test_each_bad_row_is_set_aside_and_changes_nothing(engine: str, name: str) -> None:
    row, said = REASONS[name]
    world = settled(row)
    assert asked(world, engine, "mrr") == (Decimal(160), f"1 row of billed is set aside: {said}")
    assert asked(world, engine, "customers")[0] == 2
    agree(world, engine, "mrr", "new", "customers")


OVERLAPS = settled(
    """
    3 | a | s1 | silver | 2026-03-01 | 2026-05-01 | 40.00 | month | 1 | 1 |
    4 | c | s3 | gold   | 2026-02-01 |            | 7.00  | month | 1 | 1 |
    5 | c | s3 | gold   | 2026-02-01 | 2026-06-01 | 9.00  | month | 1 | 1 |
    6 | b | s2 | gold   | 2026-04-01 |            | 10.00 | month | 1 | 1 |
    7 | b | s2 | gold   | 2026-02-01 | 2026-02-01 | 99.00 | month | 1 | 1 |
    8 | b | s2 | gold   | 2026-02-01 |            | 50.00 | month | 1 | 1 | true
    """
)


def test_a_row_counts_until_the_next_of_its_subscription_begins(engine: str) -> None:
    # a: 100 until silver begins in March, 40 until May. b: 60, 10 from April; what begins and ends on one day counts on
    # none, and usage stands beside it. c: of two rows from one day the one that lasts longer, 7.
    rows = OVERLAPS.rows(engine, "mrr", "of_gold", grain="month", range="2026-01..2026-05")
    assert [row[1:] for row in rows] == [(160, 160), (167, 167), (107, 67), (57, 17), (17, 17)]
    assert asked(OVERLAPS, engine, "mrr")[1] == (
        "1 row of billed is set aside: 1 begins on the day of another of its subscription (9 EUR); "
        "1 row of billed overlaps the next of its subscription, and counts until that begins"
    )
    assert OVERLAPS.value(engine, "with_usage", range="2026-02") == 217
    agree(OVERLAPS, engine, "mrr", "new", "churn", "customers", "with_usage")
    agree(OVERLAPS, engine, "of_gold")


def test_it_is_by_plan_what_it_is_in_all(engine: str) -> None:
    rows = OVERLAPS.rows(engine, "mrr", by="plan", range="2026-03")
    assert rows == [("gold", 67), ("silver", 40)]


def test_a_gap_over_rows_that_are_set_aside_still_adds_up(engine: str) -> None:
    # The usage of 50 a month beside what b pays is theirs alone; 100 more nobody explains.
    asked = GapQuery("mrr", {date(2026, 2, 1): Decimal(317)}, policies={"metered": "when_used"})
    found = gap(OVERLAPS.on(engine).catalog, asked, NOW)
    [share] = found.shares
    assert [*found.ours.values(), share.total, *found.unexplained.values()] == [167, 50, 100]


def test_rows_set_aside_can_be_looked_at(engine: str) -> None:
    one = OVERLAPS.on(engine)
    made, _ = one.compile(MetricQuery(("mrr", "new")), NOW)
    line = "set aside of billed: id 5 begins on the day of another of its subscription"
    assert rows_aside(one.catalog, made) == (line,)
    made, _ = one.compile(MetricQuery(("with_usage",)), NOW)
    assert rows_aside(one.catalog, made) == (line,)


TYPES = {cell.strip().split()[0]: cell.strip().split()[1] for cell in SUBSCRIPTIONS.strip().splitlines()[0].split("|")}
DAYS = [date(2026, 1, 1), date(2026, 1, 20), date(2026, 2, 1), date(2026, 2, 2), date(2026, 3, 31)]
LINES = st.tuples(
    st.sampled_from([1, 2, 3, 4, None]),
    st.sampled_from(["a", "b"]),
    st.sampled_from(["s1", "s2", None]),
    st.just("gold"),
    st.one_of(st.sampled_from(DAYS), st.none()),
    st.one_of(st.sampled_from(DAYS), st.none()),
    st.one_of(st.sampled_from([Decimal(10), Decimal(12)]), st.none()),
    st.sampled_from(["month", "month", "Year", "moon", None]),
    st.sampled_from([1, 1, 2, 0, None]),
    st.sampled_from([1, 2, -1, None]),
    st.sampled_from([False, None, True]),
)
BOOKS = st.lists(LINES, min_size=1, max_size=7)
# A row of its own that can count, and the same made bad in each way that changes no other.
GOOD = ("gold", DAYS[0], None, Decimal(10), "month", 1, 1, False)
BAD = [
    ("gold", None, None, Decimal(10), "month", 1, 1, False),
    ("gold", DAYS[1], DAYS[0], Decimal(10), "month", 1, 1, False),
    ("gold", DAYS[1], None, None, "month", 1, 1, False),
    ("gold", DAYS[1], None, Decimal(10), None, 1, 1, False),
    ("gold", DAYS[1], None, Decimal(10), "month", 0, 1, False),
    ("gold", DAYS[1], None, Decimal(10), "month", 1, -1, False),
]


def of_lines(lines: list[tuple[Value, ...]]) -> World:
    return World(SETTLED, now=NOW, billed=Rows(TYPES, lines))


@settings(EXAMPLES, max_examples=10)
@given(BOOKS)
def test_rows_are_set_aside_alike_one_by_one(lines: list[tuple[Value, ...]]) -> None:
    world = of_lines(lines)
    agree(world, "duckdb", "mrr", "with_usage", "customers")


@settings(EXAMPLES, max_examples=10)
@given(st.lists(st.sampled_from([None, *range(len(BAD))]), min_size=1, max_size=8))
def test_every_row_is_counted_or_set_aside_and_bad_ones_change_nothing(kinds: list[int | None]) -> None:
    """A subscription of its own for each good row, and bad rows of the same ones."""
    good = [(at, f"c{at}", f"s{at}", *GOOD) for at, kind in enumerate(kinds) if kind is None]
    bad = [(100 + at, f"c{at % 3}", f"s{at % 3}", *BAD[kind]) for at, kind in enumerate(kinds) if kind is not None]
    answer = of_lines([*good, *bad]).ask("duckdb", "mrr", "customers", range="2026-02")
    assert answer.table.rows == ((10 * len(good), len(good)),)
    size = sum(int(note.split()[0]) for note in answer.notes if "set aside" in note)
    assert size == len(bad)
