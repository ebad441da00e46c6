"""Asking: plan, SQL, rows, answer; the same question about the same data is answered from memory."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from threading import Lock
from time import perf_counter
from typing import Any

from msgspec import Struct, structs
from msgspec.structs import replace

from truenorth.base.deadline import within
from truenorth.base.errors import TrueNorthError
from truenorth.base.locale import check_locale
from truenorth.base.period import spoken
from truenorth.base.table import Column, Row, Table, Value
from truenorth.base.zone import local
from truenorth.define.attribution import credit_of, sides_of
from truenorth.define.expression import hint_at_quotes
from truenorth.define.graph import metric as metric_of
from truenorth.define.graph import resolve_field
from truenorth.define.lookup import SIGN
from truenorth.define.model import Metric, Model
from truenorth.define.part import asked_of, with_parts
from truenorth.query import carry, other, subtotal
from truenorth.query.answer import Answer, Period, period
from truenorth.query.aside import set_aside
from truenorth.query.catalog import Catalog
from truenorth.query.column import Label, TimeColumn
from truenorth.query.comparison import Comparison
from truenorth.query.currency import currencies, left_open, mixed, refuse_mixed, shown_in
from truenorth.query.exchange import exchanged, must_convert
from truenorth.query.plan import plan
from truenorth.query.render import Statement, render
from truenorth.query.request import MetricQuery
from truenorth.query.segment import membership
from truenorth.query.shape import ROW, Plan
from truenorth.query.unfinished import unfinished
from truenorth.query.window import begun

KEPT_ANSWERS = 512
# What engines answer with that needs no look, and numbers, of which only those that are none do.
AS_THEY_ARE = {int, str, bool, date, datetime, type(None)}
AS_NUMBERS = {float, int, type(None)}


class Known(Struct, frozen=True):
    """An answer and the versions of the data it was worked out from."""

    answer: Answer
    datasets: tuple[str, ...]
    versions: tuple[str, ...]


class Runner:
    """Answers questions about one model on one engine."""

    def __init__(self, catalog: Catalog, shown: Callable[[Answer, str], str] | None = None) -> None:
        catalog.members = membership
        self.catalog = catalog
        self.shown = shown
        self.kept: OrderedDict[tuple[object, ...], list[tuple[object, ...]]] = OrderedDict()
        self.answers: OrderedDict[tuple[object, ...], Known] = OrderedDict()
        self.lock = Lock()
        self.wide: Runner | None = None
        self.currency = ""
        self.others: dict[str, Runner] = {}

    def knowing(self, query: MetricQuery) -> Runner:
        """The one that knows all that is asked for: parts of balances that are no metrics of their own are known to a
        wider model, which is made when it is first needed."""
        if query.currency != self.currency:
            return self.abroad(query.currency).knowing(query)
        model = self.catalog.model
        if all(asked_of(model, name) == name for name in query.metrics):
            return self
        with self.lock:
            if self.wide is None:
                self.wide = Runner(self.catalog.under(with_parts(model)), self.shown)
                self.wide.currency = self.currency
            self.wide.catalog.versions = self.catalog.versions
        return self.wide

    def abroad(self, code: str) -> Runner:
        """The one that tells converted amounts in another currency."""
        # Units have to be told anew, which few questions need.
        from truenorth.query.abroad import in_currency

        with self.lock:
            if code not in self.others:
                found = Runner(self.catalog.under(in_currency(self.catalog.model, code)), self.shown)
                found.currency = code
                self.others[code] = found
            self.others[code].catalog.versions = self.catalog.versions
        return self.others[code]

    def compile(self, query: MetricQuery, now: datetime, compared: Comparison | None = None) -> tuple[Plan, Statement]:
        """The plan and the SQL of a question, not run."""
        try:
            made = self.folded(query, now, compared) if query.other else plan(self.catalog, query, now, compared)
            return made, render(self.catalog, made)
        except TrueNorthError as error:
            hint_at_quotes(error, [text for text in query.where if isinstance(text, str)])
            raise

    def folded(self, query: MetricQuery, now: datetime, compared: Comparison | None) -> Plan:
        """The plan of the first groups and the rest; which groups are first is asked of the data."""
        made = plan(self.catalog, other.ordered(query), now, compared)
        ranked, statement = self.compile(other.ranking(made, query.limit or 0), now, made.compared)
        groups = tuple(row[: len(made.dimensions)] for row in self.rows(ranked, statement))
        return other.folded(made, groups[: query.limit], len(groups) > (query.limit or 0))

    def ask(self, query: MetricQuery, now: datetime) -> Answer:
        """The answer of a question at a naive UTC `now`; the same object while nothing it read has changed."""
        knowing = self.knowing(query)
        if knowing is not self:
            return knowing.ask(query, now)
        key = (query, now, self.catalog.model.version)
        with self.lock:
            known = self.answers.get(key)
        if known is not None and known.versions == self.versions(known.datasets):
            return known.answer
        with within(self.catalog.model.workspace.question_seconds):
            known = self.answered(query, now)
        with self.lock:
            self.answers[key] = known
            forget(self.answers)
        return known.answer

    def answered(self, query: MetricQuery, now: datetime) -> Known:
        """The answer worked out, and the data it depends on as it was before it was read."""
        began = perf_counter()
        if query.locale:
            check_locale(query.locale)
        if query.currency:
            must_convert(self.catalog.model, query.metrics, query.currency)
        made, statement = self.compile(query, now)
        datasets = tuple(sorted(self.read(made)))
        versions = self.versions(datasets)
        money = refuse_mixed(self.catalog, made)
        told = (*set_aside(self.catalog, made), *exchanged(self.catalog, made))
        compiled = perf_counter()
        rows = self.rows(made, statement)
        notes = [*self.catalog.said, *made.notes, *statement.notes, *told]
        if made.carried:
            rows, said = self.carried(made, statement, rows, now)
            notes += said
        table, more = tabled(self.catalog.model, made, statement, rows)
        table = shown_in(table, money) if money else table
        if query.subtotals:
            table = self.subtotals(made, table, now)
        totals = self.totals(made, now) if query.totals else {}
        ended = perf_counter()
        if more:
            also = "; subtotals also count the rows that are not shown" if query.subtotals else ""
            notes.append(f"more rows exist; these are the first {query.limit:,}{also}")
        if query.having and (query.totals or query.subtotals):
            notes.append("having chooses among the rows; totals are of all rows, shown or not")
        incomplete, cut = not_whole(made, table)
        answer = Answer(
            query=query,
            table=table,
            span=made.calendar.span,
            timezone=made.calendar.timezone,
            as_of=local(now, made.calendar.timezone),
            totals=totals,
            incomplete=incomplete,
            cut=cut,
            notes=tuple(notes),
            additivity=made.additivity,
            sql=statement.sql,
            plan=str(made),
            timings={"compile_ms": (compiled - began) * 1000, "run_ms": (ended - compiled) * 1000},
            model_version=self.catalog.model.version,
            locale=query.locale or self.catalog.model.workspace.locale,
            shown=self.shown,
            definitions=tuple(self.catalog.model.metrics[name] for name in query.metrics),
        )
        return Known(answer, datasets, versions)

    def versions(self, datasets: tuple[str, ...]) -> tuple[str, ...]:
        """The present versions of datasets."""
        return tuple(self.catalog.version(name) for name in datasets)

    def totals(self, parts: Plan, now: datetime) -> dict[str, Value]:
        """The same question in one row, compared with the same time as its parts: computed from the data."""
        query = parts.query
        whole = structs.replace(query, by=(), grain="", order=(), limit=None, fill="", totals=False)
        whole = structs.replace(whole, other=False, subtotals=False, having=())
        made, statement = self.compile(whole, now, parts.compared)
        table = self.summed(made, statement, now)
        return table.dicts()[0] if table.rows else {}

    def summed(self, made: Plan, statement: Statement, now: datetime) -> Table:
        """A table of totals; what would add up several currencies is left open in it."""
        rows: Sequence[tuple[object, ...]] = self.rows(made, statement)
        if made.carried:
            rows, _ = self.carried(made, statement, rows, now)
        table, _ = tabled(self.catalog.model, made, statement, rows)
        return left_open(table, mixed(self.catalog, made, currencies(self.catalog, made)))

    def carried(
        self, made: Plan, statement: Statement, rows: Sequence[tuple[object, ...]], now: datetime
    ) -> tuple[list[tuple[object, ...]], list[str]]:
        """The rows with the last known values in empty periods; the time before the range is asked only if needed."""
        plain = [[clean(value) for value in row] for row in rows]
        for at, column in enumerate(made.times):
            for row in plain:
                value = row[at]
                row[at] = value.date() if isinstance(value, datetime) and not column.instant else value
        last = made.calendar.end_of_data()
        order = [one.labels for one in made.calendar.windows() if begun(one, last)]
        found = carry.carried(made, statement.columns, plain, order, {})
        query = carry.history(made) if found.missing else None
        if query is not None:
            earlier = replace(plan(self.catalog, query, now), dimensions=made.dimensions)
            table = self.summed(earlier, render(self.catalog, earlier), now)
            found = carry.carried(made, statement.columns, plain, order, carry.known(made, table))
        own = {output.name: metric_of(self.catalog.model, output.metric).title for output in made.outputs}
        notes = [
            f"{own[name]}: {count:,} value{'s' if count > 1 else ''} carried from the last period that has one"
            for name, count in found.counts.items()
            if not name.endswith("__previous")
        ]
        apart = (*(column.name for column in made.times), ROW) if ROW in statement.columns else ()
        ordered = carry.resorted(found.rows, statement.columns, (*apart, *made.query.order))
        return [tuple(row) for row in ordered], notes

    def subtotals(self, parts: Plan, table: Table, now: datetime) -> Table:
        """The rows with subtotals among them, each computed from the data by its own question."""
        sums = []
        for query in subtotal.levels(parts):
            made, statement = self.compile(query, now, parts.compared)
            sums.append(self.summed(made, statement, now))
        return subtotal.nested(parts, table, sums)

    def rows(self, made: Plan, statement: Statement) -> list[tuple[object, ...]]:
        """The rows of a statement, from memory where the data has not changed."""
        key = (statement.sql, *self.versions(tuple(sorted(self.read(made)))))
        with self.lock:
            if key in self.kept:
                return self.kept[key]
        try:
            rows = self.catalog.rows(statement.sql)
        except TrueNorthError as error:
            query = made.query
            if error.where is None and len(query.metrics) == 1 and not (query.where or query.having):
                error.where = metric_of(self.catalog.model, query.metrics[0]).spot.at("expr")
            raise
        with self.lock:
            self.kept[key] = rows
            forget(self.kept)
        return rows

    def read(self, made: Plan) -> set[str]:
        """The datasets whose data an answer may depend on: those read, and those they point to or look up."""
        if made.lookups:
            return set(self.catalog.model.datasets)
        named = {leg.dataset for leg in made.legs if leg.dataset}
        metrics = self.catalog.model.metrics
        named |= {metrics[leg.conversion.conversion_metric].dataset for leg in made.legs if leg.conversion}
        named |= self.cohorts()
        named |= {side.dataset for name in tuple(named) for side in sides_of(self.catalog.model, name)}
        joined = {end for one in self.catalog.model.relationships.values() for end in (one.from_, one.to)}
        rates = self.catalog.model.rates
        if rates is not None and any(leaf.metric.convert for leg in made.legs for leaf in leg.leaves):
            named |= {rates.name}
        return named | joined if made.dimensions or made.conditions or made.filters or self.crossing(made) else named

    def cohorts(self) -> set[str]:
        """The datasets that say who is in cohorts, any of which an answer may ask for."""
        model = self.catalog.model
        if not model.cohorts:
            return set()
        if any(SIGN.search(one.where) for one in model.cohorts.values()):
            return set(model.datasets)
        joined = {end for one in model.relationships.values() for end in (one.from_, one.to)}
        return joined | {one.dataset for one in model.cohorts.values()}

    def crossing(self, made: Plan) -> bool:
        """Whether a leaf itself reads another dataset."""
        if any(leg.conversion or credit_of(leg.dataset) for leg in made.legs):
            return True
        texts = [
            text
            for leg in made.legs
            for leaf in leg.leaves
            for text in (leaf.metric.expr, leaf.metric.filter, *leaf.filters)
        ]
        return any("." in text for text in texts)


def forget(kept: OrderedDict[tuple[object, ...], Any]) -> None:
    """Let go of the oldest of what is remembered."""
    while len(kept) > KEPT_ANSWERS:
        kept.popitem(last=False)


def tabled(model: Model, made: Plan, statement: Statement, rows: Sequence[tuple[object, ...]]) -> tuple[Table, bool]:
    """The rows as a table with units, with changes beside what they are compared with; and whether there are more."""
    limit = made.query.limit
    more = limit is not None and len(rows) > limit
    rows = rows[:limit] if more else rows
    columns = [column_of(model, made, name) for name in statement.columns]
    told = [cleaned(values) for values in zip(*rows, strict=True)] if rows else []
    shown: dict[int, Callable[[Value], Value]] = {
        at: partial(shown_time, made, one) for at, one in enumerate(made.times)
    }
    for at, dimension in enumerate(made.dimensions, len(made.times)):
        if dimension.instant:
            shown[at] = lambda moment: local(moment, made.calendar.timezone) if isinstance(moment, datetime) else None
    if ROW in statement.columns:
        shown[statement.columns.index(ROW)] = lambda marked: "other" if marked else "group"
    for at, show in shown.items() if told else ():
        # What stands in many rows is told once.
        known = {value: show(value) for value in dict.fromkeys(told[at])}
        told[at] = [known[value] for value in told[at]]
    plain = list(zip(*told, strict=True))
    if not made.query.vs:
        return Table(tuple(columns), tuple(plain)), more
    return compared(made, columns, [list(row) for row in plain]), more


def not_whole(made: Plan, table: Table) -> tuple[tuple[Period, ...], tuple[Period, ...]]:
    """The periods an answer shows that are not whole, and those of them that the range cuts for good."""
    if not made.times:
        return (), ()
    shown = list(dict.fromkeys(row[: len(made.times)] for row in table.rows))
    found = unfinished(made.calendar, shown, waited(made))
    whole = [one for one in shown if one in found.running or one in found.cut]
    return tuple(period(one) for one in whole), tuple(period(one) for one in whole if one in found.cut)


def waited(made: Plan) -> str:
    """How long what begins in a period may go on after it, where all that is asked for is told of the same funnel;
    who entered is known at once."""
    leaves = [leaf.metric for leg in made.legs for leaf in leg.leaves]
    windows = {one.window if one.type == "funnel" else "" for one in leaves}
    known = all(one.part == "entered" for one in leaves)
    return windows.pop() if len(windows) == 1 and not known else ""


def compared(made: Plan, columns: list[Column], rows: list[list[Value]]) -> Table:
    """Adds, after each previous value, the change and the change as a share."""
    names = [column.name for column in columns]
    order = [at for at, column in enumerate(columns) if column.role in ("time", "dimension", "row")]
    keys = list(order)
    out_columns = [columns[at] for at in keys]
    picks = []
    for output in made.outputs:
        if output.role == "metric":
            current, previous = names.index(output.name), names.index(f"{output.metric}__previous")
            picks.append((current, previous))
            column = columns[current]
            out_columns += [
                column,
                columns[previous],
                change_column(column, "change"),
                change_column(column, "change_percent"),
            ]
    found: list[Row] = []
    hidden = {name: {shown_labels(made, one) for one in labels} for name, labels in made.withheld.items()}
    for row in rows:
        values = [row[at] for at in keys]
        period = tuple(row[: len(made.times)])
        for current, previous in picks:
            before = None if period in hidden.get(columns[current].name, ()) else row[previous]
            values += [row[current], before, *changes(row[current], before)]
        found.append(tuple(values))
    return Table(tuple(out_columns), tuple(found))


def change_column(column: Column, role: str) -> Column:
    """The column of a change, in the metric's unit or as a share."""
    differs = "points" if column.unit == "percent" else column.unit
    unit = differs if role == "change" else "percent"
    currency = column.currency if role == "change" else ""
    words = "change" if role == "change" else "change, %"
    return Column(
        f"{column.name}__{role}", role, f"{column.label} {words}", unit, currency, column.direction, column.name
    )


def changes(current: Value, previous: Value) -> tuple[Value, Value]:
    """The difference, and the difference as a share of the old size; None where either is unknown."""
    if not isinstance(current, int | float | Decimal) or not isinstance(previous, int | float | Decimal):
        return None, None
    share = (float(current) - float(previous)) / abs(float(previous)) if previous else None
    if isinstance(current, float) or isinstance(previous, float):
        return float(current) - float(previous), share
    exact = Decimal(current) - Decimal(previous)
    return (exact if isinstance(current, Decimal) or isinstance(previous, Decimal) else int(exact)), share


def column_of(model: Model, made: Plan, name: str) -> Column:
    """A column with its role and unit."""
    for column in made.times:
        if name == column.name:
            return Column(name, "time", spoken(column.unit).capitalize())
    if name == ROW:
        return Column(name, "row", "Row")
    output = next((output for output in made.outputs if output.name == name), None)
    if output is None:
        return Column(name, "dimension", dimension_label(model, made, name))
    metric = metric_of(model, output.metric)
    label = metric.title if output.role == "metric" else f"{metric.title}, {before(made)}"
    of = "" if output.role == "metric" else metric.name
    return Column(name, output.role, label, metric.unit, currency_of(model, metric), metric.direction, of, metric.per)


def dimension_label(model: Model, made: Plan, name: str) -> str:
    """What people read above a dimension: its field's label, or its name in words; of two alike, with their ways."""
    label, way = label_of(model, made, name), name.rpartition(".")[0].replace(".", " ").replace("_", " ")
    others = (one.name for one in made.dimensions if one.name != name)
    return f"{label} ({way})" if way and any(label_of(model, made, other) == label for other in others) else label


def label_of(model: Model, made: Plan, name: str) -> str:
    """What people read above a dimension where it is the only one of its label."""
    dimension = next((one for one in made.dimensions if one.name == name), None)
    if dimension is not None and made.legs:
        path, known = resolve_field(model, made.legs[0].dataset, dimension.reference)
        field = model.datasets[path.end].field(known)
        if field is not None and field.label:
            return f"{field.label}, {dimension.grain}" if dimension.grain else field.label
    return name.rpartition(".")[2].replace("__", ", ").replace("_", " ").capitalize()


def before(made: Plan) -> str:
    """How far back the other column of a comparison lies: a period, the whole range, or a year."""
    return made.compared.words if made.compared else ""


def currency_of(model: Model, metric: Metric) -> str:
    """The currency a metric is shown in; none for what is not money."""
    return (metric.currency or model.workspace.currency) if metric.unit == "currency" else ""


def shown_labels(made: Plan, labels: tuple[Label, ...]) -> tuple[Value, ...]:
    """The labels of a window as its row shows them."""
    return tuple(shown_time(made, column, label) for column, label in zip(made.times, labels, strict=True))


def shown_time(made: Plan, column: TimeColumn, value: Value) -> Value:
    """The time of a row: an hour as the aware local time at which it begins, other periods as their first day."""
    if not isinstance(value, datetime):
        return value
    return local(value, made.calendar.timezone) if column.instant else value.date()


def cleaned(values: Sequence[object]) -> list[Value]:
    """A column of an engine's values as ours, those that need no look at once."""
    kinds = set(map(type, values))
    if kinds <= AS_THEY_ARE:
        return list(values)  # type: ignore[arg-type]
    if kinds <= AS_NUMBERS:
        return [None if value != value else value for value in values]  # type: ignore[misc]
    return [clean(value) for value in values]


def clean(value: object) -> Value:
    """An engine's value as one of ours: not-a-number is unknown, decimals lose padding zeros beyond cents."""
    if isinstance(value, float) and value != value:
        return None
    if isinstance(value, Decimal):
        return trimmed(value)
    if value is None or isinstance(value, bool | int | float | str | date):
        return value
    return str(value)


def trimmed(value: Decimal) -> Decimal:
    """Money with at least its cents and no empty digits after them."""
    exponent = value.as_tuple().exponent
    if not isinstance(exponent, int) or exponent >= -2:
        return value
    short = value.normalize()
    after = short.as_tuple().exponent
    return short if isinstance(after, int) and after < -2 else value.quantize(Decimal("0.01"))
