"""People and what they did: finding somebody, a person's timeline with all ids and who said they are one, and joining
and parting ids by hand. Whatever a dataset follows in time has such a timeline too: a customer's orders, an author's
commits."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from urllib.parse import quote, urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from truenorth import workspace as door
from truenorth.base.errors import QueryError, TrueNorthError
from truenorth.base.quantity import format_value
from truenorth.base.table import Value
from truenorth.base.zone import local
from truenorth.collect.identity.hand import Person, Told
from truenorth.collect.live import Event
from truenorth.define.model import Model
from truenorth.query.behind import NONE
from truenorth.query.timeline import Timeline, entities, is_collected
from truenorth.web.page import Site, render, respond
from truenorth.web.trouble import AbsentMetric
from truenorth.web.view import Chip, Choice
from truenorth.web.visit import visit_of
from truenorth.workspace import Workspace, may_see_people, timeline

Endpoint = Callable[[Request], Response]
ADDRESS = "/people"
MOST = 100
SAID = {"merged": "The two ids are one person now.", "already": "They were one person already.", "split": "Parted."}
KINDS = {"identify": "identified as", "alias": "another name of", "merge": "joined with", "split": "parted from"}


@dataclass(frozen=True, slots=True)
class Search:
    """The page to find somebody."""

    choices: tuple[tuple[str, str, bool], ...]
    asked: str
    newest: tuple[tuple[Choice, str], ...]


@dataclass(frozen=True, slots=True)
class OwnId:
    """One id of a person."""

    id: str
    events: str
    since: str


@dataclass(frozen=True, slots=True)
class Link:
    """One line of the log of identities."""

    when: str
    words: str
    source: str
    refused: str


@dataclass(frozen=True, slots=True)
class Happened:
    """One row of a timeline."""

    at: str
    name: str
    about: str
    facts: tuple[tuple[str, str], ...]
    payload: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """A timeline."""

    title: str
    summary: str
    chip: Chip
    crumbs: tuple[Choice, ...]
    happened: tuple[Happened, ...]
    newer: str
    older: str
    ids: tuple[OwnId, ...] = ()
    links: tuple[Link, ...] = ()
    id: str = ""
    parts: tuple[str, ...] = ()
    said: str = ""
    zone: str = ""


class People:
    """The endpoints."""

    def __init__(self, workspace: Workspace, site: Site) -> None:
        self.workspace = workspace
        self.site = site

    def routes(self, safe: Callable[[Endpoint], Endpoint]) -> list[Route]:
        """Their addresses."""
        return [
            Route(ADDRESS, safe(self.search), name="people"),
            Route(ADDRESS, safe(self.change), methods=["POST"]),
            Route(f"{ADDRESS}/{{id:path}}", safe(self.timeline)),
        ]

    @property
    def collects(self) -> bool:
        """Whether anybody's events came in that may be seen."""
        return may_see_people(self.workspace) and bool(self.workspace.data.newcomers())

    def search(self, request: Request) -> Response:
        """Finding somebody by an id; who came last."""
        asked = request.query_params.get("id", "").strip()
        if asked:
            return RedirectResponse(address(asked, request.query_params.get("of", "")), 303)
        model, collects = self.workspace.model, self.collects
        view = Search(tuple(choices(model, collects, "")), "", tuple(self._newest()) if collects else ())
        return respond(request, render("people.html", self.site.shell(request), view))

    def _newest(self) -> Iterator[tuple[Choice, str]]:
        zone = self.workspace.model.workspace.timezone
        for one in self.workspace.data.newcomers():
            yield Choice(one.id, address(one.id)), moment_text(one.first_seen, zone)

    def timeline(self, request: Request) -> Response:
        """What somebody did, newest first, with all their ids and who said that they are one."""
        name, of = request.path_params["id"], request.query_params.get("of", "")
        past = number_of(request.query_params.get("past", ""))
        model = self.workspace.model
        dataset, _, field = of.partition(":")
        if of and not is_collected(model, dataset):
            view = own(model, timeline(self.workspace, (dataset, field), name, MOST, past))
            return respond(request, render("person.html", self.site.shell(request), view))
        if of:
            return RedirectResponse(address(self._named(name)), 303)
        if not self.collects:
            [*known] = entities(model)
            if not known:
                raise nobody(name)
            return RedirectResponse(address(name, ":".join(known[0])), 303)
        try:
            person = self.workspace.data.person(name)
        except TrueNorthError as error:
            raise AbsentMetric(error.code, error.message, hint=error.hint) from None
        found = self.workspace.data.timeline(person, MOST, past)
        view = known_person(model, name, person, found, past)
        said = SAID.get(request.query_params.get("said", ""), "")
        return respond(request, render("person.html", self.site.shell(request), spoken(view, said)))

    def _named(self, number: str) -> str:
        """The id of a person that a count tells apart by a number."""
        who = number_of(number)
        found = self.workspace.data.ids_of([who]) if self.collects else {}
        if who not in found:
            raise nobody(number)
        return found[who]

    def change(self, request: Request) -> Response:
        """Join two ids by hand, or part them."""
        form = visit_of(request).form
        one, other, act = form.get("id", ""), form.get("other", "").strip(), form.get("act", "")
        if act not in ("merge", "split"):
            raise QueryError("E_BAD_FORM", f'ids are not to be "{act[:20]}"', hint="merge or split")
        if not may_see_people(self.workspace):
            raise nobody(one)
        with door.open(self.workspace.folder, read_only=False) as opened:
            if act == "merge":
                said = "merged" if opened.data.merge(one, other) else "already"
            else:
                opened.data.split(one, other)
                said = "split"
        return RedirectResponse(f"{address(one)}?said={said}", 303)


def nobody(name: str) -> AbsentMetric:
    """Nobody has that id."""
    hint = "ids are written exactly as they were sent"
    return AbsentMetric("E_UNKNOWN_ID", f'no event and no link names "{name}"', hint=hint)


def address(name: str, of: str = "") -> str:
    """Where somebody's timeline is.

    >>> address("a/b@c.de"), address("7", "orders:customer_id")
    ('/people/a%2Fb%40c.de', '/people/7?of=orders%3Acustomer_id')
    """
    asked = f"?{urlencode({'of': of})}" if of else ""
    return f"{ADDRESS}/{quote(name, safe='')}{asked}"


def number_of(text: str) -> int:
    """A place in a timeline; the beginning for what is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 10 else 0


def choices(model: Model, collects: bool, chosen: str) -> Iterator[tuple[str, str, bool]]:
    """Where somebody can be looked for: what it says in the address, in words, and whether it was said."""
    if collects:
        yield "", "Collected events", not chosen
    for dataset, field in entities(model):
        if not is_collected(model, dataset):
            of = f"{dataset}:{field}"
            yield of, f"{dataset.replace('_', ' ')}, by {field.replace('_', ' ')}", of == chosen


def moment_text(value: object, zone: str) -> str:
    """A naive UTC time as the clock on the wall of the workspace shows it."""
    return f"{local(value, zone):%Y-%m-%d %H:%M:%S}" if isinstance(value, datetime) else "–"


def known_person(model: Model, name: str, person: Person, events: tuple[Event, ...], past: int) -> Page:
    """A person of whom events are collected."""
    zone = model.workspace.timezone
    size = person.events
    identified = any(one.user_id for one in events) or any(not line.refused for line in person.lines)
    ids = tuple(OwnId(one.id, f"{one.events:,}", moment_text(one.first_seen, zone)) for one in person.ids)
    several = f"{len(ids):,} ids" if len(ids) != 1 else "one id"
    return Page(
        title=name,
        summary=f"{size:,} event{'' if size == 1 else 's'} under {several}",
        chip=Chip("identified", "ok") if identified else Chip("anonymous", hint="no event carries a user id"),
        crumbs=(Choice("People", ADDRESS),),
        happened=tuple(happened(one, zone) for one in events),
        newer=turned(address(name), past - MOST) if past else "",
        older=turned(address(name), past + MOST) if past + len(events) < size else "",
        ids=ids,
        links=tuple(link(line, zone) for line in person.lines),
        id=name,
        parts=tuple(one.id for one in person.ids if one.id != name),
        zone=zone,
    )


def spoken(view: Page, said: str) -> Page:
    """The page with what was just done."""
    return replace(view, said=said)


def turned(path: str, past: int) -> str:
    """Another part of the same timeline."""
    sign = "&" if "?" in path else "?"
    return f"{path}{sign}past={past}" if past > 0 else path


def link(line: Told, zone: str) -> Link:
    """One line of the log in words."""
    words = f"{line.former} {KINDS.get(line.kind, line.kind)} {line.current}"
    return Link(moment_text(line.at, zone), words, line.source, line.refused)


def happened(event: Event, zone: str) -> Happened:
    """One event with all that is known of it."""
    facts = (
        ("User", event.user_id), ("Anonymous", event.anonymous_id), ("Session", event.session_id),
        ("Received", moment_text(event.received_at, zone)), ("Library", event.library), ("Event id", event.event_id),
    )  # fmt: skip
    payload = {"groups": parsed(event.groups), "properties": parsed(event.properties)}
    return Happened(
        at=moment_text(event.time, zone),
        name=event.event or NONE,
        about=event.source,
        facts=tuple((label, text) for label, text in facts if text),
        payload=json.dumps({key: value for key, value in payload.items() if value}, indent=2, ensure_ascii=False),
    )


def parsed(text: str) -> object:
    """JSON that an engine wrote; text that is none as it is."""
    try:
        return json.loads(text) if text else None
    except ValueError:
        return text


def own(model: Model, found: Timeline) -> Page:
    """The timeline of an entity of a dataset."""
    locale = model.workspace.locale
    path = address(found.entity, f"{found.dataset}:{found.field}")
    rows = tuple(
        Happened(
            text_of(moment.at, locale),
            moment.name,
            "",
            tuple((label, text_of(value, locale)) for label, value in moment.fields),
        )
        for moment in found.moments
    )
    what = found.dataset.replace("_", " ")
    return Page(
        title=f"{found.field.removesuffix('_id').replace('_', ' ').capitalize()} {found.entity}",
        summary=f"{found.size:,} row{'' if found.size == 1 else 's'} of {what}",
        chip=Chip(what),
        crumbs=(Choice("People", ADDRESS),),
        happened=rows,
        newer=turned(path, found.past - MOST) if found.past else "",
        older=turned(path, found.past + MOST) if found.past + len(rows) < found.size else "",
        zone=model.workspace.timezone,
    )


def text_of(value: Value, locale: str) -> str:
    """A value as it is read."""
    if value is None:
        return NONE
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    if isinstance(value, bool | str | date):
        return str(value).lower() if isinstance(value, bool) else str(value)
    return str(value) if isinstance(value, int) else format_value(value, locale=locale)
