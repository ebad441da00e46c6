"""The columns that an engine gives as arrays: values of any type numbered, exact amounts in their smallest pieces."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from truenorth.base.beside import beside
from truenorth.query.journey.rows import AMOUNT, Array, Integers

if TYPE_CHECKING:
    import pyarrow as pa

# From so many possible groups on only those that occur are numbered.
MANY = 1 << 16
PIECE = 1 << 18
# How a kind calls columns whose values it works with, not only whether they are the same.
VALUE = "value"
# How a kind calls a column of names, of which an empty text is none.
NAME = "session"
# How the columns are called that tell one entity from another.
WHO = "who "


def pieces(column: pa.ChunkedArray) -> Iterator[tuple[int, pa.Array]]:
    """So much of a column at a time as fits into the memory beside a processor, and where it begins."""
    start = 0
    for chunk in column.chunks:
        for offset in range(0, len(chunk), PIECE):
            yield start + offset, chunk.slice(offset, PIECE)
        start += len(chunk)


def whose(table: pa.Table) -> tuple[Integers, Sequence[tuple[object, ...]] | None, Array]:
    """The number of each row's entity, the entities by their numbers, and which rows have one."""
    import pyarrow as pa

    columns = [table.column(name) for name in table.column_names if name.startswith(WHO)]
    known = np.ones(len(table), np.bool_)
    for column in columns:
        if column.null_count:
            known &= column.is_valid().to_numpy()
    if len(columns) == 1 and pa.types.is_integer(columns[0].type):
        filled = columns[0].fill_null(0) if columns[0].null_count else columns[0]
        return filled.to_numpy().astype(np.int64, copy=False), None, known
    numbers, entities = combined([coded(column) for column in columns], len(table))
    return numbers, entities, known


def grouped(table: pa.Table, dimensions: int, rows: int) -> tuple[Integers, Sequence[tuple[object, ...]]]:
    """The number of each row's group, and the groups by their numbers."""
    if not dimensions:
        return np.broadcast_to(np.int64(0), rows), [()]
    return combined([coded(table.column(f"group {number}")) for number in range(1, dimensions + 1)], rows)


def coded(column: pa.ChunkedArray) -> tuple[Integers, list[object]]:
    """The number of each value of a column, and the values by their numbers; NULL is one of them."""
    import pyarrow as pa

    parts = list(beside(lambda piece: piece[1].dictionary_encode("encode"), pieces(column)))
    if not parts:
        return np.zeros(0, np.int64), []
    # Each piece has numbers of its own: these are numbered together.
    together = pa.concat_arrays([part.dictionary for part in parts]).dictionary_encode("encode")
    numbers, found = together.indices.to_numpy().astype(np.int64), np.empty(len(column), np.int64)
    known = start = 0
    for part in parts:
        places = part.indices.to_numpy()
        np.take(numbers[known : known + len(part.dictionary)], places, out=found[start : start + len(part)])
        known, start = known + len(part.dictionary), start + len(part)
    return found, together.dictionary.to_pylist()


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
    if len(columns) == 1:
        return columns[0][0], [(value,) for value in columns[0][1]]
    total = np.zeros(rows, np.int64)
    size = 1
    for codes, values in columns:
        total = total * max(len(values), 1) + codes
        size *= max(len(values), 1)
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
