"""Metrics that conditions look up for each row: `METRIC(orders_placed BY customer_id) > 2`.

Each is planned by the planner itself, over all time and by the fields it is looked up by, and met once by key.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from msgspec.structs import replace

from truenorth.base.errors import QueryError, TrueNorthError
from truenorth.define.attribution import sides_of
from truenorth.define.graph import leaves, resolve_field
from truenorth.define.graph import metric as metric_of
from truenorth.define.journey import texts as texts_of
from truenorth.define.lookup import SIGN, MetricRef
from truenorth.query.catalog import Catalog
from truenorth.query.dialect import quote
from truenorth.query.request import MetricQuery
from truenorth.query.shape import NOWHERE, Leg, Lookup, Plan, dimension_of

VALUE = "the value"
SIMPLE = re.compile(r'COALESCE\("[^"]+", (-?[\d.e+-]+)\)')


def lookups_of(
    catalog: Catalog, legs: Iterable[Leg], conditions: Iterable[str], plan: Callable[[MetricQuery], Plan]
) -> tuple[Lookup, ...]:
    """All metrics that conditions and filters look up, each once, with its plan."""
    texts = [text for text in conditions if SIGN.search(text)]
    for leg in legs:
        followed = [catalog.model.metrics[leg.conversion.conversion_metric]] if leg.conversion else []
        followed += sides_of(catalog.model, leg.dataset)
        for one in [*(leaf.metric for leaf in leg.leaves), *followed]:
            texts += [text for text in (one.expr, one.filter, one.direct, *texts_of(one)) if SIGN.search(text)]
        texts += [text for leaf in leg.leaves for text in leaf.filters if SIGN.search(text)]
    if not texts:
        return ()
    found = {one.text: one for text in texts for one in catalog.expression(text, NOWHERE).metrics}
    return tuple(
        Lookup(one, quote(f"lookup {number}"), planned(catalog, one, plan))
        for number, one in enumerate(found.values(), 1)
    )


def planned(catalog: Catalog, one: MetricRef, plan: Callable[[MetricQuery], Plan]) -> Plan:
    """The plan of one of them."""
    metric_of(catalog.model, one.name)
    for leaf in leaves(catalog.model, one.name):
        for reference in one.by:
            try:
                resolve_field(catalog.model, leaf.dataset, dimension_of(reference, catalog.almanacs).reference)
            except TrueNorthError as error:
                raise not_groupable(one, reference, f'"{one.name}"', error) from error
    made = plan(MetricQuery((one.name,), by=tuple(one.by)))
    keys = tuple(replace(key, name=f"key {number}") for number, key in enumerate(made.dimensions, 1))
    # Names with a space are nobody's, so nothing of the metric or the rows it is met with is called the same.
    return replace(made, dimensions=keys, outputs=(replace(made.outputs[0], name=VALUE),), within=True)


def not_groupable(one: MetricRef, reference: str, who: str, error: TrueNorthError) -> QueryError:
    """The error for a field that one side cannot be grouped by."""
    hint = error.hint or "name a field that both the metric and what it is looked up for can be grouped by"
    return QueryError("E_NOT_GROUPABLE", f"{one.text}: {who} has no {reference} to go by: {error.message}", hint=hint)


def value_sql(lookup: Lookup, keys: Iterable[str], null: str) -> str:
    """The value met by key. Where the metric has no rows, what it says of nothing (0 for a count); where a row has
    no such key, nothing."""
    sql = lookup.plan.outputs[0].sql
    value = f"{lookup.name}.{quote(VALUE)}"
    if "COALESCE(" not in sql:
        return value
    if simple := SIMPLE.fullmatch(sql):
        found = f"COALESCE({value}, {simple[1]})"
    else:
        leaves = dict.fromkeys(leaf.name for leg in lookup.plan.legs for leaf in leg.leaves)
        nothing = ", ".join(f"{null} AS {quote(name)}" for name in leaves)
        met = f"{lookup.name}.{quote(lookup.plan.dimensions[0].name)} IS NOT NULL"
        found = f"CASE WHEN {met} THEN {value} ELSE (SELECT {sql} FROM (SELECT {nothing}) AS nothing) END"
    return f"CASE WHEN {' AND '.join(f'{key} IS NOT NULL' for key in keys)} THEN {found} END"
