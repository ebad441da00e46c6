"""Plausible's events as rows."""

from __future__ import annotations

from typing import Any

from truenorth.base.errors import SourceError
from truenorth.collect.receive.answer import asked
from truenorth.collect.receive.batch import Batch
from truenorth.collect.receive.bundle import read
from truenorth.collect.receive.piece import loaded
from truenorth.collect.receive.row import Row, add, named, spoiled, written, written_down
from truenorth.collect.receive.visitor import FIELD, MARK, beside, page
from truenorth.collect.spool.frame import Frame

# How the tracker shortens names.
_LONG = {
    "n": "name",
    "u": "url",
    "d": "domain",
    "r": "referrer",
    "p": "props",
    "m": "props",
    "$": "revenue",
    "i": "interactive",
    "h": "hash",
    "v": "version",
    "w": "screen_width",
    "sd": "scroll_depth",
    "e": "engagement_time",
}


def long(event: dict[str, Any]) -> dict[str, Any]:
    """An event with its names in full.

    >>> long({"n": "pageview", "u": "https://a.example/", "d": "a.example"})
    {'name': 'pageview', 'url': 'https://a.example/', 'domain': 'a.example'}
    """
    found = dict(event)
    for short, name in _LONG.items():
        if short in found and name not in found:
            found[name] = found.pop(short)
    return found


def check(event: dict[str, Any]) -> None:
    """SourceError when an event has no name, or its properties are none."""
    full = long(event)
    named(full.get("name"), "name")
    _properties(full)


def rows(frame: Frame) -> Batch:
    """The rows of a kept body; what cannot be read is among the refused."""
    try:
        found = read(frame.body, FIELD)
    except SourceError as error:
        return spoiled(frame.body, error)
    # The domain is the key, unless the address says another.
    is_key = "key" not in asked(frame.query)
    return written_down(found, lambda event, seq: _row(event, seq, is_key))


def _properties(full: dict[str, Any]) -> dict[str, Any]:
    """An event's own properties, which older trackers send as text."""
    props = full.get("props")
    if isinstance(props, str) and props:
        try:
            props = loaded(props.encode())
        except SourceError:
            props = [props]
    if props in (None, ""):
        return {}
    if not isinstance(props, dict):
        raise SourceError("E_EVENT_UNREADABLE", "props is no object of JSON")
    return props


def _row(event: dict[str, Any], seq: int, is_key: bool) -> Row:
    check(event)
    mark = event.pop(MARK, None)
    full = long(event)
    name = full.pop("name")
    properties = _properties(full)
    full.pop("props", None)
    if is_key:
        full.pop("domain", None)
    beside(properties, page({one: full.pop(one) for one in ("url", "referrer") if one in full}))
    add(properties, full)
    return (
        "",
        "",
        "$pageview" if name == "pageview" else name,
        None,
        None,
        False,
        seq,
        mark if isinstance(mark, str) else None,
        None,
        None,
        None,
        written(properties),
        "plausible",
    )
