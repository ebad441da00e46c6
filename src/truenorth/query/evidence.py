"""The rows that make one number: the same FROM, conditions and windows as the number itself, and nothing gathered."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from msgspec.structs import replace

from truenorth.base.table import Column
from truenorth.define.attribution import CONVERSION_KEY, TOUCH_KEY, credit_of, sides_of
from truenorth.define.graph import entity_columns
from truenorth.define.model import Metric
from truenorth.define.series import BUCKETED
from truenorth.query.catalog import Catalog
from truenorth.query.denomination import rates_of
from truenorth.query.dialect import indented, listed, quote
from truenorth.query.leg import Pass, spine_names
from truenorth.query.movement import Moving
from truenorth.query.revaluation import Valued
from truenorth.query.shape import Leaf, Leg, Plan
from truenorth.query.spine import INSIDE, spine_and_days, windows_sql
from truenorth.query.ways import reading, snapshot_days, taken_groups

COUNTS = "what counts"
FIELD = re.compile(r"\w\.(\w+)")
TIME = "time of row"


@dataclass(frozen=True, slots=True)
class Place:
    """One row of an answer: its labels in time and the values of its groups, as the engine gives them."""

    labels: tuple[object, ...] = ()
    values: tuple[object, ...] = ()


@dataclass(frozen=True, slots=True)
class Evidence:
    """A select of what lies behind a number, and its columns; the last is what each row counts for.

    `moment` is the place of the rows' time among them, which is in UTC; None without one, or where it is a day.
    """

    sql: str
    columns: tuple[Column, ...]
    moment: int | None = None


def evidence(catalog: Catalog, plan: Plan, leg: Leg, leaf: Leaf, place: Place) -> Evidence:
    """What lies behind one leaf of a plan at a place: entities of what counts distinct things or moves, else rows."""
    writing = reading(catalog, plan, replace(leg, leaves=(leaf,)))
    if isinstance(writing, Moving):
        return movers(writing, leaf, place)
    return distinct(writing, leaf, place) if leaf.metric.agg == "count_distinct" else rows(writing, leaf, place)


def rows(writing: Pass, leaf: Leaf, place: Place) -> Evidence:
    """The rows that are gathered, with what each counts for; those that count for nothing are none of them."""
    shown = shown_fields(writing)
    columns = {quote(f"field {at}"): sql for at, (_, sql) in enumerate(shown, 1)}
    if writing.leg.time:
        moment = writing.time if writing.dated else writing.clock.utc(writing.time)
        columns = {quote(TIME): moment, **columns}
    sql = indented(within(writing, leaf, place, columns))
    own = leaf.metric
    timed = (Column("time", "time", "Time"),) if writing.leg.time else ()
    unit = "" if own.type in BUCKETED else own.unit
    worth = Column("counts", "metric", told(own), unit, own.currency)
    listed_columns = (*timed, *(column for column, _ in shown), worth)
    names = ", ".join(f"made.{name}" for name in (*columns, quote(COUNTS)))
    found = f"SELECT {names}\nFROM (\n{sql}\n) AS made\nWHERE made.{quote(COUNTS)} IS NOT NULL"
    # What has no time is neither the first nor the last.
    found += f" AND made.{quote(TIME)} IS NOT NULL" if own.agg in ("first", "last") else ""
    return Evidence(found, listed_columns, 0 if timed and not writing.dated else None)


def shown_fields(writing: Pass) -> list[tuple[Column, str]]:
    """The declared fields of a row and what tells it from others, as SQL; what has no plain word is told as text."""
    catalog, name, alias = writing.catalog, writing.leg.dataset, writing.alias
    dataset = catalog.dataset(name)
    if writing.leg.slices is not None:
        # A slice of time has what it is told of, and nothing else.
        return [(Column(one.name, "dimension"), f"{alias}.{quote(one.name)}") for one in writing.plan.dimensions]
    if credit_of(name):
        sides = zip(sides_of(catalog.model, name), (TOUCH_KEY, CONVERSION_KEY), strict=False)
        keys = [(word, at) for side, word in sides for at, _ in enumerate(catalog.dataset(side.dataset).primary_key, 1)]
        return [(Column(f"{word} {at}"), f"{alias}.{quote(f'{word} {at}')}") for word, at in keys]
    names = dict.fromkeys([*dataset.primary_key, *(field.name for field in dataset.fields)])
    names.pop(writing.leg.time, None)
    every = {one: catalog.field_sql(name, one, quote(name)) for one in names}
    kinds = catalog.types(name, every) if every else {}
    found = []
    for one in names:
        field, sql = dataset.field(one), catalog.field_sql(name, one, alias)
        label = field.label if field and field.label else one.replace("_", " ").capitalize()
        unit, currency = (field.unit, field.currency) if field else ("", "")
        currency = currency or (catalog.model.workspace.currency if unit == "currency" else "")
        text = catalog.dialect.cast(sql, catalog.dialect.text) if kinds[one] == "other" else sql
        found.append((Column(one, "dimension", label, unit, currency), text))
    return found


def told(metric: Metric) -> str:
    """What people read above what a row counts for."""
    return "Counts" if metric.agg == "count" or metric.type in BUCKETED else metric.title


def distinct(writing: Pass, leaf: Leaf, place: Place) -> Evidence:
    """The different things that are counted, each with how many rows it has, and the first and last time of them."""
    columns: dict[str, str] = {}
    if writing.leg.time:
        columns[quote(TIME)] = writing.time if writing.dated else writing.clock.utc(writing.time)
    sql = within(writing, leaf, place, columns)
    thing = f"made.{quote(COUNTS)}"
    selected = [f"{thing} AS thing", "count(*) AS size"]
    expr = leaf.metric.expr
    found = [Column("entity", "dimension", entity_words(expr))]
    found.append(Column("rows", "metric", "Rows"))
    if columns:
        at = f"made.{quote(TIME)}"
        selected += [f"min({at}) AS first_at", f"max({at}) AS last_at"]
        found += [Column("first", "time", "First"), Column("last", "time", "Last")]
    sql = f"{listed(selected)}\nFROM (\n{indented(sql)}\n) AS made\nWHERE {thing} IS NOT NULL\nGROUP BY {thing}"
    return Evidence(sql, tuple(found), 2 if columns and not writing.dated else None)


def entity_words(expr: str) -> str:
    """What people call the things that an expression tells apart.

    >>> entity_words("orders.customer_id"), entity_words("coalesce(people.person, who)")
    ('Customer', 'Person')
    """
    plain = all(part.isidentifier() for part in expr.split("."))
    named = expr.rpartition(".")[2] if plain else next(iter(FIELD.findall(expr)), "entity")
    return named.removesuffix("_id").replace("_", " ").capitalize()


def within(writing: Pass, leaf: Leaf, place: Place, columns: dict[str, str]) -> str:
    """The rows at a place, under the names of `columns`, and what each counts for."""
    way = writing.leg.way
    grouped = same(writing, zip(writing.source.dimensions, place.values, strict=True))
    if way == "snapshot":
        return on_the_day(writing, leaf, place, columns, grouped)
    if writing.leg.windows:
        return in_windows(writing, leaf, place, columns, grouped)
    plan = writing.plan
    periods = same(writing, zip(map(writing.period, plan.times), place.labels, strict=True))
    shown = [f"{sql} AS {name}" for name, sql in columns.items()]
    shown.append(f"{writing.expression(leaf)} AS {quote(COUNTS)}")
    inside = [*writing.between(plan.asked.start, plan.asked.end), *writing.pieces()]
    where = writing.where([*inside, *periods, *grouped])
    return listed(shown) + f"\n{writing.source.sql()}{where}"


def in_windows(writing: Pass, leaf: Leaf, place: Place, columns: dict[str, str], grouped: list[str]) -> str:
    """The rows in the windows of the place's period: one that lies in two of them counts twice."""
    shown = [f"{writing.gathered()} AS day", *(f"{sql} AS {name}" for name, sql in columns.items())]
    name = quote(COUNTS)
    shown.append(f"{writing.expression(leaf)} AS {name}")
    counts, joined = f"days.{name}", ""
    if writing.revalues:
        metric = leaf.metric
        shown.append(f"{writing.code(metric)} AS code")
        rates = rates_of(writing.catalog, metric)
        by_window = rates.by_window(windows_sql(writing), metric.convert == "period_average")
        joined = f"\nLEFT JOIN (\n{indented(by_window)}\n) AS rates ON rates.nth = spine.nth AND rates.code = days.code"
        counts = rates.converted(counts, "days.code", "rates.rate")
    where = writing.where([*writing.between(*writing.reach()), *grouped])
    days = listed(shown) + f"\n{writing.source.sql()}{where}"
    periods = same(writing, zip((f"spine.{one}" for one in spine_names(writing.plan)), place.labels, strict=True))
    chosen = f"\nWHERE {' AND '.join(periods)}" if periods else ""
    outer = [*(f"days.{one} AS {one}" for one in columns), f"{counts} AS {name}"]
    return listed(outer) + f"\n{spine_and_days(writing, days, INSIDE)}{joined}{chosen}"


def on_the_day(writing: Pass, leaf: Leaf, place: Place, columns: dict[str, str], grouped: list[str]) -> str:
    """The rows of the day (or days) that stands for the place's period."""
    chosen = leaf.metric.non_additive_dimension
    own = [f"{sql} IS NOT DISTINCT FROM taken.{name}" for name, sql in taken_groups(writing)]
    on = " AND ".join([f"{writing.day()} = taken.day", *own])
    join = f"JOIN (\n{snapshot_days(writing, chosen.window_agg if chosen else 'last')}\n) AS taken ON {on}"
    periods = same(writing, zip((f"taken.{one}" for one in spine_names(writing.plan)), place.labels, strict=True))
    shown = [*(f"{sql} AS {name}" for name, sql in columns.items()), f"{writing.expression(leaf)} AS {quote(COUNTS)}"]
    where = writing.where([*writing.between(*writing.reach()), *periods, *grouped])
    return listed(shown) + f"\n{writing.source.sql()}\n{join}{where}"


def same(writing: Pass, pairs: Iterable[tuple[str, object]]) -> list[str]:
    """The conditions that values are those of the place; NULL is a value of its own."""
    literal = writing.dialect.literal
    return [f"{sql} IS NULL" if value is None else f"{sql} = {literal(value)}" for sql, value in pairs]


def movers(writing: Moving, leaf: Leaf, place: Place) -> Evidence:
    """The entities of which a balance or a movement is made, each with its amount, or with the 1 it counts for."""
    entity = list(writing.entity)
    if isinstance(writing, Valued):
        writing.cells = [*writing.cells, *entity]
        tables = writing.tables() | writing.parts()
        worth = writing.gathered_part(leaf)
    else:
        tables = writing.tables() | writing.flows("parts")
        known = " AND ".join(f"{name} IS NOT NULL" for name in entity)
        worth = writing.told(leaf)
        worth = f"sum({worth if leaf.metric.measure == 'amount' else f'CASE WHEN {known} THEN {worth} END'})"
    groups = [writing.segments[sql] for sql in writing.source.dimensions]
    found = same(writing, [*zip(spine_names(writing.plan), place.labels, strict=True)])
    found += same(writing, zip(groups, place.values, strict=True))
    found += [f"{writing.met} = 1"] if writing.met else []
    where = f"\nWHERE {' AND '.join(found)}" if found else ""
    with_ = ",\n".join(f"{name} AS (\n{indented(body)}\n)" for name, body in tables.items())
    select = f"SELECT {', '.join(entity)}, {worth} AS {quote(COUNTS)}\nFROM parts{where}\nGROUP BY {', '.join(entity)}"
    sql = f"WITH {with_}\nSELECT *\nFROM (\n{indented(select)}\n) AS each_of\nWHERE {quote(COUNTS)} <> 0"
    own = leaf.metric
    names = entity_columns(writing.catalog.model, own.dataset, own.entity)
    columns = [Column(name, "dimension", entity_words(name)) for name in names]
    return Evidence(sql, (*columns, Column("counts", "metric", told(own), own.unit, own.currency)))
