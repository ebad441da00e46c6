"""Tables in another shape than they mean: orders repeated for each line, lines whose time stands elsewhere."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import structs

from truenorth.discover.facts import Column, Table, named, plain_sql, rows_of
from truenorth.discover.key import functional, with_key
from truenorth.discover.link import Link
from truenorth.discover.pick import is_money, pick, referring
from truenorth.discover.subject import time_of
from truenorth.discover.word import plain_name, plural
from truenorth.store.engine import Engine

_HEADS = ("order", "purchase", "sale", "invoice", "transaction", "booking", "checkout")
_LINE_WORDS = frozenset(["line", "item", "product", "sku", "quantity", "variant", "article"])


def unfolded(engine: Engine, table: Table) -> list[Table]:
    """The table itself; or, where it repeats an order for each of its lines, the orders and the lines."""
    if table.key and len(table.key) == 1 and not _lines(table):
        return [table]
    for key in _repeated(table):
        others = [one for one in table.columns if one is not key and one.filled]
        own = functional(engine, table, key, others)
        header = [one for one in others if one.name in own and not {"line", "item"} <= set(one.words)]
        lines = [one for one in others if one not in header]
        if (
            any(map(_total, header))
            and not any(map(_total, lines))
            and any(_LINE_WORDS & set(one.words) for one in lines)
        ):
            return _parted(engine, table, key, header, lines)
    return [table]


def _lines(table: Table) -> bool:
    return any({"line", "item"} <= set(one.words) for one in table.columns)


def _total(column: Column) -> bool:
    said = set(column.words)
    return is_money(column) and bool({"total", "subtotal", "amount", "revenue"} & said) and not {"line", "item"} & said


def _repeated(table: Table) -> list[Column]:
    """Columns that may name the order a row belongs to: filled in every row, and the same in several."""
    found = []
    for one in table.columns:
        head = referring(one).split()[-1:] or ([one.words[-1]] if one.words == ("name",) and _lines(table) else [""])
        named_so = head[0] in _HEADS or (one.words == ("name",) and _lines(table))
        if named_so and one.filled == table.rows and 2 <= one.distinct < 0.98 * table.rows and not one.inside:
            found.append(one)
    return found


def _parted(
    engine: Engine, table: Table, key: Column, header: Sequence[Column], lines: Sequence[Column]
) -> list[Table]:
    """The orders, by a select that takes what concerns a whole order once, and the lines with what is theirs."""
    noun = next((word for word in _HEADS if word in (*key.words, *table.words)), "order")
    source = rows_of(table)
    names = {one.name: plain_name(one.name) for one in (key, *header)}
    picked = "".join(f", max({plain_sql(one)}) as {named(names[one.name])}" for one in header)
    query = f"select {plain_sql(key)} as {named(names[key.name])}{picked} from {source} group by 1"
    columns = tuple(structs.replace(one, name=names[one.name], expr="") for one in (key, *header))
    note = f"{table.origin or table.source} holds a row for each line; what concerns the whole {noun} is taken once"
    orders = Table(plural(noun), "", 0, columns, query, (names[key.name],), table.origin, note, f"{noun}s")
    kind = "order lines" if noun != "invoice" else ""
    own = structs.replace(table, name=f"{noun}_lines", columns=(key, *lines), key=(), kind=kind)
    return [whole(engine, orders), with_key(engine, own)]


def between(parts: Sequence[Table]) -> list[Link]:
    """The pointer from lines to the orders that were taken out of the same rows."""
    if len(parts) != 2 or parts[1].kind == "orders":
        return []
    orders, lines = parts
    return [Link(lines.name, lines.columns[0].name, orders.name, orders.key[0], lines.rows, 0, True)]


def whole(engine: Engine, table: Table) -> Table:
    """A table made by a select, with its counts as they are there."""
    counts = ", ".join(f"count({one.sql})" for one in table.columns)
    [(rows, *filled)] = engine.rows(f"SELECT count(*), {counts} FROM ({table.query}) AS rows")
    columns = tuple(structs.replace(one, filled=int(str(n))) for one, n in zip(table.columns, filled, strict=True))
    return structs.replace(table, rows=int(str(rows)), columns=columns)


def timed_by(table: Table, link: Link, other: Table, kind: str) -> Table:
    """Lines with the time of what they belong to, by a select that joins it; the table itself where that has none."""
    time, key = time_of(other, kind), other.column(link.key)
    column = table.column(link.column)
    if time is None or key is None or column is None:
        return table
    name = next(one for one in ("ordered_at", "happened_at", "time_of_it") if table.column(one) is None)
    inner = f"select {plain_sql(key)} as their_key, {plain_sql(time)} as {name} from {rows_of(other)}"
    query = (
        f"select lines.*, whole.{name} from {rows_of(table, 'lines')} "
        f"left join ({inner}) as whole on whole.their_key = lines.{plain_sql(column)}"
    )
    extra = structs.replace(time, name=name, written=name, expr="", filled=link.filled - link.orphans, top=())
    return structs.replace(table, query=query, source="", columns=(*table.columns, extra))


def known_again(table: Table, link: Link, other: Table) -> Table:
    """Orders with the id by which their customers are known again, where each order has a customer of its own.

    Some programs give a customer a new id with every order, and say beside it who that is.
    """
    column, key = table.column(link.column), other.column(link.key)
    again = [
        one
        for one in other.columns
        if "unique" in one.words and referring(one) and one.filled == other.rows and one.distinct < 0.99 * other.rows
    ]
    if column is None or key is None or not again or column.distinct < 0.97 * table.rows or table.column(again[0].name):
        return table
    person = again[0]
    inner = f"select {plain_sql(key)} as their_key, {plain_sql(person)} as {named(person.name)} from {rows_of(other)}"
    query = (
        f"select orders_given.*, whole.{named(person.name)} from {rows_of(table, 'orders_given')} "
        f"left join ({inner}) as whole on whole.their_key = orders_given.{plain_sql(column)}"
    )
    note = f"each order has a {link.column} of its own: {person.name} of {other.name} says who bought"
    extra = structs.replace(person, expr="", filled=link.filled - link.orphans, top=())
    note = "; ".join(filter(None, (table.note, note)))
    return structs.replace(table, query=query, source="", columns=(*table.columns, extra), note=note)


def needs_time(table: Table) -> bool:
    """Whether a table has no time of its own by which its rows could be counted."""
    return pick(table, "happened") is None
