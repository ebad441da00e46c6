"""Questions without metrics: the values that fields have together, each combination once, and the periods of a range.

Rows of the dataset that is read meet what they point to, and what nothing points to stands alone beside NULL. Asked for
by time, each combination that has rows of the dataset read is there in every period of the range.
"""

from __future__ import annotations

from datetime import datetime

from truenorth.base.errors import QueryError
from truenorth.base.period import Grain, Span
from truenorth.define.model import Model
from truenorth.define.root import Root, root
from truenorth.query.calendar import Calendar
from truenorth.query.catalog import Catalog
from truenorth.query.column import base_of
from truenorth.query.dialect import indented, listed, quote
from truenorth.query.extent import closed, known, own_stretch
from truenorth.query.grouping import Grouping
from truenorth.query.join import Source, asked, dimension_sql, named, rows_of
from truenorth.query.leg import Pass
from truenorth.query.request import MetricQuery
from truenorth.query.shape import Leg, Plan
from truenorth.query.spine import spine, spine_columns
from truenorth.query.where import Where

VALUES = "values"
THERE = "is there"
OF_METRICS = ("vs", "fill", "other", "totals", "subtotals", "having")


def plan_values(
    catalog: Catalog, query: MetricQuery, grouped: Grouping, where: Where, timezone: str, now: datetime
) -> Plan:
    """The plan of a question that names no metric, at a naive UTC `now`."""
    times, dimensions = grouped
    model, span = catalog.model, where.span
    check(model, query)
    references = named(catalog, dimensions, where.conditions, where.filters)
    found = root(model, references) if references else None
    dataset = found.dataset if found else ""
    when = model.datasets[dataset].time if found else ""
    ranged = span != Span() or where.only
    if found and ranged and not times and not when:
        place = model.datasets[dataset].spot.at()
        hint = f"state `time:` for {dataset}, or ask without a range"
        message = f'rows of "{dataset}" have no time that a range could limit'
        raise QueryError("E_NO_TIME", message, hint=hint, where=place)
    grain = base_of(times)
    whole = bounded(catalog, span, timezone, grain, dataset) if grain else span
    week_start, fiscal = model.workspace.week_start, model.fiscal
    calendar = Calendar(whole, grain, timezone, week_start, now, times, fiscal, catalog.almanacs, where.only)
    leg = Leg(dataset, when, VALUES, (), ())
    notes = notes_of(catalog, leg, found, bool(ranged and not times))
    return Plan(query, calendar, span, dimensions, where.conditions, where.filters, (leg,), (), notes)


def check(model: Model, query: MetricQuery) -> None:
    """A question names something; what is about metrics needs one."""
    if not query.by and not query.grain:
        hint = f"there are {', '.join(list(model.metrics)[:8])}; or name fields to see the values they have"
        raise QueryError("E_NO_METRIC", "the question names no metric", hint=hint)
    for word in OF_METRICS:
        if getattr(query, word, None):
            hint = f"name a metric, or leave out {word}"
            raise QueryError("E_NO_METRIC", f"{word} is about metrics, and the question names none", hint=hint)


def notes_of(catalog: Catalog, leg: Leg, found: Root | None, ranged: bool) -> tuple[str, ...]:
    """What an answer says of itself: which dataset was read where others would do, and rows without a time."""
    notes = []
    if found and found.others:
        others = " and ".join(found.others)
        notes.append(
            f"read from {leg.dataset}; {others} would do as well: write {found.others[0]}.… to read from there"
        )
    if ranged:
        undated = catalog.stretch(leg.dataset, leg.time).undated
        if undated:
            words = ("row has", "lies") if undated == 1 else ("rows have", "lie")
            notes.append(f"{undated:,} {words[0]} no {leg.time} in {leg.dataset} and {words[1]} outside every range")
    return tuple(notes)


def bounded(catalog: Catalog, span: Span, timezone: str, grain: Grain, dataset: str) -> Span:
    """An open span closed where the calendars of the model end; without any the rows read, or those of all metrics."""
    if span.bounded:
        return span
    model = catalog.model
    ends = own_stretch(catalog, grain)
    if not ends:
        own = model.datasets[dataset].time if dataset else ""
        counted = {(metric.dataset, catalog.time_of(metric)) for metric in model.metrics.values() if metric.dataset}
        timed = [(dataset, own)] if own else sorted(one for one in counted if one[1])
        ends = [days for one, time in timed for days in known(catalog, one, time, timezone)]
    if not ends:
        hint = "name a range, such as 12m or 2026-01-01..2026-03-31"
        raise QueryError("E_BAD_RANGE", "nothing says where its periods begin and end", hint=hint)
    return closed(model, span, ends, grain)


class Combining(Pass):
    """The rows whose values are asked for, with everything they point to and that nothing points to."""

    def read(self) -> Source:
        """Rows may repeat here, as each combination is told once."""
        plan, leg = self.plan, self.leg
        rows = rows_of(self.catalog, leg.dataset, leg.time, plan)
        references = named(self.catalog, plan.dimensions, plan.conditions, plan.filters)
        rows.outer = THERE if any(rows.place(one)[0].steps for one in references) else ""
        conditions = asked(rows, plan.conditions, plan.filters)
        return Source(rows, "", conditions, tuple(dimension_sql(rows, one) for one in plan.dimensions), ())

    def combinations(self, there: bool) -> str:
        """Each combination once; with `there`, whether a row of the dataset read has it."""
        rows, plan = self.source.rows, self.plan
        columns = self.dimensions()
        if there or not columns:
            columns.append(f"{rows.present()} AS {quote(THERE)}")
        ranged = bool(self.leg.time) and not plan.times
        within = [*self.between(plan.asked.start, plan.asked.end), *self.pieces()] if ranged else []
        conditions = [*within, *self.source.conditions]
        where = "\nWHERE " + "\n  AND ".join(conditions) if conditions else ""
        return listed(columns, "SELECT DISTINCT") + f"\n{rows.sql()}{where}"


def values_sql(catalog: Catalog, plan: Plan, leg: Leg) -> tuple[str, tuple[str, ...], list[str]]:
    """The SQL of the values and periods asked for, the groups that overlap (none), and what to say of the data."""
    periods = [f"periods.{name} AS {quote(column.name)}" for name, column in spine_columns(plan)]
    if not leg.dataset:
        return listed(periods, "SELECT DISTINCT") + f"\nFROM (\n{indented(spine(catalog, plan))}\n) AS periods", (), []
    combining = Combining(catalog, plan, leg)
    notes = combining.source.rows.notes
    if not plan.times:
        return combining.combinations(False), (), notes
    groups = [f"combinations.{name} AS {name}" for name in combining.groups]
    join = "JOIN" if plan.asked != Span() else "LEFT JOIN"
    spun = f"SELECT 1 AS {quote(THERE)}, spine.*\nFROM (\n{indented(spine(catalog, plan))}\n) AS spine"
    rows = (
        f"FROM (\n{indented(combining.combinations(True))}\n) AS combinations\n"
        f"{join} (\n{indented(spun)}\n) AS periods ON combinations.{quote(THERE)} = periods.{quote(THERE)}"
    )
    return listed([*periods, *groups], "SELECT DISTINCT") + f"\n{rows}", (), notes
