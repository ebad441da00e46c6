"""Customers by their first order: who came new, who came again, worked out of the orders themselves."""

from __future__ import annotations

from msgspec import structs

from truenorth.discover.book import Book
from truenorth.discover.counting import both
from truenorth.discover.facts import Column, Table, named, plain_sql, source_sql, unquoted
from truenorth.discover.key import relation
from truenorth.discover.kind import Recognised
from truenorth.discover.money import Money
from truenorth.discover.subject import Subject
from truenorth.discover.word import plain_name
from truenorth.discover.world import World

_NAME, _TIMES = "first_orders", "orders_so_far"


def first_orders(world: World, subject: Subject, customer: str, repeated: Column | None) -> None:
    """A dataset with a row for each customer, and its metrics; nothing where customers have a table with a time."""
    if any(one.time for one in world.of("customers")) or _NAME in {one.name for one in world.subjects}:
        return
    table = _table(world, subject, customer, repeated)
    if table is None:
        return
    made = Subject(table, "first orders", Recognised("first orders", 10.0), Money(), table.columns[1].name)
    world.subjects.append(made)
    book = Book(world, made, "customer")
    text = "Customers by the time of their first order."
    new = book.standard("new_customers", {}, 8, text) or book.count(
        "new_customers", "New customers", "", 8, description=text, unit="customers"
    )
    book.running("customers_so_far", "Customers so far", new, 4, unit="customers")
    text = "Customers by the time of their first order, of whom the data knows a second one."
    again = book.count("returning_customers", "Customers who came again", f"{_TIMES} > 1", 3,
                       description=text, unit="customers")  # fmt: skip
    text = "Of the customers whose first order is in a period, the share that has ordered again by now."
    book.ratio("repeat_customer_rate", "Share of customers who came again", (again, new), 4, unit="percent",
               description=text)  # fmt: skip


def _table(world: World, subject: Subject, customer: str, repeated: Column | None) -> Table | None:
    """One row for each customer with the time of the first order that counts, and how many there are."""
    time, who = subject.table.column(subject.time), unquoted(customer)
    if time is None:
        return None
    field = subject.fields.get(who, {})
    known = subject.table.column(who)
    expr = str(field.get("expr", "")) or (plain_sql(known) if known is not None else "")
    if not expr:
        return None
    first = f"first_{plain_name(time.name)}"
    source, where = _rows(subject), both(subject.conditions)
    held = f"{expr} is not null" + (f" and {where}" if where else "")
    orders = "count(*)" if repeated is None else f"count(distinct {plain_sql(repeated)})"
    picked = f"{expr} as customer, min({plain_sql(time)}) as {first}, {orders} as {_TIMES}"
    query = f"select {picked} from {source} where {held} group by 1"
    type_ = known.type if known is not None else "text"
    columns = (
        Column("customer", "customer", type_, distinct=2),
        structs.replace(time, name=first, written=first, expr="", top=()),
        Column(_TIMES, _TIMES, "integer"),
    )
    table = Table(_NAME, "", 0, columns, query, ("customer",), subject.table.origin)
    [(rows,)] = world.engine.rows(f"SELECT count(*) FROM {relation(table)} AS rows")
    filled = tuple(structs.replace(one, filled=int(str(rows))) for one in columns)
    note = f"a row for each customer of {subject.name}, who is new with the first order that counts"
    return structs.replace(table, rows=int(str(rows)), columns=filled, note=note) if int(str(rows)) > 1 else None


def _rows(subject: Subject) -> str:
    """The rows of orders as an item of FROM, with the columns that conditions need under their names."""
    table = subject.table
    source = f"({table.query}) as rows" if table.query else source_sql(table.source)
    used = [table.column(name) for one in subject.conditions for name in one.columns]
    odd = [one for one in used if one is not None and one.expr]
    if not odd:
        return source
    more = ", ".join(f"{one.expr} as {named(one.name)}" for one in dict.fromkeys(odd))
    return f"(select *, {more} from {source}) as laid_open"
