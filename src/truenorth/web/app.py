"""The routes of all pages, with their twins: one path, one answer, several dresses."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import wraps
from urllib.parse import unquote

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route, Router

from truenorth.base.errors import TrueNorthError, did_you_mean
from truenorth.decide.scorecard import Scorecard
from truenorth.define.economics import statements_of
from truenorth.define.model import Metric
from truenorth.web import home as home_page
from truenorth.web import twin
from truenorth.web.account import Account
from truenorth.web.asset import serve_asset
from truenorth.web.behind import Behinds
from truenorth.web.catalog import catalog, search
from truenorth.web.cohorts import Retained
from truenorth.web.collected import Collected
from truenorth.web.entrance import Entrance
from truenorth.web.explore import EXPLORED, Explorer
from truenorth.web.gallery import gallery
from truenorth.web.gap import Gaps
from truenorth.web.keys import Capturers
from truenorth.web.ledger import Ledger, address
from truenorth.web.metric import detail
from truenorth.web.page import PAGES, THEMES, Site, render, respond
from truenorth.web.people import People
from truenorth.web.profile import Profile
from truenorth.web.question import DEFAULTS, Asked, ask, for_others
from truenorth.web.retention import Returns
from truenorth.web.sharing import Shares
from truenorth.web.slos import Objectives
from truenorth.web.state import State, check_word, read
from truenorth.web.table import Tables
from truenorth.web.told import KEYS, as_told
from truenorth.web.trouble import AbsentMetric, failed, missing, quiet, refused
from truenorth.web.view import Choice
from truenorth.web.visit import own_path, plain_path, visit_of
from truenorth.workspace import Workspace as Opened
from truenorth.workspace import home_metrics, paths

log = logging.getLogger("truenorth.web")
Endpoint = Callable[[Request], Response]
MOST_FOUND = 12


def pages(workspace: Opened, problems: Sequence[str] = (), entrance: Entrance | None = None) -> Router:
    """All pages of a workspace as one ASGI app; `problems` are errors of definitions newer than those shown.

    With an `entrance` there are sign-in and links to share as well.
    """
    made = Pages(workspace, tuple(problems), entrance is not None)
    routes = [
        Route("/", made.safe(made.home), name="home"),
        Route("/home.{form}", made.safe(made.home_twin)),
        Route("/metrics", made.safe(made.metrics), name="metrics"),
        Route("/m/{name}.{form}", made.safe(made.metric_twin)),
        Route("/m/{name}", made.safe(made.metric), name="metric"),
        Route("/find.json", made.safe(made.find)),
        Route("/theme", made.safe(made.theme)),
        Route("/_gallery", made.safe(made.gallery), name="gallery"),
        Route("/static/{version}/{name:path}", serve_asset),
    ]
    folios = tuple(kind(workspace, made.site) for kind in (Retained, Returns, Ledger, Tables, Gaps))
    routes += [route for one in folios for route in one.routes(made.safe)]
    routes += Behinds(workspace, made.site).routes(made.safe)
    routes += Explorer(workspace, made.site).routes(made.safe)
    routes += People(workspace, made.site).routes(made.safe)
    routes += Objectives(workspace, made.site).routes(made.safe)
    routes += Collected(workspace, made.site).routes(made.safe)
    if entrance is not None:
        routes += Capturers(workspace, made.site, entrance).routes(made.safe)
        routes += Account(made.site, entrance).routes(made.safe)
        routes += Profile(made.site, entrance).routes(made.safe)
        faces = {"": (made.home, made.home_twin), "m": (made.metric, made.metric_twin)}
        faces |= {one.stem: (one.page, one.file) for one in folios}
        routes += Shares(made.site, entrance, workspace.model, faces).routes(made.safe)
    return Router(routes, redirect_slashes=False, default=Route("/{path:path}", made.safe(made.nothing)).app)


class Pages:
    """The endpoints, each a plain function of its request."""

    def __init__(self, workspace: Opened, problems: tuple[str, ...], sharing: bool = False) -> None:
        self.workspace = workspace
        self.site = Site(workspace.model.workspace.name, workspace.model.workspace.locale, problems, sharing)

    def safe(self, endpoint: Endpoint) -> Endpoint:
        """The endpoint with every failure told on a calm page (or as JSON to those who asked for it)."""

        @wraps(endpoint)
        def answered(request: Request) -> Response:
            try:
                return endpoint(request)
            except TrueNorthError as error:
                return self._trouble(request, error)
            except Exception:
                log.exception("the page %s failed", plain_path(request.url.path))
                return respond(request, render("trouble.html", self.site.shell(request), failed()), 500)

        return answered

    def _trouble(self, request: Request, error: TrueNorthError) -> Response:
        if visit_of(request).stranger:
            log.error("a page was refused: %s", error)
            error = quiet(error)
        view = refused(error, any(request.query_params.get(key) for key in KEYS))
        if request.url.query and view.status == 400:
            view = replace(view, links=(Choice("This page as usual", request.url.path), *view.links))
        if request.path_params.get("form") or request.url.path.endswith(".json"):
            return JSONResponse(error.as_dict(), view.status)
        return respond(request, render("trouble.html", self.site.shell(request), view), view.status)

    def _page(self, request: Request, template: str, view: object) -> Response:
        return respond(request, render(template, self.site.shell(request), view))

    def _score(self, request: Request) -> tuple[Scorecard, State, tuple[str, ...]]:
        state, notes = read(request.query_params, ("grain", "vs"))
        whole = state.over(self._usual())
        check_word("grain", whole.grain, [name for name, _, _ in home_page.GRAINS])
        check_word("vs", whole.vs, [name for name, _, _ in home_page.COMPARES])
        return self.workspace.scorecard(whole.grain, whole.vs), whole, notes

    def _shown(self) -> list[Metric]:
        metrics = self.workspace.model.metrics
        return [metrics[name] for name in home_metrics(self.workspace.model) if name in metrics]

    def _usual(self) -> State:
        return home_page.usual(self.workspace.model, self._shown())

    def home(self, request: Request) -> Response:
        """The home page."""
        if not self.workspace.model.metrics:
            return self._page(request, "home.html", home_page.empty())
        score, state, notes = self._score(request)
        return self._page(request, "home.html", home_page.home(score, state, notes, self._usual(), self._told()))

    def _told(self) -> tuple[str, ...]:
        return home_page.told(self.workspace.model, self._shown())

    def home_twin(self, request: Request) -> Response:
        """The scorecard as a file."""
        score, _, _ = self._score(request)
        return twin.score_file(score, request.path_params["form"], self.site.locale)

    def _metric(self, request: Request) -> tuple[Metric, State, tuple[str, ...]]:
        name = unquote(request.path_params["name"])
        metric = self.workspace.model.metrics.get(name)
        if metric is None:
            hint = did_you_mean(name, self.workspace.model.metrics)
            raise AbsentMetric("E_NAME_NOT_FOUND", f'no metric named "{name}"', hint=hint)
        state, notes = read(request.query_params, ("range", "grain", "vs", "by", "where", "tz", "tab", *KEYS))
        whole = state.over(DEFAULTS)
        check_word("vs", whole.vs, ["prev", "year", "none"])
        return metric, whole, notes

    def metric(self, request: Request) -> Response:
        """One metric's page."""
        metric, state, notes = self._metric(request)
        return self._page(request, "metric.html", detail(self._ask(request, metric, state), notes))

    def metric_twin(self, request: Request) -> Response:
        """One metric's answer as a file."""
        metric, state, _ = self._metric(request)
        return twin.answer_file(self._ask(request, metric, state), request.path_params["form"])

    def _ask(self, request: Request, metric: Metric, state: State) -> Asked:
        asked = ask(as_told(self.workspace, state), metric, state)
        if metric.type == "paths":
            asked = replace(asked, taken=paths(self.workspace, asked.total.query))
        return for_others(asked, self.workspace.folder) if visit_of(request).shared else asked

    def metrics(self, request: Request) -> Response:
        """The catalog."""
        state, _ = read(request.query_params, ("q",))
        return self._page(request, "catalog.html", catalog(self.workspace.model, state))

    def find(self, request: Request) -> Response:
        """What the palette shows: pages and metrics that match."""
        q = request.query_params.get("q", "").strip()
        found = [
            {"label": one.title, "href": f"/m/{one.name}", "hint": one.description}
            for one in search(self.workspace.model.metrics.values(), q)
        ]
        near = [
            {"label": label, "href": href, "hint": "page"} for label, href, _ in PAGES if q.lower() in label.lower()
        ]
        near += [
            {"label": label, "href": href, "hint": "try it out"}
            for label, href in EXPLORED
            if q and q.lower() in label.lower()
        ]
        laid = [
            {"label": one.title, "href": address(one), "hint": one.description or "statement"}
            for one in statements_of(self.workspace.model).values()
            if q.lower() in one.title.lower()
        ]
        return JSONResponse([*near, *laid, *found][:MOST_FOUND])

    def theme(self, request: Request) -> Response:
        """Keep the theme in a cookie and go back to the page."""
        chosen = request.query_params.get("theme", "")
        back = request.query_params.get("back", "/")
        response = RedirectResponse(own_path(back), 303)
        if chosen in THEMES:
            response.set_cookie("theme", chosen, max_age=31536000, samesite="lax")
        else:
            response.delete_cookie("theme", samesite="lax")
        return response

    def gallery(self, request: Request) -> Response:
        """Every part in every state."""
        return self._page(request, "gallery.html", gallery())

    def nothing(self, request: Request) -> Response:
        """There is no such page."""
        view = missing(request.url.path, self.workspace.model)
        return respond(request, render("trouble.html", self.site.shell(request), view), 404)
