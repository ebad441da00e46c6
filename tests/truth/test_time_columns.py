"""Several times in one answer, parts of dates, and the metrics' own time under its field's name: worked by hand."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from tests.truth.case import World, day

SHOP = World(
    """
datasets:
  - name: orders
    source: orders
    primary_key: [id]
    time: ordered_at
    fields: [{name: plan}, {name: ordered_at}, {name: paid_at}]
  - {name: visits, source: visits, time: day}
metrics:
  - {name: revenue, type: simple, dataset: orders, agg: sum, expr: amount}
  - {name: orders_placed, type: simple, dataset: orders, agg: count}
  - {name: visits_made, type: simple, dataset: visits, agg: sum, expr: visits}
  - {name: revenue_ytd, type: cumulative, input_metric: revenue, grain_to_date: year}
  - {name: last_2_days, type: cumulative, input_metric: revenue, window: 2 days}
  - name: revenue_before
    type: derived
    expr: before
    input_metrics: [{name: revenue, alias: before, offset_window: 1 month}]
""",
    now=datetime(2026, 6, 1),
    orders="""
        id integer | ordered_at timestamp | paid_at timestamp   | plan text | amount integer
        1          | 2026-01-30T09:00:00  | 2026-02-01T10:00:00 | pro       | 10
        2          | 2026-01-31T23:30:00  | 2026-02-01T23:30:00 | free      | 20
        3          | 2026-02-01T00:30:00  |                     | pro       | 30
        4          | 2026-02-28T12:00:00  | 2026-03-01T12:00:00 | pro       | 40
        5          |                      | 2026-03-01T12:00:00 | pro       | 50
    """,
    visits="day date | visits integer\n2026-01-31 | 7\n2026-02-02 | 9",
)
JAN26, FEB23 = date(2026, 1, 26), date(2026, 2, 23)


def test_a_week_is_cut_where_the_month_ends(engine: str) -> None:
    found = SHOP.rows(engine, "revenue", by=("metric_time__month", "metric_time__week"))
    assert found == [
        (day("2026-01"), JAN26, 30),
        (day("2026-02"), JAN26, 30),
        (day("2026-02"), FEB23, 40),
        (None, None, 50),
    ]


def test_two_facts_meet_on_two_times(engine: str) -> None:
    found = SHOP.rows(engine, "revenue", "visits_made", by=("metric_time__week", "metric_time__month"), range="2026")
    assert found == [
        (JAN26, day("2026-01"), 30, 7),
        (JAN26, day("2026-02"), 30, None),
        (date(2026, 2, 2), day("2026-02"), None, 9),
        (FEB23, day("2026-02"), 40, None),
    ]


def test_filled_times_are_the_ones_that_occur_together(engine: str) -> None:
    by = ("metric_time__month", "metric_time__week")
    found = SHOP.rows(engine, "revenue", by=by, range="2026-01-26..2026-02-08", fill=True)
    assert found == [(day("2026-01"), JAN26, 30), (day("2026-02"), JAN26, 30), (day("2026-02"), date(2026, 2, 2), None)]


def test_to_date_and_windows_know_what_lies_before_each_part_of_a_week(engine: str) -> None:
    by = ("metric_time__month", "metric_time__week")
    found = SHOP.rows(engine, "revenue_ytd", "last_2_days", by=by, range="2026-01-26..2026-02-08")
    assert found == [
        (day("2026-01"), JAN26, 30, 30),
        (day("2026-02"), JAN26, 60, 50),
        (day("2026-02"), date(2026, 2, 2), 60, None),
    ]


def test_parts_of_a_date_are_numbers_and_monday_is_1(engine: str) -> None:
    found = SHOP.rows(engine, "revenue", "orders_placed", by="metric_time__day_of_week")
    assert found == [(5, 10, 1), (6, 60, 2), (7, 30, 1), (None, 50, 1)]


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        ("hour_of_day", [(0, 30), (9, 10), (12, 40), (23, 20)]),
        ("day_of_month", [(1, 30), (28, 40), (30, 10), (31, 20)]),
        ("day_of_year", [(30, 10), (31, 20), (32, 30), (59, 40)]),
        ("week_of_year", [(5, 60), (9, 40)]),
        ("month_of_year", [(1, 30), (2, 70)]),
        ("quarter_of_year", [(1, 100)]),
        ("year_number", [(2026, 100)]),
    ],
)
def test_every_part(engine: str, part: str, expected: list[tuple[int, int]]) -> None:
    assert SHOP.rows(engine, "revenue", by=f"metric_time__{part}", range="2026") == expected


def test_parts_are_those_of_the_local_day(engine: str) -> None:
    found = SHOP.rows(engine, "revenue", by="metric_time__day_of_month", range="2026", timezone="America/New_York")
    assert found == [(28, 40), (30, 10), (31, 50)]


def test_an_earlier_time_by_parts_is_the_part_of_the_later_one(engine: str) -> None:
    assert SHOP.rows(engine, "revenue_before", by="metric_time__month_of_year", range="2026") == [(2, 30), (3, 70)]


def test_what_accumulates_stands_as_at_the_last_of_its_part(engine: str) -> None:
    found = SHOP.rows(engine, "revenue_ytd", by="metric_time__day_of_week", range="2026-01-30..2026-02-08")
    assert found == [(1, 60), (2, 60), (3, 60), (4, 60), (5, 60), (6, 60), (7, 60)]


def test_the_metrics_own_time_is_the_shared_time_under_its_own_name(engine: str) -> None:
    found = SHOP.ask(engine, "revenue_ytd", "revenue", by=("ordered_at__month", "plan"), range="2026")
    assert found.table.names == ("ordered_at__month", "plan", "revenue_ytd", "revenue")
    assert found.table.columns[0].role == "time"
    january, february = day("2026-01"), day("2026-02")
    assert [row for row in found.table.rows if row[0] in (january, february)] == [
        (january, "free", 20, 20),
        (january, "pro", 10, 10),
        (february, "free", 20, None),
        (february, "pro", 80, 70),
    ]
    assert SHOP.rows(engine, "revenue", by="orders.ordered_at__year", range="2026") == [(day("2026-01"), 100)]


def test_another_time_stays_a_dimension(engine: str) -> None:
    found = SHOP.rows(engine, "revenue", grain="month", by="paid_at__month", range="2026")
    assert found == [
        (day("2026-01"), day("2026-02"), 30),
        (day("2026-02"), day("2026-03"), 40),
        (day("2026-02"), None, 30),
    ]
