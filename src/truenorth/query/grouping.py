"""What an answer is grouped by: its time columns, which all metrics share, and its dimensions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from truenorth.base.errors import QueryError, did_you_mean
from truenorth.base.period import GRAINS, PARTS
from truenorth.define.expression import TIME_NAME
from truenorth.define.graph import grouped, resolve_field
from truenorth.define.model import Metric
from truenorth.query.catalog import Catalog
from truenorth.query.column import ORDER, Label, TimeColumn
from truenorth.query.dialect import Dialect, quote
from truenorth.query.granularity import default_grain, fine_enough
from truenorth.query.request import MetricQuery
from truenorth.query.shape import Dimension, dimension_of
from truenorth.query.window import Window

Grouping = tuple[tuple[TimeColumn, ...], tuple[Dimension, ...]]


def grouping(catalog: Catalog, metrics: Sequence[Metric], query: MetricQuery) -> Grouping:
    """The time columns and the dimensions; the metrics' own time under its field's name is the shared time too."""
    times: dict[str, TimeColumn] = {}
    dimensions: list[Dimension] = []
    if query.grain:
        name = f"{TIME_NAME}__{query.grain}"
        times[name] = time_column(catalog, name, query.grain)
    for reference in dict.fromkeys(query.by):
        if reference == TIME_NAME:
            grain = default_grain(catalog, metrics)
            times.setdefault(f"{TIME_NAME}__{grain}", TimeColumn(f"{TIME_NAME}__{grain}", grain))
            continue
        head, _, tail = reference.rpartition("__")
        known = tail in GRAINS or tail in PARTS or tail in catalog.almanacs
        if head == TIME_NAME or (head and known and is_own_time(catalog, metrics, head)):
            times.setdefault(reference, time_column(catalog, reference, tail))
        else:
            dimensions.append(dimension_of(reference, catalog.almanacs))
    if times:
        check_fine(catalog, metrics, times.values())
    return tuple(times.values()), tuple(dimensions)


def time_column(catalog: Catalog, name: str, unit: str) -> TimeColumn:
    """The column of a grain, a part of a date or a grain of a calendar; QueryError E_UNKNOWN_GRAIN otherwise."""
    if unit in PARTS:
        return TimeColumn(name, unit, "part")
    if unit in GRAINS:
        return TimeColumn(name, unit)
    if unit in catalog.almanacs:
        return TimeColumn(name, unit, "calendar")
    known = (*GRAINS, *catalog.almanacs, *PARTS)
    hint = did_you_mean(unit, known) or "one of " + ", ".join(known)
    raise QueryError("E_UNKNOWN_GRAIN", f'no grain named "{unit}"', hint=hint)


def check_fine(catalog: Catalog, metrics: Sequence[Metric], times: Iterable[TimeColumn]) -> None:
    """Every time that the metrics count by is known as finely as it is asked."""
    for metric in metrics:
        for leaf in grouped(catalog.model, metric.name):
            if time := catalog.time_of(leaf):
                for column in times:
                    fine_enough(catalog, leaf.dataset, time, column.unit)


def is_own_time(catalog: Catalog, metrics: Sequence[Metric], reference: str) -> bool:
    """Whether a reference is the very time field that every metric of a question counts by."""
    for metric in metrics:
        for leaf in grouped(catalog.model, metric.name):
            if catalog.time_of(leaf) != reference.rpartition(".")[2]:
                return False
            path, name = resolve_field(catalog.model, leaf.dataset, reference)
            if path.steps or name != catalog.time_of(leaf):
                return False
    return bool(metrics)


def begun(dialect: Dialect, times: Sequence[TimeColumn], windows: Sequence[Window]) -> str:
    """The condition that a row's period is one of those that have begun, or comes before the last of them."""
    if not windows:
        return "FALSE"
    grains = [at for at, column in enumerate(times) if column.kind == "grain"]
    others = [at for at in range(len(times)) if at not in grains]
    last = windows[-1].labels
    if not others:
        return " AND ".join(f"{quote(times[at].name)} <= {dialect.literal(last[at])}" for at in grains)
    same = {tuple(one.labels[at] for at in others): None for one in windows if alike(one.labels, last, grains)}
    found = "(" + " OR ".join(is_labels(dialect, [times[at] for at in others], labels) for labels in same) + ")"
    if not grains:
        return found
    finest = min(grains, key=lambda at: ORDER[times[at].unit])
    name, value = quote(times[finest].name), dialect.literal(last[finest])
    return f"({name} < {value} OR ({name} = {value} AND {found}))"


def alike(one: tuple[Label, ...], other: tuple[Label, ...], at: Sequence[int]) -> bool:
    """Whether two windows have the same labels in some columns."""
    return all(one[position] == other[position] for position in at)


def is_labels(dialect: Dialect, columns: Sequence[TimeColumn], labels: tuple[Label, ...]) -> str:
    """The condition that a row has some labels."""
    pairs = zip(columns, labels, strict=True)
    parts = [
        f"{quote(column.name)} IS NULL" if label is None else f"{quote(column.name)} = {dialect.literal(label)}"
        for column, label in pairs
    ]
    return "(" + " AND ".join(parts) + ")"
