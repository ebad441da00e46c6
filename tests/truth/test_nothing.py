"""Nothing, in all its forms: zero denominators, no rows, no dates, NULL beside "(none)" beside an empty text."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.truth.case import World, day

DEFINITIONS = """
datasets:
  - {name: sales, source: sales, primary_key: [id], time: day, fields: [{name: shop}, {name: amount}, {name: person}]}
  - {name: shops, source: shops, primary_key: [name], fields: [{name: name}, {name: city}]}
  - {name: stocks, source: stocks, time: day, fields: [{name: shop}, {name: units}]}
  - {name: tills, source: tills, time: at}
relationships:
  - {name: sale_shop, from: sales, to: shops, from_columns: [shop], to_columns: [name]}
metrics:
  - {name: sales_at, type: simple, dataset: tills, agg: count}
  - {name: total, type: simple, dataset: sales, agg: sum, expr: amount}
  - {name: total_or_0, type: simple, dataset: sales, agg: sum, expr: amount, fill_nulls_with: 0}
  - {name: sales_made, type: simple, dataset: sales, agg: count}
  - {name: amounts_known, type: simple, dataset: sales, agg: count, expr: amount}
  - {name: people, type: simple, dataset: sales, agg: count_distinct, expr: person}
  - {name: people_if_any, type: simple, dataset: sales, agg: count_distinct, expr: person, fill_nulls_with: null}
  - {name: average, type: simple, dataset: sales, agg: avg, expr: amount}
  - {name: least, type: simple, dataset: sales, agg: min, expr: amount}
  - {name: most, type: simple, dataset: sales, agg: max, expr: amount}
  - {name: middle, type: simple, dataset: sales, agg: median, expr: amount}
  - {name: high, type: simple, dataset: sales, agg: percentile, percentile: 0.9, expr: amount}
  - {name: free, type: simple, dataset: sales, agg: count, filter: amount = 0}
  - {name: free_share, type: ratio, numerator: free, denominator: sales_made, unit: percent}
  - {name: per_total, type: ratio, numerator: sales_made, denominator: total}
  - {name: per_total_or_0, type: ratio, numerator: sales_made, denominator: total, fill_nulls_with: 0}
  - {name: inverse, type: derived, expr: 1 / total, input_metrics: [{name: total}]}
  - {name: to_date, type: cumulative, input_metric: total, grain_to_date: year}
  - {name: all_time, type: cumulative, input_metric: sales_made}
  - {name: people_7, type: cumulative, input_metric: people, window: 7 days}
  - {name: middle_7, type: cumulative, input_metric: middle, window: 7 days}
  - {name: average_7, type: cumulative, input_metric: average, window: 7 days}
  - {name: stock, type: snapshot, dataset: stocks, agg: sum, expr: units, non_additive_dimension: {name: day}}
  - name: growth
    type: derived
    expr: now / before - 1
    input_metrics: [{name: total, alias: now}, {name: total, alias: before, offset_window: 1 month}]
"""
SHOPS = """
    name text | city text
    a         | Rome
"""
EMPTY = World(
    DEFINITIONS,
    sales="id integer | shop text | amount decimal | person integer | day date",
    shops="name text | city text",
    stocks="day date | shop text | units integer",
    tills="at timestamp",
)
COUNTS = {"sales_made", "amounts_known", "people", "free", "people_7", "all_time"}
ZEROES = COUNTS | {"total_or_0", "per_total_or_0"}
EVERY = (
    *("total", "total_or_0", "sales_made", "amounts_known", "people", "average", "least", "most", "middle", "high"),
    *("free", "free_share", "per_total", "per_total_or_0", "inverse", "to_date", "all_time", "people_7", "middle_7"),
    *("average_7", "stock", "growth"),
)


@pytest.mark.parametrize("metric", EVERY)
def test_one_number_of_no_rows(engine: str, metric: str) -> None:
    """Counting nothing gives 0 and any other aggregate of nothing is unknown."""
    wanted = 0 if metric in ZEROES else None
    answer = EMPTY.ask(engine, metric, totals=True)
    assert answer.table.rows == ((wanted,),)
    assert answer.totals == {metric: wanted}
    assert EMPTY.rows(engine, metric, grain="month", fill=True) == []


WANTED = tuple(0 if metric in ZEROES else None for metric in EVERY)


class TestNoRowsAtAll:
    """Every kind of metric beside the others, in every shape of question."""

    def test_in_a_range(self, engine: str) -> None:
        answer = EMPTY.ask(engine, *EVERY, range="2025-01..2025-02", totals=True)
        assert answer.table.rows == (WANTED,)
        assert answer.totals == dict(zip(EVERY, WANTED, strict=True))

    def test_by_group(self, engine: str) -> None:
        asked = [name for name in EVERY if name != "stock"]
        for span in ("all", "2025"):
            assert EMPTY.rows(engine, *asked, by="city", range=span) == []
            assert EMPTY.rows(engine, *EVERY, by="shop", grain="month", range=span, fill=True) == []

    def test_by_month(self, engine: str) -> None:
        assert EMPTY.rows(engine, *EVERY, grain="month", fill=True) == []
        filled = EMPTY.rows(engine, *EVERY, grain="month", range="2025-01..2025-02", fill=True)
        assert filled == [(day("2025-01"), *WANTED), (day("2025-02"), *WANTED)]
        hours = EMPTY.rows(engine, "sales_at", grain="hour", range="2025-01-01", fill=True)
        assert [count for _, count in hours] == [0] * 24

    def test_compared(self, engine: str) -> None:
        for vs in ("prev", "year"):
            [row] = EMPTY.rows(engine, *EVERY, range="2025-01..2025-02", vs=vs)
            wanted = [(value, value, value, None) for value in WANTED]
            assert row == tuple(cell for cells in wanted for cell in cells)


SOME = World(
    DEFINITIONS,
    sales="""
        id integer | shop text | amount decimal | person integer | day date
        1          | a         | 10             | 1              | 2025-01-05
        2          | a         | -10            | 1              | 2025-01-06
        3          | b         | 0              |                | 2025-01-07
        4          | b         |                | 2              | 2025-03-01
        5          |           | 5              | 3              | 2025-03-02
        6          | (none)    | 7              | 3              | 2025-03-02
        7          | ""        | 9              | 3              | 2025-03-03
        8          | A         | 1              | 4              |
        9          | " a"      | 2              | 4              |
    """,
    shops=SHOPS,
    stocks="""
        day date   | shop text | units integer
        2025-01-31 | a         | 0
        2025-01-31 | b         |
    """,
    tills="at timestamp",
)


@pytest.mark.parametrize(
    ("metric", "shop", "wanted"),
    [
        ("per_total", "a", None),  # 2 / (10 - 10)
        ("per_total_or_0", "a", 0),
        ("inverse", "a", None),
        ("free_share", "a", 0.0),  # 0 / 2
        ("free_share", "b", 0.5),  # 1 of 2
        ("total", "b", 0),  # 0 + NULL
        ("sales_made", "b", 2),
        ("amounts_known", "b", 1),
        ("average", "b", 0.0),
        ("people", "b", 1),
        ("total", "nowhere", None),
        ("sales_made", "nowhere", 0),
        ("free_share", "nowhere", None),  # 0 / 0
        ("stock", "a", 0),
        ("stock", "b", None),
    ],
)
def test_a_value_of_one_shop(engine: str, metric: str, shop: str, wanted: Any) -> None:
    assert SOME.value(engine, metric, where=f"shop = '{shop}'") == wanted


def test_no_group_is_merged_with_another(engine: str) -> None:
    """NULL, "(none)", "", "A", "a" and " a" are six shops."""
    rows = dict(SOME.rows(engine, "sales_made", by="shop"))
    assert rows == {"a": 2, "b": 2, None: 1, "(none)": 1, "": 1, "A": 1, " a": 1}
    assert SOME.rows(engine, "sales_made", by="shop")[-1] == (None, 1)


def test_orphans_and_nulls_are_one_group_without_a_city(engine: str) -> None:
    assert SOME.rows(engine, "sales_made", by="city") == [("Rome", 2), (None, 7)]


def test_rows_without_a_date_are_a_group_and_are_said_to_be_outside_a_range(engine: str) -> None:
    rows = SOME.rows(engine, "sales_made", grain="month")
    assert rows == [(day("2025-01"), 3), (day("2025-03"), 4), (None, 2)]
    answer = SOME.ask(engine, "sales_made", range="2025")
    assert answer.table.rows == ((7,),)
    assert answer.notes == ("2 rows have no day in sales and lie outside every range",)
    assert SOME.ask(engine, "sales_made").notes == ()


def test_a_share_of_no_earlier_value_is_unknown(engine: str) -> None:
    """January sums to 0 and February to nothing: neither can be grown from."""
    rows = SOME.rows(engine, "growth", grain="month", range="2025-01..2025-03")
    assert all(value is None for _, value in rows)
    [january, march] = SOME.rows(engine, "total", grain="month", range="2025", vs="year")
    assert january == (day("2025-01"), 0, None, None, None)
    assert march == (day("2025-03"), 21, None, None, None)


def test_a_change_from_zero_has_a_size_but_no_share(engine: str) -> None:
    rows = SOME.rows(engine, "total_or_0", grain="month", range="2025-03..2025-04", vs="prev", fill=True)
    assert rows == [(day("2025-03"), 21, 0, 21, None), (day("2025-04"), 0, 0, 0, None)]


def test_dates_all_null(engine: str) -> None:
    world = World(
        DEFINITIONS,
        sales="""
            id integer | shop text | amount decimal | person integer | day date
            1          | a         | 10             | 1              |
        """,
        shops=SHOPS,
        stocks="day date | shop text | units integer",
    )
    assert world.value(engine, "total") == 10
    assert world.rows(engine, "total", grain="month") == [(None, 10)]
    assert world.rows(engine, "total", grain="month", fill=True) == [(None, 10)]
    assert world.rows(engine, "people_7", grain="day") == []
    assert world.value(engine, "people_7") == 0
    assert world.value(engine, "to_date") is None
    assert world.rows(engine, "total", by="shop", range="2025") == []


def test_nothing_is_asked_about_nothing(engine: str) -> None:
    """A condition that no row meets."""
    assert SOME.rows(engine, "total", "sales_made", "people", where="shop = 'x'") == [(None, 0, 0)]
    assert SOME.rows(engine, "total", by="shop", where="1 = 0") == []
    for first, last in ((date(2025, 3, 5), date(2025, 3, 4)),):
        where = (f"metric_time >= '{first}'", f"metric_time <= '{last}'")
        assert SOME.value(engine, "sales_made", where=where) == 0
        assert SOME.rows(engine, "sales_made", grain="day", where=where, fill=True) == []


def test_a_count_over_nothing_may_be_said_to_be_unknown(engine: str) -> None:
    world = World(
        DEFINITIONS,
        sales="id integer | shop text | amount decimal | person integer | day date\n1 | a | 5 | 7 | 2026-01-01",
        shops="name text | city text",
        stocks="day date | shop text | units integer\n2026-01-01 | b | 3",
        tills="at timestamp",
    )
    rows = world.rows(engine, "people", "people_if_any", "stock", by="shop")
    assert rows == [("a", 1, 1, None), ("b", 0, None, 3)]
