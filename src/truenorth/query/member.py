"""Who belongs to a cohort, told plainly: its rows read one by one and counted by hand, to check the engine by."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from copy import copy
from datetime import date, datetime, timedelta

from msgspec.structs import replace

from truenorth.base.period import day_of, parse_window, shift, truncate
from truenorth.base.zone import local
from truenorth.define.cohort import has_rule
from truenorth.define.graph import resolve_field
from truenorth.query.catalog import Catalog, Evaluated
from truenorth.query.cell import Cell
from truenorth.query.chosen import understood
from truenorth.query.naive import ROWS
from truenorth.query.oracle import Oracle
from truenorth.query.segment import metric_of

Seen = list[tuple[object, date | None]]


def by_hand(catalog: Catalog, last: date | None, timezone: str, now: datetime) -> Catalog:
    """The catalog that counts the rows of cohorts by hand, as of a day or of today, whichever is sooner."""
    today = (local(now, timezone) - timedelta(microseconds=1)).date()
    return looking(catalog, Evaluated(min(today, last or today), timezone, now))


def looking(catalog: Catalog, asked: Evaluated) -> Catalog:
    """The catalog looked at as of another day."""
    found = copy(catalog)
    found.evaluated, found.members = asked, listed
    return found


def listed(catalog: Catalog, name: str) -> str:
    """The members of a cohort as a select of plain values."""
    one = catalog.model.cohorts[name]
    values = [catalog.dialect.literal(value) for value in members(catalog, name)]
    if values:
        return " UNION ALL ".join(f"SELECT {value} AS who" for value in values)
    path, key = resolve_field(catalog.model, one.dataset, one.entity)
    return f"SELECT {catalog.field_sql(path.end, key, ROWS)} FROM {catalog.relation(path.end)} AS {ROWS} WHERE 1 = 0"


def members(catalog: Catalog, name: str) -> set[object]:
    """The members of a cohort."""
    asked = catalog.evaluated
    assert asked is not None
    one = catalog.model.cohorts[name]
    day = date.fromisoformat(one.as_of) if one.as_of else asked.day
    here = looking(catalog, replace(asked, day=day))
    some = [members(here, other) for other in one.any_of]
    found = chosen(here, name, day) if has_rule(one) else set[object]().union(*(some or [members(here, one.all_of[0])]))
    for other in one.all_of:
        found = found & members(here, other)
    if one.any_of:
        found = found & set[object]().union(*some)
    for other in one.none_of:
        found = found - members(here, other)
    return found


def chosen(catalog: Catalog, name: str, day: date) -> set[object]:
    """Those whom a cohort's own rule picks out, as of a day."""
    one, model = catalog.model.cohorts[name], catalog.model
    if one.members:
        path, key = resolve_field(model, one.dataset, one.entity)
        return set(understood(one.members, catalog.type_of(path.end, key)))
    rows = [(who, at) for who, at in seen(catalog, name) if at is None or at <= day]

    def enough(counts: Callable[[date], bool], least: int = int(one.at_least)) -> set[object]:
        found = Counter(who for who, at in rows if at is not None and counts(at))
        return {who for who, times in found.items() if times >= least}

    if one.state:
        first = truncate(day, one.period, model.workspace.week_start, model.fiscal)
        before = truncate(first - timedelta(days=1), one.period, model.workspace.week_start, model.fiscal)
        now, ever = enough(lambda at: at >= first), enough(lambda at: at < first)
        last = enough(lambda at: before <= at < first)
        return {"new": now - ever, "returning": now & last, "dormant": last - now}.get(one.state, now & ever - last)
    if one.within or one.stopped:
        count, unit = parse_window(one.within or one.stopped)
        start = day_of(shift(day + timedelta(days=1), -count, unit))
        late = enough(lambda at: at >= start, 1)
        return enough(lambda at: at < start) - late if one.stopped else enough(lambda at: at >= start)
    return {who for who, times in Counter(who for who, _ in rows).items() if times >= one.at_least}


def seen(catalog: Catalog, name: str) -> Seen:
    """Whose each row that counts is, and its local day, where the dataset has a time; rows without a day do not count
    there."""
    asked, one = catalog.evaluated, catalog.model.cohorts[name]
    assert asked is not None
    metric = metric_of(one)
    oracle = Oracle(catalog, asked.timezone, asked.day + timedelta(days=1), asked.now)
    who, timed = oracle.lookup(metric, one.entity), bool(catalog.time_of(metric))
    met = [f"{who} IS NOT NULL", *oracle.conditions(metric, Cell(None, None), ())]
    at = oracle.local_day(metric) if timed else "NULL"
    sql = f"SELECT {who} AS a, {at} AS b FROM {oracle.source(one.dataset)} WHERE {' AND '.join(met)}"
    rows = catalog.rows(sql)
    return [(row[0], day_of(row[1]) if isinstance(row[1], date) else None) for row in rows if row[1] or not timed]
