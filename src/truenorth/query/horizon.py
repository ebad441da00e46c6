"""How far the data of one metric goes, where today is the last day of the data.

Tables of one export rarely end on the same day: the last review is written after the last order. On a page of many
metrics each is looked at as if its own data were all there is, or the orders would seem to have stopped.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from itertools import pairwise

from msgspec import Struct

from truenorth.base.errors import TrueNorthError
from truenorth.base.zone import local_day
from truenorth.define.graph import inputs_of
from truenorth.define.graph import metric as metric_of
from truenorth.define.model import Metric
from truenorth.query.catalog import Catalog, midnight_after
from truenorth.query.dialect import quote

RECENT = 60  # as many days with rows say how long a table is usually quiet


class Clocks(Struct, frozen=True):
    """Naive UTC times: where all of the data ends, and what the clock on the wall says."""

    data: datetime
    wall: datetime


def horizon(catalog: Catalog, name: str, clocks: Clocks) -> datetime:
    """Where the data of a metric ends, as a naive UTC time.

    What is computed from several metrics is known as far as all of them are; running totals stay what they are when
    nothing is added to one of them any more, so what is computed from those goes as far as the longest.
    """
    one = metric_of(catalog.model, name)
    if one.dataset:
        return _own(catalog, one, clocks)
    inputs = [metric_of(catalog.model, each) for each in inputs_of(one)]
    ends = [horizon(catalog, each.name, clocks) for each in inputs]
    running = all(each.type == "cumulative" and not each.window for each in inputs)
    return (max if running else min)(ends, default=clocks.data)


def _own(catalog: Catalog, one: Metric, clocks: Clocks) -> datetime:
    """Where the rows of a metric end: after the last of them, and as many days more as it is usually quiet between two;
    never after all data."""
    zone, time = catalog.model.workspace.timezone, catalog.time_of(one)
    try:
        if catalog.goes_on(one.dataset):
            return clocks.wall
        last = catalog.stretch(one.dataset, time).last if time else None
        if last is None:
            return clocks.data
        if midnight_after(last, zone) >= clocks.data:
            return clocks.data
        quiet = timedelta(days=_usually_quiet(catalog, one.dataset, time))
        return min(clocks.data, midnight_after(local_day(last, zone) + quiet, zone))
    except TrueNorthError:
        # A dataset that cannot be read says so when it is asked for.
        return clocks.data


def _usually_quiet(catalog: Catalog, dataset: str, time: str) -> int:
    """The days without a row between two of the last days that have some, at most but for one time in ten: a table of
    weekdays has two, whatever it did at Christmas."""
    key = ("quiet", dataset, catalog.version(dataset), time)
    if key not in catalog.facts:
        sql = catalog.time_sql(dataset, time, quote(dataset))
        rows = catalog.rows(
            f"SELECT DISTINCT {catalog.dialect.as_date(sql)} AS day FROM {catalog.relation(dataset)} AS "
            f"{quote(dataset)} WHERE {sql} IS NOT NULL ORDER BY 1 DESC LIMIT {RECENT + 1}"
        )
        catalog.facts[key] = _most(row[0] for row in rows)
    found = catalog.facts[key]
    assert isinstance(found, int)
    return found


def _most(days: Iterable[object]) -> int:
    dated = [day for day in days if isinstance(day, date)]
    gaps = sorted((later - earlier).days - 1 for later, earlier in pairwise(dated))
    return gaps[-(-9 * len(gaps) // 10) - 1] if gaps else 0
