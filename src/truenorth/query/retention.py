"""The whole of a retention: each cohort by each bucket, with all cohorts together that are old enough."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from msgspec.structs import replace

from truenorth.base.errors import QueryError
from truenorth.base.period import Moment
from truenorth.base.table import Column, Table, Value
from truenorth.base.zone import local
from truenorth.define.graph import metric as metric_of
from truenorth.define.model import Metric, Model
from truenorth.define.retention import buckets as cuts_of
from truenorth.define.retention import labels
from truenorth.define.units import Units
from truenorth.query.answer import Answer
from truenorth.query.currency import refuse_worths
from truenorth.query.plan import plan
from truenorth.query.render import looked_up
from truenorth.query.request import MetricQuery
from truenorth.query.rollforward import summed
from truenorth.query.run import Runner, clean
from truenorth.query.shape import Plan

if TYPE_CHECKING:
    from truenorth.query.journey.matrix import Grid
    from truenorth.query.journey.read import Read
    from truenorth.query.journey.scan import Scan

# How many buckets a matrix has that nobody asks for otherwise.
USUAL = {"hour": 24, "day": 31, "week": 13, "month": 13, "quarter": 9, "year": 6}


@dataclass(frozen=True, slots=True)
class Cohort:
    """Who began in one period: how many, and by bucket who came back, what that is worth and whether it is over.

    `sizes` is of whom each bucket tells. All cohorts together have no `begun`, and only what is `complete` in them.
    """

    group: tuple[Value, ...]
    begun: Moment | None
    size: int
    sizes: tuple[int, ...]
    retained: tuple[int, ...]
    values: tuple[int | float | Decimal, ...]
    complete: tuple[bool, ...]

    def rate(self, bucket: int) -> float | None:
        """The share that came back in a bucket; None where there is nobody of whom it could be told."""
        return self.retained[bucket] / self.sizes[bucket] if self.sizes[bucket] else None


@dataclass(frozen=True, slots=True)
class Matrix:
    """Cohorts by buckets, the oldest first within each group; `average` has all of a group's cohorts together.

    `buckets` are what the buckets are called, `groups` the dimensions that were asked for.
    """

    metric: Metric
    grain: str
    buckets: tuple[str, ...]
    groups: tuple[str, ...]
    cohorts: tuple[Cohort, ...]
    average: tuple[Cohort, ...]
    answer: Answer


def matrix(runner: Runner, query: MetricQuery, now: datetime, most: int = 0) -> Matrix:
    """The matrix of a metric of type retention under the range, groups and conditions of a question.

    QueryError E_ONE_METRIC or E_NAME_NOT_FOUND for anything else.
    """
    from truenorth.query.journey.leg import nobodys
    from truenorth.query.journey.matrix import matrix as grid_of
    from truenorth.query.journey.read import rows_read
    from truenorth.query.journey.scan import Scan

    metric = retention_of(runner.catalog.model, query)
    asked = replace(query, metrics=(metric.name,), grain="", vs="", fill="", order=(), limit=None, having=())
    asked = replace(asked, totals=False, subtotals=False, other=False)
    made = looked_up(runner.catalog, plan(runner.catalog, asked, now))
    leg = next(leg for leg in made.legs if leg.way == "journey")
    refuse_worths(runner.catalog, made, leg)
    scan = Scan(runner.catalog, made, leg)
    cuts = cuts_of(metric, most or USUAL[metric.period])
    scan.looked = [replace(metric, after=cuts[0], brackets=[str(cuts[0]), str(cuts[-1])])]
    read = rows_read(scan)
    cuts = cuts_of(metric, extent(scan, read, metric, cuts[-1]))
    cohorts = told(scan, read, grid_of(metric, read.rows, scan.frame, cuts), metric)
    average = tuple(together(cohorts, group) for group in dict.fromkeys(one.group for one in cohorts))
    notes = (*scan.source.rows.notes, *([nobodys(scan, read.nobody)] if read.nobody else []))
    names, called = tuple(one.name for one in made.dimensions), labels(cuts)
    table = long(runner.catalog.model, metric, names, cuts, cohorts)
    answer = answered(runner, made, (table, scan.sql(), notes), now)
    return Matrix(metric, metric.period, called, names, cohorts, average, answer)


def retention_of(model: Model, query: MetricQuery) -> Metric:
    """The retention that a question is about, also if it names a number of it."""
    if len(query.metrics) != 1:
        raise QueryError("E_ONE_METRIC", "a matrix is that of one metric", hint="ask for one metric at a time")
    metric = metric_of(model, query.metrics[0])
    if metric.type != "retention":
        known = [one.name for one in model.metrics.values() if one.type == "retention"]
        hint = f"there are {', '.join(known[:8])}" if known else "define one: type: retention"
        raise QueryError("E_NAME_NOT_FOUND", f'no retention named "{metric.name}"', hint=hint)
    return metric_of(model, metric.of or metric.name)


def extent(scan: Scan, read: Read, metric: Metric, most: int) -> int:
    """How many buckets there can be something in, and not more than are asked for."""
    at = read.rows.at
    if not len(at):
        return 1
    past = max(int(at.max()), last_of(scan))
    ends = at[:1] * 0 + int(at.min()), at[:1] * 0 + min(scan.frame.as_of - 1, past)
    first, last = (int(scan.frame.periods(end, metric.period)[0]) for end in ends)
    return max(1, min(most, last - first + 1))


def last_of(scan: Scan) -> int:
    """The last time of all rows, those among them that come too late for what is asked for."""
    from truenorth.query.journey.frame import Frame

    last = scan.catalog.stretch(scan.leg.dataset, scan.leg.time).last
    return 0 if last is None else Frame((), dated=scan.frame.dated).microseconds(last)


def told(scan: Scan, read: Read, grid: Grid, metric: Metric) -> tuple[Cohort, ...]:
    """The lines of a grid as cohorts."""
    found = []
    for at, (number, group) in enumerate(zip(grid.number.tolist(), grid.group.tolist(), strict=True)):
        begun = scan.frame.period_start(number, metric.period)
        if isinstance(begun, datetime):
            begun = local(begun, scan.frame.timezone)
        size, retained = int(grid.size[at]), tuple(grid.retained[at].tolist())
        worth = tuple(amount(one, grid.places) for one in grid.values[at].tolist()) if grid.values is not None else ()
        whose = tuple(clean(one) for one in read.groups[group])
        found.append(
            Cohort(whose, begun, size, (size,) * len(retained), retained, worth, tuple(grid.whole[at].tolist()))
        )
    return tuple(sorted(found, key=lambda one: ([(part is None, str(part)) for part in one.group], str(one.begun))))


def amount(value: int | float, places: int) -> int | float | Decimal:
    """A sum of smallest pieces as the amount it is."""
    return Decimal(value).scaleb(-places) if places else value


def together(cohorts: tuple[Cohort, ...], group: tuple[Value, ...]) -> Cohort:
    """All cohorts of a group: each bucket only of those that are old enough for it."""
    own = [one for one in cohorts if one.group == group]
    old = [[one for one in own if one.complete[at]] for at in range(len(own[0].sizes))]
    sizes = tuple(sum(one.size for one in some) for some in old)
    retained = tuple(sum(one.retained[at] for one in some) for at, some in enumerate(old))
    values = tuple(summed([one.values[at] for one in some]) for at, some in enumerate(old) if own[0].values)
    return Cohort(group, None, sum(one.size for one in own), sizes, retained, values, tuple(bool(one) for one in old))


def long(
    model: Model, metric: Metric, names: tuple[str, ...], cuts: tuple[int, ...], cohorts: tuple[Cohort, ...]
) -> Table:
    """The cohorts as rows, one for each cohort and bucket, for files and programs."""
    columns = [*(Column(name) for name in names), Column("cohort"), Column("after"), Column("bucket")]
    columns += [Column("complete"), Column("size", "metric"), Column("retained", "metric")]
    columns.append(Column("rate", "metric", unit="percent"))
    if metric.value:
        worth = Units(model).of_parts(replace(metric, part="value"))
        currency = worth.currency or model.workspace.currency
        money = worth.kind == "currency"
        columns.append(Column("value", "metric", unit="currency" if money else "", currency=currency if money else ""))
    rows = tuple(
        (*one.group, one.begun, after, name, one.complete[at], one.size, one.retained[at], one.rate(at), *worth)
        for one in cohorts
        for at, (after, name) in enumerate(zip(cuts, labels(cuts), strict=False))
        for worth in [one.values[at : at + 1]]
    )
    return Table(tuple(columns), rows)


def answered(runner: Runner, made: Plan, said: tuple[Table, str, tuple[str, ...]], now: datetime) -> Answer:
    """The answer that a matrix is, with what it was read by."""
    table, select, notes = said
    model, zone, query = runner.catalog.model, made.calendar.timezone, made.query
    return Answer(
        query=query,
        table=table,
        span=made.calendar.span,
        timezone=zone,
        as_of=local(now, zone),
        notes=notes,
        sql=select,
        plan=str(made),
        model_version=model.version,
        locale=query.locale or model.workspace.locale,
        shown=runner.shown,
        definitions=(model.metrics[query.metrics[0]],),
    )
