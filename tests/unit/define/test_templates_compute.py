"""Every template, bound with its own examples, passes the checker and computes the number worked out by hand."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from truenorth import workspace
from truenorth.define.load import load
from truenorth.define.templates import bind, render_yaml, template, templates

NOW = datetime(2026, 7, 1)
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
    fields: [{name: amount}, {name: discount}, {name: status}]
  - {name: costs, source: costs, time: booked_on, fields: [{name: amount}, {name: category}]}
  - {name: marketing_spend, source: marketing_spend, time: day, fields: [{name: amount}, {name: channel}]}
  - name: customers
    source: customers
    time: became_customer_on
    fields: [{name: customer_id}, {name: channel}]
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
  (timestamp '2026-05-10', 100.00::decimal(18, 2), 0.00::decimal(18, 2), 'paid'),
  (timestamp '2026-06-10', 130.00, 10.00, 'paid'),
  (timestamp '2026-06-11', 500.00, 0.00, 'cancelled')) t(ordered_at, amount, discount, status);
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
    "revenue_growth": 0.2,
    "profit_margin": 0.25,
    "cost_per_acquisition": 150.0,
}


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("company")
    (folder / "metrics").mkdir()
    (folder / ".truenorth").mkdir()
    (folder / "truenorth.yml").write_text("version: 1\nname: Company\ncurrency: EUR\n", encoding="utf-8")
    (folder / "metrics" / "datasets.yml").write_text(DATASETS, encoding="utf-8")
    for name, one in templates().items():
        text = render_yaml(bind(one, "", one.examples, owner="dana@acme.example"))
        (folder / "metrics" / f"{name}.yml").write_text(text, encoding="utf-8")
    with duckdb.connect(str(folder / ".truenorth" / "warehouse.duckdb")) as connection:
        connection.execute(TABLES)
    return folder


def test_all_templates_bound_with_their_examples_pass_the_checker(company: Path) -> None:
    model = load(company)
    assert set(templates()) <= set(model.metrics)
    assert {one.template for one in model.metrics.values()} - {""} == set(templates())


@pytest.mark.parametrize("name", JUNE)
def test_a_bound_template_computes_the_number_worked_out_by_hand(company: Path, name: str) -> None:
    with workspace.open(company, now=NOW) as opened:
        answer = opened.query(name, grain="month", range="2026-06")
    assert [float(value) for value in answer.table.column(name)] == [pytest.approx(JUNE[name])]


def test_a_file_of_one_template_needs_nothing_but_its_datasets(company: Path, tmp_path: Path) -> None:
    one = template("churn")
    (tmp_path / "metrics").mkdir()
    (tmp_path / "truenorth.yml").write_text("version: 1\nname: Small\n", encoding="utf-8")
    (tmp_path / "metrics" / "datasets.yml").write_text(DATASETS, encoding="utf-8")
    (tmp_path / "metrics" / "churn.yml").write_text(
        render_yaml(bind(one, "", one.examples, name="churn")), encoding="utf-8"
    )
    assert list(load(tmp_path).metrics) == ["churn_lost", "churn_at_start", "churn"]
