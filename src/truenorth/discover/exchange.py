"""Tables of exchange rates, told by their columns: the day, the two currencies, and what one is worth in the other."""

from __future__ import annotations

import re
from datetime import date

from msgspec import Struct

from truenorth.define.tables import matched, plain, tables
from truenorth.discover.facts import Column, Table
from truenorth.discover.key import relation
from truenorth.discover.pick import MONEY_CODES, currency
from truenorth.store.engine import Engine
from truenorth.store.values import literal

RATES = "exchange rates"  # the kind of such a table
# A rate lasts a week where nothing else is said, and longer only where the table has one a month or a quarter.
A_WEEK, _LONGEST = 7, 92
_INTO = re.compile(r"(?:(?:fx|exchange|conversion)_)?(?:rate_)?(?:to|in)_([a-z]{3})(?:_rate)?")


class Quoted(Struct, frozen=True):
    """The columns of a table of rates, and for how many days one holds.

    One that says the currency of its rates in a column's name has it in `into`, and no column of them.
    """

    day: Column
    start: Column
    rate: Column
    lasts: int
    end: Column | None = None
    into: str = ""

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns by which it was told."""
        return tuple(one for one in (self.day, self.start, self.end, self.rate) if one is not None)


class Missing(Struct, frozen=True):
    """The days without a rate from one currency: how many, the first and the last."""

    code: str
    days: int
    first: date
    last: date


def missing(
    engine: Engine, rates: tuple[Table, Quoted], asked: tuple[Table, Column, Column, str], into: str, until: date
) -> list[Missing]:
    """The currencies and days for which a table of rates says nothing, from the first row of a currency to a last day.

    `asked` are the rows' table, the columns of their currency and their day, and the condition of those that count. A
    balance needs the rates of all days while it lasts: it is told by day, and by day it moves.
    """
    table, one = rates
    rows, code, day, where = asked
    held, end = f"CAST({one.day.sql} AS DATE)", one.end.sql if one.end else literal(one.into)
    known = f"SELECT {held} AS d, {one.start.sql} AS s, {end} AS e FROM {relation(table)} AS rates"
    begun = f"SELECT upper({code.sql}) AS c, min(CAST({day.sql} AS DATE)) AS f FROM {relation(rows)} AS rows"
    days = f"unnest(generate_series(f, DATE {literal(str(until))}, INTERVAL 1 DAY))"
    pair = f"((s = c AND e = {literal(into)}) OR (e = c AND s = {literal(into)}))"
    found = engine.rows(
        f"WITH known AS ({known}), begun AS ({begun} WHERE {where or 'true'} GROUP BY 1), "
        f"wanted AS (SELECT c, CAST({days} AS DATE) AS d FROM begun WHERE c <> {literal(into)}) "
        f"SELECT c, count(*), min(d), max(d) FROM wanted WHERE NOT EXISTS (SELECT 1 FROM known WHERE {pair} "
        f"AND known.d <= wanted.d AND known.d >= wanted.d - {one.lasts}) GROUP BY c ORDER BY c"
    )
    return [
        Missing(str(code), int(str(days)), first, last)
        for code, days, first, last in found
        if isinstance(first, date) and isinstance(last, date)
    ]


def quoted(engine: Engine, table: Table) -> Quoted | None:
    """What a table of exchange rates quotes; None for any other table, and where a pair has two rates on one day."""
    by_name = {one.name: one for one in table.columns}
    said = matched(tables()["fx_rates"], {name: name for name in by_name}).columns
    day, start, end, rate = (by_name.get(said.get(one, "")) for one in ("date", "from_currency", "to_currency", "rate"))
    into = ""
    if end is None:
        start = currency(table) if start is None else start
        into, rate = next(((found[1].upper(), one) for one in table.columns
                           if (found := _INTO.fullmatch(plain(one.written)))), ("", None))  # fmt: skip
    if day is None or start is None or rate is None or not day.timed or not rate.numeric:
        return None
    if not all(map(_codes, (start, end))) or not (end or into in MONEY_CODES):
        return None
    return _measured(engine, table, Quoted(day, start, rate, 0, end, into))


def _codes(column: Column | None) -> bool:
    """Whether all of a column's values are currencies, written as currencies are."""
    return column is None or (bool(column.values) and set(column.values) <= MONEY_CODES)


def _measured(engine: Engine, table: Table, one: Quoted) -> Quoted | None:
    """A table of rates with how long one holds, where each pair has one rate above zero a day."""
    day, end = f"CAST({one.day.sql} AS DATE)", one.end.sql if one.end else literal(one.into)
    rows = f"SELECT {day} AS d, {one.start.sql} AS s, {end} AS e, {one.rate.sql} AS r FROM {relation(table)} AS rows"
    wrong = "SELECT 1 FROM (" + rows + ") AS q GROUP BY d, s, e HAVING min(r) <= 0 OR max(r) > min(r) OR count(r) < 1"
    gaps = f"SELECT s, e, d, d - lag(d) OVER (PARTITION BY s, e ORDER BY d) AS gap FROM ({rows}) AS q"
    [(longest,)] = engine.rows(f"SELECT max(coalesce(gap, 0)) FROM ({gaps}) AS q")
    if longest is None or int(str(longest)) > _LONGEST or engine.rows(wrong + " LIMIT 1"):
        return None
    return Quoted(one.day, one.start, one.rate, max(A_WEEK, int(str(longest))), one.end, one.into)
