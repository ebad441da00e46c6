"""Boards of tasks, and what people do in an application: what was made and done, how long it took, who took part."""

from __future__ import annotations

from truenorth.discover.book import Book
from truenorth.discover.counting import among, both, status_of, there
from truenorth.discover.facts import Column
from truenorth.discover.lasting import elapsed
from truenorth.discover.pick import person, referring
from truenorth.discover.rule.usage import active
from truenorth.discover.subject import Subject
from truenorth.discover.word import plural, texts
from truenorth.discover.world import World, also

_NOUNS = texts("task card story todo subtask issue job assignment")
# Who has to do with a task, by the words of the column: the name of the metric and its label.
_ROLES = (
    (("assignee", "assigned"), "people_with_{0}", "People with {0} assigned"),
    (("author", "creator", "reporter"), "people_creating_{0}", "People who created {0}"),
)


def tasks(world: World, subject: Subject) -> None:
    """The metrics of a table with a row for each piece of work."""
    book, where = Book(world, subject, "operational"), both(there(subject.table))
    noun = plural(next((word for word in subject.table.words if word in _NOUNS), "task"))
    text = f"{noun.capitalize()} by the time they were created."
    made = book.standard("records_created", {"unit": noun, "where": where}, 8, text, f"{noun}_created")
    end, status = subject.column("resolved") or subject.column("ended"), status_of(subject.table)
    if end is not None and subject.time:
        _done(book, noun, end, made, where)
    good = status.of("good") if status is not None else ()
    over = f"{subject.called(end)} is not null" if end is not None else ""
    over = over or (among(status.column, good) if status is not None and good else "")
    if over:
        text = f"{noun.capitalize()} that are done by now, by the time they were created."
        hit = book.count(f"{noun}_done_by_now", f"{noun.capitalize()} done by now", also(over, where), 0,
                         unit=noun, description=text)  # fmt: skip
        text = f"Of the {noun} created in a period, the share that is done by now."
        label = f"Share of {noun} done"
        book.ratio(f"{noun}_done_rate", label, (hit, made), 4, unit="percent", description=text)
    left = status.of("open", "new") if status is not None else ()
    if status is not None and left and len(left) < len(status.column.values):
        text = f"With {' '.join(status.column.words)} {', '.join(left)}, by the time they were created."
        keys = {"unit": noun, "direction": "down", "description": text}
        held = also(among(status.column, left), where)
        book.count(f"{noun}_still_open", f"{noun.capitalize()} still open", held, 3, **keys)
    for words, name, label in _ROLES:
        who = next((one for one in subject.table.columns if set(words) & set(one.words) and _names(one)), None)
        if who is not None:
            book.people(name.format(noun), label.format(noun), subject.called(who), where, 2, unit="people")


def _names(column: Column) -> bool:
    """Whether a column says who, not when."""
    return column.type in ("text", "integer") and bool(column.filled)


def _done(book: Book, noun: str, end: Column, made: str, where: str) -> None:
    """What was finished, by the time it was, and how long that took."""
    over, keys = book.subject.called(end), {"unit": noun}
    text = f"{noun.capitalize()} by the time they were done."
    done = book.count(f"{noun}_done", f"{noun.capitalize()} done", also(f"{over} is not null", where), 7,
                      time=over, description=text, **keys)  # fmt: skip
    text = f"{noun.capitalize()} created less {noun} done."
    label, expr = f"Change of the {noun} that wait", f"coalesce({made}, 0) - coalesce({done}, 0)"
    book.formula(f"{noun}_backlog_change", label, expr, (made, done), 3, unit=noun, direction="down",
                 description=text)  # fmt: skip
    length, unit = elapsed(book.subject, "until_done", end, "hours")
    text = f"From the creation of {noun} to their end, the one in the middle, by the time they were created."
    slots = {"duration": length, "unit": unit, "where": where}
    if length:
        book.standard("resolution_time", slots, 6, text, book.world.free("resolution_time", book.subject))


def taking_part(world: World) -> None:
    """Active people by the table in which they do most, where no events say what people do."""
    if "active_users" in world.taken:
        return
    ranked = sorted(world.of("activity", "other", "tasks"), key=lambda one: -one.table.rows)
    for subject in ranked:
        who = person(subject.table)
        people = world.linked(subject, "customers")
        if who is None or people is None or not subject.time or people[0].column != who.name:
            continue
        own = referring(who).split()[-1:]
        if subject.table.rows > people[1].table.rows and own and own[0] in ("user", "customer", "member", "person"):
            noun = subject.name.replace("_", " ")
            note = f"people are active who have rows here, as no table of events says what people do: {who.written}"
            subject.notes.append(note)
            book = Book(world, subject, "customer")
            active(book, subject.called(who), both(there(subject.table)), "", f"Different people with {noun}")
            return
