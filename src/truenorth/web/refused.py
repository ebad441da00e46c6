"""The pages of what could not be taken in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from truenorth.access.key import LONGEST, hidden
from truenorth.base.age import age
from truenorth.collect.quarantine import Piece
from truenorth.collect.status import Status
from truenorth.web.intake import tabs
from truenorth.web.view import Choice

SHOWN = 4000  # bytes of a piece


@dataclass(frozen=True, slots=True)
class Line:
    """One piece in the list."""

    number: int
    source: str
    reason: str
    place: str
    received: str
    size: str


@dataclass(frozen=True, slots=True)
class Reason:
    """All pieces that were refused for one reason."""

    code: str
    count: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Quarantine:
    """The list."""

    tabs: tuple[Choice, ...]
    summary: str
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Opened:
    """One piece with its bytes; `said` is what became of reading it again."""

    tabs: tuple[Choice, ...]
    number: int
    code: str
    reason: str
    facts: tuple[tuple[str, str], ...]
    bytes: str
    rest: str
    done: bool
    said: str = ""


def listed(pieces: Iterable[Piece], status: Status) -> Quarantine:
    """What waits, the most frequent reason first."""
    by_code = sorted(pieces, key=lambda one: (one.code, -one.id))
    groups = [(code, list(group)) for code, group in groupby(by_code, key=lambda one: one.code)]
    reasons = tuple(
        Reason(code, f"{len(group):,}", tuple(_line(one, status.now) for one in group))
        for code, group in sorted(groups, key=lambda each: -len(each[1]))
    )
    shown = sum(len(one.lines) for one in reasons)
    summary = "nothing was refused" if not status.refused else f"{status.refused:,} kept, not counted"
    if shown < status.refused:
        summary += f"; the newest {shown:,} are shown"
    return Quarantine(tabs("/data/quarantine"), summary, reasons)


def _line(one: Piece, now: datetime) -> Line:
    return Line(one.id, f"{one.source} · {one.dialect}", one.reason, one.place, age(one.received_at, now), _size(one))


def _size(one: Piece) -> str:
    return f"{one.size:,} bytes"


def piece(one: Piece, now: datetime) -> Opened:
    """One piece, with as many of its bytes as a person reads."""
    facts = (
        ("source", one.source), ("dialect", one.dialect), ("request", hidden(f"{one.path}?{one.query}".rstrip("?"))),
        ("place in it", one.place), ("client", one.agent), ("size", _size(one)),
        ("received", f"{one.received_at:%Y-%m-%d %H:%M:%S} UTC, {age(one.received_at, now)}"),
        ("taken in", f"{one.replayed_at:%Y-%m-%d %H:%M:%S} UTC" if one.replayed_at else ""),
    )  # fmt: skip
    text = hidden(one.raw[: SHOWN + LONGEST].decode("utf-8", "backslashreplace").replace("\0", "\\x00"))[:SHOWN]
    rest = f"{one.size - SHOWN:,} more bytes are not shown" if one.size > SHOWN else ""
    told = tuple((name, word) for name, word in facts if word)
    return Opened(tabs("/data/quarantine"), one.id, one.code, one.reason, told, text, rest, one.replayed_at is not None)
