"""What a metric page is made from: the answers to its few questions, side by side."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from msgspec.structs import replace

from truenorth.base.period import Grain, grain_of
from truenorth.decide.annotation import Annotation
from truenorth.decide.scorecard import Scorecard
from truenorth.define.graph import fields_of
from truenorth.define.model import Metric, Model
from truenorth.learn.values import questions, together
from truenorth.query.answer import Answer
from truenorth.query.request import MetricQuery
from truenorth.web.state import State

BOARDS = 4
LEADING = 8
RANGE_GRAINS: dict[str, Grain] = {"24h": "hour", "12m": "week", "18m": "month", "24m": "month", "all": "month"}
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
    operands: tuple[tuple[str, Answer], ...] = ()
    boards: tuple[tuple[str, Answer], ...] = ()
    split: Answer | None = None
    annotations: tuple[Annotation, ...] = ()
    definition: str = ""


class Workspace(Protocol):
    """The little that pages need from a workspace."""

    model: Model
    folder: Path

    def query(self, query: MetricQuery, /) -> Answer: ...

    def scorecard(self, grain: str, vs: str) -> Scorecard: ...

    def annotations(self) -> tuple[Annotation, ...]: ...


def grain_for(state: State) -> Grain:
    """The grain asked for, or the one that suits the range."""
    return grain_of(state.grain) if state.grain else RANGE_GRAINS.get(state.range, "day")


def dimensions_of(model: Model, metric: Metric) -> tuple[str, ...]:
    """The dimensions a page breaks a metric down by: the ones it names, else the nearest fields that are no keys."""
    if metric.dimensions:
        return tuple(metric.dimensions)
    keys = {(dataset.name, key) for dataset in model.datasets.values() for key in dataset.primary_key}
    found = [one for one in fields_of(model, metric.name) if (one.dataset, one.field) not in keys]
    return tuple(one.name for one in found if not one.field.endswith("_id"))


def ask(workspace: Workspace, metric: Metric, state: State) -> Asked:
    """Ask everything a metric page shows."""
    if state.vs == "prev" and (state.range == "all" or state.range.startswith("..") or state.range.endswith("..")):
        state = dataclasses.replace(state, vs="none")
    grain, vs = grain_for(state), state.vs if state.vs in ("prev", "year") else ""

    def question(metrics: tuple[str, ...], by: tuple[str, ...] = (), grain: str = "", vs: str = vs) -> Answer:
        return workspace.query(
            MetricQuery(metrics, by, grain, state.range, state.tz, state.where, vs=vs, fill=bool(grain) and not by)
        )

    total = question(together(metric))
    return Asked(
        model=workspace.model,
        metric=replace(metric, currency=metric.currency or workspace.model.workspace.currency),
        state=state,
        grain=grain,
        series=question((metric.name,), grain=grain),
        total=total,
        operands=tuple((key, workspace.query(one)) for key, one in questions(metric, total.query, total.span).items()),
        boards=tuple(
            (name, question((metric.name,), (name,))) for name in dimensions_of(workspace.model, metric)[:BOARDS]
        ),
        split=question((metric.name,), (state.by,), grain, "") if state.by else None,
        annotations=workspace.annotations(),
        definition=definition_of(metric, workspace.folder),
    )


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
