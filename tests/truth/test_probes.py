"""The trap probes: small questions on which semantic layers lose or invent money, with the answers worked out by hand.

Source of the tables, the probes and what other tools answer: "Semantic / metrics layers", §5.1, run there with
sidemantic 0.13, boring-semantic-layer 0.3.18 and MetricFlow 0.213. Each test says which of them went wrong.
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
  - {name: orders_refunded, type: simple, dataset: orders, agg: count, filter: status = 'refunded'}
  - {name: orders_refund_rate, type: ratio, numerator: orders_refunded, denominator: orders_placed, unit: percent}
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


def test_probe_revenue_by_region(engine: str) -> None:
    """sidemantic loses the 15 of orders without a known customer, and its total says 657."""
    answer = SHOP.ask(engine, "revenue", by="region", totals=True)
    assert answer.table.rows == (("DE", 307), ("US", 350), (None, 15))
    assert answer.totals == {"revenue": 672}


def test_probe_revenue_and_tickets_by_region(engine: str) -> None:
    """BSL drops the 15; MetricFlow shows NULL tickets where there are 0."""
    rows = SHOP.rows(engine, "revenue", "tickets_opened", by="region")
    assert rows == [("DE", 307, 0), ("FR", None, 2), ("US", 350, 3), (None, 15, 0)]


def test_probe_revenue_and_tickets_without_dimensions(engine: str) -> None:
    """BSL says 657."""
    assert SHOP.rows(engine, "revenue", "tickets_opened") == [(672, 5)]


def test_probe_revenue_by_item_sku(engine: str) -> None:
    """sidemantic drops the 72 of orders without items; MetricFlow refuses."""
    answer = SHOP.ask(engine, "revenue", by="sku", totals=True)
    assert answer.table.rows == (("A", 300), ("B", 400), ("C", 400), (None, 72))
    assert answer.totals == {"revenue": 672}
    assert "the parts overlap and do not add up to the total" in answer.notes[0]


def test_probe_tickets_per_order_by_region(engine: str) -> None:
    """MetricFlow loses the 0 of DE."""
    rows = SHOP.rows(engine, "tickets_per_order", by="region")
    assert rows == [("DE", 0.0), ("FR", None), ("US", 1.0), (None, 0.0)]


def test_probe_revenue_by_month_filled(engine: str) -> None:
    """MetricFlow's filling loses the row without a date: 665."""
    answer = SHOP.ask(engine, "revenue_or_0", grain="month", fill=True, totals=True)
    months = [(day("2025-01"), 150), (day("2025-02"), 200), (day("2025-03"), 0), (day("2025-04"), 315), (None, 7)]
    assert list(answer.table.rows) == months
    assert answer.totals == {"revenue_or_0": 672}


def test_probe_revenue_by_month(engine: str) -> None:
    asked = SHOP.rows(engine, "revenue", grain="month")
    assert asked == [(day("2025-01"), 150), (day("2025-02"), 200), (day("2025-04"), 315), (None, 7)]
    assert (day("2025-03"), None) in SHOP.rows(engine, "revenue", grain="month", fill=True)


def test_probe_revenue_filled_by_month_and_region(engine: str) -> None:
    """MetricFlow adds one row for March, of no region."""
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


def test_probe_mrr_by_month(engine: str) -> None:
    answer = SHOP.ask(engine, "mrr", grain="month", totals=True)
    assert answer.table.rows == ((day("2025-01"), 30), (day("2025-02"), 40), (day("2025-03"), 30))
    assert answer.totals == {"mrr": 30}
    assert answer.additivity == {"mrr": "semi-additive"}


def test_probe_mrr_by_region(engine: str) -> None:
    """sidemantic takes each region's own last day: 40."""
    assert SHOP.rows(engine, "mrr", by="region") == [("DE", 30)]


def test_probe_revenue_and_mrr_by_region(engine: str) -> None:
    """sidemantic refuses."""
    rows = SHOP.rows(engine, "revenue", "mrr", by="region")
    assert rows == [("DE", 307, 30), ("US", 350, None), (None, 15, None)]


def test_probe_refund_rate_by_region(engine: str) -> None:
    rows = SHOP.rows(engine, "refund_rate", by="region")
    assert rows == [("DE", None), ("US", approx(50 / 350)), (None, None)]


def test_probe_refund_rate_above_a_third_by_region(engine: str) -> None:
    """MetricFlow refuses at that grain. One of the three orders of the US was refunded; none elsewhere."""
    rows = SHOP.rows(engine, "orders_refund_rate", by="region", having=("orders_refund_rate > 0.3",))
    assert rows == [("US", approx(1 / 3))]


def test_probe_month_over_month_difference_after_an_empty_month(engine: str) -> None:
    rows = SHOP.rows(engine, "growth", grain="month")
    assert rows[1] == (day("2025-02"), 50)
    assert (day("2025-04"), None) in rows


def test_probe_year_to_date_by_month(engine: str) -> None:
    """MetricFlow shows the value at the first of each month: 100, 150, 350, 650."""
    rows = SHOP.rows(engine, "revenue_ytd", grain="month")
    months = [(day("2025-01"), 150), (day("2025-02"), 350), (day("2025-03"), 350), (day("2025-04"), 665)]
    assert rows == months


def test_probe_year_to_date_asked_from_april(engine: str) -> None:
    """sidemantic forgets what came before: 315."""
    for asked in ({"where": "metric_time >= '2025-04-01'"}, {"range": "2025-04"}, {"range": "2025-04.."}):
        assert SHOP.rows(engine, "revenue_ytd", grain="month", **asked) == [(day("2025-04"), 665)]


def test_probe_a_date_column_by_month_in_new_york(engine: str) -> None:
    """sidemantic moves the 1st of April into March."""
    for zone in ("America/New_York", "Pacific/Kiritimati", "Pacific/Pago_Pago"):
        rows = SHOP.rows(engine, "revenue", grain="month", timezone=zone)
        assert rows == [(day("2025-01"), 150), (day("2025-02"), 200), (day("2025-04"), 315), (None, 7)]


def test_probe_by_region_alone_where_the_dataset_has_a_time(engine: str) -> None:
    """sidemantic adds the day: 1,825 rows for 5."""
    rows = SHOP.rows(engine, "revenue", "tickets_opened", by="region")
    assert [region for region, *_ in rows] == ["DE", "FR", "US", None]


def test_items_reach_the_region_two_steps_away(engine: str) -> None:
    assert SHOP.rows(engine, "units", by="region") == [("DE", 4), ("US", 7)]


def test_a_condition_on_many_items_counts_an_order_once(engine: str) -> None:
    assert SHOP.value(engine, "revenue", where="sku in ('A', 'B')") == 600
    assert SHOP.value(engine, "revenue", where="qty >= 2") == 400
    assert SHOP.rows(engine, "revenue", by="region", where="sku = 'A'") == [("US", 300)]
