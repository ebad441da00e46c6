"""What each customer pays a month, written down month by month: how much there is, and what changed since before."""

from __future__ import annotations

from msgspec import structs

from truenorth.discover.book import Book
from truenorth.discover.counting import both, there
from truenorth.discover.facts import Column, Table, plain_sql, rows_of
from truenorth.discover.kind import Recognised
from truenorth.discover.money import Money
from truenorth.discover.pick import person
from truenorth.discover.shape import whole
from truenorth.discover.subject import Subject
from truenorth.discover.world import World, variants

CHANGES = "mrr_changes"
# The ways in which what a customer pays changes: metric, label, amount, condition, direction, in words.
_MOVES = (
    ("new_mrr", "New recurring revenue", "mrr", "mrr_before = 0 and mrr > 0", "up",
     "Recurring revenue of customers who had none the month before."),
    ("expansion_mrr", "Expansion of recurring revenue", "mrr - mrr_before", "mrr_before > 0 and mrr > mrr_before", "up",
     "What customers pay more than the month before."),
    ("contraction_mrr", "Contraction of recurring revenue", "mrr_before - mrr", "mrr > 0 and mrr < mrr_before", "down",
     "What customers pay less than the month before, and stay."),
    ("churned_mrr", "Churned recurring revenue", "mrr_before", "mrr_before > 0 and mrr <= 0", "down",
     "What customers paid the month before who pay nothing now."),
)  # fmt: skip


def subscription_months(world: World, subject: Subject) -> None:
    """The metrics of a table with a row for each customer and month, and what it is worth."""
    column, who = subject.column("recurring"), person(subject.table)
    if column is None or who is None or not subject.time:
        return
    book, where = Book(world, subject, "financial"), both(there(subject.table))
    amount = _monthly(subject, column)
    subject.notes.append(
        f"rows say what a customer pays on each {subject.time}: the last one of a period stands for it"
    )
    stands = {"type": "snapshot", "non_additive_dimension": {"name": subject.time}}
    text = "What all customers together pay a month, at a period's end."
    for variant in variants(subject):
        name, label = f"mrr{variant.suffix}", f"Monthly recurring revenue{variant.label}"
        held = " and ".join(one for one in (where, variant.condition) if one)
        name = world.free(name, subject)
        made = book.money(name, label, amount, held, 10, **stands, description=text)
        if variant.suffix:
            continue
        year = {"unit": "currency", "description": "Twelve times the monthly recurring revenue."}
        book.formula("arr", "Annual recurring revenue", f"{made} * 12", (made,), 5, **year)
        paying = " and ".join(one for one in (where, f"{amount} > 0") if one)
        keys = stands | {"unit": "customers", "domain": "customer"}
        keys["description"] = "Different customers who pay, at a period's end."
        count = book.people("paying_customers", "Paying customers", subject.called(who), paying, 8, **keys)
        book.ratio("mrr_per_customer", "Recurring revenue per customer", (made, count), 5, unit="currency")
    if not subject.money.mixed:
        _changes(world, subject, column, who)


def _monthly(subject: Subject, column: Column) -> str:
    """The amount of a month: a twelfth of what is written for a year."""
    amount = subject.called(column)
    if {"arr", "annual"} & set(column.words):
        return subject.amount("monthly_amount", f"cast({amount} as decimal(28, 8)) / 12")
    return amount


def _changes(world: World, subject: Subject, column: Column, who: Column) -> None:
    """A dataset with what each customer pays beside what it was the month before, and the metrics of the change."""
    table = _table(world, subject, column, who)
    if table is None:
        return
    made = Subject(table, "changes of recurring revenue", Recognised("other", 10.0), Money(), "month")
    code = "".join(subject.money.codes[:1])
    for one in table.columns[2:]:
        made.fields[one.name] = {"name": one.name, "unit": "currency"} | ({"currency": code} if code else {})
    world.subjects.append(made)
    book, parts = Book(world, made, "financial"), list[str]()
    for name, label, amount, where, direction, text in _MOVES:
        field = amount if amount.isidentifier() else made.amount(f"{name.partition('_')[0]}_amount", amount)
        keys = {"fill_nulls_with": 0, "direction": direction, "description": text}
        parts.append(book.money(name, label, field, where, 5, **keys))
    _, more, less, gone = parts
    text = "New and expanded less contracted and churned recurring revenue."
    net = "{} + {} - {} - {}".format(*(f"coalesce({one}, 0)" for one in parts))
    book.formula("net_new_mrr", "Net new recurring revenue", net, tuple(parts), 6, unit="currency", description=text)
    text = "Recurring revenue of the month before; that of several months is added up."
    before = book.money("mrr_of_month_before", "Recurring revenue of the month before", "mrr_before", "", 0,
                        description=text)  # fmt: skip
    each = {"unit": "percent"}
    text = "Recurring revenue lost with customers, out of that of the month before; of several months, on average."
    book.ratio("mrr_churn_rate", "Churn of recurring revenue", (gone, before), 6, **each, direction="down",
               description=text)  # fmt: skip
    text = "What customers of the month before pay now, out of what they paid; new customers are left out."
    kept = f"1 + (coalesce({more}, 0) - coalesce({less}, 0) - coalesce({gone}, 0)) / {before}"
    known = (more, less, gone, before)
    book.formula("net_revenue_retention", "Net revenue retention", kept, known, 7, **each, description=text)
    book.standard("churn_rate", {"active_at_start": "mrr_before > 0", "cancelled": "mrr <= 0"}, 8)


def _table(world: World, subject: Subject, column: Column, who: Column) -> Table | None:
    """What each customer pays in a month and paid in the one before, from the second month on."""
    time = subject.table.column(subject.time)
    if time is None:
        return None
    table, at, where = subject.table, plain_sql(time), both(there(subject.table))
    source = rows_of(table)
    twelfth = " / 12" if {"arr", "annual"} & set(column.words) else ""
    amount = f"cast(sum({plain_sql(column)}){twelfth} as decimal(18, 2))"
    ends = f"select max({at}) from {source} group by date_trunc('month', {at})"
    held = f"{at} in ({ends})" + (f" and {where}" if where else "")
    query = (
        f"with held as (select {plain_sql(who)} as customer, cast(date_trunc('month', {at}) as date) as month, "
        f"{amount} as mrr from {source} where {held} group by 1, 2), "
        "months as (select month, lead(month) over (order by month) as next from (select distinct month from held) "
        "as each), before as (select customer, next, mrr from held join months using (month) where next is not null) "
        "select coalesce(held.customer, before.customer) as customer, coalesce(held.month, before.next) as month, "
        "coalesce(held.mrr, 0) as mrr, coalesce(before.mrr, 0) as mrr_before from held full join before "
        "on before.customer = held.customer and before.next = held.month "
        "where coalesce(held.month, before.next) > (select min(month) from months)"
    )
    columns = (
        Column("customer", "customer", who.type, distinct=2),
        structs.replace(time, name="month", written="month", type="date", expr="", top=()),
        Column("mrr", "mrr", "decimal"),
        Column("mrr_before", "mrr_before", "decimal"),
    )
    note = f"what each customer of {subject.name} pays in a month beside the one before; the first month has none"
    made = whole(world.engine, Table(CHANGES, "", 0, columns, query, ("customer", "month"), table.origin, note))
    return made if made.rows > 1 else None
