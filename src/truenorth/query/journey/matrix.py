"""The matrix of a retention: how many of each cohort come back in each bucket, all read in one go.

Where each entity is born once and only heads are counted, a table of entities and buckets is marked row by row, without
sorting; else each bucket is looked up by itself.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np
from msgspec.structs import replace

from truenorth.base.beside import beside
from truenorth.define.model import Metric
from truenorth.query.journey import retention
from truenorth.query.journey.birth import NEVER, Births, born, numbered, packed, pieces
from truenorth.query.journey.frame import Frame
from truenorth.query.journey.presence import coded
from truenorth.query.journey.rows import Array, Flags, Integers, Rows


@dataclass(frozen=True, slots=True)
class Grid:
    """One line for each cohort and group: its period and group, its size, and by bucket who came back, what that is
    worth (in smallest pieces, of so many decimal `places`), and whether everybody is old enough for it."""

    number: Integers
    group: Integers
    size: Integers
    retained: Integers
    whole: Flags
    values: Array | None
    places: int = 0


def matrix(metric: Metric, rows: Rows, frame: Frame, cuts: tuple[int, ...]) -> Grid:
    """The cohorts of all that is asked for, by buckets that begin and end at `cuts`."""
    births = born(metric, rows, frame)
    number = frame.periods(rows.at[births.places], metric.period)
    group = rows.group[births.places]
    cell, first = celled(packed(number, group))
    looked = [replace(metric, after=one, brackets=[str(cut) for cut in cuts]) for one in cuts[:-1]]
    whole = np.stack(
        [retention.whole(one, frame, number[first], cut) for one, cut in zip(looked, cuts[1:], strict=True)]
    )
    values, places = None, 0
    if metric.first == "recurring" or metric.value:
        cohorts = retention.follow(metric, rows, frame)
        spans = [retention.returned(one, cohorts) for one in looked]
        back = np.stack([counted(cell[last > begun], len(first)) for begun, last in spans])
        if metric.value:
            worth = [retention.worth(cohorts.returns, *span) for span in spans]
            values, places = np.stack([added(cell, one, len(first)) for one in worth]).T, cohorts.returns.places
    else:
        back = marked(metric, rows, frame, births, cuts, (cell, len(first)))
    size = counted(cell, len(first))
    return Grid(number[first], group[first], size, back.T, whole.T, values, places)


def celled(keys: Integers) -> tuple[Integers, Integers]:
    """The cell of each birth, in the order of their keys, and a birth of each cell."""
    if not len(keys):
        return keys, keys
    cell, cells = coded(keys)
    one = np.zeros(len(cells), np.int64)
    one[cell] = np.arange(len(keys))
    return cell, one


def counted(cell: Integers, size: int) -> Integers:
    """How many there are of each cell."""
    return np.bincount(cell, minlength=size).astype(np.int64)


def added(cell: Integers, worth: Array, size: int) -> Array:
    """What each cell is worth."""
    found = np.zeros(size, worth.dtype)
    np.add.at(found, cell, worth)
    return found


def marked(
    metric: Metric, rows: Rows, frame: Frame, births: Births, cuts: tuple[int, ...], cells: tuple[Integers, int]
) -> Integers:
    """How many of each cell come back in each bucket, where nobody is born twice."""
    line, lines = numbered(rows.who)
    begun, period = np.full(lines, NEVER), np.zeros(lines, np.int64)
    begun[line[births.places]] = rows.at[births.places]
    period[line[births.places]] = frame.periods(rows.at[births.places], metric.period)
    table = np.zeros((lines, len(cuts) + 1), np.bool_)

    def look(piece: slice) -> None:
        # Whoever marks a place of the table marks it alike, so that it does not matter who comes first.
        mark(metric, rows.taken(piece), frame, (line[piece], begun, period), cuts, table)

    deque(beside(look, pieces(len(rows))), 0)
    cell, size = cells
    of = np.full(lines, size)
    of[line[births.places]] = cell

    def count(piece: slice) -> Integers:
        return told(metric, table[piece], of[piece], size)

    found: Integers = np.sum([*beside(count, pieces(lines))], axis=0)
    return found[:size, : len(cuts) - 1].T


def told(metric: Metric, table: Flags, of: Integers, size: int) -> Integers:
    """How many entities of each cell come back in each bucket; whoever was not born is of the cell past the last."""
    width = table.shape[1]
    if metric.criteria == "on_or_after":
        table[:, :-1] = np.logical_or.accumulate(table[:, -2::-1], axis=1)[:, ::-1]
    if metric.criteria == "on_or_before":
        table[:, :-1] = np.logical_or.accumulate(table[:, :-1], axis=1)
    line, bucket = np.divmod(np.flatnonzero(table), width)
    return np.bincount(of[line] * width + bucket, minlength=(size + 1) * width).reshape(size + 1, width)


def mark(
    metric: Metric,
    rows: Rows,
    frame: Frame,
    births: tuple[Integers, Integers, Integers],
    cuts: tuple[int, ...],
    table: Flags,
) -> None:
    """Marks in which buckets rows come back; the column past the last bucket is for later ones, the one after it for
    rows that are none."""
    line, begun, period = births
    back = rows.meets(1)
    if not told_by_periods(metric):
        start = begun[line]
        back &= rows.at >= start
        if metric.criteria == "on_or_before":
            back &= (rows.at > start) | ~rows.meets(0)
    if metric.buckets == "rolling":
        number = (rows.at - np.minimum(start, rows.at)) // retention.LENGTHS[metric.period]
    else:
        number = np.maximum(frame.periods(rows.at, metric.period) - period[line], 0)
    width = table.shape[1]
    column = np.append(np.repeat(np.arange(len(cuts) - 1), np.diff(cuts)), len(cuts) - 1)
    found = column[np.minimum(number, cuts[-1])]
    if not back.all():
        found[~back] = width - 1
    found += line * width
    table.reshape(-1)[found] = True


def told_by_periods(metric: Metric) -> bool:
    """Whether no return comes before the start, because the first of them is the start."""
    plain = metric.first == "ever" and metric.buckets == "calendar" and metric.criteria != "on_or_before"
    return plain and metric.start == metric.returns
