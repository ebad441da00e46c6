"""Several features in one question, each answer beside numbers added up by hand."""

from __future__ import annotations

from datetime import datetime

import pytest

from tests.truth.case import World, day
from truenorth.base.errors import DefinitionError

SHOP = World(
    """
datasets:
  - {name: orders, source: orders, primary_key: [id], time: at, fields: [{name: amount}, {name: plan}]}
metrics:
  - {name: revenue, type: simple, dataset: orders, agg: sum, expr: amount}
  - {name: placed, type: simple, dataset: orders, agg: count}
  - {name: ever, type: cumulative, input_metric: placed}
""",
    orders="""
    id integer | at timestamp     | plan text | amount integer
    1          | 2024-12-31 22:10 | pro       | 1
    2          | 2025-01-01 00:20 | free      | 10
    3          | 2025-01-01 20:30 | pro       | 100
    4          |                  | pro       | 1000
    """,
)


def test_what_accumulates_since_ever_east_of_greenwich_within_days(engine: str) -> None:
    """In Kolkata (+5:30) the orders are placed on 1 January at 3:40 and 5:50, and on 2 January at 2:00."""
    found = SHOP.rows(
        engine, "ever", by="metric_time__hour", timezone="Asia/Kolkata", range="2025-01-01T05..2025-01-01T07", fill=True
    )
    assert [value for _, value in found] == [2, 2, 2]
    days = SHOP.rows(engine, "ever", grain="day", timezone="Asia/Kolkata", now=datetime(2025, 1, 3))
    assert days[:2] == [(day("2025-01-01"), 2), (day("2025-01-02"), 3)]


def test_a_range_that_begins_with_the_calendar_itself(engine: str) -> None:
    for zone in ("Asia/Kolkata", "America/New_York"):
        assert SHOP.value(engine, "revenue", range="0001-01-01..9999-12-30", timezone=zone) == 111
        assert SHOP.value(engine, "ever", range="0001-01-01..9999-12-30", timezone=zone) == 3


WORDS = World(
    """
datasets:
  - {name: orders, source: orders, time: day, fields: [{name: select}, {name: amount}, {name: large}]}
  - {name: people, source: people, primary_key: [id], fields: [{name: home}, {name: end}]}
relationships:
  - {name: first, from: orders, to: people, from_columns: [one], to_columns: [id], role: then}
  - {name: second, from: orders, to: people, from_columns: [two], to_columns: [id], role: select}
metrics:
  - {name: revenue, type: simple, dataset: orders, agg: sum, expr: amount}
  - {name: roman, type: simple, dataset: orders, agg: sum, expr: amount, filter: then.home = 'Rome'}
  - {name: usual, type: simple, dataset: orders, agg: avg, expr: large}
  - {name: usual_7, type: cumulative, input_metric: usual, window: 7 days}
""",
    orders="""
    day date   | one integer | two integer | select text | amount integer | large integer
    2025-01-01 | 1           | 2           | when.home   | 1              | 4611686018427387904
    2025-01-02 | 2           | 1           | b           | 10             | 4611686018427387904
    2025-01-03 | 1           |             |             | 100            | 4611686018427387904
    """,
    people="""
    id integer | home text | end text
    1          | Rome      | x
    2          | Oslo      | y
    """,
)


def test_roles_and_fields_that_are_words_of_sql(engine: str) -> None:
    assert WORDS.value(engine, "revenue", where="then.home = 'Rome'") == 101
    assert WORDS.value(engine, "revenue", where="select.home = 'Rome' and then.end = 'y'") == 10
    assert WORDS.value(engine, "revenue", where="orders.select = 'when.home' and then.home in ('Rome')") == 1
    assert WORDS.value(engine, "revenue", where="\"select\" = 'b'") == 10
    assert WORDS.value(engine, "roman") == 101
    assert WORDS.rows(engine, "revenue", by="select.end") == [("x", 10), ("y", 1), (None, 100)]


def test_a_word_of_sql_alone_is_told_how_to_be_written() -> None:
    with pytest.raises(DefinitionError) as caught:
        WORDS.ask("duckdb", "revenue", where="select = 'b'")
    assert caught.value.code == "E_BAD_EXPRESSION"
    assert caught.value.hint == 'write "select" in double quotes where it is a name'


def test_averages_of_integers_whose_sum_is_none(engine: str) -> None:
    """Three times 2 to the 62nd."""
    assert WORDS.value(engine, "usual") == 2**62
    assert WORDS.rows(engine, "usual_7", grain="day", range="2025-01-03") == [(day("2025-01-03"), 2**62)]


@pytest.mark.parametrize(
    "word", ["day", "size", "past", "bucket", "low", "high", "upto", "thing", "before", "nth", "first"]
)
def test_fields_and_metrics_named_as_the_planner_names_its_columns(engine: str, word: str) -> None:
    """The same numbers whatever a field or a metric is called, however the metric goes through time."""

    def world(field: str, metric: str) -> World:
        return World(
            f"""
datasets:
  - {{name: sales, source: sales, primary_key: [id], time: at, fields: [{{name: {field}, expr: part}}, {{name: amount}}]}}
metrics:
  - {{name: {metric}, type: simple, dataset: sales, agg: sum, expr: amount}}
  - {{name: mean, type: simple, dataset: sales, agg: avg, expr: amount}}
  - {{name: many, type: simple, dataset: sales, agg: count_distinct, expr: amount}}
  - {{name: near, type: simple, dataset: sales, agg: median, expr: amount, approximate: true}}
  - {{name: all_{metric}, type: cumulative, input_metric: {metric}}}
  - {{name: all_mean, type: cumulative, input_metric: mean}}
  - {{name: all_many, type: cumulative, input_metric: many}}
  - {{name: all_near, type: cumulative, input_metric: near}}
  - {{name: typical, type: cumulative, input_metric: many, period_agg: average}}
  - {{name: left, type: snapshot, dataset: sales, agg: sum, expr: amount, non_additive_dimension: {{name: at}}}}
  - name: usual
    type: snapshot
    dataset: sales
    agg: sum
    expr: amount
    non_additive_dimension: {{name: at, window_agg: avg}}
""",
            sales="""
    id integer | at date    | part integer | amount integer
    1          | 2025-01-01 | 1            | 5
    2          | 2025-01-01 | 2            | 7
    3          | 2025-01-03 | 2            | 7
    4          | 2025-02-01 | 1            | 900
    5          | 2025-02-03 |              | 20
    """,
        )

    plain, named = world("part", "total"), world(word, "total")
    rest = ("mean", "many", "near", "all_mean", "all_many", "all_near", "typical", "left", "usual")
    for metric in ("total", "all_total", *rest):
        for grain in ("", "month"):
            wanted = plain.rows(engine, metric, by="part", grain=grain)
            assert wanted
            assert named.rows(engine, metric, by=word, grain=grain) == wanted, metric
    called = world("part", word)
    for ours, theirs in ((word, "total"), (f"all_{word}", "all_total")):
        assert called.rows(engine, ours, by="part", grain="month") == plain.rows(
            engine, theirs, by="part", grain="month"
        )
    assert called.rows(engine, word, *rest, grain="month") == plain.rows(engine, "total", *rest, grain="month")
