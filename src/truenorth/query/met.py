"""Which rows meet, as the naive builder sees it: keys, partitions, and validity by the engine's own zone rules."""

from __future__ import annotations

from truenorth.define.graph import Path
from truenorth.define.model import Relationship
from truenorth.query.catalog import Catalog
from truenorth.query.dialect import quote
from truenorth.query.key import NEXT, overlaps, replaced
from truenorth.query.step import equal
from truenorth.query.validity import When, no_time, pair

INSTANT = "timestamptz"


def met_by(catalog: Catalog, path: Path, aliases: list[str], time: str) -> tuple[str, list[str]]:
    """What a path leads through, as FROM items after its start, and the conditions under which all of it meets.

    `aliases` name the start and what each step leads to.
    """
    tables, found = [], []
    for position, step in enumerate(path.steps):
        there = aliases[position + 1]
        relationship = catalog.model.relationships[step.relationship]
        cut = step.forward and overlaps(catalog, relationship)
        tables.append(f"{replaced(catalog, relationship) if cut else catalog.relation(step.end)} AS {there}")
        found += equal(catalog.field_sql, path, aliases[: position + 1], there)
        if relationship.valid_from and step.forward:
            found += valid(catalog, relationship, there, When(path.start, time, aliases[0]), cut)
        elif relationship.valid_from:
            when = When(step.end, catalog.dataset(step.end).time, there)
            found += valid(catalog, relationship, aliases[position], when, False)
    return ", ".join(tables), found


def valid(catalog: Catalog, relationship: Relationship, alias: str, when: When, cut: bool) -> list[str]:
    """A row is valid at a time; where it is `cut`, only until the next one of its key begins."""
    if not when.field:
        raise no_time(relationship, when.dataset)
    found = [not_before(catalog, relationship, alias, when)]
    if relationship.valid_to:
        open_end = f"{catalog.field_sql(relationship.to, relationship.valid_to, alias)} IS NULL"
        found.append(f"({open_end} OR NOT {reached(catalog, when, relationship.to, relationship.valid_to, alias)})")
    if cut:
        following = f"{alias}.{quote(NEXT)}"
        one, other = pair(catalog, when, (relationship.to, relationship.valid_from), following)
        found.append(f"({following} IS NULL OR {one} < {other})")
    return found


def not_before(catalog: Catalog, relationship: Relationship, alias: str, when: When) -> str:
    """Whether a row has begun to be valid at a time."""
    start = catalog.field_sql(relationship.to, relationship.valid_from, alias)
    return f"({start} IS NULL OR {reached(catalog, when, relationship.to, relationship.valid_from, alias)})"


def reached(catalog: Catalog, when: When, dataset: str, end: str, alias: str) -> str:
    """Whether a time is at or after another; a DATE is the first moment of its day in the workspace's zone."""
    dialect, zone = catalog.dialect, catalog.model.workspace.timezone
    kinds = catalog.type_of(when.dataset, when.field), catalog.type_of(dataset, end)
    moment = catalog.field_sql(when.dataset, when.field, when.alias)
    edge = catalog.field_sql(dataset, end, alias)
    if kinds[0] != "date" and kinds[1] == "date":
        day = dialect.own_local_day(moment, kinds[0] == INSTANT, catalog.written_in(when.dataset, when.field), zone)
        return f"{day} >= {edge}"
    if kinds[0] == "date" and kinds[1] != "date":
        # The day before the one that begins at midnight still holds the moment just before that midnight.
        before = f"({edge} - INTERVAL 1 MICROSECOND)"
        day = dialect.own_local_day(before, kinds[1] == INSTANT, catalog.written_in(dataset, end), zone)
        return f"{moment} > {day}"
    one, other = pair(catalog, when, (dataset, end), catalog.time_sql(dataset, end, alias))
    return f"{one} >= {other}"
