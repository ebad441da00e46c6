"""What must hold in lifecycles, stickiness and churn: which days are counted, and when somebody is gone."""

from __future__ import annotations

from truenorth.base.errors import QueryError
from truenorth.base.period import parse_window
from truenorth.define.model import Metric
from truenorth.define.rules.case import Case, stated


def lifecycle(case: Case, metric: Metric) -> None:
    """Nothing more than every journey needs."""


def stickiness(case: Case, metric: Metric) -> None:
    """One number of days for the part that counts people by it, and none for the others."""
    spot = metric.spot
    said = [key for key in ("days", "at_least") if stated(metric, key)]
    if len(said) > 1:
        message = 'both "days" and "at_least" say on how many days'
        case.fail("E_KEY_CONFLICT", message, spot.at("at_least"), "keep days: for exactly so many, at_least: for more")
    if said and metric.part != "days":
        case.fail("E_KEY_CONFLICT", f'"{said[0]}" belongs to part: days', spot.at(said[0]), "state part: days")
    if metric.part == "days" and not said:
        message = f'the stickiness metric "{metric.name}" does not say on how many days'
        case.fail("E_MISSING_KEY", message, spot.at(), "add days: 3 for exactly 3, or at_least: 3")
    for key in said:
        number = getattr(metric, key)
        if number != int(number) or number < 1:
            case.fail("E_BAD_VALUE", f'"{key}" is a whole number of days from 1', spot.at(key), f"write {key}: 3")


def churn(case: Case, metric: Metric) -> None:
    """Inactivity has a length of whole days, activity a period."""
    spot = metric.spot
    if metric.of:
        return
    if metric.rule == "inactivity" and not metric.idle:
        message = f'the churn metric "{metric.name}" does not say after how many days somebody is gone'
        case.fail("E_MISSING_KEY", message, spot.at(), "add idle: 30 days")
    wrong = {"activity": "idle", "inactivity": "period"}.get(metric.rule, "")
    if wrong and stated(metric, wrong):
        message = f'"{wrong}" does not belong to rule: {metric.rule}'
        case.fail("E_KEY_CONFLICT", message, spot.at(wrong), "take it out, or take the other rule")
    if metric.idle:
        try:
            unit = parse_window(metric.idle)[1]
        except QueryError as error:
            case.fail("E_BAD_WINDOW", error.message, spot.at("idle"), "write it like 30 days or 4 weeks")
            return
        if unit not in ("day", "week"):
            message = f"{metric.idle} is no number of days or weeks"
            case.fail("E_BAD_WINDOW", message, spot.at("idle"), "write it like 30 days or 4 weeks")
