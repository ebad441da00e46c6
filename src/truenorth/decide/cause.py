"""Why a metric changed: its change by the values of the dimension that explains most, where they make the whole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from truenorth.analyze.drivers import Drivers, Effect, Part, adds_up, amounts, drivers, rates
from truenorth.base.table import Value
from truenorth.decide.halves import Halves, halves
from truenorth.decide.series import number
from truenorth.define.graph import grouped
from truenorth.define.model import Metric, Model
from truenorth.query.answer import Answer
from truenorth.query.chosen import written

Refusal = Literal["overlap", "order", "average", "inputs"]
ORDERED = ("percentile", "median", "min", "max", "first", "last")
CLOSE = 1e-9


@dataclass(frozen=True, slots=True)
class Cause:
    """A change by the values of `field`, every part and its effect in the order asked; or the reason it has none."""

    field: str = ""
    drivers: Drivers | None = None
    parts: tuple[Part, ...] = ()
    effects: tuple[Effect, ...] = ()
    rate: bool = False
    refusal: Refusal | None = None


def cause(
    model: Model, metric: Metric, whole: Answer, boards: Sequence[tuple[str, Answer]], chosen: str = ""
) -> Cause | None:
    """The change of `whole` (one row, compared) by one of the `boards` (a row a value, compared in the same way).

    The `chosen` dimension if it can be, else the one whose parts changed least alike. None where nothing is compared
    or there is nothing to break it down by.
    """
    rows = columns_of(whole, whole.table.dicts()[:1])
    if not rows or not boards or whole.query.vs not in ("prev", "year"):
        return None
    now, before = rows[0]
    if known(now, metric.name) is None or known(before, metric.name) is None:
        return None
    reason = refusal(model, metric)
    if reason is not None:
        return Cause(refusal=reason)
    found = [
        taken
        for field, answer in boards
        if len(answer.table) > 1 and (taken := taken_apart(metric, field, answer, (before, now))) is not None
    ]
    if not found:
        return Cause(refusal="overlap") if any(len(answer.table) > 1 for _, answer in boards) else None
    return max(found, key=lambda one: (one.field == chosen, one.drivers.uneven if one.drivers else 0.0))


def refusal(model: Model, metric: Metric) -> Refusal | None:
    """Why no dimension can take this metric apart, if so."""
    computed = metric.type in ("ratio", "derived") or metric.calculates_rate
    if computed and halves(metric) is None:
        return "inputs"
    kinds = {leaf.agg for leaf in grouped(model, metric.name)}
    return "order" if kinds & set(ORDERED) else "average" if "avg" in kinds else None


def taken_apart(
    metric: Metric, field: str, answer: Answer, whole: tuple[Mapping[str, Value], Mapping[str, Value]]
) -> Cause | None:
    """The change by one dimension; None where its values overlap or leave something out."""
    before, now = (known(row, metric.name) or 0.0 for row in whole)
    split = halves(metric)
    parts = tuple(parts_of(metric, answer, split))
    if split is None:
        fits = adds_up((one.before for one in parts), before) and adds_up((one.now for one in parts), now)
        effects = amounts(parts)
    else:
        fits = all(makes(parts, split, row, at) and same(row, metric, split) for at, row in enumerate(whole))
        effects = rates(parts) if fits else ()
    if not fits or not effects:
        return None
    return Cause(field, drivers(before, now, effects), parts, effects, split is not None)


def parts_of(metric: Metric, answer: Answer, split: Halves | None) -> Iterable[Part]:
    """The rows of a breakdown as parts; a value without rows in one stretch has nothing there."""
    rows = answer.table.dicts()
    name = next(column.name for column in answer.table.columns if column.role == "dimension")
    for row, (now, before) in zip(rows, columns_of(answer, rows), strict=True):
        label = None if row[name] is None else written(row[name])
        if split is None:
            yield Part(label, known(before, metric.name) or 0.0, known(now, metric.name) or 0.0)
        else:
            (above, below), (above_now, below_now) = (worth(split, one) for one in (before, now))
            yield Part(label, above, above_now, below, below_now)


def columns_of(
    answer: Answer, rows: Iterable[Mapping[str, Value]]
) -> list[tuple[Mapping[str, Value], Mapping[str, Value]]]:
    """Each row as the values of the metrics now, and as what they are compared with."""
    earlier = {column.of: column.name for column in answer.table.columns if column.role == "previous"}
    return [(row, {of: row[name] for of, name in earlier.items()}) for row in rows]


def known(row: Mapping[str, Value], name: str) -> float | None:
    """The value of a metric in a row as a float."""
    return number(row.get(name))


def worth(split: Halves, row: Mapping[str, Value]) -> tuple[float, float]:
    """What stands above and below in a row; what is not there is nothing."""
    values = {name: known(row, name) or 0.0 for name in split.names}
    return split.above(values), split.below(values)


def makes(parts: Iterable[Part], split: Halves, whole: Mapping[str, Value], at: int) -> bool:
    """Whether the parts make both halves of the whole, before (0) or now (1)."""
    above, below = worth(split, whole)
    halved = [(one.now, one.below_now) if at else (one.before, one.below_before) for one in parts]
    return adds_up((one for one, _ in halved), above) and adds_up((one for _, one in halved), below)


def same(row: Mapping[str, Value], metric: Metric, split: Halves) -> bool:
    """Whether above over below is the metric's own value, as it should be."""
    above, below = worth(split, row)
    value = known(row, metric.name)
    return bool(below) and value is not None and abs(above / below - value) <= CLOSE * max(1.0, abs(value))
