"""What was true then: rows meet the row that was valid at their own time, never two of them, whatever types the ends have."""

from __future__ import annotations

import pytest

from tests.truth.case import World
from truenorth.base.errors import DefinitionErrors, QueryError
from truenorth.query.sound import mistakes
from truenorth.query.verify import verify

ORDERS = """
    id integer | customer integer | at timestamp        | day date   | instant timestamptz       | amount integer
    1          | 1                | 2025-01-01T00:00:00 | 2025-01-01 | 2025-01-01T00:00:00+00:00 | 1
    2          | 1                | 2025-01-31T23:59:59 | 2025-01-31 | 2025-01-31T23:59:59+00:00 | 2
    3          | 1                | 2025-02-01T00:00:00 | 2025-02-01 | 2025-02-01T00:00:00+00:00 | 4
    4          | 1                | 2025-02-28T12:00:00 | 2025-02-28 | 2025-02-28T12:00:00+00:00 | 8
    5          | 1                | 2025-03-01T00:00:00 | 2025-03-01 | 2025-03-01T00:00:00+00:00 | 16
    6          | 1                | 2024-12-31T23:59:59 | 2024-12-31 | 2024-12-31T23:59:59+00:00 | 32
    7          | 1                |                     |            |                           | 64
    8          | 9                | 2025-02-01T00:00:00 | 2025-02-01 | 2025-02-01T00:00:00+00:00 | 128
    9          |                  | 2025-02-01T00:00:00 | 2025-02-01 | 2025-02-01T00:00:00+00:00 | 256
    10         | 2                | 2020-01-01T00:00:00 | 2020-01-01 | 2020-01-01T00:00:00+00:00 | 512
    11         | 2                | 2025-06-01T00:00:00 | 2025-06-01 | 2025-06-01T00:00:00+00:00 | 1024
"""
# Customer 1: free in January, nothing for two days, pro from 3 February to the end of February. Customer 2: open ends.
PLANS = """
    customer integer | plan text | since date | until date | since_at timestamp   | until_at timestamp  | owner text
    1                | free      | 2025-01-01 | 2025-02-01 | 2025-01-01T00:00:00  | 2025-02-01T00:00:00 | a
    1                | pro       | 2025-02-03 | 2025-03-01 | 2025-02-03T00:00:00  | 2025-03-01T00:00:00 | b
    2                | old       |            | 2024-01-01 |                      | 2024-01-01T00:00:00 | a
    2                | new       | 2024-01-01 |            | 2024-01-01T00:00:00  |                     |
    3                | void      | 2025-01-01 | 2025-01-01 | 2025-01-01T00:00:00  | 2025-01-01T00:00:00 | a
"""
OWNERS = """
    name text | team text
    a         | red
    b         | blue
"""


def world(time: str, ends: str, plans: str = PLANS, workspace: str = "", more: str = "") -> World:
    """Orders that count by one of their times, and plans valid between two of their fields."""
    return World(
        f"""
datasets:
  - {{name: orders, source: orders, primary_key: [id], time: {time}, fields: [{{name: amount}}]}}
  - {{name: plans, source: plans, fields: [{{name: plan}}]}}
  - {{name: owners, source: owners, primary_key: [name], fields: [{{name: team}}]}}
relationships:
  - {{name: order_plan, from: orders, to: plans, from_columns: [customer], to_columns: [customer], role: terms, {ends}}}
  - {{name: plan_owner, from: plans, to: owners, from_columns: [owner], to_columns: [name], role: owner}}
metrics:
  - {{name: revenue, type: simple, dataset: orders, agg: sum, expr: amount, dimensions: [terms.plan, terms.owner.team]}}
  - {{name: pro, type: simple, dataset: orders, agg: sum, expr: amount, filter: terms.plan = 'pro'}}
  - {{name: largest, type: simple, dataset: orders, agg: max, expr: amount}}
  - {{name: so_far, type: cumulative, input_metric: revenue}}
{more}""",
        orders=ORDERS,
        plans=plans,
        owners=OWNERS,
        workspace=workspace,
    )


DAYS, TIMES = "valid_from: since, valid_to: until", "valid_from: since_at, valid_to: until_at"
KINDS = [(time, ends) for time in ("at", "day", "instant") for ends in (DAYS, TIMES)]
WORLDS = {kind: world(*kind) for kind in KINDS}
# At valid_from: in. At valid_to: out. In the gap, before the first, without time, an orphan, no customer: none.
RIGHT = {"free": 3, "pro": 8, "old": 512, "new": 1024, None: 4 + 16 + 32 + 64 + 128 + 256}


@pytest.mark.parametrize("kind", KINDS)
def test_a_row_meets_what_was_valid_at_its_time(engine: str, kind: tuple[str, str]) -> None:
    case = WORLDS[kind]
    assert dict(case.rows(engine, "revenue", by="terms.plan")) == RIGHT
    assert case.value(engine, "revenue") == 2047
    assert case.value(engine, "pro") == 8
    assert case.value(engine, "revenue", where="terms.plan = 'free'") == 3
    assert dict(case.rows(engine, "largest", by="terms.plan")) == {
        "free": 2,
        "pro": 8,
        "old": 512,
        "new": 1024,
        None: 256,
    }


@pytest.mark.parametrize("kind", KINDS)
def test_through_several_steps(engine: str, kind: tuple[str, str]) -> None:
    rows = dict(WORLDS[kind].rows(engine, "revenue", by="terms.owner.team"))
    assert rows == {"red": 515, "blue": 8, None: 1024 + 500}


def test_windows_through_time_meet_each_rows_own_time(engine: str) -> None:
    """Up to the end of February: free stays free although the customer is pro by then."""
    rows = WORLDS["at", DAYS].rows(engine, "so_far", by="terms.plan", range="2025-02", grain="month")
    assert {row[1]: row[2] for row in rows} == {"free": 3, "pro": 8, "old": 512, None: 4 + 32 + 128 + 256}


@pytest.mark.parametrize("kind", KINDS)
def test_the_naive_builder_agrees(engine: str, kind: tuple[str, str]) -> None:
    runner = WORLDS[kind].on(engine)
    now = WORLDS[kind].now
    report = verify(runner.catalog, lambda query: runner.ask(query, now), now, (), 100)
    assert report.failures == ()
    assert report.counts["engine = naive"] > 20


def test_days_are_those_of_the_workspace_whatever_zone_is_asked_for(engine: str) -> None:
    """Midnight UTC is still the day before in New York: the order at the beginning of February is of January there."""
    new_york = world("at", DAYS, workspace="timezone: America/New_York")
    right = {"free": 2 + 4, "pro": 8 + 16, "old": 512, "new": 1024, None: 1 + 32 + 64 + 128 + 256}
    for zone in ("", "UTC", "Asia/Tokyo"):
        assert dict(new_york.rows(engine, "revenue", by="terms.plan", timezone=zone)) == right
    # A DATE begins at the midnight of the workspace's zone, five hours after that of UTC.
    by_day = world("day", TIMES, workspace="timezone: America/New_York")
    assert dict(by_day.rows(engine, "revenue", by="terms.plan")) == RIGHT
    runner = new_york.on(engine)
    report = verify(runner.catalog, lambda query: runner.ask(query, new_york.now), new_york.now, (), 100)
    assert report.failures == ()


def test_ends_written_in_a_zone(engine: str) -> None:
    """Since New Year in Tokyo, which is 15:00 UTC of the day before; "never" is written as the year 9999."""
    case = World(
        """
datasets:
  - {name: orders, source: orders, primary_key: [id], time: at, fields: [{name: amount}]}
  - {name: plans, source: plans, fields: [{name: plan}, {name: since, timezone: Asia/Tokyo}, {name: until, timezone: Asia/Tokyo}]}
relationships:
  - {name: terms, from: orders, to: plans, from_columns: [customer], to_columns: [customer], valid_from: since, valid_to: until}
metrics:
  - {name: revenue, type: simple, dataset: orders, agg: sum, expr: amount}
""",
        orders="""
    id integer | customer integer | at timestamp        | amount integer
    1          | 1                | 2024-12-31T14:59:59 | 1
    2          | 1                | 2024-12-31T15:00:00 | 2
    3          | 1                | 2025-01-01T00:00:00 | 4
""",
        plans="""
    customer integer | plan text | since timestamp      | until timestamp
    1                | old       | 2020-01-01T00:00:00  | 2025-01-01T00:00:00
    1                | new       | 2025-01-01T00:00:00  | 2200-12-31T00:00:00
""",
    )
    assert dict(case.rows(engine, "revenue", by="terms.plan")) == {"old": 1, "new": 6}


OVERLAPPING = """
    customer integer | plan text | since date | until date | owner text
    1                | free      | 2025-01-01 | 2025-02-15 | a
    1                | trial     | 2025-01-20 | 2025-01-20 | a
    1                | pro       | 2025-02-01 |            | b
    2                | old       |            |            | a
    2                | new       | 2024-01-01 |            | b
"""


def test_overlapping_validity_counts_nothing_twice_and_is_told(engine: str) -> None:
    """The later row counts from where it begins; what is valid at no moment ends nothing."""
    case = world("day", DAYS, OVERLAPPING)
    answer = case.ask(engine, "revenue", by="terms.plan", totals=True)
    assert dict(answer.table.rows) == {"free": 3, "pro": 28, "old": 512, "new": 1024, None: 480}
    assert answer.totals == {"revenue": 2047}
    said = '2 rows of "plans" are still valid when the next one of the same customer begins'
    assert f"{said}; each ends where the next one begins" in answer.notes
    runner = case.on(engine)
    [error] = mistakes(runner.catalog, case.now)
    assert (error.code, error.message) == ("E_OVERLAPPING_VALIDITY", said)
    report = verify(runner.catalog, lambda query: runner.ask(query, case.now), case.now, (), 100)
    assert [(one.check, one.one) for one in report.failures] == [("keys are unique", 2)]


def test_the_same_beginning_twice_counts_once(engine: str) -> None:
    case = world(
        "day",
        DAYS,
        """
    customer integer | plan text | since date | until date | owner text
    1                | free      | 2025-01-01 | 2025-02-01 | a
    1                | pro       | 2025-01-01 |            | b
    2                | old       |            | 2024-01-01 | a
    2                | new       |            | 2024-01-01 | b
""",
    )
    rows = dict(case.rows(engine, "revenue", by="terms.plan"))
    assert sum(int(str(value)) for value in rows.values()) == 2047
    assert rows["pro"] == 31 and "free" not in rows and rows["old"] == 512


def test_without_an_end_a_row_lasts_until_the_next(engine: str) -> None:
    """A price list: each row says since when. Nothing is wrong with it, so nothing is said."""
    case = world("at", "valid_from: since")
    answer = case.ask(engine, "revenue", by="terms.plan")
    assert dict(answer.table.rows) == {"free": 7, "pro": 24, "old": 512, "new": 1024, None: 480}
    assert answer.notes == ()
    assert mistakes(case.on(engine).catalog, case.now) == ()
    held = world("at", "valid_from: since", more="  - {name: held, type: simple, dataset: plans, agg: count}")
    keyed = held.definitions.replace("source: plans, ", "source: plans, primary_key: [customer, plan], ")
    with pytest.raises(QueryError) as raised:
        World(keyed, orders=ORDERS, plans=PLANS, owners=OWNERS).ask(engine, "held", by="order_plan.amount")
    assert (raised.value.code, "add valid_to" in raised.value.hint) == ("E_NO_PATH", True)


def test_a_row_without_a_time_to_go_by_is_refused(engine: str) -> None:
    definitions = world("at", DAYS).definitions.replace("time: at, ", "")
    lines = [line for line in definitions.splitlines() if "so_far" not in line and "name: pro" not in line]
    timeless = World("\n".join(lines), orders=ORDERS, plans=PLANS, owners=OWNERS)
    with pytest.raises(QueryError) as raised:
        timeless.ask(engine, "revenue", by="terms.plan")
    assert raised.value.code == "E_NO_TIME"
    assert raised.value.message == 'which row of "plans" was valid depends on a time, and "orders" has none'
    assert "state `time:` for orders" in raised.value.hint
    with pytest.raises(DefinitionErrors) as told:
        World(definitions, orders=ORDERS, plans=PLANS, owners=OWNERS).on(engine)
    assert '"pro" reads "terms.plan", and which row of "plans" that is depends on a time' in str(told.value)


def test_seen_from_the_other_side_each_row_meets_the_facts_of_its_time(engine: str) -> None:
    """Plans by whether an order fell into their time: the orders' own time decides there as well."""
    more = "  - {name: plans_held, type: simple, dataset: keyed, agg: count}"
    case = world("at", DAYS, more=more)
    definitions = case.definitions.replace(
        "relationships:",
        "  - {name: keyed, source: plans, primary_key: [customer, plan], fields: [{name: plan}]}\nrelationships:",
    ).replace(
        "metrics:",
        "  - {name: order_keyed, from: orders, to: keyed, from_columns: [customer], to_columns: [customer], valid_from: since, valid_to: until}\nmetrics:",
        1,
    )
    held = World(definitions, orders=ORDERS, plans=PLANS, owners=OWNERS)
    assert held.rows(engine, "plans_held", by="plan", where="order_keyed.amount > 1") == [
        ("free", 1),
        ("new", 1),
        ("old", 1),
        ("pro", 1),
    ]
    assert held.rows(engine, "plans_held", by="plan", where="order_keyed.amount > 4 and order_keyed.amount < 100") == [
        ("pro", 1)
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_values_without_a_metric_meet_at_the_time_of_the_rows_read(engine: str, kind: tuple[str, str]) -> None:
    """By the time of orders; a plan that was never valid for any of them stands beside NULL."""
    case = WORLDS[kind]
    assert case.rows(engine, by="terms.plan") == [("free",), ("new",), ("old",), ("pro",), ("void",)]
    met = {(1, "free"), (2, "free"), (8, "pro"), (512, "old"), (1024, "new"), (None, "void")}
    unmet = {(amount, None) for amount in (4, 16, 32, 64, 128, 256)}
    assert set(case.rows(engine, by=("orders.amount", "terms.plan"))) == met | unmet
