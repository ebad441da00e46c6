"""Balances to ask about: rows that last, with every part of what they are worth and of who has any."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from tests.truth.case import World
from truenorth.base.table import Value

PARTS = (
    "opening",
    "new",
    "reactivation",
    "expansion",
    "contraction",
    "churn",
    "transfer_in",
    "transfer_out",
    "closing",
)
# What each part does to the balance.
SIGNS = dict(zip(PARTS[1:-1], (1, 1, 1, -1, -1, 1, -1), strict=True))
MOVED = tuple(f"mrr_{part}" for part in PARTS)
COUNTED = tuple(f"customers_{part}" for part in PARTS)


def definitions(balance: str = "", fields: str = "") -> str:
    """The balance `mrr`, twelve times it, and all parts in money and in customers; `balance` are more of its keys."""
    parts = "".join(
        f"  - {{name: {name}_{part}, type: movement, balance: mrr, part: {part}{more}}}\n"
        for part in PARTS
        for name, more in (("mrr", ""), ("customers", ", measure: entities"))
    )
    return f"""
datasets:
  - name: subscriptions
    source: subscriptions
    time: starts
    fields: [{{name: customer}}, {{name: plan}}, {{name: region}}, {{name: starts{fields}}}, {{name: ends}}, {{name: amount}}]
metrics:
  - {{name: mrr, type: movement, dataset: subscriptions, expr: amount, entity: customer, end: ends{balance}}}
  - {{name: customers, type: movement, balance: mrr, measure: entities}}
  - {{name: arr, type: derived, expr: mrr * 12, input_metrics: [{{name: mrr}}]}}
  - name: quick_ratio
    type: derived
    expr: (come + more) / (less + gone)
    input_metrics: [{{name: mrr_new, alias: come}}, {{name: mrr_expansion, alias: more}}, {{name: mrr_contraction, alias: less}}, {{name: mrr_churn, alias: gone}}]
  - {{name: lost_in_90_days, type: cumulative, input_metric: mrr_churn, window: 90 days}}
{parts}"""


def book(periods: str, balance: str = "", **more: Any) -> World:
    """A world of periods: `customer | plan | starts | ends | amount` after a head with their types."""
    return World(definitions(balance), subscriptions=periods, **more)


def walk(world: World, engine: str, metrics: tuple[str, ...] = MOVED, **asked: Any) -> dict[Any, tuple[Value, ...]]:
    """The parts in order, by the row's own labels; every row closes."""
    rows = world.rows(engine, *metrics, **asked)
    keys = len(rows[0]) - len(metrics) if rows else 0
    found = {row[:keys] if keys > 1 else row[0] if keys else (): row[keys:] for row in rows}
    for values in found.values():
        assert closes(values), values
    return found


def closes(values: tuple[Value, ...]) -> bool:
    """Whether opening and movements make the closing balance, exactly."""
    opening, *moves, closing = (Decimal(str(value)) for value in values)
    return opening + sum(sign * move for sign, move in zip(SIGNS.values(), moves, strict=True)) == closing


def line(**parts: float | str) -> tuple[Decimal, ...]:
    """The parts in order, those not named being nothing.

    >>> line(opening=1, churn=1)[5]
    Decimal('1')
    """
    return tuple(Decimal(str(parts.get(part, 0))) for part in PARTS)
