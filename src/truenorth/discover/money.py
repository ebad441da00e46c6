"""Amounts of money: in which currency, and whether they are written in cents or below zero."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

from msgspec import Struct, structs

from truenorth.define.currencies import UNDIVIDED
from truenorth.discover.cents import weighed
from truenorth.discover.facts import Column, Table, named, plain_sql
from truenorth.discover.pick import MONEY_CODES, currency, is_money
from truenorth.discover.purpose import PURPOSES

# Currencies without smaller money: an amount in their smallest unit is the amount itself. Providers may count
# hundredths of Icelandic crowns all the same.
WHOLE = (*UNDIVIDED, "ISK", "UYI")
# Signs that mean one currency, wherever they stand; those of dollars, pesos and crowns mean several.
_SIGNS = {"€": "EUR", "£": "GBP", "₹": "INR", "zł": "PLN", "₽": "RUB", "₺": "TRY", "₩": "KRW", "₪": "ILS", "₫": "VND",
          "฿": "THB", "₦": "NGN", "R$": "BRL", "CA$": "CAD", "A$": "AUD", "NZ$": "NZD", "HK$": "HKD"}  # fmt: skip
_MARKED = {"cents", "minor", "micro"}
_SMALL = ("micros", "micro", "cents", "cent", "minor", "pence", "in")
_BILLING_IDS = re.compile(r"(ch|py|in|pi|re|pyr|txn|sub|si|price|plan|cus|il|po|dp|cn|seti|sub_sched)_[A-Za-z0-9]{6,}")


class Money(Struct, frozen=True):
    """How a table writes amounts: the column of their currency, the codes by frequency, and which are in cents."""

    column: str = ""
    written: Column | None = None
    codes: tuple[str, ...] = ()
    cents: frozenset[str] = frozenset()
    evidence: str = ""
    doubtful: tuple[str, ...] = ()  # whole amounts that may be cents as well
    inferred: bool = False  # whether that they count cents was concluded, and not said by names or ids

    @property
    def upper(self) -> bool:
        """Whether the codes have to be written large first."""
        return self.written is not None and any(value != value.upper() for value in self.written.values)

    @property
    def mixed(self) -> bool:
        return len(self.codes) > 1


def taken_off(table: Table) -> Table:
    """The table with discounts read as what they take off, where all of a column are written below zero."""
    told = PURPOSES["discount"]
    below = {one.name for one in table.columns if one.below_zero and told.weight(one) >= told.least}
    return structs.replace(table, columns=tuple(_turned(one) if one.name in below else one for one in table.columns))


def _turned(column: Column) -> Column:
    low, high = (-Decimal(str(one)) for one in (column.high, column.low))
    return structs.replace(column, low=low, high=high, top=(), turned=True)


def money_of(table: Table) -> Money:
    """What a table's columns say about its amounts."""
    column = currency(table)
    amounts = [one for one in table.columns if is_money(one)]
    codes: tuple[str, ...] = ()
    if column is not None:
        codes = tuple(dict.fromkeys(value.upper() for value in column.values if value.strip()))
    else:
        named_codes = {word.upper() for one in amounts for word in one.words} & MONEY_CODES
        signs = (code for one in amounts for sign, code in _SIGNS.items() if sign in one.written)
        codes = tuple(sorted(named_codes) or dict.fromkeys(signs))[:1]
    cents, evidence = _cents(table, amounts, column)
    held = column.name if column else ""
    if cents:
        return Money(held, column, codes, frozenset(cents), evidence)
    found = weighed(table, amounts, codes)
    if codes and set(codes) <= set(WHOLE):
        return Money(held, column, codes)
    return Money(held, column, codes, frozenset(found.cents), found.evidence, found.doubtful, bool(found.cents))


def alike(money: Money, other: str) -> Money:
    """Amounts that may be cents, as those of another table that they belong to are."""
    evidence = f"whole numbers, as in {other}, to which they belong"
    return structs.replace(money, cents=frozenset(money.doubtful), evidence=evidence, doubtful=())


def _cents(table: Table, amounts: Sequence[Column], column: Column | None) -> tuple[list[str], str]:
    """The columns that count cents: those that say so, or all whole amounts of a payment provider's own tables."""
    marked = [one.name for one in amounts if _MARKED & set(one.words)]
    if marked:
        return marked, "their names say so"
    # What is 0 throughout says nothing of how amounts are written.
    telling = [one for one in amounts if one.filled and float(str(one.high)) != 0]
    whole = [one.name for one in telling if one.type == "integer"]
    if not whole or len(whole) < len(telling):
        return [], ""
    small = column is not None and column.values and all(value == value.lower() for value in column.values)
    ids = [one for one in table.columns if one.sample and one.share(_BILLING_IDS) > 0.8]
    named_so = any({"amount", "price"} & set(one.words) for one in telling)
    own = any("livemode" in one.words or one.name == "object" for one in table.columns)
    provider = own or (ids and (column is not None or named_so))
    if provider and (small or column is None):
        return (
            whole,
            "whole numbers beside ids and currency codes of a payment provider, who counts in the smallest unit",
        )
    return [], ""


def amount_sql(column: Column, money: Money) -> str:
    """The amount in whole money as an exact number, where it is written in cents; "" where it is so already."""
    if column.name not in money.cents:
        return ""
    name = plain_sql(column)
    if "micro" in column.words:
        return f"cast({name} * 0.000001 as decimal(18, 2))"
    whole = [code for code in money.codes if code in WHOLE]
    if whole and money.column:
        codes = ", ".join(f"'{code}'" for code in whole)
        held = f"upper({named(money.column)})"
        return f"cast(case when {held} in ({codes}) then {name} else {name} * 0.01 end as decimal(18, 2))"
    return f"cast({name} * 0.01 as decimal(18, 2))"


def plain_amount(name: str) -> str:
    """The name of an amount without the word for cents.

    >>> plain_amount("amount_cents"), plain_amount("price_in_cents"), plain_amount("amount"), plain_amount("cents")
    ('amount', 'price', 'amount', 'amount')
    """
    kept = [part for part in name.split("_") if part.lower() not in _SMALL]
    return "_".join(kept) or "amount"
