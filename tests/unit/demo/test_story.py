"""The facts of the story fit together, and show in the numbers."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import duckdb
import numpy as np
import pytest

from truenorth.define.load import load
from truenorth.demo import demo_folder, story
from truenorth.demo.calendar import second_of
from truenorth.demo.operations import SERVICES, SEVERITIES
from truenorth.demo.orders import _waiting_days


def one(data: duckdb.DuckDBPyConnection, sql: str) -> Any:
    row = data.execute(sql).fetchone()
    assert row is not None
    return row[0] if len(row) == 1 else row


def test_incidents_follow_each_other_inside_the_story() -> None:
    assert all(one.resolved <= other.started for one, other in pairwise(story.INCIDENTS))
    assert story.INCIDENTS[0].started.date() > story.FIRST_DAY
    assert story.INCIDENTS[-1].resolved.date() < story.LAST_DAY
    assert {incident.service for incident in story.INCIDENTS} == set(SERVICES)
    assert {incident.severity for incident in story.INCIDENTS} == set(SEVERITIES)


def test_annotations_are_dated_in_order_and_name_metrics_that_exist() -> None:
    days = [remark.happened_on for remark in story.ANNOTATIONS]
    assert days == sorted(days)
    assert days[0] >= story.FIRST_DAY and days[-1] <= story.LAST_DAY
    assert {remark.metric for remark in story.ANNOTATIONS} - {""} <= set(load(demo_folder("acme")).metrics)


def test_shares_leave_room_for_the_unknown_only_where_it_is_meant() -> None:
    known = sum(channel.share for channel in story.CHANNELS)
    assert known + story.UNKNOWN_CHANNEL_SHARE == pytest.approx(1.0)
    assert sum(plan.share for plan in story.PLANS) == pytest.approx(1.0)
    assert sum(story.DEVICES.values()) == pytest.approx(1.0)
    assert sum(story.COUNTRIES.values()) == pytest.approx(0.99)


def test_nobody_buys_while_the_checkout_is_down(data: duckdb.DuckDBPyConnection) -> None:
    begun = "bought and started_at >= '2026-06-23 09:10' and started_at < '2026-06-23 13:40'"
    assert one(data, f"select count(*) from sessions where {begun}") == 0
    renewed = "kind = 'renewal' and ordered_at >= '2026-06-23 09:10' and ordered_at < '2026-06-23 13:40'"
    assert one(data, f"select count(*) from orders where {renewed}") == 0
    assert one(data, f"select count(*) from orders where {renewed.replace('06-23', '06-16')}") > 0


def test_payments_that_failed_in_the_outage_come_two_days_later() -> None:
    begun, ended = second_of(story.OUTAGE.started), second_of(story.OUTAGE.resolved)
    ordered = np.array([begun - 1, begun, ended - 1, ended])
    assert _waiting_days(np.random.default_rng(1), ordered).tolist() == [0, 2, 2, 0]


def test_the_weak_release_shows_in_errors_and_speed(data: duckdb.DuckDBPyConnection) -> None:
    rate = "select sum(errors) / sum(requests) from request_hours where service = 'api' and hour between '{}' and '{}'"
    assert one(data, rate.format("2026-03-18", "2026-03-22")) > 2.5 * one(data, rate.format("2026-03-04", "2026-03-16"))
    load_time = "select quantile_cont(seconds, 0.75) from page_loads where loaded_at between '{}' and '{}'"
    assert one(data, load_time.format("2026-03-18", "2026-03-22")) > 1.25 * one(
        data, load_time.format("2026-03-04", "2026-03-16")
    )


def test_the_pro_plan_costs_a_fifth_more_from_the_day_of_the_change(data: duckdb.DuckDBPyConnection) -> None:
    price = "select sum(mrr) / sum(customers) from mrr_days where plan = 'pro' and day = date '{}'"
    assert one(data, price.format("2026-01-31")) == 75
    assert one(data, price.format("2026-02-01")) == 90
    charged = (
        "select distinct amount from orders where plan = 'pro' and kind = 'renewal' and ordered_on {} '2026-02-01'"
    )
    assert [float(amount) for (amount,) in data.execute(charged.format("<")).fetchall()] == [75.0]
    assert [float(amount) for (amount,) in data.execute(charged.format(">=")).fetchall()] == [90.0]


def test_the_lost_account_takes_its_share_of_the_recurring_revenue(data: duckdb.DuckDBPyConnection) -> None:
    largest = "subscriptions join customers using (customer_id) order by monthly_amount desc"
    name, left = one(data, f"select company, ended_on from {largest}")
    assert (name, left) == (story.LOST_ACCOUNT, story.LOST_ACCOUNT_DAY)
    mrr = "select sum(mrr) from mrr_days where plan = 'enterprise' and day = date '{}'"
    lost = float(one(data, mrr.format("2026-03-31")) - one(data, mrr.format("2026-04-01")))
    assert lost == pytest.approx(story.LOST_ACCOUNT_AMOUNT * 0.1)


def test_slower_pages_sell_less(data: duckdb.DuckDBPyConnection) -> None:
    rates = dict(
        data.execute(
            "select latency_bucket, avg(bought::integer) from sessions where kind = 'site' group by latency_bucket"
        ).fetchall()
    )
    ordered = [rates[bucket.name] for bucket in story.BUCKETS]
    assert ordered == sorted(ordered, reverse=True)
    assert ordered[0] > 2 * ordered[-1]


def test_weekends_are_quiet_and_the_company_grows(data: duckdb.DuckDBPyConnection) -> None:
    by_weekday = (
        "select count(*) filter (isodow(day) >= 6) / 2.0, count(*) filter (isodow(day) < 6) / 5.0 from user_days"
    )
    weekend, workday = one(data, by_weekday)
    assert weekend < 0.5 * workday
    early, late = one(
        data, "select count(*) filter (day < '2025-04-01'), count(*) filter (day >= '2026-04-01') from user_days"
    )
    assert late > 1.5 * early


def test_the_summer_campaign_brings_visits_and_costs_money(data: duckdb.DuckDBPyConnection) -> None:
    visits = """
        select count(*) from sessions
        where kind = 'site' and channel = 'paid social' and started_at between '{}' and '{}'"""
    during, before = visits.format("2026-06-15", "2026-06-29"), visits.format("2026-05-18", "2026-06-01")
    assert one(data, during) > 2 * one(data, before)
    began = one(data, "select min(day) from marketing_spend where campaign = 'summer campaign'")
    assert began == story.CAMPAIGN_FIRST_DAY
