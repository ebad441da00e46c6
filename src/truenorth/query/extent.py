"""How far periods go where a range is left open: as far as the calendars of the model, or the data."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from truenorth.base.period import CLOCK, Grain, Span, day_of, next_period, truncate
from truenorth.base.zone import local_day
from truenorth.define.model import Model
from truenorth.query.catalog import Catalog

Days = tuple[date, date]


def closed(model: Model, span: Span, ends: Sequence[Days], grain: Grain | None) -> Span:
    """An open span closed at whole periods around the first and last days of what there is."""
    first, last = min(first for first, _ in ends), max(last for _, last in ends)
    week_start, fiscal = model.workspace.week_start, model.fiscal
    unit: Grain = "day" if grain is None or grain in CLOCK else grain
    start = span.start if span.start is not None else truncate(first, unit, week_start, fiscal)
    end = span.end if span.end is not None else next_period(truncate(last, unit, week_start, fiscal), unit)
    return Span(start, end) if day_of(start) <= day_of(end) else Span(start, start)


def own_stretch(catalog: Catalog, grain: Grain | None) -> list[Days]:
    """The first and last day of the calendars of the model, within days of those that are as fine."""
    found = []
    for dataset in catalog.model.datasets.values():
        held = dataset.calendar
        if held is not None and held.grain == (grain if grain in CLOCK else "day"):
            found += known(catalog, dataset.name, held.column, "UTC")
    return found


def known(catalog: Catalog, dataset: str, time: str, timezone: str) -> list[Days]:
    """The first and last local day of a dataset's time; none where it has no rows with one."""
    stretch = catalog.stretch(dataset, time)
    if stretch.first is None or stretch.last is None:
        return []
    return [(local_day(stretch.first, timezone), local_day(stretch.last, timezone))]
