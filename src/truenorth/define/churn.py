"""Churn of activity: who stayed away in the period after one in which they came, or for so many days."""

from __future__ import annotations

from truenorth.define.key import Key
from truenorth.define.model import Metric

TYPES = ("churn",)
PARTS = ("rate", "churned", "stayed", "unknown")
UNITS = {"rate": "percent"}
# What only the churn says.
OWN = ("period", "rule", "idle")
NEEDED = {"rule": "activity"}
CHURN = (
    Key(
        "rule",
        "choice",
        "Gone is who was active in the period before and is not in this one (`activity`), or who had no activity for "
        "`idle` after the last one in the period (`inactivity`). Subscriptions that end are movements.",
        types=TYPES,
        choices=("activity", "inactivity"),
    ),
)


def words(metric: Metric) -> str:
    """A churn in words.

    >>> words(Metric("gone", "churn", rule="inactivity", idle="30 days"))
    'no activity for 30 days after the last one in the period'
    """
    if metric.rule == "inactivity":
        return f"no activity for {metric.idle} after the last one in the period"
    return f"active in the {metric.period or 'period'} before, and not in this one"
