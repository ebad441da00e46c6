"""A plan as SQL text: one common table expression a leg, met on their dimensions, never joined row to row."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from truenorth.base.errors import QueryError
from truenorth.define.graph import resolve_field
from truenorth.define.model import Metric
from truenorth.query.catalog import Catalog
from truenorth.query.dialect import indented, quote
from truenorth.query.having import having_sql
from truenorth.query.join import evaluated
from truenorth.query.plan import unknown_order
from truenorth.query.shape import Leg, Plan
from truenorth.query.spine import spine, spine_columns
from truenorth.query.value import values_sql
from truenorth.query.ways import leg_sql


class Statement(Struct, frozen=True):
    """The SQL of a plan and what its rows mean; `notes` says where parts overlap."""

    sql: str
    columns: tuple[str, ...]
    notes: tuple[str, ...]


def render(catalog: Catalog, plan: Plan) -> Statement:
    """The SQL of a plan; the same plan gives the same text."""
    catalog = catalog.looked_at(evaluated(plan.calendar))
    keys = [*(column.name for column in plan.times), *(one.name for one in plan.dimensions)]
    plan = looked_up(catalog, plan)
    tables = [one.table for one in plan.lookups]
    notes: list[str] = []
    for position, leg in enumerate(plan.legs, 1):
        leg = cut(catalog, plan, leg)
        body, repeated, said = leg_sql(catalog, plan, leg) if leg.leaves else values_sql(catalog, plan, leg)
        notes += said
        tables.append(f"leg_{position} AS (\n{indented(body)}\n)")
        for name in repeated:
            notes.append(
                f"a row of {leg.dataset} counts once in each {name} it has, "
                "so the parts overlap and do not add up to the total"
            )
    met = meeting(catalog, plan, keys, tables)
    final = [f"{quote(key)}" for key in keys] + [f"{output.sql} AS {quote(output.name)}" for output in plan.outputs]
    names = (*keys, *(output.name for output in plan.outputs))
    lines = ["WITH " + ",\n".join(tables), "SELECT", indented(",\n".join(final)), f"FROM {met}"]
    kept = having_sql(plan, catalog.dialect) if plan.query.having else ""
    lines += [f"WHERE {kept}"] if kept else []
    ordered = ordering(plan, keys, names)
    lines += [f"ORDER BY {ordered}"] if ordered else []
    lines += [f"LIMIT {plan.query.limit + 1}"] if plan.query.limit is not None and not plan.carried else []
    return Statement(catalog.apart("\n".join(lines)), names, tuple(dict.fromkeys(notes)))


def cut(catalog: Catalog, plan: Plan, leg: Leg) -> Leg:
    """A leg of slices of time with the select that tells them; any other as it is."""
    if leg.slices is None:
        return leg
    return replace(leg, told=render(catalog, replace(leg.slices, dimensions=plan.dimensions, within=True)).sql)


def looked_up(catalog: Catalog, plan: Plan) -> Plan:
    """A plan with the selects of the other metrics' values that its conditions look up."""
    written = (one if one.sql else replace(one, sql=render(catalog, one.plan).sql) for one in plan.lookups)
    return replace(plan, lookups=tuple(written)) if plan.lookups else plan


def meeting(catalog: Catalog, plan: Plan, keys: list[str], tables: list[str]) -> str:
    """The legs stacked and grouped, so that no group of any leg is lost and NULL meets NULL."""
    filled = plan.times and (plan.fill or "groups" in plan.layouts.values())
    once = [at for at, leg in enumerate(plan.legs, 1) if plan.times and is_once(plan, leg)]
    laid = bool(filled or once) and bool(plan.calendar.windows())
    if len(plan.legs) == 1 and not laid:
        return "leg_1"
    leaves = [leaf.name for leg in plan.legs for leaf in leg.leaves]
    selects = []
    for position, leg in enumerate(plan.legs, 1):
        own = {leaf.name for leaf in leg.leaves}
        shown = [quote(name) if name in own else f"NULL AS {quote(name)}" for name in leaves]
        selects.append(f"SELECT {', '.join([*map(quote, keys), *shown])} FROM leg_{position}")
    if laid:
        tables.append(f"periods AS (\n{indented(spine(catalog, plan))}\n)")
        selects += [filler(plan, leaves, tables)] if filled else [missing(catalog, plan, at, leaves) for at in once]
    union = "\n".join(interleaved(selects))
    tables.append(f"stacked AS (\n{indented(union)}\n)")
    grouped = [*map(quote, keys), *(f"max({quote(name)}) AS {quote(name)}" for name in leaves)]
    by = f"\nGROUP BY {', '.join(map(quote, keys))}" if keys else ""
    inner = f"SELECT {', '.join(grouped)}\nFROM stacked{by}"
    tables.append(f"met AS (\n{indented(inner)}\n)")
    return "met"


def interleaved(selects: list[str]) -> list[str]:
    """Selects with UNION ALL between them."""
    return [part for select in selects for part in (select, "UNION ALL")][:-1]


def is_once(plan: Plan, leg: Leg) -> bool:
    """Whether the periods in which a leg has nothing at all are laid out once, with no group."""
    return any(plan.layouts.get(leaf.metric.name) == "once" for leaf in leg.leaves)


def missing(catalog: Catalog, plan: Plan, at: int, leaves: list[str]) -> str:
    """The periods that a leg has no row in, with no group; conditions on the groups hold there too."""
    columns = spine_columns(plan)
    shown = [f"{name} AS {quote(column.name)}" for name, column in columns]
    shown += [f"NULL AS {quote(name)}" for name in (*(one.name for one in plan.dimensions), *leaves)]
    own = ", ".join(quote(column.name) for _, column in columns)
    there = " AND ".join(f"{quote(column.name)} IS NOT NULL" for _, column in columns)
    where = [f"({', '.join(name for name, _ in columns)}) NOT IN (SELECT {own} FROM leg_{at} WHERE {there})"]
    where += on_groups(catalog, plan, plan.legs[at - 1].dataset)
    return f"SELECT {', '.join(shown)} FROM periods WHERE {' AND '.join(where)}"


def on_groups(catalog: Catalog, plan: Plan, dataset: str) -> list[str]:
    """The question's conditions that speak of its groups alone, where every group is NULL."""
    groups = [resolve_field(catalog.model, dataset, one.reference) for one in plan.dimensions if not one.grain]
    found = []
    for condition in plan.conditions:
        expression = catalog.expression(condition, Metric(name="", type="simple"))
        if expression.refs and all(resolve_field(catalog.model, dataset, ref) in groups for ref in expression.refs):
            nothing = expression.render(catalog.dialect.name, dict.fromkeys(expression.refs, "NULL"))
            found.append(f"COALESCE({nothing}, FALSE)")
    names = {one.name for one in plan.dimensions}
    return found + ["(1 = 0)" for one in plan.filters if one.field in names and (None in one.values) == one.exclude]


def filler(plan: Plan, leaves: list[str], tables: list[str]) -> str:
    """Every period for every group that appears anywhere, with nothing in it."""
    groups = [quote(one.name) for one in plan.dimensions]
    empty = [f"NULL AS {quote(name)}" for name in leaves]
    periods = [f"{name} AS {quote(column.name)}" for name, column in spine_columns(plan)]
    listed = ", ".join([*periods, *groups, *empty])
    if not groups:
        return f"SELECT {listed} FROM periods"
    found = [f"SELECT {', '.join(groups)} FROM leg_{at}" for at in range(1, len(plan.legs) + 1)]
    seen = indented("\n".join(interleaved(found)))
    distinct = f"SELECT DISTINCT {', '.join(groups)} FROM (\n{seen}\n) AS seen"
    tables.append(f"groups AS (\n{indented(distinct)}\n)")
    return f"SELECT {listed} FROM periods CROSS JOIN groups"


def ordering(plan: Plan, keys: list[str], names: tuple[str, ...]) -> str:
    """The asked order, then time and dimensions, so that the same question always gives the same rows."""
    if plan.within:
        return ""
    parts = []
    seen = set()
    for name in plan.query.order:
        bare = name.removeprefix("-")
        if bare in ("metric_time", plan.time_column) and plan.time_column:
            bare = plan.time_column
        seen.add(bare)
        parts.append(f"{ordered_by(plan, bare, names)} {'DESC' if name.startswith('-') else 'ASC'} NULLS LAST")
    parts += [f"{names.index(key) + 1} ASC NULLS LAST" for key in keys if key not in seen]
    if plan.query.limit is not None and plan.query.limit < 0:
        raise QueryError("E_BAD_LIMIT", f"a limit of {plan.query.limit} is no number of rows", hint="use 0 or more")
    marks = [f"{names.index(one.name) + 1} ASC" for one in plan.dimensions if one.marks]
    return ", ".join(last(plan, marks, parts, names)) if marks else ", ".join(parts)


def last(plan: Plan, marks: list[str], parts: list[str], names: tuple[str, ...]) -> list[str]:
    """The order with the periods kept together and the row of all other groups at the end of each."""
    times = {str(at + 1) for at, name in enumerate(names) if name in {column.name for column in plan.times}}
    first = [part for part in parts if part.split(" ")[0] in times]
    return [*first, *marks, *(part for part in parts if part not in first and part not in marks)]


def ordered_by(plan: Plan, name: str, names: tuple[str, ...]) -> str:
    """A column of the answer by its position, which engines read alike; a change by what it is computed from."""
    if name in names:
        return str(names.index(name) + 1)
    of, _, role = name.rpartition("__")
    found = {output.name: output.sql for output in plan.outputs}
    if of not in found or f"{of}__previous" not in found or role not in ("change", "change_percent"):
        raise unknown_order(name, list(names))
    current, previous = (f"({found[one]})" for one in (of, f"{of}__previous"))
    if role == "change":
        return f"{current} - {previous}"
    return f"({current} - {previous}) / NULLIF(abs({previous}), 0)"
