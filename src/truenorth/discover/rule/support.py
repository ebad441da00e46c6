"""Tickets: how many came, how soon they were answered and solved."""

from __future__ import annotations

import re
from collections.abc import Sequence

from truenorth.discover.book import Book
from truenorth.discover.counting import (
    Condition,
    among,
    both,
    flag,
    none_of,
    quoted_list,
    said,
    status_of,
    there,
)
from truenorth.discover.facts import Column, unquoted
from truenorth.discover.lasting import elapsed
from truenorth.discover.pick import is_flag, person
from truenorth.discover.rule.service import scores
from truenorth.discover.subject import Subject, length_unit
from truenorth.discover.word import plain_name
from truenorth.discover.world import World, also
from truenorth.store.values import literal

# What should not happen to a ticket: the words of its column, the metric's name and what happened, in words.
_SLIPS = (
    ({"reopened"}, "reopened", "reopened"),
    ({"escalated"}, "escalated", "escalated"),
    ({"breached"}, "breached", "that broke a promise"),
)
# Numbers of each ticket of which the average tells something: what such columns are called.
_AVERAGED = {"reply", "touch", "message", "comment", "interaction"}
_NONE = re.compile(r"spam|junk|merged|duplicate|deleted|^test", re.I)  # the status of what is no ticket of its own
_SOLVED = re.compile(
    r"(?<![a-z])(?<!not[ _])((re)?solv|closed|complet|done|finish|fixed|geschlossen|gel[oö]st|erledigt|cerrad|ferm|"
    r"r[eé]sol)",
    re.I,
)
_URGENT = re.compile(r"urgent|critical|blocker|highest|emergency|dringend|kritisch|p[01]$", re.I)
_CONTENT = re.compile(r"((very|extremely) )?(good|happy|satisfied|positive|great|excellent)", re.I)
_DISCONTENT = re.compile(r"((very|extremely) )?(bad|unhappy|dis|unsat|negative|poor|not (happy|satisfied))", re.I)
_KEPT, _BROKEN = (
    re.compile(r"within|\bmet\b|achieved|in time", re.I),
    re.compile(r"violat|breach|missed|overdue|late", re.I),
)


def tickets(world: World, subject: Subject) -> None:
    """The metrics of a table with a row for each ticket."""
    book, counted = Book(world, subject, "operational"), _real(subject)
    where, text = both(counted), f"Tickets by the time they came{said(counted)}."
    opened = book.standard("tickets_opened", {"where": where}, 9, text if counted else "")
    opened = opened or book.count("tickets_opened", "Tickets opened", where, 9, unit="tickets", direction="down")
    resolved, answered = subject.column("resolved"), subject.column("answered")
    if resolved is not None:
        end = subject.called(resolved)
        keys = {"time": end, "unit": "tickets"}
        solved = book.count("tickets_solved", "Tickets solved", also(where, f"{end} is not null"), 6, **keys)
        _backlog(book, opened, solved)
        _wait(book, "resolution_time", "Time to solve", (end, "resolved"), where)
    if answered is not None:
        _wait(book, "first_response_time", "First response time", (subject.called(answered), "answered"), where)
    done = _solved(subject)
    if done and resolved is not None:
        _untimed(world, subject, resolved)
    if done:
        book.standard("resolution_rate", {"solved": done, "where": where}, 6)
    for one in subject.table.columns:
        _lasting(book, one, where)
        _slipped(book, one, where, opened)
        _average(book, one, where)
        _satisfied(book, one, where)
        _promised(book, one, where)
    _askers(book, where, opened)
    _waiting(book, counted)
    _urgent(book, where, opened)
    scores(book, where)


def _real(subject: Subject) -> list[Condition]:
    """The conditions of what is a ticket: spam, and what was merged into another one, is none."""
    found, status = there(subject.table), status_of(subject.table)
    none = [value for value in status.column.values if _NONE.search(value)] if status is not None else []
    if status is not None and none and len(none) < len(status.column.values):
        whole = status.column.filled == subject.table.rows
        words = f"not {' or '.join(none)}"
        found.append(Condition(none_of(status.column, none, whole=whole), words, (status.column.name,)))
        subject.notes.append(f"{quoted_list(none)} in {status.column.written} are no tickets of their own")
    for one in subject.table.columns:
        if is_flag(one) and {"spam", "junk"} & set(one.words):
            found.append(Condition(flag(subject.table, one, False), "no spam", (one.name,)))
    return found


def _solved(subject: Subject) -> str:
    """The condition of a ticket that is solved, by its status or else by the time of it."""
    status, resolved = status_of(subject.table), subject.column("resolved")
    values = [value for value in status.column.values if _SOLVED.search(value)] if status is not None else []
    if status is not None and values and len(values) < len(status.column.values):
        return among(status.column, [value for value in values if not _NONE.search(value)])
    if resolved is not None and resolved.filled < subject.table.rows:
        return f"{subject.called(resolved)} is not null"
    return ""


def _untimed(world: World, subject: Subject, resolved: Column) -> None:
    """Says how many tickets are solved by their status and hold no time of it: they stay in the backlog."""
    status = status_of(subject.table)
    values = [value for value in status.column.values if _SOLVED.search(value)] if status is not None else []
    if status is None or not values:
        return
    listed = ", ".join(map(literal, values))
    rows = world.count(subject, f"{status.column.sql} IN ({listed}) AND {resolved.sql} IS NULL")
    if rows:
        subject.unsure.append(
            f"when {rows:,} tickets were solved: they are {quoted_list(values)} without {resolved.written}, and stay "
            "in the backlog"
        )


def _backlog(book: Book, opened: str, solved: str) -> None:
    """How many tickets wait at the end of a period, and how that changed."""
    text, parts = "Tickets opened less tickets solved.", (opened, solved)
    keys = {"unit": "tickets", "direction": "down", "description": text}
    expr = f"coalesce({opened}, 0) - coalesce({solved}, 0)"
    book.formula("ticket_backlog_change", "Change of the backlog", expr, parts, 3, **keys)
    came = book.running("tickets_opened_so_far", "Tickets opened so far", opened, unit="tickets")
    left = book.running("tickets_solved_so_far", "Tickets solved so far", solved, unit="tickets")
    text = "Tickets opened so far less tickets solved so far, at a period's end."
    keys = {"unit": "tickets", "direction": "down", "description": text}
    expr = f"{came} - coalesce({left}, 0)"
    book.formula("ticket_backlog", "Backlog of tickets", expr, (came, left), 6, **keys)


def _wait(book: Book, name: str, label: str, end: tuple[str, str], where: str) -> None:
    """The middle length of time from when a ticket came to something that happened to it."""
    at, word = end
    column = book.subject.table.column(unquoted(at))
    if column is None:
        return
    hours, unit = elapsed(book.subject, f"until_{word}", column, "hours")
    if not hours:
        return
    if book.standard(name, {"duration": hours, "unit": unit, "where": where}, 7):
        return
    text = f"{unit.capitalize()} until a ticket is {word}, the middle one, by the time it came."
    keys = {"filter": where, "unit": unit, "direction": "down", "description": text}
    book.rows("median", name, label, hours, keys, 7)


def _lasting(book: Book, column: Column, where: str) -> None:
    """A column that holds such a length of time itself."""
    words, unit = set(column.words), length_unit(column)
    if unit and "first" in words and {"response", "reply", "answer"} & words:
        name, label = "first_response_time", "First response time"
    elif unit and "first" not in words and {"resolution", "resolve", "solve", "resolved"} & words:
        name, label = "resolution_time", "Time to solve"
    else:
        return
    if name not in book.world.taken:
        keys = {"filter": where, "unit": unit, "direction": "down"}
        book.rows("median", name, label, book.subject.called(column), keys, 7)


def _slipped(book: Book, column: Column, where: str, opened: str) -> None:
    """Flags, counts and times of what should not happen to a ticket."""
    slip = next(((name, what) for words, name, what in _SLIPS if words & set(column.words)), None)
    condition = _happened(book.subject, column) if slip is not None else ""
    if slip is None or not condition or f"tickets_{slip[0]}" in book.world.taken:
        return
    (name, what), keys = slip, {"unit": "tickets", "direction": "down"}
    hit = book.count(f"tickets_{name}", f"Tickets {what}", also(condition, where), 2, **keys)
    label = f"Share of tickets {what}"
    book.ratio(f"tickets_{name}_rate", label, (hit, opened), 3, unit="percent", direction="down")


def _happened(subject: Subject, column: Column) -> str:
    """The condition that something happened at all, as a flag, a count or a time says it."""
    if column.type == "boolean" or is_flag(column):
        return flag(subject.table, column, True)
    if column.timed:
        return f"{subject.called(column)} is not null"
    return f"{subject.called(column)} > 0" if column.type == "integer" else ""


def _average(book: Book, column: Column, where: str) -> None:
    """The average of a number that each ticket holds."""
    if column.type != "integer" or column.name in book.subject.table.key or {"id", "time"} & set(column.words):
        return
    if _AVERAGED & set(column.words) and not length_unit(column):
        said = plain_name(column.written)
        keys = {"filter": where, "unit": said.rpartition("_")[2], "direction": "none"}
        label = f"{said.replace('_', ' ').capitalize()} per ticket"
        book.rows("avg", f"{said}_per_ticket", label, book.subject.called(column), keys, 3)


def _promised(book: Book, column: Column, where: str) -> None:
    """The share of tickets for which a promise was kept, where a column says so."""
    kept = [value for value in column.values if _KEPT.search(value)]
    broken = [value for value in column.values if _BROKEN.search(value)]
    if column.type != "text" or not kept or not broken or set(kept) & set(broken) or len(column.values) > 4:
        return
    book.subject.called(column)
    name = f"{plain_name(column.written).removesuffix('_status')}_in_time"
    keys = {"unit": "tickets"}
    hits = book.count(f"{name}_tickets", "Tickets in time", also(where, among(column, kept)), 0, **keys)
    every = book.count(f"{name}_promised", "Tickets with a promise", also(where, among(column, [*kept, *broken])), 0,
                       **keys)  # fmt: skip
    text = f"Of the tickets with {column.written}, the share that says {' or '.join(kept)}."
    label = f"Share with {name.replace('_', ' ')}"
    book.ratio(f"{name}_rate", label, (hits, every), 5, unit="percent", description=text)


def _satisfied(book: Book, column: Column, where: str) -> None:
    """The share of answers that were content, where people said good or bad."""
    if not {"satisfaction", "csat", "rating", "feedback", "survey"} & set(column.words) or column.type != "text":
        return
    good = [value for value in column.values if _CONTENT.match(value)]
    bad = [value for value in column.values if _DISCONTENT.match(value)]
    bad = [value for value in bad if not re.search("offer", value, re.I)]
    if not good or not bad or "satisfaction" in book.world.taken:
        return
    book.subject.called(column)
    keys = {"unit": "answers", "domain": "customer"}
    pleased = book.count("content_answers", "Content answers", also(where, among(column, good)), 0, **keys)
    answers = book.count("answers", "Answers", also(where, among(column, [*good, *bad])), 2, **keys)
    text = f"Of those who answered, the share that said {' or '.join(good)}, by the time the ticket came."
    keys = {"unit": "percent", "domain": "customer", "description": text}
    book.ratio("satisfaction", "Satisfaction", (pleased, answers), 7, **keys)


def _askers(book: Book, where: str, opened: str) -> None:
    """How many different people asked, and how often each."""
    who = person(book.subject.table)
    if who is None or book.subject.table.key == (who.name,):
        return
    field, keys = book.subject.called(who), {"unit": "people", "domain": "customer", "direction": "none"}
    people = book.people("people_asking", "People who asked", field, where, 5, **keys)
    if who.filled < book.subject.table.rows:
        known = also(where, f"{field} is not null")
        opened = book.count("tickets_of_known_people", "Tickets of known people", known, 0, unit="tickets")
    book.ratio("tickets_per_person", "Tickets per person", (opened, people), 2, direction="down")


def _urgent(book: Book, where: str, opened: str) -> None:
    """How many tickets cannot wait."""
    column = book.subject.column("priority")
    values = [value for value in column.values if _URGENT.search(value)] if column is not None else []
    if column is None or not values or column.type != "text":
        return
    keys = {"unit": "tickets", "direction": "down"}
    hit = book.count("urgent_tickets", "Urgent tickets", also(where, among(column, values)), 3, **keys)
    book.ratio("urgent_ticket_rate", "Share of urgent tickets", (hit, opened), 2, unit="percent", direction="down")


def _waiting(book: Book, counted: Sequence[Condition]) -> None:
    """What is still to be done."""
    status = status_of(book.subject.table)
    waiting = status.of("open", "new", "") if status is not None else ()
    waiting = tuple(value for value in waiting if not (_NONE.search(value) or _SOLVED.search(value)))
    if status is None or not waiting or len(waiting) == len(status.column.values):
        return
    where = both([one for one in counted if status.column.name not in one.columns])
    text = f"With {' '.join(status.column.words)} {', '.join(waiting)}, by the time they came."
    keys = {"unit": "tickets", "direction": "down", "description": text}
    book.count("tickets_still_open", "Tickets still open", also(among(status.column, waiting), where), 3, **keys)
