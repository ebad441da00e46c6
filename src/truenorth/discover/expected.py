"""Numbers computed a second time, by plain SQL straight over the tables, for the tests that definitions carry."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from truenorth.discover.facts import named
from truenorth.discover.key import relation
from truenorth.discover.subject import Subject
from truenorth.discover.world import World
from truenorth.store.values import literal, quoted

_AGGREGATES = {
    "sum": "sum({0})",
    "count": "count({0})",
    "count_distinct": "count(DISTINCT {0})",
    "avg": "avg({0})",
    "min": "min({0})",
    "max": "max({0})",
    "median": "median({0})",
}
_QUALIFIER = re.compile(r"\b([A-Za-z_]\w*)\.[A-Za-z_\"]")


def layered(world: World, subject: Subject) -> str:
    """The rows of a subject with its fields beside its columns, as a select."""
    own = {one.name: one for one in subject.table.columns}
    replaced, added, computed = [], [], []
    for keys in subject.fields.values():
        name, expr = str(keys["name"]), str(keys.get("expr", ""))
        if not expr:
            continue
        if (name in own and not own[name].expr) or (name in own and own[name].written.lower() == name.lower()):
            replaced.append((name, expr))
        elif name in own or name in subject.renamed.values():
            added.append((name, expr))
        else:
            computed.append((name, expr))
    star = f"* REPLACE ({', '.join(f'{expr} AS {quoted(name)}' for name, expr in replaced)})" if replaced else "*"
    more = "".join(f", {expr} AS {quoted(name)}" for name, expr in added)
    sql = f"SELECT {star}{more} FROM {relation(subject.table)} AS rows"
    for name, expr in computed:
        sql = f"SELECT *, {expr} AS {quoted(name)} FROM ({sql}) AS rows"
    return sql


def by_month(world: World, mapping: dict[str, Any], timezone: str) -> dict[str, Any]:
    """What a simple metric is in each month, and a balance at its end, by SQL of our own; empty where it has no time or
    is not that simple."""
    subject = next((one for one in world.subjects if one.name == mapping.get("dataset")), None)
    time = str(mapping.get("time") or (subject.time if subject else ""))
    if subject is not None and time and mapping["type"] == "movement":
        return _at_month_ends(world, subject, mapping, time, timezone)
    if subject is None or not time or mapping["type"] != "simple" or mapping["agg"] not in _AGGREGATES:
        return {}
    filter_, expr = str(mapping.get("filter", "")), str(mapping.get("expr", ""))
    others = joined(world, subject, f"{filter_} {expr}")
    value = _AGGREGATES[mapping["agg"]].format(expr or "*")
    at = _local(world, subject, time, timezone)
    where = f" WHERE {filter_}" if filter_ else ""
    rows = world.engine.rows(
        f"SELECT strftime({at}, '%Y-%m') AS month, {value} AS value FROM ({layered(world, subject)}) AS "
        f"{quoted(subject.name)}{others}{where} GROUP BY 1 ORDER BY 1"
    )
    return {str(month): found for month, found in rows if month is not None}


def _at_month_ends(world: World, subject: Subject, mapping: dict[str, Any], time: str, timezone: str) -> dict[str, Any]:
    """What there is at the end of each month in which a row of a balance begins."""
    filter_, expr = str(mapping.get("filter", "")), str(mapping["expr"])
    begins, ends = (f"cast({_local(world, subject, one, timezone)} as date)" for one in (time, str(mapping["end"])))
    name, others = quoted(subject.name), joined(world, subject, f"{filter_} {expr}")
    where = f" AND {filter_}" if filter_ else ""
    rows = f"({layered(world, subject)}) AS {name}"
    months = f"SELECT DISTINCT date_trunc('month', {begins}) AS month FROM {rows}"
    past = "months.month + INTERVAL 1 month"
    there = f"{begins} < {past} AND ({ends} IS NULL OR ({ends} >= {past} AND {ends} >= {begins}))"
    found = world.engine.rows(
        f"SELECT strftime(months.month, '%Y-%m'), sum({expr}) FROM ({months}) AS months "
        f"JOIN {rows} ON {there}{others} WHERE TRUE{where} GROUP BY 1 ORDER BY 1"
    )
    return {str(month): value for month, value in found if month is not None}


def joined(world: World, subject: Subject, text: str) -> str:
    """The tables that a condition names, joined by what points to them."""
    wanted = {found for found in _QUALIFIER.findall(text) if found != subject.name}
    joins = ""
    for link in world.links:
        other = next((one for one in world.subjects if one.name == link.to), None)
        if link.from_ == subject.name and link.to in wanted and other is not None:
            wanted.discard(link.to)
            here, there = f"{quoted(subject.name)}.{quoted(link.column)}", f"{quoted(link.to)}.{quoted(link.key)}"
            joins += f" LEFT JOIN ({layered(world, other)}) AS {quoted(link.to)} ON {here} = {there}"
    return joins


def _local(world: World, subject: Subject, time: str, timezone: str) -> str:
    """A time as it is called in the workspace's zone; a date is never shifted."""
    column = subject.table.column(time)
    name = f"{quoted(subject.name)}.{named(time.strip(chr(34)))}"
    kind = column.type if column is not None else _type(world, subject, time)
    if kind == "date" or (timezone == "UTC" and kind == "timestamp"):
        return name
    if kind == "timestamptz":
        return f"({name} AT TIME ZONE {literal(timezone)})"
    return f"({name} AT TIME ZONE 'UTC' AT TIME ZONE {literal(timezone)})"


def _type(world: World, subject: Subject, field: str) -> str:
    [(_, kind)] = world.engine.describe(f"SELECT {named(field)} FROM ({layered(world, subject)}) AS rows")
    return kind


def telling(months: dict[str, Any]) -> tuple[str, Any]:
    """The last month that is whole: the one before the last in which something is there; the only one otherwise."""
    filled = [(month, value) for month, value in months.items() if value is not None]
    if not filled:
        return "", None
    return filled[-2] if len(filled) > 1 else filled[-1]


def written(value: Any) -> int | float | str:
    """A number as a test holds it."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return int(value)
    return value if isinstance(value, int | float) else str(value)
