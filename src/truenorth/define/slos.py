"""The numbers of service level objectives as plain metrics, so that whatever plans, proves or asks them need not know
of objectives: the share of good events, what was attained over each window, and what is left of its budget.

Ratios are always those of sums, over a window as over a day: an hour with few events weighs little.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from truenorth.base.errors import QueryError, did_you_mean
from truenorth.define.model import InputMetric, Metric, Model, Target
from truenorth.define.slices import BOUNDS
from truenorth.define.slo import Slo, is_calendar
from truenorth.define.spot import Spot

# What a value is that is not within a bound.
OPPOSITE = {"below": "at_least", "at_most": "above", "above": "at_most", "at_least": "below"}
# What no events are worth, as a share of good ones.
MANY = 8
EMPTY = {"good": 1, "bad": 0}


def with_slos(metrics: Mapping[str, Metric], slos: Mapping[str, Slo]) -> dict[str, Metric]:
    """The metrics with the share of good events of each objective among them, under its name."""
    told = [one for one in slos.values() if whole(one)]
    made = {metric.name: metric for one in told for metric in (share(one), *(cut(one) if one.slice else ()))}
    return {**made, **metrics}


def priced(slos: Mapping[str, Slo], currency: str) -> dict[str, Slo]:
    """The objectives, the worth of their events in the workspace's currency where they name none."""
    found = {}
    for name, one in slos.items():
        worth = one.worth if one.worth is None or one.worth.currency else replace(one.worth, currency=currency)
        found[name] = replace(one, worth=worth)
    return found


def slos_of(model: Model, name: str = "") -> list[Slo]:
    """The objective of a name, or all there are; QueryError E_NAME_NOT_FOUND."""
    if not name:
        return list(model.slos.values())
    if name not in model.slos:
        known = f"there are {', '.join(list(model.slos)[:MANY])}" if model.slos else "define it under slos:"
        hint = did_you_mean(name, model.slos) or known
        raise QueryError("E_NAME_NOT_FOUND", f'no objective named "{name}"', hint=hint)
    return [model.slos[name]]


def whole(slo: Slo) -> bool:
    """Whether an objective says all that its share is computed from."""
    if slo.value:
        return bool(slo.slice)
    return bool(slo.total) and bool(slo.good) != bool(slo.bad) and bool(slo.slice) == (slo.slice_objective is not None)


def share(slo: Slo) -> Metric:
    """The share of good events in each period that is asked for.

    >>> share(Slo("checkout", 99.9, "requests", bad="failed")).expr
    '1 - coalesce(bad, 0) / total'
    """
    return Metric(
        slo.name,
        "derived",
        label=slo.label,
        domain="operational",
        description=slo.description,
        owner=slo.owner,
        unit="percent",
        direction="up",
        **shared(slo.counted, slo.counts_good, slo.events),
        fill_nulls_with=EMPTY.get(slo.empty),
        targets=[Target(float(1 - slo.budget), "day")],
        dimensions=slo.dimensions,
        spot=place_of(slo),
    )


def shared(counted: str, good: bool, total: str) -> dict[str, Any]:
    """The keys of a share of good ones, of which these are counted or the others."""
    found = "coalesce(good, 0) / total" if good else "1 - coalesce(bad, 0) / total"
    return {
        "expr": found,
        "input_metrics": [InputMetric(counted, "good" if good else "bad"), InputMetric(total, "total")],
    }


def cut(slo: Slo) -> Iterator[Metric]:
    """The numbers of an objective that is about slices of time: what each of them is judged by, how many there are, and
    how many of them are good. Where empty ones are good, the bad ones are counted."""
    judged, limits = slo.value, {key: getattr(slo, key) for key in BOUNDS}
    if not slo.value:
        judged = f"{slo.name}__share_of_slice"
        made = replace(plain(slo, "share_of_slice"), label=f"{slo.title}, share of a slice", unit="percent")
        yield replace(made, direction="up", **shared(slo.good or slo.bad, bool(slo.good), slo.total))
        limits = {"at_least": float(Decimal(repr(slo.slice_objective or 0)) / 100)}
    slices = replace(plain(slo, "slices"), type="slices", input_metric=judged, slice=slo.slice, agg="count")
    every: Any = {"empty": "skip" if slo.empty == "unknown" else "count"}
    laid: Any = {"join_to_timespine": "" if slo.empty == "unknown" else "once"}
    yield replace(slices, label=f"{slo.title}, slices", **every, **laid)
    if slo.counts_good:
        good = replace(slices, name=slo.counted, label=f"{slo.title}, good slices", direction="up")
        yield replace(good, **limits)
        return
    # What is not within a bound is beyond it.
    beyond = {OPPOSITE[key]: limit for key, limit in limits.items() if limit is not None}
    yield replace(slices, name=slo.counted, label=f"{slo.title}, bad slices", direction="down", **beyond)


def implied(slo: Slo) -> Iterator[Metric]:
    """All other numbers of an objective: how fast its budget burns, and of each window what was attained and is left.

    Those of the first window have a name without it as well.

    >>> slo = Slo("checkout", 99.9, "requests", bad="failed", windows=["30 days", "month"])
    >>> [one.name for one in implied(slo)][:3]
    ['checkout__burn_rate', 'checkout__attained', 'checkout__events']
    """
    burning = computed(slo, "burn_rate", "burn rate", f"(1 - share) / {slo.budget}", InputMetric(slo.name, "share"))
    yield replace(burning, unit="ratio")
    for number, window in enumerate(slo.windows):
        yield from ([] if number else over(slo, window, ""))
        yield from over(slo, window, f"_{named(window)}")


def over(slo: Slo, window: str, tail: str) -> Iterator[Metric]:
    """The numbers of one window."""
    said = f"the {window} so far" if is_calendar(window) else window
    attained = through(slo, window, slo.name, f"attained{tail}")
    yield replace(attained, label=f"{slo.title}, attained over {said}", unit="percent", direction="up")
    events = through(slo, window, slo.events, f"events{tail}")
    yield replace(events, label=f"{slo.title}, events of {said}")
    given, spent = InputMetric(attained.name, "attained"), f"(1 - attained) / {slo.budget}"
    yield computed(slo, f"spent{tail}", f"budget spent of {said}", spent, given)
    left = computed(slo, f"left{tail}", f"budget left of {said}", f"1 - {spent}", given)
    yield replace(left, direction="up")
    allowed = f"events * {slo.budget}"
    counted = InputMetric(events.name, "events")
    bad = computed(slo, f"allowed{tail}", f"bad events allowed in {said}", allowed, counted)
    yield replace(bad, direction="none", unit="")


def through(slo: Slo, window: str, of: str, name: str) -> Metric:
    """A number gathered over a window."""
    back: dict[str, Any] = {"grain_to_date": window} if is_calendar(window) else {"window": window}
    return replace(plain(slo, name), type="cumulative", input_metric=of, **back)


def computed(slo: Slo, name: str, words: str, expression: str, given: InputMetric) -> Metric:
    """A share that is computed from another number, and better the less it is."""
    found = replace(plain(slo, name), label=f"{slo.title}, {words}", unit="percent", direction="down")
    return replace(found, expr=expression, input_metrics=[given])


def plain(slo: Slo, name: str) -> Metric:
    """What all numbers of an objective have in common."""
    return Metric(
        f"{slo.name}__{name}",
        "derived",
        domain="operational",
        owner=slo.owner,
        dimensions=slo.dimensions,
        spot=place_of(slo),
    )


def place_of(slo: Slo) -> Spot:
    """Where its metrics stand: where it does, though it has keys of its own."""
    return Spot(slo.spot.file, slo.spot.line, slo.spot.column)


def named(window: str) -> str:
    """A window as part of a name.

    >>> named("30 days")
    '30_days'
    """
    return window.replace(" ", "_")
