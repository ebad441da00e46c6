"""Subscriptions whose price stands with their plan: what it is, how often it is due and in which currency."""

from __future__ import annotations

from msgspec import structs

from truenorth.discover.facts import Column, Table, named, plain_sql, rows_of
from truenorth.discover.link import Link
from truenorth.discover.pick import currency, is_money, pick

_PLANS = frozenset(["plan", "price", "product", "tier", "package", "offer"])


def priced_by(table: Table, link: Link, other: Table) -> Table:
    """Subscriptions with the price of their plan, by a select that joins it; the table itself where it has its own."""
    column, key, price = table.column(link.column), other.column(link.key), pick(other, "recurring")
    if column is None or key is None or price is None or not is_money(price) or pick(table, "recurring") is not None:
        return table
    if not _PLANS & {*other.words, *column.words}:
        return table
    wanted = [price, pick(other, "interval") if pick(table, "interval") is None else None]
    wanted.append(currency(other) if currency(table) is None else None)
    brought = [(one, _free(table, one)) for one in wanted if one is not None]
    parts = ", ".join(f"{plain_sql(one)} as {named(name)}" for one, name in brought)
    taken = ", ".join(f"plan.{named(name)}" for _, name in brought)
    query = (
        f"select subscribed.*, {taken} from {rows_of(table, 'subscribed')} left join "
        f"(select {plain_sql(key)} as their_key, {parts} from {rows_of(other)}) as plan "
        f"on plan.their_key = subscribed.{plain_sql(column)}"
    )
    filled = link.filled - link.orphans
    extra = [
        structs.replace(one, name=name, written=_written(one, name), expr="", filled=filled) for one, name in brought
    ]
    note = f"what a subscription costs is {price.written} of {other.name}, by {column.written}, as it is there today"
    note = "; ".join(filter(None, (table.note, note)))
    return structs.replace(table, query=query, source="", columns=(*table.columns, *extra), note=note)


def _free(table: Table, column: Column) -> str:
    """The column's name, with its plan's where the table has one like it."""
    return column.name if table.column(column.name) is None else f"plan_{column.name}"


def _written(column: Column, name: str) -> str:
    return column.written if name == column.name else name
