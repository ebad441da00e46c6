"""Signing in and out, and making the first account: plain forms that work without a script."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from truenorth.access.entry import Entered, TooManyAttempts, Visitor, set_up, sign_in, sign_out
from truenorth.access.session import WHOLE
from truenorth.base.errors import AccessError
from truenorth.web.entrance import Entrance
from truenorth.web.page import Site, render
from truenorth.web.visit import own_path, visit_of

SIGN_IN, SET_UP, SIGN_OUT = "/sign-in", "/set-up", "/sign-out"
# How long a browser is remembered as one that somebody signed in with.
KNOWN = 365 * 86400

Endpoint = Callable[[Request], Response]


@dataclass(frozen=True, slots=True)
class Entry:
    """The page of a form by which one comes in."""

    title: str
    about: str
    action: str = ""
    button: str = ""
    name: str = ""
    hidden: tuple[tuple[str, str], ...] = ()
    fresh: bool = False
    problem: str = ""
    hint: str = ""
    code: str = ""


class Account:
    """The endpoints."""

    def __init__(self, site: Site, entrance: Entrance) -> None:
        self.site = site
        self.entrance = entrance

    def routes(self, safe: Callable[[Endpoint], Endpoint]) -> list[Route]:
        """Their addresses."""
        return [
            Route(SIGN_IN, safe(self.sign_in_page)),
            Route(SIGN_IN, safe(self.sign_in), methods=["POST"]),
            Route(SET_UP, safe(self.set_up_page)),
            Route(SET_UP, safe(self.set_up), methods=["POST"]),
            Route(SIGN_OUT, safe(self.sign_out), methods=["POST"]),
        ]

    def sign_in_page(self, request: Request) -> Response:
        """The form to sign in with."""
        back = own_path(request.query_params.get("next", "/"))
        elsewhere = self._elsewhere(request, back)
        return elsewhere or self._page(request, signing_in(back))

    def sign_in(self, request: Request) -> Response:
        """Sign in, and go on to the page that was asked for."""
        visit = visit_of(request)
        back = own_path(visit.form.get("next", "/"))
        elsewhere = self._elsewhere(request, back)
        if elsewhere is not None:
            return elsewhere
        name = visit.form.get("name", "")
        try:
            entered = sign_in(
                self.entrance.state,
                name,
                visit.form.get("password", ""),
                visitor_of(self.entrance, request),
                self.entrance.clock(),
            )
        except AccessError as error:
            return self._again(request, signing_in(back, name[:80], error), error)
        return come_in(self.entrance, request, entered, back)

    def set_up_page(self, request: Request) -> Response:
        """The form that makes the first account, for who has the address from the terminal."""
        if not self.entrance.needed or self.entrance.has_account():
            return RedirectResponse(SIGN_IN, 303)
        code = request.query_params.get("code", "")
        return self._page(request, setting_up(code)) if self._invited(code) else self._page(request, NOT_YET, 403)

    def set_up(self, request: Request) -> Response:
        """Make the first account and sign in with it."""
        visit = visit_of(request)
        if not self.entrance.needed or self.entrance.has_account():
            return RedirectResponse(SIGN_IN, 303)
        code, name = visit.form.get("code", ""), visit.form.get("name", "")
        if not self._invited(code):
            return self._page(request, NOT_YET, 403)
        try:
            if visit.form.get("password", "") != visit.form.get("again", ""):
                raise AccessError("E_BAD_PASSWORD", "the two passwords are not the same", hint="write it twice")
            entered = set_up(
                self.entrance.state,
                name,
                visit.form.get("password", ""),
                visitor_of(self.entrance, request),
                self.entrance.clock(),
            )
        except AccessError as error:
            return self._again(request, setting_up(code, name[:80], error), error)
        return come_in(self.entrance, request, entered, "/")

    def sign_out(self, request: Request) -> Response:
        """End the session, in the state and in the browser."""
        visit = visit_of(request)
        if visit.person:
            sign_out(self.entrance.state, visit.secret, self.entrance.clock())
        response = RedirectResponse(SIGN_IN if self.entrance.needed else "/", 303)
        name = self.entrance.cookie("session", visit.secure)
        response.delete_cookie(name, secure=visit.secure, httponly=True, samesite="lax")
        response.headers["Clear-Site-Data"] = '"cache"'
        return response

    def _elsewhere(self, request: Request, back: str) -> Response | None:
        """Where to go instead of signing in: nowhere is there no need, or no account."""
        if not self.entrance.needed or visit_of(request).person:
            return RedirectResponse(back, 303)
        return None if self.entrance.has_account() else RedirectResponse(SET_UP, 303)

    def _invited(self, code: str) -> bool:
        invitation = self.entrance.invitation
        return invitation is not None and invitation.opens(code, self.entrance.clock())

    def _page(self, request: Request, view: Entry, status: int = 200, wait: int = 0) -> Response:
        headers = {"Cache-Control": "no-store", **({"Retry-After": str(wait)} if wait else {})}
        text = render("entry.html", self.site.shell(request, bare=True), view)
        return Response(text, status, headers, media_type="text/html; charset=utf-8")

    def _again(self, request: Request, view: Entry, error: AccessError) -> Response:
        if isinstance(error, TooManyAttempts):
            return self._page(request, view, 429, error.wait)
        if error.code == "E_STATE_FAILED":
            raise error
        return self._page(request, view, 403 if error.code == "E_WRONG_PASSWORD" else 400)


def visitor_of(entrance: Entrance, request: Request) -> Visitor:
    """Where a request comes from, as the sign-in counts it."""
    visit = visit_of(request)
    session = request.cookies.get(entrance.cookie("session", visit.secure), "")
    return Visitor(visit.address, session, visit.browser)


def come_in(entrance: Entrance, request: Request, entered: Entered, back: str) -> Response:
    """Go on with the cookies of a session that has just begun."""
    visit = visit_of(request)
    response = RedirectResponse(back, 303, {"Cache-Control": "no-store"})
    words = {"session": (entered.session, int(WHOLE.total_seconds())), "browser": (entered.browser, KNOWN)}
    for kind, (word, age) in words.items():
        response.set_cookie(
            entrance.cookie(kind, visit.secure),
            word,
            max_age=age,
            secure=visit.secure,
            httponly=True,
            samesite="lax",
        )
    return response


def signing_in(back: str, name: str = "", error: AccessError | None = None) -> Entry:
    """The form to sign in with."""
    return Entry(
        "Sign in",
        "These pages are for people who have an account.",
        SIGN_IN,
        "Sign in",
        name,
        (("next", back),),
        problem=problem(error),
        hint=error.hint if error else "",
        code=error.code if error else "",
    )


def setting_up(code: str, name: str = "", error: AccessError | None = None) -> Entry:
    """The form that makes the first account."""
    return Entry(
        "Set up",
        "Choose the name and the password with which these pages are opened from now on.",
        SET_UP,
        "Make the account",
        name,
        (("code", code),),
        fresh=True,
        problem=problem(error),
        hint=error.hint if error else "",
        code=error.code if error else "",
    )


def problem(error: AccessError | None) -> str:
    """What went wrong, as a sentence."""
    return f"{error.message[:1].upper()}{error.message[1:]}." if error else ""


NOT_YET = Entry(
    "Set up first",
    "There is no account yet, so nothing is shown. The terminal of truenorth serve shows the address that makes one.",
    hint="It works for an hour. After that, use truenorth password in the terminal, or start truenorth serve again.",
)
