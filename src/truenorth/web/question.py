"""What a metric page is made from: the answers to its few questions, side by side."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Protocol

from msgspec.structs import replace

from truenorth.base.period import GRAINS, Grain, day_of, grain_of, wall
from truenorth.base.range import parse_range
from truenorth.base.table import Value
from truenorth.collect.data import Data
from truenorth.decide.annotation import Annotation
from truenorth.decide.closing import Closed, Restatement, closings, restatements
from truenorth.decide.halves import halves
from truenorth.decide.moved import history_grain
from truenorth.decide.scorecard import Scorecard
from truenorth.decide.sold import names_of
from truenorth.define.graph import fields_of, leaves
from truenorth.define.model import Metric, Model
from truenorth.define.part import is_balance, is_journey
from truenorth.learn.values import questions, together
from truenorth.query.answer import Answer
from truenorth.query.granularity import can_tell, counted_by, known_by
from truenorth.query.request import Filter, MetricQuery
from truenorth.query.rollforward import Rollforward, rollforward
from truenorth.query.stages import Stages, stages_of
from truenorth.web.speak import number
from truenorth.web.state import State

BOARDS, LEADING, MOST_LINES = 4, 7, 5
Boards = tuple[tuple[str, Answer], ...]
Word = str | int | float | bool | None
MOST_DAYS, MOST_WEEKS = 190, 500
ANY_DAY = datetime(2026, 1, 1)
DEFAULTS = State(range="90d", vs="prev", tab="definition")


@dataclass(frozen=True, slots=True)
class Asked:
    """A metric page's answers: over time, over the whole range, by each dimension, and split by one of them."""

    model: Model
    metric: Metric
    state: State
    grain: Grain
    series: Answer
    total: Answer
    operands: Boards = ()
    boards: Boards = ()
    rests: Boards = ()
    split: Answer | None = None
    annotations: tuple[Annotation, ...] = ()
    definition: str = ""
    begins: date | None = None
    balance: Rollforward | None = None
    stages: Stages | None = None
    comings: Answer | None = None
    taken: Answer | None = None
    closed: tuple[Closed, ...] = ()
    restated: tuple[Restatement, ...] = ()
    # Whether its reader may see what lies behind its numbers; who has a link alone may not.
    lists: bool = True

    @property
    def timed(self) -> bool:
        """Whether there is a time to see it along."""
        return any(column.role == "time" for column in self.series.table.columns)

    @property
    def abroad(self) -> bool:
        """Whether it is told in another currency than it is defined in."""
        defined = self.model.metrics[self.metric.name].currency or self.model.workspace.currency
        return self.metric.unit == "currency" and self.metric.currency != defined


class Workspace(Protocol):
    """The little that pages need from a workspace."""

    @property
    def model(self) -> Model: ...

    @property
    def folder(self) -> Path: ...

    @property
    def data(self) -> Data: ...

    def query(self, query: MetricQuery, /) -> Answer: ...

    def scorecard(self, grain: str, vs: str) -> Scorecard: ...

    def annotations(self) -> tuple[Annotation, ...]: ...


def counts_by_time(model: Model, metric: Metric) -> bool:
    """Whether all that a metric rests on has a time to be counted by."""
    return all(leaf.time or model.datasets[leaf.dataset].time for leaf in leaves(model, metric.name))


def grain_for(state: State) -> Grain:
    """The grain asked for, or the one that suits the range: enough points to see a shape, few enough to tell apart."""
    if state.grain:
        return grain_of(state.grain)
    if state.range.endswith("h"):
        return "hour"
    span = parse_range(state.range, ANY_DAY)
    if span.start is None or span.end is None:
        return "month"
    days = (wall(span.end) - wall(span.start)).days
    return "day" if days <= MOST_DAYS else "week" if days <= MOST_WEEKS else "month"


def finest(model: Model, metric: Metric) -> Grain:
    """The finest grain by which the times of all that a metric rests on are known, or by which it is counted."""
    grains = ("hour", *known_by(model, metric), *counted_by(model, metric))
    return grain_of(max(grains, key=lambda grain: GRAINS.index(grain_of(grain))))


def known_grain(model: Model, metric: Metric, state: State) -> Grain:
    """The grain asked for; the one that suits the range is one that the metric's times can tell."""
    suits = grain_for(state)
    return suits if state.grain or can_tell(model, metric, suits) else finest(model, metric)


def dimensions_of(model: Model, metric: Metric) -> tuple[str, ...]:
    """The dimensions a page breaks a metric down by: the ones it names, else the nearest fields that are no keys."""
    if metric.dimensions:
        return tuple(metric.dimensions)
    keys = {(dataset.name, key) for dataset in model.datasets.values() for key in dataset.primary_key}
    found = [one for one in fields_of(model, metric.name) if (one.dataset, one.field) not in keys]
    return tuple(one.name for one in found if not one.field.endswith("_id"))


def compared_with(state: State) -> str:
    """What a range is compared with: nothing comes just before one that is open."""
    open_ended = state.range == "all" or state.range.startswith("..") or state.range.endswith("..")
    return state.vs if state.vs == "year" or (state.vs == "prev" and not open_ended) else ""


def for_others(asked: Asked, folder: Path) -> Asked:
    """The same for who has a link alone."""
    split = without_places(asked.split, folder) if asked.split else None
    return dataclasses.replace(asked, series=without_places(asked.series, folder), split=split, lists=False)


def without_places(answer: Answer, folder: Path) -> Answer:
    """An answer that names files as the definitions name them, not by where this machine has the workspace."""
    sql, plan = answer.sql, answer.plan
    for place in {f"{one}/" for one in (folder, folder.resolve()) if one.is_absolute()}:
        sql, plan = sql.replace(place, ""), plan.replace(place, "")
    return dataclasses.replace(answer, sql=sql, plan=plan)


def ask(workspace: Workspace, metric: Metric, state: State) -> Asked:
    """Ask everything a metric page shows."""
    timed = counts_by_time(workspace.model, metric)
    if not timed:
        state = dataclasses.replace(state, range="all", grain="", vs="none")
    grain, vs = known_grain(workspace.model, metric, state), compared_with(state)

    def question(metrics: tuple[str, ...], by: tuple[str, ...] = (), grain: str = "", vs: str = vs) -> Answer:
        return workspace.query(
            MetricQuery(metrics, by, grain, state.range, state.tz, state.where, vs=vs, fill=bool(grain) and not by)
        )

    total, rate = question(together(metric)), halves(metric)
    parts = tuple(dict.fromkeys((metric.name, *(rate.names if rate else ()), *names_of(workspace.model, metric))))
    boards = tuple((name, question(parts, (name,))) for name in dimensions_of(workspace.model, metric)[:BOARDS])
    series = question((metric.name,), grain=grain) if timed else total
    closed = closings(workspace.data.engine, metric.name)
    return Asked(
        model=workspace.model,
        metric=replace(metric, currency=currency_of(workspace.model, metric, total)),
        state=state,
        grain=grain,
        series=series,
        total=total,
        operands=tuple((key, workspace.query(one)) for key, one in questions(metric, total.query, total.span).items()),
        boards=boards,
        rests=tuple(rests(workspace, boards)),
        split=split(workspace, question((metric.name,), (state.by,)), grain) if state.by and timed else None,
        annotations=workspace.annotations(),
        definition=definition_of(metric, workspace.folder),
        begins=beginning(workspace, series),
        balance=told_of(workspace, metric, state, total) if timed and is_balance(metric) else None,
        stages=steps_of(workspace, metric, state) if metric.type == "funnel" and is_journey(metric) else None,
        comings=comings_of(workspace, metric, state, grain)
        if metric.type == "lifecycle" and is_journey(metric)
        else None,
        closed=closed,
        restated=restatements(workspace.query, [one for one in closed if not one.dimension]) if closed else (),
    )


def currency_of(model: Model, metric: Metric, total: Answer) -> str:
    """What a metric is told in: as its answer says, else as it is defined."""
    said = next((one.currency for one in total.table.columns if one.name == metric.name), "")
    return said or metric.currency or model.workspace.currency


def told_of(workspace: Workspace, metric: Metric, state: State, total: Answer) -> Rollforward:
    """A balance from opening to closing, by the grain asked for or one that suits the range."""
    start, end = total.span.start, total.span.end
    if start is None or end is None:
        known = workspace.query(MetricQuery((metric.name,), grain="month", timezone=state.tz, where=state.where)).span
        start, end = start or known.start, end or known.end
    days = (wall(end) - wall(start)).days if start is not None and end is not None else 1
    query = MetricQuery((), range=state.range, timezone=state.tz, where=state.where)
    return rollforward(workspace.model, metric, query, history_grain(days, state.grain), workspace.query)


def comings_of(workspace: Workspace, metric: Metric, state: State, grain: str) -> Answer | None:
    """Who is new, returns, comes back and stays away, period by period; None without a time."""
    if not grain or not is_journey(metric):
        return None
    names = tuple(f"{metric.name}__{part}" for part in ("new", "returning", "resurrecting", "dormant"))
    return workspace.query(MetricQuery(names, (), grain, state.range, state.tz, state.where))


def steps_of(workspace: Workspace, metric: Metric, state: State) -> Stages:
    """A funnel step by step."""
    query = MetricQuery((), range=state.range, timezone=state.tz, where=state.where)
    return stages_of(metric, query, workspace.query)


def beginning(workspace: Workspace, series: Answer) -> date | None:
    """The first day of a metric's data, asked only where its line begins with a zero that may be filled in."""
    name, rows = series.query.metrics[0], series.table.dicts()
    time = next((column.name for column in series.table.columns if column.role == "time"), "")
    first = min(rows, key=lambda row: str(row[time]), default={name: None}) if time else {name: None}
    if first[name] is None or first[name]:
        return None
    fine = max("day", finest(workspace.model, workspace.model.metrics[name]), key=GRAINS.index)
    start = workspace.query(MetricQuery((name,), grain=fine, timezone=series.query.timezone)).span.start
    return day_of(start) if start is not None else None


def dimension_of(answer: Answer) -> str:
    """The column that a breakdown is by."""
    return next(column.name for column in answer.table.columns if column.role == "dimension")


def ordered(answer: Answer) -> list[dict[str, Value]]:
    """The rows of a breakdown that hold anything, the largest first, whatever its sign."""
    name = answer.query.metrics[0]
    earlier = next((column.name for column in answer.table.columns if column.role == "previous"), name)
    known = [row for row in answer.table.dicts() if row[name] is not None or row[earlier] is not None]
    column = dimension_of(answer)
    return sorted(known, key=lambda row: (-abs(number(row[name]) or 0.0), str(row[column])))


def shown(answer: Answer) -> list[dict[str, Value]]:
    """The rows that a board has room for; one that would stand alone under "others" is shown instead."""
    rows = ordered(answer)
    return rows if len(rows) <= LEADING + 1 else rows[:LEADING]


def rests(workspace: Workspace, boards: Boards) -> Iterator[tuple[str, Answer]]:
    """What the values beyond a board's room come to together: asked, since not every metric adds up."""
    for field, answer in boards:
        rows = shown(answer)
        if len(rows) < len(ordered(answer)):
            others = Filter(field, values_of(rows, dimension_of(answer)), exclude=True)
            yield field, workspace.query(replace(answer.query, by=(), where=(*answer.query.where, others)))


def split(workspace: Workspace, answer: Answer, grain: str) -> Answer:
    """The leading values of a breakdown over time."""
    field = answer.query.by[0]
    leading = Filter(field, values_of(ordered(answer)[:MOST_LINES], dimension_of(answer)))
    where = (*answer.query.where, leading) if leading.values else answer.query.where
    return workspace.query(replace(answer.query, grain=grain, vs="", where=where))


def values_of(rows: list[dict[str, Value]], column: str) -> tuple[Word, ...]:
    """The values of a dimension as a filter takes them."""
    found = (row[column] for row in rows)
    return tuple(value if value is None or isinstance(value, str | int | float) else str(value) for value in found)


def definition_of(metric: Metric, folder: Path) -> str:
    """The lines of the file that define the metric; empty when the file cannot be read any more."""
    try:
        lines = (folder / metric.spot.file).read_text(encoding="utf-8").splitlines()[metric.spot.line - 1 :]
    except OSError:
        return ""
    indent = metric.spot.column - 1
    end = next((at for at, line in enumerate(lines) if at and line.strip() and _indent(line) < indent), len(lines))
    return "\n".join(line[max(indent - 2, 0) :] for line in lines[:end]).rstrip()


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
