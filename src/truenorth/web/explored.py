"""What a journey that is tried out comes to: its numbers, as the picture that a metric of its kind has."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from truenorth.base.period import Moment, grain_of, period_label
from truenorth.chart import draw
from truenorth.define.model import Metric
from truenorth.query.answer import Answer
from truenorth.query.request import MetricQuery
from truenorth.web.choosing import NAME
from truenorth.web.comings import comings
from truenorth.web.question import Asked, comings_of, grain_for, steps_of
from truenorth.web.retention import MOST_COLUMNS, Came, curve, sheet
from truenorth.web.speak import number, svg
from truenorth.web.stages import stages
from truenorth.web.state import State
from truenorth.web.taken import picture
from truenorth.web.view import Cell, Figure, Row, Sheet, Why
from truenorth.workspace import Workspace, paths, retention

SESSIONS = ("sessions", "people", "median_duration", "bounce_rate")
LIFECYCLE = ("active", "new", "returning", "resurrecting", "dormant")
# The numbers that are told of each group, and beside those of an earlier range.
SPLIT = {
    "funnel": ("entered", "converted", "rate"),
    "retention": ("cohort", "retained", "rate"),
    "lifecycle": LIFECYCLE,
    "sessions": SESSIONS,
}
MOST_GROUPS = 20
WIDE, NARROW = (1160.0, 240.0), (360.0, 220.0)


@dataclass(frozen=True, slots=True)
class Explored:
    """The numbers, what of them is shown before the plain table (`matrix` is shown in its place), the largest groups of
    what it was `split` by, and the same over the range it was `compared` with."""

    answer: Answer
    picture: Why | None = None
    figure: Figure | None = None
    matrix: Sheet | None = None
    split: Answer | None = None
    compared: Answer | None = None


def explored(workspace: Workspace, span: str, by: str = "", vs: str = "") -> Explored:
    """What the metric that is tried out comes to in a range, in each group of a field and beside an earlier range, in a
    workspace that knows it."""
    metric = workspace.model.metrics[NAME]
    found = KINDS[metric.type](workspace, metric, span)
    if by and metric.type in SPLIT:
        found = replace(found, split=groups(workspace, metric, span, by))
    if vs and metric.type in SPLIT:
        found = replace(found, compared=workspace.query(MetricQuery(parts_of(metric), range=span, vs=vs)))
    return found


def parts_of(metric: Metric) -> tuple[str, ...]:
    """The numbers that are told of each group, and of an earlier range."""
    return tuple(f"{NAME}__{part}" for part in SPLIT[metric.type])


def groups(workspace: Workspace, metric: Metric, span: str, by: str) -> Answer:
    """Its numbers by the groups of a field, those of most people first."""
    names = parts_of(metric)
    return workspace.query(MetricQuery(names, by=(by,), range=span, order=(f"-{names[0]}",), limit=MOST_GROUPS))


def funnel(workspace: Workspace, metric: Metric, span: str) -> Explored:
    """Step by step."""
    state = State(range=span)
    found = steps_of(workspace, metric, state)
    asked = Asked(workspace.model, metric, state, "day", found.answer, found.answer, stages=found)
    return Explored(found.answer, stages(asked))


def returns(workspace: Workspace, metric: Metric, span: str) -> Explored:
    """All cohorts together as a curve, and each of them."""
    matrix = retention(workspace, MetricQuery((NAME,), range=span), MOST_COLUMNS)
    came = Came(matrix, State(range=span), ())
    return Explored(matrix.answer, figure=curve(workspace.model, matrix), matrix=sheet(workspace.model, came))


def lifecycle(workspace: Workspace, metric: Metric, span: str) -> Explored:
    """Who comes, and below zero who stays away."""
    answer = by_period(workspace, metric, LIFECYCLE, span)
    state, grain = State(range=span), grain_of(answer.query.grain)
    told = comings_of(workspace, metric, state, grain)
    return Explored(answer, comings(Asked(workspace.model, metric, state, grain, answer, answer, comings=told)))


def sessions(workspace: Workspace, metric: Metric, span: str) -> Explored:
    """How many there are in each period."""
    answer = by_period(workspace, metric, SESSIONS, span)
    times = answer.table.column(answer.table.columns[0].name)
    names = tuple(
        period_label(one, answer.query.grain, workspace.model.workspace.locale, workspace.model.fiscal)
        if isinstance(one, Moment)
        else "(none)"
        for one in times
    )
    sizes = tuple(number(one) for one in answer.table.column(f"{NAME}__sessions"))
    filling = sum(one in answer.incomplete and one not in answer.cut for one in times)
    chart = draw.Bars("Sessions", names, (draw.Series("sessions", sizes),), filling)
    rows = tuple(
        Row(name, (Cell("–" if size is None else f"{size:,.0f}"),)) for name, size in zip(names, sizes, strict=True)
    )
    table = Sheet("Sessions", ("Began in", "sessions"), rows)
    return Explored(
        answer, figure=Figure("Sessions", svg(draw.bars(chart, WIDE)), svg(draw.bars(chart, NARROW)), table)
    )


def ways(workspace: Workspace, metric: Metric, span: str) -> Explored:
    """From node to node; ways that lead to an anchor end at the right."""
    answer = paths(workspace, MetricQuery((NAME,), range=span))
    return Explored(answer, figure=picture(metric, answer))


def by_period(workspace: Workspace, metric: Metric, parts: tuple[str, ...], span: str) -> Answer:
    """Numbers of the metric period by period."""
    names = tuple(f"{NAME}__{part}" for part in parts)
    grain = metric.period or grain_for(State(range=span))
    return workspace.query(MetricQuery(names, grain=grain, range=span, fill=True))


KINDS: Mapping[str, Callable[[Workspace, Metric, str], Explored]] = {
    "funnel": funnel,
    "retention": returns,
    "lifecycle": lifecycle,
    "sessions": sessions,
    "paths": ways,
}
