"""What must hold in journeys: one says whose rows it follows and how, and its numbers rest on it."""

from __future__ import annotations

from typing import get_args

from truenorth.define.journey import JOURNEYS, KINDS, NAME, SHARED
from truenorth.define.model import Metric, MovementPart
from truenorth.define.movement import MOVING
from truenorth.define.read import one_of
from truenorth.define.rules import conversion, expression, funnel, paths, presence, retention, sessions
from truenorth.define.rules.case import Case, stated

NEEDED = {"dataset": "events", "entity": "person"}
MOVED = get_args(MovementPart)
CHECKS = {
    "funnel": funnel.check,
    "retention": retention.check,
    "sessions": sessions.check,
    "paths": paths.check,
    "lifecycle": presence.lifecycle,
    "stickiness": presence.stickiness,
    "churn": presence.churn,
}


def check(case: Case, metric: Metric) -> None:
    """A journey with all it needs, or a number of one."""
    part(case, metric)
    if metric.type not in JOURNEYS:
        return
    if metric.of:
        of_journey(case, metric)
        CHECKS[metric.type](case, metric)
        return
    for key, example in {**NEEDED, **KINDS[metric.type].needed}.items():
        if not stated(metric, key):
            message = f'the {metric.type} metric "{metric.name}" has no "{key}"'
            case.fail("E_MISSING_KEY", message, metric.spot.at(), f"add {key}: {example}")
    if metric.dataset in case.model.datasets:
        whose(case, metric)
    CHECKS[metric.type](case, metric)


def part(case: Case, metric: Metric) -> None:
    """A part is one that the type has."""
    if metric.type in JOURNEYS:
        parts: tuple[str, ...] = KINDS[metric.type].parts
    elif metric.type in MOVING:
        parts = MOVED
    else:
        return
    if metric.part not in parts:
        message = f'a {metric.type} metric has no part "{metric.part}"'
        case.fail("E_BAD_VALUE", message, metric.spot.at("part"), f"write one of {one_of(parts)}")


def whose(case: Case, metric: Metric) -> None:
    """The entity is a field, or an expression over fields."""
    place = metric.spot.at("entity")
    if NAME.fullmatch(metric.entity):
        conversion.side(case, metric, metric.entity, place)
    else:
        expression.owned(case, metric.entity, metric, place)


def of_journey(case: Case, metric: Metric) -> None:
    """The journey exists, is one of the same type, and says itself what its numbers rest on."""
    place = metric.spot.at("of")
    if not case.known("metric", metric.of, place):
        return
    journey = case.model.metrics[metric.of]
    if journey.type != metric.type or journey.of:
        message = f'"{metric.name}" is a number of "{metric.of}", which is no {metric.type} itself'
        case.fail("E_BAD_VALUE", message, place, f"name a metric of type: {metric.type} that is of no other")
    for key in (*SHARED, *KINDS[metric.type].own):
        key = key.removesuffix("_")
        if key in metric.spot.keys:
            message = f'"{key}" is said by the {metric.type} "{metric.of}"'
            case.fail("E_KEY_CONFLICT", message, metric.spot.at(key), "take it out, or take of: out")
