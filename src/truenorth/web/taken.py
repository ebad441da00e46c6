"""Paths on a page: from node to node, as a picture and as a table."""

from __future__ import annotations

from truenorth.chart import draw
from truenorth.define.model import Metric
from truenorth.query.answer import Answer
from truenorth.web.question import Asked
from truenorth.web.speak import number, svg
from truenorth.web.view import Cell, Figure, Row, Sheet, Why

LABEL = "Ways that are taken"
WIDE, NARROW = (1160.0, 380.0), (360.0, 380.0)
# Nodes that are none: all that are not shown, and where a path ends or begins.
ASIDE = {"(other)", "(end)", "(start)"}


def taken(asked: Asked) -> Why | None:
    """The section of paths; None for what has none."""
    told = asked.taken
    if told is None or not told.table.rows:
        return None
    nodes = "from right to left, where they came from" if asked.metric.to else "from left to right, where they went on"
    words = f"The busiest ways, {nodes}. The wider a band, the more take it; grey is what is no node of its own."
    return Why(words, picture(asked.metric, told))


def picture(metric: Metric, answer: Answer) -> Figure:
    """The edges of paths; ways that lead to an anchor end at the right."""
    rows = answer.table.dicts()
    most = max((int(str(row["step"])) for row in rows), default=0)
    ways = []
    for row in rows:
        step = int(str(row["step"]))
        column = most - step if metric.to else step - 1
        ways.append(draw.Way(column, str(row["source"]), str(row["target"]), number(row["paths"]) or 0.0))
    head = ("Step", "From", "To", "paths")
    lines = tuple(
        Row(str(row["step"]), tuple(Cell(str(row[name])) for name in ("source", "target", "paths"))) for row in rows
    )
    wide, narrow = (svg(draw.ways(ways, LABEL, size, ASIDE)) for size in (WIDE, NARROW))
    return Figure(LABEL, wide, narrow, Sheet(LABEL, head, lines))
