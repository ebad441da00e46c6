"""Conversions as SQL: each base event meets the nearest conversion after it, or each conversion its latest base event.

One ASOF join either way, which both engines have: sorted once, whatever the number of events.
"""

from __future__ import annotations

import math
from datetime import timedelta

from msgspec.structs import replace

from truenorth.base.errors import QueryError
from truenorth.base.period import CLOCK, Moment, day_of, day_past, parse_window, shift, truncate
from truenorth.base.zone import local_day
from truenorth.define.graph import entity_columns
from truenorth.define.model import Metric
from truenorth.define.retention import DAYS, bracket, bucket
from truenorth.query.calendar import Calendar
from truenorth.query.catalog import Catalog
from truenorth.query.dialect import indented, quote
from truenorth.query.granularity import ORDER
from truenorth.query.leg import Everywhere, Pass
from truenorth.query.shape import Leaf, Leg, Plan

AFTER = "conversion"
# Names that no column has: they stand beside all columns of a dataset.
AT, VALUE, TURN = quote("moment of event"), quote("value of event"), quote("turn of event")
WITHIN_DAYS = ("second", "minute", "hour")


class Converting(Pass):
    """A leg over the base events that a conversion followed, or over the conversions at their base events."""

    def __init__(self, catalog: Catalog, plan: Plan, leg: Leg) -> None:
        assert leg.conversion is not None
        self.metric = leg.conversion
        self.given = catalog.model.metrics[self.metric.base_metric]
        self.once = self.metric.count_by == "base"
        super().__init__(catalog, plan if self.once else replace(plan, conditions=(), filters=()), leg)
        followed = catalog.model.metrics[self.metric.conversion_metric]
        place = Leg(followed.dataset, catalog.time_of(followed), "period", (), (Leaf("", followed, ()),))
        self.after = Everywhere(catalog, replace(plan, dimensions=(), conditions=(), filters=()), place)
        leaf = Leaf("", self.given, leg.leaves[0].filters)
        own = Everywhere(catalog, replace(plan, dimensions=()), replace(leg, leaves=(leaf,)))
        self.before: Pass = self if self.once else own
        self.unit = max(known_by(self.after), known_by(self.before), key=lambda unit: ORDER[unit] if unit else -1)
        self.window = interval(self.metric, self.unit)
        self.meet()

    def meet(self) -> None:
        """Puts the two events together in FROM."""
        rows = self.source.rows
        if self.once:
            on = [f"{sql} = {AFTER}.{name}" for name, sql in self.keys(self).items()]
            on.append(f"{moment(self, self.unit)} <= {AFTER}.{AT}")
            rows.lines.append(f"ASOF JOIN (\n{indented(self.conversions())}\n) AS {AFTER} ON {' AND '.join(on)}")
            return
        on = [f"{AFTER}.{name} = {self.alias}.{name}" for name in self.keys(self.before)]
        on.append(f"{AFTER}.{AT} >= {self.alias}.{AT}")
        rows.origin = (
            f"(\n{indented(self.conversions())}\n) AS {AFTER}\n"
            f"ASOF JOIN (\n{indented(self.base_events())}\n) AS {self.alias} ON {' AND '.join(on)}"
        )

    def keys(self, side: Pass) -> dict[str, str]:
        """Who it was and what has to stay the same, as SQL over one side's rows."""
        metric = side.leg.leaves[0].metric
        names = [self.metric.entity]
        for one in self.metric.constant_properties:
            names.append(one.conversion_property if side is self.after else one.base_property)
        columns = [column for name in names for column in entity_columns(self.catalog.model, side.leg.dataset, name)]
        return {quote(f"key {at}"): side.owned(column, metric) for at, column in enumerate(columns, 1)}

    def conversions(self) -> str:
        """The conversions that may belong to base events of the range."""
        side = self.after
        columns = [f"{sql} AS {name}" for name, sql in self.keys(side).items()]
        columns.append(f"{moment(side, self.unit)} AS {AT}")
        if not self.once:
            columns.append(f"{side.expression(side.leg.leaves[0])} AS {VALUE}")
        where = side.where([*side.between(*self.waiting()), f"{side.time} IS NOT NULL"])
        return f"SELECT {', '.join(columns)}\n{side.source.sql()}{where}"

    def waiting(self) -> tuple[Moment | None, Moment | None]:
        """The stretch in which events matter: from the range's start to its end and the window, with a day more."""
        start, end = self.reach() if self.leg.windows else (self.plan.asked.start, self.plan.asked.end)
        if self.unit not in ("", "day"):
            # An event known by the month stands on its first day, which may come before the range.
            start = start and truncate(day_of(start), self.unit, self.plan.calendar.week_start)
            end = end and day_of(shift(truncate(day_past(end), self.unit, self.plan.calendar.week_start), 1, self.unit))
        if end is None or not self.metric.window:
            return start, None
        return start, shift(shift(end, *parse_window(self.metric.window)), 1, "day")

    def base_events(self) -> str:
        """The base events that the question is about, one for each moment: the first of several counts."""
        side = self.before
        keys = self.keys(side)
        at = moment(side, self.unit)
        columns = [f"{side.alias}.*", *(f"{sql} AS {name}" for name, sql in keys.items()), f"{at} AS {AT}"]
        ties = ", ".join(f"{sql} NULLS LAST" for sql in self.ties()) or "1"
        columns.append(f"row_number() OVER (PARTITION BY {', '.join([*keys.values(), at])} ORDER BY {ties}) AS {TURN}")
        start, end = self.waiting()
        where = side.where([*side.between(start, end), f"{side.time} IS NOT NULL"])
        rows = f"SELECT {', '.join(columns)}\n{side.source.sql()}{where}"
        return f"SELECT *\nFROM (\n{indented(rows)}\n) AS events\nWHERE {TURN} = 1"

    def ties(self) -> list[str]:
        """What decides between base events of one moment: the primary key, else all fields in their order."""
        dataset = self.catalog.dataset(self.leg.dataset)
        names = dataset.primary_key or [field.name for field in dataset.fields]
        return [self.catalog.field_sql(dataset.name, name, self.alias) for name in names]

    def where(self, extra: list[str]) -> str:
        """The same conditions, and that the conversion came in time."""
        at = moment(self, self.unit) if self.once else f"{self.alias}.{AT}"
        return super().where([*extra, f"{AFTER}.{AT} - {self.window} < {at}"] if self.window else extra)

    def chosen(self) -> list[str]:
        """The base event's own conditions, unless its events were chosen before."""
        return super().chosen() if self.once else []

    def filters(self, leaf: Leaf) -> list[str]:
        """The same."""
        return super().filters(leaf) if self.once else []

    def expression(self, leaf: Leaf) -> str:
        """What is counted or summed: of the base event, or of the conversion."""
        return super().expression(leaf) if self.once else f"{AFTER}.{VALUE}"


def interval(metric: Metric, unit: str) -> str:
    """How far the two events may lie apart, which are known by a unit; "" for ever."""
    if not metric.window:
        return ""
    count, grain = parse_window(metric.window)
    if unit and grain in WITHIN_DAYS:
        message = f'"{metric.name}" waits {metric.window}, but its events are known by the {unit}'
        place = metric.spot.at("window")
        raise QueryError("E_GRAIN_TOO_FINE", message, hint="state the window in days", where=place)
    months = {"quarter": 3, "fiscal_quarter": 3, "fiscal_year": 12}.get(grain)
    return f"INTERVAL {months * count} MONTH" if months else f"INTERVAL {count} {grain.upper()}"


def waiting_note(catalog: Catalog, leg: Leg, calendar: Calendar) -> str:
    """What is said of base events whose window is not over yet; "" when all had their time."""
    metric = leg.conversion or (leg.leaves[0].metric if leg.way == "journey" else None)
    last = catalog.stretch(leg.dataset, leg.time).last
    if leg.way == "journey" and leg.leaves[0].metric.type == "retention":
        return young_note(catalog, leg, calendar)
    if metric is None or not metric.window or last is None or metric.type in ("stickiness", "funnel", "paths"):
        return ""
    here = local_day(calendar.as_of, calendar.timezone)
    since = day_of(shift(here, *back(metric.window)))
    end = calendar.span.end
    if day_of(local_day(last, calendar.timezone)) < since or (end is not None and day_of(end) <= since):
        return ""
    return f"{metric.title}: what began since {since} has not had its {metric.window} yet and may still convert"


def young_note(catalog: Catalog, leg: Leg, calendar: Calendar) -> str:
    """What is said of cohorts for which the buckets looked at are not over yet."""
    asked = [leaf.metric for leaf in leg.leaves if leaf.metric.part != "cohort" or leaf.metric.after is not None]
    if not asked:
        return ""
    metric = max(asked, key=lambda one: bracket(one)[1])
    high, grain = bracket(metric)[1], metric.period
    here = local_day(calendar.as_of, calendar.timezone)
    if metric.buckets == "rolling" or grain in CLOCK:
        days = DAYS[grain] * high
        since = truncate(here - timedelta(days=math.ceil(days)), grain, calendar.week_start)
    else:
        since = day_of(shift(truncate(here, grain, calendar.week_start), 1 - high, grain))
    end = calendar.span.end
    if end is not None and day_of(end) <= since:
        return ""
    known = catalog.model.metrics.get(metric.of or metric.name.partition("__")[0])
    return f"{(known or metric).title}: who began since {since} has not had {bucket(metric)} and is left out"


def back(window: str) -> tuple[int, str]:
    """A window as a step back."""
    count, grain = parse_window(window)
    return -count, grain


def known_by(side: Pass) -> str:
    """The grain by which an event's time is known, or "" for an instant."""
    field = side.catalog.dataset(side.leg.dataset).field(side.leg.time)
    grain = str(getattr(field, "granularity", "") or "")
    return ("day" if side.dated else "") if not grain or grain in WITHIN_DAYS else grain


def moment(side: Pass, unit: str) -> str:
    """When an event happened: the first day of the unit in which both sides are known, or the instant in UTC."""
    if unit:
        return side.dialect.truncate(side.local(), unit, side.plan.calendar.week_start)
    return side.clock.utc(side.time)
