"""What holds of all credit: it makes the whole, order of rows does not matter, and one touch takes everything."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.truth.case import Rows, World, day
from tests.truth.credited import DEFINITIONS, MODELS
from truenorth.define.model import Metric
from truenorth.query.apportion import Earned, Touch, apportioned
from truenorth.query.verify import verify

EXAMPLES = settings(derandomize=True, deadline=None, max_examples=12, database=None)
START = datetime(2025, 1, 1)
HOURS = st.integers(0, 24 * 60).map(lambda hours: START + timedelta(hours=hours))
PEOPLE = st.sampled_from(["Ada", "Ben", "Cy", None])
CHANNELS = st.sampled_from(["ads", "mail", "direct", None])
AMOUNTS = st.one_of(
    st.integers(-10_000, 10_000_000).map(lambda cents: Decimal(cents) / 100),
    st.integers(0, 10**9).map(lambda parts: Decimal(parts) / 10**8),
    st.none(),
)
VISITS = st.lists(st.tuples(PEOPLE, HOURS, CHANNELS), max_size=14)
ORDERS = st.lists(st.tuples(PEOPLE, HOURS, AMOUNTS), min_size=1, max_size=8)
VISIT_TYPES = {"id": "integer", "person": "text", "at": "timestamp", "channel": "text", "campaign_id": "integer"}
ORDER_TYPES = {"id": "integer", "person": "text", "ordered_at": "timestamp", "kind": "text", "amount": "decimal"}
PERSON, CAMPAIGN = "name text | region text\nAda | North", "id integer | title text\n1 | One"


def world(visits: list[Any], orders: list[Any]) -> World:
    """The world of the worked examples with other visits and orders."""
    text = DEFINITIONS.replace(", {name: channel}]}\n  - {name: people", "]}\n  - {name: people")
    met = Rows(VISIT_TYPES, [(at, who, when, channel, None) for at, who, when, channel in visits])
    made = Rows(ORDER_TYPES, [(at, who, when, "new", amount) for at, who, when, amount in orders])
    return World(text, visits=met, orders=made, people=PERSON, campaigns=CAMPAIGN)


def numbered(rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Rows with a key."""
    return [(at, *row) for at, row in enumerate(rows)]


def by_channel(engine: str, asked: World, model: str) -> list[tuple[Any, ...]]:
    """What each channel gets."""
    return asked.rows(engine, f"revenue_{model}", f"orders_{model}", by="channel")


@EXAMPLES
@given(visits=VISITS, orders=ORDERS)
def test_the_parts_make_the_whole_under_every_model(engine: str, visits: list[Any], orders: list[Any]) -> None:
    asked = world(numbered(visits), numbered(orders))
    [whole] = asked.rows(engine, "revenue", "orders")
    for model in MODELS:
        rows = by_channel(engine, asked, model)
        known = [row[1] for row in rows if row[1] is not None]
        assert (sum(known) if known else None, sum(row[2] for row in rows)) == whole


@EXAMPLES
@given(visits=VISITS, orders=ORDERS, data=st.data())
def test_the_order_of_rows_does_not_matter(engine: str, visits: list[Any], orders: list[Any], data: Any) -> None:
    met, made = numbered(visits), numbered(orders)
    asked = world(met, made)
    other = world(data.draw(st.permutations(met)), data.draw(st.permutations(made)))
    for model in ("first", "last_non_direct", "position", "time_decay"):
        assert by_channel(engine, asked, model) == by_channel(engine, other, model)


@EXAMPLES
@given(orders=ORDERS, when=HOURS, channel=CHANNELS)
def test_one_touch_takes_all_under_every_model(engine: str, orders: list[Any], when: datetime, channel: str) -> None:
    asked = world([(1, "Ada", when, channel)], numbered(orders))
    first = by_channel(engine, asked, "first")
    assert [by_channel(engine, asked, model) for model in MODELS] == [first] * len(MODELS)


@given(
    amount=AMOUNTS.filter(bool),
    ats=st.lists(st.integers(0, 40), min_size=1, max_size=9, unique=True),
    model=st.sampled_from(["linear", "position", "time_decay"]),
)
@settings(derandomize=True, deadline=None, max_examples=200, database=None)
def test_no_share_is_off_by_a_whole_unit(amount: Decimal, ats: list[int], model: Any) -> None:
    metric = Metric("m", "attribution", model=model, unit="currency")
    touches = [Touch((at,), START + timedelta(days=at)) for at in ats]
    earned = Earned((1,), START + timedelta(days=40), ("Ada",), amount)
    found = apportioned(metric, [earned], {("Ada",): touches})
    assert sum(found.values()) == amount
    ordered = [found[(1,), (at,)] for at in sorted(ats)]
    if model == "linear":
        assert max(ordered) - min(ordered) <= Decimal("0.01")
    if model == "time_decay" and amount > 0:
        assert all(one <= other + Decimal("0.01") for one, other in pairwise(ordered))


def test_amounts_are_brought_to_one_currency_before_they_are_shared_out(engine: str) -> None:
    """110 dollars of 3 January are 100 euros at Friday's 1.10; 33 pounds at 1.21 euros are 39.93."""
    definitions = """
datasets:
  - {name: fx, source: fx, rates: {date: day, from: base, to: quote, rate: rate}}
  - {name: visits, source: visits, primary_key: [id], time: at, fields: [{name: person}, {name: channel}]}
  - name: orders
    source: orders
    primary_key: [id]
    time: at
    fields: [{name: person}, {name: code}, {name: amount, unit: currency, currency: code}]
metrics:
  - {name: touches, type: simple, dataset: visits, agg: count}
  - {name: plain, type: simple, dataset: orders, agg: sum, expr: amount}
  - {name: euros, type: simple, dataset: orders, agg: sum, expr: amount, unit: currency, currency: EUR, convert: transaction}
  - {name: credit, type: attribution, base_metric: touches, conversion_metric: euros, entity: person, model: linear}
  - {name: apart, type: attribution, base_metric: touches, conversion_metric: plain, entity: person, model: linear}
"""
    asked = World(
        definitions,
        fx="day date | base text | quote text | rate decimal\n2026-01-02 | EUR | USD | 1.10\n2026-01-02 | GBP | EUR | 1.21",
        visits="""
id integer | person text | at date    | channel text
1          | Ada         | 2026-01-01 | ads
2          | Ada         | 2026-01-02 | mail
3          | Ben         | 2026-01-03 | mail
""",
        orders="""
id integer | person text | at date    | code text | amount decimal
1          | Ada         | 2026-01-03 | USD       | 110
2          | Ben         | 2026-01-03 | GBP       | 33
""",
        now=datetime(2026, 1, 4),
    )
    assert asked.rows(engine, "credit", by="channel") == [("ads", Decimal(50)), ("mail", Decimal("89.93"))]
    assert asked.rows(engine, "apart", by=("touch.channel", "conversion.code")) == [
        ("ads", "USD", Decimal(55)),
        ("mail", "GBP", Decimal(33)),
        ("mail", "USD", Decimal(55)),
    ]
    assert asked.rows(engine, "credit", grain="day") == [(day("2026-01-03"), Decimal("139.93"))]
    report = verify(
        asked.on(engine).catalog, lambda query: asked.on(engine).ask(query, asked.now), asked.now, ("credit",), 2
    )
    assert report.passed, str(report.smallest)
