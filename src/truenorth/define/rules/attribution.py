"""What must hold in attribution metrics: both sides count rows that can be told apart, and both know who it was."""

from __future__ import annotations

from truenorth.base.errors import QueryError
from truenorth.define.attribution import ATTRIBUTING, half_life
from truenorth.define.currencies import BY_PERIOD
from truenorth.define.model import Metric
from truenorth.define.read import one_of
from truenorth.define.rules import conversion, expression
from truenorth.define.rules.case import Case, stated

CREDITED = ("count", "sum")
NEEDS = {"direct": "last_non_direct", "half_life": "time_decay"}


def check(case: Case, metric: Metric) -> None:
    """The two metrics of an attribution, its entity and what its model needs."""
    if metric.type not in ATTRIBUTING:
        return
    spot = metric.spot
    for key in ("base_metric", "conversion_metric"):
        side = case.model.metrics.get(getattr(metric, key))
        if side is not None:
            rows(case, metric, side, key)
            conversion.side(case, side, metric.entity, spot.at("entity"))
    needs(case, metric)
    touches = case.model.metrics.get(metric.base_metric)
    if metric.direct and touches is not None and touches.dataset in case.model.datasets:
        expression.owned(case, metric.direct, touches, spot.at("direct"))
    found = case.expressions.get(metric.filter)
    for reference in found.refs if found and metric.dataset in case.model.datasets else ():
        expression.lead(case, metric.dataset, reference, spot.at("filter"))


def rows(case: Case, metric: Metric, side: Metric, key: str) -> None:
    """A side is a simple metric over rows with a key; what is credited is counted or summed."""
    place = metric.spot.at(key)
    if side.type != "simple":
        message = f'"{metric.name}" looks for the rows of "{side.name}", but a {side.type} metric has none of its own'
        case.fail("E_UNSAFE_REAGGREGATION", message, place, "name a simple metric")
        return
    if key == "conversion_metric" and side.agg and side.agg not in CREDITED:
        message = f'"{metric.name}" shares out "{side.name}", whose agg is {side.agg}'
        case.fail("E_UNSAFE_REAGGREGATION", message, place, f"name one with agg: {one_of(CREDITED)}")
    if key == "conversion_metric" and side.convert in BY_PERIOD:
        message = f'"{metric.name}" shares out the amounts of "{side.name}", which are worth something else each period'
        case.fail("E_UNSAFE_REAGGREGATION", message, place, "name one with convert: transaction or fixed")
    dataset = case.model.datasets.get(side.dataset)
    if dataset is not None and not dataset.primary_key:
        message = f'"{metric.name}" gives credit row by row, and nothing tells the rows of "{dataset.name}" apart'
        case.fail("E_PRIMARY_KEY_REQUIRED", message, place, f"state the primary_key of {dataset.name}")


def needs(case: Case, metric: Metric) -> None:
    """What a model needs, and what only another one reads."""
    spot = metric.spot
    for key, model in NEEDS.items():
        if metric.model and metric.model != model and stated(metric, key):
            message = f'"{key}" does not belong to model: {metric.model}'
            case.fail("E_KEY_NOT_ALLOWED", message, spot.at(key), f"it belongs to model: {model}")
    if metric.model == "last_non_direct" and not stated(metric, "direct"):
        message = f'"{metric.name}" looks for the last touch that is not direct, and nothing says which are'
        case.fail("E_MISSING_KEY", message, spot.at("model"), "add direct: \"channel = 'direct'\"")
    try:
        half_life(metric)
    except QueryError as error:
        case.adopt(error, spot.at("half_life"))
