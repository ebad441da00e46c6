"""What the planner must know of the data itself: types, first and last times; asked once per data version."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from copy import copy
from datetime import date, datetime, timedelta
from functools import partial
from itertools import pairwise
from typing import TypeVar

from msgspec import Struct

from truenorth.base.errors import DefinitionError, EngineError, QueryError, TrueNorthError, did_you_mean
from truenorth.base.period import day_of
from truenorth.base.policy import OPEN, Policy
from truenorth.base.zone import instant, local_day
from truenorth.define.attribution import CONVERSION_KEY, credit_of, sides_of
from truenorth.define.expression import Expression, parse
from truenorth.define.model import Dataset, Field, Metric, Model
from truenorth.query.almanac import Almanac, almanac
from truenorth.query.apart import WORD, apart
from truenorth.query.buckets import rows_of as buckets_of
from truenorth.query.column import Label
from truenorth.query.dialect import Dialect, dialect_of, indented, quote
from truenorth.query.minutes import rows_of
from truenorth.query.permitted import conditions_of, permitted
from truenorth.store.engine import Engine
from truenorth.store.tables import TABLES, is_held

DEPTH = 12
# What an engine complains of without showing a value.
WITHOUT_VALUES = ("E_TABLE_NOT_FOUND", "E_COLUMN_NOT_FOUND", "E_FILE_NOT_FOUND", "E_WAREHOUSE_LOCKED")
T = TypeVar("T")


class Stretch(Struct, frozen=True):
    """The first and last time of a dataset (dates, or naive UTC), and how many rows have no time."""

    first: date | datetime | None
    last: date | datetime | None
    undated: int
    rows: int

    @property
    def days_around(self) -> tuple[datetime, datetime]:
        """Naive UTC times with all of a plain time's values between them, whatever zone they are written in."""
        if not isinstance(self.first, datetime) or not isinstance(self.last, datetime):
            return datetime(2000, 1, 1), datetime(2000, 1, 2)
        return self.first - timedelta(days=1), self.last + timedelta(days=1)


class Evaluated(Struct, frozen=True):
    """As of which local day cohorts are looked at, at a naive UTC `now`, `inside` of which others."""

    day: date
    timezone: str
    now: datetime
    inside: tuple[str, ...] = ()


class Catalog:
    """Facts about the datasets of a model on one engine, remembered until their data changes.

    What a policy hides does not exist here: every reading of a dataset goes through `relation`.
    """

    def __init__(self, model: Model, engine: Engine, policy: Policy = OPEN) -> None:
        self.model = model
        self.engine = engine
        self.policy = policy
        self.conditions = conditions_of(model, policy) if policy.rows else {}
        self.dialect: Dialect = dialect_of(engine.abilities.dialect)
        self.facts: dict[tuple[object, ...], object] = {}
        self.versions: dict[str, str] = {}
        self.almanacs: Mapping[str, Almanac] = Almanacs(self)
        # Who tells the members of a cohort as a select, and as of which day; those who ask say both.
        self.members: Callable[[Catalog, str], str] | None = None
        self.evaluated: Evaluated | None = None
        self.counts_cohorts = False
        # What is to be said of every answer.
        self.said: tuple[str, ...] = ()

    def under(self, model: Model) -> Catalog:
        """The same rows under another model of the same datasets."""
        found = copy(self)
        found.model, found.facts = model, {}
        found.almanacs = Almanacs(found)
        return found

    def looked_at(self, asked: Evaluated) -> Catalog:
        """The same catalog, its cohorts looked at as of a day, where that is not decided already."""
        if not self.model.cohorts or self.evaluated is not None:
            return self
        found = copy(self)
        found.evaluated = asked
        return found

    def refresh(self) -> None:
        """Look again at the data's versions; called once a question."""
        self.versions = {}

    def dataset(self, name: str) -> Dataset:
        """The dataset of that name; QueryError E_NAME_NOT_FOUND otherwise."""
        if name in self.model.datasets:
            return self.model.datasets[name]
        hint = did_you_mean(name, self.model.datasets)
        raise QueryError("E_NAME_NOT_FOUND", f'no dataset named "{name}"', hint=hint)

    def version(self, name: str) -> str:
        """A word that changes with a dataset's data."""
        if name not in self.versions:
            dataset = self.dataset(name)
            if sides := sides_of(self.model, name):
                return " ".join(self.version(one.dataset) for one in sides[:2])
            self.versions[name] = self.placed(dataset, lambda: self.engine.version(dataset.source, dataset.file))
        return self.versions[name]

    def state(self) -> tuple[str, ...]:
        """What changes whenever the data of any dataset does. One that cannot be read says so when it is asked for."""
        found = []
        for name in sorted(self.model.datasets):
            with suppress(TrueNorthError):
                found.append(f"{name} {self.version(name)}")
        return tuple(found)

    def relation(self, name: str) -> str:
        """The FROM item of a dataset, without an alias: the rows that may be seen."""
        if credit_of(name):
            return self.conversions_of(name)
        if name in self.conditions:
            return permitted(self, name, self.conditions[name], self.dialect.name)
        return self.all_rows(name)

    def conversions_of(self, name: str) -> str:
        """The FROM item of what credit is given for, one row for each: all that is known of it without its touches."""
        dataset, side = self.dataset(name), sides_of(self.model, name)[1]
        alias = quote(side.dataset)
        ends = [one for one in self.model.relationships.values() if one.from_ == name]
        keys = {column: "NULL" for one in ends for column in one.from_columns}
        told = self.dataset(side.dataset).primary_key
        keys |= {f"{CONVERSION_KEY} {at}": self.field_sql(side.dataset, key, alias) for at, key in enumerate(told, 1)}
        keys[dataset.time] = self.field_sql(side.dataset, dataset.time, alias)
        listed = ", ".join(f"{sql} AS {quote(key)}" for key, sql in keys.items())
        return f"(SELECT {listed} FROM {self.relation(side.dataset)} AS {alias})"

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        """The rows of a select; under a policy an engine's complaint shows no value, which may be of a hidden row."""
        with self.hushed():
            return self.engine.rows(self.apart(sql))

    def arrow(self, sql: str) -> object:
        """The same rows as an Arrow table."""
        with self.hushed():
            return self.engine.arrow(self.apart(sql))

    @contextmanager
    def batches(self, sql: str) -> Iterator[object]:
        """The same rows as an Arrow reader, batch by batch as they come."""
        with self.hushed(), self.engine.batches(self.apart(sql)) as found:
            yield found

    @contextmanager
    def hushed(self) -> Iterator[None]:
        """Under a policy, complaints of the engine without the values they show."""
        try:
            yield
        except TrueNorthError as error:
            if not self.conditions or error.code in WITHOUT_VALUES:
                raise
            hint = "ask whoever may see all rows to run truenorth check"
            raise EngineError(error.code, "the data cannot be read as it is defined", hint=hint) from None

    def apart(self, sql: str) -> str:
        """A statement whose steps are not called like a table that datasets read; of a query any word may be one."""
        datasets = self.model.datasets.values()
        queries = [one.query.strip().rstrip(";") for one in datasets if one.query]
        words = (word for query in queries for word in WORD.findall(query.lower()))
        return apart(sql, frozenset((*(one.source.lower() for one in datasets), *words)), queries, self.dialect.name)

    def kept(self, select: str) -> str:
        """A select over datasets that questions are built upon again and again: the engine may keep its rows until the
        data changes."""
        select = self.apart(select)
        read = self.model.datasets if self.conditions else self.read_in(select)
        return self.engine.kept(select, " ".join(self.version(name) for name in sorted(read)))

    def read_in(self, select: str) -> list[str]:
        """The datasets that a select reads, and perhaps some more."""
        return [name for name in self.model.datasets if (self.read_as(name) or name) in select]

    def read_as(self, name: str) -> str:
        """How a dataset stands in a select; "" where it cannot be read."""
        key = ("read as", name, self.version(name))
        if key not in self.facts:
            self.facts[key] = ""
            with suppress(TrueNorthError):
                self.facts[key] = self.relation(name)
        return str(self.facts[key])

    def all_rows(self, name: str) -> str:
        """The FROM item of a dataset with all its rows; only `relation` and what it is made of may ask for it."""
        dataset = self.dataset(name)
        if dataset.series or dataset.histogram:
            return self.come_in(dataset, self.minutes(dataset))
        if dataset.query:
            select = dataset.query.strip().rstrip(";")
            # A comment at the end must not swallow what follows.
            return self.come_in(dataset, f"({select}\n)" if "--" in select else f"({select})")
        return self.come_in(dataset, self.placed(dataset, lambda: self.engine.scan(dataset.source, dataset.file)))

    def minutes(self, dataset: Dataset) -> str:
        """The FROM item of the minutes of collected series, or of the buckets of a histogram."""
        key = ("minutes", dataset.name, self.version(dataset.name))
        if key not in self.facts:
            # Labels may be named before a series has them.
            labels = [one.name for one in dataset.fields if not one.expr]
            read = partial(rows_of, self.engine, dataset.series, labels)
            buckets = partial(buckets_of, self.engine, dataset.histogram, labels)
            self.facts[key] = self.placed(dataset, read if dataset.series else buckets)
        return str(self.facts[key])

    def come_in(self, dataset: Dataset, rows: str) -> str:
        """Of all rows of a dataset those that have come in: all of them today."""
        return rows

    def expression(self, text: str, field: Field | Metric) -> Expression:
        """An expression of the model, parsed before or now."""
        known = self.model.expressions.get(text)
        return known if isinstance(known, Expression) else parse(text, field.spot.at("expr"))

    def field_sql(self, dataset: str, name: str, alias: str, depth: int = 0) -> str:
        """A field as SQL over the dataset's columns; a name that is no field is a column."""
        field = self.dataset(dataset).field(name)
        if field is not None and field is self.dataset(dataset).cohort(name):
            return self.belongs(dataset, field, alias)
        if field is None or not field.expr or field.expr == name:
            return f"{alias}.{quote(name)}"
        if depth > DEPTH:
            raise DefinitionError("E_CYCLE", f'field "{name}" is defined by itself', where=field.spot.at("expr"))
        expression = self.expression(field.expr, field)
        inner = {
            ref: f"{alias}.{quote(ref)}"
            if ref == name
            else self.field_sql(dataset, self.own(dataset, ref, field), alias, depth + 1)
            for ref in expression.refs
        }
        return f"({expression.render(self.dialect.name, inner)})"

    def belongs(self, dataset: str, field: Field, alias: str) -> str:
        """Whether a row is of a member of a cohort; NULL for a row that is nobody's."""
        if self.members is None or self.evaluated is None:
            hint = "name the cohort in questions, and in filters of metrics"
            raise QueryError("E_NO_TIME", f'"{field.name}" is told as of a day, and nothing says which', hint=hint)
        key = self.field_sql(dataset, field.expr, alias)
        select = indented(self.members(self, field.name))
        found = f"CASE WHEN {key} IS NOT NULL THEN {key} IN (\n{select}\n) END"
        return f"({self.dialect.cast(found, 'BOOLEAN')})"

    def own(self, dataset: str, ref: str, field: Field) -> str:
        """A field's expression reads its own dataset only."""
        head, _, tail = ref.rpartition(".")
        if head in ("", dataset):
            return tail
        hint = "group by the other dataset's field instead; relationships join it"
        raise DefinitionError(
            "E_NO_PATH",
            f'field "{field.name}" reads "{ref}" of another dataset',
            where=field.spot.at("expr"),
            hint=hint,
        )

    def types(self, dataset: str, columns: dict[str, str]) -> dict[str, str]:
        """The type words of expressions over a dataset, given as name to SQL with the dataset's own alias."""
        key = ("types", dataset, self.version(dataset), *columns.items())
        if key not in self.facts:
            listed = ", ".join(f"{sql} AS {quote(name)}" for name, sql in columns.items())
            select = f"SELECT {listed} FROM {self.relation(dataset)} AS {quote(dataset)}"
            described = self.placed(self.dataset(dataset), lambda: self.engine.describe(select))
            # By place: DuckDB gives "amount" back as "Amount" where that is how the column is written.
            self.facts[key] = {name: kind for name, (_, kind) in zip(columns, described, strict=True)}
        found = self.facts[key]
        assert isinstance(found, dict)
        return found

    def type_of(self, dataset: str, field: str) -> str:
        """The type word of one field."""
        if self.dataset(dataset).cohort(field) is not None:
            return "boolean"
        return self.types(dataset, {field: self.field_sql(dataset, field, quote(dataset))})[field]

    def time_sql(self, dataset: str, field: str, alias: str) -> str:
        """A time field as a date or a naive UTC time."""
        sql = self.field_sql(dataset, field, alias)
        kind = self.type_of(dataset, field)
        if kind == "timestamptz":
            return self.dialect.as_utc(sql)
        if kind not in ("date", "timestamp"):
            place = self.dataset(dataset).spot.at("time")
            hint = f'cast it in a field: {{name: {field}, expr: "cast({field} as timestamp)"}}'
            raise DefinitionError(
                "E_NOT_A_TIME", f'"{field}" of "{dataset}" is {kind}, not a time', where=place, hint=hint
            )
        return sql

    def written_in(self, dataset: str, field: str) -> str:
        """The zone that a plain time is written in: the field's own, or UTC."""
        found = self.dataset(dataset).field(field)
        plain = self.type_of(dataset, field) == "timestamp"
        return found.timezone if found and found.timezone and plain else "UTC"

    def stretch(self, dataset: str, field: str) -> Stretch:
        """The first and last time of a dataset, and its rows without one."""
        key = ("stretch", dataset, self.version(dataset), field)
        if key not in self.facts:
            sql = self.time_sql(dataset, field, quote(dataset))
            select = (
                f"SELECT min({sql}), max({sql}), count(*) - count({sql}), count(*) "
                f"FROM {self.relation(dataset)} AS {quote(dataset)}"
            )
            row = self.placed(self.dataset(dataset), lambda: self.rows(select))[0]
            first, last, undated, rows = row
            assert first is None or isinstance(first, date)
            assert last is None or isinstance(last, date)
            self.facts[key] = Stretch(inside(first), inside(last), int(str(undated or 0)), int(str(rows or 0)))
        found = self.facts[key]
        assert isinstance(found, Stretch)
        return found

    def almanac(self, grain: str) -> Almanac:
        """The periods of a calendar's grain; DefinitionError E_CALENDAR_DAY where a day comes twice."""
        dataset = self.model.grains[grain][0]
        key = ("almanac", dataset.name, self.version(dataset.name), grain)
        if key not in self.facts:
            day, name = self.calendar_sql(grain)
            select = f"SELECT {day} AS a, {name} AS b FROM {self.relation(dataset.name)} AS {quote(dataset.name)}"
            rows = self.placed(dataset, lambda: self.rows(f"{select} ORDER BY 1"))
            days = [(day_of(row[0]), shown_name(row[1])) for row in rows if isinstance(row[0], date)]
            for (one, _), (other, _) in pairwise(days):
                if one == other:
                    message = f'the calendar "{dataset.name}" has {one} more than once'
                    place, hint = dataset.spot.at("calendar"), "a calendar has one row for each day"
                    raise DefinitionError("E_CALENDAR_DAY", message, where=place, hint=hint)
            self.facts[key] = almanac(days)
        found = self.facts[key]
        assert isinstance(found, Almanac)
        return found

    def calendar_sql(self, grain: str) -> tuple[str, str]:
        """The day of a calendar's row, and what it is called in a grain."""
        dataset, own = self.model.grains[grain]
        assert dataset.calendar is not None
        alias = quote(dataset.name)
        name = self.field_sql(dataset.name, own.column or own.name, alias)
        if self.type_of(dataset.name, own.column or own.name) in ("timestamp", "timestamptz"):
            name = self.dialect.as_date(name)
        return self.dialect.as_date(self.field_sql(dataset.name, dataset.calendar.column, alias)), name

    def bounds(self, dataset: str, sql: str) -> tuple[object, object]:
        """The least and greatest value of an expression."""
        key = ("bounds", dataset, self.version(dataset), sql)
        if key not in self.facts:
            select = f"SELECT min({sql}), max({sql}) FROM {self.relation(dataset)} AS {quote(dataset)}"
            self.facts[key] = self.rows(select)[0]
        found = self.facts[key]
        assert isinstance(found, tuple)
        return found[0], found[1]

    def end_of_data(self, timezone: str) -> datetime | None:
        """The naive UTC midnight after the latest day of any dataset that a metric counts, for `clock: data`.

        What is collected goes on and ends nowhere; it does not move the clock of data that has ended.
        """
        used = {(metric.dataset, self.time_of(metric)) for metric in self.model.metrics.values() if metric.dataset}
        ends = []
        for dataset, time in used:
            try:
                last = self.stretch(dataset, time).last if time and not self.goes_on(dataset) else None
            except TrueNorthError:
                # A dataset that cannot be read says so when it is asked for; it does not stop the clock of the others.
                continue
            if last is not None:
                ends.append(midnight_after(last, timezone))
        return max(ends, default=None)

    def goes_on(self, dataset: str) -> bool:
        """Whether a dataset reads what is collected, which comes in on and on."""
        one = self.dataset(dataset)
        if one.series or one.histogram:
            return True
        words = {one.source, *one.query.split()}
        return any(name in words and is_held(self.engine, name) for name in TABLES)

    def time_of(self, metric: Metric) -> str:
        """The time field a metric counts by, or ""."""
        return metric.time or self.dataset(metric.dataset).time

    def placed(self, dataset: Dataset, ask: Callable[[], T]) -> T:
        """What the engine says; its errors get the place of the dataset's definition."""
        try:
            return ask()
        except TrueNorthError as error:
            if error.where is None and dataset.spot.file:
                kinds = ("source", "file", "series", "histogram", "query")
                key = next(one for one in kinds if one == "query" or getattr(dataset, one))
                error.where = dataset.spot.at(key)
            raise


class Almanacs(Mapping[str, Almanac]):
    """The calendars of a model by the grains they add, read when they are first asked for."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self.names = tuple(catalog.model.grains)

    def __getitem__(self, grain: str) -> Almanac:
        if grain not in self.names:
            raise KeyError(grain)
        return self.catalog.almanac(grain)

    def __contains__(self, grain: object) -> bool:
        return grain in self.names

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)


def shown_name(value: object) -> Label:
    """What a calendar calls a day, as answers show it."""
    return value if value is None or isinstance(value, date | int | str) else str(value)


def inside(value: date | datetime | None) -> date | datetime | None:
    """A time away from the ends of the calendar, so that "never" written as 9999-12-31 can be counted with."""
    return None if value is None else value.replace(year=min(max(value.year, 2), 9998))


def midnight_after(last: date | datetime, timezone: str) -> datetime:
    """The naive UTC instant at which the local day of a time is over."""
    return instant(local_day(last, timezone) + timedelta(days=1), timezone)
