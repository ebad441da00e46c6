"""The page of a balance's cohorts: by when customers began, the share of their first amount that is left."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Unpack
from urllib.parse import unquote

from starlette.requests import Request
from starlette.responses import Response

from truenorth.analyze.cohort import Cohort, average
from truenorth.base.errors import did_you_mean
from truenorth.base.period import period_label, spoken
from truenorth.base.quantity import format_value
from truenorth.define.graph import entity_columns
from truenorth.define.model import Model
from truenorth.define.part import is_balance
from truenorth.query.cohort import Cohorts, cohorts_of, told_long
from truenorth.query.request import MetricQuery
from truenorth.web import twin
from truenorth.web.folio import Folio, Place
from truenorth.web.speak import data_end, sentence_case, tidy
from truenorth.web.speak import spoken as noted
from truenorth.web.state import Changes, State, read
from truenorth.web.told import KEYS, as_told, telling
from truenorth.web.trouble import AbsentMetric
from truenorth.web.view import Cell, Choice, Control, Row, Sheet, Telling

DEFAULTS = State(grain="month", tab="amount")
GRAINS = (("month", "Month", "m"), ("quarter", "Quarter", "q"), ("year", "Year", ""))
TABS = (("amount", "Amount"), ("number", "Number"))
FORMS = ("csv", "json", "xlsx", "md")
# What each has is rounded by itself where it was divided or converted, to 12 places.
HAIR = 1e-6
MOST_COHORTS, MOST_COLUMNS, SHADES = 36, 24, 10


@dataclass(frozen=True, slots=True)
class CohortPage:
    """The matrix as it is shown."""

    title: str
    crumbs: tuple[Choice, ...]
    question: str
    fresh: str
    controls: tuple[Control, ...]
    sheet: Sheet
    proof: str
    holds: bool
    twins: tuple[Choice, ...]
    told: Telling
    caveats: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Kept:
    """The cohorts of a balance, what was asked, and what of it was not understood."""

    cohorts: Cohorts
    state: State
    notes: tuple[str, ...]


class Retained(Folio[Kept]):
    """The endpoints."""

    stem = "cohorts"
    template = "cohorts.html"
    about = ("The matrix.", "The same as rows: one for each cohort and period.")

    def view(self, found: Kept) -> CohortPage:
        """The matrix."""
        return page_of(self.workspace.model, found.cohorts, found.state, found.notes)

    def written(self, found: Kept, form: str, place: Place) -> Response:
        """The same as rows."""
        name = f"{found.cohorts.metric.name}_cohorts"
        return twin.plain_file(place(told_long(found.cohorts)), form, name, self.site.locale)

    def ask(self, request: Request) -> Kept:
        """The cohorts of a balance, over all time."""
        name, model = unquote(request.path_params["name"]), self.workspace.model
        metric = model.metrics.get(name)
        if metric is None or not is_balance(metric):
            known = [one.name for one in model.metrics.values() if is_balance(one)]
            hint = did_you_mean(name, known) or (f"there are {', '.join(known[:8])}" if known else "")
            raise AbsentMetric("E_NAME_NOT_FOUND", f'no balance named "{name}"', hint=hint)
        given, notes = read(request.query_params, ("grain", "where", "tz", "tab", *KEYS))
        state = given.over(DEFAULTS)
        query = MetricQuery((), timezone=state.tz, where=state.where)
        told = as_told(self.workspace, state)
        return Kept(cohorts_of(model, metric, query, state.grain, told.query), state, notes)


def page_of(model: Model, found: Cohorts, state: State, notes: tuple[str, ...]) -> CohortPage:
    """The view of the matrix."""
    metric, path = found.metric, f"/cohorts/{found.metric.name}"

    def link(**changes: Unpack[Changes]) -> str:
        return replace(state, **changes).without(DEFAULTS).url(path)

    grains = tuple(Choice(label, link(grain=one), state.grain == one, key) for one, label, key in GRAINS)
    tabs = tuple(Choice(label, link(tab=one), state.tab == one) for one, label in TABS)
    counted, grain = state.tab == "number", spoken(state.grain)
    what = "how many of them are left" if counted else f"what is left of the {metric.title} they began with"
    return CohortPage(
        title=f"{metric.title} by cohort",
        crumbs=(
            Choice("Metrics", "/metrics"),
            Choice(metric.title, replace(state, grain="", tab="").url(f"/m/{metric.name}")),
        ),
        question=f"Of all that began in one {grain}: {what}, {grain} by {grain}.",
        fresh=f"data as of {data_end(found.answer.as_of)}",
        controls=(Control("Cohorts by", grains), Control("Share of", tabs)),
        sheet=sheet(model, found, state),
        proof=proof(model, found),
        holds=abs(float(found.off)) <= HAIR,
        twins=tuple(Choice(f".{form}", state.without(DEFAULTS).url(f"{path}.{form}")) for form in FORMS),
        told=telling(model, (metric.name,), state, DEFAULTS, path),
        caveats=tuple(_caveats(model, found, state)),
        notes=notes,
    )


def proof(model: Model, found: Cohorts) -> str:
    """Whether all cohorts are the whole."""
    metric, locale = found.metric, model.workspace.locale
    if not found.found:
        return "Nobody has begun yet."
    together = f"All cohorts together are {metric.title} at the end of the data"
    if not found.off:
        return f"{together}, to the last digit."
    if abs(float(found.off)) <= HAIR:
        return f"{together}, but for the rounding of what was divided or converted."
    return f"{together} but for {format_value(tidy(found.off), metric.unit, metric.currency, locale)}."


def _caveats(model: Model, found: Cohorts, state: State) -> Iterator[str]:
    metric, grain = found.metric, spoken(state.grain)
    yield f"Who came and went within one {grain} belongs to no cohort; who left and came back stays in the first."
    if found.nobody:
        text = format_value(tidy(found.nobody), metric.unit, metric.currency, model.workspace.locale)
        yield f"{text} at the end belongs to nobody and is in no cohort."
    yield from dict.fromkeys(noted(model, note) for note in found.answer.notes)
    if found.known < len(found.periods):
        yield f"* {sentence_case(grain)} still filling: the cell is not complete, and not in the row of all."


def sheet(model: Model, found: Cohorts, state: State) -> Sheet:
    """A cohort a row, the newest last; the periods after its first across; all of them, by weight, below."""
    metric, locale, counted = found.metric, model.workspace.locale, state.tab == "number"
    columns = range(1, min(MOST_COLUMNS, max((len(one.amounts) for one in found.found), default=1) - 1) + 1)
    shown = found.found[-MOST_COHORTS:]
    rows = []
    for one in shown:
        period = found.periods[one.begun]
        words = period_label(period, state.grain, locale, model.fiscal)
        named = words if str(period.year) in words else f"{words} {period.year}"
        first = format_value(tidy(one.amounts[0]), metric.unit, metric.currency, locale)
        cells = [Cell(f"{one.counts[0]:,}"), Cell(first), *(_cell(found, one, at, counted, locale) for at in columns)]
        rows.append(Row(named, tuple(cells)))
    means = [average(found.found, at, found.known, counted) for at in columns]
    people = sum(one.counts[0] for one in found.found)
    cells = [Cell(f"{people:,}"), Cell(""), *(Cell(percent(mean, locale), shade(mean)) for mean in means)]
    if rows:
        rows.append(Row("All, by weight", tuple(cells), mark="sum"))
    entity = entity_columns(model, metric.dataset, metric.entity)[0].removesuffix("_id").replace("_", " ")
    head = ("Began", f"{sentence_case(entity)}s", f"First {spoken(state.grain)}", *(f"+{at}" for at in columns))
    rest = f"The newest {len(shown):,} of {len(found.found):,} cohorts." if len(shown) < len(found.found) else ""
    return Sheet(f"{metric.title} by cohort", head, tuple(rows), rest)


def _cell(found: Cohorts, one: Cohort, after: int, counted: bool, locale: str) -> Cell:
    """One share; nothing where time has not come as far, a star where the period still fills."""
    left = one.left(after, counted)
    if left is None:
        return Cell("")
    filling = one.begun + after >= found.known
    return Cell(percent(left, locale) + ("*" if filling else ""), shade(left) + (" open" if filling else ""))


def percent(share: float | None, locale: str) -> str:
    """A share as whole percent."""
    return "" if share is None else format_value(share, "percent", "", locale, digits=0)


def shade(share: float | None) -> str:
    """A class for how much is left, in tenths; more than all of it has one of its own.

    >>> shade(0.42), shade(1.0), shade(1.3), shade(0.0)
    ('heat h4', 'heat h10', 'heat more', 'heat h0')
    """
    if share is None:
        return ""
    if share >= 1.005:
        return "heat more"
    return f"heat h{max(0, min(SHADES, round(share * SHADES)))}"
