"""The conditions of a question, each at its stage: stretches of the shared time, chosen values, conditions on rows.

What is about the shared time alone is a stretch of time with or without gaps, so that metrics which look back still
know the time before. Everything else is asked of each row.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from msgspec import Struct

from truenorth.base.errors import QueryError
from truenorth.base.period import PARTS, Span
from truenorth.base.range import parse_range
from truenorth.base.zone import local
from truenorth.define.expression import Part, parse_condition
from truenorth.define.graph import leaves
from truenorth.define.model import Metric
from truenorth.define.when import TIME_NAME, all_tests, is_shared
from truenorth.query.catalog import Catalog
from truenorth.query.grouping import is_own_time
from truenorth.query.moment import apart, unknown_grain
from truenorth.query.request import Filter, MetricQuery
from truenorth.query.shape import Leg
from truenorth.query.stretch import Stretches, Times, hull, met, nothing


class Where(Struct, frozen=True):
    """Conditions on rows, chosen values, the span of shared time and, where it has gaps, its pieces.

    `mixed` are those of the conditions that read the shared time row by row.
    """

    conditions: tuple[str, ...]
    filters: tuple[Filter, ...]
    span: Span
    only: Stretches = ()
    mixed: tuple[str, ...] = ()


def where_of(catalog: Catalog, metrics: Sequence[Metric], query: MetricQuery, now: datetime, timezone: str) -> Where:
    """The conditions of a question at a naive UTC `now`."""
    workspace = catalog.model.workspace
    here = local(now, timezone)
    span = parse_range(
        query.range, here, clock=workspace.clock, week_start=workspace.week_start, fiscal=catalog.model.fiscal
    )
    if not query.where:
        return Where((), (), span)
    filters = tuple(one for one in query.where if isinstance(one, Filter))
    parts = [part for text in query.where if isinstance(text, str) for part in parse_condition(text)]
    tests = [test for part in parts if part.tests is not None for test in all_tests(part.tests)]
    written = written_in(catalog, metrics) if any(test.typed and not test.shared for test in tests) else ""
    times = Times(catalog.model, now, timezone, catalog.almanacs, written)
    conditions: list[str] = []
    mixed: list[str] = []
    pieces: Stretches = (span,)
    for part in parts:
        if is_stretch(catalog, metrics, part):
            assert part.tests is not None
            units = {test.reference: apart(test.reference, catalog.almanacs)[1] for test in all_tests(part.tests)}
            pieces = narrowed(pieces, times.where(part.tests, units))
            continue
        conditions.append(part.expression.text)
        mixed += [part.expression.text] if any(map(is_shared, part.expression.refs)) else []
    only = pieces if len(pieces) > 1 else ()
    return Where(tuple(conditions), filters, hull(pieces), only, tuple(mixed))


def written_in(catalog: Catalog, metrics: Sequence[Metric]) -> str:
    """The zone in which the time that metrics count by is written; none where it is a date, or where they differ."""
    times = {(leaf.dataset, catalog.time_of(leaf)) for metric in metrics for leaf in leaves(catalog.model, metric.name)}
    kinds = {place: catalog.type_of(*place) for place in times if place[1]}
    zones = {"" if kind == "date" else catalog.written_in(*place) for place, kind in kinds.items()}
    return zones.pop() if len(zones) == 1 else ""


def is_stretch(catalog: Catalog, metrics: Sequence[Metric], part: Part) -> bool:
    """Whether a condition is about the time that all metrics share, and about whole stretches of it."""
    if part.tests is None:
        return False
    for test in all_tests(part.tests):
        head, unit = apart(test.reference, catalog.almanacs)
        if test.shared and head != TIME_NAME:
            raise unknown_grain(test.reference, catalog.almanacs)
        if unit in PARTS or not (test.shared or is_own_time(catalog, metrics, head)):
            return False
    return True


def narrowed(pieces: Stretches, others: Stretches) -> Stretches:
    """What two conditions leave together; where they leave nothing, an empty stretch."""
    return met(pieces, others) or (nothing(hull(pieces), hull(others) if others else Span()),)


def by_row(where: Where, legs: Iterable[Leg]) -> None:
    """QueryError where a condition reads the time of each row, and a metric also counts rows of other times."""
    for text in where.mixed:
        for leg in legs:
            if leg.way != "period" or leg.conversion is not None:
                name = leg.leaves[0].metric.name
                message = f'"{text}" is about the time of each row, but "{name}" also counts rows of other times'
                hint = "join conditions on metric_time to others by AND, so that they say which periods are shown"
                raise QueryError("E_BAD_TIME_CONDITION", message, hint=hint)
