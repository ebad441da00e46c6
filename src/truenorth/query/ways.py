"""The ways a leg goes through time: by its own periods, over windows, bitmaps of days or counts, on snapshot days."""

from __future__ import annotations

from collections.abc import Callable

from truenorth.base.period import Moment
from truenorth.define.attribution import credit_of
from truenorth.define.series import LOWER, UPPER
from truenorth.query import histogram, sketch
from truenorth.query.aggregation import GATHERED, aggregate, aggregation, mean_of
from truenorth.query.attribution import Crediting
from truenorth.query.bitmap import by_bitmap
from truenorth.query.catalog import Catalog
from truenorth.query.conversion import Converting
from truenorth.query.denomination import rates_of
from truenorth.query.dialect import indented, listed, quote
from truenorth.query.leg import Pass, spine_names
from truenorth.query.movement import by_movement
from truenorth.query.revaluation import written
from truenorth.query.shape import Leaf, Leg, Plan
from truenorth.query.slicing import Slicing
from truenorth.query.spine import INSIDE, named, spine_and_days, windows_sql

FIRST_INSIDE = f"{INSIDE} AND (days.before IS NULL OR days.before < spine.first)"


def leg_sql(catalog: Catalog, plan: Plan, leg: Leg) -> tuple[str, tuple[str, ...], list[str]]:
    """The SQL of a leg, the dimensions whose groups overlap, and what is to be said of its data."""
    writing = reading(catalog, plan, leg)
    return own_names(writing, WAYS[leg.way](writing)), writing.source.repeated, writing.source.rows.notes


def reading(catalog: Catalog, plan: Plan, leg: Leg) -> Pass:
    """A leg about to be written, by what its rows are."""
    if leg.conversion:
        return Converting(catalog, plan, leg)
    if leg.way == "journey":
        # Journeys are told in arrays, which a plain question does not load.
        from truenorth.query.journey.scan import Scan

        return Scan(catalog, plan, leg)
    if leg.slices is not None:
        return Slicing(catalog, plan, leg)
    if credit_of(leg.dataset):
        return Crediting(catalog, plan, leg)
    return written(catalog, plan, leg) if leg.way == "movement" else Pass(catalog, plan, leg)


def own_names(writing: Pass, sql: str) -> str:
    """The columns of a leg under their own names, where one of them had to stand aside for a word of ours."""
    names = [quote(one.name) for one in writing.plan.dimensions]
    if names == writing.groups:
        return sql
    shown = [f"{group} AS {name}" for group, name in zip(writing.groups, names, strict=True)]
    times = [quote(column.name) for column in writing.plan.times]
    leaves = [quote(leaf.name) for leaf in writing.leg.leaves]
    return listed([*times, *shown, *leaves]) + f"\nFROM (\n{indented(sql)}\n) AS leg"


def by_period(writing: Pass) -> str:
    """Each row belongs to the period of its own time."""
    plan = writing.plan
    keys = writing.periods() + writing.dimensions()
    values = [f"{aggregate(writing, leaf)} AS {quote(leaf.name)}" for leaf in writing.leg.leaves]
    where = writing.where([*writing.between(plan.asked.start, plan.asked.end), *writing.pieces()])
    return listed([*keys, *values]) + f"\n{writing.source.sql()}{where}{writing.grouped(keys)}"


def by_windows(writing: Pass) -> str:
    """Each period looks at its own window: rows are first gathered by day where that loses nothing."""
    keys = named(writing, "spine") + [f"days.{name} AS {name}" for name in writing.groups]
    keys += ["spine.nth AS past"] if writing.leg.put else []
    if writing.revalues:
        gathered, values = converted(writing)
        rows = spine_days_and_rates(writing, gathered)
    else:
        gathered, values = first_seen(writing) if (once := seen_once(writing.leg)) else gather(writing)
        rows = spine_and_days(writing, gathered, FIRST_INSIDE if once else INSIDE)
    found = listed([*keys, *values]) + f"\n{rows}{writing.grouped(keys)}"
    return put_together(writing, found) if writing.leg.put else found


def seen_once(leg: Leg) -> bool:
    """Whether distinct things can be counted by when they were seen before: one window for each label."""
    windows = leg.windows
    alone = bool(leg.put) or len({one.labels for one in windows}) == len(windows)
    return leg.leaves[0].metric.agg == "count_distinct" and alone


def first_seen(writing: Pass) -> tuple[str, list[str]]:
    """How many things were seen on a day and last before on another: a window counts each on its first day inside."""
    leaf = writing.leg.leaves[0]
    rows = [f"{writing.gathered()} AS day", *writing.dimensions(), f"{writing.expression(leaf)} AS thing"]
    where = writing.where(writing.between(*writing.reach()))
    seen = listed(rows, "SELECT DISTINCT") + f"\n{writing.source.sql()}{where}"
    groups = "".join(f"{name}, " for name in writing.groups)
    day = writing.dialect.cast("day", writing.dialect.timestamp if writing.cut else writing.dialect.date)
    past = f"lag({day}) OVER (PARTITION BY {groups}thing ORDER BY day) AS before"
    dated = f"SELECT day, thing, {groups}{past}\nFROM (\n{indented(seen)}\n) AS seen"
    name = quote(leaf.name)
    counted = (
        f"SELECT day, before, {groups}count(thing) AS {name}\nFROM (\n{indented(dated)}\n) AS dated\n"
        f"GROUP BY day, before{''.join(f', {one}' for one in writing.groups)}"
    )
    return counted, [f"sum(days.{name}) AS {name}"]


def put_together(writing: Pass, daily: str) -> str:
    """The first of the days of a period that has a value, or the average over all that have one."""
    keys = [*(quote(column.name) for column in writing.plan.times), *writing.groups]
    values = []
    for leaf in writing.leg.leaves:
        name = quote(leaf.name)
        mean = mean_of(writing.dialect, leaf.metric, f"sum({name})", f"count({name})")
        values.append(f"{writing.dialect.first(name, 'past') if writing.leg.put == 'first' else mean} AS {name}")
    return listed([*keys, *values]) + f"\nFROM (\n{indented(daily)}\n) AS daily{writing.grouped(keys)}"


def converted(writing: Pass) -> tuple[str, list[str]]:
    """The rows with their currencies, and their amounts gathered at the rates of each window."""
    first = writing.leg.leaves[0].metric
    rates = rates_of(writing.catalog, first)
    rows = [f"{writing.gathered()} AS day", *writing.dimensions(), f"{writing.code(first)} AS code"]
    rows += [f"{writing.expression(leaf)} AS {quote(leaf.name)}" for leaf in writing.leg.leaves]
    values = []
    for leaf in writing.leg.leaves:
        amount = rates.converted(f"days.{quote(leaf.name)}", "days.code", "rates.rate")
        values.append(f"{aggregation(writing.dialect, leaf.metric, amount)} AS {quote(leaf.name)}")
    where = writing.where(writing.between(*writing.reach()))
    return listed(rows) + f"\n{writing.source.sql()}{where}", values


def spine_days_and_rates(writing: Pass, days: str) -> str:
    """Each window beside the rows inside it, and beside each row what its currency was worth in the window."""
    first = writing.leg.leaves[0].metric
    rates = rates_of(writing.catalog, first).by_window(windows_sql(writing), first.convert == "period_average")
    on = "rates.nth = spine.nth AND rates.code = days.code"
    return f"{spine_and_days(writing, days)}\nLEFT JOIN (\n{indented(rates)}\n) AS rates ON {on}"


def gather(writing: Pass) -> tuple[str, list[str]]:
    """The rows by day and group, and how the days are put together again."""
    keys = [f"{writing.gathered()} AS day", *writing.dimensions()]
    inner: list[str] = []
    outer: list[str] = []
    raw = False
    for leaf in writing.leg.leaves:
        parts, whole, kept = GATHERED[leaf.metric.agg](writing, leaf)
        inner += parts
        outer.append(f"{whole} AS {quote(leaf.name)}")
        raw = raw or kept
    where = writing.where(writing.between(*writing.reach()))
    group = "" if raw else writing.grouped(keys)
    distinct = "SELECT DISTINCT" if raw and writing.leg.leaves[0].metric.agg == "count_distinct" else "SELECT"
    return listed([*keys, *inner], distinct) + f"\n{writing.source.sql()}{where}{group}", outer


def by_sketch(writing: Pass) -> str:
    """Counts per narrow bucket, of which a percentile is told."""
    plan, leaf = writing.plan, writing.leg.leaves[0]
    code = f"{sketch.bucket(writing.dialect, writing.expression(leaf))} AS bucket"
    if writing.leg.windows:
        inner = [f"{writing.gathered()} AS day", *writing.dimensions(), code]
        days = sized(writing, inner, writing.reach())
        past = ["spine.nth AS past"] if writing.leg.put else []
        keys = [*named(writing, "spine"), *past, *(f"days.{name} AS {name}" for name in (*writing.groups, "bucket"))]
        rows = f"{spine_and_days(writing, days)}{writing.grouped(keys)}"
        counted = listed([*keys, "sum(days.size) AS size"]) + f"\n{rows}"
    else:
        keys = [*writing.periods(), *writing.dimensions(), code]
        counted = sized(writing, keys, (plan.asked.start, plan.asked.end))
    names = [*(quote(column.name) for column in plan.times), *writing.groups, *(["past"] if writing.leg.put else [])]
    found = sketch.picked(leaf.metric, counted, names, quote(leaf.name))
    return put_together(writing, found) if writing.leg.put else found


def by_histogram(writing: Pass) -> str:
    """The counts of buckets added up, of which a percentile is told."""
    plan, leaf = writing.plan, writing.leg.leaves[0]
    own = [f"{writing.owned(UPPER, leaf.metric)} AS bucket", f"{writing.owned(LOWER, leaf.metric)} AS low"]
    added = [f"sum({writing.expression(leaf)}) AS size"]
    if writing.leg.windows:
        keys = [f"{writing.gathered()} AS day", *writing.dimensions(), *own]
        days = summed(writing, keys, added, writing.reach())
        past = ["spine.nth AS past"] if writing.leg.put else []
        shown = [*named(writing, "spine"), *past, *(f"days.{name} AS {name}" for name in writing.groups)]
        shown.append("days.bucket AS bucket")
        sums = listed([*shown, "max(days.low) AS low", "sum(days.size) AS size"])
        counted = f"{sums}\n{spine_and_days(writing, days)}{writing.grouped(shown)}"
    else:
        keys = [*writing.periods(), *writing.dimensions(), own[0]]
        lower = [f"max({writing.owned(LOWER, leaf.metric)}) AS low"]
        counted = summed(writing, keys, [*lower, *added], (plan.asked.start, plan.asked.end))
    names = [*(quote(column.name) for column in plan.times), *writing.groups, *(["past"] if writing.leg.put else [])]
    found = histogram.picked(writing.dialect, leaf.metric, counted, names, quote(leaf.name))
    return put_together(writing, found) if writing.leg.put else found


def summed(writing: Pass, keys: list[str], values: list[str], stretch: tuple[Moment | None, Moment | None]) -> str:
    """The rows of a stretch gathered by keys."""
    where = writing.where([*writing.between(*stretch), *([] if writing.leg.windows else writing.pieces())])
    return f"{listed([*keys, *values])}\n{writing.source.sql()}{where}{writing.grouped(keys)}"


def sized(writing: Pass, keys: list[str], stretch: tuple[Moment | None, Moment | None]) -> str:
    """How many rows of a stretch there are for each key."""
    rows = f"{writing.source.sql()}{writing.where(writing.between(*stretch))}{writing.grouped(keys)}"
    return listed([*keys, "count(*) AS size"]) + f"\n{rows}"


TAKEN = {"last": "max(days.day) AS day, 1 AS size", "first": "min(days.day) AS day, 1 AS size"}


def by_journey(writing: Pass) -> str:
    """Entities followed through their rows: what was found, written out."""
    from truenorth.query.journey import leg, scan

    assert isinstance(writing, scan.Scan)
    return leg.by_journey(writing)


def by_snapshot(writing: Pass) -> str:
    """Rows of the one day that stands for each window: its last or first day with data, or the average day."""
    leg = writing.leg
    chosen = leg.leaves[0].metric.non_additive_dimension
    take = chosen.window_agg if chosen else "last"
    keys = named(writing, "taken") + writing.dimensions()
    values = [f"{aggregate(writing, leaf)} AS {quote(leaf.name)}" for leaf in leg.leaves]
    own = [f"{sql} IS NOT DISTINCT FROM taken.{name}" for name, sql in taken_groups(writing)]
    on = " AND ".join([f"{writing.day()} = taken.day", *own])
    join = f"JOIN (\n{indented(snapshot_days(writing, take))}\n) AS taken ON {on}"
    rows = f"\n{writing.source.sql()}\n{join}{writing.where(writing.between(*writing.reach()))}"
    if take != "avg":
        return listed([*keys, *values]) + rows + writing.grouped(keys)
    daily = [*keys, "taken.day AS day"]
    days = listed([*daily, "max(taken.size) AS size", *values]) + rows + writing.grouped(daily)
    names = [*(quote(column.name) for column in writing.plan.times), *writing.groups]
    means = [f"{mean(writing, leaf)} AS {quote(leaf.name)}" for leaf in leg.leaves]
    return listed([*names, *means]) + f"\nFROM (\n{indented(days)}\n) AS days{writing.grouped(names)}"


def snapshot_days(writing: Pass, take: str) -> str:
    """The day, or days, that stand for each window, of the whole dataset (or each of its own groups) whatever the
    question's groups; among the rows that meet the conditions where the metric says so."""
    chosen = writing.leg.leaves[0].metric.non_additive_dimension
    own = taken_groups(writing)
    groups = [f"days.{name}" for name, _ in own]
    periods = writing.spines()
    together = ", ".join([*periods, *groups])
    alone = f"count(*) OVER ({f'PARTITION BY {together}' if together else ''}) AS size"
    picked = TAKEN.get(take, f"days.day AS day, {alone}")
    group = f"\nGROUP BY {together}" if together and take in TAKEN else ""
    inside = writing.between(*writing.reach())
    listed_days = ", ".join([f"{writing.day()} AS day", *(f"{sql} AS {name}" for name, sql in own)])
    if chosen and chosen.among == "filtered":
        where = writing.where(inside)
        days = f"SELECT DISTINCT {listed_days}\n{writing.source.sql()}{where}"
    else:
        rows = f"FROM {writing.catalog.relation(writing.leg.dataset)} AS {writing.alias}"
        days = f"SELECT DISTINCT {listed_days}\n{rows}" + (f"\nWHERE {' AND '.join(inside)}" if inside else "")
    shown = [f"{sql} AS {name}" for sql, name in zip(periods, spine_names(writing.plan), strict=True)]
    shown += [f"{sql} AS {name}" for sql, (name, _) in zip(groups, own, strict=True)]
    return f"SELECT {', '.join([*shown, picked])}\n{spine_and_days(writing, days)}{group}"


def taken_groups(writing: Pass) -> list[tuple[str, str]]:
    """The fields of which each has its own day, and what the small table of days calls them."""
    chosen = writing.leg.leaves[0].metric.non_additive_dimension
    fields = chosen.group_by if chosen else []
    found = (writing.catalog.field_sql(writing.leg.dataset, one, writing.alias) for one in fields)
    return [(f"group_{at}", sql) for at, sql in enumerate(found, 1)]


def mean(writing: Pass, leaf: Leaf) -> str:
    """The average day: of sums and counts over all days, also those on which a group has no rows."""
    name = f"days.{quote(leaf.name)}"
    if leaf.metric.agg in ("sum", "count", "count_distinct"):
        return mean_of(writing.dialect, leaf.metric, f"sum({name})", "max(days.size)")
    return mean_of(writing.dialect, leaf.metric, f"sum({name})", f"count({name})")


WAYS: dict[str, Callable[[Pass], str]] = {
    "period": by_period,
    "windows": by_windows,
    "bitmap": by_bitmap,
    "sketch": by_sketch,
    "histogram": by_histogram,
    "snapshot": by_snapshot,
    "movement": by_movement,
    "journey": by_journey,
}
