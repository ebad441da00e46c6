"""Rows set aside in plain Python, for the naive builder: no SQL beyond fetching them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import pairwise

from msgspec import Struct

from truenorth.define.model import Metric
from truenorth.define.roles import INTERVALS
from truenorth.define.settled import bindings
from truenorth.query.catalog import Catalog
from truenorth.query.fault import asked_of

Row = tuple[object, ...]
# The roles that tell whether a row counts, as they are read.
ROLES = {
    "subscription_id": "subscription_id",
    "started_on": "CAST(started_on AS DATE)",
    "ended_on": "CAST(ended_on AS DATE)",
    "amount": "TRY_CAST(amount AS DECIMAL(28, 8))",
    "quantity": "CAST(quantity AS DECIMAL(18, 4))",
    "interval": "interval",
    "interval_count": "interval_count",
    "metered": "metered",
}


class Sieve(Struct, frozen=True):
    """What is fetched of each row beside what it is worth: its id, its roles, and all that may be asked of it."""

    key: tuple[str, ...]
    roles: tuple[str, ...]
    names: tuple[str, ...]

    def fetched(self, columns: Sequence[str], read: Callable[[str], str]) -> str:
        """Columns and what is fetched beside them, as SQL under names of their own."""
        beside = [read(text) for text in (*self.key, *(ROLES[role] for role in self.roles), *self.names)]
        return ", ".join(f"{one} AS fetched_{at}" for at, one in enumerate([*columns, *beside]))

    def sifted(self, rows: Sequence[Row]) -> list[Row]:
        """The rows that count, without what was fetched beside them: begin, end, whether they are meant, and the rest.

        The end is no later than the next row of the subscription begins.
        """
        width = len(self.key) + len(self.roles) + len(self.names)
        split = [(row[: len(row) - width], row[len(row) - width :]) for row in rows]
        fine = [at for at in self.unrepeated([more for _, more in split]) if self.sound(split[at][1])]
        limits = self.limits([(at, split[at][1]) for at in fine])
        found = []
        for at in fine:
            begins, ends, meant, *rest = split[at][0]
            if meant:
                found.append((begins, cut(begins, ends, limits.get(at)), *rest))
        return found

    def unrepeated(self, rows: Sequence[Row]) -> list[int]:
        """The places of rows whose id no other row has; of rows that are the same, the first."""
        sizes: dict[Row, set[Row]] = {}
        for row in rows:
            sizes.setdefault(row[: len(self.key)], set()).add(row)
        seen: set[Row] = set()
        found = []
        for at, row in enumerate(rows):
            key = row[: len(self.key)]
            if not key or None in key or (len(sizes[key]) == 1 and row not in seen):
                found.append(at)
            seen.add(row)
        return found

    def role(self, row: Row, name: str, absent: object = None) -> object:
        """What a row says in a role."""
        return row[len(self.key) + self.roles.index(name)] if name in self.roles else absent

    def sound(self, row: Row) -> bool:
        """Whether a row can count by its roles."""
        if not self.roles:
            return True
        start, end = day(self.role(row, "started_on")), day(self.role(row, "ended_on"))
        interval = str(self.role(row, "interval", "month")).lower()
        return (
            start is not None
            and (end is None or end >= start)
            and self.role(row, "amount") is not None
            and number(self.role(row, "quantity")) >= 0
            and number(self.role(row, "interval_count")) >= 1
            and interval in INTERVALS
        )

    def limits(self, rows: Sequence[tuple[int, Row]]) -> dict[int, date]:
        """When the next row of the same subscription begins, by the place of a row that lasts at all."""
        groups: dict[tuple[object, bool], list[tuple[Row, date, int]]] = {}
        first = len(self.key) + len(self.roles)
        for at, row in rows:
            who, start = self.role(row, "subscription_id"), day(self.role(row, "started_on"))
            end = day(self.role(row, "ended_on")) or date.max
            if who is not None and start is not None and start < end:
                kind = bool(self.role(row, "metered"))
                order = (start, end, *((one is None, one) for one in row[first:]))
                groups.setdefault((who, kind), []).append((order, start, at))
        found: dict[int, date] = {}
        for group in groups.values():
            group.sort()
            found |= {at: start for (_, _, at), (_, start, _) in pairwise(group)}
        return found


def sieve_of(catalog: Catalog, metric: Metric) -> Sieve:
    """What tells which rows of a balance are set aside."""
    dataset = catalog.dataset(metric.dataset)
    settled = (metric.balance or metric.name) in catalog.model.written
    had = bindings(dataset) if settled else set()
    names = asked_of(catalog, metric) if dataset.primary_key or had else ()
    return Sieve(tuple(dataset.primary_key), tuple(role for role in ROLES if role in had), names)


def cut(begins: object, ends: object, until: date | None) -> object:
    """The end of a row that another follows: not before it begins to count."""
    last = day(ends)
    if until is None or (last is not None and last <= until):
        return ends
    return max(until, day(begins) or until)


def day(value: object) -> date | None:
    """A day of the data."""
    return value.date() if isinstance(value, datetime) else value if isinstance(value, date) else None


def number(value: object) -> Decimal:
    """A number, one where there is none."""
    return Decimal(1) if value is None else Decimal(str(value))
