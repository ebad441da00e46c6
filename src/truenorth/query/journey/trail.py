"""Rows put in the order in which entities made them, some entities at a time.

A row's place in that order, and what is known of it, is packed into one number where 64 bits hold it, so that sorting
moves one array. Where they do not, entities are first dealt out by their leading bits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from truenorth.base.beside import beside
from truenorth.query.journey.rows import Array, Flags, Integers, Rows

# So many rows are followed at a time, as far as entities allow: it bounds memory, and stays in the caches.
CHUNK = 1 << 19
# So many rows are packed at a time.
BLOCK = 1 << 18
WORD = 63
NEVER = np.iinfo(np.int64).max
# Up to so many runs of numbers are told by their ends.
RUNS = 8
# The most bits that rows are dealt out by.
DEAL = 16


@dataclass(frozen=True, slots=True)
class Kinds:
    """What one row alone does not differ in from another: by their number the marks, whether asked, the group."""

    marks: Array
    asked: Flags
    group: Integers

    def meets(self, number: int) -> Flags:
        """Which kinds meet a condition, counted from 0."""
        found: Flags = (self.marks >> np.uint64(number)) & np.uint64(1) != 0
        return found


@dataclass(frozen=True, slots=True)
class Trail:
    """The rows of some entities: by whose they are, when they were, and what.

    `when` tells whose and when in one number, which grows by 1 a microsecond from `start` for the first: rows of
    different units lie more than a gap apart. It ends with one more, later than any. `what` is the number of what a row
    is in `kinds`. A unit is an entity; where values are held, an entity with these values.
    """

    when: Integers
    what: Array
    kinds: Kinds
    owners: Even | Listed

    def __len__(self) -> int:
        return len(self.what)

    def meets(self, number: int) -> Flags:
        """Which rows meet a condition, counted from 0."""
        return self.chosen(self.kinds.meets(number))

    def chosen(self, kinds: Flags) -> Flags:
        """Which rows are of some kinds."""
        return picked(self.what, kinds)

    def at(self, places: Integers) -> Integers:
        """When rows were."""
        return self.owners.at(self.when, places)

    def unit(self, places: Integers) -> Integers:
        """The numbers of the units whose rows these are."""
        return self.owners.unit(self.when, places)

    def around(self, places: Integers) -> tuple[Trail, Integers]:
        """The trail of those units alone whose rows some are, and where these are in it."""
        units = self.owners.unit(self.when, slice(len(self)))
        wanted = np.zeros(int(units[-1]) + 1, np.bool_)
        wanted[units[places]] = True
        kept = np.flatnonzero(wanted[units])
        when = np.append(self.when[kept], self.when[-1])
        return Trail(when, self.what[kept], self.kinds, self.owners.around(kept)), np.searchsorted(kept, places)

    def later(self, alike: bool = False) -> Integers:
        """For each row the place of the first that is not of its time and unit; or that is not `alike`: of its time and
        unit, and meets the same conditions."""
        other = self.when[1:] != self.when[:-1]
        if alike:
            marks = self.kinds.marks[self.what]
            other[:-1] |= marks[1:] != marks[:-1]
        turns = np.flatnonzero(other) + 1
        found: Integers = turns[np.searchsorted(turns, np.arange(len(self)), "right")]
        return found

    def next(self, flags: Flags) -> NDArray[np.int32]:
        """For each place the first from there on that has a flag; the length of the trail where none has."""
        size = len(self)
        found = np.full(size + 2, size, np.int32)
        np.copyto(found[:size], np.arange(size, dtype=np.int32), where=flags)
        np.minimum.accumulate(found[::-1], out=found[::-1])
        return found


def picked(numbers: Array, flags: Flags) -> Flags:
    """Which small numbers have a flag. Those that follow each other are told by their ends, many times faster than one
    by one.

    >>> picked(np.array([3, 0, 1, 2]), np.array([False, True, True, False])).tolist()
    [False, False, True, True]
    """
    ends = np.flatnonzero(np.diff(flags, prepend=False, append=False))
    if len(ends) > 2 * RUNS:
        return flags[numbers]
    found = np.zeros(len(numbers), np.bool_)
    for first, past in zip(ends[::2].tolist(), ends[1::2].tolist(), strict=True):
        found |= (numbers >= first) & (numbers <= past - 1) if past - first > 1 else numbers == first
    return found


@dataclass(frozen=True, slots=True)
class Even:
    """Units that lie evenly, 2 ** `bits` apart, the first of them `first`. The last `held` bits of a unit tell what is
    held, those before whose it is: the entity `values[…]`, or without values itself, counted from `least`."""

    bits: int
    start: int
    first: int
    held: int
    least: int
    values: Integers | None

    def around(self, places: Integers) -> Even:
        """The same of some rows."""
        return self

    def at(self, when: Integers, places: Integers) -> Integers:
        """When rows were."""
        found: Integers = when[places] & np.int64((1 << self.bits) - 1)
        found += self.start
        return found

    def unit(self, when: Integers, places: Integers | slice) -> Integers:
        """The units of rows."""
        found: Integers = when[places] >> np.int64(self.bits)
        return found

    def numbered(self, units: Integers) -> Integers:
        """Entities as small numbers in the order of units."""
        return units >> self.held if self.held else units

    def entities(self, units: Integers) -> Integers:
        """The entities of units."""
        found: Integers = (units + self.first) >> self.held
        return found + self.least if self.values is None else self.values[found]


@dataclass(frozen=True, slots=True)
class Listed:
    """Units that are listed: of each row the time and the unit, of each unit the number of the entity and itself."""

    times: Integers
    units: Integers
    number: Integers
    who: Integers

    def around(self, places: Integers) -> Listed:
        """The same of some rows."""
        return replace(self, times=self.times[places], units=self.units[places])

    def at(self, when: Integers, places: Integers) -> Integers:
        """When rows were."""
        return self.times[places]

    def unit(self, when: Integers, places: Integers | slice) -> Integers:
        """The units of rows."""
        return self.units[places]

    def numbered(self, units: Integers) -> Integers:
        """Entities as small numbers in the order of units."""
        return self.number[units]

    def entities(self, units: Integers) -> Integers:
        """The entities of units."""
        return self.who[units]


def trails(rows: Rows, held: Integers | None, gap: int) -> Iterator[Callable[[], Trail]]:
    """What puts rows in order, some entities at a time. `held`: numbers of values that rows are followed apart by."""
    if not len(rows):
        return
    packing = Packing.of(rows, held, gap)
    if packing.fits:
        yield from packing.trails()
    else:
        yield partial(listed, rows, held, gap)


def listed(rows: Rows, held: Integers | None, gap: int) -> Trail:
    """The same for all rows at once, where what is known of one is too much for a number: slower, and always right."""
    coding = Coding.of(rows)
    what, kinds = coding.what(rows, slice(None)), coding.kinds
    apart = np.zeros(len(rows), np.int64) if held is None else held
    order = np.lexsort((what, rows.at, apart, rows.who))
    who, apart, at, what = rows.who[order], apart[order], rows.at[order], what[order]
    other = np.concatenate(([True], (who[1:] != who[:-1]) | (apart[1:] != apart[:-1])))
    units = np.cumsum(other) - 1
    begun = np.flatnonzero(other)
    passed = np.diff(at, prepend=at[0])
    passed[begun] = gap + 1
    when = np.append(np.cumsum(passed), NEVER)
    whose = who[begun]
    number = np.cumsum(np.diff(whose, prepend=whose[0]) != 0)
    return Trail(when, what, kinds, Listed(at, units, number, whose))


@dataclass(frozen=True, slots=True)
class Packing:
    """How rows become numbers: the unit, then the time, then what a row is, in the last bits.

    `unit` is whose a row is; as far as numbers are too small for all units, rows are dealt out by its leading bits.
    """

    rows: Rows
    unit: Integers | None
    held: Integers | None
    values: Integers | None
    coding: Coding
    least: int
    start: int
    most: int
    bits: int
    held_bits: int

    @staticmethod
    def of(rows: Rows, held: Integers | None, gap: int) -> Packing:
        """The packing of rows."""
        start, least = int(rows.at.min()), int(rows.who.min())
        most, unit, values = int(rows.who.max()) - least, None, None
        if most >= max(4 * len(rows), CHUNK):
            values, unit = np.unique(rows.who, return_inverse=True)
            least, most = 0, len(values) - 1
        apart = int(held.max()).bit_length() if held is not None else 0
        bits = (int(rows.at.max()) - start + gap + 1).bit_length()
        return Packing(rows, unit, held, values, Coding.of(rows), least, start, most << apart, bits, apart)

    @property
    def low(self) -> int:
        """How many bits tell what a row is."""
        return (len(self.coding.kinds.marks) - 1).bit_length()

    @property
    def kept(self) -> int:
        """How many of a unit's bits are in the numbers: what is held always is. Of many rows so few that those which
        are dealt out together are worked on at a time."""
        whole = (self.most | (1 << self.held_bits) - 1).bit_length()
        apart = (len(self.rows) // CHUNK).bit_length()
        return max(min(whole - apart, WORD - self.bits - self.low), self.held_bits)

    @property
    def dealt(self) -> int:
        """How many stacks rows are dealt out to."""
        return (self.most >> self.kept) + 1

    @property
    def fits(self) -> bool:
        """Whether the numbers fit into 64 bits."""
        return self.kept + self.bits + self.low <= WORD and self.dealt <= 1 << DEAL

    def trails(self) -> Iterator[Callable[[], Trail]]:
        """What puts the trails of some units at a time in order."""
        blocks = self.blocks()
        edges = np.concatenate(([0], np.cumsum(np.sum([np.diff(own) for _, own in blocks], axis=0))))
        number = 0
        while number < self.dealt:
            past = max(int(np.searchsorted(edges, edges[number] + CHUNK, "right")) - 1, number + 1)
            # Numbers of units, without what a row is, must fit for the stacks together.
            past = min(past, number + max(1 << max(WORD - self.bits - self.kept - 1, 0), 1))
            if edges[past] > edges[number]:
                stacks = range(number, past)
                parts = [keys[own[one] : own[one + 1]] for one in stacks for keys, own in blocks]
                yield partial(self.trail, number, parts, edges[number : past + 1] - edges[number])
            number = past

    def blocks(self) -> list[tuple[Array, Integers]]:
        """Packed rows block by block, in each of them stack by stack, and where each stack begins."""
        size = len(self.rows)
        return list(beside(self.packed, (slice(start, min(start + BLOCK, size)) for start in range(0, size, BLOCK))))

    def packed(self, block: slice) -> tuple[Array, Integers]:
        """Some rows packed, and dealt out."""
        unit = self.rows.who[block] - self.least if self.unit is None else self.unit[block]
        if self.held is not None:
            unit = unit << self.held_bits | self.held[block]
        keys = self.rows.at[block] - self.start
        keys <<= self.low
        keys |= self.coding.what(self.rows, block)
        if self.dealt == 1:
            keys |= unit << (self.bits + self.low)
            return keys, np.array([0, len(keys)])
        stack = (unit >> self.kept).astype(np.min_scalar_type(self.dealt))
        keys |= (unit & ((1 << self.kept) - 1)) << (self.bits + self.low)
        edges = np.concatenate(([0], np.cumsum(np.bincount(stack, minlength=self.dealt))))
        return keys[np.argsort(stack, kind="stable")], edges

    def trail(self, number: int, parts: Sequence[Array], edges: Integers) -> Trail:
        """The rows of some stacks, which lie in parts one after the other, put in order and told apart again."""
        keys = np.concatenate(parts)
        when = np.empty(len(keys) + 1, np.int64)
        for place, (start, end) in enumerate(zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True)):
            stack = keys[start:end]
            stack.sort()
            np.right_shift(stack, self.low, out=when[start:end])
            if place:
                when[start:end] += place << self.kept + self.bits
        when[-1] = NEVER
        what = (keys & ((1 << self.low) - 1)).astype(self.coding.type)
        owners = Even(self.bits, self.start, number << self.kept, self.held_bits, self.least, self.values)
        return Trail(when, what, self.coding.kinds, owners)


@dataclass(frozen=True, slots=True)
class Coding:
    """The number of what each row is, and what these are. Of rows of one time those with lower numbers come first:
    those that meet an earlier condition, of these those that meet no other, of these those that are asked for."""

    marks: Array
    code: Array
    some: int
    groups: int
    kinds: Kinds

    @staticmethod
    def of(rows: Rows) -> Coding:
        """The numbers of what there is among rows."""
        if rows.marks.dtype.itemsize > 2:
            marks = np.unique(rows.marks)
        else:
            met = np.zeros(1 << 8 * rows.marks.dtype.itemsize, np.bool_)
            met[rows.marks] = True
            marks = np.flatnonzero(met)
        order = sorted(range(len(marks)), key=lambda one: turn(int(marks[one])))
        rank = np.empty(len(marks), np.int64)
        rank[order] = np.arange(len(marks))
        groups = int(rows.group.max()) + 1
        some = 1 if bool(rows.asked.all()) else 2
        numbers = np.arange(len(marks) * some * groups)
        asked = numbers // groups % some == 0
        kinds = Kinds(marks[order].astype(np.uint64)[numbers // (groups * some)], asked, numbers % groups)
        code = (rank * (some * groups)).astype(np.min_scalar_type(len(numbers)))
        if rows.marks.dtype.itemsize <= 2:
            table = np.zeros(int(marks[-1]) + 1, code.dtype)
            table[marks] = code
            code = table
        return Coding(marks, code, some, groups, kinds)

    @property
    def type(self) -> Any:
        """The type of the numbers."""
        return self.code.dtype

    def what(self, rows: Rows, block: slice) -> Array:
        """The numbers of some rows."""
        marks = rows.marks[block]
        found: Array = self.code[marks if marks.dtype.itemsize <= 2 else np.searchsorted(self.marks, marks)]
        if self.some > 1:
            found = found + ~rows.asked[block] * self.code.dtype.type(self.groups)
        if self.groups > 1:
            found = found + rows.group[block].astype(self.code.dtype)
        return found


def turn(marks: int) -> tuple[int, str]:
    """Where a row stands among those of its time: by the first condition it meets, those that meet no more first.

    >>> sorted([0b110, 0b001, 0b000, 0b010, 0b011], key=turn)
    [1, 3, 2, 6, 0]
    """
    lowest = (marks & -marks).bit_length() if marks else 65
    return lowest, f"{marks:064b}"[::-1]
