"""What must hold in conversion metrics: both sides count rows, and both know who it was."""

from __future__ import annotations

from truenorth.base.errors import Place
from truenorth.define import graph
from truenorth.define.model import Metric
from truenorth.define.read import one_of
from truenorth.define.rules import expression
from truenorth.define.rules.case import Case

COUNTING = ("count", "count_distinct", "sum")


def check(case: Case, metric: Metric) -> None:
    """The two metrics of a conversion, its entity and the properties that stay the same."""
    if metric.type != "conversion":
        return
    spot = metric.spot
    base, conversion = (case.model.metrics.get(name) for name in (metric.base_metric, metric.conversion_metric))
    if base is not None:
        counts(case, metric, base, "base_metric")
        side(case, base, metric.entity, spot.at("entity"))
    if conversion is not None:
        counts(case, metric, conversion, "conversion_metric")
        side(case, conversion, metric.entity, spot.at("entity"))
    for number, one in enumerate(metric.constant_properties):
        if base is not None:
            side(case, base, one.base_property, spot.at(f"constant_properties.{number}.base_property"))
        if conversion is not None:
            place = spot.at(f"constant_properties.{number}.conversion_property")
            side(case, conversion, one.conversion_property, place)


def counts(case: Case, metric: Metric, part: Metric, key: str) -> None:
    """A side is a simple metric; where its rows are what is counted, they are counted or summed."""
    place = metric.spot.at(key)
    counted = key == ("base_metric" if metric.count_by == "base" else "conversion_metric")
    if part.type != "simple":
        message = f'"{metric.name}" looks for the rows of "{part.name}", but a {part.type} metric has none of its own'
        case.fail("E_UNSAFE_REAGGREGATION", message, place, "name a simple metric")
    elif counted and part.agg and part.agg not in COUNTING:
        message = f'"{metric.name}" counts the rows of "{part.name}", whose agg is {part.agg}'
        case.fail("E_UNSAFE_REAGGREGATION", message, place, f"name one with agg: {one_of(COUNTING)}")


def side(case: Case, part: Metric, reference: str, place: Place) -> None:
    """A field that both events are compared by: one for each row."""
    if part.dataset not in case.model.datasets or not reference:
        return
    for column in graph.entity_columns(case.model, part.dataset, reference):
        if "." not in column:
            continue
        way = expression.lead(case, part.dataset, column, place)
        if way is not None and way.repeats:
            message = f'a row of "{part.dataset}" may have several "{reference}"'
            case.fail("E_FAN_OUT", message, place, "name a field of the row itself, or of one it points to")
