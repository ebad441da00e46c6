"""How fine times are: what a time can be asked by, and what is meant where a question does not say."""

from __future__ import annotations

from collections.abc import Iterable

from truenorth.base.errors import QueryError
from truenorth.base.period import FINEST, GRAINS, PARTS, Grain, grain_of, spoken
from truenorth.define.graph import leaves
from truenorth.define.model import Metric, Model
from truenorth.query.catalog import Catalog

ORDER: dict[str, int] = {name: at for at, name in enumerate(GRAINS)}
# What can be told of a time that is known by weeks, months, quarters or years only.
OF_PERIODS: dict[str, tuple[str, ...]] = {
    "week": ("week", "week_of_year"),
    "month": (
        "month",
        "quarter",
        "year",
        "fiscal_quarter",
        "fiscal_year",
        "month_of_year",
        "quarter_of_year",
        "year_number",
    ),
    "quarter": ("quarter", "year", "quarter_of_year", "year_number"),
    "year": ("year", "year_number"),
}


def fine_enough(catalog: Catalog, dataset: str, name: str, unit: str) -> None:
    """QueryError E_GRAIN_TOO_FINE where a time field is asked by something finer than it is known."""
    field = catalog.dataset(dataset).field(name)
    if field is None or not field.granularity or field.granularity == unit:
        return
    known = field.granularity
    if not tells(known, unit):
        message = f'"{name}" of "{dataset}" is known by the {known}, not by the {spoken(unit)}'
        raise QueryError("E_GRAIN_TOO_FINE", message, hint=f"ask by {known} or a coarser grain")


def tells(known: str, unit: str) -> bool:
    """Whether times known by one grain tell another: weeks cannot be put together to months.

    >>> tells("month", "quarter"), tells("week", "month")
    (True, False)
    """
    if known in OF_PERIODS:
        return unit in OF_PERIODS[known]
    if unit in PARTS:
        return not (unit == "hour_of_day" and known == "day")
    return unit != FINEST and (unit not in GRAINS or ORDER[unit] >= ORDER[known])


def known_by(model: Model, metric: Metric) -> tuple[str, ...]:
    """The grains by which the times are known that a metric rests on, the finest first; none for full times."""
    found = set()
    for leaf in leaves(model, metric.name):
        dataset = model.datasets[leaf.dataset]
        field = dataset.field(leaf.time or dataset.time)
        found |= {field.granularity} if field is not None and field.granularity else set()
    return tuple(sorted(found, key=lambda grain: ORDER[grain]))


def counted_by(model: Model, metric: Metric) -> tuple[str, ...]:
    """The periods of their own by which what a metric rests on is counted: nothing finer can be asked."""
    found = {own_period(leaf) for leaf in leaves(model, metric.name)} - {""}
    return tuple(sorted(found, key=lambda grain: ORDER[grain]))


def own_period(leaf: Metric) -> str:
    """The period in which people are active or not, as a metric states it; "" where it is what is asked for.

    >>> own_period(Metric("life", "lifecycle", period="week")), own_period(Metric("sticky", "stickiness"))
    ('week', 'day')
    """
    if leaf.type == "stickiness" or (leaf.type == "churn" and leaf.rule == "inactivity"):
        return "day"
    return leaf.period if leaf.type in ("lifecycle", "churn") else ""


def can_tell(model: Model, metric: Metric, unit: str) -> bool:
    """Whether a metric can be asked by a grain."""
    coarse = all(ORDER.get(unit, len(ORDER)) >= ORDER[own] for own in counted_by(model, metric))
    return coarse and all(tells(known, unit) for known in known_by(model, metric))


def default_grain(catalog: Catalog, metrics: Iterable[Metric]) -> Grain:
    """The grain of a bare `metric_time`: the coarsest of the metrics' own."""
    found = [own_grain(catalog, metric) for metric in metrics]
    return max(found, key=lambda grain: ORDER[grain], default="day")


def own_grain(catalog: Catalog, metric: Metric) -> Grain:
    """The grain a metric states, else the coarsest of the times it rests on, but no finer than a day."""
    if metric.time_granularity:
        return grain_of(metric.time_granularity)
    found: list[Grain] = ["day"]
    for leaf in leaves(catalog.model, metric.name):
        field = catalog.dataset(leaf.dataset).field(catalog.time_of(leaf))
        if field is not None and field.granularity:
            found.append(grain_of(field.granularity))
        found.append(grain_of(own_period(leaf) or "day"))
    return max(found, key=lambda grain: ORDER[grain])
