"""Questions that cross operations, customers and money, each answered by one query."""

from __future__ import annotations

from pytest import approx

from tests.truth.case import World

COMPANY = World(
    """
datasets:
  - name: sessions
    source: sessions
    primary_key: [id]
    time: started_on
    fields:
      - {name: channel}
      - name: latency
        expr: "case when load_ms < 1000 then 'fast' when load_ms < 3000 then 'fair' else 'slow' end"
  - {name: orders, source: orders, primary_key: [id], time: ordered_on, fields: [{name: amount, unit: currency}]}
  - {name: days, source: days, primary_key: [day], fields: [{name: incident}]}
  - {name: customers, source: customers, primary_key: [id], time: since, fields: [{name: channel}]}
  - {name: channels, source: channels, primary_key: [name], fields: [{name: name}]}
  - {name: spend, source: spend, time: day, fields: [{name: cost, unit: currency}]}
  - {name: months, source: months, time: month, fields: [{name: mrr, unit: currency}, {name: active}]}
relationships:
  - {name: order_session, from: orders, to: sessions, from_columns: [session_id], to_columns: [id]}
  - {name: order_day, from: orders, to: days, from_columns: [ordered_on], to_columns: [day]}
  - {name: customer_channel, from: customers, to: channels, from_columns: [channel], to_columns: [name]}
  - {name: spend_channel, from: spend, to: channels, from_columns: [channel], to_columns: [name]}
  - {name: month_customer, from: months, to: customers, from_columns: [customer_id], to_columns: [id]}
metrics:
  - {name: sessions_held, type: simple, dataset: sessions, agg: count}
  - {name: sessions_that_bought, type: simple, dataset: sessions, agg: count, filter: bought}
  - {name: conversion, type: ratio, numerator: sessions_that_bought, denominator: sessions_held, unit: percent}
  - {name: revenue, type: simple, dataset: orders, agg: sum, expr: amount, unit: currency}
  - {name: days_counted, type: simple, dataset: days, agg: count}
  - {name: revenue_a_day, type: ratio, numerator: revenue, denominator: days_counted, unit: currency}
  - {name: spent, type: simple, dataset: spend, agg: sum, expr: cost, unit: currency}
  - {name: customers_won, type: simple, dataset: customers, agg: count}
  - {name: cost_per_acquisition, type: ratio, numerator: spent, denominator: customers_won, unit: currency}
  - {name: retained, type: simple, dataset: months, agg: sum, expr: mrr, filter: active, unit: currency}
""",
    sessions="""
        id integer | started_on date | channel text | load_ms integer | bought boolean
        1          | 2025-01-01      | ads          | 300             | true
        2          | 2025-01-01      | ads          | 900             | true
        3          | 2025-01-02      | mail         | 999             | false
        4          | 2025-01-02      |              | 1000            | true
        5          | 2025-01-03      | ads          | 2500            | false
        6          | 2025-01-03      | mail         | 5000            | false
        7          | 2025-01-03      | mail         | 9000            | false
    """,
    orders="""
        id integer | session_id integer | ordered_on date | amount decimal
        1          | 1                  | 2025-01-01      | 10.00
        2          | 2                  | 2025-01-01      | 20.00
        3          | 2                  | 2025-01-02      | 5.50
        4          | 4                  | 2025-01-02      | 7.00
        5          |                    | 2025-01-04      | 100.00
        6          |                    |                 | 1.00
    """,
    days="""
        day date   | incident text
        2025-01-01 | none
        2025-01-02 | major
        2025-01-03 | major
        2025-01-04 | none
    """,
    customers="""
        id integer | since date | channel text
        1          | 2025-01-01 | ads
        2          | 2025-01-05 | ads
        3          | 2025-01-09 | mail
        4          | 2025-01-09 |
    """,
    channels="name text\nads\nmail\nradio",
    spend="""
        day date   | channel text | cost decimal
        2025-01-01 | ads          | 30.00
        2025-01-02 | ads          | 20.00
        2025-01-02 | mail         | 5.00
        2025-01-02 | radio        | 40.00
    """,
    months="""
        month date | customer_id integer | mrr decimal | active boolean
        2025-01-01 | 1                   | 9.00        | true
        2025-02-01 | 1                   | 9.00        | true
        2025-02-01 | 2                   | 9.00        | false
        2025-02-01 | 3                   | 4.50        | true
        2025-02-01 | 4                   | 2.00        | true
    """,
)


def test_conversion_by_how_long_the_page_took(engine: str) -> None:
    answer = COMPANY.ask(engine, "conversion", "sessions_held", by="latency", totals=True)
    assert answer.table.rows == (("fair", 0.5, 2), ("fast", approx(2 / 3), 3), ("slow", 0.0, 2))
    assert answer.totals == {"conversion": approx(3 / 7), "sessions_held": 7}


def test_revenue_on_days_with_an_incident_beside_other_days(engine: str) -> None:
    """The order without a day is in neither."""
    rows = COMPANY.rows(engine, "revenue", "days_counted", "revenue_a_day", by="incident")
    assert rows == [("major", 12.5, 2, 6.25), ("none", 130, 2, 65.0), (None, 1, 0, None)]


def test_what_a_customer_cost_beside_what_the_channel_still_earns(engine: str) -> None:
    answer = COMPANY.ask(engine, "spent", "customers_won", "cost_per_acquisition", "retained", by="channels.name")
    assert answer.table.rows == (
        ("ads", 50, 2, 25.0, 18),
        ("mail", 5, 1, 5.0, 4.5),
        ("radio", 40, 0, None, None),
        (None, None, 1, None, 2),
    )
    assert answer.table.names == ("channels.name", "spent", "customers_won", "cost_per_acquisition", "retained")


def test_revenue_by_how_long_the_page_took_reaches_through_the_session(engine: str) -> None:
    rows = COMPANY.rows(engine, "revenue", "conversion", by="latency")
    assert rows == [("fair", 7, 0.5), ("fast", 35.5, approx(2 / 3)), ("slow", None, 0.0), (None, 101, None)]
