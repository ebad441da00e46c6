"""The plan's words: what is read from which dataset, over which windows, and how outputs are put together."""

from __future__ import annotations

from collections.abc import Container
from typing import Protocol

from msgspec import Struct, field

from truenorth.base.period import CLOCK, FINEST, GRAINS, PARTS, Span
from truenorth.define.lookup import MetricRef
from truenorth.define.model import Metric, Model
from truenorth.query.calendar import Calendar
from truenorth.query.column import Label, TimeColumn
from truenorth.query.comparison import Comparison, Step
from truenorth.query.dialect import indented
from truenorth.query.request import Filter, MetricQuery
from truenorth.query.window import Window

ROW = "row__kind"


class Lens(Struct, frozen=True):
    """How a metric is looked at from another one: shifted back, through a window, through extra filters.

    `period_agg` is first or average where a period's value is not the one at its end.
    """

    shifts: tuple[Step, ...] = ()
    trailing: Step | None = None
    to_date: str = ""
    running: bool = False
    filters: tuple[str, ...] = ()
    versus: Comparison | None = None
    period_agg: str = ""

    @property
    def elsewhere(self) -> bool:
        """Whether a period looks at the time of another one."""
        return bool(self.shifts) or self.versus is not None

    @property
    def through_time(self) -> bool:
        """Whether a period's value looks outside the period."""
        return self.trailing is not None or bool(self.to_date) or self.running


class Leaf(Struct, frozen=True):
    """One aggregation over one dataset, as a column `name`."""

    name: str
    metric: Metric
    filters: tuple[str, ...]


class Fold(Struct, frozen=True):
    """The groups, by these dimensions, that stand for themselves; all others are one."""

    dimensions: tuple[Dimension, ...]
    groups: tuple[tuple[object, ...], ...]


class Dimension(Struct, frozen=True):
    """What the answer is grouped by: a field reference, truncated when it is a time with a grain.

    Folded, it is NULL in all groups but some; the dimension that `marks` is 1 there and 0 in the others.
    """

    name: str
    reference: str
    grain: str = ""
    fold: Fold | None = None
    marks: bool = False

    @property
    def instant(self) -> bool:
        """Whether its values are instants, which are shown as local times."""
        return self.grain in CLOCK or self.grain == FINEST


def dimension_of(reference: str, own: Container[str] = ()) -> Dimension:
    """What a reference groups by: `signed_up_at__month` is the month of `signed_up_at`; `own` are calendars' grains."""
    head, _, tail = reference.rpartition("__")
    if head and (tail in GRAINS or tail in PARTS or tail in own or tail == FINEST):
        return Dimension(reference, head, tail)
    return Dimension(reference, reference)


class Leg(Struct, frozen=True):
    """Leaves that one pass over one dataset can compute, in one of `ways.WAYS`.

    With a `conversion` only the events that converted count, or what they converted to; `put` says how the values of
    days become that of a period: first or average. `slices` is the question that its rows answer, where they are
    slices of time, and `told` its select, once that is written.
    """

    dataset: str
    time: str
    way: str
    windows: tuple[Window, ...]
    leaves: tuple[Leaf, ...]
    conversion: Metric | None = None
    put: str = ""
    slices: Plan | None = None
    told: str = ""


class Output(Struct, frozen=True):
    """One column of the answer, as SQL over the leaves' columns."""

    name: str
    sql: str
    metric: str
    role: str = "metric"


class Lookup(Struct, frozen=True):
    """Another metric's values by the fields of a row, as a table that the rows are joined to; `sql` is its select, once
    that is written."""

    metric: MetricRef
    name: str
    plan: Plan
    sql: str = ""

    @property
    def table(self) -> str:
        """The table with its name, as it stands before a select."""
        return f"{self.name} AS (\n{indented(self.sql)}\n)"


class Plan(Struct, frozen=True):
    """Everything needed to write the SQL; printable, and the same for the same question."""

    query: MetricQuery
    calendar: Calendar
    asked: Span
    dimensions: tuple[Dimension, ...]
    conditions: tuple[str, ...]
    filters: tuple[Filter, ...]
    legs: tuple[Leg, ...]
    outputs: tuple[Output, ...]
    notes: tuple[str, ...] = ()
    additivity: dict[str, str] = field(default_factory=dict)
    withheld: dict[str, frozenset[tuple[Label, ...]]] = field(default_factory=dict)
    lookups: tuple[Lookup, ...] = ()
    within: bool = False
    compared: Comparison | None = None
    fill: str = ""
    layouts: dict[str, str] = field(default_factory=dict)
    carried: tuple[str, ...] = ()

    @property
    def times(self) -> tuple[TimeColumn, ...]:
        """The answer's time columns, which stand first."""
        return self.calendar.times

    @property
    def time_column(self) -> str:
        """The name of the answer's first time column, or ""."""
        return self.calendar.times[0].name if self.calendar.times else ""

    def __str__(self) -> str:
        lines = [f"answer: {', '.join(output.name for output in self.outputs)}"]
        by = [column.name for column in self.times]
        lines.append(f"by: {', '.join(by + [dimension.name for dimension in self.dimensions]) or '(one row)'}")
        span = self.asked
        between = " ".join(f"{word} {edge}" for word, edge in (("from", span.start), ("until", span.end)) if edge)
        lines.append(f"time: {between or 'all'}{' (left out)' if span.end else ''}, {self.calendar.timezone}")
        lines += [f"where: {condition}" for condition in self.conditions]
        lines += [
            f"where: {chosen.field} {'not ' if chosen.exclude else ''}in {list(chosen.values)}"
            for chosen in self.filters
        ]
        lines += [f"having: {condition}" for condition in self.query.having]
        for leg in self.legs:
            read = ", ".join(f"{leaf.name} = {described(leaf)}" for leaf in leg.leaves)
            said = f": {read}{followed(leg)}" if read else ""
            lines.append(f"read {leg.dataset or 'the calendar'} by {leg.time or 'no time'} ({leg.way}){said}")
        for one in self.lookups:
            inside = "\n".join(f"  {line}" for line in str(one.plan).splitlines())
            lines.append(f"look up {one.metric.text}:\n{inside}")
        lines += [f"note: {note}" for note in self.notes]
        return "\n".join(lines)


# For expressions that belong to no metric: the question's own.
NOWHERE = Metric(name="", type="simple")


class Planner(Protocol):
    """What a kind may ask of the planner."""

    model: Model
    fill: str
    double: str
    dialect: str
    money: bool

    def leaf(self, metric: Metric, lens: Lens) -> str:
        """The quoted column that will hold this aggregation."""

    def begun(self, metric: Metric, lens: Lens) -> str:
        """The condition that a row's period has begun; "" where there are no periods."""

    def ahead(self, metric: Metric, lens: Lens) -> str:
        """The condition that a row's period has not begun; "" where all have."""

    def seconds(self, metric: Metric, lens: Lens) -> str:
        """How many seconds of a row's period have passed since its rows began."""

    def value(self, name: str, lens: Lens) -> str:
        """The SQL of another metric's value, seen through a lens."""


def followed(leg: Leg) -> str:
    """What must come after a leg's rows for them to count, in words."""
    metric = leg.conversion
    if metric is None:
        return ""
    within = f" within {metric.window}" if metric.window else ""
    return f", followed by {metric.conversion_metric} of the same {metric.entity}{within}, counted by {metric.count_by}"


def described(leaf: Leaf) -> str:
    """A leaf in words."""
    metric = leaf.metric
    conditions = [condition for condition in (metric.filter, *leaf.filters) if condition]
    where = f" where {' and '.join(conditions)}" if conditions else ""
    return f"{metric.agg}({metric.expr or '*'}){where}"
