"""The rows of a scan as arrays: read row by row, or by their days alone where a kind looks at nothing else."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, cast

import numpy as np

from truenorth.base.beside import beside
from truenorth.base.period import day_of
from truenorth.query.dialect import Dialect
from truenorth.query.journey.columns import coded, encoded, grouped, pieces, places_of, plain, ranked, whose
from truenorth.query.journey.keyed import Owners, owners, whose_place
from truenorth.query.journey.rows import Array, Integers, Rows
from truenorth.query.journey.scan import Scan
from truenorth.query.owner import Key

if TYPE_CHECKING:
    import pyarrow as pa

# How a kind calls a column whose numbers are in the order of its values, by which they are told afterwards.
NODE = "node"
# What is said of every row where no column says it of each.
FLAGS = {"marks": np.uint8(1), "asked": np.bool_(True)}
# Days are read as bits of all numbers of a key: so many of them at most, and so many for each row.
MOST, SPARSE, FEW = 1 << 30, 64, 1 << 20


@dataclass(frozen=True, slots=True)
class Read:
    """The rows of a scan that are somebody's, and what their numbers stand for, as in `Followed`."""

    rows: Rows
    groups: Sequence[tuple[object, ...]]
    kinds: Sequence[str]
    nobody: int
    entities: Sequence[tuple[object, ...]] | None
    values: Mapping[str, Sequence[object]]


def rows_read(scan: Scan) -> Read:
    """The rows of a scan."""
    key = scan.key
    if key is not None and daily(scan, key):
        whom = owners(scan.catalog, key)
        if whom.known[:-1].all() and not whom.known[-1]:
            return by_days(scan, key, whom)
    return one_by_one(scan)


def one_by_one(scan: Scan) -> Read:
    """The rows of a scan, each by itself."""
    table = cast("pa.Table", scan.catalog.arrow(scan.select()))
    found = belonging(scan, table)
    if found is None:
        scan.key = None
        return one_by_one(scan)
    who, entities, known = found
    group, groups = grouped(table, len(scan.source.dimensions))
    beside = {name: table.column(name) for name in scan.journey.columns(scan.metric)}
    extra = {name: encoded(name, column) for name, column in beside.items()}
    values = {}
    if NODE in beside:
        extra[NODE], values[NODE] = ranked(*coded(beside[NODE]))
    digits = {name: places_of(column) for name, column in beside.items()}
    marks, asked = (flags(table, name) for name in FLAGS)
    rows = Rows(who, plain(table.column("at")), marks, asked, group, extra, digits)
    nobody = int(len(known) - np.count_nonzero(known))
    rows = rows.taken(known) if nobody else rows
    kinds = [
        kind_of_group(scan.dialect, word, table.column(f"group {number}")) for number, word in enumerate(scan.words, 1)
    ]
    return Read(rows, groups, kinds, nobody, entities, values)


def belonging(scan: Scan, table: pa.Table) -> tuple[Integers, Sequence[tuple[object, ...]] | None, Array] | None:
    """The number of each row's entity, the entities by their numbers, and which rows have one; None where a number came
    in after it was looked up whose the numbers are."""
    import pyarrow.compute

    key = scan.key
    if key is None or not key.select:
        return whose(table)
    whom, column = owners(scan.catalog, key), table.column("who 1")
    edges = pyarrow.compute.min_max(column)
    low, high = edges["min"].as_py(), edges["max"].as_py()
    if low is not None and not key.low <= low <= high <= key.high:
        return None
    who, known = np.empty(len(column), np.int64), np.broadcast_to(np.bool_(True), len(column))
    if column.null_count or not whom.known[:-1].all():
        known = np.empty(len(column), np.bool_)

    def look(piece: tuple[int, pa.Array]) -> None:
        start, numbers = piece
        places, stretch = whose_place(key, numbers), slice(start, start + len(numbers))
        np.take(whom.who, places, out=who[stretch], mode="clip")
        if known.strides[0]:
            np.take(whom.known, places, out=known[stretch], mode="clip")

    deque(beside(look, pieces(column)), 0)
    return who, whom.entities, known


def daily(scan: Scan, key: Key) -> bool:
    """Whether it is enough to know on which days who was there, and these are few enough to be kept as bits."""
    metric, journey = scan.metric, scan.journey
    if scan.plan.dimensions or not journey.daily(metric) or (scan.asked() and metric.first != "in_range"):
        return False
    edges = [edge for window in scan.frame.windows for edge in (window.start, window.end)]
    if any(edge is None or isinstance(edge, datetime) for edge in edges):
        return False
    known = scan.catalog.stretch(scan.leg.dataset, scan.leg.time)
    if known.first is None or known.last is None:
        return False
    bits = (key.high - key.low + 1) * ((day_of(known.last) - day_of(known.first)).days + 1)
    return bits <= min(MOST, max(FEW, SPARSE * known.rows))


def by_days(scan: Scan, key: Key, whom: Owners) -> Read:
    """One row for each day on which somebody was there, at the time where that begins."""
    table = cast("pa.Table", scan.catalog.arrow(scan.days(key)))
    nobody = sum(table.column("nobody").to_pylist())
    table = table.filter(table.column("bits").is_valid())
    days = [scan.frame.microseconds(day) for day in table.column("day").to_pylist()]

    def look(bits: pa.Scalar) -> Integers:
        packed = np.frombuffer(bits.as_buffer(), np.uint8)
        # The bits stand at the end of their bytes.
        places = np.flatnonzero(np.unpackbits(packed).view(np.bool_)) - (8 * len(packed) - (key.high - key.low + 1))
        return whom.who[places]

    found = list(beside(look, table.column("bits")))
    sizes = [len(one) for one in found]
    who = np.concatenate(found) if found else np.zeros(0, np.int64)
    at = np.repeat(np.array(days, np.int64), sizes)
    marks, asked = (np.repeat(flags(table, name), sizes) for name in FLAGS)
    group, groups = np.broadcast_to(np.int64(0), len(who)), [()]
    return Read(Rows(who, at, marks, asked, group, {}), groups, [], nobody, whom.entities, {})


def flags(table: pa.Table, name: str) -> Array:
    """What is said of each row; where no column says it, that of every row."""
    if name in table.column_names:
        return plain(table.column(name))
    return np.broadcast_to(FLAGS[name], len(table))


def kind_of_group(dialect: Dialect, word: str, column: pa.ChunkedArray) -> str:
    """The type of a group's values."""
    if word == "decimal":
        return f"DECIMAL({column.type.precision}, {column.type.scale})"
    known = {"date": dialect.date, "integer": dialect.whole, "float": dialect.double, "boolean": "BOOLEAN"}
    return known.get(word) or (dialect.timestamp if word.startswith("timestamp") else dialect.text)
