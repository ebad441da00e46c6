"""Tickets: how many came, how soon they were answered and solved."""

from __future__ import annotations

from truenorth.discover.book import Book
from truenorth.discover.counting import among, both, flag, status_of, there
from truenorth.discover.facts import Column, named
from truenorth.discover.pick import is_flag
from truenorth.discover.rule.service import scores
from truenorth.discover.subject import Subject, length_unit
from truenorth.discover.world import World, also

_SLIPS = ("reopened", "escalated", "breached")


def tickets(world: World, subject: Subject) -> None:
    """The metrics of a table with a row for each ticket."""
    book, where = Book(world, subject, "operational"), both(there(subject.table))
    opened = book.standard("tickets_opened", {"where": where}, 9)
    opened = opened or book.count("tickets_opened", "Tickets opened", where, 9, unit="tickets", direction="down")
    resolved, answered = subject.column("resolved"), subject.column("answered")
    if resolved is not None:
        end = subject.called(resolved)
        keys = {"time": end, "unit": "tickets"}
        solved = book.count("tickets_solved", "Tickets solved", also(where, f"{end} is not null"), 6, **keys)
        text, parts = "Tickets opened less tickets solved.", (opened, solved)
        keys = {"unit": "tickets", "direction": "down", "description": text}
        book.formula("ticket_backlog_change", "Change of the backlog", f"{opened} - {solved}", parts, 3, **keys)
        _wait(book, "resolution_time", "Time to solve", (end, "resolved"), where)
    if answered is not None:
        _wait(book, "first_response_time", "First response time", (subject.called(answered), "answered"), where)
    for one in subject.table.columns:
        _lasting(book, one, where)
        _slipped(book, one, where, opened)
    _waiting(book, where)
    scores(book, where)


def _wait(book: Book, name: str, label: str, end: tuple[str, str], where: str) -> None:
    """The middle length of time from when a ticket came to something that happened to it."""
    start = book.subject.table.column(book.subject.time)
    if start is None or start.type == "date":
        return
    at, word = end
    expr = f"date_diff('second', {named(book.subject.time)}, {at}) / 3600"
    hours = book.subject.computed(f"hours_until_{word}", expr, unit="hours")
    if book.standard(name, {"duration": hours, "unit": "hours", "where": where}, 7):
        return
    text = f"Hours until a ticket is {word}, the middle one, by the time it came."
    keys = {"filter": where, "unit": "hours", "direction": "down", "description": text}
    book.rows("median", name, label, hours, keys, 7)


def _lasting(book: Book, column: Column, where: str) -> None:
    """A column that holds such a length of time itself."""
    said, unit = set(column.words), length_unit(column)
    if unit and "first" in said and {"response", "reply", "answer"} & said:
        name, label = "first_response_time", "First response time"
    elif unit and {"resolution", "resolve", "solve", "resolved"} & said:
        name, label = "resolution_time", "Time to solve"
    else:
        return
    if name not in book.world.taken:
        keys = {"filter": where, "unit": unit, "direction": "down"}
        book.rows("median", name, label, book.subject.called(column), keys, 7)


def _slipped(book: Book, column: Column, where: str, opened: str) -> None:
    """Flags of what should not happen to a ticket."""
    word = next((one for one in _SLIPS if one in column.words), "")
    if not word or not is_flag(column):
        return
    condition, keys = also(flag(book.subject.table, column, True), where), {"unit": "tickets", "direction": "down"}
    hit = book.count(f"tickets_{word}", f"Tickets {word}", condition, 2, **keys)
    book.ratio(f"tickets_{word}_rate", f"Share of tickets {word}", (hit, opened), 2, unit="percent", direction="down")


def _waiting(book: Book, where: str) -> None:
    """What is still to be done."""
    status = status_of(book.subject.table)
    waiting = status.of("open", "new", "") if status is not None else ()
    if status is None or not waiting or len(waiting) == len(status.column.values):
        return
    text = f"With {' '.join(status.column.words)} {', '.join(waiting)}, by the time they came."
    keys = {"unit": "tickets", "direction": "down", "description": text}
    book.count("tickets_still_open", "Tickets still open", also(among(status.column, waiting), where), 3, **keys)
