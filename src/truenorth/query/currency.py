"""Amounts whose currency stands in a column: dollars and euros are never added up without a word."""

from __future__ import annotations

from msgspec.structs import replace

from truenorth.base.errors import QueryError
from truenorth.base.table import Column, Table
from truenorth.define.attribution import CONVERSION, credit_of, sides_of
from truenorth.define.graph import leaves, resolve_field
from truenorth.define.model import Metric, Model
from truenorth.define.retention import ANY, WORTH
from truenorth.query.attribution import Crediting
from truenorth.query.catalog import Catalog
from truenorth.query.denomination import denomination
from truenorth.query.leg import Pass
from truenorth.query.render import looked_up
from truenorth.query.shape import Leaf, Leg, Plan

NOT_AMOUNTS = ("count", "count_distinct")
SHOWN = 3
Codes = tuple[str | None, ...]


def coded(catalog: Catalog) -> dict[str, str]:
    """The metrics that gather amounts, and the reference of the column that holds the currency of each row."""
    key = ("coded", catalog.model.version)
    if key not in catalog.facts:
        model = catalog.model
        there = any(field.currency for dataset in model.datasets.values() for field in dataset.fields)
        amounts = [added(metric) for metric in model.metrics.values() if there and metric.dataset]
        found = {one.name: coded_by(catalog, one) for one in amounts if one.expr and one.agg not in NOT_AMOUNTS}
        catalog.facts[key] = {name: reference for name, reference in found.items() if reference}
    known = catalog.facts[key]
    assert isinstance(known, dict)
    return known


def added(metric: Metric) -> Metric:
    """A metric with what it adds up as its expression: a retention adds up what returns are worth."""
    if metric.type != "retention":
        return metric
    return replace(metric, expr=metric.value if metric.part in WORTH else "")


def coded_by(catalog: Catalog, metric: Metric) -> str:
    """Where the currency of what a metric adds up stands; a formula that states one has no other."""
    if credit_of(metric.dataset):
        found = coded_by(catalog, sides_of(catalog.model, metric.dataset)[1])
        return f"{CONVERSION}.{found}" if found else ""
    refs = catalog.expression(metric.expr, metric).refs
    if metric.convert or (states(metric) and tuple(refs) != (metric.expr,)):
        return ""
    return denomination(catalog, metric)[0]


def states(metric: Metric) -> bool:
    """Whether the definition itself names a currency; otherwise it has been told the workspace's."""
    return "currency" in metric.spot.keys


def currencies(catalog: Catalog, plan: Plan) -> dict[str, Codes]:
    """The currencies in what each asked metric adds up, where they stand in a column; None is no currency at all."""
    where = coded(catalog)
    if not where:
        return {}
    plan = looked_up(catalog, plan)
    found: dict[str, dict[str | None, None]] = {}
    for leg in plan.legs:
        for leaf in leg.leaves:
            name = leaf.metric.name
            # A share of worths is made of two parts of it.
            name = name if name in where else name.rpartition("__")[0]
            if name in where:
                codes = codes_in(catalog, plan, leg, leaf, where[name])
                found.setdefault(name, {}).update(dict.fromkeys(codes))
    asked: dict[str, Codes] = {}
    for name in dict.fromkeys(output.metric for output in plan.outputs):
        inside = [code for leaf in leaves(catalog.model, name) for code in found.get(leaf.name, ())]
        if inside:
            asked[name] = tuple(dict.fromkeys(inside))
    return asked


def codes_in(catalog: Catalog, plan: Plan, leg: Leg, leaf: Leaf, reference: str) -> Codes:
    """The first few currencies of the rows that count for one aggregation under the question's conditions."""
    if leaf.metric.type == "retention":
        return of_returns(catalog, plan, replace(leg, leaves=(leaf,)), reference)
    kind = Crediting if credit_of(leg.dataset) else Pass
    reading = kind(catalog, plan, replace(leg, leaves=(leaf,)))
    sql = reading.source.rows.field(reference)
    reach = reading.reach() if leg.windows else (plan.asked.start, plan.asked.end)
    counted = [f"{reading.expression(leaf)} IS NOT NULL"]
    where = reading.where([*counted, *(reading.between(*reach) if leg.time else [])])
    return told(catalog, reading, sql, where)


def of_returns(catalog: Catalog, plan: Plan, leg: Leg, reference: str) -> Codes:
    """Those of all rows that may be returns: the question's conditions are about who begins, whatever comes after."""
    from truenorth.query.journey.scan import Scan

    metric = leg.leaves[0].metric
    reading = Scan(catalog, plan, leg)
    sql = reading.source.rows.field(reference)
    counted = [reading.told(metric.returns or ANY), f"{reading.told(metric.value)} IS NOT NULL", *reading.kept()]
    return told(catalog, reading, sql, "\nWHERE " + "\n  AND ".join(counted))


def told(catalog: Catalog, reading: Pass, sql: str, where: str) -> Codes:
    """The first few values of a column of the rows that a pass reads under conditions."""
    select = f"SELECT DISTINCT {sql} AS code\n{reading.source.sql()}{where}\nORDER BY 1 NULLS LAST LIMIT {SHOWN + 1}"
    select = reading.source.rows.with_lookups(select)
    key = ("currencies", select, *catalog.state())
    if key not in catalog.facts:
        catalog.facts[key] = tuple(None if row[0] is None else str(row[0]) for row in catalog.rows(select))
    known = catalog.facts[key]
    assert isinstance(known, tuple)
    return known


def refuse_mixed(catalog: Catalog, plan: Plan) -> dict[str, Codes]:
    """The currencies in what is asked; QueryError E_MIXED_CURRENCIES where several would be added up."""
    found = currencies(catalog, plan)
    for name, codes in mixed(catalog, plan, found).items():
        raise refusal(catalog, name, codes)
    return found


def refuse_worths(catalog: Catalog, plan: Plan, leg: Leg) -> None:
    """QueryError E_MIXED_CURRENCIES where the returns of a retention are worth amounts in several currencies."""
    [leaf, *_] = leg.leaves
    metric = replace(leaf.metric, name=leaf.metric.name.partition("__")[0], part="value")
    reference = coded_by(catalog, added(metric)) if metric.value else ""
    if reference:
        codes = codes_in(catalog, plan, leg, replace(leaf, metric=metric), reference)
        if len(codes) > 1:
            raise not_one(metric, codes, reference)


def mixed(catalog: Catalog, plan: Plan, found: dict[str, Codes]) -> dict[str, Codes]:
    """The asked metrics that would add up several currencies in one row, or others than they say."""
    return {
        name: codes for name, codes in found.items() if differ(catalog, name, codes) and not split(catalog, plan, name)
    }


def differ(catalog: Catalog, name: str, codes: Codes) -> bool:
    """Whether rows hold several currencies, or another than the metric says."""
    metric = catalog.model.metrics[name]
    return len(codes) > 1 or (states(metric) and codes != (metric.currency,))


def split(catalog: Catalog, plan: Plan, name: str) -> bool:
    """Whether an answer has a row of its own for each currency of every amount in a metric."""
    where = coded(catalog)
    for leaf in leaves(catalog.model, name):
        if leaf.name in where and leaf.type == "retention":
            return False
        if leaf.name in where:
            column = place(catalog.model, leaf.dataset, where[leaf.name])
            kept_apart = [one.reference for one in plan.dimensions if one.fold is None]
            if column not in [place(catalog.model, leaf.dataset, reference) for reference in kept_apart]:
                return False
    return True


def place(model: Model, dataset: str, reference: str) -> tuple[object, str]:
    """The way and the column that a reference reads."""
    path, name = resolve_field(model, dataset, reference)
    field = model.datasets[path.end].field(name)
    return path.steps, (field.expr if field and field.expr.isidentifier() else name)


def refusal(catalog: Catalog, name: str, codes: Codes) -> QueryError:
    """The error for a metric that would add up several currencies."""
    words = ["(none)" if code is None else code for code in codes]
    metric = catalog.model.metrics[name]
    where = coded(catalog)
    reference = next(where[leaf.name] for leaf in leaves(catalog.model, name) if leaf.name in where)
    if len(words) == 1:
        message = f'"{name}" is said to be in {metric.currency}, and its rows are in {words[0]}'
        hint = f"leave `currency:` out, or add filter: {reference} = '{metric.currency}'"
        return QueryError("E_MIXED_CURRENCIES", message, hint=hint, where=metric.spot.at("currency"))
    return not_one(replace(metric, name=name), codes, reference)


def not_one(metric: Metric, codes: Codes, reference: str) -> QueryError:
    """The error for amounts in several currencies."""
    words = ["(none)" if code is None else code for code in codes]
    listed = (
        f"{', '.join(words[:SHOWN])} and others" if len(words) > SHOWN else f"{', '.join(words[:-1])} and {words[-1]}"
    )
    code = next((code for code in codes if code is not None), "EUR")
    chosen = f"{reference} = '{code}'"
    hint = f'split it (--by {reference}) or choose one (--where "{chosen}")'
    if metric.type == "retention":
        hint = f'add filter: "{chosen}" to the retention: whoever begins may come back with any'
    return QueryError("E_MIXED_CURRENCIES", f'"{metric.name}" would add up amounts in {listed}', hint=hint)


def left_open(table: Table, apart: dict[str, Codes]) -> Table:
    """The table without the values of the metrics that would add up several currencies."""
    gone = [(column.of or column.name) in apart for column in table.columns]
    if not any(gone):
        return table
    rows = (tuple(None if out else value for value, out in zip(row, gone, strict=True)) for row in table.rows)
    return replace(table, rows=tuple(rows))


def shown_in(table: Table, found: dict[str, Codes]) -> Table:
    """The table with the one currency that a column's amounts are in, and none where they are in several."""
    columns = [relabelled(column, found.get(column.of or column.name, ())) for column in table.columns]
    return replace(table, columns=tuple(columns))


def relabelled(column: Column, codes: Codes) -> Column:
    """A column in the currency of its amounts."""
    if column.unit != "currency" or not codes:
        return column
    return replace(column, currency=(codes[0] or "") if len(codes) == 1 else "")
