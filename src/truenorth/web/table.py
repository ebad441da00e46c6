"""A table of metrics by the values of a dimension, such as marketing by channel: one row each, all of them below."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Unpack
from urllib.parse import unquote

from starlette.requests import Request
from starlette.responses import Response

from truenorth.base.errors import did_you_mean
from truenorth.base.quantity import format_value
from truenorth.base.table import Column, Value
from truenorth.define.economics import statements_of
from truenorth.define.model import Model, Statement
from truenorth.query.answer import Answer
from truenorth.query.chosen import written
from truenorth.query.request import MetricQuery
from truenorth.web import twin
from truenorth.web.board import words
from truenorth.web.folio import Folio, Place
from truenorth.web.ledger import FORMS, RANGES, LedgerPage, address, to_metric
from truenorth.web.speak import data_end, labelled, number, spoken, tidy
from truenorth.web.state import Changes, State, read
from truenorth.web.told import KEYS, as_told, telling
from truenorth.web.trouble import AbsentMetric
from truenorth.web.view import Cell, Choice, Control, Row, Sheet

DEFAULTS = State(range="12m")
MOST_ROWS = 100


@dataclass(frozen=True, slots=True)
class Tabled:
    """The answer of a table, what was asked, and what of it was not understood."""

    statement: Statement
    answer: Answer
    state: State
    notes: tuple[str, ...]


class Tables(Folio[Tabled]):
    """The endpoints."""

    stem = "table"
    template = "statement.html"
    about = (
        "Metrics side by side by the values of a dimension, such as marketing by channel.",
        "The same table as a file.",
    )

    def ask(self, request: Request) -> Tabled:
        """The metrics of a statement with `by:`, over a range."""
        name, model = unquote(request.path_params["name"]), self.workspace.model
        known = {one.name: one for one in statements_of(model).values() if one.by}
        if name not in known:
            hint = did_you_mean(name, known) or (f"there are {', '.join(known)}" if known else "")
            raise AbsentMetric("E_NAME_NOT_FOUND", f'no table named "{name}"', hint=hint)
        given, notes = read(request.query_params, ("range", "where", "tz", *KEYS))
        state = given.over(DEFAULTS)
        query = MetricQuery(
            tuple(known[name].lines), (known[name].by,), "", state.range, state.tz, state.where, totals=True
        )
        return Tabled(known[name], as_told(self.workspace, state).query(query), state, notes)

    def view(self, found: Tabled) -> LedgerPage:
        """The page."""
        return page_of(self.workspace.model, found)

    def written(self, found: Tabled, form: str, place: Place) -> Response:
        """The same as a file."""
        return twin.plain_file(place(found.answer), form, found.statement.name, self.site.locale)


def page_of(model: Model, found: Tabled) -> LedgerPage:
    """The view of a table."""
    one, state, path = found.statement, found.state, address(found.statement)
    plain = state.without(DEFAULTS)

    def link(**changes: Unpack[Changes]) -> str:
        return replace(state, **changes).without(DEFAULTS).url(path)

    ranges = tuple(Choice(label, link(range=word), state.range == word, key) for word, label, key in RANGES)
    return LedgerPage(
        title=one.title,
        crumbs=(Choice("Metrics", "/metrics"),),
        description=one.description,
        fresh=f"data as of {data_end(found.answer.as_of)}",
        controls=(Control("Range", ranges),),
        sheet=sheet(model, found),
        proof="Rates of all are made from the sums of all, not from the rates above.",
        holds=True,
        twins=tuple(Choice(f".{form}", plain.url(f"{path}.{form}")) for form in FORMS),
        others=tuple(Choice(each.title, address(each), each == one) for each in statements_of(model).values()),
        told=telling(model, one.lines, state, DEFAULTS, path),
        caveats=tuple(dict.fromkeys(spoken(model, note) for note in found.answer.notes)),
        notes=found.notes,
        kind="plain",
    )


def sheet(model: Model, found: Tabled) -> Sheet:
    """A row for each value, those with most of the first metric first; what has no value stands last, then all."""
    answer, locale = found.answer, model.workspace.locale
    columns = {column.name: column for column in answer.table.columns}
    field = next(column for column in columns.values() if column.role == "dimension")
    lines = found.statement.lines
    rows = sorted(
        answer.table.dicts(),
        key=lambda row: (row[field.name] is None, -(number(row[lines[0]]) or 0.0), str(row[field.name])),
    )
    shown = [
        Row(
            labelled(row[field.name] if row[field.name] is None else written(row[field.name])),
            tuple(_cell(columns[name], row[name], locale) for name in lines),
            href=_to(found, row[field.name]),
        )
        for row in rows[:MOST_ROWS]
    ]
    if answer.totals:
        shown.append(
            Row("All", tuple(_cell(columns[name], answer.totals.get(name), locale) for name in lines), mark="sum")
        )
    head = (field.label or words(field.name), *(columns[name].label or words(name) for name in lines))
    note = f"The first {MOST_ROWS} of {len(rows):,}; the files have all of them." if len(rows) > MOST_ROWS else ""
    return Sheet(found.statement.title, head, tuple(shown), note)


def _cell(column: Column, value: Value, locale: str) -> Cell:
    """A value in full; nothing is a dash, as where a rate has nothing below it."""
    if value is None:
        return Cell("–", "none")
    return Cell(format_value(tidy(value), column.unit, column.currency, locale))


def _to(found: Tabled, value: Value) -> str:
    """The page of the first metric for one value."""
    word = None if value is None else written(value)
    state = replace(found.state, where=()).toggle(found.statement.by, word)
    return to_metric(found.statement.lines[0], replace(state, where=(*found.state.where, *state.where)))
