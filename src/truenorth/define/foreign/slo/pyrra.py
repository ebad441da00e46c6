"""Pyrra's objectives: bare names of series, which it wraps in rates itself, with one objective for each group."""

from __future__ import annotations

from dataclasses import replace

from truenorth.define.foreign.slo.amount import Amount, Atom, Refused, Share
from truenorth.define.foreign.slo.duration import seconds
from truenorth.define.foreign.slo.objective import Objectives, Stated, number_of, owner_of, window_of
from truenorth.define.foreign.slo.promql import BUCKETS, Reader, between
from truenorth.define.foreign.tree import Tree

KIND = "ServiceLevelObjective"
WINDOW = "4 weeks"


def carry(tree: Tree, objectives: Objectives) -> None:
    """One objective."""
    meta, spec = tree.get("metadata"), tree.get("spec")
    target = number_of(spec, "target")
    window = window_of(spec, "window")
    if not meta.text("name") or target is None:
        (meta if not meta.text("name") else spec).wrong("keys such as " + ("target" if meta.text("name") else "name"))
        return
    indicator = spec.get("indicator")
    kinds = [key for key in indicator.keys if key in INDICATORS]
    name = objectives.named(meta.text("name"))
    taken = {one.name for one in objectives.carried.items}
    if name in taken and meta.text("namespace"):
        name = objectives.named(meta.text("namespace"), name)
    stated = Stated(
        name,
        meta.get("name").place,
        target,
        [window or WINDOW],
        objectives.named(meta.text("namespace") or "objectives"),
        description=spec.text("description"),
        owner=owner_of(meta.get("labels"), meta.get("annotations")),
    )
    alerting = spec.get("alerting")
    if alerting.there:
        objectives.carried.lose("ALERTING_DROPPED", name, "our alert table is built in", alerting.place)
    if not kinds:
        objectives.lose(stated, Refused("SLI_DROPPED", "its indicator is none that is known"), indicator.place)
        return
    body = indicator.get(kinds[0])
    stated.dimensions = list(body.texts("grouping")) if body.is_mapping else []
    INDICATORS[kinds[0]](stated, body, objectives)


def ratio(stated: Stated, body: Tree, objectives: Objectives) -> None:
    """Errors of all."""
    objectives.events(stated, False, body.get("errors").get("metric"), body.get("total").get("metric"), counter=True)


def latency(stated: Stated, body: Tree, objectives: Objectives) -> None:
    """What was quick enough of all: one bucket of a histogram, of its count."""
    objectives.events(stated, True, body.get("success").get("metric"), body.get("total").get("metric"), counter=True)


def native(stated: Stated, body: Tree, objectives: Objectives) -> None:
    """What of a histogram lies up to a bound."""
    limit, total = body.get("latency"), body.get("total").get("metric")
    bound = seconds(limit.text())
    if bound is None:
        limit.wrong("a length of time such as 200ms")
        return
    reader = Reader(counter=True)
    atom = objectives.series(stated, reader, total)
    if atom is not None:
        every = Atom(atom.series, "sum", BUCKETS, atom.filter, atom.labels, histogram=True)
        objectives.counts(stated, Share(between(every, 0, bound), Amount.of(every)), True, reader)


def gauge(stated: Stated, body: Tree, objectives: Objectives) -> None:
    """How much of the time something stood at one, by every sample."""
    reader = Reader(counter=False)
    atom = objectives.series(stated, reader, body.get("metric"))
    if atom is not None:
        good, every = (Amount.of(replace(atom, expr=expr)) for expr in ("sum", "n"))
        objectives.counts(stated, Share(good, every), True, reader)


INDICATORS = {
    "ratio": ratio,
    "latency": latency,
    "latencyNative": native,
    "latency_native": native,
    "bool_gauge": gauge,
    "boolGauge": gauge,
}
