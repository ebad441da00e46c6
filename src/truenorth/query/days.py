"""A calendar's rows for the naive builder: walked one after the other, nothing in common with the planner's almanac."""

from __future__ import annotations

from datetime import date, timedelta

from msgspec import Struct

from truenorth.base.period import day_of
from truenorth.query.catalog import Catalog
from truenorth.query.column import Label
from truenorth.query.dialect import quote

DAY = timedelta(days=1)
Run = tuple[date, date]


class Days(Struct, frozen=True):
    """The days of a calendar and what each is called, in order."""

    rows: list[tuple[date, Label]]

    def called(self, label: Label) -> list[date]:
        """The days of a name.

        >>> Days([(date(2026, 1, 1), "one"), (date(2026, 1, 2), "two")]).called("two")
        [datetime.date(2026, 1, 2)]
        """
        return [day for day, name in self.rows if name == label]

    def named(self) -> list[date]:
        """The days that have a name."""
        return [day for day, name in self.rows if name is not None]

    def runs(self) -> list[Run]:
        """The first and last day of each period."""
        found: list[Run] = []
        before: Label = None
        for day, name in self.rows:
            if name is not None and name == before:
                found[-1] = (found[-1][0], day)
            elif name is not None:
                found.append((day, day))
            before = name
        return found

    def moved(self, day: date, count: int) -> date | None:
        """The day at the same place `count` periods later; None where that period is shorter or not there."""
        runs = self.runs()
        for at, (first, last) in enumerate(runs):
            if first <= day <= last and 0 <= at + count < len(runs):
                other = runs[at + count]
                there = other[0] + (day - first)
                return there if there <= other[1] else None
        return None

    def edge(self, day: date, count: int) -> date | None:
        """The edge before a day, `count` periods later: at the same place, or at the end of a shorter period."""
        runs = self.runs()
        if runs and day < runs[0][0]:
            return None
        at = next((at for at, (_, last) in enumerate(runs) if day <= last), len(runs))
        inside = day - runs[at][0] if at < len(runs) and day > runs[at][0] else timedelta(0)
        if not 0 <= at + count <= len(runs):
            return None
        if at + count == len(runs):
            return runs[-1][1] + DAY if not inside else None
        first, last = runs[at + count]
        return min(first + inside, last + DAY)

    def first(self, day: date) -> date | None:
        """The first day of the period that holds a day."""
        return next((first for first, last in self.runs() if first <= day <= last), None)


def days_of(catalog: Catalog, grain: str) -> Days:
    """The rows of the calendar that has a grain."""
    dataset = catalog.model.grains[grain][0]
    day, name = catalog.calendar_sql(grain)
    found = []
    for one, word in catalog.rows(
        f"SELECT {day}, {name} FROM {catalog.relation(dataset.name)} AS {quote(dataset.name)}"
    ):
        if isinstance(one, date):
            found.append((day_of(one), word if word is None or isinstance(word, date | int | str) else str(word)))
    return Days(sorted(found, key=lambda row: row[0]))
