"""A leg whose numbers are told by following entities: its rows read, followed, and what was found written out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from msgspec import structs

from truenorth.define.journey import described
from truenorth.define.model import Metric
from truenorth.query.dialect import Dialect, indented, quote
from truenorth.query.journey.outcome import Cell, Measured, Outcomes, placed, told
from truenorth.query.journey.pairs import pairs_read
from truenorth.query.journey.read import rows_read
from truenorth.query.journey.scan import Scan
from truenorth.query.spine import label_type


@dataclass(frozen=True, slots=True)
class Followed:
    """What following a leg's rows found: outcomes, the values of each group by its number and their types, and how many
    rows are nobody's.

    `entities` are the values of each entity by its number in `who`, where they were numbered; else `who` is the value.
    `values` are those of nodes by their numbers.
    """

    outcomes: Outcomes
    groups: Sequence[tuple[object, ...]]
    kinds: Sequence[str]
    nobody: int
    entities: Sequence[tuple[object, ...]] | None
    values: Mapping[str, Sequence[object]]


def by_journey(scan: Scan) -> str:
    """The leg's rows: one for each labels and group that has an outcome."""
    scan.frame = replace(scan.frame, named=False, parts=frozenset(leaf.metric.part for leaf in scan.leg.leaves))
    found = followed(scan)
    scan.source.rows.notes += scan.journey.notes(whole(scan), found.outcomes, scan.frame)
    if found.nobody:
        scan.source.rows.notes.append(nobodys(scan, found.nobody))
    return f"{commented(scan)}\n{written(scan, found)}"


def whole(scan: Scan) -> Metric:
    """The metric of a scan under the title of the one that was defined, however many numbers are told of it."""
    metric = scan.metric
    known = scan.catalog.model.metrics
    named = known.get(metric.of) or known.get(metric.name) or known.get(metric.name.partition("__")[0]) or metric
    return structs.replace(metric, label=named.title)


def nobodys(scan: Scan, nobody: int) -> str:
    """What is said of rows without an entity."""
    rows = "row has" if nobody == 1 else "rows have"
    return f"{nobody:,} {rows} no {scan.metric.entity} and cannot be followed"


def followed(scan: Scan) -> Followed:
    """The rows of a scan, followed."""
    pairs = pairs_read(scan)
    if pairs is not None and scan.journey.follow_pairs is not None:
        outcomes = scan.journey.follow_pairs(scan.metric, pairs.rows, scan.frame)
        return Followed(outcomes, [()], [], pairs.nobody, pairs.entities, {})
    read = rows_read(scan)
    outcomes = scan.journey.follow(scan.metric, read.rows, scan.frame)
    return Followed(outcomes, read.groups, read.kinds, read.nobody, read.entities, read.values)


def commented(scan: Scan) -> str:
    """What was read and how it was followed, as a comment above the numbers."""
    words = f"the rows below, followed by {scan.metric.entity}: {described(scan.metric)}"
    return "\n".join(f"-- {line}" for line in (*words.split("\n"), *indented(scan.sql()).split("\n")))


def written(scan: Scan, found: Followed) -> str:
    """The numbers as a small table under the names of the answer's columns."""
    plan, dialect = scan.plan, scan.dialect
    measured = [scan.journey.measured(leaf.metric, found.outcomes) for leaf in scan.leg.leaves]
    where = placed(found.outcomes)
    numbers = [told(found.outcomes, one, where) for one in measured]
    labels = scan.frame.labels
    places: list[Cell] = where.cells if plan.times or plan.dimensions else [(0, 0)]
    rows = [
        (*labels[label], *found.groups[group], *(one.get((label, group)) for one in numbers)) for label, group in places
    ]
    columns = [(quote(column.name), label_type(scan.catalog, column)) for column in plan.times]
    columns += list(zip(scan.groups, found.kinds, strict=True))
    columns += [(quote(leaf.name), kind_of(dialect, one)) for leaf, one in zip(scan.leg.leaves, measured, strict=True)]
    values = dialect.values(columns, rows or [[None] * len(columns)])
    listed = ", ".join(f"{dialect.cast(name, kind)} AS {name}" for name, kind in columns)
    return f"SELECT {listed}\nFROM (\n{indented(values)}\n) AS followed" + ("" if rows else "\nWHERE 1 = 0")


def kind_of(dialect: Dialect, measured: Measured) -> str:
    """The type of a number."""
    if measured.places:
        return f"DECIMAL(38, {measured.places})"
    exact = measured.values is None or (measured.values.dtype.kind in "iuO" and measured.how in ("sum", "min", "max"))
    return dialect.whole if exact else dialect.double
