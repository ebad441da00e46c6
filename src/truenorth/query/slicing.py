"""A leg whose rows are slices of time: for each slice and group of the question the value of another metric.

That is asked as a question of its own, by the slice and by the groups, so that a slice is judged as any number is told.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

from msgspec.structs import replace

from truenorth.base.period import Moment, day_of, day_past, wall
from truenorth.define.model import Metric
from truenorth.define.slices import BOUNDS, slice_of
from truenorth.define.when import TIME_NAME
from truenorth.query.clock import Clock
from truenorth.query.dialect import indented, quote
from truenorth.query.join import Source, rows_of
from truenorth.query.leg import Pass
from truenorth.query.request import MetricQuery
from truenorth.query.shape import Leaf, Leg, Plan

VALUE = "value of the slice"


def sliced(leg: Leg, plan: Plan, inner: Callable[[MetricQuery], Plan]) -> Leg:
    """A leg with the question that its slices are told by; any other as it is."""
    first = leg.leaves[0] if leg.leaves else None
    if first is None or first.metric.type != "slices":
        return leg
    own = tuple(text for text in (first.metric.filter, *first.filters) if text)
    asked = MetricQuery(
        (first.metric.input_metric,),
        by=tuple(one.name for one in plan.dimensions if not one.marks),
        grain=slice_of(first.metric.slice),
        range=stretch(leg, plan),
        where=(*plan.conditions, *own, *plan.filters),
    )
    return replace(leg, slices=inner(asked))


def stretch(leg: Leg, plan: Plan) -> str:
    """The days that the slices of a leg lie in, as the range of a question; half days are narrowed down by the leg."""
    spans = [(one.start, one.end) for one in leg.windows] or [(plan.asked.start, plan.asked.end)]
    starts, ends = ([span[side] for span in spans] for side in (0, 1))
    local = plan.calendar.reckoning.local
    if None in starts or None in ends or not spans:
        return "all"

    def day(moment: Moment | None, past: bool) -> Moment:
        assert moment is not None
        return day_past(local(moment)) if past else day_of(local(moment))

    first, last = min((day(one, False) for one in starts), key=wall), max((day(one, True) for one in ends), key=wall)
    return f"{first}T00:00:00..{last}T00:00:00"


class Slicing(Pass):
    """Slices of time as rows."""

    def __init__(self, catalog: object, plan: Plan, leg: Leg) -> None:
        super().__init__(catalog, plan, leg)  # type: ignore[arg-type]
        self.dated = slice_of(leg.leaves[0].metric.slice) == "day"

    def read(self) -> Source:
        """The rows that the inner question answers with; conditions hold there."""
        rows = rows_of(self.catalog, self.leg.dataset, self.leg.time, replace(self.plan, lookups=()))
        rows.origin = f"(\n{indented(self.leg.told)}\n) AS {quote(self.leg.dataset)}"
        alias = quote(self.leg.dataset)
        return Source(rows, "", (), tuple(f"{alias}.{quote(one.name)}" for one in self.plan.dimensions), ())

    @cached_property
    def time(self) -> str:
        """When a slice begins."""
        return f"{self.alias}.{quote(f'{TIME_NAME}__{slice_of(self.leg.leaves[0].metric.slice)}')}"

    @cached_property
    def clock(self) -> Clock:
        """Slices begin at instants of UTC."""
        return Clock(self.dialect, "UTC", self.plan.calendar.timezone, *self.stretch())

    def expression(self, leaf: Leaf) -> str:
        """The value of a slice that is as it should be."""
        sql, limits = self.raw(leaf.metric.input_metric), limits_of(leaf.metric)
        met = " AND ".join(f"{sql} {sign} {self.dialect.literal(limit)}" for sign, limit in limits)
        return f"CASE WHEN {met} THEN {sql} END" if met else sql

    def kind(self, metric: Metric) -> str:
        """Values of metrics are numbers."""
        return "float"

    def chosen(self) -> list[str]:
        """All slices are read; which of them count is for each number to say."""
        return []


def limits_of(metric: Metric) -> list[tuple[str, float]]:
    """What a slice must be, as signs and bounds."""
    return [(sign, limit) for key, sign in BOUNDS.items() if (limit := getattr(metric, key)) is not None]
