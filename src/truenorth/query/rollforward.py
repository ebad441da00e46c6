"""A balance from opening to closing: over a whole stretch of time, and period by period, each proven to come out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from dataclasses import replace as replaced
from datetime import date, datetime
from decimal import Decimal

from msgspec.structs import replace

from truenorth.base.table import Value
from truenorth.define.model import Metric, Model
from truenorth.define.part import TRANSFERS, Step, counted, steps
from truenorth.query.answer import Answer
from truenorth.query.request import MetricQuery

Ask = Callable[[MetricQuery], Answer]
Exact = int | float | Decimal


@dataclass(frozen=True, slots=True)
class Walk:
    """The value of each step of a balance in one stretch of time; None where it has none yet.

    `off` is what closing is more than opening and all movements together: 0, or something is wrong. `filling` tells
    that the period is not over yet, `cut` that the range holds only a part of it.
    """

    values: tuple[Value, ...]
    off: Exact | None
    period: date | datetime | None = None
    filling: bool = False
    cut: bool = False


@dataclass(frozen=True, slots=True)
class Rollforward:
    """A balance's steps, its walk over the whole range, and those of its periods, oldest first.

    The movements of a longer period are netted anew: those of its months need not add up to them, opening and closing
    agree. `entities` counts, by step, whose balance it is, where a metric of that is defined.
    """

    metric: Metric
    steps: tuple[Step, ...]
    whole: Walk
    periods: tuple[Walk, ...]
    answer: Answer
    total: Answer
    entities: Rollforward | None = None

    @property
    def holds(self) -> bool:
        """Whether closing is opening and all movements together, everywhere."""
        return not any(one.off for one in (self.whole, *self.periods))


def rollforward(
    model: Model, metric: Metric, query: MetricQuery, grain: str, ask: Ask, segmented: bool = False
) -> Rollforward:
    """A balance told from opening to closing: two questions, of the range and of its periods by `grain`.

    `query` gives range, zone and conditions; with conditions entities move between segments (`segmented`).
    """
    counts = counted(model, metric)
    told = steps(model, metric, segmented or bool(query.where))
    entity_steps = steps(model, counts, segmented or bool(query.where)) if counts is not None else ()
    names = tuple(dict.fromkeys(one.name for one in (*told, *entity_steps)))
    plain = replace(query, metrics=names, by=(), grain="", vs="", fill="", order=(), limit=None)
    whole, parts = ask(plain), ask(replace(plain, grain=grain, fill="null"))
    made = walked(metric, told, whole, parts)
    if counts is None:
        return made
    return replaced(made, entities=walked(counts, entity_steps, whole, parts))


def walked(metric: Metric, told: tuple[Step, ...], whole: Answer, parts: Answer) -> Rollforward:
    """The walks of one kind of steps out of both answers."""
    column = next((one.name for one in parts.table.columns if one.role == "time"), "")
    rows = [row for row in parts.table.dicts() if isinstance(row[column], date)]
    rows.sort(key=lambda row: str(row[column]))
    told = without_idle(told, whole, parts)
    cut, filling = set(parts.cut), set(parts.incomplete) - set(parts.cut)
    periods = []
    for row in rows:
        moment = row[column]
        assert isinstance(moment, date)
        found = walk(told, row)
        periods.append(replaced(found, period=moment, filling=moment in filling, cut=moment in cut))
    first = whole.table.dicts()[0] if whole.table.rows else {}
    return Rollforward(metric, told, walk(told, first), tuple(periods), parts, whole)


def without_idle(told: tuple[Step, ...], *answers: Answer) -> tuple[Step, ...]:
    """The steps without transfers that nobody defined and that were none at any time."""
    rows = [row for answer in answers for row in answer.table.dicts()]
    return tuple(
        one for one in told
        if one.part not in TRANSFERS or one.defined or any(exact(row.get(one.name)) for row in rows)
    )  # fmt: skip


def walk(told: tuple[Step, ...], row: dict[str, Value]) -> Walk:
    """One row of an answer as a walk; where nothing moved nothing is what it comes to.

    >>> told = tuple(Step(part, part, sign, part, True) for part, sign in
    ...              (("opening", 1), ("new", 1), ("churn", -1), ("closing", 1)))
    >>> walk(told, {"opening": 10, "new": 5, "churn": 2, "closing": 13}).off
    0
    """
    values = tuple(row.get(one.name) for one in told)
    numbers = [exact(value) for value in values]
    opening, closing = numbers[0], numbers[-1]
    off: Exact | None = None
    if closing is not None:
        moved = [effect(one, value) for one, value in zip(told[1:-1], numbers[1:-1], strict=True)]
        off = summed([closing, -(opening or 0), *(-one for one in moved)])
    return Walk(values, off)


def effect(step: Step, value: Value) -> Exact:
    """What a step between opening and closing did to the balance, exactly."""
    return step.sign * (exact(value) or 0)


def exact(value: Value) -> Exact | None:
    """A number as it is; None for what is none."""
    return value if isinstance(value, int | float | Decimal) and not isinstance(value, bool) else None


def summed(values: list[Exact]) -> Exact:
    """A sum that stays exact where all are; floats among them are summed as floats, to the millionth of a unit."""
    if any(isinstance(value, float) for value in values):
        return round(sum(float(value) for value in values), 6) or 0
    return sum(value for value in values if not isinstance(value, float))
