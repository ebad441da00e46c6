"""Tables of exchange rates, told by their columns: the day, the two currencies, and what one is worth in the other."""

from __future__ import annotations

import re
from datetime import date, timedelta

from msgspec import Struct

from truenorth.define.tables import matched, plain, tables
from truenorth.discover.facts import Column, Table, moment
from truenorth.discover.key import relation
from truenorth.discover.pick import MONEY_CODES, currency
from truenorth.store.engine import Engine
from truenorth.store.values import literal

RATES = "exchange rates"  # the kind of such a table
# A rate lasts a week where nothing else is said, and longer only where the table has one a month or a quarter.
A_WEEK, _LONGEST = 7, 92
_INTO = re.compile(r"(?:(?:fx|exchange|conversion)_)?(?:rate_)?(?:to|in)_([a-z]{3})(?:_rate)?")


class Quoted(Struct, frozen=True):
    """The columns of a table of rates, the pairs that it quotes, from when to when, and for how many days one holds.

    One that says the currency of its rates in a column's name has it in `into`, and no column of them.
    """

    day: Column
    start: Column
    rate: Column
    pairs: frozenset[tuple[str, str]]
    first: date
    last: date
    lasts: int
    end: Column | None = None
    into: str = ""

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns by which it was told."""
        return tuple(one for one in (self.day, self.start, self.end, self.rate) if one is not None)

    def reaches(self, code: str, target: str) -> bool:
        """Whether one currency becomes another by a pair, either way round."""
        return code == target or bool({(code, target), (target, code)} & self.pairs)

    def covers(self, column: Column) -> bool:
        """Whether there is a rate from the first to the last of some days."""
        low, high = moment(column.low), moment(column.high)
        if low is None or high is None:
            return False
        return self.first <= low.date() and high.date() <= self.last + timedelta(days=self.lasts)


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
    return _measured(engine, table, Quoted(day, start, rate, frozenset(), date.min, date.max, 0, end, into))


def _codes(column: Column | None) -> bool:
    """Whether all of a column's values are currencies, written as currencies are."""
    return column is None or (bool(column.values) and set(column.values) <= MONEY_CODES)


def _measured(engine: Engine, table: Table, one: Quoted) -> Quoted | None:
    """The pairs and the days of a table of rates, where each pair has one rate above zero a day."""
    day, end = f"CAST({one.day.sql} AS DATE)", one.end.sql if one.end else literal(one.into)
    rows = f"SELECT {day} AS d, {one.start.sql} AS s, {end} AS e, {one.rate.sql} AS r FROM {relation(table)} AS rows"
    wrong = "SELECT 1 FROM (" + rows + ") AS q GROUP BY d, s, e HAVING min(r) <= 0 OR max(r) > min(r) OR count(r) < 1"
    gaps = f"SELECT s, e, d, d - lag(d) OVER (PARTITION BY s, e ORDER BY d) AS gap FROM ({rows}) AS q"
    found = engine.rows(f"SELECT s, e, max(gap), min(d), max(d) FROM ({gaps}) AS q GROUP BY s, e")
    days = [(low, high) for _, _, _, low, high in found if isinstance(low, date) and isinstance(high, date)]
    longest = max((int(str(gap or 0)) for _, _, gap, _, _ in found), default=0)
    if engine.rows(wrong + " LIMIT 1") or not days or longest > _LONGEST:
        return None
    return Quoted(
        one.day, one.start, one.rate,
        frozenset((str(start), str(end)) for start, end, *_ in found),
        max(low for low, _ in days), min(high for _, high in days),
        max(A_WEEK, longest), one.end, one.into,
    )  # fmt: skip
