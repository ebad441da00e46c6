"""How far the data of one metric goes, where today is the last day of the data.

Tables of one export rarely end on the same day: the last review is written after the last order. On a page of many
metrics each is looked at as if its own data were all there is, or the orders would seem to have stopped.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from itertools import pairwise

from truenorth.base.errors import TrueNorthError
from truenorth.base.zone import local_day
from truenorth.define.graph import inputs_of
from truenorth.define.graph import metric as metric_of
from truenorth.query.catalog import Catalog, midnight_after
from truenorth.query.dialect import quote

RECENT = 60  # as many days with rows say how long a table is usually quiet


class Horizons:
    """Where the data of metrics ends, asked once for each time of a dataset. `data` is where all of it ends and `wall`
    what the clock on the wall says, both naive UTC."""

    def __init__(self, catalog: Catalog, data: datetime, wall: datetime) -> None:
        self.catalog, self.data, self.wall = catalog, data, wall
        self.known: dict[tuple[str, str], datetime] = {}

    def of(self, name: str) -> datetime:
        """Where the data of a metric ends, as a naive UTC time.

        What is computed from several metrics is known as far as all of them are; running totals stay what they are
        when nothing is added to one of them any more, so what is computed from those goes as far as the longest.
        """
        one = metric_of(self.catalog.model, name)
        if one.type == "movement" and not self.catalog.goes_on(one.dataset):
            # What lasts needs no row to be known: on a day on which nothing begins or ends it is what it was.
            return self.data
        if one.dataset:
            place = (one.dataset, self.catalog.time_of(one))
            if place not in self.known:
                self.known[place] = self._rows(*place)
            return self.known[place]
        inputs = [metric_of(self.catalog.model, each) for each in inputs_of(one)]
        running = all(each.type == "cumulative" and not each.window for each in inputs)
        return (max if running else min)([self.of(each.name) for each in inputs], default=self.data)

    def _rows(self, dataset: str, time: str) -> datetime:
        """Where the rows of a dataset end: after the last of them, and as many days more as it is usually quiet between
        two; never after all data."""
        zone = self.catalog.model.workspace.timezone
        try:
            if self.catalog.goes_on(dataset):
                return self.wall
            last = self.catalog.stretch(dataset, time).last if time else None
            if last is None or midnight_after(last, zone) >= self.data:
                return self.data
            quiet = timedelta(days=_usually_quiet(self.catalog, dataset, time))
            return min(self.data, midnight_after(local_day(last, zone) + quiet, zone))
        except TrueNorthError:
            # A dataset that cannot be read says so when it is asked for.
            return self.data


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
