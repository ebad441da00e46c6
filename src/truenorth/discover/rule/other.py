"""Rows of a kind that is not known: how many, of whom, what became of them, and the sums of their amounts."""

from __future__ import annotations

from truenorth.base.unit import singular
from truenorth.discover.book import Book
from truenorth.discover.counting import among, both, status_of, there
from truenorth.discover.kind import features
from truenorth.discover.pick import person, referring
from truenorth.discover.rule.figures import counts, figures
from truenorth.discover.subject import Subject, length_unit
from truenorth.discover.word import plural
from truenorth.discover.world import World, also, variants

_FIRMS = ("account", "company", "organization", "tenant", "workspace")
STANDS = frozenset(("snapshot", "balance", "stock", "inventory", "mrr", "arr", "headcount", "on hand"))


def other(world: World, subject: Subject) -> None:
    """The metrics that any table with a time bears."""
    if not subject.time:
        return
    book, noun = Book(world, subject, "operational"), _several(subject)
    where = both(there(subject.table))
    unit = noun if noun.replace(" ", "").isalpha() and len(noun.split()) < 5 else "rows"
    if counted_up(subject):
        _stands(book, where)
        return
    count = book.count(f"{subject.name}_count", noun.capitalize(), where, 4, unit=unit, direction="none")
    _people(book, where)
    _ends(book, count, where, unit)
    if "figures" in features(subject.table) or counts(subject.table.columns):
        figures(book, where)
    # Each step repeats the amount of what it is a step of.
    steps = bool({"history", "log", "audit"} & set(subject.table.words))
    for column in subject.table.columns:
        field = subject.fields.get(subject.renamed.get(column.name, column.name), {})
        if column.numeric and field.get("unit") == "currency" and not steps:
            _amount(book, str(field["name"]), subject.called(column), where)
        elif column.numeric and (length := length_unit(column)):
            keys = {"filter": where, "unit": length, "direction": "none"}
            name = f"{subject.name}_{field.get('name', column.name)}".lower()
            if length in ("minutes", "hours"):  # what is booked adds up; what a machine took does not
                label = f"{noun.capitalize()}: {column.words[-1]} in all"
                book.rows("sum", name, label, subject.called(column), keys | {"fill_nulls_with": 0}, 3)
                name = f"typical_{name}"
            book.rows("median", name, f"{noun.capitalize()}: typical duration", subject.called(column), keys, 2)


def standing_now(world: World) -> None:
    """How many there are of each thing, where no table says when anything happened."""
    if not timeless(world):
        return
    for subject in world.subjects:
        if any(one.mappings for one in world.group(subject).metrics):
            continue
        book, noun = Book(world, subject, "operational"), _several(subject)
        unit = noun if noun.replace(" ", "").isalpha() and len(noun.split()) < 5 else "rows"
        text = "How many there are in the data, which does not say when."
        keys = {"unit": unit, "direction": "none", "description": text}
        name = world.free(f"{subject.name}_count", subject)
        book.count(name, noun.capitalize(), both(there(subject.table)), 4, **keys)


def timeless(world: World) -> bool:
    """Whether no table has a column of times."""
    return not any(subject.time for subject in world.subjects)


def _several(subject: Subject) -> str:
    """What rows are called: the table's name in the plural."""
    *before, last = subject.name.split("_")
    return " ".join([*before, plural(singular(last)) if last.isalpha() else last])


def _people(book: Book, where: str) -> None:
    """Of how many different ones the rows are; firms and workspaces are no people, and staff need no counting."""
    subject, who = book.subject, person(book.subject.table)
    if who is None or subject.table.key == (who.name,) or "staff" in features(subject.table):
        return
    noun, head = _several(subject).capitalize(), referring(who).split()[-1:]
    what = plural(head[0]) if head and head[0] in _FIRMS else "people"
    name, label = f"{subject.name}_{what}", f"{noun}: different {what}"
    book.people(name, label, subject.called(who), where, 3, domain="customer", unit=what)


def counted_up(subject: Subject) -> bool:
    """Whether rows say how much there was on a day, so that days must not be added up."""
    table = subject.table
    said = {*table.words, *(word for one in table.columns if one.numeric for word in one.words)}
    return subject.time in table.key and bool(said & STANDS)


def _stands(book: Book, where: str) -> None:
    """What there was at the end of each period."""
    subject = book.subject
    subject.notes.append(f"rows say how much there was on each {subject.time}: the last one of a period stands for it")
    for column in subject.table.columns:
        if not column.numeric or column.name in subject.table.key or column.words[-1:] == ("id",):
            continue
        field = subject.called(column)
        unit = subject.fields.get(subject.renamed.get(column.name, column.name), {}).get("unit", "")
        keys = {"type": "snapshot", "filter": where, "unit": unit, "non_additive_dimension": {"name": subject.time}}
        label = f"{' '.join(column.words).capitalize()} at the end"
        name = book.world.free(f"{column.name}_at_end".lower(), subject)
        book.rows("sum", name, label, field, keys, 5)


def _ends(book: Book, count: str, where: str, unit: str) -> None:
    """What share of rows ended in each of the ways that a status tells apart."""
    status = status_of(book.subject.table)
    if status is None:
        return
    noun = _several(book.subject).capitalize()
    for group, word, direction in (("good", "done", "up"), ("bad", "failed", "down")):
        values = status.of(group)
        if not values or len(values) == len(status.column.values):
            continue
        name, label = f"{book.subject.name}_{word}", f"{noun}: {', '.join(values)}"
        hits = book.count(name, label, also(among(status.column, values), where), 2, unit=unit, direction=direction)
        book.ratio(f"{name}_rate", f"Share of {label.lower()}", (hits, count), 2, unit="percent", direction=direction)


def _amount(book: Book, field: str, expr: str, where: str) -> None:
    noun = _several(book.subject).capitalize()
    for variant in variants(book.subject):
        name = f"{book.subject.name}_{field}{variant.suffix}".lower()
        label = f"{noun}: {field.replace('_', ' ')}{variant.label}"
        held = also(where, variant.condition)
        book.money(name, label, expr, held, 3, domain="financial", direction="none")
