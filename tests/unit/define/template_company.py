"""A company of a few rows that holds something for every standard metric, and what each one answers for June 2026."""

from __future__ import annotations

DATASETS = """version: 1
datasets:
  - {name: page_loads, source: page_loads, time: loaded_at, fields: [{name: seconds}, {name: page}]}
  - name: request_minutes
    source: request_minutes
    time: minute
    fields: [{name: requests}, {name: errors}, {name: service}]
  - name: signups
    source: signups
    time: signed_up_at
    fields: [{name: user_id}, {name: returned_within_30_days}, {name: window_is_over}]
  - {name: events, source: events, time: occurred_at, fields: [{name: user_id}, {name: event}]}
  - name: sessions
    source: sessions
    time: started_at
    fields: [{name: visitor_id}, {name: duration_seconds}, {name: bought}, {name: channel}]
  - name: subscription_months
    source: subscription_months
    time: month_start
    fields: [{name: active_at_start}, {name: cancelled}]
  - name: checks
    source: checks
    time: checked_at
    fields: [{name: up}, {name: service}, {name: response_milliseconds}]
  - {name: incidents, source: incidents, time: started_at, fields: [{name: severity}]}
  - name: orders
    source: orders
    time: ordered_at
    fields:
      - {name: amount, unit: currency}
      - {name: discount, unit: currency}
      - {name: status}
      - {name: customer_id}
      - {name: ordered_at}
  - name: order_lines
    source: order_lines
    time: line_ordered_at
    fields: [{name: order_id}, {name: product}, {name: quantity}, {name: line_ordered_at}]
  - name: refunds
    source: refunds
    time: refunded_at
    fields: [{name: refunded, unit: currency}, {name: reason}, {name: refunded_at}]
  - {name: costs, source: costs, time: booked_on, fields: [{name: amount}, {name: category}]}
  - {name: marketing_spend, source: marketing_spend, time: day, fields: [{name: amount}, {name: channel}]}
  - name: customers
    source: customers
    time: became_customer_on
    fields: [{name: customer_id}, {name: channel}, {name: became_customer_on}]
"""
# All of it happens in June 2026, but for what its line says.
TABLES = """
create table page_loads as select * from (values
  (timestamp '2026-06-02', 'home', 1.0::double), (timestamp '2026-06-03', 'home', 2.0),
  (timestamp '2026-06-04', 'home', 3.0), (timestamp '2026-06-05', 'home', 4.0), (timestamp '2026-06-06', 'home', 9.0),
  (timestamp '2026-06-07', '/health', 90.0))
  t(loaded_at, page, seconds);
create table request_minutes as select * from (values
  (timestamp '2026-06-02 10:00', 'checkout', 100, 10), (timestamp '2026-06-02 11:00', 'checkout', 900, 0),
  (timestamp '2026-06-02 10:00', 'search', 5000, 5000)) t(minute, service, requests, errors);
create table signups as select * from (values
  (timestamp '2026-06-01', 1, true, true), (timestamp '2026-06-02', 2, true, true),
  (timestamp '2026-06-03', 3, false, true), (timestamp '2026-06-04', 4, true, true),
  (timestamp '2026-06-29', 5, false, false))
  t(signed_up_at, user_id, returned_within_30_days, window_is_over);
create table events as select * from (values
  (timestamp '2026-05-20', 9, 'opened'), (timestamp '2026-06-02', 7, 'opened'), (timestamp '2026-06-04', 1, 'opened'),
  (timestamp '2026-06-04', 1, 'opened'), (timestamp '2026-06-20', 2, 'opened'), (timestamp '2026-06-30', 2, 'opened'),
  (timestamp '2026-06-30', 3, 'opened'), (timestamp '2026-06-30', 4, 'email_delivered')) t(occurred_at, user_id, event);
create table sessions as select * from (values
  (timestamp '2026-06-02', 1, 60, false, 'Direct'), (timestamp '2026-06-03', 1, 180, true, 'Direct'),
  (timestamp '2026-06-04', 2, 300, false, null), (timestamp '2026-06-05', 3, 0, true, 'Internal'))
  t(started_at, visitor_id, duration_seconds, bought, channel);
create table subscription_months as select * from (values
  (date '2026-06-01', true, true), (date '2026-06-01', true, false), (date '2026-06-01', true, false),
  (date '2026-06-01', true, false), (date '2026-06-01', false, true)) t(month_start, active_at_start, cancelled);
create table checks as select * from (values
  (timestamp '2026-06-02 00:00', 'checkout', true, 100), (timestamp '2026-06-02 00:01', 'checkout', true, 200),
  (timestamp '2026-06-02 00:02', 'checkout', true, 300), (timestamp '2026-06-02 00:03', 'checkout', false, 9000))
  t(checked_at, service, up, response_milliseconds);
create table incidents as select * from (values
  (timestamp '2026-06-02', 1), (timestamp '2026-06-09', 2), (timestamp '2026-06-10', 3)) t(started_at, severity);
create table orders as select * from (values
  (timestamp '2026-05-10', 1, 1, 100.00::decimal(18, 2), 0.00::decimal(18, 2), 'paid'),
  (timestamp '2026-06-10', 2, 1, 130.00, 10.00, 'paid'), (timestamp '2026-06-11', 3, 2, 500.00, 0.00, 'cancelled'),
  (timestamp '2026-06-12', 4, 2, 50.00, 10.00, 'paid'), (timestamp '2026-06-30', 5, 1, 80.00, 0.00, 'paid'),
  (timestamp '2026-06-30', 6, 3, 40.00, 0.00, 'refunded'))
  t(ordered_at, order_id, customer_id, amount, discount, status);
create table order_lines as select * from (values
  (timestamp '2026-05-10', 1, 'mug', 9), (timestamp '2026-06-10', 2, 'mug', 6), (timestamp '2026-06-10', 2, 'tea', 1),
  (timestamp '2026-06-12', 4, 'mug', 2), (timestamp '2026-06-30', 5, 'tea', 3),
  (timestamp '2026-06-30', 5, 'Gift card', 5)) t(line_ordered_at, order_id, product, quantity);
create table refunds as select * from (values
  (timestamp '2026-05-30', 7.00::decimal(18, 2), 'late'), (timestamp '2026-06-20', 20.00, 'broken'),
  (timestamp '2026-06-21', 4.00, 'broken'), (timestamp '2026-06-22', 1.00, 'test')) t(refunded_at, refunded, reason);
create table costs as select * from (values
  (date '2026-06-15', 90.00::decimal(18, 2), 'hosting'), (date '2026-06-30', 25.00, 'tax'))
  t(booked_on, amount, category);
create table marketing_spend as select * from (values
  (date '2026-06-01', 'Paid search', 300.00::decimal(18, 2)), (date '2026-06-02', 'Brand', 999.00))
  t(day, channel, amount);
create table customers as select * from (values
  (1, date '2026-06-05', 'Paid search'), (2, date '2026-06-06', 'Paid social'), (3, date '2026-06-07', 'Organic'))
  t(customer_id, became_customer_on, channel);
"""
# What each template answers for June 2026, counted by hand from the rows above.
JUNE = {
    "page_load_time": 4.0,
    "error_rate": 0.01,
    "user_retention": 0.75,
    "active_users": 4,
    "session_duration": 180,
    "daily_active_users": 2,
    "monthly_active_users": 3,
    "churn_rate": 0.25,
    "conversion_rate": 0.5,
    "uptime": 0.75,
    "response_time": 290.0,
    "incident_count": 2,
    "revenue_growth": 1.4,
    "profit_margin": 0.625,
    "cost_per_acquisition": 150.0,
    "order_count": 4,
    "revenue": 240,
    "average_order_value": 80,
    "buyers": 2,
    "revenue_per_customer": 120,
    "new_customers": 3,
    "refund_rate": 0.1,
    "return_rate": 0.25,
    "units_sold": 12,
    "items_per_order": 4,
    "discount_rate": 20 / 260,
    "cancelled_order_rate": 0.2,
}
