"""Periods that follow each other: those of which an answer wants to know who was there, and the one before them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from truenorth.base.errors import QueryError
from truenorth.base.period import Moment, shift, spoken, whole_length
from truenorth.query.granularity import ORDER
from truenorth.query.journey.frame import Frame
from truenorth.query.journey.rows import Integers
from truenorth.query.window import Window, utc

# What stands for the label of a period that nobody asked for: the one before, and what lies between it and the first.
BEFORE, BETWEEN = -1, -2


class Period(NamedTuple):
    """A stretch of time from `start` to the next one's: the label it counts under, and whether it is still filling."""

    start: int
    label: int
    running: bool = False


class Succession(NamedTuple):
    """Periods in order, and where the last of them ends."""

    periods: tuple[Period, ...]
    end: int


class Piece(NamedTuple):
    """A window, its edges on the scale of `Rows.at`, and the number of its labels."""

    start: int
    end: int
    label: int
    window: Window


def successions(frame: Frame, period: str, first: int, last: int) -> Iterator[Succession]:
    """The windows that follow each other, cut into periods, each time with the period before the first.

    Without a `period` the windows themselves are the periods, also where they are asked by that grain; the one before
    the first is that of the grain, or the stretch before it that is as long. Else a period counts whole in the window
    in which it begins. Open windows reach from `first` to `last`. QueryError E_GRAIN_TOO_FINE where windows are finer
    than periods.
    """
    if period and frame.grain and ORDER[frame.grain] < ORDER[period]:
        message = f"what is counted by the {spoken(period)} cannot be told by the {spoken(frame.grain)}"
        raise QueryError("E_GRAIN_TOO_FINE", message, hint=f"ask by {period} or a coarser grain")
    for run in runs(pieces(frame, first, last)):
        yield begun_in(frame, run, period) if period and period != frame.grain else themselves(frame, run)


def begun_in(frame: Frame, run: list[Piece], grain: str) -> Succession:
    """The whole periods of a grain that begin in a run, each under the window it begins in."""
    number, past = number_of(frame, run[0].start, grain), number_of(frame, run[-1].end - 1, grain) + 1
    if run[0].window.start is not None and begin(frame, number, grain) < run[0].start:
        number += 1
    edges = [begin(frame, one, grain) for one in range(number - 1, past + 1)]
    starts = [one.start for one in run[1:]]
    found = [Period(edges[0], BEFORE)]
    for start, end in pairwise(edges[1:]):
        found.append(Period(start, run[bisect_right(starts, start)].label, end > frame.as_of))
    return Succession(tuple(found), edges[-1])


def past_of(frame: Frame, period: str) -> Moment | None:
    """Where the last period has ended that begins in the windows of an answer, or what is known of it."""
    end = frame.span[1]
    if end is None or not period or period == frame.grain:
        return end
    asked = frame.microseconds(end, past=True)
    past = begin(frame, number_of(frame, asked - 1, period) + 1, period)
    return frame.moment(max(asked, min(past, frame.as_of)))


def themselves(frame: Frame, run: list[Piece]) -> Succession:
    """The windows of a run as periods."""
    start = run[0].start
    grain = frame.grain if within_one(frame, run[0], frame.grain) else ""
    begun, before = start, before_stretch(frame, run[0])
    if grain:
        number = number_of(frame, start, grain)
        begun, before = begin(frame, number, grain), begin(frame, number - 1, grain)
    found = [Period(before, BEFORE)] if before < begun else []
    found += [Period(begun, BETWEEN)] if begun < start else []
    return Succession((*found, *whole(frame, run, grain)), run[-1].end)


def pieces(frame: Frame, first: int, last: int) -> list[Piece]:
    """The windows that are not empty, in order, open ones reaching from `first` to `last`."""
    found = []
    for start, end, label, window in zip(frame.starts, frame.ends, frame.label, frame.windows, strict=True):
        begun, past = first if window.start is None else int(start), last if window.end is None else int(end)
        if begun < past:
            found.append(Piece(begun, past, int(label), window))
    return sorted(found, key=lambda one: (one.start, one.end))


def runs(windows: list[Piece]) -> Iterator[list[Piece]]:
    """The windows in runs in which each begins where the one before has ended."""
    run: list[Piece] = []
    for one in windows:
        if run and run[-1].end != one.start:
            yield run
            run = []
        run.append(one)
    if run:
        yield run


def whole(frame: Frame, run: list[Piece], grain: str) -> Iterator[Period]:
    """The windows of a run as periods; one that is a part of a period of the grain fills as long as that does."""
    for one in run:
        past = begin(frame, number_of(frame, one.start, grain) + 1, grain) if grain else one.end
        yield Period(one.start, one.label, max(past, one.end) > frame.as_of)


def within_one(frame: Frame, one: Piece, grain: str) -> bool:
    """Whether a window lies in one period of a grain."""
    return bool(grain) and number_of(frame, one.start, grain) == number_of(frame, one.end - 1, grain)


def before_stretch(frame: Frame, one: Piece) -> int:
    """Where the stretch before a window begins that is as long as it; whole months where it is whole months."""
    start, end = one.window.start, one.window.end
    if start is None or end is None:
        return one.start
    if isinstance(start, datetime) or isinstance(end, datetime):
        return one.start - (one.end - one.start)
    count, unit = whole_length(start, end)
    return frame.microseconds(shift(start, -count, unit))


def number_of(frame: Frame, at: int, grain: str) -> int:
    """The number of the period of a grain that holds a time."""
    return int(frame.periods(np.array([at], np.int64), grain)[0])


def begin(frame: Frame, number: int, grain: str) -> int:
    """Where a period begins, on the scale of `Rows.at`."""
    start = frame.period_start(number, grain)
    return frame.microseconds(utc(start) if isinstance(start, datetime) else start)


def days_of(frame: Frame, windows: list[Piece]) -> tuple[int, int]:
    """The numbers of the first and the last local day that windows in order touch."""
    return number_of(frame, windows[0].start, "day"), number_of(frame, max(one.end for one in windows) - 1, "day")


def day_starts(frame: Frame, first: int, last: int) -> Integers:
    """Where the local days from one to another begin, and where the last of them ends."""
    return np.array([begin(frame, number, "day") for number in range(first, last + 2)], np.int64)
