"""The columns that an engine gives as arrays: values of any type numbered, exact amounts in their smallest pieces."""

from __future__ import annotations

from collections import deque
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
# Up to so many texts are looked for in the next batch.
FEW = 1 << 8
# How a kind calls columns whose values it works with, not only whether they are the same.
VALUE = "value"
# How a kind calls a column of names, of which an empty text is none.
NAME = "session"
# How the columns are called that tell one entity from another.
WHO = "who "
# And those of the question's groups.
GROUP = "group "


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
    numbered = [coded(column) for column in columns]
    numbers, entities = combined([(codes, values.to_pylist()) for codes, values in numbered], len(table))
    return numbers, entities, known


def grouped(
    columns: Sequence[tuple[Integers, Sequence[object]]], rows: int
) -> tuple[Integers, Sequence[tuple[object, ...]]]:
    """The number of each row's group, and the groups by their numbers; of columns that are numbered."""
    return combined(columns, rows) if columns else (np.broadcast_to(np.int64(0), rows), [()])


def coded(column: pa.ChunkedArray) -> tuple[Integers, pa.Array]:
    """The number of each value of a column, and the values by their numbers; NULL is one of them."""
    found = np.empty(len(column), np.int64)

    def write(piece: tuple[int, pa.Array]) -> tuple[Array, pa.Array]:
        start, values = piece
        room = found[start : start + len(values)]
        return room, own_numbers(values, room)

    return found, common_numbers(list(beside(write, pieces(column))))


def own_numbers(column: pa.Array, room: Array) -> pa.Array:
    """Writes the numbers that values have in this batch; these are left."""
    coded = column.dictionary_encode("encode")
    room[:] = coded.indices.to_numpy()
    return coded.dictionary


class Numbering:
    """Numbers of the values in each batch. Texts that earlier batches had are likely to come again: as long as they are
    few they are looked for first, which is faster than telling a batch's own."""

    def __init__(self) -> None:
        self.seen: pa.Array | None = None

    def write(self, column: pa.Array, room: Array) -> pa.Array:
        """Writes the numbers of a batch's values; what they stand for is left."""
        import pyarrow as pa
        import pyarrow.compute as compute

        seen = self.seen
        if not pa.types.is_string(column.type) or (seen is not None and len(seen) > FEW):
            return own_numbers(column, room)
        if seen is not None:
            numbers = compute.index_in(column, seen)
            if not numbers.null_count:
                room[:] = numbers.to_numpy()
                return seen
        values = own_numbers(column, room)
        self.seen = values if seen is None else pa.concat_arrays([seen, values]).unique()
        return values


def common_numbers(parts: Sequence[tuple[Array, pa.Array]]) -> pa.Array:
    """Numbers the values of all batches together, in their order; the values by their numbers."""
    import pyarrow as pa

    if not parts:
        return pa.nulls(0)
    together = pa.concat_arrays([values for _, values in parts]).dictionary_encode("encode")
    numbers, start = together.indices.to_numpy().astype(np.int64), 0
    own = []
    for _, values in parts:
        own.append(numbers[start : start + len(values)])
        start += len(values)

    def renumber(part: tuple[Array, Array]) -> None:
        room, numbers = part
        room[:] = numbers[room]

    deque(beside(renumber, [(room, numbers) for (room, _), numbers in zip(parts, own, strict=True)]), 0)
    return together.dictionary


def ranked(codes: Integers, values: Sequence[Any]) -> tuple[Integers, list[object]]:
    """The same with values in their order, whatever order rows came in; -1 is NULL."""
    order = sorted((number for number, value in enumerate(values) if value is not None), key=lambda one: values[one])
    places = np.full(len(values), -1, np.int64)
    places[order] = np.arange(len(order))
    return places[codes], [values[number] for number in order]


def combined(
    columns: Sequence[tuple[Integers, Sequence[object]]], rows: int
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
    import pyarrow as pa
    import pyarrow.compute as compute

    codes, values = coded(column)
    nothing = values.is_null().to_numpy(zero_copy_only=False)
    if name == NAME and isinstance(values, pa.StringArray | pa.LargeStringArray):
        nothing |= compute.equal(values, "").fill_null(False).to_numpy(zero_copy_only=False)
    if nothing.any():
        codes[nothing[codes]] = -1
    return codes


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
