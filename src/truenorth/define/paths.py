"""Paths: which nodes entities pass one after the other, from an anchor on or up to it."""

from __future__ import annotations

from truenorth.define.key import Key
from truenorth.define.model import Metric
from truenorth.define.sessions import IDLE

TYPES = ("paths",)
PARTS = ("people", "paths")
UNITS = {"paths": "paths"}
# What only the paths metric says.
OWN = ("node", "from_", "to", "depth", "idle", "window", "collapse", "top")
NEEDED = {"node": "event"}
DEPTH, TOP = 5, 50
PATHS = (
    Key("node", "sql", "What a row is a step of: a field or an expression.", types=TYPES, example="event"),
    Key(
        "from",
        "sql",
        "The rows that paths begin at.",
        types=TYPES,
        default="the first row after a pause",
        example="event = 'sign_up'",
    ),
    Key("to", "sql", "The rows that paths lead to.", types=TYPES, example="event = 'pay'"),
    Key("depth", "number", "How many nodes a path has at most, 2 to 20.", types=TYPES, default=str(DEPTH), example="5"),
    Key(
        "collapse",
        "flag",
        "Whether the same node several times in a row is one.",
        types=TYPES,
        default="true",
        example="false",
    ),
    Key(
        "top",
        "number",
        "How many edges are told at most: the nodes that matter least become (other).",
        types=TYPES,
        default=str(TOP),
        example="50",
    ),
)


def words(metric: Metric) -> str:
    """Paths in words.

    >>> words(Metric("after", "paths", node="event", from_="event = 'sign_up'"))
    "paths of event from event = 'sign_up', until 30 minutes without a row, up to 5 nodes"
    """
    ends = f"within {metric.window}" if metric.window else f"until {metric.idle or IDLE} without a row"
    anchor = f" from {metric.from_}" if metric.from_ else f" to {metric.to}" if metric.to else ""
    again = "" if metric.collapse else ", repeats told apart"
    return f"paths of {metric.node}{anchor}, {ends}, up to {metric.depth:g} nodes{again}"
