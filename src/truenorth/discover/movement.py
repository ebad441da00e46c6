"""Rows that are movements of money of several types: what was paid, what went back, and what is neither."""

from __future__ import annotations

import re

from msgspec import Struct

from truenorth.discover.facts import Column, Table
from truenorth.discover.pick import is_money
from truenorth.discover.word import texts

# What a type says of a movement; the first that fits is it.
_SAYS = (
    ("back", r"refund|revers|charged?[ _-]*back|dispute|\breturn"),
    (
        "neither",
        r"payout|withdraw|transfer|deposit|conversion|hold|reserve|release|\bfees?\b|_fee|adjust|top[ _-]?up|authori|"
        r"currency|balance|contribution|advance|loan|tax|marketing|postage|label",
    ),
    ("paid", r"payment|charge|sale|order|checkout|purchase|capture|invoice"),
)
_NAMED = ({"type"}, {"event"}, {"category"}, {"kind"})
_DONE = ({"action"}, {"operation"}, *_NAMED)  # where no sign tells what left, its type must say both
_MOST = 40


class Movements(Struct, frozen=True):
    """The column that types movements, and the values that say that something was paid, or went back."""

    column: Column
    paid: tuple[str, ...]
    back: tuple[str, ...]
    signed: bool = True  # whether what went back is below nothing


def says(value: str) -> str:
    """What a type says of a movement: paid, back, or neither.

    >>> says("Express Checkout Payment"), says("Payment Refund"), says("General Withdrawal")
    ('paid', 'back', 'neither')
    """
    text = value.lower()
    return next((word for word, pattern in _SAYS if re.search(pattern, text)), "neither")


def movements_of(table: Table) -> Movements | None:
    """The types of a table's movements; None where it does not hold both what came and what left."""
    signed = any(is_money(one) and _both_ways(one) for one in table.columns)
    ways = _NAMED if signed else _DONE
    for one in table.columns if any(map(is_money, table.columns)) else ():
        if one.type != "text" or not 2 <= len(one.values) <= _MOST or not any(way <= set(one.words) for way in ways):
            continue
        meant = {value: says(value) for value in one.values}
        paid = tuple(value for value in one.values if meant[value] == "paid")
        back = tuple(value for value in one.values if meant[value] == "back")
        if paid and len(paid) < len(meant) and (signed or (back and len(paid) + len(back) == len(meant))):
            return Movements(one, paid, back, signed)
    return None


def _both_ways(column: Column) -> bool:
    low, high = column.low, column.high
    return low is not None and high is not None and float(str(low)) < 0 < float(str(high))


# What a movement is, by its type; the metric, its label, and whether it takes away. The first that fits is it.
MOVES = (
    ("reactivat|resurrect|win[ _-]?back|return", "reactivated_mrr", "Recurring revenue that came back", False),
    ("expan|upgrade|upsell", "expansion_mrr", "Expansion of recurring revenue", False),
    ("contract|downgrade|shrink", "contraction_mrr", "Contraction of recurring revenue", True),
    ("churn|cancel|lost", "churned_mrr", "Churned recurring revenue", True),
    (r"\bnew|^new|start", "new_mrr", "New recurring revenue", False),
)
_LEAST = 3  # so many of these types must be there
_STANDS = frozenset(texts("after before end start ending starting beginning balance current previous old"))


class Moves(Struct, frozen=True):
    """The column that types movements, its values by metric, and the column of their amounts."""

    column: Column
    values: dict[str, tuple[str, ...]]
    amount: Column


def moves_of(table: Table) -> Moves | None:
    """What a table says of movements of recurring revenue; None where it is none of these."""
    amounts = [
        one
        for one in table.columns
        if is_money(one) and {"mrr", "arr", "recurring", "amount"} & set(one.words) and not _STANDS & set(one.words)
    ]
    for one in table.columns:
        if one.type != "text" or not _LEAST <= len(one.values) <= 12:
            continue
        found: dict[str, tuple[str, ...]] = {}
        for value in one.values:
            name = next((name for pattern, name, _, _ in MOVES if re.search(pattern, value.lower())), "")
            if name:
                found[name] = (*found.get(name, ()), value)
        if len(found) >= _LEAST and {"new_mrr", "churned_mrr"} <= set(found) and amounts:
            return Moves(one, found, max(amounts, key=lambda each: ("mrr" in each.words, -len(each.words))))
    return None
