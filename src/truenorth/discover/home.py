"""Amounts that stand in a table twice, as they were paid and in the one currency they were converted to."""

from __future__ import annotations

from msgspec import structs

from truenorth.discover.facts import Column, Table
from truenorth.discover.pick import MONEY_CODES, currency, is_money

_MARKS = frozenset(["converted", "base", "home", "settled", "settlement", "company"])


def in_one_currency(table: Table) -> Table:
    """The table with its converted amounts alone, where it has several currencies and those are in one; else itself."""
    paid_in = currency(table)
    if paid_in is None or len({value.upper() for value in paid_in.values}) < 2:
        return table
    amounts = [one for one in table.columns if is_money(one)]
    for mark in _marks(amounts):
        twins = {one.name: base for one in amounts if mark in one.words and (base := _twin(one, mark, amounts))}
        codes = [one for one in table.columns if one is not paid_in and _converted_to(one, mark)]
        code = mark.upper() if mark.upper() in MONEY_CODES else next((one.values[0].upper() for one in codes), "")
        if not twins or not code:
            continue
        gone = {paid_in.name, *(one.name for one in twins.values())}
        kept = tuple(one for one in table.columns if one.name not in gone)
        listed = ", ".join(one.written for one in twins.values())
        note = f"amounts are those converted to {code}; as they were paid, in several currencies: {listed}"
        return structs.replace(table, columns=kept, note="; ".join(filter(None, (table.note, note))))
    return table


def _marks(amounts: list[Column]) -> list[str]:
    """The words by which converted amounts are told, with the codes of currencies among them."""
    said = dict.fromkeys(word for one in amounts for word in one.words)
    return [word for word in said if word in _MARKS or word.upper() in MONEY_CODES]


def _twin(column: Column, mark: str, amounts: list[Column]) -> Column | None:
    rest = [word for word in column.words if word != mark]
    return next((one for one in amounts if list(one.words) == rest), None)


def _converted_to(column: Column, mark: str) -> bool:
    """Whether a column says which currency amounts were converted to: always the same."""
    said = set(column.words)
    return {"currency", mark} <= said and len({value.upper() for value in column.values}) == 1
