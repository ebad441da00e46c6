"""A tiny shop and its numbers worked out in plain Python, row by row, with nothing in common with the query engine."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import product
from statistics import mean, median
from typing import Any

Key = tuple[Any, ...]
DEFINITIONS = """
datasets:
  - {name: customers, source: customers, primary_key: [id], fields: [{name: region}]}
  - {name: orders, source: orders, primary_key: [id], time: day, fields: [{name: status}]}
  - {name: lines, source: lines, fields: [{name: sku}]}
  - {name: stocks, source: stocks, time: day, fields: [{name: shop}]}
relationships:
  - {name: order_customer, from: orders, to: customers, from_columns: [customer_id], to_columns: [id]}
  - {name: line_order, from: lines, to: orders, from_columns: [order_id], to_columns: [id]}
metrics:
  - {name: revenue, type: simple, dataset: orders, agg: sum, expr: amount}
  - {name: placed, type: simple, dataset: orders, agg: count}
  - {name: paid, type: simple, dataset: orders, agg: count, filter: status = 'paid'}
  - {name: buyers, type: simple, dataset: orders, agg: count_distinct, expr: customer_id}
  - {name: average, type: simple, dataset: orders, agg: avg, expr: amount}
  - {name: least, type: simple, dataset: orders, agg: min, expr: amount}
  - {name: middle, type: simple, dataset: orders, agg: median, expr: amount}
  - {name: share, type: ratio, numerator: paid, denominator: placed}
  - {name: revenue_ytd, type: cumulative, input_metric: revenue, grain_to_date: year}
  - {name: buyers_3, type: cumulative, input_metric: buyers, window: 3 days}
  - {name: stock, type: snapshot, dataset: stocks, agg: sum, expr: units, non_additive_dimension: {name: day}}
  - name: earlier
    type: derived
    expr: before
    input_metrics: [{name: placed, alias: before, offset_window: 1 month}]
"""
ADDITIVE = ("revenue", "placed", "paid")
FLOWS = (*ADDITIVE, "buyers", "average", "least", "middle", "share")
WINDOWS = ("revenue_ytd", "buyers_3")
COUNTS = {"placed", "paid", "buyers", "buyers_3", "earlier"}


@dataclass(frozen=True)
class Order:
    id: int
    customer: int | None
    day: date | None
    amount: int | None
    status: str | None


@dataclass(frozen=True)
class Shop:
    """customers: (id, region); lines: (order, sku); stocks: (day, shop, units)."""

    customers: tuple[tuple[int, str | None], ...]
    orders: tuple[Order, ...]
    lines: tuple[tuple[int | None, str | None], ...]
    stocks: tuple[tuple[date, str | None, int], ...]

    def groups(self, order: Order, by: Iterable[str]) -> set[Key]:
        """Every group that an order belongs to, each once."""
        found = {
            "status": {order.status},
            "region": {dict(self.customers).get(order.customer) if order.customer is not None else None},
            "sku": {sku for of, sku in self.lines if of == order.id} or {None},
        }
        return set(product(*(found[name] for name in by)))

    def by_group(self, orders: Iterable[Order], by: tuple[str, ...]) -> dict[Key, list[Order]]:
        """The orders of each group."""
        found: dict[Key, list[Order]] = {}
        for order in orders:
            for group in self.groups(order, by):
                found.setdefault(group, []).append(order)
        return found


def worth(metric: str, orders: list[Order]) -> Any:
    """A metric's value over orders."""
    amounts = [order.amount for order in orders if order.amount is not None]
    paid = sum(1 for order in orders if order.status == "paid")
    if metric in ("placed", "earlier"):
        return len(orders)
    if metric == "paid":
        return paid
    if metric in ("buyers", "buyers_3"):
        return len({order.customer for order in orders if order.customer is not None})
    if metric == "share":
        return paid / len(orders) if orders else None
    if not amounts:
        return None
    return {"revenue": sum, "revenue_ytd": sum, "average": mean, "least": min, "middle": median}[metric](amounts)


def begins(day: date, grain: str) -> date:
    """The first day of a period, counted in another way than the product does."""
    if grain == "week":
        while day.weekday():
            day -= timedelta(days=1)
    return day.replace(day=1) if grain == "month" else day


def days_between(first: date, last: date) -> list[date]:
    """Every day from one to another, both included."""
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def flow(shop: Shop, metric: str, by: tuple[str, ...], grain: str, span: tuple[date, date] | None) -> dict[Key, Any]:
    """A metric of single rows by period and group; without a span rows without a day count as well."""
    inside = [
        order for order in shop.orders if span is None or (order.day is not None and span[0] <= order.day <= span[1])
    ]
    found: dict[Key, Any] = {}
    periods = {begins(order.day, grain) if order.day else None for order in inside} if grain else {None}
    for period in periods:
        rows = [one for one in inside if not grain or (begins(one.day, grain) if one.day else None) == period]
        for group, orders in shop.by_group(rows, by).items():
            found[(period, *group) if grain else group] = worth(metric, orders)
    return found


def window(shop: Shop, metric: str, by: tuple[str, ...], grain: str, span: tuple[date, date]) -> dict[Key, Any]:
    """A metric that looks back from each period's end; whole periods only."""
    found: dict[Key, Any] = {}
    for period in sorted({begins(day, grain) for day in days_between(*span)}):
        end = max(day for day in days_between(*span) if begins(day, grain) == period)
        start = date(end.year, 1, 1) if metric == "revenue_ytd" else end - timedelta(days=2)
        rows = [order for order in shop.orders if order.day is not None and start <= order.day <= end]
        for group, orders in shop.by_group(rows, by).items():
            found[(period, *group)] = worth(metric, orders)
    return found


def stock(shop: Shop, by_shop: bool, grain: str, span: tuple[date, date]) -> dict[Key, Any]:
    """The units on the last day of each period that has any."""
    found: dict[Key, Any] = {}
    inside = [one for one in shop.stocks if span[0] <= one[0] <= span[1]]
    for period in {begins(day, grain) if grain else None for day, *_ in inside}:
        last = max(day for day, *_ in inside if not grain or begins(day, grain) == period)
        for day, name, units in inside:
            if day == last:
                key = ((period,) if grain else ()) + ((name,) if by_shop else ())
                found[key] = found.get(key, 0) + units
    return found
