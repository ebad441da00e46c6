"""churn: who of those that were active stays away.

By `activity`: active in the period before and not in this one, which is the dormant of a lifecycle. By `inactivity`:
no activity on the `idle` local days that follow the last one in a window. Of whom these days are not over yet nobody
can know: they are in the state `unknown`, also where they are back already, so that those who come back soon do not
make the others' churn look smaller than it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from truenorth.base.period import CLOCK, Moment, parse_window, shift
from truenorth.define.model import Metric
from truenorth.query.journey import lifecycle
from truenorth.query.journey.frame import Frame, stretched
from truenorth.query.journey.outcome import TIMES, Measured, Outcomes
from truenorth.query.journey.presence import Presence, Tally, Whom, people
from truenorth.query.journey.rows import Rows
from truenorth.query.journey.stickiness import whole_days
from truenorth.query.journey.succession import Piece, day_starts, days_of, number_of, pieces

CHURNED, STAYED, UNKNOWN = range(5, 8)
NEVER = np.iinfo(np.int32).max


def conditions(metric: Metric) -> tuple[str, ...]:
    """Every row counts that the metric's own filter keeps."""
    return ()


def columns(metric: Metric) -> Mapping[str, str]:
    """Nothing beside."""
    return {}


def reach(metric: Metric, frame: Frame) -> tuple[Moment | None, Moment | None]:
    """All that came before the last window's end; or from the first window until the idle days after the last."""
    if metric.rule == "activity":
        return lifecycle.reach(metric, frame)
    whole_days(metric, frame)
    start, end = frame.span
    return start, end and shift(end, idle_days(metric), "day")


def idle_days(metric: Metric) -> int:
    """After how many days without activity somebody is gone."""
    count, unit = parse_window(metric.idle)
    return count * (7 if unit == "week" else 1)


def daily(metric: Metric) -> bool:
    """Whether whole days are looked at."""
    return metric.period not in CLOCK


def follow(metric: Metric, rows: Rows, frame: Frame) -> Outcomes:
    """Everybody who was active, and whether they are gone, stayed or nobody can know yet."""
    if metric.rule == "activity":
        return lifecycle.follow(metric, rows, frame)
    whom = people(rows)
    tally = Tally(whom, frame.named)
    if len(rows):
        for apart in layers(pieces(frame, int(rows.at.min()), int(rows.at.max()) + 1)):
            backwards(tally, whom, rows, apart, frame, idle_days(metric))
    return tally.outcomes()


def backwards(tally: Tally, whom: Whom, rows: Rows, apart: list[Piece], frame: Frame, idle: int) -> None:
    """The last day of everybody in each window, seen from the end, from where it is known when they came next."""
    first, last = days_of(frame, apart)
    starts = day_starts(frame, first, last + idle)
    flags = Presence(whom, stretched(rows.at, starts), len(starts)).backwards()
    today = number_of(frame, frame.as_of, "day")
    coming, seen = np.full(whom.size, NEVER, np.int32), np.zeros(whom.size, np.bool_)
    windows = [(one.label, *days_of(frame, [one])) for one in apart]
    for day, here in zip(range(last + idle, first - 1, -1), flags, strict=False):
        while windows and day < windows[-1][1]:
            windows.pop()
            seen[:] = False
        if windows and day <= windows[-1][2]:
            label, of_day = windows[-1][0], here & ~seen
            if day + idle < today:
                tally.add(label, CHURNED, of_day & (coming > day + idle))
                tally.add(label, STAYED, of_day & (coming <= day + idle))
            else:
                tally.add(label, UNKNOWN, of_day)
            seen |= here
        coming[here] = day


def layers(windows: list[Piece]) -> Iterator[list[Piece]]:
    """The windows in lists in which none overlaps another."""
    left = windows
    while left:
        layer, rest = left[:1], left[:0]
        for one in left[1:]:
            (layer if one.start >= layer[-1].end else rest).append(one)
        yield layer
        left = rest


def measured(metric: Metric, outcomes: Outcomes) -> Measured:
    """How many are gone, stayed or are not known; those of a period that is still filling are not known yet."""
    state, running = outcomes.facts["state"], outcomes.facts["of"] > 0
    stayed = (state == STAYED) | ((state == lifecycle.RETURNING) & ~running)
    if metric.part == "stayed":
        return Measured(stayed)
    if metric.part == "churned":
        return Measured((state == CHURNED) | (state == lifecycle.DORMANT))
    return Measured((state == UNKNOWN) | (state == lifecycle.UNKNOWN) | ((state == lifecycle.RETURNING) & running))


def notes(metric: Metric, outcomes: Outcomes, frame: Frame) -> tuple[str, ...]:
    """Of how many nobody can know yet."""
    if metric.rule == "activity":
        return lifecycle.notes(metric, outcomes, frame)
    waiting = told_of(outcomes)
    return (f"{metric.title}: of {waiting:,} nobody can know yet, as {metric.idle} are not over",) if waiting else ()


def told_of(outcomes: Outcomes) -> int:
    """Of how many it is not known whether they are gone, once for each period."""
    return int(outcomes.facts[TIMES][outcomes.facts["state"] == UNKNOWN].sum())
