"""One metric's values over time, as an answer gave them, and what all cards of a scorecard share."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Literal

from truenorth.base.period import Grain, Moment, parse_window, period_label, shift
from truenorth.base.table import Value
from truenorth.define.graph import inputs_of
from truenorth.define.model import Metric, Model

Shape = Literal["flow", "level", "running"]
POINTS: dict[Grain, int] = {
    "second": 60,
    "minute": 60,
    "fiscal_quarter": 16,
    "fiscal_year": 12,
    "hour": 24,
    "day": 28,
    "week": 26,
    "month": 24,
    "quarter": 16,
    "year": 12,
}
IN_WEEKS = ("hour", "day", "week")


@dataclass(frozen=True, slots=True)
class Series:
    """One metric's column of an answer: values by period, which periods are incomplete, and a year before if asked.

    `shape` says what its values are: a "flow", a "level" (a stock, a rolling window), or a "running" total.
    """

    metric: Metric
    grain: Grain
    starts: tuple[Moment, ...]
    values: tuple[Value, ...]
    incomplete: frozenset[Moment] = frozenset()
    earlier: tuple[Value, ...] | None = None
    additivity: str = ""
    shape: Shape = "flow"

    def at(self, start: Moment | None) -> int | None:
        """The position of a period; None when it has no row."""
        return self.starts.index(start) if start in self.starts else None

    def since(self, first: int) -> Series:
        """The periods from a position on."""
        earlier = None if self.earlier is None else self.earlier[first:]
        return replace(self, starts=self.starts[first:], values=self.values[first:], earlier=earlier)

    def recent(self) -> Series:
        """The periods a card has room for."""
        return self.since(max(0, len(self.starts) - POINTS[self.grain]))

    @property
    def numbers(self) -> tuple[float | None, ...]:
        return tuple(number(value) for value in self.values)


@dataclass(frozen=True, slots=True)
class Setting:
    """What the cards of a scorecard share; `latest` is the latest complete period of theirs, `page` that of most."""

    vs: str
    locale: str
    week_start: str
    latest: Moment | None
    page: Moment | None = None


def number(value: Value) -> float | None:
    """A metric's value as a float; anything that is no number is None."""
    return float(value) if isinstance(value, int | float | Decimal) and not isinstance(value, bool) else None


def shape_of(model: Model, metric: Metric) -> Shape:
    """What a metric's values are; what is computed from levels only is a level, and a window of one day is a flow."""
    if metric.grain_to_date:
        return "running"
    if metric.type in ("ratio", "derived"):
        parts = [model.metrics.get(name) for name in inputs_of(metric)]
        return "level" if parts and all(part and shape_of(model, part) == "level" for part in parts) else "flow"
    if metric.window and parse_window(metric.window, model.grains) == (1, "day"):
        return "flow"
    return "level" if metric.is_stock or metric.type == "cumulative" else "flow"


def from_the_beginning(every: Iterable[Series]) -> tuple[Series, ...]:
    """The same series without the periods before there was any data: a filled zero there is no history."""
    all_series = tuple(every)
    firsts = [
        next((at for at, value in enumerate(series.numbers) if value), len(series.starts)) for series in all_series
    ]
    first = min(firsts, default=0)
    return tuple(series.since(first) if first < len(series.starts) else series for series in all_series)


def base(series: Series, setting: Setting) -> float | None:
    """The value to compare with: the period before, or the one a year earlier."""
    at = series.at(setting.latest)
    if at is None or setting.latest is None:
        return None
    if setting.vs == "year" and series.earlier is not None:
        return number(series.earlier[at])
    if setting.vs == "year":
        back = shift(setting.latest, -52, "week") if series.grain in IN_WEEKS else shift(setting.latest, -1, "year")
    else:
        back = shift(setting.latest, -1, series.grain)
    before = series.at(back)
    return series.numbers[before] if before is not None else None


def freshness(series: Series, setting: Setting) -> tuple[str, bool]:
    """To which day the value reaches; stale when the latest complete period has none though an earlier one has."""
    known = [
        start
        for start, value in zip(series.starts, series.values, strict=True)
        if value is not None and start not in series.incomplete
    ]
    if not known:
        return "no data", True
    if known[-1] != setting.latest:
        return f"no data since {period_label(known[-1], series.grain, setting.locale)}", True
    end = shift(known[-1], 1, series.grain)
    if isinstance(end, datetime):
        return f"to {period_label(end, 'hour', setting.locale)}{other_year(end, setting)}", False
    last = end - timedelta(days=1)
    return f"to {period_label(last, 'day', setting.locale)}{other_year(last, setting)}", False


def other_year(day: Moment, setting: Setting) -> str:
    """The year of a day, where the page is about another one.

    >>> from datetime import date
    >>> page = date(2018, 9, 3)
    >>> other_year(date(2017, 8, 26), Setting("prev", "en", "monday", date(2017, 8, 20), page))
    ' 2017'
    """
    return f" {day.year}" if setting.page is not None and day.year != setting.page.year else ""
