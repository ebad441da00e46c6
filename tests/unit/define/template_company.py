"""A company of a few rows that holds something for every standard metric, and what each one answers for June 2026."""

from __future__ import annotations

DATASETS = """version: 1
datasets:
  - name: web_vitals
    source: web_vitals
    time: measured_at
    fields: [{name: page}, {name: lcp}, {name: inp}, {name: cls}, {name: fcp}, {name: ttfb}]
  - {name: steps, source: steps, time: happened_at, fields: [{name: visitor}, {name: did}]}
  - {name: page_loads, source: page_loads, time: loaded_at, fields: [{name: seconds}, {name: page}]}
  - name: request_minutes
    source: request_minutes
    time: minute
    fields: [{name: requests}, {name: errors}, {name: service}]
  - name: signups
    source: signups
    time: signed_up_at
    fields: [{name: user_id}, {name: returned_within_30_days}, {name: window_is_over}, {name: signed_up_at}]
  - {name: events, source: events, time: occurred_at, fields: [{name: user_id}, {name: event}, {name: occurred_at}, {name: is_anonymous, expr: user_id > 6}]}
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
  - {name: marketing_spend, source: marketing_spend, time: day, fields: [{name: amount}, {name: channel}, {name: day}]}
  - name: customers
    source: customers
    time: became_customer_on
    fields: [{name: customer_id}, {name: channel}, {name: became_customer_on}]
  - name: payments
    source: payments
    time: paid_at
    fields: [{name: customer_id}, {name: paid_amount, unit: currency}, {name: outcome}, {name: paid_at}]
  - name: invoices
    source: invoices
    time: issued_on
    fields:
      - {name: account_id}
      - {name: total, unit: currency}
      - {name: tax, unit: currency}
      - {name: state}
      - {name: issued_on}
      - {name: due_on}
  - name: subscriptions
    source: subscriptions
    time: started_on
    fields: [{name: plan}, {name: started_on}, {name: ended_on}, {name: subscriber}]
  - name: web_events
    source: web_events
    time: seen_at
    fields: [{name: visitor}, {name: session}, {name: name}, {name: seen_at}]
  - {name: http_requests, source: http_requests, time: answered_at, fields: [{name: route}, {name: answered_at}]}
  - name: tickets
    source: tickets
    time: opened_at
    fields: [{name: category}, {name: opened_at}, {name: first_answered_at}, {name: solved_at}]
  - {name: projects, source: projects, time: created_at, fields: [{name: origin}, {name: created_at}]}
  - name: leads
    source: leads
    time: lead_created_at
    fields: [{name: lead_source}, {name: is_converted}, {name: lead_created_at}]
  - name: opportunities
    source: opportunities
    time: created_on
    fields:
      - {name: deal_amount, unit: currency}
      - {name: kind}
      - {name: probability}
      - {name: is_won}
      - {name: is_closed}
      - {name: created_on}
      - {name: closed_on}
  - name: ad_days
    source: ad_days
    time: day
    fields:
      - {name: campaign}
      - {name: cost, unit: currency}
      - {name: shown}
      - {name: clicks}
      - {name: credited_value, unit: currency}
      - {name: day}
  - name: ledger_months
    source: ledger_months
    time: month
    fields: [{name: role}, {name: entity}, {name: amount, unit: currency}, {name: month}]
  - name: bank_movements
    source: bank_movements
    time: day
    fields: [{name: direction}, {name: kind}, {name: moved, unit: currency}, {name: day}]
  - name: bank_days
    source: bank_days
    time: day
    fields: [{name: account}, {name: balance, unit: currency}, {name: day}]
  - name: visits
    source: visits
    primary_key: [visit_id]
    time: visited_at
    fields: [{name: visitor}, {name: channel}, {name: is_robot}]
  - name: purchases
    source: purchases
    primary_key: [purchase_id]
    time: purchased_at
    fields: [{name: visitor}, {name: price, unit: currency}, {name: state}]
  - name: carts
    source: carts
    time: begun_at
    fields: [{name: visitor}, {name: order_number}, {name: begun_at}]
  - name: subscription_periods
    source: subscription_periods
    time: started_on
    fields:
      - {name: customer_id}
      - {name: monthly_amount, unit: currency}
      - {name: status}
      - {name: started_on}
      - {name: ended_on}
"""
# All of it happens in June 2026, but for what its line says.
TABLES = """
create table web_vitals as select * from (values
  (timestamp '2026-06-02', '/', 1000.0::double, 40.0::double, 0.01::double, 800.0::double, 100.0::double),
  (timestamp '2026-06-03', '/', 2000.0, 80.0, 0.02, 900.0, 200.0),
  (timestamp '2026-06-04', '/', 3000.0, null, 0.03, 1000.0, 300.0),
  (timestamp '2026-06-05', '/', 4000.0, 120.0, 0.04, 1200.0, 400.0),
  (timestamp '2026-06-06', '/', 9000.0, 900.0, 0.80, 5000.0, 2000.0),
  (timestamp '2026-06-07', '/health', 90000.0, 9000.0, 9.0, 90000.0, 90000.0))
  t(measured_at, page, lcp, inp, cls, fcp, ttfb);
create table steps as select * from (values
  (timestamp '2026-06-02 10:00:00', 'ana', 'view'), (timestamp '2026-06-02 10:00:05', 'ana', 'view'),
  (timestamp '2026-06-02 12:00:00', 'ana', 'view'), (timestamp '2026-06-03 10:00:00', 'ben', 'view'),
  (timestamp '2026-06-03 10:00:10', 'ben', 'scroll'), (timestamp '2026-06-04 10:00:00', 'cleo', 'view'),
  (timestamp '2026-06-04 10:00:02', 'cleo', 'pay'), (timestamp '2026-06-05 10:00:00', 'dev', 'robot'))
  t(happened_at, visitor, did);
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
create table ad_days as select * from (values
  (date '2026-05-31', 'search', 70.00::decimal(18, 2), 9000, 90, 800.00::decimal(18, 2)),
  (date '2026-06-01', 'search', 300.00, 20000, 600, 1200.00), (date '2026-06-02', 'social', 100.00, 30000, 400, 200.00),
  (date '2026-06-03', 'test', 50.00, 10, 9, 900.00)) t(day, campaign, cost, shown, clicks, credited_value);
create table marketing_spend as select * from (values
  (date '2026-05-15', 'Paid search', 480.00::decimal(18, 2)), (date '2026-06-01', 'Paid search', 300.00),
  (date '2026-06-02', 'Brand', 999.00))
  t(day, channel, amount);
create table customers as select * from (values
  (1, date '2026-06-05', 'Paid search'), (2, date '2026-06-06', 'Paid social'), (3, date '2026-06-07', 'Organic'))
  t(customer_id, became_customer_on, channel);
create table payments as select * from (values
  (timestamp '2026-05-30', 1, 50.00::decimal(18, 2), 'succeeded'), (timestamp '2026-06-29', 1, 50.00, 'succeeded'),
  (timestamp '2026-06-02', 2, 70.00, 'failed'), (timestamp '2026-06-05', 2, 70.00, 'succeeded'),
  (timestamp '2026-06-06', 3, 0.00, 'succeeded'), (timestamp '2026-06-07', 4, 30.00, 'failed'))
  t(paid_at, customer_id, paid_amount, outcome);
create table invoices as select * from (values
  (date '2026-05-15', date '2026-05-29', 1, 119.00::decimal(18, 2), 19.00::decimal(18, 2), 'paid'),
  (date '2026-06-01', date '2026-06-15', 1, 119.00, 19.00, 'paid'),
  (date '2026-06-02', date '2026-06-16', 2, 238.00, 38.00, 'open'),
  (date '2026-06-03', date '2026-07-03', 2, 119.00, 19.00, 'open'),
  (date '2026-06-04', date '2026-06-18', 3, 999.00, 0.00, 'draft'),
  (date '2026-06-05', date '2026-06-19', 1, 59.50, 9.50, 'paid')) t(issued_on, due_on, account_id, total, tax, state);
create table subscriptions as select * from (values
  (date '2026-05-02', date '2026-06-20', 'pro', 1), (date '2026-06-03', null, 'pro', 2),
  (date '2026-06-04', null, 'free', 3), (date '2026-06-05', date '2026-06-25', 'pro', 4),
  (date '2026-06-06', date '2026-07-01', 'basic', 5), (date '2026-04-01', date '2026-06-30', 'free', 6))
  t(started_on, ended_on, plan, subscriber);
create table web_events as select * from (values
  (timestamp '2026-06-02 10:00', 'v1', 1, 'page_view'), (timestamp '2026-06-02 10:01', 'v1', 1, 'page_view'),
  (timestamp '2026-06-02 10:02', 'v1', 1, 'consent_given'), (timestamp '2026-06-03 10:00', 'v1', 2, 'page_view'),
  (timestamp '2026-06-03 11:00', 'v2', 1, 'page_view'), (timestamp '2026-06-03 11:05', 'v2', 1, 'purchase'),
  (timestamp '2026-06-04 09:00', 'v3', 1, 'consent_given')) t(seen_at, visitor, session, name);
create table http_requests as select * from (values
  (timestamp '2026-06-02 10:00', '/cart'), (timestamp '2026-06-02 10:01', '/pay'),
  (timestamp '2026-06-02 10:02', '/health'), (timestamp '2026-06-30 23:59', '/cart'),
  (timestamp '2026-07-01 00:00', '/cart')) t(answered_at, route);
create table tickets as select * from (values
  (timestamp '2026-05-30 12:00', timestamp '2026-06-01 12:00', timestamp '2026-06-01 12:00', 'fault'),
  (timestamp '2026-06-01 10:00', timestamp '2026-06-01 11:00', timestamp '2026-06-01 16:00', 'question'),
  (timestamp '2026-06-02 10:00', timestamp '2026-06-02 12:30', timestamp '2026-06-03 10:00', 'question'),
  (timestamp '2026-06-03 10:00', timestamp '2026-06-04 10:00', null, 'fault'),
  (timestamp '2026-06-04 10:00', null, null, 'fault'), (timestamp '2026-06-05 10:00', null, null, 'spam'))
  t(opened_at, first_answered_at, solved_at, category);
create table projects as select * from (values
  (timestamp '2026-05-31', 'hand'), (timestamp '2026-06-01', 'hand'), (timestamp '2026-06-02', 'import'),
  (timestamp '2026-06-30', 'hand')) t(created_at, origin);
create table leads as select * from (values
  (timestamp '2026-05-31', 'Web', true), (timestamp '2026-06-01', 'Web', true), (timestamp '2026-06-02', 'Fair', false),
  (timestamp '2026-06-03', 'Web', false), (timestamp '2026-06-04', 'Web', false),
  (timestamp '2026-06-04', 'Purchased list', false)) t(lead_created_at, lead_source, is_converted);
create table opportunities as select * from (values
  (date '2026-04-02', date '2026-06-01', 9000.00::decimal(18, 2), 'New', true, true, 1.00),
  (date '2026-05-20', date '2026-06-09', 3000.00, 'New', true, true, 1.00),
  (date '2026-05-21', date '2026-06-10', 7000.00, 'New', true, false, 0.00),
  (date '2026-06-03', date '2026-06-20', 5000.00, 'New', true, false, 0.00),
  (date '2026-06-04', date '2026-06-30', 8000.00, 'New', false, false, 0.25),
  (date '2026-06-05', date '2026-06-06', 1000.00, 'Renewal', true, true, 1.00))
  t(created_on, closed_on, deal_amount, kind, is_closed, is_won, probability);
create table visits as select * from (values
  (1, 'ana', timestamp '2026-05-30 10:00', 'ads', false),
  (2, 'ana', timestamp '2026-06-02 10:00', 'direct', false),
  (3, 'ben', timestamp '2026-06-03 10:00', 'mail', true)
) as t(visit_id, visitor, visited_at, channel, is_robot);
create table purchases as select * from (values
  (1, 'ana', timestamp '2026-06-02 11:00', 120.00, 'paid'),
  (2, 'ben', timestamp '2026-06-04 11:00', 40.00, 'paid'),
  (3, 'ben', timestamp '2026-06-05 11:00', 15.00, 'cancelled'),
  (4, 'ana', timestamp '2026-07-01 11:00', 99.00, 'paid')
) as t(purchase_id, visitor, purchased_at, price, state);
create table carts as select * from (values
  (timestamp '2026-06-02', 'v1', 71), (timestamp '2026-06-03', 'v2', null), (timestamp '2026-06-04', 'v3', null),
  (timestamp '2026-06-05', 'v1', 72), (timestamp '2026-06-06', 'v4', null), (timestamp '2026-06-07', 'robot', null),
  (timestamp '2026-07-01', 'v5', 73)) t(begun_at, visitor, order_number);
create table ledger_months as select * from (values
  (date '2025-06-01', 'revenue', 320.00::decimal(18, 2)), (date '2026-01-01', 'revenue', 300.00),
  (date '2026-02-01', 'revenue', 300.00), (date '2026-03-01', 'revenue', 300.00), (date '2026-04-01', 'revenue', 300.00),
  (date '2026-05-01', 'revenue', 300.00), (date '2026-06-01', 'revenue', 400.00), (date '2026-01-01', 'marketing', 100.00),
  (date '2026-02-01', 'marketing', 200.00), (date '2026-03-01', 'marketing', 200.00), (date '2026-06-01', 'cogs', 100.00),
  (date '2026-06-01', 'variable', 60.00), (date '2026-06-01', 'marketing', 80.00),
  (date '2026-06-01', 'development', 40.00), (date '2026-06-01', 'administration', 40.00),
  (date '2026-06-01', 'interest', 30.00)) t(month, role, amount), (values ('group')) e(entity);
-- 200 more out than in in April, 400 in May and 300 in June.
create table bank_movements as select * from (values
  (date '2026-04-09', 'out', 'business', 300.00::decimal(18, 2)), (date '2026-04-19', 'in', 'business', 100.00),
  (date '2026-05-09', 'out', 'business', 600.00), (date '2026-05-19', 'in', 'business', 200.00),
  (date '2026-06-09', 'out', 'business', 500.00), (date '2026-06-19', 'in', 'business', 200.00),
  (date '2026-06-20', 'in', 'financing', 9000.00)) t(day, direction, kind, moved);
create table bank_days as select * from (values
  (date '2026-05-31', 'main', 7000.00::decimal(18, 2)), (date '2026-06-28', 'savings', 1000.00),
  (date '2026-06-29', 'main', 2500.00), (date '2026-06-30', 'main', 2000.00)) t(day, account, balance);
-- June: 1000 at its start, and 50 more from Ana, 40 less from Ben, 60 lost with Cleo, 100 from Eli, 30 back with Fay.
create table subscription_periods as select * from (values
  ('Ana', 100.00::decimal(18, 2), 'active', date '2025-01-01', date '2026-06-10'),
  ('Ana', 150.00, 'active', date '2026-06-10', null),
  ('Ben', 200.00, 'active', date '2025-02-01', date '2026-06-15'),
  ('Ben', 160.00, 'active', date '2026-06-15', null),
  ('Cleo', 60.00, 'active', date '2025-03-01', date '2026-06-20'),
  ('Dev', 640.00, 'active', date '2025-04-01', null),
  ('Eli', 100.00, 'active', date '2026-06-02', null),
  ('Fay', 30.00, 'active', date '2025-01-01', date '2025-05-01'),
  ('Fay', 30.00, 'active', date '2026-06-05', null),
  ('Gus', 999.00, 'trial', date '2026-06-01', null),
  ('Hal', 200.00, 'active', date '2025-01-01', date '2026-01-01'))
  t(customer_id, monthly_amount, status, started_on, ended_on);
"""
# What each template answers for June 2026, counted by hand from the rows above; None where time is not over yet.
JUNE = {
    "day_1_retention": 0.0,
    "day_7_retention": 0.0,
    "day_30_retention": None,
    "week_4_retention": None,
    "month_3_retention": None,
    "unbounded_retention": 1 / 3,
    "cohort_revenue_retention": None,
    "new_active_users": 4,
    "returning_users": 0,
    "resurrected_users": 0,
    "dormant_users": 1,
    "stickiness_ratio": 4 / 3 / 28,
    "active_days": 1.25,
    "regular_users": 1,
    "activity_churn": 1.0,
    "inactivity_churn": 1.0,
    "activation_rate": 0.2,
    "funnel_conversion": 0.0,
    "anonymous_active_users": 1,
    "identified_active_users": 3,
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
    "invoiced_revenue": 450,
    "collected_revenue": 120,
    "paying_customers": 2,
    "average_revenue_per_account": 225,
    "payment_failure_rate": 0.5,
    "unpaid_invoice_rate": 4 / 7,
    "new_subscriptions": 3,
    "cancelled_subscriptions": 2,
    "new_users": 4,
    "event_count": 6,
    "events_per_user": 1.5,
    "weekly_active_users": 2,
    "page_views": 4,
    "session_count": 3,
    "pages_per_session": 4 / 3,
    "tickets_opened": 4,
    "first_response_time": 2.5,
    "resolution_time": 24,
    "resolution_rate": 0.5,
    "request_count": 3,
    "records_created": 2,
    "leads_created": 4,
    "lead_conversion_rate": 0.25,
    "opportunities_created": 2,
    "pipeline_created": 13000,
    "won_revenue": 12000,
    "win_rate": 0.5,
    "average_deal_size": 6000,
    "sales_cycle": 40,
    "marketing_spend": 300,
    "mrr": 1080,
    "arr": 12960,
    "paying_subscribers": 5,
    "gross_mrr_churn": 0.1,
    # Of 1,000 at the start Cleo's 60 left, Ben pays 40 less and Ana 50 more: (60 + 40 - 50) / 1,000, with Fay's 30 back 0.02.
    "net_mrr_churn": 0.02,
    "net_mrr_churn_without_reactivation": 0.05,
    "customer_churn_rate": 0.25,
    "churn_rate_with_new_customers": 0.2,
    "churn_rate_with_short_stays": 1.5,
    "net_revenue_retention": 950 / 1200,
    "gross_revenue_retention": 0.75,
    "quick_ratio": 1.8,
    "recurring_revenue_per_customer": 216,
    "lifetime_value": 864,
    "lifetime_value_with_margin": 691.2,
    "lifetime_value_trailing": 6480,
    "discounted_lifetime_value": 129.6 / 0.26,
    "mrr_growth": 0.08,
    "cmgr": 0.9 ** (1 / 6) - 1,
    "paid_cac": 150,
    "lagged_cac": 160,
    "cac_payback": 3.75,
    "ltv_to_cac": 2.304,
    "roas": 3.5,
    "mer": 0.8,
    "attributed_revenue": 160,
    "click_through_rate": 0.02,
    "cost_per_click": 0.4,
    "cost_per_mille": 8,
    "gross_margin": 0.75,
    "contribution_margin": 0.6,
    "operating_margin": 0.2,
    "net_burn": 300,
    "runway": 10,
    "burn_multiple": 0.3125,
    "rule_of_40": 0.45,
    "magic_number": 0.8,
    "quarterly_growth": 1 / 9,
    "yearly_growth": 0.25,
    "gross_merchandise_value": 800,
    "repeat_purchase_rate": 0.5,
    "cart_abandonment": 0.6,
    "weighted_pipeline": 2000,
    "chained_net_revenue_retention": 950 / 1200,
    "chained_gross_revenue_retention": 0.75,
    "lcp_p75": 4000,
    # Of 40, 80, 120 and 900: a quarter of the way from 120.
    "inp_p75": 315,
    "cls_p75": 0.04,
    "fcp_p75": 1200,
    "ttfb_p75": 400,
    # Four visits: two views, one view alone, ten seconds, paid. The second bounces.
    "bounce_rate": 0.25,
    "engagement_rate": 0.75,
}
