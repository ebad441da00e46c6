"""Purchases among events as orders of their own: what is told twice counts once."""

from __future__ import annotations

import re
from collections.abc import Sequence

from msgspec import structs

from truenorth.discover.facts import Column, Table, named, plain_sql, rows_of
from truenorth.discover.kind import recognised
from truenorth.discover.pick import is_money, person, pick, referring
from truenorth.discover.shape import whole
from truenorth.discover.subject import time_of
from truenorth.store.engine import Engine
from truenorth.store.values import literal

BUY = (
    r"(order|purchase|checkout)([ _-]*(completed|placed|success|made|finished))?|purchased?|"
    r"transaction|in[ _-]*app[ _-]*purchase|(verified[ _-]*)?revenue([ _-]*amount)?|payment[ _-]*succeeded"
)
_IDS = ("transaction", "order", "purchase")
_MEASURES = ("total", "subtotal", "tax", "shipping", "discount", "refund", "quantity", "currency")


def bought(column: Column) -> list[str]:
    """The names of events that say that something was bought."""
    return [value for value in column.values if re.fullmatch(BUY, value, re.I)]


def purchases(engine: Engine, tables: Sequence[Table]) -> list[Table]:
    """Orders taken out of tables of events that name theirs: a page that was loaded again tells of the same order."""
    found = []
    for table in tables:
        event = pick(table, "event")
        if event is None or not bought(event) or recognised(table).kind != "events":
            continue
        time, key = time_of(table, "events"), _order(table)
        if time is not None and key is not None and pick(table, "total") is not None:
            found += _taken(engine, table, event, key, time)
    return found


def _order(table: Table) -> Column | None:
    """The column that names the order of a purchase."""
    return next(
        (one for one in table.columns if referring(one).split()[-1:] and referring(one).split()[-1] in _IDS), None
    )


def _taken(engine: Engine, table: Table, event: Column, key: Column, time: Column) -> list[Table]:
    """One row for each order: its first time, and what its events say of it."""
    kept = [one for purpose in _MEASURES if (one := pick(table, purpose)) is not None]
    who = seen_as(table) or person(table)
    kept += [who] if who is not None else []
    kept = [
        one
        for one in dict.fromkeys(kept)
        if one not in (key, time) and (one is who or is_money(one) or one.numeric or one.values)
    ]
    picked = "".join(f", max({plain_sql(one)}) as {named(one.name)}" for one in kept)
    source = rows_of(table)
    names = [literal(value) for value in bought(event)]
    first = f"select {plain_sql(key)} as {named(key.name)}, min({plain_sql(time)}) as {named(time.name)}{picked}"
    held = f"where {plain_sql(event)} in ({', '.join(names)}) and {plain_sql(key)} is not null"
    query = f"{first} from {source} {held} group by 1"
    columns = tuple(
        structs.replace(one, expr="", inside="", written=one.written.rpartition(".")[2]) for one in (key, time, *kept)
    )
    name = "purchases" if table.name != "purchases" else "purchase_orders"
    note = f"the events {' and '.join(bought(event))} of {table.name}, each {key.name} once, however often it is told"
    made = whole(engine, Table(name, "", 0, columns, query, (key.name,), table.origin, note, "orders"))
    return [made] if made.rows else []


def seen_as(table: Table) -> Column | None:
    """The id by which web analytics know a browser: in every row, whether somebody has signed in or not."""
    for one in table.columns:
        refers = referring(one).split()
        if one.filled and (refers[-1:] == ["pseudo"] or ("domain" in refers and refers[-1:] == ["user"])):
            return one
    return None
