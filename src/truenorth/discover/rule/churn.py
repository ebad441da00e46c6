"""Subscriptions month by month, by their starts and ends: which ran when a month began, and which ended in it."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import structs

from truenorth.discover.book import Book
from truenorth.discover.counting import Condition, both
from truenorth.discover.facts import Column, Table, plain_sql
from truenorth.discover.kind import Recognised
from truenorth.discover.money import Money
from truenorth.discover.rule.first import laid_open
from truenorth.discover.shape import whole
from truenorth.discover.subject import Subject
from truenorth.discover.world import World

NAME = "subscription_months"
_MOST = 20_000_000  # more rows than these would make each question slow


def churned(world: World, subject: Subject, ends: tuple[Column, Column], counted: Sequence[Condition]) -> None:
    """A dataset with a row for each subscription and month at whose beginning it ran, and the share that ended."""
    if NAME in {one.name for one in world.subjects} or "churn_rate" in world.taken or not subject.table.key:
        return
    table = _table(world, subject, ends, counted)
    if table is None:
        return
    made = Subject(table, "subscriptions month by month", Recognised("other", 10.0), Money(), "month")
    world.subjects.append(made)
    text = "Subscriptions that ended in a month, out of those that ran when it began; of several months, on average."
    slots = {"active_at_start": "active_at_start", "cancelled": "cancelled"}
    Book(world, made, "customer").standard("churn_rate", slots, 8, text)


def _table(world: World, subject: Subject, ends: tuple[Column, Column], counted: Sequence[Condition]) -> Table | None:
    """From the month after its start to that of its end, or of the last start that the data knows."""
    start, end = ends
    source, where = laid_open(subject, counted), both(counted)
    begun, over = (f"cast({plain_sql(one)} as timestamp)" for one in (start, end))
    key = subject.table.column(subject.table.key[0])
    if key is None:
        return None
    last = f"(select max({begun}) from {source})"
    first = f"date_trunc('month', {begun}) + interval 1 month"
    months = f"unnest(generate_series({first}, least(coalesce({over}, {last}), {last}), interval 1 month))"
    held = f" where {where}" if where else ""
    query = (
        "select subscription, cast(month as date) as month, true as active_at_start, "
        "coalesce(ended < month + interval 1 month, false) as cancelled from "
        f"(select {plain_sql(key)} as subscription, {over} as ended, {months} as month from {source}{held}) as months"
    )
    columns = (
        Column("subscription", "subscription", key.type, distinct=2),
        structs.replace(start, name="month", written="month", type="date", expr="", top=()),
        Column("active_at_start", "active_at_start", "boolean"),
        Column("cancelled", "cancelled", "boolean"),
    )
    note = f"a row for each subscription of {subject.name} and month at whose beginning it ran"
    named_by = ("subscription", "month")
    made = whole(world.engine, Table(NAME, "", 0, columns, query, named_by, subject.table.origin, note))
    return made if 1 < made.rows < _MOST else None
