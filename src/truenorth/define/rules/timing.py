"""What must hold about time: metrics that look at it have one, and targets make sense."""

from __future__ import annotations

from truenorth.base.errors import Place
from truenorth.define import graph
from truenorth.define.attribution import sides_of
from truenorth.define.expression import TIME_NAME
from truenorth.define.model import Metric
from truenorth.define.rules.case import Case, stated
from truenorth.define.when import is_shared


def check(case: Case, metric: Metric) -> None:
    """One metric's need of a time, and its targets."""
    spot = metric.spot
    if metric.type in ("cumulative", "snapshot", "conversion", "movement", "attribution"):
        needed(case, metric, f"a {metric.type} metric", spot.at("type"))
        for side in sides_of(case.model, metric.dataset)[:2]:
            timed(case, side, "an attribution metric", spot.at("type"))
    elif metric.agg in ("first", "last"):
        needed(case, metric, f"agg: {metric.agg}", spot.at("agg"))
    elif metric.targets:
        needed(case, metric, "a metric with targets", spot.at("targets"))
    for number, one in enumerate(metric.input_metrics):
        if one.offset_window:
            place = spot.at(f"input_metrics.{number}.offset_window")
            for leaf in graph.leaves(case.model, one.name):
                timed(case, leaf, f'taking "{one.name}" earlier', place)
    for test in metric.tests:
        found = case.expressions.get(test.where)
        if found is not None and any(map(is_shared, found.refs)):
            needed(case, metric, f"a test on {TIME_NAME}", test.spot.at("where"))
    targets(case, metric)


def needed(case: Case, metric: Metric, who: str, place: Place) -> None:
    """Every dataset a metric rests on has a time."""
    for leaf in graph.leaves(case.model, metric.name):
        timed(case, leaf, who, place)


def timed(case: Case, leaf: Metric, who: str, place: Place) -> None:
    """A metric over rows has a time, its own or its dataset's."""
    dataset = case.model.datasets.get(leaf.dataset)
    if dataset is None or stated(leaf, "time") or stated(dataset, "time"):
        return
    message = f'{who} needs a time, but the dataset "{dataset.name}" of "{leaf.name}" has none'
    case.fail("E_NO_TIME", message, place, f'add time: … to the dataset "{dataset.name}"')


def targets(case: Case, metric: Metric) -> None:
    """Targets end after they begin, and no two are for the same periods."""
    seen: dict[tuple[str, str], int] = {}
    for number, one in enumerate(metric.targets):
        path = f"targets.{number}"
        if one.from_ and one.to and one.to < one.from_:
            message = f"the target ends on {one.to}, before it begins on {one.from_}"
            case.fail("E_BAD_DATE", message, metric.spot.at(f"{path}.to"), "swap the two")
        first = seen.setdefault((one.every, one.from_), number)
        if first != number:
            message = f"two targets for every {one.every} begin " + (f"on {one.from_}" if one.from_ else "at the start")
            case.fail("E_DUPLICATE_NAME", message, metric.spot.at(path), "keep one, or let them begin on other days")
