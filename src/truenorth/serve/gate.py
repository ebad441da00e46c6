"""The gate before the pages: who is signed in, and whether a form comes from a page of ours."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import re
from urllib.parse import quote, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from truenorth.access.form import LARGEST, check_form, read_form
from truenorth.access.session import session_of
from truenorth.base.errors import AccessError, TrueNorthError
from truenorth.web.account import SET_UP, SIGN_IN
from truenorth.web.entrance import Entrance
from truenorth.web.trouble import STATUS, UNREADY, quiet
from truenorth.web.visit import Visit

log = logging.getLogger("truenorth.serve")
STATIC = re.compile(r"/static/[^/]+/.+")
# What may be seen without being signed in: the forms to come in by, and what was shared by a link.
OPEN = re.compile(rf"{SIGN_IN}|{SET_UP}|/share/[A-Za-z0-9]+(\.[a-z]+)?")


class Gate:
    """An ASGI app that lets people in who are signed in, where a password is needed, and forms that are ours."""

    def __init__(self, app: ASGIApp, entrance: Entrance) -> None:
        self.app = app
        self.entrance = entrance

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or STATIC.fullmatch(scope["path"]):
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        visit = self._visit(scope, headers)
        answer = self._sent(scope, visit, send)
        try:
            refusal = await self._admit(scope, headers, visit, receive)
        except TrueNorthError as error:
            # Without the address, which may be a link that opens a page.
            log.log(logging.ERROR if error.code in UNREADY else logging.DEBUG, "a request was refused: %s", error)
            refusal = told(quiet(error), STATUS.get(error.code, 403))
        if refusal is not None:
            await refusal(scope, receive, answer)
            return
        await self.app({**scope, "visit": visit}, receive, answer)

    def _visit(self, scope: Scope, headers: Headers) -> Visit:
        """What the request itself says of its visitor."""
        peer = plain_address((scope.get("client") or ("", 0))[0])
        trusted = peer in self.entrance.proxies
        address = forwarded(headers.getlist("x-forwarded-for"), self.entrance.proxies) if trusted else ""
        public = urlsplit(self.entrance.public_url)
        host = headers.get("host", "")
        scheme = str(scope.get("scheme", "http"))
        if trusted and headers.get("x-forwarded-proto", "") in ("http", "https"):
            scheme = headers["x-forwarded-proto"]
        if public.netloc and host.lower() == public.netloc.lower():
            scheme = public.scheme
        base = self.entrance.public_url or f"{scheme}://{host}"
        return Visit(address=address or peer, base=base, secure=scheme == "https")

    async def _admit(self, scope: Scope, headers: Headers, visit: Visit, receive: Receive) -> Response | None:
        """Find out who it is and read the form; the response that turns the request away, or None."""
        cookies = cookie_parser("; ".join(headers.getlist("cookie")))
        await self._recognise(cookies, visit)
        if scope["method"] == "POST":
            body = await whole(receive)
            visit.form = read_form(body, headers.get("content-type", ""))
            check_form(visit.form, visit.secret, headers, self._own(headers, visit))
        visit.stranger = self.entrance.needed and not visit.person
        if not visit.stranger or OPEN.fullmatch(scope["path"]):
            return None
        there = await asyncio.to_thread(self.entrance.has_account)
        return stranger(scope, headers) if there else unready(headers)

    def _own(self, headers: Headers, visit: Visit) -> frozenset[str]:
        """Where forms of ours come from: the origin that a browser names for our pages."""
        host = headers.get("host", "").lower()
        # Where a proxy ends https unseen, its pages come from https all the same; the other way round they never do.
        own = {f"https://{host}"} if visit.secure else {f"http://{host}", f"https://{host}"}
        return frozenset(own | {self.entrance.public_url.lower()} - {""})

    async def _recognise(self, cookies: dict[str, str], visit: Visit) -> None:
        """Who is signed in by the cookies, or else the cookie that belongs to the forms of a visitor."""
        session, visit.browser, visit.secret = (
            cookies.get(self.entrance.cookie(kind, visit.secure), "") for kind in ("session", "browser", "form")
        )
        if self.entrance.needed and session:
            now = self.entrance.clock()
            held = await asyncio.to_thread(session_of, self.entrance.state, session, now)
            if held is not None:
                visit.person, visit.secret = held.person, session

    def _sent(self, scope: Scope, visit: Visit, send: Send) -> Send:
        """Send with the cookie that a form of this page needs; where people sign in, nobody on the way keeps a copy."""

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if self.entrance.needed and headers.get("cache-control", "no-cache") == "no-cache":
                    headers["Cache-Control"] = "private, no-cache"
                if visit.fresh:
                    name = self.entrance.cookie("form", visit.secure)
                    response = Response()
                    response.set_cookie(name, visit.secret, secure=visit.secure, httponly=True, samesite="lax")
                    headers.append("Set-Cookie", response.headers["set-cookie"])
            await send(message)

        return sent


async def whole(receive: Receive) -> bytes:
    """The body of a request; reading stops where it is too large to be a form."""
    body = bytearray()
    while len(body) <= LARGEST:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body", False):
            break
    return bytes(body)


def forwarded(lines: list[str], proxies: frozenset[str]) -> str:
    """The address that the last proxy which is not ours was asked from; "" for what is no address.

    >>> forwarded(["6.6.6.6, 203.0.113.7, 10.0.0.1"], frozenset({"10.0.0.1"}))
    '203.0.113.7'
    """
    for word in reversed(",".join(lines).split(",")):
        address = plain_address(word.strip().strip("[]"))
        if address not in proxies:
            return address
    return ""


def plain_address(word: str) -> str:
    """An address in the one way to write it; "" for what is none.

    >>> plain_address("::ffff:10.0.0.1"), plain_address("2001:DB8:0::1"), plain_address("unknown")
    ('10.0.0.1', '2001:db8::1', '')
    """
    try:
        known = ipaddress.ip_address(word)
    except ValueError:
        return ""
    mapped = known.ipv4_mapped if isinstance(known, ipaddress.IPv6Address) else None
    return str(mapped or known)


def stranger(scope: Scope, headers: Headers) -> Response:
    """The answer to somebody who is not signed in: the way there for a browser, a plain no for a program."""
    if scope["method"] in ("GET", "HEAD") and "text/html" in headers.get("accept", ""):
        query = scope.get("query_string", b"").decode("latin-1")
        asked = quote(scope["path"], safe="/()!'*:;,@$") + (f"?{query}" if query else "")
        return RedirectResponse(f"{SIGN_IN}?next={quote(asked, safe='/')}", 303)
    hint = f"open {SIGN_IN} in a browser"
    response = told(AccessError("E_SIGN_IN", "these pages are for people who are signed in", hint=hint), 401)
    response.headers["WWW-Authenticate"] = f'Cookie form-action="{SIGN_IN}"'
    return response


def unready(headers: Headers) -> Response:
    """The answer as long as there is no account."""
    if "text/html" in headers.get("accept", ""):
        return RedirectResponse(SET_UP, 303)
    hint = "the terminal of `truenorth serve` shows the address that makes one"
    return told(AccessError("E_SET_UP_FIRST", "there is no account yet", hint=hint), 403)


def told(error: TrueNorthError, status: int) -> Response:
    """An error where there is no page to tell it on."""
    return PlainTextResponse(f"{error}\n", status, {"Cache-Control": "no-store"})
