"""What must hold in what series tell: where the rows are, and what goes together."""

from __future__ import annotations

from truenorth.define.model import Metric
from truenorth.define.rules.case import Case
from truenorth.define.series import LEVELS, TYPES


def check(case: Case, metric: Metric) -> None:
    """The rows, how levels become one, and the bounds of an Apdex."""
    if metric.type in TYPES:
        rows(case, metric)
        levels(case, metric)
        satisfied(case, metric)


def rows(case: Case, metric: Metric) -> None:
    """One of a dataset and a series; an Apdex over plain rows says what is measured."""
    keys = metric.spot.keys
    if "series" in keys and "dataset" in keys:
        message = f'the {metric.type} metric "{metric.name}" says both a dataset and a series'
        hint = "a dataset may itself be of a series: keep one of the two"
        case.fail("E_KEY_CONFLICT", message, metric.spot.at("series"), hint)
    if not metric.series and not metric.dataset:
        message = f'the {metric.type} metric "{metric.name}" has neither "series" nor "dataset"'
        case.fail("E_MISSING_KEY", message, metric.spot.at(), "add series: http_requests_total")
    if metric.type == "apdex" and metric.dataset in case.model.datasets and not metric.expr:
        message = f'the apdex metric "{metric.name}" has no "expr"'
        case.fail("E_MISSING_KEY", message, metric.spot.at(), "say what is measured of a row: expr: duration")


def levels(case: Case, metric: Metric) -> None:
    """Only what is told right by one pass over minutes."""
    if metric.type == "gauge" and (metric.over_time, metric.across) not in LEVELS:
        known = " or ".join(across for over, across in LEVELS if over == metric.over_time)
        message = f"the {metric.over_time} over time of the {metric.across} across series is no one number of minutes"
        case.fail("E_BAD_VALUE", message, metric.spot.at("across"), f"write across: {known}")


def satisfied(case: Case, metric: Metric) -> None:
    """A length above zero."""
    if metric.satisfied is not None and metric.satisfied <= 0:
        message = f"nobody is satisfied within {metric.satisfied:g}"
        case.fail("E_BAD_VALUE", message, metric.spot.at("satisfied"), "write satisfied: 0.5")
