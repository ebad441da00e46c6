"""Whose a row is, told by a whole number of it: what each number leads to can be looked up once."""

from __future__ import annotations

from dataclasses import dataclass

from truenorth.define.expression import Expression
from truenorth.define.graph import resolve_field
from truenorth.define.path import Step
from truenorth.query.catalog import Catalog
from truenorth.query.dialect import quote
from truenorth.query.join import Rows
from truenorth.query.key import repeats, timed

# Numbers further apart than that are not told by a bit or a place each.
WIDEST = 2**23


@dataclass(frozen=True, slots=True)
class Key:
    """A `column` of whole numbers from `low` to `high` by which it is known whose a row is.

    `select` tells whose each number is, as "key" and "who 1", NULL among them; it is empty where the number itself is
    the entity.
    """

    column: str
    low: int
    high: int
    select: str = ""


def key_of(catalog: Catalog, dataset: str, expression: Expression, most: int) -> Key | None:
    """The key that tells what an expression over a dataset is; None where no single one does, or it has `most` numbers
    or more."""
    if not catalog.engine.abilities.bitmaps or catalog.dataset(dataset).query or expression.graded:
        return None
    columns = {column_of(catalog, dataset, one) for one in expression.refs}
    if len(columns) != 1 or not (column := columns.pop()):
        return None
    if catalog.type_of(dataset, column) != "integer":
        return None
    low, high = catalog.bounds(dataset, quote(column))
    if not (isinstance(low, int) and isinstance(high, int)) or high - low >= min(WIDEST, most):
        return None
    itself = expression.text.strip() == column
    return Key(column, low, high, "" if itself else owners_sql(catalog, dataset, expression, (column, low, high)))


def column_of(catalog: Catalog, dataset: str, reference: str) -> str:
    """The column of a dataset's own that decides what a reference is for a row; "" where it takes more than one."""
    if "." not in reference and catalog.dataset(dataset).field(reference) is None:
        return reference
    path, name = resolve_field(catalog.model, dataset, reference)
    if path.steps:
        if path.repeats or not all(plain(catalog, step) for step in path.steps):
            return ""
        [name] = path.steps[0].start_columns
    field = catalog.dataset(dataset).field(name)
    return name if field is None or not field.expr or field.expr == name else ""


def read_by(catalog: Catalog, dataset: str, expression: Expression) -> list[str]:
    """The datasets that an expression over one reads, itself among them."""
    own = catalog.dataset(dataset)
    fields = [one for one in expression.refs if "." in one or own.field(one)]
    steps = [step for one in fields for step in resolve_field(catalog.model, dataset, one)[0].steps]
    return sorted({dataset, *(step.end for step in steps)})


def plain(catalog: Catalog, step: Step) -> bool:
    """Whether a step leads from one column to one row at most, whenever that is."""
    relationship = catalog.model.relationships[step.relationship]
    return len(step.start_columns) == 1 and not step.shared and not timed(relationship) and not repeats(catalog, step)


def owners_sql(catalog: Catalog, dataset: str, expression: Expression, key: tuple[str, int, int]) -> str:
    """The select of whose each number of a key is."""
    column, low, high = quote(key[0]), key[1], key[2]
    alias = quote(dataset)
    numbers = f"SELECT range AS {column} FROM range({low}, {high + 1}) UNION ALL SELECT NULL"
    rows = Rows(catalog, dataset, "UTC", origin=f"({numbers}) AS {alias}")
    own = catalog.dataset(dataset)
    names = {
        one: rows.field(one) if "." in one or own.field(one) else f"{alias}.{quote(one)}" for one in expression.refs
    }
    entity = expression.render(catalog.dialect.name, names)
    return f'SELECT {alias}.{column} AS "key", ({entity}) AS "who 1"\n{rows.sql()}'
