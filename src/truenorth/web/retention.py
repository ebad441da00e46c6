"""The page of a retention: by when they began, the share that came back in each bucket, and all cohorts as a curve."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import ClassVar, Unpack
from urllib.parse import unquote

from starlette.requests import Request
from starlette.responses import Response

from truenorth.base.errors import did_you_mean
from truenorth.base.period import Moment, period_label, spoken
from truenorth.base.quantity import format_value
from truenorth.base.table import Value
from truenorth.chart import draw
from truenorth.define.journey import described
from truenorth.define.model import Model
from truenorth.define.part import is_journey
from truenorth.query.request import MetricQuery
from truenorth.query.retention import Cohort, Matrix
from truenorth.web import twin
from truenorth.web.cohorts import percent, shade
from truenorth.web.folio import Folio, Place
from truenorth.web.speak import data_end, sentence_case, svg, tidy
from truenorth.web.speak import spoken as noted
from truenorth.web.state import Changes, State, read
from truenorth.web.trouble import AbsentMetric
from truenorth.web.view import Cell, Choice, Control, Figure, Row, Sheet
from truenorth.workspace import Workspace, retention

DEFAULTS = State(range="all", tab="share")
RANGES = (("90d", "90 d", ""), ("6m", "6 m", ""), ("12m", "12 m", "y"), ("all", "All", "a"))
TABS = (("share", "Share"), ("number", "Number"), ("value", "Value"))
FORMS = ("csv", "json", "xlsx", "md")
MOST_COHORTS, MOST_COLUMNS = 36, 24
WIDE, NARROW = (1160.0, 240.0), (360.0, 220.0)


@dataclass(frozen=True, slots=True)
class RetentionPage:
    """The matrix as it is shown, and all cohorts together as a curve."""

    title: str
    crumbs: tuple[Choice, ...]
    question: str
    fresh: str
    controls: tuple[Control, ...]
    curve: Figure
    sheet: Sheet
    twins: tuple[Choice, ...]
    caveats: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Came:
    """A matrix, what was asked, and what of it was not understood."""

    matrix: Matrix
    state: State
    notes: tuple[str, ...]


class Returns(Folio[Came]):
    """The endpoints."""

    stem = "retention"
    template = "retention.html"
    about: ClassVar[tuple[str, str]] = ("Who came back.", "The same as rows: one for each cohort and bucket.")
    workspace: Workspace

    def view(self, found: Came) -> RetentionPage:
        """The matrix."""
        return page_of(self.workspace.model, found)

    def written(self, found: Came, form: str, place: Place) -> Response:
        """The same as rows."""
        return twin.plain_file(place(found.matrix.answer), form, f"{found.matrix.metric.name}_matrix", self.site.locale)

    def ask(self, request: Request) -> Came:
        """The matrix of a metric of type retention."""
        name, model = unquote(request.path_params["name"]), self.workspace.model
        metric = model.metrics.get(name)
        if metric is None or metric.type != "retention":
            known = [one.name for one in model.metrics.values() if one.type == "retention" and is_journey(one)]
            hint = did_you_mean(name, known) or (f"there are {', '.join(known[:8])}" if known else "")
            raise AbsentMetric("E_NAME_NOT_FOUND", f'no retention named "{name}"', hint=hint)
        given, notes = read(request.query_params, ("range", "where", "tz", "tab"))
        state = given.over(DEFAULTS)
        query = MetricQuery((name,), range=state.range, timezone=state.tz, where=state.where)
        return Came(retention(self.workspace, query, MOST_COLUMNS), state, notes)


def page_of(model: Model, found: Came) -> RetentionPage:
    """The view of the matrix."""
    matrix, state = found.matrix, found.state
    metric, path = matrix.metric, f"/retention/{matrix.metric.name}"

    def link(**changes: Unpack[Changes]) -> str:
        return replace(state, **changes).without(DEFAULTS).url(path)

    ranges = tuple(Choice(label, link(range=one), state.range == one, key) for one, label, key in RANGES)
    offered = TABS if metric.value else TABS[:2]
    tabs = tuple(Choice(label, link(tab=one), state.tab == one) for one, label in offered)
    return RetentionPage(
        title=f"{metric.title} by cohort",
        crumbs=(Choice("Metrics", "/metrics"), Choice(metric.title, replace(state, tab="").url(f"/m/{metric.name}"))),
        question=sentence_case(described(metric)) + ".",
        fresh=f"data as of {data_end(matrix.answer.as_of)}",
        controls=(Control("Began in", ranges), Control("Show", tabs)),
        curve=curve(model, matrix),
        sheet=sheet(model, found),
        twins=tuple(Choice(f".{form}", state.without(DEFAULTS).url(f"{path}.{form}")) for form in FORMS),
        caveats=tuple(_caveats(model, matrix)),
        notes=found.notes,
    )


def curve(model: Model, matrix: Matrix) -> Figure:
    """The share of all cohorts that came back, bucket by bucket."""
    whole, locale = matrix.average[0] if matrix.average else None, model.workspace.locale
    old = [at for at in range(len(matrix.buckets)) if whole is not None and whole.complete[at]]
    rates = tuple(whole.rate(at) if whole else None for at in old)
    names = tuple(matrix.buckets[at] for at in old)
    label = f"{matrix.metric.title}, all cohorts together"
    chart = draw.Bars(label, names, (draw.Series("share", rates),), unit="percent", locale=locale)
    wide, narrow = svg(draw.bars(chart, WIDE)), svg(draw.bars(chart, NARROW))
    rows = tuple(Row(name, (Cell(percent(rate, locale)),)) for name, rate in zip(names, rates, strict=True))
    return Figure(label, wide, narrow, Sheet(label, (sentence_case(spoken(matrix.grain)), "came back"), rows))


def sheet(model: Model, found: Came) -> Sheet:
    """A cohort a row, the newest last; the buckets across; all of them, by weight, below."""
    matrix, locale = found.matrix, model.workspace.locale
    shown = matrix.cohorts[-MOST_COHORTS:]
    rows = []
    for one in shown:
        cells = [Cell(f"{one.size:,}"), *(_cell(found, one, at, locale) for at in range(len(matrix.buckets)))]
        rows.append(Row(_named(model, matrix, one), tuple(cells)))
    for one in matrix.average:
        cells = [Cell(f"{one.size:,}"), *(_cell(found, one, at, locale) for at in range(len(matrix.buckets)))]
        group = ", ".join(_written(value) for value in one.group)
        rows.append(Row(f"All, by weight{f': {group}' if group else ''}", tuple(cells), mark="sum"))
    head = ("Began", "People", *matrix.buckets)
    rest = f"The newest {len(shown):,} of {len(matrix.cohorts):,} cohorts." if len(shown) < len(matrix.cohorts) else ""
    return Sheet(f"{matrix.metric.title} by cohort", head, tuple(rows), rest)


def _cell(found: Came, one: Cohort, at: int, locale: str) -> Cell:
    """One bucket of a cohort; a star where it is not over for all of them."""
    rate = one.rate(at)
    if rate is None or (not one.complete[at] and not one.retained[at]):
        return Cell("")
    if found.state.tab == "value" and one.values:
        worth = next(column for column in found.matrix.answer.table.columns if column.name == "value")
        text = format_value(tidy(one.values[at]), worth.unit, worth.currency, locale)
    elif found.state.tab == "number":
        text = f"{one.retained[at]:,}"
    else:
        text = percent(rate, locale)
    return Cell(text + ("" if one.complete[at] else "*"), shade(rate) + ("" if one.complete[at] else " open"))


def _named(model: Model, matrix: Matrix, one: Cohort) -> str:
    """When a cohort began, and of which group it is."""
    assert one.begun is not None
    group = ", ".join(_written(value) for value in one.group)
    return _period(model, one.begun, matrix.grain) + (f" · {group}" if group else "")


def _period(model: Model, begun: Moment, grain: str) -> str:
    words = period_label(begun, grain, model.workspace.locale, model.fiscal)
    return words if str(begun.year) in words else f"{words} {begun.year}"


def _written(value: Value) -> str:
    return "(none)" if value is None else str(value)


def _caveats(model: Model, matrix: Matrix) -> Iterator[str]:
    yield from dict.fromkeys(noted(model, note) for note in matrix.answer.notes)
    if any(not done for one in matrix.cohorts for done in one.complete):
        grain = spoken(matrix.grain)
        yield f"* Not yet over for all who began in that {grain}: shown, and not in the row of all."
