"""The question: metrics, by what, over which time, under which conditions."""

from __future__ import annotations

from msgspec import Struct


class Filter(Struct, frozen=True):
    """Keep (or `exclude`) the rows whose field is one of the values; None is the (none) group."""

    field: str
    values: tuple[str | int | float | bool | None, ...]
    exclude: bool = False


class MetricQuery(Struct, frozen=True):
    """One question. All faces ask by this and nothing else.

    `by` are field references (`region`, `customers.region`, `signed_up_at__month`); `grain` adds `metric_time__grain`;
    `where` holds SQL conditions over field names, or Filters; `order` holds column names, "-" before a name descends;
    `vs` is "prev" (the range just before) or "year" (a year earlier).
    """

    metrics: tuple[str, ...]
    by: tuple[str, ...] = ()
    grain: str = ""
    range: str = "all"
    timezone: str = ""
    where: tuple[str | Filter, ...] = ()
    order: tuple[str, ...] = ()
    limit: int | None = None
    vs: str = ""
    fill: bool = False
    totals: bool = False
