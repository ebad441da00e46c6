"""Customers and people by what they did first: who came new, who came again, worked out of the rows themselves."""

from __future__ import annotations

import re
from collections.abc import Sequence

from msgspec import Struct, structs

from truenorth.discover.book import Book
from truenorth.discover.counting import Condition, both, there
from truenorth.discover.facts import Column, Table, named, plain_sql, rows_of, unquoted
from truenorth.discover.kind import Recognised
from truenorth.discover.money import Money
from truenorth.discover.shape import whole
from truenorth.discover.subject import Subject
from truenorth.discover.word import plain_name
from truenorth.discover.world import World


class Each(Struct, frozen=True):
    """A dataset with a row for each of them: its name, what one is called, how often they came, and why they stand."""

    name: str
    who: str
    times: str
    note: str


_BUYERS = Each("first_orders", "customer", "orders_so_far", "who is new with the first order that counts")
_PEOPLE = Each("first_events", "person", "events_so_far", "who is new with the first event that the data holds")


def first_orders(world: World, subject: Subject, customer: str, repeated: Column | None) -> None:
    """A dataset with a row for each customer, and its metrics; nothing where customers have a table with a time."""
    if _known(world, _BUYERS):
        return
    counted = "count(*)" if repeated is None else f"count(distinct {plain_sql(repeated)})"
    made = _each(world, subject, customer, counted, _BUYERS)
    if made is None:
        return
    book = Book(world, made, "customer")
    text = "Customers by the time of their first order."
    new = book.standard("new_customers", {}, 8, text) or book.count(
        "new_customers", "New customers", "", 8, description=text, unit="customers"
    )
    book.running("customers_so_far", "Customers so far", new, 4, unit="customers")
    text = "Customers by the time of their first order, of whom the data knows a second one."
    again = book.count("returning_customers", "Customers who came again", f"{_BUYERS.times} > 1", 3,
                       description=text, unit="customers")  # fmt: skip
    text = "Of the customers whose first order is in a period, the share that has ordered again by now."
    book.ratio("repeat_customer_rate", "Share of customers who came again", (again, new), 4, unit="percent",
               description=text)  # fmt: skip


def first_events(world: World, subject: Subject, who: str) -> None:
    """A dataset with a row for each person seen, and who came new; nothing where that is known otherwise."""
    if "new_users" in world.taken or _known(world, _PEOPLE):
        return
    subject.conditions = subject.conditions or there(subject.table)
    made = _each(world, subject, who, "count(*)", _PEOPLE)
    if made is None:
        return
    book, text = Book(world, made, "customer"), "People by the time of their first event in this data."
    new = book.standard("new_users", {}, 8, text)
    book.running("people_so_far", "People so far", new, 3, unit="people")


def _known(world: World, each: Each) -> bool:
    """Whether a table says already who came when."""
    return any(one.time for one in world.of("customers")) or each.name in {one.name for one in world.subjects}


def _each(world: World, subject: Subject, who: str, counted: str, each: Each) -> Subject | None:
    """The dataset with one row for each, its first time and how often it came; None where that cannot be told."""
    table = _table(world, subject, unquoted(who), counted, each)
    if table is None:
        return None
    made = Subject(table, each.name.replace("_", " "), Recognised(each.name, 10.0), Money(), table.columns[1].name)
    world.subjects.append(made)
    return made


def _table(world: World, subject: Subject, who: str, counted: str, each: Each) -> Table | None:
    time = subject.table.column(subject.time)
    if time is None:
        return None
    field = subject.fields.get(who, {})
    known = subject.table.column(who)
    expr = str(field.get("expr", "")) or (plain_sql(known) if known is not None else "")
    if not expr:
        return None
    first = f"first_{plain_name(time.name)}"
    held_by = expr if field.get("expr") else ""
    source, where = laid_open(subject, subject.conditions, held_by), both(subject.conditions)
    held = f"{expr} is not null" + (f" and {where}" if where else "")
    picked = f"{expr} as {each.who}, min({plain_sql(time)}) as {first}, {counted} as {each.times}"
    query = f"select {picked} from {source} where {held} group by 1"
    type_ = known.type if known is not None else "text"
    columns = (
        Column(each.who, each.who, type_, distinct=2),
        structs.replace(time, name=first, written=first, expr="", inside="", top=()),
        Column(each.times, each.times, "integer"),
    )
    note = f"a row for each {each.who} of {subject.name}, {each.note}"
    made = whole(world.engine, Table(each.name, "", 0, columns, query, (each.who,), subject.table.origin, note))
    return made if made.rows > 1 else None


def laid_open(subject: Subject, conditions: Sequence[Condition], expr: str = "") -> str:
    """The rows of a table as an item of FROM, with the columns that conditions and `expr` need under their names."""
    table = subject.table
    source = rows_of(table)
    used = [table.column(name) for one in conditions for name in one.columns]
    odd = [one for one in used if one is not None and one.expr]
    odd += [one for one in table.columns if one.expr != expr and one.expr and re.search(rf"\b{one.name}\b", expr)]
    if not odd:
        return source
    more = ", ".join(f"{one.expr} as {named(one.name)}" for one in dict.fromkeys(odd))
    return f"(select *, {more} from {source}) as laid_open"
