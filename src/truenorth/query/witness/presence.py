"""Who was there and who stayed away, read plainly: person by person, day by day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from msgspec import Struct

from truenorth.base.errors import QueryError
from truenorth.base.period import day_of, grain_of, next_period, parse_window, shift, truncate, whole_length
from truenorth.base.table import Value
from truenorth.base.zone import local
from truenorth.define.model import Metric
from truenorth.define.stickiness import looking
from truenorth.query.cell import Cell, Elsewhere
from truenorth.query.creditor import Reading

DAY = timedelta(days=1)
Days = set[date]
TYPES = ("lifecycle", "stickiness", "churn")
# From which cell a number is looked at, and when.
Sight = tuple[Elsewhere, Cell, datetime]


class Stretch(Struct, frozen=True):
    """The local days [start, end) that a number looks at, the grain they are one period of ("" for none), the first day
    that is not over, and the day after the last that has begun."""

    start: date
    end: date
    grain: str
    over: date
    begun: date
    week_start: str = "monday"

    def first(self, day: date, grain: str) -> date:
        """The first day of the period of a grain that holds a day."""
        return truncate(day, grain, self.week_start)

    def past(self, day: date, grain: str) -> date:
        """The first day of the next one."""
        return next_period(self.first(day, grain), grain_of(grain))


def followed(reading: Reading, metric: Metric, met: Sequence[str], seen: Sight) -> Value:
    """A number of a lifecycle, a stickiness or a churn in a stretch, over rows that meet some conditions."""
    inside = f"CASE WHEN {' AND '.join(met) or '1 = 1'} THEN 1 ELSE 0 END"
    people: dict[tuple[object, ...], Days] = {}
    for row in reading.read(metric, [reading.moment(metric, True), inside, *reading.who(metric, metric)]):
        if row[1] and None not in row[2:] and isinstance(row[0], date):
            people.setdefault(row[2:], set()).add(day_of(row[0]))
    everybody = list(people.values())
    return told(metric, everybody, stretch(metric, everybody, seen))


def stretch(metric: Metric, everybody: Sequence[Days], seen: Sight) -> Stretch:
    """The days that a number in a cell looks at; where it is open all days there are, in whole periods."""
    elsewhere, cell, now = seen
    if cell.labels or isinstance(cell.start, datetime) or isinstance(cell.end, datetime):
        raise QueryError("E_UNKNOWN_GRAIN", f'"{metric.name}" is only worked out naively for whole periods')
    looked = looking(metric) if metric.type == "stickiness" else metric
    looks_back = looked.window or looked.grain_to_date
    start, end = elsewhere.through(looked, cell) or (None, None) if looks_back else (cell.start, cell.end)
    known = elsewhere.catalog.type_of(metric.dataset, elsewhere.catalog.time_of(metric)) == "date"
    over = elsewhere.last_day if known else local(now, elsewhere.timezone).date()
    week_start = elsewhere.catalog.model.workspace.week_start
    if start is None or end is None:
        days = sorted(day for one in everybody for day in one) or [date(2000, 1, 1)]
        start, end = truncate(days[0], metric.period or "day", week_start), days[-1] + DAY
    return Stretch(day_of(start), day_of(end), cell.grain, over, elsewhere.last_day, week_start)


def told(metric: Metric, everybody: Sequence[Days], stretch: Stretch) -> Value:
    """The number over people by the days on which they were active.

    >>> days = {date(2025, 1, 1), date(2025, 1, 3)}
    >>> january = Stretch(date(2025, 1, 1), date(2025, 2, 1), "month", date(2026, 1, 1), date(2026, 1, 1))
    >>> told(Metric("sticky", "stickiness", part="average_days"), [days, {date(2025, 1, 2)}], january)
    1.5
    """
    if metric.type == "stickiness":
        return sticky(metric, everybody, stretch)
    live = metric.type == "lifecycle"
    if live or metric.rule == "activity":
        states = [state for days in everybody for state in lived(metric, days, stretch)]
    else:
        states = [state for days in everybody for state in idled(metric, days, stretch)]
    parts = {
        "active": ("new", "returning", "returning so far", "resurrecting"),
        "returning": ("returning", "returning so far"),
        "churned": ("dormant", "churned"),
        "stayed": ("returning", "stayed"),
        "unknown": ("unknown",) if live else ("unknown", "returning so far"),
    }

    def many(part: str) -> int:
        return sum(states.count(state) for state in parts.get(part, (part,)))

    known = many("dormant") if live else many("churned") + many("stayed")
    if metric.part == "rate":
        return many("churned") / known if known else None
    later = metric.part in ("dormant", "churned", "stayed")
    if later and many("unknown") and not known:
        return None
    # That there is nobody in a period that has not begun is not known.
    return many(metric.part) or (None if stretch.grain and stretch.start >= stretch.begun else 0)


def lived(metric: Metric, days: Days, stretch: Stretch) -> list[str]:
    """The state of somebody in every period of a stretch in which they have one."""
    finer = metric.period if metric.period != stretch.grain else ""
    start = stretch.start
    if finer and stretch.first(start, finer) < start:
        start = stretch.past(start, finer)
    found = []
    while start < stretch.end:
        grain = finer or stretch.grain
        past = stretch.past(start, grain) if grain else stretch.end
        # The first period looks at the whole one before, the others at what of it lies in the stretch.
        begun = stretch.first(start, grain) if grain else start
        before = stretch.first(begun - DAY, grain) if grain else earlier(start, past)
        before = before if finer or start == stretch.start else max(before, stretch.start)
        here = any(start <= day < (past if finer else min(past, stretch.end)) for day in days)
        there = any(before <= day < begun for day in days)
        running = past > stretch.over
        if here and min(days) >= start:
            found.append("new")
        elif here:
            found.append(("returning so far" if running else "returning") if there else "resurrecting")
        elif there and start < stretch.begun:
            found.append("unknown" if running else "dormant")
        start = past
    return found


def earlier(start: date, past: date) -> date:
    """Where the stretch begins that lies before one and is as long."""
    count, unit = whole_length(start, past)
    return day_of(shift(start, -count, unit))


def idled(metric: Metric, days: Days, stretch: Stretch) -> list[str]:
    """The state of somebody after their last day in a stretch; nothing where they were not there."""
    inside = [day for day in days if stretch.start <= day < stretch.end]
    if not inside:
        return []
    count, unit = parse_window(metric.idle)
    until = day_of(shift(max(inside), count, unit))
    if until >= stretch.over:
        return ["unknown"]
    return ["stayed" if any(max(inside) < day <= until for day in days) else "churned"]


def sticky(metric: Metric, everybody: Sequence[Days], stretch: Stretch) -> Value:
    """On how many days people were active, of those that were there at all."""
    active = [sum(stretch.start <= day < stretch.end for day in days) for days in everybody]
    active = [count for count in active if count]
    if metric.part == "people":
        return len(active)
    if metric.part == "days":
        wanted = metric.days if metric.at_least is None else metric.at_least
        return sum(count == wanted if metric.at_least is None else count >= (wanted or 0) for count in active)
    if not active:
        return None
    possible = (min(stretch.end, stretch.begun) - stretch.start).days
    return sum(active) / len(active) / (possible if metric.part == "ratio" else 1)
