"""Where what lies behind a number is listed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from urllib.parse import quote, urlencode

from truenorth.base.table import Value
from truenorth.query.behind import NONE
from truenorth.web.question import DEFAULTS
from truenorth.web.state import SAFE, State


def address(name: str, state: State, at: Sequence[Value] = (), part: str = "", form: str = "") -> str:
    """Where what lies behind a number is listed."""
    plain = replace(state, tab="", vs="").without(DEFAULTS)
    text = plain.query().removeprefix("?")
    also = urlencode([*(("at", worded(one)) for one in at), *([("part", part)] if part else [])], safe=SAFE)
    query = "&".join(one for one in (text, also) if one)
    return f"/m/{quote(name)}/behind{f'.{form}' if form else ''}{f'?{query}' if query else ''}"


def worded(value: Value) -> str:
    """A label or a group as an address names it."""
    if value is None:
        return NONE
    if isinstance(value, bool):
        return str(value).lower()
    return value.isoformat() if isinstance(value, date) else str(value)
