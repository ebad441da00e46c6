"""Lifecycle: who is new, returning, resurrecting or dormant in each period."""

from __future__ import annotations

from truenorth.define.model import Metric

PARTS = ("active", "new", "returning", "resurrecting", "dormant", "unknown")
UNITS: dict[str, str] = {}
# What only the lifecycle says.
OWN = ("period",)
NEEDED: dict[str, str] = {}


def words(metric: Metric) -> str:
    """A lifecycle in words.

    >>> words(Metric("life", "lifecycle", period="week"))
    'active in a week, and before'
    """
    return f"active in a {metric.period or 'period'}, and before"
