"""Rows in the order of their entities and times, a piece of some entities after the other.

Sorting numbers is many times faster than finding the order of rows and then gathering them, so that whatever fits is
packed into one number a row: the entity, the time, and what settles ties.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from truenorth.base.beside import beside
from truenorth.query.journey.rows import Array, Flags, Integers

# So many rows are worked on at once: what they need stays near the processor.
PIECE = 1 << 18
BITS = 63
# Entities are put apart into as many parts as so many bits count, where that makes their rows fit.
PARTS = 14
UNITS = (1_000_000, 1_000)

Columns = tuple[Array, ...]


@dataclass(frozen=True, slots=True)
class Packed:
    """Rows of some entities as sorted numbers: the entity from `first` on, the time from `begin` on in units, and ties.

    `widths` are the bits of the time and of each tie.
    """

    keys: Integers
    first: int
    begin: int
    unit: int
    widths: tuple[int, ...]

    def __call__(self) -> Columns:
        """The rows column by column."""
        keys = self.keys
        columns: list[Array] = []
        for width in reversed(self.widths[1:]):
            columns.append(keys & ((1 << width) - 1) if width else np.broadcast_to(np.int64(0), len(keys)))
            keys = keys >> width
        return self.who(keys), self.at(keys), *reversed(columns)

    def who(self, keys: Integers) -> Integers:
        """The entities of numbers without ties."""
        return (keys >> self.widths[0]) + self.first

    def at(self, keys: Integers) -> Integers:
        """The times of numbers without ties."""
        return (keys & ((1 << self.widths[0]) - 1)) * self.unit + self.begin


def in_order(who: Integers, at: Integers, ties: Sequence[Array]) -> Iterator[Callable[[], Columns]]:
    """What makes pieces of (who, at, *ties), each in order of these and with all rows of its entities.

    Ties are whole numbers from 0 (or flags): rows of one entity and time are in their order.

    >>> [[column.tolist() for column in piece()] for piece in in_order(np.array([2, 1, 1]), np.array([5, 9, 7]), ())]
    [[[1, 1, 2], [7, 9, 5]]]
    """
    if not len(who):
        return
    first, last, begin, end = (int(one) for one in (who.min(), who.max(), at.min(), at.max()))
    unit = unit_of(at, end - begin)
    widths = [int(one.max()).bit_length() for one in ties]
    beside = ((end - begin) // unit).bit_length() + sum(widths)
    needed = beside + (last - first).bit_length()
    if needed <= BITS:
        yield from packed(who, at, ties, (first, begin, unit), widths)
    elif needed <= BITS + PARTS and beside < BITS:
        yield from parted(who, at, ties, (first, begin, unit), widths)
    else:
        yield from gathered(who, at, ties)


def unit_of(at: Integers, span: int) -> int:
    """The longest unit that all times are whole numbers of: fewer bits tell them apart."""
    for unit in UNITS:
        if not (at[:PIECE] % unit).any() and not any((at[low : low + PIECE] % unit).any() for low in pieces(len(at))):
            return unit
    return 1


def pieces(size: int) -> range:
    """Where pieces begin."""
    return range(0, size, PIECE)


def packed(
    who: Integers, at: Integers, ties: Sequence[Array], origin: tuple[int, int, int], widths: Sequence[int]
) -> Iterator[Callable[[], Columns]]:
    """Pieces of rows that fit into one number each."""
    first, begin, unit = origin
    wide = max((int(at.max()) - begin) // unit, 0).bit_length()
    keys = np.empty(len(who), np.int64)

    def pack(low: int) -> None:
        piece = slice(low, low + PIECE)
        key = (who[piece] - first) << wide
        key |= (at[piece] - begin) // unit if unit > 1 else at[piece] - begin
        for column, width in zip(ties, widths, strict=True):
            if width:
                key <<= width
                key |= column[piece]
        keys[piece] = key

    deque(beside(pack, pieces(len(who))), 0)
    yield from put_in_order(Packed(keys, *origin, (wide, *widths)))


def put_in_order(rows: Packed) -> Iterator[Packed]:
    """Pieces of packed rows, which are sorted where they are."""
    rows.keys.sort()
    for low, high in whole_entities(rows.keys, sum(rows.widths)):
        yield replace(rows, keys=rows.keys[low:high])


def parted(
    who: Integers, at: Integers, ties: Sequence[Array], origin: tuple[int, int, int], widths: Sequence[int]
) -> Iterator[Callable[[], Columns]]:
    """Pieces of rows that fit once entities are put apart into parts of neighbouring numbers."""
    first, begin, unit = origin
    shift = BITS - ((int(at.max()) - begin) // unit).bit_length() - sum(widths)
    part = np.empty(len(who), np.uint16)
    for low in pieces(len(who)):
        part[low : low + PIECE] = (who[low : low + PIECE] - first) >> shift
    order = np.argsort(part, kind="stable")
    ends = np.cumsum(np.bincount(part))
    waiting: list[Callable[[], Columns]] = []
    size = 0
    for number, (low, high) in enumerate(zip((0, *ends[:-1]), ends, strict=True)):
        own = [one[order[low:high]] if one.strides[0] else one[low:high] for one in (who, at, *ties)]
        if low < high:
            waiting += packed(own[0], own[1], own[2:], (first + (number << shift), begin, unit), widths)
        size += high - low
        if size >= PIECE or high == ends[-1]:
            yield partial(joined, waiting)
            waiting, size = [], 0


def joined(parts: Sequence[Callable[[], Columns]]) -> Columns:
    """Several pieces as one."""
    return tuple(np.concatenate(columns) for columns in zip(*(part() for part in parts), strict=True))


def whole_entities(keys: Integers, shift: int) -> Iterator[tuple[int, int]]:
    """Pieces that end where the rows of an entity do."""
    low = 0
    while low < len(keys):
        high = min(low + PIECE, len(keys))
        if high < len(keys):
            high = int(np.searchsorted(keys, ((keys[high - 1] >> shift) + 1) << shift, "left"))
        yield low, high
        low = high


def gathered(who: Integers, at: Integers, ties: Sequence[Array]) -> Iterator[Callable[[], Columns]]:
    """Pieces of rows that do not fit: their order is found, and they are taken one by one."""
    order = np.lexsort((*(one for one in reversed(ties) if one.any()), at, who))
    low = 0
    while low < len(order):
        high = min(low + PIECE, len(order))
        last = who[order[high - 1]]
        while high < len(order) and who[order[high]] == last:
            rest = who[order[high : high + PIECE]] != last
            high += int(np.argmax(rest)) if rest.any() else len(rest)
        yield partial(taken, (who, at, *ties), order[low:high])
        low = high


def taken(columns: Columns, places: Integers) -> Columns:
    """The values of columns at some places."""
    return tuple(one[places] for one in columns)


def begins(who: Integers, cut: Flags | np.bool_) -> Flags:
    """Which rows begin something anew: the first of each entity, and those after a cut between rows.

    >>> begins(np.array([1, 1, 2]), np.array([True, False])).tolist()
    [True, True, True]
    """
    found = np.ones(len(who), np.bool_)
    found[1:] = (who[1:] != who[:-1]) | cut
    return found


def within(at: Integers, begin: Flags, limit: int) -> Flags:
    """Beginnings, and a further one wherever more than `limit` has passed since the one before it.

    >>> within(np.array([0, 5, 10, 11, 16]), np.array([True, False, False, False, False]), 10).tolist()
    [True, False, False, True, False]
    """
    starts = np.flatnonzero(begin)
    ends = np.append(starts[1:], len(at))[: len(starts)]
    pending = starts[at[ends - 1] - at[starts] > limit]
    if not len(pending):
        return begin
    passed = clock(at, begin, limit)
    found = begin.copy()
    while len(pending):
        after = np.searchsorted(passed, passed[pending] + limit, "right")
        after = after[after < len(at)]
        pending = after[~found[after]]
        found[pending] = True
    return found


def clock(at: Integers, begin: Flags, limit: int) -> Integers:
    """A clock that only goes forward, on which up to `limit` passes as it does, and nothing of another beginning is as
    near as that."""
    passed = np.minimum(np.diff(at, prepend=at[:1]), limit + 1)
    found: Integers = np.cumsum(np.where(begin, limit + 1, passed))
    return found
