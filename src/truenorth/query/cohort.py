"""What is left of a balance by when its entities began: asked as what changed by entity and month."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import replace as replaced
from datetime import date

from msgspec.structs import replace

from truenorth.analyze.cohort import Cohort, cohorts
from truenorth.base.errors import QueryError
from truenorth.base.table import Column, Table
from truenorth.define.graph import entity_columns, resolve_field
from truenorth.define.model import Metric, Model
from truenorth.define.part import step
from truenorth.query.answer import Answer
from truenorth.query.request import MetricQuery
from truenorth.query.rollforward import Ask, Exact, exact, summed

MOST_CHANGES = 200_000


@dataclass(frozen=True, slots=True)
class Cohorts:
    """The cohorts of a balance. `known` is how many of the periods are complete.

    `nobody` is what belongs to no entity at the end, `off` what the closing is more than all of these together.
    """

    metric: Metric
    periods: tuple[date, ...]
    known: int
    found: tuple[Cohort, ...]
    nobody: Exact
    off: Exact
    answer: Answer


def cohorts_of(model: Model, metric: Metric, query: MetricQuery, grain: str, ask: Ask) -> Cohorts:
    """The cohorts of a balance of amounts over all time, under the conditions of `query`.

    QueryError E_TOO_MANY_ROWS where more changes than fit here would have to be looked at one by one.
    """
    by = fields_of_entity(model, metric)
    plain = replace(query, metrics=(metric.name,), by=(), grain=grain, range="all", vs="", order=(), limit=None)
    levels = ask(replace(plain, fill="null"))
    net = step(model, metric, "net").name
    changes = ask(replace(plain, metrics=(net,), by=by, fill="", limit=MOST_CHANGES))
    if len(changes.table) >= MOST_CHANGES:
        message = f'"{metric.name}" changed more than {MOST_CHANGES:,} times, which is too much to follow one by one'
        hint = "look at a part of it: add a condition, or a coarser grain"
        raise QueryError("E_TOO_MANY_ROWS", message, hint=hint)
    time = next(column.name for column in levels.table.columns if column.role == "time")
    closing = sorted((row[time], row[metric.name]) for row in levels.table.dicts() if isinstance(row[time], date))
    periods = tuple(period for period, _ in closing if isinstance(period, date))
    place = {period: at for at, period in enumerate(periods)}
    keys = [column.name for column in changes.table.columns if column.role == "dimension"]
    moved: list[tuple[int, tuple[object, ...], Exact]] = []
    nobody: list[Exact] = []
    for row in changes.table.dicts():
        amount, period = exact(row[net]), row[time]
        if amount is None or not isinstance(period, date) or period not in place:
            continue
        who = tuple(row[key] for key in keys)
        if None in who:
            nobody.append(amount)
        else:
            moved.append((place[period], who, amount))
    found = cohorts(moved, len(periods))
    rest = summed(nobody)
    last = exact(closing[-1][1]) if closing else None
    held = [one.amounts[-1] for one in found]
    off = summed([last, -rest, *(-amount for amount in held)]) if last is not None else 0
    known = len(periods) - sum(period in set(levels.incomplete) for period in periods)
    currency = next(column.currency for column in levels.table.columns if column.name == metric.name)
    told = replace(metric, currency=currency or metric.currency)
    return Cohorts(told, periods, known, found, rest, off, changes)


def fields_of_entity(model: Model, metric: Metric) -> tuple[str, ...]:
    """The fields that tell one entity from another; QueryError E_NAME_NOT_FOUND for a column that is not declared."""
    columns = entity_columns(model, metric.dataset, metric.entity)
    for column in columns:
        try:
            resolve_field(model, metric.dataset, column)
        except QueryError as error:
            message = f'"{metric.name}" is followed by "{column}", which is no field of "{metric.dataset}"'
            hint = f"declare it among the dataset's fields: - {{name: {column}}}"
            raise QueryError("E_NAME_NOT_FOUND", message, hint=hint) from error
    return columns


def told_long(found: Cohorts) -> Answer:
    """The cohorts as rows, one for each cohort and period, for files and programs."""
    metric = found.metric
    columns = (
        Column("cohort"), Column("period"), Column("periods_after"), Column("complete"),
        Column("entities", "metric"),
        Column("amount", "metric", unit=metric.unit, currency=metric.currency),
        Column("amount_left", "metric", unit="percent"), Column("entities_left", "metric", unit="percent"),
    )  # fmt: skip
    rows = tuple(
        (
            found.periods[one.begun], found.periods[one.begun + after], after, one.begun + after < found.known,
            one.counts[after], one.amounts[after], one.left(after), one.left(after, counted=True),
        )
        for one in found.found
        for after in range(len(one.amounts))
    )  # fmt: skip
    return replaced(found.answer, table=Table(columns, rows), incomplete=(), cut=(), totals={})
