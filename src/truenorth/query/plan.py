"""From a question to a plan: which aggregations are needed, grouped into passes over datasets."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import cached_property

from msgspec import structs
from msgspec.structs import replace

from truenorth.base.errors import QueryError, did_you_mean
from truenorth.base.period import (
    CLOCK,
    Grain,
    Span,
    day_of,
    grain_of,
)
from truenorth.base.zone import instant, local, local_day, zone_of
from truenorth.define.currencies import BY_PERIOD
from truenorth.define.exact import amount
from truenorth.define.graph import grouped as rests_on
from truenorth.define.graph import metric as metric_of
from truenorth.define.journey import JOURNEYS, followed_by
from truenorth.define.model import Metric, Model
from truenorth.define.rounding import is_measured
from truenorth.define.series import BUCKETED
from truenorth.query import window as windows_of
from truenorth.query.attribution import credit_notes
from truenorth.query.bitmap import bounds
from truenorth.query.calendar import Calendar
from truenorth.query.carry import carried_names
from truenorth.query.catalog import Catalog
from truenorth.query.column import base_of
from truenorth.query.comparison import Comparison, comparison
from truenorth.query.comparison import notes as compared_notes
from truenorth.query.dialect import quote
from truenorth.query.elapsed import elapsed
from truenorth.query.extent import closed, known, own_stretch
from truenorth.query.fill import filling, layouts, stock_carries
from truenorth.query.fill import notes as fill_notes
from truenorth.query.grouping import begun, grouping
from truenorth.query.join import evaluated
from truenorth.query.kinds import ADDITIVITY, VALUES, conversion, movement
from truenorth.query.leg import WORDS
from truenorth.query.lookup import lookups_of
from truenorth.query.remarks import remarks
from truenorth.query.request import MetricQuery
from truenorth.query.shape import Dimension, Leaf, Leg, Lens, Output, Plan
from truenorth.query.slicing import sliced
from truenorth.query.value import plan_values
from truenorth.query.where import by_row, where_of
from truenorth.query.window import Window
from truenorth.query.withheld import alone, last_seen, withheld
from truenorth.query.withheld import notes as withheld_notes

KEPT = ("count_distinct", "percentile", "median")


class Builder:
    """Collects the aggregations that the kinds ask for, and groups them into legs."""

    def __init__(self, catalog: Catalog, calendar: Calendar, groups: frozenset[str], asked: Span) -> None:
        self.catalog = catalog
        self.model: Model = catalog.model
        self.dialect = catalog.dialect.name
        self.double = catalog.dialect.type(catalog.dialect.double)
        self.calendar = calendar
        self.asked = asked
        self.groups = groups
        self.found: tuple[Comparison, tuple[Window, ...]] | None = None
        self.fill = ""
        # Whether what is put together is money, or money is computed from it.
        self.money = False
        self.layouts: dict[str, str] = {}
        self.legs: dict[tuple[object, ...], Leg] = {}
        self.columns: dict[tuple[str, Lens], str] = {}
        self.looked: dict[tuple[str, Lens], tuple[Window, ...]] = {}

    def value(self, name: str, lens: Lens) -> str:
        """The SQL of a metric's value, seen through a lens."""
        metric, outer = metric_of(self.model, name), self.money
        self.money = outer or metric.unit == "currency"
        value = VALUES[metric.type](self, metric, lens)
        measured = self.money and is_measured(metric)
        self.money = outer
        return amount(value, self.dialect) if measured else value

    def leaf(self, metric: Metric, lens: Lens) -> str:
        """The quoted column of an aggregation; asked twice, it is computed once."""
        key = (metric.name, lens)
        if key not in self.columns:
            name = self.column_name(metric.name)
            self.columns[key] = quote(name)
            followed = metric if metric.type == "conversion" else None
            self.place(Leaf(name, self.aggregated(metric), lens.filters), lens, followed)
        return self.columns[key]

    def column_name(self, name: str) -> str:
        """The metric's own name, numbered when it is seen through several lenses, or where a dimension or a
        leg has that word for itself."""
        taken = sum(1 for known, _ in self.columns if known == name) + (name in self.groups or name in WORDS)
        return f"{name}__{taken + 1}" if taken else name

    def aggregated(self, metric: Metric) -> Metric:
        """The metric whose aggregation a column holds: its own, or what a conversion counts."""
        return conversion.rows_of(self.model, metric) if metric.type == "conversion" else metric

    def place(self, leaf: Leaf, lens: Lens, followed: Metric | None = None) -> None:
        """Put a leaf into the leg that reads the same rows in the same way."""
        metric = leaf.metric
        time = self.catalog.time_of(metric)
        way, windows = self.way(metric, lens, time)
        way = "windows" if way == "bitmap" and followed else way
        alone = (
            leaf.name
            if followed or way in ("bitmap", "sketch", "histogram") or (way == "windows" and metric.agg in KEPT)
            else ""
        )
        alone = leaf.name if self.layouts.get(metric.name) == "once" else alone
        chosen = metric.non_additive_dimension if way == "snapshot" else None
        days = (chosen.window_agg, *chosen.group_by, chosen.among) if chosen else ()
        if chosen and chosen.among == "filtered":
            days = (*days, metric.filter, *leaf.filters)
        days = (metric.convert, metric.currency, metric.expr) if metric.convert in BY_PERIOD else days
        days = (metric.input_metric, metric.slice, metric.filter, *leaf.filters) if metric.type == "slices" else days
        if way == "movement":
            currency = metric.convert and (metric.currency or self.model.workspace.currency)
            days = (metric.convert, currency, metric.fixed_on)
            days = (*days, metric.entity, metric.expr, metric.end, metric.at_zero, metric.filter, *leaf.filters)
        if way == "journey":
            days = (*followed_by(metric), *leaf.filters)
        put = lens.period_agg if self.spread(lens) else ""
        key = (metric.dataset, time, way, windows, days, alone, put)
        leg = self.legs.get(key) or Leg(metric.dataset, time, way, windows, (), followed, put)
        self.legs[key] = replace(leg, leaves=(*leg.leaves, leaf))

    def way(self, metric: Metric, lens: Lens, time: str) -> tuple[str, tuple[Window, ...]]:
        """How a leaf looks at time: by its own periods, or over windows that reach elsewhere."""
        timed = self.calendar.grain is not None or self.asked != Span() or bool(self.calendar.only)
        timed = timed or metric.agg in ("first", "last") or metric.convert not in ("", "fixed")
        if not time and (timed or lens.through_time or lens.elsewhere):
            place = self.catalog.dataset(metric.dataset).spot.at()
            hint = f"state `time:` for {metric.dataset}, or ask without a grain and a range"
            raise QueryError("E_NO_TIME", f'"{metric.name}" has no time to count by', hint=hint, where=place)
        if metric.type == "snapshot":
            if self.base(lens) in CLOCK:
                raise too_fine(metric)
            return "snapshot", self.windows(metric, lens, time)
        if metric.type == "movement":
            if self.base(lens) in CLOCK:
                raise too_fine(metric)
            windows = self.windows(metric, lens, time)
            return "movement", windows if lens.through_time else self.reached(windows, metric, time, drop=True)
        if metric.type in JOURNEYS:
            return "journey", self.windows(metric, lens, time)
        if metric.convert in BY_PERIOD:
            if self.base(lens) in CLOCK:
                raise too_fine(metric)
            last = self.catalog.stretch(metric.dataset, time).last
            latest = local_day(last, self.calendar.timezone) if last is not None else None
            return "windows", windows_of.known(self.windows(metric, lens, time), self.calendar.end_of_data(), latest)
        if not lens.elsewhere and not lens.through_time:
            own = "histogram" if metric.type in BUCKETED else "sketch" if metric.approximate else "period"
            return own, ()
        units = [self.calendar.grain, lens.to_date, *(unit for _, unit in (*lens.shifts, lens.trailing or (0, "")))]
        if any(unit in CLOCK for unit in units) and self.catalog.type_of(metric.dataset, time) == "date":
            raise too_fine(metric)
        if metric.approximate or metric.type in BUCKETED:
            return ("sketch" if metric.approximate else "histogram"), self.windows(metric, lens, time)
        return ("bitmap" if self.fits_bitmap(metric, lens) else "windows"), self.windows(metric, lens, time)

    def fits_bitmap(self, metric: Metric, lens: Lens) -> bool:
        """Whether days of distinct integers can be kept as bits: far quicker, and just as exact."""
        if not (self.catalog.engine.abilities.bitmaps and lens.through_time and not self.groups) or self.spread(lens):
            return False
        within_days = self.calendar.within_days or self.base(lens) in CLOCK
        within_days = within_days or (lens.versus is not None and lens.versus.by_days().within_days)
        return metric.agg == "count_distinct" and not within_days and bounds(self.catalog, metric) is not None

    def earlier(self, compared: Comparison) -> tuple[Window, ...]:
        """What the answer's own periods stand beside; asked for by every metric, it is worked out once."""
        if self.found is None or self.found[0] != compared:
            self.found = compared, compared.earlier(self.laid, self.calendar)
        return self.found[1]

    @cached_property
    def laid(self) -> tuple[Window, ...]:
        """The windows of the answer's own periods."""
        return self.calendar.windows()

    def windows(self, metric: Metric, lens: Lens, time: str) -> tuple[Window, ...]:
        """The windows of each period through a lens; asked twice, they are laid out once."""
        key = (metric.name, lens)
        if key not in self.looked:
            self.looked[key] = self.looking(metric, lens, time)
        return self.looked[key]

    def looking(self, metric: Metric, lens: Lens, time: str) -> tuple[Window, ...]:
        """The windows of each period through a lens."""
        by, unit = self.calendar.reckoning, self.within(lens)
        laid = replace(self.calendar, grain=self.base(lens)) if self.spread(lens) else self.calendar
        found = tuple(self.shortened(laid, metric, lens, time).cells()) if self.spread(lens) else self.laid
        if unit:
            found = tuple(replace(one, start=by.passing(one.start), end=by.passing(one.end)) for one in found)
        if lens.through_time:
            found = self.reached(found, metric, time, unit)
        if lens.versus is not None:
            whole_days = lens.through_time and self.calendar.grain not in CLOCK and not unit
            versus = lens.versus.by_days() if whole_days else lens.versus
            if lens.through_time or self.spread(lens):
                found = versus.earlier(found, replace(laid, times=()) if self.spread(lens) else laid)
            else:
                found = self.earlier(versus)
        for count, grain in lens.shifts:
            found = windows_of.shifted(found, count, grain, by)
        if lens.through_time:
            found = self.reached(found, metric, time, unit, drop=True)
            if (not self.calendar.plain or self.calendar.only) and not lens.period_agg:
                found = windows_of.last_of_each(found)
        if self.calendar.times and stock_carries(metric, self.fill):
            found = windows_of.from_start(self.reached(found, metric, time, drop=True))
            return found if self.calendar.plain else windows_of.last_of_each(found)
        if lens.trailing:
            return windows_of.trailing(found, *lens.trailing, by)
        if lens.to_date:
            return windows_of.to_date(found, lens.to_date, by)
        return windows_of.from_start(found) if lens.running else found

    def reached(
        self, found: tuple[Window, ...], metric: Metric, time: str, unit: str = "", drop: bool = False
    ) -> tuple[Window, ...]:
        """The windows cut where nothing can have happened yet; `drop` those that lie wholly beyond."""
        last = self.last_day(metric, time)
        if self.calendar.grain not in CLOCK and not unit:
            found = windows_of.until(found, last)
            return tuple(one for one in found if windows_of.begun(one, last)) if drop else found
        # Within days it is the instant that counts; where data lies ahead of the clock, the end of its last day.
        ahead = last > self.calendar.end_of_data()
        past = instant(last, self.calendar.timezone) if ahead else self.calendar.as_of
        if unit:
            found = windows_of.until_instant(found, past, unit, self.calendar.reckoning)
        return tuple(one for one in found if not drop or one.start is None or instant_of(one, self.calendar) < past)

    def shortened(self, laid: Calendar, metric: Metric, lens: Lens, time: str) -> Calendar:
        """The calendar without hours that can hold nothing: years of them would be too many to lay out."""
        span, days = laid.span, known(self.catalog, metric.dataset, time, laid.timezone)
        if not self.within(lens) or lens.elsewhere or not days or span.start is None or span.end is None:
            return laid
        end = windows_of.earlier(span.end, self.last_day(metric, time))
        start = windows_of.later(span.start, days[0][0])
        return replace(laid, span=Span(start, end)) if day_of(start) < day_of(end) else laid

    def spread(self, lens: Lens) -> bool:
        """Whether a period's value is put together from those of its days (or its hours, where those are counted)."""
        calendar = self.calendar
        fine = calendar.plain and calendar.grain == self.base(lens)
        return bool(lens.period_agg) and bool(calendar.times) and not fine

    def base(self, lens: Lens) -> Grain:
        """The grain whose values those of periods are put together from: the finest that the lens counts by."""
        units = [self.calendar.grain, lens.to_date, *(unit for _, unit in (*lens.shifts, lens.trailing or (0, "")))]
        return min((grain_of(unit) for unit in units if unit in CLOCK), key=lambda one: CLOCK[one], default="day")

    def within(self, lens: Lens) -> str:
        """The grain inside the days (or hours) of the answer that a lens through time counts by; else ""."""
        base = self.base(lens)
        return base if lens.through_time and base in CLOCK and base != self.calendar.grain else ""

    def begun(self, metric: Metric, lens: Lens) -> str:
        """The condition that a row's period has begun; "" where there are no periods."""
        time = self.catalog.time_of(metric)
        if not self.calendar.times:
            lasts = metric.type == "movement"
            return (
                "FALSE" if lasts and not self.reached(self.windows(metric, lens, time), metric, time, drop=True) else ""
            )
        windows = self.windows(metric, lens, time)
        return begun(self.catalog.dialect, self.calendar.times, windows)

    def ahead(self, metric: Metric, lens: Lens) -> str:
        """The condition that a row's period has not begun; "" where all have."""
        if not self.calendar.times or lens.through_time or not self.calendar.reaches_ahead:
            return ""
        time = self.catalog.time_of(metric)
        found = self.windows(metric, lens, time) if lens.elsewhere else self.laid
        condition = begun(self.catalog.dialect, self.calendar.times, tuple(filter(self.calendar.is_begun, found)))
        return f"NOT ({condition})"

    def seconds(self, metric: Metric, lens: Lens) -> str:
        """How many seconds of a row's period have passed since its rows began."""
        time = self.catalog.time_of(metric)
        windows = self.windows(metric, lens, time) if lens.elsewhere or lens.through_time else self.laid
        return elapsed(self.catalog, self.calendar, windows, self.catalog.stretch(metric.dataset, time))

    def last_day(self, metric: Metric, time: str) -> date:
        """The day after the last one that can count: what comes later has not happened yet."""
        end = self.calendar.end_of_data()
        last = self.catalog.stretch(metric.dataset, time).last
        # What lasts is there until today, however long ago it began; what begins later is not there yet.
        if last is None or self.calendar.span.end is not None or metric.type == "movement":
            return end
        latest = local_day(last, self.calendar.timezone)
        return max(end, latest + timedelta(days=1)) if self.calendar.grain else min(end, latest + timedelta(days=1))


def plan(catalog: Catalog, query: MetricQuery, now: datetime, compared: Comparison | None = None) -> Plan:
    """The plan of a question at a naive UTC `now`; QueryError says what cannot be asked. `compared`
    is what a comparison stands beside where that is decided already."""
    model = catalog.model
    metrics = [metric_of(model, name) for name in dict.fromkeys(query.metrics)]
    times, dimensions = grouping(catalog, metrics, query)
    grain = base_of(times)
    timezone = query.timezone or model.workspace.timezone
    zone_of(timezone)
    where = where_of(catalog, metrics, query, now, timezone)
    conditions, filters, span, asked = where.conditions, where.filters, where.span, where.span

    def inner(one: MetricQuery) -> Plan:
        return plan(catalog, structs.replace(one, timezone=timezone), now)

    if not metrics:
        made = plan_values(catalog, query, (times, dimensions), where, timezone, now)
        return replace(made, lookups=lookups_of(catalog, made.legs, conditions, inner))
    if grain is not None or where.only or query.vs or looks_through_time(metrics) or revalued(model, metrics):
        here = local(now, timezone)
        span = bounded(catalog, metrics, span, here, grain, lays_out(model, metrics, query))
    calendar = Calendar(
        span,
        grain,
        timezone,
        model.workspace.week_start,
        now,
        times,
        fiscal=model.fiscal,
        almanacs=catalog.almanacs,
        only=where.only,
        asked=asked,
    )
    catalog = catalog.looked_at(evaluated(calendar))
    builder = Builder(catalog, calendar, frozenset(dimension.name for dimension in dimensions), asked)
    builder.fill, builder.layouts = filling(query), layouts(model, metrics)
    if query.vs == "prev" and not asked.bounded:
        hint = "name a range such as 90d, or compare with the year before"
        raise QueryError("E_NO_PREVIOUS_PERIOD", "nothing comes before the whole of the data", hint=hint)
    if query.vs and compared is None:
        compared = comparison(query, calendar, model.workspace.clock, last_seen(catalog, calendar, metrics))
    outputs = outputs_of(builder, metrics, compared)
    check_names(dimensions, outputs)
    additivity = {metric.name: ADDITIVITY[metric.type](metric, model) for metric in metrics}
    legs = tuple(builder.legs.values())
    by_row(where, legs)
    notes = (
        *remarks(catalog, legs, asked, calendar),
        *credit_notes(catalog, legs),
        *movement.notes(model, metrics, [column.unit for column in times]),
    )
    lookups = lookups_of(catalog, legs, conditions, inner)
    made = Plan(
        query, calendar, asked, dimensions, conditions, filters, legs, outputs, notes, additivity, lookups=lookups
    )
    made = replace(made, legs=tuple(sliced(leg, made, inner) for leg in legs))
    if times and (builder.fill or any(metric.fill_nulls_with == "carry" for metric in metrics) or builder.layouts):
        made = filled(made, metrics, builder)
    return made if compared is None else beside(builder, made, metrics, compared)


def filled(made: Plan, metrics: list[Metric], builder: Builder) -> Plan:
    """The plan with what stands in empty periods, and what is to be said of it."""
    carried = carried_names(metrics, made.times, builder.fill)
    if carried and made.query.having:
        hint = "ask for one of them, or fill with null or zero"
        raise QueryError("E_BAD_FILL", "having chooses among what is known, before anything is carried", hint=hint)
    notes = (*made.notes, *fill_notes(metrics, builder.fill))
    return replace(made, fill=builder.fill, layouts=builder.layouts, carried=carried, notes=notes)


def beside(builder: Builder, made: Plan, metrics: list[Metric], compared: Comparison) -> Plan:
    """The plan with what it is compared with, where that is withheld, and why."""
    calendar = made.calendar
    windows, earlier = builder.laid, builder.earlier(compared)
    early = withheld(builder.catalog, calendar, metrics, earlier)
    notes = (*made.notes, *withheld_notes(builder.catalog, early), *compared_notes(compared, calendar, windows))
    nothing = alone(calendar, windows, earlier)
    hidden = {metric.name: early.get(metric.name, frozenset()) | nothing for metric in metrics}
    return replace(made, notes=notes, withheld=hidden, compared=compared)


def looks_through_time(metrics: list[Metric]) -> bool:
    """Whether a metric looks through time, so that open ends must be made concrete."""
    return any(metric.type in ("cumulative", "derived", "movement") for metric in metrics)


def revalued(model: Model, metrics: list[Metric]) -> bool:
    """Whether amounts are converted at rates of the period they are asked for, which then has to have an end."""
    return any(leaf.convert in BY_PERIOD for metric in metrics for leaf in rests_on(model, metric.name))


def lays_out(model: Model, metrics: list[Metric], query: MetricQuery) -> bool:
    """Whether a question needs periods in which nothing happened."""
    carried = any(metric.fill_nulls_with == "carry" for metric in metrics)
    return bool(query.fill) or carried or looks_through_time(metrics) or bool(layouts(model, metrics))


def bounded(
    catalog: Catalog, metrics: list[Metric], span: Span, here: datetime, grain: Grain | None, laid: bool
) -> Span:
    """An open span closed where the data begins and ends, at whole periods; stays open without data or time. What lasts
    goes on until now, which is `here` in the zone of the question.

    Where periods have to be `laid` out, it is closed where a calendar begins and ends.
    """
    if span.bounded:
        return span
    ends: list[tuple[date, date]] = []
    for leaf in {leaf.name: leaf for metric in metrics for leaf in rests_on(catalog.model, metric.name)}.values():
        time = catalog.time_of(leaf)
        found = known(catalog, leaf.dataset, time, str(here.tzinfo)) if time else []
        today = (here - timedelta(microseconds=1)).date()
        ends += [(first, max(first, today)) for first, _ in found] if leaf.type == "movement" else found
    ends += own_stretch(catalog, grain) if laid else []
    return closed(catalog.model, span, ends, grain) if ends else span


def outputs_of(builder: Builder, metrics: list[Metric], compared: Comparison | None) -> tuple[Output, ...]:
    """One column a metric, and one more for what it is compared with."""
    found = [Output(metric.name, builder.value(metric.name, Lens()), metric.name) for metric in metrics]
    if compared is None:
        return tuple(found)
    back = Lens(versus=compared)
    for metric in metrics:
        found.append(Output(f"{metric.name}__previous", builder.value(metric.name, back), metric.name, "previous"))
    return tuple(found)


def check_names(dimensions: tuple[Dimension, ...], outputs: tuple[Output, ...]) -> None:
    """Two columns of one name would hide each other."""
    clash = {dimension.name for dimension in dimensions} & {output.name for output in outputs}
    if clash:
        name = min(clash)
        raise QueryError(
            "E_NAME_COLLISION", f'"{name}" is both a dimension and a metric', hint=f"write dataset.{name} for the field"
        )


def instant_of(window: Window, calendar: Calendar) -> datetime:
    """The naive UTC instant at which a window begins."""
    assert window.start is not None
    return instant(window.start, calendar.timezone)


def too_fine(metric: Metric) -> QueryError:
    """The error for hours of what whole days are needed for."""
    return QueryError(
        "E_GRAIN_TOO_FINE", f'"{metric.name}" is counted over whole days', hint="ask by day or a coarser grain"
    )


def unknown_order(name: str, known: list[str]) -> QueryError:
    """The error for an order by a column that the answer does not have."""
    hint = did_you_mean(name, known) or f"its columns are {', '.join(known)}"
    return QueryError("E_NAME_NOT_FOUND", f'the answer has no column "{name}" to order by', hint=hint)
