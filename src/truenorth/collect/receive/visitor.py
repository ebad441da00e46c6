"""Who visits, for ways of sending that have no ids: told apart for a day, and by nobody afterwards."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import blake2b
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from truenorth.collect.receive.piece import WRONG, decode, encode
from truenorth.collect.receive.request import Refused, Request

# Where the door leaves a visitor's mark in an event for the load.
MARK = "$visitor"
FIELD = "batch"
Mark = Callable[[dict[str, Any]], None]


def visitor(request: Request, site: str, address: str = "", agent: str = "") -> str:
    """A mark of site, address and browser with the day's salt, "" without a salt: the same all day, another tomorrow.

    The address itself is not kept, and once the salt is gone nobody can find the mark by trying addresses.
    """
    if not request.salt:
        return ""
    said = [site, address or request.address, agent or request.headers.get("user-agent", "")]
    return blake2b(encode(said), key=request.salt, digest_size=16).hexdigest()


def marked(events: list[dict[str, Any]], mark: Mark) -> bytes:
    """A body of events, each with the visitor's mark; none without events."""
    for event in events:
        mark(event)
    return encode({FIELD: events}) if events else b""


def remarked(refused: tuple[Refused, ...], mark: Mark) -> tuple[Refused, ...]:
    """Pieces that cannot be taken, each with the visitor's mark where it is an object at all."""
    found = []
    for one in refused:
        try:
            event = decode(one.raw)
        except WRONG:
            event = None
        if isinstance(event, dict):
            mark(event)
            one = Refused(one.code, one.reason, encode(event), one.place)
        found.append(one)
    return tuple(found)


def page(said: dict[str, Any]) -> dict[str, Any]:
    """What is said of a page, under the names that `tn.js` has for it: its address apart, with its `utm_…`.

    >>> page({"url": "https://a.example/b?utm_source=mail", "title": None})
    {'url': 'https://a.example/b?utm_source=mail', 'path': '/b', 'utm_source': 'mail'}
    """
    found = {name: value for name, value in said.items() if value not in (None, "")}
    url = found.get("url")
    if not isinstance(url, str):
        return found
    try:
        parts = urlsplit(url)
    except ValueError:
        return found
    found["path"] = parts.path or "/"
    return found | {name: value for name, value in parse_qsl(parts.query) if name.startswith("utm_")}


def beside(properties: dict[str, Any], said: dict[str, Any]) -> None:
    """Puts what is said of the page beside an event's own properties, with a `$` where a name is taken."""
    for name, value in said.items():
        while name in properties:
            name = "$" + name
        properties[name] = value
