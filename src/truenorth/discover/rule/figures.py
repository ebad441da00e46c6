"""Rows that say how many there were: their numbers added up, and the shares that are asked for."""

from __future__ import annotations

from collections.abc import Sequence

from truenorth.discover.book import Book
from truenorth.discover.facts import Column
from truenorth.discover.pick import PERSONS, is_count
from truenorth.discover.word import plain_name, texts

# A share: its name and label, which numbers stand above the line and which below it, the likeliest first.
_SHARES = (
    ("open_rate", "Open rate", "unique+open open", "delivery recipient"),
    ("click_rate", "Click rate", "unique+click click", "delivery recipient impression"),
    ("bounce_rate", "Bounce rate", "total+bounce bounce hard+bounce", "visit session recipient delivery"),
    ("unsubscribe_rate", "Unsubscribe rate", "unsubscribe", "delivery recipient"),
    ("conversion_rate", "Conversion rate", "conversion purchase signup", "session visit click visitor"),
    ("views_per_visit", "Views per visit", "pageview view", "visit session"),
)
_BAD = ("bounce_rate", "unsubscribe_rate")
_ALSO = frozenset({*PERSONS, "follower", "people"})  # the same ones on several days: never added up


def figures(book: Book, where: str) -> None:
    """A sum of each number; people, who may be the same on several days, as an average of days."""
    subject = book.subject
    noun, made = subject.name.replace("_", " ").capitalize(), dict[tuple[str, ...], str]()
    time = subject.table.column(subject.time)
    for column in filter(is_count, subject.table.columns):
        people = column.words[-1] in _ALSO
        if people and (time is None or time.distinct < 0.9 * subject.table.rows):
            continue
        label = f"{noun}: {' '.join(texts(column.written.replace('_', ' '))).lower()}"
        name = f"{subject.name}_{plain_name(column.written)}"
        keys = {"filter": where, "unit": plain_name(column.written.split()[-1]), "direction": "none"}
        if people:
            text = f"The average of the days: who came on several of them is in {column.written} of each."
            made_one = book.rows("avg", f"{name}_a_day", f"{label} a day", subject.called(column),
                                 keys | {"description": text, "domain": "customer"}, 3)  # fmt: skip
        else:
            made_one = book.rows("sum", name, label, subject.called(column), keys | {"fill_nulls_with": 0}, 3)
            made[column.words] = made_one
    for name, label, above, below in _SHARES:
        parts = (_of(made, above), _of(made, below))
        if all(parts):
            named = book.world.free(name, subject)
            keys = {"unit": "percent"} if name != "views_per_visit" else {}
            book.ratio(named, label, parts, 5, direction="down" if name in _BAD else "up", **keys)


def _of(made: dict[tuple[str, ...], str], asked: str) -> str:
    """The sum of the numbers asked for, by their words; "" where there are none."""
    for one in asked.split():
        wanted = set(one.split("+"))
        for said, name in made.items():
            if wanted <= set(said) and (len(wanted) > 1 or not {"abuse", "soft", "forwarded", "total"} & set(said)):
                return name
    return ""


def counts(columns: Sequence[Column]) -> bool:
    """Whether several columns say how many there were."""
    return sum(map(is_count, columns)) > 1
