"""What stands before every page: who may ask, how, and the headers that keep browsers strict."""

from __future__ import annotations

import ipaddress
import logging
from collections.abc import Iterable

from starlette.datastructures import MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from truenorth.base.errors import AccessError

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
METHODS = ("GET", "HEAD")
NAMES = ("localhost", "localhost.")

log = logging.getLogger("truenorth.serve")


def loopback(host: str) -> str:
    """The address to listen on; AccessError E_HOST_NOT_LOOPBACK for any that other machines could reach.

    >>> loopback("localhost"), loopback("::1")
    ('127.0.0.1', '::1')
    """
    if host.lower() in NAMES:
        return "127.0.0.1"
    if is_loopback(host):
        return host.strip("[]")
    raise AccessError(
        "E_HOST_NOT_LOOPBACK",
        f'"{host}" can be reached from other machines, and there is no sign-in yet: anyone could read everything',
        hint="use --host 127.0.0.1; to look from elsewhere, forward the port: ssh -L 8321:127.0.0.1:8321 <machine>",
    )


def is_loopback(host: str) -> bool:
    """Whether a name or address stands for this machine only."""
    if host.lower() in NAMES:
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def host_of(header: str) -> str:
    """The host of a Host header, without its port.

    >>> host_of("localhost:8321"), host_of("[::1]:8321"), host_of("127.0.0.1")
    ('localhost', '[::1]', '127.0.0.1')
    """
    if header.startswith("["):
        return header.partition("]")[0] + "]"
    return header.rpartition(":")[0] if ":" in header else header


class Guard:
    """An ASGI app that lets only plain questions from this machine through to the pages.

    The Host header is checked because a name that is made to point here (DNS rebinding) would otherwise let any page on
    the web read the numbers through its visitor's browser.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self.app(scope, receive, send)
            return
        started = False

        async def strict(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        try:
            await (refusal(scope) or self.app)(scope, receive, strict)
        except Exception:
            log.exception("the page %s failed", scope["path"])
            if not started:
                await answer_failed(scope, receive, strict)


async def answer_failed(scope: Scope, receive: Receive, send: Send) -> None:
    """A page failed in a way nobody foresaw: say so without telling how the inside looks."""
    words = "E_UNEXPECTED: this page failed; the terminal that runs `truenorth serve` shows why\n"
    await PlainTextResponse(words, 500)(scope, receive, send)


def refusal(scope: Scope) -> ASGIApp | None:
    """The response that turns a request away, or None when it may pass."""
    host = header(scope["headers"], b"host")
    if not is_loopback(host_of(host)):
        return PlainTextResponse(f'E_BAD_HOST: "{host[:200]}" is not this machine; open http://127.0.0.1\n', 403)
    if scope["method"] not in METHODS:
        words = "E_METHOD_NOT_ALLOWED: these pages only answer questions (GET and HEAD)\n"
        return PlainTextResponse(words, 405, {"Allow": ", ".join(METHODS)})
    return None


def header(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> str:
    """One request header; several of the same name are none."""
    found = [value.decode("latin-1") for key, value in headers if key == name]
    return found[0] if len(found) == 1 else ""
