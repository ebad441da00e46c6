"""The page behind a number: the rows that make it, the people it counts, or the numbers it is computed from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from urllib.parse import unquote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from truenorth.base.errors import did_you_mean
from truenorth.base.quantity import format_value
from truenorth.base.table import Column, Table, Value
from truenorth.define.graph import entity_columns
from truenorth.define.model import Metric, Model
from truenorth.query.answer import Answer
from truenorth.query.behind import NONE, Behind, Part
from truenorth.query.request import MetricQuery
from truenorth.query.timeline import is_collected
from truenorth.web import twin
from truenorth.web.listing import address, worded
from truenorth.web.page import Site, render, respond
from truenorth.web.people import address as somebody
from truenorth.web.question import DEFAULTS
from truenorth.web.speak import data_end, tidy
from truenorth.web.speak import spoken as noted
from truenorth.web.state import State, read
from truenorth.web.told import KEYS
from truenorth.web.trouble import AbsentMetric
from truenorth.web.view import Cell, Choice, Row, Sheet
from truenorth.workspace import Workspace, behind, may_see_people

Endpoint = Callable[[Request], Response]
FORMS = ("csv", "json", "xlsx", "md")
MOST, MOST_WRITTEN = 1000, 100_000


@dataclass(frozen=True, slots=True)
class Lying:
    """The page."""

    title: str
    crumbs: tuple[Choice, ...]
    number: str
    place: str
    sentence: str
    fresh: str
    parts: tuple[tuple[Choice, str], ...]
    sheet: Sheet | None
    twins: tuple[Choice, ...]
    caveats: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an address asks for."""

    metric: Metric
    state: State
    at: tuple[str, ...]
    part: str
    notes: tuple[str, ...]


class Behinds:
    """The endpoints."""

    def __init__(self, workspace: Workspace, site: Site) -> None:
        self.workspace = workspace
        self.site = site

    def routes(self, safe: Callable[[Endpoint], Endpoint]) -> list[Route]:
        """Both addresses."""
        page, file = safe(self.page), safe(self.file)
        return [Route("/m/{name}/behind.{form}", file), Route("/m/{name}/behind", page, name="behind")]

    def page(self, request: Request) -> Response:
        """What lies behind one number of a metric: its rows, the people it counts, or the numbers it is made of."""
        wanted = self._wanted(request)
        found = self._found(wanted, MOST)
        view = page_of(self.workspace.model, with_ids(self.workspace, found), wanted)
        return respond(request, render("behind.html", self.site.shell(request), view))

    def file(self, request: Request) -> Response:
        """The same as rows: the first 100,000."""
        form = request.path_params["form"]
        twin.check(form)
        wanted = self._wanted(request)
        found = self._found(wanted, MOST_WRITTEN)
        answer = found.answer if found.part else parts_told(found)
        return twin.plain_file(answer, form, f"{wanted.metric.name}_behind", self.site.locale)

    def _wanted(self, request: Request) -> Wanted:
        name, metrics = unquote(request.path_params["name"]), self.workspace.model.metrics
        if name not in metrics:
            raise AbsentMetric("E_NAME_NOT_FOUND", f'no metric named "{name}"', hint=did_you_mean(name, metrics))
        given = {key: word for key, word in request.query_params.items() if key not in ("at", "part")}
        state, notes = read(given, ("range", "grain", "by", "where", "tz", *KEYS))
        at = tuple(request.query_params.getlist("at"))
        return Wanted(metrics[name], state.over(DEFAULTS), at, request.query_params.get("part", ""), notes)

    def _found(self, wanted: Wanted, most: int) -> Behind:
        return behind(self.workspace, question(wanted.metric.name, wanted.state), wanted.at, wanted.part, most)


def with_ids(workspace: Workspace, found: Behind) -> Behind:
    """The people of collected events by an id of theirs, and not by the number that counts tell them apart by."""
    metric = next((one.metric for one in found.parts if one.name == found.part), found.metric)
    rows = found.answer.table.rows
    numbers = [one for row in rows if isinstance(one := row[0], int)]
    if not (found.entities and numbers and is_collected(workspace.model, metric.dataset) and may_see_people(workspace)):
        return found
    ids = workspace.data.ids_of(numbers)
    told = tuple((ids.get(row[0], row[0]) if isinstance(row[0], int) else row[0], *row[1:]) for row in rows)
    return replace(found, answer=replace(found.answer, table=Table(found.answer.table.columns, told)))


def question(name: str, state: State) -> MetricQuery:
    """The question in whose answer a number stands."""
    by = (state.by,) if state.by else ()
    return MetricQuery(
        metrics=(name,),
        by=by,
        grain=state.grain,
        range=state.range,
        timezone=state.tz,
        where=state.where,
        fill=bool(state.grain) and not by,
        as_of=state.as_of,
        currency=state.currency,
    )


def page_of(model: Model, found: Behind, wanted: Wanted) -> Lying:
    """The view of what was found."""
    metric, state, locale = found.metric, wanted.state, model.workspace.locale
    to = Choice(metric.title, replace(state, tab="", grain="", by="").without(DEFAULTS).url(f"/m/{metric.name}"))

    def link(part: str) -> str:
        return address(metric.name, state, wanted.at, part)

    several = len(found.parts) > 1
    return Lying(
        title=f"Behind {metric.title}",
        crumbs=(Choice("Metrics", "/metrics"), to),
        number=format_value(tidy(found.number), found.column.unit, found.column.currency, locale),
        place=", ".join(value for _, value in found.place) or (state.range if state.range != "all" else "all time"),
        sentence=sentence(found, locale),
        fresh=f"data as of {data_end(found.answer.as_of)}",
        parts=tuple(
            (Choice(one.title, link(one.name), one.name == found.part), told(one, locale)) for one in found.parts
        )
        if several
        else (),
        sheet=sheet(model, found) if found.part else None,
        twins=tuple(Choice(f".{form}", address(metric.name, state, wanted.at, found.part, form)) for form in FORMS),
        caveats=tuple(dict.fromkeys(noted(model, note) for note in found.answer.notes)),
        notes=wanted.notes,
    )


def told(part: Part, locale: str) -> str:
    """A part's number."""
    return format_value(tidy(part.value), part.metric.unit, part.metric.currency, locale)


def sentence(found: Behind, locale: str) -> str:
    """How many there are, and what is done with them."""
    if not found.part:
        return "It is computed from these numbers; each lists what lies behind it."
    column = found.answer.table.columns[0].label.lower() if found.entities else ""
    one = found.size == 1
    what = f"{'value' if one else 'different values'} of {column}" if found.entities else "row" if one else "rows"
    total = found.answer.table.columns[-1]
    added = found.how == "added up" and found.total is not None
    come = f" to {format_value(tidy(found.total), total.unit, total.currency, locale)}" if added else ""
    return f"{found.size:,} {what}, {found.how}{come}."


def parts_told(found: Behind) -> Answer:
    """The parts of a number as rows."""
    rows = tuple((one.name, one.title, one.value) for one in found.parts)
    table = Table((Column("part"), Column("title"), Column("value", "metric")), rows)
    return replace(found.answer, table=table)


def sheet(model: Model, found: Behind) -> Sheet:
    """The rows as a table; what has a timeline leads there."""
    table, locale = found.answer.table, model.workspace.locale
    head = tuple(column.label or column.name.replace("_", " ").capitalize() for column in table.columns)
    metric = next(one.metric for one in found.parts if one.name == found.part)
    of = whose(model, metric) if found.entities else ""
    collected = is_collected(model, metric.dataset)
    rows = []
    for row in table.rows:
        texts = [text_of(column, value, locale) for column, value in zip(table.columns, row, strict=True)]
        kinds = ["" if column.role == "metric" else "text" for column in table.columns]
        known = of and row[0] is not None
        href = somebody(worded(row[0]), "" if collected and isinstance(row[0], str) else of) if known else ""
        cells = tuple(Cell(text, kind) for text, kind in zip(texts[1:], kinds[1:], strict=True))
        rows.append(Row(texts[0], cells, href=href))
    more = f"The first {len(rows):,} of {found.size:,}." if len(rows) < found.size else ""
    return Sheet(f"What lies behind {found.metric.title}", head, tuple(rows), more)


def whose(model: Model, metric: Metric) -> str:
    """By which field of which dataset a thing that a metric counts can be followed; "" where it cannot."""
    dataset = model.datasets.get(metric.dataset)
    if dataset is None or not dataset.time:
        return ""
    entity = metric.entity or metric.expr
    if not all(part.isidentifier() for part in entity.split(".")):
        return f"{dataset.name}:{entity}"
    columns = entity_columns(model, dataset.name, entity) if metric.entity else (entity,)
    return f"{dataset.name}:{columns[0]}" if len(columns) == 1 else ""


def text_of(column: Column, value: Value, locale: str) -> str:
    """A value as it is read."""
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    if value is None:
        return NONE
    if isinstance(value, date | str | bool):
        return worded(value)
    if column.role == "metric" or column.unit:
        return format_value(tidy(value), column.unit, column.currency, locale)
    return str(value)
