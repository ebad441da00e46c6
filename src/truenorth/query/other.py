"""The first groups of a question, and the rest in one row: found by one question, told apart in the next."""

from __future__ import annotations

from msgspec import structs
from msgspec.structs import replace

from truenorth.base.errors import QueryError
from truenorth.query.request import MetricQuery
from truenorth.query.shape import ROW, Dimension, Fold, Plan


def ordered(query: MetricQuery) -> MetricQuery:
    """The question with an order and without its limit, which counts groups here and not rows.

    Without an order the first groups are the largest by the first metric.
    """
    if query.limit is None:
        hint = "add a limit, such as --limit 5"
        raise QueryError("E_BAD_OTHER", "other is the rest beyond a limit, and there is none", hint=hint)
    if query.limit < 0:
        raise QueryError("E_BAD_LIMIT", f"a limit of {query.limit} is no number of rows", hint="use 0 or more")
    if query.subtotals:
        hint = "ask for one of them"
        message = "other gathers groups from under every subtotal, so that subtotals would not hold their rows"
        raise QueryError("E_BAD_OTHER", message, hint=hint)
    if query.having:
        message = "other gathers every group beyond the limit, also those that having leaves out"
        raise QueryError("E_BAD_OTHER", message, hint="ask for one of them")
    order = query.order or tuple(f"-{name}" for name in query.metrics[:1])
    return structs.replace(query, limit=None, order=order)


def ranking(plan: Plan, limit: int) -> MetricQuery:
    """The question for the first groups: over the whole range, whatever its periods."""
    if not plan.dimensions:
        hint = "name what to group by, such as --by region; periods are not folded"
        raise QueryError("E_BAD_OTHER", "other is the rest of the groups, and there are none", hint=hint)
    times = {"metric_time", *(column.name for column in plan.times)}
    order = tuple(name for name in plan.query.order if name.removeprefix("-") not in times)
    by = tuple(one.name for one in plan.dimensions)
    asked = structs.replace(plan.query, by=by, grain="", fill="", totals=False, other=False)
    return structs.replace(asked, limit=limit, order=order or tuple(f"-{name}" for name in plan.query.metrics[:1]))


def folded(plan: Plan, groups: tuple[tuple[object, ...], ...], more: bool) -> Plan:
    """The plan with all groups but the given ones as one, and a column that tells which row is that one."""
    fold = Fold(plan.dimensions, groups)
    marker = Dimension(ROW, plan.dimensions[0].reference, fold=fold, marks=True)
    dimensions = (*(replace(one, fold=fold) for one in plan.dimensions), marker)
    by = ", ".join(one.removeprefix("-") for one in plan.query.order[:1])
    note = f"(other) is every group but the first {len(groups):,} by {by}, counted from the rows themselves"
    return replace(plan, dimensions=dimensions, notes=(*plan.notes, note) if more else plan.notes)
