"""What must hold in sessions and paths: lengths of time that always pass alike, and conditions on the rows."""

from __future__ import annotations

from truenorth.base.errors import QueryError
from truenorth.base.period import parse_window
from truenorth.define.model import Metric
from truenorth.define.rules import expression
from truenorth.define.rules.case import Case

FIXED = ("second", "minute", "hour", "day", "week")


def check(case: Case, metric: Metric) -> None:
    """The lengths and conditions of sessions, and what is told of them."""
    if metric.of:
        return
    lengths(case, metric, ("idle", "cap", "engaged_after"))
    read(case, metric, ("session", "opens", "view", "key"))


def lengths(case: Case, metric: Metric, keys: tuple[str, ...]) -> None:
    """Lengths of time that are as long on every day: in seconds to weeks."""
    for key in keys:
        text, place = getattr(metric, key), metric.spot.at(key)
        try:
            if text and parse_window(text)[1] not in FIXED:
                message = f'"{key}" is a length that is always the same, and "{text}" is not'
                case.fail("E_BAD_WINDOW", message, place, "write it in seconds, minutes, hours, days or weeks")
        except QueryError as error:
            case.adopt(error, place)


def read(case: Case, metric: Metric, keys: tuple[str, ...]) -> None:
    """Expressions over the rows that are followed."""
    for key in keys:
        text = getattr(metric, key)
        if text and metric.dataset in case.model.datasets:
            expression.owned(case, text, metric, metric.spot.at(key.removesuffix("_")))
