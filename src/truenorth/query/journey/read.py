"""The rows of a scan as arrays: read row by row, or by their days alone where a kind looks at nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, cast

import numpy as np

from truenorth.base.beside import beside
from truenorth.base.period import day_of
from truenorth.query.dialect import Dialect
from truenorth.query.journey.columns import GROUP, WHO, coded, encoded, grouped, places_of, ranked, whose
from truenorth.query.journey.filling import Put, as_it_is, filled, numbered, plain
from truenorth.query.journey.keyed import Owners, UnknownNumber, owners, whose_place
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


Write = Callable[["pa.Array", Array], None]


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
    whom = owners(scan.catalog, scan.key) if scan.key is not None and scan.key.select else None
    expected = scan.catalog.stretch(scan.leg.dataset, scan.leg.time).rows
    try:
        with scan.catalog.batches(scan.select()) as batches:
            reader = cast("pa.RecordBatchReader", batches)
            schema = reader.schema
            found = filled(reader, puts(schema, scan.key, whom), expected)
    except UnknownNumber:
        scan.key = None
        return one_by_one(scan)
    arrays, table, size = found.arrays, found.table, len(found.arrays["at"])
    who, known, entities = arrays.get("who"), arrays.get("known"), whom.entities if whom else None
    if who is None or known is None:
        who, entities, known = whose(table)
    group, groups = grouped([(arrays[name], found.values[name]) for name in groups_of(schema)], size)
    beside = {name: table.column(name) for name in scan.journey.columns(scan.metric)}
    extra = {name: encoded(name, column) for name, column in beside.items()}
    values = {}
    if NODE in beside:
        codes, named = coded(beside[NODE])
        extra[NODE], values[NODE] = ranked(codes, named.to_pylist())
    digits = {name: places_of(column) for name, column in beside.items()}
    marks, asked = (arrays.get(name, np.broadcast_to(every, size)) for name, every in FLAGS.items())
    rows = Rows(who, arrays["at"], marks, asked, group, extra, digits)
    nobody = size - int(np.count_nonzero(known))
    rows = rows.taken(known) if nobody else rows
    types = [schema.field(name).type for name in groups_of(schema)]
    kinds = [kind_of_group(scan.dialect, word, kind) for word, kind in zip(scan.words, types, strict=True)]
    return Read(rows, groups, kinds, nobody, entities, values)


def puts(schema: pa.Schema, key: Key | None, whom: Owners | None) -> dict[str, Put]:
    """How the columns are read that stand for themselves; whose a row is, where one whole number says it."""
    import pyarrow as pa

    found = {name: plain(schema, name) for name in ("at", *FLAGS) if name in schema.names}
    found |= {name: numbered(name) for name in groups_of(schema)}
    columns = [name for name in schema.names if name.startswith(WHO)]
    if len(columns) == 1 and pa.types.is_integer(schema.field(columns[0]).type):
        look, knows = (itself, is_known) if key is None or whom is None else led(key, whom)
        found |= {"who": Put((columns[0],), np.int64, look), "known": Put((columns[0],), np.bool_, knows)}
    return found


def groups_of(schema: pa.Schema) -> list[str]:
    """The columns of the question's groups, in their order."""
    return [name for name in schema.names if name.startswith(GROUP)]


def led(key: Key, whom: Owners) -> tuple[Write, Write]:
    """What writes whom the numbers of a key lead to, and whether that is known."""
    everybody = bool(whom.known[:-1].all())

    def look(numbers: pa.Array, room: Array) -> None:
        np.take(whom.who, whose_place(key, numbers), out=room, mode="clip")

    def knows(numbers: pa.Array, room: Array) -> None:
        if everybody and not numbers.null_count:
            room[:] = True
        else:
            np.take(whom.known, whose_place(key, numbers), out=room, mode="clip")

    return look, knows


def itself(numbers: pa.Array, room: Array) -> None:
    """Writes numbers as they are, 0 for NULL."""
    as_it_is(numbers.fill_null(0) if numbers.null_count else numbers, room)


def is_known(numbers: pa.Array, room: Array) -> None:
    """Writes which numbers are not NULL."""
    room[:] = numbers.is_valid().to_numpy(zero_copy_only=False) if numbers.null_count else True


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
        found: Array = table.column(name).to_numpy()
        return found
    return np.broadcast_to(FLAGS[name], len(table))


def kind_of_group(dialect: Dialect, word: str, kind: pa.DataType) -> str:
    """The type of a group's values."""
    if word == "decimal":
        return f"DECIMAL({kind.precision}, {kind.scale})"
    known = {"date": dialect.date, "integer": dialect.whole, "float": dialect.double, "boolean": "BOOLEAN"}
    return known.get(word) or (dialect.timestamp if word.startswith("timestamp") else dialect.text)
