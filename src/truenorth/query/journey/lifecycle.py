"""lifecycle: who is new, returning, resurrecting or dormant in a period.

Active are those with a row in the period. Of them new are those who never had one before, returning those who had one
in the period before, resurrecting the others. Dormant are those who were active in the period before and are not in
this one; while it is still filling nobody can know, and they are in the state `unknown`.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from truenorth.base.period import CLOCK, Moment
from truenorth.define.model import Metric
from truenorth.query.journey.frame import Frame, stretched
from truenorth.query.journey.outcome import Measured, Outcomes
from truenorth.query.journey.presence import Presence, Tally, people
from truenorth.query.journey.rows import Rows
from truenorth.query.journey.succession import BETWEEN, past_of, successions

STATES = ("new", "returning", "resurrecting", "dormant", "unknown")
NEW, RETURNING, RESURRECTING, DORMANT, UNKNOWN = range(5)


def conditions(metric: Metric) -> tuple[str, ...]:
    """Every row counts that the metric's own filter keeps."""
    return ()


def columns(metric: Metric) -> Mapping[str, str]:
    """Nothing beside."""
    return {}


def reach(metric: Metric, frame: Frame) -> tuple[Moment | None, Moment | None]:
    """All that came before the last period's end: who is new is told by all of it."""
    return None, past_of(frame, metric.period)


def daily(metric: Metric) -> bool:
    """Whether periods are of whole days."""
    return metric.period not in CLOCK


def follow(metric: Metric, rows: Rows, frame: Frame) -> Outcomes:
    """Everybody's state in every period in which they have one."""
    whom = people(rows)
    tally = Tally(whom, frame.named)
    if not len(rows):
        return tally.outcomes()
    for one in successions(frame, metric.period, int(rows.at.min()), int(rows.at.max()) + 1):
        edges = np.array([*(period.start for period in one.periods), one.end], np.int64)
        flags = Presence(whom, stretched(rows.at, edges), len(edges)).forwards()
        known, before = next(flags).copy(), np.zeros(whom.size, np.bool_)
        for period, here in zip(one.periods, flags, strict=True):
            if period.label >= 0:
                tally.add(period.label, NEW, here & ~known)
                tally.add(period.label, RETURNING, here & before, of=int(period.running))
                tally.add(period.label, RESURRECTING, here & known & ~before)
                if period.start < frame.as_of:
                    tally.add(period.label, UNKNOWN if period.running else DORMANT, before & ~here)
            known |= here
            before = before if period.label == BETWEEN else here
    return tally.outcomes()


def measured(metric: Metric, outcomes: Outcomes) -> Measured:
    """How many are in a state; those active are the first three."""
    state = outcomes.facts["state"]
    return Measured(state <= RESURRECTING if metric.part == "active" else state == STATES.index(metric.part))


def notes(metric: Metric, outcomes: Outcomes, frame: Frame) -> tuple[str, ...]:
    """What is not known yet, and that people count once for each period."""
    found = []
    if (outcomes.facts["state"] == UNKNOWN).any():
        found.append(f"{metric.title}: who stays away in a period that is still filling is not known yet")
    if metric.period and metric.period != frame.grain:
        over = f"each {frame.grain}" if frame.grain else "the range"
        found.append(f"{metric.title}: everybody counts once for each {metric.period} that begins in {over}")
    return tuple(found)
