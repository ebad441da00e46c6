"""Entities told by a whole number of each row: what it leads to is looked up once, and not joined to every row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np

from truenorth.define.expression import Expression
from truenorth.define.graph import entity_columns, resolve_field
from truenorth.define.journey import NAME
from truenorth.define.model import Metric
from truenorth.define.path import Step
from truenorth.query.bitmap import WIDEST
from truenorth.query.catalog import Catalog
from truenorth.query.dialect import quote
from truenorth.query.join import Rows
from truenorth.query.journey.columns import whose
from truenorth.query.journey.rows import Flags, Integers
from truenorth.query.key import repeats, timed

if TYPE_CHECKING:
    import pyarrow as pa

# So many numbers are looked up however few rows there are, and so many for each row.
FEW, SPARSE = 1 << 12, 4


@dataclass(frozen=True, slots=True)
class Key:
    """A `column` of whole numbers from `low` to `high` by which it is known whose a row is.

    `select` tells whose each number is, NULL among them; it is empty where the number itself is the entity.
    """

    column: str
    low: int
    high: int
    select: str = ""

    def places(self, numbers: pa.Array) -> Integers:
        """The places of numbers among those from `low` on; that of NULL comes last."""
        if numbers.null_count:
            numbers = numbers.cast("int64").fill_null(self.high + 1)
        found: Integers = numbers.to_numpy().astype(np.int64, copy=False)
        return found - self.low if self.low else found


@dataclass(frozen=True, slots=True)
class Owners:
    """Whose each number of a key is, by its place: `who` as in `Rows`, and whether that is `known`.

    `entities` are the values of each entity by its number, where they were numbered; else `who` is the value.
    """

    who: Integers
    known: Flags
    entities: Sequence[tuple[object, ...]] | None = None


def keyed(catalog: Catalog, metric: Metric, time: str) -> Key | None:
    """The key that tells whose the rows of a metric are, which has a `time`; None where no single one does, or it
    reaches too far for so many rows."""
    if not catalog.engine.abilities.bitmaps or catalog.dataset(metric.dataset).query:
        return None
    names = entity_columns(catalog.model, metric.dataset, metric.entity) if NAME.fullmatch(metric.entity) else ()
    if len(names) > 1:
        return None
    expression = catalog.expression(names[0] if names else metric.entity, metric)
    if expression.graded:
        return None
    columns = {column_of(catalog, metric.dataset, one) for one in expression.refs}
    if len(columns) != 1 or not (column := columns.pop()):
        return None
    if catalog.type_of(metric.dataset, column) != "integer":
        return None
    low, high = catalog.bounds(metric.dataset, quote(column))
    if not (isinstance(low, int) and isinstance(high, int)):
        return None
    if high - low >= min(WIDEST, max(FEW, SPARSE * catalog.stretch(metric.dataset, time).rows)):
        return None
    itself = names == (column,)
    select = "" if itself else owners_sql(catalog, metric, expression, (column, low, high))
    return Key(column, low, high, select)


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


def plain(catalog: Catalog, step: Step) -> bool:
    """Whether a step leads from one column to one row at most, whenever that is."""
    relationship = catalog.model.relationships[step.relationship]
    return len(step.start_columns) == 1 and not step.shared and not timed(relationship) and not repeats(catalog, step)


def owners_sql(catalog: Catalog, metric: Metric, expression: Expression, key: tuple[str, int, int]) -> str:
    """The select of whose each number of a key is."""
    column, low, high = quote(key[0]), key[1], key[2]
    alias = quote(metric.dataset)
    numbers = f"SELECT range AS {column} FROM range({low}, {high + 1}) UNION ALL SELECT NULL"
    rows = Rows(catalog, metric.dataset, "UTC", origin=f"({numbers}) AS {alias}")
    own = catalog.dataset(metric.dataset)
    names = {
        one: rows.field(one) if "." in one or own.field(one) else f"{alias}.{quote(one)}" for one in expression.refs
    }
    entity = expression.render(catalog.dialect.name, names)
    return f'SELECT {alias}.{column} AS "key", ({entity}) AS "who 1"\n{rows.sql()}'


def owners(catalog: Catalog, key: Key) -> Owners:
    """Whose the numbers of a key are."""
    size = key.high - key.low + 2
    if not key.select:
        return Owners(np.arange(key.low, key.low + size), np.arange(size) < size - 1)
    table = cast("pa.Table", catalog.arrow(key.select))
    who, entities, known = whose(table)
    places = key.places(table.column("key").combine_chunks())
    found = Owners(np.zeros(size, np.int64), np.zeros(size, np.bool_), entities)
    found.who[places], found.known[places] = who, known
    return found
