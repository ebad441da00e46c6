"""Columns as arrays, filled batch by batch as an engine gives them: the batches need not all be held at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from truenorth.base.beside import beside
from truenorth.query.journey.columns import Numbering, common_numbers
from truenorth.query.journey.rows import Array

if TYPE_CHECKING:
    import pyarrow as pa

# Where more rows come than were expected, there is room for so many more at least.
MORE = 1 << 18


@dataclass(frozen=True, slots=True)
class Put:
    """How an array is filled: from which columns, of which type, and what writes the values of a batch into it.

    What `write` leaves behind of each batch comes to `finish`, with the room that it wrote into; what that gives are
    the values that the numbers in the array stand for.
    """

    columns: tuple[str, ...]
    kind: Any
    write: Callable[..., object]
    finish: Callable[[Sequence[tuple[Array, Any]]], Sequence[object]] | None = None


@dataclass(frozen=True, slots=True)
class Filled:
    """Arrays by their names, the values that numbers in them stand for, and a table of the columns that fill none."""

    arrays: dict[str, Array]
    values: dict[str, Sequence[object]]
    table: pa.Table


def plain(schema: pa.Schema, name: str) -> Put:
    """How the array of a column without NULLs is filled: with its values as they are."""
    return Put((name,), schema.field(name).type.to_pandas_dtype(), as_it_is)


def as_it_is(column: pa.Array, room: Array) -> None:
    """Writes values without NULLs."""
    room[:] = column.to_numpy(zero_copy_only=False)


def numbered(name: str) -> Put:
    """How the array of a column of any type is filled: with the number of each value; NULL is one of them."""
    return Put((name,), np.int64, Numbering().write, lambda parts: common_numbers(parts).to_pylist())


def filled(reader: pa.RecordBatchReader, puts: Mapping[str, Put], most: int) -> Filled:
    """The columns of a reader, of which `most` rows are expected."""
    import pyarrow as pa

    sources = {column for put in puts.values() for column in put.columns}
    others = [name for name in reader.schema.names if name not in sources]
    parts: list[dict[str, Array]] = []
    kept: list[pa.RecordBatch] = []

    def rooms() -> Iterator[tuple[pa.RecordBatch, dict[str, Array]]]:
        size, used, room = most, 0, spare(puts, most)
        for batch in reader:
            if others:
                kept.append(batch.select(others))
            if used + len(batch) > size:
                parts.append(stretch(room, 0, used))
                size, used = max(len(batch), MORE, size >> 2), 0
                room = spare(puts, size)
            yield batch, stretch(room, used, len(batch))
            used += len(batch)
        parts.append(stretch(room, 0, used))

    def fill(one: tuple[pa.RecordBatch, dict[str, Array]]) -> dict[str, tuple[Array, object]]:
        batch, room = one
        return {
            name: (room[name], put.write(*(batch.column(column) for column in put.columns), room[name]))
            for name, put in puts.items()
        }

    written = list(beside(fill, rooms()))
    values = {name: put.finish([one[name] for one in written]) for name, put in puts.items() if put.finish}
    arrays = {name: together([part[name] for part in parts]) for name in puts}
    return Filled(
        arrays, values, pa.Table.from_batches(kept, pa.schema([reader.schema.field(name) for name in others]))
    )


def spare(puts: Mapping[str, Put], size: int) -> dict[str, Array]:
    """Arrays with room for so many rows."""
    return {name: np.empty(size, put.kind) for name, put in puts.items()}


def stretch(arrays: Mapping[str, Array], start: int, size: int) -> dict[str, Array]:
    """So many rows of arrays from one on."""
    return {name: array[start : start + size] for name, array in arrays.items()}


def together(parts: Sequence[Array]) -> Array:
    """Arrays one after the other."""
    return parts[0] if len(parts) == 1 else np.concatenate(parts)
