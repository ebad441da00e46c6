"""Stickiness: on how many days people are active, and what share of those of a month are there on a day."""

from __future__ import annotations

from msgspec.structs import replace

from truenorth.define.key import Key
from truenorth.define.model import Metric
from truenorth.define.slices import TYPES as SLICED

TYPES = ("stickiness",)
PARTS = ("ratio", "days", "average_days", "people", "active_days", "possible_days")
UNITS = {"ratio": "percent", "average_days": "days", "active_days": "days", "possible_days": "days"}
# What only the stickiness says.
OWN = ("window", "grain_to_date")
NEEDED: dict[str, str] = {}
# Four whole weeks hold every weekday equally often.
WINDOW = "28 days"
STICKINESS = (
    Key("days", "number", "On exactly how many days people were active.", types=TYPES, example="3"),
    Key(
        "at_least",
        "number",
        "On how many days at least people were active; for slices of time, what one that counts must reach.",
        types=(*TYPES, *SLICED),
        example="10",
    ),
)


def looking(metric: Metric) -> Metric:
    """A number of stickiness with the stretch it looks at: the share looks back 28 days where nothing else is said.

    >>> looking(Metric("sticky", "stickiness", part="ratio")).window
    '28 days'
    """
    if metric.part != "ratio" or metric.window or metric.grain_to_date:
        return metric
    return replace(metric, window=WINDOW)


def words(metric: Metric) -> str:
    """Stickiness in words.

    >>> words(Metric("sticky", "stickiness", part="ratio"))
    'days with activity in the 28 days up to the end of each period'
    """
    told = looking(metric)
    if told.window:
        return f"days with activity in the {told.window} up to the end of each period"
    return f"days with activity in {'each ' + told.grain_to_date + ' to date' if told.grain_to_date else 'each period'}"
