"""A balance of several currencies in plain Python, for the naive builder: each amount is brought to one by itself.

What there is on a day is worth what that day's rates say, each change what the rates of movements say, and the effect
of rates is what remains. Who is there is told by each currency for itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction

from msgspec import Struct

from truenorth.base.errors import QueryError
from truenorth.base.table import Value
from truenorth.define.model import Metric
from truenorth.query.balance import ONE, Lasting, lasting, shares
from truenorth.query.teller import Teller, rounded

Rows = Sequence[tuple[str | None, Lasting]]
NOTHING = Fraction(0)


class Clerk(Struct, frozen=True):
    """Tells the parts of one converted balance over some days; `end` is left out."""

    teller: Teller
    metric: Metric
    start: date | None
    end: date

    def part(self, rows: Rows) -> Value:
        """The value of the part; QueryError where it counts entities by what they gained, lost or moved."""
        metric = self.metric
        if metric.measure == "entities":
            return self.entities(rows)
        known = [(code, row) for code, row in rows if code is not None]
        inside = [(code, row) for code, row in known if row.inside]
        closing = self.level(inside, self.end - ONE)
        opening = self.level(inside, self.start - ONE) if self.start is not None else NOTHING
        if metric.part in ("closing", "opening", "net"):
            return decimal({"closing": closing, "opening": opening, "net": closing - opening}[metric.part])
        people = {row.who for _, row in known}
        each = (self.moved([(code, row) for code, row in rows if row.who == who]) for who in people)
        total = sum(each, NOTHING)
        return decimal(closing - opening - total if metric.part == "fx" else total)

    def entities(self, rows: Rows) -> int:
        """How many known entities are there, came or went."""
        part, people = self.metric.part, {row.who for _, row in rows if None not in row.who}
        if part not in ("closing", "opening", "net", "new", "reactivation", "churn"):
            message = f'"{self.metric.name}" counts by what is gained, lost or moved in several currencies'
            raise QueryError("E_UNKNOWN_GRAIN", message)
        found = 0
        for who in people:
            own = [(code, row) for code, row in rows if row.who == who]
            inside = [(code, row) for code, row in own if row.inside]
            was = self.start is not None and self.there(inside, self.start - ONE)
            now = self.there(inside, self.end - ONE)
            if part in ("closing", "opening", "net"):
                found += {"closing": now, "opening": was, "net": now - was}[part]
            elif self.kind(own) == part:
                found += was and not now if part == "churn" else now and not was
        return found

    def level(self, rows: Rows, day: date) -> Fraction:
        """What rows are worth together on a day: in each currency, at the rate of that day."""
        total = NOTHING
        for code in {code for code, _ in rows if code is not None}:
            amount = sum((Fraction(row.worth) for one, row in rows if one == code and row.holds(day)), NOTHING)
            total += rounded(amount * self.rate(code, day, (None, day + ONE)), 12)
        return total

    def change(self, rows: Rows) -> Fraction:
        """What rows that begin and end inside add and take, at the rates of movements."""
        total = NOTHING
        for code, row in rows:
            for sign, day in ((1, row.starts), (-1, row.ends)):
                if (
                    day is not None
                    and day < self.end
                    and (self.start is None or day >= self.start)
                    and code is not None
                ):
                    total += sign * rounded(Fraction(row.worth) * self.rate(code, day, (self.start, self.end)), 12)
        return total

    def rate(self, code: str, day: date, span: tuple[date | None, date]) -> Fraction:
        """What one unit of a currency is worth; 0 where nobody knows."""
        target = self.metric.currency or self.teller.over
        level = span[0] is None and span[1] == day + ONE
        if level and self.metric.convert != "fixed":
            return Fraction(1) if code == target else self.teller.rate(code, target, day) or NOTHING
        return self.teller.worth(self.metric, code, target, day, span) or NOTHING

    def there(self, own: Rows, day: date | None) -> bool:
        """Whether whose rows these are has something in any currency on a day."""
        held = [(code, row) for code, row in own if day is not None and row.holds(day)]
        if self.metric.at_zero == "present":
            return bool(held)
        return any(sum(row.worth for one, row in held if one == code) != 0 for code in {code for code, _ in held})

    def kind(self, own: Rows) -> str:
        """What became of an entity: new, reactivation, churn, stayed, or nothing."""
        before = None if self.start is None else self.start - ONE
        was, now = self.there(own, before), self.there(own, self.end - ONE)
        if now and not was:
            edges = {edge for _, row in own for edge in (row.starts, row.ends) if edge is not None}
            ever = before is not None and any(self.there(own, day) for day in edges if day <= before)
            return "reactivation" if ever else "new"
        return ("stayed" if now else "churn") if was else ""

    def moved(self, own: Rows) -> Fraction:
        """What of an entity's change inside belongs to the part (for fx, to any movement); what its segments exchange
        is set off first."""
        part, kind = self.metric.part, self.kind(own)
        segments = {row.segment: row.inside for _, row in own}
        sizes = {one: self.change([(code, row) for code, row in own if row.segment == one]) for one in segments}
        gains = {one: decimal(size) for one, size in sizes.items() if size > 0}
        losses = {one: decimal(-size) for one, size in sizes.items() if size < 0}
        left = min(sum(gains.values(), Decimal(0)), sum(losses.values(), Decimal(0)))
        came, went = (
            sum((Fraction(size) for one, size in shares(found, left).items() if segments[one]), NOTHING)
            for found in (gains, losses)
        )
        if part in ("transfer_in", "transfer_out"):
            return came if part == "transfer_in" else went
        rest = sum((size for one, size in sizes.items() if segments[one]), NOTHING) - came + went
        if part == "fx":
            return came - went + (rest if kind else NOTHING)
        if part in ("expansion", "contraction"):
            signed = rest if part == "expansion" else -rest
            return max(signed, NOTHING) if kind == "stayed" else NOTHING
        return (-rest if kind == "churn" else rest) if kind == part else NOTHING


def coded(rows: Sequence[tuple[object, ...]], keys: int) -> Rows:
    """The rows that count, fetched with their currency at the end."""
    found = ((row[-1], one) for row in rows for one in lasting([row[:-1]], keys))
    return [(None if code is None else str(code), one) for code, one in found]


def decimal(value: Fraction) -> Decimal:
    """A number of at most 30 places as a decimal."""
    return Decimal(int(rounded(value, 30) * 10**30)).scaleb(-30)
