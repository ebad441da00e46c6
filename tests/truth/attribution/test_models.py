"""Credit worked out by hand under every model: who gets it, when, and that it makes the whole to the cent.

The models are those that analytics tools publish under these names: all to the first touch, all to the last, to the
last that is not direct, the same to each, 40 % to both ends and 20 % between them (half to each of two), and a weight
that halves with every seven days before the last touch.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.truth.case import World, day
from tests.truth.credited import MODELS, WORLD
from truenorth.base.errors import QueryError
from truenorth.base.policy import Policy
from truenorth.query.request import MetricQuery


def money(**channels: str) -> list[tuple[str | None, Decimal]]:
    """The rows of an answer by channel; `none` is what no touch led to."""
    told = {name: Decimal(text) for name, text in channels.items()}
    rows: list[tuple[str | None, Decimal]] = [(name, value) for name, value in sorted(told.items()) if name != "none"]
    return [*rows, (None, told["none"])]


# Ada's 100.00 · Ben's 50.00 · 37.00 that no touch led to · Eve's 0.05 · Fay's 10.00.
BY_CHANNEL = {
    "first": money(ads="110.00", mail="0.05", direct="50.00", none="37.00"),
    "last": money(ads="10.05", direct="150.00", none="37.00"),
    "last_non_direct": money(ads="10.05", mail="100.00", direct="50.00", none="37.00"),
    # 33.33 + 33.33 + 33.34 · 25 + 25 · 0.02 + 0.03 · 4 x 2.50.
    "linear": money(ads="38.36", mail="35.85", direct="83.34", social="2.50", none="37.00"),
    # 40 + 20 + 40 · 25 + 25 · 0.02 + 0.03 · 4 + 1 + 1 + 4.
    "position": money(ads="48.03", mail="21.02", direct="90.00", social="1.00", none="37.00"),
    # Ada's weights 0.5, 0.743 and 1 of 2.243: 22.29 + 33.12 + 44.59; Ben's 0.906 and 1: 23.76 + 26.24, both direct;
    # Eve's 1 and 1; Fay's 0.743, 0.820, 0.906 and 1 of 3.469: 2.14 + 2.36 + 2.61 + 2.89.
    "time_decay": money(ads="27.35", mail="35.50", direct="94.59", social="2.61", none="37.00"),
}


@pytest.mark.parametrize("model", MODELS)
def test_credit_by_channel(engine: str, model: str) -> None:
    assert WORLD.rows(engine, f"revenue_{model}", by="channel") == BY_CHANNEL[model]


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("what", ["revenue", "orders"])
@pytest.mark.parametrize(
    "by", [(), ("channel",), ("campaigns.title",), ("kind",), ("region",), ("visits.channel", "kind")]
)
def test_credit_makes_the_total(engine: str, model: str, what: str, by: tuple[str, ...]) -> None:
    [(whole,)] = WORLD.rows(engine, what)
    rows = WORLD.rows(engine, f"{what}_{model}", by=by)
    assert sum(Decimal(str(row[-1])) for row in rows) == whole


def test_counted_conversions_are_shared_in_hundred_millionths(engine: str) -> None:
    third = Decimal("0.33333333")
    ada = WORLD.rows(engine, "orders_linear", by="channel", where="person = 'Ada'")
    assert ada == [("ads", third), ("direct", Decimal("0.33333334")), ("mail", third)]
    assert WORLD.rows(engine, "orders_first", by="channel", where="person = 'Ada'") == [("ads", 1)]


def test_credit_counts_in_the_period_of_the_conversion(engine: str) -> None:
    """Cy's order of February stays in February; all of January's credit is of January's orders."""
    rows = WORLD.rows(engine, "revenue_linear", grain="month")
    assert rows == [(day("2025-01"), Decimal("167.05")), (day("2025-02"), Decimal("30.00"))]
    assert rows == WORLD.rows(engine, "revenue", grain="month")


def test_a_range_cuts_conversions_and_not_their_touches(engine: str) -> None:
    """On 8 January Ada orders; her touches of 1 and 5 January still get their part."""
    rows = WORLD.rows(engine, "revenue_position", by="channel", range="2025-01-08..2025-01-08")
    assert rows == [("ads", Decimal(40)), ("direct", Decimal(40)), ("mail", Decimal(20))]


def test_conditions_on_the_touch_choose_among_the_credit(engine: str) -> None:
    assert WORLD.value(engine, "revenue_position", where="channel = 'mail'") == Decimal("21.02")
    assert WORLD.value(engine, "revenue_position", where="campaigns.title = 'Spring'") == Decimal("48.03")


def test_fields_of_the_conversion_split_too(engine: str) -> None:
    """Both sides have a channel: the bare name is the touch's, the conversion's is called by its dataset or role."""
    rows = [("shop", Decimal("37.00")), ("web", Decimal("160.05"))]
    assert WORLD.rows(engine, "revenue_linear", by="orders.channel") == rows
    assert WORLD.rows(engine, "revenue_linear", by="conversion.channel") == rows
    assert WORLD.rows(engine, "revenue_linear", by="touch.channel") == BY_CHANNEL["linear"]
    assert WORLD.rows(engine, "revenue_linear", by="kind") == [("guest", Decimal(7)), ("new", Decimal("190.05"))]


def test_who_it_was_is_told_by_the_conversion(engine: str) -> None:
    """Cy had no touch in time, and is of the South all the same."""
    rows: list[Any] = [("North", Decimal(150)), ("South", Decimal("40.05")), (None, Decimal(7))]
    assert WORLD.rows(engine, "revenue_first", by="region") == rows


def test_the_entity_itself_is_the_conversion_s(engine: str) -> None:
    rows: list[Any] = [("Ada", 100), ("Ben", 50), ("Cy", 30), ("Eve", Decimal("0.05")), ("Fay", 10), (None, 7)]
    assert WORLD.rows(engine, "revenue_first", by="person") == rows


def test_touches_that_may_not_be_seen_get_nothing(engine: str) -> None:
    """Who may see no ads and no shop sees the 160.05 of the web, and no credit for ads."""
    policy = Policy(rows={"visits": "channel <> 'ads'", "orders": "channel = 'web'"})
    answer = WORLD.under(engine, policy).ask(MetricQuery(("revenue_first",), by=("channel",)), WORLD.now)
    found = [("direct", Decimal(50)), ("mail", Decimal("110.05"))]
    assert list(answer.table.rows) == found


def test_a_row_has_one_place_for_its_credit(engine: str) -> None:
    """A person has many visits: credit cannot be split by those that did not lead to the order."""
    with pytest.raises(QueryError) as raised:
        WORLD.ask(engine, "revenue_first", by="people.visits.channel")
    assert raised.value.code == "E_FAN_OUT"


def test_a_window_of_hours_needs_times(engine: str) -> None:
    """Of two days nobody knows whether less than five hours lay between them."""
    definitions = """
datasets:
  - {name: visits, source: visits, primary_key: [id], time: at, fields: [{name: person}]}
metrics:
  - {name: touches, type: simple, dataset: visits, agg: count}
  - {name: fast, type: attribution, base_metric: touches, conversion_metric: touches, entity: person, window: 5 hours, model: last}
"""
    asked = World(definitions, visits="id integer | person text | at date\n1 | Ada | 2025-01-01")
    with pytest.raises(QueryError) as raised:
        asked.ask(engine, "fast")
    assert raised.value.code == "E_GRAIN_TOO_FINE"


def test_touches_and_conversions_may_be_rows_of_one_table(engine: str) -> None:
    """Clicks and buys lie in one table of events; the bare channel is the click's."""
    definitions = """
datasets:
  - {name: events, source: events, primary_key: [id], time: at, fields: [{name: person}, {name: kind}, {name: channel}]}
metrics:
  - {name: clicks, type: simple, dataset: events, agg: count, filter: kind = 'click'}
  - {name: buys, type: simple, dataset: events, agg: count, filter: kind = 'buy'}
  - {name: won, type: attribution, base_metric: clicks, conversion_metric: buys, entity: person, window: 7 days, model: last}
"""
    events = """
id integer | person text | at date    | kind text | channel text
1          | Ada         | 2025-01-01 | click     | ads
2          | Ada         | 2025-01-02 | click     | mail
3          | Ada         | 2025-01-02 | buy       | site
4          | Ben         | 2025-01-02 | buy       | site
"""
    asked = World(definitions, events=events)
    assert asked.rows(engine, "won", by="channel") == [("mail", 1), (None, 1)]
    assert asked.rows(engine, "won", by="conversion.channel") == [("site", 2)]


def test_credit_runs_through_time_like_any_metric(engine: str) -> None:
    rows = WORLD.rows(engine, "revenue_last", grain="month", by="channel", where="channel = 'direct'")
    assert rows == [(day("2025-01"), "direct", Decimal(150))]
