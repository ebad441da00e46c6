"""A balance and its parts in plain Python, for the naive builder: entity by entity, from rows that last from a day to
another.

No running sums and no SQL beyond fetching the rows: what a row is worth on a day is told by `starts <= day < ends`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal

from msgspec import Struct

from truenorth.base.table import Value
from truenorth.define.model import Metric

ONE = timedelta(days=1)
NOTHING = Decimal(0)


class Lasting(Struct, frozen=True):
    """A row that lasts: whose it is, from when until when, what it is worth, its segment, and whether it counts."""

    who: tuple[Value, ...]
    starts: date
    ends: date | None
    worth: Decimal
    segment: tuple[Value, ...]
    inside: bool

    def holds(self, day: date) -> bool:
        """Whether it is there on a day."""
        return self.starts <= day and (self.ends is None or day < self.ends)


Rows = Sequence[Lasting]


def lasting(rows: Iterable[tuple[object, ...]], keys: int) -> list[Lasting]:
    """The rows that count, fetched as begin, end, amount, whether inside, the entity's keys and the segment's."""
    found = []
    for starts, ends, amount, inside, *rest in rows:
        if not isinstance(starts, date) or amount is None:
            continue
        until = ends if isinstance(ends, date) else None
        if until is None or until >= starts:
            shown = tuple(plain(value) for value in rest)
            found.append(Lasting(shown[:keys], starts, until, exact(amount), shown[keys:], bool(inside)))
    return found


def plain(value: object) -> Value:
    """An engine's value as one of ours."""
    return value if value is None or isinstance(value, bool | int | float | str | date | Decimal) else str(value)


def exact(amount: object) -> Decimal:
    """An amount as decimal; floating numbers as the engine keeps them.

    >>> exact(0.1), exact(3)
    (Decimal('0.10000000'), Decimal('3'))
    """
    return round(Decimal(str(amount)), 8) if isinstance(amount, float) else Decimal(str(amount))


def part_of(metric: Metric, rows: Rows, start: date | None, end: date) -> Value:
    """The balance at the beginning or end of some days, or a part of what changed it; `end` is left out."""
    last, before = end - ONE, None if start is None else start - ONE
    if metric.part == "closing":
        return level(metric, rows, last)
    opening = NOTHING if before is None else level(metric, rows, before)
    if metric.part == "opening":
        return opening
    if metric.part == "net":
        return level(metric, rows, last) - opening
    total = NOTHING
    for who in {row.who for row in rows}:
        own = [row for row in rows if row.who == who]
        if metric.measure == "amount":
            total += moved(metric, own, before, last)
        elif None not in who:
            total += 1 if counts(metric, own, before, last) else 0
    return total


def level(metric: Metric, rows: Rows, day: date) -> Decimal:
    """The balance on a day of the rows inside: what they are worth, or how many known entities have any."""
    counted = [row for row in rows if row.inside]
    if metric.measure == "amount":
        return worth(counted, day)
    known = {row.who for row in counted if None not in row.who}
    return Decimal(sum(1 for who in known if there(metric, [row for row in counted if row.who == who], day)))


def worth(rows: Rows, day: date | None) -> Decimal:
    """What rows are worth together on a day; nothing before all days."""
    return sum((row.worth for row in rows if day is not None and row.holds(day)), NOTHING)


def there(metric: Metric, rows: Rows, day: date | None) -> bool:
    """Whether whose rows these are has something on a day."""
    if metric.at_zero == "present":
        return any(day is not None and row.holds(day) for row in rows)
    return worth(rows, day) != 0


def kind_of(metric: Metric, own: Rows, before: date | None, last: date) -> str:
    """What became of an entity: new, reactivation, churn, stayed, or nothing."""
    was, now = there(metric, own, before), there(metric, own, last)
    if now and not was:
        edges = {edge for row in own for edge in (row.starts, row.ends) if edge is not None}
        ever = before is not None and any(there(metric, own, day) for day in edges if day <= before)
        return "reactivation" if ever else "new"
    return ("stayed" if now else "churn") if was else ""


def moved(metric: Metric, own: Rows, before: date | None, last: date) -> Decimal:
    """What of an entity's change inside belongs to the part."""
    came, went, rest = set_off(own, before, last)
    if metric.part in ("transfer_in", "transfer_out"):
        return came if metric.part == "transfer_in" else went
    kind = kind_of(metric, own, before, last)
    if metric.part in ("expansion", "contraction"):
        signed = rest if metric.part == "expansion" else -rest
        return max(signed, NOTHING) if kind == "stayed" else NOTHING
    return (-rest if kind == "churn" else rest) if kind == metric.part else NOTHING


def counts(metric: Metric, own: Rows, before: date | None, last: date) -> bool:
    """Whether an entity is one of those that the part counts."""
    counted = [row for row in own if row.inside]
    was, now = there(metric, counted, before), there(metric, counted, last)
    kind = kind_of(metric, own, before, last)
    if metric.part in ("new", "reactivation"):
        return kind == metric.part and now and not was
    if metric.part == "churn":
        return kind == "churn" and was and not now
    if metric.part in ("transfer_in", "transfer_out"):
        return kind == "stayed" and was != now and now == (metric.part == "transfer_in")
    return moved(metric, own, before, last) > 0


def set_off(own: Rows, before: date | None, last: date) -> tuple[Decimal, Decimal, Decimal]:
    """What came to the segment inside from others, what went from it to others, and the rest of its change.

    Gains and losses of an entity's segments are set off against each other, the largest first.
    """
    segments = {row.segment: row.inside for row in own}
    changes = {one: change([row for row in own if row.segment == one], before, last) for one in segments}
    gains, losses = ({one: sign * size for one, size in changes.items() if sign * size > 0} for sign in (1, -1))
    left = min(sum(gains.values(), NOTHING), sum(losses.values(), NOTHING))
    came, went = (shares(sizes, left) for sizes in (gains, losses))
    inside = [one for one, counted in segments.items() if counted]
    into, out = (sum((one.get(segment, NOTHING) for segment in inside), NOTHING) for one in (came, went))
    return into, out, sum((changes[one] for one in inside), NOTHING) - into + out


def change(rows: Rows, before: date | None, last: date) -> Decimal:
    """What rows are worth on the last day more than on the one before all."""
    return worth(rows, last) - worth(rows, before)


def shares(sizes: dict[tuple[Value, ...], Decimal], left: Decimal) -> dict[tuple[Value, ...], Decimal]:
    """An amount taken from the largest first.

    >>> shares({("gold",): Decimal(5), ("free",): Decimal(7)}, Decimal(9))
    {('free',): Decimal('7'), ('gold',): Decimal('2')}
    """
    found = {}
    for segment in sorted(sizes, key=lambda one: (-sizes[one], [(part is None, str(part)) for part in one])):
        found[segment] = min(sizes[segment], left)
        left -= found[segment]
    return found
