"""The last known value in periods that have none: of the same group, also from before the range."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from operator import itemgetter
from typing import Any

from msgspec import Struct, structs

from truenorth.base.errors import QueryError
from truenorth.base.period import Moment
from truenorth.base.table import Table, Value
from truenorth.define.model import Metric
from truenorth.query.column import TimeColumn
from truenorth.query.fill import FILLS, carries, stock_carries
from truenorth.query.request import MetricQuery
from truenorth.query.shape import Plan

Key = tuple[Value, ...]
Rows = list[list[Value]]
# The last value of a group in a column.
Known = dict[tuple[Key, str], Value]


class Carried(Struct, frozen=True):
    """Rows with values carried into them: how many for each column, and whether some still have none."""

    rows: Rows
    counts: dict[str, int]
    missing: bool


def carried_names(metrics: Iterable[Metric], times: Sequence[TimeColumn], fill: str) -> tuple[str, ...]:
    """The metrics whose values are carried from row to row; QueryError where rows have no one order in time."""
    if not times:
        return ()
    names = tuple(one.name for one in metrics if carries(one, fill) and not stock_carries(one, fill))
    if names and any(one.kind == "part" for one in times):
        message = f'"{names[0]}" cannot be carried from one part of a date to the next'
        raise QueryError("E_BAD_FILL", message, hint=f"ask by day or month, or fill with {FILLS[0]} or {FILLS[1]}")
    return names


def carried(plan: Plan, columns: Sequence[str], rows: Rows, order: Sequence[Key], before: Known) -> Carried:
    """The rows, each value that is missing taken from the group's last period that has it; `order` is that of time."""
    times = len(plan.times)
    size = times + len(plan.dimensions)
    kept = [at for at, name in enumerate(columns) if at >= size and name.removesuffix("__previous") in plan.carried]
    place = {labels: at for at, labels in enumerate(order)}
    found = [list(row) for row in rows]
    begun = [row for row in found if tuple(row[:times]) in place]
    last: Known = dict(before)
    counts: dict[str, int] = {}
    missing = False
    for row in sorted(begun, key=lambda one: place[tuple(one[:times])]):
        for at in kept:
            key = tuple(row[times:size]), columns[at]
            if row[at] is None and last.get(key) is not None:
                row[at] = last[key]
                counts[columns[at]] = counts.get(columns[at], 0) + 1
            missing = missing or row[at] is None
            last[key] = row[at]
    return Carried(found, counts, missing)


def history(plan: Plan) -> MetricQuery | None:
    """The question for the time before the range; None where nothing comes before it."""
    start = plan.asked.start
    if start is None:
        return None
    end = f"{start:%Y-%m-%dT%H:%M:%S}" if isinstance(start, datetime) else f"{start - timedelta(days=1)}"
    plain = structs.replace(plan.query, metrics=plan.carried, range=f"..{end}", limit=None, order=(), having=(), vs="")
    where = (*plan.conditions, *plan.filters)
    return structs.replace(plain, where=where, fill="", other=False, totals=False, subtotals=False)


def known(plan: Plan, table: Table) -> Known:
    """The last value of each group and column before the range, and before what the range is compared with."""
    times = len(plan.times)
    size = times + len(plan.dimensions)
    edge: Moment | None = None
    if plan.compared is not None:
        earlier = plan.compared.earlier(plan.calendar.windows(), plan.calendar)
        edge = earlier[0].start if earlier else None
    found: Known = {}
    for row in sorted((one for one in table.rows if isinstance(one[0], date)), key=lambda one: str(one[:times])):
        for name in plan.carried:
            value = row[table.index(name)]
            if value is None:
                continue
            found[tuple(row[times:size]), name] = value
            if edge is not None and not isinstance(row[0], datetime) and str(row[0]) < str(edge):
                found[tuple(row[times:size]), f"{name}__previous"] = value
    return found


def resorted(rows: Rows, columns: Sequence[str], order: Sequence[str]) -> Rows:
    """The rows in an order that has changed by what was carried; rows without a value last."""
    for name in reversed(order):
        bare = name.removeprefix("-")
        if bare in columns:
            at, down = columns.index(bare), name.startswith("-")
            some: list[tuple[Any, list[Value]]] = [(row[at], row) for row in rows if row[at] is not None]
            some.sort(key=itemgetter(0), reverse=down)
            rows = [*(row for _, row in some), *(row for row in rows if row[at] is None)]
    return rows
