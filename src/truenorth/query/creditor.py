"""Which conversions and touches lie in a cell, read plainly, so that naive credit can be added up there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal

from msgspec import Struct

from truenorth.base.errors import QueryError
from truenorth.base.period import CLOCK, Moment, day_of, truncate
from truenorth.base.table import Value
from truenorth.define.attribution import CONVERSION_KEY, TOUCH_KEY, sides_of
from truenorth.define.graph import entity_columns
from truenorth.define.journey import NAME
from truenorth.define.model import Metric
from truenorth.query.apportion import Credits, Earned, Touch, amount_of, apportioned, day_or_time
from truenorth.query.catalog import Catalog
from truenorth.query.dialect import quote
from truenorth.query.granularity import ORDER
from truenorth.query.naive import ROWS

# So many rows are followed one by one, for every number that is looked at.
MOST = 100_000


class Reading(Struct, frozen=True):
    """How a naive builder reads rows: a field of a metric's row, its expression, its source, moment and conditions.

    `until` is the end of what is known: the day after the last one where rows are known by the day, else an instant.
    """

    catalog: Catalog
    field: Callable[[Metric, str], str]
    rendered: Callable[[Metric, str], str]
    source: Callable[[str], str]
    moment: Callable[[Metric, bool], str]
    conditions: Callable[[Metric], list[str]]
    rows: Callable[[str], Sequence[Sequence[object]]]
    denominated: Callable[[Metric], str]
    changed: Callable[[Metric, tuple[object, ...]], Value]
    in_days: Callable[[Metric], bool]
    timezone: str
    until: Callable[[Metric], Moment]

    def keys(self, side: Metric) -> list[str]:
        """The key of a side's row as SQL."""
        dataset = self.catalog.dataset(side.dataset)
        return [self.catalog.field_sql(dataset.name, name, ROWS) for name in dataset.primary_key]

    def who(self, metric: Metric, side: Metric) -> list[str]:
        """Whose row it is as SQL."""
        if not NAME.fullmatch(metric.entity):
            return [self.rendered(side, metric.entity)]
        return [self.field(side, one) for one in entity_columns(self.catalog.model, side.dataset, metric.entity)]

    def read(self, side: Metric, columns: list[str]) -> list[tuple[object, ...]]:
        """The rows of a side under its own conditions."""
        where = self.conditions(side)
        kept = f" WHERE {' AND '.join(where)}" if where else ""
        return [tuple(row) for row in self.rows(f"SELECT {', '.join(columns)} FROM {self.source(side.dataset)}{kept}")]

    def few(self, side: Metric) -> None:
        """Refuses to follow more rows one by one than somebody waits for; QueryError E_TOO_SLOW says how many."""
        (size,) = self.read(side, ["count(*)"])[0]
        if int(str(size)) > MOST:
            message = f"{int(str(size)):,} rows are too many to follow one by one; up to {MOST:,} are"
            raise QueryError("E_TOO_SLOW", message, hint="verify it where there is less data")

    def unit(self, sides: Sequence[Metric]) -> str:
        """The grain in which both sides are known; "" for instants."""
        found = [""]
        for side in sides:
            field = self.catalog.dataset(side.dataset).field(self.catalog.time_of(side))
            told = str(getattr(field, "granularity", "") or "")
            found.append(told if told not in ("", *CLOCK) else "day" if self.in_days(side) else "")
        return max(found, key=lambda unit: ORDER[unit] if unit else -1)

    def credits(self, metric: Metric) -> Credits:
        """What every touch of every conversion gets."""
        touches, conversions, _ = sides_of(self.catalog.model, metric.dataset)
        unit = self.unit((touches, conversions))

        def at(value: object) -> object:
            coarse = unit not in ("", "day") and value is not None
            week = self.catalog.model.workspace.week_start
            found = day_or_time(value)
            return truncate(day_of(found), unit, week) if coarse and found is not None else found

        met: dict[tuple[object, ...], list[Touch]] = {}
        own, who = self.keys(touches), self.who(metric, touches)
        direct = f"CASE WHEN {self.rendered(touches, metric.direct)} THEN 1 ELSE 0 END" if metric.direct else "0"
        for row in self.read(touches, [*own, *who, self.moment(touches, bool(unit)), direct]):
            moment = day_or_time(at(row[-2]))
            if moment is not None:
                found = Touch(row[: len(own)], moment, str(row[-1]) == "1")
                met.setdefault(row[len(own) : -2], []).append(found)
        met = {who: found for who, found in met.items() if None not in who}
        own, who = self.keys(conversions), self.who(metric, conversions)
        worth = self.rendered(conversions, conversions.expr) if conversions.expr else "1"
        if conversions.agg == "count" and conversions.expr:
            worth = f"CASE WHEN {worth} IS NOT NULL THEN 1 END"
        told = [worth] if not conversions.convert else self.in_currency(conversions, worth)
        size = len(own)
        earned = []
        for row in self.read(conversions, [*own, *who, self.moment(conversions, bool(unit)), *told]):
            amount = row[-1] if len(told) == 1 else self.changed(conversions, row[-len(told) :])
            whose = row[size : size + len(who)]
            earned.append(Earned(row[:size], day_or_time(at(row[size + len(who)])), whose, amount_of(amount)))
        return apportioned(metric, earned, met)

    def in_currency(self, conversions: Metric, worth: str) -> list[str]:
        """The currency, the day and the amount of a conversion as SQL, to be changed row by row."""
        return [self.denominated(conversions), self.moment(conversions, True), self.catalog.dialect.as_money(worth)]

    def pairs(self, metric: Metric) -> str:
        """Every conversion by itself and beside every touch of its entity, as a FROM item."""
        touches, conversions, _ = sides_of(self.catalog.model, metric.dataset)
        time = self.catalog.dataset(metric.dataset).time
        there = {f"{CONVERSION_KEY} {at}": sql for at, sql in enumerate(self.keys(conversions), 1)}
        there[time] = self.catalog.field_sql(conversions.dataset, self.catalog.time_of(conversions), ROWS)
        here = {f"{TOUCH_KEY} {at}": sql for at, sql in enumerate(self.keys(touches), 1)}
        own = {f"who {at}": sql for at, sql in enumerate(self.who(metric, conversions), 1)}
        theirs = {f"who {at}": sql for at, sql in enumerate(self.who(metric, touches), 1)}
        one = f"(SELECT {listed(there | own)} FROM {self.source(conversions.dataset)}) AS c"
        other = f"(SELECT {listed(here | theirs)} FROM {self.source(touches.dataset)}) AS t"
        shown, met = [f"c.{quote(name)}" for name in there], [f"t.{quote(name)}" for name in here]
        on = " AND ".join(f"c.{quote(name)} = t.{quote(name)}" for name in own)
        named = [f"{sql} AS {quote(name)}" for sql, name in zip([*shown, *met], [*there, *here], strict=True)]
        alone = [f"{sql} AS {quote(name)}" for sql, name in zip(shown, there, strict=True)]
        alone += [f"NULL AS {quote(name)}" for name in here]
        both = f"SELECT {', '.join(named)} FROM {one}, {other} WHERE {on}"
        return f"({both} UNION ALL SELECT {', '.join(alone)} FROM {one}) AS {ROWS}"

    def added(self, metric: Metric, found: Credits, source: str, conditions: Sequence[str]) -> Value:
        """The credit of the pairs that meet conditions."""
        touches, conversions, _ = sides_of(self.catalog.model, metric.dataset)
        own, other = len(self.keys(conversions)), len(self.keys(touches))
        names = [f"{CONVERSION_KEY} {at}" for at in range(1, own + 1)]
        names += [f"{TOUCH_KEY} {at}" for at in range(1, other + 1)]
        where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        listing = ", ".join(f"{ROWS}.{quote(name)}" for name in names)
        total: Decimal | None = None
        for row in self.rows(f"SELECT DISTINCT {listing} FROM {source}{where}"):
            touch = tuple(row[own:])
            share = found.get((tuple(row[:own]), None if all(part is None for part in touch) else touch))
            total = total if share is None else (total or Decimal(0)) + share
        return Decimal(0) if total is None and conversions.agg == "count" else total


def listed(columns: dict[str, str]) -> str:
    """Columns as a select list."""
    return ", ".join(f"{sql} AS {quote(name)}" for name, sql in columns.items())
