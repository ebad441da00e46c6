"""Calls: how many came, how many gave up, how long they waited and talked."""

from __future__ import annotations

from truenorth.discover.book import Book
from truenorth.discover.counting import both, flag, there
from truenorth.discover.facts import Column, named
from truenorth.discover.pick import is_flag, person
from truenorth.discover.rule.service import scores
from truenorth.discover.subject import Subject, length_unit
from truenorth.discover.world import World, also

# Lengths of a call: the words of its column, the metric and its label.
_LENGTHS = (
    ({"wait", "waiting", "queue", "hold", "asa"}, "wait_time", "Time callers wait"),
    ({"duration", "talk", "handle", "length"}, "call_duration", "Length of a call"),
)


def calls(world: World, subject: Subject) -> None:
    """The metrics of a table with a row for each call."""
    book, where = Book(world, subject, "operational"), both(there(subject.table))
    count = book.count(world.free("call_count", subject), "Calls", where, 9, unit="calls", direction="none")
    for word, bad in (("abandoned", True), ("missed", True), ("answered", False)):
        _share(book, (word, bad), where, count)
    seen: set[str] = set()
    for column in subject.table.columns:
        for words, name, label in _LENGTHS:
            if words & set(column.words) and column.numeric and name not in seen and column.words[-1:] != ("id",):
                seen.add(name)
                _length(book, column, (name, label), where)
                break
    who = person(subject.table)
    if who is not None and subject.table.key != (who.name,):
        callers = subject.called(who)
        book.people(world.free("callers", subject), "Different callers", callers, where, 5, unit="people")
    scores(book, where)


def _share(book: Book, told: tuple[str, bool], where: str, count: str) -> None:
    """How many calls were of a kind that a yes-or-no column tells, and their share."""
    word, bad = told
    column = next((one for one in book.subject.table.columns if word in one.words and is_flag(one)), None)
    if column is None:
        return
    book.subject.called(column)
    held, direction = also(flag(book.subject.table, column, True), where), "down" if bad else "up"
    keys = {"unit": "calls", "direction": direction}
    hit = book.count(f"{word}_calls", f"{word.capitalize()} calls", held, 5, **keys)
    keys = {"unit": "percent", "direction": direction}
    book.ratio(f"{word}_rate", f"Share of {word} calls", (hit, count), 7, **keys)


def _length(book: Book, column: Column, told: tuple[str, str], where: str) -> None:
    """The middle length, of the calls that have one."""
    name, label = told
    unit = length_unit(column) or "seconds"
    if not length_unit(column):
        book.subject.unsure.append(f"what {column.written} is counted in: taken as seconds")
    field = book.subject.called(column)
    text = f"The middle one of {column.written}."
    if name == "call_duration" and str(column.low) == "0":
        where, text = also(where, f"{named(column.name)} > 0"), f"{text[:-1]}, of calls that were answered."
    keys = {"filter": where, "unit": unit, "direction": "down", "description": text}
    book.rows("median", name, label, field, keys, 6)
