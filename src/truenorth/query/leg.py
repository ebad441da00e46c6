"""One leg being written: its rows, its local time, its conditions and what it aggregates, as SQL."""

from __future__ import annotations

from datetime import date, datetime
from functools import cached_property

from truenorth.base.errors import QueryError
from truenorth.base.period import Moment, day_of, day_past, wall
from truenorth.base.zone import instant, zone_of
from truenorth.define.currencies import BY_PERIOD, BY_ROW
from truenorth.define.model import Metric
from truenorth.query.catalog import Catalog
from truenorth.query.clock import Clock
from truenorth.query.column import TimeColumn
from truenorth.query.denomination import denominated, rates_of
from truenorth.query.dialect import quote
from truenorth.query.join import Source, source
from truenorth.query.shape import Leaf, Leg, Plan
from truenorth.query.window import Window

# What the ways of going through time call their own columns.
WORDS = frozenset(
    [
        "day",
        "thing",
        "before",
        "bucket",
        "size",
        "upto",
        "low",
        "high",
        "past",
        "nth",
        "who",
        "seen",
        "first",
        "period",
        "code",
        "rate",
        "rates",
        "step",
    ]
)


class Pass:
    """One leg being written: its rows, its time as SQL, and its aggregations."""

    def __init__(self, catalog: Catalog, plan: Plan, leg: Leg) -> None:
        self.catalog = catalog
        self.plan = plan
        self.leg = leg
        self.dialect = catalog.dialect
        self.source: Source = self.read()
        self.alias = quote(leg.dataset)
        self.dated = bool(leg.time) and catalog.type_of(leg.dataset, leg.time) == "date"
        self.groups = [aside(dimension.name) for dimension in plan.dimensions]

    @property
    def revalues(self) -> bool:
        """Whether amounts are converted at the rates of the windows they lie in."""
        return self.leg.way == "windows" and self.leg.leaves[0].metric.convert in BY_PERIOD

    def read(self) -> Source:
        """The rows with what they meet, under the question's conditions."""
        return source(self.catalog, self.leg.dataset, self.leg.time, self.plan)

    @cached_property
    def time(self) -> str:
        """The time as a date or as a plain time."""
        return self.catalog.time_sql(self.leg.dataset, self.leg.time, self.alias)

    @cached_property
    def clock(self) -> Clock:
        """Reads the time in the zone it is written in, and shows it in the zone that is asked for."""
        written = self.catalog.written_in(self.leg.dataset, self.leg.time)
        return Clock(self.dialect, written, self.plan.calendar.timezone, *self.stretch())

    def stretch(self) -> tuple[datetime, datetime]:
        """The naive UTC times between which offsets have to be known."""
        start, end = self.plan.asked.start, self.plan.asked.end
        if self.leg.windows:
            start, end = self.reach()
        if start is not None and end is not None:
            zone = self.plan.calendar.timezone
            return instant(start, zone), instant(end, zone)
        return self.catalog.stretch(self.leg.dataset, self.leg.time).days_around

    @cached_property
    def cut(self) -> str:
        """The grain inside a day at which windows begin or end, so that rows are gathered by it; "" for whole days."""
        if self.dated or self.leg.way == "snapshot":
            return ""
        local = self.plan.calendar.reckoning.local
        edges = [local(edge) for window in self.leg.windows for edge in (window.start, window.end) if edge is not None]
        if not self.plan.calendar.within_days and all(day_past(edge) == day_of(edge) for edge in edges):
            return ""
        return finest(edges, self.plan.calendar.timezone)

    def edges(self, window: Window) -> tuple[Moment | None, Moment | None]:
        """Where a window begins and ends: whole days unless rows are gathered by the hour."""
        if self.cut:
            return window.start, window.end
        local = self.plan.calendar.reckoning.local
        return (
            None if window.start is None else day_of(local(window.start)),
            None if window.end is None else day_past(local(window.end)),
        )

    def reach(self) -> tuple[Moment | None, Moment | None]:
        """The first and last moment that any window looks at; None is open."""
        edges = [self.edges(window) for window in self.leg.windows]
        starts = [start for start, _ in edges if start is not None]
        ends = [end for _, end in edges if end is not None]
        first = min(starts, key=wall) if starts and len(starts) == len(edges) else None
        return first, (max(ends, key=wall) if ends and len(ends) == len(edges) else None)

    def local(self) -> str:
        """The local time: offsets folded into CASE, so that every engine counts the same days."""
        return self.time if self.dated else self.clock.local(self.time)

    def day(self) -> str:
        """The local day of a row."""
        return self.dialect.as_date(self.local())

    def instant(self, unit: str) -> str:
        """The instant at which the hour (minute, second) of a row begins."""
        if self.dated:
            message = f'"{self.leg.time}" of "{self.leg.dataset}" is a date and has no {unit}s'
            raise QueryError("E_GRAIN_TOO_FINE", message, hint="ask by day or a coarser grain")
        return self.clock.floor(self.time, unit)

    def periods(self) -> list[str]:
        """The time columns of a row, selected under their names."""
        return [f"{self.period(column)} AS {quote(column.name)}" for column in self.plan.times]

    def period(self, column: TimeColumn) -> str:
        """What a row's time is in a column; an hour is named by the instant at which it begins."""
        if column.instant:
            return self.instant(column.unit)
        if column.kind == "part":
            if self.dated and column.unit == "hour_of_day":
                return self.instant("hour")
            return self.dialect.part(self.local(), column.unit)
        calendar = self.plan.calendar
        if column.kind == "calendar":
            return self.source.rows.called(column.unit, self.day())
        return self.dialect.truncate(self.local(), column.unit, calendar.week_start, calendar.fiscal)

    def spines(self) -> list[str]:
        """The time columns as the spine names them."""
        return [f"spine.{name}" for name in spine_names(self.plan)]

    def gathered(self) -> str:
        """The day of a row, or the instant at which its hour (minute, second) begins where windows cut days."""
        return self.instant(self.cut) if self.cut else self.day()

    def between(self, start: Moment | None, end: Moment | None) -> list[str]:
        """The conditions that keep rows inside a stretch of local time."""
        if start is None and end is None:
            return []
        zone = self.plan.calendar.timezone
        if self.dated:
            sql, first, past = self.time, start and day_of(start), end and day_past(end)
        else:
            sql, first, past = self.clock.utc(self.time), start and instant(start, zone), end and instant(end, zone)
        found = [f"{sql} >= {self.dialect.literal(first)}"] if first is not None else []
        return [*found, f"{sql} < {self.dialect.literal(past)}"] if past is not None else found

    def pieces(self) -> list[str]:
        """The condition that keeps rows inside the pieces of a range that has gaps."""
        found = [" AND ".join(self.between(one.start, one.end)) for one in self.plan.calendar.only]
        return [f"({' OR '.join(found)})"] if found else []

    def expression(self, leaf: Leaf) -> str:
        """What is aggregated, NULL where the metric's filters do not hold."""
        metric = leaf.metric
        sql = self.measured(metric) if metric.expr else "1"
        filters = self.filters(leaf)
        return f"CASE WHEN {' AND '.join(filters)} THEN {sql} END" if filters and not self.only() else sql

    def measured(self, metric: Metric) -> str:
        """The metric's expression over its own dataset and what it points to; floating money becomes exact."""
        expression = self.catalog.expression(metric.expr, metric)
        names = self.source.rows.names(expression, lambda ref: self.owned(ref, metric), self.place)
        sql = expression.render(self.dialect.name, names)
        money = metric.agg in ("sum", "avg", "min", "max") and self.is_money(metric)
        if money:
            sql = self.dialect.as_money(sql)
        if metric.convert in BY_ROW and metric.agg:
            return self.converted(metric, sql)
        if money:
            return sql
        if metric.agg == "avg" and self.kind(metric) in ("boolean", ""):
            return self.dialect.as_double(sql)
        if metric.agg in ("sum", "avg") and self.dialect.widest and self.kind(metric) == "integer":
            return self.dialect.cast(sql, self.dialect.widest)
        return sql

    def converted(self, metric: Metric, amount: str) -> str:
        """An amount in the metric's currency, at the rate of the row's day or of a fixed one."""
        day = self.dialect.literal(date.fromisoformat(metric.fixed_on)) if metric.convert == "fixed" else self.day()
        code = self.code(metric)
        rates = rates_of(self.catalog, metric)
        alias = self.source.rows.rated(rates.dated(), lambda name: f"{name}.code = {code} AND {name}.day = {day}")
        return rates.converted(amount, code, f"{alias}.rate")

    def code(self, metric: Metric) -> str:
        """The currency of what a metric gathers, as SQL."""
        reference, code = denominated(self.catalog, metric)
        return self.source.rows.field(reference) if reference else self.dialect.literal(code)

    def is_money(self, metric: Metric) -> bool:
        """Whether an expression is floating money."""
        field = self.catalog.dataset(metric.dataset).field(metric.expr)
        if metric.unit != "currency" and not (field and field.unit == "currency"):
            return False
        return self.kind(metric) == "float"

    def kind(self, metric: Metric) -> str:
        """The type word of a metric's expression; unknown where it reads other datasets."""
        expression = self.catalog.expression(metric.expr, metric)
        if expression.metrics or any("." in ref or "__" in ref for ref in expression.refs):
            return ""
        names = {ref: self.catalog.field_sql(metric.dataset, ref, self.alias) for ref in expression.refs}
        return self.catalog.types(metric.dataset, {"amount": expression.render(self.dialect.name, names)})["amount"]

    def owned(self, reference: str, metric: Metric) -> str:
        """A field the metric itself reads: never across a step that repeats rows."""
        if "." not in reference and self.catalog.dataset(metric.dataset).field(reference) is None:
            return self.raw(reference)
        path, _ = self.source.rows.place(reference)
        if path.repeats:
            message = f'"{metric.name}" reads "{reference}", of which a row of "{metric.dataset}" may have several'
            raise QueryError(
                "E_FAN_OUT", message, hint=f"define the metric on {path.end}", where=metric.spot.at("expr")
            )
        return self.source.rows.field(reference)

    def place(self, reference: str) -> tuple[str, str]:
        """The dataset and field that a name of the metric leads to; without a dot it is of the metric's own."""
        own = self.leg.dataset
        return self.source.rows.placed(reference) if "." in reference else (own, reference)

    def raw(self, reference: str) -> str:
        """A column of the metric's own dataset."""
        return f"{self.alias}.{quote(reference)}"

    def filters(self, leaf: Leaf) -> list[str]:
        """The metric's own conditions as SQL."""
        found = []
        for text in (leaf.metric.filter, *leaf.filters):
            if text:
                expression = self.catalog.expression(text, leaf.metric)
                names = self.source.rows.names(expression, lambda ref: self.owned(ref, leaf.metric), self.place)
                found.append(f"({expression.render(self.dialect.name, names)})")
        return found

    def only(self) -> bool:
        """Whether all leaves share their conditions, which then go into WHERE."""
        first = self.leg.leaves[0]
        return all((one.metric.filter, one.filters) == (first.metric.filter, first.filters) for one in self.leg.leaves)

    def chosen(self) -> list[str]:
        """The conditions that keep the rows at least one leaf counts."""
        each = [self.filters(leaf) for leaf in self.leg.leaves]
        if self.only():
            return each[0]
        return [] if not all(each) else ["(" + " OR ".join(" AND ".join(one) for one in each) + ")"]

    def where(self, extra: list[str]) -> str:
        """WHERE with the time, the question's conditions and the leaves' own."""
        found = [*extra, *self.source.conditions, *self.chosen()]
        return "\nWHERE " + "\n  AND ".join(found) if found else ""

    def grouped(self, keys: list[str]) -> str:
        """GROUP BY positions of the keys, which stand first."""
        return f"\nGROUP BY {', '.join(str(at) for at in range(1, len(keys) + 1))}" if keys else ""

    def dimensions(self) -> list[str]:
        """The dimensions as selected columns."""
        return [f"{sql} AS {name}" for sql, name in zip(self.source.dimensions, self.groups, strict=True)]


class Everywhere(Pass):
    """The rows of a leg in all of the dataset's time: what came before or after the range counts in it."""

    def stretch(self) -> tuple[datetime, datetime]:
        return self.catalog.stretch(self.leg.dataset, self.leg.time).days_around


def aside(name: str) -> str:
    """A dimension as the inside of a leg calls it, away from the words that stand there for days, counts and windows.

    >>> aside("region"), aside("day")
    ('"region"', '"day of rows"')
    """
    return quote(f"{name} of rows") if name in WORDS else quote(name)


def finest(edges: list[Moment], timezone: str) -> str:
    """The coarsest grain inside a day that begins at every one of some moments.

    >>> finest([datetime(2026, 1, 1, 4)], "UTC"), finest([datetime(2026, 1, 1, 4, 30)], "UTC")
    ('hour', 'minute')
    """
    past = 0
    for edge in edges:
        if isinstance(edge, datetime) and (edge.minute or edge.second):
            here = edge.astimezone(zone_of(timezone)) if edge.tzinfo else edge
            past = max(past, 2 if here.second else 1 if here.minute else 0)
    return ("hour", "minute", "second")[past]


def spine_names(plan: Plan) -> list[str]:
    """What the time columns are called in the small table of windows."""
    return ["period", *(f"period_{at}" for at in range(2, len(plan.times) + 1))][: len(plan.times)]
