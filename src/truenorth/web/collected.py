"""The addresses of what comes in: sources, live events, schema, loads, and what was refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import msgspec
from msgspec import structs
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from truenorth import workspace as door
from truenorth.access.key import hidden
from truenorth.collect.live import Wanted
from truenorth.web import intake, refused
from truenorth.web.page import Site, render, respond
from truenorth.web.trouble import AbsentMetric
from truenorth.workspace import Workspace

Endpoint = Callable[[Request], Response]
MOST_LOADS = 500
MOST_REFUSED = 500


class Collected:
    """The endpoints; each page has a twin as JSON."""

    def __init__(self, workspace: Workspace, site: Site) -> None:
        self.workspace = workspace
        self.site = site

    def routes(self, safe: Callable[[Endpoint], Endpoint]) -> list[Route]:
        """Their addresses."""
        pages = {
            "/data": self.sources,
            "/data/events": self.events,
            "/data/schema": self.schema,
            "/data/loads": self.loads,
            "/data/quarantine": self.quarantine,
        }
        twins = [Route(path + form, safe(page)) for path, page in pages.items() for form in ("", ".json")]
        return [
            *twins,
            Route("/data/quarantine/{number:int}", safe(self.piece)),
            Route("/data/quarantine/{number:int}", safe(self.replay), methods=["POST"]),
        ]

    @property
    def sees_all(self) -> bool:
        """Whether no row filter hides anything that is collected: what came in is shown whole, or not at all."""
        return door.may_see_people(self.workspace)

    def _check_sight(self) -> None:
        if not self.sees_all:
            hint = "ask whoever may see all rows"
            raise AbsentMetric("E_NAME_NOT_FOUND", "row filters hide what came in", hint=hint)

    def _page(self, request: Request, template: str, facts: object, view: object) -> Response:
        if request.url.path.endswith(".json"):
            return Response(msgspec.json.encode(facts), media_type="application/json")
        return respond(request, render(template, self.site.shell(request), view))

    def sources(self, request: Request) -> Response:
        """Who sends, what was fetched, and how new it is."""
        status = self.workspace.data.status()
        return self._page(request, "sources.html", status, intake.sources(status))

    def events(self, request: Request) -> Response:
        """The events that came in last, whole."""
        asked = request.query_params
        wanted = Wanted(**{name: asked.get(name, "").strip() for name in Wanted.__struct_fields__})
        data = self.workspace.data
        found = data.events(wanted) if self.sees_all else ()
        view = intake.live(found, wanted, (data.sources(), data.now()), asked.get("pause") == "1")
        view = replace(view, hidden=not self.sees_all)
        return self._page(request, "events.html", found, view)

    def schema(self, request: Request) -> Response:
        """Events and their fields."""
        fields = self.workspace.data.fields()
        return self._page(request, "schema.html", fields, intake.schema(fields))

    def loads(self, request: Request) -> Response:
        """The ledger of loads."""
        lines = self.workspace.data.loads(MOST_LOADS)
        return self._page(request, "loads.html", lines, intake.loads(lines))

    def quarantine(self, request: Request) -> Response:
        """What could not be taken in, by its reason."""
        data = self.workspace.data
        found = data.quarantine(limit=MOST_REFUSED) if self.sees_all else ()
        told = [structs.replace(one, query=hidden(one.query)) for one in found]
        return self._page(request, "quarantine.html", told, refused.listed(found, data.status()))

    def piece(self, request: Request) -> Response:
        """One refused piece with its bytes."""
        self._check_sight()
        data = self.workspace.data
        one = data.piece(request.path_params["number"])
        view = refused.piece(one, data.status().now)
        return self._page(request, "piece.html", one, replace(view, said=request.query_params.get("said", "")))

    def replay(self, request: Request) -> Response:
        """Read a piece again, and say what became of it."""
        self._check_sight()
        number = request.path_params["number"]
        with door.open(self.workspace.folder, read_only=False) as opened:
            (done,) = opened.data.replay([number])
        # The page tells the reason itself: words in an address could be anybody's.
        return RedirectResponse(f"/data/quarantine/{number}?said={'still' if done.reason else 'taken'}", 303)
