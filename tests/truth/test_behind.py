"""What lies behind a number is exactly what makes it: as many rows, the same things, amounts that add up to it.

Asked of every metric of worlds whose numbers are worked out by hand elsewhere, as a whole, by month and by a group; and
a few of the lists themselves.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from statistics import median

import pytest

from tests.truth import credited, test_aggregations, test_conversions, test_row_filters, test_through_time
from tests.truth.case import World
from tests.truth.journeys import test_funnels
from tests.truth.money import test_balances_verified, test_currency
from truenorth.base.errors import QueryError, TrueNorthError
from truenorth.base.policy import Policy
from truenorth.base.table import Value
from truenorth.query.behind import MOST_SHOWN, Behind, behind, word
from truenorth.query.request import MetricQuery
from truenorth.query.run import Runner

NEAR = Decimal("1e-6")
JOURNEYS = World(
    """
datasets:
  - {name: events, source: events, time: at, fields: [{name: person}, {name: event}, {name: country}, {name: amount}]}
metrics:
  - name: weekly_return
    type: retention
    dataset: events
    entity: person
    period: week
    start: "event = 'sign_up'"
    returns: "event = 'order'"
    value: amount
  - {name: signed_up, type: retention, of: weekly_return, part: cohort}
  - {name: returned, type: retention, of: weekly_return, part: retained, after: 1}
  - {name: ordered, type: retention, of: weekly_return, part: value, after: 1}
  - {name: too_young, type: retention, of: weekly_return, part: incomplete, after: 1}
  - {name: active, type: lifecycle, dataset: events, entity: person}
  - {name: fresh, type: lifecycle, of: active, part: new}
  - {name: dormant, type: lifecycle, of: active, part: dormant}
  - {name: habit, type: stickiness, dataset: events, entity: person}
  - {name: twice, type: stickiness, of: habit, part: days, at_least: 2}
  - {name: silent, type: churn, rule: inactivity, idle: 10 days, dataset: events, entity: person}
  - {name: visits, type: sessions, dataset: events, entity: person}
  - {name: visitors, type: sessions, of: visits, part: people}
  - {name: visit_length, type: sessions, of: visits, part: median_duration}
""",
    now=datetime(2025, 3, 20),
    events="""
        person text | at timestamp        | event text | country text | amount decimal
        ada         | 2025-02-24T10:00:00 | sign_up    | DE           |
        ada         | 2025-03-04T10:00:00 | order      | DE           | 10.50
        ada         | 2025-03-05T10:10:00 | order      | FR           | 4.25
        ben         | 2025-02-25T10:00:00 | sign_up    | FR           |
        ben         | 2025-02-25T10:20:00 | order      | FR           | 7
        cy          | 2025-03-03T09:00:00 | sign_up    |              |
        cy          | 2025-03-12T09:00:00 | order      |              | 1
        cy          | 2025-03-12T12:00:00 | view       |              |
        dot         | 2025-03-17T09:00:00 | sign_up    | DE           |
                    | 2025-03-17T09:00:00 | sign_up    | DE           |
    """,
)
FOLLOWED = ("funnel", "retention", "lifecycle", "stickiness", "churn", "sessions", "paths")
WORLDS: dict[str, tuple[World, str]] = {
    "aggregations": (test_aggregations.WEATHER, "city"),
    "conversions": (test_conversions.EVENTS, "channel"),
    "row filters": (test_row_filters.SHOP, ""),
    "through time": (test_through_time.VISITS, ""),
    "stock": (test_through_time.STOCK, ""),
    "credit": (credited.WORLD, "channel"),
    "balances": (test_balances_verified.WORLD, "plan"),
    "currencies": (test_currency.WORLD, ""),
    "funnels": (test_funnels.AGAIN, "plan"),
    "journeys": (JOURNEYS, "country"),
}


def numbers(runner: Runner, world: World, name: str, by: str) -> Iterator[tuple[MetricQuery, tuple[str, ...]]]:
    """Questions about a metric, each with the rows of its answer; what cannot be asked that way is left out."""
    for asked in ({}, {"grain": "month", "by": (by,)} if by else {"grain": "month"}):
        query = MetricQuery((name,), **asked)
        try:
            answer = runner.ask(query, world.now)
        except TrueNorthError:
            continue
        rows = answer.table.rows
        for row in rows[len(rows) // 2 :][:1] if asked else ((),):
            yield query, tuple(word(value) for value in row[:-1])


def check(found: Behind, number: Value, metric_type: str, agg: str) -> None:
    """A number beside what lies behind it."""
    worth = [row[-1] for row in found.answer.table.rows]
    assert len(found.answer.table) == min(found.size, MOST_SHOWN)
    if "days" in found.how or (metric_type in FOLLOWED and found.how not in ("counted", "added up")):
        return
    if agg == "count_distinct" or (metric_type in FOLLOWED and found.how == "counted"):
        assert found.size == (number or 0)
        assert metric_type == "sessions" or len({row[0] for row in found.answer.table.rows}) == found.size
    elif agg == "count" and metric_type != "movement":
        assert found.size == (number or 0) and found.total in (None, found.size)
    elif agg == "sum" or metric_type == "movement" or found.how == "added up":
        assert abs(Decimal(str(found.total or 0)) - Decimal(str(number or 0))) <= NEAR
    elif agg in ("min", "max"):
        assert (max if agg == "max" else min)((one for one in worth if one is not None), default=None) == number
    elif agg == "avg":
        mean = sum(Decimal(str(float(str(one)) if not isinstance(one, bool) else int(one))) for one in worth)
        assert (mean / len(worth) if worth else None) == pytest.approx(
            number if number is None else Decimal(str(number))
        )
    elif agg == "median" and worth:
        assert float(str(number)) in (
            pytest.approx(median(float(str(one)) for one in worth)),
            *map(float, map(str, worth)),
        )
    elif agg in ("first", "last"):
        assert number in worth or (number is None and not worth)


@pytest.mark.parametrize("which", WORLDS)
def test_what_lies_behind_is_exactly_what_makes_the_number(engine: str, which: str) -> None:
    world, by = WORLDS[which]
    runner, seen = world.on(engine), 0
    for name in runner.catalog.model.metrics:
        for query, at in numbers(runner, world, name, by):
            whole = behind(runner, query, world.now, at)
            for part in whole.parts:
                one = behind(runner, query, world.now, at, part.name)
                check(one, part.value, part.metric.type, part.metric.agg)
            seen += 1
    assert seen > 10


SHOP = test_row_filters.SHOP
NOW = test_row_filters.NOW


def test_rows_are_listed_with_what_each_counts_for(engine: str) -> None:
    found = behind(SHOP.on(engine), MetricQuery(("revenue",), grain="month"), NOW, ("2025-03",))
    assert (found.number, found.size, found.how) == (Decimal("1059.00"), 3, "added up")
    assert found.answer.table.names == ("time", "id", "status", "amount", "counts")
    assert [row[1] for row in found.answer.table.rows] == [3, 4, 7]
    assert found.place == (("Month", "2025-03-01"),)


def test_only_rows_that_may_be_seen_are_listed(engine: str) -> None:
    # Order 7 is nobody's, whose region is unknown: it is hidden, as is what belongs to APAC.
    policy = Policy({"orders": "customers.region = 'EMEA'"})
    query = MetricQuery(("placed",), range="2025-03")
    seen = behind(SHOP.under(engine, policy), query, NOW)
    assert (seen.number, seen.size, [row[1] for row in seen.answer.table.rows]) == (2, 2, [3, 4])


def test_things_counted_once_are_listed_once(engine: str) -> None:
    found = behind(SHOP.on(engine), MetricQuery(("buyers",)), NOW)
    assert found.entities and found.number == found.size == 3
    assert [row[:2] for row in found.answer.table.rows] == [(1, 2), (2, 1), (3, 3)]


def test_a_computed_number_lists_its_parts_first(engine: str) -> None:
    runner, query = SHOP.on(engine), MetricQuery(("growth",), grain="month")
    found = behind(runner, query, NOW, ("2025-03-01",))
    assert not found.part and not found.answer.table.rows
    assert [one.value for one in found.parts] == [Decimal("1059.00"), Decimal("10.00")]
    assert found.parts[1].title == "Revenue, 2025-02-01 to 2025-02-28"
    before = behind(runner, query, NOW, ("2025-03-01",), found.parts[1].name)
    assert [row[1] for row in before.answer.table.rows] == [2]


def test_only_the_first_rows_are_shown_and_all_are_counted(engine: str) -> None:
    found = behind(SHOP.on(engine), MetricQuery(("placed",)), NOW, most=2)
    assert (found.number, found.size, len(found.answer.table)) == (7, 7, 2)
    assert "these are the first 2 of 7" in found.answer.notes


def test_the_rest_of_the_groups_has_its_own_rows(engine: str) -> None:
    query = MetricQuery(("placed",), by=("status",), limit=1, other=True)
    answer = SHOP.on(engine).ask(query, NOW)
    for row in answer.table.rows:
        at = tuple(word(value) for value in row[:-1])
        assert behind(SHOP.on(engine), query, NOW, at).size == row[-1]


def test_values_of_a_row_are_never_read_as_sql(engine: str) -> None:
    query = MetricQuery(("placed",), by=("status",))
    with pytest.raises(QueryError) as raised:
        behind(SHOP.on(engine), query, NOW, ("paid' or 1=1 --",))
    assert raised.value.code == "E_NO_SUCH_ROW"
    with pytest.raises(QueryError) as raised:
        behind(SHOP.on(engine), MetricQuery(("average",)), NOW, (), "revenu")
    assert raised.value.code == "E_NO_SUCH_PART" and "revenue" in str(raised.value.hint)
    with pytest.raises(QueryError) as raised:
        behind(SHOP.on(engine), MetricQuery(("placed", "revenue")), NOW)
    assert raised.value.code == "E_ONE_METRIC"


def test_a_journey_lists_whom_it_counts(engine: str) -> None:
    runner = JOURNEYS.on(engine)
    found = behind(runner, MetricQuery(("returned",), grain="week"), JOURNEYS.now, ("2025-02-24",))
    assert (found.number, found.entities, [row[0] for row in found.answer.table.rows]) == (1, True, ["ada"])
    worth = behind(runner, MetricQuery(("ordered",)), JOURNEYS.now)
    assert (worth.number, worth.total, worth.how) == (Decimal("15.75"), Decimal("15.75"), "added up")
    share = behind(runner, MetricQuery(("weekly_return",), by=("country",)), JOURNEYS.now, ("FR",))
    assert [one.value for one in share.parts] == [0, 1]
