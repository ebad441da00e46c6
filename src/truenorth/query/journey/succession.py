"""Periods that follow each other: those of which an answer wants to know who was there, and the one before them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

import numpy as np

from truenorth.base.errors import QueryError
from truenorth.base.period import shift, spoken, whole_length
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

    Without a `period` the windows themselves are the periods; the one before the first is that of the grain asked by,
    or the stretch before it that is as long. A period that begins in one window and ends in the next counts in the
    first. Open windows reach from `first` to `last`. QueryError E_GRAIN_TOO_FINE where windows are finer than periods.
    """
    if period and frame.grain and ORDER[frame.grain] < ORDER[period]:
        message = f"what is counted by the {spoken(period)} cannot be told by the {spoken(frame.grain)}"
        raise QueryError("E_GRAIN_TOO_FINE", message, hint=f"ask by {period} or a coarser grain")
    for run in runs(pieces(frame, first, last)):
        start, end = run[0].start, run[-1].end
        grain = period or (frame.grain if within_one(frame, run[0], frame.grain) else "")
        begun, before = start, before_stretch(frame, run[0])
        if grain:
            number = number_of(frame, start, grain)
            begun, before = begin(frame, number, grain), begin(frame, number - 1, grain)
        found = [Period(before, BEFORE)] if before < begun else []
        found += [Period(begun, BETWEEN)] if begun < start else []
        found += cut(frame, run, period) if period else whole(frame, run, grain)
        yield Succession(tuple(found), end)


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


def cut(frame: Frame, run: list[Piece], grain: str) -> Iterator[Period]:
    """The periods of a grain in a run, the first from where the run begins, each under the window it begins in."""
    starts = [one.start for one in run]
    for number in range(number_of(frame, run[0].start, grain), number_of(frame, run[-1].end - 1, grain) + 1):
        start = max(begin(frame, number, grain), run[0].start)
        label = run[bisect_right(starts, start) - 1].label
        yield Period(start, label, begin(frame, number + 1, grain) > frame.as_of)


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
