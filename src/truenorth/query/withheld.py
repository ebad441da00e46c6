"""Comparisons that cannot be fair: what came before begins before the data does."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from truenorth.base.period import CLOCK, day_of, truncate
from truenorth.base.zone import local_day
from truenorth.define.graph import leaves
from truenorth.define.model import Metric
from truenorth.query.calendar import Calendar
from truenorth.query.catalog import Catalog
from truenorth.query.column import Label
from truenorth.query.window import Window

Windows = tuple[Window, ...]
Withheld = dict[str, frozenset[tuple[Label, ...]]]


def withheld(catalog: Catalog, calendar: Calendar, metrics: Iterable[Metric], earlier: Windows) -> Withheld:
    """The periods of each metric whose earlier window reaches before the first data of something it rests on.

    A first month (or coarser period) with data counts as whole: nobody's first row lies on the first of the month.
    """
    found = {metric.name: begins(catalog, calendar, metric) for metric in metrics}
    return {
        name: frozenset(one.labels for one in earlier if one.start is not None and day_of(one.start) < first)
        for name, first in found.items()
        if first is not None
    }


def alone(calendar: Calendar, windows: Windows, earlier: Windows) -> frozenset[tuple[Label, ...]]:
    """The periods that nothing stands beside: not begun yet, without a day of their number, or without a time."""
    beside = {one.labels for one in earlier}
    nowhere = {(None,) * len(calendar.times)} if calendar.times else set()
    return frozenset(one.labels for one in windows if one.labels not in beside) | nowhere


def last_seen(catalog: Catalog, calendar: Calendar, metrics: Iterable[Metric]) -> date | None:
    """The last local day on which anything that the metrics rest on has data."""
    days = [
        local_day(stretch.last, calendar.timezone)
        for metric in metrics
        for leaf in leaves(catalog.model, metric.name)
        if (time := catalog.time_of(leaf)) and (stretch := catalog.stretch(leaf.dataset, time)).last is not None
    ]
    return max(days, default=None)


def begins(catalog: Catalog, calendar: Calendar, metric: Metric) -> date | None:
    """The first day from which all that a metric rests on has data; None without time or data."""
    first: date | None = None
    for leaf in leaves(catalog.model, metric.name):
        time = catalog.time_of(leaf)
        stretch = catalog.stretch(leaf.dataset, time) if time else None
        if stretch is not None and stretch.first is not None:
            day = local_day(stretch.first, calendar.timezone)
            first = day if first is None else max(first, day)
    if first is None:
        return None
    coarse = calendar.grain not in (None, *CLOCK, "day")
    return truncate(
        first, calendar.grain if coarse and calendar.grain else "month", calendar.week_start, calendar.fiscal
    )


def notes(catalog: Catalog, hidden: Withheld) -> Iterable[str]:
    """What is said of the comparisons that are not shown."""
    names = [catalog.model.metrics[name].title for name, labels in hidden.items() if labels]
    if names:
        shown = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
        yield f"{shown}: not compared where what came before would begin before the data does"
