"""The edges of paths as an answer: which node follows which at each step, and how many take that way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace as replaced
from datetime import datetime

from msgspec.structs import replace

from truenorth.base.errors import QueryError
from truenorth.base.table import Column, Row, Table
from truenorth.define.graph import metric as metric_of
from truenorth.define.graph import there_are
from truenorth.define.model import Metric
from truenorth.query.answer import Answer
from truenorth.query.behind import plain, word
from truenorth.query.plan import plan
from truenorth.query.render import looked_up
from truenorth.query.request import MetricQuery
from truenorth.query.run import Runner
from truenorth.query.ways import reading

# Numbers that stand for no single node: the rest of them, none any more, and NULL.
OTHER, END, UNKNOWN = -3, -2, -1
COLUMNS = (
    Column("step", "dimension", "Step"),
    Column("source", "dimension", "From"),
    Column("target", "dimension", "To"),
    Column("paths", "metric", "Paths"),
    Column("people", "metric", "People"),
    Column("share", "metric", "Share", "percent"),
)


def edges(runner: Runner, query: MetricQuery, now: datetime) -> Answer:
    """The edges of the paths of a metric of type paths, at a naive UTC `now`: a row each, by step and most paths first.

    `step` 1 is the one at the anchor; with `to:` steps are counted backwards from it. `share` is that of the paths that
    leave `source` at that step (with `to:`, that arrive at `target`). What is asked by, and of which periods, is left
    out. QueryError E_NAME_NOT_FOUND where the metric is none of paths.
    """
    asked = plain(query, False)
    metric = metric_of(runner.catalog.model, asked.metrics[0])
    if metric.type != "paths":
        names = [one.name for one in runner.catalog.model.metrics.values() if one.type == "paths"]
        hint = there_are(names) if names else "define one with type: paths"
        raise QueryError("E_NAME_NOT_FOUND", f'"{metric.name}" has no paths: it is a {metric.type} metric', hint=hint)
    counted = replace(asked, metrics=(metric.name,))
    whole = runner.ask(counted, now)
    # Journeys are followed in arrays, which a plain question does not load.
    from truenorth.query.journey.edges import edges as edges_of
    from truenorth.query.journey.edges import of_outcomes
    from truenorth.query.journey.leg import followed
    from truenorth.query.journey.scan import Scan

    made = looked_up(runner.catalog, plan(runner.catalog, counted, now))
    scan = reading(runner.catalog, made, made.legs[0])
    assert isinstance(scan, Scan)
    found = followed(scan)
    passed = edges_of(found.outcomes.who, of_outcomes(found.outcomes), int(metric.top))
    ends = [(edge.target, edge.source) if metric.to else (edge.source, edge.target) for edge in passed]
    lines = [(edge.step, *both, edge.paths, edge.people) for edge, both in zip(passed, ends, strict=True)]
    names = [word(value) for value in found.values["node"]]
    return replaced(whole, table=Table(COLUMNS, shared(metric, lines, names)), incomplete=(), cut=(), sql=scan.sql())


def shared(metric: Metric, lines: Sequence[tuple[int, int, int, int, int]], names: Sequence[str]) -> tuple[Row, ...]:
    """The edges with the names of their nodes, and the share of each among those of its node nearer to the anchor."""
    whole = Counter[tuple[int, int]]()
    for step, source, target, paths, _ in lines:
        whole[step, target if metric.to else source] += paths
    special = {OTHER: "(other)", END: "(start)" if metric.to else "(end)", UNKNOWN: word(None)}

    def name(node: int) -> str:
        return special.get(node) or names[node]

    rows = [
        (step, -paths, name(source), name(target), people, paths / whole[step, target if metric.to else source])
        for step, source, target, paths, people in lines
    ]
    return tuple(
        (step, source, target, -less, people, part) for step, less, source, target, people, part in sorted(rows)
    )
