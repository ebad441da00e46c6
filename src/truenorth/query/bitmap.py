"""Distinct whole numbers as bits: a day is a row of bits, and a window is the OR of its days."""

from __future__ import annotations

import re
from dataclasses import replace

from truenorth.base.period import day_of
from truenorth.define.model import Metric
from truenorth.query.catalog import Catalog
from truenorth.query.dialect import indented, listed, quote
from truenorth.query.join import Rows
from truenorth.query.leg import Pass, spine_names
from truenorth.query.owner import WIDEST, Key, key_of, read_by
from truenorth.query.shape import Leaf
from truenorth.query.spine import named, spine_and_days, windows_sql

# A key is looked up that has so many numbers for each row at most, and one day's change of a number for so many rows.
SPARSE, FEW = 1, 4
# The numbers of a day that stand for somebody else leave it, and those whom they stand for come in.
MOVED = """\
WITH days AS (
{days}
), others AS (
{others}
), moves AS (
  SELECT day, bitstring_agg(number, {span}) AS gone, bitstring_agg(owner, {span}) AS come
  FROM (
    SELECT day, who, unnest(places) AS place, unnest(numbers) AS number, unnest(owners) AS owner
    FROM days CROSS JOIN others
  ) AS each
  WHERE get_bit(who, CAST(place AS INTEGER)) = 1
  GROUP BY 1
)
SELECT days.day AS day, COALESCE(xor(days.who, gone) | come, xor(days.who, gone), days.who) AS who
FROM days
LEFT JOIN moves ON moves.day = days.day"""
CHANGED = '"key" IS DISTINCT FROM "who 1" AND "key" IS NOT NULL'
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
    read = sorted({metric.dataset, *(step.end for path in paths for step in path.steps)})
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
    inner = by_day(writing, leaf)
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


def by_day(writing: Pass, leaf: Leaf) -> str:
    """The select of who was there on each day, as bits."""
    low, high = bounds(writing.catalog, leaf.metric) or (0, 0)
    key = changed(writing, leaf.metric)
    if key is None or max(high, key.high) - min(low, key.low) >= WIDEST:
        return of_rows(writing, writing.expression(leaf), low, high)
    low, high = min(low, key.low), max(high, key.high)
    days = of_rows(writing, writing.raw(key.column), low, high)
    if not key.select:
        return days
    places = f'list("key" - {low}) AS places, list("key") AS numbers, list("who 1") AS owners'
    others = f"SELECT {places}\nFROM (\n{indented(key.select)}\n) AS owned\nWHERE {CHANGED}"
    return MOVED.format(span=f"{low}, {high}", days=indented(days), others=indented(others))


def of_rows(writing: Pass, number: str, low: int, high: int) -> str:
    """The select of the numbers that the rows of each day have, as bits."""
    day = f"{writing.day() if writing.dated else writing.clock.day(writing.time)} AS day"
    where = writing.where(writing.between(*writing.reach()))
    columns = [day, f"bitstring_agg({number}, {low}, {high}) AS who"]
    return listed(columns) + f"\n{writing.source.sql()}{where}\nGROUP BY 1"


def changed(writing: Pass, metric: Metric) -> Key | None:
    """The key by whose numbers a metric counts others than these, where that are so few that it is quicker to put them
    in their place day by day than to look up everybody row by row; it selects nothing where there are none."""
    catalog, dataset = writing.catalog, metric.dataset
    known = catalog.stretch(dataset, writing.leg.time)
    key = key_of(catalog, dataset, catalog.expression(metric.expr, metric), SPARSE * known.rows)
    if key is None or not key.select or known.first is None or known.last is None:
        return None
    read = read_by(catalog, dataset, catalog.expression(metric.expr, metric))
    fact = ("changed", key.select, *(catalog.version(one) for one in read))
    if fact not in catalog.facts:
        count = f'count(*) FILTER (WHERE {CHANGED}), count(*) FILTER (WHERE "key" IS NULL AND "who 1" IS NOT NULL)'
        catalog.facts[fact] = catalog.rows(f"SELECT {count} FROM (\n{key.select}\n) AS owners")[0]
    found = catalog.facts[fact]
    assert isinstance(found, tuple)
    others, nobodys = found
    days = (day_of(known.last) - day_of(known.first)).days + 1
    if nobodys or others * days > known.rows // FEW:
        return None
    return key if others else replace(key, select="")


def sliding(writing: Pass) -> int:
    """The days of each window when all have the same number, so that one frame can slide over them; else 0."""
    windows = writing.leg.windows
    if any(one.start is None or one.end is None for one in windows):
        return 0
    lengths = {(day_of(one.end) - day_of(one.start)).days for one in windows if one.start and one.end}
    return lengths.pop() if len(lengths) == 1 else 0
