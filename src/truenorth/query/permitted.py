"""The rows of a dataset that a policy lets be seen, as a FROM item that stands in for the whole."""

from __future__ import annotations

from typing import Protocol

from truenorth.base.ago import is_relative
from truenorth.base.errors import DefinitionError, QueryError, TrueNorthError, did_you_mean
from truenorth.base.policy import Policy
from truenorth.define.expression import TIME_NAME, Expression, parse
from truenorth.define.graph import Path, names_of, resolve_field
from truenorth.define.model import Model
from truenorth.define.when import is_shared
from truenorth.query.dialect import indented, quote
from truenorth.query.step import equal

Conditions = dict[str, Expression]


class Data(Protocol):
    """What is read of the data itself, before any policy."""

    model: Model

    def all_rows(self, name: str) -> str:
        """The FROM item of a dataset with all its rows."""

    def field_sql(self, dataset: str, name: str, alias: str) -> str:
        """A field as SQL over the dataset's columns."""


def conditions_of(model: Model, policy: Policy) -> Conditions:
    """The policy's conditions, checked; an error closes everything."""
    found: Conditions = {}
    for dataset, text in policy.rows.items():
        if dataset not in model.datasets:
            hint = did_you_mean(dataset, model.datasets) or f"there are {', '.join(model.datasets)}"
            raise QueryError("E_BAD_POLICY", f'the row filters name a dataset "{dataset}" that is not there', hint=hint)
        found[dataset] = checked(model, dataset, text)
    return found


def checked(model: Model, dataset: str, text: str) -> Expression:
    """One condition: it can be read, and each of its fields belongs to one row."""
    try:
        expression = parse(text)
        for value in [value for test in expression.times for value in test.values if is_relative(value)]:
            raise QueryError("E_BAD_EXPRESSION", f"'{value}' depends on when a question is asked")
        for looked in expression.metrics:
            raise QueryError("E_BAD_EXPRESSION", f"{looked.text} is for the conditions of metrics and questions")
        for reference in expression.refs:
            if is_shared(reference):
                raise QueryError("E_BAD_TIME_CONDITION", f'"{text}" reads {TIME_NAME}, which only a question has')
            path = way(model, dataset, reference)
            if path.repeats:
                raise QueryError("E_FAN_OUT", f'a row of "{dataset}" may have several "{reference}"')
            depends_on_time(model, dataset, reference)
    except TrueNorthError as error:
        message = f'the row filter of "{dataset}" cannot be used: {error.message}'
        hint = error.hint or "write a condition over its fields, such as region = 'EMEA'"
        raise DefinitionError("E_BAD_POLICY", message, hint=hint) from error
    return expression


def depends_on_time(model: Model, dataset: str, reference: str) -> None:
    """Refuses what is one thing today and was another before: who may see a row must not depend on a metric's time."""
    for step in way(model, dataset, reference).steps:
        if model.relationships[step.relationship].valid_from:
            message = f'"{reference}" changes over time (it is found by "{step.relationship}")'
            hint = "name a field of the row itself, or of a dataset that holds only the present rows"
            raise QueryError("E_NO_TIME", message, hint=hint)


def way(model: Model, dataset: str, reference: str) -> Path:
    """Where a reference leads: a name without a dot is of the dataset itself, a declared field or a column."""
    own = model.datasets[dataset]
    if "." in reference:
        return resolve_field(model, dataset, reference)[0]
    if reference not in names_of(model, own) and own.fields and did_you_mean(reference, names_of(model, own)):
        hint = did_you_mean(reference, names_of(model, own))
        raise QueryError("E_NAME_NOT_FOUND", f'"{dataset}" has no field "{reference}"', hint=hint)
    return Path(dataset)


def permitted(data: Data, dataset: str, condition: Expression, dialect: str) -> str:
    """The dataset's rows that meet the condition; what is unknown is hidden. Other datasets are read whole for it."""
    alias = quote("permitted")
    joins: dict[tuple[str, ...], str] = {(): alias}
    lines = [f"FROM {data.all_rows(dataset)} AS {alias}"]
    names: dict[str, str] = {}
    for reference in condition.refs:
        walked: tuple[str, ...] = ()
        path = way(data.model, dataset, reference)
        for step in path.steps:
            walked = (*walked, step.relationship)
            if walked not in joins:
                there = quote("__".join(("permitted", *walked)))
                on = " AND ".join(
                    equal(data.field_sql, path, [alias, *(joins[walked[:at]] for at in range(1, len(walked)))], there)
                )
                joins[walked] = there
                lines.append(f"LEFT JOIN {data.all_rows(step.end)} AS {there} ON {on}")
        names[reference] = data.field_sql(path.end, reference.rpartition(".")[2], joins[walked])
    body = "\n".join([f"SELECT {alias}.*", *lines, f"WHERE {condition.render(dialect, names)}"])
    return f"(\n{indented(body)}\n)"
