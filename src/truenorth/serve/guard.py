"""What stands before every page: who may ask, how, and the headers that keep browsers strict."""

from __future__ import annotations

import ipaddress
import logging
import re
from collections.abc import Iterable
from dataclasses import dataclass

from starlette.datastructures import MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from truenorth.web.visit import plain_path

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
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
ASKING = ("GET", "HEAD")
# What a page may say otherwise.
USUAL = {"Referrer-Policy": "same-origin"}
NAMES = ("localhost", "localhost.")
# Links are made with the host that we were asked by, so nothing else may hide in it.
HOST = re.compile(r"([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")

log = logging.getLogger("truenorth.serve")


def is_loopback(host: str) -> bool:
    """Whether a name or address stands for this machine only."""
    if host.lower() in NAMES:
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def host_of(header: str) -> str:
    """The host of a Host header, without its port; "" for a header that says more than that.

    >>> host_of("localhost:8321"), host_of("[::1]:8321"), host_of("127.0.0.1"), host_of("127.0.0.1:1@evil.example")
    ('localhost', '[::1]', '127.0.0.1', '')
    """
    found = HOST.fullmatch(header)
    return found[1] if found else ""


@dataclass(frozen=True, slots=True)
class Hosts:
    """The names that a request may ask us by: this machine's own, others that were named, plain addresses.

    They are checked because a name that is made to point here (DNS rebinding) would otherwise let any page on the web
    read the numbers through its visitor's browser. An address cannot be made to point anywhere.
    """

    names: frozenset[str] = frozenset()
    addresses: bool = False

    def admit(self, host: str) -> bool:
        """Whether the host of a request is one of them."""
        if is_loopback(host) or host.lower() in self.names:
            return True
        try:
            return self.addresses and bool(ipaddress.ip_address(host.strip("[]")))
        except ValueError:
            return False


class Guard:
    """An ASGI app that lets only requests by our own names and of known methods through, and makes browsers strict."""

    def __init__(self, app: ASGIApp, hosts: Hosts | None = None, methods: tuple[str, ...] = ASKING) -> None:
        self.app = app
        self.hosts = hosts or Hosts()
        self.methods = methods

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
                headers = MutableHeaders(scope=message)
                headers.update({**HEADERS, **{name: word for name, word in USUAL.items() if name not in headers}})
            await send(message)

        try:
            await (self.refusal(scope) or self.app)(scope, receive, strict)
        except Exception:
            log.exception("the page %s failed", plain_path(scope["path"]))
            if not started:
                await answer_failed(scope, receive, strict)

    def refusal(self, scope: Scope) -> ASGIApp | None:
        """The response that turns a request away, or None when it may pass."""
        host = header(scope["headers"], b"host")
        if not self.hosts.admit(host_of(host)):
            hint = (
                "`truenorth serve --allowed-host NAME` adds a name" if self.hosts.addresses else "open http://127.0.0.1"
            )
            return PlainTextResponse(f'E_BAD_HOST: "{host[:200]}" is no name of this machine; {hint}\n', 403)
        if scope["method"] not in self.methods:
            words = f"E_METHOD_NOT_ALLOWED: these pages answer only {', '.join(self.methods)}\n"
            return PlainTextResponse(words, 405, {"Allow": ", ".join(self.methods)})
        return None


async def answer_failed(scope: Scope, receive: Receive, send: Send) -> None:
    """A page failed in a way nobody foresaw: say so without telling how the inside looks."""
    words = "E_UNEXPECTED: this page failed; the terminal that runs `truenorth serve` shows why\n"
    await PlainTextResponse(words, 500)(scope, receive, send)


def header(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> str:
    """One request header; several of the same name are none."""
    found = [value.decode("latin-1") for key, value in headers if key == name]
    return found[0] if len(found) == 1 else ""
