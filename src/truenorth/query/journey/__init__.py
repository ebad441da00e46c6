"""Journeys: metrics told by following entities through their rows in time.

SQL reads the rows that matter, with whose they are, when they were and which conditions they meet; a kind follows them
in arrays, the same on every engine; what it finds stands as a small table in the SQL of the answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from truenorth.base.period import Moment
from truenorth.define.model import Metric
from truenorth.query.journey import churn, funnel, lifecycle, paths, retention, sessions, stickiness
from truenorth.query.journey.frame import Frame
from truenorth.query.journey.order import Packed
from truenorth.query.journey.outcome import Measured, Outcomes
from truenorth.query.journey.rows import Rows

Asks = Literal["start", "rows"]


@dataclass(frozen=True, slots=True)
class Kind:
    """What a kind of journey reads, how it follows rows, and how a part of it is told.

    `asks`: whether the question's groups and conditions are those of an entity's start, or of each row. `daily`:
    whether it makes no difference when within its local day a row is, nor how many there are. `paired`: whether nothing
    of a row matters but whose it is and when it was; these are followed by `follow_pairs`.
    """

    asks: Asks
    conditions: Callable[[Metric], tuple[str, ...]]
    columns: Callable[[Metric], Mapping[str, str]]
    reach: Callable[[Metric, Frame], tuple[Moment | None, Moment | None]]
    follow: Callable[[Metric, Rows, Frame], Outcomes]
    measured: Callable[[Metric, Outcomes], Measured]
    notes: Callable[[Metric, Outcomes, Frame], tuple[str, ...]] = lambda metric, outcomes, frame: ()
    daily: Callable[[Metric], bool] = lambda metric: False
    paired: Callable[[Metric], bool] = lambda metric: False
    follow_pairs: Callable[[Metric, Packed, Frame], Outcomes] | None = None


KINDS = {
    "funnel": Kind(
        "start", funnel.conditions, funnel.columns, funnel.reach, funnel.follow, funnel.measured, funnel.notes
    ),
    "retention": Kind(
        "start",
        retention.conditions,
        retention.columns,
        retention.reach,
        retention.follow,
        retention.measured,
        daily=retention.daily,
    ),
    "sessions": Kind(
        "start",
        sessions.conditions,
        sessions.columns,
        sessions.reach,
        sessions.follow,
        sessions.measured,
        paired=sessions.paired,
        follow_pairs=sessions.follow_pairs,
    ),
    "paths": Kind("start", paths.conditions, paths.columns, paths.reach, paths.follow, paths.measured),
    **{
        name: Kind("rows", one.conditions, one.columns, one.reach, one.follow, one.measured, one.notes, one.daily)
        for name, one in {"lifecycle": lifecycle, "stickiness": stickiness, "churn": churn}.items()
    },
}
