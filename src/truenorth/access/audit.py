"""One line for each change of who may do what, and for each sign-in."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from truenorth.store.state import Rows, State

MOST = 100_000


class Line(Struct, frozen=True):
    """Who did what, when, about what, and from where."""

    at: datetime
    person: str
    action: str
    about: str = ""
    address: str = ""


class Entry(Line, frozen=True):
    """A line with its number."""

    number: int = 0


def note(rows: Rows, line: Line) -> None:
    """Write a line within the transaction of what it tells."""
    rows.add("audit", line)


def trim(rows: Rows) -> None:
    """Keep the newest lines."""
    rows.keep_newest("audit", "number", MOST)


def lines(state: State, most: int = MOST) -> list[Entry]:
    """The newest lines, the newest first."""
    with state.reading() as rows:
        return rows.all(Entry, "audit", order="-number", most=most)
