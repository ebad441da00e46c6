"""The naive second builder: one number at a time, by another road, so that the engine can be checked against it.

No joins, no windows over periods, no folded offsets: a dimension is matched by EXISTS, a local day by the engine's own
time zone rules, and a metric of metrics by arithmetic on single numbers. Slow, short and easy to believe.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import cached_property, partial

from msgspec.structs import replace

from truenorth.base.errors import QueryError
from truenorth.base.period import CLOCK, PARTS, Moment, day_of, parse_window
from truenorth.base.table import Value
from truenorth.base.zone import instant, local_day
from truenorth.define.attribution import credit_of
from truenorth.define.currencies import BY_PERIOD
from truenorth.define.graph import Path, entity_columns, resolve_field
from truenorth.define.journey import JOURNEYS
from truenorth.define.lookup import MetricRef
from truenorth.define.model import InputMetric, Metric
from truenorth.define.series import TYPES as SERIES
from truenorth.query.apportion import Credits
from truenorth.query.balance import lasting, part_of
from truenorth.query.catalog import Catalog
from truenorth.query.cell import Cell, Elsewhere
from truenorth.query.clerk import Clerk, coded
from truenorth.query.column import Label
from truenorth.query.creditor import Reading
from truenorth.query.denomination import denominated
from truenorth.query.dialect import quote
from truenorth.query.entity import by_entity
from truenorth.query.met import met_by
from truenorth.query.moment import Moments
from truenorth.query.naive import ROWS, Events, divided, nearest, number_of, ranked
from truenorth.query.sieve import sieve_of
from truenorth.query.teller import Teller
from truenorth.query.witness import WITNESSES, daily, funnel, presence, series, sessions

# These read their own filter themselves.
KINDS_OF_ROWS = ("simple", "snapshot", "movement", "attribution", *JOURNEYS, *SERIES)


class Oracle:
    """Works out single numbers of a model on an engine, in a zone."""

    def __init__(self, catalog: Catalog, timezone: str, last_day: date, now: datetime | None = None) -> None:
        self.catalog = catalog
        self.dialect = catalog.dialect
        self.timezone = timezone
        self.last_day = last_day
        self.now = now or datetime(last_day.year, last_day.month, last_day.day)
        self.asked: list[str] = []
        self.entities: dict[tuple[str, str], str] = {}
        self.lookups: dict[str, dict[str, str]] = {}
        self.credits: dict[str, Credits] = {}
        self.elsewhere = Elsewhere(catalog, timezone, last_day)

    def number(self, name: str, cell: Cell, filters: tuple[str, ...] = ()) -> Value:
        """The value of a metric in one cell."""
        metric = self.catalog.model.metrics[name]
        inside = (*filters, metric.filter) if metric.filter and metric.type not in KINDS_OF_ROWS else filters
        own = "journey" if metric.type in JOURNEYS else "series" if metric.type in SERIES else metric.type
        value = getattr(self, own)(metric, cell, inside)
        return self.filled(value, metric.fill_nulls_with)

    def simple(self, metric: Metric, cell: Cell, filters: tuple[str, ...]) -> Value:
        """One aggregation over the rows of the cell."""
        if metric.convert and metric.expr:
            return self.converted(metric, cell, filters)
        return self.aggregated(metric, self.conditions(metric, cell, filters))

    def converted(self, metric: Metric, cell: Cell, filters: tuple[str, ...]) -> Value:
        """The aggregation of the rows of the cell, each brought to the metric's currency by itself."""
        if cell.labels and metric.convert in BY_PERIOD:
            raise QueryError("E_UNKNOWN_GRAIN", f'"{metric.name}" has rates of periods, which parts of dates have not')
        shown = self.denominated(metric)
        amount = self.dialect.as_money(self.rendered(metric, metric.expr))
        day = self.local_day(metric) if self.catalog.time_of(metric) else "NULL"
        conditions = self.conditions(metric, cell, filters)
        where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        sql = f"SELECT {shown} AS a, {day} AS b, {amount} AS c FROM {self.source(metric.dataset)}{where}"
        self.asked.append(sql)
        latest = self.catalog.stretch(metric.dataset, self.catalog.time_of(metric)).last if day != "NULL" else None
        end = self.last_day if cell.end is None else min(day_of(cell.end), self.last_day)
        if latest is not None and (cell.end is None or day_of(cell.end) > self.last_day):
            end = min(end, local_day(latest, self.timezone) + timedelta(days=1))
        start = day_of(cell.start) if cell.start is not None else None
        return self.teller.gathered(metric, self.catalog.rows(sql), (start, end))

    def denominated(self, metric: Metric) -> str:
        """The currency of what a row is worth."""
        reference, code = denominated(self.catalog, metric)
        return self.lookup(metric, reference) if reference else self.dialect.literal(code)

    @cached_property
    def teller(self) -> Teller:
        """Who changes amounts from one currency to another."""
        return Teller(self.catalog)

    def aggregated(self, metric: Metric, conditions: list[str]) -> Value:
        """The aggregation of the rows that meet all conditions."""
        where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        if metric.agg in ("first", "last"):
            value = self.rendered(metric, metric.expr)
            time = self.catalog.field_sql(metric.dataset, self.catalog.time_of(metric), ROWS)
            return self.scalar(nearest(metric, value, time, f"FROM {self.source(metric.dataset)}{where}"))
        if metric.approximate or metric.percentile_type == "discrete":
            value = self.rendered(metric, metric.expr)
            return ranked(metric, value, f"FROM {self.source(metric.dataset)}{where}", self.scalar)
        value = self.aggregation(metric)
        return self.scalar(f"SELECT {value} FROM {self.source(metric.dataset)}{where}")

    def source(self, dataset: str) -> str:
        """The rows of a dataset as a FROM item, with everything that was looked up for them so far."""
        credited = self.catalog.model.metrics.get(credit_of(dataset))
        rows = self.reading.pairs(credited) if credited else f"{self.catalog.relation(dataset)} AS {ROWS}"
        looked = "".join(f", {sql} AS {name}" for sql, name in self.lookups.get(dataset, {}).items())
        return f"(SELECT {ROWS}.*{looked} FROM {rows}) AS {ROWS}" if looked else rows

    def aggregation(self, metric: Metric) -> str:
        """The aggregate function over the metric's expression."""
        sql = self.rendered(metric, metric.expr) if metric.expr else ""
        if metric.agg == "count":
            return f"count({sql or '*'})"
        if metric.agg == "count_distinct":
            return f"count(DISTINCT {sql})"
        if metric.agg in ("median", "percentile"):
            return self.dialect.percentile(sql, 0.5 if metric.percentile is None else metric.percentile)
        if self.is_money(metric):
            sql = self.dialect.as_money(sql)
        elif metric.agg == "avg":
            sql = self.dialect.as_double(sql)
        return f"{metric.agg}({sql})"

    def is_money(self, metric: Metric) -> bool:
        """Money is summed as decimal here too, or cents would seem to differ."""
        field = self.catalog.dataset(metric.dataset).field(metric.expr)
        return metric.unit == "currency" or bool(field and field.unit == "currency")

    def rendered(self, metric: Metric, text: str) -> str:
        """An expression with every name looked up by itself."""
        expression = self.catalog.expression(text, metric)
        tested = {test.reference for test in expression.times}
        names = {ref: self.lookup(metric, ref) for ref in expression.refs if ref not in tested}
        names |= {one.text: self.looked_up(metric, one) for one in expression.metrics}
        if tested:
            of, place = partial(self.lookup, metric), partial(self.placed, metric.dataset)
            moments = Moments(self.catalog, self.catalog.time_of(metric), self.timezone, self.now, of, place)
            names |= {test.text: moments.test(test) for test in expression.times}
        return expression.render(self.dialect.name, names)

    def placed(self, dataset: str, reference: str) -> tuple[str, str]:
        """The dataset and field that a name leads to; without a dot it is of the dataset itself."""
        if "." not in reference:
            return dataset, reference
        path, name = resolve_field(self.catalog.model, dataset, reference)
        return path.end, name

    def looked_up(self, metric: Metric, one: MetricRef) -> str:
        """Another metric's value for a row: the number of each entity, worked out like any other."""
        if (metric.name, one.text) not in self.entities:
            keys = [self.lookup(metric, reference) for reference in one.by]
            rows = self.source(metric.dataset)
            self.entities[metric.name, one.text] = by_entity(
                self.catalog, one, keys, rows, lambda name, values: self.number(name, Cell(None, None, values))
            )
        return self.entities[metric.name, one.text]

    def lookup(self, metric: Metric, reference: str) -> str:
        """A field of the row, or of the one row it points to."""
        if "." not in reference and self.catalog.dataset(metric.dataset).field(reference) is None:
            return f"{ROWS}.{quote(reference)}"
        return self.along(metric, reference)

    def along(self, metric: Metric, reference: str) -> str:
        """A field that a question names, of the row or of the one row it leads to."""
        path, name = resolve_field(self.catalog.model, metric.dataset, reference)
        if not path.steps:
            return self.catalog.field_sql(path.end, name, ROWS)
        aliases = [ROWS, *(quote(f"to_{depth}") for depth in range(len(path.steps)))]
        tables, met = met_by(self.catalog, path, aliases, self.catalog.time_of(metric))
        sql = self.catalog.field_sql(path.end, name, aliases[-1])
        known = self.lookups.setdefault(metric.dataset, {})
        looked = f"(SELECT max({sql}) FROM {tables} WHERE {' AND '.join(met)})"
        return f"{ROWS}.{known.setdefault(looked, quote(f'looked up {len(known) + 1}'))}"

    def conditions(self, metric: Metric, cell: Cell, filters: tuple[str, ...]) -> list[str]:
        """What a row must meet to count in the cell."""
        found = [f"({self.rendered(metric, text)})" for text in (metric.filter, *filters) if text]
        return found + self.of_group(metric, cell) + self.inside(metric, cell)

    def of_group(self, metric: Metric, cell: Cell) -> list[str]:
        """What a row must meet to be of the group of a cell."""
        found = [(resolve_field(self.catalog.model, metric.dataset, name), value) for name, value in cell.values]
        return [self.matches(path, name, value, metric) for (path, name), value in found]

    def matches(self, path: Path, name: str, value: Value, metric: Metric) -> str:
        """Whether a row, or one it leads to, has the value; leading nowhere counts as None."""
        aliases = [ROWS, *(quote(f"via_{depth}") for depth in range(len(path.steps)))]
        sql = self.catalog.field_sql(path.end, name, aliases[-1])
        if not path.steps:
            return f"{sql} IS NULL" if value is None else f"{sql} = {self.dialect.literal(value)}"
        tables, met = met_by(self.catalog, path, aliases, self.catalog.time_of(metric))
        rows = f"SELECT 1 FROM {tables} WHERE {' AND '.join(met)}"
        if value is not None:
            return f"EXISTS ({rows} AND {sql} = {self.dialect.literal(value)})"
        if not path.repeats:
            return f"NOT EXISTS ({rows} AND {sql} IS NOT NULL)"
        return f"(EXISTS ({rows} AND {sql} IS NULL) OR {' OR '.join(self.ends(path, aliases, metric))})"

    def ends(self, path: Path, aliases: list[str], metric: Metric) -> list[str]:
        """For each step, whether a row gets that far and no farther."""
        found = []
        for length in range(len(path.steps)):
            begun, whole = (Path(path.start, path.steps[:size]) for size in (length, length + 1))
            before, met = met_by(self.catalog, begun, aliases, self.catalog.time_of(metric))
            tables, all_met = met_by(self.catalog, whole, aliases, self.catalog.time_of(metric))
            after = tables.removeprefix(f"{before}, ")
            nothing = f"NOT EXISTS (SELECT 1 FROM {after} WHERE {' AND '.join(all_met[len(met) :])})"
            found.append(
                f"EXISTS (SELECT 1 FROM {before} WHERE {' AND '.join([*met, nothing])})" if before else nothing
            )
        return found

    def inside(self, metric: Metric, cell: Cell) -> list[str]:
        """The time conditions of a cell, on local days as the engine itself counts them."""
        if cell.start is None and cell.end is None and not cell.labels:
            return []
        found = [self.beside(metric, cell.start, ">=")] if cell.start is not None else []
        found += [self.beside(metric, cell.end, "<")] if cell.end is not None else []
        return [*found, *(self.called(metric, unit, label) for unit, label in cell.labels)]

    def beside(self, metric: Metric, edge: Moment, sign: str) -> str:
        """That a row comes before an edge, or not."""
        if isinstance(edge, datetime) and self.kind(metric) != "date":
            return f"{self.local(metric, 'UTC')} {sign} {self.dialect.literal(instant(edge, self.timezone))}"
        return f"{self.local_day(metric)} {sign} {self.dialect.literal(day_of(edge))}"

    def called(self, metric: Metric, unit: str, label: Label) -> str:
        """That a row's day is called something in a part of the date or in a calendar."""
        day = self.local_day(metric)
        if unit in PARTS:
            hours = unit == "hour_of_day" and self.kind(metric) != "date"
            read = self.local(metric, self.timezone) if hours else day
            return f"{self.dialect.part(read, unit)} = {self.dialect.literal(label)}"
        days = self.elsewhere.days(unit)
        listed = ", ".join(
            self.dialect.literal(one) for one in (days.called(label) if label is not None else days.named())
        )
        known = f"{day} IN ({listed})" if listed else "1 = 0"
        return known if label is not None else f"NOT ({known})"

    def kind(self, metric: Metric) -> str:
        """The type of the time that a metric counts by."""
        return self.catalog.type_of(metric.dataset, self.catalog.time_of(metric))

    def local_day(self, metric: Metric) -> str:
        """The local day of a row by the engine's own zone rules; dates are what they are."""
        name = self.catalog.time_of(metric)
        sql = self.catalog.field_sql(metric.dataset, name, ROWS)
        kind = self.kind(metric)
        if kind == "date":
            return sql
        written = self.catalog.written_in(metric.dataset, name)
        return self.dialect.own_local_day(sql, kind == "timestamptz", written, self.timezone)

    def local(self, metric: Metric, zone: str) -> str:
        """The local time of a row in a zone, by the engine's own zone rules."""
        name = self.catalog.time_of(metric)
        sql = self.catalog.field_sql(metric.dataset, name, ROWS)
        written = self.catalog.written_in(metric.dataset, name)
        return self.dialect.own_local(sql, self.kind(metric) == "timestamptz", written, zone)

    def snapshot(self, metric: Metric, cell: Cell, filters: tuple[str, ...]) -> Value:
        """The rows of the day that stands for the cell, found without regard to its groups."""
        chosen = metric.non_additive_dimension
        take = chosen.window_agg if chosen else "last"
        time = replace(cell, values=())
        day = self.local_day(metric)
        where = " AND ".join([f"{day} IS NOT NULL", *self.inside(metric, time)])
        source = f"FROM {self.source(metric.dataset)} WHERE {where}"
        if chosen and (chosen.group_by or chosen.among == "filtered"):
            return self.own_day(metric, cell, day, self.conditions(metric, cell, filters))
        if take == "avg":
            return self.mean_day(metric, day, source, self.conditions(metric, cell, filters))
        at = self.scalar(f"SELECT {'max' if take == 'last' else 'min'}({day}) {source}")
        if not isinstance(at, date):
            return None if metric.agg not in ("count", "count_distinct") else 0
        stands = Cell(day_of(at), day_of(at) + timedelta(days=1), cell.values)
        return self.aggregated(metric, self.conditions(metric, stands, filters))

    def own_day(self, metric: Metric, cell: Cell, day: str, conditions: list[str]) -> Value:
        """The rows of the day that stands for the group each belongs to, among all rows or those that count."""
        chosen = metric.non_additive_dimension
        assert chosen is not None
        groups = [self.catalog.field_sql(metric.dataset, name, ROWS) for name in chosen.group_by]
        over = f"PARTITION BY {', '.join(groups)}" if groups else ""
        which = f"{'max' if chosen.window_agg == 'last' else 'min'}({day}) OVER ({over}) AS own_day"
        kept = conditions if chosen.among == "filtered" else self.inside(metric, replace(cell, values=()))
        where = " AND ".join([f"{day} IS NOT NULL", *kept])
        rows = f"SELECT {ROWS}.*, {which} FROM {self.source(metric.dataset)} WHERE {where}"
        taken = " AND ".join([f"{day} = own_day", *conditions])
        return self.scalar(f"SELECT {self.aggregation(metric)} FROM ({rows}) AS {ROWS} WHERE {taken}")

    def mean_day(self, metric: Metric, day: str, source: str, conditions: list[str]) -> Value:
        """The average over days: of sums and counts over all days with data, else over those with a value."""
        where = " AND ".join([f"{day} IS NOT NULL", *conditions])
        value = self.aggregation(metric)
        rows = f"FROM {self.source(metric.dataset)} WHERE {where}"
        daily = f"(SELECT {value} AS one {rows} GROUP BY {day}) AS daily"
        total = self.scalar(f"SELECT sum(one) FROM {daily}")
        if metric.agg in ("sum", "count", "count_distinct"):
            return divided(total, self.scalar(f"SELECT count(DISTINCT {day}) {source}"))
        return divided(total, self.scalar(f"SELECT count(one) FROM {daily}"))

    def ratio(self, metric: Metric, cell: Cell, filters: tuple[str, ...]) -> Value:
        """One number over another; nothing over zero."""
        return divided(self.number(metric.numerator, cell, filters), self.number(metric.denominator, cell, filters))

    def derived(self, metric: Metric, cell: Cell, filters: tuple[str, ...]) -> Value:
        """The expression over single numbers."""
        names = {}
        for given in metric.input_metrics:
            value = self.given(given, cell, filters)
            names[given.alias or given.name] = "NULL" if value is None else f"({self.dialect.literal(value)})"
        expression = self.catalog.expression(metric.expr, metric)
        return self.scalar(f"SELECT {expression.render(self.dialect.name, names)}")

    def given(self, given: InputMetric, cell: Cell, filters: tuple[str, ...]) -> Value:
        """One input of a derived metric, earlier or filtered as it asks."""
        inside = (*filters, given.filter) if given.filter else filters
        if not given.offset_window and not given.offset_to_grain:
            return self.number(given.name, cell, inside)
        if cell.start is None or cell.end is None:
            raise QueryError("E_NO_PREVIOUS_PERIOD", f'"{given.name}" has nothing before the whole of the data')
        if cell.labels:
            raise QueryError("E_UNKNOWN_GRAIN", f'"{given.name}" looks elsewhere, which is not worked out by parts')
        moved = self.elsewhere.moved(cell, given.offset_window) if given.offset_window else cell
        if moved is not None and given.offset_to_grain:
            moved = self.elsewhere.at_first(moved, given.offset_to_grain)
        return self.number(given.name, cell.nothing if moved is None else moved, inside)

    def cumulative(self, metric: Metric, cell: Cell, filters: tuple[str, ...]) -> Value:
        """The input over the window that ends with the cell, or with the data if that ends sooner."""
        given = self.catalog.model.metrics[metric.input_metric]
        if metric.period_agg != "last" and cell.period:
            hours = metric.window and parse_window(metric.window, self.catalog.model.grains)[1] in CLOCK
            if isinstance(cell.start, datetime) or cell.labels or hours:
                raise QueryError("E_UNKNOWN_GRAIN", f'"{metric.name}" is put together from days, not from less')
            return daily.put_together(metric, given, cell, self.last_day, partial(self.cumulative, filters=filters))
        if cell.labels:
            raise QueryError("E_UNKNOWN_GRAIN", f'"{metric.name}" looks back, which is not worked out by parts')
        through = self.elsewhere.through(metric, cell)
        if through is None:
            return self.number(given.name, cell.nothing, filters)
        start, end = through
        if given.type != "simple":
            return self.number(given.name, Cell(start, end, cell.values), filters)
        value = self.simple(given, Cell(start, end, cell.values), filters)
        return self.filled(value, given.fill_nulls_with if metric.fill_nulls_with is None else metric.fill_nulls_with)

    def conversion(self, metric: Metric, cell: Cell, filters: tuple[str, ...]) -> Value:
        """The base events that something follows, or what follows them, or the share of them."""
        base, after = (self.catalog.model.metrics[name] for name in (metric.base_metric, metric.conversion_metric))
        days = any(self.in_days(one) for one in (base, after))
        moments = self.moment(base, days), self.moment(after, days)
        own = self.conditions(after, Cell(None, None), ())
        inside, chosen = self.conditions(base, cell, filters), self.conditions(base, Cell(None, None), filters)
        value = self.aggregation(after)

        def events() -> Events:
            sources = self.source(base.dataset), self.source(after.dataset)
            return Events(self.catalog.model, metric, sources, moments, days, self.lookup)

        # Looking fields up may add to what the rows hold, so the rows are named once all of them are known.
        events().same(ROWS, ROWS)
        if metric.count_by == "base":
            counted = self.aggregated(base, [*inside, events().followed(own)])
        else:
            counted = self.scalar(events().given(value, own, inside, chosen))
        if metric.calculation == "conversions":
            return counted
        return divided(counted, self.number(metric.base_metric, cell, filters))

    def movement(self, metric: Metric, cell: Cell, filters: tuple[str, ...]) -> Value:
        """A balance or a part of it, netted over the days of the cell, from the rows of all days."""
        if cell.labels or isinstance(cell.start, datetime) or isinstance(cell.end, datetime):
            raise QueryError(
                "E_UNKNOWN_GRAIN", f'"{metric.name}" is netted over whole periods, not over parts of dates'
            )
        start, end = cell.start, self.last_day if cell.end is None else min(cell.end, self.last_day)
        if start is not None and start >= self.last_day:
            return None
        days = [self.local_day(metric), self.local_day(replace(metric, time=metric.end))]
        keys = [self.lookup(metric, one) for one in entity_columns(self.catalog.model, metric.dataset, metric.entity)]
        segment = [self.along(metric, reference) for reference, _ in cell.values]
        met = " AND ".join(self.conditions(metric, Cell(None, None, cell.values), ())) or "1 = 1"
        counted = " AND ".join(self.conditions(metric, Cell(None, None), filters)) or "1 = 1"
        inside, code = f"CASE WHEN {met} THEN 1 ELSE 0 END", [self.denominated(metric)] if metric.convert else []
        sieve = sieve_of(self.catalog, metric)
        worth = f"CASE WHEN {counted} THEN {self.rendered(metric, metric.expr)} END"
        columns = [*days, f"CASE WHEN {counted} THEN 1 ELSE 0 END", worth, inside, *keys, *segment, *code]
        fetched = sieve.fetched(columns, partial(self.rendered, metric))
        self.asked.append(f"SELECT {fetched} FROM {self.source(metric.dataset)}")
        rows = sieve.sifted(self.catalog.rows(self.asked[-1]))
        told = Clerk(self.teller, metric, start, end).part if metric.convert else None
        value = told(coded(rows, len(keys))) if told else part_of(metric, lasting(rows, len(keys)), start, end)
        return value or (None if metric.fill_nulls_with in ("null", "carry") and not metric.is_stock else value)

    def attribution(self, metric: Metric, cell: Cell, filters: tuple[str, ...]) -> Value:
        """The credit of what lies in the cell, shared out conversion by conversion."""
        if metric.name not in self.credits:
            self.credits[metric.name] = self.reading.credits(metric)
        met = self.conditions(metric, cell, filters)
        return self.reading.added(metric, self.credits[metric.name], self.source(metric.dataset), met)

    def journey(self, metric: Metric, cell: Cell, filters: tuple[str, ...]) -> Value:
        """What entities do in the cell, each followed row by row; groups may be those of other rows than the first."""
        if metric.type not in presence.TYPES:
            self.reading.few(metric)
        if metric.type == "funnel":
            met = self.conditions(metric, replace(cell, values=()), filters)
            return funnel.followed(self.reading, metric, met, self.of_group(metric, cell), self.reading.until(metric))
        values = self.conditions(metric, Cell(None, None, cell.values), filters)
        if metric.by_row == "exit":
            return sessions.followed(self.reading, metric, values, self.inside(metric, cell))
        if metric.type in presence.TYPES:
            return presence.followed(self.reading, metric, values, (self.elsewhere, cell, self.now))
        return WITNESSES[metric.type](self.reading, metric, self.conditions(metric, cell, filters))

    def series(self, metric: Metric, cell: Cell, filters: tuple[str, ...]) -> Value:
        """What series tell of a cell."""
        if cell.labels and metric.type == "rate":
            raise QueryError(
                "E_UNKNOWN_GRAIN", f'"{metric.name}" is told by the time that passes, not by parts of dates'
            )
        met, ends = self.conditions(metric, cell, filters), (cell.start, cell.end)
        return series.followed(self.reading, metric, met, lambda one: self.simple(one, cell, filters), ends)

    def slices(self, metric: Metric, cell: Cell, filters: tuple[str, ...]) -> Value:
        """What the slices of a cell make, each told by itself."""
        if cell.labels:
            raise QueryError("E_UNKNOWN_GRAIN", f'the slices of "{metric.name}" are told by stretches of time')
        inner = partial(Cell, values=cell.values)
        of = metric.input_metric
        return series.slices(
            self.reading, metric, (cell.start, cell.end), lambda *ends: self.number(of, inner(*ends), filters)
        )

    @cached_property
    def reading(self) -> Reading:
        """How the rows are read that credit stands between."""
        return Reading(
            self.catalog,
            self.lookup,
            self.rendered,
            self.source,
            self.moment,
            lambda side: self.conditions(side, Cell(None, None), ()),
            self.catalog.rows,
            self.denominated,
            lambda side, row: self.teller.gathered(side, [row], (None, self.last_day)),
            self.in_days,
            self.timezone,
            lambda metric: self.last_day if self.in_days(metric) else self.now,
        )

    def in_days(self, metric: Metric) -> bool:
        """Whether the time of a metric is known by the day only."""
        name = self.catalog.time_of(metric)
        field = self.catalog.dataset(metric.dataset).field(name)
        coarse = getattr(field, "granularity", "") not in ("", *CLOCK)
        return coarse or self.catalog.type_of(metric.dataset, name) == "date"

    def moment(self, metric: Metric, days: bool) -> str:
        """When a row happened: its local day, or the instant in UTC."""
        return self.local_day(metric) if days else self.local(metric, "UTC")

    def filled(self, value: Value, worth: float | str | None) -> Value:
        """A value, or what stands in for none."""
        return worth if value is None and isinstance(worth, int | float) else value

    def scalar(self, sql: str) -> Value:
        """The one value of a select."""
        self.asked.append(sql)
        rows = self.catalog.rows(sql)
        value = rows[0][0] if rows else None
        if isinstance(value, datetime):
            return value
        return value if value is None or isinstance(value, bool | int | float | str | date) else number_of(value)
