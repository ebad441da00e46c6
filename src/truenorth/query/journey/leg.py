"""A leg whose numbers are told by following entities: its rows read, followed, and what was found written out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from msgspec import structs

from truenorth.define.journey import described
from truenorth.define.model import Metric
from truenorth.query.dialect import Dialect, indented, quote
from truenorth.query.journey.outcome import Cell, Measured, Outcomes, placed, told
from truenorth.query.journey.rows import AMOUNT, Array, Integers, Rows
from truenorth.query.journey.scan import Scan
from truenorth.query.spine import label_type

if TYPE_CHECKING:
    import pyarrow as pa

# From so many possible groups on only those that occur are numbered.
MANY = 1 << 16
# How a kind calls columns whose values it works with, not only whether they are the same.
VALUE = "value"
# How a kind calls a column whose numbers are in the order of its values, by which they are told afterwards.
NODE = "node"
# How a kind calls a column of names, of which an empty text is none.
NAME = "session"


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
    select = scan.sql()
    scan.frame = replace(scan.frame, named=False)
    found = followed(scan, select)
    scan.source.rows.notes += scan.journey.notes(whole(scan), found.outcomes, scan.frame)
    if found.nobody:
        scan.source.rows.notes.append(nobodys(scan, found.nobody))
    return f"{commented(scan, select)}\n{written(scan, found)}"


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


@dataclass(frozen=True, slots=True)
class Read:
    """The rows of a scan that are somebody's, and what their numbers stand for, as in `Followed`."""

    rows: Rows
    groups: Sequence[tuple[object, ...]]
    kinds: Sequence[str]
    nobody: int
    entities: Sequence[tuple[object, ...]] | None
    values: Mapping[str, Sequence[object]]


def followed(scan: Scan, select: str) -> Followed:
    """The rows of a scan, followed."""
    read = rows_read(scan, select)
    outcomes = scan.journey.follow(scan.metric, read.rows, scan.frame)
    return Followed(outcomes, read.groups, read.kinds, read.nobody, read.entities, read.values)


def rows_read(scan: Scan, select: str) -> Read:
    """The rows of a scan."""
    table = cast("pa.Table", scan.catalog.arrow(select))
    who, entities, known = whose(table)
    group, groups = grouped(table, len(scan.source.dimensions))
    beside = {name: table.column(name) for name in scan.journey.columns(scan.metric)}
    extra = {name: encoded(name, column) for name, column in beside.items()}
    values = {}
    if NODE in beside:
        extra[NODE], values[NODE] = ranked(*coded(beside[NODE]))
    digits = {name: places_of(column) for name, column in beside.items()}
    every = np.broadcast_to(np.bool_(True), len(table))
    asked = plain(table, "asked") if "asked" in table.column_names else every
    rows = Rows(who, plain(table, "at"), plain(table, "marks"), asked, group, extra, digits)
    nobody = int(len(known) - np.count_nonzero(known))
    rows = rows.taken(known) if nobody else rows
    kinds = [
        kind_of_group(scan.dialect, word, table.column(f"group {number}")) for number, word in enumerate(scan.words, 1)
    ]
    return Read(rows, groups, kinds, nobody, entities, values)


def plain(table: pa.Table, name: str) -> Array:
    """A column without NULLs."""
    found: Array = table.column(name).to_numpy()
    return found


def whose(table: pa.Table) -> tuple[Integers, Sequence[tuple[object, ...]] | None, Array]:
    """The number of each row's entity, the entities by their numbers, and which rows have one."""
    import pyarrow as pa

    columns = [table.column(name) for name in table.column_names if name.startswith("who ")]
    known = np.ones(len(table), np.bool_)
    for column in columns:
        if column.null_count:
            known &= column.is_valid().to_numpy()
    if len(columns) == 1 and pa.types.is_integer(columns[0].type):
        filled = columns[0].fill_null(0) if columns[0].null_count else columns[0]
        return filled.to_numpy().astype(np.int64, copy=False), None, known
    numbers, entities = combined([coded(column) for column in columns], len(table))
    return numbers, entities, known


def grouped(table: pa.Table, size: int) -> tuple[Integers, Sequence[tuple[object, ...]]]:
    """The number of each row's group, and the groups by their numbers."""
    if not size:
        return np.broadcast_to(np.int64(0), len(table)), [()]
    return combined([coded(table.column(f"group {number}")) for number in range(1, size + 1)], len(table))


def coded(column: pa.ChunkedArray) -> tuple[Integers, list[object]]:
    """The number of each value of a column, and the values by their numbers; NULL is one of them."""
    encoded = column.combine_chunks().dictionary_encode("encode")
    return encoded.indices.to_numpy().astype(np.int64), encoded.dictionary.to_pylist()


def ranked(codes: Integers, values: Sequence[Any]) -> tuple[Integers, list[object]]:
    """The same with values in their order, whatever order rows came in; -1 is NULL."""
    order = sorted((number for number, value in enumerate(values) if value is not None), key=lambda one: values[one])
    places = np.full(len(values), -1, np.int64)
    places[order] = np.arange(len(order))
    return places[codes], [values[number] for number in order]


def combined(
    columns: Sequence[tuple[Integers, list[object]]], rows: int
) -> tuple[Integers, Sequence[tuple[object, ...]]]:
    """Numbers for the values of several columns together."""
    total = np.zeros(rows, np.int64)
    size = 1
    for codes, values in columns:
        total = total * max(len(values), 1) + codes
        size *= max(len(values), 1)
    if len(columns) == 1:
        return total, [(value,) for value in columns[0][1]]
    present, numbers = np.unique(total, return_inverse=True) if size > MANY else (np.arange(size), total)
    found = []
    for one in present.tolist():
        values_of = []
        for _, values in reversed(columns):
            one, at = divmod(one, max(len(values), 1))
            values_of.append(values[at] if values else None)
        found.append(tuple(reversed(values_of)))
    return numbers.astype(np.int64), found


def encoded(name: str, column: pa.ChunkedArray) -> Array:
    """A column that a kind reads beside: a value as it is, anything else numbered, -1 where it is NULL."""
    if name == AMOUNT and places_of(column):
        return smallest(column)
    if name.startswith((VALUE, AMOUNT)):
        found: Array = column.to_numpy()
        return found
    codes, values = coded(column)
    if name == NAME and "" in values:
        codes[codes == values.index("")] = -1
    return np.where(codes == values.index(None), -1, codes) if None in values else codes


def places_of(column: pa.ChunkedArray) -> int:
    """How many decimal places exact numbers have; 0 for others."""
    import pyarrow as pa

    return int(column.type.scale) if pa.types.is_decimal(column.type) else 0


def smallest(column: pa.ChunkedArray) -> Array:
    """Exact numbers without NULLs in their smallest pieces: integers, of any size where 64 bits do not hold them."""
    import pyarrow as pa

    whole = column.combine_chunks()
    if pa.types.is_decimal128(whole.type):
        halves = np.frombuffer(whole.buffers()[1], np.int64)[2 * whole.offset : 2 * (whole.offset + len(whole))]
        low, high = halves[::2], halves[1::2]
        most = int(np.abs(low).max(initial=0)) * len(low)
        if (high == low >> 63).all() and 0 <= most < 1 << 62:
            return low
    digits = places_of(column)
    return np.array([int(one.scaleb(digits)) for one in whole.to_pylist()], object)


def commented(scan: Scan, select: str) -> str:
    """What was read and how it was followed, as a comment above the numbers."""
    words = f"the rows below, followed by {scan.metric.entity}: {described(scan.metric)}"
    return "\n".join(f"-- {line}" for line in (*words.split("\n"), *indented(select).split("\n")))


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


def kind_of_group(dialect: Dialect, word: str, column: pa.ChunkedArray) -> str:
    """The type of a group's values."""
    if word == "decimal":
        return f"DECIMAL({column.type.precision}, {column.type.scale})"
    known = {"date": dialect.date, "integer": dialect.whole, "float": dialect.double, "boolean": "BOOLEAN"}
    return known.get(word) or (dialect.timestamp if word.startswith("timestamp") else dialect.text)
