"""The row that was valid at the time of the row that asks: conditions on windows, whatever types their ends have.

Ends that are NULL are open, and a window holds its beginning and not its end. Two plain times or instants are compared
in UTC; a DATE is the beginning of that day in the workspace's zone, whatever zone a question counts days in.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from msgspec import Struct

from truenorth.base.errors import QueryError
from truenorth.define.model import Relationship
from truenorth.query.catalog import Catalog
from truenorth.query.clock import Clock
from truenorth.query.dialect import quote
from truenorth.query.key import NEXT, overlaps

MARGIN = timedelta(days=3)


class When(Struct, frozen=True):
    """The time of the row that asks: a field of a dataset, which stands in the SQL under an alias."""

    dataset: str
    field: str
    alias: str


def during(catalog: Catalog, relationship: Relationship, alias: str, when: When, forward: bool) -> list[str]:
    """The conditions under which a row of `to`, seen under an alias, is valid at a time."""
    if not when.field:
        raise no_time(relationship, when.dataset)
    if not forward and not relationship.valid_to:
        raise no_end(relationship)
    to, edges = relationship.to, []
    for end, sign in ((relationship.valid_from, ">="), (relationship.valid_to, "<")):
        if end:
            edges.append((end, sign, catalog.time_sql(to, end, alias)))
    if forward and overlaps(catalog, relationship):
        edges.append((relationship.valid_from, "<", f"{alias}.{quote(NEXT)}"))
    found = []
    for end, sign, written in edges:
        moment, edge = pair(catalog, when, (to, end), written)
        found.append(f"({edge} IS NULL OR {moment} {sign} {edge})")
    return found


def pair(catalog: Catalog, when: When, end: tuple[str, str], edge: str) -> tuple[str, str]:
    """A time and the end of a window (a dataset's field, and its SQL) as SQL that may be compared."""
    dialect, zone = catalog.dialect, catalog.model.workspace.timezone
    moment = catalog.time_sql(when.dataset, when.field, when.alias)
    dated = catalog.type_of(when.dataset, when.field) == "date", catalog.type_of(*end) == "date"
    if all(dated):
        return moment, edge
    written = catalog.written_in(when.dataset, when.field)
    if any(dated) or written != "UTC":
        clock = Clock(dialect, zone if dated[0] else written, zone, *around(catalog, when))
        day = dialect.cast(moment, dialect.timestamp) if dated[0] else moment
        moment = clock.local(day) if dated[1] else clock.utc(day)
    if dated[1]:
        return moment, dialect.cast(edge, dialect.timestamp)
    said = catalog.written_in(*end)
    # Only ends near a time that is compared with them have to be exact, so "never" written as 9999-12-31 costs nothing.
    return moment, edge if said == "UTC" else Clock(dialect, said, "UTC", *around(catalog, when)).utc(edge)


def around(catalog: Catalog, when: When) -> tuple[datetime, datetime]:
    """Naive UTC times with all of the times that are compared between them, and some days to spare."""
    stretch = catalog.stretch(when.dataset, when.field)
    if stretch.first is None or stretch.last is None:
        return stretch.days_around
    first, last = (datetime(one.year, one.month, one.day) for one in (stretch.first, stretch.last))
    return first - MARGIN, last + MARGIN


def no_time(relationship: Relationship, dataset: str) -> QueryError:
    """The error for rows that do not say when they happened."""
    message = f'which row of "{relationship.to}" was valid depends on a time, and "{dataset}" has none'
    hint = f"state `time:` for {dataset}, or relate it to a dataset that holds only the present rows"
    return QueryError("E_NO_TIME", message, hint=hint, where=relationship.spot.at("valid_from"))


def no_end(relationship: Relationship) -> QueryError:
    """The error for rows asked against the arrow whose validity ends where the next one begins."""
    message = (
        f'rows of "{relationship.to}" do not say until when they are valid, so "{relationship.name}" leads one way'
    )
    hint = f"define the metric on {relationship.from_}, or add valid_to"
    return QueryError("E_NO_PATH", message, hint=hint, where=relationship.spot.at("valid_from"))
