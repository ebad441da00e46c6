"""The time columns of an answer: grains, grains of a calendar and parts of a date, all read off one base grain."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Literal

from msgspec import Struct

from truenorth.base.period import CLOCK, FISCAL, GRAINS, PARTS, Grain, Moment, grain_of

Kind = Literal["grain", "calendar", "part"]
Label = Moment | int | str | None

READ_PART: dict[str, Callable[[Moment], int]] = {
    "hour_of_day": lambda moment: moment.hour if isinstance(moment, datetime) else 0,
    "day_of_week": lambda moment: moment.isoweekday(),
    "day_of_month": lambda moment: moment.day,
    "day_of_year": lambda moment: moment.timetuple().tm_yday,
    "week_of_year": lambda moment: moment.isocalendar().week,
    "month_of_year": lambda moment: moment.month,
    "quarter_of_year": lambda moment: (moment.month + 2) // 3,
    "year_number": lambda moment: moment.year,
}
ORDER: dict[str, int] = {name: at for at, name in enumerate(GRAINS)}


class TimeColumn(Struct, frozen=True):
    """One time column of an answer: its name, and what a moment becomes in it."""

    name: str
    unit: str
    kind: Kind = "grain"

    @property
    def instant(self) -> bool:
        """Whether its values are instants, which are shown as local times."""
        return self.kind == "grain" and self.unit in CLOCK


def base_of(columns: Sequence[TimeColumn]) -> Grain | None:
    """The coarsest grain of which all columns can be told; None without columns.

    >>> base_of([TimeColumn("month", "month"), TimeColumn("year", "year")])
    'month'
    >>> base_of([TimeColumn("week", "week"), TimeColumn("month", "month")])
    'day'
    """
    found = {fine_enough(one) for one in columns}
    if len(found) < 2:
        return found.pop() if found else None
    if "week" in found and not any(ORDER[grain] < ORDER["week"] for grain in found):
        return "day"
    fiscal = {grain for grain in found if grain in FISCAL}
    if fiscal and fiscal != found and not any(ORDER[grain] <= ORDER["month"] for grain in found):
        return "month"
    return min(found, key=lambda grain: ORDER[grain])


def fine_enough(column: TimeColumn) -> Grain:
    """The coarsest grain whose periods each have one value in a column."""
    if column.kind == "part":
        return PARTS[column.unit]
    return "day" if column.kind == "calendar" else grain_of(column.unit)
