"""Whether an amount beside a quantity is that of one piece or of all: the data itself shows it."""

from __future__ import annotations

from truenorth.discover.facts import Column, plain_sql
from truenorth.discover.key import relation
from truenorth.discover.subject import Subject
from truenorth.discover.world import World

_ENOUGH = 5  # so many rows of several pieces must be comparable
_NEAR = 0.02
_CLEARLY = 0.5


def of_all(world: World, subject: Subject, amount: Column, quantity: Column, alike: list[Column]) -> bool | None:
    """Whether an amount grows with the quantity beside it, by rows that are alike but for it; None where none show it.

    `alike` are the columns that must be the same for amounts to be comparable: a product, a plan, a currency.
    """
    if not alike or quantity.high is None or float(str(quantity.high)) <= 1:
        return None
    keys = ", ".join(f"{plain_sql(one)} AS k{at}" for at, one in enumerate(alike))
    names = ", ".join(f"k{at}" for at in range(len(alike)))
    rows = (
        f"SELECT {keys}, CAST({plain_sql(amount)} AS DOUBLE) AS a, CAST({plain_sql(quantity)} AS DOUBLE) AS q "
        f"FROM {relation(subject.table)} AS rows"
    )
    near = f"{_NEAR} * abs({{}})"
    [(total, piece, count)] = world.engine.rows(
        f"WITH given AS ({rows}), ones AS (SELECT {names}, median(a) AS one FROM given WHERE q = 1 AND a <> 0 "
        f"GROUP BY ALL) SELECT avg(CASE WHEN abs(a - one * q) <= {near.format('one * q')} THEN 1.0 ELSE 0.0 END), "
        f"avg(CASE WHEN abs(a - one) <= {near.format('one')} THEN 1.0 ELSE 0.0 END), count(*) "
        f"FROM given JOIN ones USING ({names}) WHERE q > 1 AND a <> 0"
    )
    if int(str(count)) < _ENOUGH:
        return None
    held, single = float(str(total)), float(str(piece))
    return None if max(held, single) < _CLEARLY else held > single


def is_share(column: Column | None) -> bool:
    """Whether a discount is a part of the price, as 0.25, and no amount."""
    if column is None or not column.numeric or column.low is None or column.high is None:
        return False
    low, high = float(str(column.low)), float(str(column.high))
    return low >= 0 and 0 < high <= 1 and column.type != "integer"


def less_share(subject: Subject, amount: str, discount: Column) -> str:
    """An amount less the part of it that a discount is."""
    return f"{amount} * (1 - {subject.or_zero(discount)})"


def products(subject: Subject) -> list[Column]:
    """The columns that tell products or plans apart, with the currency of their prices."""
    found = [
        one
        for one in subject.table.columns
        if {"sku", "product", "plan", "item", "article", "variant", "asin"} & set(one.words)
        and not {"quantity", "price", "discount", "status", "tax", "total", "amount"} & set(one.words)
        and one.type in ("text", "integer")
        and 1 < one.distinct < 0.9 * subject.table.rows
    ]
    best = sorted(found, key=lambda one: (-one.filled, -one.distinct))[:1]
    money = subject.money.written
    return [*best, *([money] if best and money is not None and subject.money.mixed else [])]
