"""One's own account: another password, and the end of sessions in other browsers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from truenorth.access.entry import Change, TooManyAttempts, change_password, sign_out_elsewhere
from truenorth.access.secret import digest
from truenorth.access.session import sessions_of
from truenorth.base.age import age
from truenorth.base.errors import AccessError
from truenorth.web.account import come_in, problem, visitor_of
from truenorth.web.entrance import Entrance
from truenorth.web.page import Site, render
from truenorth.web.visit import visit_of

ADDRESS = "/account"
SAID = {
    "password": "The password is changed. This browser stays signed in, every other one has to sign in anew.",
    "others": "Every other browser has to sign in anew.",
}

Endpoint = Callable[[Request], Response]


@dataclass(frozen=True, slots=True)
class Browser:
    """One place where somebody is signed in."""

    began: str
    seen: str
    here: bool


@dataclass(frozen=True, slots=True)
class Own:
    """The page."""

    name: str
    browsers: tuple[Browser, ...]
    said: str = ""
    problem: str = ""
    hint: str = ""
    code: str = ""


class Profile:
    """The endpoints; who does not need to sign in has no account to look at."""

    def __init__(self, site: Site, entrance: Entrance) -> None:
        self.site = site
        self.entrance = entrance

    def routes(self, safe: Callable[[Endpoint], Endpoint]) -> list[Route]:
        """Their addresses."""
        return [
            Route(ADDRESS, safe(self.account), name="account"),
            Route(f"{ADDRESS}/password", safe(self.password), methods=["POST"]),
            Route(f"{ADDRESS}/others", safe(self.others), methods=["POST"]),
        ]

    def account(self, request: Request) -> Response:
        """One's own account: the form for another password, and where one is signed in."""
        if not visit_of(request).person:
            return RedirectResponse("/", 303)
        return self._page(request, said=SAID.get(request.query_params.get("said", ""), ""))

    def password(self, request: Request) -> Response:
        """Change the password; all other sessions end, and this browser gets one of its own."""
        visit = visit_of(request)
        if not visit.person:
            return RedirectResponse("/", 303)
        form = visit.form
        change = Change(visit.person, form.get("current", ""), form.get("password", ""))
        try:
            if change.fresh != form.get("again", ""):
                raise AccessError("E_BAD_PASSWORD", "the two passwords are not the same", hint="write it twice")
            visitor = visitor_of(self.entrance, request)
            entered = change_password(self.entrance.state, change, visitor, self.entrance.clock())
        except AccessError as error:
            if error.code == "E_STATE_FAILED":
                raise
            return self._page(request, error)
        return come_in(self.entrance, request, entered, f"{ADDRESS}?said=password")

    def others(self, request: Request) -> Response:
        """End the sessions of all other browsers."""
        visit = visit_of(request)
        if not visit.person:
            return RedirectResponse("/", 303)
        sign_out_elsewhere(self.entrance.state, visit.person, visit.secret, self.entrance.clock())
        return RedirectResponse(f"{ADDRESS}?said=others", 303)

    def _page(self, request: Request, error: AccessError | None = None, said: str = "") -> Response:
        visit, now = visit_of(request), self.entrance.clock()
        held = sessions_of(self.entrance.state, visit.person, now)
        browsers = tuple(
            Browser(day(one.created), age(one.seen, now), one.digest == digest(visit.secret)) for one in held
        )
        view = Own(
            visit.person,
            browsers,
            said,
            problem(error),
            error.hint if error else "",
            error.code if error else "",
        )
        headers = {"Cache-Control": "no-store"}
        if isinstance(error, TooManyAttempts):
            headers["Retry-After"] = str(error.wait)
        status = 429 if "Retry-After" in headers else 400 if error else 200
        text = render("account.html", self.site.shell(request), view)
        return Response(text, status, headers, media_type="text/html; charset=utf-8")


def day(moment: datetime) -> str:
    """A moment as the list shows it."""
    return f"{moment.day} {moment:%b %Y, %H:%M} UTC"
