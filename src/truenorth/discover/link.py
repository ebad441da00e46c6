"""Which tables point to which: a name that says so, and every value found on the other side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct

from truenorth.discover.facts import Column, Table
from truenorth.discover.key import relation
from truenorth.discover.pick import PERSONS, referring
from truenorth.discover.purpose import REFERS
from truenorth.store.engine import Engine

MOST_ORPHANS = 0.2  # with a name that says so, a pointer holds though one value in five leads nowhere
_COVERAGE = 0.5  # without such a name, this part of the keys must be pointed to
_SAME = (
    set(PERSONS),
    {"order", "purchase", "sale", "booking", "checkout"},
    {"product", "item", "sku", "article", "variant"},
    {"payment", "charge", "transaction"},
    {"subscription", "contract", "membership"},
    {"opportunity", "deal"},
    {"plan", "price", "product"},
    {"campaign", "ad"},
    {"ticket", "case"},
)


_NO_NOUNS = ("export", "list", "table", "all", "dim", "fact", "stg", "raw", "dataset", "data")


class Link(Struct, frozen=True):
    """Rows of `from_` point by `column` to the row of `to` with that `key`; `orphans` of `filled` lead nowhere."""

    from_: str
    column: str
    to: str
    key: str
    filled: int
    orphans: int
    by_name: bool


def links(engine: Engine, tables: Sequence[Table]) -> list[Link]:
    """All pointers that hold, the best target for each column."""
    found: list[Link] = []
    for table in tables:
        for column in table.columns:
            if rivals := sorted(_rivals(table, column, tables), key=lambda one: -one[0]):
                found += _best(engine, table, column, rivals)
    return found


def _best(engine: Engine, table: Table, column: Column, rivals: list[tuple[float, Table, Column]]) -> Iterator[Link]:
    for worth, target, key in rivals[:4]:
        orphans, met = contained(engine, table, column, target, key)
        named = worth >= 2
        if named and orphans <= MOST_ORPHANS * column.filled and met:
            yield Link(table.name, column.name, target.name, key.name, column.filled, orphans, True)
            return
        # Texts like u_12 that are all keys of another table are there by no accident; bare numbers may be.
        telling = met >= _COVERAGE * target.rows or not str(column.low).isdigit()
        if not named and not orphans and telling and column.type == "text" and met > 20:
            yield Link(table.name, column.name, target.name, key.name, column.filled, 0, False)
            return


def _rivals(table: Table, column: Column, tables: Sequence[Table]) -> Iterator[tuple[float, Table, Column]]:
    """The keys a column may point to, with how much its name speaks for each."""
    if column.inside or not column.filled or column.type not in ("integer", "text"):
        return
    for target in tables:
        if len(target.key) != 1:
            continue
        key = target.column(target.key[0])
        if key is None or key.type != column.type or (target is table and key.name == column.name):
            continue
        worth = alike(column, target, key)
        if target is table:
            worth = worth if worth >= 2 and "parent" in column.words else 0.0
        if worth > 0:
            yield worth, target, key
        elif column.type == "text" and _wide(column) and column.words[-1:] and column.words[-1] in REFERS:
            yield 0.1, target, key


def _wide(column: Column) -> bool:
    return column.distinct > 20


def alike(column: Column, target: Table, key: Column) -> float:
    """How much the name of a column speaks for pointing to a table's key.

    2 and more is a name that says so: `customer_id` for customers, `email` for a key of that name.
    """
    if table_key_only(column):
        return 0.0
    if column.name.lower() == key.name.lower() and key.words != ("id",) and key.words != ("name",):
        same = 3.0 if referring(column) or key.words[-1:] == ("email",) else 2.0
    else:
        same = 0.0
    heads = referring(column).split()
    head = heads[-1] if heads else (column.words[-1] if column.words else "")
    own = [word for word in target.words if word not in _NO_NOUNS]
    noun = own[-1] if own else ""
    if same:
        # Several tables may have the same key: it is that of the table which is called so.
        return same + (1.0 if head == noun else 0.0)
    worth = 0.0
    if head and head == noun:
        worth = 3.5 if heads else 2.2
    elif head and any(head in same and noun in same for same in _SAME):
        worth = 2.5 if heads else 0.0
    elif heads and [head] == referring(key).split()[-1:]:
        worth = 2.5
    if worth and set(own[:-1]) & set(heads[:-1]):
        worth += 0.5
    return worth - (0.7 if worth and len(own) > 1 and not set(own[:-1]) & set(heads) else 0.0)


def table_key_only(column: Column) -> bool:
    """Whether a column is a bare `id`, which points to nothing but itself."""
    return column.words in (("id",), ("uuid",), ("key",))


def contained(engine: Engine, table: Table, column: Column, target: Table, key: Column) -> tuple[int, int]:
    """How many rows of a table point to no key of another, and how many different keys are pointed to."""
    # Ids of the type UUID are compared with those that are texts.
    here, there = (f"{one.sql}::VARCHAR" if one.type == "text" else one.sql for one in (column, key))
    sql = (
        f"SELECT coalesce(sum(n) FILTER (WHERE k IS NULL), 0), count(k) FROM "
        f"(SELECT {here} AS v, count(*) AS n FROM {relation(table)} AS rows "
        f"WHERE {column.sql} IS NOT NULL GROUP BY 1) AS pointing LEFT JOIN "
        f"(SELECT {there} AS k FROM {relation(target)} AS rows) AS keys ON v = k"
    )
    [(orphans, met)] = engine.rows(sql)
    return int(str(orphans)), int(str(met))
