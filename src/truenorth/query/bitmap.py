"""Distinct whole numbers as bits: a day is a row of bits, and a window is the OR of its days."""

from __future__ import annotations

import re

from truenorth.base.period import day_of
from truenorth.define.model import Metric
from truenorth.query.catalog import Catalog
from truenorth.query.dialect import indented, listed, quote
from truenorth.query.join import Rows
from truenorth.query.leg import Pass, spine_names
from truenorth.query.spine import named, spine_and_days, windows_sql

WIDEST = 2**23
# The first of several fields that is known.
NAME = r"\s*[A-Za-z_]\w*(?:\.\w+)?\s*"
FIRST_KNOWN = re.compile(rf"(?i)coalesce\(({NAME}(?:,{NAME})+)\)")


def bounds(catalog: Catalog, metric: Metric) -> tuple[int, int] | None:
    """The least and greatest number that a metric counts, over all its rows; None where they are no whole numbers, or
    lie too far apart for a bit each."""
    expression = catalog.expression(metric.expr, metric)
    if expression.graded or not expression.refs:
        return None
    rows = Rows(catalog, metric.dataset, "UTC")
    own = [one for one in expression.refs if "." not in one and catalog.dataset(metric.dataset).field(one) is None]
    paths = [rows.place(one)[0] for one in expression.refs if one not in own]
    if any(path.repeats for path in paths):
        return None
    read = sorted({metric.dataset, *(path.end for path in paths)})
    key = ("bits", metric.dataset, metric.expr, *(catalog.version(name) for name in read))
    if key not in catalog.facts and (one := FIRST_KNOWN.fullmatch(metric.expr.strip())) and not own:
        catalog.facts[key] = together(catalog, rows, [name.strip() for name in one[1].split(",")])
    if key not in catalog.facts:
        names = {one: f"{rows.alias}.{quote(one)}" if one in own else rows.field(one) for one in expression.refs}
        catalog.facts[key] = measured(catalog, rows, expression.render(catalog.dialect.name, names))
    found = catalog.facts[key]
    assert isinstance(found, tuple)
    low, high = found
    return (low, high) if isinstance(low, int) and isinstance(high, int) and high - low < WIDEST else None


def together(catalog: Catalog, rows: Rows, references: list[str]) -> tuple[object, object]:
    """The least and greatest value of several fields, each by itself: nothing has to be joined for them."""
    places = [rows.placed(one) for one in references]
    if any(catalog.type_of(dataset, name) != "integer" for dataset, name in places):
        return None, None
    found = [catalog.bounds(one, catalog.field_sql(one, name, quote(one))) for one, name in places]
    known = [edge for pair in found for edge in pair if isinstance(edge, int)]
    return (min(known), max(known)) if known else (None, None)


def measured(catalog: Catalog, rows: Rows, sql: str) -> tuple[object, object]:
    """The least and greatest value of an expression, None where it is no whole number."""
    [(_, kind)] = catalog.engine.describe(f"SELECT {sql} AS value\n{rows.sql()}")
    if kind != "integer":
        return None, None
    low, high = catalog.rows(f"SELECT min({sql}), max({sql})\n{rows.sql()}")[0]
    return low, high


def by_bitmap(writing: Pass) -> str:
    """Distinct integers of a day as one bit each; a window is the OR of its days."""
    leaf = writing.leg.leaves[0]
    key = writing.expression(leaf)
    low, high = bounds(writing.catalog, leaf.metric) or (0, 0)
    day = f"{writing.day() if writing.dated else writing.clock.day(writing.time)} AS day"
    where = writing.where(writing.between(*writing.reach()))
    inner = (
        listed([day, f"bitstring_agg({key}, {low}, {high}) AS who"]) + f"\n{writing.source.sql()}{where}\nGROUP BY 1"
    )
    name = quote(leaf.name)
    days = sliding(writing)
    if days and writing.plan.times:
        periods = ", ".join(spine_names(writing.plan))
        nulls = ", ".join(f"NULL AS {name}" for name in spine_names(writing.plan))
        frame = f"ORDER BY day RANGE BETWEEN INTERVAL {days - 1} DAY PRECEDING AND CURRENT ROW"
        spine = indented(windows_sql(writing))
        rows = (
            f"SELECT {nulls}, day, NULL AS past, who, 1 AS seen\nFROM (\n{indented(inner)}\n) AS days\nUNION ALL\n"
            f"SELECT {periods}, past - INTERVAL 1 DAY, past, NULL, NULL\nFROM (\n{spine}\n) AS spine"
        )
        over = f"bit_or(who) OVER ({frame}) AS who, count(seen) OVER ({frame}) AS seen"
        slid = f"SELECT {periods}, past, {over}\nFROM (\n{indented(rows)}\n) AS dated"
        keys = [*named(writing, "slid"), f"COALESCE(bit_count(who), 0) AS {name}"]
        return listed(keys) + f"\nFROM (\n{indented(slid)}\n) AS slid\nWHERE past IS NOT NULL AND seen > 0"
    keys = named(writing, "spine")
    value = f"COALESCE(bit_count(bit_or(days.who)), 0) AS {name}"
    return listed([*keys, value]) + f"\n{spine_and_days(writing, inner)}{writing.grouped(keys)}"


def sliding(writing: Pass) -> int:
    """The days of each window when all have the same number, so that one frame can slide over them; else 0."""
    windows = writing.leg.windows
    if any(one.start is None or one.end is None for one in windows):
        return 0
    lengths = {(day_of(one.end) - day_of(one.start)).days for one in windows if one.start and one.end}
    return lengths.pop() if len(lengths) == 1 else 0
