"""Row filters: what may not be seen leaves no trace, on any road to a number.

The shop has one order of another region, and it is the first, the last, the largest and the only one of its status.
Each answer under the filter has to be the answer of a shop that never had that order.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from tests.truth.case import World, day
from truenorth.base.errors import TrueNorthError
from truenorth.base.policy import Policy
from truenorth.query.request import Filter, MetricQuery
from truenorth.query.run import Runner
from truenorth.query.verify import verify

DEFINITIONS = """
datasets:
  - {name: customers, source: customers, primary_key: [id], fields: [{name: region}, {name: vip, expr: region = 'EMEA'}]}
  - {name: orders, source: orders, primary_key: [id], time: day, fields: [{name: status}, {name: amount}]}
  - {name: stocks, source: stocks, time: day, fields: [{name: shop}]}
relationships:
  - {name: order_customer, from: orders, to: customers, from_columns: [customer_id], to_columns: [id]}
metrics:
  - {name: revenue, type: simple, dataset: orders, agg: sum, expr: amount, unit: currency}
  - {name: placed, type: simple, dataset: orders, agg: count}
  - {name: largest, type: simple, dataset: orders, agg: max, expr: amount}
  - {name: buyers, type: simple, dataset: orders, agg: count_distinct, expr: customer_id}
  - {name: average, type: ratio, numerator: revenue, denominator: placed}
  - {name: revenue_ytd, type: cumulative, input_metric: revenue, grain_to_date: year}
  - {name: buyers_so_far, type: cumulative, input_metric: buyers}
  - {name: stock, type: snapshot, dataset: stocks, agg: sum, expr: units, non_additive_dimension: {name: day}}
  - name: growth
    type: derived
    expr: cur - prev
    input_metrics: [{name: revenue, alias: cur}, {name: revenue, alias: prev, offset_window: 1 month}]
"""
CUSTOMERS = """
    id integer | region text
    1          | EMEA
    2          | EMEA
    3          | APAC
"""
SEEN = """
    id integer | customer_id integer | day date   | amount decimal | status text
    2          | 1                   | 2025-02-03 | 10             | paid
    3          | 1                   | 2025-03-04 | 20             | paid
    4          | 2                   | 2025-03-05 | 40             | open
"""
HIDDEN = """
    1          | 3                   | 2025-01-02 | 999            | refunded
    5          | 3                   | 2025-06-30 | 999            | refunded
    6          | 3                   |            | 999            | refunded
    7          |                     | 2025-03-05 | 999            | refunded
"""
STOCKS_SEEN = """
    day date   | shop text | units integer
    2025-02-28 | north     | 5
    2025-03-30 | north     | 7
"""
STOCKS_HIDDEN = """
    2025-03-31 | south     | 100
"""
NOW = datetime(2025, 7, 1)
SHOP = World(DEFINITIONS, now=NOW, customers=CUSTOMERS, orders=SEEN + HIDDEN, stocks=STOCKS_SEEN + STOCKS_HIDDEN)
SMALL = World(DEFINITIONS, now=NOW, customers=CUSTOMERS, orders=SEEN, stocks=STOCKS_SEEN)
POLICY = Policy({"orders": "customers.region = 'EMEA'", "stocks": "shop = 'north'"})
ALL = ("revenue", "placed", "largest", "buyers", "average", "revenue_ytd", "buyers_so_far", "stock", "growth")
QUESTIONS: list[dict[str, Any]] = [
    {},
    {"grain": "month"},
    {"grain": "month", "fill": True, "totals": True},
    {"grain": "day", "range": "2025-03"},
    {"grain": "month", "range": "2025", "fill": True},
    {"grain": "month", "vs": "year"},
    {"range": "2025-03", "vs": "prev", "totals": True},
    {"limit": 1, "order": ("-revenue",), "grain": "month"},
]


def asked(runner: Runner, *metrics: str, **words: Any) -> tuple[object, ...]:
    answer = runner.ask(MetricQuery(metrics, **words), NOW)
    return answer.table.names, answer.table.rows, answer.totals, answer.notes, answer.span, answer.incomplete


@pytest.mark.parametrize("words", QUESTIONS)
def test_an_answer_is_that_of_a_shop_without_the_hidden_rows(engine: str, words: dict[str, Any]) -> None:
    assert asked(SHOP.under(engine, POLICY), *ALL, **words) == asked(SMALL.on(engine), *ALL, **words)


@pytest.mark.parametrize("metric", ALL[:-2])
def test_so_is_each_metric_alone_by_a_dimension(engine: str, metric: str) -> None:
    by = ("shop",) if metric == "stock" else ("status", "customers.region")
    seen, small = SHOP.under(engine, POLICY), SMALL.on(engine)
    assert asked(seen, metric, by=by, totals=True) == asked(small, metric, by=by, totals=True)


def test_by_hand(engine: str) -> None:
    runner = SHOP.under(engine, POLICY)
    rows = runner.ask(MetricQuery(("revenue", "placed", "largest", "buyers", "stock")), NOW).table.rows
    assert rows == ((70, 3, 40, 2, 7),)
    months = runner.ask(MetricQuery(("revenue_ytd",), grain="month"), NOW).table.rows
    assert months == ((day("2025-02"), 10), (day("2025-03"), 70))


def test_a_chosen_value_that_is_hidden_finds_nothing(engine: str) -> None:
    chosen = (Filter("status", ("refunded",)),)
    assert asked(SHOP.under(engine, POLICY), "placed", where=chosen)[1] == ((0,),)
    assert asked(SHOP.on(engine), "placed", where=chosen)[1] == ((4,),)


def test_a_filter_of_one_dataset_hides_its_fields_from_others_and_not_their_rows(engine: str) -> None:
    """The orders of a hidden customer are still orders; whose they are is not known."""
    runner = SHOP.under(engine, Policy({"customers": "region = 'EMEA'"}))
    assert asked(runner, "placed", by=("region",))[1] == (("EMEA", 3), (None, 4))
    assert asked(runner, "placed", by=("customers.vip",))[1] == ((True, 3), (None, 4))


def test_what_is_unknown_is_hidden(engine: str) -> None:
    runner = SHOP.under(engine, Policy({"orders": "customers.region <> 'EMEA'"}))
    assert asked(runner, "placed")[1] == ((3,),)


@pytest.mark.parametrize("by", [("status",), ("customers.region",), ("status", "metric_time__month"), ("shop",)])
def test_values_to_choose_from_are_those_of_rows_that_may_be_seen(engine: str, by: tuple[str, ...]) -> None:
    assert asked(SHOP.under(engine, POLICY), by=by) == asked(SMALL.on(engine), by=by)


def test_two_people_share_an_engine_and_no_answer(engine: str) -> None:
    open_, closed = SHOP.on(engine), SHOP.under(engine, POLICY)
    for _ in range(2):
        assert asked(open_, "placed")[1] == ((7,),)
        assert asked(closed, "placed")[1] == ((3,),)
    assert asked(SHOP.under(engine, Policy({"orders": "1 = 0"})), "placed")[1] == ((0,),)


def test_a_metric_looked_up_sees_the_same_rows(engine: str) -> None:
    where = ("METRIC(revenue BY customer_id) > 500 or METRIC(placed BY customer_id) = 2",)
    assert asked(SHOP.under(engine, POLICY), "placed", where=where)[1] == ((2,),)
    assert asked(SHOP.on(engine), "placed", where=where)[1] == ((5,),)


def test_verify_sees_the_same_rows_as_the_engine(engine: str) -> None:
    runner = SHOP.under(engine, POLICY)
    report = verify(runner.catalog, lambda query: runner.ask(query, NOW), NOW, ("revenue", "buyers", "stock"), 50)
    assert report.failures == ()
    assert report.compared > 30


def test_the_end_of_the_data_is_that_of_the_rows_that_may_be_seen(engine: str) -> None:
    assert SHOP.under(engine, POLICY).catalog.end_of_data("UTC") == datetime(2025, 3, 31)
    assert SHOP.on(engine).catalog.end_of_data("UTC") == datetime(2025, 7, 1)


def test_a_complaint_of_the_engine_shows_no_value_of_a_hidden_row() -> None:
    model = """
datasets:
  - {name: notes, source: notes, fields: [{name: size, expr: cast(word as integer)}]}
metrics:
  - {name: total, type: simple, dataset: notes, agg: sum, expr: size}
"""
    world = World(model, notes="word text | team text\nsecret-7 | b\n12 | a\n")
    runner = world.under("duckdb", Policy({"notes": "team = 'a' or size > 0"}))
    with pytest.raises(TrueNorthError) as caught:
        runner.ask(MetricQuery(("total",)), NOW)
    assert "secret" not in str(caught.value)
    assert "cannot be read" in caught.value.message


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ({"order": "status = 'paid'"}, 'a dataset "order" that is not there; did you mean "orders"?'),
        ({"orders": "customers.regoin = 'EMEA'"}, '"customers" has no field "regoin"; did you mean "region"?'),
        ({"orders": "statsu = 'paid'"}, '"orders" has no field "statsu"; did you mean "status"?'),
        ({"orders": ""}, "cannot be used"),
        ({"orders": "status = 'paid'; drop table orders"}, "cannot be used"),
        ({"orders": "count(*) > 1"}, "aggregates"),
        ({"orders": "metric_time > '2025-01-01'"}, "reads metric_time"),
        ({"customers": "orders.status = 'paid'"}, 'may have several "orders.status"'),
        ({"orders": "id in (select 1)"}, "cannot be used"),
        ({"orders": "day >= '30 days ago'"}, "depends on when a question is asked"),
        ({"orders": "METRIC(placed BY customer_id) > 1"}, "is for the conditions of metrics"),
    ],
)
def test_a_filter_that_cannot_be_used_closes_everything(engine: str, rows: dict[str, str], says: str) -> None:
    with pytest.raises(TrueNorthError) as caught:
        SHOP.under(engine, Policy(rows))
    assert caught.value.code == "E_BAD_POLICY"
    assert says in str(caught.value)


def test_a_column_that_only_the_engine_can_miss_closes_it_too(engine: str) -> None:
    with pytest.raises(TrueNorthError) as caught:
        asked(SHOP.under(engine, Policy({"orders": "tenant = 7"})), "placed")
    assert caught.value.code == "E_COLUMN_NOT_FOUND"
