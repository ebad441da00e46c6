"""stickiness: on how many local days of a window everybody was active who was there at all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

import numpy as np

from truenorth.base.errors import QueryError
from truenorth.base.period import Moment
from truenorth.define.model import Metric
from truenorth.query.journey.frame import Frame, stretched
from truenorth.query.journey.outcome import Measured, Outcomes
from truenorth.query.journey.presence import Presence, Tally, people
from truenorth.query.journey.rows import Flags, Rows
from truenorth.query.journey.succession import Piece, day_starts, days_of, number_of, pieces

ACTIVE = 0


def conditions(metric: Metric) -> tuple[str, ...]:
    """Every row counts that the metric's own filter keeps."""
    return ()


def columns(metric: Metric) -> Mapping[str, str]:
    """Nothing beside."""
    return {}


def reach(metric: Metric, frame: Frame) -> tuple[Moment | None, Moment | None]:
    """From the first window to the last."""
    whole_days(metric, frame)
    return frame.span


def whole_days(metric: Metric, frame: Frame) -> None:
    """QueryError E_GRAIN_TOO_FINE where windows begin or end within days."""
    edges = [edge for one in frame.windows for edge in (one.start, one.end)]
    if any(isinstance(edge, datetime) for edge in edges):
        hint = "ask for whole days, by day or a coarser grain"
        raise QueryError("E_GRAIN_TOO_FINE", f'"{metric.title}" is counted over whole days', hint=hint)


def daily(metric: Metric) -> bool:
    """It counts days."""
    return True


def follow(metric: Metric, rows: Rows, frame: Frame) -> Outcomes:
    """Everybody of each window, the number of days on which they were active, and how many of its days have begun."""
    whom = people(rows)
    tally = Tally(whom, frame.named)
    if not len(rows):
        return tally.outcomes()
    for chain in chains(pieces(frame, int(rows.at.min()), int(rows.at.max()) + 1)):
        first, last = days_of(frame, chain)
        starts = day_starts(frame, first, last)
        flags = Presence(whom, stretched(rows.at, starts), len(starts)).forwards()
        next(flags)
        slide(tally, chain, Days(flags, first), frame)
    return tally.outcomes()


class Days:
    """On how many of the days from one to another everybody was there, as both move on."""

    def __init__(self, flags: Iterator[Flags], first: int) -> None:
        self.flags = flags
        self.first = self.past = first
        self.kept: dict[int, Flags] = {}
        self.active = np.zeros(0, np.int32)

    def moved(self, first: int, past: int) -> None:
        """Look at the days from `first` up to `past`, the end left out."""
        while self.past < past:
            here = next(self.flags)
            self.active = self.active if len(self.active) else np.zeros(len(here), np.int32)
            if self.past >= first:
                self.kept[self.past] = here
                self.active += here
            self.past += 1
        for day in range(self.first, first):
            if day in self.kept:
                self.active -= self.kept.pop(day)
        self.first = first


def slide(tally: Tally, chain: list[Piece], days: Days, frame: Frame) -> None:
    """The people of windows of which each begins and ends no sooner than the one before."""
    today = number_of(frame, frame.as_of - 1, "day")
    for one in chain:
        first, last = days_of(frame, [one])
        days.moved(first, last + 1)
        tally.add(one.label, ACTIVE, days.active > 0, days.active, max(min(last, today) - first + 1, 1))


def chains(windows: list[Piece]) -> Iterator[list[Piece]]:
    """The windows in lists in which each begins and ends no sooner than the one before."""
    left = windows
    while left:
        chain, rest = left[:1], left[:0]
        for one in left[1:]:
            (chain if one.end >= chain[-1].end else rest).append(one)
        yield chain
        left = rest


def measured(metric: Metric, outcomes: Outcomes) -> Measured:
    """How many people there are, on so many days where the metric says so; or the days of all of them added up."""
    active, possible = outcomes.facts["worth"], outcomes.facts["of"]
    everybody = np.ones(len(active), np.bool_)
    if metric.part == "active_days":
        return Measured(everybody, active, "sum")
    if metric.part == "possible_days":
        return Measured(everybody, possible, "sum")
    if metric.part == "days" and metric.at_least is not None:
        return Measured(active >= metric.at_least)
    return Measured(active == metric.days if metric.part == "days" else everybody)


def notes(metric: Metric, outcomes: Outcomes, frame: Frame) -> tuple[str, ...]:
    """Nothing is left out."""
    return ()
