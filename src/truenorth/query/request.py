"""The question: metrics, by what, over which time, under which conditions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

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
    `having` holds SQL conditions over the answer's own numbers (`revenue > 100`): which of its rows are shown.
    `limit` is the most rows; with `other` it is the most groups, and the rest of them is one row more.
    `vs` is "prev" (the range just before), "year" (a year earlier), "prev_by_weekday" or "year_by_weekday" (whole weeks
    back), or a fixed period such as "2025-12".
    `fill` lays out every period of the range and says what stands in empty ones: "null", "zero" or "carry".
    `totals` adds one row over all, `subtotals` one for each group of all dimensions but the last, and so on upwards.
    `as_of` is a day or time in the question's zone: only rows that had come in by then count.
    `locale` says how numbers are written ("de_CH"; else as in the workspace) and never changes one.
    `currency` is the one that converted amounts are told in ("USD"; else as they are defined).
    """

    metrics: tuple[str, ...]
    by: tuple[str, ...] = ()
    grain: str = ""
    range: str = "all"
    timezone: str = ""
    where: tuple[str | Filter, ...] = ()
    order: tuple[str, ...] = ()
    limit: int | None = None
    other: bool = False
    vs: str = ""
    fill: str | bool = ""
    totals: bool = False
    subtotals: bool = False
    having: tuple[str, ...] = ()
    locale: str = ""
    currency: str = ""
    as_of: str = ""


class Asked(TypedDict, total=False):
    """The words of a question; a single string is a list of one."""

    by: str | Sequence[str]
    grain: str
    range: str
    timezone: str
    where: str | Filter | Sequence[str | Filter]
    order: str | Sequence[str]
    limit: int | None
    other: bool
    vs: str
    fill: str | bool
    totals: bool
    subtotals: bool
    having: str | Sequence[str]
    locale: str
    currency: str
    as_of: str


def listed(words: str | Sequence[str]) -> tuple[str, ...]:
    """One word or several as several."""
    return (words,) if isinstance(words, str) else tuple(words)


def conditions(words: str | Filter | Sequence[str | Filter]) -> tuple[str | Filter, ...]:
    """One condition or several as several; empty ones say nothing."""
    if isinstance(words, Filter):
        return (words,)
    return tuple(word for word in ((words,) if isinstance(words, str) else words) if word)
