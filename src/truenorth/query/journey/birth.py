"""Who begins, and when: the starts that count, out of all rows that are one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from truenorth.base.beside import beside
from truenorth.define.model import Metric
from truenorth.query.journey.frame import Frame
from truenorth.query.journey.rows import Flags, Integers, Rows

# Up to so many numbers a table holds one for each, rather than for those that occur.
DENSE = 1 << 27
NEVER = np.iinfo(np.int64).max
PIECE = 1 << 18


@dataclass(frozen=True, slots=True)
class Births:
    """The starts that count: the place of each one's row, in which labels of the answer's windows it counts."""

    places: Integers
    label: Integers


def numbered(who: Integers) -> tuple[Integers, int]:
    """A number for each entity, below a size that is not much more than there are rows.

    >>> numbered(np.array([907, 905, 907]))[0].tolist()
    [2, 0, 2]
    """
    if not len(who):
        return who, 1
    low, high = int(who.min()), int(who.max())
    if high - low <= 4 * len(who) + 1024:
        return (who - low if low else who), high - low + 1
    known, numbers = np.unique(who, return_inverse=True)
    return numbers.reshape(-1).astype(np.int64), len(known)


def packed(*columns: Integers) -> Integers:
    """One number for the values of several columns together, in their order.

    >>> packed(np.array([1, 0, 1]), np.array([7, 9, 7])).tolist()
    [3, 2, 3]
    """
    total, size = np.zeros(len(columns[0]), np.int64), 1
    for column in columns:
        numbers, width = numbered(column)
        if width == 1:
            continue
        if size * width >= NEVER >> 2:
            total = np.unique(total, return_inverse=True)[1].reshape(-1).astype(np.int64)
            size = len(total)
            numbers = np.unique(numbers, return_inverse=True)[1].reshape(-1).astype(np.int64)
            width = len(numbers)
        total, size = total * width + numbers, size * width
    return total


def earliest(keys: Integers, at: Integers) -> Flags:
    """Which times are the first of their key; of several at one time all.

    >>> earliest(np.array([1, 1, 2, 1]), np.array([5, 3, 9, 3])).tolist()
    [False, True, True, True]
    """
    keys, size = numbered(keys)
    if size > DENSE:
        known, keys = np.unique(keys, return_inverse=True)
        keys, size = keys.reshape(-1), len(known)
    first = np.full(size, NEVER)
    for piece in pieces(len(at)):
        np.minimum.at(first, keys[piece], at[piece])
    found = list(beside(lambda piece: at[piece] == first[keys[piece]], pieces(len(at))))
    return np.concatenate(found) if found else np.zeros(0, np.bool_)


def firsts(keys: Integers) -> Integers:
    """The place of the first of each key, in the order of the keys.

    >>> firsts(np.array([7, 5, 7])).tolist()
    [1, 0]
    """
    numbers, size = numbered(keys)
    if size > DENSE:
        return np.unique(keys, return_index=True)[1]
    place = np.full(size, -1)
    place[numbers[::-1]] = np.arange(len(numbers))[::-1]
    return place[place >= 0]


def pieces(size: int) -> Iterator[slice]:
    """So many rows at a time as fit into the memory beside a processor."""
    return (slice(start, start + PIECE) for start in range(0, size, PIECE))


def born(metric: Metric, rows: Rows, frame: Frame) -> Births:
    """The starts that count: of each entity the first ever, or of every period, if it is asked for; or the first of
    those that are asked for.

    Where several first starts are at one time, each group of theirs has one.
    """
    if metric.first == "in_range":
        places, label = soonest(rows, frame)
    else:
        begins = rows.meets(0)
        starts = None if begins.all() else np.flatnonzero(begins)
        at, who = (rows.at, rows.who) if starts is None else (rows.at[starts], rows.who[starts])
        keys = packed(who, frame.periods(at, metric.period)) if metric.first == "recurring" else who
        places = np.flatnonzero(earliest(keys, at))
        places = places if starts is None else starts[places]
        inside, label = frame.within(rows.at[places])
        places = places[inside]
    asked = rows.asked[places]
    places, label = places[asked], label[asked]
    apart = [rows.who[places], label, rows.group[places]]
    once = packed(*apart, rows.at[places]) if metric.first == "recurring" else packed(*apart)
    chosen = firsts(once)
    return Births(places[chosen], label[chosen])


def soonest(rows: Rows, frame: Frame) -> tuple[Integers, Integers]:
    """The places of starts that are asked for, the first of each entity, label and group (of several at one time all),
    and their labels."""

    def look(piece: slice) -> tuple[Integers, Integers]:
        part = rows.taken(piece)
        starts = np.flatnonzero(part.meets(0) & part.asked)
        inside, label = frame.within(part.at[starts])
        return starts[inside] + piece.start, label

    found = list(beside(look, pieces(len(rows))))
    line, lines = numbered(rows.who)
    group, groups = numbered(rows.group)
    labels = len(frame.labels)
    if lines * labels * groups > DENSE:
        places, label = together(found)
        apart = earliest(packed(rows.who[places], label, rows.group[places]), rows.at[places])
        return places[apart], label[apart]
    times = np.full(lines * labels * groups, NEVER)
    keys = [(line[places] * labels + label) * groups + group[places] for places, label in found]
    for key, (places, _) in zip(keys, found, strict=True):
        np.minimum.at(times, key, rows.at[places])
    first = [rows.at[places] == times[key] for key, (places, _) in zip(keys, found, strict=True)]
    return together([(places[one], label[one]) for one, (places, label) in zip(first, found, strict=True)])


def together(found: Sequence[tuple[Integers, Integers]]) -> tuple[Integers, Integers]:
    """Places and labels that were found piece by piece."""
    empty = np.zeros(0, np.int64)
    places, label = (np.concatenate([one[at] for one in found] or [empty]) for at in range(2))
    return places, label
