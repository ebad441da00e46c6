"""What the days of a period make together: the first value of one, or the mean of those that have one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from truenorth.base.period import day_of
from truenorth.base.table import Value
from truenorth.define.model import Metric
from truenorth.query.cell import Cell

COUNTS = ("count", "count_distinct")


def put_together(
    metric: Metric, given: Metric, cell: Cell, last_day: date, told: Callable[[Metric, Cell], Value]
) -> Value:
    """The first value of a period's days, or the mean of those that have one; `told` works out that of a day."""
    assert cell.start is not None and cell.end is not None
    count = (min(day_of(cell.end), last_day) - day_of(cell.start)).days
    days = (day_of(cell.start) + timedelta(days=past) for past in range(count))
    found = []
    for day in days:
        value = told(metric, Cell(day, day + timedelta(days=1), cell.values))
        # A count of 0 is a day without rows.
        found += [value] if value is not None and (value or given.agg not in COUNTS) else []
        if found and metric.period_agg == "first":
            return found[0]
    return sum(float(str(value)) for value in found) / len(found) if found else None
