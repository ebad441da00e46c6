"""What was found, what was assumed, and what could not be told: for the terminal, and as a page of the workspace."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from truenorth.base.errors import TrueNorthError
from truenorth.discover.counting import in_words
from truenorth.discover.expected import joined, layered
from truenorth.discover.subject import Subject
from truenorth.discover.trial import LeftOut
from truenorth.discover.world import World
from truenorth.discover.written import Page
from truenorth.store.values import quoted

FILE = "discovered.md"
NEXT = "Next: `truenorth pull` takes the next export and the rows that are new"

NO_TIME = (
    "when anything happened: no table has a column of dates or times, so there are only counts of how things stand, "
    "nothing by day or month and no first page; export the date of each row too"
)


class Assumption(Struct, frozen=True):
    """Something that was taken to be so, and where to change it."""

    text: str
    place: str = ""


class Discovery(Struct, frozen=True):
    """What came of it: the workspace, what stands in it now, and what a person should know about it."""

    folder: Path
    tables: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()
    home: tuple[str, ...] = ()
    found: tuple[str, ...] = ()
    assumed: tuple[Assumption, ...] = ()
    unsure: tuple[Assumption, ...] = ()
    unread: tuple[tuple[str, str], ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    written: tuple[str, ...] = ()
    again: tuple[Assumption, ...] = ()
    once: tuple[str, ...] = ()


def found(world: World) -> list[str]:
    """One line for each table: what it is taken for, and by what evidence."""
    lines = []
    for subject in world.subjects:
        table = subject.table
        kind = subject.kind if subject.kind != "other" else "not recognised"
        evidence = (
            f" ({', '.join(subject.known.features[:5])})" if subject.known.features and subject.kind != "other" else ""
        )
        key = f", key {' + '.join(table.key)}" if table.key else ", no column tells its rows apart"
        time = f", placed in time by {subject.time}" if subject.time else ", not placed in time"
        lines.append(f"{table.name}: {table.rows:,} rows, {kind}{evidence}{key}{time}")
    for link in world.links:
        lost = f"; {link.orphans:,} of {link.filled:,} lead nowhere" if link.orphans else ""
        lines.append(f"{link.from_}.{link.column} points to {link.to}.{link.key}{lost}")
    return lines


def counted(world: World) -> list[str]:
    """How many rows of its table each metric counts, where its condition leaves some out; alike ones in one line."""
    lines = []
    for group in world.groups.values():
        alike: dict[str, list[str]] = {}
        for one in (mapping for made in group.metrics for mapping in made.mappings if mapping.get("filter")):
            alike.setdefault(str(one["filter"]), []).append(str(one["name"]))
        for filter_, names in alike.items():
            rows, of = _kept(world, group.subject, filter_), group.subject.table.rows
            if rows is not None and rows < of:
                verb = "counts" if len(names) == 1 else "count"
                lines.append(f"{group.subject.name}: {', '.join(names)} {verb} {rows:,} of {of:,} rows ({filter_})")
    return lines


def _kept(world: World, subject: Subject, filter_: str) -> int | None:
    """How many rows of a subject meet a condition; None where plain SQL cannot tell."""
    rows = f"({layered(world, subject)}) AS {quoted(subject.name)}{joined(world, subject, filter_)}"
    try:
        [(found,)] = world.engine.rows(f"SELECT count(*) FROM {rows} WHERE {filter_}")
    except TrueNorthError:
        return None
    return int(str(found))


def assumed(world: World, pages: Sequence[Page]) -> list[Assumption]:
    """What was decided about tables, with the place of each decision."""
    by_name = {page.path: page for page in pages}
    made = []
    for subject in world.subjects:
        page = by_name.get(f"metrics/{subject.name}.yml")
        if page is None:
            continue
        if subject.kind == "orders" and subject.conditions:
            line = page.line_of("is_sale")
            made.append(Assumption(f"an order is a sale when: {in_words(subject.conditions)}", f"{page.path}:{line}"))
        if subject.money.cents:
            names = ", ".join(sorted(subject.money.cents))
            made.append(Assumption(f"{subject.name}: {names} count cents ({subject.money.evidence})", f"{page.path}:1"))
        for turned in (one for one in subject.table.columns if one.turned):
            text = f"{turned.written} is written below zero: its sign is turned, so that discounts are above it"
            line = page.line_of(subject.renamed.get(turned.name, turned.name))
            made.append(Assumption(f"{subject.name}: {text}", f"{page.path}:{line}"))
        if subject.money.mixed:
            codes = ", ".join(subject.money.codes)
            text = f"{subject.name} holds amounts in {codes}: never added up as they are, each has metrics of its own"
            made.append(Assumption(text, f"{page.path}:1"))
        if (
            subject.time
            and subject.kind not in ("first orders", "first events")
            and (column := subject.table.column(subject.time)) is not None
            and column.type == "timestamp"
            and "make_timestamp" not in column.expr
        ):
            text = f"{subject.name}.{subject.time} is written in UTC; else give the field a timezone:"
            made.append(Assumption(text, f"{page.path}:{page.line_of(subject.time)}"))
        notes = [subject.table.note, *subject.notes] if subject.table.note else subject.notes
        made += [Assumption(f"{subject.name}: {note}", f"{page.path}:1") for note in notes]
    return made


def unsure(world: World) -> list[Assumption]:
    """What the data did not say."""
    made = [
        Assumption(f"{one.name}: {text}", f"metrics/{one.name}.yml") for one in world.subjects for text in one.unsure
    ]
    if not any(subject.time for subject in world.subjects):
        made.insert(0, Assumption(NO_TIME))
    for subject in world.subjects:
        if subject.kind == "other":
            text = f"{subject.name}: what kind of rows these are (nearest: {subject.known.rival or 'nothing'})"
            made.append(Assumption(text, f"metrics/{subject.name}.yml"))
    return made


def markdown(one: Discovery) -> str:
    """The report as a page."""
    lines = [f"# What was found in the data of {one.folder.resolve().name}", ""]
    lines += [f"Metrics: {len(one.metrics)}. Datasets: {len(one.tables)}.", ""]
    for title, texts in (
        ("Found", list(one.found)),
        ("Assumed", [_placed(each) for each in one.assumed]),
        ("Could not be told", [_placed(each) for each in one.unsure]),
        ("Read again by truenorth pull", [_placed(each) for each in one.again]),
        ("Read this once", list(one.once)),
        ("Not read", [f"{file}: {why}" for file, why in one.unread]),
        ("Left out", [f"{each.name}: {each.why}" for each in one.left_out]),
    ):
        if texts:
            lines += [f"## {title}", "", *(f"- {text}" for text in texts), ""]
    if one.again:
        lines += [f"{NEXT}; `truenorth serve` does so by itself.", ""]
    return "\n".join(lines).rstrip() + "\n"


def _placed(one: Assumption) -> str:
    return f"{one.text} ({one.place})" if one.place else one.text
