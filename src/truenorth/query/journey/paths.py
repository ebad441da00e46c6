"""paths: how many ways from node to node go through an anchor, and how many entities take them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from truenorth.base.period import Moment, parse_window, shift
from truenorth.define.model import Metric
from truenorth.define.sessions import IDLE
from truenorth.query.journey.frame import Frame
from truenorth.query.journey.length import microseconds
from truenorth.query.journey.outcome import Measured, Outcomes
from truenorth.query.journey.rows import Rows
from truenorth.query.journey.walks import Way, walks


def conditions(metric: Metric) -> tuple[str, ...]:
    """The anchor; every row is read all the same."""
    anchor = metric.from_ or metric.to
    return (anchor, "1 = 1") if anchor else ()


def columns(metric: Metric) -> Mapping[str, str]:
    """The node."""
    return {"node": metric.node}


def reach(metric: Metric, frame: Frame) -> tuple[Moment | None, Moment | None]:
    """All that came before, which tells where a path began; a path without a window may last as long as it likes."""
    _, end = frame.span
    if end is None or not metric.window:
        return None, None
    return None, shift(shift(end, *parse_window(metric.window)), 1, "day")


def way(metric: Metric) -> Way:
    """How the paths of a metric are followed."""
    window = microseconds(metric.window) if metric.window else 0
    anchor = 0 if metric.from_ or metric.to else None
    return Way(microseconds(metric.idle or IDLE), window, anchor, bool(metric.to), int(metric.depth), metric.collapse)


def follow(metric: Metric, rows: Rows, frame: Frame) -> Outcomes:
    """The paths whose anchor lies in a window, each with the node at every place."""
    found = walks(rows, way(metric))
    places, label = frame.within(found.at)
    nodes = {f"node {number}": found.nodes[places, number - 1] for number in range(1, found.nodes.shape[1] + 1)}
    return Outcomes(found.who[places], label, found.group[places], nodes)


def measured(metric: Metric, outcomes: Outcomes) -> Measured:
    """How many entities or paths there are."""
    return Measured(np.ones(len(outcomes), np.bool_), how="distinct" if metric.part == "people" else "count")
