"""Sharing a page: a link for somebody without an account, the list of links, and the page behind one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import parse_qsl, quote, unquote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from truenorth.access.share import DAYS, Page, Share, create_share, opened_share, revoke_share, shares
from truenorth.base.errors import AccessError, TrueNorthError
from truenorth.define.economics import statements_of
from truenorth.define.model import Model
from truenorth.define.part import is_balance
from truenorth.web.entrance import Entrance
from truenorth.web.page import Site, render, respond
from truenorth.web.shared import standing_alone
from truenorth.web.state import read
from truenorth.web.trouble import loading
from truenorth.web.view import Trouble
from truenorth.web.visit import visit_of

# What can be shared of a metric, and what that is called behind its name; what only a balance has.
OF_METRICS = {
    "m": "",
    "statement": " as a statement",
    "cohorts": " by cohort",
    "retention": " by cohort",
    "gap": ", reported and ours",
}
OF_BALANCES = ("statement", "cohorts")
LASTS = tuple((days, f"{days} day{'s' * (days > 1)}", days == DAYS) for days in (1, 7, 30, 90))
# Pages that are behind a link are for who has it: kept by nobody on the way, told to nobody, found by no search.
HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
}
GONE = Trouble(
    404,
    "This link opens nothing",
    "It has expired, was taken back, or is not complete. Ask whoever sent it for another one.",
)

Endpoint = Callable[[Request], Response]
Faces = Mapping[str, tuple[Endpoint, Endpoint]]


@dataclass(frozen=True, slots=True)
class Link:
    """One line of the list."""

    id: str
    title: str
    href: str
    made: str
    ends: str
    by: str
    ended: str


@dataclass(frozen=True, slots=True)
class Sharing:
    """The page with the list, and with the form for a page that is to be shared."""

    links: tuple[Link, ...]
    page: str = ""
    title: str = ""
    made: str = ""
    until: str = ""
    alone: bool = False
    lasts: tuple[tuple[int, str, bool], ...] = LASTS


class Shares:
    """The endpoints; `faces` answer with a page of ours, or with its file, by the first word of its path."""

    def __init__(self, site: Site, entrance: Entrance, model: Model, faces: Faces) -> None:
        self.site = site
        self.entrance = entrance
        self.model = model
        self.faces = faces

    def routes(self, safe: Callable[[Endpoint], Endpoint]) -> list[Route]:
        """Their addresses."""
        return [
            Route("/sharing", safe(self.sharing), name="sharing"),
            Route("/sharing", safe(self.share), methods=["POST"]),
            Route("/sharing/revoke", safe(self.revoke), methods=["POST"]),
            Route("/share/{word}.{form}", safe(self.shared_twin)),
            Route("/share/{word}", safe(self.shared)),
        ]

    def sharing(self, request: Request) -> Response:
        """The links there are; with `?page=` the form for another one."""
        asked = request.query_params.get("page", "")
        page = shareable(self.model, asked) if asked else None
        return self._page(request, page)

    def share(self, request: Request) -> Response:
        """Make a link and show it, this once."""
        visit = visit_of(request)
        page = shareable(self.model, visit.form.get("page", ""))
        days = visit.form.get("days", "")
        now = self.entrance.clock()
        lasts = int(days) if days.isascii() and days.isdigit() and len(days) < 6 else 0
        made, word = create_share(self.entrance.state, page, lasts, now, visit.who)
        return self._page(request, page, f"{visit.base}/share/{word}", made)

    def revoke(self, request: Request) -> Response:
        """Take a link back."""
        visit = visit_of(request)
        revoke_share(self.entrance.state, visit.form.get("id", ""), self.entrance.clock(), visit.who)
        return RedirectResponse("/sharing", 303)

    def shared(self, request: Request) -> Response:
        """The page behind a link, and nothing else."""
        word, held = self._held(request)
        if held is None:
            return self._gone(request)
        try:
            answered = self._face(held)[0](behind(request, held))
        except TrueNorthError as error:
            return self._not_now(request, error)
        text = standing_alone(bytes(answered.body).decode(), held.path, f"/share/{word}")
        return Response(text, answered.status_code, HEADERS, media_type="text/html; charset=utf-8")

    def shared_twin(self, request: Request) -> Response:
        """The answer of the page behind a link, as a file."""
        _, held = self._held(request)
        if held is None:
            return self._gone(request)
        try:
            answered = self._face(held)[1](behind(request, held, request.path_params["form"]))
        except TrueNorthError as error:
            return self._not_now(request, error)
        answered.headers.update(HEADERS)
        return answered

    def _held(self, request: Request) -> tuple[str, Share | None]:
        visit_of(request).shared = True
        word = request.path_params["word"]
        return word, opened_share(self.entrance.state, word, self.entrance.clock())

    def _face(self, held: Share) -> tuple[Endpoint, Endpoint]:
        return self.faces[parts_of(held.path)[0]]

    def _gone(self, request: Request, view: Trouble = GONE) -> Response:
        text = render("trouble.html", self.site.shell(request, bare=True), view)
        return Response(text, view.status, HEADERS, media_type="text/html; charset=utf-8")

    def _not_now(self, request: Request, error: TrueNorthError) -> Response:
        """What is wrong with the page is told to those who may see more than it."""
        return self._gone(request, replace(loading(error), links=()) if error.code == "E_WAREHOUSE_LOCKED" else GONE)

    def _page(self, request: Request, page: Page | None, made: str = "", share: Share | None = None) -> Response:
        now = self.entrance.clock()
        listed = tuple(line(one, now) for one in shares(self.entrance.state))
        address = f"{page.path}?{page.query}".rstrip("?") if page else ""
        until = day(share.expires) if share else ""
        view = Sharing(listed, address, page.title if page else "", made, until, not self.entrance.elsewhere)
        response = respond(request, render("sharing.html", self.site.shell(request), view))
        response.headers["Cache-Control"] = "no-store"
        return response


def shareable(model: Model, address: str) -> Page:
    """The page of an address, its question written as we write it; AccessError E_BAD_SHARE for what is not shared."""
    path, _, query = address.partition("?")
    known: Mapping[str, str] = dict(parse_qsl(query, keep_blank_values=True))
    state, _ = read(known)
    asked = state.query().removeprefix("?")
    stem, name = parts_of(path)
    title = "Home" if path == "/" else title_of(model, stem, name) if path.startswith("/") else ""
    if not title:
        hint = "open the home page, a metric, a statement or cohorts, and share it from there"
        raise AccessError("E_BAD_SHARE", f'"{address[:200]}" is no page that can be shared', hint=hint)
    return Page(f"/{stem}/{quote(name, safe='')}" if name else "/", asked, title)


def parts_of(path: str) -> tuple[str, str]:
    """The first word of a path of ours, and the name behind it.

    >>> parts_of("/"), parts_of("/m/net%20revenue")
    (('', ''), ('m', 'net revenue'))
    """
    stem, _, name = path.removeprefix("/").partition("/")
    return stem, unquote(name)


def title_of(model: Model, stem: str, name: str) -> str:
    """What a page of one thing is called; "" where it is none that can be shared."""
    metric, laid = model.metrics.get(name), statements_of(model).get(name)
    if laid is not None and stem == ("table" if laid.by else "statement"):
        return laid.title
    if metric is None or stem not in OF_METRICS or (stem in OF_BALANCES and not is_balance(metric)):
        return ""
    if stem == "retention" and metric.type != "retention":
        return ""
    return metric.title + OF_METRICS[stem]


def behind(request: Request, share: Share, form: str = "") -> Request:
    """The request for the page behind a link, as its maker asked it."""
    _, name = parts_of(share.path)
    scope = {
        **request.scope,
        "path": share.path,
        "raw_path": share.path.encode(),
        "query_string": share.query.encode(),
        "path_params": {"name": name, **({"form": form} if form else {})},
        "headers": [(key, value) for key, value in request.scope["headers"] if key != b"if-none-match"],
    }
    return Request(scope, request.receive)


def line(share: Share, now: datetime) -> Link:
    """One link of the list."""
    href = f"{share.path}?{share.query}".rstrip("?")
    return Link(share.id, share.title, href, day(share.created), day(share.expires), share.person, share.ended(now))


def day(moment: datetime) -> str:
    """A day as the list shows it."""
    return f"{moment.day} {moment:%b %Y}"
