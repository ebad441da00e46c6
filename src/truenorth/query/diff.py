"""What a change of the definitions does to history: both models asked on the same data, clause after clause."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from msgspec import Struct, field, structs

from truenorth.base.errors import QueryError, TrueNorthError, did_you_mean
from truenorth.base.period import grain_of
from truenorth.base.range import parse_range
from truenorth.base.table import Column, Value
from truenorth.define.difference import Clause, Difference, difference
from truenorth.define.model import Model
from truenorth.query.answer import Answer
from truenorth.query.catalog import Catalog
from truenorth.query.request import MetricQuery
from truenorth.query.run import Runner

Status = Literal["added", "removed", "unchanged", "words", "same", "changed", "broken"]
Moment = date | datetime | None
ORDER = (
    "what is new first; then the workspace, datasets with their fields, relationships, and metrics, inputs before what "
    "is made of them; last what is gone"
)

NO_COLUMN = Column("")


class Effect(Struct, frozen=True):
    """What one step does: its clauses (several where only together they can be asked), in total and by period."""

    clauses: tuple[Clause, ...]
    total: Value
    periods: dict[Moment, Value]


class Compared(Struct, frozen=True):
    """One metric before and after. `status` "same" says that its SQL differs and its numbers do not."""

    metric: str
    status: Status
    column: Column = NO_COLUMN
    before: Value = None
    after: Value = None
    periods: dict[Moment, tuple[Value, Value]] = field(default_factory=dict)
    effects: tuple[Effect, ...] = ()
    words: tuple[Clause, ...] = ()
    problem: str = ""

    @property
    def change(self) -> Value:
        """The difference in total; the effects add up to it."""
        return less(self.after, self.before)


class Differences(Struct, frozen=True):
    """All metrics of both models, over one range by one grain."""

    revision: str
    grain: str
    range: str
    metrics: tuple[Compared, ...]

    def of(self, status: Status) -> tuple[Compared, ...]:
        """The metrics of one status."""
        return tuple(one for one in self.metrics if one.status == status)

    @property
    def changes_history(self) -> bool:
        """Whether a number that could be asked before is another one now, or can be asked no more."""
        return any(one.status in ("changed", "removed", "broken") for one in self.metrics)


class Way:
    """The models on the way from the old definitions to the new ones, each made and asked when it is needed."""

    def __init__(self, edits: Difference, new: Catalog) -> None:
        self.edits = edits.edits
        self.models = [edits.start]
        self.new = new
        self.runners: dict[int, Runner] = {}

    def runner(self, step: int) -> Runner:
        """Answers by the model after so many edits; the last one is the new model itself."""
        if step not in self.runners:
            model = self.new.model if step == len(self.edits) else self.model(step)
            self.runners[step] = Runner(Catalog(model, self.new.engine, self.new.policy))
        return self.runners[step]

    def model(self, step: int) -> Model:
        """The model after so many edits."""
        while len(self.models) <= step:
            self.models.append(self.edits[len(self.models) - 1].apply(self.models[-1]))
        return self.models[step]


class Told(Struct, frozen=True):
    """What a model makes of a question: its SQL, or why it cannot be asked."""

    sql: str = ""
    problem: str = ""


class Walk:
    """One metric, asked along the way."""

    def __init__(self, way: Way, query: MetricQuery, now: datetime) -> None:
        self.way = way
        self.query = query
        self.now = now

    def told(self, step: int) -> Told:
        """The SQL of the question after so many edits, its totals' too, or why there is none."""
        try:
            parts = self.way.runner(step).compile(self.query, self.now)[1].sql
            whole = structs.replace(self.query, grain="", totals=False)
            return Told(f"{parts};{self.way.runner(step).compile(whole, self.now)[1].sql}")
        except TrueNorthError as error:
            return Told(problem=str(error))

    def answer(self, step: int) -> Answer:
        """The answer after so many edits."""
        return self.way.runner(step).ask(self.query, self.now)

    def effects(self, before: Answer) -> tuple[Effect, ...]:
        """What each clause does, one after the other; those that cannot be asked alone stand with the next."""
        found: list[Effect] = []
        pending: list[Clause] = []
        last, seen = before, self.told(0)
        for step, edit in enumerate(self.way.edits, 1):
            now_told = self.told(step)
            if now_told == seen:
                continue
            seen = now_told
            pending.append(edit.clause)
            answer = self.asked(step) if seen.sql else None
            if answer is not None:
                found.append(effect(tuple(pending), last, answer, self.query.metrics[0]))
                last, pending = answer, []
        return tuple(found)

    def asked(self, step: int) -> Answer | None:
        """The answer after so many edits; None where the data does not have what a half-changed model names."""
        try:
            return self.answer(step)
        except TrueNorthError:
            if step == len(self.way.edits):
                raise
            return None


def diff(new: Catalog, old: Model, revision: str, query: MetricQuery, now: datetime) -> Differences:
    """Both models asked on the same data; `query` says over which range, by which grain, and which metrics (all)."""
    # A metric that cannot be asked by periods is asked without; what no metric could be asked by is told.
    parse_range(query.range, now)
    if query.grain and query.grain not in new.model.grains:
        grain_of(query.grain)
    edits = difference(old, new.model)
    named = query.metrics or tuple(dict.fromkeys((*new.model.metrics, *old.metrics)))
    for name in named:
        if name not in new.model.metrics and name not in old.metrics:
            hint = did_you_mean(name, new.model.metrics)
            raise QueryError("E_NAME_NOT_FOUND", f'no metric named "{name}"', hint=hint)
    way = Way(edits, new)
    found = []
    for name in named:
        if name in edits.added or name in edits.removed:
            found.append(Compared(name, "added" if name in edits.added else "removed"))
        else:
            one = structs.replace(query, metrics=(name,), totals=True)
            found.append(compared(way, edits, one, now))
    return Differences(revision, query.grain, query.range, tuple(found))


def compared(way: Way, edits: Difference, query: MetricQuery, now: datetime) -> Compared:
    """One metric that both models have."""
    name = query.metrics[0]
    words = edits.about(name)
    walk = Walk(way, query, now)
    last = len(way.edits)
    first, final = walk.told(0), walk.told(last)
    if query.grain and (first.problem or final.problem):
        timeless = Walk(way, structs.replace(query, grain="", range="all"), now)
        if timeless.told(last).sql:
            walk, first, final = timeless, timeless.told(0), timeless.told(last)
    if first == final:
        return Compared(name, "words" if words else "unchanged", words=words)
    if final.problem or first.problem:
        problem = f"cannot be asked now: {final.problem}" if final.problem else f"was broken before: {first.problem}"
        return Compared(name, "broken", words=words, problem=problem)
    try:
        before, after = walk.answer(0), walk.answer(last)
        effects = walk.effects(before)
    except TrueNorthError as error:
        return Compared(name, "broken", words=words, problem=str(error))
    olds, news = values(before), values(after)
    periods = {period: (olds.get(period), news.get(period)) for period in ordered((*olds, *news))}
    whole = before.totals.get(name), after.totals.get(name)
    same = whole[0] == whole[1] and all(one == other for one, other in periods.values())
    column = after.table.columns[after.table.index(name)]
    return Compared(name, "same" if same else "changed", column, *whole, periods, effects, words)


def effect(clauses: tuple[Clause, ...], before: Answer, after: Answer, metric: str) -> Effect:
    """What clauses do between two answers."""
    olds, news = values(before), values(after)
    by_period = {period: less(news.get(period), olds.get(period)) for period in ordered((*olds, *news))}
    return Effect(clauses, less(after.totals.get(metric), before.totals.get(metric)), by_period)


def values(answer: Answer) -> dict[Moment, Value]:
    """The values of an answer about one metric by period; one value under None without periods."""
    if answer.table.columns[0].role != "time":
        return {}
    return {row[0]: row[1] for row in answer.table.rows if row[0] is None or isinstance(row[0], date)}


def ordered(periods: Iterable[Moment]) -> list[Moment]:
    """Periods in the order of time, each once; rows without a time last."""
    return sorted(dict.fromkeys(periods), key=lambda one: (one is None, str(one)))


def less(after: Value, before: Value) -> Value:
    """A difference; no value counts as nothing. None where both have none, or where they are no numbers."""
    numbers = [one for one in (after, before) if isinstance(one, int | float | Decimal)]
    if not numbers:
        return None
    high = after if isinstance(after, int | float | Decimal) else 0
    low = before if isinstance(before, int | float | Decimal) else 0
    if isinstance(high, float) or isinstance(low, float):
        return float(high) - float(low)
    return high - low
