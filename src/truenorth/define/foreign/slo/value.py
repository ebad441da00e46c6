"""A query whose value is judged at each time, as a metric with a value in each slice of time."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from truenorth.define.foreign.slo.amount import ONE, Refused, Share
from truenorth.define.foreign.slo.promql import Reader, parsed

TAIL = "_bucket"


def value_of(reader: Reader, text: str) -> dict[str, Any]:
    """The keys of the metric that a query is, with the `atom` whose rows it reads, or the `share` it divides."""
    if not text:
        raise Refused("SLI_DROPPED", "there is no query that says what is looked at")
    node = parsed(text)
    while type(node).__name__ == "ParenExpr":
        node = node.expr
    if type(node).__name__ == "Call" and str(node.func.name) == "histogram_quantile":
        return quantile(reader, node)
    share = reader.read(node).mean()
    atom = share.above.only if share.below == ONE else None
    if atom is None and share.below == ONE:
        raise Refused("QUERY_DROPPED", "it adds up several things that are no share of anything")
    if atom is None:
        one, every = share.above.only, share.below.only
        if one is not None and every == replace(one, agg="count", expr=""):
            return {"type": "simple", "agg": "avg", "expr": one.expr, "atom": one}
        return {"share": plainly(share)}
    if atom.expr == "increase":
        return {"type": "rate" if reader.per_second else "increase", "atom": atom}
    return {"type": "simple", "agg": atom.agg, "expr": atom.expr, "atom": atom}


def plainly(share: Share) -> Share:
    """A share of which neither side is a mere number."""
    if not share.below.terms or not share.above.terms or share.below.number or share.above.number:
        raise Refused("QUERY_DROPPED", "a number is added to what is counted")
    return share.scaled()


def quantile(reader: Reader, node: Any) -> dict[str, Any]:
    """A percentile of the buckets of a histogram."""
    args = list(node.args)
    where = reader.read(args[0]).above
    share = reader.read(args[1])
    atom = share.above.only if share.below == ONE else None
    if atom is None or atom.expr != "increase" or where.terms:
        raise Refused("QUERY_DROPPED", '"histogram_quantile" is asked of something other than the buckets of a series')
    if "le" in atom.labels:
        raise Refused("QUERY_DROPPED", '"histogram_quantile" is asked of a few buckets, and a percentile needs all')
    atom = replace(atom, series=atom.series.removesuffix(TAIL), histogram=True, expr="")
    return {"type": "histogram_quantile", "percentile": float(where.number), "atom": atom}
