"""What must hold in paths: one anchor, one way to end, and numbers in their range."""

from __future__ import annotations

from truenorth.define.model import Metric
from truenorth.define.rules.case import Case, stated
from truenorth.define.rules.sessions import lengths, read

RANGES = {"depth": (2, 20), "top": (1, 1000)}


def check(case: Case, metric: Metric) -> None:
    """The anchor, the end and the size of paths."""
    if metric.of:
        return
    spot = metric.spot
    if metric.from_ and metric.to:
        message = f'"{metric.name}" has paths both from and to something'
        case.fail("E_KEY_CONFLICT", message, spot.at("to"), "take one out; what lies between two things is a funnel")
    if metric.idle and metric.window:
        message = f'the paths of "{metric.name}" end after a pause, or after a time'
        case.fail("E_KEY_CONFLICT", message, spot.at("window"), "take idle: or window: out")
    for key, (low, high) in RANGES.items():
        value = getattr(metric, key)
        if stated(metric, key) and not (low <= value <= high and value == int(value)):
            case.fail("E_BAD_VALUE", f'"{key}" is a whole number from {low} to {high}, not {value:g}', spot.at(key))
    lengths(case, metric, ("idle", "window"))
    read(case, metric, ("node", "from_", "to"))
