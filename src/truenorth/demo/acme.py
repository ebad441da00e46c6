"""All tables of acme, written as Parquet files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from truenorth.demo import activity, books, contracts, customers, operations, orders, requests, visits
from truenorth.demo.calendar import calendar_columns, story_days

Columns = dict[str, Any]
Progress = Callable[[str, int], None]


def generate(folder: Path, scale: float = 1.0, progress: Progress | None = None) -> dict[str, Path]:
    """Write every table of the company as `<table>.parquet` into the folder and say where each is.

    The same scale gives the same bytes; 1.0 is about a million product events. `progress` hears of each table and
    its rows.
    """
    import pyarrow
    from pyarrow import parquet

    folder.mkdir(parents=True, exist_ok=True)
    files: dict[str, Path] = {}
    for name, columns in acme_tables(scale):
        table = pyarrow.table(columns)
        files[name] = folder / f"{name}.parquet"
        parquet.write_table(table, files[name], compression="zstd", row_group_size=122_880)
        if progress:
            progress(name, table.num_rows)
    return files


def acme_tables(scale: float = 1.0) -> Iterator[tuple[str, Columns]]:
    """The tables one after the other, so that only a few are in memory at once."""
    days = story_days()
    yield "calendar_days", calendar_columns(days)
    yield "incidents", operations.incident_columns()
    yield "annotations", operations.annotation_columns(days)
    yield "deployments", operations.deployment_columns(days)
    yield "checks", operations.check_columns(days)
    yield "request_hours", requests.request_hour_columns(days, scale)
    yield "request_samples", requests.request_sample_columns(days, scale)
    seen = visits.site_visits(days, scale)
    people = activity.all_people(seen, scale)
    offset = len(people)
    yield "visitors", visits.visitor_columns(seen, offset + 1)
    yield "page_loads", visits.page_load_columns(seen)
    yield "accounts", activity.account_columns(people, seen, days, offset + 1)
    yield "signups", activity.signup_columns(people, seen, days, offset + 1)
    active = activity.active_days(people, days)
    yield "user_days", activity.user_day_columns(people, active, days)
    yield "retention_users", activity.retention_columns(people, active, days)
    used = activity.product_sessions(people, active, seen, days)
    table, number = activity.session_columns(seen, people, used, offset + 1)
    yield "sessions", table
    visitor = activity.visitor_of(people, seen, offset + 1)
    yield "product_events", activity.event_columns(people, used, number[len(seen.started) :], visitor)
    paying = customers.all_customers(seen, days, scale)
    yield "customers", customers.customer_columns(paying, days)
    yield "subscriptions", customers.subscription_columns(paying, days)
    yield "subscription_months", customers.subscription_month_columns(paying, days)
    yield "mrr_days", customers.mrr_day_columns(paying, days)
    yield "tickets", operations.ticket_columns(days, scale, len(paying))
    yield "contract_periods", contracts.period_columns(contracts.all_contracts(days, scale), days)
    yield "exchange_rates", contracts.rate_columns(days)
    yield from _money(paying, seen, number, days, scale)


def _money(paying: customers.Customers, seen: visits.Visits, number: Any, days: Any, scale: float) -> Iterator[Any]:
    bought = orders.all_orders(paying, seen, number[: len(seen.started)], days)
    table, takings = orders.order_columns(bought, days)
    yield "orders", table
    yield "invoices", orders.invoice_columns(paying, days)
    spend = books.daily_spend(days, scale)
    yield "marketing_spend", books.spend_columns(days, spend)
    yield "costs", books.cost_columns(days, takings, spend)
