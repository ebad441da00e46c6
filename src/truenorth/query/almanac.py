"""A calendar of one's own: what each day is called in its grains, and how far one of its periods is from another."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from datetime import date, datetime, timedelta
from operator import eq, ge, gt, le, lt, ne
from typing import Any

from msgspec import Struct, field

from truenorth.base.period import Span
from truenorth.query.column import Label

DAY = timedelta(days=1)


class Almanac(Struct, frozen=True):
    """One grain of a calendar dataset: the name of each day, and its periods as runs of days of one name."""

    names: dict[date, Label]
    starts: tuple[date, ...] = field(default=())
    ends: tuple[date, ...] = field(default=())

    def start(self, day: date) -> date | None:
        """The first day of the period that holds a day; None where the calendar has none.

        >>> weeks = almanac([(date(2026, 1, at), "one" if at < 4 else "two") for at in range(1, 7)])
        >>> weeks.start(date(2026, 1, 5))
        datetime.date(2026, 1, 4)
        """
        at = bisect_right(self.starts, day) - 1
        return self.starts[at] if at >= 0 and day < self.ends[at] else None

    def edge(self, day: date, count: int) -> date | None:
        """An edge between days moved by whole periods; it keeps its place in the period, at most at the period's end.

        >>> weeks = almanac([(date(2026, 1, at), "one" if at < 4 else "two") for at in range(1, 7)])
        >>> weeks.edge(date(2026, 1, 4), -1), weeks.edge(date(2026, 1, 6), -1), weeks.edge(date(2026, 1, 7), -1)
        (datetime.date(2026, 1, 1), datetime.date(2026, 1, 3), datetime.date(2026, 1, 4))
        """
        if not self.starts:
            return None
        at = bisect_right(self.starts, day) - 1
        if at >= 0 and day >= self.ends[at]:
            past, at = timedelta(0), at + 1
        else:
            past = day - self.starts[at] if at >= 0 else timedelta(0)
        to = at + count
        if at < 0 or not 0 <= to <= len(self.starts):
            return None
        if to == len(self.starts):
            return self.ends[-1] if not past else None
        return min(self.starts[to] + past, self.ends[to])

    def spans(self, operator: str, values: list[str]) -> list[Span]:
        """The periods whose names a comparison with texts holds for.

        >>> weeks = almanac([(date(2026, 1, at), "one" if at < 4 else "two") for at in range(1, 7)])
        >>> weeks.spans("=", ["two"])
        [Span(start=datetime.date(2026, 1, 4), end=datetime.date(2026, 1, 7))]
        """
        found = []
        for start, end in zip(self.starts, self.ends, strict=True):
            name = self.names[start]
            known = [value for text in values if (value := read_as(text, name)) is not None]
            holds = HOLDS[operator]
            if operator == "between":
                kept = len(known) == 2 and known[0] <= name <= known[1]
            else:
                kept = any(holds(name, value) for value in known)
            found += [Span(start, end)] if kept else []
        return found

    def day(self, day: date, count: int) -> date | None:
        """The day at the same place of another period; None where that period is shorter or there is none."""
        start = self.start(day)
        there = None if start is None else self.edge(start, count)
        if start is None or there is None or there not in self.starts:
            return None
        moved = there + (day - start)
        return moved if self.start(moved) == there else None


HOLDS: dict[str, Callable[[Any, Any], bool]] = {
    "=": eq,
    "<>": ne,
    "<": lt,
    "<=": le,
    ">": gt,
    ">=": ge,
    "in": eq,
    "between": ge,
}


def read_as(text: str, like: Label) -> Any:
    """A text as the kind of value that a period is called by; None where it is none."""
    try:
        if isinstance(like, date):
            return datetime.fromisoformat(text).date()
        return int(text) if isinstance(like, int) else text
    except ValueError:
        return None


def almanac(days: list[tuple[date, Label]]) -> Almanac:
    """The grain of the days and their names, in order; a day without a name is in no period."""
    starts: list[date] = []
    ends: list[date] = []
    before: Label = None
    for day, name in days:
        if name is not None and name == before:
            ends[-1] = day + DAY
        elif name is not None:
            starts.append(day)
            ends.append(day + DAY)
        before = name
    return Almanac(dict(days), tuple(starts), tuple(ends))
