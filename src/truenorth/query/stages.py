"""A funnel step by step: how many reached each, what share of those who entered and of those one step before, and how
long it took them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from dataclasses import replace as replaced

from msgspec.structs import replace

from truenorth.base.table import Column, Table, Value
from truenorth.define.model import Metric
from truenorth.query.answer import Answer
from truenorth.query.request import MetricQuery

PARTS = ("reached", "rate", "onward", "median_time")


@dataclass(frozen=True, slots=True)
class Stage:
    """A step of a funnel: how many reached it, the share of those who entered and of those at the step before (each
    None where nobody was), the median seconds since the entry, and whether it may be left out."""

    name: str
    reached: int
    rate: float | None
    onward: float | None
    median_time: float | None
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Stages:
    """The steps of a funnel over a stretch of time, and how many an exclusion ended or are still on their way."""

    metric: Metric
    stages: tuple[Stage, ...]
    excluded: int
    immature: int
    answer: Answer


def stages_of(metric: Metric, query: MetricQuery, ask: Callable[[MetricQuery], Answer]) -> Stages:
    """The steps of a funnel under a question's range, zone and conditions; each number as if asked by itself."""
    names = [f"{metric.name}__{part}_{one.name}" for one in metric.steps for part in PARTS]
    others = (f"{metric.name}__excluded", f"{metric.name}__immature")
    answer = ask(replace(query, metrics=(*names, *others), by=(), grain="", vs=""))
    row = answer.table.dicts()[0] if len(answer.table) else {}
    found = []
    for one in metric.steps:
        reached, rate, onward, took = (row.get(f"{metric.name}__{part}_{one.name}") for part in PARTS)
        found.append(Stage(one.name, whole(reached), share(rate), share(onward), share(took), one.optional))
    excluded, immature = (whole(row.get(name)) for name in others)
    return Stages(metric, tuple(found), excluded, immature, answer)


def told_long(found: Stages) -> Answer:
    """The steps as rows, for files and programs."""
    columns = (
        Column("step"),
        Column("reached", "metric"),
        Column("rate", "metric", unit="percent"),
        Column("onward", "metric", unit="percent"),
        Column("median_time", "metric", unit="seconds"),
    )
    rows = tuple((one.name, one.reached, one.rate, one.onward, one.median_time) for one in found.stages)
    return replaced(found.answer, table=Table(columns, rows), incomplete=(), cut=(), totals={})


def whole(value: Value) -> int:
    """A count; nothing counted is 0."""
    return int(str(value)) if value is not None else 0


def share(value: Value) -> float | None:
    """A share or a length of time, where there is one."""
    return float(str(value)) if value is not None else None
