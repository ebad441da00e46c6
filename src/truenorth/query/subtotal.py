"""Subtotals: the same question by fewer and fewer of its dimensions, each row put under the rows it sums up."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from msgspec import structs

from truenorth.base.table import Column, Row, Table, Value
from truenorth.query.request import MetricQuery
from truenorth.query.shape import ROW, Plan

GROUP, SUBTOTAL = "group", "subtotal"
Key = tuple[Value, ...]


def levels(plan: Plan) -> tuple[MetricQuery, ...]:
    """The questions for the subtotals, from all dimensions but the last to the fewest.

    Periods stay apart, so that with a time column the last one sums up a period; the total of all is `totals`.
    """
    names = [one.name for one in plan.dimensions]
    times = tuple(reference for reference in plan.query.by if reference not in names)
    plain = structs.replace(plan.query, limit=None, totals=False, subtotals=False, having=())
    fewest = 0 if plan.time_column else 1
    return tuple(
        structs.replace(plain, by=(*times, *names[:size]), order=kept(plan.query.order, names[size:]))
        for size in range(len(names) - 1, fewest - 1, -1)
    )


def kept(order: Sequence[str], gone: Sequence[str]) -> tuple[str, ...]:
    """The order without the dimensions that a level does not have."""
    return tuple(name for name in order if name.removeprefix("-") not in gone)


def nested(plan: Plan, rows: Table, sums: Sequence[Table]) -> Table:
    """The rows with each subtotal after the rows it sums up, and a column that says what each row is."""
    names = [one.name for one in plan.dimensions]
    times = sum(column.role == "time" for column in rows.columns)
    at = times + len(names)
    columns = (*rows.columns[:at], Column(ROW, "row", "Row"), *rows.columns[at:])
    found = [(row[:at], [(*row[:at], GROUP, *row[at:])]) for row in rows.rows]
    for table in sums:
        size = sum(column.role in ("time", "dimension") for column in table.columns)
        below: dict[Key, list[Row]] = defaultdict(list)
        for key, lines in found:
            below[key[:size]] += lines
        said = ", ".join(names[: size - times])
        word = f"{SUBTOTAL} by {said}" if said else SUBTOTAL
        gone = (None,) * (at - size)
        found = [
            (row[:size], [*below[row[:size]], (*row[:size], *gone, word, *row[size:])])
            for row in table.rows
            if row[:size] in below
        ]
    return Table(columns, tuple(line for _, lines in found for line in lines))
