"""The FROM of a leg: its dataset, the datasets its fields live in, and a bridge where rows would repeat."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import chain, count

from msgspec import Struct, field
from msgspec.structs import replace

from truenorth.base.errors import DefinitionError, QueryError
from truenorth.base.period import PARTS, day_past, spoken
from truenorth.define.expression import Expression
from truenorth.define.graph import Path, Step, resolve_field
from truenorth.define.lookup import MetricRef
from truenorth.define.when import is_shared
from truenorth.query.calendar import Calendar
from truenorth.query.catalog import Catalog, Evaluated
from truenorth.query.chosen import understood
from truenorth.query.clock import Clock
from truenorth.query.dialect import indented, quote
from truenorth.query.granularity import fine_enough
from truenorth.query.key import firsts, overlap_notes, overlaps, repeats, repeats_note, replaced, several, twice
from truenorth.query.lookup import not_groupable, value_sql
from truenorth.query.moment import Moments, Place, apart
from truenorth.query.request import Filter
from truenorth.query.shape import NOWHERE, Dimension, Fold, Lookup, Plan, dimension_of
from truenorth.query.step import equal
from truenorth.query.validity import When, during


class Rows(Struct):
    """The rows of one dataset with everything joined that was asked of them so far.

    `time` is the field by which a row finds what was valid at its time. With `outer`, rows of the other datasets that
    nothing points to are there as well; it names a column that is 1 for the rows of the dataset itself.
    """

    catalog: Catalog
    dataset: str
    timezone: str
    time: str = ""
    joins: dict[tuple[str, ...], str] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    bridge: str = ""
    origin: str = ""
    now: datetime = datetime.min
    lookups: tuple[Lookup, ...] = ()
    met: set[str] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)
    outer: str = ""

    @property
    def alias(self) -> str:
        return quote(self.dataset)

    def field(self, reference: str) -> str:
        """A field reference as SQL; joins what it needs. Rows repeat if its path repeats."""
        path, name = resolve_field(self.catalog.model, self.dataset, reference)
        alias = self.join(path)
        sql = self.catalog.field_sql(path.end, name, alias)
        if not sql.startswith("(") or not (path.steps or self.outer):
            return sql
        # Where the row leads nowhere, a computed field is unknown too, whatever it makes of NULL.
        if not path.steps:
            return f"CASE WHEN {self.present()} IS NOT NULL THEN {sql} END"
        key = self.catalog.field_sql(path.end, path.steps[-1].end_columns[0], alias)
        return f"CASE WHEN {key} IS NOT NULL THEN {sql} END"

    def place(self, reference: str) -> tuple[Path, str]:
        """Where a reference leads, without joining."""
        return resolve_field(self.catalog.model, self.dataset, reference)

    def join(self, path: Path) -> str:
        """The alias at the end of a path, joined step by step and each only once."""
        aliases = [self.alias]
        walked: tuple[str, ...] = ()
        for step in path.steps:
            walked = (*walked, step.relationship)
            if walked not in self.joins:
                name = self.free(step.end, "__".join(walked))
                on = " AND ".join(self.meeting(path, aliases, name))
                self.joins[walked] = name
                self.lines.append(f"{'FULL' if self.outer else 'LEFT'} JOIN {self.read(step)} AS {name} ON {on}")
            aliases.append(self.joins[walked])
        return aliases[-1]

    def read(self, step: Step) -> str:
        """The rows that a step leads to, one for each key where one is expected, whatever the data holds; where
        validity overlaps, each with the moment the next one begins."""
        relationship = self.catalog.model.relationships[step.relationship]
        if not self.outer and repeats(self.catalog, step):
            self.notes.append(repeats_note(self.catalog, step))
            if relationship.doubled_keys == "first":
                return firsts(self.catalog, step)
        if not (step.forward and overlaps(self.catalog, relationship)):
            return self.catalog.relation(step.end)
        self.notes += overlap_notes(self.catalog, relationship)
        return replaced(self.catalog, relationship)

    def free(self, *names: str) -> str:
        """The first of some names that neither the table nor anything joined has yet, numbered if need be."""
        table = quote(self.catalog.dataset(self.dataset).source)
        taken = {self.alias, table, self.bridge, *self.joins.values()}
        numbered = (f"{names[-1]}_{number}" for number in count(2))
        return next(quote(name) for name in chain(names, numbered) if quote(name) not in taken)

    def meeting(self, path: Path, aliases: list[str], name: str) -> list[str]:
        """The conditions under which a row at the end of the aliases meets those that the next step leads to."""
        catalog, step = self.catalog, path.steps[len(aliases) - 1]
        found = equal(catalog.field_sql, path, aliases, name)
        relationship = catalog.model.relationships[step.relationship]
        if relationship.valid_from or relationship.valid_to:
            found += during(catalog, relationship, *self.moment(step, aliases[-1], name), step.forward)
        return found

    def moment(self, step: Step, here: str, there: str) -> tuple[str, When]:
        """The alias of what is valid for a time, and that time: the row's own; against an arrow, the other side's."""
        if step.forward:
            return there, When(self.dataset, self.time, self.alias)
        return here, When(step.end, self.catalog.dataset(step.end).time, there)

    def names(
        self, expression: Expression, of: Callable[[str], str], place: Callable[[str], Place] | None = None
    ) -> dict[str, str]:
        """What stands for each name of an expression: fields as `of` reads them (and `place` finds them), comparisons
        with times, and the metrics it looks up."""
        if not expression.graded:
            return {reference: of(reference) for reference in expression.refs}
        moments = Moments(self.catalog, self.time, self.timezone, self.now, of, place or self.placed)
        tested = {test.text: moments.test(test) for test in expression.times}
        only = {test.reference for test in expression.times}
        found = {one: "" if one in only else moments.field(one) for one in expression.refs}
        return found | tested | {one.text: self.metric(one) for one in expression.metrics}

    def placed(self, reference: str) -> Place:
        """The dataset and field that a reference leads to."""
        path, name = self.place(reference)
        return path.end, name

    def metric(self, one: MetricRef) -> str:
        """Another metric's value for the row; its table is joined once."""
        lookup = next(known for known in self.lookups if known.metric == one)
        keys = []
        for number, reference in enumerate(one.by):
            try:
                keys.append(dimension_sql(self, replace(lookup.plan.dimensions[number], name=reference)))
            except QueryError as error:
                raise not_groupable(one, reference, f'"{self.dataset}"', error) from error
        if lookup.name not in self.met:
            self.met.add(lookup.name)
            there = [f"{lookup.name}.{quote(dimension.name)}" for dimension in lookup.plan.dimensions]
            on = " AND ".join(f"{here} = {key}" for here, key in zip(keys, there, strict=True))
            self.lines.append(f"LEFT JOIN {lookup.name} ON {on}")
        return value_sql(lookup, keys, self.catalog.dialect.cast("NULL", self.catalog.dialect.double))

    def with_lookups(self, select: str) -> str:
        """A select over these rows with the tables of other metrics' values that they meet."""
        tables = [one.table for one in self.lookups if one.name in self.met]
        return f"WITH {', '.join(tables)}\n{select}" if tables else select

    def called(self, grain: str, day: str) -> str:
        """What a calendar calls a day; NULL where it does not have the day."""
        dataset, _ = self.catalog.model.grains[grain]
        if not self.catalog.almanac(grain).names:
            return "NULL"
        key = (dataset.name, day)
        if key not in self.joins:
            self.joins[key] = name = self.free(dataset.name)
            shown = self.catalog.calendar_sql(grain)[0]
            grains = [one.name for one in (dataset.calendar.grains if dataset.calendar else ())]
            columns = [f"{self.catalog.calendar_sql(one)[1]} AS {quote(one)}" for one in grains]
            days = f"SELECT {', '.join([f'{shown} AS calendar_day', *columns])} FROM "
            days += f"{self.catalog.relation(dataset.name)} AS {quote(dataset.name)}"
            self.lines.append(f"LEFT JOIN ({days}) AS {name} ON {name}.calendar_day = {day}")
        return f"{self.joins[key]}.{quote(grain)}"

    def rated(self, select: str, on: Callable[[str], str]) -> str:
        """The alias of a table of rates, joined once for each way that rows meet it."""
        key = ("rates", select, on("rates"))
        if key not in self.joins:
            self.joins[key] = name = self.free("rates")
            self.lines.append(f"LEFT JOIN (\n{indented(select)}\n) AS {name} ON {on(name)}")
        return self.joins[key]

    def present(self) -> str:
        """1 for the rows of the dataset itself, NULL for those of others that nothing points to."""
        return f"{self.alias}.{quote(self.outer)}" if self.outer else "1"

    def sql(self) -> str:
        """The FROM clause."""
        rows = f"{self.catalog.relation(self.dataset)} AS {self.alias}"
        whole = f"(SELECT {self.alias}.*, 1 AS {quote(self.outer)} FROM {rows}) AS {self.alias}" if self.outer else rows
        origin = self.origin or whole
        return "\n".join([f"FROM {origin}", *self.lines])


class Source(Struct, frozen=True):
    """What a leg reads: FROM, the conditions, the dimensions' SQL, and notes about repeats."""

    rows: Rows
    bridge: str
    conditions: tuple[str, ...]
    dimensions: tuple[str, ...]
    repeated: tuple[str, ...]

    def sql(self) -> str:
        """The FROM clause with its bridge; call after all fields have been asked for."""
        return self.rows.sql() + (f"\n{self.bridge}" if self.bridge else "")


def source(catalog: Catalog, dataset: str, time: str, plan: Plan) -> Source:
    """The rows of a dataset under the question's conditions; where a field would repeat rows, through a bridge."""
    dimensions, conditions, filters = plan.dimensions, plan.conditions, plan.filters
    rows = rows_of(catalog, dataset, time, plan)
    references = named(catalog, dimensions, conditions, filters)
    repeated = tuple(reference for reference in references if rows.place(reference)[0].repeats)
    if not repeated:
        found = asked(rows, conditions, filters)
        return Source(rows, "", found, tuple(dimension_sql(rows, one) for one in dimensions), ())
    inner = rows_of(catalog, dataset, time, plan)
    through = bridged(rows, inner, dimensions, asked(inner, conditions, filters), repeated)
    shown = [one for one in dimensions if not one.marks]
    return replace(through, repeated=tuple(one.name for one in shown if one.reference in repeated))


def named(
    catalog: Catalog, dimensions: tuple[Dimension, ...], conditions: tuple[str, ...], filters: tuple[Filter, ...]
) -> list[str]:
    """All fields that a question names, each once; the shared time is nobody's field."""
    own = catalog.almanacs
    found = [one.reference for one in (*dimensions, *(dimension_of(chosen.field, own) for chosen in filters))]
    for expression in [catalog.expression(condition, NOWHERE) for condition in conditions]:
        found += [apart(one, own)[0] for one in expression.refs if not is_shared(one)]
        found += [*(dimension_of(key, own).reference for one in expression.metrics for key in one.by)]
    return list(dict.fromkeys(found))


def evaluated(calendar: Calendar) -> Evaluated:
    """The day as of which a question looks at cohorts: the last one asked for, or today where that is sooner."""
    day = calendar.end_of_data()
    if calendar.asked is not None and calendar.asked.end is not None:
        day = min(day, day_past(calendar.asked.end))
    return Evaluated(day - timedelta(days=1), calendar.timezone, calendar.as_of)


def rows_of(catalog: Catalog, dataset: str, time: str, plan: Plan) -> Rows:
    """The rows of a dataset as a question looks at them."""
    calendar = plan.calendar
    catalog = catalog.looked_at(evaluated(calendar))
    return Rows(catalog, dataset, calendar.timezone, time, now=calendar.as_of, lookups=plan.lookups)


def asked(rows: Rows, conditions: tuple[str, ...], filters: tuple[Filter, ...]) -> tuple[str, ...]:
    """The question's own conditions as SQL over joined rows."""
    found = []
    for condition in conditions:
        expression = rows.catalog.expression(condition, NOWHERE)
        names = rows.names(expression, rows.field)
        found.append(f"({expression.render(rows.catalog.dialect.name, names)})")
    return (*found, *(filter_sql(rows, chosen) for chosen in filters))


def filter_sql(rows: Rows, chosen: Filter) -> str:
    """Membership in a list of values, read as the field's type reads them; None is the (none) group."""
    dialect = rows.catalog.dialect
    dimension = dimension_of(chosen.field, rows.catalog.almanacs)
    path, name = rows.place(dimension.reference)
    kind = kind_of(rows.catalog, dimension) if dimension.grain else rows.catalog.type_of(path.end, name)
    sql = dimension_sql(rows, dimension)
    if kind == "timestamptz":
        sql = dialect.cast(sql, dialect.timestamp)
    elif kind == "other":
        sql = dialect.cast(sql, dialect.text)
    values = understood(chosen.values, kind)
    parts = [f"{sql} IN ({', '.join(dialect.literal(value) for value in values)})"] if values else []
    if None in chosen.values:
        parts.append(f"{sql} IS NULL")
    inside = f"({' OR '.join(parts)})" if parts else "(1 = 0)"
    return f"NOT COALESCE({inside}, FALSE)" if chosen.exclude else inside


def kind_of(catalog: Catalog, dimension: Dimension) -> str:
    """The type of a time's grain, part or period of a calendar."""
    if dimension.grain in catalog.almanacs:
        dataset, own = catalog.model.grains[dimension.grain]
        kind = catalog.type_of(dataset.name, own.column or own.name)
        return "date" if kind in ("timestamp", "timestamptz") else kind
    return "integer" if dimension.grain in PARTS else "timestamp" if dimension.instant else "date"


def dimension_sql(rows: Rows, dimension: Dimension) -> str:
    """A dimension's SQL; a time with a grain becomes the first day of its local period."""
    if dimension.fold is not None:
        among = among_sql(rows, dimension.fold)
        if dimension.marks:
            return f"CASE WHEN {among} THEN 0 ELSE 1 END"
        return f"CASE WHEN {among} THEN {dimension_sql(rows, replace(dimension, fold=None))} END"
    sql = rows.field(dimension.reference)
    if not dimension.grain:
        return sql
    path, name = rows.place(dimension.reference)
    catalog = rows.catalog
    kind = catalog.type_of(path.end, name)
    if kind not in ("date", "timestamp", "timestamptz"):
        message = f'"{dimension.reference}" is {kind} and has no {spoken(dimension.grain)}'
        raise QueryError("E_NOT_A_TIME", message, hint=f'group by "{dimension.reference}" itself')
    fine_enough(catalog, path.end, name, dimension.grain)
    if kind == "timestamptz":
        sql = catalog.dialect.cast(sql, catalog.dialect.timestamp)
    if kind != "date":
        around = catalog.stretch(path.end, name).days_around
        clock = Clock(catalog.dialect, catalog.written_in(path.end, name), rows.timezone, *around)
        if dimension.instant:
            return clock.floor(sql, dimension.grain)
        sql = clock.local(sql)
    return told(rows, sql, dimension.grain)


def told(rows: Rows, sql: str, unit: str) -> str:
    """What a local time is in a grain, a part of a date or a grain of a calendar."""
    dialect, model = rows.catalog.dialect, rows.catalog.model
    if unit in PARTS:
        return dialect.part(sql, unit)
    if unit in rows.catalog.almanacs:
        return rows.called(unit, dialect.as_date(sql))
    return dialect.truncate(sql, unit, model.workspace.week_start, model.fiscal)


def among_sql(rows: Rows, fold: Fold) -> str:
    """Whether a row belongs to one of the groups that stand for themselves."""
    names = [one.name for one in fold.dimensions]
    if not fold.groups:
        return "(1 = 0)"
    if len(names) == 1:
        return filter_sql(rows, Filter(names[0], tuple(as_given(group[0]) for group in fold.groups)))
    each = (
        " AND ".join(
            filter_sql(rows, Filter(name, (as_given(value),))) for name, value in zip(names, group, strict=True)
        )
        for group in fold.groups
    )
    return f"({' OR '.join(each)})"


def as_given(value: object) -> str | int | float | bool | None:
    """A value of the data as a filter takes it."""
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)


def bridged(
    rows: Rows, inner: Rows, dimensions: tuple[Dimension, ...], conditions: tuple[str, ...], repeated: tuple[str, ...]
) -> Source:
    """Join each row once per distinct group it belongs to, so that nothing counts twice within a group."""
    keys = rows.catalog.dataset(rows.dataset).primary_key
    if not keys:
        message = f'a row of "{rows.dataset}" may have several "{repeated[0]}", and nothing tells its rows apart'
        hint = f"state the primary_key of {rows.dataset}, so that each row counts once in a group"
        place = rows.catalog.dataset(rows.dataset).spot.at()
        raise QueryError("E_PRIMARY_KEY_REQUIRED", message, hint=hint, where=place)
    if count := twice(rows.catalog, rows.dataset, tuple(keys))[0]:
        message = f"{several(count, rows.dataset, tuple(keys))}, its primary_key, and each has to count once in a group"
        hint = f'state what tells the rows of "{rows.dataset}" apart, or leave "{repeated[0]}" out'
        place = rows.catalog.dataset(rows.dataset).spot.at("primary_key")
        raise DefinitionError("E_DOUBLED_KEY", message, hint=hint, where=place)
    groups = [(f"group_{position}", dimension_sql(inner, one)) for position, one in enumerate(dimensions)]
    told = rows.catalog.field_sql
    listed = [f"{told(rows.dataset, key, inner.alias)} AS {quote(key)}" for key in keys]
    listed += [f"{sql} AS {quote(name)}" for name, sql in groups]
    where = f"\nWHERE {' AND '.join(conditions)}" if conditions else ""
    rows.notes += inner.notes
    bridge = rows.bridge = rows.free("bridge")
    on = " AND ".join(f"{told(rows.dataset, key, rows.alias)} = {bridge}.{quote(key)}" for key in keys)
    body = indented(f"SELECT DISTINCT {', '.join(listed)}\n{inner.sql()}{where}")
    text = f"JOIN (\n{body}\n) AS {bridge} ON {on}"
    return Source(rows, text, (), tuple(f"{bridge}.{quote(name)}" for name, _ in groups), repeated)
