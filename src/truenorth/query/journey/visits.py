"""Sessions: the visits that the rows of entities make, found from their times alone.

A row belongs to the session of the row before it unless more than `idle` has passed since, or more than `cap` since
the session began. A row that names its session (a client's session id) belongs to that one, whenever it came; one
without a name follows the row before it. Rows that do not `open` join a session that is open at their time, and
neither begin one nor make it longer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import numpy as np

from truenorth.query.journey.order import PIECE, Columns, Packed, begins, in_order, within
from truenorth.query.journey.rows import Array, Flags, Integers, Rows


@dataclass(frozen=True, slots=True)
class Rule:
    """When a session ends, in microseconds, and which of the rows' conditions opens one, is a view or is key (None
    where there is none: then every row opens, every row that opens is a view, and nothing is key)."""

    idle: int
    cap: int
    opens: int | None = None
    view: int | None = None
    key: int | None = None


@dataclass(frozen=True, slots=True)
class Sessions:
    """One value a session and group that it counts in: whose it is, its first and last moment, how many rows, views and
    key rows it has."""

    who: Integers
    start: Integers
    end: Integers
    events: Integers
    views: Integers
    keys: Integers
    group: Integers

    def __len__(self) -> int:
        return len(self.who)


class Piece(NamedTuple):
    """Rows in the order of their entities and times."""

    who: Integers
    at: Integers
    opens: Flags
    view: Flags
    key: Flags
    asked: Flags
    group: Integers
    name: Integers


def sessions(rows: Rows, rule: Rule, by_last: bool = False) -> Iterator[Callable[[], Sessions]]:
    """What finds the sessions of some entities at a time that begin (or end, `by_last`) with a row that the question
    asks for, each in the group of that row.

    Where several rows are its first, one of them is enough, and it counts in the group of each. Of rows of one time
    those that name a session come first, then those that open one, in the order of the names.
    `rows.extra["session"]` are the names of sessions, -1 where a row has none.

    >>> from truenorth.query.journey.rows import rows_of
    >>> [find] = sessions(rows_of([1, 1, 1], [0, 30, 61]), Rule(idle=30, cap=1000))
    >>> found = find()
    >>> found.start.tolist(), found.end.tolist(), found.events.tolist()
    ([0, 61], [30, 61], [2, 1])
    """
    base = int(rows.group.min(initial=0))
    bits = bits_of(rows, rule)
    # Whatever is asked, rows of one time are read in the same order: what makes sessions comes before the rest.
    rest = len(bits) - ("name" in bits) - ("opens" in bits)

    def find(ordered: Callable[[], Columns]) -> Sessions:
        if not bits and isinstance(ordered, Packed) and not any(ordered.widths[1:]):
            return alike(ordered, rule, by_last, base)
        who, at, head, known, tail, group = ordered()
        flags, known = head << rest | tail, known - 1 if known.strides[0] else np.broadcast_to(np.int64(-1), len(who))
        every, none = np.broadcast_to(np.bool_(True), len(who)), np.broadcast_to(np.bool_(False), len(who))
        opens = flags & bits["opens"] == 0 if "opens" in bits else every
        view = flags & bits["view"] == 0 if "view" in bits else opens
        key = flags & bits["key"] == 0 if "key" in bits else none
        asked = flags & bits["asked"] == 0 if "asked" in bits else every
        group = group + base if group.strides[0] else np.broadcast_to(np.int64(group[0] + base), len(who))
        return Sessions(*told(Piece(who, at, opens, view, key, asked, group, known), rule, by_last))

    return (partial(find, ordered) for ordered in in_order(rows.who, rows.at, ties_of(rows, bits, rule, rest)))


def ties_of(rows: Rows, bits: Mapping[str, int], rule: Rule, rest: int) -> list[Array]:
    """In which order rows of one time come: what they are that makes sessions, the name of that, the rest of what they
    are, and their group, counted from the least."""
    names, base = rows.extra.get("session"), int(rows.group.min(initial=0))
    flags, group = flagged(rows, bits, rule), rows.group - base if rows.group.strides[0] else rows.group
    known = np.broadcast_to(np.int64(0), len(rows)) if names is None else names + 1
    return [flags >> rest, known, flags & ((1 << rest) - 1), group]


def alike(rows: Packed, rule: Rule, by_last: bool = False, group: int = 0) -> Sessions:
    """The sessions of rows of one group that all open one and are told apart by nothing but their times."""
    found = plainly(rows, rule, group)
    if found is not None:
        return found
    who, at, *_ = rows()
    every, none = np.broadcast_to(np.bool_(True), len(who)), np.broadcast_to(np.bool_(False), len(who))
    groups, name = np.broadcast_to(np.int64(group), len(who)), np.broadcast_to(np.int64(-1), len(who))
    return Sessions(*told(Piece(who, at, every, every, none, every, groups, name), rule, by_last))


def plainly(rows: Packed, rule: Rule, group: int) -> Sessions | None:
    """The same where none lasts too long, else None."""
    keys, idle, cap = rows.keys, rule.idle // rows.unit, rule.cap // rows.unit
    firsts = np.flatnonzero(begins(keys >> rows.widths[0], np.diff(keys) > idle))
    lasts = np.append(firsts[1:], len(keys)) - 1
    first, last = keys[firsts], keys[lasts]
    if (last - first > cap).any():
        return None
    events, none = lasts - firsts + 1, np.broadcast_to(np.int64(0), len(firsts))
    return Sessions(rows.who(first), rows.at(first), rows.at(last), events, events, none, none + group)


EMPTY: tuple[Array, ...] = tuple(np.zeros(0, np.int64) for _ in range(7))


def bits_of(rows: Rows, rule: Rule) -> dict[str, int]:
    """The bit of each thing that some rows are and others are not; of rows of one time those come first that are."""
    told_apart = {
        "name": "session" in rows.extra,
        "opens": rule.opens is not None,
        "view": rule.view is not None,
        "key": rule.key is not None,
        "asked": not rows.asked.all(),
    }
    names = [name for name, some in told_apart.items() if some]
    return {name: 1 << number for number, name in enumerate(reversed(names))}


def flagged(rows: Rows, bits: Mapping[str, int], rule: Rule) -> Array:
    """What each row is not, in the bits of that."""
    found = np.zeros(len(rows), np.uint8)
    for low in range(0, len(rows), PIECE) if bits else ():
        piece = rows.taken(slice(low, low + PIECE))
        for word, bit in bits.items():
            if word == "name":
                lacks = piece.extra["session"] < 0
            else:
                lacks = ~(piece.asked if word == "asked" else piece.meets(getattr(rule, word)))
            found[low : low + PIECE] |= np.uint8(bit) * lacks
    return found


def told(piece: Piece, rule: Rule, by_last: bool) -> tuple[Array, ...]:
    """The columns of the sessions of a piece."""
    opening = np.flatnonzero(piece.opens)
    if not len(opening):
        return EMPTY
    every = slice(None) if len(opening) == len(piece.who) else opening
    who, at, name = piece.who[every], piece.at[every], piece.name[every]
    begin = within(at, begins(who, (at[1:] - at[:-1] > rule.idle) | (name[1:] >= 0)), rule.cap)
    firsts = np.flatnonzero(begin)
    lasts = np.append(firsts[1:], len(at)) - 1
    counts = [lasts - firsts + 1, added(piece.view[every], firsts), added(piece.key[every], firsts)]
    if len(opening) < len(piece.who):
        joined, stretch = joining(piece, opening, begin, firsts, rule)
        for count, flags in zip(counts, (None, piece.view, piece.key), strict=True):
            count += np.bincount(stretch if flags is None else stretch[flags[joined]], minlength=len(firsts))
    found = np.arange(len(firsts)), firsts, lasts, counts
    if name.strides[0] and name.max() >= 0:
        found = named(piece, opening, firsts, lasts, counts)
    session, first, last, counts = found
    if not piece.group.strides[0] and not piece.asked.strides[0]:
        return who[first], at[first], at[last], *counts, piece.group[opening[first]]
    session = session[np.cumsum(begin) - 1]
    edges = np.flatnonzero((at == at[last if by_last else first][session]) & piece.asked[every])
    base, wide = int(piece.group.min()), int(np.ptp(piece.group)) + 1
    chosen, group = np.divmod(np.unique(session[edges] * wide + (piece.group[every][edges] - base)), wide)
    return tuple(one[chosen] for one in (who[first], at[first], at[last], *counts)) + (group + base,)


def added(flags: Flags, firsts: Integers) -> Integers:
    """How many rows of each stretch have a flag."""
    if not flags.strides[0]:
        return np.diff(firsts, append=len(flags)) * int(flags[0])
    found: Integers = np.add.reduceat(flags, firsts, dtype=np.int64)
    return found


def named(
    piece: Piece, opening: Integers, firsts: Integers, lasts: Integers, counts: list[Integers]
) -> tuple[Integers, Integers, Integers, list[Integers]]:
    """(session of each stretch, first and last row and counts of sessions), where the stretches of one entity and name
    are one, and rows that do not open belong to the session they name."""
    others = np.flatnonzero(~piece.opens & (piece.name >= 0))
    rows = np.concatenate([opening[firsts], others])
    who, name = piece.who[rows], piece.name[rows]
    order = np.lexsort((name, who))
    who, name = who[order], name[order]
    number = np.empty(len(order), np.int64)
    number[order] = np.cumsum(begins(who, (name[1:] != name[:-1]) | (name[1:] < 0))) - 1
    begun = np.zeros(int(number.max()) + 1, np.bool_)
    begun[number[: len(firsts)]] = True
    number = np.where(begun, np.cumsum(begun) - 1, -1)[number]
    size = int(begun.sum())
    stretch, others, session = number[: len(firsts)], others[number[len(firsts) :] >= 0], number[len(firsts) :]
    session = session[session >= 0]
    first, last = np.zeros(size, np.int64), np.zeros(size, np.int64)
    # The stretches of a session follow each other in time: what is written last stays.
    first[stretch[::-1]] = firsts[::-1]
    last[stretch] = lasts
    summed = []
    for count, flags in zip(counts, (None, piece.view, piece.key), strict=True):
        more = np.bincount(session if flags is None else session[flags[others]], minlength=size)
        summed.append(np.bincount(stretch, count, size).astype(np.int64) + more)
    return stretch, first, last, summed


def joining(piece: Piece, opening: Integers, begin: Flags, firsts: Integers, rule: Rule) -> tuple[Integers, Integers]:
    """(the rows that join a session which is open at their time, the stretch of opening rows they join)."""
    others = np.flatnonzero(~piece.opens & (piece.name < 0))
    before = np.searchsorted(opening, others) - 1
    others, before = others[before >= 0], before[before >= 0]
    stretch = (np.cumsum(begin) - 1)[before]
    at = piece.at[others]
    is_open = piece.who[others] == piece.who[opening[before]]
    is_open &= at - piece.at[opening[before]] <= rule.idle
    is_open &= at - piece.at[opening[firsts[stretch]]] <= rule.cap
    return others[is_open], stretch[is_open]
