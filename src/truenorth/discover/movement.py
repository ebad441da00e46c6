"""Rows that are movements of money of several types: what was paid, what went back, and what is neither."""

from __future__ import annotations

import re

from msgspec import Struct

from truenorth.discover.facts import Column, Table
from truenorth.discover.pick import is_money

# What a type says of a movement; the first that fits is it.
_SAYS = (
    ("back", r"refund|revers|charged?[ _-]*back|dispute|\breturn"),
    (
        "neither",
        r"payout|withdraw|transfer|deposit|convers|hold|reserve|release|\bfees?\b|_fee|adjust|top[ _-]?up|authori|"
        r"currency|balance|contribution|advance|loan|tax|marketing|postage|label",
    ),
    ("paid", r"payment|charge|sale|order|checkout|purchase|capture|invoice"),
)
_NAMED = ({"type"}, {"event"}, {"category"}, {"kind"})
_MOST = 40


class Movements(Struct, frozen=True):
    """The column that types movements, and the values that say that something was paid, or went back."""

    column: Column
    paid: tuple[str, ...]
    back: tuple[str, ...]


def says(value: str) -> str:
    """What a type says of a movement: paid, back, or neither.

    >>> says("Express Checkout Payment"), says("Payment Refund"), says("General Withdrawal")
    ('paid', 'back', 'neither')
    """
    text = value.lower()
    return next((word for word, pattern in _SAYS if re.search(pattern, text)), "neither")


def movements_of(table: Table) -> Movements | None:
    """The types of a table's movements; None where it does not hold both what came and what left."""
    if not any(is_money(one) and _both_ways(one) for one in table.columns):
        return None
    for one in table.columns:
        if one.type != "text" or not 2 <= len(one.values) <= _MOST or not any(way <= set(one.words) for way in _NAMED):
            continue
        meant = {value: says(value) for value in one.values}
        paid = tuple(value for value in one.values if meant[value] == "paid")
        back = tuple(value for value in one.values if meant[value] == "back")
        if paid and len(paid) < len(meant):
            return Movements(one, paid, back)
    return None


def _both_ways(column: Column) -> bool:
    low, high = column.low, column.high
    return low is not None and high is not None and float(str(low)) < 0 < float(str(high))
