"""The traps in which tools lose or invent money: joins that multiply, rows without a partner, months without rows.

Tables and right answers: the trap probe of the reference on semantic layers, §5.1, worked out by hand there.
"""

from __future__ import annotations

from datetime import datetime

from pytest import approx

from tests.truth.case import World, day

SHOP = World(
    """
datasets:
  - {name: customers, source: customers, primary_key: [id], fields: [{name: region}]}
  - {name: orders, source: orders, primary_key: [id], time: day, fields: [{name: status}, {name: amount}]}
  - {name: items, source: items, primary_key: [id], fields: [{name: sku}, {name: qty}]}
  - {name: tickets, source: tickets, primary_key: [id]}
  - {name: mrr_days, source: mrr_days, time: day, fields: [{name: mrr}]}
relationships:
  - {name: order_customer, from: orders, to: customers, from_columns: [customer_id], to_columns: [id]}
  - {name: ticket_customer, from: tickets, to: customers, from_columns: [customer_id], to_columns: [id]}
  - {name: mrr_customer, from: mrr_days, to: customers, from_columns: [customer_id], to_columns: [id]}
  - {name: item_order, from: items, to: orders, from_columns: [order_id], to_columns: [id]}
metrics:
  - {name: revenue, type: simple, dataset: orders, agg: sum, expr: amount, unit: currency}
  - {name: revenue_or_0, type: simple, dataset: orders, agg: sum, expr: amount, unit: currency, fill_nulls_with: 0}
  - {name: refunds, type: simple, dataset: orders, agg: sum, expr: amount, filter: status = 'refunded', unit: currency}
  - {name: refund_rate, type: ratio, numerator: refunds, denominator: revenue, unit: percent}
  - {name: orders_placed, type: simple, dataset: orders, agg: count}
  - {name: tickets_opened, type: simple, dataset: tickets, agg: count}
  - {name: tickets_per_order, type: ratio, numerator: tickets_opened, denominator: orders_placed}
  - {name: units, type: simple, dataset: items, agg: sum, expr: qty}
  - {name: mrr, type: snapshot, dataset: mrr_days, agg: sum, expr: mrr, non_additive_dimension: {name: day}}
  - {name: revenue_ytd, type: cumulative, input_metric: revenue, grain_to_date: year}
  - name: growth
    type: derived
    expr: now - before
    input_metrics: [{name: revenue, alias: now}, {name: revenue, alias: before, offset_window: 1 month}]
""",
    now=datetime(2025, 5, 1),
    customers="""
        id integer | region text
        1          | US
        2          | US
        3          | DE
        4          | FR
    """,
    orders="""
        id integer | customer_id integer | day date   | amount decimal | status text
        1          | 1                   | 2025-01-05 | 100            | paid
        2          | 1                   | 2025-01-20 | 50             | refunded
        3          | 2                   | 2025-02-10 | 200            | paid
        4          | 3                   | 2025-04-01 | 300            | paid
        5          | 99                  | 2025-04-02 | 10             | paid
        6          |                     | 2025-04-03 | 5              | paid
        7          | 3                   |            | 7              | paid
    """,
    items="""
        id integer | order_id integer | sku text | qty integer
        1          | 1                | A        | 1
        2          | 1                | B        | 2
        3          | 1                | C        | 3
        4          | 3                | A        | 1
        5          | 4                | B        | 2
        6          | 4                | C        | 2
    """,
    tickets="""
        id integer | customer_id integer
        1          | 1
        2          | 1
        3          | 2
        4          | 4
        5          | 4
    """,
    mrr_days="""
        day date   | customer_id integer | mrr decimal
        2025-01-31 | 1                   | 10
        2025-01-31 | 2                   | 20
        2025-02-28 | 1                   | 10
        2025-02-28 | 3                   | 30
        2025-03-31 | 3                   | 30
    """,
)


def test_rows_without_a_partner_stay_in_the_total(engine: str) -> None:
    answer = SHOP.ask(engine, "revenue", by="region", totals=True)
    assert answer.table.rows == (("DE", 307), ("US", 350), (None, 15))
    assert answer.totals == {"revenue": 672}


def test_a_metric_is_the_same_alone_and_beside_another(engine: str) -> None:
    rows = SHOP.rows(engine, "revenue", "tickets_opened", by="region")
    assert rows == [("DE", 307, 0), ("FR", None, 2), ("US", 350, 3), (None, 15, 0)]


def test_two_facts_without_a_dimension_stand_side_by_side(engine: str) -> None:
    assert SHOP.rows(engine, "revenue", "tickets_opened") == [(672, 5)]


def test_a_row_counts_once_in_each_of_its_groups_and_rows_without_any_are_kept(engine: str) -> None:
    answer = SHOP.ask(engine, "revenue", by="sku", totals=True)
    assert answer.table.rows == (("A", 300), ("B", 400), ("C", 400), (None, 72))
    assert answer.totals == {"revenue": 672}
    assert "the parts overlap and do not add up to the total" in answer.notes[0]


def test_a_ratio_with_a_missing_numerator_is_zero_and_with_a_missing_denominator_unknown(engine: str) -> None:
    rows = SHOP.rows(engine, "tickets_per_order", by="region")
    assert rows == [("DE", 0.0), ("FR", None), ("US", 1.0), (None, 0.0)]


def test_filling_adds_march_and_loses_no_row_without_a_date(engine: str) -> None:
    answer = SHOP.ask(engine, "revenue_or_0", grain="month", fill=True, totals=True)
    months = [(day("2025-01"), 150), (day("2025-02"), 200), (day("2025-03"), 0), (day("2025-04"), 315), (None, 7)]
    assert list(answer.table.rows) == months
    assert answer.totals == {"revenue_or_0": 672}


def test_without_filling_march_is_absent_and_without_a_default_it_is_unknown(engine: str) -> None:
    asked = SHOP.rows(engine, "revenue", grain="month")
    assert asked == [(day("2025-01"), 150), (day("2025-02"), 200), (day("2025-04"), 315), (None, 7)]
    assert (day("2025-03"), None) in SHOP.rows(engine, "revenue", grain="month", fill=True)


def test_filling_covers_every_region_in_every_month(engine: str) -> None:
    rows = SHOP.rows(engine, "revenue_or_0", by="region", grain="month", fill=True)
    known = {
        (day("2025-01"), "US"): 150,
        (day("2025-02"), "US"): 200,
        (day("2025-04"), "DE"): 300,
        (day("2025-04"), None): 15,
    }
    months = [day(f"2025-0{month}") for month in (1, 2, 3, 4)]
    wanted = [(month, region, known.get((month, region), 0)) for month in months for region in ("DE", "US", None)]
    assert rows == [*wanted, (None, "DE", 7)]


def test_a_stock_is_its_last_day_and_never_a_sum_over_time(engine: str) -> None:
    answer = SHOP.ask(engine, "mrr", grain="month", totals=True)
    assert answer.table.rows == ((day("2025-01"), 30), (day("2025-02"), 40), (day("2025-03"), 30))
    assert answer.totals == {"mrr": 30}
    assert answer.additivity == {"mrr": "semi-additive"}


def test_a_stock_by_region_is_of_the_last_day_of_all_regions(engine: str) -> None:
    assert SHOP.rows(engine, "mrr", by="region") == [("DE", 30)]


def test_a_stock_and_a_flow_meet_by_region(engine: str) -> None:
    rows = SHOP.rows(engine, "revenue", "mrr", by="region")
    assert rows == [("DE", 307, 30), ("US", 350, None), (None, 15, None)]


def test_a_ratio_of_a_part_to_the_whole_is_a_ratio_of_sums(engine: str) -> None:
    rows = SHOP.rows(engine, "refund_rate", by="region")
    assert rows == [("DE", None), ("US", approx(50 / 350)), (None, None)]


def test_april_is_not_compared_with_february_when_march_is_empty(engine: str) -> None:
    rows = SHOP.rows(engine, "growth", grain="month")
    assert rows[1] == (day("2025-02"), 50)
    assert (day("2025-04"), None) in rows


def test_the_year_to_date_includes_the_month_without_rows(engine: str) -> None:
    rows = SHOP.rows(engine, "revenue_ytd", grain="month")
    months = [(day("2025-01"), 150), (day("2025-02"), 350), (day("2025-03"), 350), (day("2025-04"), 665)]
    assert rows == months


def test_a_shorter_question_does_not_shorten_the_year_to_date(engine: str) -> None:
    for asked in ({"where": "metric_time >= '2025-04-01'"}, {"range": "2025-04"}, {"range": "2025-04.."}):
        assert SHOP.rows(engine, "revenue_ytd", grain="month", **asked) == [(day("2025-04"), 665)]


def test_a_date_stays_on_its_day_in_every_zone(engine: str) -> None:
    for zone in ("America/New_York", "Pacific/Kiritimati", "Pacific/Pago_Pago"):
        rows = SHOP.rows(engine, "revenue", grain="month", timezone=zone)
        assert rows == [(day("2025-01"), 150), (day("2025-02"), 200), (day("2025-04"), 315), (None, 7)]


def test_a_question_by_region_alone_has_no_time_in_it(engine: str) -> None:
    rows = SHOP.rows(engine, "revenue", "tickets_opened", by="region")
    assert [region for region, *_ in rows] == ["DE", "FR", "US", None]


def test_items_reach_the_region_two_steps_away(engine: str) -> None:
    assert SHOP.rows(engine, "units", by="region") == [("DE", 4), ("US", 7)]


def test_a_condition_on_many_items_counts_an_order_once(engine: str) -> None:
    assert SHOP.value(engine, "revenue", where="sku in ('A', 'B')") == 600
    assert SHOP.value(engine, "revenue", where="qty >= 2") == 400
    assert SHOP.rows(engine, "revenue", by="region", where="sku = 'A'") == [("US", 300)]
