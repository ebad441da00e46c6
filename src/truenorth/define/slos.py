"""The numbers of service level objectives as plain metrics, so that whatever plans, proves or asks them need not know
of objectives: the share of good events, what was attained over each window, and what is left of its budget.

Ratios are always those of sums, over a window as over a day: an hour with few events weighs little.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec.structs import replace

from truenorth.base.errors import QueryError, did_you_mean
from truenorth.define.model import InputMetric, Metric, Model, Target
from truenorth.define.slo import Slo, is_calendar
from truenorth.define.spot import Spot

# What no events are worth, as a share of good ones.
MANY = 8
EMPTY = {"good": 1, "bad": 0}


def with_slos(metrics: Mapping[str, Metric], slos: Mapping[str, Slo]) -> dict[str, Metric]:
    """The metrics with the share of good events of each objective among them, under its name."""
    return {**{name: share(one) for name, one in slos.items() if whole(one)}, **metrics}


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
    return bool(slo.total) and bool(slo.good) != bool(slo.bad)


def share(slo: Slo) -> Metric:
    """The share of good events in each period that is asked for.

    >>> share(Slo("checkout", "requests", 99.9, bad="failed")).expr
    '1 - coalesce(bad, 0) / total'
    """
    found = "coalesce(good, 0) / total" if slo.good else "1 - coalesce(bad, 0) / total"
    counted = InputMetric(slo.good, "good") if slo.good else InputMetric(slo.bad, "bad")
    return Metric(
        slo.name,
        "derived",
        label=slo.label,
        domain="operational",
        description=slo.description,
        owner=slo.owner,
        unit="percent",
        direction="up",
        expr=found,
        input_metrics=[counted, InputMetric(slo.total, "total")],
        fill_nulls_with=EMPTY.get(slo.empty),
        targets=[Target(float(1 - slo.budget), "day")],
        dimensions=slo.dimensions,
        spot=place_of(slo),
    )


def implied(slo: Slo) -> Iterator[Metric]:
    """All other numbers of an objective: how fast its budget burns, and of each window what was attained and is left.

    Those of the first window have a name without it as well.

    >>> slo = Slo("checkout", "requests", 99.9, bad="failed", windows=["30 days", "month"])
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
    events = through(slo, window, slo.total, f"events{tail}")
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
