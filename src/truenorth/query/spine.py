"""The periods of an answer, and the windows they look at, as small tables that rows are joined to."""

from __future__ import annotations

from datetime import date

from truenorth.base.zone import instant
from truenorth.query.catalog import Catalog
from truenorth.query.column import Label, TimeColumn
from truenorth.query.dialect import indented, quote
from truenorth.query.leg import Pass, spine_names
from truenorth.query.shape import Plan
from truenorth.query.steady import table

# That a day lies in a window.
INSIDE = "days.day >= spine.first AND days.day < spine.past"


def windows_sql(writing: Pass) -> str:
    """The windows as a small table: the period, its first day or hour, and the one past its last."""
    dialect, zone = writing.dialect, writing.plan.calendar.timezone
    edge = dialect.timestamp if writing.cut else dialect.date
    rows: list[tuple[Label, ...]] = []
    for window in writing.leg.windows:
        start, end = writing.edges(window)
        first, past = start or dialect.earliest, end or dialect.latest
        rows.append((*window.labels, *((instant(first, zone), instant(past, zone)) if writing.cut else (first, past))))
    labels = [(name, label_type(writing.catalog, one)) for name, one in spine_columns(writing.plan)]
    nothing: list[tuple[Label, ...]] = [(*(None for _ in labels), dialect.earliest, dialect.earliest)]
    columns = [*labels, ("first", edge), ("past", edge)]
    if not (writing.leg.put or writing.leg.way == "movement" or writing.revalues):
        return table(dialect, columns, rows or nothing)
    # Several days of a period may look at the same window, such as the first day of a year: each counts by itself.
    numbered = [(*row, at) for at, row in enumerate(rows or nothing)]
    return table(dialect, [*columns, ("nth", dialect.whole)], numbered)


def spine(catalog: Catalog, plan: Plan) -> str:
    """The periods of the answer as a small table."""
    labels = [(name, label_type(catalog, one)) for name, one in spine_columns(plan)]
    return table(catalog.dialect, labels, list(dict.fromkeys(window.labels for window in plan.calendar.windows())))


def spine_columns(plan: Plan) -> list[tuple[str, TimeColumn]]:
    """The time columns and what the small table of windows calls them."""
    return list(zip(spine_names(plan), plan.times, strict=True))


def label_type(catalog: Catalog, column: TimeColumn) -> str:
    """The type of a time column's values."""
    dialect = catalog.dialect
    if column.kind == "calendar":
        names = catalog.almanac(column.unit).names.values()
        one = next((name for name in names if name is not None), None)
        return dialect.date if isinstance(one, date) else dialect.whole if isinstance(one, int) else dialect.text
    return dialect.timestamp if column.instant else dialect.whole if column.kind == "part" else dialect.date


def named(writing: Pass, table: str) -> list[str]:
    """The time columns of a table of windows, selected under the names of the answer."""
    pairs = zip(spine_names(writing.plan), writing.plan.times, strict=True)
    return [f"{table}.{name} AS {quote(column.name)}" for name, column in pairs]


def spine_and_days(writing: Pass, days: str, inside: str = INSIDE) -> str:
    """Each window beside the days inside it."""
    return f"FROM (\n{indented(windows_sql(writing))}\n) AS spine\nJOIN (\n{indented(days)}\n) AS days ON {inside}"
