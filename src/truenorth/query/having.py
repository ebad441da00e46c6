"""Conditions over the answer's own columns: which of its rows are shown, after all has been counted."""

from __future__ import annotations

from truenorth.base.errors import QueryError, TrueNorthError, did_you_mean
from truenorth.define.expression import parsed
from truenorth.query.dialect import Dialect, quote
from truenorth.query.shape import Plan


def having_sql(plan: Plan, dialect: Dialect) -> str:
    """The question's conditions as SQL over what its columns are computed from; "" when there are none."""
    names = {one: f"({sql})" for one, sql in columns(plan, dialect).items()} if plan.query.having else {}
    return " AND ".join(f"({condition(plan, text, names, dialect)})" for text in plan.query.having)


def condition(plan: Plan, text: str, names: dict[str, str], dialect: Dialect) -> str:
    """One condition; QueryError says which part of it is no column of the answer."""
    try:
        expression = parsed(text)
    except TrueNorthError as error:
        if error.code != "E_AGGREGATE_IN_EXPRESSION":
            raise
        hint = f"write the metric's name: {next(iter(names))} > 100"
        raise QueryError("E_BAD_HAVING", error.message, hint=hint) from error
    for one in expression.metrics:
        hint = "put it into where, or ask for the metric and compare its column"
        raise QueryError("E_BAD_HAVING", f"{one.text} is of a row, and having is about the answer's rows", hint=hint)
    for name in expression.refs:
        if name not in names:
            raise unknown(plan, name, list(names))
    return expression.render(dialect.name, names)


def unknown(plan: Plan, name: str, known: list[str]) -> QueryError:
    """The error for a name that is none of the answer's numbers."""
    if name in ("metric_time", *(one.name for one in plan.times), *(one.name for one in plan.dimensions)):
        message = f'"{name}" is what the answer is grouped by, and having is about its numbers'
        return QueryError("E_BAD_HAVING", message, hint=f"put the condition on {name} into where")
    of, _, role = name.rpartition("__")
    if of in known and role in ("previous", "change", "change_percent"):
        return QueryError("E_BAD_HAVING", f'nothing is compared, so there is no "{name}"', hint="add vs, such as prev")
    numbers = f"its numbers are {', '.join(known)}; conditions on fields belong into where"
    hint = did_you_mean(name, known) or numbers
    return QueryError("E_NAME_NOT_FOUND", f'the answer has no number "{name}"', hint=hint)


def columns(plan: Plan, dialect: Dialect) -> dict[str, str]:
    """What each number of the answer is computed from, changes among them; what is withheld is unknown here too."""
    found = {output.name: output.sql for output in plan.outputs}
    for output in plan.outputs:
        if output.role != "previous":
            continue
        name = output.metric
        before = found[output.name] = shown(plan, name, output.sql, dialect)
        change = f"({found[name]}) - ({before})"
        found[f"{name}__change"] = change
        found[f"{name}__change_percent"] = f"{dialect.as_double(change)} / NULLIF(abs({dialect.as_double(before)}), 0)"
    return found


def shown(plan: Plan, metric: str, sql: str, dialect: Dialect) -> str:
    """What came before, unknown in the periods in which it is not shown."""
    rows = plan.withheld.get(metric, frozenset())
    if not rows:
        return sql
    if not plan.times:
        return "NULL"
    names = [quote(column.name) for column in plan.times]
    periods = [
        " AND ".join(f"{name} = {dialect.literal(label)}" for name, label in zip(names, labels, strict=True))
        for labels in sorted(rows, key=str)
    ]
    return f"CASE WHEN {' OR '.join(periods)} THEN NULL ELSE {sql} END"
